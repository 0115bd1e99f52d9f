// Rows of a person who is erased.
#include "people/erase.hpp"

#include "people/customer_rows.hpp"
#include "people/fold.hpp"
#include "people/merged.hpp"
#include "people/sql.hpp"

namespace rapport::people {

Expected<> erase_customer(store::Tx& tx, Act const& act, CustomerId customer, std::string_view reason) {
    auto const found = find_customer(tx, customer);
    if (!found) return customer_not_found();
    for (auto const& address : addresses_of(tx, customer)) {
        auto const key = folded(address.email());
        tx.exec(sql::delete_address, address.id);
        if (customer_of_address(tx, address.email())) continue;
        if (auto const next = tx.one<AddressId>(sql::first_sharing_address, address.kind, store::BlobView{key}))
            tx.exec(sql::let_address_find, *next);
    }
    tx.exec(sql::erase_keys, customer);
    tx.exec(sql::erase_identities, customer);
    tx.exec(sql::erase_passkeys, customer);
    tx.exec(sql::update_customer, customer, std::string_view(), found->locale, std::optional<std::string>(), act.now);
    tx.exec(sql::mark_erased, customer, act.now);
    publish_customer(tx, "customer.erased", customer, act.now, act.actor);
    audit(tx, act, "customer.erased", to_text(customer), AuditOutcome::done, {{"reason", reason}});
    return {};
}

}  // namespace rapport::people
