// fsck: what cannot be true of a sound desk. Bodies are read, what is sealed is opened.
#include "desk/canned.hpp"
#include "desk/items.hpp"
#include "desk/mentions.hpp"
#include "desk/rules.hpp"
#include "desk/runs.hpp"
#include "desk/sql.hpp"
#include "people/agents.hpp"

namespace rapport::desk {
namespace {

using Report = std::function<void(Finding const&)>;

constexpr std::int64_t at_once = 1000;

template <class Body>
bool reads(json::Object const& body) {
    return json::decode<Body>(json::encode(body)).has_value();
}

struct KindOfBody {
    Kind const* kind = nullptr;
    bool (*reads)(json::Object const&) = nullptr;
};

// What nobody can use any more, or what the program cannot read.
void check_items(store::Reader& reader, Report const& report) {
    KindOfBody const all[] = {{&canned_replies, reads<CannedBody>},
                              {&macros, reads<MacroBody>},
                              {&segments, reads<SegmentBody>},
                              {&views, reads<Filter>},
                              {&rules, reads<RuleBody>}};
    for (auto const& [kind, can_read] : all)
        for (auto const& row : reader.all<ItemRow>(sql::items_of, kind->noun)) {
            auto const subject = kind->subject(row.id);
            if (!can_read(row.body)) report({subject, "what it says cannot be read"});
            if ((row.audience == Audience::team) != row.team.has_value())
                report({subject, "it is not clear whose it is"});
            if (row.team && !people::find_team(reader, *row.team))
                report({subject, "it is of a team that is not there"});
            if (row.audience == Audience::own && !people::find_agent(reader, row.owner))
                report({subject, "it is of somebody who is not there"});
        }
}

void check_customers(store::Reader& reader, Office const& office, Report const& report) {
    for (CustomerId last{0};;) {
        auto const ids = reader.all<CustomerId>(sql::fsck_customers, last, at_once);
        for (auto const id : ids) {
            if (!people::find_customer(reader, id)) report({to_text(id), "it has attributes, and is not there"});
            if (!opens_attributes(reader, office, id)) report({to_text(id), "its attributes cannot be opened"});
        }
        if (ids.empty()) return;
        last = ids.back();
    }
}

struct Place {
    MessageId message;
    ConversationId conversation;
};
BOOST_DESCRIBE_STRUCT(Place, (), (message, conversation))

// A mention is where its note is. What the journal has not told yet is not behind.
void check_mentions(store::Reader& reader, Report const& report) {
    for (MessageId last{0};;) {
        auto const some = reader.all<Place>(sql::fsck_mentions, last, at_once);
        for (auto const& one : some) {
            auto const now_in = conversation::conversation_of(reader, one.message);
            if (!now_in) report({to_text(one.message), "somebody is mentioned in it, and it is not there"});
            if (now_in && *now_in != one.conversation)
                report({to_text(one.message), "a mention in it is kept with another conversation"});
        }
        if (some.empty()) return;
        last = some.back().message;
    }
}

void check_position(store::Reader& reader, Report const& report) {
    auto const last = store::Store::last_event(reader);
    auto const position = reader.one<std::int64_t>(sql::position);
    if (position && *position > last) report({"journal", "the desk has read further than the journal goes"});
    if (reader.one<std::int64_t>(sql::fsck_dues, position.value_or(0)).value_or(0) > 0)
        report({"rules", "an event waits to be looked at that the desk has not read"});
}

}  // namespace

void check_desk(store::Reader& reader, Office const& office, Report const& report) {
    check_items(reader, report);
    check_customers(reader, office, report);
    bool const is_up_to_date = reader.one<std::int64_t>(sql::position).value_or(0) == store::Store::last_event(reader);
    if (is_up_to_date) check_mentions(reader, report);
    check_runs(reader, office, report);
    check_position(reader, report);
}

}  // namespace rapport::desk
