// Conversations: what customers write to our mailboxes, and what agents answer. Mail comes in through the post room's
// spool, is matched to its conversation by what only its participants were sent, and leaves through the outbox. Verbs
// are plain functions over a transaction. README.md is the one-page overview, wire.hpp has the API's shapes.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conversation/states.hpp"
#include "net/task_group.hpp"
#include "people/people.hpp"
#include "people/teams.hpp"
#include "post/bounce.hpp"
#include "post/inbound.hpp"
#include "post/post.hpp"
#include "store/blobs.hpp"
#include "store/keyring.hpp"
#include "store/store.hpp"

namespace rapport::search {
class Keeper;
}

namespace rapport::conversation {

using people::Act;
using people::AgentId;
using people::CustomerId;
using people::TeamId;

struct MailboxTag {
    static constexpr std::string_view prefix = "mbx";
};
struct ConversationTag {
    static constexpr std::string_view prefix = "cnv";
};
struct MessageTag {
    static constexpr std::string_view prefix = "msg";
};
struct ParticipantTag {
    static constexpr std::string_view prefix = "prt";
};
struct AttachmentTag {
    static constexpr std::string_view prefix = "att";
};
struct LabelTag {
    static constexpr std::string_view prefix = "lbl";
};
struct DraftTag {
    static constexpr std::string_view prefix = "drf";
};
using MailboxId = Id<MailboxTag>;
using ConversationId = Id<ConversationTag>;
using MessageId = Id<MessageTag>;
using ParticipantId = Id<ParticipantTag>;
using AttachmentId = Id<AttachmentTag>;
using LabelId = Id<LabelTag>;
using DraftId = Id<DraftTag>;

enum class Priority : std::uint8_t { low, normal, high, urgent };
BOOST_DESCRIBE_ENUM(Priority, low, normal, high, urgent)

enum class Direction : std::uint8_t { in, out, note };
BOOST_DESCRIBE_ENUM(Direction, in, out, note)

enum class Channel : std::uint8_t { email, form, chat };
BOOST_DESCRIBE_ENUM(Channel, email, form, chat)

enum class Role : std::uint8_t {
    sender,     // wrote, or was written to first
    recipient,  // was written to
    copied,     // stood in Cc
};
BOOST_DESCRIBE_ENUM(Role, sender, recipient, copied)

// As the outbox knows it, over all recipients: the worst of them.
enum class MessageState : std::uint8_t {
    received,
    noted,      // a note: leaves for nowhere
    queued,     // waits, or is being tried
    sent,       // every recipient's mail server took it
    unknown,    // one may have taken it, nobody said so: a person decides
    failed,     // one did not take it, or it came back
    withdrawn,  // taken back before it left
};
BOOST_DESCRIBE_ENUM(MessageState, received, noted, queued, sent, unknown, failed, withdrawn)

// What led a message to its conversation.
enum class MatchedBy : std::uint8_t {
    token,           // the signed address that answers go to
    own_message_id,  // a Message-ID of ours in In-Reply-To or References
    reference,       // one of theirs that stands in the conversation
    none,            // nothing: it began one
};
BOOST_DESCRIBE_ENUM(MatchedBy, token, own_message_id, reference, none)

struct Settings {
    std::string instance;                            // signed with each token: another installation's mean nothing here
    Duration reopen_within = std::chrono::days(14);  // of the resolution; later a message opens a new conversation
    Duration undo = std::chrono::seconds(10);        // before an answer leaves
    Duration keep_uploads = std::chrono::hours(24);
    std::string zone = "UTC";  // of the hours of which customers are told what to expect
    bool antivirus = false;    // files are shown to one: those that it has not seen yet say so
    std::size_t most_upload_bytes = 25 << 20;
    std::size_t most_mail_bytes = 25 << 20;  // of attachments and text in one answer
};

// Addresses that answers go to, and Message-IDs, both signed: a forgery is found out without the database.
// "box+c<participant><mac>@…"; the participant's row names the conversation. Any thread.
class Tokens {
  public:
    Tokens(Key256 const& key, std::string_view instance) : key_(key), instance_(instance) {}
    // The key of this installation; made once, by a server.
    static Key256 key_of(store::Store& store, store::Keyring const& keyring, bool may_make, Time now);

    // The mailbox's own address where the token would not fit (RFC 5321 §4.5.3.1.1: 64 octets before the @).
    EmailAddress reply_address(EmailAddress const& mailbox, ParticipantId participant) const;
    // Whose token an address carries; nothing when there is none, or it is forged.
    std::optional<ParticipantId> participant_of(std::string_view address) const;
    // "<cnv.….…@domain>"
    std::string message_id(MessageId message, std::string_view domain) const;
    // What opens the page on which a resolution is rated; nothing for a forgery.
    std::string rating_token(std::int64_t rating) const;
    std::optional<std::int64_t> rating_of(std::string_view token) const;

  private:
    std::string mac(std::string_view what, std::int64_t subject, std::size_t words) const;
    Key256 key_;
    std::string instance_;
};

// Addresses that mail is taken for, in memory: asked for each recipient of each mail that arrives. Any thread.
class Addresses {
  public:
    // Whatever follows a plus sign before the @ does not count.
    std::optional<MailboxId> mailbox_of(std::string_view address) const;
    void read(store::Reader& reader);

  private:
    using Map = std::map<std::string, MailboxId, std::less<>>;
    std::atomic<std::shared_ptr<Map const>> map_ = std::make_shared<Map const>();
};

// An answer that stands in its conversation, for the channel that brings it to the customer.
struct Carried {
    ConversationId conversation;
    MessageId message;
    Time at{};
};
// Runs in the transaction that writes the answer: what it leaves to be done stands in rows of its own.
using Carrier = std::function<void(store::Tx&, Carried const&)>;

// What the house knows of customers' wishes; without it nobody has any.
struct Courtesy {
    enum class May : std::uint8_t { ask, later, never };
    struct Answer {
        May may = May::ask;
        Time at{};  // of later
    };
    std::function<Answer(store::Reader&, CustomerId, Time now)> may_ask;
    std::function<void(store::Tx&, CustomerId, Time now)> refuse;  // they want to be asked no more
    post::SuppressionPolicy suppression = {};
    std::string organisation, public_url;
};

// What verbs need beside the transaction. Outlives them; any thread.
struct Office {
    store::Keyring const& keyring;
    store::Blobs const& blobs;
    IdSource& ids;
    post::ReturnPaths paths;  // whose letter a Message-ID of a notice names
    Tokens tokens;
    Settings settings;
    std::map<Channel, Carrier> carriers = {};  // of the channels whose answers are no letters
    Courtesy courtesy = {};
    // Which site of the chat a conversation came from: "sit_…".
    std::function<std::optional<std::string>(store::Reader&, ConversationId)> site_of = {};
};

// What searches need.
struct Searching {
    search::Keeper* keeper = nullptr;  // none: there is no search here (commands)
    std::string zone = "UTC";          // whose days dates mean
};

class Conversations {
  public:
    Conversations(store::Store& store, Office office, Clock clock = system_now);

    // Before anything arrives or leaves.
    void hear_from(post::Post& post);
    void hear_bounces(post::Bounces& bounces);
    void listen_to(post::Inbound& inbound);
    // Answers in conversations of this channel are brought by it; those of the others leave as letters.
    void carry(Channel channel, Carrier carrier) { office_.carriers[channel] = std::move(carrier); }
    void ask_with(Courtesy courtesy) { office_.courtesy = std::move(courtesy); }
    void know_sites(std::function<std::optional<std::string>(store::Reader&, ConversationId)> site_of) {
        office_.site_of = std::move(site_of);
    }
    void search_with(Searching searching) { searching_ = std::move(searching); }

    // Job: follows the mailboxes, wakes what is snoozed, forgets uploads that nobody attached.
    Task<> run(net::Stop stop);

    // Job: rings when what is promised is in danger, or missed; sleeps until the next time.
    Task<> run_alarms(net::Stop stop);
    // Job: tells open screens who looks where and who writes there (looking/).
    Task<> run_looking(net::Stop stop);
    // What is said to open screens and forgotten; `only`: to those of one agent. Before anything runs.
    using Passing = std::function<void(store::Event, std::optional<AgentId> only)>;
    void on_passing(Passing passing) { passing_ = std::move(passing); }
    void pass(store::Event event, std::optional<AgentId> only) const;
    void look_again() { looked_->notify(); }
    // Job: takes those out of routing whose stream is silent, and gives what waits when somebody's hours open.
    Task<> run_routing(net::Stop stop);
    // An agent's stream is open: at least every two minutes.
    Task<> heard_of(AgentId agent);

    // What a mail to one of our mailboxes becomes.
    post::Understood arrived(store::Reader& reader, post::Arrived const& mail) const;
    Task<std::vector<post::Finish>> plan_outcomes(std::vector<post::Outcome> outcomes);
    Task<std::vector<Expected<post::Draw>>> load_rating_letters(std::vector<post::LetterKey> keys);
    Task<std::vector<Expected<post::Draw>>> load_letters(std::vector<post::LetterKey> keys);

    store::Store& store() { return store_; }
    Office const& office() const { return office_; }
    Addresses& addresses() { return addresses_; }
    Clock const& clock() const { return clock_; }
    // Raw octets of mails; none before listen_to().
    post::Inbound const* inbound() const { return inbound_; }
    Searching const& searching() const { return searching_; }

  private:
    store::Store& store_;
    Office office_;
    Clock clock_;
    Addresses addresses_;
    post::Inbound const* inbound_ = nullptr;
    Searching searching_;
    Passing passing_;
    std::shared_ptr<net::Signal> looked_ = std::make_shared<net::Signal>();
};

// ---- fsck -----------------------------------------------------------------------------------------------------------

struct Finding {
    std::string subject, text;
};
void check_conversations(store::Reader& reader, Office const& office,
                         std::function<void(Finding const&)> const& report);

}  // namespace rapport::conversation
