// The folder of keys: NAME.key (private, PKCS#8 PEM), NAME.crt (chain, PEM), demo-root.*, and `current`, a line
// "purpose name" for each purpose. Files are written beside and renamed; see docs/formats/evidence.md.
#include "evidence/keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/crypto.hpp"
#include "evidence/certificates.hpp"
#include "evidence/openssl.hpp"

namespace rapport::evidence {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view purpose_names[] = {"seal", "tsa", "log"};

std::string_view text_of(KeyPurpose purpose) { return purpose_names[static_cast<std::size_t>(purpose)]; }

auto unreadable(fs::path const& path) {
    return fail(ErrorKind::unavailable, "keys_unreadable",
                "The keys cannot be read or written: " + path.string() + ": " + std::strerror(errno));
}

Expected<Bytes> read_file(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    if (!file || !(bytes << file.rdbuf())) return unreadable(path);
    return std::move(bytes).str();
}

bool write_all(int descriptor, ByteView bytes) {
    while (!bytes.empty()) {
        auto const n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

// Whole or not at all, readable by its owner only.
Expected<> write_file(fs::path const& path, ByteView bytes) {
    auto const beside = path.string() + ".new";
    int const descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return unreadable(path);
    bool const written = write_all(descriptor, bytes) && ::fsync(descriptor) == 0;
    if (::close(descriptor) != 0 || !written || ::rename(beside.c_str(), path.c_str()) != 0) return unreadable(path);
    int const folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return unreadable(path);
    bool const kept = ::fsync(folder) == 0;
    ::close(folder);
    if (!kept) return unreadable(path);
    return {};
}

Expected<> check_mode(fs::path const& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return unreadable(path);
    if ((status.st_mode & 077) != 0)
        return fail(
            ErrorKind::unavailable, "keys_exposed",
            "Others than the owner may read " + path.string() + ": chmod go-rwx it, and think about a new key.");
    return {};
}

Bytes raw_seed(EVP_PKEY* key) {
    Bytes seed(32, '\0');
    std::size_t size = seed.size();
    openssl_must(EVP_PKEY_get_raw_private_key(key, octets(seed), &size) == 1 && size == 32, "read an Ed25519 key");
    return seed;
}

void describe_certificate(KeyInfo& info, X509* certificate) {
    info.algorithm = is_p256(X509_get0_pubkey(certificate)) ? "ECDSA P-256" : "unsupported";
    info.subject = name_text(X509_get_subject_name(certificate));
    info.issuer = name_text(X509_get_issuer_name(certificate));
    info.fingerprint = to_hex(sha256(der_of(certificate)).view());
    info.not_before = time_of(X509_get0_notBefore(certificate));
    info.not_after = time_of(X509_get0_notAfter(certificate));
    info.demo = is_demo(certificate);
}

}  // namespace

struct KeyStore::State {
    fs::path folder;
    std::map<std::string, KeyInfo, std::less<>> keys;
    std::map<KeyPurpose, std::string> current;

    fs::path file(std::string_view name, char const* extension) const {
        return folder / (std::string(name) + extension);
    }
    Expected<> load();
    Expected<KeyInfo> read_info(KeyPurpose purpose, std::string const& name) const;
    Expected<KeyInfo> add(KeyPurpose purpose, ByteView key_pem, ByteView chain_pem);
    Expected<> make_current(KeyPurpose purpose, std::string const& name);
    Expected<DemoAuthority> demo_authority(std::string_view organisation, Time now);
    Expected<std::string> current_of(KeyPurpose purpose) const;
    Expected<TsaKey> pair(KeyPurpose purpose) const;
};

Expected<KeyInfo> KeyStore::State::read_info(KeyPurpose purpose, std::string const& name) const {
    KeyInfo info;
    info.purpose = purpose;
    info.name = name;
    info.has_private_key = fs::exists(file(name, ".key"));
    if (info.has_private_key)
        if (auto const checked = check_mode(file(name, ".key")); !checked) return fail(checked.error());
    if (purpose == KeyPurpose::log) {
        auto const pem = read_file(file(name, ".key"));
        auto const key = pem ? read_private_key(*pem) : Expected<PKey>(fail(pem.error()));
        if (!key) return fail(key.error());
        Bytes public_key(32, '\0');
        std::size_t size = public_key.size();
        if (EVP_PKEY_get_raw_public_key(key->get(), octets(public_key), &size) != 1)
            return fail(ErrorKind::invalid, "algorithm_unsupported", "The log's key " + name + " is not Ed25519.");
        info.algorithm = "Ed25519";
        info.fingerprint = to_hex(sha256(public_key).view());
        info.demo = false;
        return info;
    }
    auto const pem = read_file(file(name, ".crt"));
    auto const chain = pem ? read_certificates(*pem) : Expected<std::vector<Certificate>>(fail(pem.error()));
    if (!chain) return fail(chain.error());
    describe_certificate(info, chain->front().get());
    return info;
}

Expected<> KeyStore::State::load() {
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(folder, error)) {
        auto const name = entry.path().stem().string();
        auto const extension = entry.path().extension();
        if (extension != ".crt" && extension != ".key") continue;
        for (std::size_t i = 0; i < std::size(purpose_names); ++i) {
            auto const purpose = static_cast<KeyPurpose>(i);
            bool const named_by = extension == (purpose == KeyPurpose::log ? ".key" : ".crt");
            if (!named_by || !name.starts_with(std::string(purpose_names[i]) + "-")) continue;
            auto info = read_info(purpose, name);
            if (!info) return fail(info.error());
            keys[name] = std::move(*info);
        }
    }
    if (error) return unreadable(folder);
    if (!fs::exists(folder / "current")) return {};
    auto const lines = read_file(folder / "current");
    if (!lines) return fail(lines.error());
    std::istringstream in(*lines);
    for (std::string purpose, name; in >> purpose >> name;) {
        auto const found = std::ranges::find(purpose_names, purpose);
        auto const key = keys.find(name);
        if (found == std::end(purpose_names) || key == keys.end()) continue;
        current[static_cast<KeyPurpose>(found - purpose_names)] = name;
        key->second.current = true;
    }
    return {};
}

Expected<> KeyStore::State::make_current(KeyPurpose purpose, std::string const& name) {
    auto changed = current;
    changed[purpose] = name;
    std::string lines;
    for (auto const& [each, its_name] : changed) lines += std::string(text_of(each)) + ' ' + its_name + '\n';
    if (auto const written = write_file(folder / "current", lines); !written) return fail(written.error());
    current = std::move(changed);
    for (auto& [each, info] : keys)
        if (info.purpose == purpose) info.current = each == name;
    return {};
}

Expected<KeyInfo> KeyStore::State::add(KeyPurpose purpose, ByteView key_pem, ByteView chain_pem) {
    std::string name;
    for (int number = 1; name.empty() || keys.contains(name); ++number)
        name = std::string(text_of(purpose)) + '-' + std::to_string(number);
    // The key first: a certificate without a key is an old one, a key without a certificate is passed over.
    if (auto const written = write_file(file(name, ".key"), key_pem); !written) return fail(written.error());
    if (!chain_pem.empty())
        if (auto const written = write_file(file(name, ".crt"), chain_pem); !written) return fail(written.error());
    auto info = read_info(purpose, name);
    if (!info) return fail(info.error());
    keys[name] = *info;
    if (auto const done = make_current(purpose, name); !done) return fail(done.error());
    return keys[name];
}

Expected<DemoAuthority> KeyStore::State::demo_authority(std::string_view organisation, Time now) {
    if (!fs::exists(file("demo-root", ".crt"))) {
        auto made = DemoAuthority::make(organisation, now);
        auto const root = made.root();
        if (auto const written = write_file(file("demo-root", ".key"), root.key_pem); !written)
            return fail(written.error());
        if (auto const written = write_file(file("demo-root", ".crt"), root.certificate_pem); !written)
            return fail(written.error());
        return made;
    }
    auto const key = read_file(file("demo-root", ".key")), certificate = read_file(file("demo-root", ".crt"));
    if (!key) return fail(key.error());
    if (!certificate) return fail(certificate.error());
    return DemoAuthority::load(*key, *certificate);
}

Expected<std::string> KeyStore::State::current_of(KeyPurpose purpose) const {
    auto const found = current.find(purpose);
    if (found == current.end())
        return fail(ErrorKind::unavailable, "key_missing",
                    "There is no current key for \"" + std::string(text_of(purpose)) + "\": run `rapport key make " +
                        std::string(text_of(purpose)) + "` or import one.");
    return found->second;
}

Expected<KeyStore::TsaKey> KeyStore::State::pair(KeyPurpose purpose) const {
    auto const name = current_of(purpose);
    if (!name) return fail(name.error());
    auto key = read_file(file(*name, ".key")), chain = read_file(file(*name, ".crt"));
    if (!key) return fail(key.error());
    if (!chain) return fail(chain.error());
    return TsaKey{std::move(*key), std::move(*chain)};
}

KeyStore::KeyStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyStore::~KeyStore() = default;
KeyStore::KeyStore(KeyStore&&) noexcept = default;
KeyStore& KeyStore::operator=(KeyStore&&) noexcept = default;

Expected<KeyStore> KeyStore::open(fs::path folder) {
    std::error_code error;
    if (!fs::exists(folder, error)) {
        fs::create_directories(folder, error);
        if (error || ::chmod(folder.c_str(), 0700) != 0) return unreadable(folder);
    }
    auto state = std::make_unique<State>();
    state->folder = std::move(folder);
    if (auto const loaded = state->load(); !loaded) return fail(loaded.error());
    return KeyStore(std::move(state));
}

std::vector<KeyInfo> KeyStore::list() const {
    std::vector<KeyInfo> found;
    for (auto const& [name, info] : state_->keys) found.push_back(info);
    return found;
}

Expected<KeyInfo> KeyStore::show(std::string_view name) const {
    auto const found = state_->keys.find(name);
    if (found == state_->keys.end())
        return fail(ErrorKind::not_found, "key_unknown", "There is no key called \"" + std::string(name) + "\".");
    return found->second;
}

Expected<Bytes> KeyStore::certificate_pem(std::string_view name) const {
    if (auto const known = show(name); !known) return fail(known.error());
    return read_file(state_->file(name, ".crt"));
}

Expected<KeyInfo> KeyStore::make(KeyPurpose purpose, std::string_view organisation, Time now) {
    if (purpose == KeyPurpose::log) {
        PKey const key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
        openssl_must(key != nullptr, "make a key");
        return state_->add(purpose, pem_of(key.get()), {});
    }
    auto const authority = state_->demo_authority(organisation, now);
    if (!authority) return fail(authority.error());
    auto const made = authority->issue(purpose, organisation, now);
    return state_->add(purpose, made.key_pem, made.certificate_pem);
}

Expected<KeyInfo> KeyStore::import(KeyPurpose purpose, ByteView key_pem, ByteView chain_pem, Time now) {
    if (purpose == KeyPurpose::log) {
        auto const key = read_private_key(key_pem);
        if (!key) return fail(key.error());
        if (!EVP_PKEY_is_a(key->get(), "ED25519"))
            return fail(ErrorKind::unsupported, "algorithm_unsupported", "The log's key must be Ed25519.");
        return state_->add(purpose, pem_of(key->get()), {});
    }
    auto const checked = check_key(key_pem, chain_pem, now);
    if (!checked) return fail(checked.error());
    Bytes chain;
    for (auto const& certificate : checked->chain) chain += pem_of(certificate.get());
    return state_->add(purpose, pem_of(checked->key.get()), chain);
}

Expected<> KeyStore::make_missing(std::string_view organisation, Time now) {
    for (auto const purpose : {KeyPurpose::seal, KeyPurpose::tsa, KeyPurpose::log}) {
        if (state_->current.contains(purpose)) continue;
        if (auto const made = make(purpose, organisation, now); !made) return fail(made.error());
    }
    return {};
}

Expected<std::shared_ptr<Signer const>> KeyStore::seal_signer(Time now) const {
    auto const pair = state_->pair(KeyPurpose::seal);
    if (!pair) return fail(pair.error());
    return load_signer(pair->key_pem, pair->chain_pem, now);
}

Expected<KeyStore::TsaKey> KeyStore::tsa_key(Time now) const {
    auto pair = state_->pair(KeyPurpose::tsa);
    if (!pair) return fail(pair.error());
    if (auto const checked = check_key(pair->key_pem, pair->chain_pem, now); !checked) return fail(checked.error());
    return pair;
}

Expected<Bytes> KeyStore::log_seed() const {
    auto const name = state_->current_of(KeyPurpose::log);
    if (!name) return fail(name.error());
    auto const pem = read_file(state_->file(*name, ".key"));
    if (!pem) return fail(pem.error());
    auto const key = read_private_key(*pem);
    if (!key) return fail(key.error());
    return raw_seed(key->get());
}

Bytes KeyStore::roots_pem() const {
    Bytes roots;
    auto const take = [&roots](fs::path const& path) {
        auto const pem = read_file(path);
        auto const chain = pem ? read_certificates(*pem) : Expected<std::vector<Certificate>>(fail(pem.error()));
        if (!chain) return;
        for (auto const& certificate : *chain)
            if (is_self_signed(certificate.get()))
                if (auto const root = pem_of(certificate.get()); roots.find(root) == Bytes::npos) roots += root;
    };
    if (fs::exists(state_->file("demo-root", ".crt"))) take(state_->file("demo-root", ".crt"));
    for (auto const& [name, info] : state_->keys)
        if (info.purpose != KeyPurpose::log) take(state_->file(name, ".crt"));
    return roots;
}

Trust KeyStore::trust() const {
    Trust trust;
    if (auto const roots = roots_pem(); !roots.empty())
        require(trust.add_root(roots).has_value(), "roots were read before");
    return trust;
}

}  // namespace rapport::evidence
