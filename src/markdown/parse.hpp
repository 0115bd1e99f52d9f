// md4c behind an interface of ours: events with decoded text, and the limits. Internal to the module.
#pragma once

#include "markdown/markdown.hpp"

namespace rapport::markdown {

enum class Block : std::uint8_t {
    document,
    quote,
    bullets,
    numbers,
    item,
    rule,
    heading,
    code,
    paragraph,
    table,
    head,
    body,
    row,
    head_cell,
    cell,
};
enum class Span : std::uint8_t { emphasis, strong, link, image, code, deleted };
enum class Align : std::uint8_t { none, left, center, right };

// What is told of a block or span, as far as it has it.
struct Detail {
    int level = 0;                          // of a heading
    std::int64_t start = 1;                 // of numbers
    bool is_task = false, is_done = false;  // of an item
    std::string language = {};              // of code
    Align align{};                          // of a cell
    std::string address = {}, title = {};   // of a link or image
    int line = 0;                           // where it stands; 0: not known
};

class Sink {
  public:
    virtual ~Sink() = default;
    virtual void enter(Block block, Detail const& detail) = 0;
    virtual void leave(Block block) = 0;
    virtual void enter(Span span, Detail const& detail) = 0;
    virtual void leave(Span span) = 0;
    virtual void text(std::string_view utf8) = 0;
    virtual void line_break(bool is_hard) = 0;
    virtual std::size_t written() const = 0;
};

// Codes: see render().
Expected<> parse(std::string_view source, Limits const& limits, Sink& sink);

// "&amp;" → "&"; what is not known stays as it is.
std::string decode_entity(std::string_view entity);

}  // namespace rapport::markdown
