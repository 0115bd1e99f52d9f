// The source of identifiers; see id.hpp for the layout of their bits.
#include "base/id.hpp"

#include "base/error.hpp"

namespace rapport {
namespace {
constexpr std::int64_t epoch_2025_ms = 1'735'689'600'000;
constexpr std::int64_t counter_mask = 0xFFF;
constexpr std::int64_t node_shift = 12;
constexpr std::int64_t time_shift = 22;
}  // namespace

IdSource::IdSource(unsigned node, Clock clock)
    : clock_(std::move(clock)), node_bits_(static_cast<std::int64_t>(node) << node_shift) {
    require(node < 1024, "a node number has 10 bits");
}

std::int64_t IdSource::next_value() {
    std::int64_t const ms = micros(clock_()) / 1000 - epoch_2025_ms;
    std::int64_t const fresh = ms << time_shift | node_bits_;
    std::int64_t last = last_.load(std::memory_order_relaxed);
    std::int64_t next = 0;
    do {
        // Beyond 4,096 in one millisecond (or with a clock that stands still) the time part runs ahead.
        bool const full = (last & counter_mask) == counter_mask;
        std::int64_t const after = full ? (((last >> time_shift) + 1) << time_shift | node_bits_) : last + 1;
        next = fresh > last ? fresh : after;
    } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
    return next;
}

}  // namespace rapport
