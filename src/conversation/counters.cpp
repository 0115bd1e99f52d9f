// How many conversations of each state there are in each view: sums of differences, written once per physical
// transaction, in one order, so that two nodes never wait for each other crosswise.
#include <algorithm>
#include <map>

#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

struct Difference {
    std::string scope;
    State state{};
    std::int64_t n = 0;
};
struct CounterRow {
    std::string scope;
    State state{};
    std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(CounterRow, (), (scope, state, n))

char const counter_key = 0;

store::Flush<Difference> const add_up = [](store::Tx& tx, std::vector<Difference>& left) {
    std::map<std::pair<std::string, State>, std::int64_t> sums;
    for (auto const& one : left) sums[{one.scope, one.state}] += one.n;
    for (auto const& [key, n] : sums)
        if (n != 0) tx.exec(sql::add_to_counter, key.first, key.second, n);
};

void fill(ScopeCount& out, CounterRow const& row) {
    switch (row.state) {
        case State::open:
            out.open = row.n;
            break;
        case State::pending:
            out.pending = row.n;
            break;
        case State::snoozed:
            out.snoozed = row.n;
            break;
        case State::resolved:
            out.resolved = row.n;
            break;
        case State::spam:
            out.spam = row.n;
            break;
        case State::merged:
            break;
    }
}

}  // namespace

void count(store::Tx& tx, std::string scope, State state, std::int64_t n) {
    tx.leave<Difference>(&counter_key, {std::move(scope), state, n}, add_up);
}

std::vector<std::string> scopes_of(ConversationRow const& row) {
    std::vector<std::string> scopes{"all"};
    scopes.push_back(row.assignee ? to_text(*row.assignee) : "unassigned");
    if (row.team) scopes.push_back(to_text(*row.team));
    return scopes;
}

InboxCounts inbox_counts(store::Reader& reader, Actor const& viewer) {
    auto const me = viewer.kind == ActorKind::agent ? to_text(AgentId{viewer.id}) : std::string();
    std::map<std::string, ScopeCount> found;
    for (auto const* fixed : {"all", "mine", "unassigned"}) found[fixed].scope = fixed;
    for (auto const& row : reader.all<CounterRow>(sql::counters)) {
        bool const is_agents = row.scope.starts_with("agt_");
        if (is_agents && row.scope != me) continue;  // others' are asked for by assignee
        auto const scope = is_agents ? std::string("mine") : row.scope;
        auto& out = found[scope];
        out.scope = scope;
        fill(out, row);
    }
    InboxCounts counts;
    for (auto& [scope, one] : found) counts.items.push_back(std::move(one));
    return counts;
}

}  // namespace rapport::conversation
