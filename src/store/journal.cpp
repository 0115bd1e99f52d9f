// The journal's rows; see journal.hpp.
#include "store/journal.hpp"

#include "store/sql.hpp"
#include "store/store.hpp"

namespace rapport::store {

namespace {
constexpr std::int64_t journal_lock = 1;
}

void write_events(Tx& tx, std::vector<Event>& events) {
    tx.lock(journal_lock);
    auto const count = static_cast<std::int64_t>(events.size());
    auto const last = tx.one<std::int64_t>(sql::advance_head, count);
    if (!last) throw std::runtime_error("the journal's head is missing from the database");
    std::int64_t seq = *last - count;
    for (Event& event : events) {
        event.seq = ++seq;
        tx.exec(sql::add_event, event.seq, event.at, event.kind, event.subject, event.customer, event.actor_kind,
                event.actor_id, event.journey, event.data);
    }
}

std::vector<Event> Store::events_after(Reader& reader, std::int64_t after, std::size_t limit) {
    return reader.all<Event>(sql::events_after, after, limit);
}

std::int64_t Store::last_event(Reader& reader) { return reader.one<std::int64_t>(sql::head).value_or(0); }

}  // namespace rapport::store
