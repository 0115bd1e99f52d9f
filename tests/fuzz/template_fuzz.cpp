// Templates that people write, with values that strangers write: bounded output, and whatever is rendered, another HTML
// parser (Gumbo, WHATWG HTML) finds nothing in it that templates or values may not bring: no script, no handler, no
// foreign element, no link of an unsafe scheme. The first octet chooses form and language, the rest is the source.
#include "templates/templates.hpp"

#include <gumbo.h>

#include <algorithm>
#include <array>

#include "property.hpp"
#include "templates/schema.hpp"

namespace rapport::templates {
namespace {

using fuzz::holds;

// What a hostile value tries to bring in, into text, attributes and links.
#define EVIL "<x-evil onevil=1>'\\\"><x-evil onevil='1'></a></title></textarea></style><script>x</script><!--\\n"
#define EVIL_LINK "<x-evil/onevil=1>'\\\"><x-evil/onevil='1'></a>"

json::Object object(std::string_view text) { return json::parse(text)->get_object(); }

std::vector<json::Object> const& data() {
    static std::vector<json::Object> const sets{
        object(R"~({"a":")~" EVIL R"~(","b":"javascript:alert(1)","c":"x","u":"https://example.org/\"')~" EVIL_LINK
               R"~(",
                  "s":true,"t":false,"n":3,"f":0.5,"d":"2026-11-22","i":"2026-11-22T10:00:00Z",
                  "m":{"amount":123456,"currency":"EUR"},"o":{"a":"<b>","n":1},"l":[{"a":"<i>"},{"a":")~" EVIL R"~("}],
                  "w":"sent"})~"),
        object(R"~({"a":"a","b":"b","c":"c","u":"https://example.org/a","s":false,"t":true,"n":1,"f":-1e300,
                  "d":"2026-01-01","i":"2026-11-22T10:00:00Z","m":{"amount":-1,"currency":"JPY"},"o":{"a":"","n":0},
                  "l":[],"w":"other"})~"),
        object(R"~({"a":"javascript:alert(1)","b":"","c":" onevil=1 ","u":"mailto:a@example.org","s":"x","t":"x","n":0,
                  "f":1,"d":"0001-01-01","i":"9999-12-31T23:59:59Z","m":{"amount":9007199254740993,"currency":"KWD"},
                  "o":{"a":"o","n":-5},"l":["javascript:alert(1)","<x-evil>",""],"w":""})~"),
    };
    return sets;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::ranges::find(list, word) != list.end();
}

std::string name_of(GumboElement const& element) {
    if (element.tag != GUMBO_TAG_UNKNOWN) return gumbo_normalized_tagname(element.tag);
    GumboStringPiece piece = element.original_tag;
    gumbo_tag_from_original_text(&piece);
    return {piece.data ? piece.data : "", piece.length};
}

// What a browser would follow, by WHATWG URL §4.4: blanks in front and line ends within do not count.
bool is_safe_link(std::string_view value) {
    std::string plain;
    for (char const c : value)
        if (c != '\t' && c != '\n' && c != '\r' && !(plain.empty() && static_cast<unsigned char>(c) <= ' ')) plain += c;
    auto const colon = plain.find(':');
    if (colon == std::string::npos || plain.find_first_of("/?#") < colon) return true;
    auto scheme = plain.substr(0, colon);
    for (char& c : scheme) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return one_of(scheme, {"http", "https", "mailto", "tel", "cid"}) ||
           scheme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+.-") != std::string::npos;
}

void look_at(GumboNode const* node) {
    if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) return;
    auto const& element = node->v.element;
    auto const name = name_of(element);
    holds(!name.starts_with("x-evil"), "a value brings no element");
    holds(!one_of(name,
                  {"script",   "iframe", "frame", "object", "embed", "applet", "form", "input", "button", "select",
                   "textarea", "base",   "meta",  "link",   "style", "svg",    "math", "video", "audio",  "template"}),
          "a template holds no forbidden element");
    for (unsigned i = 0; i < element.attributes.length; ++i) {
        auto const& attribute = *static_cast<GumboAttribute const*>(element.attributes.data[i]);
        std::string_view const key = attribute.name;
        holds(!key.starts_with("on"), "there is no event handler");
        if (one_of(key, {"href", "src", "action", "formaction", "background", "poster", "cite", "srcset", "srcdoc"}))
            holds(is_safe_link(attribute.value), "a link has a safe scheme");
    }
    for (unsigned i = 0; i < element.children.length; ++i)
        look_at(static_cast<GumboNode const*>(element.children.data[i]));
}

void look_at_html(std::string const& html) {
    auto const page = "<!DOCTYPE html><html><body>" + html;
    auto* const parsed = gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
    look_at(parsed->root);
    gumbo_destroy_output(&kGumboDefaultOptions, parsed);
}

void look_at_text(std::string_view source, std::string_view text, Form form) {
    holds(fuzz::is_utf8(text), "what is rendered is UTF-8");
    for (char const c : text) {
        auto const u = static_cast<unsigned char>(c);
        holds(u >= ' ' || c == '\n' || c == '\t' || (c == '\r' && source.find('\r') != source.npos),
              "values bring no control characters");
    }
    if (form == Form::line && source.find_first_of("\r\n") == source.npos)
        holds(text.find_first_of("\r\n") == text.npos, "a line stays one");
}

void run(unsigned char choice, std::string_view source) {
    constexpr std::array forms{Form::html, Form::html, Form::text, Form::line};
    auto const form = forms[choice & 3];
    Setting const setting{static_cast<Locale>((choice >> 2) % 6), choice & 128 ? "Europe/Rome" : "UTC"};
    if (source.find("-evil") != source.npos) return;  // what is looked for in the output must come from a value
    auto const made = Template::compile(source, form);
    if (!made) {
        holds(made.error().code == "template_invalid" && made.error().fields.size() == 1, "what is wrong is said");
        return;
    }
    for (auto const& one : data()) {
        auto const text = made->render(one, setting);
        if (!text) continue;
        holds(text->size() <= most_output, "output is bounded");
        look_at_text(source, *text, form);
        if (form == Form::html) look_at_html(*text);
    }
}

}  // namespace
}  // namespace rapport::templates

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size > 0) rapport::templates::run(data[0], rapport::fuzz::text_of(data + 1, size - 1));
    return 0;
}
