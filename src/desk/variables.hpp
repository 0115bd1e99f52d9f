// What words kept ready may ask for: the customer, the conversation, the mailbox, the agent. One template language:
// module templates. Internal to the module.
#pragma once

#include "desk/wire.hpp"

namespace rapport::desk {

// What is wrong with a text before any conversation is there: unknown variables, or ones that may be missing and do not
// say what stands there then. Code template_invalid.
Expected<> check_words(store::Reader& reader, std::string_view text, std::string const& pointer);

// The values that a conversation gives.
Expected<json::Object> values_of(store::Reader& reader, Office const& office, Actor const& actor, ConversationId id);
// Never raw: a value that is missing gives what the text says, or an error. Codes: missing_variable, letter_too_large.
Expected<Rendered> render_words(std::string_view text, json::Object const& values, Locale locale);

}  // namespace rapport::desk
