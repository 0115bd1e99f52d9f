// HTML that people write: made safe for leaving (an allow list), and read as text. Pure; any thread; bounded by its
// input.
#pragma once

#include <string>
#include <string_view>

namespace rapport::conversation {

inline constexpr std::size_t most_html = 1 << 20;  // of what is read

// Only elements and attributes of the allow list; the content of scripts and styles goes with them. The result is a
// fragment, balanced, and the same when it is made safe once more.
std::string safe_html(std::string_view html);
// As a person reads it: paragraphs and items on lines of their own, addresses of links behind their words.
std::string text_of_html(std::string_view html);
// Plain text as HTML: a paragraph for each, its line breaks kept.
std::string html_of_text(std::string_view text);

}  // namespace rapport::conversation
