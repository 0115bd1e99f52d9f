// Inside people: what the files about customers and addresses share.
#pragma once

#include <algorithm>
#include <limits>
#include <utility>

#include "people/people.hpp"

namespace rapport::people {

std::unexpected<Error> customer_not_found();
std::unexpected<Error> too_many_addresses();
// All of a new customer but their address, whose folded form is `key`.
void insert_customer(store::Tx& tx, CustomerId id, Bytes const& key, std::string_view name, Locale locale, Time now,
                     Actor const& by);
void publish_customer(store::Tx& tx, std::string_view kind, CustomerId id, Time now, Actor const& by,
                      json::Object data = {});
// False if the customer has this address already. `primary` is taken as it is.
bool insert_address(store::Tx& tx, CustomerId customer, NewAddress const& address, Time now, AddressId* made = nullptr);

}  // namespace rapport::people
