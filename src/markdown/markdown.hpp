// Markdown that people write: safe HTML from an allow list, its outline, and its text. Raw HTML is shown as text. Pure;
// any thread; bounded in size, depth, output and time (README.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace rapport::markdown {

struct Limits {
    std::size_t source = 1 << 20, output = 4 << 20;  // octets
    int depth = 40;                                  // of quotes, lists and items
    int columns = 60;                                // of a table
    std::chrono::milliseconds time{1000};
};

struct Image {
    std::string address;  // as it shall stand in the HTML
    std::int64_t width = 0, height = 0;
};

enum class Callout : std::uint8_t { note, tip, important, warning, caution };

struct Options {
    // What an address of a scheme that is not known here becomes; none: nothing does, and it is left out.
    std::function<std::optional<std::string>(std::string_view address)> link = {};
    // What an image's address becomes; none: no images.
    std::function<std::optional<Image>(std::string_view address)> image = {};
    bool is_ugc = false;                           // readers wrote it: its links vouch for nobody
    bool anchors = true;                           // of headings
    int first_heading = 2;                         // the topmost; none is left out below it (WCAG 2.2, H42)
    std::map<Callout, std::string> callouts = {};  // their words; English where there are none
    Limits limits = {};
};

struct Heading {
    int level = 0;
    std::string text, anchor;
};
struct Finding {
    std::string rule, text;  // "link_refused", "image_missing"; the address
    int line = 0;            // 0: not known
};
struct Rendered {
    std::string html;
    std::vector<Heading> outline;
    std::vector<std::string> links, images;  // addresses as they were written, those that were left out, too
    std::vector<Finding> findings;           // at most 100
};

// Codes: text_too_large (more than the limits' octets, read or written), text_too_deep, table_too_wide, text_too_slow.
Expected<Rendered> render(std::string_view source, Options const& options = {});

enum class PlainLinks : std::uint8_t { words, with_addresses };
// As a person reads it: blocks on lines of their own. With addresses: for letters.
Expected<std::string> plain_text(std::string_view source, PlainLinks links = PlainLinks::words,
                                 Limits const& limits = {});

// Whether an address may stand in a link as it is: http, https, mailto, tel, or relative.
bool is_safe_address(std::string_view address);

// Words as a part of an address: letters of any script in lower case, digits, single '-'; empty if nothing is left.
std::string slug_of(std::string_view text, std::size_t most_letters = 80);
bool is_slug(std::string_view text, std::size_t most_letters = 80);

}  // namespace rapport::markdown
