// A text as HTML: links to articles, images and files of ours. Internal to the module.
#pragma once

#include "knowledge/rows.hpp"
#include "markdown/markdown.hpp"

namespace rapport::knowledge {

enum class Shown : std::uint8_t {
    page,     // to readers: files by /help/files/…
    preview,  // to agents: files by the API
};
struct ShowOptions {
    Locale locale{};
    Shown where{};
};
// Codes: those of markdown::render.
Expected<markdown::Rendered> show(store::Reader& reader, std::string_view body, ShowOptions const& options);
std::vector<KnowledgeFinding> findings_of(markdown::Rendered const& rendered);
// The files that a text names, each once. A text that cannot be read names none.
std::vector<FileId> files_in(std::string_view body);
std::int64_t words_in(std::string_view plain);

bool is_image(std::string_view media_type);
std::string file_path(FileRow const& file);  // for readers
std::string callout_name(Locale locale, markdown::Callout callout);

}  // namespace rapport::knowledge
