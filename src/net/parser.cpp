// The request parser on Beast's basic_parser: fields go straight into RequestParts.
#include "net/parser.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include "base/text.hpp"

namespace rapport::net {

namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using View = boost::beast::string_view;

namespace {

Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return Method::get;
        case http::verb::head:
            return Method::head;
        case http::verb::post:
            return Method::post;
        case http::verb::put:
            return Method::put;
        case http::verb::patch:
            return Method::patch;
        case http::verb::delete_:
            return Method::delete_;
        case http::verb::options:
            return Method::options;
        default:
            return Method::other;
    }
}

class Reading final : public http::basic_parser<true> {
  public:
    Reading(RequestParts& parts, Parser::Limits limits) : parts_(parts), limits_(limits) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes + limits.target_bytes + 64));
        body_limit(boost::none);  // counted in take()
    }

    std::optional<Error> wrong;
    std::size_t body_room = 0;
    bool has_line = false;  // the request line was read
    int version() const { return version_; }

  private:
    RequestParts& parts_;
    Parser::Limits limits_;
    std::size_t header_bytes_ = 0;
    int version_ = 11;
    bool head_done_ = false;

    void refuse(ErrorCode& ec, ErrorKind kind, std::string code, std::string text) {
        wrong = Error{kind, std::move(code), std::move(text)};
        ec = http::error::header_limit;
    }
    void on_request_impl(http::verb verb, View, View target, int version, ErrorCode& ec) override {
        if (target.size() > limits_.target_bytes)
            return refuse(ec, ErrorKind::invalid, "uri_too_long", "The address is too long.");
        has_line = true;
        version_ = version;
        parts_.method = method_of(verb);
        parts_.target.assign(target.data(), target.size());
        if (parts_.target.starts_with("http://") || parts_.target.starts_with("https://")) {  // RFC 9112 §3.2.2
            auto const slash = parts_.target.find('/', 8);
            parts_.target = slash == std::string::npos ? "/" : parts_.target.substr(slash);
        }
        if (parts_.target[0] != '/' && !(parts_.target == "*" && parts_.method == Method::options))
            refuse(ec, ErrorKind::invalid, "bad_request", "The request target is not a path.");
    }
    void on_field_impl(http::field, View name, View value, ErrorCode& ec) override {
        header_bytes_ += name.size() + value.size() + 4;
        if (header_bytes_ > limits_.header_bytes || parts_.headers.size() >= limits_.header_fields)
            return refuse(ec, ErrorKind::invalid, "header_too_large", "The header fields are too many or too long.");
        if (head_done_) return;  // a trailer is not a header (RFC 9110 §6.5.1): it was not there when it was judged
        parts_.headers.add_received({name.data(), name.size()}, {value.data(), value.size()});
    }
    void on_header_impl(ErrorCode& ec) override {
        // RFC 9112 §3.2: exactly one Host in HTTP/1.1.
        auto const hosts = parts_.headers.count("Host");
        if (hosts > 1 || (hosts == 0 && version_ >= 11))
            return refuse(ec, ErrorKind::invalid, "bad_request", "A request names exactly one Host.");
        // RFC 9112 §6.1: a message with both lengths may be an attempt at smuggling; codings other than chunked are not
        // ours.
        head_done_ = true;
        // RFC 9112 §6.3: a list of equal lengths may be taken for one; whoever is in front of us may see it otherwise.
        if (parts_.headers.count("Content-Length") > 1 ||
            parts_.headers.find("Content-Length").find(',') != std::string_view::npos)
            return refuse(ec, ErrorKind::invalid, "bad_request", "A request has one Content-Length.");
        if (!parts_.headers.has("Transfer-Encoding")) return;
        if (parts_.headers.has("Content-Length") || version_ < 11)
            return refuse(ec, ErrorKind::invalid, "bad_request",
                          "A request has Content-Length or, in HTTP/1.1, Transfer-Encoding; not both.");
        if (parts_.headers.count("Transfer-Encoding") > 1 ||
            !equal_without_case(parts_.headers.find("Transfer-Encoding"), "chunked"))
            return refuse(ec, ErrorKind::unsupported, "not_implemented",
                          "Only the transfer coding chunked is understood.");
    }
    void on_response_impl(int, View, int, ErrorCode&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, ErrorCode&) override {}
    std::size_t take(View body, ErrorCode& ec) {
        if (parts_.body.size() + body.size() > body_room) {
            wrong = Error{ErrorKind::too_large, "body_too_large",
                          "The body has more than " + std::to_string(body_room) + " octets."};
            ec = http::error::body_limit;
            return 0;
        }
        parts_.body.append(body.data(), body.size());
        return body.size();
    }
    std::size_t on_body_impl(View body, ErrorCode& ec) override { return take(body, ec); }
    void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode& ec) override { return take(body, ec); }
    void on_finish_impl(ErrorCode&) override {}
};

Error error_of(ErrorCode const& ec) {
    if (ec == http::error::header_limit)
        return {ErrorKind::invalid, "header_too_large", "The header fields are too many or too long."};
    if (ec == http::error::bad_version)
        return {ErrorKind::invalid, "version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
    return {ErrorKind::invalid, "bad_request", "This is not HTTP: " + ec.message() + "."};
}

}  // namespace

struct Parser::Impl {
    Limits limits;
    std::optional<Reading> reading;
    bool body_begun = false;

    Expected<std::size_t> put(std::string_view data) {
        ErrorCode ec;
        std::size_t const used = reading->put(boost::asio::const_buffer(data.data(), data.size()), ec);
        if (reading->wrong) return fail(*reading->wrong);
        if (ec == http::error::header_limit && !reading->has_line)
            return fail(ErrorKind::invalid, "uri_too_long", "The address is too long.");
        if (ec && ec != http::error::need_more) return fail(error_of(ec));
        return used;
    }
};

Parser::Parser(Limits limits) : impl_(std::make_unique<Impl>(Impl{limits, {}, false})) {}
Parser::~Parser() = default;

void Parser::start(RequestParts& parts) {
    impl_->reading.emplace(parts, impl_->limits);
    impl_->body_begun = false;
}
void Parser::release() { impl_.reset(); }
bool Parser::started() const { return impl_->reading->got_some(); }
bool Parser::has_head() const { return impl_->reading->is_header_done(); }
bool Parser::is_done() const { return impl_->reading->is_done(); }
bool Parser::keep_alive() const { return impl_->reading->keep_alive(); }

bool Parser::is_1_0() const { return impl_->reading->version() == 10; }
bool Parser::has_body() const { return !is_done(); }

std::optional<std::uint64_t> Parser::content_length() const {
    auto const length = impl_->reading->content_length();
    if (!length) return {};
    return *length;
}

Expected<std::size_t> Parser::take_head(std::string_view data) {
    std::size_t blank = 0;
    if (!started())  // RFC 9112 §2.2: an empty line before a request is ignored
        while (data.substr(blank).starts_with("\r\n")) blank += 2;
    auto const rest = data.substr(blank);
    if (!started() && (rest.empty() || rest == "\r")) return blank;
    auto const used = impl_->put(rest);
    if (!used) return used;
    return blank + *used;
}

Expected<std::size_t> Parser::take_body(std::string_view data, std::size_t limit) {
    // Beast asserts that what follows "0" CRLF, when it comes to it a second time, is whole. No chunked body is
    // shorter.
    constexpr std::size_t least_chunked = 5;  // "0" CRLF CRLF
    if (!impl_->body_begun && impl_->reading->chunked() && data.size() < least_chunked) return 0;
    impl_->body_begun = true;
    impl_->reading->body_room = limit;
    impl_->reading->eager(true);
    auto const used = impl_->put(data);
    // The size line of a chunk, with its extensions (RFC 9112 §7.1.1), and the trailer wait here until they are whole.
    if (used && !is_done() && data.size() - *used > impl_->limits.header_bytes)
        return fail(ErrorKind::invalid, "bad_request", "The extensions of a chunk, or the trailer, are too long.");
    return used;
}

}  // namespace rapport::net
