// Many addresses at once: what people.hpp's customer_of_address() and customer_for() do for one, with few questions to
// the database. A batch names hundreds, and on PostgreSQL every question costs a round trip.
#pragma once

#include <unordered_map>

#include "people/people.hpp"

namespace rapport::people {

struct FoundCustomer {
    CustomerId id{};
    std::string name{};
    Locale locale = Locale::en;
};
using FoundCustomers = std::unordered_map<Bytes, FoundCustomer>;  // by folded address; find_in() folds
FoundCustomers customers_of(store::Reader& reader, std::span<EmailAddress const> addresses);
FoundCustomer const* find_in(FoundCustomers const& found, EmailAddress const& email);

struct WantedCustomer {
    EmailAddress email{};
    std::string name{};
    Locale locale = Locale::en;
};
// One for each, in their order. Does not wait for its inserts: the write throws UniqueViolation when another node was
// faster with one of them; asked again, it finds that one.
std::vector<CustomerId> customers_for(store::Tx& tx, std::span<WantedCustomer const> wanted, Time now, Actor const& by);

}  // namespace rapport::people
