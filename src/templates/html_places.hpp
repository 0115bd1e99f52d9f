// Follows HTML through a template's own text and says where a value would stand, as WHATWG HTML §13.2.5 reads it
// (the states that mails need).
#pragma once

#include <string>
#include <string_view>

#include "templates/nodes.hpp"

namespace rapport::templates {

class HtmlPlaces {
  public:
    explicit HtmlPlaces(bool trusted) : trusted_(trusted) {}

    // The template's text between tags. Returns what is wrong with it, empty when nothing is.
    std::string text(std::string_view html);
    // Where a value would stand now; what is wrong when it may not.
    Place value(std::string& fault);

    bool in_text() const { return state_ == State::text; }
    // A section or a case that began at `begin` ends here, and what stands in it may be left out: the rest goes on from
    // there. What is wrong with that: it must end where it began, and not decide alone how a link begins.
    std::string end_part(HtmlPlaces const& begin);

  private:
    enum class State : std::uint8_t {
        text,
        tag_name,
        in_tag,
        attribute_name,
        after_name,
        before_value,
        value,
        comment,
        declaration
    };
    std::string end_tag_name();
    std::string end_attribute_name();
    std::string end_value();
    bool link_has_begun() const { return has_value_ || !start_.empty(); }
    bool begins_well() const;  // a link whose text so far is start_
    bool same_place(HtmlPlaces const& other) const;
    std::string step(char c);

    bool trusted_;
    State state_ = State::text;
    std::string name_;       // of the tag
    std::string attribute_;  // being read
    std::string start_;      // of the attribute's own text, without blanks in front, to see the scheme
    std::string tail_;       // the last characters of a comment, or of text that may begin one
    std::string inside_;     // "style" or "script": the text runs to its end tag
    char quote_ = 0;
    bool has_value_ = false;  // a value of the data stands in the attribute already
};

}  // namespace rapport::templates
