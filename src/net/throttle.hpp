// Token buckets by key, in bounded memory: sign-in attempts by address, codes by delivery. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/time.hpp"

namespace rapport::net {

class Throttle {
  public:
    // `burst` at once, then one per `refill`. At most `keys` are remembered: when full, full buckets are forgotten
    // first and, if there is none, the fullest among a few; a new key is never refused for lack of room.
    Throttle(double burst, Duration refill, std::size_t keys = 100'000);

    // Takes `cost` tokens, or says how long to wait (kind limited, code "too_often").
    Expected<> take(std::string_view key, Time now, double cost = 1);
    // Gives tokens back, e.g. after a sign-in that was right.
    void give_back(std::string_view key, Time now, double tokens = 1);
    std::size_t size() const;

  private:
    struct Bucket {
        double tokens;
        Time at;
    };
    double now_in(Bucket const& bucket, Time now) const;
    void make_room(Time now);

    double burst_;
    Duration refill_;
    std::size_t limit_;
    Time swept_{};
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace rapport::net
