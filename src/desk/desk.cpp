// What the desk does by itself: it follows the journal from where it stood, in a transaction that moves its position
// with what it does, so that a restart misses nothing and repeats nothing.
#include "desk/desk.hpp"

#include "base/log.hpp"
#include "desk/mentions.hpp"
#include "desk/rules.hpp"
#include "desk/sql.hpp"

namespace rapport::desk {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t at_once = 200;
constexpr auto look_again = 1000ms;  // other nodes write, too

}  // namespace

bool follow(store::Tx& tx, Office const& office) {
    auto const position = tx.one<std::int64_t>(sql::position);
    if (!position) {  // a new desk begins with what happens from now on
        tx.exec(sql::begin_position, store::Store::last_event(tx));
        return false;
    }
    auto const events = store::Store::events_after(tx, *position, at_once);
    if (events.empty()) return false;
    // Of two nodes one moves it; the other looks again.
    if (tx.changed(sql::move_position, *position, events.back().seq) != 1) return true;
    hear_mentions(tx, office, events);
    put_aside(tx, events);
    return events.size() == at_once;
}

Task<> Desk::run(net::Stop stop) {
    auto const published = std::make_shared<net::Signal>();
    auto const subscription = store_.subscribe([published](std::int64_t) { published->notify(); });
    auto seen = published->count();
    do {
        try {
            auto const look = [](store::Reader& reader) {
                auto const position = reader.one<std::int64_t>(sql::position);
                return !position || store::Store::last_event(reader) > *position;
            };
            bool more = co_await store_.read(look);
            while (more && !stop.requested()) {
                auto const take = [this](store::Tx& tx) { return follow(tx, office()); };
                more = co_await store_.write(take);
            }
            while (!stop.requested() && co_await look_at_one(*this)) {
            }
        } catch (Unavailable const& fault) {
            log::warning("desk_waits", {{"why", fault.what()}});
        }
        if (!co_await stop.sleep(50ms)) co_return;  // under load: twenty looks a second
    } while (co_await stop.wait(*published, seen, look_again));
}

}  // namespace rapport::desk
