// Customers who come with an old mailbox.
#pragma once

#include "people/people.hpp"

namespace rapport::people {

struct ImportedCustomer {
    CustomerId id;
    bool made = false;
};
// As customer_for(), but the journal says customer.imported, which no rule and no other system hears.
ImportedCustomer imported_customer_for(store::Tx& tx, EmailAddress const& email, std::string_view name, Locale locale,
                                       Time now, Actor const& by);

}  // namespace rapport::people
