// Replies of mail servers that we speak to: however the octets are cut, the same replies come out, bounded and
// printable.
#include "channels/email/reply.hpp"

#include "property.hpp"

namespace rapport::channels::email {
namespace {

using fuzz::holds;

void look_at(Reply const& reply) {
    holds(reply.code >= 200 && reply.code <= 599 && !reply.lines.empty(), "a reply has a code and a line");
    holds(reply.positive() + reply.intermediate() + reply.temporary() + (reply.code >= 500) == 1,
          "a code means one thing");
    auto const text = reply.text();
    holds(text.size() <= 500, "a text of at most so many octets");
    for (char const c : text) holds(c >= 0x20 && c < 0x7F, "a text can be printed");
    holds(reply.enhanced_status.size() >= 5 && reply.enhanced_status.size() <= 9 &&
              reply.enhanced_status[0] == '0' + reply.code / 100,
          "the enhanced status is of the code's class");
}

std::string replies_of(std::string_view text, fuzz::Cut cut) {
    std::string story, buffer;
    for (fuzz::Pieces pieces(text, cut); !pieces.done();) {
        buffer += pieces.next();
        Reply reply;
        ReplyStatus status;
        while ((status = take_reply(buffer, reply)) == ReplyStatus::complete) {
            look_at(reply);
            story += std::to_string(reply.code) + ' ' + reply.enhanced_status + '\n';
            for (auto const& line : reply.lines) story += line + '\n';
        }
        if (status == ReplyStatus::broken) return story + "broken";
        holds(buffer.size() <= reply_limit, "what waits for more is bounded");
    }
    return story;
}

}  // namespace
}  // namespace rapport::channels::email

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace rapport;
    auto const text = fuzz::text_of(data, size);
    auto const whole = channels::email::replies_of(text, fuzz::Cut::whole);
    for (auto const cut : fuzz::cuts)
        fuzz::same(channels::email::replies_of(text, cut), whole, "replies do not depend on how the octets are cut");
    return 0;
}
