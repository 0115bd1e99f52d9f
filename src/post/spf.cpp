// Reads SPF records (RFC 7208) as far as the question "may this address send for us?" needs it. For the page that
// checks our own domain, not for judging other people's mail.
#include <algorithm>
#include <charconv>
#include <sstream>

#include "post/domain_check.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;
using asio::ip::address;

struct Evaluation {
    email::Resolver& resolver;
    address who;
    int lookups = 0;
};

bool in_network(address const& who, std::string_view network) {
    auto const slash = network.find('/');
    boost::system::error_code error;
    auto const base = asio::ip::make_address(std::string(network.substr(0, slash)), error);
    if (error || base.is_v4() != who.is_v4()) return false;
    unsigned bits = who.is_v4() ? 32 : 128;
    if (slash != std::string_view::npos)
        std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
    auto const same = [bits](auto const& a, auto const& b) {
        for (unsigned i = 0; i < bits && i < a.size() * 8; ++i)
            if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8)) & 1) return false;
        return true;
    };
    return who.is_v4() ? same(who.to_v4().to_bytes(), base.to_v4().to_bytes())
                       : same(who.to_v6().to_bytes(), base.to_v6().to_bytes());
}

Task<SpfResult> evaluate(Evaluation& evaluation, std::string domain);

Task<bool> host_is(Evaluation& evaluation, std::string host) {
    auto const found = co_await evaluation.resolver.addresses(std::move(host));
    co_return std::ranges::find(found.all, evaluation.who) != found.all.end();
}

Task<bool> mail_host_is(Evaluation& evaluation, std::string domain) {
    auto const hosts = co_await evaluation.resolver.hosts(std::move(domain));
    for (std::size_t i = 0; i < hosts.records.size() && i < 10; ++i) {
        bool const same = co_await host_is(evaluation, hosts.records[i]);
        if (same) co_return true;
    }
    co_return false;
}

// Whether one mechanism matches.
Task<SpfResult> matches(Evaluation& evaluation, std::string mechanism, std::string domain) {
    auto const colon = mechanism.find(':');
    auto const name = mechanism.substr(0, std::min(colon, mechanism.find('/')));
    std::string value = colon == std::string::npos ? domain : mechanism.substr(colon + 1);
    if (name == "all") co_return SpfResult::pass;
    if (name == "ip4" || name == "ip6") co_return in_network(evaluation.who, value) ? SpfResult::pass : SpfResult::no;
    if (value.find('%') != std::string::npos || name == "exists" || name == "ptr") co_return SpfResult::unknown;
    if (++evaluation.lookups > 10) co_return SpfResult::unknown;
    if (auto const slash = value.find('/'); slash != std::string::npos) value.resize(slash);
    if (name == "include") co_return co_await evaluate(evaluation, std::move(value));
    bool found = false;
    if (name == "a") found = co_await host_is(evaluation, std::move(value));
    if (name == "mx") found = co_await mail_host_is(evaluation, std::move(value));
    co_return found ? SpfResult::pass : SpfResult::no;
}

Task<SpfResult> evaluate(Evaluation& evaluation, std::string domain) {
    auto const answer = co_await evaluation.resolver.texts(domain);
    if (answer.failed) co_return SpfResult::unknown;
    auto const record = std::ranges::find_if(
        answer.records, [](std::string const& text) { return text == "v=spf1" || text.starts_with("v=spf1 "); });
    if (record == answer.records.end()) co_return SpfResult::no;
    std::istringstream words(ascii_lower(*record));
    std::string redirect;
    for (std::string word; words >> word;) {
        if (word == "v=spf1") continue;
        if (word.starts_with("redirect=")) redirect = word.substr(9);
        if (word.find('=') != std::string::npos) continue;
        char const qualifier = std::string_view("+-~?").find(word[0]) != std::string_view::npos ? word[0] : '+';
        if (word[0] == qualifier) word.erase(0, 1);
        auto const result = co_await matches(evaluation, word, domain);
        if (result == SpfResult::unknown) co_return result;
        if (result == SpfResult::pass) co_return qualifier == '+' ? SpfResult::pass : SpfResult::no;
    }
    if (redirect.empty() || ++evaluation.lookups > 10) co_return SpfResult::no;
    co_return co_await evaluate(evaluation, std::move(redirect));
}

}  // namespace

Task<SpfResult> spf_allows(email::Resolver& resolver, std::string domain, address who) {
    Evaluation evaluation{resolver, who};
    co_return co_await evaluate(evaluation, std::move(domain));
}

}  // namespace rapport::post
