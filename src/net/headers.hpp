// Header fields of a message, in order, in one string: cheap to fill, looked up without regard to case (RFC 9110 §5.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::net {

bool equal_without_case(std::string_view a, std::string_view b);

class Headers {
  public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    // Control characters in a value are a programmer's mistake (response splitting) and stop the program.
    Headers& add(std::string_view name, std::string_view value);
    Headers& set(std::string_view name, std::string_view value);  // replaces what add() added
    // The first field of that name; empty when absent.
    std::string_view find(std::string_view name) const;
    bool has(std::string_view name) const;
    std::size_t count(std::string_view name) const;

    std::size_t size() const { return spans_.size(); }
    bool empty() const { return spans_.empty(); }
    Field operator[](std::size_t index) const;
    void clear();

    // As received by the parser: unchecked.
    void add_received(std::string_view name, std::string_view value);

  private:
    struct Span {
        std::uint32_t name_at, name_size, value_at, value_size;
    };
    std::string text_;
    std::vector<Span> spans_;
};

}  // namespace rapport::net
