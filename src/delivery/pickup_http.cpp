// The recipient's pages: /p/{token}. Complete without JavaScript. Looking changes nothing before acceptance; every
// change is a POST with a token bound to the session's cookie. The link alone shows who sends, never what.
#include <algorithm>
#include <numeric>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "certificate/certificate.hpp"
#include "delivery/http.hpp"
#include "delivery/packaging.hpp"
#include "delivery/pages.hpp"
#include "delivery/pickup.hpp"
#include "delivery/row.hpp"
#include "net/net.hpp"
#include "store/keyring.hpp"

namespace rapport::delivery {
namespace {

using net::Request;
using net::Response;

constexpr std::string_view session_cookie = "rapport_pickup";
constexpr std::string_view language_cookie = "rapport_language";

// One look at a delivery through its link.
struct Visit {
    std::string token;
    std::string cookie;  // the session's secret
    bool fresh = false;  // the cookie must be set
    Time now{};
    std::optional<Locale> asked;     // ?lang=
    std::optional<Locale> chosen;    // by ?lang= or its cookie
    std::optional<DeliveryRow> row;  // empty: there is nothing at this address
    std::optional<PickupRow> pickup;
    std::optional<Assertion> who;  // identified, and still so
    bool secure = false;

    Locale locale() const { return chosen.value_or(row ? row->locale : Locale::en); }
    Digest session() const { return sha256(cookie); }
    std::string base() const { return "/p/" + token; }
    // The content is closed to them for good; the evidence about it is theirs too.
    bool is_over() const {
        return row && row->kind == Kind::registered && !row->erased_at && closed_for_good.has(row->state);
    }
    bool is_late() const { return row->accept_until && now >= *row->accept_until && waiting.has(row->state); }
};

std::optional<Locale> language(std::optional<std::string> const& text) {
    Locale locale{};
    if (text && from_text(*text, locale)) return locale;
    return std::nullopt;
}

Task<Visit> look(Deliveries& deliveries, Request& request, std::string token) {
    Visit visit;
    visit.now = deliveries.clock()();
    visit.token = std::move(token);
    visit.secure = request.secure() || deliveries.office().settings.public_url.starts_with("https:");
    visit.asked = language(request.query("lang"));
    visit.chosen = visit.asked ? visit.asked : language(request.cookie(language_cookie));
    visit.cookie = request.cookie(session_cookie).value_or("");
    if (visit.cookie.size() < 32) {
        visit.cookie = random_token();
        visit.fresh = true;
    }
    co_await deliveries.store().read([&](store::Reader& reader) {
        auto const id = delivery_of_token(reader, visit.token);
        if (!id) return false;
        visit.row = find_row(reader, *id);
        visit.pickup = find_pickup(reader, visit.session(), *id);
        if (visit.pickup) visit.who = identified(*visit.pickup, deliveries.office().settings, visit.now);
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

json::Object page_data(Office const& office, Visit const& visit) {
    json::Object data;
    data["organisation"] = office.settings.organisation;
    data["base"] = visit.base();
    data["code_minutes"] =
        std::to_string(std::chrono::duration_cast<std::chrono::minutes>(office.settings.code_life).count());
    if (!visit.row) return data;
    auto const& row = *visit.row;
    data["csrf"] = csrf_of(office, visit);
    data["code_address"] = masked(row.code_email.value_or(row.recipient_email));
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
    response.csp = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.cache_control = "no-store";
    auto const set = [&](std::string_view name, std::string const& value) {
        net::Cookie const cookie{std::string(name), value, std::nullopt, "/p/", visit.secure, true};
        response.headers.add("Set-Cookie", net::to_text(cookie));
    };
    // No session is begun at an address that leads nowhere.
    if (visit.fresh && visit.row) set(session_cookie, visit.cookie);
    if (visit.asked) set(language_cookie, to_text(*visit.asked));
    return response;
}

Response notice(Office const& office, Visit const& visit, std::string_view name, int status,
                bool with_way_back = false) {
    auto data = page_data(office, visit);
    if (with_way_back) data["link"] = visit.base();
    return as_page(visit, render_notice(name, visit.locale(), std::move(data)), status);
}

struct Problem {
    std::string_view key;
    int status = 422;
    int number = 0;  // tries left, or seconds to wait
};

// How a delivery ended that was never opened, and the way to the evidence about it.
Response ending(Office const& office, Visit const& visit, std::optional<Problem> const& problem) {
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

bool waits_for_code(Visit const& visit) {
    return !visit.who && visit.pickup && visit.pickup->code && visit.pickup->code_expires_at &&
           visit.now < *visit.pickup->code_expires_at;
}

// The page that fits the delivery's state and the session.
Response page_for(Office const& office, Visit const& visit, std::optional<Problem> problem = {}) {
    if (!visit.row) return notice(office, visit, "missing", 404);
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

// ---- looking

Task<Response> get_landing(Deliveries& deliveries, Request& request, std::string token) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    co_return page_for(deliveries.office(), visit);
}

Task<Response> get_style(Deliveries&, Request&) {
    Response response = net::bytes(Bytes(page_asset("style.css")), "text/css; charset=utf-8");
    response.cache_control = "public, max-age=3600";
    co_return response;
}

// ---- deciding who

struct CsrfForm {
    std::string csrf;
};
BOOST_DESCRIBE_STRUCT(CsrfForm, (), (csrf))
struct CodeForm {
    std::string csrf, code;
};
BOOST_DESCRIBE_STRUCT(CodeForm, (), (csrf, code))
struct RefusalForm {
    std::string csrf, reason;
};
BOOST_DESCRIBE_STRUCT(RefusalForm, (), (csrf, reason))

Task<Response> post_code(Deliveries& deliveries, Request& request, std::string token, net::Form<CsrfForm> form) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    if (!form_is_ours(deliveries.office(), visit, form->csrf))
        co_return page_for(deliveries.office(), visit, Problem{"problem_session", 403, 0});
    auto const begun = co_await deliveries.store().write([&](store::Tx& tx) {
        return send_code(tx, deliveries.identification(), visit.row->id, visit.session(), visit.now);
    });
    if (!begun) co_return co_await answer_to(deliveries, request, visit, begun.error());
    if (begun->sent) co_return net::see_other(visit.base());
    auto response = page_for(deliveries.office(), visit, Problem{"problem_code_wait", 429, begun->retry_after_s});
    response.headers.add("Retry-After", std::to_string(begun->retry_after_s));
    co_return response;
}

Task<Response> post_identification(Deliveries& deliveries, Request& request, std::string token,
                                   net::Form<CodeForm> form) {
    auto visit = co_await look(deliveries, request, std::move(token));
    if (!form_is_ours(deliveries.office(), visit, form->csrf))
        co_return page_for(deliveries.office(), visit, Problem{"problem_session", 403, 0});
    auto const finished = co_await deliveries.store().write([&](store::Tx& tx) {
        return identify(tx, deliveries.identification(), visit.row->id, visit.session(), form->code, visit.now);
    });
    if (!finished) co_return co_await answer_to(deliveries, request, visit, finished.error());
    if (finished->assertion) co_return net::see_other(visit.base());
    if (finished->tries_left > 0)
        co_return page_for(deliveries.office(), visit, Problem{"problem_code_wrong", 422, finished->tries_left});
    visit.pickup.reset();  // begin again
    co_return page_for(deliveries.office(), visit, Problem{"problem_code_over", 422, 0});
}

// ---- deciding what

Task<Response> decide(Deliveries& deliveries, Request& request, std::string token, std::string csrf, bool accept,
                      std::string reason) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!form_is_ours(office, visit, csrf)) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    if (!visit.who) co_return page_for(office, visit, Problem{"problem_identify", 403, 0});
    Plan const plan = [&](store::Reader& reader) {
        return accept ? plan_acceptance(reader, office, visit.row->id, *visit.who,
                                        office.settings.public_url + visit.base(), visit.now)
                      : plan_refusal(reader, office, visit.row->id, *visit.who, reason, visit.now);
    };
    auto const state = co_await deliveries.carry_out(plan);
    if (!state) co_return co_await answer_to(deliveries, request, visit, state.error());
    co_return net::see_other(visit.base());
}

Task<Response> post_acceptance(Deliveries& deliveries, Request& request, std::string token, net::Form<CsrfForm> form) {
    return decide(deliveries, request, std::move(token), std::move(form->csrf), true, {});
}

Task<Response> post_refusal(Deliveries& deliveries, Request& request, std::string token, net::Form<RefusalForm> form) {
    std::string reason(trimmed(form->reason));
    if (count_characters(reason) > 500 || !is_plain_text(reason)) reason.clear();
    return decide(deliveries, request, std::move(token), std::move(form->csrf), false, std::move(reason));
}

// ---- reading

// The content's part, about to be given out: the record that the message is, or that the part is damaged. A look by
// HEAD records nothing.
Task<Expected<Part>> give_out(Deliveries& deliveries, Request& request, Visit const& visit, int number) {
    auto const& office = deliveries.office();
    auto part = co_await deliveries.store().read(
        [&](store::Reader& reader) { return content(reader, office, visit.row->id, number); });
    bool const damaged = !part && part.error().code == "content_damaged";
    if (request.method() == net::Method::head || (!part && !damaged)) co_return part;
    if (!damaged && number != 0) co_return part;
    Plan const plan = [&](store::Reader& reader) {
        return damaged ? plan_failed_hand_over(reader, office, visit.row->id, *visit.who, number, visit.now)
                       : plan_reading(reader, office, visit.row->id, *visit.who, visit.now);
    };
    auto const state = co_await deliveries.carry_out(plan);
    if (!damaged && !state) co_return fail(state.error());
    co_return part;
}

// The record that these parts have left; made when their last octet has.
std::function<Task<>()> hand_over_after(Deliveries& deliveries, Visit const& visit, std::vector<int> parts) {
    return [&deliveries, id = visit.row->id, who = *visit.who, parts = std::move(parts)]() -> Task<> {
        auto const now = deliveries.clock()();
        Plan const plan = [&](store::Reader& reader) {
            return plan_hand_over(reader, deliveries.office(), id, who, parts, now);
        };
        auto const state = co_await deliveries.carry_out(plan);
        if (!state) log::warning("hand_over_not_recorded", {{"delivery", to_text(id)}, {"code", state.error().code}});
    };
}

// Empty when the visitor may read.
std::optional<Response> closed(Office const& office, Visit const& visit) {
    if (!visit.row || visit.row->erased_at || !open_to_recipient.has(visit.row->state)) return page_for(office, visit);
    if (!visit.who) return page_for(office, visit, Problem{"problem_identify", 403, 0});
    return std::nullopt;
}

Task<Response> get_content(Deliveries& deliveries, Request& request, std::string token) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (auto page = closed(office, visit)) co_return std::move(*page);
    auto const message = co_await give_out(deliveries, request, visit, 0);
    if (!message) co_return co_await answer_to(deliveries, request, visit, message.error());
    auto data = page_data(office, visit);
    auto const key = key_of(office, visit.row->wrapped_key);
    auto const names =
        key && visit.row->names ? open_names(*key, visit.row->id, visit.row->names->bytes) : Expected<Names>(Names{});
    if (names) data["subject"] = names->subject;
    data["text"] = text_of(message->bytes);
    boost::json::array list;
    auto const files =
        co_await deliveries.store().read([&](store::Reader& reader) { return files_of(reader, visit.row->id); });
    for (std::size_t i = 0; i < files.size(); ++i)
        list.push_back({{"number", std::to_string(files[i].number)},
                        {"name", names && i < names->files.size() ? names->files[i] : ""},
                        {"media_type", files[i].media_type},
                        {"size", size_for_people(files[i].size)},
                        {"base", visit.base()}});
    data["has_files"] = !list.empty();
    data["files"] = std::move(list);
    auto page = as_page(visit, render_page("content", visit.locale(), std::move(data), "open_title"), 200);
    page.after_sent = hand_over_after(deliveries, visit, {0});
    co_return page;
}

// Always whole: what the evidence says was handed over is not the piece that a Range asks for.
Response private_download(Response response) {
    response.cache_control = "no-store";
    response.may_divide = false;
    return response;
}

Task<Response> get_file(Deliveries& deliveries, Request& request, std::string token, int number) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    if (auto page = closed(deliveries.office(), visit)) co_return std::move(*page);
    auto part = co_await give_out(deliveries, request, visit, number);
    if (!part) co_return co_await answer_to(deliveries, request, visit, part.error());
    auto file = private_download(net::attachment(std::move(part->bytes), part->media_type, part->name));
    file.after_sent = hand_over_after(deliveries, visit, {number});
    co_return file;
}

Task<Response> get_package(Deliveries& deliveries, Request& request, std::string token) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    bool const withheld = visit.is_over() && visit.who;
    if (visit.is_over() && !visit.who) co_return page_for(office, visit, Problem{"problem_identify", 403, 0});
    if (!withheld)
        if (auto page = closed(office, visit)) co_return std::move(*page);
    auto const contents = withheld ? Contents::withheld : Contents::required;
    auto file = co_await deliveries.store().read(
        [&](store::Reader& reader) { return package(reader, office, visit.row->id, contents, visit.now); });
    if (file) {
        auto download = private_download(net::attachment(std::move(*file), std::string(evidence::package_media_type),
                                                         to_text(visit.row->id) + ".asice"));
        if (withheld || request.method() == net::Method::head) co_return download;
        // The package holds every part: who gets it has got them all.
        Plan const reading = [&](store::Reader& reader) {
            return plan_reading(reader, office, visit.row->id, *visit.who, visit.now);
        };
        auto const state = co_await deliveries.carry_out(reading);
        if (!state) co_return co_await answer_to(deliveries, request, visit, state.error());
        std::vector<int> parts(static_cast<std::size_t>(visit.row->files) + 1);
        std::iota(parts.begin(), parts.end(), 0);
        download.after_sent = hand_over_after(deliveries, visit, std::move(parts));
        co_return download;
    }
    if (file.error().code == "not_yet_logged") co_return notice(office, visit, "package_waits", 503, true);
    co_return co_await answer_to(deliveries, request, visit, file.error());
}

// A view of the evidence, with the same doors as the package; looking at it hands nothing over.
Task<Response> get_certificate(Deliveries& deliveries, Request& request, std::string token) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    bool const withheld = visit.is_over() && visit.who;
    if (visit.is_over() && !visit.who) co_return page_for(office, visit, Problem{"problem_identify", 403, 0});
    if (!withheld)
        if (auto page = closed(office, visit)) co_return std::move(*page);
    auto const contents = withheld ? Contents::withheld : Contents::required;
    auto file = co_await deliveries.store().read(
        [&](store::Reader& reader) { return certificate(reader, office, visit.row->id, contents, visit.locale()); });
    if (file)
        co_return private_download(
            net::attachment(std::move(*file), std::string(certificate::media_type), to_text(visit.row->id) + ".pdf"));
    if (file.error().code == "not_yet_logged") co_return notice(office, visit, "package_waits", 503, true);
    co_return co_await answer_to(deliveries, request, visit, file.error());
}

}  // namespace

net::Routes pickup_routes(Deliveries& d) {
    using net::with;
    net::RouteOptions const page{.kind = net::Kind::page, .secret_path = true};
    net::RouteOptions const file{.kind = net::Kind::file, .secret_path = true};
    return {
        net::get<"/p/style.css">(net::anyone, "The pick-up pages' style sheet", with(d, get_style),
                                 {.kind = net::Kind::file}),
        net::get<"/p/{token}">(net::anyone, "A delivery as its link shows it", with(d, get_landing), page),
        net::post<"/p/{token}/code">(net::anyone, "Send the recipient a code", with(d, post_code), page),
        net::post<"/p/{token}/identification">(net::anyone, "Identify the recipient by the code",
                                               with(d, post_identification), page),
        net::post<"/p/{token}/acceptance">(net::anyone, "Accept the delivery", with(d, post_acceptance), page),
        net::post<"/p/{token}/refusal">(net::anyone, "Refuse the delivery", with(d, post_refusal), page),
        net::get<"/p/{token}/content">(net::anyone, "The content, after acceptance", with(d, get_content), page),
        net::get<"/p/{token}/files/{number}">(net::anyone, "A file, after acceptance", with(d, get_file), file),
        net::get<"/p/{token}/certificate">(net::anyone, "The recipient's certificate (PDF)", with(d, get_certificate),
                                           file),
        net::get<"/p/{token}/package">(net::anyone, "The recipient's evidence package", with(d, get_package), file),
    };
}

}  // namespace rapport::delivery
