// For tests that run coroutines on their own thread.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace rapport::test {

// Runs what is there, and what comes, until `holds`. A thread that gives back the last piece of work stops the loop,
// perhaps only after it was begun again: then it is begun once more.
void run_until(boost::asio::io_context& context, auto const& holds) {
    auto const guard = boost::asio::make_work_guard(context);
    context.restart();
    while (!holds())
        if (context.run_one() == 0) context.restart();
}

}  // namespace rapport::test
