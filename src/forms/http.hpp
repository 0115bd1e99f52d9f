// Routes of forms.
#pragma once

#include "forms/forms.hpp"
#include "net/net.hpp"

namespace rapport::forms {

// For agents and administrators.
net::Routes routes(Forms& forms);
// For whoever comes: /f/….
net::Routes public_routes(Forms& forms);

}  // namespace rapport::forms
