// A response: status, fields and a body, which is a string, a shared string (static assets), a piece of a file, or made
// while it is sent.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "net/headers.hpp"

namespace rapport::net {

struct FileBody {
    std::filesystem::path path;
    std::uint64_t size = 0;   // of what is sent
    std::uint64_t first = 0;  // where it begins
};
using SharedBody = std::shared_ptr<std::string const>;
// Made while it is sent: asked for the next piece until one is empty. Goes out chunked; each piece has the route's
// deadline. What it throws ends the connection, so that the client sees that the body is incomplete.
struct PieceBody {
    std::function<Task<std::string>()> next;
};

struct Response {
    int status = 200;
    Headers headers = {};
    std::variant<std::string, SharedBody, FileBody, PieceBody> body = std::string();
    std::string content_type = {};
    std::string etag = {};           // with its quotes; made from the body for a GET when empty
    std::string cache_control = {};  // default: "no-store"; "private, no-cache" for a JSON GET
    std::string csp = {};            // default: the strictest; a page names what it needs
    bool may_compress = true;        // false where the body holds a secret beside the client's input (BREACH)
    bool may_divide = true;          // false where it must go out whole: a Range is then not heard
    // Awaited once every octet of a 2xx answer (not to HEAD) has been taken by the connection, before the next request
    // on it is read; never called when the connection broke before. Under the route's deadline. What it throws ends the
    // connection and is logged.
    std::function<Task<>()> after_sent = {};

    Response& header(std::string_view name, std::string_view value) & {
        headers.add(name, value);
        return *this;
    }
    Response&& header(std::string_view name, std::string_view value) && {
        headers.add(name, value);
        return std::move(*this);
    }
};

// ---- the usual ones
Response json_response(int status, std::string json);
// A page. Nothing but what stands in it and styles and images from here loads; forms post here (see
// docs/formats/http.md).
Response html(std::string text, int status = 200);
Response text(std::string text, int status = 200);
Response bytes(Bytes body, std::string content_type);
// A download: Content-Disposition with a safe ASCII name and the real one (RFC 6266, RFC 8187).
Response attachment(Bytes body, std::string content_type, std::string_view file_name);
// The same, made while it is sent.
Response attachment(PieceBody body, std::string content_type, std::string_view file_name);
Response file(std::filesystem::path path, std::string content_type);  // 404 problem when it is not there
Response see_other(std::string_view location);                        // 303
Response no_content();
// RFC 9457: application/problem+json.
Response problem(Error const& error, std::string_view request_id = {});
int status_of(Error const& error);
std::string_view reason_phrase(int status);

}  // namespace rapport::net
