// Source → nodes. Internal to the module: parser.cpp reads the tags, message_parser.cpp what stands in plurals and
// choices.
#pragma once

#include <string_view>

#include "templates/html_places.hpp"
#include "templates/nodes.hpp"

namespace rapport::templates {

// A fault of the template, with its line. Thrown within compile() only.
struct Fault {
    std::size_t line = 1;
    std::string rule, fix;
};

class Parser {
  public:
    Parser(std::string_view source, Form form, Options const& options);
    Nodes parse();

    // ---- for message_parser.cpp
    Node message(std::string_view tag);  // "count, plural, one {…} other {…}"
    void add_text(Nodes& to, std::string_view text);
    Place place_here();
    Path path(std::string_view name) const;
    Format format(std::string_view words) const;  // "date, long", "money", "number, ::percent"
    [[noreturn]] void fault(std::string rule, std::string fix) const;
    void count_node();
    void enter();
    void leave() { --depth_; }
    HtmlPlaces& places() { return places_; }
    bool is_html() const { return form_ == Form::html; }

  private:
    struct Open {
        std::string name;
        std::size_t line;
        HtmlPlaces places;
        Nodes* into;
    };
    std::size_t end_of_tag(std::size_t from) const;
    void tag(std::string_view content);
    void open(std::string_view name, bool inverted);
    void close(std::string_view name);
    bool stands_alone(std::size_t begin, std::size_t& end) const;

    std::string_view source_;
    Form form_;
    Options const& options_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t nodes_ = 0;
    int depth_ = 0;
    HtmlPlaces places_;
    Nodes root_;
    Nodes* into_ = &root_;
    std::vector<Open> open_;
    std::size_t limit_ = 0;
};

}  // namespace rapport::templates
