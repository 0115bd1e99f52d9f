// Validators, ranges, compression, and the head of a response.
#include "net/finish.hpp"

#include <charconv>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "net/any_site.hpp"
#include "net/compress.hpp"

namespace rapport::net {

namespace {

std::string_view text_of(Response const& response) {
    if (auto const* text = std::get_if<std::string>(&response.body)) return *text;
    if (auto const* shared = std::get_if<SharedBody>(&response.body)) return **shared;
    return {};
}

bool is_reading(Request const& request) { return request.method() == Method::get || request.method() == Method::head; }

// Weak: the compressed form has the same. It need not withstand an attacker: who can choose the body can choose the
// tag.
std::string etag_of(std::string_view body, Kind kind) {
    // A file may be asked for in pieces, which takes a strong one (RFC 9110 §13.1.5).
    if (kind == Kind::file) return '"' + to_hex(sha256(body).view().substr(0, 12)) + '"';
    auto const hash = std::hash<std::string_view>{}(body);
    return "W/\"" + to_base32(static_cast<std::uint64_t>(hash) ^ (static_cast<std::uint64_t>(body.size()) << 48)) + '"';
}

void cut(Response& response, Piece piece) {
    if (auto* file = std::get_if<FileBody>(&response.body)) {
        file->first = piece.first;
        file->size = piece.size;
    } else {
        response.body = std::string(text_of(response).substr(piece.first, piece.size));
    }
}

void apply_range(Response& response, Request const& request) {
    auto const field = request.header("Range");
    if (field.empty() || request.method() != Method::get) return;
    auto const if_range = request.header("If-Range");
    // RFC 9110 §13.1.5: a strong validator that matches, or the whole again.
    if (!if_range.empty() && (if_range.starts_with("W/") || if_range != response.etag)) return;
    auto const size = size_of(response);
    auto const range = parse_range(field, size);
    if (range.kind == RangeRequest::Kind::none) return;
    if (range.kind == RangeRequest::Kind::not_satisfiable) {
        response =
            problem({ErrorKind::invalid, "range_not_satisfiable", "The file has " + std::to_string(size) + " octets."},
                    request.id());
        response.headers.add("Content-Range", "bytes */" + std::to_string(size));
        return;
    }
    response.status = 206;
    response.headers.add("Content-Range", "bytes " + std::to_string(range.piece.first) + '-' +
                                              std::to_string(range.piece.first + range.piece.size - 1) + '/' +
                                              std::to_string(size));
    cut(response, range.piece);
}

void apply_compression(Response& response, Request const& request) {
    auto const* body = std::get_if<std::string>(&response.body);
    if (!body || body->size() < least_worth_compressing || !is_compressible(response.content_type)) return;
    if (response.headers.has("Content-Encoding")) return;
    response.headers.add("Vary", "Accept-Encoding");
    auto const coding = best_coding(request.header("Accept-Encoding"));
    if (coding == Coding::identity) return;
    // Large bodies get a faster level: a thread serves thousands of connections.
    bool const large = body->size() > 256 << 10;
    int const level = coding == Coding::brotli ? (large ? 2 : 5) : (large ? 1 : 6);
    std::string packed = compress(*body, coding, level);
    if (packed.size() >= body->size()) return;
    response.body = std::move(packed);
    response.headers.add("Content-Encoding", coding == Coding::brotli ? "br" : "gzip");
    if (!response.etag.empty() && !response.etag.starts_with("W/")) response.etag = "W/" + response.etag;
}

}  // namespace

std::uint64_t size_of(Response const& response) {
    if (auto const* file = std::get_if<FileBody>(&response.body)) return file->size;
    return text_of(response).size();
}

RangeRequest parse_range(std::string_view field, std::uint64_t size) {
    using Kind = RangeRequest::Kind;
    if (!field.starts_with("bytes=") || field.find(',') != std::string_view::npos) return {};
    field = trimmed(field.substr(6));
    auto const dash = field.find('-');
    if (dash == std::string_view::npos) return {};
    auto const number = [](std::string_view text, std::uint64_t& out) {
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        return error == std::errc() && end == text.data() + text.size();
    };
    std::uint64_t first = 0, last = 0;
    std::string_view const from = field.substr(0, dash), to = field.substr(dash + 1);
    if (from.empty()) {  // the last so many
        if (!number(to, last)) return {};
        if (last == 0 || size == 0) return {Kind::not_satisfiable, {}};
        auto const n = std::min(last, size);
        return {Kind::piece, {size - n, n}};
    }
    if (!number(from, first)) return {};
    if (to.empty())
        last = size == 0 ? 0 : size - 1;
    else if (!number(to, last) || last < first)
        return {};
    if (first >= size) return {Kind::not_satisfiable, {}};
    last = std::min(last, size - 1);
    return {Kind::piece, {first, last - first + 1}};
}

bool etag_matches(std::string_view list, std::string_view etag) {
    if (etag.empty()) return false;
    if (trimmed(list) == "*") return true;
    auto const opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    while (!list.empty()) {
        auto const comma = list.find(',');
        if (opaque(trimmed(list.substr(0, comma))) == opaque(etag)) return true;
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
    return false;
}

void allow_origin(Response& response, Request const& request) {
    if (auto const origin = request.header("Origin"); !origin.empty() && is_plain_text(origin)) {
        response.headers.set("Access-Control-Allow-Origin", origin);
        response.headers.add("Vary", "Origin");
        response.headers.add("Access-Control-Expose-Headers", "Retry-After");
    }
    response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
}

void finish(Response& response, Request const& request, Route const* route) {
    if (route && route->permission == any_site) allow_origin(response, request);
    if (route && route->options.problem_page && response.content_type == "application/problem+json") {
        auto page = route->options.problem_page(request, response);
        page.status = response.status;
        for (std::string_view const kept : {"Retry-After", "Allow"})
            if (auto const value = response.headers.find(kept); !value.empty() && !page.headers.has(kept))
                page.headers.add(kept, value);
        response = std::move(page);
    }
    Kind const kind = route ? route->options.kind : Kind::json;
    bool const secret = route && route->options.secret_path;
    bool const good_read = is_reading(request) && response.status == 200;
    if (good_read && response.etag.empty() && !secret && (kind == Kind::json || kind == Kind::file) &&
        std::holds_alternative<std::string>(response.body))
        response.etag = etag_of(std::get<std::string>(response.body), kind);
    if (response.cache_control.empty())
        response.cache_control = good_read && !response.etag.empty() ? "private, no-cache" : "no-store";
    if (good_read && etag_matches(request.header("If-None-Match"), response.etag)) {
        response.status = 304;
        response.body = std::string();
        response.content_type.clear();
        return;
    }
    bool const in_pieces = std::holds_alternative<PieceBody>(response.body);
    if (good_read && !in_pieces && response.may_divide && !response.headers.has("Content-Encoding")) {
        apply_range(response, request);
        if (kind == Kind::file || std::holds_alternative<FileBody>(response.body))
            response.headers.add("Accept-Ranges", "bytes");
    }
    bool const may_compress =
        response.may_compress && kind != Kind::page && !secret && (!route || route->options.compress);
    if (may_compress && response.status != 206) apply_compression(response, request);
}

void write_head(std::string& out, Response const& response, HeadOptions const& options) {
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\nDate: ";
    out += options.date;
    auto const field = [&out](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        out += "\r\n";
        out += name;
        out += ": ";
        out += value;
    };
    field("X-Request-Id", options.request_id);
    field("Content-Type", response.content_type);
    field("ETag", response.etag);
    field("Cache-Control", response.cache_control);
    for (std::size_t i = 0; i < response.headers.size(); ++i)
        field(response.headers[i].name, response.headers[i].value);
    out += "\r\nContent-Security-Policy: ";
    if (response.csp.empty())
        out += "default-src 'none'; frame-ancestors 'none'";
    else
        out += response.csp;
    // A page's own forms must carry an Origin (Fetch §3.2 sends "null" under no-referrer); nothing goes to other sites.
    bool const page = response.content_type.starts_with("text/html");
    out += "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: ";
    out += page ? "same-origin" : "no-referrer";
    if (!response.headers.has("Cross-Origin-Resource-Policy")) out += "\r\nCross-Origin-Resource-Policy: same-origin";
    if (page) out += "\r\nX-Frame-Options: DENY\r\nCross-Origin-Opener-Policy: same-origin";
    if (options.secure) out += "\r\nStrict-Transport-Security: max-age=31536000";
    if (options.close)
        out += "\r\nConnection: close";
    else if (options.keep_alive_1_0)
        out += "\r\nConnection: keep-alive";
    if (options.chunked) out += "\r\nTransfer-Encoding: chunked";
    if (options.has_length && response.status != 204 && response.status != 304) {
        out += "\r\nContent-Length: ";
        out += std::to_string(options.length);
    }
    out += "\r\n\r\n";
}

}  // namespace rapport::net
