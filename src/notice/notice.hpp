// Notices: what the organisation tells its customers, made from templates. A kind says what data a notice takes, how it
// is delivered and which class it is of; templates have versions per language; a notice becomes one delivery for each
// recipient (delivery/delivery.hpp), which keeps the version and the data, encrypted, instead of the words.
// Verbs are plain functions over a transaction; README.md is the one-page overview, wire.hpp has the API's shapes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "delivery/delivery.hpp"
#include "people/people.hpp"
#include "preferences/preferences.hpp"
#include "store/store.hpp"

namespace rapport::post {
class Post;
}

namespace rapport::notice {

using delivery::DeliveryId;
using people::CustomerId;

struct NoticeTag {
    static constexpr std::string_view prefix = "ntc";
};
struct KindTag {
    static constexpr std::string_view prefix = "knd";
};
struct TemplateTag {
    static constexpr std::string_view prefix = "tpl";
};
using NoticeId = Id<NoticeTag>;
using KindId = Id<KindTag>;
using TemplateId = Id<TemplateTag>;

// Decides what preferences, quiet hours and unsubscription apply (preferences::rules).
using preferences::Class;

enum class State : std::uint8_t {
    submitted,   // has a delivery, whose state says the rest
    suppressed,  // the customer's preferences keep it back; nothing was sent
    throttled,   // they had the most promotional notices already; nothing was sent
    collected,   // waits for a digest, or went out with one
};
BOOST_DESCRIBE_ENUM(State, submitted, suppressed, throttled, collected)

enum class Answer : std::uint8_t { confirm, cancel };
BOOST_DESCRIBE_ENUM(Answer, confirm, cancel)

// ---- Preferences (of_customers() asks preferences; the default sends always) ----------------------------------------

struct Decision {
    enum class Is : std::uint8_t { send, later, suppress } is = Is::send;
    std::optional<Time> at = {};                       // of `later`
    std::string reason = {};                           // in words, for the answer: "unsubscribed on 3 May 2026"
    std::optional<preferences::Because> because = {};  // the same for programs
    std::optional<std::string> unsubscribe_url = {};   // one click (RFC 8058); goes into header and letter
    std::optional<std::string> zone = {};              // the customer's time zone, for dates and times in the letter
};
// What is asked about: one notice to one recipient.
struct Asked {
    std::optional<CustomerId> customer;  // empty for somebody who is not known yet
    EmailAddress const& email;
    std::string_view category;
    Class class_;
    bool urgent;
    NoticeId notice;
    Time due;  // when it would leave
    Time now;
    preferences::KnownWishes const* known = nullptr;  // what meet() gave for the batch
};
class Preferences {
  public:
    virtual ~Preferences() = default;
    // Reads at once what the customers of a batch wish. Nothing: there is nothing to read ahead.
    virtual std::shared_ptr<preferences::KnownWishes const> meet(store::Reader&, std::span<CustomerId const>) const {
        return nullptr;
    }
    // Before a notice is planned, on a reader's thread; must be quick. Not asked to suppress legal notices: of those it
    // only says the zone, and why they are exempt.
    virtual Decision decide(store::Reader& reader, Asked const& asked) const = 0;
};
std::shared_ptr<Preferences const> send_always();
// What customers wish; it also learns here what links in letters are about. `preferences` outlives it.
std::shared_ptr<Preferences const> of_customers(preferences::Preferences& preferences);

// ---- What verbs work with -------------------------------------------------------------------------------------------

struct NoticeSettings {
    std::string zone = "UTC";                            // of the organisation: dates and times in letters and on pages
    Locale locale = Locale::en;                          // where neither the sender nor the customer names one
    std::size_t most_notices = 1000;                     // of one request, recipients counted
    Duration most_ahead = std::chrono::hours(24 * 90);   // send_at
    Duration answer_life = std::chrono::hours(24 * 90);  // where the data name no answer_until
    Duration keep_requests = std::chrono::hours(24 * 8);  // idempotency keys
};

class Shelf;  // compiled templates and schemas, kept by version (shelf.hpp)

// Outlives the verbs; any thread.
struct Desk {
    delivery::Office const& office;
    Shelf const& shelf;
    std::shared_ptr<Preferences const> preferences;
    NoticeSettings settings = {};
};

// The part that draws a notice's letter again from its version and data: give it to delivery's Office.
std::shared_ptr<Shelf const> make_shelf();
std::shared_ptr<delivery::Composer const> composer_of(std::shared_ptr<Shelf const> shelf);

// ---- Submitting -----------------------------------------------------------------------------------------------------

struct NewNotice;
struct NoticeView;
struct SubmittedView;

struct Request {
    Actor actor;
    std::vector<NewNotice> notices;
    bool batch = false;                      // findings point to /notices/3/…
    std::optional<std::string> key = {};     // idempotency key
    Digest hash = {};                        // of the request's bytes
    delivery::Sender sender = {};            // who is behind the actor
    std::optional<std::string> origin = {};  // what they come from: a bulk, a schedule; kept with each notice
    bool bulk = false;                       // letters wait behind all others
    // A digest is of the class and category of what it collects, and is itself not collected.
    struct As {
        Class class_ = Class::transactional;
        std::string category;
    };
    std::optional<As> as = {};
};
struct Plan;
// Everything but the writing: data against the schema, language, words, encryption, evidence. Up to most_notices
// recipients in one plan; a template is fetched and compiled once for all. Findings name field, rule and fix.
// Codes: invalid_fields, idempotency_key_reused.
Expected<std::shared_ptr<Plan const>> plan(store::Reader& reader, Desk const& desk, Request const& request, Time now);
// Only writes; joins the group commit. UniqueViolation: the same key came twice at once, or somebody else made one of
// the customers: plan again.
Expected<std::vector<NoticeView>> commit(store::Tx& tx, Desk const& desk, Plan const& plan);
// What was planned, in the order of the request's recipients: for callers who count.
struct PlannedNotice {
    State state = State::submitted;
    std::optional<std::string> reason = {};
    std::optional<preferences::Because> decision = {};
};
std::vector<PlannedNotice> outcomes(Plan const& plan);

// ---- Answers (kinds with `answers`: auto-renewal) -------------------------------------------------------------------

struct AnswerSheet {
    NoticeId id;
    std::string kind;
    Locale locale = Locale::en;
    std::string subject;  // of the letter; empty once erased
    std::optional<std::string> reference;
    std::optional<Answer> answer;
    std::optional<Time> answered_at;
    Time until{};
};
// Codes: not_found (no such link), gone "answer_late" (after the deadline).
Expected<AnswerSheet> look_at_answer(store::Reader& reader, Desk const& desk, std::string_view token, Time now);
// The last answer before the deadline counts. The same answer again changes nothing. Publishes notice.answered.
Expected<AnswerSheet> answer(store::Tx& tx, Desk const& desk, std::string_view token, Answer wanted, Time now);

// ---- The module -----------------------------------------------------------------------------------------------------

class Notices {
  public:
    Notices(store::Store& store, Desk desk, Clock clock = system_now);

    // Stock kinds and templates of this program become rows where they are not yet. Once, before anything else.
    void put_stock_on_shelf();
    // Before the post room runs: test letters are drawn here.
    void serve_letters(post::Post& post);

    Task<Expected<SubmittedView>> submit(Request request);
    Expected<SubmittedView> submit_now(Request const& request);

    store::Store& store() { return store_; }
    Desk const& desk() const { return desk_; }
    Clock const& clock() const { return clock_; }
    // Job: forgets idempotency keys.
    Task<> tidy_up();

  private:
    store::Store& store_;
    Desk desk_;
    Clock clock_;
};

// ---- fsck -----------------------------------------------------------------------------------------------------------

struct Finding {
    std::string subject, text;
};
void check_notices(store::Reader& reader, Desk const& desk, std::function<void(Finding const&)> const& report);

}  // namespace rapport::notice
