// libxml2 on a short leash.
#include "evidence/read_xml.hpp"

#include <libxml/parser.h>

#include <cstring>
#include <mutex>

#include "base/text.hpp"

namespace rapport::evidence {
namespace {

auto malformed(char const* what) {
    return fail(ErrorKind::invalid, "evidence_malformed", std::string("The record cannot be read: ") + what + '.');
}

// Everything but elements and text begins with "<!" or "<?": DTDs and so entities and bombs, comments that would hide
// between digested bytes, CDATA. None is needed, so none reaches the parser. Only UTF-8 is read, so the search is
// sound.
char const* forbidden(ByteView xml) {
    if (xml.size() > largest_record) return "it is larger than 1 MiB";
    if (xml.empty() || xml.front() != '<') return "it does not begin with an element";
    // Our writer writes nothing else; libxml2 would take seconds to find a wrong octet in 1 MiB.
    if (!is_plain_text(xml)) return "it is not UTF-8, or holds control characters";
    ByteView rest = xml;
    if (rest.starts_with("<?xml ")) rest.remove_prefix(2);
    for (std::size_t at = rest.find('<'); at != ByteView::npos; at = rest.find('<', at + 1))
        if (at + 1 < rest.size() && (rest[at + 1] == '!' || rest[at + 1] == '?'))
            return "it holds a DTD, a comment, a CDATA section or a processing instruction";
    return nullptr;
}

struct ParserContext {
    ParserContext() : context(xmlNewParserCtxt()) {
        if (!context) throw std::bad_alloc();
        // What is wrong with a stranger's file is the check's business, not standard error's; and the first thing that
        // makes it no record ends the reading: libxml2 would go on to look for more. The setting is per thread.
        xmlSetStructuredErrorFunc(nullptr, [](void*, xmlError* error) {
            bool const unreadable =
                error->level == XML_ERR_FATAL || (error->domain == XML_FROM_NAMESPACE && error->level == XML_ERR_ERROR);
            if (unreadable && error->ctxt) xmlStopParser(static_cast<xmlParserCtxt*>(error->ctxt));
        });
    }
    ~ParserContext() { xmlFreeParserCtxt(context); }
    ParserContext(ParserContext const&) = delete;
    ParserContext& operator=(ParserContext const&) = delete;
    xmlParserCtxt* context;
};

bool too_deep(xmlNode const* node, int depth) {
    if (depth > deepest_record) return true;
    for (auto const* child = node->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && too_deep(child, depth + 1)) return true;
    return false;
}

std::string_view view(xmlChar const* text) { return text ? reinterpret_cast<char const*>(text) : std::string_view(); }

Attribute const* copied(xmlAttr const* from, Arena& arena) {
    Attribute const* first = nullptr;
    Attribute const** last = &first;
    for (; from; from = from->next) {
        auto* const made = arena.make<Attribute>();
        if (from->ns) made->ns = view(from->ns->href);
        made->name = view(from->name);
        made->pieces = !from->children ? 0 : from->children->next ? 2 : 1;
        if (made->pieces == 1) made->value = view(from->children->content);
        *last = made;
        last = &made->next;
    }
    return first;
}

Node* copied(xmlNode* from, Arena& arena) {
    auto* const node = arena.make<Node>();
    node->source = from;
    if (from->ns) node->ns = view(from->ns->href);
    node->name = view(from->name);
    node->attributes = copied(from->properties, arena);
    auto const* const only = from->children && !from->children->next ? from->children : nullptr;
    node->is_empty = !from->children;
    node->is_text = node->is_empty || (only && only->type == XML_TEXT_NODE);
    if (node->is_text && only) node->text = view(only->content);
    Node const** last = &node->first;
    for (auto* child = from->children; child; child = child->next) {
        if (child->type != XML_ELEMENT_NODE) continue;
        auto* const made = copied(child, arena);
        *last = made;
        last = &made->next;
        node->last = made;
    }
    return node;
}

}  // namespace

Expected<Document> Document::read(ByteView xml) {
    if (auto const* what = forbidden(xml)) return malformed(what);
    static std::once_flag once;
    std::call_once(once, xmlInitParser);
    thread_local ParserContext parser;
    constexpr int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    XmlDoc doc(xmlCtxtReadMemory(parser.context, xml.data(), static_cast<int>(xml.size()), nullptr, "UTF-8", options));
    if (!doc || !parser.context->wellFormed || parser.context->nsWellFormed == 0)
        return malformed("it is not well-formed XML");
    auto* const root = xmlDocGetRootElement(doc.get());
    if (!root || doc->intSubset) return malformed("it has no root element");
    if (too_deep(root, 1)) return malformed("it is nested more than 64 levels deep");
    Document document;
    document.root_ = copied(root, *document.arena_);
    document.doc_ = std::move(doc);
    return document;
}

bool is(Node const* node, std::string_view ns, std::string_view name) {
    return node && node->name == name && node->ns == ns;
}

std::optional<std::string_view> attribute(Node const* node, std::string_view name) {
    for (auto const* each = node->attributes; each; each = each->next) {
        if (!each->ns.empty() || each->name != name) continue;
        if (each->pieces > 1) return std::nullopt;
        return each->value;
    }
    return std::nullopt;
}

std::optional<std::string_view> text_of(Node const* node) {
    if (!node || !node->is_text) return std::nullopt;
    return node->text;
}

Node const* Elements::take(std::string_view ns, std::string_view name) {
    if (!is(at_, ns, name)) return nullptr;
    auto const* const taken = at_;
    at_ = at_->next;
    return taken;
}

Node const* Elements::take_local(std::string_view ns, std::string_view name) {
    auto const* const unqualified = take("", name);
    return unqualified ? unqualified : take(ns, name);
}

}  // namespace rapport::evidence
