// Mail that arrives: the listeners, what is fetched from mailboxes elsewhere, and the spool's consumer, on a loop of
// their own, so that none waits for letters that leave. Without an address in [inbound] there are no listeners.
#pragma once

#include <memory>
#include <vector>

#include "app/house.hpp"
#include "channels/email/listener.hpp"
#include "net/task_group.hpp"

namespace rapport::app {

class MailIn {
  public:
    // Listens at once; throws when a port is taken, or a network or the certificate cannot be read.
    MailIn(House& house, asio::io_context& context);

    void start();
    bool stop(std::chrono::milliseconds grace);  // false when something did not end

  private:
    void listen(std::string const& at, channels::email::Protocol protocol);

    House& house_;
    asio::io_context& context_;
    std::vector<std::unique_ptr<channels::email::Listener>> listeners_;
    net::TaskGroup jobs_;
};

}  // namespace rapport::app
