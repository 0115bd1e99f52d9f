// The module: what happens without anybody asking. Everything is read from the database each time, so that a restart
// misses nothing.
#include "base/log.hpp"
#include "conversation/csat/csat.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/routing/expected.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"

namespace rapport::conversation {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 1000ms;  // other nodes change mailboxes, and put conversations off
constexpr auto tidy_every = std::chrono::minutes(10);
constexpr std::int64_t woken_at_once = 200;

bool wake(store::Tx& tx, ConversationId id, Time now) {
    auto const before = lock_row(tx, id);
    if (!before || before->state != State::snoozed || *before->snoozed_until > now) return false;
    auto after = *before;
    if (!move(after, Verb::wake, now)) return false;
    commit(tx, *before, after, now);
    tell(tx, after, "conversation.woken", Actor{}, now);
    return true;
}

}  // namespace

std::size_t wake_due(store::Tx& tx, Time now) {
    std::size_t woken = 0;
    for (auto const id : tx.all<ConversationId>(sql::due_to_wake, now, woken_at_once)) woken += wake(tx, id, now);
    return woken;
}

Conversations::Conversations(store::Store& store, Office office, Clock clock)
    : store_(store), office_(std::move(office)), clock_(std::move(clock)) {}

void Conversations::listen_to(post::Inbound& inbound) {
    inbound_ = &inbound;
    store_.read_now([this](store::Reader& reader) { addresses_.read(reader); });
    inbound.on_recipient([this](std::string_view address) { return addresses_.mailbox_of(address).has_value(); },
                         [this](store::Reader& reader, post::Arrived const& mail) { return arrived(reader, mail); });
}

Task<> Conversations::run(net::Stop stop) {
    auto const published = std::make_shared<net::Signal>();
    auto const subscription = store_.subscribe([published](std::int64_t) { published->notify(); });
    auto seen = published->count();
    Time tidied{};
    do {
        auto const now = clock_();
        try {
            bool some_are_asked = false;
            auto const look = [&](store::Reader& reader) {
                addresses_.read(reader);
                some_are_asked = csat::some_are_due(reader, now);
                return reader.one<ConversationId>(sql::due_to_wake, now, 1).has_value();
            };
            bool const some_are_due = co_await store_.read(look);
            if (some_are_due) {
                auto const all = [&](store::Tx& tx) { return wake_due(tx, now); };
                co_await store_.write(all);
            }
            if (some_are_asked) {
                auto const ask = [&](store::Tx& tx) { return csat::ask_due(tx, office_, now); };
                co_await store_.write(ask);
            }
            if (now - tidied >= tidy_every) {
                tidied = now;
                auto const tidy = [&](store::Tx& tx) {
                    forget_samples(tx, now);
                    forget_lookers(tx, now);
                    return forget_uploads(tx, office_, now);
                };
                co_await store_.write(tidy);
            }
        } catch (Unavailable const& fault) {
            log::warning("conversations_wait", {{"why", fault.what()}});
        }
        if (!co_await stop.sleep(50ms)) co_return;  // under load: twenty looks a second
    } while (co_await stop.wait(*published, seen, look_every));
}

}  // namespace rapport::conversation
