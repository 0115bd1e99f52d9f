// The API's shapes (described structs).
#pragma once

#include <map>

#include "preferences/preferences.hpp"

namespace rapport::preferences {

// ---- categories

struct NewCategory {
    Text<2, 64> name;                                                 // small letters, digits and _
    std::map<std::string, Text<1, 100>> names;                        // by language; "en" at least
    std::optional<std::map<std::string, Text<1, 300>>> descriptions;  // by language
    Class class_ = Class::transactional;
    std::optional<int> position;  // where it stands in lists; else last
};
BOOST_DESCRIBE_STRUCT(NewCategory, (), (name, names, descriptions, class_, position))

struct CategoryChange {
    std::optional<std::map<std::string, Text<1, 100>>> names;
    std::optional<std::map<std::string, Text<1, 300>>> descriptions;
    std::optional<int> position;
    std::optional<bool> retired;  // is not shown to customers any more
};
BOOST_DESCRIBE_STRUCT(CategoryChange, (), (names, descriptions, position, retired))

struct CategoryView {
    std::string name;
    Class class_{};
    std::map<std::string, std::string> names, descriptions;
    std::int64_t position = 0;
    bool may_be_refused = true;
    bool needs_consent = false;
    bool stock = false;
    bool retired = false;
    Time changed_at;
};
BOOST_DESCRIBE_STRUCT(CategoryView, (),
                      (name, class_, names, descriptions, position, may_be_refused, needs_consent, stock, retired,
                       changed_at))
struct CategoryList {
    std::vector<CategoryView> items;
};
BOOST_DESCRIBE_STRUCT(CategoryList, (), (items))

CategoryView view_of(Category const& category);
// Codes: category_exists, invalid_fields.
Expected<CategoryView> create_category(store::Tx& tx, Act const& act, NewCategory const& wanted);
// Codes: not_found, invalid_fields.
Expected<CategoryView> change_category(store::Tx& tx, Act const& act, std::string_view name,
                                       CategoryChange const& change);

// ---- preferences

struct ChoiceView {
    std::string category;
    Channel channel{};
    Class class_{};
    bool wanted = true;          // would a notice of this category be sent?
    bool may_be_changed = true;  // false: legal notices
    std::optional<How> how;      // absent: the customer chose nothing, the class decides
    std::optional<Time> changed_at;
    std::optional<ConsentId> consent;  // in force; promotional categories
};
BOOST_DESCRIBE_STRUCT(ChoiceView, (), (category, channel, class_, wanted, may_be_changed, how, changed_at, consent))

struct PreferencesView {
    CustomerId customer;
    Locale locale{};
    std::optional<std::string> time_zone;
    QuietHours quiet_hours;
    std::optional<Time> quiet_until;  // if it is quiet now
    std::optional<Time> paused_until;
    std::vector<ChoiceView> choices;  // every category, in its order
    std::optional<Time> changed_at;
};
BOOST_DESCRIBE_STRUCT(PreferencesView, (),
                      (customer, locale, time_zone, quiet_hours, quiet_until, paused_until, choices, changed_at))

struct ChoiceChange {
    Text<1, 64> category;
    std::optional<Channel> channel;  // else email
    bool wanted = true;              // of promotional categories only false: a consent says yes
};
BOOST_DESCRIBE_STRUCT(ChoiceChange, (), (category, channel, wanted))

// Stands in the place of what was: a member that is left out is cleared. Only `locale` and the choices that are not
// named stay as they are.
struct NewPreferences {
    std::optional<Locale> locale;
    std::optional<Text<1, 64>> time_zone;
    std::optional<QuietHours> quiet_hours;
    std::optional<Time> paused_until;
    std::optional<std::vector<ChoiceChange>> choices;
};
BOOST_DESCRIBE_STRUCT(NewPreferences, (), (locale, time_zone, quiet_hours, paused_until, choices))

// Code customer_not_found.
Expected<PreferencesView> find_preferences(store::Reader& reader, CustomerId customer, std::string_view zone, Time now);
// Codes: customer_not_found, invalid_fields. Publishes preferences.changed with what changed, consent.withdrawn.
Expected<PreferencesView> set_preferences(store::Tx& tx, Settings const& settings, Act const& act, CustomerId customer,
                                          NewPreferences const& wanted, How how);

struct PreferencesLink {
    std::string url;  // the customer's own page: /u/{token}
    Time expires_at;
};
BOOST_DESCRIBE_STRUCT(PreferencesLink, (), (url, expires_at))

// ---- consents

struct Wording {
    Text<1, 4000> text;            // exactly what the customer saw
    Text<1, 100> version;          // the organisation's name for it
    std::optional<Locale> locale;  // else the customer's
};
BOOST_DESCRIBE_STRUCT(Wording, (), (text, version, locale))

struct NewConsent {
    Text<1, 64> category;
    std::optional<Channel> channel;  // else email
    Method method{};
    Wording wording;
    std::optional<EmailAddress> address;   // of the customer; else their primary one
    std::optional<Text<1, 500>> source;    // where: "https://shop.example.org/checkout"
    std::optional<Text<1, 200>> session;   // the organisation's own name for the visit
    std::optional<Text<1, 64>> remote;     // the customer's network address, kept as the configuration says
    std::optional<Time> given_at;          // else now; needed for imported ones
    std::optional<Text<1, 20'000>> proof;  // needed for imported ones
};
BOOST_DESCRIBE_STRUCT(NewConsent, (),
                      (category, channel, method, wording, address, source, session, remote, given_at, proof))

struct ConsentView {
    ConsentId id;
    CustomerId customer;
    std::string category;
    Channel channel{};
    ConsentState state{};
    std::string address;
    std::string wording, wording_sha256, wording_version;
    Locale locale{};
    Method method{};
    std::optional<std::string> source, session, remote, proof;
    Time requested_at;
    std::string requested_by;
    std::optional<Time> lapses_at, given_at, ended_at;
    std::optional<std::string> ended_how, ended_by;
};
BOOST_DESCRIBE_STRUCT(ConsentView, (),
                      (id, customer, category, channel, state, address, wording, wording_sha256, wording_version,
                       locale, method, source, session, remote, proof, requested_at, requested_by, lapses_at, given_at,
                       ended_at, ended_how, ended_by))
struct ConsentList {
    std::vector<ConsentView> items;
};
BOOST_DESCRIBE_STRUCT(ConsentList, (), (items))

// One record in the log, with all that proves it. docs/formats/preferences.md says how to check it with stock tools.
struct RecordView {
    std::string record;      // the bytes, JSON: exactly what was said
    std::string salt;        // base64
    std::string commitment;  // hex: HMAC-SHA256(salt, record), the log's entry
    std::uint64_t leaf_index = 0;
    std::string proof;                      // C2SP tlog-proof@v1, with the signed checkpoint
    std::optional<std::string> time_stamp;  // base64: RFC 3161 token over the checkpoint
};
BOOST_DESCRIBE_STRUCT(RecordView, (), (record, salt, commitment, leaf_index, proof, time_stamp))
struct ConsentProof {
    ConsentId id;
    RecordView given;
    std::optional<RecordView> withdrawn;
};
BOOST_DESCRIBE_STRUCT(ConsentProof, (), (id, given, withdrawn))

struct ConsentExport {
    CustomerId customer;
    Time made_at;
    std::vector<ConsentView> consents;
    std::vector<ConsentProof> proofs;  // of those that were given
};
BOOST_DESCRIBE_STRUCT(ConsentExport, (), (customer, made_at, consents, proofs))

ConsentView view_of(Consent const& consent);
// Gives it, or asks for it by a letter (double_opt_in; state pending). Codes: customer_not_found, invalid_fields,
// not_promotional. One that is in force becomes `renewed`. Publishes consent.requested, consent.given.
Expected<ConsentView> add_consent(store::Tx& tx, Desk const& desk, Act const& act, CustomerId customer,
                                  NewConsent const& wanted, How how);
// Codes: not_found, consent_not_given (conflict), not_yet_logged (unavailable).
Expected<ConsentProof> proof_of(store::Reader& reader, evidence::Prover& prover, ConsentId id);
Expected<ConsentExport> export_of(store::Reader& reader, evidence::Prover& prover, CustomerId customer, Time now);

}  // namespace rapport::preferences
