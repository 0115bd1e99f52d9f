// Frames by the examples of RFC 6455 §5.7, in any pieces, and what must end a connection.
#include "net/web_socket.hpp"

#include <gmock/gmock.h>

namespace rapport::net {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string from_client(std::uint8_t first, std::string_view payload) {
    std::string const mask = "\x37\xfa\x21\x3d"s;
    std::string out(1, static_cast<char>(first));
    if (payload.size() < 126) {
        out += static_cast<char>(0x80 | payload.size());
    } else {
        out += static_cast<char>(0x80 | 126);
        out += static_cast<char>(payload.size() >> 8);
        out += static_cast<char>(payload.size());
    }
    out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

struct Heard {
    std::vector<std::string> texts, pings;
    int closed = 0;
    FrameReader reader{1000};
    std::uint16_t take(std::string_view octets) {
        return reader.take(octets, {[this](std::string t) { texts.push_back(std::move(t)); },
                                    [this](std::string_view p) { pings.emplace_back(p); },
                                    [this](std::uint16_t code) { closed = code; }});
    }
};

TEST(WebSocketFrames, AreReadInAnyPieces) {
    // §5.7: a masked text message "Hello".
    auto const hello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s;
    EXPECT_EQ(hello, from_client(0x81, "Hello"));
    auto const all = hello + from_client(0x01, "Hel") + from_client(0x89, "?") + from_client(0x80, "lo") +
                     from_client(0x81, "") + from_client(0x81, std::string(300, 'x'));
    for (std::size_t const step : {1UL, 2UL, 7UL, all.size()}) {
        Heard heard;
        for (std::size_t at = 0; at < all.size(); at += step)
            ASSERT_EQ(heard.take(std::string_view(all).substr(at, step)), 0);
        EXPECT_THAT(heard.texts, ElementsAre("Hello", "Hello", "", std::string(300, 'x')));
        EXPECT_THAT(heard.pings, ElementsAre("?"));
    }
}

TEST(WebSocketFrames, ThatBreakTheProtocolEndIt) {
    EXPECT_EQ(Heard().take("\x81\x05Hello"s), 1002) << "not masked";
    EXPECT_EQ(Heard().take(from_client(0xC1, "x")), 1002) << "a reserved bit";
    EXPECT_EQ(Heard().take(from_client(0x80, "x")), 1002) << "goes on with nothing";
    EXPECT_EQ(Heard().take(from_client(0x09, "x")), 1002) << "a ping in fragments";
    EXPECT_EQ(Heard().take(from_client(0x01, "x") + from_client(0x81, "y")), 1002) << "a message in a message";
    EXPECT_EQ(Heard().take(from_client(0x82, "x")), 1003) << "binary";
    EXPECT_EQ(Heard().take(from_client(0x81, "\xff")), 1007) << "not UTF-8";
    EXPECT_EQ(Heard().take(from_client(0x81, std::string(1001, 'x'))), 1009) << "too long";
    EXPECT_EQ(Heard().take(from_client(0x01, std::string(600, 'x')) + from_client(0x80, std::string(600, 'x'))), 1009);
    EXPECT_EQ(Heard().take("\x81\xfe\0\x05"s + std::string(9, 'x')), 1002) << "a length in more octets than it takes";
    EXPECT_EQ(Heard().take(from_client(0x88, "x")), 1002) << "half a status";
    Heard leaving;
    EXPECT_EQ(leaving.take(from_client(0x88, "\x03\xe9"s)), 1000);
    EXPECT_EQ(leaving.closed, 1001);
}

TEST(WebSocketFrames, OfTheServerAreNotMasked) {
    std::string out;
    write_frame(out, Opcode::text, "Hello");
    EXPECT_EQ(out, "\x81\x05Hello"s);  // §5.7
    out.clear();
    write_frame(out, Opcode::text, std::string(256, 'x'));
    EXPECT_EQ(out.substr(0, 4), "\x81\x7e\x01\x00"s);
    out.clear();
    write_frame(out, Opcode::text, std::string(65536, 'x'));
    EXPECT_EQ(out.substr(0, 10), "\x81\x7f\0\0\0\0\0\x01\0\0"s);
}

TEST(WebSocketHandshake, IsAnsweredAsTheStandardHasIt) {
    RequestParts parts;
    parts.target = "/chat";
    for (auto const& [name, value] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"Upgrade", "websocket"},
             {"Connection", "keep-alive, Upgrade"},
             {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},  // §1.3
             {"Sec-WebSocket-Protocol", "chat, secret-token"},
             {"Sec-WebSocket-Version", "13"}})
        parts.headers.add(name, value);
    Request const request(parts);
    auto const head = web_socket_head(request);
    ASSERT_TRUE(head);
    EXPECT_THAT(*head, testing::HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(*head, testing::HasSubstr("Sec-WebSocket-Protocol: chat\r\n"));
    EXPECT_THAT(web_socket_protocols(request), ElementsAre("chat", "secret-token"));
    parts.headers.set("Sec-WebSocket-Version", "8");
    EXPECT_FALSE(web_socket_head(Request(parts)));
    EXPECT_THAT(web_socket_protocols(Request(RequestParts{})), IsEmpty());
}

}  // namespace
}  // namespace rapport::net
