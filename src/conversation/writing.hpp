// Answers and notes that other modules write among what else they do in one transaction: planned off the writer (made
// safe, signed, sealed), then written. And the way back: a conversation as it was.
#pragma once

#include <memory>

#include "conversation/wire.hpp"

namespace rapport::conversation {

struct PlannedMessage;
using Plan = std::shared_ptr<PlannedMessage const>;

// Codes: not_found, invalid_fields, state_does_not_allow, attachment_not_found, mail_too_large, content_erased.
Expected<Plan> plan_writing(store::Reader& reader, Office const& office, Act const& act, ConversationId id,
                            NewMessage const& wanted);
// Codes: as above, key_reused.
Expected<MessageId> write(store::Tx& tx, Office const& office, Act const& act, Plan const& plan);

enum class Afterwards : std::uint8_t { draft, nothing };  // what becomes of the words of an answer taken back
// One's own answer before it has left, or one's own note. Codes: not_found, already_left.
Expected<> take_back(store::Tx& tx, Office const& office, Act const& act, MessageId id,
                     Afterwards afterwards = Afterwards::draft);

// What agents change about a conversation, as it stood at one instant.
struct Standing {
    State state{};
    std::optional<Time> snoozed_until, waiting_since, resolved_at;
    Priority priority{};
    std::optional<TeamId> team;
    std::optional<AgentId> assignee;
    std::vector<LabelId> labels;
    FieldValues fields;  // whoever keeps them seals them: sealed_fields()
};
BOOST_DESCRIBE_STRUCT(Standing, (),
                      (state, snoozed_until, waiting_since, resolved_at, priority, team, assignee, labels, fields))
struct Stood {
    Standing standing;
    std::int64_t version = 0;
};
std::optional<Stood> standing_of(store::Reader& reader, Office const& office, ConversationId id);
// Locks it until the end of the transaction.
std::optional<Stood> lock_standing(store::Tx& tx, Office const& office, ConversationId id);
// Back to how it stood: an undo, which the table of states does not know. Publishes conversation.restored. The caller
// holds the lock and has made sure that nobody else has changed it since. Codes: not_found, state_does_not_allow.
Expected<> restore(store::Tx& tx, Office const& office, Act const& act, ConversationId id, Standing const& to);

// Values of fields, as another module may keep them: they are gone when the conversation is erased. Nothing: it was.
std::optional<Bytes> sealed_fields(store::Reader& reader, Office const& office, ConversationId id,
                                   FieldValues const& values);
std::optional<FieldValues> opened_fields(store::Reader& reader, Office const& office, ConversationId id,
                                         ByteView sealed);

// Where a message stands now; nothing, if it was taken back.
std::optional<ConversationId> conversation_of(store::Reader& reader, MessageId id);

}  // namespace rapport::conversation
