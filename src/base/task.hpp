// The coroutine of the edges. Verbs are plain functions; only net, jobs and app write Tasks.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace rapport {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

// Name the arguments of a co_await call first: g++ 12 miscompiles aggregates and conditionals inside it.
template <class T = void>
using Task = asio::awaitable<T, Executor>;

}  // namespace rapport
