// The gate before large downloads; see gate.hpp.
#include "app/gate.hpp"

namespace rapport::app {
namespace {

Task<net::Response> pass(std::shared_ptr<Gate> gate, std::function<Task<net::Response>(net::Request&)> run,
                         net::Request& request) {
    auto const place = co_await gate->enter();
    if (!place)
        co_return net::problem(Error{ErrorKind::unavailable,
                                     "busy",
                                     "Too many downloads are being prepared at once; try again in a few seconds.",
                                     {},
                                     5},
                               request.id());
    auto task = run(request);
    co_return co_await std::move(task);
}

bool is_large(net::Route const& route) {
    return route.options.kind == net::Kind::file &&
           (route.path.ends_with("/package") || route.path.ends_with("/certificate") ||
            route.path.ends_with("/files/{number}"));
}

}  // namespace

bool Gate::take() {
    for (int free = free_; free > 0;)
        if (free_.compare_exchange_weak(free, free - 1)) return true;
    return false;
}

Task<Gate::Place> Gate::enter() {
    auto const end = std::chrono::steady_clock::now() + patience_;
    for (;;) {
        auto const seen = left_.count();
        if (take())
            co_return Place(this, [](void* gate) {
                static_cast<Gate*>(gate)->free_ += 1;
                static_cast<Gate*>(gate)->left_.notify();
            });
        auto const wait = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (wait.count() <= 0) co_return Place();
        co_await left_.wait(seen, wait);
    }
}

net::Routes through_gate(std::shared_ptr<Gate> const& gate, net::Routes const& routes) {
    net::Routes all;
    for (auto route : routes.rows()) {
        if (is_large(route))
            route.run = [gate, run = route.run](net::Request& request) { return pass(gate, run, request); };
        all.add(std::move(route));
    }
    return all;
}

}  // namespace rapport::app
