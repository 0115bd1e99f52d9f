// The recipient's pages: /p/{token}. Complete without JavaScript. Looking changes nothing before acceptance; every
// change is a POST with a token bound to the session's cookie. The link alone shows who sends, never what. Being
// identified by others: pickup_proof.cpp, pickup_passkey.cpp.
#include <algorithm>
#include <numeric>

#include "base/log.hpp"
#include "certificate/certificate.hpp"
#include "delivery/http.hpp"
#include "delivery/packaging.hpp"
#include "delivery/visit.hpp"

namespace rapport::delivery {
namespace {

using net::Request;
using net::Response;

// ---- looking

Task<Response> get_landing(Deliveries& deliveries, Request& request, std::string token) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    co_return page_for(deliveries.office(), visit);
}

Task<Expected<Response>> get_nothing(Deliveries&, std::string, std::string) {
    co_return fail(ErrorKind::not_found, "not_found", "There is nothing at this address.");
}

Task<Response> get_style(Deliveries&, Request&) {
    Response response = net::bytes(Bytes(page_asset("style.css")), "text/css; charset=utf-8");
    response.cache_control = "public, max-age=3600";
    co_return response;
}

// ---- deciding who

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
        return send_code(tx, deliveries.identification(), visit.row->id, visit.caller(), visit.now);
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
        return identify(tx, deliveries.office(), deliveries.identification(), visit.row->id, visit.caller(), form->code,
                        visit.now);
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
    // A delegate's link is for nobody else: the recipient is told without it.
    auto const own_link = visit.delegation ? std::string() : office.settings.public_url + visit.base();
    Plan const plan = [&](store::Reader& reader) -> Expected<Move> {
        if (!still_holds(reader, visit.caller(), visit.now)) return fail(no_such_delivery());
        return accept ? plan_acceptance(reader, office, visit.row->id, *visit.who, own_link, visit.now)
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
    auto const page = page_options(d), file = file_options(d);
    net::Routes all{
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
        net::get<"/p/{token}/{rest...}">(net::anyone, "Nothing: a page says so", with(d, get_nothing), page),
    };
    all.add(proof_routes(d));
    all.add(passkey_routes(d));
    all.add(delegation_routes(d));
    return all;
}

}  // namespace rapport::delivery
