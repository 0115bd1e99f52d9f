// Customers: make, find, change; and customer_for(), which submissions call for each recipient.
#include "people/customer_rows.hpp"
#include "people/fold.hpp"
#include "people/imported.hpp"
#include "people/merged.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

std::unexpected<Error> external_id_taken() {
    return fail(ErrorKind::conflict, "external_id_taken", "Another customer has this external_id already.",
                {{"/external_id", "must be unique", "use the customer who has it, or another external_id"}});
}

// At most so many, none twice, at most one primary.
Expected<void> check_addresses(std::vector<NewAddress> const& addresses) {
    std::vector<FieldError> wrong;
    bool has_primary = false;
    for (std::size_t i = 0; i < addresses.size() && wrong.empty(); ++i) {
        auto const place = "/addresses/" + std::to_string(i);
        for (std::size_t j = 0; j < i; ++j)
            if (addresses[j].kind == addresses[i].kind && folded(addresses[j].value) == folded(addresses[i].value))
                wrong.push_back({place + "/value", "must not repeat an address", "remove the repetition"});
        if (addresses[i].primary.value_or(false) && std::exchange(has_primary, true))
            wrong.push_back({place + "/primary", "only one address is primary", "leave it out here"});
    }
    if (!wrong.empty())
        return fail(ErrorKind::invalid, "invalid_fields", "Some addresses are wrong; see fields.", std::move(wrong));
    if (addresses.size() > most_addresses) return too_many_addresses();
    return {};
}

}  // namespace

std::unexpected<Error> customer_not_found() {
    return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
}

void publish_customer(store::Tx& tx, std::string_view kind, CustomerId id, Time now, Actor const& by,
                      json::Object data) {
    store::Event event;
    event.at = now;
    event.kind = kind;
    event.subject = to_text(id);
    event.customer = id.value;
    event.actor_kind = by.kind;
    event.actor_id = by.id;
    event.data = std::move(data);
    tx.publish(std::move(event));
}

namespace {

void insert_keys(store::Tx& tx, CustomerId id, std::string_view name, std::vector<Address> const& addresses = {}) {
    for (auto const& key : name_keys(name)) tx.exec(sql::insert_key, store::BlobView{key}, id);
    for (auto const& address : addresses) {  // a name may have been written like one of them
        auto const key = folded(address.email());
        tx.exec(sql::insert_key, store::BlobView{key}, id);
    }
}

}  // namespace

Expected<CustomerId> create_customer(store::Tx& tx, Act const& act, NewCustomer const& wanted) {
    if (auto const good = check_addresses(wanted.addresses); !good) return fail(good.error());
    if (wanted.external_id && customer_by_external_id(tx, wanted.external_id->value)) return external_id_taken();
    auto const id = tx.new_id<CustomerId>();
    tx.exec(sql::insert_customer, id, wanted.name, wanted.locale, wanted.external_id, act.now);
    insert_keys(tx, id, wanted.name.value);
    bool const one_is_primary =
        std::ranges::any_of(wanted.addresses, [](auto const& a) { return a.primary.value_or(false); });
    for (std::size_t i = 0; i < wanted.addresses.size(); ++i) {
        auto address = wanted.addresses[i];
        address.primary = one_is_primary ? address.primary.value_or(false) : i == 0;
        insert_address(tx, id, address, act.now);
    }
    publish_customer(tx, "customer.created", id, act.now, act.actor);
    audit(tx, act, "customer.created", to_text(id));
    return id;
}

Expected<Customer> update_customer(store::Tx& tx, Act const& act, CustomerId id, CustomerChange const& change) {
    auto customer = find_customer(tx, id);
    if (!customer) return customer_not_found();
    if (erased_at(tx, id)) return customer_erased();
    json::Object changed;
    if (change.name && change.name->value != customer->name) {
        for (auto const& key : name_keys(customer->name)) tx.exec(sql::delete_key, store::BlobView{key}, id);
        customer->name = change.name->value;
        insert_keys(tx, id, customer->name, addresses_of(tx, id));
        changed["name"] = true;
    }
    if (change.locale && *change.locale != customer->locale) {
        customer->locale = *change.locale;
        changed["locale"] = to_text(customer->locale);
    }
    if (change.external_id && change.external_id->value != customer->external_id.value_or("")) {
        auto const& wanted = change.external_id->value;
        if (!wanted.empty() && customer_by_external_id(tx, wanted)) return external_id_taken();
        customer->external_id = wanted.empty() ? std::nullopt : std::optional(wanted);
        changed["external_id"] = true;
    }
    if (changed.empty()) return *customer;
    customer->changed_at = act.now;
    tx.exec(sql::update_customer, id, customer->name, customer->locale, customer->external_id, act.now);
    publish_customer(tx, "customer.changed", id, act.now, act.actor, changed);
    audit(tx, act, "customer.changed", to_text(id), AuditOutcome::done, changed);
    return *customer;
}

std::optional<Customer> find_customer(store::Reader& reader, CustomerId id) {
    return reader.one<Customer>(sql::find_customer, id);
}

std::optional<Customer> customer_by_external_id(store::Reader& reader, std::string_view external_id) {
    return reader.one<Customer>(sql::customer_by_external_id, external_id);
}

std::optional<CustomerId> customer_of_address(store::Reader& reader, EmailAddress const& email) {
    auto const key = folded(email);
    return reader.one<CustomerId>(sql::customer_of_address, AddressKind::email, store::BlobView{key});
}

namespace {

// The address's owner; `id` if it had none.
CustomerId claim(store::Tx& tx, EmailAddress const& email, CustomerId id, Bytes const& key, Time now) {
    auto const owner = tx.one<CustomerId>(sql::claim_address, tx.new_id<AddressId>(), id, AddressKind::email, email,
                                          store::BlobView{key}, now);
    require(owner.has_value(), "claim_address returns a row whether or not it inserted one");
    return *owner;
}

void insert_rows(store::Tx& tx, CustomerId id, Bytes const& key, std::string_view name, Locale locale, Time now) {
    tx.exec(sql::insert_customer, id, name, locale, std::optional<std::string>(), now);
    tx.exec(sql::insert_key, store::BlobView{key}, id);
    insert_keys(tx, id, name);
}

}  // namespace

CustomerId customer_for(store::Tx& tx, EmailAddress const& email, std::string_view name, Locale locale, Time now,
                        Actor const& by) {
    if (auto const known = customer_of_address(tx, email)) return *known;
    auto const key = folded(email);
    auto const id = tx.new_id<CustomerId>();
    if (auto const owner = claim(tx, email, id, key, now); owner != id) return owner;  // somebody else was faster
    insert_customer(tx, id, key, name, locale, now, by);
    return id;
}

ImportedCustomer imported_customer_for(store::Tx& tx, EmailAddress const& email, std::string_view name, Locale locale,
                                       Time now, Actor const& by) {
    if (auto const known = customer_of_address(tx, email)) return {*known};
    auto const key = folded(email);
    auto const id = tx.new_id<CustomerId>();
    if (auto const owner = claim(tx, email, id, key, now); owner != id) return {owner};
    insert_rows(tx, id, key, name, locale, now);
    publish_customer(tx, "customer.imported", id, now, by);
    return {id, true};
}

void insert_customer(store::Tx& tx, CustomerId id, Bytes const& key, std::string_view name, Locale locale, Time now,
                     Actor const& by) {
    insert_rows(tx, id, key, name, locale, now);
    publish_customer(tx, "customer.created", id, now, by);
}

std::vector<store::Event> timeline_of(store::Reader& reader, CustomerId customer, std::optional<std::int64_t> before,
                                      std::size_t limit, TimelineScope scope) {
    std::vector<store::Event> all;
    auto const records = records_of(reader, customer);
    for (auto const record : records)
        std::ranges::move(
            reader.all<store::Event>(sql::timeline, record, before.value_or(std::numeric_limits<std::int64_t>::max()),
                                     limit, scope.deliveries, scope.conversations),
            std::back_inserter(all));
    if (records.size() == 1) return all;
    std::ranges::sort(all, std::ranges::greater(), &store::Event::seq);
    if (all.size() > limit) all.resize(limit);
    return all;
}

}  // namespace rapport::people
