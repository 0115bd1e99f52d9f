// The recipient's pages while somebody outside vouches for them: to an identity provider and back, and the page on the
// listener that asks for a certificate. A flow belongs to one browser (its own cookie), one provider, one session, and
// is used once.
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "delivery/visit.hpp"
#include "delivery/ways.hpp"
#include "net/host_cookie.hpp"
#include "people/identities.hpp"
#include "store/keyring.hpp"

namespace rapport::delivery {
namespace {

using net::Request;
using net::Response;

// SameSite=Lax: the way back from the provider begins on another site. It opens nothing but the end of its own flow.
constexpr std::string_view flow_cookie = "rapport_sign_in";
constexpr std::string_view flow_path = "/p/sign-in/";
constexpr std::int64_t flow_life_s = 900;

Key256 flow_key(Office const& office) { return office.keyring.derive("delivery.sign-in flow"); }

std::string callback_of(Office const& office, std::string_view provider) {
    return office.settings.public_url + std::string(flow_path) + std::string(provider);
}

Problem problem_of(Error const& error) {
    auto const is = [&](std::string_view code) { return error.code == code; };
    std::string_view const key = is("provider_unreachable") || is("provider_metadata") ? "problem_provider_away"
                                 : is("too_many_attempts")                             ? "problem_busy"
                                                                                       : "problem_unavailable";
    return {key, net::status_of(error), 0};
}

json::Object kept_json(Visit const& visit, identity::Kept const& kept, std::string_view provider,
                       std::string const& browser) {
    return {{"provider", provider},
            {"nonce", kept.nonce},
            {"verifier", kept.verifier},
            {"redirect_uri", kept.redirect_uri},
            {"began_at", to_text(kept.began_at)},
            {"token", visit.token},
            {"cookie", visit.cookie},
            {"locale", to_text(visit.locale())},
            {"browser", to_hex(sha256(browser).view())}};
}

Task<Response> post_provider(Deliveries& deliveries, Request& request, std::string token, std::string id,
                             net::Form<CsrfForm> form) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!form_is_ours(office, visit, form->csrf)) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    auto* const provider = office.ways ? office.ways->provider(id) : nullptr;
    if (!provider || visit.ended) co_return page_for(office, visit, Problem{"problem_unavailable", 404, 0});
    identity::Wanted const wanted{callback_of(office, id), level_of(visit.row->assurance), visit.locale(), true};
    auto const begun = co_await provider->begin(wanted);
    if (!begun) co_return page_for(office, visit, problem_of(begun.error()));
    auto const browser = random_token(24);
    people::Flow const flow{begun->kept.state, to_text(visit.row->id), kept_json(visit, begun->kept, id, browser)};
    auto const opened = co_await deliveries.store().write([&](store::Tx& tx) -> Expected<> {
        auto const row = open_pickup(tx, visit.row->id, visit.caller(), visit.now);
        if (!row) return fail(row.error());
        return people::begin_flow(tx, flow_key(office), flow, visit.now);
    });
    if (!opened && opened.error().code == "too_many_attempts")
        co_return page_for(office, visit, Problem{"problem_busy", 429, 0});
    if (!opened) co_return co_await answer_to(deliveries, request, visit, opened.error());
    auto response = lead_to(office, visit, "going", begun->url, {{"provider", provider->options().name}});
    auto cookie = net::host_cookie(flow_cookie, browser, flow_path, visit.https);
    cookie.max_age_s = flow_life_s;
    cookie.secure = visit.secure;
    response.headers.add("Set-Cookie", net::to_text(cookie));
    co_return response;
}

std::string text_of(json::Object const& object, std::string_view name) {
    return identity::text_in(object, name).value_or("");
}

// What the person who was away is told.
Response told(Office const& office, Visit const& visit, std::string_view name, int status) {
    return notice(office, visit, name, status, visit.row.has_value());
}

std::string_view page_of(Error const& error) {
    if (error.code == "sign_in_declined") return "sign_in_declined";
    if (error.code == "level_too_low") return "level_too_low";
    if (error.code == "provider_unreachable" || error.code == "provider_metadata") return "provider_away";
    return "sign_in_failed";
}

Proof proof_of(identity::Identified const& who) {
    std::string amr;
    for (auto const& one : who.amr) amr += (amr.empty() ? "" : " ") + one;
    Proof proof{who.who, assurance_of(who.level), evidence::method::openid_connect, who.id_token, {}};
    proof.details = {{"acr", who.acr}, {"amr", amr}, {"authenticated", to_text(who.authenticated_at)}};
    if (!who.user_info.empty()) proof.details.emplace_back("user-info-base64", to_base64(who.user_info));
    return proof;
}

Task<Response> finish_proof(Deliveries& deliveries, Request& request, Visit visit, Proof proof, std::string way_on) {
    auto const& office = deliveries.office();
    auto const judged = co_await deliveries.store().write(
        [&](store::Tx& tx) { return judge(tx, office, visit.row->id, visit.caller(), proof, visit.now); });
    if (!judged) co_return co_await answer_to(deliveries, request, visit, judged.error());
    if (!judged->assertion) co_return told(office, visit, judged->refusal, 403);
    co_return lead_to(office, visit, "identified", way_on);
}

Task<Response> get_callback(Deliveries& deliveries, Request& request, std::string id) {
    auto const& office = deliveries.office();
    auto const now = deliveries.clock()();
    bool const https = office.settings.public_url.starts_with("https:");
    auto const browser = request.cookie(net::host_cookie_name(flow_cookie, https)).value_or("");
    identity::Answer answer{request.query("state").value_or(""), request.query("code").value_or(""),
                            request.query("iss").value_or(""), request.query("error").value_or("")};
    std::optional<json::Object> kept;
    // HEAD changes nothing.
    if (request.method() == net::Method::get && !browser.empty() && !answer.state.empty())
        kept = co_await deliveries.store().write(
            [&](store::Tx& tx) { return people::take_flow(tx, flow_key(office), answer.state, now); });
    auto visit = co_await look(deliveries, request, kept ? text_of(*kept, "token") : std::string());
    visit.fresh = false;
    // Mix-up, session fixation, a stolen link: the answer must come to the browser and provider that it was begun with.
    auto* const provider = office.ways ? office.ways->provider(id) : nullptr;
    if (!kept || !provider || !visit.row || text_of(*kept, "provider") != id ||
        !equal_in_constant_time(text_of(*kept, "browser"), to_hex(sha256(browser).view()))) {
        log::warning("sign_in_answer_foreign", {{"provider", id}});
        Visit nowhere;
        nowhere.chosen = visit.chosen;
        co_return told(office, nowhere, "sign_in_foreign", 403);
    }
    visit.cookie = text_of(*kept, "cookie");
    identity::Kept const secrets{answer.state,
                                 text_of(*kept, "nonce"),
                                 text_of(*kept, "verifier"),
                                 text_of(*kept, "redirect_uri"),
                                 time_from_text(text_of(*kept, "began_at")).value_or(now),
                                 true};
    auto const who = co_await provider->finish(std::move(answer), secrets);
    if (!who) {
        log::warning("sign_in_refused",
                     {{"provider", id}, {"code", who.error().code}, {"delivery", to_text(visit.row->id)}});
        co_await deliveries.store().write([&](store::Tx& tx) {
            publish_trouble(tx, *visit.row, "delivery.identification_refused",
                            {{"reason", who.error().code}, {"source", id}}, visit.now);
            return true;
        });
        co_return told(office, visit, page_of(who.error()), net::status_of(who.error()));
    }
    auto proof = proof_of(*who);
    auto const way_on = visit.base();
    co_return co_await finish_proof(deliveries, request, std::move(visit), std::move(proof), way_on);
}

// ---- certificates

struct Shown {
    std::optional<identity::CertifiedPerson> person;
    std::string reason;  // why not
};

Shown judge_certificates(Office const& office, Visit const& visit, Request const& request) {
    Shown shown;
    if (!office.ways || !request.certificates()) return shown;
    for (auto const& authority : office.ways->authorities) {
        if (assurance_of(authority->options().level) < visit.row->assurance) continue;
        auto judged = authority->judge(*request.certificates(), visit.now);
        if (judged) {
            shown.person = std::move(*judged);
            return shown;
        }
        shown.reason = judged.error().text;
    }
    return shown;
}

Task<Response> get_certificate(Deliveries& deliveries, Request& request, std::string token) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!visit.row || visit.ended) co_return page_for(office, visit);
    auto const shown = judge_certificates(office, visit, request);
    auto data = page_data(office, visit);
    data["link"] = office.settings.public_url + visit.base();
    if (!shown.person) {
        data["reason"] = shown.reason;
        auto const name = request.certificates() ? "certificate_refused" : "certificate_none";
        co_return as_page(visit, render_notice(name, visit.locale(), std::move(data)), 403);
    }
    data["certified_name"] = shown.person->who.name;
    data["certified_by"] = shown.person->who.issuer;
    co_return as_page(visit, render_page("certificate", visit.locale(), std::move(data), "certificate_title"), 200);
}

Task<Response> post_certificate(Deliveries& deliveries, Request& request, std::string token, net::Form<CsrfForm> form) {
    auto visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!form_is_ours(office, visit, form->csrf)) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    auto const shown = judge_certificates(office, visit, request);
    if (!shown.person) co_return told(office, visit, "certificate_none", 403);
    auto const opened = co_await deliveries.store().write(
        [&](store::Tx& tx) { return open_pickup(tx, visit.row->id, visit.caller(), visit.now); });
    if (!opened) co_return co_await answer_to(deliveries, request, visit, opened.error());
    Proof proof{shown.person->who,
                assurance_of(shown.person->level),
                evidence::method::certificate,
                shown.person->certificate,
                {}};
    proof.details.emplace_back("name", shown.person->who.name);
    proof.details.emplace_back("revocation", shown.person->revocation_checked ? "checked" : "not checked");
    auto const way_on = office.settings.public_url + visit.base();
    co_return co_await finish_proof(deliveries, request, std::move(visit), std::move(proof), way_on);
}

}  // namespace

net::Routes proof_routes(Deliveries& d) {
    using net::with;
    auto const page = page_options(d);
    return {
        net::post<"/p/{token}/providers/{id}">(net::anyone, "Go to an identity provider", with(d, post_provider), page),
        net::get<"/p/sign-in/{id}">(net::anyone, "The way back from an identity provider", with(d, get_callback), page),
        net::get<"/p/{token}/client-certificate">(net::anyone, "What the browser's certificate says",
                                                  with(d, get_certificate), page),
        net::post<"/p/{token}/client-certificate">(net::anyone, "Identify by certificate", with(d, post_certificate),
                                                   page),
    };
}

}  // namespace rapport::delivery
