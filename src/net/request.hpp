// A received request. Lives as long as its handler; used by one coroutine at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "net/headers.hpp"
#include "net/viewer.hpp"

namespace rapport::net {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
std::string_view to_text(Method method);
constexpr bool is_safe(Method m) { return m == Method::get || m == Method::head || m == Method::options; }

class BodyStream;
class EventStream;

// Everything a request is made of. The server fills it; a test may too.
struct RequestParts {
    Method method = Method::get;
    std::string target = "/";  // as received: path and query
    Headers headers = {};
    std::string body = {};
    std::string remote_address = "127.0.0.1";
    bool secure = false;  // came over TLS, or a trusted proxy says so
    // DER, the client's own first; nobody has judged them but for the key's possession. Null: none was shown.
    std::shared_ptr<std::vector<std::string> const> certificates = {};
    std::string id = {};  // X-Request-Id
    Time now = {};        // when it came
};

class Request {
  public:
    explicit Request(RequestParts parts);

    Method method() const { return parts_.method; }
    std::string_view target() const { return parts_.target; }
    std::string_view path() const { return std::string_view(parts_.target).substr(0, path_size_); }  // still encoded
    std::string_view query() const;  // after '?', still encoded
    // The first parameter of that name, decoded.
    std::optional<std::string> query(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> query_all() const;

    std::string_view header(std::string_view name) const { return parts_.headers.find(name); }  // empty when absent
    Headers const& headers() const { return parts_.headers; }
    std::optional<std::string> cookie(std::string_view name) const;
    std::optional<std::string> bearer() const;  // RFC 6750 §2.1
    std::string media_type() const;             // of the body: lower case, without parameters

    std::string_view body() const { return parts_.body; }
    std::string take_body() { return std::move(parts_.body); }

    std::string const& remote_address() const { return parts_.remote_address; }
    bool secure() const { return parts_.secure; }
    std::vector<std::string> const* certificates() const { return parts_.certificates.get(); }
    std::string const& id() const { return parts_.id; }
    Time now() const { return parts_.now; }
    // "https://host" as the client wrote it; for links use the configured public address instead.
    std::string origin() const;

    // The parameters of the path template, decoded, in order.
    std::vector<std::string> const& parameters() const { return parameters_; }
    void set_parameters(std::vector<std::string> values) { parameters_ = std::move(values); }

    // Set by the server before the handler runs, unless the route is open to anyone.
    Viewer const& viewer() const;  // stops the program on a route for anyone
    Viewer const* if_viewer() const { return viewer_ ? &*viewer_ : nullptr; }
    void set_viewer(Viewer viewer) { viewer_ = std::move(viewer); }
    Actor const& actor() const { return viewer().actor; }

    // For the server.
    RequestParts& parts() { return parts_; }
    EventStream* stream = nullptr;
    BodyStream* body_stream = nullptr;
    void reset();  // parts() were filled anew

  private:
    RequestParts parts_;
    std::size_t path_size_ = 0;
    std::vector<std::string> parameters_;
    std::optional<Viewer> viewer_;
};

// ---- texts of URLs and forms (WHATWG URL §5.1)
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);
std::string percent_encoded(std::string_view text);
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text);

// A cookie for Set-Cookie (RFC 6265bis): HttpOnly, SameSite=Strict unless told, Path=/.
struct Cookie {
    std::string name;
    std::string value;
    std::optional<std::int64_t> max_age_s = {};  // 0 deletes it; absent: until the browser closes
    std::string path = "/";
    bool secure = true;
    bool lax = false;
};
std::string to_text(Cookie const& cookie);

}  // namespace rapport::net
