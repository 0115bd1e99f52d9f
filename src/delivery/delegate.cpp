// Naming a delegate, inviting them, and taking it back.
#include "delivery/delegation.hpp"
#include "delivery/pages.hpp"
#include "delivery/row.hpp"
#include "delivery/sql.hpp"
#include "post/post.hpp"

namespace rapport::delivery {
namespace {

void publish(store::Tx& tx, people::Act const& act, std::string_view kind, std::string subject, CustomerId customer,
             json::Object data) {
    store::Event event;
    event.at = act.now;
    event.kind = kind;
    event.subject = subject;
    event.customer = customer.value;
    event.actor_kind = act.actor.kind;
    event.actor_id = act.actor.id;
    event.data = data;
    tx.publish(std::move(event));
    people::audit(tx, act, kind, subject, people::AuditOutcome::done, data);
}

Expected<Delegation> make(store::Tx& tx, people::Act const& act, CustomerId customer,
                          std::optional<DeliveryId> delivery, NewDelegation const& wanted, Locale locale,
                          Time otherwise_until) {
    if (auto const wrong = wrong_end(wanted.valid_until, "/valid_until", act.now))
        return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.", {*wrong});
    std::size_t valid = 0;
    for (auto const& one : delegations_of(tx, customer)) {
        if (!is_valid(one, act.now)) continue;
        if (!one.delivery || !delivery || one.delivery == delivery) ++valid;
    }
    if (valid >= most_delegations)
        return fail(ErrorKind::conflict, "too_many_delegations", "Revoke one of the delegations first.");
    Delegation made{tx.new_id<DelegationId>(),
                    customer,
                    delivery,
                    wanted.name.value,
                    wanted.email.value,
                    std::nullopt,
                    wanted.locale.value_or(locale),
                    act.actor.kind,
                    act.actor.id,
                    act.now,
                    wanted.valid_until.value_or(otherwise_until),
                    std::nullopt};
    if (wanted.second_email) made.code_email = wanted.second_email->value;
    keep_delegation(tx, made);
    return made;
}

}  // namespace

std::optional<FieldError> wrong_end(std::optional<Time> valid_until, std::string pointer, Time now) {
    if (!valid_until || (*valid_until > now && *valid_until <= now + longest_delegation)) return std::nullopt;
    return FieldError{std::move(pointer), "must lie in the future, at most three years ahead", "choose another day"};
}

void keep_delegation(store::Tx& tx, Delegation const& d) {
    tx.exec(sql::insert_delegation, d.id, d.customer, d.delivery, d.name, d.email, d.code_email, d.locale, d.made_by,
            d.made_by_id, d.made_at, d.valid_until);
}

Expected<Delegation> delegate(store::Tx& tx, Office const& office, people::Act const& act, DeliveryRow const& row,
                              NewDelegation const& wanted) {
    if (row.kind != Kind::registered)
        return fail(ErrorKind::conflict, "state_does_not_allow", "Only registered deliveries are picked up.");
    auto const until = std::max(row.accept_until.value_or(act.now), act.now) + default_delegation;
    auto made = make(tx, act, row.customer, row.id, wanted, row.locale, until);
    if (!made) return made;
    publish(tx, act, "delivery.delegated", to_text(row.id), row.customer, {{"delegation", to_text(made->id)}});
    if (row.state != State::submitted) invite_delegates(tx, office, row, act.now);
    return made;
}

Expected<Delegation> delegate_all(store::Tx& tx, Office const& office, people::Act const& act, CustomerId customer,
                                  NewDelegation const& wanted) {
    static_cast<void>(office);
    auto const who = people::find_customer(tx, customer);
    if (!who) return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
    auto made = make(tx, act, customer, std::nullopt, wanted, who->locale, act.now + default_delegation);
    if (made) publish(tx, act, "customer.delegated", to_text(customer), customer, {{"delegation", to_text(made->id)}});
    return made;
}

Expected<> revoke_delegation(store::Tx& tx, people::Act const& act, CustomerId customer, DelegationId id) {
    if (tx.changed(sql::revoke_delegation, id, customer, act.now) == 0)
        return fail(ErrorKind::not_found, "not_found", "There is no such delegation, or it was revoked already.");
    auto const one = find_delegation(tx, id);
    json::Object const data{{"delegation", to_text(id)}};
    if (one && one->delivery)
        publish(tx, act, "delivery.delegation_revoked", to_text(*one->delivery), customer, data);
    else
        publish(tx, act, "customer.delegation_revoked", to_text(customer), customer, data);
    return {};
}

std::optional<Delegation> find_delegation(store::Reader& reader, DelegationId id) {
    return reader.one<Delegation>(sql::find_delegation, id);
}

std::vector<Delegation> delegations_of(store::Reader& reader, CustomerId customer) {
    return reader.all<Delegation>(sql::delegations_of, customer);
}

std::vector<Delegation> delegations_for(store::Reader& reader, DeliveryRow const& row, Time now) {
    return reader.all<Delegation>(sql::delegations_for, row.customer, row.id, now);
}

void invite_delegates(store::Tx& tx, Office const& office, DeliveryRow const& row, Time now) {
    for (auto const& one : delegations_for(tx, row, now)) {
        auto const token = random_token();
        if (tx.changed(sql::insert_delegate_link, sha256(token), row.id, one.id) == 0) continue;
        post::Letter letter{to_text(row.id), "delegation", EmailAddress{one.email}, one.locale,
                            "delegation",    {},           one.valid_until,         post::Priority::normal};
        auto const& settings = office.settings;
        letter.data["organisation"] = settings.organisation;
        letter.data["name"] = one.name;
        letter.data["recipient"] = row.recipient_name.empty() ? masked(row.recipient_email) : row.recipient_name;
        letter.data["link"] = settings.public_url + "/p/" + token;
        if (row.accept_until) letter.data["accept_until"] = date_for_people(*row.accept_until, one.locale);
        post::enqueue(tx, letter, now);
    }
}

}  // namespace rapport::delivery
