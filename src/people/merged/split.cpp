// Taking addresses and identities out of a record, into a new one.
#include <algorithm>

#include "people/customer_rows.hpp"
#include "people/fold.hpp"
#include "people/merged.hpp"
#include "people/sql.hpp"

namespace rapport::people {
namespace {

std::unexpected<Error> wrong(std::string pointer, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", "It is not clear what is split off; see fields.",
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

// Where all of it stands.
class Named {
  public:
    Named(store::Reader& reader, CustomerId person, NewPersonSplit const& wanted)
        : reader_(reader), records_(records_of(reader, person)), wanted_(wanted) {}

    Expected<CustomerId> record() {
        for (auto const& id : wanted_.addresses) {
            auto const found = reader_.one<Address>(sql::find_address, id);
            if (auto const good = take(found ? std::optional(found->customer) : std::nullopt, "/addresses"); !good)
                return fail(good.error());
        }
        for (auto const& id : wanted_.identities)
            if (auto const good = take(holder(id), "/identities"); !good) return fail(good.error());
        for (auto const& id : wanted_.passkeys)
            if (auto const good = take(holder(id), "/passkeys"); !good) return fail(good.error());
        if (!record_) return wrong("/addresses", "must name something", "name an address or an identity");
        return *record_;
    }

  private:
    template <class Items, class AnyId>
    static bool holds(Items const& items, AnyId id) {
        return std::ranges::any_of(items, [&](auto const& one) { return one.id == id; });
    }
    std::optional<CustomerId> holder(IdentityId id) {
        for (auto const record : records_)
            if (holds(identities_of(reader_, record), id)) return record;
        return std::nullopt;
    }
    std::optional<CustomerId> holder(PasskeyId id) {
        for (auto const record : records_)
            if (holds(passkeys_of(reader_, record), id)) return record;
        return std::nullopt;
    }
    Expected<> take(std::optional<CustomerId> holder, std::string pointer) {
        if (!holder || std::ranges::find(records_, *holder) == records_.end())
            return wrong(std::move(pointer), "must be this person's", "leave it out");
        if (record_ && *record_ != *holder)
            return wrong(std::move(pointer), "must all stand with one record",
                         "split one record at a time, or undo the merge");
        record_ = holder;
        return {};
    }

    store::Reader& reader_;
    std::vector<CustomerId> records_;
    NewPersonSplit const& wanted_;
    std::optional<CustomerId> record_;
};

bool names(std::vector<AddressId> const& ids, AddressId id) { return std::ranges::find(ids, id) != ids.end(); }

// Search keys that the old record has no longer, and the new one has.
void move_keys(store::Tx& tx, Customer const& old, CustomerId made, std::string_view name,
               std::vector<EmailAddress> const& gone) {
    auto const kept = name_keys(old.name);
    for (auto const& address : gone) {
        auto const key = folded(address);
        if (std::ranges::find(kept, key) == kept.end()) tx.exec(sql::delete_key, store::BlobView{key}, old.id);
        tx.exec(sql::insert_key, store::BlobView{key}, made);
    }
    for (auto const& key : name_keys(name)) tx.exec(sql::insert_key, store::BlobView{key}, made);
}

// Moves them; one of those that go is primary, and one of those that stay.
void move_addresses(store::Tx& tx, CustomerId from, CustomerId to, std::vector<AddressId> const& ids) {
    bool first = true, left_primary = false;
    for (auto const& address : addresses_of(tx, from)) {
        if (!names(ids, address.id)) {
            left_primary = left_primary || address.primary;
            continue;
        }
        tx.exec(sql::move_address, address.id, to, first);
        first = false;
    }
    if (left_primary) return;
    if (auto const left = addresses_of(tx, from); !left.empty()) tx.exec(sql::set_primary, left.front().id);
}

}  // namespace

Expected<SplitRecord> split_record(store::Tx& tx, Act const& act, CustomerId person, NewPersonSplit const& wanted) {
    lock_persons(tx);
    if (!find_customer(tx, person)) return customer_not_found();
    if (erased_at(tx, person)) return customer_erased();
    auto const from = Named(tx, person, wanted).record();
    if (!from) return fail(from.error());
    auto const old = *find_customer(tx, *from);
    auto const addresses = addresses_of(tx, *from);
    bool const with_key = wanted.external_id.value_or(false) && old.external_id;
    bool const keeps_address =
        std::ranges::any_of(addresses, [&](Address const& one) { return !names(wanted.addresses, one.id); });
    bool const keeps =
        keeps_address || (old.external_id && !with_key) || identities_of(tx, *from).size() > wanted.identities.size();
    if (!keeps)
        return fail(ErrorKind::conflict, "nothing_left", "Nothing would be left of the record.",
                    {{"/addresses", "must leave an address or an identity behind",
                      "leave one out; a record that was merged comes back by undoing the merge"}});
    SplitRecord out{*from, tx.new_id<CustomerId>(), {}, {}};
    for (auto const& one : addresses_of_person(tx, person_of(tx, *from)))
        (one.customer == *from && names(wanted.addresses, one.id) ? out.gone : out.left).push_back(one.email());
    std::string const name = wanted.name ? wanted.name->value : std::string();
    if (with_key) tx.exec(sql::update_customer, *from, old.name, old.locale, std::optional<std::string>(), act.now);
    tx.exec(sql::insert_customer, out.made, name, old.locale, with_key ? old.external_id : std::nullopt, act.now);
    move_addresses(tx, *from, out.made, wanted.addresses);
    move_keys(tx, old, out.made, name, out.gone);
    for (auto const id : wanted.identities) tx.exec(sql::move_identity, id, *from, out.made);
    for (auto const id : wanted.passkeys) tx.exec(sql::move_passkey, id, *from, out.made);
    tx.exec(sql::touch_customer, *from, act.now);
    publish_customer(tx, "customer.split", *from, act.now, act.actor, {{"into", to_text(out.made)}});
    publish_customer(tx, "customer.created", out.made, act.now, act.actor, {{"split_from", to_text(*from)}});
    audit(tx, act, "customer.split", to_text(*from), AuditOutcome::done, {{"into", to_text(out.made)}});
    return out;
}

}  // namespace rapport::people
