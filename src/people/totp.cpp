// Codes of RFC 6238, and their life in the database.
#include "people/totp.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace rapport::people {

std::int64_t totp_step_of(Time time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count() / 30;
}

std::string totp_code(ByteView secret, std::int64_t step, int digits) {
    unsigned char message[8];
    for (int i = 0; i < 8; ++i)
        message[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
    unsigned char mac[20];
    unsigned int size = sizeof mac;
    if (!HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message, sizeof message, mac, &size))
        throw std::runtime_error("HMAC-SHA-1 failed");
    // RFC 4226 §5.3: dynamic truncation.
    auto const at = mac[19] & 0xF;
    std::uint32_t const number = (mac[at] & 0x7Fu) << 24 | mac[at + 1] << 16 | mac[at + 2] << 8 | mac[at + 3];
    std::uint32_t modulus = 1;
    for (int i = 0; i < digits; ++i) modulus *= 10;
    auto text = std::to_string(number % modulus);
    return std::string(static_cast<std::size_t>(digits) - text.size(), '0') + text;
}

std::optional<std::int64_t> matching_step(ByteView secret, std::string_view code, Time now, std::int64_t last) {
    std::optional<std::int64_t> found;
    auto const present = totp_step_of(now);
    for (auto step = present - 1; step <= present + 1; ++step)
        if (equal_in_constant_time(totp_code(secret, step), code) && step > last && !found) found = step;
    return found;
}

std::string to_base32_text(ByteView bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    std::uint32_t held = 0;
    int bits = 0;
    for (unsigned char const octet : bytes) {
        held = held << 8 | octet;
        for (bits += 8; bits >= 5; bits -= 5) text += letters[held >> (bits - 5) & 31];
    }
    if (bits > 0) text += letters[held << (5 - bits) & 31];
    return text;
}

namespace {
std::string escaped(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (unsigned char const c : text) {
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
            c == '_')
            out += static_cast<char>(c);
        else
            (out += '%') += {digits[c >> 4], digits[c & 15]};
    }
    return out;
}
std::string bound_to(AgentId agent) { return "totp of " + to_text(agent); }
}  // namespace

std::string totp_uri(std::string_view issuer, std::string_view account, ByteView secret) {
    return "otpauth://totp/" + escaped(issuer) + ":" + escaped(account) + "?secret=" + to_base32_text(secret) +
           "&issuer=" + escaped(issuer);
}

Bytes seal_totp(Key256 const& key, AgentId agent, ByteView secret) { return seal(key, secret, bound_to(agent)); }
Expected<Bytes> open_totp(Key256 const& key, AgentId agent, ByteView sealed) {
    return open(key, sealed, bound_to(agent));
}

std::vector<std::string> new_recovery_codes() {
    std::vector<std::string> codes;
    for (int i = 0; i < recovery_codes_made; ++i) {
        std::uint64_t number = 0;
        for (unsigned char const octet : random_bytes(8)) number = number << 8 | octet;
        auto const letters = to_base32(number).substr(3);  // ten letters of five bits each
        codes.push_back(letters.substr(0, 5) + "-" + letters.substr(5));
    }
    return codes;
}

Digest recovery_digest(AgentId agent, std::string_view code) {
    std::string plain;
    for (char const c : ascii_lower(code))
        if (c != '-' && c != ' ') plain += c;
    return sha256(to_text(agent) + " " + plain);
}

}  // namespace rapport::people
