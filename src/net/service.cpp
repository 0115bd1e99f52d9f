// Routing, permission, origin, handler, errors.
#include "net/service.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "net/any_site.hpp"
#include "net/finish.hpp"
#include "net/web_socket.hpp"

namespace rapport::net {

namespace {

bool is_request_id(std::string_view text) {
    if (text.empty() || text.size() > 64) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
               c == '.';
    });
}

bool takes(Route const& route, std::string const& type) {
    auto const& accepts = route.options.accepts;
    if (accepts.empty()) return true;  // Body<T> and Form<T> look for themselves
    return std::find(accepts.begin(), accepts.end(), type) != accepts.end();
}

// A request that changes something came from our own pages: the browser says so by Sec-Fetch-Site (Fetch Metadata), or
// by Origin.
bool is_same_origin(Request const& request) {
    auto const site = request.header("Sec-Fetch-Site");
    if (!site.empty()) return site == "same-origin" || site == "none";
    auto const origin = request.header("Origin");
    return origin.empty() || origin == request.origin();
}

// What a page of another site may read of a stream over a WebSocket no browser asks us: CORS does not bind it, and the
// cookie goes with it from every host of our own site (RFC 6455 §10.2).
bool asks_for_socket(Request const& request, Route const& route) {
    return route.options.kind == Kind::stream && web_socket_head(request).has_value();
}

std::optional<Error> check_origin(Request const& request, Route const& route) {
    if (route.permission == any_site) return {};
    bool const reads = is_safe(request.method());
    if (reads && !asks_for_socket(request, route)) return {};
    Error const foreign{
        ErrorKind::forbidden, "foreign_origin",
        "This came from another site's page. Open the page here and try again; programs that use a session cookie "
        "send the header X-Rapport-Request: 1."};
    if (!is_same_origin(request)) return foreign;
    if (reads) return {};
    bool const by_cookie = request.header("Authorization").empty() && !request.header("Cookie").empty();
    if (route.options.kind == Kind::page || route.permission == anyone || !by_cookie) return {};
    if (request.header("X-Rapport-Request") == "1") return {};
    return foreign;
}

// May another site's page send what it is about to (Fetch §3.2.2)? Whether it is heard the handler says.
std::optional<Response> preflight_of(Request const& request, Router const& router, Match const& match) {
    if (request.method() != Method::options || request.header("Origin").empty()) return {};
    auto const wanted = request.header("Access-Control-Request-Method");
    auto const method = wanted == "POST" ? Method::post : wanted == "GET" ? Method::get : Method::other;
    auto const found = router.find(method, request.path());
    if (!found.route || found.route->permission != any_site) return {};
    auto response = no_content();
    response.header("Allow", match.allow)
        .header("Access-Control-Allow-Methods", "GET, POST")
        .header("Access-Control-Allow-Headers", "Authorization, Content-Type")
        .header("Access-Control-Max-Age", "600");
    allow_origin(response, request);
    return response;
}

Response broken(Request const& request, std::string_view what) {
    log::error("handler_failed", {{"request", request.id()}, {"error", what}});
    return problem(
        {ErrorKind::unavailable, "internal_error",
         "Something broke here; it was logged. Try again, and name the request_id to the operator if it stays."},
        request.id());
}

// The answer to the exception that is being handled. Apart from run(), whose frame is kept for as long as a stream is
// open.
Response answer_to_exception(Request const& request) {
    try {
        throw;
    } catch (Unavailable const& error) {
        log::warning("unavailable", {{"request", request.id()}, {"error", std::string(error.what())}});
        return problem({ErrorKind::unavailable,
                        "unavailable",
                        "Nothing can be stored now; nothing was. Try again.",
                        {},
                        error.retry_after_s},
                       request.id());
    } catch (Clash const&) {
        return problem({ErrorKind::conflict, "conflict", "Something of this name or number exists already."},
                       request.id());
    } catch (boost::system::system_error const& error) {
        if (error.code() != boost::asio::error::operation_aborted) return broken(request, error.what());
        return problem({ErrorKind::unavailable, "handler_timeout", "This took too long and was given up; try again."},
                       request.id());
    } catch (std::exception const& error) {
        return broken(request, error.what());
    }
}

}  // namespace

Service::Service(ServerOptions o, Routes routes, Authenticate authenticate)
    : options(std::move(o)),
      router(std::move(routes)),
      traffic(std::make_unique<Traffic>(router.routes().rows().size())),
      authenticate_(std::move(authenticate)),
      id_prefix_(random_token(6)) {}

std::string Service::next_request_id(Request const& request) const {
    auto const given = request.header("X-Request-Id");
    if (is_request_id(given)) return std::string(given);
    return "req-" + id_prefix_ + '-' + std::to_string(next_id_.fetch_add(1, std::memory_order_relaxed));
}

Response Service::without_route(Request const& request, Match const& match) const {
    if (!match.allow.empty()) {
        if (auto preflight = preflight_of(request, router, match)) return std::move(*preflight);
        if (request.method() == Method::options) return no_content().header("Allow", match.allow);
        return problem({ErrorKind::invalid, "method_not_allowed", "This address takes " + match.allow + " only."},
                       request.id())
            .header("Allow", match.allow);
    }
    auto const path = percent_decoded(request.path(), false);
    for (auto const& [prefix, files] : statics) {
        if (!path) break;
        bool const without_slash = prefix.size() > 1 && *path + '/' == prefix;
        if (!without_slash && !path->starts_with(prefix)) continue;
        if (request.method() == Method::options) return no_content().header("Allow", "GET, HEAD, OPTIONS");
        if (!is_safe(request.method()))
            return problem({ErrorKind::invalid, "method_not_allowed", "This address takes GET only."}, request.id())
                .header("Allow", "GET, HEAD, OPTIONS");
        if (without_slash) return Response{.status = 308}.header("Location", prefix);
        if (auto found = files->find(request, std::string_view(*path).substr(prefix.size()))) return std::move(*found);
    }
    return problem({ErrorKind::not_found, "not_found", "There is nothing at this address."}, request.id());
}

Task<std::optional<Response>> Service::refuse(Request& request, Match& match,
                                              std::optional<std::uint64_t> content_length) const {
    Route const& route = *match.route;
    request.set_parameters(std::move(match.parameters));
    auto const limit = body_limit_of(route);
    if (content_length && *content_length > limit && *content_length > 0)
        co_return problem({ErrorKind::too_large, "body_too_large",
                           limit == 0 ? std::string("This request takes no body.")
                                      : "The body has more than " + std::to_string(limit) + " octets."},
                          request.id());
    if (!is_safe(request.method()) && content_length.value_or(1) > 0 && !takes(route, request.media_type()))
        co_return problem(
            {ErrorKind::unsupported, "unsupported_media_type", "A body of this media type is not taken here."},
            request.id());
    if (auto const foreign = check_origin(request, route)) co_return problem(*foreign, request.id());
    if (route.permission == anyone || route.permission == any_site) co_return std::nullopt;
    try {
        auto task = authenticate_(request, route.permission);
        auto viewer = co_await std::move(task);
        if (!viewer) co_return problem(viewer.error(), request.id());
        if (route.permission != signed_in && !viewer->may(route.permission))
            co_return problem({ErrorKind::forbidden, "forbidden",
                               "You are signed in, but not allowed to do this; it takes the permission " +
                                   std::string(route.permission.name) + "."},
                              request.id());
        request.set_viewer(std::move(*viewer));
        co_return std::nullopt;
    } catch (std::exception const&) {
        co_return answer_to_exception(request);
    }
}

Task<Response> Service::run(Request& request, Route const& route) const {
    try {
        auto task = route.run(request);
        co_return co_await std::move(task);
    } catch (std::exception const&) {
        co_return answer_to_exception(request);
    }
}

void Service::log(Request const& request, Route const* route, int status, std::uint64_t sent,
                  std::chrono::microseconds took) const {
    auto const row = route ? static_cast<std::size_t>(route - router.routes().rows().data()) : traffic->rows();
    traffic->count(row, status, took, route && route->options.kind == Kind::stream);
    if (!options.access_log) return;
    // A path may hold a token wherever no row says that it does not.
    std::string_view const path = route && !route->options.secret_path ? request.path() : std::string_view();
    auto const* viewer = request.if_viewer();
    log::info("request", {{"method", to_text(request.method())},
                          {"route", route ? std::string_view(route->path) : std::string_view("-")},
                          {"path", path},
                          {"status", status},
                          {"bytes", sent},
                          {"us", took.count()},
                          {"actor", viewer ? viewer->actor.id : 0},
                          {"request", request.id()}});
}

void believe_proxy(RequestParts& parts, std::vector<std::string> const& trusted) {
    auto const is_trusted = [&](std::string_view address) {
        return std::find(trusted.begin(), trusted.end(), address) != trusted.end();
    };
    if (trusted.empty() || !is_trusted(parts.remote_address)) return;
    std::string_view list = parts.headers.find("X-Forwarded-For");
    // From the right: the first that is not one of ours is who our outermost proxy saw.
    while (!list.empty()) {
        auto const comma = list.rfind(',');
        auto const address = trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1));
        if (address.empty() || address.size() > 45) break;
        parts.remote_address = address;
        if (!is_trusted(address) || comma == std::string_view::npos) break;
        list = list.substr(0, comma);
    }
    if (equal_without_case(parts.headers.find("X-Forwarded-Proto"), "https")) parts.secure = true;
}

}  // namespace rapport::net
