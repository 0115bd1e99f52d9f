// Signed addresses and Message-IDs.
#include "base/text.hpp"
#include "conversation/conversation.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t id_size = 13, longest_local = 64;
// 84 bits: each guess costs a mail, and a right one leads no further than to a suggestion.
constexpr std::size_t token_mac_size = 17;
constexpr std::size_t id_mac_size = 26;
constexpr std::size_t rating_mac_size = 26;

std::uint64_t word(Digest const& digest, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | digest.octets[at + i];
    return value;
}

}  // namespace

Key256 Tokens::key_of(store::Store& store, store::Keyring const& keyring, bool may_make, Time now) {
    auto const find = [](store::Reader& reader) { return reader.one<store::Blob>(sql::conversation_key); };
    auto wrapped = store.read_now(find);
    if (!wrapped && may_make) {
        store::Blob const made{keyring.wrap(random_key())};
        store.write_now([&](store::Tx& tx) { tx.exec(sql::insert_conversation_key, made, now); });
        wrapped = store.read_now(find);  // another node may have been faster
    }
    if (!wrapped) return {};  // a command beside a server that has never run: it makes no tokens
    auto key = keyring.unwrap(wrapped->bytes);
    if (!key) throw std::runtime_error("The key of reply tokens cannot be opened: is keys/master.key the right one?");
    return *key;
}

std::string Tokens::mac(std::string_view what, std::int64_t subject, std::size_t size) const {
    auto const message = std::string(what) + '\n' + instance_ + '\n' + to_base32(static_cast<std::uint64_t>(subject));
    auto const digest = hmac_sha256({reinterpret_cast<char const*>(key_.data()), key_.size()}, message);
    return (to_base32(word(digest, 0)) + to_base32(word(digest, 8))).substr(0, size);
}

EmailAddress Tokens::reply_address(EmailAddress const& mailbox, ParticipantId participant) const {
    auto const at = mailbox.value.rfind('@');
    auto local = mailbox.value.substr(0, at) + "+c" + to_base32(static_cast<std::uint64_t>(participant.value)) +
                 mac("reply", participant.value, token_mac_size);
    if (local.size() > longest_local) return mailbox;
    return {std::move(local) + mailbox.value.substr(at)};
}

// Does the same work for whatever comes: a MAC and one comparison.
std::optional<ParticipantId> Tokens::participant_of(std::string_view address) const {
    auto const local = address.substr(0, address.rfind('@'));
    auto const plus = local.rfind('+');
    auto const detail = plus == std::string_view::npos ? std::string_view() : local.substr(plus + 1);
    auto const text = detail.size() == 1 + id_size + token_mac_size ? ascii_lower(detail)
                                                                    : std::string(1 + id_size + token_mac_size, '?');
    auto const value = from_base32(std::string_view(text).substr(1, id_size));
    bool const formed = text.front() == 'c' && value && *value != 0 && *value >> 63 == 0;
    ParticipantId const participant{formed ? static_cast<std::int64_t>(*value) : 1};
    auto const right = mac("reply", participant.value, token_mac_size);
    bool const genuine = equal_in_constant_time(std::string_view(text).substr(1 + id_size), right);
    return formed && genuine ? std::optional(participant) : std::nullopt;
}

std::string Tokens::message_id(MessageId message, std::string_view domain) const {
    return channels::email::MessageId("cnv." + to_base32(static_cast<std::uint64_t>(message.value)) + '.' +
                                          mac("message", message.value, id_mac_size),
                                      domain)
        .value();
}

std::string Tokens::rating_token(std::int64_t rating) const {
    return to_base32(static_cast<std::uint64_t>(rating)) + mac("rating", rating, rating_mac_size);
}

std::optional<std::int64_t> Tokens::rating_of(std::string_view token) const {
    auto const text =
        token.size() == id_size + rating_mac_size ? std::string(token) : std::string(id_size + rating_mac_size, '?');
    auto const value = from_base32(std::string_view(text).substr(0, id_size));
    bool const formed = value && *value != 0 && *value >> 63 == 0;
    auto const rating = formed ? static_cast<std::int64_t>(*value) : 1;
    auto const right = mac("rating", rating, rating_mac_size);
    bool const genuine = equal_in_constant_time(std::string_view(text).substr(id_size), right);
    return formed && genuine ? std::optional(rating) : std::nullopt;
}

std::optional<MailboxId> Addresses::mailbox_of(std::string_view address) const {
    auto folded = ascii_lower(address);
    auto const at = folded.rfind('@');
    if (at == std::string::npos) return std::nullopt;
    auto const map = map_.load();
    if (auto const found = map->find(folded); found != map->end()) return found->second;
    if (auto const plus = folded.find('+'); plus < at) folded.erase(plus, at - plus);
    auto const found = map->find(folded);
    return found == map->end() ? std::nullopt : std::optional(found->second);
}

void Addresses::read(store::Reader& reader) {
    auto map = std::make_shared<Map>();
    reader.each(sql::addresses_taken,
                [&](store::Row const& row) { map->emplace(row.text(0), MailboxId{row.integer(1)}); });
    map_.store(std::move(map));
}

}  // namespace rapport::conversation
