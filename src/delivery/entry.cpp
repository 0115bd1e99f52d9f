// Tokens of entries, and what an entry shows. A token is a synthetic initialisation vector and the number enciphered
// under it (the construction of RFC 5297 with HMAC-SHA256): sixteen octets authenticate, eight hide.
#include "delivery/entry.hpp"

#include "base/crypto.hpp"
#include "delivery/packaging.hpp"
#include "delivery/row.hpp"
#include "store/kept_keys.hpp"

namespace rapport::delivery {
namespace {

constexpr std::size_t tag_size = 16, number_size = 8;

ByteView view_of(Key256 const& key) { return {reinterpret_cast<char const*>(key.data()), key.size()}; }

Bytes tag_of(ByteView key, ByteView number) {
    return Bytes(hmac_sha256(key, "tag:" + Bytes(number)).view().substr(0, tag_size));
}

// The same way there and back.
Bytes enciphered(ByteView key, ByteView tag, ByteView number) {
    auto const stream = hmac_sha256(key, "number:" + Bytes(tag));
    Bytes out(number);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<char>(out[i] ^ static_cast<char>(stream.octets[i]));
    return out;
}

Bytes big_endian(std::int64_t value) {
    Bytes out(number_size, '\0');
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = number_size; i-- > 0; rest >>= 8) out[i] = static_cast<char>(rest & 255);
    return out;
}

std::int64_t from_big_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
}

std::optional<DeliveryId> opened(Key256 const& key, std::string_view token) {
    auto const bytes = token.size() == 32 ? from_base64url(token) : std::nullopt;
    if (!bytes || bytes->size() != tag_size + number_size) return std::nullopt;
    auto const tag = ByteView(*bytes).substr(0, tag_size);
    auto const number = enciphered(view_of(key), tag, ByteView(*bytes).substr(tag_size));
    if (!equal_in_constant_time(tag, tag_of(view_of(key), number))) return std::nullopt;
    return DeliveryId{from_big_endian(number)};
}

// By the key in force, or by one of before.
std::optional<DeliveryId> find_delivery_of(store::Reader& reader, Office const& office, std::string_view token) {
    if (auto const id = delivery_of_entry(office.keyring, token)) return id;
    for (auto const& key : store::kept_keys(reader, office.keyring, entry_purpose, Time{}))
        if (auto const id = opened(key, token)) return id;
    return std::nullopt;
}

Error no_such_entry() {
    return Error{ErrorKind::not_found, "not_found", "There is no verification entry at this address.", {}, 0};
}

}  // namespace

std::string entry_token(store::Keyring const& keyring, DeliveryId id) {
    auto const key = keyring.derive(entry_purpose);
    auto const number = big_endian(id.value);
    auto const tag = tag_of(view_of(key), number);
    return to_base64url(tag + enciphered(view_of(key), tag, number));
}

std::optional<DeliveryId> delivery_of_entry(store::Keyring const& keyring, std::string_view token) {
    return opened(keyring.derive(entry_purpose), token);
}

std::string entry_url(Office const& office, DeliveryId id) {
    return office.settings.public_url + "/v/" + entry_token(office.keyring, id);
}

std::string verify_page_url(Office const& office) { return office.settings.public_url + "/verify/"; }

Expected<EntryView> find_entry(store::Reader& reader, Office const& office, std::string_view token) {
    require(office.packaging != nullptr, "the app gives the office what entries tell of the log");
    auto const id = find_delivery_of(reader, office, token);
    auto const rows = id ? evidence::evidence_of(reader, id->value) : std::vector<evidence::EvidenceRow>();
    if (rows.empty()) return fail(no_such_entry());
    EntryView view;
    view.delivery = to_text(*id);
    view.qualified = office.packaging->qualified;
    for (auto const& row : rows) {
        auto const& event = evidence::info(row.code);
        view.evidence.push_back({row.number, std::string(event.label), std::string(event.name),
                                 std::string(event.clause), row.time, row.leaf_index, row.token.has_value()});
    }
    if (auto const last = evidence::last_checkpoint(reader)) {
        bool const stamped = evidence::checkpoint_token(reader, last->head.size).has_value();
        view.checkpoint = EntryCheckpoint{last->origin, static_cast<std::int64_t>(last->head.size),
                                          to_base64(last->head.root.view()), last->note, stamped};
    }
    view.log_key = office.packaging->log_key.text();
    view.verify_url = verify_page_url(office);
    return view;
}

}  // namespace rapport::delivery
