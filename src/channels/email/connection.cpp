// Opening an SMTP connection, and the exchange of commands and replies on it. The mail itself: deliver.cpp.
#include "channels/email/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>

namespace rapport::channels::email {
namespace {
constexpr auto values = asio::as_tuple(asio::use_awaitable_t<Executor>());
}

Connection::Connection(Executor executor, TransportOptions const& options, asio::ssl::context& tls, std::string host,
                       Security security, SmartHost const* account)
    : options_(options),
      tls_(tls),
      host_(std::move(host)),
      security_(std::move(security)),
      account_(account),
      most_mails_(options.mails_per_connection),
      socket_(executor) {}

void Connection::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    usable_ = false;
}

void Connection::expire(Instant now) {
    if (now < deadline_) return;
    expired_ = true;
    close();
}

std::string Connection::what_happened(std::string_view step) const {
    return (expired_ ? "no answer in time (" : "connection lost (") + std::string(step) + ")";
}

Task<Connection::Written> Connection::write(std::string_view bytes, std::chrono::milliseconds limit) {
    deadline_ = std::chrono::steady_clock::now() + limit;
    auto const buffer = asio::buffer(bytes);
    Written written;
    if (tls_stream_) {
        auto const [error, n] = co_await asio::async_write(*tls_stream_, buffer, values);
        written = {!error, n};
    } else {
        auto const [error, n] = co_await asio::async_write(socket_, buffer, values);
        written = {!error, n};
    }
    if (!written.whole) close();
    co_return written;
}

Task<bool> Connection::write_command(std::string line) {
    line += "\r\n";
    Written const written = co_await write(line, options_.deadlines.command);
    co_return written.whole;
}

Task<Reply> Connection::read_reply(std::chrono::milliseconds limit) {
    deadline_ = std::chrono::steady_clock::now() + limit;
    Reply reply;
    while (true) {
        auto const status = take_reply(buffer_, reply);
        if (status == ReplyStatus::complete) co_return reply;
        char octets[4096];
        std::size_t n = 0;
        bool lost = status == ReplyStatus::broken;
        if (!lost && tls_stream_) {
            auto const [error, read] = co_await tls_stream_->async_read_some(asio::buffer(octets), values);
            lost = static_cast<bool>(error);
            n = read;
        } else if (!lost) {
            auto const [error, read] = co_await socket_.async_read_some(asio::buffer(octets), values);
            lost = static_cast<bool>(error);
            n = read;
        }
        if (lost) {
            close();
            co_return Reply{};
        }
        buffer_.append(octets, n);
    }
}

Task<Reply> Connection::command(std::string line) {
    bool const written = co_await write_command(std::move(line));
    if (!written) co_return Reply{};
    Reply const reply = co_await read_reply(options_.deadlines.command);
    co_return reply;
}

RecipientReply reply_for(Reply const& reply, std::string_view otherwise) {
    if (reply.code == 0) return {Handed::temporary, 0, "4.4.2", std::string(otherwise)};
    // 552 after RCPT means "too many recipients" to old servers (RFC 5321 §4.5.3.1.10); 530 to 538 speak of our
    // authentication, which the operator mends while the mail waits.
    bool const temporary = reply.temporary() || (reply.code >= 530 && reply.code <= 538) || reply.intermediate();
    Handed const handed = reply.positive() ? Handed::accepted : temporary ? Handed::temporary : Handed::permanent;
    return {handed, reply.code, reply.enhanced_status, reply.text()};
}

OpenTrouble Connection::trouble(Reply const& reply, std::string_view step) const {
    auto about = reply_for(reply, what_happened(step));
    about.handed = Handed::temporary;  // another host, or the same one later, may greet us
    return {std::move(about)};
}

void Connection::read_capabilities(Reply const& reply) {
    pipelining_ = starttls_ = plain_ = login_ = eight_bit_ = false;
    size_limit_.reset();
    for (std::size_t i = 1; i < reply.lines.size(); ++i) {
        std::string const line = ascii_lower(reply.lines[i]);
        auto const keyword = line.substr(0, line.find_first_of(" ="));
        if (keyword == "pipelining") pipelining_ = true;
        if (keyword == "starttls") starttls_ = true;
        if (keyword == "8bitmime") eight_bit_ = true;
        if (keyword == "auth") {
            plain_ = plain_ || line.find("plain") != std::string::npos;
            login_ = login_ || line.find("login") != std::string::npos;
        }
        std::size_t limit = 0;
        if (keyword == "size" && line.size() > 5 &&
            std::from_chars(line.data() + 5, line.data() + line.size(), limit).ec == std::errc() && limit > 0)
            size_limit_ = limit;  // RFC 1870 §4: 0 says nothing
    }
}

Task<Reply> Connection::hello() {
    Reply reply = co_await command("EHLO " + options_.helo_name);
    if (reply.code >= 500) reply = co_await command("HELO " + options_.helo_name);  // RFC 5321 §3.2
    read_capabilities(reply);
    co_return reply;
}

// RFC 7672 §3: a DANE-TA(2) certificate must name the host or the domain; a DANE-EE(3) one is itself the proof.
bool Connection::demand_dane(SSL* ssl) {
    if (SSL_dane_enable(ssl, security_.tlsa_base.c_str()) <= 0) return false;
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    if (!security_.next_hop.empty()) SSL_add1_host(ssl, security_.next_hop.c_str());
    int usable = 0;
    for (auto const& record : security_.tlsa) {
        if (!is_usable(record)) continue;
        auto const* data = reinterpret_cast<unsigned char const*>(record.data.data());
        usable +=
            SSL_dane_tlsa_add(ssl, static_cast<std::uint8_t>(record.usage), static_cast<std::uint8_t>(record.selector),
                              static_cast<std::uint8_t>(record.matching), data, record.data.size()) > 0;
    }
    return usable > 0;
}

Task<bool> Connection::shake_hands() {
    buffer_.clear();  // RFC 3207 §6: nothing said before counts
    tls_stream_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, tls_);
    SSL* const ssl = tls_stream_->native_handle();
    SSL_set_tlsext_host_name(ssl, host_.c_str());
    // A password goes to nobody but the host that is meant, whatever the policy for mail.
    bool const has_password = account_ && !account_->user.empty() && !options_.auth_without_tls;
    if (security_.demand == Demand::dane) {
        if (!demand_dane(ssl)) {
            tls_trouble_ = "no TLSA record can be used";
            co_return false;
        }
        tls_stream_->set_verify_mode(asio::ssl::verify_peer);
    } else if (security_.demand == Demand::verified || has_password) {
        tls_stream_->set_verify_mode(asio::ssl::verify_peer);
        tls_stream_->set_verify_callback(asio::ssl::host_name_verification(host_));
    } else {
        SSL_set1_host(ssl, host_.c_str());  // looked at afterwards: note_security()
        tls_stream_->set_verify_mode(asio::ssl::verify_none);
    }
    deadline_ = std::chrono::steady_clock::now() + options_.deadlines.command;
    auto const [error] = co_await tls_stream_->async_handshake(asio::ssl::stream_base::client, values);
    long const verified = SSL_get_verify_result(ssl);
    if (error) tls_trouble_ = verified != X509_V_OK ? X509_verify_cert_error_string(verified) : error.message();
    if (!error) note_security();
    co_return !error;
}

void Connection::note_security() {
    SSL const* const ssl = tls_stream_->native_handle();
    long const verified = SSL_get_verify_result(ssl);
    tls_text_ = std::string(SSL_get_version(ssl)) + ' ' + security_.policy;
    tls_text_ += verified == X509_V_OK ? " verified" : " unverified";
    if (verified != X509_V_OK && security_.policy == "mta-sts-testing")
        tls_text_ += std::string(": ") + X509_verify_cert_error_string(verified);
}

Task<std::optional<OpenTrouble>> Connection::greet(bool with_tls) {
    Reply const greeting = co_await read_reply(options_.deadlines.greeting);
    if (!greeting.positive()) co_return trouble(greeting, "greeting");
    Reply reply = co_await hello();
    if (!reply.positive()) co_return trouble(reply, "EHLO");
    if (must_encrypt() && !starttls_) {
        auto text = "the server offers no STARTTLS and the policy requires it (" + security_.policy + ")";
        co_return OpenTrouble{{Handed::temporary, 0, "4.7.10", std::move(text)}};
    }
    if (with_tls && starttls_) {
        reply = co_await command("STARTTLS");
        bool done = reply.code == 220;
        if (done) done = co_await shake_hands();
        if (!done) {
            std::string text = must_encrypt() ? "TLS failed, or the certificate is not for this host" : "TLS failed";
            if (!tls_trouble_.empty()) text += " (" + security_.policy + ": " + tls_trouble_ + ')';
            co_return OpenTrouble{
                {Handed::temporary, reply.code == 220 ? 0 : reply.code, "4.7.5", printable(text, 500)}, true};
        }
        reply = co_await hello();  // RFC 3207 §4.2
        if (!reply.positive()) co_return trouble(reply, "EHLO after STARTTLS");
    } else if (security_.policy == "mta-sts-testing") {
        tls_text_ = "plain mta-sts-testing: no STARTTLS";
    }
    co_return std::nullopt;
}

Task<std::optional<OpenTrouble>> Connection::authenticate() {
    if (!account_ || account_->user.empty()) co_return std::nullopt;
    auto const& account = *account_;
    if (!encrypted() && !options_.auth_without_tls)
        co_return OpenTrouble{{Handed::temporary, 0, "4.7.11", "the password is not sent without TLS"}};
    Reply reply;
    if (plain_) {
        std::string const response = std::string(1, '\0') + account.user + std::string(1, '\0') + account.password;
        reply = co_await command("AUTH PLAIN " + to_base64(response));  // RFC 4616
    } else if (login_) {
        reply = co_await command("AUTH LOGIN");
        if (reply.code == 334) reply = co_await command(to_base64(account.user));
        if (reply.code == 334) reply = co_await command(to_base64(account.password));
    } else {
        co_return OpenTrouble{{Handed::temporary, 0, "4.7.4", "the server offers neither AUTH PLAIN nor AUTH LOGIN"}};
    }
    if (reply.code != 235) co_return trouble(reply, "AUTH");
    co_return std::nullopt;
}

Task<std::optional<OpenTrouble>> Connection::open(Tcp::endpoint endpoint, bool with_tls) {
    auto const address = endpoint.address().to_string();
    server_ = host_ + " [" + address + "]:" + std::to_string(endpoint.port());
    deadline_ = std::chrono::steady_clock::now() + options_.deadlines.connect;
    auto const [error] = co_await socket_.async_connect(endpoint, values);
    if (error) {
        auto text = expired_ ? std::string("no answer in time (connect)") : "cannot connect: " + error.message();
        close();
        co_return OpenTrouble{{Handed::temporary, 0, "4.4.1", std::move(text)}};
    }
    boost::system::error_code ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
    auto failed = co_await greet(with_tls && security_.demand != Demand::off);
    if (!failed) failed = co_await authenticate();
    if (failed)
        close();
    else
        usable_ = true;
    co_return failed;
}

Task<> Connection::quit() {
    usable_ = false;
    Deadlines const& limits = options_.deadlines;
    if (!socket_.is_open()) co_return;
    Written const written = co_await write("QUIT\r\n", std::min(limits.command, limits.connect));
    if (written.whole) co_await read_reply(std::chrono::milliseconds(2000));
    close();
}

}  // namespace rapport::channels::email
