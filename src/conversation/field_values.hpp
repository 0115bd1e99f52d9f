// Values of a conversation's fields, sealed under its key. Internal to the module.
#pragma once

#include "conversation/fields.hpp"
#include "conversation/rows.hpp"

namespace rapport::conversation {

FieldValues values_of(store::Reader& reader, Office const& office, ConversationRow const& row);
void put_values(store::Tx& tx, Office const& office, ConversationRow const& row, FieldValues const& values, Time now);
// Under lock_row(). Whether anything changed. Codes: invalid_fields, content_erased.
Expected<bool> set_values(store::Tx& tx, Office const& office, ConversationRow const& row, FieldValues const& wanted,
                          Time now);
// Everything that a resolved conversation must have. Code fields_missing, with a pointer for each.
Expected<> check_required(store::Reader& reader, Office const& office, ConversationRow const& row);

}  // namespace rapport::conversation
