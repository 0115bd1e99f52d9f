// Requests as strangers send them: however the octets are cut, the same requests come out; limits hold; nothing waits
// for more than its limits allow.
#include "net/forms.hpp"
#include "net/parser.hpp"
#include "property.hpp"

namespace rapport::net {
namespace {

using fuzz::holds;

constexpr Parser::Limits limits{512, 16, 256};
constexpr std::size_t body_limit = 700;
// What one chunk's size line may make us keep, besides the header's limit (net/parser.cpp).
constexpr std::size_t most_waiting = limits.header_bytes + limits.target_bytes + 256;

void look_at(RequestParts const& parts) {
    holds(parts.headers.size() <= limits.header_fields, "at most so many header fields");
    holds(parts.target.size() <= limits.target_bytes, "a target of at most so many octets");
    holds(parts.body.size() <= body_limit, "a body of at most so many octets");
    std::size_t hosts = 0;
    for (std::size_t i = 0; i < parts.headers.size(); ++i) {
        hosts += equal_without_case(parts.headers[i].name, "Host");
        for (char const c : std::string(parts.headers[i].name) + std::string(parts.headers[i].value))
            holds(c != '\r' && c != '\n' && c != '\0', "no line ends within a field");
    }
    holds(hosts <= 1, "at most one Host");
    holds(!parts.headers.has("Content-Length") || !parts.headers.has("Transfer-Encoding"),
          "one way to know the length");
    Request request(parts);
    for (auto const& [name, value] : request.query_all()) {
        holds(percent_decoded(percent_encoded(name), true) == name, "names of parameters encode and decode");
        holds(percent_decoded(percent_encoded(value), false) == value, "values of parameters encode and decode");
    }
    (void)request.cookie("rapport_session");
    (void)request.bearer();
    (void)request.media_type();
    auto const form = parse_multipart(request.header("Content-Type"), request.body());
    if (!form) return;
    holds(form->size() <= 100, "at most so many parts of a form");
    for (auto const& part : *form)
        holds(part.content.empty() || (part.content.data() >= request.body().data() &&
                                       part.content.end() <= request.body().data() + request.body().size()),
              "a part lies within the body");
}

void tell(std::string& story, RequestParts const& parts, Parser const& parser) {
    story += std::string(to_text(parts.method)) + ' ' + parts.target + (parser.keep_alive() ? " keep\n" : " close\n");
    for (std::size_t i = 0; i < parts.headers.size(); ++i)
        story.append(parts.headers[i].name).append(": ").append(parts.headers[i].value).append("\n");
    story += '\n' + parts.body + '\n';
}

// All requests of one connection, told; reads as net/session.cpp does. Whether a head that is not whole is refused now
// or when more of it has come depends on the cut (Beast), so what comes after the last request is not told.
std::string requests_of(std::string_view text, fuzz::Cut cut) {
    fuzz::Pieces pieces(text, cut);
    Parser parser(limits);
    std::string in, story;
    while (true) {
        RequestParts parts;
        parser.start(parts);
        while (!parser.has_head() || !parser.is_done()) {
            if (!in.empty()) {
                auto const used = parser.has_head() ? parser.take_body(in, body_limit) : parser.take_head(in);
                if (!used) return story;
                holds(*used <= in.size(), "what is taken was there");
                in.erase(0, *used);
                if (parser.has_head() && (*used > 0 || parser.is_done())) continue;
            }
            holds(cut == fuzz::Cut::whole || in.size() <= most_waiting, "what waits for more is bounded");
            if (pieces.done()) return story;
            in += pieces.next();
        }
        look_at(parts);
        tell(story, parts, parser);
        if (!parser.keep_alive()) return story;
    }
}

}  // namespace
}  // namespace rapport::net

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace rapport;
    auto const text = fuzz::text_of(data, size);
    auto const whole = net::requests_of(text, fuzz::Cut::whole);
    for (auto const cut : fuzz::cuts)
        fuzz::same(net::requests_of(text, cut), whole, "requests do not depend on how the octets are cut");
    return 0;
}
