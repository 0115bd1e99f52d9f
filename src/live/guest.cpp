// The site and the visitor of a request, within their limits.
#include "live/guest.hpp"

#include <algorithm>

#include "live/sql.hpp"
#include "live/wire.hpp"
#include "net/network.hpp"
#include "net/web_socket.hpp"

namespace rapport::live {
namespace {

using net::Request;

std::unexpected<Error> no_visitor() {
    return fail(ErrorKind::unauthenticated, "unauthenticated", "This visitor is not known here.");
}

std::string token_of(Request const& http) {
    if (auto bearer = http.bearer()) return std::move(*bearer);
    // Browsers can give a WebSocket no header but its subprotocols.
    auto const protocols = net::web_socket_protocols(http);
    return protocols.size() > 1 && protocols[0] == "rapport-chat" ? protocols[1] : std::string();
}

bool may_call(SiteRow const& site, Request const& http) {
    auto const origin = http.header("Origin");
    if (origin.empty() || origin == http.origin()) return true;  // no page of another site: browsers always say
    auto const origins = wire::settings_of(site).origins;
    return std::ranges::find(origins, origin) != origins.end();
}

}  // namespace

Task<Expected<Guest>> guest_of(Live& live, Request& http, SiteId id) {
    auto token = token_of(http);
    auto const read = [&](store::Reader& reader) -> Expected<Guest> {
        auto site = reader.one<SiteRow>(sql::find_site, id);
        if (!site || site->retired_at) return fail(ErrorKind::not_found, "not_found", "There is no such site.");
        if (!may_call(*site, http))
            return fail(ErrorKind::forbidden, "foreign_origin",
                        "The pages of this site may not carry the chat: add its origin to the site's settings.");
        Guest guest{std::move(*site), {}, token};
        if (!token.empty()) guest.visitor = visitor_of(reader, id, token);
        return guest;
    };
    co_return co_await live.store().read(read);
}

// Whoever writes is somebody from then on.
Task<Expected<Guest>> writer_of(Live& live, Request& http, SiteId id, std::string name, Locale locale) {
    auto guest = co_await guest_of(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto const now = live.clock()();
    auto const network = net::network_of(http);
    auto& limits = live.limits();
    if (auto const may = limits.writes_by_network.take(network, now); !may) co_return fail(may.error());
    if (!guest->visitor)
        if (auto const may = limits.visitors_by_network.take(network, now); !may) co_return fail(may.error());
    auto made = co_await live.store().write(
        [&](store::Tx& tx) { return visitor_for(tx, id, guest->token, name, locale, now); });
    if (!made) co_return fail(made.error());
    guest->visitor = std::move(*made);
    if (auto const may = limits.writes_by_visitor.take(to_text(guest->visitor->id), now); !may)
        co_return fail(may.error());
    co_return std::move(*guest);
}

Task<Expected<Guest>> known_guest(Live& live, Request& http, SiteId id) {
    auto guest = co_await guest_of(live, http, id);
    if (!guest) co_return fail(guest.error());
    if (!guest->visitor) co_return no_visitor();
    if (auto const may = live.limits().small_by_visitor.take(to_text(guest->visitor->id), live.clock()()); !may)
        co_return fail(may.error());
    if (guest->visitor->has_old_token && guest->visitor->token == digest_of_token(guest->token))
        co_await live.store().write([&](store::Tx& tx) { forget_old_token(tx, *guest->visitor); });
    co_return std::move(*guest);
}

Expected<> may_keep(Live& live, Request const& http, std::size_t octets) {
    auto const mebibytes = std::max(1.0, static_cast<double>(octets) / (1 << 20));
    return live.limits().mebibytes_by_network.take(net::network_of(http), live.clock()(), mebibytes);
}

}  // namespace rapport::live
