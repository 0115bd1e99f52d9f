// The public verification entry: /v/{token} for people, /v1/verification/{token} for programs. Open to anybody, within
// limits.
#include "delivery/entry.hpp"
#include "delivery/http.hpp"
#include "net/net.hpp"
#include "net/network.hpp"
#include "net/throttle.hpp"

namespace rapport::delivery {
namespace {

using net::Request;
using net::Response;

// Of one address: sixty at once, then one a second; a miss costs ten, so that guessing ends soon.
constexpr double at_once = 60, cost_of_a_miss = 10;

struct Public {
    Deliveries& deliveries;
    net::Throttle throttle{at_once, std::chrono::seconds(1)};
};

Task<Expected<EntryView>> look(Public& entries, Request& request, std::string token) {
    auto const now = entries.deliveries.clock()();
    if (auto const allowed = entries.throttle.take(net::network_of(request), now); !allowed)
        co_return fail(allowed.error());
    auto view = co_await entries.deliveries.store().read(
        [&](store::Reader& reader) { return find_entry(reader, entries.deliveries.office(), token); });
    if (!view) (void)entries.throttle.take(net::network_of(request), now, cost_of_a_miss - 1);
    co_return view;
}

Locale language(Request& request) {
    Locale locale{};
    if (auto const asked = request.query("lang"); asked && from_text(*asked, locale)) return locale;
    // The first of the browser's languages that the page speaks; its order is its preference.
    std::string_view rest = request.header("Accept-Language");
    while (!rest.empty()) {
        auto const end = std::min(rest.find(','), rest.size());
        if (from_text(ascii_lower(trimmed(rest.substr(0, end)).substr(0, 2)), locale)) return locale;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return Locale::en;
}

Response as_page(std::string html, int status) {
    auto response = net::html(std::move(html), status);
    response.csp = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    response.cache_control = "no-store";
    response.headers.add("Vary", "Accept-Language");
    return response;
}

Task<Expected<Response>> get_page(std::shared_ptr<Public> entries, Request& request, std::string token) {
    auto const view = co_await look(*entries, request, std::move(token));
    auto const locale = language(request);
    if (view) co_return as_page(entry_page(*view, locale), 200);
    if (view.error().kind == ErrorKind::not_found) co_return as_page(entry_missing_page(locale), 404);
    co_return fail(view.error());
}

Task<Expected<EntryView>> get_view(std::shared_ptr<Public> entries, Request& request, std::string token) {
    co_return co_await look(*entries, request, std::move(token));
}

}  // namespace

net::Routes entry_routes(Deliveries& deliveries) {
    auto const entries = std::make_shared<Public>(deliveries);
    auto const page = [entries](Request& request, std::string token) {
        return get_page(entries, request, std::move(token));
    };
    auto const view = [entries](Request& request, std::string token) {
        return get_view(entries, request, std::move(token));
    };
    return {
        net::get<"/v/{token}">(net::anyone, "The public verification entry of a delivery", page,
                               {.kind = net::Kind::page, .secret_path = true}),
        net::get<"/v1/verification/{token}">(net::anyone, "The public verification entry of a delivery, for programs",
                                             view, {.secret_path = true}),
    };
}

}  // namespace rapport::delivery
