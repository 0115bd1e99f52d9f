// The customers of many addresses at once: on PostgreSQL every question costs a round trip, and a batch has hundreds.
#include "people/customers_of.hpp"

#include <utility>

#include "people/customer_rows.hpp"
#include "people/fold.hpp"
#include "people/sql.hpp"

namespace rapport::people {
namespace {

constexpr std::size_t asked_at_once = 32;  // as sql::customers_of_addresses has parameters

struct FoundRow {
    store::Blob key;
    CustomerId id;
    std::string name;
    Locale locale{};
};
BOOST_DESCRIBE_STRUCT(FoundRow, (), (key, id, name, locale))

template <std::size_t... I>
std::vector<FoundRow> ask(store::Reader& reader, std::span<Bytes const> keys, std::index_sequence<I...>) {
    return reader.all<FoundRow>(sql::customers_of_addresses, AddressKind::email,
                                store::BlobView{keys[std::min(I, keys.size() - 1)]}...);
}

}  // namespace

FoundCustomers customers_of(store::Reader& reader, std::span<EmailAddress const> addresses) {
    FoundCustomers found;
    std::vector<Bytes> keys;
    for (auto const& address : addresses) keys.push_back(folded(address));
    for (std::span<Bytes const> rest(keys); !rest.empty(); rest = rest.subspan(std::min(rest.size(), asked_at_once))) {
        auto const some = rest.first(std::min(rest.size(), asked_at_once));
        auto rows = some.size() == 1 ? reader.all<FoundRow>(sql::customer_with_address, AddressKind::email,
                                                            store::BlobView{some.front()})
                                     : ask(reader, some, std::make_index_sequence<asked_at_once>());
        for (auto& row : rows)
            found.insert_or_assign(std::move(row.key.bytes), FoundCustomer{row.id, std::move(row.name), row.locale});
    }
    return found;
}

FoundCustomer const* find_in(FoundCustomers const& found, EmailAddress const& email) {
    auto const at = found.find(folded(email));
    return at == found.end() ? nullptr : &at->second;
}

std::vector<CustomerId> customers_for(store::Tx& tx, std::span<WantedCustomer const> wanted, Time now,
                                      Actor const& by) {
    std::vector<EmailAddress> addresses;
    for (auto const& one : wanted) addresses.push_back(one.email);
    auto known = customers_of(tx, addresses);
    std::vector<CustomerId> ids;
    for (auto const& one : wanted) {
        auto const key = folded(one.email);
        auto const [at, is_new] = known.try_emplace(key);
        if (is_new) {
            at->second = {tx.new_id<CustomerId>(), one.name, one.locale};
            tx.exec(sql::insert_only_address, tx.new_id<AddressId>(), at->second.id, AddressKind::email, one.email,
                    store::BlobView{key}, now);
            insert_customer(tx, at->second.id, key, one.name, one.locale, now, by);
        }
        ids.push_back(at->second.id);
    }
    return ids;
}

}  // namespace rapport::people
