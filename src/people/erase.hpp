// A person who is erased: what is left is a number that the journal, evidence and counters refer to.
#pragma once

#include "people/people.hpp"

namespace rapport::people {

// Name, addresses, identifiers elsewhere, linked identities and passkeys. Publishes customer.erased; audited.
// Of one record: whoever erases a person erases all of records_of(). Codes: customer_not_found.
Expected<> erase_customer(store::Tx& tx, Act const& act, CustomerId customer, std::string_view reason);

}  // namespace rapport::people
