// `rapport key dkim`: the keys that sign mails.
#pragma once

#include "app/arguments.hpp"
#include "app/config.hpp"

namespace rapport::app {

// list | make [rsa|ed25519] | check | activate SELECTOR | retire SELECTOR. Works while a server runs.
int dkim_key(Config const& config, Arguments const& arguments);

}  // namespace rapport::app
