// The demo's parts; the story stands in demo_story.cpp.
#include "app/demo.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <stdexcept>

#include "base/crypto.hpp"
#include "people/agents.hpp"
#include "people/sessions.hpp"

namespace rapport::app {
namespace {

constexpr std::string_view owner_address = "owner@example.org";

unsigned short free_port() {
    asio::io_context context;
    asio::ip::tcp::acceptor const acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
    return acceptor.local_endpoint().port();
}

channels::email::SinkOptions sink_options(Config const& config) {
    channels::email::SinkOptions options;
    options.port = parse_host_port(config.mail.smart_host)->port;
    return options;
}

bool reaches_this_machine_only(std::string const& listen) {
    auto const at = parse_host_port(listen);
    if (!at) return false;
    boost::system::error_code error;
    auto const address = asio::ip::make_address(at->host, error);
    if (error) return at->host == "localhost";
    return address.is_loopback();
}

people::Act operator_act(Time now) { return {{ActorKind::operator_, 0, "operator"}, now}; }

}  // namespace

Expected<void> check_demo_is_private(Config const& config) {
    for (auto const& listen : {config.listen, config.tls.listen, config.tls.certificate_listen})
        if (!listen.empty() && !reaches_this_machine_only(listen))
            return fail(ErrorKind::invalid, "demo_for_everyone",
                        "The demo shows every mail that it sends, with links and codes, to whoever reaches it, and " +
                            listen +
                            " is not this machine alone. Use --listen 127.0.0.1:8080, or, where everyone may see "
                            "everything, --demo-for-everyone.");
    return {};
}

Config demo_config(Config config) {
    if (config.organisation.name == OrganisationConfig().name) config.organisation.name = "Example Utilities (demo)";
    config.mail.smart_host = "127.0.0.1:" + std::to_string(free_port());
    config.mail.tls = "off";
    config.mail.dkim = false;  // example.org is nobody's: there is nowhere to publish a key
    config.mail.mta_sts = false;
    config.mail.from = "post@example.org";
    config.log.format = "text";
    return config;
}

Demo::Demo(House& house, asio::io_context& context)
    : house_(house),
      context_(context),
      sink_(channels::email::Sink::make(*house.store, context.get_executor(), sink_options(house.config))) {}

void Demo::stop() {
    asio::post(context_, [this] { sink_->stop(); });
}

std::string Demo::sign_in_link() {
    auto const token = random_token();
    EmailAddress address;
    require(from_text(owner_address, address), "the owner's address is good");
    auto const made = house_.store->write_now([&](store::Tx& tx) -> Expected<void> {
        auto const act = operator_act(system_now());
        auto agent = people::agent_by_email(tx, address);
        if (!agent) {
            auto created = people::create_agent(tx, act, people::Permissions::all(),
                                                {address, {"Demo Owner"}, Locale::en, people::Role::owner});
            if (!created) return fail(created.error());
            agent = *created;
        }
        return people::create_link(tx, act, people::Permissions::all(), {agent->id, token});
    });
    if (!made) throw std::runtime_error(made.error().text);
    return people::sign_in_url(house_.config.public_url, token);
}

}  // namespace rapport::app
