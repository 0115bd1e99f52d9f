// The master key; see keyring.hpp.
#include "store/keyring.hpp"

#include <algorithm>
#include <stdexcept>

#include "store/durable_file.hpp"

namespace rapport::store {
namespace {

constexpr std::size_t key_size = 32;

constexpr char const* previous_name = "master.previous.key";

Key256 key_from(ByteView bytes) {
    Key256 key;
    std::copy_n(bytes.begin(), key.size(), reinterpret_cast<char*>(key.data()));
    return key;
}

Key256 derived(ByteView master, std::string_view purpose) {
    return key_from(hkdf_sha256(master, "rapport/1 " + std::string(purpose), key_size));
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

Keyring::Keyring(Bytes master, std::optional<Bytes> previous)
    : master_(std::move(master)), wrapping_(derive("wrapped keys")), previous_(std::move(previous)) {}

Keyring Keyring::open(std::filesystem::path const& folder) {
    make_folders(folder);
    auto const path = folder / "master.key";
    if (auto found = read_file(path)) {
        auto master = load(path, std::move(*found));
        auto previous = read_file(folder / previous_name);
        // The same twice: killed before the new one was in force. Nothing was wrapped with it.
        if (previous && *previous == master) previous.reset();
        if (previous) previous = load(folder / previous_name, std::move(*previous));
        return Keyring(std::move(master), std::move(previous));
    }
    Bytes fresh = random_bytes(key_size);
    if (create_durably(path, fresh, 0600)) return Keyring(std::move(fresh));
    auto winners = read_file(path);  // another program on the same new folder was faster
    if (!winners) throw std::runtime_error("The master key " + path.string() + " went away while it was being made.");
    return Keyring(load(path, std::move(*winners)));
}

Keyring Keyring::rotate(std::filesystem::path const& folder) {
    auto const now = open(folder);
    if (now.is_rotating()) return now;
    write_durably(folder / previous_name, now.master_, 0600);
    write_durably(folder / "master.key", random_bytes(key_size), 0600);
    return open(folder);
}

void Keyring::forget_previous(std::filesystem::path const& folder) {
    std::filesystem::remove(folder / previous_name);
    sync_folder(folder);
}

std::optional<Key256> Keyring::derive_previous(std::string_view purpose) const {
    if (!previous_) return std::nullopt;
    return derived(*previous_, purpose);
}

bool Keyring::is_current(ByteView wrapped) const { return unwrap_key(wrapping_, wrapped).has_value(); }

Key256 Keyring::derive(std::string_view purpose) const { return derived(master_, purpose); }

Bytes Keyring::wrap(Key256 const& key) const { return wrap_key(wrapping_, key); }
Expected<Key256> Keyring::unwrap(ByteView wrapped) const {
    auto key = unwrap_key(wrapping_, wrapped);
    if (key || !previous_) return key;
    return unwrap_key(*derive_previous("wrapped keys"), wrapped);
}

}  // namespace rapport::store
