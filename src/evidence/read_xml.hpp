// Reads XML that others may have written: no DTD, no entities, no comments or processing instructions, no network,
// bounded. Not part of the module's interface.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "evidence/evidence.hpp"
#include "evidence/openssl.hpp"

namespace rapport::evidence {

using XmlDoc = std::unique_ptr<xmlDoc, FreeWith<xmlFreeDoc>>;

inline constexpr std::size_t largest_record = 1024 * 1024;
inline constexpr int deepest_record = 64;

struct Attribute {
    std::string_view ns, name, value;
    int pieces = 1;  // of its value: 0 where there is none, more than one where it is not plain text
    Attribute const* next = nullptr;
};

// An element, whoever parsed it. Names and texts are views into the document.
struct Node {
    std::string_view ns, name;
    Attribute const* attributes = nullptr;
    Node const* first = nullptr;  // elements only; text between elements is passed over
    Node const* last = nullptr;
    Node const* next = nullptr;
    std::string_view text;  // where is_text
    bool is_text = false;   // it holds text and nothing else, or nothing
    bool is_empty = false;
    xmlNode* source = nullptr;  // where libxml2 parsed it
};

// Where a document's nodes live.
class Arena {
  public:
    template <class T>
    T* make() {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (memory_.allocate(sizeof(T), alignof(T))) T();
    }
    char* room(std::size_t size) { return static_cast<char*>(memory_.allocate(size, 1)); }

  private:
    std::pmr::monotonic_buffer_resource memory_{32 * 1024};
};

// A parsed record; belongs to the thread that read it. The bytes that it was read from must outlive it.
class Document {
  public:
    // Any XML, on a short leash. Code "evidence_malformed".
    static Expected<Document> read(ByteView xml);
    // Only what may be our writer's work, fast; empty for anything else.
    static std::optional<Document> of_our_writer(ByteView xml);
    Node const* root() const { return root_; }
    xmlDoc* libxml2() const { return doc_.get(); }  // none of_our_writer()

  private:
    std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
    XmlDoc doc_{};
    Node const* root_ = nullptr;
};

bool is(Node const* node, std::string_view ns, std::string_view name);
// An attribute without namespace.
std::optional<std::string_view> attribute(Node const* node, std::string_view name);
// The text of an element that holds nothing but text.
std::optional<std::string_view> text_of(Node const* node);

// The element children of a node, taken in order; text between them is passed over.
class Elements {
  public:
    explicit Elements(Node const* parent) : at_(parent ? parent->first : nullptr) {}
    Node const* peek() const { return at_; }
    // The next one if it has this name, else nothing and it stays.
    Node const* take(std::string_view ns, std::string_view name);
    // The next one if it has this name, qualified with `ns` or not at all (local elements of the ETSI schema).
    Node const* take_local(std::string_view ns, std::string_view name);
    bool done() const { return at_ == nullptr; }

  private:
    Node const* at_;
};

// A record as read: what it says, and whom it names as its issuer.
struct ReadRecord {
    Statement statement;
    Issuer issuer;
    Digest issuer_certificate{};
};
Expected<ReadRecord> read_record(Node const* root);  // code "evidence_malformed"

}  // namespace rapport::evidence
