// Token buckets by key.
#include "net/throttle.hpp"

#include <algorithm>
#include <cmath>

namespace rapport::net {

Throttle::Throttle(double burst, Duration refill, std::size_t keys) : burst_(burst), refill_(refill), limit_(keys) {
    require(burst >= 1 && refill.count() > 0 && keys > 0, "a throttle lets something through");
}

double Throttle::now_in(Bucket const& bucket, Time now) const {
    auto const passed = std::max<Duration::rep>(0, (now - bucket.at).count());  // the clock may jump back
    return std::min(burst_, bucket.tokens + static_cast<double>(passed) / static_cast<double>(refill_.count()));
}

Expected<> Throttle::take(std::string_view key, Time now, double cost) {
    std::lock_guard const lock(mutex_);
    auto found = buckets_.find(std::string(key));
    if (found == buckets_.end()) {
        if (buckets_.size() >= limit_) make_room(now);
        found = buckets_.emplace(key, Bucket{burst_, now}).first;
    }
    Bucket& bucket = found->second;
    bucket.tokens = now_in(bucket, now);
    bucket.at = now;
    if (bucket.tokens >= cost) {
        bucket.tokens -= cost;
        return {};
    }
    double const seconds = (cost - bucket.tokens) * static_cast<double>(refill_.count()) / 1e6;
    return fail(Error{ErrorKind::limited,
                      "too_often",
                      "Too many attempts; wait and try again.",
                      {},
                      static_cast<int>(std::clamp(std::ceil(seconds), 1.0, 86'400.0))});
}

void Throttle::give_back(std::string_view key, Time now, double tokens) {
    std::lock_guard const lock(mutex_);
    auto const found = buckets_.find(std::string(key));
    if (found == buckets_.end()) return;
    found->second.tokens = std::min(burst_, now_in(found->second, now) + tokens);
    found->second.at = now;
}

void Throttle::make_room(Time now) {
    // A whole sweep is worth its price once per time that fills a bucket; in between a few are looked at.
    auto const fills_in = Duration(static_cast<Duration::rep>(burst_ * static_cast<double>(refill_.count())));
    if (now - swept_ >= fills_in || now < swept_) {
        std::erase_if(buckets_, [&](auto const& item) { return now_in(item.second, now) >= burst_; });
        swept_ = now;
    }
    if (buckets_.size() < limit_) return;
    auto fullest = buckets_.begin();
    std::size_t looked = 0;
    for (auto it = buckets_.begin(); it != buckets_.end() && looked < 64; ++it, ++looked)
        if (now_in(it->second, now) > now_in(fullest->second, now)) fullest = it;
    buckets_.erase(fullest);
}

std::size_t Throttle::size() const {
    std::lock_guard const lock(mutex_);
    return buckets_.size();
}

}  // namespace rapport::net
