// MX and address look-ups by libunbound; its answers are awaited on our executor.
#include "channels/email/resolver.hpp"

#include <unbound.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <random>

#include "base/error.hpp"

namespace rapport::channels::email {
namespace {

constexpr int type_a = 1, type_mx = 15, type_aaaa = 28, class_in = 1;
constexpr int rcode_no_domain = 3;
constexpr std::size_t host_limit = 10, address_limit = 8;

// A domain name in wire form, uncompressed (libunbound's answers are), as lower-case text without the last dot.
std::string name_from_wire(std::string_view wire) {
    std::string out;
    while (!wire.empty() && wire.front() != 0) {
        auto const n = static_cast<unsigned char>(wire.front());
        if (n > 63 || wire.size() <= n) return {};
        if (!out.empty()) out += '.';
        out += wire.substr(1, n);
        wire.remove_prefix(n + 1U);
    }
    return ascii_lower(out);
}

struct Answer {
    bool done = false, failed = false, no_domain = false;
    std::vector<std::string> records;
};

// Shared by the asker and libunbound's callback: whoever comes last frees it.
struct Question {
    Answer answer;
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> wake;
    explicit Question(Executor executor) : wake(executor) {}
};

void take_answer(void* data, int error, ub_result* result) {
    std::unique_ptr<std::shared_ptr<Question>> const held(static_cast<std::shared_ptr<Question>*>(data));
    auto& answer = (*held)->answer;
    answer.done = true;
    answer.failed =
        error != 0 || result == nullptr || result->bogus || (result->rcode != 0 && result->rcode != rcode_no_domain);
    if (!answer.failed) {
        answer.no_domain = result->nxdomain != 0;
        for (int i = 0; result->data && result->data[i]; ++i)
            answer.records.emplace_back(result->data[i], static_cast<std::size_t>(result->len[i]));
    }
    ub_resolve_free(result);
    (*held)->wake.cancel();
}

}  // namespace

Route route_from(std::vector<MxHost> hosts, std::string_view own_name) {
    if (hosts.size() == 1 && hosts[0].name.empty())
        return {{}, true, "5.1.10", "the domain takes no mail (null MX, RFC 7505)"};
    std::erase_if(hosts, [](MxHost const& host) { return host.name.empty(); });
    static thread_local std::mt19937 chance{std::random_device{}()};
    std::ranges::shuffle(hosts, chance);
    std::ranges::sort(hosts, {}, &MxHost::preference);
    auto const ourselves = std::ranges::find(hosts, ascii_lower(own_name), &MxHost::name);
    if (ourselves != hosts.end()) {
        int const limit = ourselves->preference;
        std::erase_if(hosts, [limit](MxHost const& host) { return host.preference >= limit; });
        if (hosts.empty())
            return {{}, true, "5.4.6", "the domain's best mail host is this machine: the mail would loop"};
    }
    if (hosts.size() > host_limit) hosts.resize(host_limit);
    return {std::move(hosts), false, {}, {}};
}

struct Resolver::State : std::enable_shared_from_this<Resolver::State> {
    using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

    State(Executor executor_, TransportOptions const& options)
        : executor(executor_), own_name(options.helo_name), limit(options.deadlines.resolve), readable(executor_) {
        context = ub_ctx_create();
        require(context != nullptr, "libunbound gives a context");
        ub_ctx_async(context, 1);  // a thread, not a process
        if (options.dns_server.empty())
            ub_ctx_resolvconf(context, nullptr);
        else
            ub_ctx_set_fwd(context, options.dns_server.c_str());
        ub_ctx_hosts(context, nullptr);
        for (auto const& line : options.dns_data) ub_ctx_data_add(context, line.c_str());
    }
    ~State() {
        if (readable.is_open()) readable.release();  // libunbound closes its own pipe
        ub_ctx_delete(context);
    }
    State(State const&) = delete;
    State& operator=(State const&) = delete;

    void listen() {
        if (readable.is_open()) return;
        readable.assign(ub_fd(context));
        wait();
    }
    void wait() {
        readable.async_wait(asio::posix::descriptor_base::wait_read,
                            [weak = weak_from_this()](boost::system::error_code error) {
                                auto const self = weak.lock();
                                if (!self || error) return;
                                ub_process(self->context);
                                self->wait();
                            });
    }

    Executor executor;
    std::string own_name;
    std::chrono::milliseconds limit;
    ub_ctx* context = nullptr;
    Descriptor readable;
};

namespace {

Task<Answer> ask(ub_ctx* context, Executor executor, std::chrono::milliseconds limit, std::string name, int type) {
    auto const question = std::make_shared<Question>(executor);
    auto held = std::make_unique<std::shared_ptr<Question>>(question);
    int id = 0;
    question->wake.expires_after(limit);
    if (ub_resolve_async(context, name.c_str(), type, class_in, held.get(), take_answer, &id) != 0) {
        question->answer.failed = true;
        co_return question->answer;
    }
    static_cast<void>(held.release());  // take_answer's now; it runs once, from ub_process, unless cancelled
    if (!question->answer.done) co_await question->wake.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>()));
    if (!question->answer.done) question->answer.failed = true;  // too late: the callback frees its share later
    co_return question->answer;
}

}  // namespace

Resolver::Resolver(Executor executor, TransportOptions const& options)
    : state_(std::make_shared<State>(executor, options)) {}
Resolver::~Resolver() {
    if (state_->readable.is_open()) state_->readable.cancel();
}

Task<Route> Resolver::mail_hosts(std::string domain) {
    auto const state = state_;
    state->listen();
    Answer const answer = co_await ask(state->context, state->executor, state->limit, domain, type_mx);
    Route route;
    if (answer.failed) {
        route = {{}, false, "4.4.3", "the domain's mail hosts could not be looked up"};
    } else if (answer.no_domain) {
        route = {{}, true, "5.1.2", "the domain does not exist"};
    } else if (answer.records.empty()) {
        route.hosts.push_back({ascii_lower(domain), 0});  // implicit MX, RFC 5321 §5.1
    } else {
        std::vector<MxHost> hosts;
        for (auto const& record : answer.records)
            if (record.size() > 2)
                hosts.push_back({name_from_wire(std::string_view(record).substr(2)),
                                 static_cast<unsigned char>(record[0]) * 256 + static_cast<unsigned char>(record[1])});
        route = route_from(std::move(hosts), state->own_name);
    }
    co_return route;
}

Task<std::vector<asio::ip::address>> Resolver::addresses(std::string host) {
    auto const state = state_;
    std::vector<asio::ip::address> found;
    boost::system::error_code error;
    auto const literal = asio::ip::make_address(host, error);
    if (!error) {
        found.push_back(literal);
        co_return found;
    }
    if (host == "localhost") {  // RFC 6761 §6.3
        found.emplace_back(asio::ip::address_v4::loopback());
        co_return found;
    }
    state->listen();
    Answer const four = co_await ask(state->context, state->executor, state->limit, host, type_a);
    Answer const six = co_await ask(state->context, state->executor, state->limit, host, type_aaaa);
    for (auto const& record : six.records) {
        asio::ip::address_v6::bytes_type bytes{};
        if (record.size() != bytes.size()) continue;
        std::ranges::copy(record, bytes.begin());
        found.emplace_back(asio::ip::address_v6(bytes));
    }
    for (auto const& record : four.records) {
        asio::ip::address_v4::bytes_type bytes{};
        if (record.size() != bytes.size()) continue;
        std::ranges::copy(record, bytes.begin());
        found.emplace_back(asio::ip::address_v4(bytes));
    }
    if (found.size() > address_limit) found.resize(address_limit);
    co_return found;
}

}  // namespace rapport::channels::email
