// The master key; see keyring.hpp.
#include "store/keyring.hpp"

#include <algorithm>
#include <stdexcept>

#include "store/durable_file.hpp"

namespace rapport::store {
namespace {

constexpr std::size_t key_size = 32;

Key256 key_from(ByteView bytes) {
    Key256 key;
    std::copy_n(bytes.begin(), key.size(), reinterpret_cast<char*>(key.data()));
    return key;
}

Bytes load(std::filesystem::path const& path, Bytes bytes) {
    if (bytes.size() != key_size)
        throw std::runtime_error("The master key " + path.string() +
                                 " is damaged: it must have exactly 32 octets. Restore it from its backup.");
    using std::filesystem::perms;
    if ((std::filesystem::status(path).permissions() & (perms::group_all | perms::others_all)) != perms::none)
        throw std::runtime_error("The master key " + path.string() + " can be read by others. Run chmod 600 on it.");
    return bytes;
}

}  // namespace

Keyring::Keyring(Bytes master) : master_(std::move(master)), wrapping_(derive("wrapped keys")) {}

Keyring Keyring::open(std::filesystem::path const& folder) {
    make_folders(folder);
    auto const path = folder / "master.key";
    if (auto found = read_file(path)) return Keyring(load(path, std::move(*found)));
    Bytes fresh = random_bytes(key_size);
    if (create_durably(path, fresh, 0600)) return Keyring(std::move(fresh));
    auto winners = read_file(path);  // another program on the same new folder was faster
    if (!winners) throw std::runtime_error("The master key " + path.string() + " went away while it was being made.");
    return Keyring(load(path, std::move(*winners)));
}

Key256 Keyring::derive(std::string_view purpose) const {
    return key_from(hkdf_sha256(master_, "rapport/1 " + std::string(purpose), key_size));
}

Bytes Keyring::wrap(Key256 const& key) const { return wrap_key(wrapping_, key); }
Expected<Key256> Keyring::unwrap(ByteView wrapped) const { return unwrap_key(wrapping_, wrapped); }

}  // namespace rapport::store
