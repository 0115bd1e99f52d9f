// A gate with few places: whole packages and files are put together in memory, several copies of up to 50 MB each, so
// only so many at once. Others wait, and are asked to come again when it lasts.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "net/route.hpp"
#include "net/task_group.hpp"

namespace rapport::app {

class Gate {
  public:
    explicit Gate(int places, std::chrono::milliseconds patience) : free_(places), patience_(patience) {}

    // Held while something large is put together. Empty when no place came free in time.
    using Place = std::shared_ptr<void>;
    Task<Place> enter();

  private:
    bool take();
    std::atomic<int> free_;
    std::chrono::milliseconds patience_;
    net::Signal left_;
};

// The same routes; those that hand out whole packages and files pass the gate first: 503 with Retry-After when it is
// full. Places are given back as soon as the answer is made.
net::Routes through_gate(std::shared_ptr<Gate> const& gate, net::Routes const& routes);

}  // namespace rapport::app
