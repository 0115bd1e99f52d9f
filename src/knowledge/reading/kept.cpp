// Pages that are kept: all are forgotten when something is published, moved, retired.
#include <algorithm>

#include "knowledge/reading/reading.hpp"

namespace rapport::knowledge {
namespace {

constexpr std::size_t most_octets = 256 << 20;
constexpr std::size_t at_once = 500;  // events; more, and everything is drawn anew

bool concerns_pages(store::Event const& event) {
    if (event.kind.starts_with("help")) return true;
    return event.kind.starts_with("article.") && event.kind != "article.draft_saved" && event.kind != "article.rated";
}

}  // namespace

Reading::Reading(Knowledge& knowledge, std::string organisation, WhoReads who)
    : knowledge_(knowledge), organisation_(std::move(organisation)), who_(std::move(who)) {
    subscription_ = knowledge_.store().subscribe([this](std::int64_t last) {
        auto seen = hinted_.load();
        while (seen < last && !hinted_.compare_exchange_weak(seen, last)) {
        }
    });
}

Task<> Reading::follow() {
    auto const seen = seen_.load();
    if (seen >= 0 && hinted_ <= seen) co_return;
    struct News {
        std::int64_t last = 0;
        bool concerns = false;
    };
    auto const news = co_await knowledge_.store().read([&](store::Reader& reader) {
        News out;
        out.last = store::Store::last_event(reader);
        if (seen < 0) return out;
        auto const events = store::Store::events_after(reader, seen, at_once);
        out.concerns = events.size() == at_once || std::ranges::any_of(events, concerns_pages);
        return out;
    });
    if (news.concerns) ++generation_;
    for (auto known = seen_.load(); known < news.last && !seen_.compare_exchange_weak(known, news.last);) {
    }
}

Task<std::shared_ptr<KeptPage const>> Reading::find(std::string const& key, Time now) {
    co_await follow();
    std::scoped_lock const lock(mutex_);
    auto const found = pages_.find(key);
    if (found == pages_.end()) co_return nullptr;
    auto const& page = found->second;
    if (page->generation != generation_ || (page->until && *page->until <= now)) co_return nullptr;
    co_return page;
}

void Reading::keep(std::string const& key, std::shared_ptr<KeptPage const> page) {
    auto const size = [](KeptPage const& one) {
        std::size_t n = 500;
        for (auto const& body : {one.plain, one.brotli, one.gzip}) n += body ? body->size() : 0;
        return n;
    };
    std::scoped_lock const lock(mutex_);
    if (octets_ > most_octets) {
        pages_.clear();
        octets_ = 0;
    }
    auto& place = pages_[key];
    if (place) octets_ -= size(*place);
    octets_ += size(*page);
    place = std::move(page);
}

}  // namespace rapport::knowledge
