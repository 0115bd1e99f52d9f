// The WebSocket protocol (RFC 6455), server side, without sockets: the handshake's answer, frames to write, and a
// reader of what clients send. Event streams are written as text messages where a client asks for them so
// (stream_writer.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/request.hpp"

namespace rapport::net {

// The head of the 101 (§4.2.2) if the request is a handshake (§4.2.1); of the subprotocols that the client names, the
// first one is chosen: what follows may be a token, which browsers can send in no other header.
std::optional<std::string> web_socket_head(Request const& request);
// The subprotocols that the client named.
std::vector<std::string> web_socket_protocols(Request const& request);

enum class Opcode : std::uint8_t { more = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
// A whole message, unmasked as servers write (§5.1).
void write_frame(std::string& out, Opcode opcode, std::string_view payload);

// Takes octets as they come. What breaks the protocol ends it, with the status that §7.4.1 has for it.
class FrameReader {
  public:
    struct Take {
        std::function<void(std::string)> text;       // a whole message, UTF-8
        std::function<void(std::string_view)> ping;  // to be answered
        std::function<void(std::uint16_t)> close;    // the peer closes
    };
    explicit FrameReader(std::size_t most) : most_(most) {}
    // Zero, or the status to close with; nothing is taken after that.
    std::uint16_t take(std::string_view octets, Take const& to);

  private:
    std::uint16_t begin();
    std::uint16_t end(Take const& to);

    std::size_t most_;
    std::string head_;             // of the frame that has begun, until it is whole
    std::string message_, frame_;  // fragments so far; payload of this frame
    std::uint64_t left_ = 0;
    std::uint8_t mask_[4]{};
    std::uint8_t first_ = 0;
    bool in_payload_ = false, in_message_ = false;
};

}  // namespace rapport::net
