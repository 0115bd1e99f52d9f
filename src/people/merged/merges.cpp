// Merging records of one person, taking it back, and reading across them.
#include "people/merged.hpp"

#include <tuple>

#include "people/customer_rows.hpp"
#include "people/fold.hpp"
#include "people/sql.hpp"

namespace rapport::people {
namespace {

constexpr std::int64_t persons_lock = 7002;  // one merge, split or erasure at a time: they are rare
constexpr std::size_t asked_at_once = 32;    // as sql::records_of_many has parameters

template <std::size_t... I>
std::vector<Merge> ask(store::Reader& reader, std::span<CustomerId const> ids, std::index_sequence<I...>) {
    return reader.all<Merge>(sql::records_of_many, ids[std::min(I, ids.size() - 1)]...);
}

std::unexpected<Error> merge_refused(std::string code, std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::conflict, std::move(code), std::move(text), {{"/into", std::move(rule), std::move(fix)}});
}

// Those that `id` answers for through its own merges: into it, into those, and so on.
std::vector<CustomerId> below(std::vector<Merge> const& merges, CustomerId id) {
    std::vector<CustomerId> found{id};
    for (std::size_t i = 0; i < found.size(); ++i)
        for (auto const& merge : merges)
            if (merge.survivor == found[i]) found.push_back(merge.absorbed);
    found.erase(found.begin());
    return found;
}

}  // namespace

void lock_persons(store::Tx& tx) { tx.lock(persons_lock); }

CustomerId person_of(store::Reader& reader, CustomerId id) {
    return reader.one<CustomerId>(sql::person_of, id).value_or(id);
}

std::vector<CustomerId> records_of(store::Reader& reader, CustomerId id) {
    auto const merges = reader.all<Merge>(sql::records_of, id);
    if (merges.empty()) return {id};
    std::vector<CustomerId> records{merges.front().root};
    for (auto const& merge : merges) records.push_back(merge.absorbed);
    return records;
}

std::map<CustomerId, std::vector<CustomerId>> records_of(store::Reader& reader, std::span<CustomerId const> ids) {
    std::map<CustomerId, std::vector<CustomerId>> by_root, found;
    for (auto rest = ids; !rest.empty(); rest = rest.subspan(std::min(rest.size(), asked_at_once))) {
        auto const some = rest.first(std::min(rest.size(), asked_at_once));
        for (auto const& merge : ask(reader, some, std::make_index_sequence<asked_at_once>())) {
            auto& records = by_root[merge.root];
            if (records.empty()) records.push_back(merge.root);
            if (std::ranges::find(records, merge.absorbed) == records.end()) records.push_back(merge.absorbed);
        }
    }
    for (auto const& [root, records] : by_root)
        for (auto const id : records)
            if (std::ranges::find(ids, id) != ids.end()) found[id] = records;
    return found;
}

CustomerId reached_record(store::Reader& reader, CustomerId id) {
    if (!addresses_of(reader, id).empty()) return id;
    for (auto const record : records_of(reader, id))
        if (!addresses_of(reader, record).empty()) return record;
    return id;
}

std::optional<CustomerId> record_with(store::Reader& reader, CustomerId id, EmailAddress const& address) {
    auto const key = folded(address);
    for (auto const record : records_of(reader, id))
        if (reader.one<AddressId>(sql::address_of_value, record, AddressKind::email, store::BlobView{key}))
            return record;
    return std::nullopt;
}

std::vector<Merge> merges_between(store::Reader& reader, CustomerId least, CustomerId greatest) {
    return reader.all<Merge>(sql::merges_between, least, greatest);
}

std::vector<Address> addresses_of_person(store::Reader& reader, CustomerId root) {
    std::vector<Address> all;
    for (auto const record : records_of(reader, root))
        std::ranges::move(addresses_of(reader, record), std::back_inserter(all));
    return all;
}

std::optional<Time> erased_at(store::Reader& reader, CustomerId id) { return reader.one<Time>(sql::erased_at, id); }

std::unexpected<Error> customer_erased() {
    return fail(ErrorKind::gone, "customer_erased", "This person has been erased for good.");
}

Expected<CustomerId> merge_customers(store::Tx& tx, Act const& act, CustomerId from, CustomerId into) {
    lock_persons(tx);
    if (!find_customer(tx, from) || !find_customer(tx, into)) return customer_not_found();
    auto const root = person_of(tx, into), before = person_of(tx, from);
    if (root == before)
        return merge_refused("same_person", "These are records of one person already.", "must be another person",
                             "choose another one");
    if (before != from)
        return merge_refused("already_merged", "This record was merged into " + to_text(before) + " before.",
                             "must answer for itself", "merge that one, or undo the merge first");
    if (erased_at(tx, from) || erased_at(tx, root)) return customer_erased();
    auto const coming = records_of(tx, from);
    if (coming.size() + records_of(tx, root).size() > most_records)
        return merge_refused("too_many_records", "A person has at most " + std::to_string(most_records) + " records.",
                             "must have fewer records", "undo merges that are wrong");
    tx.exec(sql::insert_merge, tx.new_id<MergeId>(), from, into, root, act.now);
    for (auto const record : coming)
        if (record != from) tx.exec(sql::set_root, record, root);
    tx.exec(sql::touch_customer, root, act.now);
    publish_customer(tx, "customer.merged", from, act.now, act.actor, {{"into", to_text(root)}});
    publish_customer(tx, "customer.took_in", root, act.now, act.actor, {{"from", to_text(from)}});
    audit(tx, act, "customer.merged", to_text(from), AuditOutcome::done, {{"into", to_text(root)}});
    return root;
}

Expected<> unmerge_customer(store::Tx& tx, Act const& act, CustomerId id) {
    lock_persons(tx);
    if (!find_customer(tx, id)) return customer_not_found();
    auto const merge = tx.one<Merge>(sql::find_merge, id);
    if (!merge) return fail(ErrorKind::conflict, "not_merged", "This record is not merged into another.");
    if (erased_at(tx, id) || erased_at(tx, merge->root)) return customer_erased();
    for (auto const record : below(tx.all<Merge>(sql::records_of, id), id)) tx.exec(sql::set_root, record, id);
    tx.exec(sql::undo_merge, id, act.now);
    tx.exec(sql::touch_customer, id, act.now);
    tx.exec(sql::touch_customer, merge->root, act.now);
    publish_customer(tx, "customer.unmerged", id, act.now, act.actor, {{"from", to_text(merge->root)}});
    publish_customer(tx, "customer.gave_back", merge->root, act.now, act.actor, {{"customer", to_text(id)}});
    audit(tx, act, "customer.unmerged", to_text(id), AuditOutcome::done, {{"from", to_text(merge->root)}});
    return {};
}

std::vector<Similar> similar_to(store::Reader& reader, CustomerId id) {
    constexpr std::size_t most = 10;
    std::vector<Similar> found;
    auto const own = records_of(reader, id);
    auto const take = [&](CustomerId record, Likeness why, bool verified) {
        auto const person = person_of(reader, record);
        if (std::ranges::find(own, record) != own.end() || found.size() >= most) return;
        auto const known = std::ranges::find(found, person, &Similar::customer);
        if (known == found.end())
            found.push_back({person, why, verified});
        else
            known->verified = known->verified || verified;
    };
    for (auto const record : own)
        reader.each(
            sql::sharing_addresses,
            [&](store::Row const& row) { take(CustomerId{row.integer(0)}, Likeness::address, row.integer(1) != 0); },
            record);
    std::ranges::sort(found, [](Similar const& a, Similar const& b) {
        return std::tie(b.verified, a.customer) < std::tie(a.verified, b.customer);
    });
    for (auto const record : own) {
        auto const customer = find_customer(reader, record);
        auto const key = customer ? folded(customer->name) : Bytes();
        if (key.find(' ') == Bytes::npos) continue;  // one word is nobody's alone
        for (auto const other : reader.all<CustomerId>(sql::sharing_name, store::BlobView{key}, record))
            if (auto const them = find_customer(reader, other); them && folded(them->name) == key)
                take(other, Likeness::name, false);
    }
    return found;
}

}  // namespace rapport::people
