// A customer's addresses: exactly one is primary; of several customers who share one, one is found by it.
#include "people/customer_rows.hpp"
#include "people/fold.hpp"
#include "people/merged.hpp"
#include "people/sql.hpp"

namespace rapport::people {

std::unexpected<Error> too_many_addresses() {
    return fail(ErrorKind::invalid, "too_many_addresses",
                "A customer has at most " + std::to_string(most_addresses) + " addresses.",
                {{"/addresses", "at most " + std::to_string(most_addresses), "remove addresses that are not used"}});
}

bool insert_address(store::Tx& tx, CustomerId customer, NewAddress const& address, Time now, AddressId* made) {
    auto const key = folded(address.value);
    auto const id = tx.new_id<AddressId>();
    std::optional<Time> const verified = address.verified.value_or(false) ? std::optional(now) : std::nullopt;
    bool const primary = address.primary.value_or(false);
    // First as the one that customer_for() finds; where another customer has that place, or this one has the address
    // already, nothing is inserted and the second statement tells the two apart.
    auto inserted = tx.changed(sql::insert_finding_address, id, customer, address.kind, address.value,
                               store::BlobView{key}, verified, primary, now);
    if (inserted == 0)
        inserted = tx.changed(sql::insert_address, id, customer, address.kind, address.value, store::BlobView{key},
                              verified, primary, now);
    if (inserted == 0) return false;
    tx.exec(sql::insert_key, store::BlobView{key}, customer);
    if (made) *made = id;
    return true;
}

std::vector<Address> addresses_of(store::Reader& reader, CustomerId customer) {
    return reader.all<Address>(sql::addresses_of, customer);
}

Expected<Address> add_address(store::Tx& tx, Act const& act, CustomerId customer, NewAddress const& wanted) {
    if (!find_customer(tx, customer)) return customer_not_found();
    if (erased_at(tx, customer)) return customer_erased();
    auto const present = addresses_of(tx, customer);
    if (present.size() >= most_addresses) return too_many_addresses();
    auto address = wanted;
    address.primary = present.empty() || wanted.primary.value_or(false);
    if (*address.primary) tx.exec(sql::clear_primary, customer);
    AddressId id;
    if (!insert_address(tx, customer, address, act.now, &id))
        return fail(ErrorKind::conflict, "address_exists", "The customer has this address already.",
                    {{"/value", "must not repeat an address", "use the address that is there"}});
    tx.exec(sql::touch_customer, customer, act.now);
    json::Object const data{{"address", to_text(id)}};
    publish_customer(tx, "customer.address_added", customer, act.now, act.actor, data);
    audit(tx, act, "customer.address_added", to_text(customer), AuditOutcome::done, data);
    return *tx.one<Address>(sql::find_address, id);
}

Expected<AddressId> address_for(store::Tx& tx, CustomerId customer, EmailAddress const& email, Time now,
                                Actor const& by) {
    auto const key = folded(email);
    if (auto const id = tx.one<AddressId>(sql::address_of_value, customer, AddressKind::email, store::BlobView{key}))
        return *id;
    auto const present = addresses_of(tx, customer);
    if (present.size() >= most_addresses) return too_many_addresses();
    NewAddress address{AddressKind::email, email, false, present.empty()};
    AddressId id;
    if (insert_address(tx, customer, address, now, &id)) {
        publish_customer(tx, "customer.address_added", customer, now, by, {{"address", to_text(id)}});
        return id;
    }
    return *tx.one<AddressId>(sql::address_of_value, customer, AddressKind::email, store::BlobView{key});
}

Expected<void> remove_address(store::Tx& tx, Act const& act, CustomerId customer, AddressId address) {
    auto const found = tx.one<Address>(sql::find_address, address);
    if (!found || found->customer != customer)
        return fail(ErrorKind::not_found, "address_not_found", "The customer has no such address.");
    auto const key = folded(found->email());
    tx.exec(sql::delete_address, address);
    auto const names = name_keys(find_customer(tx, customer)->name);
    if (std::ranges::find(names, key) == names.end()) tx.exec(sql::delete_key, store::BlobView{key}, customer);
    if (!customer_of_address(tx, found->email()))
        if (auto const next = tx.one<AddressId>(sql::first_sharing_address, found->kind, store::BlobView{key}))
            tx.exec(sql::let_address_find, *next);
    if (found->primary)
        if (auto const left = addresses_of(tx, customer); !left.empty()) tx.exec(sql::set_primary, left.front().id);
    tx.exec(sql::touch_customer, customer, act.now);
    json::Object const data{{"address", to_text(address)}};
    publish_customer(tx, "customer.address_removed", customer, act.now, act.actor, data);
    audit(tx, act, "customer.address_removed", to_text(customer), AuditOutcome::done, data);
    return {};
}

void verify_address(store::Tx& tx, AddressId address, Time now, Actor const& by) {
    if (tx.changed(sql::verify_address, address, now) == 0) return;
    auto const found = tx.one<Address>(sql::find_address, address);
    publish_customer(tx, "customer.address_verified", found->customer, now, by, {{"address", to_text(address)}});
}

std::string masked(std::string_view email) {
    auto const at = email.rfind('@');
    if (at == std::string_view::npos || at == 0) return "•••";
    auto const domain = email.substr(at + 1);
    auto const dot = domain.rfind('.');
    std::string out(email.substr(0, 1));
    out += "•••@";
    out += domain.substr(0, 1);
    out += "•••";
    if (dot != std::string_view::npos && dot > 0) out += domain.substr(dot);
    return out;
}

}  // namespace rapport::people
