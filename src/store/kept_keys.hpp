// What outlives a rotation of the master key: for some purposes the key that the earlier one gave is kept, wrapped by
// the one in force, so that what it signed is still recognised. Nothing new is signed with it.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "store/keyring.hpp"
#include "store/store.hpp"

namespace rapport::store {

struct KeptPurpose {
    std::string_view purpose;
    std::optional<Duration> life;  // from the rotation on; empty: always
};

// `keyring` is rotating. Harmless to repeat.
void keep_previous_keys(Tx& tx, Keyring const& keyring, std::span<KeptPurpose const> purposes, Time now);

// Of earlier master keys, newest first.
std::vector<Key256> kept_keys(Reader& reader, Keyring const& keyring, std::string_view purpose, Time now);

}  // namespace rapport::store
