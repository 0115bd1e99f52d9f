// What customers wish to hear of, in which language, and when; and what they consented to, so that it can be proven
// later. Categories group kinds of notices; a class decides what a wish can do (rules, below). Verbs are plain
// functions over a transaction; README.md is the one-page overview, wire.hpp has the API's shapes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "evidence/record.hpp"
#include "people/people.hpp"
#include "preferences/quiet_hours.hpp"
#include "store/keyring.hpp"
#include "store/store.hpp"

namespace rapport::preferences {

using people::Act;
using people::CustomerId;

struct ConsentTag {
    static constexpr std::string_view prefix = "cns";
};
using ConsentId = Id<ConsentTag>;

enum class Channel : std::uint8_t { email };
BOOST_DESCRIBE_ENUM(Channel, email)

// ---- Classes: what a wish can do ------------------------------------------------------------------------------------

enum class Class : std::uint8_t { transactional, legal, promotional };
BOOST_DESCRIBE_ENUM(Class, transactional, legal, promotional)

struct Rule {
    Class class_;
    bool may_be_refused;  // and so carries a way to unsubscribe
    bool needs_consent;   // is not sent without one
    bool waits;           // for the end of quiet hours and pauses
    bool urgent_waits;    // also when its kind is urgent
    std::string_view why;
};
inline constexpr Rule rules[] = {
    {Class::transactional, true, false, true, false, "belongs to what the customer ordered or uses"},
    {Class::legal, false, false, false, false, "the sender must or may tell it whatever the customer prefers"},
    {Class::promotional, true, true, true, true, "only with consent (GDPR Art. 6 (1) a, ePrivacy Art. 13)"},
};
constexpr Rule const& rule_of(Class class_) { return rules[static_cast<std::size_t>(class_)]; }
static_assert(rule_of(Class::legal).class_ == Class::legal && rule_of(Class::promotional).class_ == Class::promotional);

// ---- Deciding -------------------------------------------------------------------------------------------------------

enum class Verdict : std::uint8_t { send, later, suppress };
// Why: as the API and webhooks name it.
enum class Because : std::uint8_t {
    not_wanted,    // the customer refused this category
    no_consent,    // promotional, and nobody consented
    paused_until,  // waits: the customer wants nothing until then
    quiet_until,   // waits: quiet hours
    legal,         // sent at once: a legal notice is exempt
    urgent,        // sent at once although there are quiet hours or a pause: its kind is urgent
};
BOOST_DESCRIBE_ENUM(Because, not_wanted, no_consent, paused_until, quiet_until, legal, urgent)

struct Wish {
    std::optional<CustomerId> customer{};  // empty: somebody who is not known yet
    std::string_view category{};
    Class class_ = Class::transactional;
    bool urgent = false;
    Time due{};
    Channel channel = Channel::email;
};
struct Decided {
    Verdict verdict = Verdict::send;
    std::optional<Because> because{};
    std::string words{};                // the same for people; empty where nothing is to be said
    std::optional<Time> at{};           // of `later`
    std::optional<std::string> zone{};  // the customer's
};
// One read of the database. `organisation_zone`: of quiet hours where the customer named no zone.
Decided decide(store::Reader& reader, Wish const& wish, std::string_view organisation_zone);

// What a customer has said that decisions need.
struct Facts {
    std::optional<std::string> zone{};
    std::optional<json::Object> quiet_hours{};
    std::optional<Time> paused_until{};
    std::optional<bool> wanted{};  // of the category that is asked about
    std::optional<Time> chosen_at{}, given_at{};
};
BOOST_DESCRIBE_STRUCT(Facts, (), (zone, quiet_hours, paused_until, wanted, chosen_at, given_at))

// What many customers wish, read at once: a batch asks the database one question for each 32 of them, not one for each.
class KnownWishes {
  public:
    KnownWishes(store::Reader& reader, std::span<CustomerId const> customers, Channel channel = Channel::email);
    // As decide() above says it of the same customer; `wish.channel` is the one that was read.
    Decided decide(Wish const& wish, std::string_view organisation_zone) const;

  private:
    Channel channel_;
    std::map<std::pair<CustomerId, std::string>, Facts, std::less<>> facts_;  // the empty category: of all others
};

// ---- Categories -----------------------------------------------------------------------------------------------------

struct Category {
    std::string name;
    Class class_{};
    json::Object names;         // by language; "en" at least
    json::Object descriptions;  // by language; may be empty
    std::int64_t position = 0;
    bool stock = false;
    Time created_at{}, changed_at{};
    std::optional<Time> retired_at;
};
BOOST_DESCRIBE_STRUCT(Category, (),
                      (name, class_, names, descriptions, position, stock, created_at, changed_at, retired_at))
std::string category_name(Category const& category, Locale locale);
std::string category_description(Category const& category, Locale locale);

// In their order; retired ones last.
std::vector<Category> list_categories(store::Reader& reader);
std::optional<Category> find_category(store::Reader& reader, std::string_view name);
// A kind belongs to a category: where there is none of that name, it is made with the kind's class. Promotional kinds
// stand in promotional categories and no others do. Code invalid_fields (pointer /category).
Expected<> category_for_kind(store::Tx& tx, std::string_view name, Class class_, Time now);
void put_stock_categories(store::Tx& tx, Time now);

// ---- Wishes of a customer -------------------------------------------------------------------------------------------

// How something came about.
enum class How : std::uint8_t {
    api,            // the organisation's software or an agent, for the customer
    page,           // the customer, on the public page
    one_click,      // the customer's mail program (RFC 8058)
    mail,           // a mail to the unsubscribe address (RFC 2369)
    double_opt_in,  // the customer confirmed by a link in a letter
};
BOOST_DESCRIBE_ENUM(How, api, page, one_click, mail, double_opt_in)

struct Choice {
    std::string category;
    Channel channel{};
    bool wanted = true;
    How how{};
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(Choice, (), (category, channel, wanted, how, changed_at))

struct Wishes {
    std::optional<std::string> time_zone;
    QuietHours quiet_hours;
    std::optional<Time> paused_until;
    std::optional<Time> changed_at;
    std::vector<Choice> choices;
};
Wishes wishes_of(store::Reader& reader, CustomerId customer);

struct Settings {
    std::string organisation;
    std::string public_url;
    std::string zone = "UTC";
    Locale locale = Locale::en;
    Duration link_life = std::chrono::days(730);                                            // of links in letters
    Duration confirm_life = std::chrono::days(7);                                           // of a double opt-in
    enum class Remote : std::uint8_t { none, truncated, full } remote = Remote::truncated;  // addresses in consents
};

// No more of this category: a choice, and the end of the consent if there is one. False: it was so already. Legal
// categories cannot be refused (code legal_category). Publishes preferences.changed, consent.withdrawn.
Expected<bool> refuse(store::Tx& tx, Settings const& settings, Act const& act, CustomerId customer,
                      std::string_view category, How how);

// ---- Consents (GDPR Art. 4 (11), 7) ---------------------------------------------------------------------------------

enum class ConsentState : std::uint8_t {
    pending,    // the letter that asks is on its way or unanswered
    given,      // in force; at most one for a customer, category and channel
    withdrawn,  // by the customer, or for them
    renewed,    // given again, with another wording
    lapsed,     // nobody confirmed in time
};
BOOST_DESCRIBE_ENUM(ConsentState, pending, given, withdrawn, renewed, lapsed)

enum class Method : std::uint8_t {
    double_opt_in,  // asked by us, confirmed by a link in a letter
    form,           // ticked on the organisation's own form
    page,           // ticked on the public page of preferences
    phone,
    paper,
    in_person,
    imported,  // from an earlier system; its proof is text
};
BOOST_DESCRIBE_ENUM(Method, double_opt_in, form, page, phone, paper, in_person, imported)

struct Consent {
    ConsentId id;
    CustomerId customer;
    std::string category;
    Channel channel{};
    ConsentState state{};
    std::string address, wording;
    Digest wording_digest;
    std::string wording_version;
    Locale locale{};
    Method method{};
    std::optional<std::string> source, session, remote, proof;
    Time requested_at{};
    std::string requested_by;
    std::optional<Time> lapses_at, given_at, ended_at;
    std::optional<std::string> ended_how, ended_by;
    std::optional<std::int64_t> withdrawal;
};
BOOST_DESCRIBE_STRUCT(Consent, (),
                      (id, customer, category, channel, state, address, wording, wording_digest, wording_version,
                       locale, method, source, session, remote, proof, requested_at, requested_by, lapses_at, given_at,
                       ended_at, ended_how, ended_by, withdrawal))

std::optional<Consent> find_consent(store::Reader& reader, ConsentId id);
std::vector<Consent> consents_of(store::Reader& reader, CustomerId customer);  // newest first
// Codes: not_found, consent_not_given. The same again changes nothing. Publishes consent.withdrawn.
Expected<Consent> withdraw(store::Tx& tx, Settings const& settings, Act const& act, ConsentId id, How how);
// The customer's answer to a double opt-in. Codes: not_found, gone consent_lapsed. Publishes consent.given.
Expected<Consent> confirm(store::Tx& tx, Settings const& settings, Act const& act, ConsentId id);
// Consents that nobody confirmed in time; returns how many lapsed.
std::size_t lapse(store::Tx& tx, Time now);

// What is kept of a network address: "192.0.2.0/24", "2001:db8:1::/48".
std::optional<std::string> kept_remote(Settings::Remote policy, std::string_view remote);

// ---- Links to the public page ---------------------------------------------------------------------------------------

// What a link is about; part of what is signed.
enum class LinkFor : std::uint8_t { notice, customer, consent };

// Links carry their subject and day, signed: a forgery is refused without a look at the database. They outlive the
// rotation of the master key, because their key is random and wrapped. Any thread.
class Links {
  public:
    Links(Key256 const& key, std::string public_url, Duration life)
        : key_(key), public_url_(std::move(public_url)), life_(life) {}
    // The key of this installation; made once, by a server.
    static Key256 key_of(store::Store& store, store::Keyring const& keyring, bool may_make, Time now);

    std::string token(LinkFor what, std::int64_t subject, Time now) const;
    std::string url(LinkFor what, std::int64_t subject, Time now) const;  // https://…/u/<token>
    Time expires(Time made) const { return made + life_; }

    struct Opened {
        LinkFor what{};
        std::int64_t subject = 0;
        Time made{};  // the day
    };
    // Codes: not_found (we did not make it), gone link_expired.
    Expected<Opened> open(std::string_view token, Time now) const;

  private:
    Bytes mac(ByteView payload) const;
    Key256 key_;
    std::string public_url_;
    Duration life_;
};

// ---- The module -----------------------------------------------------------------------------------------------------

// What a notice was about, for links in its letter. Asked of the floor above.
struct AboutNotice {
    std::optional<CustomerId> customer;
    std::string category;
    Class class_{};
    Locale locale{};
};
struct FindNotice {
    std::function<std::optional<AboutNotice>(store::Reader&, std::int64_t notice)> by_number = {};
    // The owner of a letter: "dlv_…".
    std::function<std::optional<std::int64_t>(store::Reader&, std::string_view owner)> by_letter = {};
};

// Outlives the verbs; any thread.
struct Desk {
    Settings settings;
    Links links;
    FindNotice find_notice = {};
};

class Preferences {
  public:
    Preferences(store::Store& store, evidence::Prover& prover, Desk desk, Clock clock = system_now)
        : store_(store), prover_(prover), desk_(std::move(desk)), clock_(std::move(clock)) {}

    // Before anything else, on a server: categories of this program become rows.
    void put_stock_on_shelf();
    // Before the server runs: who knows what links in letters are about.
    void know_notices(FindNotice find) { desk_.find_notice = std::move(find); }
    // A mail came to the unsubscribe address of a letter of `owner`: what to add to the transaction that keeps it;
    // empty if the letter was none of a notice that can be refused.
    std::function<void(store::Tx&)> unsubscribe_by_mail(store::Reader& reader, std::string_view owner, Time at) const;
    // Job.
    Task<> tidy_up();

    store::Store& store() { return store_; }
    evidence::Prover& prover() { return prover_; }
    Desk const& desk() const { return desk_; }
    Settings const& settings() const { return desk_.settings; }
    Clock const& clock() const { return clock_; }

  private:
    store::Store& store_;
    evidence::Prover& prover_;
    Desk desk_;
    Clock clock_;
};

// ---- fsck -----------------------------------------------------------------------------------------------------------

struct Finding {
    std::string subject, text;
};
void check_preferences(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::preferences
