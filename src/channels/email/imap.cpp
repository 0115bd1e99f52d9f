// One connection to an IMAP server: commands one after the other, each with its answer.
#include "channels/email/imap.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>
#include <functional>

#include "base/text.hpp"
#include "channels/email/imap_answer.hpp"
#include "channels/email/reply.hpp"
#include "channels/email/resolver.hpp"

namespace rapport::channels::email {
namespace {

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
constexpr auto values = asio::as_tuple(asio::use_awaitable_t<Executor>());
constexpr std::chrono::milliseconds poll{30'000};  // NOOP where there is no IDLE
constexpr std::size_t longest_header = 1 << 20;
constexpr std::size_t most_held = 8 << 20;  // of a command's answers, beside one mail: what is found, 50,000 numbers

std::unexpected<Error> trouble(std::string code, std::string text) {
    return fail(ErrorKind::unavailable, std::move(code), std::move(text));
}

class Session final : public ImapSession, public std::enable_shared_from_this<Session> {
  public:
    Session(Executor executor, Resolver& resolver, ImapLimits limits)
        : resolver_(resolver),
          limits_(std::move(limits)),
          tls_context_(asio::ssl::context::tls_client),
          socket_(executor),
          timer_(executor),
          reader_(limits_.mail + 1024) {
        SSL_CTX_set_min_proto_version(tls_context_.native_handle(), TLS1_2_VERSION);
        boost::system::error_code ignored;
        if (limits_.ca_file.empty())
            tls_context_.set_default_verify_paths(ignored);
        else
            tls_context_.load_verify_file(limits_.ca_file, ignored);
    }

    Task<Expected<ImapFolder>> open(ImapAccount account) override {
        account_ = std::move(account);
        Expected<> step = co_await connect();
        if (step) step = co_await greet();
        if (step) step = co_await sign_in();
        if (!step) {
            close();
            co_return fail(step.error());
        }
        Expected<ImapFolder> folder = co_await select();
        if (!folder) close();
        co_return folder;
    }

    Task<Expected<std::vector<std::uint32_t>>> uids(std::uint32_t first, std::uint32_t last) override {
        std::string ask = "UID SEARCH UID " + std::to_string(first) + ':';
        ask += last == 0 ? "*" : std::to_string(last);
        Expected<std::vector<ImapAnswer>> said = co_await command(std::move(ask), &ImapAnswer::is_search);
        if (!said) co_return fail(said.error());
        std::vector<std::uint32_t> uids;
        // "n:*" always names the last mail, even where its number is below n (RFC 9051 §9, seq-range).
        for (auto const& answer : *said)
            for (auto const uid : answer.found())
                if (uid >= first && uid > 0 && (last == 0 || uid <= last)) uids.push_back(uid);
        std::ranges::sort(uids);
        auto const again = std::ranges::unique(uids);
        uids.erase(again.begin(), again.end());
        co_return uids;
    }

    Task<Expected<std::optional<ImapMail>>> about(std::uint32_t uid) override {
        auto const name = std::to_string(uid);
        std::string ask = "UID FETCH " + name + " (UID INTERNALDATE RFC822.SIZE)";
        Expected<std::vector<ImapAnswer>> said = co_await command(std::move(ask), with(name, "RFC822.SIZE"));
        if (!said) co_return fail(said.error());
        if (said->empty()) co_return std::optional<ImapMail>();
        auto const& answer = said->front();
        ImapMail mail;
        mail.arrived = imap_time(answer.fetched("INTERNALDATE").value_or(""));
        auto const size = answer.fetched("RFC822.SIZE").value_or("0");
        std::from_chars(size.data(), size.data() + size.size(), mail.size);
        co_return mail;
    }

    Task<Expected<std::optional<Bytes>>> fetch(std::uint32_t uid, bool header_alone) override {
        auto const name = std::to_string(uid);
        // Servers are not bound by the size that they have told: no more is taken than there is room for.
        std::string const section = header_alone ? "[HEADER]" : "[]", item = "BODY" + section + "<0>";
        auto const most = header_alone ? std::min(longest_header, limits_.mail) : limits_.mail + 1;
        std::string ask = "UID FETCH " + name + " (UID BODY.PEEK" + section + "<0." + std::to_string(most) + ">)";
        Expected<std::vector<ImapAnswer>> said = co_await command(std::move(ask), with(name, item), limits_.mail_time);
        if (!said) co_return fail(said.error());
        if (said->empty()) co_return std::optional<Bytes>();
        auto const octets = *said->front().fetched(item);
        co_return Bytes(octets.begin(), octets.end());
    }

    Task<Expected<>> mark_seen(std::uint32_t uid) override {
        Expected<std::vector<ImapAnswer>> said =
            co_await command("UID STORE " + std::to_string(uid) + " +FLAGS.SILENT (\\Seen)", nothing);
        if (!said) co_return fail(said.error());
        co_return Expected<>{};
    }

    Task<Expected<bool>> wait_for_news(std::chrono::milliseconds at_most) override {
        if (news_) co_return std::exchange(news_, false);
        auto const end = std::chrono::steady_clock::now() + at_most;
        if (idle_) co_return co_await idle(end);
        while (std::chrono::steady_clock::now() < end) {
            timer_.expires_after(
                std::min<std::chrono::steady_clock::duration>(poll, end - std::chrono::steady_clock::now()));
            ++armed_;
            co_await timer_.async_wait(values);
            if (!socket_.is_open()) co_return lost();
            Expected<std::vector<ImapAnswer>> said = co_await command("NOOP", nothing);
            if (!said) co_return fail(said.error());
            if (std::exchange(news_, false)) co_return true;
        }
        co_return false;
    }

    Task<> log_out() override {
        if (socket_.is_open()) co_await command("LOGOUT", nothing, std::chrono::milliseconds(2000));
        close();
    }

    void close() override {
        boost::system::error_code ignored;
        socket_.close(ignored);
        timer_.cancel();
    }

  private:
    // ---- octets

    // At the deadline the socket is closed: what waits for it fails.
    void arm(std::chrono::milliseconds limit) {
        auto const mine = ++armed_;
        timer_.expires_after(limit);
        timer_.async_wait([weak = weak_from_this(), mine](boost::system::error_code error) {
            auto const self = weak.lock();
            if (error || !self || self->armed_ != mine) return;
            self->expired_ = true;
            boost::system::error_code ignored;
            self->socket_.close(ignored);
        });
    }
    void disarm() {
        ++armed_;
        timer_.cancel();
    }

    std::unexpected<Error> lost() const {
        std::string text =
            expired_ ? "The mail server did not answer in time." : "The connection to the mail server was lost.";
        if (!goodbye_.empty()) text += " It said: " + goodbye_;
        return trouble("lost", std::move(text));
    }

    Task<bool> write(std::string text) {
        auto const buffer = asio::buffer(text);
        if (tls_) {
            auto const [error, n] = co_await asio::async_write(*tls_, buffer, values);
            co_return !error;
        }
        auto const [error, n] = co_await asio::async_write(socket_, buffer, values);
        co_return !error;
    }

    Task<bool> read_more() {
        octets_.resize(32 * 1024);
        std::size_t n = 0;
        bool good = false;
        if (tls_) {
            auto const [error, read] = co_await tls_->async_read_some(asio::buffer(octets_), values);
            good = !error;
            n = read;
        } else {
            auto const [error, read] = co_await socket_.async_read_some(asio::buffer(octets_), values);
            good = !error;
            n = read;
        }
        if (good) reader_.feed(std::string_view(octets_.data(), n));
        co_return good;
    }

    // ---- answers

    Task<Expected<ImapAnswer>> next() {
        for (;;) {
            ImapAnswer answer;
            auto const status = reader_.take(answer);
            if (status == ImapReader::Status::complete) {
                notice(answer);
                co_return answer;
            }
            if (status == ImapReader::Status::too_large) {
                close();
                co_return trouble("not_understood", "The mail server sends more than was asked for.");
            }
            if (status == ImapReader::Status::broken) {
                close();
                co_return trouble("not_understood", "What answers there does not speak IMAP.");
            }
            bool const read = co_await read_more();
            if (!read) {
                close();
                co_return lost();
            }
        }
    }

    void notice(ImapAnswer const& answer) {
        if (auto list = answer.capabilities()) can_ = std::move(*list);
        if (answer.tag != "*") return;
        if (answer.number_before("EXISTS")) news_ = true;
        if (answer.status() == "BYE") goodbye_ = answer.words;
    }
    bool can(std::string_view what) const {
        return std::ranges::any_of(can_, [&](auto const& one) { return ascii_lower(one) == ascii_lower(what); });
    }

    // Which of the untagged answers a command is asked for. Servers may say other things at any time (RFC 9051 §7):
    // that another client has read a mail looks like an answer to FETCH, and is none.
    using Wanted = std::function<bool(ImapAnswer const&)>;
    static bool nothing(ImapAnswer const&) { return false; }
    static Wanted with(std::string uid, std::string item) {
        return [uid = std::move(uid), item = std::move(item)](ImapAnswer const& one) {
            return one.fetched("UID") == uid && one.fetched(item);
        };
    }

    // Those answers, of a command that succeeded.
    Task<Expected<std::vector<ImapAnswer>>> command(std::string line, Wanted wanted,
                                                    std::chrono::milliseconds limit = {}) {
        arm(limit == std::chrono::milliseconds{} ? limits_.command : limit);
        auto const tag = "r" + std::to_string(++commands_);
        bool const written = co_await write(tag + ' ' + line + "\r\n");
        if (!written) {
            close();
            co_return lost();
        }
        Expected<std::vector<ImapAnswer>> said = co_await answers_to(tag, std::move(wanted));
        disarm();
        co_return said;
    }

    Task<Expected<std::vector<ImapAnswer>>> answers_to(std::string tag, Wanted wanted) {
        std::vector<ImapAnswer> said;
        std::size_t held = 0;
        for (;;) {
            Expected<ImapAnswer> answer = co_await next();
            if (!answer) co_return fail(answer.error());
            if (answer->tag == tag) {
                if (answer->status() == "OK") co_return said;
                co_return trouble("refused", "The mail server refused it: " + answer->words);
            }
            if (!wanted(*answer)) continue;
            for (auto const& token : answer->tokens) held += sizeof token + token.text.size();
            if (held > limits_.mail + most_held) {
                close();
                co_return trouble("not_understood", "The mail server sends more than was asked for.");
            }
            said.push_back(std::move(*answer));
        }
    }

    // ---- opening

    Task<Expected<>> connect() {
        Addresses const found = co_await resolver_.addresses(account_.host);
        if (found.all.empty()) co_return trouble("cannot_connect", "No address was found for " + account_.host + '.');
        std::string why;
        for (auto const& address : found.all) {
            arm(limits_.connect);
            Tcp::endpoint const endpoint(address, account_.port);
            auto const [error] = co_await socket_.async_connect(endpoint, values);
            disarm();
            if (!error) {
                boost::system::error_code ignored;
                socket_.set_option(Tcp::no_delay(true), ignored);
                socket_.set_option(asio::socket_base::keep_alive(true), ignored);
                co_return Expected<>{};
            }
            why = expired_ ? "no answer in time" : error.message();
            expired_ = false;
            boost::system::error_code ignored;
            socket_.close(ignored);
        }
        co_return trouble("cannot_connect", "Cannot connect to " + account_.host + " at port " +
                                                std::to_string(account_.port) + ": " + why + '.');
    }

    Task<Expected<>> shake_hands() {
        reader_.forget();
        can_.clear();
        tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, tls_context_);
        SSL_set_tlsext_host_name(tls_->native_handle(), account_.host.c_str());
        tls_->set_verify_mode(asio::ssl::verify_peer);
        tls_->set_verify_callback(asio::ssl::host_name_verification(account_.host));
        arm(limits_.connect);
        auto const [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, values);
        disarm();
        if (!error) co_return Expected<>{};
        long const verified = SSL_get_verify_result(tls_->native_handle());
        std::string const why = expired_                ? std::string("no answer in time")
                                : verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                                        : error.message();
        co_return trouble("tls_failed",
                          "TLS failed, or the certificate is not for " + account_.host + ": " + why + '.');
    }

    Task<Expected<>> greet() {
        Expected<> step;
        if (account_.security == ImapSecurity::tls) step = co_await shake_hands();
        if (!step) co_return step;
        arm(limits_.command);
        Expected<ImapAnswer> greeting = co_await next();
        disarm();
        if (!greeting) co_return fail(greeting.error());
        if (greeting->status() != "OK")
            co_return trouble("cannot_connect", "The mail server does not take us: " + greeting->words);
        if (account_.security == ImapSecurity::starttls) {
            Expected<std::vector<ImapAnswer>> said = co_await command("STARTTLS", nothing);
            if (!said) co_return trouble("tls_failed", "The mail server offers no STARTTLS. " + said.error().text);
            step = co_await shake_hands();
            if (!step) co_return step;
        }
        if (can_.empty()) {
            Expected<std::vector<ImapAnswer>> said = co_await command("CAPABILITY", nothing);
            if (!said) co_return fail(said.error());
        }
        co_return Expected<>{};
    }

    Task<Expected<>> sign_in() {
        Expected<std::vector<ImapAnswer>> said;
        auto const user = imap_quoted(account_.user), password = imap_quoted(account_.password);
        if (can("AUTH=PLAIN")) {
            said = co_await authenticate_plain();
        } else if (can("LOGINDISABLED")) {
            co_return trouble("sign_in_refused", "The mail server takes no password over this connection: choose TLS.");
        } else if (!user || !password) {
            co_return trouble("sign_in_refused", "The mail server takes plain ASCII passwords alone.");
        } else {
            said = co_await command("LOGIN " + *user + ' ' + *password, nothing);
        }
        if (said) {
            if (can_.empty()) said = co_await command("CAPABILITY", nothing);
            if (!said) co_return fail(said.error());
            idle_ = can("IDLE");
            co_return Expected<>{};
        }
        if (said.error().code != "refused") co_return fail(said.error());
        co_return trouble("sign_in_refused",
                          "The mail server refused the user name or the password. " + said.error().text);
    }

    Task<Expected<std::vector<ImapAnswer>>> authenticate_plain() {  // RFC 4616, RFC 4959
        auto const secret = to_base64(std::string(1, '\0') + account_.user + std::string(1, '\0') + account_.password);
        bool const at_once = can("SASL-IR");
        can_.clear();
        if (at_once) co_return co_await command("AUTHENTICATE PLAIN " + secret, nothing);
        arm(limits_.command);
        auto const tag = "r" + std::to_string(++commands_);
        bool written = co_await write(tag + " AUTHENTICATE PLAIN\r\n");
        Expected<ImapAnswer> asked = trouble("lost", "");
        if (written) asked = co_await next();
        while (asked && asked->tag == "*") asked = co_await next();  // the deadline ends it
        if (asked && asked->tag != "+") co_return trouble("refused", "The mail server refused it: " + asked->words);
        if (asked) written = co_await write(secret + "\r\n");
        if (!asked || !written) {
            close();
            co_return lost();
        }
        Expected<std::vector<ImapAnswer>> said = co_await answers_to(tag, nothing);
        disarm();
        co_return said;
    }

    Task<Expected<ImapFolder>> select() {
        auto const name = imap_mailbox(account_.folder);
        if (!name) co_return trouble("no_such_folder", "The folder's name cannot be written in IMAP.");
        Wanted const about_it = [](ImapAnswer const& one) {
            return one.code("UIDVALIDITY") || one.code("UIDNEXT") || one.number_before("EXISTS");
        };
        Expected<std::vector<ImapAnswer>> said =
            co_await command((account_.read_only ? "EXAMINE " : "SELECT ") + *name, about_it);
        if (!said && said.error().code == "refused")
            co_return trouble("no_such_folder",
                              "The folder " + account_.folder + " cannot be opened. " + said.error().text);
        if (!said) co_return fail(said.error());
        ImapFolder folder;
        auto const number = [](std::optional<std::string> const& text, std::uint32_t& into) {
            if (text) std::from_chars(text->data(), text->data() + text->size(), into);
        };
        for (auto const& answer : *said) {
            number(answer.code("UIDVALIDITY"), folder.uid_validity);
            number(answer.code("UIDNEXT"), folder.uid_next);
            folder.messages = answer.number_before("EXISTS").value_or(folder.messages);
        }
        if (folder.uid_validity == 0)
            co_return trouble("not_understood", "The mail server gives its mails no lasting numbers (UIDVALIDITY).");
        news_ = false;
        co_return folder;
    }

    // ---- news

    Task<Expected<bool>> idle(std::chrono::steady_clock::time_point end) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        auto const tag = "r" + std::to_string(++commands_);
        arm(limits_.command);
        bool written = co_await write(tag + " IDLE\r\n");
        if (!written) {
            close();
            co_return lost();
        }
        // A read that is given up in the middle leaves TLS in no known state, so that the end is a deadline for DONE:
        // the timer writes it, and the answer to it ends the reading.
        said_done_ = false;
        bool taken = false;
        for (;;) {
            Expected<ImapAnswer> answer = co_await next();
            if (!answer) co_return fail(answer.error());
            if (answer->tag == tag) {
                idle_ = answer->status() == "OK";  // announced and refused: it is asked now and then instead
                break;
            }
            if (answer->tag == "+" && !std::exchange(taken, true)) end_idle_in(left);
            if (news_ && taken) say_done();
        }
        disarm();
        co_return std::exchange(news_, false);
    }

    void end_idle_in(std::chrono::milliseconds left) {
        auto const mine = ++armed_;
        timer_.expires_after(left);
        timer_.async_wait([weak = weak_from_this(), mine](boost::system::error_code error) {
            auto const self = weak.lock();
            if (!error && self && self->armed_ == mine) self->say_done();
        });
    }

    void say_done() {
        if (std::exchange(said_done_, true)) return;
        arm(limits_.command);
        auto const executor = socket_.get_executor();
        asio::co_spawn(
            executor,
            [self = shared_from_this()]() -> Task<> {
                bool const written = co_await self->write("DONE\r\n");
                if (!written) self->close();
            },
            [](std::exception_ptr) {});
    }

    Resolver& resolver_;
    ImapLimits limits_;
    asio::ssl::context tls_context_;
    Socket socket_;
    Timer timer_;
    ImapReader reader_;
    ImapAccount account_;
    std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
    std::vector<char> octets_;
    std::vector<std::string> can_;
    std::string goodbye_;
    std::uint64_t commands_ = 0, armed_ = 0;
    bool expired_ = false, news_ = false, idle_ = false, said_done_ = false;
};

}  // namespace

std::shared_ptr<ImapSession> ImapSession::make(Executor executor, Resolver& resolver, ImapLimits limits) {
    return std::make_shared<Session>(executor, resolver, std::move(limits));
}

}  // namespace rapport::channels::email
