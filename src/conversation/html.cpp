// libxml2's HTML parser, fenced in. Its tree is walked without recursion: how deep it is, strangers decide.
#include "conversation/html.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.hpp"
#include "channels/email/mime.hpp"

namespace rapport::conversation {
namespace {

// What an editor makes, and nothing that loads, runs, lays out or submits.
constexpr auto allowed = std::to_array<std::string_view>({"a",  "b",    "blockquote", "br",  "code", "div", "em", "h1",
                                                          "h2", "h3",   "hr",         "i",   "li",   "ol",  "p",  "pre",
                                                          "s",  "span", "strong",     "sub", "sup",  "u",   "ul"});
constexpr auto empty_elements = std::to_array<std::string_view>({"br", "hr"});
// Gone with everything in them.
constexpr auto dropped =
    std::to_array<std::string_view>({"script", "style", "head", "title", "template", "noscript", "iframe", "object",
                                     "embed", "svg", "math", "textarea", "select", "option", "audio", "video"});
constexpr auto own_lines = std::to_array<std::string_view>(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "pre", "hr", "table", "ul", "ol"});
constexpr auto link_schemes = std::to_array<std::string_view>({"http://", "https://", "mailto:", "tel:"});
constexpr std::size_t most_depth = 100;  // deeper elements lose their tags, not their words

bool has(auto const& list, std::string_view item) { return std::ranges::find(list, item) != list.end(); }

struct FreeDocument {
    void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

struct FreeParser {
    void operator()(htmlParserCtxt* parser) const { htmlFreeParserCtxt(parser); }
};

// Nothing where elements stand in each other deeper than libxml2 follows (256): no person writes that.
Document parsed(std::string_view html) {
    auto const text = channels::email::as_utf8(html, most_html);
    std::unique_ptr<htmlParserCtxt, FreeParser> const parser(htmlNewParserCtxt());
    if (!parser) return nullptr;
    Document document(htmlCtxtReadMemory(
        parser.get(), text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
        HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_COMPACT));
    if (parser->disableSAX != 0) document.reset();
    return document;
}

// For what is too deep: its words, in one piece.
std::string without_tags(std::string_view html) {
    std::string out;
    bool in_tag = false;
    for (char const c : channels::email::as_utf8(html, most_html)) {
        if (c == '<') in_tag = true;
        if (!in_tag) out += c;
        if (c == '>' && in_tag) {
            in_tag = false;
            if (!out.ends_with(' ')) out += ' ';
        }
    }
    return std::string(trimmed(out));
}

std::string_view view(xmlChar const* text) {
    return text ? std::string_view(reinterpret_cast<char const*>(text)) : std::string_view();
}

std::string attribute(xmlNode const* node, char const* name) {
    auto* const value = xmlGetNoNsProp(node, reinterpret_cast<xmlChar const*>(name));
    std::string out(view(value));
    xmlFree(value);
    return out;
}

// Calls enter(node) and, for elements that it entered, leave(node), in the order of the document.
template <class Enter, class Leave>
void walk(xmlNode* root, Enter const& enter, Leave const& leave) {
    xmlNode* node = root;
    while (node) {
        bool const goes_in = enter(node) && node->children;
        if (goes_in && node->type == XML_ELEMENT_NODE) {
            node = node->children;
            continue;
        }
        if (node->type == XML_ELEMENT_NODE && !goes_in) leave(node);
        while (node && !node->next) {
            node = node->parent;
            if (!node || node->type != XML_ELEMENT_NODE) return;
            leave(node);
            if (node == root) return;
        }
        if (node == root) return;
        node = node->next;
    }
}

// The address of a link, or nothing: control characters and blanks within hide a scheme from readers, not from
// browsers.
std::string safe_link(std::string address) {
    std::erase_if(address, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
    auto const lower = ascii_lower(address);
    bool const known = std::ranges::any_of(link_schemes, [&](auto scheme) { return lower.starts_with(scheme); });
    return known && address.size() <= 2000 ? address : std::string();
}

}  // namespace

std::string safe_html(std::string_view html) {
    auto const document = parsed(html);
    if (!document) return html_of_text(without_tags(html));
    std::string out;
    std::size_t depth = 0;
    auto const enter = [&](xmlNode* node) {
        if (node->type == XML_TEXT_NODE) out += escape_markup(view(node->content));
        if (node->type != XML_ELEMENT_NODE) return false;
        auto const name = view(node->name);
        if (has(dropped, name)) return false;
        ++depth;
        if (!has(allowed, name) || depth > most_depth) return true;
        out.append("<").append(name);
        if (name == "a") {
            if (auto const link = safe_link(attribute(node, "href")); !link.empty())
                out += " href=\"" + escape_markup(link) + "\" rel=\"noopener noreferrer\"";
        }
        if (auto const dir = ascii_lower(attribute(node, "dir")); dir == "rtl" || dir == "ltr" || dir == "auto")
            out += " dir=\"" + dir + "\"";
        out += '>';
        return true;
    };
    auto const leave = [&](xmlNode* node) {
        auto const name = view(node->name);
        if (has(dropped, name)) return;
        if (has(allowed, name) && depth <= most_depth && !has(empty_elements, name))
            out.append("</").append(name).append(">");
        --depth;
    };
    if (auto* const root = xmlDocGetRootElement(document.get())) walk(root, enter, leave);
    return out;
}

std::string text_of_html(std::string_view html) {
    auto const document = parsed(html);
    if (!document) return without_tags(html);
    std::string out;
    int in_pre = 0;
    auto const new_line = [&] {
        while (!out.empty() && out.back() == ' ') out.pop_back();
        if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
    };
    auto const enter = [&](xmlNode* node) {
        if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
            for (char const c : view(node->content)) {
                bool const blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
                if (!blank || in_pre > 0)
                    out += c;
                else if (!out.empty() && out.back() != ' ' && out.back() != '\n')
                    out += ' ';
            }
            return false;
        }
        if (node->type != XML_ELEMENT_NODE) return false;
        auto const name = view(node->name);
        if (has(dropped, name)) return false;
        if (has(own_lines, name) && !out.ends_with('\n')) new_line();
        if (name == "li") out += "- ";
        if (name == "pre") ++in_pre;
        return true;
    };
    auto const leave = [&](xmlNode* node) {
        auto const name = view(node->name);
        if (name == "pre") --in_pre;
        if (name == "br" || name == "hr") {
            if (!out.ends_with('\n')) out += '\n';
        } else if (name == "a") {
            auto const link = safe_link(attribute(node, "href"));
            if (!link.empty() && !out.ends_with(link) && !link.starts_with("mailto:") && !link.starts_with("tel:"))
                out += " <" + link + ">";
        } else if (name == "p" || name == "h1" || name == "h2" || name == "h3" || name == "blockquote") {
            new_line();
            new_line();
        } else if (has(own_lines, name)) {
            if (!out.ends_with('\n')) new_line();
        }
    };
    if (auto* const root = xmlDocGetRootElement(document.get())) walk(root, enter, leave);
    return std::string(trimmed(out));
}

std::string html_of_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto const end = std::min(text.find("\n\n"), text.size());
        auto paragraph = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 2, text.size()));
        if (paragraph.empty()) continue;
        out += "<p>";
        for (char const c : escape_markup(paragraph)) {
            if (c == '\r') continue;
            if (c == '\n')
                out += "<br>";
            else
                out += c;
        }
        out += "</p>";
    }
    return out;
}

}  // namespace rapport::conversation
