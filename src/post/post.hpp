// The post room: letters leave through a durable outbox. A letter is a row written in the transaction that wants it;
// it is claimed, recorded as being attempted, sent, and its honest state is kept. After `accepted` it is never sent
// again; `unknown` (a server may have taken it, nobody said so) waits for a person. docs/formats/outbox.md.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "channels/email/dkim.hpp"
#include "channels/email/email.hpp"
#include "store/store.hpp"

namespace rapport::post {

struct OutboxTag {
    static constexpr std::string_view prefix = "out";
};
using OutboxId = Id<OutboxTag>;

// ---- Writing letters -----------------------------------------------------------------------------------------------

enum class Priority : std::uint8_t { bulk, normal, urgent };  // codes and sign-in links are urgent
BOOST_DESCRIBE_ENUM(Priority, bulk, normal, urgent)

// `template_name` is one of src/post/templates (see the module's README for the data that each wants); or empty: then
// the owner keeps what the letter says, and is asked for it before each attempt (on_load). `data` is kept until the
// letter has been accepted or cancelled: links and codes do not stay in the database.
struct Letter {
    std::string owner;    // whose letter it is: "dlv_…"
    std::string purpose;  // "notification", "code", "consignment", "sign_in": who hears of the outcome (on_outcome)
    EmailAddress to;
    Locale locale = Locale::en;
    std::string template_name;
    json::Object data;
    std::optional<Time> expires_at = {};  // not sent after it; without it tried for 5 days (RFC 5321 §4.5.4.1)
    Priority priority = Priority::normal;
    std::optional<Time> not_before = {};  // not sent before it; the 5 days count from then
    // Where a POST unsubscribes its reader (RFC 8058 §3.1); channels::email::is_unsubscribe_url says what may stand
    // here.
    std::optional<std::string> unsubscribe_url = {};
    // The label of the list that the letter is part of (RFC 2919): the same for all letters of a category.
    std::optional<std::string> list = {};
    std::string stream = "transactional";  // class of its kind: or "legal", or "promotional", which always is bulk
};

// Part of the caller's transaction. The letter goes out after the commit.
OutboxId enqueue(store::Tx& tx, Letter const& letter, Time now);

// Wipes the data of all letters of `owner` and cancels those that have not left. For erasure.
void forget(store::Tx& tx, std::string_view owner, Time now);

// ---- Looking -------------------------------------------------------------------------------------------------------

enum class State : std::uint8_t { queued, attempting, accepted, unknown, failed, cancelled };
BOOST_DESCRIBE_ENUM(State, queued, attempting, accepted, unknown, failed, cancelled)

struct OutboxItem {
    OutboxId id;
    std::string owner, purpose, channel;
    EmailAddress to;
    State state{};
    std::int64_t attempts = 0;
    std::optional<Time> next_at;
    std::optional<std::string> last_reply;  // "550 5.1.1 No such user", or what went wrong without a server's reply
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(OutboxItem, (),
                      (id, owner, purpose, channel, to, state, attempts, next_at, last_reply, created_at, changed_at))

std::vector<OutboxItem> letters_of(store::Reader& reader, std::string_view owner);
std::optional<OutboxItem> find_letter(store::Reader& reader, OutboxId id);

struct Attempt {
    std::int64_t number = 0;
    Time started_at{};
    std::optional<Time> ended_at;
    std::optional<std::string> result, server, reply, enhanced_status;
    std::optional<std::string> tls;     // how the connection was secured, and by whose policy
    std::optional<std::string> source;  // "mx", or the smart host
};
BOOST_DESCRIBE_STRUCT(Attempt, (), (number, started_at, ended_at, result, server, reply, enhanced_status, tls, source))
std::vector<Attempt> attempts_of(store::Reader& reader, OutboxId id);
// Newest first; `before` is the last identifier of the page before.
std::vector<OutboxItem> list_letters(store::Reader& reader, std::optional<State> state, std::optional<OutboxId> before,
                                     std::size_t limit);

// ---- Outcomes ------------------------------------------------------------------------------------------------------

enum class Result : std::uint8_t { accepted, delayed, failed, unknown };
BOOST_DESCRIBE_ENUM(Result, accepted, delayed, failed, unknown)

// A person may end a letter that waits (cancelled), or one of which nobody knows whether a server took it (given_up).
enum class EndedBy : std::uint8_t { room, cancelled, given_up };

struct Outcome {
    OutboxId id;
    std::string owner, purpose;
    Result result{};
    std::string server;           // "mx.example.org [192.0.2.1]:25"; empty when none was reached
    std::string reply;            // "250 2.0.0 Ok: queued as …", or what went wrong
    std::string enhanced_status;  // RFC 3463: "5.1.1"; "4.4.7" when the letter expired
    Time at{};
    EndedBy ended_by = EndedBy::room;
    bool recovered = false;  // found after a death of the program: `at` is when it was found, not when it happened
};

// What the owner adds to the transaction that records the outcome. It may run twice; it touches only its transaction.
using Finish = std::function<void(store::Tx&)>;
// Prepares it off the writer (seals evidence). Any thread (mostly the post room's); must not block.
using Prepare = std::function<Finish(Outcome const&)>;
// For owners who have to read first: all outcomes of a batch at once; returns one Finish (may be empty) for each.
using PrepareAll = std::function<Task<std::vector<Finish>>(std::vector<Outcome>)>;

// ---- Letters whose words their owners keep -------------------------------------------------------------------------

// How a person's mail in a conversation is addressed. The envelope is the letter's own: one recipient, its return path.
struct Correspondence {
    channels::email::Mailbox from;
    std::vector<channels::email::Mailbox> to, cc;  // as every copy shows them
    std::optional<EmailAddress> reply_to = {};
    std::string message_id = {};  // "<…@…>": the same in every copy; empty: the letter's own
    std::string in_reply_to = {};
    std::vector<std::string> references = {};
    bool automatic = false;  // a program's words all the same: nobody's program need answer them (RFC 3834 §2)
};
struct Content {
    Locale locale = Locale::en;
    std::string subject, text, html;
    std::vector<channels::email::Attachment> attachments = {};
    std::optional<Correspondence> correspondence = {};  // none: a program's mail, from the organisation's own address
};
// What a letter without a template says; asked just before it is sent, on the room's thread. An error ends the letter:
// it has failed, with the error's text.
using Draw = std::function<Task<Expected<Content>>()>;
struct LetterKey {
    std::string owner, purpose;
    json::Object data;
};
// Asked once for all letters of a purpose that are claimed together; returns one for each.
using LoadAll = std::function<Task<std::vector<Expected<Draw>>>(std::vector<LetterKey>)>;

class ReturnPaths;
struct SourceState;

// A site as it is at the moment.
struct SiteView {
    std::string site;  // its mail hosts, or what its rule calls it
    std::int64_t waiting = 0, connections = 0, most_connections = 0;
    std::int64_t rate_per_minute = 0;  // 0: no limit
    std::int64_t mails_per_connection = 0;
    std::int64_t speed_percent = 100;
    double per_second = 0;  // measured
    std::string rule;       // which one holds; empty: the default
    std::optional<Time> suspended_until = {};
    std::optional<std::string> reason = {};  // why it is slower than its rule
    bool silent = false;                     // its servers say nothing
};
BOOST_DESCRIBE_STRUCT(SiteView, (),
                      (site, waiting, connections, most_connections, rate_per_minute, mails_per_connection,
                       speed_percent, per_second, rule, suspended_until, reason, silent))

// ---- The room ------------------------------------------------------------------------------------------------------

// When an address gets no letters any more, and for how long (suppression.hpp).
struct SuppressionPolicy {
    Duration hard = std::chrono::days(90);
    Duration complaint = Duration::zero();  // zero: until somebody lifts it
    Duration soft = std::chrono::days(3);
    int soft_bounces = 5;  // in soft_window lead to `soft`
    Duration soft_window = std::chrono::days(14);
    bool legal_anyway = false;  // legal letters are tried although the address is suppressed as hard
};

struct Options {
    channels::email::TransportOptions transport;
    channels::email::Mailbox from;  // of every letter; also the envelope's sender
    std::string message_id_domain = "localhost";
    std::shared_ptr<ReturnPaths const> return_paths = {};  // verp.hpp: signed Message-IDs and, with a domain, senders
    SuppressionPolicy suppression = {};
    // The keys that sign at the moment; none or empty: mails go unsigned. Any thread.
    std::function<std::shared_ptr<channels::email::DkimSigner const>()> signer = {};
    std::size_t composers = 2;                     // threads that render, write and sign
    Duration slow_down = std::chrono::minutes(5);  // how long a site rests after its first complaint
    std::filesystem::path marks;                   // folder of the mark boards (README); empty: none are kept
    std::size_t connections_per_destination = 20;
    std::size_t connections = 400;  // in all
    std::size_t batch = 500;        // letters claimed at once
    std::size_t in_flight = 2000;   // letters claimed and not yet recorded
    std::vector<Duration> backoff = {std::chrono::minutes(1), std::chrono::minutes(5), std::chrono::minutes(15),
                                     std::chrono::hours(1), std::chrono::hours(4)};  // the last one repeats
    double jitter = 0.2;                       // each wait is lengthened or shortened by up to this share
    Duration lease = std::chrono::minutes(2);  // a worker that was not seen for so long is dead
};

struct Counters {
    std::int64_t accepted = 0, delayed = 0, failed = 0, unknown = 0, attempting = 0;
    channels::email::TransportCounters transport;
};

class Post {
  public:
    static std::unique_ptr<Post> make(store::Store& store, Options options, Clock clock = system_now);
    virtual ~Post() = default;

    // Before run(). One handler for each purpose.
    virtual void on_outcome(std::string purpose, Prepare prepare) = 0;
    virtual void on_outcomes(std::string purpose, PrepareAll prepare) = 0;
    // Before run(). Who keeps the words of a purpose's letters that name no template.
    virtual void on_load(std::string purpose, LoadAll load) = 0;

    // What the owners add to these outcomes, one Finish each. For outcomes that a person makes (http.cpp).
    virtual Task<std::vector<Finish>> prepare(std::vector<Outcome> outcomes) = 0;

    // Sends what is due until stop(); first recovers what dead workers left. Call once, on an io_context that one
    // thread runs.
    virtual Task<> run() = 0;
    // Any thread. run() then ends: attempts under way have `grace` to finish, the others are given back.
    virtual void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(2000)) = 0;

    // Rules of sites, or warm-up plans, were changed: they are in force within moments. Any thread.
    virtual void refresh() = 0;

    virtual Options const& options() const = 0;
    virtual Counters counters() const = 0;  // any thread
    // As of the last second; any thread. Empty while nothing runs.
    virtual std::vector<SiteView> sites() const = 0;
    virtual std::vector<SourceState> sources() const = 0;
};

// ---- A person's verbs (http.cpp audits them) -----------------------------------------------------------------------

// unknown or failed → queued, at once. The recipient may then get the letter twice: that is the person's decision.
// Conflict "letter_gone" when its data has been wiped.
Expected<> retry(store::Tx& tx, OutboxId id, Time now);
// queued → cancelled, unknown → failed. The caller adds what the owner prepared for the outcome `failed`.
Expected<> cancel(store::Tx& tx, OutboxId id, Time now);

// ---- fsck ----------------------------------------------------------------------------------------------------------

struct Finding {
    std::string subject, text;
};
// States against attempts: what cannot be true of a sound outbox.
std::vector<Finding> check_outbox(store::Reader& reader, Time now);

}  // namespace rapport::post
