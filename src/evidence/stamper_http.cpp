// A time-stamping authority over HTTP (RFC 3161 §3.4).
#include "evidence/stamper_http.hpp"

namespace rapport::evidence {
namespace {

Task<Expected<Bytes>> ask(net::HttpClient& client, std::string url, std::shared_ptr<Trust const> trust,
                          Digest imprint) {
    auto const request = build_request(imprint);
    net::HttpRequest post;
    post.method = "POST";
    post.url = url;
    post.headers.add("Content-Type", time_stamp_query_type);
    post.headers.add("Accept", time_stamp_reply_type);
    post.body = request.der;
    post.response_limit = 256 << 10;
    post.timeout = std::chrono::seconds(15);
    auto const reply = co_await client.send(std::move(post));
    auto const unreachable = [](std::string text) {
        return fail(ErrorKind::unavailable, "tsa_unreachable", "The time-stamping authority did not answer: " + text);
    };
    if (!reply) co_return unreachable(reply.error().text);
    if (reply->status != 200) co_return unreachable("HTTP status " + std::to_string(reply->status) + ".");
    auto stamp = verify_response(reply->body, request, *trust);
    if (!stamp) co_return fail(stamp.error());
    co_return std::move(stamp->token);
}

}  // namespace

Stamper http_stamper(net::HttpClient& client, std::string url, std::shared_ptr<Trust const> trust) {
    return [&client, url = std::move(url), trust = std::move(trust)](Digest imprint) {
        return ask(client, url, trust, imprint);
    };
}

}  // namespace rapport::evidence
