// What a visitor typed, read against what was asked: answers in one form each, or what is wrong with them, by field.
// Pure; linear in what came. Internal to the module. Any thread.
#pragma once

#include "forms/definition.hpp"

namespace rapport::forms {

struct TypedFile {
    std::string field, name;
    std::string_view bytes;
};
// As the browser sent it; views into the body.
struct Typed {
    std::multimap<std::string, std::string, std::less<>> values;
    std::vector<TypedFile> files;
    std::string value(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
};
// Codes: form_syntax, unsupported_media_type.
Expected<Typed> read_typed(std::string_view media_type, std::string_view content_type, std::string_view body);
// Names of a form's own fields carry this; the page's do not.
inline constexpr std::string_view field_prefix = "f.";

struct Trouble {
    std::string field;    // its key; "consent", "question"
    std::string message;  // of the catalogue: "required"
    std::string n = {};   // what stands in it
};

struct Answers {
    std::map<std::string, std::vector<std::string>, std::less<>> values;  // by key; those that are empty are not there
    std::vector<TypedFile> files;
    bool consented = false;
    std::vector<Trouble> troubles;
    std::string value(std::string_view key) const;
};
Answers read_answers(FormDefinition const& definition, Typed const& typed);

// Digits of every script that our languages are written in become ASCII.
std::string plain_digits(std::string_view text);
std::size_t count_links(std::string_view text);

// Where it goes, by the form's rules.
struct Destination {
    std::optional<TeamId> team;
    std::optional<Priority> priority;
    std::vector<LabelId> labels;
};
Destination destination_of(FormDefinition const& definition, Answers const& answers);

}  // namespace rapport::forms
