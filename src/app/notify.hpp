// Tells systemd how the service stands (sd_notify(3)): a datagram to the socket that it names in NOTIFY_SOCKET.
// Written here rather than linked: the protocol is a line of text, and libsystemd brings five more libraries.
#pragma once

#include <string_view>

namespace rapport::app {

// "READY=1", "STOPPING=1", "STATUS=…", "RELOADING=1". Nothing happens where no supervisor listens.
void notify_supervisor(std::string_view state);

}  // namespace rapport::app
