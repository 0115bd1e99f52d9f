// Lists of customers, by cursor: all of them, or those found by a prefix.
#include <map>
#include <tuple>

#include "people/customer_rows.hpp"
#include "people/fold.hpp"
#include "people/merged.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

struct KeyedCustomer {
    store::Blob search_key{};
    CustomerId id{};
    std::string name{};
    Locale locale = Locale::en;
    std::optional<std::string> external_id{};
    Time created_at{};
    Time changed_at{};
    Customer customer() const { return {id, name, locale, external_id, created_at, changed_at}; }
};
BOOST_DESCRIBE_STRUCT(KeyedCustomer, (), (search_key, id, name, locale, external_id, created_at, changed_at))

std::unexpected<Error> bad_cursor() {
    return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.",
                {{"/after", "must be the `next` of an earlier page", "leave it out to start at the beginning"}});
}

using ByCustomer = std::map<CustomerId, std::vector<Address>>;
ByCustomer grouped(std::vector<Address> addresses) {
    ByCustomer groups;
    for (auto& address : addresses) groups[address.customer].push_back(std::move(address));
    return groups;
}

Expected<CustomerPage> newest(store::Reader& reader, std::string_view after, std::size_t limit) {
    CustomerId before{std::numeric_limits<std::int64_t>::max()};
    if (!after.empty() && !from_text(after, before)) return bad_cursor();
    CustomerPage page;
    auto addresses = grouped(reader.all<Address>(sql::addresses_of_newest, before, limit));
    for (auto& customer : reader.all<Customer>(sql::newest_customers, before, limit + 1)) {
        if (page.customers.size() == limit) {
            page.next = to_text(page.customers.back().customer.id);
            break;
        }
        auto const id = customer.id;
        page.customers.push_back({std::move(customer), std::move(addresses[id])});
    }
    if (page.customers.empty()) return page;
    auto const [least, greatest] = std::minmax(page.customers.front().customer.id, page.customers.back().customer.id);
    for (auto const& merge : merges_between(reader, least, greatest))
        for (auto& one : page.customers)
            if (one.customer.id == merge.root)
                std::ranges::move(addresses_of(reader, merge.absorbed), std::back_inserter(one.addresses));
    return page;
}

struct Place {
    Bytes key;
    CustomerId customer;
};
std::string to_cursor(Place const& place) { return to_base64url(place.key) + '.' + to_text(place.customer); }
std::optional<Place> from_cursor(std::string_view cursor) {
    auto const dot = cursor.find('.');
    Place place;
    if (dot == std::string_view::npos || !from_text(cursor.substr(dot + 1), place.customer)) return std::nullopt;
    auto key = from_base64url(cursor.substr(0, dot));
    if (!key) return std::nullopt;
    place.key = std::move(*key);
    return place;
}

// A customer may be found by several keys (name and address alike); the least of them that matches shows them, so a
// page never repeats one of an earlier page.
template <class Smaller>
bool has_smaller(std::string_view name, std::vector<Address> const& addresses, Smaller const& smaller) {
    for (auto const& key : name_keys(name))
        if (smaller(key)) return true;
    return std::ranges::any_of(addresses, [&](Address const& a) { return smaller(folded(a.email())); });
}
bool is_least_key(KeyedCustomer const& row, std::vector<Address> const& addresses, Bytes const& prefix) {
    return !has_smaller(row.name, addresses,
                        [&](Bytes const& key) { return key.starts_with(prefix) && key < row.search_key.bytes; });
}

// Of a person with several records: all of them are found by the least key of all.
std::optional<ListedCustomer> person_at(store::Reader& reader, KeyedCustomer const& row,
                                        std::vector<CustomerId> const& records, Bytes const& prefix) {
    ListedCustomer shown;
    for (auto const record : records) {
        auto customer = find_customer(reader, record);
        if (!customer) continue;
        auto addresses = addresses_of(reader, record);
        if (has_smaller(customer->name, addresses, [&](Bytes const& key) {
                return key.starts_with(prefix) &&
                       std::tie(key, record.value) < std::tie(row.search_key.bytes, row.id.value);
            }))
            return std::nullopt;
        if (record == records.front()) shown.customer = std::move(*customer);
        std::ranges::move(addresses, std::back_inserter(shown.addresses));
    }
    return shown;
}

Expected<CustomerPage> found(store::Reader& reader, Bytes const& prefix, std::string_view after, std::size_t limit) {
    Place place{prefix, CustomerId{0}};
    if (!after.empty()) {
        auto const given = from_cursor(after);
        if (!given || !given->key.starts_with(prefix)) return bad_cursor();
        place = *given;
    }
    auto const end = end_of_prefix(prefix);
    CustomerPage page;
    for (;;) {
        auto const rows = reader.all<KeyedCustomer>(sql::customers_by_key, store::BlobView{place.key}, place.customer,
                                                    store::BlobView{end}, limit + 1);
        auto addresses = grouped(reader.all<Address>(sql::addresses_by_key, store::BlobView{place.key}, place.customer,
                                                     store::BlobView{end}, limit + 1));
        std::vector<CustomerId> ids;
        for (auto const& row : rows) ids.push_back(row.id);
        auto const merged = records_of(reader, ids);
        for (auto const& row : rows) {
            std::optional<ListedCustomer> shown;
            if (auto const records = merged.find(row.id); records != merged.end())
                shown = person_at(reader, row, records->second, prefix);
            else if (is_least_key(row, addresses[row.id], prefix))
                shown = ListedCustomer{row.customer(), addresses[row.id]};
            if (shown) {
                if (page.customers.size() == limit) {
                    page.next = to_cursor(place);
                    return page;
                }
                page.customers.push_back(std::move(*shown));
            }
            place = {row.search_key.bytes, row.id};
        }
        if (rows.size() <= limit) return page;
    }
}

}  // namespace

Expected<CustomerPage> list_customers(store::Reader& reader, std::string_view query, std::string_view after,
                                      std::size_t limit) {
    auto const prefix = folded(query);
    return prefix.empty() ? newest(reader, after, limit) : found(reader, prefix, after, limit);
}

}  // namespace rapport::people
