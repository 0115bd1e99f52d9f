// Boost.Beast is compiled here, once (Asio and its TLS in base/asio.cpp).
#include <boost/beast/src.hpp>
