// Looking at what a configuration names; see config_check.hpp.
#include "app/config_check.hpp"

#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>

#include "base/text.hpp"
#include "evidence/checkpoint.hpp"
#include "evidence/keys.hpp"
#include "operate/protection.hpp"
#include "store/keyring.hpp"
#include "store/tables.hpp"

namespace rapport::app {
namespace fs = std::filesystem;
namespace {

constexpr int connect_ms = 5'000;
constexpr int soon_days = 30;

class Look {
  public:
    Look(Config const& config, Time now) : config_(config), now_(now) {}

    std::vector<ConfigFinding> run(Connect connect) {
        addresses();
        folder("data", config_.data);
        keys();
        tls();
        database();
        backup();
        if (connect == Connect::yes) others();
        return std::move(found_);
    }

  private:
    void wrong(std::string key, std::string what, std::string fix) {
        found_.push_back({true, std::move(key), std::move(what), std::move(fix), 0});
    }
    void doubtful(std::string key, std::string what, std::string fix) {
        found_.push_back({false, std::move(key), std::move(what), std::move(fix), 0});
    }

    static bool is_local(std::string const& host) {
        return host == "localhost" || host.starts_with("127.") || host == "::1";
    }

    void addresses() {
        auto const host = config_.public_url.substr(config_.public_url.find("://") + 3);
        if (config_.public_url.starts_with("http://") && !is_local(host.substr(0, host.find_first_of(":/"))))
            doubtful("public_url", "is not https: links and codes would travel in the clear",
                     "put a proxy with a certificate in front, or set [tls], and write https://");
        auto const listen = parse_host_port(config_.listen);
        if (listen && !is_local(listen->host))
            doubtful("listen", "answers other machines without TLS", "use 127.0.0.1 and a proxy, or [tls]");
        auto const metrics = config_.metrics.listen.empty() ? Expected<HostPort>(HostPort{"127.0.0.1", 0})
                                                            : parse_host_port(config_.metrics.listen);
        if (metrics && !is_local(metrics->host) && config_.metrics.token_file.empty())
            doubtful("metrics.listen", "shows the metrics to whoever reaches the port",
                     "use 127.0.0.1, or set metrics.token_file");
    }

    // A file is written and removed, as the program would: permissions, a read-only mount and a full disk all show.
    bool folder(std::string const& key, fs::path const& path) {
        std::error_code error;
        auto existing = fs::absolute(path, error);
        while (!fs::exists(existing, error) && existing.has_relative_path()) existing = existing.parent_path();
        auto const probe = existing / (".rapport-check-" + std::to_string(::getpid()));
        auto* const file = std::fopen(probe.c_str(), "wx");
        bool const written = file && std::fputs("x", file) >= 0;
        int const reason = errno;
        bool const closed = file && std::fclose(file) == 0;
        if (file) ::unlink(probe.c_str());
        if (written && closed) return true;
        wrong(key, "names " + path.string() + ", where nothing can be written: " + std::strerror(reason),
              "create the folder for the user that the service runs as, or run this check as that user");
        return false;
    }

    void keys() {
        auto const path = fs::path(config_.data) / "keys";
        std::error_code error;
        if (!fs::exists(path / "master.key", error)) return;  // the first start makes them
        try {
            if (store::Keyring::open(path).is_rotating())
                wrong("data", "holds a rotation of the master key that was interrupted",
                      "run rapport key rotate master again");
        } catch (std::exception const& failure) {
            return wrong("data", failure.what(), "restore the key from its copy, or mend its permissions");
        }
        auto const store = evidence::KeyStore::open(path);
        if (!store) return wrong("data", store.error().text, "mend the folder " + path.string());
        for (auto const& key : store->list())
            if (key.current && key.not_after &&
                (key.purpose != evidence::KeyPurpose::tsa || config_.evidence.tsa_url.empty()))
                expiry("data", "the certificate of " + key.name, *key.not_after,
                       "rapport key rotate " + key.name.substr(0, key.name.find('-')));
    }

    void expiry(std::string const& key, std::string const& subject, Time not_after, std::string const& fix) {
        if (not_after < now_)
            wrong(key, subject + " has expired, on " + to_text(not_after), fix);
        else if (not_after < now_ + std::chrono::days(soon_days))
            doubtful(key, subject + " ends on " + to_text(not_after), fix);
    }

    void tls() {
        if (config_.tls.listen.empty()) return;
        auto const open = [](std::string const& path) {
            return std::unique_ptr<BIO, decltype(&BIO_free)>(BIO_new_file(path.c_str(), "r"), BIO_free);
        };
        auto const certificate_file = open(config_.tls.certificate), key_file = open(config_.tls.key);
        std::unique_ptr<X509, decltype(&X509_free)> const certificate(
            certificate_file ? PEM_read_bio_X509(certificate_file.get(), nullptr, nullptr, nullptr) : nullptr,
            X509_free);
        if (!certificate)
            return wrong("tls.certificate", "names a file that holds no certificate in PEM", "name the chain's file");
        std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(
            key_file ? PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr) : nullptr, EVP_PKEY_free);
        if (!key)
            return wrong("tls.key", "names a file that holds no private key in PEM, or one with a passphrase",
                         "name the key's file");
        if (X509_check_private_key(certificate.get(), key.get()) != 1)
            wrong("tls.key", "does not belong to the certificate " + config_.tls.certificate,
                  "name the key that the certificate was issued for");
        std::tm end{};
        if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) == 1)
            expiry("tls.certificate", "the certificate",
                   std::chrono::time_point_cast<Duration>(std::chrono::system_clock::from_time_t(::timegm(&end))),
                   "renew it");
        struct stat status{};
        if (::stat(config_.tls.key.c_str(), &status) == 0 && (status.st_mode & 077) != 0)
            doubtful("tls.key", "can be read by others than its owner", "chmod 600 " + config_.tls.key);
    }

    void database() {
        auto const database = database_of(config_);
        bool const is_file = !database.starts_with("postgres");
        std::error_code error;
        if (is_file && !fs::exists(database, error)) {
            folder("database", fs::path(database).parent_path());
            return;
        }
        try {
            auto const snapshot = store::Snapshot::open(database);
            if (snapshot->tables().empty()) return;
            for (auto const& note : snapshot->values("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"))
                if (auto const published = evidence::parse_checkpoint(note)) origin(published->origin);
        } catch (std::exception const& failure) {
            wrong("database", "cannot be opened: " + std::string(failure.what()),
                  is_file ? "check the file and its owner" : "check the address, the user, and that PostgreSQL runs");
        }
    }

    void origin(std::string const& published) {
        auto const host = config_.public_url.substr(config_.public_url.find("://") + 3);
        auto const wanted = config_.evidence.log_origin.empty() ? host.substr(0, host.find_first_of(":/")) + "/log"
                                                                : config_.evidence.log_origin;
        if (wanted != published)
            wrong("evidence.log_origin",
                  "would be " + wanted + ", but the log was published as " + published + ": no checkpoint could follow",
                  "write log_origin = \"" + published + "\" under [evidence]");
    }

    void backup() {
        auto const& backup = config_.backup;
        if (backup.folder.empty())
            return doubtful("backup.folder", "is not set: nothing says where backups go",
                            "name a folder on another disk or machine, and see docs/operators/backup.md");
        if (!folder("backup.folder", backup.folder)) return;
        struct stat ours{}, theirs{};
        if (::stat(config_.data.c_str(), &ours) == 0 && ::stat(backup.folder.c_str(), &theirs) == 0 &&
            ours.st_dev == theirs.st_dev)
            doubtful("backup.folder", "lies on the disk that holds the data",
                     "name a folder on another disk or machine");
        if (backup.recipient.empty() && backup.passphrase_file.empty())
            doubtful("backup.recipient", "is not set: backups are not encrypted, and hold no keys",
                     "set it, or keep a copy of " + (fs::path(config_.data) / "keys").string() + " elsewhere");
        if (!backup.recipient.empty()) recipient();
    }

    void recipient() {
        auto* const file = std::fopen(config_.backup.recipient.c_str(), "r");
        if (!file) return;  // said before
        char text[4096];
        auto const n = std::fread(text, 1, sizeof text, file);
        std::fclose(file);
        operate::Protection protection;
        protection.recipient = Bytes(text, n);
        if (auto const good = operate::protect(Key256{}, protection); !good)
            wrong("backup.recipient", good.error().text, "openssl pkey -in backup.key -pubout -out backup.pub");
    }

    // ---- asked for only: other machines
    void others() {
        if (!config_.mail.smart_host.empty() && !config_.mail.paused) {
            auto const at = parse_host_port(config_.mail.smart_host);
            auto const said = first_line(at->host, at->port, true);
            if (!said)
                wrong("mail.smart_host", config_.mail.smart_host + " does not answer: " + said.error().text,
                      "check the name, the port and the firewall");
            else if (!said->starts_with("220"))
                wrong("mail.smart_host", config_.mail.smart_host + " answers, but not as a mail server: " + *said,
                      "check the port: 587 or 25, not 465");
        }
        auto const& url = config_.evidence.tsa_url;
        if (url.empty()) return;
        auto authority = url.substr(url.find("://") + 3);
        authority = authority.substr(0, authority.find('/'));
        if (authority.find(':') == std::string::npos) authority += url.starts_with("https") ? ":443" : ":80";
        auto const at = parse_host_port(authority);
        if (!at) return wrong("evidence.tsa_url", "holds no host", "write for example https://tsa.example.org/");
        if (auto const said = first_line(at->host, at->port, false); !said)
            wrong("evidence.tsa_url", authority + " does not answer: " + said.error().text,
                  "check the name and the firewall; time stamps wait meanwhile");
    }

    // Connects; with `read` also waits for the first line.
    static Expected<std::string> first_line(std::string const& host, unsigned short port, bool read) {
        auto const failed = [](std::string text) { return fail(ErrorKind::unavailable, "no_answer", std::move(text)); };
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        if (int const code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list); code != 0)
            return failed(::gai_strerror(code));
        std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const own(list, ::freeaddrinfo);
        std::string reason = "no address";
        for (auto const* at = list; at; at = at->ai_next) {
            int const s = ::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            if (s < 0) continue;
            struct Close {
                int s;
                ~Close() { ::close(s); }
            } const close{s};
            ::connect(s, at->ai_addr, at->ai_addrlen);
            pollfd waiting{s, POLLOUT, 0};
            int error = ETIMEDOUT;
            socklen_t size = sizeof error;
            if (::poll(&waiting, 1, connect_ms) == 1) ::getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size);
            reason = std::strerror(error);
            if (error != 0) continue;
            if (!read) return std::string();
            waiting.events = POLLIN;
            char line[512];
            ssize_t const n = ::poll(&waiting, 1, connect_ms) == 1 ? ::recv(s, line, sizeof line, 0) : 0;
            if (n <= 0) return failed("it took the connection and said nothing");
            std::string text(line, static_cast<std::size_t>(n));
            return text.substr(0, text.find_first_of("\r\n"));
        }
        return failed(reason);
    }

    Config const& config_;
    Time const now_;
    std::vector<ConfigFinding> found_;
};

}  // namespace

std::vector<ConfigFinding> check_file(fs::path const& file) {
    auto const read = read_config(file);
    if (read) return {};
    std::vector<ConfigFinding> found;
    auto const lines = lines_of(file);
    for (auto const& field : read.error().fields) {
        std::string key = field.pointer.empty() ? "" : field.pointer.substr(1);
        std::ranges::replace(key, '/', '.');
        auto at = lines.find(key);
        if (at == lines.end()) at = lines.find(key.substr(0, key.find('.')));  // the table that it belongs to
        found.push_back({true, key, field.rule, field.fix, at == lines.end() ? 0 : at->second});
    }
    if (found.empty()) found.push_back({true, "", read.error().text, "", 0});
    return found;
}

std::vector<ConfigFinding> check_surroundings(Config const& config, Connect connect, Time now) {
    return Look(config, now).run(connect);
}

}  // namespace rapport::app
