// Rows of kept keys; see kept_keys.hpp.
#include "store/kept_keys.hpp"

#include <algorithm>

#include "store/sql.hpp"

namespace rapport::store {
namespace {
struct KeptKeyTag {
    [[maybe_unused]] static constexpr std::string_view prefix = "key";
};
}  // namespace

void keep_previous_keys(Tx& tx, Keyring const& keyring, std::span<KeptPurpose const> purposes, Time now) {
    tx.exec(sql::forget_kept_keys, now);
    for (auto const& [purpose, life] : purposes) {
        auto const previous = keyring.derive_previous(purpose);
        if (!previous) continue;
        auto const kept = kept_keys(tx, keyring, purpose, now);
        if (std::ranges::find(kept, *previous) != kept.end()) continue;
        auto const until = life ? std::optional(now + *life) : std::nullopt;
        tx.exec(sql::keep_key, tx.new_id<Id<KeptKeyTag>>(), purpose, Blob{keyring.wrap(*previous)}, until);
    }
}

std::vector<Key256> kept_keys(Reader& reader, Keyring const& keyring, std::string_view purpose, Time now) {
    std::vector<Key256> keys;
    for (auto const& wrapped : reader.all<Blob>(sql::kept_keys, purpose, now))
        if (auto const key = keyring.unwrap(wrapped.bytes)) keys.push_back(*key);
    return keys;
}

}  // namespace rapport::store
