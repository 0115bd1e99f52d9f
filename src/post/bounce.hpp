// Bounces: what a mail that came back says, and what follows from it. Reading is pure (bounce_reading.cpp); effects are
// written in the transaction that marks the mail as handled (bounce.cpp). A mail counts only when a signed text of ours
// in it says which letter it is about (verp.hpp): what is forged is kept and shown, and has no effect.
#pragma once

#include <map>

#include "channels/email/mime.hpp"
#include "post/bounce_class.hpp"
#include "post/inbound.hpp"
#include "post/suppression.hpp"
#include "post/verp.hpp"

namespace rapport::post {

// What a mail says about one of our letters.
struct Report {
    BounceClass what = BounceClass::unknown;
    std::string form;        // "dsn" (RFC 3464), "arf" (RFC 5965), "text", "auto_reply", "challenge", "mail"
    bool failed = false;     // the letter will not arrive
    std::string status;      // "5.1.1", or empty
    std::string diagnostic;  // printable, at most 500 octets
    std::string reporter;    // the reporting MTA, or the feedback's user agent
    std::string hints;       // where else our signed texts may stand: the header of the letter that came back
};
Report read_report(channels::email::MimeMail const& mail, std::string_view envelope_sender);

struct BounceTag {
    static constexpr std::string_view prefix = "bnc";
};
using BounceId = Id<BounceTag>;

struct Bounce {
    BounceId id;
    OutboxId letter;
    std::optional<InboundId> message;  // none: a mail server's refusal while sending
    std::string address;
    BounceClass what{};
    std::string status, diagnostic, reporter;
    bool told = false;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(Bounce, (), (id, letter, message, address, what, status, diagnostic, reporter, told, at))
std::vector<Bounce> list_bounces(store::Reader& reader, std::optional<BounceId> before, std::size_t limit);
std::vector<Bounce> bounces_of(store::Reader& reader, OutboxId letter);
std::vector<Bounce> bounces_of(store::Reader& reader, std::string_view address);

// Told to the letter's owner: it was accepted by a mail server, and did not arrive.
struct Bounced {
    OutboxId id;
    std::string owner, purpose;
    BounceClass what{};
    std::string status, diagnostic, reporter;
    Digest report;  // SHA-256 of the mail that says so, byte for byte as it came
    Time at{};      // when it came
};
// Looks first (seals evidence), then gives what to add to the transaction; may run twice.
using PrepareBounce = std::function<Finish(store::Reader&, Bounced const&)>;

// A mail came to the unsubscribe address of a letter. An empty Finish: it is about nothing known here.
using PrepareUnsubscribe = std::function<Finish(store::Reader&, OutboxItem const& letter, Time at)>;

class Bounces {
  public:
    Bounces(ReturnPaths paths, SuppressionPolicy policy);

    // Before anything arrives. One handler for each purpose of letters.
    void on_bounce(std::string purpose, PrepareBounce prepare);
    // Who knows what a letter's reader unsubscribes from; without an answer it is all promotional mail (a suppression).
    void on_unsubscribe(PrepareUnsubscribe prepare) { unsubscribe_ = std::move(prepare); }
    // Takes bounce-…, unsubscribe-…, fbl, abuse and postmaster at the bounce domain.
    void listen_to(Inbound& inbound);

    ReturnPaths const& paths() const { return paths_; }

  private:
    Understood bounced(store::Reader& reader, Arrived const& arrived) const;
    Understood unsubscribed(store::Reader& reader, Arrived const& arrived) const;
    std::optional<OutboxId> letter_of(Arrived const& arrived, Report const& report) const;
    Finish told(store::Reader& reader, Bounced const& bounced) const;

    ReturnPaths paths_;
    SuppressionPolicy policy_;
    std::map<std::string, PrepareBounce, std::less<>> owners_;
    PrepareUnsubscribe unsubscribe_;
};

}  // namespace rapport::post
