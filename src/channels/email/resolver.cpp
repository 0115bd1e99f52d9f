// Look-ups by libunbound; its answers are awaited on our executor.
#include "channels/email/resolver.hpp"

#include <unbound.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <stdexcept>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/error.hpp"

namespace rapport::channels::email {
namespace {

constexpr int type_a = 1, type_ptr = 12, type_mx = 15, type_txt = 16, type_aaaa = 28, type_tlsa = 52, class_in = 1;
constexpr int rcode_no_domain = 3;
constexpr std::size_t host_limit = 10, address_limit = 8, record_limit = 64, site_limit = 200;
constexpr int longest_route_s = 3600, shortest_route_s = 30;

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

std::string text_from_wire(std::string_view wire) {  // RFC 1035 §3.3.14
    std::string out;
    while (!wire.empty()) {
        auto const n = static_cast<unsigned char>(wire.front());
        out += wire.substr(1, n);
        wire.remove_prefix(std::min<std::size_t>(wire.size(), n + 1U));
    }
    return out;
}

// In the asker's frame. Until it is answered libunbound holds its address, and gives it back when it is cancelled.
struct Question {
    Answer answer;
    bool done = false;
    int id = 0;
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> wake;
    explicit Question(Executor executor) : wake(executor) {}
};

void take_answer(void* data, int error, ub_result* result) {
    auto& question = *static_cast<Question*>(data);
    auto& answer = question.answer;
    question.done = true;
    answer.failed =
        error != 0 || result == nullptr || result->bogus || (result->rcode != 0 && result->rcode != rcode_no_domain);
    if (answer.failed) {
        answer.why = error != 0                ? ub_strerror(error)
                     : result && result->bogus ? std::string("the answer is forged or its signatures are broken")
                     : result                  ? "the DNS servers failed (code " + std::to_string(result->rcode) + ")"
                                               : std::string("no answer");
    } else {
        answer.no_domain = result->nxdomain != 0;
        answer.secure = result->secure != 0;
        answer.ttl = result->ttl;
        std::string const name = result->canonname ? result->canonname : result->qname;
        answer.canonical = ascii_lower(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
        for (std::size_t i = 0; result->data && result->data[i] && i < record_limit; ++i)
            answer.records.emplace_back(result->data[i], static_cast<std::size_t>(result->len[i]));
    }
    ub_resolve_free(result);
    question.wake.cancel();
}

int preference_of(std::string const& record) {
    return static_cast<unsigned char>(record[0]) * 256 + static_cast<unsigned char>(record[1]);
}

}  // namespace

Route route_from(std::vector<MxHost> hosts, std::string_view own_name) {
    Route route;
    if (hosts.size() == 1 && hosts[0].name.empty()) {
        route.permanent = true;
        route.enhanced_status = "5.1.10";
        route.trouble = "the domain takes no mail (null MX, RFC 7505)";
        return route;
    }
    std::erase_if(hosts, [](MxHost const& host) { return host.name.empty(); });
    route.site = site_of(hosts);
    static thread_local std::mt19937 chance{std::random_device{}()};
    std::ranges::shuffle(hosts, chance);
    std::ranges::sort(hosts, {}, &MxHost::preference);
    auto const ourselves = std::ranges::find(hosts, ascii_lower(own_name), &MxHost::name);
    if (ourselves != hosts.end()) {
        int const limit = ourselves->preference;
        std::erase_if(hosts, [limit](MxHost const& host) { return host.preference >= limit; });
        if (hosts.empty()) {
            route.permanent = true;
            route.enhanced_status = "5.4.6";
            route.trouble = "the domain's best mail host is this machine: the mail would loop";
            return route;
        }
    }
    if (hosts.size() > host_limit) hosts.resize(host_limit);
    route.hosts = std::move(hosts);
    return route;
}

std::string site_of(std::vector<MxHost> const& hosts) {
    std::vector<std::string> names;
    names.reserve(hosts.size());
    for (auto const& host : hosts) names.push_back(host.name);
    std::ranges::sort(names);
    auto const twice = std::ranges::unique(names);
    names.erase(twice.begin(), twice.end());
    std::string site;
    for (auto const& name : names) site += (site.empty() ? "" : ",") + name;
    if (site.size() > site_limit)
        site = site.substr(0, site_limit - 20) + "…" + to_hex(sha256(site).view().substr(0, 8));
    return site;
}

struct Resolver::State : std::enable_shared_from_this<Resolver::State> {
    using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

    State(Executor executor_, TransportOptions const& options)
        : executor(executor_), own_name(options.helo_name), limit(options.deadlines.resolve), readable(executor_) {
        context = ub_ctx_create();
        require(context != nullptr, "libunbound gives a context");
        ub_ctx_async(context, 1);  // a thread, not a process
        if (options.dns_server.empty()) {
            ub_ctx_resolvconf(context, nullptr);
        } else if (options.dns_server != "recursive") {
            ub_ctx_set_option(context, "do-not-query-localhost:", "no");
            ub_ctx_set_fwd(context, options.dns_server.c_str());
        }
        ub_ctx_hosts(context, nullptr);
        for (auto const& line : options.dns_data) ub_ctx_data_add(context, line.c_str());
        if (options.dns_trust_anchor.empty()) return;
        validates = true;
        if (ub_ctx_add_ta_file(context, options.dns_trust_anchor.c_str()) != 0 ||
            !std::filesystem::is_regular_file(options.dns_trust_anchor)) {
            ub_ctx_delete(context);
            throw std::runtime_error("The DNS trust anchor " + options.dns_trust_anchor + " cannot be read.");
        }
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

    Task<Answer> ask(std::string name, int type) {
        auto const self = shared_from_this();
        if (cancelled) {
            Answer none;
            none.failed = true;
            none.why = "the program is stopping";
            co_return none;
        }
        listen();
        Question question(executor);
        question.wake.expires_after(limit);
        int const failed =
            ub_resolve_async(context, name.c_str(), type, class_in, &question, take_answer, &question.id);
        if (failed != 0) {
            question.answer.failed = true;
            question.answer.why = ub_strerror(failed);
            co_return std::move(question.answer);
        }
        Open const open(*this, question);
        if (!question.done) co_await question.wake.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>()));
        if (!question.done) {
            Answer late;
            late.failed = true;
            late.why = "no answer in time";
            co_return late;
        }
        co_return std::move(question.answer);
    }

    // A question is open until it is answered or this ends, also with a frame that is never resumed.
    class Open {
      public:
        Open(State& state, Question& question) : state_(state), question_(question) {
            state_.waiting.insert(&question_);
        }
        ~Open() {
            state_.waiting.erase(&question_);
            if (!question_.done) ub_cancel(state_.context, question_.id);  // take_answer() will not be called
        }
        Open(Open const&) = delete;
        Open& operator=(Open const&) = delete;

      private:
        State& state_;
        Question& question_;
    };

    Executor executor;
    std::string own_name;
    std::chrono::milliseconds limit;
    ub_ctx* context = nullptr;
    bool validates = false, cancelled = false;
    std::set<Question*> waiting;
    Descriptor readable;
};

Resolver::Resolver(Executor executor, TransportOptions const& options)
    : state_(std::make_shared<State>(executor, options)) {}
Resolver::~Resolver() {
    if (state_->readable.is_open()) state_->readable.cancel();
}

void Resolver::cancel() {
    state_->cancelled = true;
    for (auto* question : state_->waiting) question->wake.cancel();
}

bool Resolver::validates() const { return state_->validates; }

Task<Route> Resolver::mail_hosts(std::string domain) {
    auto const state = state_;
    Answer const answer = co_await state->ask(domain, type_mx);
    Route route;
    if (answer.failed) {
        route.enhanced_status = "4.4.3";
        route.trouble = "the domain's mail hosts could not be looked up: " + answer.why;
    } else if (answer.no_domain) {
        route.permanent = true;
        route.enhanced_status = "5.1.2";
        route.trouble = "the domain does not exist";
    } else if (answer.records.empty()) {
        route.hosts.push_back({ascii_lower(domain), 0});  // implicit MX, RFC 5321 §5.1
        route.site = site_of(route.hosts);
    } else {
        std::vector<MxHost> hosts;
        for (auto const& record : answer.records)
            if (record.size() > 2)
                hosts.push_back({name_from_wire(std::string_view(record).substr(2)), preference_of(record)});
        route = route_from(std::move(hosts), state->own_name);
    }
    route.secure = !answer.failed && answer.secure;
    int const seconds = answer.failed ? shortest_route_s : std::clamp(answer.ttl, shortest_route_s, longest_route_s);
    route.good_until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    co_return route;
}

Task<Addresses> Resolver::addresses(std::string host) {
    auto const state = state_;
    Addresses found;
    found.canonical = ascii_lower(host);
    boost::system::error_code error;
    auto const literal = asio::ip::make_address(host, error);
    if (!error) {
        found.all.push_back(literal);
        co_return found;
    }
    if (host == "localhost") {  // RFC 6761 §6.3
        found.all.emplace_back(asio::ip::address_v4::loopback());
        co_return found;
    }
    Answer const four = co_await state->ask(host, type_a);
    Answer const six = co_await state->ask(host, type_aaaa);
    for (auto const& record : six.records) {
        asio::ip::address_v6::bytes_type bytes{};
        if (record.size() != bytes.size()) continue;
        std::ranges::copy(record, bytes.begin());
        found.all.emplace_back(asio::ip::address_v6(bytes));
    }
    for (auto const& record : four.records) {
        asio::ip::address_v4::bytes_type bytes{};
        if (record.size() != bytes.size()) continue;
        std::ranges::copy(record, bytes.begin());
        found.all.emplace_back(asio::ip::address_v4(bytes));
    }
    if (found.all.size() > address_limit) found.all.resize(address_limit);
    found.failed = found.all.empty() && (four.failed || six.failed);
    // RFC 7672 §2.2.2: both must be secure; a look-up that failed says nothing about the one that did not.
    found.secure = (four.failed || four.secure) && (six.failed || six.secure) && !(four.failed && six.failed);
    if (found.secure && !four.failed) found.canonical = four.canonical;
    co_return found;
}

Task<Answer> Resolver::texts(std::string name) {
    auto const state = state_;
    Answer answer = co_await state->ask(std::move(name), type_txt);
    for (auto& record : answer.records) record = text_from_wire(record);
    co_return answer;
}

Task<Answer> Resolver::tlsa(std::string name) {
    auto const state = state_;
    co_return co_await state->ask(std::move(name), type_tlsa);
}

Task<Answer> Resolver::hosts(std::string domain) {
    auto const state = state_;
    Answer answer = co_await state->ask(std::move(domain), type_mx);
    std::erase_if(answer.records, [](std::string const& record) { return record.size() < 3; });
    std::ranges::sort(answer.records, {}, preference_of);
    for (auto& record : answer.records) record = name_from_wire(std::string_view(record).substr(2));
    co_return answer;
}

Task<Answer> Resolver::names_of(asio::ip::address address) {
    auto const state = state_;
    Answer answer = co_await state->ask(reverse_name(address), type_ptr);
    for (auto& record : answer.records) record = name_from_wire(record);
    co_return answer;
}

std::vector<Tlsa> tlsa_from(std::vector<std::string> const& records) {
    std::vector<Tlsa> all;
    for (auto const& record : records)
        if (record.size() > 3)
            all.push_back({static_cast<unsigned char>(record[0]), static_cast<unsigned char>(record[1]),
                           static_cast<unsigned char>(record[2]), record.substr(3)});
    return all;
}

bool is_usable(Tlsa const& record) {
    bool const whole = record.matching == 0 || (record.matching == 1 && record.data.size() == 32) ||
                       (record.matching == 2 && record.data.size() == 64);
    return (record.usage == 2 || record.usage == 3) && (record.selector == 0 || record.selector == 1) && whole;
}

std::string reverse_name(asio::ip::address const& address) {
    std::string out;
    if (address.is_v4()) {
        auto const bytes = address.to_v4().to_bytes();
        for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) out += std::to_string(*byte) + '.';
        return out + "in-addr.arpa";
    }
    auto const bytes = address.to_v6().to_bytes();
    constexpr char digits[] = "0123456789abcdef";
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte)
        out += {digits[*byte & 15], '.', digits[*byte >> 4], '.'};
    return out + "ip6.arpa";
}

}  // namespace rapport::channels::email
