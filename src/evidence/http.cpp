// Adapters from /log/… to the log.
#include "evidence/http.hpp"

#include <charconv>

#include "evidence/proof_text.hpp"

namespace rapport::evidence {
namespace {

constexpr std::string_view for_ever = "public, max-age=31536000, immutable";
constexpr std::string_view for_a_moment = "public, max-age=1";

std::unexpected<Error> nothing_here() {
    return fail(ErrorKind::not_found, "not_found", "The log has nothing at this address (yet).");
}

net::Response octets_reply(Bytes bytes, std::string_view caching) {
    auto response = net::bytes(std::move(bytes), "application/octet-stream");
    response.cache_control = caching;
    response.headers.add("Access-Control-Allow-Origin", "*");  // anybody may check, from any page
    return response;
}
net::Response text_reply(std::string text, std::string_view caching) {
    auto response = octets_reply(std::move(text), caching);
    response.content_type = "text/plain; charset=utf-8";
    return response;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text != std::to_string(value)) return std::nullopt;
    return value;
}

// Entries with a 16-bit big-endian length before each.
Bytes bundle(std::vector<Digest> const& found) {
    Bytes out;
    for (auto const& entry : found) (out += std::string_view("\0\x20", 2)) += entry.view();
    return out;
}

Bytes read_tile(store::Reader& reader, TilePath const& path) {
    // No more than the newest checkpoint covers: nothing shows that is not signed for.
    auto const last = last_checkpoint(reader);
    std::uint64_t const size = last ? last->head.size : 0;
    unsigned const level = path.level.value_or(0);
    std::uint64_t const hashes = level >= 8 ? 0 : size >> 8 * level;
    if (path.number > hashes / tile_width || path.number * tile_width + path.width > hashes) return {};
    if (!path.level) return bundle(entries(reader, path.number * tile_width, path.width));
    Bytes out;
    for (auto const& hash : tile_hashes(reader, level, path.number, path.width)) out += hash.view();
    return out;
}

Task<Expected<net::Response>> checkpoint(PublicLog& log) {
    auto const last = co_await log.store.read([](store::Reader& reader) { return last_checkpoint(reader); });
    if (!last) co_return nothing_here();
    co_return text_reply(last->note, for_a_moment);
}

Task<Expected<net::Response>> old_checkpoint(PublicLog& log, std::uint64_t size) {
    auto const found = co_await log.store.read([size](store::Reader& reader) { return find_checkpoint(reader, size); });
    if (!found) co_return nothing_here();
    co_return text_reply(found->note, for_ever);
}

Task<Expected<net::Response>> token(PublicLog& log, std::uint64_t size) {
    auto found = co_await log.store.read([size](store::Reader& reader) { return checkpoint_token(reader, size); });
    if (!found) co_return nothing_here();
    auto response = octets_reply(*std::move(found), for_ever);
    response.content_type = "application/timestamp-token";
    co_return response;
}

Task<Expected<net::Response>> tile(PublicLog& log, std::string text) {
    auto const path = parse_tile_path(text);
    if (!path) co_return nothing_here();
    TilePath const wanted = *path;
    auto bytes = co_await log.store.read([wanted](store::Reader& reader) { return read_tile(reader, wanted); });
    if (bytes.empty()) co_return nothing_here();
    co_return octets_reply(std::move(bytes), for_ever);
}

Task<Expected<net::Response>> key(PublicLog& log) { co_return text_reply(log.key.text() + '\n', for_a_moment); }

Task<Expected<net::Response>> consistency(PublicLog& log, std::uint64_t from, std::uint64_t to) {
    Prover& prover = log.prover;
    auto const path = co_await log.store.read([&prover, from, to](store::Reader& reader) -> std::optional<Path> {
        auto const last = last_checkpoint(reader);
        if (!last || from > to || to > last->head.size) return std::nullopt;
        return prover.consistency(reader, from, to);
    });
    if (!path) co_return nothing_here();
    co_return text_reply(consistency_text(from, to, *path), for_ever);
}

}  // namespace

std::optional<TilePath> parse_tile_path(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= path.size();) {
        auto const end = std::min(path.find('/', at), path.size());
        parts.push_back(path.substr(at, end - at));
        at = end + 1;
    }
    if (parts.size() < 2 || parts.size() > 9) return std::nullopt;
    TilePath tile;
    if (parts.front() != "entries") {
        auto const level = number(parts.front());
        if (!level || *level > 63) return std::nullopt;
        tile.level = static_cast<unsigned>(*level);
    }
    parts.erase(parts.begin());
    if (parts.size() >= 2 && parts[parts.size() - 2].ends_with(".p")) {
        auto const width = number(parts.back());
        if (!width || *width == 0 || *width >= tile_width) return std::nullopt;
        tile.width = *width;
        parts.pop_back();
        parts.back().remove_suffix(2);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto part = parts[i];
        if (i + 1 < parts.size()) {
            if (!part.starts_with('x')) return std::nullopt;
            part.remove_prefix(1);
        }
        if (part.size() != 3 || part.find_first_not_of("0123456789") != part.npos) return std::nullopt;
        if (i == 0 && parts.size() > 1 && part == "000") return std::nullopt;  // one spelling per tile
        tile.number = tile.number * 1000 +
                      static_cast<std::uint64_t>((part[0] - '0') * 100 + (part[1] - '0') * 10 + part[2] - '0');
    }
    return tile;
}

net::Routes routes(PublicLog& log) {
    using net::with;
    net::RouteOptions const file{.kind = net::Kind::file};
    return {
        net::get<"/log/checkpoint">(net::anyone, "The log's newest checkpoint (C2SP tlog-checkpoint)",
                                    with(log, checkpoint), file),
        net::get<"/log/checkpoint/{size}">(net::anyone, "An earlier checkpoint", with(log, old_checkpoint), file),
        net::get<"/log/checkpoint/{size}/token">(net::anyone, "A checkpoint's RFC 3161 time stamp", with(log, token),
                                                 file),
        net::get<"/log/tile/{path...}">(net::anyone, "A tile or an entry bundle (C2SP tlog-tiles)", with(log, tile),
                                        file),
        net::get<"/log/consistency/{from}/{to}">(net::anyone, "A proof that one tree continues another",
                                                 with(log, consistency), file),
        net::get<"/log/key">(net::anyone, "The log's public key (C2SP signed-note)", with(log, key), file),
    };
}

}  // namespace rapport::evidence
