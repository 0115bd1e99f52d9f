// Reads XML that others may have written: no DTD, no entities, no comments or processing instructions, no network,
// bounded. Not part of the module's interface.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "evidence/openssl.hpp"

namespace rapport::evidence {

using XmlDoc = std::unique_ptr<xmlDoc, FreeWith<xmlFreeDoc>>;

inline constexpr std::size_t largest_record = 1024 * 1024;
inline constexpr int deepest_record = 64;

// A document belongs to the thread that read it. Code "evidence_malformed".
Expected<XmlDoc> read_xml(ByteView xml);

bool is(xmlNode const* node, std::string_view ns, std::string_view name);
// An attribute without namespace.
std::optional<std::string_view> attribute(xmlNode const* node, char const* name);
// The text of an element that holds nothing but text.
std::optional<std::string_view> text_of(xmlNode const* node);

// The element children of a node, taken in order; text between them is passed over.
class Elements {
  public:
    explicit Elements(xmlNode const* parent) : at_(first_element(parent ? parent->children : nullptr)) {}
    xmlNode* peek() const { return at_; }
    // The next one if it has this name, else nothing and it stays.
    xmlNode* take(std::string_view ns, std::string_view name);
    // The next one if it has this name, qualified with `ns` or not at all (local elements of the ETSI schema).
    xmlNode* take_local(std::string_view ns, std::string_view name);
    bool done() const { return at_ == nullptr; }

  private:
    static xmlNode* first_element(xmlNode* from);
    xmlNode* at_;
};

// A record as read: what it says, and whom it names as its issuer.
struct ReadRecord {
    Statement statement;
    Issuer issuer;
    Digest issuer_certificate{};
};
Expected<ReadRecord> read_record(xmlNode const* root);  // code "evidence_malformed"

}  // namespace rapport::evidence
