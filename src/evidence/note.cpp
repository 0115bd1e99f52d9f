// Signed notes (C2SP signed-note): the text, an empty line, and lines "— <name> <base64 of key id and signature>".
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <charconv>

#include "base/crypto.hpp"
#include "evidence/checkpoint.hpp"

namespace rapport::evidence {
namespace {

constexpr char ed25519_type = 0x01;
constexpr std::string_view dash = "\xe2\x80\x94 ";  // "— "

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

unsigned char const* octets(ByteView bytes) { return reinterpret_cast<unsigned char const*>(bytes.data()); }

Key public_key(ByteView raw) {
    return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw), raw.size()), EVP_PKEY_free};
}

Bytes big_endian(std::uint32_t value) {
    Bytes out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
    return out;
}

bool good_name(std::string_view name) {
    return !name.empty() && is_plain_text(name) && name.find_first_of(" +\t\r\n") == name.npos;
}

std::unexpected<Error> malformed(std::string text) {
    return fail(ErrorKind::invalid, "checkpoint_malformed", std::move(text));
}

bool signature_good(NoteKey const& key, ByteView text, ByteView signature) {
    Key const pkey = public_key(key.public_key);
    DigestContext const context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return pkey && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

}  // namespace

std::uint32_t NoteKey::id() const {
    auto const digest = sha256(name + '\n' + ed25519_type + public_key);
    return static_cast<std::uint32_t>(digest.octets[0]) << 24 | static_cast<std::uint32_t>(digest.octets[1]) << 16 |
           static_cast<std::uint32_t>(digest.octets[2]) << 8 | digest.octets[3];
}

std::string NoteKey::text() const {
    return name + '+' + to_hex(big_endian(id())) + '+' + to_base64(ed25519_type + public_key);
}

Bytes NoteKey::pem() const {
    Key const pkey = evidence::public_key(public_key);
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new(BIO_s_mem()), BIO_free);
    if (!pkey || PEM_write_bio_PUBKEY(bio.get(), pkey.get()) != 1)
        throw std::runtime_error("a log key cannot be written");
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio.get(), &data);
    return Bytes(data, static_cast<std::size_t>(size));
}

Expected<NoteKey> NoteKey::from_text(std::string_view text) {
    auto const bad = [] {
        return fail(ErrorKind::invalid, "note_key_malformed",
                    "A log's key is written as name+8 hex digits+base64, as /log/key shows it.");
    };
    text = trimmed(text);
    auto const first = text.find('+');
    if (first == text.npos) return bad();
    auto const second = text.find('+', first + 1);
    if (second == text.npos) return bad();
    auto const raw = from_base64(text.substr(second + 1));
    if (!raw || raw->size() != 33 || raw->front() != ed25519_type) return bad();
    NoteKey key{std::string(text.substr(0, first)), raw->substr(1)};
    if (!good_name(key.name) || text != key.text()) return bad();
    return key;
}

Expected<NoteSigner> NoteSigner::from(std::string origin, ByteView seed) {
    Key pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()), EVP_PKEY_free);
    if (!pkey || !good_name(origin))
        return fail(ErrorKind::invalid, "note_key_malformed",
                    "The log needs an origin without spaces and '+', and an Ed25519 seed of 32 octets.");
    NoteSigner signer;
    signer.key_.name = std::move(origin);
    signer.key_.public_key.resize(32);
    std::size_t size = 32;
    EVP_PKEY_get_raw_public_key(pkey.get(), reinterpret_cast<unsigned char*>(signer.key_.public_key.data()), &size);
    signer.private_key_ =
        std::shared_ptr<void>(pkey.release(), [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); });
    return signer;
}

Bytes NoteSigner::sign(std::string_view text) const {
    require(text.ends_with('\n'), "the text of a note ends with a line feed");
    DigestContext const context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    Bytes signature(64, '\0');
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(private_key_.get())) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, octets(text),
                       text.size()) != 1)
        throw std::runtime_error("OpenSSL refused to sign a checkpoint");
    auto note = std::string(text) + '\n' + std::string(dash) + key_.name + ' ' +
                to_base64(big_endian(key_.id()) + signature) + '\n';
    for (auto const& signer : earlier_) note += signer.sign(text).substr(text.size() + 1);
    return note;
}

Expected<> NoteSigner::also(ByteView earlier_seed) {
    auto signer = from(key_.name, earlier_seed);
    if (!signer) return fail(signer.error());
    earlier_.push_back(std::move(*signer));
    return {};
}

NoteKey const& key_of(ByteView note, std::span<NoteKey const> keys) {
    for (auto const& key : keys)
        if (open_checkpoint(note, key)) return key;
    return keys.front();
}

std::string checkpoint_text(std::string_view origin, TreeHead const& head) {
    return std::string(origin) + '\n' + std::to_string(head.size) + '\n' + to_base64(head.root.view()) + '\n';
}

Expected<Checkpoint> parse_checkpoint(ByteView note) {
    // The signatures follow the last empty line.
    auto const split = note.rfind("\n\n");
    if (split == note.npos || note.size() > 65'536 || !is_plain_text(note) || !note.ends_with('\n'))
        return malformed("The checkpoint is not a signed note.");
    std::string_view rest = note.substr(0, split + 1);
    auto const line = [&rest] {
        auto const end = rest.find('\n');
        std::string_view const found = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        return found;
    };
    Checkpoint checkpoint;
    checkpoint.origin = line();
    std::string_view const size = line();
    auto const parsed = std::from_chars(size.data(), size.data() + size.size(), checkpoint.head.size);
    auto const root = from_base64(line());
    auto const digest = root ? Digest::from(*root) : std::nullopt;
    if (!good_name(checkpoint.origin) || parsed.ec != std::errc{} || size != std::to_string(checkpoint.head.size) ||
        !digest)
        return malformed("The checkpoint's lines are not origin, size and root.");
    checkpoint.head.root = *digest;
    checkpoint.note = note;
    return checkpoint;
}

Expected<Checkpoint> open_checkpoint(ByteView note, NoteKey const& key) {
    auto checkpoint = parse_checkpoint(note);
    if (!checkpoint) return checkpoint;
    if (checkpoint->origin != key.name)
        return malformed("The checkpoint is another log's: its origin is " + checkpoint->origin + ".");
    auto const split = note.rfind("\n\n");
    std::string_view const text = note.substr(0, split + 1);
    std::string_view lines = note.substr(split + 2);
    std::string const start = std::string(dash) + key.name + ' ';
    while (!lines.empty()) {
        auto const end = lines.find('\n');
        std::string_view const line = lines.substr(0, end);
        lines.remove_prefix(end + 1);
        if (!line.starts_with(dash)) return malformed("A signature line of the checkpoint is malformed.");
        if (!line.starts_with(start)) continue;  // a witness's
        auto const blob = from_base64(line.substr(start.size()));
        if (!blob || blob->size() < 5) return malformed("A signature line of the checkpoint is malformed.");
        if (blob->substr(0, 4) != big_endian(key.id())) continue;
        if (!signature_good(key, text, ByteView(*blob).substr(4)))
            return fail(ErrorKind::invalid, "checkpoint_signature_wrong",
                        "The log's signature does not fit the checkpoint.");
        return checkpoint;
    }
    return fail(ErrorKind::invalid, "checkpoint_unsigned", "The checkpoint carries no signature by this log's key.");
}

}  // namespace rapport::evidence
