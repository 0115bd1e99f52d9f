// Actions: described once, checked, prepared off the writer, carried out on one conversation in one transaction.
// Internal to the module.
#pragma once

#include "desk/wire.hpp"

namespace rapport::desk {

// A macro as it is kept.
struct MacroBody {
    std::vector<Action> actions;
};
BOOST_DESCRIBE_STRUCT(MacroBody, (), (actions))

// Each has what it needs and nothing else, and what it names exists. Codes: invalid_fields, template_invalid,
// not_found (of a canned reply).
Expected<> check_actions(store::Reader& reader, Who const& who, std::vector<Action> const& actions);

// What is sealed and put on the disk before the transaction.
struct Prepared {
    ConversationId conversation;
    std::vector<Action> actions;
    std::vector<conversation::Plan> plans;  // of each action that writes; nullptr of the others
    std::vector<MessagePreview> messages;
};
// Codes: not_found, missing_variable, and those of plan_writing().
Expected<Prepared> prepare(store::Reader& reader, Office const& office, Act const& act, Who const& who,
                           ConversationId conversation, std::vector<Action> const& actions);

struct Done {
    conversation::Stood before, after;
    std::vector<MessageId> messages;
    bool sends = false;  // an answer is among them
};
// All of them, or an error: the first refusal. Codes: those of change_conversation() and write().
Expected<Done> carry_out(store::Tx& tx, Office const& office, Act const& act, Who const& who, Prepared const& prepared);

}  // namespace rapport::desk
