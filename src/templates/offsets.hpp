// How far an IANA time zone is from UTC, as a table from 1970 to 2200: made once for a zone by ICU, then searched
// without it. Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace rapport::templates {

class Offsets {
  public:
    // From `begins` (inclusive) to `ends`, local time is `ahead` of UTC.
    struct Stretch {
        Time begins{}, ends{};
        std::chrono::seconds ahead{};
    };

    explicit Offsets(std::string const& zone);  // an unknown one counts as UTC: see is_time_zone()
    // The same, kept from call to call.
    static std::shared_ptr<Offsets const> of(std::string const& zone);

    Stretch const& at(Time time) const;

  private:
    std::vector<Stretch> stretches_;  // without a gap
};

}  // namespace rapport::templates
