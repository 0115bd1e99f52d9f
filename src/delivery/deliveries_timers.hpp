// How run_timers() is told to end.
#pragma once

#include <atomic>

#include "delivery/delivery.hpp"

namespace rapport::delivery {

struct Deliveries::Timers {
    std::atomic<bool> stopping{false};
};

}  // namespace rapport::delivery
