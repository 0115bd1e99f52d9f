// One-time codes of an authenticator app (RFC 6238, HMAC-SHA-1, 6 digits, 30 s) and recovery codes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "people/people.hpp"

namespace rapport::people {

inline constexpr std::size_t totp_secret_size = 20;  // RFC 4226 §4, R6: 160 bits are recommended
inline constexpr int recovery_codes_made = 10;

std::string totp_code(ByteView secret, std::int64_t step, int digits = 6);
std::int64_t totp_step_of(Time time);
// The step whose code this is: the present one, or one before or after it (§5.2), if it is later than `last`.
std::optional<std::int64_t> matching_step(ByteView secret, std::string_view code, Time now, std::int64_t last);

// RFC 4648 §6 without padding, as authenticator apps want it typed.
std::string to_base32_text(ByteView bytes);
// What the QR code holds: otpauth://totp/Rapport:ann@example.org?secret=…&issuer=Rapport
std::string totp_uri(std::string_view issuer, std::string_view account, ByteView secret);

// The secret as it is stored, bound to the agent.
Bytes seal_totp(Key256 const& key, AgentId agent, ByteView secret);
Expected<Bytes> open_totp(Key256 const& key, AgentId agent, ByteView sealed);

std::vector<std::string> new_recovery_codes();  // "k3wq9-x7n2m"
// What is stored of one; case and dashes do not matter.
Digest recovery_digest(AgentId agent, std::string_view code);

}  // namespace rapport::people
