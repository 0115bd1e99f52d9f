// Following the journal for the log and the counters; see journal_log.hpp.
#include "operate/journal_log.hpp"

#include "base/log_fields.hpp"

namespace rapport::operate {
namespace {

constexpr std::size_t at_once = 500;

std::string scalar_text(json::Value const& value) {
    return value.is_string() ? std::string(value.get_string()) : json::encode(value);
}

}  // namespace

std::string_view journey_of(store::Event const& event) {
    if (event.journey) return *event.journey;
    if (auto const* owner = event.data.if_contains("owner"); owner && owner->is_string()) {
        auto const& text = owner->get_string();
        return {text.data(), text.size()};
    }
    return event.subject;
}

JournalLog::JournalLog(store::Store& store, EventCounts& counts, bool lines)
    : store_(store),
      counts_(counts),
      lines_(lines),
      subscription_(store.subscribe([this](std::int64_t) { committed_.notify(); })) {}

void JournalLog::take(store::Event const& event) const {
    counts_.add(event.kind);
    if (!lines_) return;
    std::vector<log::Field> fields{{"seq", event.seq},
                                   {"subject", event.subject},
                                   {"journey", journey_of(event)},
                                   {"actor_kind", json::enum_name(event.actor_kind)},
                                   {"actor", event.actor_id}};
    // Small, and without content or addresses: store/tx.hpp.
    for (auto const& [name, value] : event.data)
        if (name != "owner" && (value.is_string() || value.is_number() || value.is_bool()))
            fields.emplace_back(std::string_view(name.data(), name.size()), scalar_text(value));
    log::write_fields(log::Level::info, event.kind, fields);
}

Task<> JournalLog::run(net::Stop stop) {
    std::uint64_t seen = committed_.count();
    auto last = co_await store_.read([](store::Reader& reader) { return store::Store::last_event(reader); });
    while (true) {
        auto const events = co_await store_.read(
            [&](store::Reader& reader) { return store::Store::events_after(reader, last, at_once); });
        for (auto const& event : events) take(event);
        if (!events.empty()) last = events.back().seq;
        if (events.size() == at_once && !stop.requested()) continue;
        if (!co_await stop.sleep(std::chrono::milliseconds(100))) co_return;  // under load: ten looks a second
        if (!co_await stop.wait(committed_, seen, std::chrono::seconds(2))) co_return;
    }
}

}  // namespace rapport::operate
