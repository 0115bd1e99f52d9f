// Saved views: named filters over the list of conversations. One filter leads: it is a range of an index, and says how
// many there are; the others are looked at while walking along it, so many conversations at once.
#pragma once

#include "desk/attributes.hpp"

namespace rapport::desk {

struct ViewTag {
    static constexpr std::string_view prefix = "viw";
};
using ViewId = Id<ViewTag>;

using conversation::MailboxId;

inline constexpr std::size_t looked_at_once = 2000;  // conversations, for one page

struct FieldIs {
    std::string field;
    json::Value value;
};
BOOST_DESCRIBE_STRUCT(FieldIs, (), (field, value))

// All of them hold. The first of assignee, label, mailbox, team that is given leads.
struct Filter {
    std::optional<State> state;           // open unless told
    std::optional<std::string> assignee;  // an agent; "me"; empty: nobody
    std::optional<LabelId> label;
    std::optional<MailboxId> mailbox;
    std::optional<TeamId> team;
    std::optional<conversation::Channel> channel;
    std::vector<Priority> priorities;  // one of them; empty: any
    std::optional<Locale> locale;
    std::optional<FieldIs> field;
    std::optional<SegmentId> segment;             // the customer belongs to it
    std::optional<std::int64_t> waiting_minutes;  // the customer has waited for so long at least
};
BOOST_DESCRIBE_STRUCT(Filter, (),
                      (state, assignee, label, mailbox, team, channel, priorities, locale, field, segment,
                       waiting_minutes))

// What is wrong with it: it names what is not there, or a segment that not everybody may use who uses the filter. Code
// invalid_fields, with pointers below /filter.
Expected<> check_filter(store::Reader& reader, Who const& who, Filter const& filter, Audience audience,
                        std::optional<TeamId> team = {});
// All of it holds of one conversation, for a rule: a state that is not given is any, "me" is nobody.
bool meets_filter(store::Reader& reader, Office const& office, Filter const& filter,
                  conversation::ConversationSummary const& one, Time now);

struct NewView {
    ItemName name;
    Audience audience{};
    std::optional<TeamId> team;
    std::optional<std::int64_t> place;  // smaller ones are shown first
    Filter filter;
};
BOOST_DESCRIBE_STRUCT(NewView, (), (name, audience, team, place, filter))
struct ViewView {
    ViewId id;
    std::string name;
    Audience audience{};
    std::optional<TeamId> team;
    std::optional<AgentId> owner;
    std::int64_t place = 0;
    Filter filter;
    bool may_change = false;
    // How many there are, where one filter is all: what `scope` and `state` of /v1/inbox count. Absent: nobody counts.
    std::optional<std::string> counted_by;
    std::int64_t version = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(ViewView, (),
                      (id, name, audience, team, owner, place, filter, may_change, counted_by, version, created_at,
                       changed_at))

struct ViewQuery {
    std::string after;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(ViewQuery, (), (after, limit))

// Publish view.created, .changed, .deleted; audited. Codes as those of canned replies.
Expected<ViewView> create_view(store::Tx& tx, Act const& act, Who const& who, NewView const& wanted);
Expected<ViewView> change_view(store::Tx& tx, Act const& act, Who const& who, ViewId id, NewView const& wanted);
Expected<> delete_view(store::Tx& tx, Act const& act, Who const& who, ViewId id);
std::vector<ViewView> list_views(store::Reader& reader, Who const& who);
// A page may hold fewer than asked for and still have a `next`: so far it was looked. Codes: not_found, bad_cursor.
Expected<conversation::ConversationPage> conversations_of(store::Reader& reader, Office const& office, Who const& who,
                                                          ViewId id, ViewQuery const& query, Time now);

}  // namespace rapport::desk
