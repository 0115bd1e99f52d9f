// What clients of a WebSocket send: the same messages however the octets are cut, bounded, UTF-8, nothing after what
// ends it; what we write, masked as a client would, says the same again. The handshake's names are safe to send back.
#include "net/web_socket.hpp"

#include "property.hpp"

namespace rapport::net {
namespace {

using fuzz::holds;

constexpr std::size_t most = 300;

// As a client would have sent what the server writes (RFC 6455 §5.3).
std::string masked(std::string_view frame) {
    auto const small = static_cast<unsigned char>(frame[1]);
    std::size_t const head = small < 126 ? 2 : small == 126 ? 4 : 10;
    std::string out(frame.substr(0, head));
    out[1] = static_cast<char>(small | 0x80);
    out += "\x01\x80\xfe\x7f";
    for (std::size_t i = 0; i + head < frame.size(); ++i)
        out += static_cast<char>(frame[head + i] ^ "\x01\x80\xfe\x7f"[i % 4]);
    return out;
}

void says_the_same(Opcode opcode, std::string_view payload) {
    std::string frame, heard;
    write_frame(frame, opcode, payload);
    FrameReader reader(most);
    auto const status =
        reader.take(masked(frame), {[&](std::string text) { heard = std::move(text); },
                                    [&](std::string_view ping) { heard = ping; }, [](std::uint16_t) {}});
    holds(status == 0 && heard == payload, "what we write says the same when it is read");
}

std::string course_of(std::string_view octets, fuzz::Cut cut) {
    std::string story;
    FrameReader reader(most);
    FrameReader::Take const to{
        [&](std::string text) {
            holds(text.size() <= most && fuzz::is_utf8(text), "a message is bounded, and UTF-8");
            says_the_same(Opcode::text, text);
            story += "text " + text + '\n';
        },
        [&](std::string_view ping) {
            holds(ping.size() <= 125, "a ping is bounded");
            says_the_same(Opcode::ping, ping);
            story.append("ping ").append(ping) += '\n';
        },
        [&](std::uint16_t code) { story += "close " + std::to_string(code) + '\n'; },
    };
    for (fuzz::Pieces pieces(octets, cut); !pieces.done();) {
        auto const status = reader.take(pieces.next(), to);
        if (status == 0) continue;
        holds(status == 1000 || status == 1002 || status == 1003 || status == 1007 || status == 1009,
              "it ends with a status of the standard's");
        return story + "ends with " + std::to_string(status);
    }
    return story;
}

// Control characters the parser of requests has refused before.
void try_names(std::string_view text) {
    for (char const c : text)
        if ((c >= 0 && c < 0x20) || c == 0x7F) return;
    RequestParts parts;
    parts.target = "/";
    for (auto const& [name, value] : {std::pair<std::string_view, std::string_view>{"Upgrade", "websocket"},
                                      {"Connection", "Upgrade"},
                                      {"Sec-WebSocket-Version", "13"},
                                      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                      {"Sec-WebSocket-Protocol", text}})
        parts.headers.add(name, value);
    auto const head = web_socket_head(Request(std::move(parts)));
    holds(head && head->ends_with("\r\n\r\n") && head->find("\r\n\r\n") + 4 == head->size(), "one head");
    for (std::size_t at = 0; (at = head->find_first_of("\r\n", at)) != head->npos; at += 2)
        holds(head->compare(at, 2, "\r\n") == 0, "its lines end as lines do");
}

}  // namespace
}  // namespace rapport::net

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace rapport;
    auto const text = fuzz::text_of(data, size);
    // No frame of a client begins with a letter: its first bits would be reserved.
    if (text.starts_with('p')) {
        net::try_names(text.substr(1));
        return 0;
    }
    auto const whole = net::course_of(text, fuzz::Cut::whole);
    for (auto const cut : fuzz::cuts)
        fuzz::same(net::course_of(text, cut), whole, "messages do not depend on how the octets are cut");
    return 0;
}
