// Identifiers: 64-bit, time-ordered, made by the program. An integer key inside, a type prefix and base32 outside
// ("dlv_0ntq3k5c8w2v1"). They can be guessed: whatever opens something carries a separate random token.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace rapport {

// A tag names the prefix: struct DeliveryTag { static constexpr std::string_view prefix = "dlv"; };
template <class Tag>
struct Id {
    std::int64_t value = 0;
    constexpr auto operator<=>(Id const&) const = default;
    constexpr explicit operator bool() const { return value != 0; }
};

template <class Tag>
std::string to_text(Id<Tag> id) {
    return std::string(Tag::prefix) + '_' + to_base32(static_cast<std::uint64_t>(id.value));
}

template <class Tag>
bool from_text(std::string_view text, Id<Tag>& id) {
    if (!text.starts_with(Tag::prefix) || text.size() <= Tag::prefix.size() || text[Tag::prefix.size()] != '_')
        return false;
    auto const value = from_base32(text.substr(Tag::prefix.size() + 1));
    if (!value || *value == 0 || *value >> 63) return false;
    id.value = static_cast<std::int64_t>(*value);
    return true;
}

// Makes identifiers that rise within one program and, roughly, across programs: milliseconds since 2025 (41 bits),
// node (10), counter (12). Any thread. The clock may jump back: identifiers still rise.
class IdSource {
  public:
    explicit IdSource(unsigned node = 0, Clock clock = system_now);
    template <class AnyId>
    AnyId next() {
        return AnyId{next_value()};
    }
    std::int64_t next_value();

  private:
    Clock clock_;
    std::int64_t node_bits_;
    std::atomic<std::int64_t> last_{0};
};

}  // namespace rapport
