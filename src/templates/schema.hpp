// What data a kind of notice takes: a subset of JSON Schema 2020-12, listed in docs/users/templates.md. Immutable once
// read; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace rapport::templates {

class Schema {
  public:
    enum class Type : std::uint8_t { string, integer, number, boolean, array, object };
    enum class As : std::uint8_t { none, date, date_time, email, uri, money };

    struct Member;
    struct Node {
        Type type = Type::object;
        As format = As::none;
        std::vector<std::string> words;  // enum of strings
        std::optional<double> least, most;
        std::size_t shortest = 0, longest = 10'000;  // characters, or items
        std::vector<Member> members;
        std::shared_ptr<Node const> items;
        json::Value example = nullptr;

        Member const* find(std::string_view name) const;
    };
    struct Member {
        std::string name;
        bool required = false;
        std::shared_ptr<Node const> node;
    };

    // Code "schema_invalid", with pointers into the schema below `pointer`.
    static Expected<Schema> read(json::Object const& schema, std::string_view pointer = {});

    // The program's own, whose names are reserved.
    static Schema of_program(json::Object const& schema);

    // What is wrong with the data, with pointers below `pointer`; at most 20 findings. Unknown members are wrong.
    std::vector<FieldError> faults(json::Object const& data, std::string_view pointer) const;
    // Data that fits: the schema's examples, or something of the right form.
    json::Object sample() const;
    Node const& root() const { return *root_; }

  private:
    std::shared_ptr<Node const> root_;
};

}  // namespace rapport::templates
