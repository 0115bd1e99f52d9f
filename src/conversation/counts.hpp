// The API's shapes of what stands beside the lists: how many conversations each view holds, and whom one can be given
// to.
#pragma once

#include "conversation/conversation.hpp"

namespace rapport::conversation {

// ---- counters

struct ScopeCount {
    std::string scope;  // all, unassigned, mine, or an identifier: team_…, mbx_…, lbl_…
    std::int64_t open = 0, pending = 0, snoozed = 0, resolved = 0, spam = 0;
};
BOOST_DESCRIBE_STRUCT(ScopeCount, (), (scope, open, pending, snoozed, resolved, spam))
struct InboxCounts {
    std::vector<ScopeCount> items;
};
BOOST_DESCRIBE_STRUCT(InboxCounts, (), (items))
InboxCounts inbox_counts(store::Reader& reader, Actor const& viewer);

// ---- who a conversation can be given to

struct Assignee {
    AgentId id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Assignee, (), (id, name))
struct AssigneeList {
    std::vector<Assignee> items;
};
BOOST_DESCRIBE_STRUCT(AssigneeList, (), (items))
AssigneeList assignees(store::Reader& reader);

}  // namespace rapport::conversation
