// Who acts. Every verb takes an Actor; the journal and the audit log name it.
#pragma once

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <string>

namespace rapport {

enum class ActorKind : std::uint8_t {
    system,     // the program itself: a timer, a consumer, a job
    agent,      // a person of the organisation, signed in
    api_key,    // the organisation's own software
    recipient,  // somebody who opened a pick-up link (identified or not: see the delivery's identification)
    customer,   // a customer, signed in to the portal
    operator_,  // somebody with a shell on the machine: `rapport user add`
};
// As the API, the audit log and the journal name them.
BOOST_DESCRIBE_ENUM(ActorKind, system, agent, api_key, recipient, customer, operator_)

struct Actor {
    ActorKind kind = ActorKind::system;
    std::int64_t id = 0;  // the agent's, key's, recipient's or customer's identifier; 0 for system and operator
    std::string name{};   // for people who read the audit log; never an e-mail address or another personal datum
};

}  // namespace rapport
