// `rapport user …` for whoever has a shell on the machine: each verb runs on an open store and returns what to print.
// They block (a password hash takes some 20 ms), and act as the operator, who may do everything.
#pragma once

#include <string>
#include <string_view>

#include "people/agents.hpp"
#include "store/store.hpp"

namespace rapport::people::cli {

// rapport user add EMAIL --name NAME [--role ROLE] [--locale LOCALE]
Expected<std::string> user_add(store::Store& store, NewAgent const& wanted, Time now);
// rapport user list
Expected<std::string> user_list(store::Store& store);
// rapport user password EMAIL (the password is read from standard input by the caller); ends the agent's sessions
Expected<std::string> user_password(store::Store& store, EmailAddress const& email, std::string_view password,
                                    Time now);
// rapport user link EMAIL: a one-time link that signs them in; `public_url` as in the configuration
Expected<std::string> user_link(store::Store& store, EmailAddress const& email, std::string_view public_url, Time now);
// rapport user disable EMAIL, rapport user enable EMAIL
Expected<std::string> user_disable(store::Store& store, EmailAddress const& email, bool disabled, Time now);
// rapport user role EMAIL ROLE
Expected<std::string> user_role(store::Store& store, EmailAddress const& email, Role role, Time now);
// rapport user totp EMAIL: removes the second factor of somebody who lost it
Expected<std::string> user_totp(store::Store& store, EmailAddress const& email, Time now);

// For options: code invalid_option, with the names there are.
Expected<Role> role_from(std::string_view text);

}  // namespace rapport::people::cli
