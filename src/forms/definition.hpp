// What a form asks: what is wrong with a definition, words in the reader's language, what a new one begins with.
// Internal to the module. Any thread.
#pragma once

#include "forms/forms.hpp"

namespace rapport::forms {

// In that language, else in the form's own, else in any.
std::string words_in(FormWords const& words, Locale locale, FormDefinition const& of);
Locale main_locale(FormDefinition const& definition);
bool speaks(FormDefinition const& definition, Locale locale);

FormField const* field_named(FormDefinition const& definition, std::string_view key);
FormField const* field_used_as(FormDefinition const& definition, FormFieldUse use);
inline bool is_required(FormField const& field) { return field.required.value_or(false); }
std::int64_t most_files_of(FormField const& field);
std::int64_t most_mb_of(FormField const& field);

bool is_slug(std::string_view text);
// RFC 6454 §6.2: scheme, host and port, as browsers write it.
bool is_origin(std::string_view text);
// Only what a visitor's browser may be sent to.
bool is_redirect(std::string_view text);

// What no draft may be: too large, keys that cannot be.
Expected<> check_draft(FormDefinition const& definition);
// What stands against publishing it.
std::vector<FormFinding> check_definition(store::Reader& reader, FormDefinition const& definition);

FormDefinition starter(MailboxId mailbox, Locale locale, std::string_view name);

}  // namespace rapport::forms
