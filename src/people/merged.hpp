// Persons of whom there are several records. Merging moves nothing: each record keeps its addresses, identifiers,
// wishes and history, one of them answers for all, and whoever reads a person reads all of them. So undoing is exact,
// whatever came meanwhile: what came by an address is with the record whose address it is.
// docs/decisions/2026-11-22-merging-people.md.
#pragma once

#include <map>

#include "people/identities.hpp"
#include "people/people.hpp"

namespace rapport::people {

struct MergeTag {
    static constexpr std::string_view prefix = "mrg";
};
using MergeId = Id<MergeTag>;

inline constexpr std::size_t most_records = 50;  // of one person

// ---- Reading

// The record that answers: itself where it was not merged.
CustomerId person_of(store::Reader& reader, CustomerId id);
// All records of the person whose record this is: the one that answers first. Itself alone where nothing was merged.
std::vector<CustomerId> records_of(store::Reader& reader, CustomerId id);
// The same of many, with few questions; whoever is not in it stands alone.
std::map<CustomerId, std::vector<CustomerId>> records_of(store::Reader& reader, std::span<CustomerId const> ids);
// Where to write to a person: the record itself if it has an address; else the first of the person's that has one.
CustomerId reached_record(store::Reader& reader, CustomerId id);
// The record of the person that has this address.
std::optional<CustomerId> record_with(store::Reader& reader, CustomerId id, EmailAddress const& address);

struct Merge {
    CustomerId absorbed{}, survivor{}, root{};
    Time merged_at{};
};
BOOST_DESCRIBE_STRUCT(Merge, (), (absorbed, survivor, root, merged_at))
// What was merged into whom, for persons whose answering record lies between these two, inclusive.
std::vector<Merge> merges_between(store::Reader& reader, CustomerId least, CustomerId greatest);
// Addresses of all records, those of the one that answers first.
std::vector<Address> addresses_of_person(store::Reader& reader, CustomerId root);

std::optional<Time> erased_at(store::Reader& reader, CustomerId id);
std::unexpected<Error> customer_erased();

// ---- Merging

// `from` answers no more, nor do those that it answered for: `into`'s person does. Publishes customer.merged (of
// `from`) and customer.took_in; audited. Codes: customer_not_found, customer_erased, same_person, already_merged,
// too_many_records.
Expected<CustomerId> merge_customers(store::Tx& tx, Act const& act, CustomerId from, CustomerId into);
// It answers for itself again, and for those whom it had taken in. Publishes customer.unmerged and customer.gave_back;
// audited. Codes: customer_not_found, customer_erased, not_merged.
Expected<> unmerge_customer(store::Tx& tx, Act const& act, CustomerId id);
// Orders whoever merges, splits or erases, until the end of the transaction.
void lock_persons(store::Tx& tx);

// ---- Splitting

struct NewPersonSplit {
    std::vector<AddressId> addresses;
    std::vector<IdentityId> identities;
    std::vector<PasskeyId> passkeys;
    std::optional<bool> external_id;  // it goes, too
    std::optional<Text<0, 200>> name;
};
BOOST_DESCRIBE_STRUCT(NewPersonSplit, (), (addresses, identities, passkeys, external_id, name))

struct SplitRecord {
    CustomerId from{}, made{};
    std::vector<EmailAddress> gone, left;  // left: of the whole person
};
// A new record of what is named; all of it stands with one record now, which keeps something. Publishes customer.split
// (of the old one) and customer.created; audited. Codes: customer_not_found, customer_erased, invalid_fields,
// nothing_left.
Expected<SplitRecord> split_record(store::Tx& tx, Act const& act, CustomerId person, NewPersonSplit const& wanted);

// ---- Who could be the same

enum class Likeness : std::uint8_t { address, name };
BOOST_DESCRIBE_ENUM(Likeness, address, name)

struct Similar {
    CustomerId customer{};
    Likeness why{};
    bool verified = false;  // both have proven the address
};
// Persons with an address of this one, then those with the same name; at most ten.
std::vector<Similar> similar_to(store::Reader& reader, CustomerId id);

}  // namespace rapport::people
