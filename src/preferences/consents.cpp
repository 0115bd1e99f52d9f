// Consents: asked for, given, withdrawn, lapsed. What was said goes into the log as bytes, so that it can be proven.
#include <arpa/inet.h>

#include <algorithm>

#include "post/post.hpp"
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {
namespace {

constexpr Duration clock_skew = std::chrono::minutes(5);

// What the log keeps of a consent (docs/formats/preferences.md). Members without a value are left out.
struct GivenRecord {
    std::string record = "rapport-consent/1";
    std::string event = "given";
    ConsentId id;
    std::string controller;  // who asked: GDPR Art. 4 (7)
    CustomerId customer;
    std::string address;
    std::string category, category_name;
    Channel channel{};
    std::string wording, wording_sha256, wording_version;
    Locale language{};
    Method method{};
    std::optional<std::string> source, session, remote, proof;
    Time requested_at{}, given_at{}, recorded_at{};
    std::string recorded_by;
};
BOOST_DESCRIBE_STRUCT(GivenRecord, (),
                      (record, event, id, controller, customer, address, category, category_name, channel, wording,
                       wording_sha256, wording_version, language, method, source, session, remote, proof, requested_at,
                       given_at, recorded_at, recorded_by))

struct WithdrawnRecord {
    std::string record = "rapport-consent/1";
    std::string event = "withdrawn";
    ConsentId id;
    std::string controller;
    CustomerId customer;
    std::string category;
    Channel channel{};
    How how{};
    std::optional<std::string> remote;
    Time withdrawn_at{};
    std::string withdrawn_by;
};
BOOST_DESCRIBE_STRUCT(WithdrawnRecord, (),
                      (record, event, id, controller, customer, category, channel, how, remote, withdrawn_at,
                       withdrawn_by))

void log_given(store::Tx& tx, Settings const& settings, Consent const& consent, std::string const& by, Time now) {
    auto const category = find_category(tx, consent.category);
    GivenRecord record;
    record.id = consent.id;
    record.controller = settings.organisation;
    record.customer = consent.customer;
    record.address = consent.address;
    record.category = consent.category;
    record.category_name = category ? category_name(*category, consent.locale) : consent.category;
    record.channel = consent.channel;
    record.wording = consent.wording;
    record.wording_sha256 = to_hex(consent.wording_digest.view());
    record.wording_version = consent.wording_version;
    record.language = consent.locale;
    record.method = consent.method;
    record.source = consent.source;
    record.session = consent.session;
    record.remote = consent.remote;
    record.proof = consent.proof;
    record.requested_at = consent.requested_at;
    record.given_at = consent.given_at.value();
    record.recorded_at = now;
    record.recorded_by = by;
    evidence::append_record(tx, consent.id.value, json::encode(record), now);
}

void tell(store::Tx& tx, Act const& act, std::string_view kind, Consent const& consent, How how) {
    json::Object const data{{"customer", to_text(consent.customer)},
                            {"category", consent.category},
                            {"channel", json::enum_name(consent.channel)},
                            {"method", json::enum_name(consent.method)},
                            {"how", json::enum_name(how)}};
    publish(tx, act, kind, to_text(consent.id), consent.customer, data);
    people::audit(tx, act, kind, to_text(consent.id), people::AuditOutcome::done, data);
}

// From now on this one is in force: what it follows is renewed, and an earlier no is over.
void enter_into_force(store::Tx& tx, Act const& act, Consent const& consent, How how) {
    auto const before = tx.one<ConsentId>(sql::consent_in_force, consent.customer, consent.category, consent.channel);
    if (before) tx.exec(sql::end_consent, *before, ConsentState::renewed, act.now, how, by_text(act.actor), nullptr);
    choose(tx, act, consent.customer, consent.category, consent.channel, true, how);
}

void end(store::Tx& tx, Settings const& settings, Act const& act, Consent& consent, How how) {
    WithdrawnRecord record;
    record.id = consent.id;
    record.controller = settings.organisation;
    record.customer = consent.customer;
    record.category = consent.category;
    record.channel = consent.channel;
    record.how = how;
    if (how != How::api) record.remote = kept_remote(settings.remote, act.remote);
    record.withdrawn_at = act.now;
    record.withdrawn_by = by_text(act.actor);
    auto const number = tx.new_id<ConsentId>().value;
    auto const changed =
        tx.changed(sql::end_consent, consent.id, ConsentState::withdrawn, act.now, how, record.withdrawn_by, number);
    if (changed == 0) return;  // somebody else was faster
    evidence::append_record(tx, number, json::encode(record), act.now);
    consent.state = ConsentState::withdrawn;
    consent.ended_at = act.now;
    consent.ended_how = json::enum_name(how);
    consent.ended_by = record.withdrawn_by;
    consent.withdrawal = number;
    tell(tx, act, "consent.withdrawn", consent, how);
}

std::vector<FieldError> faults_of(store::Reader& reader, NewConsent const& wanted,
                                  std::vector<people::Address> const& addresses, How how, Time now) {
    std::vector<FieldError> faults;
    auto const category = find_category(reader, wanted.category.value);
    if (!category || category->retired_at)
        faults.push_back(
            {"/category", "must be a category that exists and is not retired", "GET /v1/categories lists them"});
    else if (!rule_of(category->class_).needs_consent)
        faults.push_back(
            {"/category", "must be promotional: notices of other classes need no consent", "leave the consent out"});
    if ((wanted.method == Method::page) != (how == How::page))
        faults.push_back({"/method", "must not be page: that is the customer's own doing", "choose another method"});
    bool const imported = wanted.method == Method::imported;
    if (imported && !wanted.given_at)
        faults.push_back({"/given_at", "is required for an imported consent", "say when it was given"});
    if (imported && !wanted.proof)
        faults.push_back({"/proof", "is required for an imported consent", "add what the earlier system kept of it"});
    if (wanted.given_at && *wanted.given_at > now + clock_skew)
        faults.push_back({"/given_at", "must not lie ahead", "correct it"});
    if (wanted.method == Method::double_opt_in && wanted.given_at)
        faults.push_back({"/given_at", "is found out here: when the customer confirms", "remove it"});
    if (addresses.empty())
        faults.push_back({"/address", "the customer has no address", "add one: POST /v1/customers/{id}/addresses"});
    else if (wanted.address && std::ranges::none_of(addresses, [&](people::Address const& one) {
                 return ascii_lower(one.value) == ascii_lower(wanted.address->value);
             }))
        faults.push_back(
            {"/address", "must be an address of the customer", "add it first: POST /v1/customers/{id}/addresses"});
    return faults;
}

void ask_by_letter(store::Tx& tx, Desk const& desk, Consent const& consent, Category const& category, Time now) {
    post::Letter letter{to_text(consent.id), "consent", EmailAddress{consent.address}, consent.locale, "consent", {}};
    letter.data["wording"] = consent.wording;
    letter.data["category"] = category_name(category, consent.locale);
    letter.data["link"] = desk.links.url(LinkFor::consent, consent.id.value, now);
    letter.expires_at = consent.lapses_at;
    post::enqueue(tx, letter, now);
}

template <class T>
std::optional<std::string> text_of(std::optional<T> const& text) {
    return text ? std::optional(text->value) : std::nullopt;
}

Consent consent_from(NewConsent const& wanted, people::Customer const& customer, std::string address) {
    Consent made;
    made.customer = customer.id;
    made.category = wanted.category.value;
    made.channel = wanted.channel.value_or(Channel::email);
    made.address = std::move(address);
    made.wording = wanted.wording.text.value;
    made.wording_digest = sha256(made.wording);
    made.wording_version = wanted.wording.version.value;
    made.locale = wanted.wording.locale.value_or(customer.locale);
    made.method = wanted.method;
    made.source = text_of(wanted.source);
    made.session = text_of(wanted.session);
    made.proof = text_of(wanted.proof);
    return made;
}

void insert(store::Tx& tx, Consent const& c) {
    tx.exec(sql::insert_consent, c.id, c.customer, c.category, c.channel, c.state, c.address, c.wording,
            c.wording_digest, c.wording_version, c.locale, c.method, c.source, c.session, c.remote, c.proof,
            c.requested_at, c.requested_by, c.lapses_at, c.given_at);
}

}  // namespace

std::unexpected<Error> no_such_consent() {
    return fail(ErrorKind::not_found, "not_found", "There is no such consent.");
}

std::string by_text(Actor const& actor) {
    std::string text(json::enum_name(actor.kind));
    if (actor.kind == ActorKind::agent) text += ' ' + to_text(people::AgentId{actor.id});
    if (actor.kind == ActorKind::api_key) text += ' ' + to_text(people::ApiKeyId{actor.id});
    return text;
}

std::optional<std::string> kept_remote(Settings::Remote policy, std::string_view remote) {
    if (policy == Settings::Remote::none || remote.empty()) return std::nullopt;
    std::string const text(remote);
    unsigned char octets[16] = {};
    bool const v4 = ::inet_pton(AF_INET, text.c_str(), octets) == 1;
    if (!v4 && ::inet_pton(AF_INET6, text.c_str(), octets) != 1) return std::nullopt;
    if (policy == Settings::Remote::full) return text;
    std::fill(octets + (v4 ? 3 : 6), octets + sizeof octets, static_cast<unsigned char>(0));
    char shown[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(v4 ? AF_INET : AF_INET6, octets, shown, sizeof shown);
    return std::string(shown) + (v4 ? "/24" : "/48");
}

std::optional<Consent> find_consent(store::Reader& reader, ConsentId id) {
    return reader.one<Consent>(sql::find_consent, id);
}
std::vector<Consent> consents_of(store::Reader& reader, CustomerId customer) {
    return reader.all<Consent>(sql::consents_of, customer);
}

Expected<ConsentView> add_consent(store::Tx& tx, Desk const& desk, Act const& act, CustomerId customer,
                                  NewConsent const& wanted, How how) {
    auto const who = people::find_customer(tx, customer);
    if (!who) return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
    auto const addresses = people::addresses_of(tx, customer);
    if (auto faults = faults_of(tx, wanted, addresses, how, act.now); !faults.empty()) return wrong(std::move(faults));
    auto made = consent_from(wanted, *who, wanted.address ? wanted.address->value : addresses.front().value);
    made.id = tx.new_id<ConsentId>();
    made.remote = kept_remote(desk.settings.remote, how == How::page ? act.remote
                                                    : wanted.remote  ? wanted.remote->value
                                                                     : "");
    made.requested_at = act.now;
    made.requested_by = by_text(act.actor);
    if (wanted.method == Method::double_opt_in) {
        made.state = ConsentState::pending;
        made.lapses_at = act.now + desk.settings.confirm_life;
        insert(tx, made);
        ask_by_letter(tx, desk, made, find_category(tx, made.category).value(), act.now);
        tell(tx, act, "consent.requested", made, how);
        return view_of(made);
    }
    made.state = ConsentState::given;
    made.given_at = wanted.given_at.value_or(act.now);
    enter_into_force(tx, act, made, how);
    insert(tx, made);
    log_given(tx, desk.settings, made, made.requested_by, act.now);
    tell(tx, act, "consent.given", made, how);
    return view_of(made);
}

Expected<Consent> confirm(store::Tx& tx, Settings const& settings, Act const& act, ConsentId id) {
    auto found = find_consent(tx, id);
    if (!found) return no_such_consent();
    if (found->state == ConsentState::given) return *found;
    if (found->state != ConsentState::pending || act.now >= found->lapses_at.value_or(act.now))
        return fail(ErrorKind::gone, "consent_lapsed", "The time to confirm is over.");
    enter_into_force(tx, act, *found, How::double_opt_in);
    found->remote = kept_remote(settings.remote, act.remote);
    if (tx.changed(sql::confirm_consent, id, act.now, found->remote) == 0)
        return fail(ErrorKind::conflict, "state_changed", "It was confirmed at the same moment: look again.");
    found->state = ConsentState::given;
    found->given_at = act.now;
    log_given(tx, settings, *found, by_text(act.actor), act.now);
    tell(tx, act, "consent.given", *found, How::double_opt_in);
    return *found;
}

Expected<Consent> withdraw(store::Tx& tx, Settings const& settings, Act const& act, ConsentId id, How how) {
    auto found = find_consent(tx, id);
    if (!found) return no_such_consent();
    if (found->state == ConsentState::withdrawn) return *found;
    if (found->state != ConsentState::given)
        return fail(ErrorKind::conflict, "consent_not_given", "This consent is not in force.");
    end(tx, settings, act, *found, how);
    choose(tx, act, found->customer, found->category, found->channel, false, how);
    return *found;
}

std::optional<ConsentId> withdraw_in_force(store::Tx& tx, Settings const& settings, Act const& act, CustomerId customer,
                                           std::string_view category, Channel channel, How how) {
    auto const id = tx.one<ConsentId>(sql::consent_in_force, customer, category, channel);
    if (!id) return std::nullopt;
    auto found = find_consent(tx, *id);
    end(tx, settings, act, *found, how);
    return id;
}

std::size_t lapse(store::Tx& tx, Time now) { return static_cast<std::size_t>(tx.changed(sql::lapse_consents, now)); }

// ---- fsck

namespace {

bool is_said_by(GivenRecord const& said, Consent const& row) {
    return said.id == row.id && said.customer == row.customer && said.address == row.address &&
           said.category == row.category && said.channel == row.channel && said.wording == row.wording &&
           said.wording_sha256 == to_hex(row.wording_digest.view()) && said.wording_version == row.wording_version &&
           said.language == row.locale && said.method == row.method && said.source == row.source &&
           said.session == row.session && said.remote == row.remote && said.proof == row.proof &&
           said.requested_at == row.requested_at && said.given_at == row.given_at;
}

bool is_said_by(WithdrawnRecord const& said, Consent const& row) {
    return said.id == row.id && said.customer == row.customer && said.category == row.category &&
           said.channel == row.channel && json::enum_name(said.how) == row.ended_how.value_or("") &&
           said.withdrawn_at == row.ended_at && said.withdrawn_by == row.ended_by.value_or("");
}

template <class Record>
void compare(store::Reader& reader, Consent const& row, std::int64_t number, std::string_view event,
             std::function<void(Finding const&)> const& report) {
    auto const bytes = reader.one<store::Blob>(sql::fsck_logged, number);
    if (!bytes) return;  // fsck_unlogged tells of it
    auto const said = json::decode<Record>(bytes->bytes);
    if (!said || said->event != event || !is_said_by(*said, row))
        report({to_text(row.id), "says something else than the record in the log: one of them was changed"});
}

}  // namespace

void check_records(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    // An end that was taken out of the row stands in the log still.
    for (auto const& bytes : reader.all<store::Blob>(sql::fsck_unspoken)) {
        auto const given = json::decode<GivenRecord>(bytes.bytes);
        auto const withdrawn = json::decode<WithdrawnRecord>(bytes.bytes);
        if (given || withdrawn)
            report({to_text(given ? given->id : withdrawn->id),
                    "the log has a record of it that no consent speaks of: the row was changed"});
    }
    for (ConsentId last{};;) {
        auto const ids = reader.all<ConsentId>(sql::fsck_given, last);
        for (auto const id : ids) {
            auto const row = find_consent(reader, id);
            if (!row) continue;
            compare<GivenRecord>(reader, *row, id.value, "given", report);
            if (row->withdrawal) compare<WithdrawnRecord>(reader, *row, *row->withdrawal, "withdrawn", report);
        }
        if (ids.empty()) return;
        last = ids.back();
    }
}

}  // namespace rapport::preferences
