// Signed addresses: prefix, letter, MAC (HMAC-SHA256, 128 bits of it, Crockford base32).
#include "post/verp.hpp"

#include <algorithm>

namespace rapport::post {
namespace {

constexpr std::size_t id_size = 13, mac_size = 26, scan_limit = 256 * 1024;

std::string_view prefix_of(SignedFor what) {
    switch (what) {
        case SignedFor::bounce:
            return "bounce-";
        case SignedFor::unsubscribe:
            return "unsubscribe-";
        case SignedFor::message_id:
            return "out_";
    }
    return {};
}

char separator_of(SignedFor what) { return what == SignedFor::message_id ? '.' : '-'; }

std::uint64_t word(Digest const& digest, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | digest.octets[at + i];
    return value;
}

}  // namespace

ReturnPaths::ReturnPaths(Key256 const& key, std::string_view bounce_domain, std::vector<Key256> earlier)
    : key_(key), earlier_(std::move(earlier)), domain_(ascii_lower(bounce_domain)) {}

std::string ReturnPaths::local_part(Key256 const& key, SignedFor what, OutboxId letter) {
    auto const message = std::string(prefix_of(what)) + to_base32(static_cast<std::uint64_t>(letter.value));
    auto const digest = hmac_sha256({reinterpret_cast<char const*>(key.data()), key.size()}, message);
    return message + separator_of(what) + to_base32(word(digest, 0)) + to_base32(word(digest, 8));
}

EmailAddress ReturnPaths::return_path(OutboxId letter) const {
    return {local_part(key_, SignedFor::bounce, letter) + '@' + domain_};
}
EmailAddress ReturnPaths::unsubscribe_address(OutboxId letter) const {
    return {local_part(key_, SignedFor::unsubscribe, letter) + '@' + domain_};
}
std::string ReturnPaths::message_id_left(OutboxId letter) const {
    return local_part(key_, SignedFor::message_id, letter);
}

// Does the same work for whatever comes: for each key a MAC and one comparison.
std::optional<OutboxId> ReturnPaths::letter_of(SignedFor what, std::string_view left) const {
    auto const prefix = prefix_of(what);
    auto const size = prefix.size() + id_size + 1 + mac_size;
    std::string text = left.size() == size ? ascii_lower(left) : std::string(size, '?');
    auto const value = from_base32(std::string_view(text).substr(prefix.size(), id_size));
    bool const formed = value && *value != 0 && *value >> 63 == 0;
    OutboxId const letter{formed ? static_cast<std::int64_t>(*value) : 1};
    bool genuine = equal_in_constant_time(text, local_part(key_, what, letter));
    for (auto const& key : earlier_) genuine |= equal_in_constant_time(text, local_part(key, what, letter));
    return formed && genuine ? std::optional(letter) : std::nullopt;
}

std::optional<OutboxId> ReturnPaths::letter_at(SignedFor what, std::string_view address) const {
    auto const at = address.rfind('@');
    bool const here = at != std::string_view::npos && ascii_lower(address.substr(at + 1)) == domain_;
    return letter_of(what, here ? address.substr(0, at) : std::string_view());
}

std::optional<OutboxId> ReturnPaths::bounced(std::string_view address) const {
    return letter_at(SignedFor::bounce, address);
}
std::optional<OutboxId> ReturnPaths::unsubscribed(std::string_view address) const {
    return letter_at(SignedFor::unsubscribe, address);
}

std::optional<OutboxId> ReturnPaths::message_of(std::string_view message_id) const {
    message_id = trimmed(message_id);
    if (message_id.starts_with('<')) message_id.remove_prefix(1);
    return letter_of(SignedFor::message_id, message_id.substr(0, message_id.find('@')));
}

std::optional<OutboxId> ReturnPaths::found_in(std::string_view text) const {
    text = text.substr(0, scan_limit);
    constexpr int most_candidates = 64;  // a MAC each: text full of look-alikes costs little
    int candidates = 0;
    for (auto const what : {SignedFor::bounce, SignedFor::message_id, SignedFor::unsubscribe}) {
        auto const prefix = prefix_of(what);
        auto const size = prefix.size() + id_size + 1 + mac_size;
        for (auto at = text.find(prefix); at != std::string_view::npos && candidates < most_candidates;
             at = text.find(prefix, at + 1)) {
            if (at + size > text.size()) break;
            if (text[at + prefix.size() + id_size] != separator_of(what)) continue;
            ++candidates;
            if (auto const letter = letter_of(what, text.substr(at, size))) return letter;
        }
    }
    return std::nullopt;
}

}  // namespace rapport::post
