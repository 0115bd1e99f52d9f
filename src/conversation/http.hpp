// Routes of conversations, mailboxes and labels.
#pragma once

#include "conversation/conversation.hpp"
#include "net/net.hpp"

namespace rapport::conversation {

// `module` outlives the server.
net::Routes routes(Conversations& module);
net::Routes mailbox_routes(Conversations& module);
net::Routes sla_routes(Conversations& module);      // calendars, policies, promises
net::Routes routing_routes(Conversations& module);  // and presence, and the expected reply time
net::Routes looking_routes(Conversations& module);  // who looks where, who has seen what
net::Routes rating_routes(Conversations& module);
net::Routes rating_pages(Conversations& module);  // public: /rating/…
net::Routes field_routes(Conversations& module);
net::Routes import_routes(Conversations& module);

}  // namespace rapport::conversation
