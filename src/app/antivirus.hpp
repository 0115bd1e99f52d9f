// The antivirus from the configuration.
#pragma once

#include "app/house.hpp"
#include "conversation/scanning/scanner.hpp"

namespace rapport::app {

// None where none is configured. `house` outlives it.
std::unique_ptr<conversation::Scanner> make_scanner(House& house);

// What the knowledge base asks of its neighbours: segments of the desk, the antivirus.
knowledge::Surroundings surroundings_of(House& house);
// Agents who are signed in to the console read what is for agents, too.
knowledge::Reading::WhoReads readers_of(House& house);

}  // namespace rapport::app
