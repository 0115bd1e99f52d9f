// Listeners from the configuration, and what is fetched.
#include "app/mail_in.hpp"

#include <unistd.h>

#include "base/log.hpp"

namespace rapport::app {
namespace {

using namespace std::chrono_literals;
namespace email = channels::email;

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    while (!list.empty()) {
        auto const n = std::min(list.find(','), list.size());
        if (auto const word = trimmed(list.substr(0, n)); !word.empty()) words.emplace_back(word);
        list.remove_prefix(std::min(n + 1, list.size()));
    }
    return words;
}

std::string own_name(Config const& config) {
    if (!config.mail.hello.empty()) return config.mail.hello;
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

}  // namespace

MailIn::MailIn(House& house, asio::io_context& context) : house_(house), context_(context), jobs_(context) {
    listen(house.config.inbound.smtp_listen, email::Protocol::smtp);
    listen(house.config.inbound.lmtp_listen, email::Protocol::lmtp);
}

void MailIn::listen(std::string const& at, email::Protocol protocol) {
    if (at.empty()) return;
    auto const& config = house_.config;
    auto const where = parse_host_port(at);
    email::ListenerOptions options;
    options.address = where->host;
    options.port = where->port;
    options.peers = words_of(config.inbound.peers);
    options.sessions = options.sessions_of_peer = static_cast<std::size_t>(config.inbound.connections);
    options.dialogue.name = own_name(config);
    options.dialogue.protocol = protocol;
    options.dialogue.mail_limit = static_cast<std::size_t>(config.inbound.max_mail_mb) << 20;
    if (!config.tls.certificate.empty()) {
        options.certificate = config.tls.certificate;
        options.key = config.tls.key;
    }
    auto const keep = [this](email::ArrivedMail mail) { return house_.inbound.keep(std::move(mail)); };
    listeners_.push_back(
        email::Listener::make(context_.get_executor(), std::move(options), house_.inbound.refusal(), keep));
}

void MailIn::start() {
    jobs_.keep_running("inbound", [this](net::Stop stop) { return house_.inbound.run(stop); }, 1s);
    jobs_.keep_running("pickups", [this](net::Stop stop) { return house_.pickups.run(jobs_, stop); }, 1s);
    for (auto const& listener : listeners_) {
        jobs_.keep_running("listener", [&listener](net::Stop) { return listener->run(); }, 1s);
        log::info("mail_listens", {{"port", listener->port()}});
    }
}

bool MailIn::stop(std::chrono::milliseconds grace) {
    for (auto const& listener : listeners_) listener->stop();
    return jobs_.join(grace);
}

}  // namespace rapport::app
