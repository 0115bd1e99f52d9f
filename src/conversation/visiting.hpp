// What a channel whose writers come back needs beside arrivals: files that wait for their message, a name once it is
// known, a mail about what was answered elsewhere.
#pragma once

#include "conversation/arrival.hpp"

namespace rapport::conversation {

// From now on the customer is known: the conversation is theirs. With an address they have shown to read, answers may
// go there, too; with a name, lists show it.
void recognise(store::Tx& tx, Office const& office, ConversationId id, CustomerId customer,
               std::optional<EmailAddress> const& address, std::string_view name, Actor const& by, Time now);

// Nobody else changes it, or answers in it, until the transaction ends.
void hold(store::Tx& tx, ConversationId id);

// What a file is, told by its octets: "image/png".
std::string media_type_of(ByteView bytes);
// A file that waits for its message; the function keeps it. Codes: invalid_fields, file_too_large.
Expected<std::function<AttachmentId(store::Tx&)>> prepare_upload(Office const& office, std::int64_t uploader,
                                                                 std::string_view name, ByteView bytes, Time now);
std::optional<MessageId> message_of_file(store::Reader& reader, AttachmentId id);

// A mail about a message that another channel carried, so that its answer comes back into the conversation.
struct ReturnAddress {
    std::string name;  // of the mailbox
    EmailAddress from, reply_to;
    std::string message_id;
};
Expected<ReturnAddress> correspond(store::Tx& tx, Office const& office, ConversationId id, EmailAddress const& to,
                                   MessageId about, Time now);

}  // namespace rapport::conversation
