// The route table of the whole program.
#include "app/routes.hpp"

#include <boost/json/serialize.hpp>

#include "app/assets.hpp"
#include "app/demo.hpp"
#include "app/erasure.hpp"
#include "app/gate.hpp"
#include "app/searching.hpp"
#include "app/splitting.hpp"
#include "base/log.hpp"
#include "channels/email/sink_http.hpp"
#include "conversation/http.hpp"
#include "delivery/http.hpp"
#include "desk/http.hpp"
#include "forms/http.hpp"
#include "knowledge/http.hpp"
#include "live/http.hpp"
#include "net/any_site.hpp"
#include "notice/http.hpp"
#include "operate/sweep_pause.hpp"
#include "people/permissions.hpp"
#include "post/http.hpp"
#include "preferences/http.hpp"
#include "webhooks/http.hpp"

namespace rapport::app {
namespace {

// Each takes up to 200 MB while it is put together.
constexpr int downloads_at_once = 2;
constexpr std::chrono::seconds patience{10};

struct Health {
    bool ok = true;
};
BOOST_DESCRIBE_STRUCT(Health, (), (ok))

Task<Expected<Health>> alive() { co_return Health{}; }

// Ready: the database takes writes, and answers: when nothing is written, nobody else notices that it is away.
// Reads go on while it takes no writes.
Task<Expected<Health>> ready(House& house) {
    co_await house.store->read([](store::Reader& reader) { return store::Store::last_event(reader); });
    if (!house.store->writable())
        co_return fail(Error{ErrorKind::unavailable,
                             "not_writable",
                             "The database takes no writes now: the disk may be full. Reading goes on.",
                             {},
                             2});
    co_return Health{};
}

Task<Expected<net::Response>> to_verify_page() { co_return net::see_other("/verify/"); }

// Pages of other sites carry it: a name that stays, looked at again after ten minutes.
Task<Expected<net::Response>> widget() {
    for (auto const& asset : assets())
        if (asset.name == "widget/widget.js") {
            auto response = net::bytes(Bytes(asset.content), "text/javascript; charset=utf-8");
            response.cache_control = "public, max-age=600";
            co_return response;
        }
    co_return fail(ErrorKind::not_found, "not_found", "This program was built without its web pages.");
}

Task<Expected<net::Response>> front_door() { co_return net::see_other("/console/"); }

// RFC 3161 §3.4: the own, non-qualified authority, so that the demo's stamps can be had from outside too.
Task<Expected<net::Response>> stamp(House& house, net::Request& request) {
    co_return net::bytes(house.tsa->respond(request.body(), system_now()),
                         std::string(evidence::time_stamp_reply_type));
}

}  // namespace

net::Routes routes(House& house, bool is_demo) {
    net::Routes all;
    all.add(net::get<"/">(net::anyone, "The console", front_door, {.kind = net::Kind::page}));
    all.add(
        net::get<"/verify">(net::anyone, "The page that verifies packages", to_verify_page, {.kind = net::Kind::page}));
    all.add(net::get<"/healthz">(net::anyone, "Is the program alive?", alive));
    all.add(net::get<"/readyz">(net::anyone, "Does the database take writes?", net::with(house, ready)));
    all.add(people::routes(house.access));
    all.add(provider_routes(house));
    all.add(through_gate(std::make_shared<Gate>(downloads_at_once, patience), delivery::routes(house.deliveries)));
    all.add(preferences::routes(house.preferences));
    all.add(preferences::page_routes(house.preferences));
    all.add(conversation::routes(house.conversations));
    all.add(conversation::mailbox_routes(house.conversations));
    all.add(conversation::sla_routes(house.conversations));
    all.add(conversation::routing_routes(house.conversations));
    all.add(conversation::rating_routes(house.conversations));
    all.add(conversation::rating_pages(house.conversations));
    all.add(conversation::looking_routes(house.conversations));
    all.add(live::routes(house.live));
    all.add(live::visitor_routes(house.live));
    all.add(knowledge::routes(house.knowledge));
    all.add(knowledge::reading_routes(house.reading));
    all.add(forms::routes(house.forms));
    all.add(forms::public_routes(house.forms));
    all.add(conversation::field_routes(house.conversations));
    all.add(conversation::import_routes(house.conversations));
    all.add(desk::routes(house.desk));
    all.add(desk::view_routes(house.desk));
    all.add(desk::mention_routes(house.desk));
    all.add(desk::rule_routes(house.desk));
    all.add(notice::routes(house.notices));
    all.add(notice::bulk_routes(house.bulks));
    all.add(notice::schedule_routes(house.schedules));
    all.add(notice::answer_routes(house.notices));
    all.add(post::routes(house.post_office));
    all.add(post::routes(house.returns_desk));
    all.add(post::routes(house.mail_desk));
    all.add(post::routes(house.pickups));
    all.add(webhooks::routes(house.webhooks));
    all.add(search_routes(house));
    all.add(erasure_routes(house));
    all.add(splitting_routes(house));
    all.add(evidence::routes(house.public_log));
    all.add(app::routes(house.feed));
    all.add(settings_routes(house));
    all.add(
        net::get<"/widget.js">(net::any_site, "The chat for pages of other sites", widget, {.kind = net::Kind::file}));
    if (is_demo) all.add(channels::email::sink_routes(*house.store));
    if (is_demo) all.add(shop_route(house));
    if (is_demo && house.tsa)
        all.add(net::post<"/tsa">(net::anyone, "Time stamps of the built-in, non-qualified authority",
                                  net::with(house, stamp),
                                  {.kind = net::Kind::upload,
                                   .body_limit = 16 << 10,
                                   .accepts = {std::string(evidence::time_stamp_query_type)}}));

    // The document describes every route, itself included.
    auto const document = std::make_shared<std::string>();
    all.add(net::get<"/v1/openapi.json">(
        net::anyone, "This interface as OpenAPI 3.1",
        [document]() -> Task<Expected<net::Response>> { co_return net::json_response(200, *document); }));
    *document = boost::json::serialize(net::openapi(all, {.version = RAPPORT_VERSION}));
    return all;
}

namespace {

std::map<std::string, std::string> bundle(std::string_view folder) {
    std::map<std::string, std::string> files;
    for (auto const& asset : assets())
        if (asset.name.starts_with(folder)) files.emplace(asset.name.substr(folder.size()), asset.content);
    if (files.empty())
        files.emplace("index.html",
                      "<!doctype html><title>Rapport</title><p>This program was built without its web pages.");
    return files;
}

// The page carries its policy, which names its script and style by their digests; the header says the same, and who may
// frame it.
std::string policy_of(std::string_view page, std::string_view framing) {
    constexpr std::string_view begin = "http-equiv=\"Content-Security-Policy\" content=\"";
    auto const at = page.find(begin);
    if (at == page.npos) return {};
    auto const rest = page.substr(at + begin.size());
    return std::string(rest.substr(0, rest.find('"'))) + "; " + std::string(framing);
}

}  // namespace

void serve_web(net::Server& server) {
    auto const console_policy = net::html({}).csp + "; frame-src 'self'";
    server.serve("/console/",
                 net::StaticFiles::from(bundle("console/"), {.index_fallback = true, .csp = console_policy}));
    auto const verify = bundle("verify/");
    server.serve("/verify/",
                 net::StaticFiles::from(verify, {.csp = policy_of(verify.at("index.html"), "frame-ancestors 'none'")}));
    // Where the console shows a letter's HTML: an origin of its own, nothing but the page's one script runs.
    auto const letter = bundle("letter/");
    server.serve("/letter/",
                 net::StaticFiles::from(letter, {.csp = policy_of(letter.at("index.html"),
                                                                  "frame-ancestors 'self'; sandbox allow-scripts")}));
}

Task<> sweep_blobs(House& house, net::Stop stop) {
    do {
        auto const now = system_now();
        auto const alone = operate::may_sweep(house.config.data);
        if (!alone) continue;  // a backup copies contents now
        auto const swept =
            co_await house.store->read([&](store::Reader& reader) { return house.blobs.sweep(reader, now); });
        if (swept > 0) log::info("blobs_swept", {{"files", swept}});
        co_await house.notices.tidy_up();
        co_await house.preferences.tidy_up();
        co_await house.bulks.tidy_up();
        co_await house.forms.tidy_up();
        co_await house.knowledge.tidy_up();
    } while (co_await stop.sleep(std::chrono::hours(1)));
}

}  // namespace rapport::app
