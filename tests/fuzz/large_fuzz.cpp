// Large inputs made by repeating a small one, against every parser with its real limits: no shape of an input of 1 MiB
// may take more than 1.5 s of CPU (sanitizers included), so none is worse than linear where it matters.
#include <fuzzer/FuzzedDataProvider.h>

#include <ctime>

#include "base/json.hpp"
#include "channels/email/dialogue.hpp"
#include "channels/email/dsn.hpp"
#include "channels/email/reply.hpp"
#include "channels/email/sink.hpp"
#include "evidence/evidence.hpp"
#include "evidence/verify.hpp"
#include "net/forms.hpp"
#include "net/parser.hpp"
#include "property.hpp"
#include "templates/schema.hpp"
#include "templates/templates.hpp"

namespace rapport {
namespace {

namespace email = channels::email;

constexpr double most_seconds = 1.5;  // what grows with the square of 1 MiB takes minutes

void read_requests(std::string_view text) {
    net::Parser parser({16 << 10, 100, 8 << 10});
    net::RequestParts parts;
    parser.start(parts);
    std::string in;
    for (fuzz::Pieces pieces(text.substr(0, 100'000), fuzz::Cut::pieces); !pieces.done() && !parser.is_done();) {
        in += pieces.next();
        auto const used = parser.has_head() ? parser.take_body(in, 1 << 20) : parser.take_head(in);
        if (!used) return;
        in.erase(0, *used);
    }
    net::Request request(parts);
    (void)request.query_all();
    (void)request.cookie("rapport_session");
}

void speak(std::string_view text) {
    email::DialogueOptions const options;
    email::Dialogue dialogue(options, [](auto, auto) { return std::nullopt; });
    for (; !text.empty() && !dialogue.ended(); text.remove_prefix(std::min<std::size_t>(text.size(), 4'096))) {
        std::string out;
        dialogue.feed(text.substr(0, 4'096));
        while (dialogue.advance(out))
            if (dialogue.take_mail()) dialogue.answer(out, "250 2.0.0 Kept");
    }
}

void read_replies(std::string_view text) {
    std::string buffer;
    email::Reply reply;
    for (fuzz::Pieces pieces(text.substr(0, 100'000), fuzz::Cut::pieces); !pieces.done();) {
        buffer += pieces.next();
        auto status = email::ReplyStatus::complete;
        while (status == email::ReplyStatus::complete) status = email::take_reply(buffer, reply);
        if (status == email::ReplyStatus::broken) return;
    }
}

void read_mail(std::string_view text) {
    auto const mail = email::read_mime(text);
    if (!mail) return;
    (void)email::dsn_from(*mail);
    (void)email::feedback_from(*mail);
    (void)email::text_of(mail->body);
    (void)email::status_in(text);
}

void render(std::string_view text) {
    static auto const data = *json::parse(R"({"a":"x","l":[1,2,3,4,5,6,7,8,9,0],"n":1,"s":true})");
    for (auto const form : {templates::Form::html, templates::Form::text})
        if (auto const made = templates::Template::compile(text.substr(0, templates::most_source), form))
            (void)made->render(data.get_object(), {});
}

void read_schema(std::string_view text) {
    auto const value = json::parse(text.substr(0, 1 << 20));
    if (!value || !value->is_object()) return;
    auto const schema = templates::Schema::read(value->get_object());
    if (schema) (void)schema->faults(schema->sample(), "");
}

void read(unsigned char what, std::string_view text) {
    static evidence::Trust const trust;
    switch (what % 10) {
        case 0:
            (void)json::parse(text);
            break;
        case 1:
            read_requests(text);
            break;
        case 2:
            speak(text);
            break;
        case 3:
            read_replies(text);
            break;
        case 4:
        case 5:
            read_mail(text);
            break;
        case 6:
            render(text);
            break;
        case 7:
            read_schema(text);
            break;
        case 8:
            (void)evidence::verify_evidence(text.substr(0, 1 << 20), trust);
            break;
        default:
            (void)net::parse_multipart("multipart/form-data; boundary=x", text);
    }
}

}  // namespace
}  // namespace rapport

// Octets: what reads it, how often the pattern stands, the sizes of beginning and pattern; then both, and the end.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 4) return 0;
    auto const all = rapport::fuzz::text_of(data + 4, size - 4);
    auto const begin = all.substr(0, data[2]), pattern = all.substr(begin.size(), data[3]);
    auto const end = all.substr(begin.size() + pattern.size());
    auto const most = std::size_t{1 << 20} / std::max<std::size_t>(pattern.size(), 1);
    auto const times = std::min<std::size_t>(most, std::size_t{1} << (data[1] % 23));
    std::string text(begin);
    for (std::size_t i = 0; i < times; ++i) text += pattern;
    text += end;
    auto const started = std::clock();
    rapport::read(data[0], text);
    auto const seconds = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
    rapport::fuzz::holds(seconds < rapport::most_seconds, "a large input takes a few seconds");
    return 0;
}
