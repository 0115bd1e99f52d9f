// Checks what the schema cannot say: recomputed from the rows, without the code that wrote them where that is possible.
#include <algorithm>

#include "base/crypto.hpp"
#include "people/api_keys.hpp"
#include "people/fold.hpp"
#include "people/merged.hpp"
#include "people/people.hpp"
#include "people/permissions.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

using Findings = std::vector<std::string>;

template <class AnyId>
void name_each(Findings& found, std::vector<AnyId> const& ids, std::string_view what) {
    for (auto const& id : ids) found.push_back(to_text(id) + ": " + std::string(what));
}

void check_agents(store::Reader& reader, Findings& found) {
    reader.each(sql::fsck_roles, [&](store::Row const& row) {
        auto const role = row.text(1);
        if (!json::enum_from<Role>(role))
            found.push_back(to_text(AgentId{row.integer(0)}) + ": there is no role \"" + std::string(role) + "\"");
    });
    if (reader.one<std::int64_t>(sql::fsck_agents).value_or(0) > 0 &&
        reader.one<std::int64_t>(sql::count_owners).value_or(0) == 0)
        found.push_back("agents: no active owner is left; make one with `rapport user role EMAIL owner`");
    if (reader.one<std::int64_t>(sql::fsck_lost_proofs).value_or(0) > 0)
        found.push_back("agents: sessions, links or recovery codes of agents who do not exist");
    if (reader.one<std::int64_t>(sql::fsck_lost_members).value_or(0) > 0)
        found.push_back("teams: members of teams that do not exist, or who do not exist themselves");
    if (reader.one<std::int64_t>(sql::fsck_disabled_sessions).value_or(0) > 0)
        found.push_back("agents: sessions of deactivated agents");
    for (auto const& key : list_api_keys(reader)) {
        std::string joined;
        for (auto const& name : key.permissions().names()) joined += (joined.empty() ? "" : " ") + name;
        if (joined != key.scopes) found.push_back(to_text(key.id) + ": unknown scopes in \"" + key.scopes + "\"");
    }
}

// Order does not matter, so a sum of hashes compares two sets without holding them.
class SetSum {
  public:
    void add(ByteView key, std::int64_t customer) {
        auto const digest = sha256(Bytes(key) + '\0' + std::to_string(customer));
        for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] = sum_[i] + digest.octets[i];
        ++count_;
    }
    bool operator==(SetSum const&) const = default;

  private:
    std::array<std::uint64_t, 32> sum_{};
    std::uint64_t count_ = 0;
};

void check_keys(store::Reader& reader, Findings& found) {
    SetSum wanted, present;
    reader.each(sql::fsck_names, [&](store::Row const& row) {
        auto keys = name_keys(row.text(1));
        std::ranges::sort(keys);
        keys.erase(std::ranges::unique(keys).begin(), keys.end());
        for (auto const& key : keys) wanted.add(key, row.integer(0));
    });
    reader.each(sql::fsck_addresses, [&](store::Row const& row) {
        auto const key = folded(EmailAddress{std::string(row.text(2))});
        if (key != row.blob(3))
            found.push_back(to_text(AddressId{row.integer(0)}) + ": its form for comparison is not that of its value");
        auto const names = name_keys(row.text(4));
        if (std::ranges::find(names, key) == names.end()) wanted.add(key, row.integer(1));
    });
    reader.each(sql::fsck_keys, [&](store::Row const& row) { present.add(row.blob(1), row.integer(0)); });
    if (!(wanted == present)) found.push_back("customers: the search keys are not those of names and addresses");
}

// Each chain of merges ends at the record that is said to answer, which answers for itself.
void check_merges(store::Reader& reader, Findings& found) {
    std::map<CustomerId, Merge> merges;
    for (auto const& merge : reader.all<Merge>(sql::fsck_merges)) merges[merge.absorbed] = merge;
    for (auto const& [absorbed, merge] : merges) {
        auto at = merge.survivor;
        for (std::size_t steps = 0; steps <= most_records && merges.contains(at); ++steps) at = merges[at].survivor;
        if (at != merge.root || merges.contains(merge.root))
            found.push_back(to_text(absorbed) + ": what it was merged into does not lead to " + to_text(merge.root));
    }
    name_each(found, reader.all<CustomerId>(sql::fsck_lost_merges), "was merged with a customer who does not exist");
    name_each(found, reader.all<CustomerId>(sql::fsck_half_erased), "of two merged records one is erased alone");
    name_each(found, reader.all<CustomerId>(sql::fsck_erased), "was erased, and something of them is left");
}

}  // namespace

std::vector<std::string> fsck(store::Reader& reader) {
    Findings found;
    check_agents(reader, found);
    name_each(found, reader.all<AddressId>(sql::fsck_lost_addresses), "an address of a customer who does not exist");
    name_each(found, reader.all<CustomerId>(sql::fsck_primaries), "has not exactly one primary address");
    name_each(found, reader.all<AddressId>(sql::fsck_finding), "not exactly one customer is found by this address");
    check_keys(reader, found);
    check_merges(reader, found);
    return found;
}

}  // namespace rapport::people
