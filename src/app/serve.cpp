// `rapport serve`: starts the house, answers until a signal comes, and ends in the order opposite to the start.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <thread>

#include "app/antivirus.hpp"
#include "app/command.hpp"
#include "app/demo.hpp"
#include "app/house.hpp"
#include "app/mail_in.hpp"
#include "app/notify.hpp"
#include "app/operations.hpp"
#include "app/routes.hpp"
#include "app/ways.hpp"
#include "base/log.hpp"
#include "net/server.hpp"

namespace rapport::app {
namespace {

using namespace std::chrono_literals;

log::Level level_of(std::string const& name) {
    return name == "debug"     ? log::Level::debug
           : name == "warning" ? log::Level::warning
           : name == "error"   ? log::Level::error
                               : log::Level::info;
}

// One io_context, run by one thread until it is stopped.
class Loop {
  public:
    Loop() : keep_(asio::make_work_guard(context)), thread_([this] { context.run(); }) {}
    ~Loop() {
        context.stop();
        thread_.join();
    }
    asio::io_context context{1};

  private:
    asio::executor_work_guard<Executor> keep_;
    std::thread thread_;
};

net::ServerOptions server_options(Config const& config) {
    net::ServerOptions options;
    auto const at = parse_host_port(config.listen);
    options.address = at->host;
    options.port = at->port;
    options.max_connections = static_cast<std::size_t>(config.max_connections);
    if (config.trust_proxy) options.trusted_proxies = {"127.0.0.1", "::1"};
    if (!config.tls.listen.empty()) {
        auto const tls = parse_host_port(config.tls.listen);
        options.tls = net::TlsOptions{tls->host, tls->port, config.tls.certificate, config.tls.key};
    }
    if (!config.tls.certificate_listen.empty()) {
        auto const asking = parse_host_port(config.tls.certificate_listen);
        options.tls_asking = net::TlsOptions{asking->host, asking->port, config.tls.certificate, config.tls.key, true};
    }
    return options;
}

void start_jobs(House& house, net::TaskGroup& jobs) {
    house.keeper->start();
    jobs.keep_running("feed", [&](net::Stop stop) { return house.feed.run(stop); }, 1s);
    house.signing.load();  // before the first mail leaves
    if (house.config.mail.dkim)
        jobs.keep_running("dkim_keys", [&](net::Stop stop) { return house.signing.run(stop); }, 1min);
    if (!house.config.mail.paused) jobs.keep_running("post", [&](net::Stop) { return house.post->run(); }, 1s);
    jobs.keep_running("delivery_timers", [&](net::Stop stop) { return house.deliveries.run_timers(stop); }, 1s);
    jobs.keep_running(
        "checkpoints",
        [&](net::Stop stop) {
            return evidence::publish_checkpoints(*house.store, house.prover, house.notes, system_now, stop);
        },
        1s);
    jobs.keep_running(
        "time_stamps", [&](net::Stop stop) { return evidence::stamp(*house.store, house.stamper, system_now, stop); },
        1s);
    jobs.keep_running("chat", [&](net::Stop stop) { return house.live.run(stop); }, 1s);
    jobs.keep_running("desk", [&](net::Stop stop) { return house.desk.run(stop); }, 1s);
    jobs.keep_running("webhooks", [&](net::Stop stop) { return house.webhooks.run(jobs, stop); }, 1s);
    jobs.keep_running("conversations", [&](net::Stop stop) { return house.conversations.run(stop); }, 1s);
    house.feed.on_alive([&](people::AgentId agent) { return house.conversations.heard_of(agent); });
    jobs.keep_running("looking", [&](net::Stop stop) { return house.conversations.run_looking(stop); }, 1s);
    jobs.keep_running("routing", [&](net::Stop stop) { return house.conversations.run_routing(stop); }, 1s);
    jobs.keep_running("sla_alarms", [&](net::Stop stop) { return house.conversations.run_alarms(stop); }, 1s);
    jobs.keep_running("knowledge_dates", [&](net::Stop stop) { return house.knowledge.run(stop); }, 1s);
    jobs.keep_running("schedules", [&](net::Stop stop) { return house.schedules.run(stop); }, 1s);
    jobs.keep_running("bulk", [&](net::Stop stop) { return house.bulks.run(stop); }, 1s);
    jobs.keep_running("viewers", [&](net::Stop stop) { return house.access.run_invalidation(stop); }, 1s);
    jobs.keep_running("sign_in_upkeep", [&](net::Stop stop) { return house.access.run_upkeep(stop); }, 1s);
    jobs.keep_running("blob_sweep", [&](net::Stop stop) { return sweep_blobs(house, stop); }, 1min);
}

void start_demo(Demo& demo, net::TaskGroup& jobs) {
    jobs.keep_running("sink", [&](net::Stop) { return demo.run_sink(); }, 1s);
    jobs.spawn("demo_inbox", [&](net::Stop stop) { return demo.fill_inbox(stop); });
    jobs.spawn("demo_story", [&](net::Stop stop) { return demo.tell_story(stop); });
}

void greet(House& house, Demo& demo) {
    std::printf(
        "\n  Rapport runs in demo mode on %s\n"
        "  Sign in (works once, for 30 minutes): %s\n"
        "  Mails that it sends: %s/sink\n"
        "  Certificates and time stamps of the demo are NOT qualified.\n\n",
        house.config.public_url.c_str(), demo.sign_in_link().c_str(), house.config.public_url.c_str());
    std::fflush(stdout);
}

sigset_t awaited_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    return signals;
}

void read_certificate_again(net::Server& server, Config const& config) {
    if (config.tls.listen.empty() && config.tls.certificate_listen.empty()) return;
    try {
        server.reload_certificate();
        log::info("certificate_reloaded", {{"file", config.tls.certificate}});
    } catch (std::exception const& error) {
        log::error("certificate_not_reloaded", {{"reason", std::string(error.what())}});  // the old one stays in force
    }
}

// Returns when it is time to stop. SIGHUP: the certificate was renewed, or lists of revoked ones.
int wait_for_end(net::Server& server, Config const& config, delivery::Ways const& ways) {
    auto const signals = awaited_signals();
    for (int got = 0;;) {
        sigwait(&signals, &got);
        if (got != SIGHUP) return got;
        notify_supervisor("RELOADING=1");
        read_certificate_again(server, config);
        read_revocations_again(config, ways);
        notify_supervisor("READY=1");
    }
}

// Every thread inherits the mask, so that the signals wait for wait_for_end().
void block_signals() {
    auto const signals = awaited_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

// A connection is a file descriptor; what is usual (1,024) is too few.
void allow_descriptors(Config const& config) {
    constexpr rlim_t for_everything_else = 1024;
    rlim_t const wanted = static_cast<rlim_t>(config.max_connections) + for_everything_else;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = std::min(limit.rlim_max, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted)
        log::warning("few_descriptors",
                     {{"allowed", limit.rlim_cur},
                      {"wanted", wanted},
                      {"fix", "raise the limit of open files (LimitNOFILE), or lower max_connections"}});
}

// Something did not end, and would use what the destructors take away. What was acknowledged is on the disk: as after
// kill -9, the next start recovers the rest.
[[noreturn]] void leave_as_it_is() {
    log::error("stopped_hard", {{"fix", "nothing is lost; the next start recovers what was under way"}});
    std::fflush(nullptr);
    ::_exit(1);
}

}  // namespace

int serve(Words const& words) {
    auto const arguments = Arguments::parse(words, {{"config", "data", "listen"}, {"demo", "demo-for-everyone"}});
    if (!arguments) return refuse(arguments.error());
    bool const for_everyone = arguments->has("demo-for-everyone");
    bool const is_demo = arguments->has("demo") || for_everyone;
    auto config = config_of(*arguments);
    if (!config) return refuse(config.error());
    if (is_demo && !for_everyone)
        if (auto const good = check_demo_is_private(*config); !good) return refuse(good.error());
    if (is_demo) config = demo_config(std::move(*config));
    log::configure(level_of(config->log.level), config->log.format == "text" ? log::Format::text : log::Format::json);
    block_signals();
    allow_descriptors(*config);

    // The house is closed (and whoever awaits its store is told) before the loops that run those who await.
    Loop jobs_loop, mail_loop;
    std::vector<std::unique_ptr<Loop>> loops;
    std::vector<asio::io_context*> contexts;
    for (int i = 0; i < config->threads; ++i)
        contexts.push_back(&loops.emplace_back(std::make_unique<Loop>())->context);
    House house(*config, store::Role::server);
    MailIn mail_in(house, mail_loop.context);
    auto const demo = is_demo ? std::make_unique<Demo>(house, jobs_loop.context) : nullptr;

    net::Server server(server_options(*config), routes(house, is_demo), house.access.authenticator());
    serve_web(server);
    net::TaskGroup jobs(jobs_loop.context);
    Operations operations(house, server, jobs_loop.context);
    server.start(contexts);  // throws when the port is taken; nothing runs yet
    start_jobs(house, jobs);
    mail_in.start();
    auto const scanner = make_scanner(house);
    if (scanner) scanner->start();
    operations.start(jobs);
    log::info("started", {{"listen", config->listen}, {"engine", house.store->engine()}, {"url", config->public_url}});
    if (demo) {
        greet(house, *demo);
        start_demo(*demo, jobs);
    }
    notify_supervisor("READY=1");

    int const signal = wait_for_end(server, *config, *house.ways);
    log::info("stopping", {{"signal", signal}});
    notify_supervisor("STOPPING=1");
    bool const scraped = operations.stop();
    bool const answered = server.stop();
    house.keeper->stop();  // what was read is durable
    house.post->stop();
    house.policy_http.stop();  // a server that does not answer must not hold the post
    if (demo) demo->stop();
    bool const received = mail_in.stop(5s);
    bool const scanned = !scanner || scanner->stop(5s);
    if (!jobs.join(5s) || !answered || !scraped || !received || !scanned) leave_as_it_is();
    return 0;
}

}  // namespace rapport::app
