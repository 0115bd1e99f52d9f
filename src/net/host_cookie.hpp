// Cookies that no other host can set: without the prefix a neighbour under the same domain could give a visitor a
// session that it knows, and have them sign in for it. RFC 6265bis §4.1.3.2 asks for Secure, Path=/ and no Domain.
// `https`: the public address is one, as all listeners of an installation see it; over plain http there is no such
// name.
#pragma once

#include "net/request.hpp"

namespace rapport::net {

inline std::string host_cookie_name(std::string_view name, bool https) {
    return (https ? "__Host-" : "") + std::string(name);
}

// `path`: where the cookie goes over plain http.
inline Cookie host_cookie(std::string_view name, std::string value, std::string_view path, bool https) {
    return {
        host_cookie_name(name, https), std::move(value), std::nullopt, std::string(https ? "/" : path), https, true};
}

}  // namespace rapport::net
