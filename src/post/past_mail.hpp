// Mails that were brought in from an old mailbox: kept byte for byte as those that arrive, and handled already.
#pragma once

#include "post/inbound.hpp"

namespace rapport::post {

struct PastMail {
    Digest digest;  // of the raw octets
    store::PreparedBlob blob;
    Bytes wrapped_key;
    std::int64_t size = 0;
};
// Before the transaction: encrypts, and writes what is large.
PastMail prepare_past_mail(store::Keyring const& keyring, store::Blobs const& blobs, ByteView raw);

// The mail of these octets, if it is here: brought in before, or arrived by itself.
std::optional<InboundId> find_mail(store::Reader& reader, Digest const& digest);

// Whence and for whom it is kept.
struct PastEnvelope {
    std::string peer;
    std::string sender;
    std::string recipient;
    std::string summary;
    Time at{};  // of its arrival, long ago
};
// As a message of a conversation. Throws UniqueViolation where it is here.
InboundId keep_past_mail(store::Tx& tx, store::Blobs const& blobs, PastMail const& mail, PastEnvelope const& envelope,
                         Time now);

}  // namespace rapport::post
