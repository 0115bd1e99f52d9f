// What every response goes through before it is sent: validators and 304, ranges, compression, the fields that are
// always there. No sockets here.
#pragma once

#include "net/request.hpp"
#include "net/response.hpp"
#include "net/route.hpp"

namespace rapport::net {

// `route` is null where none fitted.
void finish(Response& response, Request const& request, Route const* route);

// Lets the page that asks read the answer, whosever page it is: for rows of `any_site` (Fetch §3.2.3).
void allow_origin(Response& response, Request const& request);

std::uint64_t size_of(Response const& response);
// A piece of a body.
struct Piece {
    std::uint64_t first = 0;
    std::uint64_t size = 0;
};
struct RangeRequest {
    enum class Kind : unsigned char { none, piece, not_satisfiable } kind = Kind::none;
    Piece piece = {};
};
// RFC 9110 §14.1.2, one range; several are answered with the whole.
RangeRequest parse_range(std::string_view field, std::uint64_t size);
bool etag_matches(std::string_view if_none_match, std::string_view etag);  // weak comparison, RFC 9110 §8.8.3.2

// Writes the head. `connection_close` and the length are the session's to know.
struct HeadOptions {
    std::string_view date;
    std::string_view request_id;
    bool secure = false;
    bool close = false;
    bool keep_alive_1_0 = false;
    bool has_length = true;
    bool chunked = false;  // RFC 9112 §7.1
    std::uint64_t length = 0;
};
void write_head(std::string& out, Response const& response, HeadOptions const& options);

}  // namespace rapport::net
