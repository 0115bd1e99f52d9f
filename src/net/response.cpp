// The usual responses, and the one table from errors to problem documents (RFC 9457).
#include "net/response.hpp"

#include "base/json.hpp"
#include "net/request.hpp"
#include "net/rule_codes.hpp"

namespace rapport::net {

namespace {
struct Row {
    ErrorKind kind;
    int status;
    std::string_view title;
};
constexpr Row rows[] = {
    {ErrorKind::invalid, 422, "The request is not right"},
    {ErrorKind::unauthenticated, 401, "Sign in first"},
    {ErrorKind::forbidden, 403, "Not allowed"},
    {ErrorKind::not_found, 404, "Not found"},
    {ErrorKind::conflict, 409, "Not possible in this state"},
    {ErrorKind::gone, 410, "No longer there"},
    {ErrorKind::too_large, 413, "Too large"},
    {ErrorKind::unsupported, 415, "Not supported"},
    {ErrorKind::limited, 429, "Too often"},
    {ErrorKind::unavailable, 503, "Not possible now"},
};
// Codes whose status says more than their kind's.
struct Exception {
    std::string_view code;
    int status;
};
constexpr Exception exceptions[] = {
    {"json_syntax", 400},           {"bad_request", 400},           {"method_not_allowed", 405},
    {"request_timeout", 408},       {"length_required", 411},       {"precondition_failed", 412},
    {"uri_too_long", 414},          {"range_not_satisfiable", 416}, {"expectation_failed", 417},
    {"header_too_large", 431},      {"internal_error", 500},        {"not_implemented", 501},
    {"version_not_supported", 505},
};
Row const& row_of(ErrorKind kind) {
    for (auto const& row : rows)
        if (row.kind == kind) return row;
    return rows[9];
}
}  // namespace

int status_of(Error const& error) {
    for (auto const& exception : exceptions)
        if (exception.code == error.code) return exception.status;
    return row_of(error.kind).status;
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

Response problem(Error const& error, std::string_view request_id) {
    int const status = status_of(error);
    bool const own_title = status != row_of(error.kind).status;
    std::string body = "{\"type\":";
    json::write(body, "urn:rapport:problem:" + error.code);
    body += ",\"title\":";
    json::write(body, own_title ? reason_phrase(status) : row_of(error.kind).title);
    body += ",\"status\":" + std::to_string(status) + ",\"detail\":";
    json::write(body, std::string_view(error.text));
    body += ",\"code\":";
    json::write(body, std::string_view(error.code));
    if (!error.fields.empty()) {
        body += ",\"fields\":[";
        for (auto const& field : error.fields) {
            if (body.back() != '[') body += ',';
            body += "{\"pointer\":";
            json::write(body, std::string_view(field.pointer));
            body += ",\"rule\":";
            json::write(body, std::string_view(field.rule));
            body += ",\"fix\":";
            json::write(body, std::string_view(field.fix));
            auto const [code, values] = coded(field.rule);
            body += ",\"code\":";
            json::write(body, code);
            body += ",\"values\":[";
            for (auto const& value : values) {
                if (body.back() != '[') body += ',';
                json::write(body, std::string_view(value));
            }
            body += "]}";
        }
        body += ']';
    }
    if (error.retry_after_s > 0) body += ",\"retry_after_s\":" + std::to_string(error.retry_after_s);
    if (!request_id.empty()) {
        body += ",\"request_id\":";
        json::write(body, request_id);
    }
    body += '}';
    Response response{.status = status, .body = std::move(body), .content_type = "application/problem+json"};
    if (status == 429 || status == 503)
        response.headers.add("Retry-After", std::to_string(error.retry_after_s > 0 ? error.retry_after_s : 5));
    if (status == 401) response.headers.add("WWW-Authenticate", "Bearer realm=\"rapport\"");  // RFC 9110 §11.6.1
    return response;
}

Response json_response(int status, std::string json) {
    return {.status = status, .body = std::move(json), .content_type = "application/json"};
}

Response html(std::string text, int status) {
    // A page may load nothing but styles, scripts, fonts and images from here, and post its forms here.
    return {.status = status,
            .body = std::move(text),
            .content_type = "text/html; charset=utf-8",
            .csp =
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
                "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"};
}

Response text(std::string text, int status) {
    return {.status = status, .body = std::move(text), .content_type = "text/plain; charset=utf-8"};
}

Response bytes(Bytes body, std::string content_type) {
    return {.body = std::move(body), .content_type = std::move(content_type)};
}

namespace {

Response& name_file(Response& response, std::string_view file_name) {
    std::string plain;
    for (char c : file_name) {
        bool const safe = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                          c == '-' || c == '_';
        plain += safe ? c : '_';
    }
    response.headers.add("Content-Disposition",
                         "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + percent_encoded(file_name));
    // Content of others never runs here, whatever its type.
    response.csp = "default-src 'none'; sandbox; frame-ancestors 'none'";
    return response;
}

}  // namespace

Response attachment(Bytes body, std::string content_type, std::string_view file_name) {
    Response response = bytes(std::move(body), std::move(content_type));
    return std::move(name_file(response, file_name));
}

Response attachment(PieceBody body, std::string content_type, std::string_view file_name) {
    Response response{.body = std::move(body), .content_type = std::move(content_type)};
    return std::move(name_file(response, file_name));
}

Response file(std::filesystem::path path, std::string content_type) {
    std::error_code error;
    auto const size = std::filesystem::file_size(path, error);
    if (error || !std::filesystem::is_regular_file(path, error))
        return problem({ErrorKind::not_found, "not_found", "There is nothing at this address."});
    return {.body = FileBody{std::move(path), size, 0}, .content_type = std::move(content_type)};
}

Response see_other(std::string_view location) {
    Response response{.status = 303};
    response.headers.add("Location", location);
    return response;
}

Response no_content() { return {.status = 204}; }

}  // namespace rapport::net
