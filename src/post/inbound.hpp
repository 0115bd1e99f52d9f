// The inbound spool: a mail is durable, byte for byte and encrypted, before its sender hears 250; then whoever takes
// its recipients makes something of it. What nobody understands is kept and shown. docs/formats/inbound.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channels/email/listener.hpp"
#include "channels/email/mime.hpp"
#include "net/task_group.hpp"
#include "post/post.hpp"
#include "store/blobs.hpp"
#include "store/keyring.hpp"

namespace rapport::post {

// fsck of the spool and of suppressions: what cannot be true of sound ones, asked of the rows alone (check.cpp).
std::vector<Finding> check_returns(store::Reader& reader);

struct InboundTag {
    static constexpr std::string_view prefix = "inb";
};
using InboundId = Id<InboundTag>;

// One mail for one recipient, as a handler sees it.
struct Arrived {
    InboundId id;
    Time received_at{};
    std::string sender;     // of the envelope; empty: the null reverse-path
    std::string recipient;  // as the peer wrote it
    Digest digest;          // of the raw octets
    ByteView raw;
    channels::email::MimeMail const* mail = nullptr;  // none: it could not be read
    std::string trouble;                              // why
};

// What a handler made of it.
struct Understood {
    std::string kind;                     // "bounce", "auto_reply", …
    std::string summary = {};             // for people, at most 500 octets
    std::optional<OutboxId> letter = {};  // of ours, where that is proven
    Finish finish = {};                   // runs in the transaction that marks the mail as handled, once in effect
    bool later = false;                   // it cannot be said yet: asked again in a while, for at most two minutes
};
// Looks only; may run twice, and on several nodes for the same mail: `finish` takes effect once.
using Handler = std::function<Understood(store::Reader&, Arrived const&)>;
// Pure and quick: whether this handler takes mail for the address.
using Takes = std::function<bool(std::string_view address)>;

enum class InboundState : std::uint8_t {
    waiting,  // durable, not looked at yet
    handled,
    unread,  // could not be handled: see its raw octets
};
BOOST_DESCRIBE_ENUM(InboundState, waiting, handled, unread)

struct InboundItem {
    InboundId id;
    Time received_at{};
    std::string peer, sender;
    std::int64_t size = 0;
    std::string recipient;
    InboundState state{};
    std::optional<std::string> kind;
    std::optional<OutboxId> letter;
    std::optional<std::string> summary;
    std::optional<Time> handled_at;
};
BOOST_DESCRIBE_STRUCT(InboundItem, (),
                      (id, received_at, peer, sender, size, recipient, state, kind, letter, summary, handled_at))

struct InboundOptions {
    Duration keep = std::chrono::days(90);  // of reports about letters; then they are erased. Zero: kept
    std::size_t batch = 64;
    std::int64_t starts = 3;  // a mail at which the program has died so often is left alone
};

struct InboundCounters {
    std::int64_t kept = 0, again = 0, handled = 0, unread = 0;  // again: mails that were here already
};

class Inbound {
  public:
    Inbound(store::Store& store, store::Keyring const& keyring, store::Blobs const& blobs, InboundOptions options = {},
            Clock clock = system_now);
    ~Inbound();
    Inbound(Inbound const&) = delete;

    // Before anything arrives. The first handler that takes an address gets its mails.
    void on_recipient(Takes takes, Handler handler);

    // For the listener: why a recipient is refused, and what keeps a mail.
    channels::email::Dialogue::Refusal refusal() const;
    Task<channels::email::Kept> keep(channels::email::ArrivedMail mail);

    // Handles what waits until stop; forgets what is old.
    Task<> run(net::Stop stop);
    // What waits now, once; returns how many were handled.
    Task<std::size_t> handle_waiting();

    Expected<Bytes> raw(store::Reader& reader, InboundId id) const;
    InboundCounters counters() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Newest first; `kind` empty: all.
std::vector<InboundItem> list_inbound(store::Reader& reader, std::string_view kind, std::optional<InboundId> before,
                                      std::size_t limit);

}  // namespace rapport::post
