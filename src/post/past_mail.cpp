// Rows of the spool for mails that nobody waits for.
#include "post/past_mail.hpp"

#include "channels/email/dsn.hpp"
#include "post/sql.hpp"

namespace rapport::post {
namespace {

constexpr std::string_view channel = "email";

}  // namespace

PastMail prepare_past_mail(store::Keyring const& keyring, store::Blobs const& blobs, ByteView raw) {
    auto const key = random_key();
    return {sha256(raw), blobs.prepare(raw, key), keyring.wrap(key), static_cast<std::int64_t>(raw.size())};
}

std::optional<InboundId> find_mail(store::Reader& reader, Digest const& digest) {
    return reader.one<InboundId>(sql::inbound_by_provider_id, channel, to_hex(digest.view()));
}

InboundId keep_past_mail(store::Tx& tx, store::Blobs const& blobs, PastMail const& mail, PastEnvelope const& envelope,
                         Time now) {
    auto const id = tx.new_id<InboundId>();
    blobs.keep(tx, mail.blob);
    tx.exec(sql::add_inbound, id, channel, to_hex(mail.digest.view()), envelope.at, envelope.peer, envelope.sender,
            mail.size, mail.blob.address, store::BlobView{mail.wrapped_key});
    tx.exec(sql::add_inbound_recipient, id, envelope.recipient);
    tx.exec(sql::inbound_handled, id, envelope.recipient, InboundState::handled, std::string_view("conversation"),
            std::optional<OutboxId>(), channels::email::shown(envelope.summary), now);
    return id;
}

}  // namespace rapport::post
