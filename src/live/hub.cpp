// Screens and what they are told.
#include <algorithm>
#include <utility>

#include "live/live.hpp"

namespace rapport::live {
namespace {

constexpr std::size_t kept = 2048;

bool share(std::vector<Hub::Topic> const& a, std::vector<Hub::Topic> const& b) {
    return std::ranges::any_of(a, [&](auto const& one) { return std::ranges::find(b, one) != b.end(); });
}

// True: nobody is left.
bool forget_gone(std::vector<std::weak_ptr<Hub::Watcher>>& list) {
    std::erase_if(list, [](auto const& one) { return one.expired(); });
    return list.empty();
}

}  // namespace

std::vector<News> Hub::Watcher::take() {
    std::lock_guard const lock(mutex_);
    return std::exchange(news_, {});
}

std::shared_ptr<Hub::Watcher> Hub::watch(std::vector<Topic> topics) {
    auto watcher = std::make_shared<Watcher>();
    std::lock_guard const lock(mutex_);
    // Most who leave are never told anything again: now and then they are looked for, so that each costs little.
    if (watchers_.size() >= look_at_) {
        for (auto it = watchers_.begin(); it != watchers_.end();)
            it = forget_gone(it->second) ? watchers_.erase(it) : std::next(it);
        look_at_ = std::max(least_looked_at, 2 * watchers_.size());
    }
    for (auto& topic : topics) {
        auto& list = watchers_[std::move(topic)];
        forget_gone(list);
        list.push_back(watcher);
    }
    return watcher;
}

void Hub::tell(std::vector<Topic> const& topics, News const& news) {
    std::vector<std::shared_ptr<Watcher>> found;
    {
        std::lock_guard const lock(mutex_);
        if (news.seq > 0) {
            told_.push_back({topics, news});
            if (told_.size() > kept) {
                first_ = told_.front().news.seq;
                told_.pop_front();
            }
        }
        for (auto const& topic : topics) {
            auto const at = watchers_.find(topic);
            if (at == watchers_.end()) continue;
            bool const nobody = forget_gone(at->second);
            for (auto const& one : at->second)
                if (auto watcher = one.lock()) found.push_back(std::move(watcher));
            if (nobody) watchers_.erase(at);
        }
    }
    // Whoever watches two of these topics hears of it once.
    std::ranges::sort(found);
    auto const again = std::ranges::unique(found);
    found.erase(again.begin(), again.end());
    for (auto const& watcher : found) {
        {
            std::lock_guard const lock(watcher->mutex_);
            if (watcher->news_.size() >= most_waiting) {
                watcher->news_.clear();
                watcher->news_.push_back({news.seq, "reset", {}, {}});
            } else {
                watcher->news_.push_back(news);
            }
        }
        watcher->signal.notify();
    }
}

std::size_t Hub::watching(Topic const& topic) const {
    std::lock_guard const lock(mutex_);
    auto const at = watchers_.find(topic);
    if (at == watchers_.end()) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(at->second, [](auto const& one) { return !one.expired(); }));
}

std::size_t Hub::topics() const {
    std::lock_guard const lock(mutex_);
    return watchers_.size();
}

std::optional<std::vector<News>> Hub::since(std::vector<Topic> const& topics, std::int64_t seq) const {
    std::lock_guard const lock(mutex_);
    if (seq < first_ || seq > newest_) return std::nullopt;
    std::vector<News> out;
    for (auto const& one : told_)
        if (one.news.seq > seq && share(one.topics, topics)) out.push_back(one.news);
    return out;
}

std::int64_t Hub::newest() const {
    std::lock_guard const lock(mutex_);
    return newest_;
}

void Hub::reached(std::int64_t seq) {
    std::lock_guard const lock(mutex_);
    if (newest_ == 0) first_ = seq;  // of what was before the start nothing is known here
    newest_ = std::max(newest_, seq);
}

}  // namespace rapport::live
