// Mail that lies in a mailbox elsewhere, fetched by IMAP4 (RFC 9051, RFC 3501): one connection to one folder. TLS with
// a certificate for the host, or STARTTLS; clear text only where it is asked for. What is new is told by IDLE (RFC
// 2177), or by NOOP where the server has none. Nothing is ever deleted. One executor; every wait has a deadline.
#pragma once

#include <boost/describe.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"

namespace rapport::channels::email {

class Resolver;

enum class ImapSecurity : std::uint8_t {
    tls,       // from the first octet (RFC 8314 §3.2)
    starttls,  // or nothing
    none,      // clear text: on the same machine, or a network of one's own
};
BOOST_DESCRIBE_ENUM(ImapSecurity, tls, starttls, none)

struct ImapAccount {
    std::string host;
    std::uint16_t port = 993;
    ImapSecurity security = ImapSecurity::tls;
    std::string user, password;
    std::string folder = "INBOX";
    bool read_only = true;  // EXAMINE: flags stay as they are
};

struct ImapLimits {
    std::string ca_file = {};  // PEM; empty: the system's authorities
    std::size_t mail = 25 << 20;
    std::chrono::milliseconds connect{30'000}, command{60'000}, mail_time{600'000};
};

struct ImapFolder {
    std::uint32_t uid_validity = 0, uid_next = 0, messages = 0;  // uid_next 0: the server did not say
};

struct ImapMail {
    std::optional<Time> arrived;  // INTERNALDATE
    std::uint64_t size = 0;       // octets
};

// Errors have the kind unavailable and a code: cannot_connect, tls_failed, sign_in_refused, no_such_folder, lost,
// not_understood. The text is for the operator, with what the server said.
class ImapSession {
  public:
    virtual ~ImapSession() = default;
    static std::shared_ptr<ImapSession> make(Executor executor, Resolver& resolver, ImapLimits limits);

    // Connects, signs in, opens the folder.
    virtual Task<Expected<ImapFolder>> open(ImapAccount account) = 0;
    // Identifiers from `first` to `last` (0: whatever there is), ascending. Ask for at most 50,000 at once.
    virtual Task<Expected<std::vector<std::uint32_t>>> uids(std::uint32_t first, std::uint32_t last) = 0;
    // None: it is gone meanwhile.
    virtual Task<Expected<std::optional<ImapMail>>> about(std::uint32_t uid) = 0;
    // Its octets, or those of its header alone, which may be cut. Of a mail that is larger than the limit, whatever
    // about() says, one octet more than the limit.
    virtual Task<Expected<std::optional<Bytes>>> fetch(std::uint32_t uid, bool header_alone) = 0;
    virtual Task<Expected<>> mark_seen(std::uint32_t uid) = 0;
    // True when the server says that something came; false when nothing did for so long.
    virtual Task<Expected<bool>> wait_for_news(std::chrono::milliseconds at_most) = 0;
    virtual Task<> log_out() = 0;
    virtual void close() = 0;  // what waits fails with the code lost
};

}  // namespace rapport::channels::email
