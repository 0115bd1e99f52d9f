// Lists: last message first, each view along an index of its own, keyset cursor. One conversation with what stands
// beside it.
#include <algorithm>
#include <limits>
#include <tuple>

#include "base/text.hpp"
#include "conversation/field_values.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/reading.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"
#include "people/merged.hpp"

namespace rapport::conversation {
namespace {

struct Cursor {
    Time at = time_from_micros(std::numeric_limits<std::int64_t>::max());
    ConversationId id{std::numeric_limits<std::int64_t>::max()};
};

std::string to_cursor(Time at, ConversationId id) {
    return to_base32(static_cast<std::uint64_t>(micros(at))) + to_base32(static_cast<std::uint64_t>(id.value));
}

std::string to_cursor(ConversationRow const& row, Order order) {
    return to_cursor(order == Order::due ? row.due_at.value_or(row.last_at) : row.last_at, row.id);
}

Expected<Cursor> cursor_from(std::string const& text, Order order) {
    constexpr std::size_t half = 13;
    if (text.empty()) return order == Order::due ? Cursor{time_from_micros(0), ConversationId{0}} : Cursor{};
    auto const time = text.size() == 2 * half ? from_base32(text.substr(0, half)) : std::nullopt;
    auto const id = text.size() == 2 * half ? from_base32(text.substr(half)) : std::nullopt;
    if (!time || !id || *time >> 63 || *id >> 63)
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    return Cursor{time_from_micros(static_cast<std::int64_t>(*time)), ConversationId{static_cast<std::int64_t>(*id)}};
}

void fill(ConversationSummary& out, store::Reader& reader, Office const& office, ConversationRow const& row) {
    auto cover = cover_of(office, row);
    out.id = row.id;
    out.number = row.number;
    out.channel = row.channel;
    out.state = row.state;
    out.priority = row.priority;
    out.subject = std::move(cover.subject);
    out.preview = std::move(cover.preview);
    out.from = {row.customer, std::move(cover.name)};
    out.mailbox = row.mailbox;
    out.team = row.team;
    out.assignee = row.assignee;
    out.labels = labels_of(reader, row.id);
    out.locale = row.locale;
    out.messages = row.messages;
    out.opened_at = row.opened_at;
    out.last_at = row.last_at;
    out.waiting_since = row.waiting_since;
    out.snoozed_until = row.snoozed_until;
    out.merged_into = row.merged_into;
    if (row.due) out.due = row.due->value;
    out.erased = !row.wrapped_key;
    out.version = row.version;
}

// The newest of all records of a person.
template <class Rows>
std::vector<ConversationRow> rows_of_person(std::vector<people::CustomerId> const& records, Rows const& rows,
                                            std::size_t limit) {
    std::vector<ConversationRow> all;
    for (auto const record : records) std::ranges::move(rows(record), std::back_inserter(all));
    if (records.size() == 1) return all;
    std::ranges::sort(
        all, [](auto const& a, auto const& b) { return std::tie(a.last_at, a.id) > std::tie(b.last_at, b.id); });
    if (all.size() > limit) all.resize(limit);
    return all;
}

std::vector<ConversationRow> rows_of(store::Reader& reader, Actor const& viewer, ConversationQuery const& query,
                                     Cursor const& after, std::size_t limit) {
    auto const state = query.state.value_or(State::open);
    auto const page = [&](store::Query const& statement, auto const&... what) {
        return reader.all<ConversationRow>(statement, state, after.at, after.id, limit, what...);
    };
    if (query.order == Order::due) {
        if (query.team) return page(sql::list_due_team, *query.team);
        if (query.assignee) return page(sql::list_due_assignee, *query.assignee);
        if (query.view == View::mine) return page(sql::list_due_assignee, AgentId{viewer.id});
        if (query.view == View::unassigned) return page(sql::list_due_unassigned);
        return page(sql::list_due_all);
    }
    if (query.customer) {
        auto rows = [&](people::CustomerId record) {
            return query.state ? page(sql::list_customer_state, record)
                               : reader.all<ConversationRow>(sql::list_customer, record, after.at, after.id, limit);
        };
        return rows_of_person(people::records_of(reader, *query.customer), rows, limit);
    }
    if (query.mailbox) return page(sql::list_mailbox, *query.mailbox);
    if (query.label) return page(sql::list_label, *query.label);
    if (query.team) return page(sql::list_team, *query.team);
    if (query.assignee) return page(sql::list_assignee, *query.assignee);
    if (query.view == View::mine) return page(sql::list_assignee, AgentId{viewer.id});
    if (query.view == View::unassigned) return page(sql::list_unassigned);
    return page(sql::list_all);
}

// Along the view, until the page is full or enough was looked at: then `next` says where to go on.
Expected<ConversationPage> list_unread(store::Reader& reader, Office const& office, Actor const& viewer,
                                       ConversationQuery const& query, Cursor after, std::size_t limit) {
    constexpr std::size_t at_once = 200, most_looked_at = 2'000;
    if (viewer.kind != ActorKind::agent)
        return fail(ErrorKind::invalid, "invalid_fields", "Only a person has seen something, or not.",
                    {{"/unread", "must be false for an API key", "leave it out"}});
    auto const order = query.order.value_or(Order::newest);
    ConversationPage page;
    for (std::size_t looked = 0; looked < most_looked_at;) {
        auto const rows = rows_of(reader, viewer, query, after, at_once);
        std::vector<ConversationId> ids;
        for (auto const& row : rows) ids.push_back(row.id);
        auto const unseen = unseen_of(reader, AgentId{viewer.id}, ids);
        for (auto const& row : rows) {
            if (std::ranges::find(unseen, row.id) == unseen.end()) continue;
            if (page.items.size() == limit) return page;
            fill(page.items.emplace_back(), reader, office, row);
            page.items.back().unread = true;
            page.next = to_cursor(row, order);
        }
        if (rows.size() < at_once) {
            page.next.reset();
            return page;
        }
        looked += rows.size();
        after = {order == Order::due ? rows.back().due_at.value_or(rows.back().last_at) : rows.back().last_at,
                 rows.back().id};
        if (looked >= most_looked_at) page.next = to_cursor(rows.back(), order);
    }
    return page;
}

std::string answer_subject(std::string const& subject) {
    if (subject.empty()) return "Re:";
    return ascii_lower(subject).starts_with("re:") ? subject : "Re: " + subject;
}

std::string folded_address(std::string_view address) {
    auto folded = ascii_lower(address);
    auto const at = folded.rfind('@');
    if (auto const plus = folded.find('+'); at != std::string::npos && plus < at) folded.erase(plus, at - plus);
    return folded;
}

}  // namespace

ConversationSummary summary_of(store::Reader& reader, Office const& office, ConversationRow const& row) {
    ConversationSummary made;
    fill(made, reader, office, row);
    return made;
}

// Whoever wrote last, with those whom that mail named and who take part. Reply-To is theirs to wish and ours to decide:
// nothing goes to an address that takes no part.
ReplyTo reply_to(store::Reader& reader, Office const& office, ConversationRow const& row, Cover const& cover) {
    ReplyTo out{{}, {}, answer_subject(cover.subject)};
    if (office.carriers.contains(row.channel)) return out;
    auto const participants = participants_of(reader, row.id);
    auto const takes_part = [&](std::string const& folded) {
        return std::ranges::any_of(participants, [&](auto const& one) { return one.folded == folded; });
    };
    auto const last = reader.one<MessageRow>(sql::last_heard, row.id);
    auto const words = last ? words_of(office, *last) : Expected<Words>(fail(content_erased()));
    if (words && !last->claims && takes_part(ascii_lower(words->from.address))) out.to.push_back(words->from.address);
    if (out.to.empty())
        for (auto const& one : participants)
            if (one.role != Role::copied && out.to.size() < 10) out.to.push_back(one.address);
    if (!words || last->claims) return out;
    for (auto const* list : {&words->to, &words->cc})
        for (auto const& one : *list) {
            auto const folded = ascii_lower(one.address);
            bool const ours = is_mailbox_address(reader, folded_address(one.address));
            bool const there = std::ranges::find(out.to, one.address) != out.to.end() ||
                               std::ranges::find(out.cc, one.address) != out.cc.end();
            if (!ours && !there && takes_part(folded) && out.cc.size() < most_recipients - 10)
                out.cc.push_back(one.address);
        }
    return out;
}

std::string cursor_after(ConversationSummary const& last) { return to_cursor(last.last_at, last.id); }

Expected<ConversationPage> list_conversations(store::Reader& reader, Office const& office, Actor const& viewer,
                                              ConversationQuery const& query) {
    int const filters = query.view.has_value() + query.assignee.has_value() + query.team.has_value() +
                        query.mailbox.has_value() + query.label.has_value() + query.customer.has_value();
    if (filters > 1)
        return fail(ErrorKind::invalid, "invalid_fields", "A list shows one view.",
                    {{"", "one of view, assignee, team, mailbox, label and customer", "leave out the others"}});
    if (query.view == View::mine && viewer.kind != ActorKind::agent)
        return fail(ErrorKind::invalid, "invalid_fields", "Only a person has conversations of their own.",
                    {{"/view", "must be all or unassigned for an API key", "use assignee"}});
    auto const order = query.order.value_or(Order::newest);
    if (order == Order::due && (query.mailbox || query.label || query.customer))
        return fail(ErrorKind::invalid, "invalid_fields", "This view is shown newest first only.",
                    {{"/order", "newest, for mailbox, label and customer", "leave it out"}});
    auto const after = cursor_from(query.after, order);
    if (!after) return fail(after.error());
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 200));
    if (query.unread) return list_unread(reader, office, viewer, query, *after, limit);
    auto rows = rows_of(reader, viewer, query, *after, limit + 1);
    ConversationPage page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = to_cursor(rows.back(), order);
    }
    for (auto const& row : rows) fill(page.items.emplace_back(), reader, office, row);
    fill_unread(reader, viewer, page.items);
    return page;
}

Expected<ConversationView> find_conversation(store::Reader& reader, Office const& office, ConversationId id) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_conversation());
    ConversationView view;
    fill(view, reader, office, *row);
    view.mailboxes = placements_of(reader, id);
    for (auto& one : participants_of(reader, id))
        view.participants.push_back({one.id, std::move(one.address), one.role, one.proven_at.has_value()});
    reader.each(
        sql::suggestions_of,
        [&](store::Row const& found) {
            view.suggestions.push_back({ConversationId{found.integer(0)},
                                        0,
                                        {},
                                        std::string(found.text(1)),
                                        time_from_micros(found.integer(2))});
        },
        id);
    for (auto& one : view.suggestions)
        if (auto const other = find_row(reader, one.conversation)) {
            one.number = other->number;
            one.subject = cover_of(office, *other).subject;
        }
    view.reply = reply_to(reader, office, *row, cover_of(office, *row));
    view.about = row->about;
    view.follows = row->follows;
    view.merged = reader.all<ConversationId>(sql::merged_into, id);
    view.resolved_at = row->resolved_at;
    view.fields = values_of(reader, office, *row);
    return view;
}

AssigneeList assignees(store::Reader& reader) {
    AssigneeList list;
    for (auto const& agent : people::list_agents(reader))
        if (!agent.disabled_at && people::permissions_of(agent.role).has(people::may_reply))
            list.items.push_back({agent.id, agent.name});
    return list;
}

}  // namespace rapport::conversation
