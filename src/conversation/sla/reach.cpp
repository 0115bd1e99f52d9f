// Policies and calendars that were changed reach the conversations that are not over: one transaction each, and a row
// says how far it has come, so that a restart goes on there. Doing it again changes nothing.
#include "conversation/sla/verbs.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation::sla {
namespace {

constexpr std::int64_t looked_at = 1000;  // conversations of all states, at once

struct Walk {
    std::int64_t asked = 0;
    ConversationId done_to;
};
BOOST_DESCRIBE_STRUCT(Walk, (), (asked, done_to))
struct Seen {
    ConversationId id;
    State state{};
};
BOOST_DESCRIBE_STRUCT(Seen, (), (id, state))

struct Page {
    std::optional<Walk> walk;
    std::vector<ConversationId> others;  // to which something else is promised now
    std::optional<ConversationId> last;  // none: that was the end
};

Page next_page(store::Reader& reader) {
    Page page{reader.one<Walk>(sql::next_reach), {}, {}};
    if (!page.walk) return page;
    auto const seen = reader.all<Seen>(sql::reach_page, page.walk->done_to, looked_at);
    for (auto const& one : seen) {
        if (is_over(one.state)) continue;
        auto row = find_row(reader, one.id);
        if (!row) continue;
        auto const before = row->sla_terms;
        choose_terms(reader, *row, true);
        if (row->sla_terms != before) page.others.push_back(one.id);
    }
    if (seen.size() == static_cast<std::size_t>(looked_at)) page.last = seen.back().id;
    return page;
}

// What had ended before these terms were made is late by none of them.
void leave_ended(store::Tx& tx, ConversationRow const& row, Time now) {
    auto const promise = row.sla_terms ? find_promise(tx, *row.sla_terms) : nullptr;
    if (!promise) return;
    auto const told = told_of(tx, row.id);
    for (auto const& clock : clocks_of(tx, *promise, row.id, now))
        if (!clock.is_live() && clock.breached_at && !is_told(told, clock, Alarm::breach))
            tx.exec(sql::insert_told, row.id, clock.round, clock.metric, Alarm::breach, now);
}

}  // namespace

void reach(store::Tx& tx, ConversationId id, Time now) {
    auto const before = lock_row(tx, id);
    if (!before || is_over(before->state)) return;
    auto after = *before;
    choose_terms(tx, after, true);
    if (after.sla_terms == before->sla_terms) return;
    leave_ended(tx, after, now);
    commit(tx, *before, after, now);
    tell(tx, after, "conversation.promised", Actor{}, now);
}

Task<bool> reach_some(store::Store& store, Time now) {
    auto const page = co_await store.read(next_page);
    if (!page.walk) co_return false;
    for (auto const id : page.others) {
        auto const one = [&](store::Tx& tx) { reach(tx, id, now); };
        co_await store.write(one);
    }
    auto const move = [&](store::Tx& tx) { tx.exec(sql::move_reach, page.walk->asked, page.last); };
    co_await store.write(move);
    co_return true;
}

}  // namespace rapport::conversation::sla
