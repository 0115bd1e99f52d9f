// Deliveries: what the organisation sends to one recipient, and what can be proven of it. States: states.hpp; the API's
// shapes: wire.hpp; identification of recipients: identification.hpp; the one-page overview: README.md.
//
// A verb that changes a delivery comes in two halves, because evidence is sealed before the transaction and never in
// it: a plan over a Reader says what would happen (checks the state, seals the evidence) and `commit` makes it happen,
// if the delivery still stands where the plan saw it. Deliveries::carry_out() awaits both and plans again when it does
// not. Plans and commit are plain functions; nothing asks the clock.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "delivery/states.hpp"
#include "evidence/evidence.hpp"
#include "people/people.hpp"
#include "store/store.hpp"

namespace rapport::store {
class Blobs;
class Keyring;
}  // namespace rapport::store
namespace rapport::post {
class Bounces;
class Post;
struct Outcome;
struct LetterKey;
struct Content;
}  // namespace rapport::post
namespace rapport::net {
class Stop;
}

namespace rapport::delivery {

using people::CustomerId;

struct DeliveryTag {
    static constexpr std::string_view prefix = "dlv";
};
struct SubmissionTag {
    static constexpr std::string_view prefix = "sub";
};
struct FileTag {
    static constexpr std::string_view prefix = "fil";
};
using DeliveryId = Id<DeliveryTag>;
using SubmissionId = Id<SubmissionTag>;
using FileId = Id<FileTag>;

// How surely the recipient must be identified before anything of the content is shown (basic: the code goes to
// the same address as the link, where the sender allows that; low: to a second one; the others take an identity
// provider or a certificate that is configured for that eIDAS level).
enum class Assurance : std::uint8_t { basic, low, substantial, high };
BOOST_DESCRIBE_ENUM(Assurance, basic, low, substantial, high)

struct DeliverySettings {
    std::string public_url = "http://localhost:8080";  // links in letters start with it
    std::string organisation = "Rapport";              // the sender, as recipients and evidence name it
    std::string organisation_identifier = "rapport";
    std::string organisation_identifier_scheme = "rapport-organisation";

    std::int64_t most_file_bytes = 25LL << 20;
    std::int64_t most_delivery_bytes = 50LL << 20;  // all files of one delivery
    std::size_t most_files = 20;
    std::int64_t most_attached_bytes = 10LL << 20;  // all files of one plain notice: they go with the mail
    Locale locale = Locale::en;                     // where neither the sender nor the customer names one
    std::size_t most_recipients = 100;              // of one submission
    std::size_t most_batch = 1000;
    bool forbid_programs = true;  // executables and scripts, by name, declared type and first bytes (file_types.hpp)

    Duration default_deadline = std::chrono::hours(24 * 15);
    Duration least_deadline = std::chrono::minutes(1);
    Duration most_deadline = std::chrono::hours(24 * 90);
    Duration keep_uploads = std::chrono::hours(24);
    Duration keep_requests = std::chrono::hours(24 * 8);  // idempotency keys

    bool stamp_every_evidence = true;  // XAdES-B-T for each record, besides the stamps on the log's checkpoints

    int code_digits = 6;
    int code_tries = 5;
    Duration code_life = std::chrono::minutes(10);
    // Codes go out as often as nobody is flooded, and so that no holder of the link can keep the recipient from theirs:
    // bounds for one session, for one network (its sessions together), and for the delivery. Beyond the last two, one
    // who has had none yet gets one each `code_trickle`.
    Duration code_pause = std::chrono::seconds(60);  // between two codes of one session
    int codes_a_session = 5;                         // a day, as the others
    int codes_a_network = 8;
    int codes_a_day = 20;  // of one delivery
    Duration code_trickle = std::chrono::minutes(10);
    int codes_noticed = 6;                             // from so many on the sender is told
    Duration session_life = std::chrono::minutes(30);  // after identification
    // A delivery at substantial or high is taken only from a sender who was identified as surely.
    bool sender_step_up = false;

    Duration keep_content = Duration::zero();  // content of finished deliveries is erased after it; zero: kept
};

class Identification;

// What packages are made with (evidence/package.hpp); the app gives it.
struct Packaging;
// How recipients prove who they are, besides the one-time code (ways.hpp); the app gives it, too.
struct Ways;

// ---- Words that a module above makes (notices) ----------------------------------------------------------------------

// A recipient, as found or about to be made.
struct Addressee {
    std::optional<CustomerId> customer;  // empty: new
    std::string name;
    EmailAddress email;
    Locale locale = Locale::en;  // given, or the customer's, or the organisation's
};
struct Words {
    Locale locale = Locale::en;  // that they are written in
    std::string subject, text, html;
};
// What goes to one recipient. A plain notice keeps the recipe, encrypted, instead of the words: the composer draws them
// again. A registered delivery seals the words.
struct Composed {
    Words words;
    json::Object recipe;
    std::string stream = "transactional";
    std::optional<Time> not_before = {};
    std::optional<std::string> unsubscribe_url = {};
    std::optional<std::string> list = {};  // that the letter is part of (RFC 2919)
    // How much later it leaves than the sender wanted, for the recipient's sake: the deadline to accept moves with it.
    Duration postponed = Duration::zero();
};
// Called while a submission is planned, once for each recipient in order. Nothing: this recipient gets none. An error's
// fields point into the request of the module above.
using Compose = std::function<Expected<std::optional<Composed>>(Addressee const&)>;

class Composer {
  public:
    virtual ~Composer() = default;
    using Draw = std::function<Expected<Words>()>;  // any thread
    virtual Expected<Draw> prepare(store::Reader& reader, json::Object const& recipe) const = 0;
};

// What verbs work with, besides their transaction. Outlives them; any thread.
struct Office {
    store::Keyring const& keyring;
    store::Blobs const& blobs;
    evidence::Sealer const& sealer;
    IdSource& ids;
    DeliverySettings settings;
    std::shared_ptr<Packaging const> packaging = {};
    std::shared_ptr<Composer const> composer = {};
    std::shared_ptr<Ways const> ways = {};
};

// ---- Carrying out ---------------------------------------------------------------------------------------------------

// What a verb is going to do to a delivery: made over a Reader, with its evidence sealed.
struct Move {
    DeliveryId delivery;
    Kind kind = Kind::registered;
    State from = State::none, to = State::none;
    std::int64_t seen_evidence = 0;  // how many records there were, and
    Time seen_changed_at{};          // when it had changed last: both must still hold
    Time at{};
    Actor actor{};
    std::optional<std::int64_t> customer = {};
    std::vector<Transition const*> steps = {};  // one event each
    std::vector<evidence::Sealed> evidence = {};
    std::function<void(store::Tx&)> also = {};  // what else goes into the same transaction; may run twice
};
// Code "state_changed" when the delivery has moved on since it was looked at: plan again.
Expected<State> commit(store::Tx& tx, Office const& office, Move const& move);

using Plan = std::function<Expected<Move>(store::Reader&)>;

// ---- Verbs (one file each) ------------------------------------------------------------------------------------------

struct NewDelivery;
struct SubmissionView;
struct DeliverySummary;
struct DeliveryDetail;
struct DeliveryPage;
struct UploadView;

// How the agent behind a request had signed in; nothing is claimed without it.
struct Sender {
    std::optional<evidence::Authentication> authentication = {};
    std::optional<Assurance> level = {};  // where a provider vouched for them
    std::string proof = {};               // the record of that, kept with the delivery
};

// A request to submit: one or several deliveries, all or nothing.
struct SubmitRequest {
    Actor actor;
    std::vector<NewDelivery> deliveries;
    bool batch = false;              // findings point to /deliveries/3/…
    std::optional<std::string> key;  // idempotency key
    Digest hash;                     // of the request's bytes: the same key with another hash is a conflict
    Sender sender = {};
    // Before anything is composed, once: the customers among the recipients, as far as they are known.
    std::function<void(std::span<CustomerId const>)> meet = {};
};
struct PlannedSubmission;
// Checks everything, makes keys, blobs and evidence. Findings name field, rule and fix; nothing is stored.
// Codes: invalid_fields, idempotency_key_reused, file_not_found …
Expected<std::shared_ptr<PlannedSubmission const>> plan_submission(store::Reader& reader, Office const& office,
                                                                   SubmitRequest const& request, Time now);
// Only writes. A UniqueViolation means that the same key came twice at once: plan again.
Expected<std::vector<SubmissionView>> commit(store::Tx& tx, Office const& office, PlannedSubmission const& planned);

// A file that waits to be attached.
struct NewUpload {
    Actor actor;
    std::string name, media_type;
    ByteView bytes;
};
Expected<std::function<UploadView(store::Tx&)>> plan_upload(Office const& office, NewUpload const& upload, Time now);

// The post room's answer about the invitation (or the plain notice), or about the mail after acceptance.
struct Notification {
    bool accepted = false;
    std::string server, reply, status;  // no server: the reply is the post room's own words
    Time at{};
    // A person ended it: before it left, or without knowing whether a server had taken it.
    enum class Ended : std::uint8_t { by_itself, cancelled, given_up } ended = Ended::by_itself;
    bool recovered = false;       // found after the program died: `at` is when it was found
    Time sealed_at{};             // now, when that is later than `at`
    bool of_consignment = false;  // about the mail that says where the accepted content stands
    // A report came back after a mail server had taken the mail: SHA-256 of it, in hex.
    std::string report = {};
};
Expected<Move> plan_notification(store::Reader& reader, Office const& office, DeliveryId id,
                                 Notification const& outcome);

// Who picks up in the recipient's place (delegation.hpp).
struct DelegateParty {
    std::string delegation;  // "dgn_…"
    std::string name, email;
};
// The recipient's verbs carry the identification that the pick-up session has gained.
struct Assertion {
    Assurance level = Assurance::basic;
    std::string method;  // URI
    Time time{};
    Digest record;           // of what is kept of it: who, how, to which address (records.hpp)
    std::string proof = {};  // SHA-256 (base64) of what an outside party vouched with: an ID token, a certificate
    std::optional<DelegateParty> delegate = {};
};

// `link` is the recipient's address of the delivery, for the mail that says where the content stands; nothing keeps it
// but that mail. Empty: the mail refers to the invitation.
Expected<Move> plan_acceptance(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                               std::string const& link, Time now);
Expected<Move> plan_refusal(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                            std::string const& reason, Time now);
Expected<Move> plan_expiry(store::Reader& reader, Office const& office, DeliveryId id, Time now);
// The message is about to be given out: D.6 the first time, else no step.
Expected<Move> plan_reading(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who, Time now);
// These parts have left: the recipient's connection has taken every octet of them. Part 0 is the message, files count
// from 1. E.1 with the last part; no step when they had left before. plan_failed_hand_over: the part turned out to be
// damaged or missing (E.2).
Expected<Move> plan_hand_over(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                              std::vector<int> parts, Time now);
Expected<Move> plan_failed_hand_over(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                                     int part, Time now);
// Destroys the delivery's key: subject, text, files and their names cannot be read any more, by anybody.
Expected<Move> plan_erasure(store::Reader& reader, Office const& office, people::Act const& act, DeliveryId id);

// ---- Looking --------------------------------------------------------------------------------------------------------

struct ListFilter {
    std::optional<State> state;
    std::optional<Kind> kind;
    std::optional<CustomerId> customer;
    std::string q;  // an identifier, an address, a reference, or the beginning of a recipient's name or address
    std::string after;
    std::size_t limit = 50;
};
Expected<DeliveryPage> list(store::Reader& reader, Office const& office, ListFilter const& filter);
// Of those that exist, in the order of `ids`.
std::vector<DeliverySummary> summaries(store::Reader& reader, Office const& office, std::span<DeliveryId const> ids);
// `now` bounds what is counted of the last day; without it all that is remembered is.
Expected<DeliveryDetail> find(store::Reader& reader, Office const& office, DeliveryId id, Time now = {});
struct Part {
    std::string name, media_type;
    Bytes bytes;
};
// Part 0 is the message. Codes: not_found, content_erased, content_damaged.
Expected<Part> content(store::Reader& reader, Office const& office, DeliveryId id, int part);
// The same for agents: a plain notice without the secrets of the customer's links. A registered message is sealed, and
// holds none.
Expected<Part> shown_content(store::Reader& reader, Office const& office, DeliveryId id, int part);
Expected<Bytes> evidence_xml(store::Reader& reader, DeliveryId id, evidence::EvidenceId evidence);

// What a package holds of the content; content that was erased is left out always.
enum class Contents : std::uint8_t {
    required,  // all of it, or "content_damaged"
    if_sound,  // where it is damaged or missing, the package says so and proves the rest
    withheld,  // nothing of it: for a recipient to whom it is not open
};
// The evidence package (ASiC-E). Codes: those of evidence::log_part and package; for a plain notice "no_evidence".
Expected<Bytes> package(store::Reader& reader, Office const& office, DeliveryId id, Contents contents, Time now);

// The certificate (PDF), in the recipient's language unless another is asked for; it travels in the package too, where
// fonts are installed. Codes: those of evidence::log_part and certificate::render.
Expected<Bytes> certificate(store::Reader& reader, Office const& office, DeliveryId id, Contents contents,
                            std::optional<Locale> locale = {});

struct Count {
    Kind kind;
    State state;
    std::int64_t n;
};
BOOST_DESCRIBE_STRUCT(Count, (), (kind, state, n))
std::vector<Count> counts(store::Reader& reader);

// ---- fsck -----------------------------------------------------------------------------------------------------------

struct Finding {
    std::string subject, text;
};
// Recomputes states from evidence and journal, counters from rows, digests from contents. Calls `report` for each.
void check_deliveries(store::Reader& reader, Office const& office, std::function<void(Finding const&)> const& report);

// ---- The module -----------------------------------------------------------------------------------------------------

class Deliveries {
  public:
    Deliveries(store::Store& store, Office office, Clock clock = system_now);
    ~Deliveries();
    Deliveries(Deliveries const&) = delete;

    Task<Expected<std::vector<SubmissionView>>> submit(SubmitRequest request);
    Task<Expected<UploadView>> upload(Actor actor, std::string name, std::string media_type, Bytes bytes);
    // Plans and commits; plans again when the delivery has moved on in between.
    Task<Expected<State>> carry_out(Plan plan);
    Expected<State> carry_out_now(Plan plan);
    Expected<std::vector<SubmissionView>> submit_now(SubmitRequest const& request);

    // C.1 and C.2, sent and failed: tells the post room to ask us about its outcomes, and for the words of plain
    // notices. Before post.run().
    void hear_from(post::Post& post);
    // C.2, or failed, when a bounce comes back after a mail server had taken the invitation or the notice.
    void hear_bounces(post::Bounces& bounces);
    // Ends deliveries at their deadline; forgets old uploads, sessions and idempotency keys; erases content at the end
    // of its retention; folds the counters.
    Task<> run_timers(net::Stop stop);
    // The same once, for what is due now; returns how many deliveries expired.
    Task<std::size_t> expire_due();
    Task<> tidy_up();

    Office const& office() const { return office_; }
    store::Store& store() { return store_; }
    Clock const& clock() const { return clock_; }
    Identification& identification() { return *identification_; }

  private:
    Task<std::vector<std::function<void(store::Tx&)>>> plan_outcomes(std::vector<post::Outcome> outcomes);
    Task<std::vector<Expected<std::function<Task<Expected<post::Content>>()>>>> load_letters(
        std::vector<post::LetterKey> keys);

    store::Store& store_;
    Office office_;
    Clock clock_;
    std::unique_ptr<Identification> identification_;
};

}  // namespace rapport::delivery
