// Tokens of links: what (1 octet), day (2), subject (8), MAC (16 of HMAC-SHA256); base64url.
// docs/formats/preferences.md.
#include "preferences/preferences.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {
namespace {

constexpr std::size_t payload_octets = 11, mac_octets = 16;
constexpr auto first_day = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);

std::unexpected<Error> not_ours() {
    return fail(ErrorKind::not_found, "not_found", "There is nothing at this address.");
}

}  // namespace

Key256 Links::key_of(store::Store& store, store::Keyring const& keyring, bool may_make, Time now) {
    auto const kept = [&] {
        return store.read_now([](store::Reader& reader) { return reader.one<store::Blob>(sql::link_key); });
    };
    auto wrapped = kept();
    if (!wrapped && may_make) {
        Bytes const made = keyring.wrap(random_key());
        store.write_now([&](store::Tx& tx) {
            tx.exec(sql::insert_link_key, store::BlobView{made}, now);
            return true;
        });
        wrapped = kept();
    }
    if (!wrapped) return random_key();  // a command beside a database that no server has opened yet makes no links
    auto const key = keyring.unwrap(wrapped->bytes);
    if (!key) throw std::runtime_error("The key of links to preferences cannot be opened: " + key.error().text);
    return *key;
}

Bytes Links::mac(ByteView payload) const {
    auto const digest = hmac_sha256({reinterpret_cast<char const*>(key_.data()), key_.size()},
                                    "rapport preferences link\n" + std::string(payload));
    return Bytes(digest.view().substr(0, mac_octets));
}

std::string Links::token(LinkFor what, std::int64_t subject, Time now) const {
    auto const day = static_cast<std::uint16_t>((std::chrono::floor<std::chrono::days>(now) - first_day).count());
    Bytes payload;
    payload += static_cast<char>(what);
    payload += static_cast<char>(day >> 8);
    payload += static_cast<char>(day & 0xff);
    for (int shift = 56; shift >= 0; shift -= 8)
        payload += static_cast<char>(static_cast<std::uint64_t>(subject) >> shift & 0xff);
    return to_base64url(payload + mac(payload));
}

std::string Links::url(LinkFor what, std::int64_t subject, Time now) const {
    return public_url_ + "/u/" + token(what, subject, now);
}

Expected<Links::Opened> Links::open(std::string_view token, Time now) const {
    auto const bytes = token.size() < 64 ? from_base64url(token) : std::nullopt;
    if (!bytes || bytes->size() != payload_octets + mac_octets) return not_ours();
    auto const payload = ByteView(*bytes).substr(0, payload_octets);
    if (!equal_in_constant_time(ByteView(*bytes).substr(payload_octets), mac(payload))) return not_ours();
    auto const octet = [&](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(payload[i]));
    };
    if (octet(0) > static_cast<std::uint64_t>(LinkFor::consent)) return not_ours();
    Opened opened{static_cast<LinkFor>(octet(0)), 0, first_day + std::chrono::days(octet(1) << 8 | octet(2))};
    std::uint64_t subject = 0;
    for (std::size_t i = 3; i < payload_octets; ++i) subject = subject << 8 | octet(i);
    opened.subject = static_cast<std::int64_t>(subject);
    if (now >= opened.made + std::chrono::days(1) + life_)
        return fail(ErrorKind::gone, "link_expired", "This link is too old.");
    return opened;
}

}  // namespace rapport::preferences
