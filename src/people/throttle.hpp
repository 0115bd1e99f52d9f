// Throttled sign-in: every attempt is counted before it is examined, and forgiven when it succeeds, so that attempts
// made at the same time cannot outrun the count. Delays grow from one second, doubling.
#pragma once

#include "people/people.hpp"

namespace rapport::people {

struct ThrottleRule {
    int free_attempts;
    std::chrono::seconds longest;
};
inline constexpr ThrottleRule account_rule{5, std::chrono::minutes(5)};
inline constexpr ThrottleRule address_rule{20, std::chrono::minutes(15)};  // several people may share an address
inline constexpr auto attempts_forgotten = std::chrono::hours(24);

std::chrono::seconds delay_after(int failures, ThrottleRule rule);

Digest throttle_of_account(EmailAddress const& email);
// An IPv6 network counts as one address by its first 64 bits.
Digest throttle_of_address(std::string_view remote);

// Code too_many_attempts (limited, with a retry time) while the delay after the last failure runs.
Expected<void> count_attempt(store::Tx& tx, Digest const& who, ThrottleRule rule, Time now);
void undo_attempt(store::Tx& tx, Digest const& who);  // it was neither right nor wrong
void forget_attempts(store::Tx& tx, Digest const& who);
void sweep_throttles(store::Tx& tx, Time now);

}  // namespace rapport::people
