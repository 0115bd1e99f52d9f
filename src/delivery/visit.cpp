// The visit, and the pages that fit it.
#include "delivery/visit.hpp"

#include <charconv>

#include "base/crypto.hpp"
#include "delivery/ways.hpp"
#include "net/host_cookie.hpp"
#include "store/keyring.hpp"
#include "templates/page.hpp"

namespace rapport::delivery {
namespace {

using net::Request;
using net::Response;

constexpr std::string_view session_cookie = "rapport_pickup";
constexpr std::string_view language_cookie = "rapport_language";
constexpr auto question_life = std::chrono::minutes(5);

std::optional<Locale> language(std::optional<std::string> const& text) {
    Locale locale{};
    if (text && from_text(*text, locale)) return locale;
    return std::nullopt;
}

}  // namespace

Task<Visit> look(Deliveries& deliveries, Request& request, std::string token) {
    Visit visit;
    visit.now = deliveries.clock()();
    visit.token = std::move(token);
    visit.remote = request.remote_address();
    visit.https = deliveries.office().settings.public_url.starts_with("https:");
    visit.secure = request.secure() || visit.https;
    visit.asked = language(request.query("lang"));
    visit.chosen = visit.asked ? visit.asked : language(request.cookie(language_cookie));
    visit.cookie = request.cookie(net::host_cookie_name(session_cookie, visit.https)).value_or("");
    if (visit.cookie.size() < 32) {
        visit.cookie = random_token();
        visit.fresh = true;
    }
    co_await deliveries.store().read([&](store::Reader& reader) {
        auto id = delivery_of_token(reader, visit.token);
        if (!id) {
            auto const link = delegate_link(reader, visit.token);
            if (!link) return false;
            id = link->delivery;
            visit.delegation = find_delegation(reader, link->delegation);
            visit.ended = !visit.delegation || !is_valid(*visit.delegation, visit.now);
        }
        visit.row = find_row(reader, *id);
        visit.pickup = find_pickup(reader, visit.session(), *id);
        if (visit.pickup && !visit.ended)
            visit.who = identified(*visit.pickup, deliveries.office().settings, visit.now);
        return true;
    });
    co_return visit;
}

std::string csrf_of(Office const& office, Visit const& visit) {
    static constexpr std::string_view purpose = "delivery.pick-up form";
    auto const key = office.keyring.derive(purpose);
    auto const mac = hmac_sha256({reinterpret_cast<char const*>(key.data()), key.size()},
                                 visit.cookie + ":" + to_text(visit.row->id));
    return to_base64url(mac.view());
}

static void add_ways(Office const& office, Visit const& visit, json::Object& data) {
    auto const& row = *visit.row;
    auto const address = code_address(row, visit.delegation);
    data["by_code"] = address.has_value();
    if (address) data["code_address"] = masked(address->value);
    data["substantial"] = row.assurance == Assurance::substantial;
    data["high"] = row.assurance == Assurance::high;
    data["is_delegate"] = visit.delegation.has_value();
    if (visit.delegation) data["delegate"] = visit.delegation->name;
    auto const* const ways = office.ways.get();
    bool any = address.has_value();
    if (ways) {
        auto const needed = std::max(row.assurance, Assurance::low);
        boost::json::array providers;
        for (auto const& one : ways->providers) {
            auto const highest = one->highest();
            if (!highest || assurance_of(*highest) < needed) continue;
            auto const& options = one->options();
            providers.push_back({{"id", options.id},
                                 {"base", visit.base()},
                                 {"csrf", csrf_of(office, visit)},
                                 {"label", page_text("sign_in_with", visit.locale(), {{"provider", options.name}})}});
        }
        any = any || !providers.empty();
        data["providers"] = std::move(providers);
        for (auto const& one : ways->authorities)
            if (!ways->certificate_url.empty() && assurance_of(one->options().level) >= needed) {
                data["certificate_url"] = ways->certificate_url + visit.base() + "/client-certificate";
                any = true;
            }
        if (ways->passkeys && !visit.delegation) {
            auto const question = ask(office, visit, "get");
            data["passkey"] = true;
            data["passkey_rp"] = ways->passkeys->id;
            data["passkey_mark"] = question.mark;
            data["passkey_challenge"] = to_base64url(question.challenge);
        }
    }
    data["no_way"] = !any && !data.contains("passkey");
}

json::Object page_data(Office const& office, Visit const& visit) {
    json::Object data;
    data["organisation"] = office.settings.organisation;
    data["base"] = visit.base();
    data["code_minutes"] =
        std::to_string(std::chrono::duration_cast<std::chrono::minutes>(office.settings.code_life).count());
    if (!visit.row) return data;
    auto const& row = *visit.row;
    data["csrf"] = csrf_of(office, visit);
    add_ways(office, visit, data);
    data["recipient"] = row.recipient_name.empty() ? masked(row.recipient_email) : row.recipient_name;
    data["submitted_at"] = date_for_people(row.submitted_at, visit.locale());
    data["submitted_at_iso"] = to_text(row.submitted_at);
    data["waiting"] = waiting.has(row.state);
    if (row.accept_until) {
        data["accept_until"] = date_for_people(*row.accept_until, visit.locale());
        data["accept_until_iso"] = to_text(*row.accept_until);
    }
    return data;
}

Response as_page(Visit const& visit, std::string html, int status) {
    auto response = net::html(std::move(html), status);
    // The one script is the passkeys'; without it everything else works.
    response.csp =
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'";
    response.cache_control = "no-store";
    auto const set = [&](net::Cookie const& cookie) { response.headers.add("Set-Cookie", net::to_text(cookie)); };
    // No session is begun at an address that leads nowhere.
    if (visit.fresh && visit.row) {
        auto cookie = net::host_cookie(session_cookie, visit.cookie, "/p/", visit.https);
        cookie.secure = visit.secure;
        set(cookie);
    }
    if (visit.asked)
        set({std::string(language_cookie), to_text(*visit.asked), std::nullopt, "/p/", visit.secure, true});
    return response;
}

Response notice(Office const& office, Visit const& visit, std::string_view name, int status, bool with_way_back) {
    auto data = page_data(office, visit);
    if (with_way_back) data["link"] = visit.base();
    return as_page(visit, render_notice(name, visit.locale(), std::move(data)), status);
}

// How a delivery ended that was never opened, and the way to the evidence about it.
static Response ending(Office const& office, Visit const& visit, std::optional<Problem> const& problem) {
    auto data = page_data(office, visit);
    if (problem) data["tries_left"] = data["retry_after"] = std::to_string(problem->number);
    data["proof"] = true;
    data["identified"] = visit.who.has_value();
    auto const state = visit.row->state;
    int const status = state == State::refused ? 200 : state == State::expired ? 410 : 500;
    return as_page(visit,
                   render_notice(json::enum_name(state), visit.locale(), std::move(data),
                                 problem ? problem->key : std::string_view()),
                   problem ? problem->status : status);
}

static bool waits_for_code(Visit const& visit) {
    return !visit.who && visit.pickup && visit.pickup->code && visit.pickup->code_expires_at &&
           visit.now < *visit.pickup->code_expires_at;
}

// The page that fits the delivery's state and the session.
Response page_for(Office const& office, Visit const& visit, std::optional<Problem> problem) {
    if (!visit.row) return notice(office, visit, "missing", 404);
    if (visit.ended) return notice(office, visit, "delegation_over", 410);
    auto const& row = *visit.row;
    if (row.erased_at) return notice(office, visit, "erased", 410);
    if (visit.is_over() && !waits_for_code(visit)) return ending(office, visit, problem);
    if (visit.is_late()) return notice(office, visit, "expired", 410);
    if (row.kind == Kind::plain) return notice(office, visit, "missing", 404);
    auto data = page_data(office, visit);
    int const status = problem ? problem->status : 200;
    std::string_view const key = problem ? problem->key : std::string_view();
    if (problem) data["tries_left"] = data["retry_after"] = std::to_string(problem->number);
    bool const open_already = open_to_recipient.has(row.state);
    if (visit.who) offer_passkey(office, visit, data);
    if (visit.who) data["may_delegate"] = !visit.delegation && !open_already;
    if (visit.who && open_already)
        return as_page(visit, render_page("open", visit.locale(), std::move(data), "open_title", key), status);
    if (visit.who)
        return as_page(visit, render_page("decide", visit.locale(), std::move(data), "decide_title", key), status);
    if (waits_for_code(visit))
        return as_page(visit, render_page("code", visit.locale(), std::move(data), "code_title", key), status);
    auto const title = open_already ? "landing_open_title" : "landing_title";
    return as_page(visit, render_page("landing", visit.locale(), std::move(data), title, key), status);
}

// What a refused verb is told; the page is rendered for the state as it is now.
Task<Response> answer_to(Deliveries& deliveries, Request& request, Visit visit, Error error) {
    auto again = co_await look(deliveries, request, visit.token);
    again.cookie = visit.cookie;
    std::string_view key;
    if (error.code == "state_changed" || error.code == "delivery_busy")
        key = "problem_busy";
    else if (error.kind == ErrorKind::unavailable)
        key = "problem_unavailable";
    Problem const problem{key, net::status_of(error), 0};
    co_return page_for(deliveries.office(), again, problem);
}

bool form_is_ours(Office const& office, Visit const& visit, std::string_view csrf) {
    return visit.row && !visit.fresh && equal_in_constant_time(csrf, csrf_of(office, visit));
}

Response lead_to(Office const& office, Visit const& visit, std::string_view name, std::string const& address,
                 json::Object more) {
    auto data = page_data(office, visit);
    for (auto const& [key, value] : more) data[key] = value;
    data["refresh"] = address;
    data["onward"] = address;
    return as_page(visit, render_notice(name, visit.locale(), std::move(data)), 200);
}

Response problem_page(Office const& office, Request const& request, Response const& problem) {
    Visit visit;
    visit.chosen = language(request.cookie(language_cookie));
    if (!visit.chosen) visit.chosen = templates::preferred_locale(request.header("Accept-Language"));
    int const status = problem.status;
    std::string_view const name = status == 404   ? "missing"
                                  : status == 403 ? "stale"
                                  : status == 413 ? "too_large"
                                  : status >= 500 ? "busy"
                                                  : "not_understood";
    json::Object data;
    data["organisation"] = office.settings.organisation;
    return as_page(visit, render_notice(name, visit.locale(), std::move(data)), status);
}

namespace {
Bytes challenge_for(Office const& office, Visit const& visit, std::string_view purpose, std::string_view mark) {
    auto const key = office.keyring.derive("delivery.passkey question");
    auto message = std::string(purpose) + ":" + to_text(visit.row->id) + ":";
    message.append(visit.session().view()).append(mark);
    return Bytes(hmac_sha256({reinterpret_cast<char const*>(key.data()), key.size()}, message).view());
}
}  // namespace

Question ask(Office const& office, Visit const& visit, std::string_view purpose) {
    auto mark = std::to_string(micros(visit.now)) + "." + random_token(16);
    auto challenge = challenge_for(office, visit, purpose, mark);
    return {std::move(mark), std::move(challenge)};
}

std::optional<Bytes> challenge_of(Office const& office, Visit const& visit, std::string_view purpose,
                                  std::string_view mark) {
    std::int64_t asked = 0;
    auto const [end, error] = std::from_chars(mark.data(), mark.data() + mark.size(), asked);
    if (error != std::errc() || end == mark.data() + mark.size() || mark.size() > 100) return std::nullopt;
    auto const at = time_from_micros(asked);
    if (at > visit.now || visit.now - at > question_life) return std::nullopt;
    return challenge_for(office, visit, purpose, mark);  // the mark is in it: a changed one asks another question
}

net::RouteOptions page_options(Deliveries const& d) {
    auto const page = [&office = d.office()](Request const& request, Response const& problem) {
        return problem_page(office, request, problem);
    };
    return {.kind = net::Kind::page, .secret_path = true, .problem_page = page};
}

net::RouteOptions file_options(Deliveries const& d) {
    auto options = page_options(d);
    options.kind = net::Kind::file;
    return options;
}

}  // namespace rapport::delivery
