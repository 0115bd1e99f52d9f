// Markdown that anybody writes: bounded, and whatever is rendered, another HTML parser (Gumbo, WHATWG HTML) finds
// nothing in it but elements and attributes of a list that stands here apart from the renderer's, and no address that
// leads where none may.
#include "markdown/markdown.hpp"

#include <gumbo.h>

#include <algorithm>
#include <cctype>
#include <span>

#include "property.hpp"

namespace rapport::markdown {
namespace {

using fuzz::holds;

constexpr std::string_view elements[] = {"html",  "head",   "body", "p",  "h2",  "h3",        "h4",   "h5",
                                         "h6",    "ul",     "ol",   "li", "hr",  "br",        "pre",  "code",
                                         "em",    "strong", "del",  "a",  "img", "div",       "span", "table",
                                         "thead", "tbody",  "tr",   "th", "td",  "blockquote"};
constexpr std::string_view attributes[] = {"dir",   "id",    "class",    "href",    "title",    "rel",   "src",   "alt",
                                           "start", "scope", "tabindex", "loading", "decoding", "width", "height"};

bool is_one_of(std::string_view word, std::span<std::string_view const> list) {
    return std::ranges::find(list, word) != list.end();
}

// What a browser would follow, by WHATWG URL §4.4: blanks in front and line ends within do not count.
bool is_safe(std::string_view value) {
    std::string plain;
    for (char const c : value)
        if (c != '\t' && c != '\n' && c != '\r' && !(plain.empty() && static_cast<unsigned char>(c) <= ' ')) plain += c;
    if (plain.starts_with("//") || plain.starts_with("/\\") || plain.starts_with("\\")) return false;
    auto const colon = plain.find(':');
    if (colon == std::string::npos || plain.find_first_of("/?#") < colon) return true;
    auto scheme = plain.substr(0, colon);
    std::ranges::transform(scheme, scheme.begin(), [](unsigned char c) { return std::tolower(c); });
    return scheme == "http" || scheme == "https" || scheme == "mailto" || scheme == "tel";
}

void look(GumboNode const* node) {
    if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) {
        holds(node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE, "nothing but elements and text");
        return;
    }
    auto const& element = node->v.element;
    holds(element.tag != GUMBO_TAG_UNKNOWN && element.tag_namespace == GUMBO_NAMESPACE_HTML, "no foreign element");
    holds(is_one_of(gumbo_normalized_tagname(element.tag), elements), "an element of the list");
    for (unsigned i = 0; i < element.attributes.length; ++i) {
        auto const* attribute = static_cast<GumboAttribute const*>(element.attributes.data[i]);
        std::string_view const name = attribute->name;
        holds(is_one_of(name, attributes), "an attribute of the list");
        if (name == "href") holds(is_safe(attribute->value), "a link that leads where it may");
        if (name == "src") holds(std::string_view(attribute->value) == "/ours.png", "an image of ours");
    }
    for (unsigned i = 0; i < element.children.length; ++i)
        look(static_cast<GumboNode const*>(element.children.data[i]));
}

void check(std::string_view source, Options const& options) {
    auto const made = render(source, options);
    auto const text = plain_text(source, PlainLinks::with_addresses);
    if (!made) {
        holds(!made.error().code.empty(), "a reason");
        return;
    }
    holds(made->html.size() <= options.limits.output + (64 << 10), "bounded");
    auto const again = render(source, options);
    holds(again && again->html == made->html, "the same source gives the same octets");
    if (fuzz::is_utf8(source)) holds(fuzz::is_utf8(made->html) && text && fuzz::is_utf8(*text), "UTF-8 stays UTF-8");
    for (auto const& heading : made->outline)
        holds(is_slug(heading.anchor, 80) || heading.anchor.empty(), "an anchor can stand in an address");
    auto* const parsed = gumbo_parse_with_options(&kGumboDefaultOptions, made->html.data(), made->html.size());
    look(parsed->root);
    gumbo_destroy_output(&kGumboDefaultOptions, parsed);
}

}  // namespace
}  // namespace rapport::markdown

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace rapport::markdown;
    Options options;
    options.is_ugc = size > 0 && (data[0] & 1) != 0;
    options.limits.time = std::chrono::seconds(30);  // sanitizers are slow
    options.image = [](std::string_view address) -> std::optional<Image> {
        if (!address.starts_with("file:")) return std::nullopt;
        return Image{"/ours.png", 1, 2};
    };
    options.link = [](std::string_view address) -> std::optional<std::string> {
        if (!address.starts_with("article:")) return std::nullopt;
        return "/help/en/articles/one";
    };
    check(rapport::fuzz::text_of(data, size), options);
    auto const slug = slug_of(rapport::fuzz::text_of(data, size));
    rapport::fuzz::holds(slug.empty() || is_slug(slug), "a slug is one");
    return 0;
}
