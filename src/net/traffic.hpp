// How many requests each route answered, with which status and how fast. Counted by every thread, without locks.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/measure.hpp"
#include "net/route.hpp"

namespace rapport::net {

using Latency = measure::Histogram<measure::request_bounds.size()>;

class Traffic {
  public:
    static constexpr std::array known{200, 201, 202, 204, 206, 301, 303, 304, 308, 400, 401, 403, 404,
                                      405, 408, 409, 410, 412, 413, 415, 416, 422, 429, 431, 500, 503};
    struct Line {
        Latency latency{measure::request_bounds};
        std::array<measure::Counter, known.size() + 1> statuses;  // the last: any other
    };

    // A line for each row, and one for what no row fits.
    explicit Traffic(std::size_t rows) : lines_(std::make_unique<Line[]>(rows + 1)), rows_(rows) {}
    void count(std::size_t row, int status, std::chrono::microseconds took, bool is_stream) {
        auto& line = lines_[row < rows_ ? row : rows_];
        std::size_t i = 0;
        while (i < known.size() && known[i] != status) ++i;
        line.statuses[i].add();
        if (!is_stream) line.latency.observe(std::chrono::steady_clock::duration(took));
    }
    Line const& line(std::size_t row) const { return lines_[row]; }
    std::size_t rows() const { return rows_; }

  private:
    std::unique_ptr<Line[]> lines_;
    std::size_t rows_;
};

}  // namespace rapport::net
