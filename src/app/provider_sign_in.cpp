// Agents sign in to the console through an identity provider, with an identity that they have linked to their account
// beforehand. The console asks for the address to go to; the provider sends the browser back here; the console is told
// the outcome in its own address and speaks to the agent.
#include <algorithm>

#include "app/house.hpp"
#include "app/routes.hpp"
#include "app/ways.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "delivery/identification.hpp"
#include "net/host_cookie.hpp"
#include "net/net.hpp"
#include "people/identities.hpp"

namespace rapport::app {
namespace {

using net::Request;
using net::Response;

constexpr std::string_view flow_cookie = "rapport_agent_sign_in";
constexpr std::string_view flow_path = "/sign-in/";
constexpr std::int64_t flow_life_s = 900;

bool is_https(House const& house) { return house.config.public_url.starts_with("https:"); }

struct ProviderView {
    std::string id, name;
};
BOOST_DESCRIBE_STRUCT(ProviderView, (), (id, name))
struct WayView {
    std::string url;  // where the browser goes
};
BOOST_DESCRIBE_STRUCT(WayView, (), (url))
struct IdentityView {
    people::IdentityId id;
    std::string provider, subject;
    Time created_at;
    std::optional<Time> used_at;
};
BOOST_DESCRIBE_STRUCT(IdentityView, (), (id, provider, subject, created_at, used_at))

Key256 flow_key(House& house) { return house.keyring.derive("app.agent sign-in flow"); }

identity::RelyingParty* provider_of(House& house, std::string_view id) {
    if (!is_for(house.config, id, "agents")) return nullptr;
    if (auto* const found = house.ways->provider(id)) return found;
    for (auto const& one : house.ways->agents_only)
        if (one->options().id == id) return one.get();
    return nullptr;
}

Task<Expected<net::Page<ProviderView>>> get_providers(House& house) {
    net::Page<ProviderView> page;
    for (auto const& one : house.config.identity_provider)
        if (is_for(house.config, one.id, "agents")) page.items.push_back({one.id, one.name});
    co_return page;
}

// `agent`: whose account the identity shall be linked to; empty: somebody signs in.
Task<Expected<Response>> go(House& house, Request& request, std::string id, std::optional<people::AgentId> agent) {
    auto* const provider = provider_of(house, id);
    if (!provider) co_return fail(ErrorKind::not_found, "provider_not_found", "There is no such identity provider.");
    identity::Wanted const wanted{house.config.public_url + std::string(flow_path) + id};
    auto const begun = co_await provider->begin(wanted);
    if (!begun) co_return fail(begun.error());
    auto const browser = random_token(24);
    auto const owner = agent ? to_text(*agent) : "sign-in:" + request.remote_address();
    people::Flow const flow{begun->kept.state,
                            owner,
                            {{"provider", id},
                             {"nonce", begun->kept.nonce},
                             {"verifier", begun->kept.verifier},
                             {"redirect_uri", begun->kept.redirect_uri},
                             {"agent", agent ? to_text(*agent) : std::string()},
                             {"browser", to_hex(sha256(browser).view())}}};
    auto const kept = co_await house.store->write(
        [&](store::Tx& tx) { return people::begin_flow(tx, flow_key(house), flow, request.now()); });
    if (!kept) co_return fail(kept.error());
    auto response = net::json_response(201, json::encode(WayView{begun->url}));
    auto cookie = net::host_cookie(flow_cookie, browser, flow_path, is_https(house));
    cookie.max_age_s = flow_life_s;
    cookie.secure = request.secure() || is_https(house);
    response.headers.add("Set-Cookie", net::to_text(cookie));
    co_return response;
}

Task<Expected<Response>> post_sign_in(House& house, Request& request, std::string id) {
    co_return co_await go(house, request, std::move(id), std::nullopt);
}

Task<Expected<Response>> post_identity(House& house, Request& request, std::string id) {
    auto const agent = people::require_agent(request.actor());
    if (!agent) co_return fail(agent.error());
    co_return co_await go(house, request, std::move(id), *agent);
}

std::string text_of(json::Object const& object, std::string_view name) {
    return identity::text_in(object, name).value_or("");
}

Response back_to(std::string_view page, std::string_view problem = {}) {
    std::string address = "/console/" + std::string(page);
    if (!problem.empty()) address += "?problem=" + net::percent_encoded(problem);
    return net::see_other(address);
}

// What is kept of a sign-in, for the evidence of what the agent sends.
std::string record_of(identity::Identified const& who, Time now) {
    std::string amr;
    for (auto const& one : who.amr) amr += (amr.empty() ? "" : " ") + one;
    std::string out = "rapport-agent-sign-in-1\n";
    auto const line = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) out.append(name).append(": ").append(delivery::one_line(value)).append("\n");
    };
    line("provider", who.who.source);
    line("issuer", who.who.issuer);
    line("subject", who.who.subject);
    line("level", json::enum_name(who.level));
    line("acr", who.acr);
    line("amr", amr);
    line("authenticated", to_text(who.authenticated_at));
    line("time", to_text(now));
    line("assertion-sha256", to_hex(sha256(who.id_token).view()));
    line("assertion-base64", to_base64(who.id_token));
    return out;
}

Task<Response> link(House& house, Request& request, people::AgentId agent, people::ProvidedIdentity identity) {
    auto act = people::act_of(request);
    act.actor = {ActorKind::agent, agent.value, {}};
    auto const linked = co_await house.store->write(
        [&](store::Tx& tx) { return people::link_agent_identity(tx, act, agent, identity); });
    co_return back_to("settings/account", linked ? std::string_view("") : std::string_view(linked.error().code));
}

Task<Response> get_callback(House& house, Request& request, std::string id) {
    auto const browser = request.cookie(net::host_cookie_name(flow_cookie, is_https(house))).value_or("");
    identity::Answer answer{request.query("state").value_or(""), request.query("code").value_or(""),
                            request.query("iss").value_or(""), request.query("error").value_or("")};
    auto const now = request.now();
    std::optional<json::Object> kept;
    if (request.method() == net::Method::get && !browser.empty() && !answer.state.empty())
        kept = co_await house.store->write(
            [&](store::Tx& tx) { return people::take_flow(tx, flow_key(house), answer.state, now); });
    auto* const provider = provider_of(house, id);
    if (!kept || !provider || text_of(*kept, "provider") != id ||
        !equal_in_constant_time(text_of(*kept, "browser"), to_hex(sha256(browser).view())))
        co_return back_to("sign-in", "answer_foreign");
    people::AgentId agent;
    bool const links = from_text(text_of(*kept, "agent"), agent);
    identity::Kept const secrets{answer.state, text_of(*kept, "nonce"), text_of(*kept, "verifier"),
                                 text_of(*kept, "redirect_uri"), now};
    auto const who = co_await provider->finish(std::move(answer), secrets);
    if (!who) {
        log::warning("agent_sign_in_refused", {{"provider", id}, {"code", who.error().code}});
        co_return back_to(links ? "settings/account" : "sign-in", who.error().code);
    }
    people::ProvidedIdentity identity{id, who->who.subject, std::string(json::enum_name(who->level)),
                                      record_of(*who, now)};
    if (links) co_return co_await link(house, request, agent, std::move(identity));
    auto const act = people::act_of(request);
    auto const done =
        co_await house.access.sign_in_by_provider(std::move(identity), act, std::string(request.header("User-Agent")));
    if (!done) co_return back_to("sign-in", done.error().code);
    auto response = back_to("");
    response.headers.add("Set-Cookie", net::to_text(house.access.cookie(done->token, request.secure())));
    co_return response;
}

Task<Expected<net::Page<IdentityView>>> get_identities(House& house, Request& request) {
    auto const agent = people::require_agent(request.actor());
    if (!agent) co_return fail(agent.error());
    auto const all =
        co_await house.store->read([&](store::Reader& reader) { return people::identities_of(reader, *agent); });
    net::Page<IdentityView> page;
    for (auto const& one : all) page.items.push_back({one.id, one.source, one.value, one.created_at, one.used_at});
    co_return page;
}

Task<Expected<void>> delete_identity(House& house, Request& request, people::IdentityId id) {
    auto const agent = people::require_agent(request.actor());
    if (!agent) co_return fail(agent.error());
    auto const act = people::act_of(request);
    co_return co_await house.store->write(
        [&](store::Tx& tx) { return people::unlink_agent_identity(tx, act, *agent, id); });
}

}  // namespace

net::Routes provider_routes(House& house) {
    using net::with;
    return {
        net::get<"/v1/sign-in/providers">(net::anyone, "Identity providers that agents sign in with",
                                          with(house, get_providers)),
        net::post<"/v1/sign-in/providers/{id}">(net::anyone, "Where the browser goes to sign in",
                                                with(house, post_sign_in), {.body_limit = 4096}),
        net::get<"/sign-in/{id}">(net::anyone, "The way back from an identity provider", with(house, get_callback),
                                  {.kind = net::Kind::page, .secret_path = true}),
        net::get<"/v1/agents/me/identities">(net::signed_in, "Own linked identities", with(house, get_identities)),
        net::post<"/v1/agents/me/identities/{id}">(net::signed_in, "Where the browser goes to link an identity",
                                                   with(house, post_identity), {.body_limit = 4096}),
        net::del<"/v1/agents/me/identities/{id}">(net::signed_in, "Unlink an identity", with(house, delete_identity)),
    };
}

}  // namespace rapport::app
