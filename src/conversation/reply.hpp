// What agents write: answers and notes. Planned off the writer (made safe, signed, sealed, large parts on the disk),
// then written: message, letters and the conversation's state in one transaction. Internal to the module.
#pragma once

#include "conversation/rows.hpp"
#include "conversation/writing.hpp"

namespace rapport::conversation {

ReplyTo reply_to(store::Reader& reader, Office const& office, ConversationRow const& row, Cover const& cover);

struct PlannedMessage {
    ConversationId conversation;  // zero: a new one, see opening
    std::optional<Opening> opening;
    MessageKind kind{};
    PreparedMessage message;
    std::vector<EmailAddress> to, cc;
    std::vector<AttachmentId> attachments;
    std::optional<State> then;
    std::string customer_name;  // of a new customer
    std::optional<MessageId> seen;
    bool carried = false;  // by the conversation's channel: it has no letters
};

// Codes: not_found, invalid_fields, state_does_not_allow, attachment_not_found, mail_too_large, content_erased.
Expected<PlannedMessage> plan_message(store::Reader& reader, Office const& office, Act const& act, ConversationId id,
                                      NewMessage const& wanted);
Expected<PlannedMessage> plan_conversation(store::Reader& reader, Office const& office, Act const& act,
                                           NewConversation const& wanted);
// A key that this author has used is the message that it made. Codes: as above, key_reused.
Expected<MessageId> write_message(store::Tx& tx, Office const& office, Act const& act, PlannedMessage const& planned);

// The words of a message that was taken back become the agent's draft, or wait beside a newer one.
void put_back(store::Tx& tx, Office const& office, Act const& act, ConversationId id, DraftWords const& words);

}  // namespace rapport::conversation
