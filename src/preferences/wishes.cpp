// Wishes of a customer: choices, language, zone, quiet hours, pause.
#include <algorithm>

#include "preferences/rows.hpp"
#include "preferences/sql.hpp"
#include "templates/templates.hpp"

namespace rapport::preferences {
namespace {

constexpr Duration most_pause = std::chrono::days(366);

struct WishesRow {
    std::optional<std::string> time_zone;
    json::Object quiet_hours;
    std::optional<Time> paused_until;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(WishesRow, (), (time_zone, quiet_hours, paused_until, changed_at))

struct StoredWindows {
    QuietHours windows;
};
BOOST_DESCRIBE_STRUCT(StoredWindows, (), (windows))

std::unexpected<Error> no_such_customer() {
    return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
}

std::vector<FieldError> faults_of(store::Reader& reader, NewPreferences const& wanted, Time now) {
    std::vector<FieldError> faults;
    if (wanted.time_zone && !templates::is_time_zone(wanted.time_zone->value))
        faults.push_back({"/time_zone", "must be the IANA name of a time zone", "write for example Europe/Rome"});
    if (wanted.quiet_hours)
        for (auto& fault : faults_of(*wanted.quiet_hours, "/quiet_hours")) faults.push_back(std::move(fault));
    if (wanted.paused_until && *wanted.paused_until > now + most_pause)
        faults.push_back({"/paused_until", "must lie at most a year ahead", "choose an earlier day"});
    if (!wanted.choices) return faults;
    for (std::size_t i = 0; i < wanted.choices->size(); ++i) {
        auto const& choice = (*wanted.choices)[i];
        auto const here = "/choices/" + std::to_string(i);
        auto const category = find_category(reader, choice.category.value);
        if (!category)
            faults.push_back({here + "/category", "must be a category that exists", "GET /v1/categories lists them"});
        else if (category->class_ == Class::legal && !choice.wanted)
            faults.push_back({here + "/wanted", "must be true: legal notices cannot be refused", "leave it out"});
        else if (category->class_ == Class::promotional && choice.wanted)
            faults.push_back({here + "/wanted", "must be false: only a consent says yes to a promotional category",
                              "POST /v1/customers/{id}/consents"});
    }
    return faults;
}

// A consent says what the wish for a promotional category is; else the choice, else the class.
ChoiceView view_of(Category const& category, Choice const* choice, std::optional<ConsentId> consent) {
    ChoiceView view{category.name, Channel::email, category.class_, true, true, {}, {}, consent};
    auto const& rule = rule_of(category.class_);
    view.may_be_changed = rule.may_be_refused;
    view.wanted = !rule.needs_consent || consent.has_value();
    if (!choice || !rule.may_be_refused) return view;
    view.wanted = view.wanted && choice->wanted;
    view.how = choice->how;
    view.changed_at = choice->changed_at;
    return view;
}

}  // namespace

QuietHours hours_from(json::Object const& object) {
    auto stored = json::decode_value<StoredWindows>(json::Value(object));
    return stored ? std::move(stored->windows) : QuietHours();
}
json::Object object_of(QuietHours const& hours) {
    return json::parse(json::encode(StoredWindows{hours})).value().get_object();
}

void publish(store::Tx& tx, Act const& act, std::string_view kind, std::string subject, CustomerId customer,
             json::Object data) {
    store::Event event;
    event.at = act.now;
    event.kind = kind;
    event.subject = std::move(subject);
    event.customer = customer.value;
    event.actor_kind = act.actor.kind;
    event.actor_id = act.actor.id;
    event.data = std::move(data);
    tx.publish(std::move(event));
}

std::unexpected<Error> wrong(std::vector<FieldError> faults) {
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                std::move(faults));
}

bool choose(store::Tx& tx, Act const& act, CustomerId customer, std::string_view category, Channel channel, bool wanted,
            How how) {
    return tx.changed(sql::put_choice, customer, category, channel, wanted, how, act.now) > 0;
}

Wishes wishes_of(store::Reader& reader, CustomerId customer) {
    Wishes wishes;
    if (auto row = reader.one<WishesRow>(sql::find_wishes, customer)) {
        wishes.time_zone = std::move(row->time_zone);
        wishes.quiet_hours = hours_from(row->quiet_hours);
        wishes.paused_until = row->paused_until;
        wishes.changed_at = row->changed_at;
    }
    wishes.choices = reader.all<Choice>(sql::choices_of, customer);
    return wishes;
}

Expected<bool> refuse(store::Tx& tx, Settings const& settings, Act const& act, CustomerId customer,
                      std::string_view category, How how) {
    auto const known = find_category(tx, category);
    if (known && known->class_ == Class::legal)
        return fail(ErrorKind::conflict, "legal_category", "Legal notices cannot be refused.");
    bool const chosen = choose(tx, act, customer, category, Channel::email, false, how);
    auto const ended = withdraw_in_force(tx, settings, act, customer, category, Channel::email, how);
    if (!chosen && !ended) return false;
    json::Object data{{"how", json::enum_name(how)}, {"category", category}, {"wanted", false}};
    publish(tx, act, "preferences.changed", to_text(customer), customer, data);
    people::audit(tx, act, "preferences.changed", to_text(customer), people::AuditOutcome::done, data);
    return true;
}

Expected<PreferencesView> find_preferences(store::Reader& reader, CustomerId customer, std::string_view zone,
                                           Time now) {
    auto const who = people::find_customer(reader, customer);
    if (!who) return no_such_customer();
    auto wishes = wishes_of(reader, customer);
    PreferencesView view{
        customer, who->locale,      wishes.time_zone, std::move(wishes.quiet_hours), {}, wishes.paused_until,
        {},       wishes.changed_at};
    view.quiet_until =
        quiet_until(view.quiet_hours, wishes.time_zone ? std::string_view(*wishes.time_zone) : zone, now);
    for (auto const& category : list_categories(reader)) {
        auto const choice = std::ranges::find(wishes.choices, category.name, &Choice::category);
        bool const chosen = choice != wishes.choices.end();
        if (category.retired_at && !chosen) continue;
        std::optional<ConsentId> consent;
        if (rule_of(category.class_).needs_consent)
            consent = reader.one<ConsentId>(sql::consent_in_force, customer, category.name, Channel::email);
        view.choices.push_back(view_of(category, chosen ? &*choice : nullptr, consent));
    }
    return view;
}

Expected<PreferencesView> set_preferences(store::Tx& tx, Settings const& settings, Act const& act, CustomerId customer,
                                          NewPreferences const& wanted, How how) {
    if (!people::find_customer(tx, customer)) return no_such_customer();
    if (auto faults = faults_of(tx, wanted, act.now); !faults.empty()) return wrong(std::move(faults));
    auto const before = wishes_of(tx, customer);
    json::Object changed;
    auto const zone = wanted.time_zone ? std::optional(wanted.time_zone->value) : std::nullopt;
    auto const hours = wanted.quiet_hours.value_or(QuietHours());
    auto const paused = wanted.paused_until > act.now ? wanted.paused_until : std::nullopt;
    if (zone != before.time_zone) changed["time_zone"] = true;
    if (hours != before.quiet_hours) changed["quiet_hours"] = true;
    if (paused != before.paused_until) changed["paused_until"] = paused ? to_text(*paused) : "";
    if (!changed.empty()) tx.exec(sql::put_wishes, customer, zone, object_of(hours), paused, act.now);
    if (wanted.locale) {
        people::CustomerChange change;
        change.locale = wanted.locale;
        if (auto const done = people::update_customer(tx, act, customer, change); !done) return fail(done.error());
    }
    boost::json::array chosen;
    for (auto const& choice : wanted.choices.value_or(std::vector<ChoiceChange>())) {
        auto const channel = choice.channel.value_or(Channel::email);
        bool is_new = choose(tx, act, customer, choice.category.value, channel, choice.wanted, how);
        if (!choice.wanted && withdraw_in_force(tx, settings, act, customer, choice.category.value, channel, how))
            is_new = true;
        if (is_new) chosen.push_back({{"category", choice.category.value}, {"wanted", choice.wanted}});
    }
    if (!chosen.empty()) changed["choices"] = std::move(chosen);
    if (!changed.empty()) {
        changed["how"] = json::enum_name(how);
        publish(tx, act, "preferences.changed", to_text(customer), customer, changed);
        people::audit(tx, act, "preferences.changed", to_text(customer), people::AuditOutcome::done, changed);
    }
    return find_preferences(tx, customer, settings.zone, act.now);
}

}  // namespace rapport::preferences
