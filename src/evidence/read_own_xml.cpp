// Reads canonical XML as our writer writes it, and nothing else: no DTD, no entity but the five, one form of each tag.
// Whatever it does not know it leaves to libxml2. It need not be exact: a tree of its making counts only once the
// writer, given what was read, has written the very same bytes (runs_as_written()).
#include <cstring>

#include "evidence/read_xml.hpp"

namespace rapport::evidence {
namespace {

struct Binding {
    std::string_view prefix, uri;
};

class OwnReader {
  public:
    OwnReader(ByteView xml, Arena& arena) : rest_(xml), arena_(arena) {}
    Node const* document() {
        Node* const root = element(1);
        return root && rest_.empty() ? root : nullptr;
    }

  private:
    bool eat(std::string_view expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }
    // Up to one of these characters, which stays.
    std::optional<std::string_view> until(auto const& ends) {
        auto const size = rest_.find_first_of(ends);
        if (size == ByteView::npos) return std::nullopt;
        auto const found = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return found;
    }
    std::optional<std::string_view> plain(std::string_view escaped);
    bool attribute(Attribute const**& last);
    bool qualified(std::string_view name, std::string_view& ns, std::string_view& local, bool is_attribute) const;
    bool content(Node& node, std::string_view name, int depth);
    Node* element(int depth);

    ByteView rest_;
    Arena& arena_;
    std::vector<Binding> bindings_{};
};

std::optional<std::string_view> OwnReader::plain(std::string_view escaped) {
    auto at = escaped.find('&');
    if (at == std::string_view::npos) return escaped;
    char* const out = arena_.room(escaped.size());
    std::size_t size = 0;
    while (!escaped.empty()) {
        std::memcpy(out + size, escaped.data(), at);
        size += at;
        escaped.remove_prefix(at);
        if (escaped.empty()) break;
        static constexpr std::pair<std::string_view, char> known[] = {
            {"&lt;", '<'},   {"&gt;", '>'},   {"&amp;", '&'},  {"&quot;", '"'},
            {"&#xD;", '\r'}, {"&#xA;", '\n'}, {"&#x9;", '\t'},
        };
        bool found = false;
        for (auto const& [text, character] : known)
            if (escaped.starts_with(text)) {
                out[size++] = character;
                escaped.remove_prefix(text.size());
                found = true;
                break;
            }
        if (!found) return std::nullopt;
        at = std::min(escaped.find('&'), escaped.size());
    }
    return std::string_view(out, size);
}

bool OwnReader::qualified(std::string_view name, std::string_view& ns, std::string_view& local,
                          bool is_attribute) const {
    auto const colon = name.find(':');
    if (colon == std::string_view::npos) {
        local = name;  // no default namespace is ever declared
        return !name.empty();
    }
    auto const prefix = name.substr(0, colon);
    local = name.substr(colon + 1);
    for (auto i = bindings_.size(); i-- > 0;)
        if (bindings_[i].prefix == prefix) {
            ns = bindings_[i].uri;
            return !local.empty() && !is_attribute;  // no attribute of ours has a prefix
        }
    return false;
}

// After the space before it. The writer's namespaces stand before the element's other attributes, so that a prefix is
// known where an attribute uses it.
bool OwnReader::attribute(Attribute const**& last) {
    auto const name = until("=>");
    if (!name || name->find(' ') != std::string_view::npos || !eat("=\"")) return false;
    auto const raw = until('"');
    if (!raw || !eat("\"")) return false;
    if (name->starts_with("xmlns:")) {
        bindings_.push_back({name->substr(6), *raw});
        return raw->find('&') == std::string_view::npos && !raw->empty();
    }
    auto const value = plain(*raw);
    if (!value || *name == "xmlns") return false;
    auto* const made = arena_.make<Attribute>();
    if (!qualified(*name, made->ns, made->name, true)) return false;
    made->value = *value;
    made->pieces = value->empty() ? 0 : 1;
    *last = made;
    last = &made->next;
    return true;
}

bool OwnReader::content(Node& node, std::string_view name, int depth) {
    Node const** last = &node.first;
    bool text = false;
    while (true) {
        auto const raw = until('<');
        if (!raw) return false;
        if (!raw->empty()) {
            auto const value = plain(*raw);
            if (!value) return false;
            node.text = *value;
            text = true;
        }
        if (eat("</")) break;
        Node* const child = element(depth + 1);
        if (!child) return false;
        *last = child;
        last = &child->next;
        node.last = child;
    }
    node.is_text = !node.first;
    node.is_empty = !node.first && !text;
    return eat(name) && eat(">");
}

Node* OwnReader::element(int depth) {
    if (depth > deepest_record || !eat("<")) return nullptr;
    auto const name = until(" >");
    if (!name || name->empty() || name->front() == '/') return nullptr;
    auto const known = bindings_.size();
    auto* const node = arena_.make<Node>();
    Attribute const** last = &node->attributes;
    while (eat(" "))
        if (!attribute(last)) return nullptr;
    if (!eat(">") || !qualified(*name, node->ns, node->name, false) || !content(*node, *name, depth)) return nullptr;
    bindings_.resize(known);
    return node;
}

}  // namespace

std::optional<Document> Document::of_our_writer(ByteView xml) {
    if (xml.size() > largest_record) return {};
    Document document;
    document.root_ = OwnReader(xml, *document.arena_).document();
    if (!document.root_) return {};
    return document;
}

}  // namespace rapport::evidence
