// Runs: actions carried out on one conversation, kept so that they can be undone. Internal to the module.
#pragma once

#include "desk/actions.hpp"

namespace rapport::desk {

// Whose actions: the macro's, or those that are given. Codes: not_found, invalid_fields.
Expected<std::vector<Action>> actions_of(store::Reader& reader, Who const& who, std::optional<MacroId> macro,
                                         std::vector<Action> const& given);
// What was done with this key in this conversation, if anything was: asked again, it is not prepared again, either.
std::optional<RunOutcome> made_before(store::Reader& reader, Act const& act, ConversationId conversation,
                                      std::optional<std::string> const& key);
// One transaction. A key that was used for this conversation is the run that it made.
Expected<RunOutcome> run(store::Tx& tx, Office const& office, Act const& act, Who const& who, Prepared const& prepared,
                         std::optional<MacroId> macro, std::optional<std::string> const& key);
// What run() would do; the transaction is to be rolled back.
RunPreview preview(store::Tx& tx, Office const& office, Act const& act, Who const& who, Prepared const& prepared);
// Everything that the run did, or nothing. Codes: not_found, already_undone, too_late, changed_meanwhile, already_left.
Expected<conversation::ConversationView> undo(store::Tx& tx, Office const& office, Act const& act, RunId id);

// fsck.
void check_runs(store::Reader& reader, Office const& office, std::function<void(Finding const&)> const& report);

}  // namespace rapport::desk
