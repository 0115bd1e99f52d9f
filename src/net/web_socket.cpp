// Handshake and frames of RFC 6455.
#include "net/web_socket.hpp"

#include <openssl/evp.h>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace rapport::net {
namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // §1.3
constexpr std::uint16_t protocol_error = 1002, unsupported = 1003, bad_text = 1007, too_big = 1009;

bool lists(std::string_view value, std::string_view token) {
    while (!value.empty()) {
        auto const comma = std::min(value.find(','), value.size());
        if (equal_without_case(trimmed(value.substr(0, comma)), token)) return true;
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return false;
}

bool is_token(std::string_view text) {  // RFC 9110 §5.6.2, what base64url and names need of it
    if (text.empty() || text.size() > 200) return false;
    for (char const c : text)
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
              c == '.'))
            return false;
    return true;
}

std::string accept_of(std::string_view key) {  // §4.2.2, 5.4
    auto const text = std::string(key) + std::string(guid);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
    return to_base64({reinterpret_cast<char const*>(digest), size});
}

}  // namespace

std::vector<std::string> web_socket_protocols(Request const& request) {
    std::vector<std::string> out;
    auto value = request.header("Sec-WebSocket-Protocol");
    while (!value.empty() && out.size() < 10) {
        auto const comma = std::min(value.find(','), value.size());
        auto const one = trimmed(value.substr(0, comma));
        if (is_token(one)) out.emplace_back(one);
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return out;
}

std::optional<std::string> web_socket_head(Request const& request) {
    if (request.method() != Method::get || !lists(request.header("Upgrade"), "websocket") ||
        !lists(request.header("Connection"), "upgrade") || request.header("Sec-WebSocket-Version") != "13")
        return std::nullopt;
    auto const key = request.header("Sec-WebSocket-Key");
    if (key.size() != 24 || !key.ends_with("==")) return std::nullopt;
    auto head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
        accept_of(key) + "\r\n";
    if (auto const protocols = web_socket_protocols(request); !protocols.empty())
        head += "Sec-WebSocket-Protocol: " + protocols.front() + "\r\n";
    return head + "\r\n";
}

void write_frame(std::string& out, Opcode opcode, std::string_view payload) {  // §5.2
    out += static_cast<char>(0x80 | static_cast<unsigned>(opcode));
    auto const size = payload.size();
    int octets = 0;
    if (size < 126) {
        out += static_cast<char>(size);
    } else {
        octets = size < 65536 ? 2 : 8;
        out += static_cast<char>(octets == 2 ? 126 : 127);
    }
    for (int i = octets - 1; i >= 0; --i) out += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * i) & 0xFF);
    out += payload;
}

std::uint16_t FrameReader::take(std::string_view octets, Take const& to) {
    while (!octets.empty() || (in_payload_ && left_ == 0)) {
        if (!in_payload_) {
            head_ += octets.front();
            octets.remove_prefix(1);
            if (auto const wrong = begin()) return wrong;
            continue;
        }
        auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, octets.size()));
        for (std::size_t i = 0; i < n; ++i) {
            auto const c = static_cast<std::uint8_t>(octets[i]) ^ mask_[frame_.size() % 4];
            frame_ += static_cast<char>(c);
        }
        octets.remove_prefix(n);
        left_ -= n;
        if (left_ > 0) return 0;
        in_payload_ = false;
        if (auto const status = end(to)) return status;
    }
    return 0;
}

// Looks at the head so far: whole, wrong, or not yet.
std::uint16_t FrameReader::begin() {
    auto const octet = [&](std::size_t at) { return static_cast<std::uint8_t>(head_[at]); };
    if (head_.size() < 2) return 0;
    first_ = octet(0);
    auto const opcode = static_cast<std::uint8_t>(first_ & 0x0F);
    bool const control = opcode >= 8, whole = first_ & 0x80;
    if ((first_ & 0x70) != 0 || (opcode > 2 && opcode < 8) || opcode > 10) return protocol_error;
    if ((octet(1) & 0x80) == 0) return protocol_error;  // §5.1: clients mask
    auto const small = static_cast<std::uint8_t>(octet(1) & 0x7F);
    if (control && (!whole || small > 125)) return protocol_error;  // §5.5
    if (opcode == 0 ? !in_message_ : !control && in_message_) return protocol_error;
    std::size_t const extended = small == 126 ? 2 : small == 127 ? 8 : 0;
    if (head_.size() < 2 + extended + 4) return 0;
    left_ = small;
    if (extended > 0) {
        left_ = 0;
        for (std::size_t i = 0; i < extended; ++i) left_ = left_ << 8 | octet(2 + i);
        if (left_ < (extended == 2 ? 126 : 65536)) return protocol_error;  // §5.2: in as few octets as it takes
    }
    if (left_ > most_ || message_.size() + left_ > most_) return too_big;
    for (std::size_t i = 0; i < 4; ++i) mask_[i] = octet(2 + extended + i);
    std::string().swap(head_);
    in_payload_ = true;
    return 0;
}

std::uint16_t FrameReader::end(Take const& to) {
    auto const opcode = static_cast<Opcode>(first_ & 0x0F);
    auto const payload = std::move(frame_);
    frame_ = {};
    switch (opcode) {
        case Opcode::ping:
            to.ping(payload);
            return 0;
        case Opcode::pong:
            return 0;
        case Opcode::close: {
            if (payload.size() == 1) return protocol_error;  // §5.5.1
            bool const coded = payload.size() >= 2;
            auto const code = coded ? static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8 |
                                                                 static_cast<std::uint8_t>(payload[1]))
                                    : std::uint16_t{1000};
            to.close(code);
            return 1000;
        }
        case Opcode::binary:
            return unsupported;
        default:
            break;
    }
    in_message_ = true;
    message_ += payload;
    if ((first_ & 0x80) == 0) return 0;
    in_message_ = false;
    auto text = std::move(message_);
    message_ = {};
    if (!is_plain_text(text)) return bad_text;  // UTF-8; and JSON needs no other control characters
    to.text(std::move(text));
    return 0;
}

}  // namespace rapport::net
