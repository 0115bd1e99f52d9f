// Demo mode: a mail sink in place of real mail, an owner who signs in by a one-time link, and a small organisation with
// customers, deliveries and conversations in every state. Nothing here is qualified, and it says so.
#pragma once

#include <memory>

#include "app/house.hpp"
#include "channels/email/sink.hpp"

namespace rapport::app {

// Everything the demo sends lies open at /sink: it answers this machine alone. Error "demo_for_everyone".
Expected<void> check_demo_is_private(Config const& config);
// Mail goes to the sink, on a free port of this machine; the organisation gets a name if it has none.
Config demo_config(Config config);

// A site, its mailbox and a conversation, once; and the page that stands for the site's: /demo/shop.
Task<> tell_chat(House& house);
// A form, published, with what somebody sent and what is held; once.
Task<> tell_forms(House& house);
net::Route shop_route(House& house);

class Demo {
  public:
    Demo(House& house, asio::io_context& context);

    // Jobs: the sink, and the stories that fill an empty database.
    Task<> run_sink() { return sink_->run(); }
    Task<> tell_story(net::Stop stop);
    Task<> fill_inbox(net::Stop stop);
    void stop();

    // A fresh sign-in link for the owner, printed at the start.
    std::string sign_in_link();

  private:
    House& house_;
    asio::io_context& context_;
    std::unique_ptr<channels::email::Sink> sink_;
};

}  // namespace rapport::app
