// What the program counts about itself while it works: a few instruments for the whole process, as the log is for the
// whole process. Names, help texts and the page for Prometheus stand in operate/metrics.cpp. Any thread, no locks.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace rapport::measure {

class Counter {
  public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

// Counts by upper bounds; the sum is kept in whole units of `scale` to the one.
template <std::size_t N>
class Histogram {
  public:
    constexpr explicit Histogram(std::array<double, N> bounds, double scale = 1e6) : bounds_(bounds), scale_(scale) {}
    void observe(double value) {
        std::size_t i = 0;
        while (i < N && value > bounds_[i]) ++i;
        counts_[i].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(static_cast<std::uint64_t>(value * scale_), std::memory_order_relaxed);
    }
    void observe(std::chrono::steady_clock::duration took) { observe(std::chrono::duration<double>(took).count()); }
    std::span<double const> bounds() const { return bounds_; }
    // Not cumulative; the last one is what lies beyond the bounds.
    std::array<std::uint64_t, N + 1> counts() const {
        std::array<std::uint64_t, N + 1> out{};
        for (std::size_t i = 0; i <= N; ++i) out[i] = counts_[i].load(std::memory_order_relaxed);
        return out;
    }
    double sum() const { return static_cast<double>(sum_.load(std::memory_order_relaxed)) / scale_; }

  private:
    std::array<double, N> bounds_;
    double scale_;
    std::array<std::atomic<std::uint64_t>, N + 1> counts_{};
    std::atomic<std::uint64_t> sum_{0};
};

inline constexpr std::array request_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0};
inline constexpr std::array commit_bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0};
inline constexpr std::array group_bounds{1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0};

// ---- the store
extern Histogram<commit_bounds.size()> commit_seconds;  // of a physical transaction, its functions included
extern Histogram<group_bounds.size()> group_functions;  // functions in it
extern Gauge waiting_functions;                         // for the writer, as it last took some

// ---- the post room: attempts that ended, by result (post::Result's order: accepted, delayed, failed, unknown)
extern std::array<Counter, 4> attempts;

// ---- the log, by level
extern std::array<Counter, 4> log_lines;

// ---- operations
Counter& removed_by_retention(std::string_view kind);  // a kind that is not known counts as "other"
struct RemovedKind {
    std::string_view kind;
    std::uint64_t count;
};
std::array<RemovedKind, 4> removed_by_retention();

}  // namespace rapport::measure
