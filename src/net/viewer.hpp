// Who is looking, and what they may do. The app's Authenticate makes a Viewer from a request; net checks its
// permissions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/actor.hpp"

namespace rapport::net {

// Named constants stand beside the module that owns them; a route has no default.
struct Permission {
    std::string_view name;
    constexpr bool operator==(Permission const&) const = default;
};
inline constexpr Permission anyone{"anyone"};        // no sign-in needed; the authenticator is not asked
inline constexpr Permission signed_in{"signed_in"};  // any viewer, whatever they may do

struct Viewer {
    Actor actor;
    std::string session;                   // opaque: what people needs to find the session again
    std::vector<std::string> permissions;  // names
    bool may(Permission permission) const;
};

}  // namespace rapport::net
