// Delegation: somebody may pick up for a recipient (EN 319 522-1: the recipient's delegate). Named on purpose, by the
// recipient or the sender, for one delivery or for all of a customer's, until a day, revocable at once. The delegate
// gets a link of their own, identifies themself as surely as the recipient would have to, and stands in the evidence.
#pragma once

#include "delivery/delivery.hpp"

namespace rapport::delivery {

struct DeliveryRow;

struct DelegationTag {
    static constexpr std::string_view prefix = "dgn";
};
using DelegationId = Id<DelegationTag>;

struct Delegation {
    DelegationId id;
    CustomerId customer;                 // who is represented
    std::optional<DeliveryId> delivery;  // empty: all of theirs
    std::string name;
    std::string email;
    std::optional<std::string> code_email;
    Locale locale{};
    ActorKind made_by{};
    std::int64_t made_by_id = 0;
    Time made_at{};
    Time valid_until{};
    std::optional<Time> revoked_at;
};
BOOST_DESCRIBE_STRUCT(Delegation, (),
                      (id, customer, delivery, name, email, code_email, locale, made_by, made_by_id, made_at,
                       valid_until, revoked_at))

inline bool is_valid(Delegation const& one, Time now) { return !one.revoked_at && now < one.valid_until; }

struct NewDelegation {
    Text<1, 200> name;
    EmailAddress email;
    std::optional<EmailAddress> second_email;  // where a one-time code goes
    std::optional<Locale> locale;
    std::optional<Time> valid_until;  // default: the deadline of the delivery, or 90 days
};
BOOST_DESCRIBE_STRUCT(NewDelegation, (), (name, email, second_email, locale, valid_until))

inline constexpr auto default_delegation = std::chrono::days(90);
inline constexpr auto longest_delegation = std::chrono::days(3 * 366);
inline constexpr std::size_t most_delegations = 20;  // valid at once, for one delivery

// For one delivery (the delegate is invited at once, unless the invitation to the recipient has still to go), or for
// all of a customer's. Publishes delivery.delegated or customer.delegated. Codes: invalid_fields, too_many_delegations.
Expected<Delegation> delegate(store::Tx& tx, Office const& office, people::Act const& act, DeliveryRow const& row,
                              NewDelegation const& wanted);
Expected<Delegation> delegate_all(store::Tx& tx, Office const& office, people::Act const& act, CustomerId customer,
                                  NewDelegation const& wanted);
// Without checks and events: part of a submission.
void keep_delegation(store::Tx& tx, Delegation const& one);
// Code not_found.
Expected<> revoke_delegation(store::Tx& tx, people::Act const& act, CustomerId customer, DelegationId id);
std::optional<Delegation> find_delegation(store::Reader& reader, DelegationId id);
std::vector<Delegation> delegations_of(store::Reader& reader, CustomerId customer);
// Those that hold for a delivery now.
std::vector<Delegation> delegations_for(store::Reader& reader, DeliveryRow const& row, Time now);
// A letter with a link of their own to each who has none yet.
void invite_delegates(store::Tx& tx, Office const& office, DeliveryRow const& row, Time now);

// What is wrong with the end of a delegation, if anything: a rule and what to do.
std::optional<FieldError> wrong_end(std::optional<Time> valid_until, std::string pointer, Time now);

}  // namespace rapport::delivery
