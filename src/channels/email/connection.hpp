// One SMTP connection as a client (RFC 5321): greeting, EHLO, STARTTLS (RFC 3207), AUTH (RFC 4954), and mails one after
// the other with pipelined commands (RFC 2920). Single-threaded. A deadline that passes closes the socket: see
// expire().
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <optional>

#include "channels/email/email.hpp"
#include "channels/email/reply.hpp"
#include "channels/email/resolver.hpp"

namespace rapport::channels::email {

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Instant = std::chrono::steady_clock::time_point;

// What a connection to one host must be worth.
enum class Demand : unsigned char {
    off,            // clear text
    opportunistic,  // TLS where offered, whoever it is
    encrypted,      // TLS, whoever it is: TLSA records are there, none is usable (RFC 7672 §2.2)
    verified,       // TLS and a certificate for the host from a known authority
    dane,           // TLS and a certificate that a TLSA record vouches for
};
struct Security {
    Demand demand = Demand::opportunistic;
    std::string policy = "opportunistic";  // who demands it: "required", "dane", "mta-sts", "mta-sts-testing"
    std::vector<Tlsa> tlsa = {};
    std::string tlsa_base = {};  // the name that the records belong to: the reference identifier (RFC 7672 §3.2.2)
    std::string next_hop = {};   // the recipient's domain: another one
};

// Why a connection could not be opened.
struct OpenTrouble {
    RecipientReply reply;
    bool tls_failed = false;  // worth another try without TLS where the policy is opportunistic
};

class Connection {
  public:
    Connection(Executor executor, TransportOptions const& options, asio::ssl::context& tls, std::string host,
               Security security, SmartHost const* account);

    Task<std::optional<OpenTrouble>> open(Tcp::endpoint endpoint, bool with_tls);
    Task<SendResult> deliver(Envelope const& envelope, ByteView mail, std::function<void()> const& before_end);
    Task<> quit();

    // Ready for another mail.
    bool usable() const { return usable_ && socket_.is_open() && mails_ < most_mails_; }
    void at_most(std::size_t mails) { most_mails_ = mails; }
    // The last deliver() found a connection that the server had given up meanwhile: nothing was handed over.
    bool stale() const { return stale_; }
    bool encrypted() const { return tls_stream_ != nullptr; }
    std::size_t mails() const { return mails_; }
    std::string const& server() const { return server_; }
    std::string const& tls() const { return tls_text_; }

    void close();
    void expire(Instant now);  // called by the transport's sweeper
    void idle_until(Instant end) { deadline_ = end; }

  private:
    struct Written {
        bool whole = false;
        std::size_t octets = 0;
    };
    Task<Written> write(std::string_view bytes, std::chrono::milliseconds limit);
    Task<bool> write_command(std::string line);
    Task<Reply> read_reply(std::chrono::milliseconds limit);
    Task<Reply> command(std::string line);
    Task<Reply> hello();
    Task<std::optional<OpenTrouble>> greet(bool with_tls);
    Task<bool> shake_hands();
    bool demand_dane(SSL* ssl);
    void note_security();
    bool must_encrypt() const { return security_.demand > Demand::opportunistic; }
    Task<std::optional<OpenTrouble>> authenticate();
    Task<std::optional<Reply>> begin_mail(Envelope const& envelope, std::size_t size, std::vector<Reply>& recipients);
    Task<Reply> exchange(Envelope const& envelope, std::size_t size, std::vector<Reply>& recipients);
    Task<Handed> write_mail(ByteView mail, std::function<void()> const& before_end);
    void read_capabilities(Reply const& reply);
    OpenTrouble trouble(Reply const& reply, std::string_view step) const;
    std::string what_happened(std::string_view step) const;

    TransportOptions const& options_;
    asio::ssl::context& tls_;
    std::string host_, server_, tls_text_ = "plain", tls_trouble_;
    Security security_;
    SmartHost const* account_;
    std::size_t most_mails_;
    Socket socket_;
    std::unique_ptr<asio::ssl::stream<Socket&>> tls_stream_;
    std::string buffer_;
    Instant deadline_ = Instant::max();
    bool usable_ = false, stale_ = false, expired_ = false, needs_reset_ = false;
    bool pipelining_ = false, starttls_ = false, plain_ = false, login_ = false, eight_bit_ = false;
    std::optional<std::size_t> size_limit_;
    std::size_t mails_ = 0;
};

// Makes what the server said (or did not say) about one recipient.
RecipientReply reply_for(Reply const& reply, std::string_view otherwise);

}  // namespace rapport::channels::email
