// E-mail as transport and wire format, without business rules: the writer of our mails (RFC 5322, MIME) and the SMTP
// client that hands them over (RFC 5321). The demo sink, which takes mails in, is in sink.hpp.
// The writer: pure, any thread. The transport: one thread, the io_context it was made on.
#pragma once

#include <boost/describe.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace rapport::net {
class HttpClient;
}

namespace rapport::channels::email {

// ---- Mails we write ------------------------------------------------------------------------------------------------

// Text that can stand in a header field: whatever it is made from, it holds no line break and no control character, so
// that nothing can inject a field (RFC 5322 §2.2). Invalid UTF-8 becomes U+FFFD. At most 500 characters.
class HeaderText {
  public:
    HeaderText() = default;
    explicit HeaderText(std::string_view text);
    std::string const& value() const { return value_; }

  private:
    std::string value_;
};

struct Mailbox {
    HeaderText name;  // may be empty
    EmailAddress address;
};

// "<left@domain>" (RFC 5322 §3.6.4). `left` is cut to letters, digits, '-', '_' and '.'.
class MessageId {
  public:
    MessageId(std::string_view left, std::string_view domain);
    std::string const& value() const { return value_; }

  private:
    std::string value_;
};

// "<left@right>" as others write them: printable ASCII without spaces and angle brackets, at most 900 octets, so that
// it can stand in a header field.
bool is_message_id(std::string_view text);

struct Attachment {
    HeaderText file_name;
    std::string media_type;  // "application/pdf"; anything not of that form is sent as application/octet-stream
    Bytes content;
};

struct Mail {
    Mailbox from;
    Mailbox to;
    HeaderText subject;
    Time date;
    MessageId message_id;
    Locale language = Locale::en;
    std::string text = {};  // UTF-8, any line ends
    std::string html = {};  // may be empty
    std::vector<Attachment> attachments = {};
    std::optional<EmailAddress> reply_to = {};
    std::optional<std::string> unsubscribe_url = {};       // List-Unsubscribe, List-Unsubscribe-Post (RFC 8058)
    std::optional<EmailAddress> unsubscribe_address = {};  // beside it, for programs that write a mail (RFC 2369 §3.2)
    std::optional<std::string> list = {};                  // List-Id (RFC 2919): <list.domain of From>
    // ---- of a person's mail in a conversation
    bool by_person = false;              // no Auto-Submitted
    std::vector<Mailbox> to_shown = {};  // in To instead of `to`, who may be one of many
    std::vector<Mailbox> cc = {};
    std::string in_reply_to = {};              // both: RFC 5322 §3.6.4; what is no Message-ID is left out
    std::vector<std::string> references = {};  // oldest first
};

// https, printable ASCII without spaces, quotes and angle brackets, at most 900 octets: can stand in a header field.
bool is_unsubscribe_url(std::string_view url);

// A label of List-Id: dot-atom-text (RFC 2919 §2), at most 63 octets.
bool is_list_label(std::string_view label);

// The whole mail, CRLF line ends, 7-bit, lines of at most 76 characters (encoded words and parameters: 78).
// The same mail always gives the same bytes. Auto-Submitted: auto-generated (RFC 3834 §5) unless a person wrote it.
Bytes write_mail(Mail const& mail);

// ---- SMTP ----------------------------------------------------------------------------------------------------------

enum class TlsPolicy : unsigned char {
    off,            // never; for a smart host on the same machine
    opportunistic,  // STARTTLS where offered, any certificate (RFC 7435); plain where it fails
    required,       // STARTTLS with a certificate for the host's name from a known authority, or the mail waits
};

struct SmartHost {
    std::string host;
    std::uint16_t port = 25;
    std::string user = {};  // empty: no AUTH (RFC 4954)
    std::string password = {};
};

// MTA-STS (RFC 8461): what a domain promised about its mail hosts, until when.
BOOST_DEFINE_FIXED_ENUM_CLASS(StsMode, unsigned char, none, testing, enforce)
struct StsPolicy {
    std::string domain, id;
    StsMode mode = StsMode::none;
    std::vector<std::string> mx;  // names, or "*.example.org"
    Time expires{};
};
struct StsOptions {
    net::HttpClient* http = nullptr;                  // fetches policies; none: MTA-STS is off. Outlives the transport
    std::uint16_t port = 443;                         // others for tests only
    std::vector<StsPolicy> known = {};                // kept from before
    std::function<void(StsPolicy const&)> keep = {};  // a policy was fetched
};

// How long each step may last (RFC 5321 §4.5.3.2).
struct Deadlines {
    std::chrono::milliseconds resolve{30'000}, connect{30'000}, greeting{300'000}, command{300'000},
        data_start{120'000}, data_block{180'000}, data_end{600'000}, idle{60'000};
};

struct TransportOptions {
    std::string helo_name = "localhost";
    std::optional<SmartHost> smart_host = {};  // otherwise the recipient domain's MX hosts
    std::vector<SmartHost> fallbacks = {};     // smart hosts in the order to be tried when the one before is away
    std::uint16_t mx_port = 25;
    TlsPolicy tls = TlsPolicy::opportunistic;
    std::string ca_file = {};                 // PEM; empty: the system's authorities
    bool auth_without_tls = false;            // only for a smart host on the same machine
    std::size_t mails_per_connection = 1000;  // then QUIT and a new connection
    std::size_t idle_connections = 20;        // kept open per destination
    // "192.0.2.53" or "127.0.0.1@5353"; empty: /etc/resolv.conf; "recursive": from the root down, by ourselves.
    std::string dns_server = {};
    // File of a zone's DNSKEY or DS records: answers are validated, and DANE (RFC 7672) is on. Empty: neither.
    std::string dns_trust_anchor = {};
    std::vector<std::string> dns_data = {};  // local zone data ("example.org. IN MX 10 mx.example.org."), for tests
    StsOptions sts = {};
    Deadlines deadlines = {};
    Clock clock = system_now;
};

struct MxHost {
    std::string name;
    int preference = 0;
};

// Where a domain's mails go, for a while.
struct Route {
    std::string site;           // what shares limits: the set of mail hosts, or the smart host
    std::vector<MxHost> hosts;  // in the order to be tried
    bool permanent = false;     // with no hosts: whether trying again makes sense
    std::string enhanced_status;
    std::string trouble;                    // why there are no hosts
    bool secure = false;                    // validated (DNSSEC): TLSA records are asked for
    std::shared_ptr<StsPolicy const> sts;   // RFC 8461
    SmartHost const* smart_host = nullptr;  // of the transport's options
    std::chrono::steady_clock::time_point good_until{};
};

struct Envelope {
    std::optional<EmailAddress> from;  // none: the null reverse-path, "<>"
    std::vector<EmailAddress> to;      // all of one destination; at most 100
};

enum class Handed : unsigned char {
    accepted,   // 2xx after the end of data: the server answers for it now (RFC 5321 §6.1)
    temporary,  // 4xx, or no answer while the end of data had not been handed over: nothing was accepted
    permanent,  // 5xx, null MX, unknown domain, too large
    unknown,    // the end of data had been handed over and no answer came
};

struct RecipientReply {
    Handed handed = Handed::temporary;
    int code = 0;                 // 0: no reply of a server
    std::string enhanced_status;  // "5.1.1" (RFC 3463); made from the code where the server gives none
    std::string text;             // the reply, or what went wrong; printable, at most 500 octets
};

struct SendResult {
    std::string server;  // "mx.example.org [192.0.2.1]:25", empty when none was reached
    bool encrypted = false;
    bool opened = true;  // false: no server greeted us and took our name; nothing was said about the mail
    // How the connection was secured: "TLSv1.3 dane verified", "TLSv1.2 opportunistic unverified", "plain",
    // "TLSv1.3 mta-sts-testing unverified: …" (docs/formats/outbox.md).
    std::string tls;
    std::vector<RecipientReply> recipients;  // as in Envelope::to
};

struct TransportCounters {
    std::int64_t connections = 0, reused = 0, mails = 0, encrypted = 0;
};

// Connections to mail servers, kept and reused per destination. It opens as many as there are send() calls at a time:
// the caller bounds them. Every wait has a deadline. Single-threaded.
class Transport {
  public:
    static std::unique_ptr<Transport> make(Executor executor, TransportOptions options);
    virtual ~Transport() = default;

    // Where mail for the domain goes: MX hosts and what the domain's MTA-STS policy says. Kept until `good_until`.
    virtual Task<std::shared_ptr<Route const>> route(std::string domain) = 0;
    // The route by a smart host: 0 is options.smart_host (or the first fallback where there is none), then the others.
    virtual std::shared_ptr<Route const> smart_route(std::size_t index) const = 0;
    virtual std::size_t smart_routes() const = 0;
    // Over `route`; the connection is closed after `mails_per_connection` mails (0: as the options say).
    virtual Task<SendResult> send(std::shared_ptr<Route const> route, Envelope envelope, ByteView mail,
                                  std::function<void()> before_end, std::size_t mails_per_connection) = 0;
    // By the first smart host, or by the route of the first recipient's domain. Never throws for what a server or a
    // network does. `before_end` runs just before the first octets that could make the server take the mail go to the
    // socket: after it, a dead process cannot know whether the mail was accepted. `mail` is CRLF text and outlives the
    // call.
    virtual Task<SendResult> send(Envelope envelope, ByteView mail, std::function<void()> before_end) = 0;
    // Sends QUIT on idle connections and closes them; sends in progress end by their deadlines or cancel().
    virtual Task<> close_idle() = 0;
    // Ends what waits for the DNS: it has failed.
    virtual void cancel_lookups() = 0;
    // Closes every connection; sends in progress return temporary or unknown, as is true.
    virtual void cancel() = 0;
    virtual TransportCounters counters() const = 0;
};

}  // namespace rapport::channels::email
