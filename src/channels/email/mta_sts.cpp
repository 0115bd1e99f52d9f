// Finds, fetches and keeps MTA-STS policies.
#include "channels/email/mta_sts.hpp"

#include <algorithm>
#include <charconv>

#include "base/json.hpp"
#include "base/log.hpp"
#include "channels/email/resolver.hpp"
#include "net/client.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t policy_limit = 64 * 1024;     // §3.2 lets us cut there
constexpr std::int64_t longest_age_s = 31'557'600;  // §3.2
constexpr std::size_t most_patterns = 100, most_kept = 100'000;
constexpr Duration after_failure = std::chrono::minutes(5);  // §3.3

std::unexpected<Error> wrong(std::string text) { return fail(ErrorKind::invalid, "sts_policy", std::move(text)); }

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= 32 && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
}

}  // namespace

std::optional<std::string> sts_id(std::vector<std::string> const& texts) {
    std::optional<std::string> found;
    for (std::string_view text : texts) {
        if (!text.starts_with("v=STSv1") || (text.size() > 7 && text[7] != ';' && text[7] != ' ')) continue;
        if (found) return std::nullopt;  // §3.1: more than one is none
        found.emplace();
        for (text = text.substr(std::min(text.find(';'), text.size() - 1) + 1); !text.empty();) {
            auto const end = text.find(';');
            auto const pair = trimmed(text.substr(0, end));
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
            if (pair.starts_with("id=")) *found = std::string(pair.substr(3));
        }
    }
    if (!found || !is_id(*found)) return std::nullopt;
    return found;
}

Expected<StsPolicy> parse_sts_policy(std::string_view file, std::string domain, std::string id, Time now) {
    StsPolicy policy{std::move(domain), std::move(id), {}, {}, {}};
    std::optional<std::int64_t> age;
    bool version = false, mode = false;
    for (std::string_view rest = file; !rest.empty();) {
        auto const end = rest.find('\n');
        auto const line = trimmed(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto const key = trimmed(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
        if (key == "version") {
            version = value == "STSv1";
        } else if (key == "mode" && !mode) {
            auto const known = json::enum_from<StsMode>(value);
            if (!known) return wrong("the policy's mode is unknown");
            policy.mode = *known;
            mode = true;
        } else if (key == "mx" && policy.mx.size() < most_patterns) {
            policy.mx.push_back(ascii_lower(value));
        } else if (key == "max_age") {
            std::int64_t seconds = -1;
            auto const read = std::from_chars(value.data(), value.data() + value.size(), seconds);
            if (read.ec != std::errc() || seconds < 0) return wrong("the policy's max_age is no number");
            age = std::min(seconds, longest_age_s);
        }
    }
    if (!version || !mode || !age) return wrong("the policy has no version, mode or max_age");
    if (policy.mode != StsMode::none && policy.mx.empty()) return wrong("the policy names no mail host");
    policy.expires = now + std::chrono::seconds(*age);
    return policy;
}

bool allows(StsPolicy const& policy, std::string_view host) {
    auto const name = ascii_lower(host);
    return std::ranges::any_of(policy.mx, [&](std::string const& pattern) {
        if (!pattern.starts_with("*.")) return pattern == name;
        auto const dot = name.find('.');
        return dot != std::string::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
    });
}

StsPolicies::StsPolicies(Resolver& resolver, TransportOptions const& options) : resolver_(resolver), options_(options) {
    for (auto const& policy : options.sts.known)
        kept_[policy.domain].policy = std::make_shared<StsPolicy const>(policy);
}
StsPolicies::~StsPolicies() = default;

Task<std::shared_ptr<StsPolicy const>> StsPolicies::policy_for(std::string domain) {
    if (!options_.sts.http) co_return nullptr;
    Answer const answer = co_await resolver_.texts("_mta-sts." + domain);
    Time const now = options_.clock();
    if (kept_.size() > most_kept)
        std::erase_if(kept_, [now](auto const& k) { return !k.second.policy || k.second.policy->expires <= now; });
    auto const in_force = [&]() -> std::shared_ptr<StsPolicy const> {
        auto const found = kept_.find(domain);
        bool const good = found != kept_.end() && found->second.policy && found->second.policy->expires > now;
        return good ? found->second.policy : nullptr;
    };
    auto const id = answer.failed ? std::nullopt : sts_id(answer.records);
    auto const kept = in_force();
    // §5.1: without a (readable) record a policy that is kept stays in force.
    if (!id || (kept && kept->id == *id)) co_return kept;
    if (auto const found = kept_.find(domain); found != kept_.end() && found->second.again_at > now) co_return kept;
    auto const fetched = co_await fetch(domain, *id);
    auto& place = kept_[domain];
    if (!fetched) {
        place.again_at = now + after_failure;
        log::warning("mta_sts_policy_not_fetched", {{"domain", domain}, {"why", fetched.error().text}});
        co_return in_force();
    }
    place = {std::make_shared<StsPolicy const>(*fetched), {}};
    if (options_.sts.keep) options_.sts.keep(*fetched);
    co_return place.policy;
}

// §3.3: https with a valid certificate, no redirects, 200, text/plain, within a minute.
Task<Expected<StsPolicy>> StsPolicies::fetch(std::string domain, std::string id) {
    std::string const host = "mta-sts." + domain;
    auto const at = co_await resolver_.addresses(host);
    if (at.all.empty()) co_return wrong("no address was found for " + host);
    auto const& address = at.all.back();  // IPv4, where there is one
    std::string const text = address.is_v6() ? '[' + address.to_string() + ']' : address.to_string();
    net::HttpRequest request;
    request.url = "https://" + host + "/.well-known/mta-sts.txt";
    request.connect_to = text + ':' + std::to_string(options_.sts.port);
    request.response_limit = policy_limit;
    request.timeout = std::chrono::milliseconds(60'000);
    auto const reply = co_await options_.sts.http->send(std::move(request));
    if (!reply) co_return fail(reply.error());
    if (reply->status != 200) co_return wrong("the policy's server answers " + std::to_string(reply->status));
    if (!ascii_lower(reply->headers.find("Content-Type")).starts_with("text/plain"))
        co_return wrong("the policy is not text/plain");
    Time const now = options_.clock();
    co_return parse_sts_policy(reply->body, std::move(domain), std::move(id), now);
}

}  // namespace rapport::channels::email
