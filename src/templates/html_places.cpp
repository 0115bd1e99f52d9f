// Tags, attributes and their values; what templates of people may not hold.
#include "templates/html_places.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace rapport::templates {
namespace {

// The last line: what stands in them is no markup (WHATWG HTML §13.2.6.4), and would be read here as if it were.
constexpr std::array<std::string_view, 31> forbidden_tags{
    "script", "iframe", "frame",    "frameset", "object",   "embed",     "applet", "form",
    "input",  "button", "select",   "textarea", "base",     "meta",      "link",   "style",
    "svg",    "math",   "video",    "audio",    "html",     "head",      "body",   "template",
    "title",  "xmp",    "noscript", "noembed",  "noframes", "plaintext", "listing"};
constexpr std::array<std::string_view, 8> links{"href",       "src",    "action", "formaction",
                                                "background", "poster", "cite",   "srcset"};
constexpr std::array<std::string_view, 5> schemes{"https:", "http:", "mailto:", "tel:", "cid:"};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char bad_link[] = "must begin links with https:, http:, mailto: or tel:";
template <class List>
bool holds(List const& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

}  // namespace

std::string HtmlPlaces::end_tag_name() {
    name_ = ascii_lower(name_);
    auto const name = std::string_view(name_).substr(name_.starts_with('/') ? 1 : 0);
    if (!trusted_ && holds(forbidden_tags, name)) return "must not hold <" + std::string(name) + ">";
    return {};
}

std::string HtmlPlaces::end_attribute_name() {
    attribute_ = ascii_lower(attribute_);
    start_.clear();
    has_value_ = false;
    if (!trusted_ && attribute_.starts_with("on")) return "must not hold the event handler " + attribute_;
    if (!trusted_ && (attribute_ == "srcdoc" || attribute_ == "srcset")) return "must not hold " + attribute_;
    return {};
}

bool HtmlPlaces::begins_well() const {
    auto const start = ascii_lower(start_);
    return start.empty() || start.starts_with('#') ||
           std::ranges::any_of(schemes, [&](auto scheme) { return start.starts_with(scheme); });
}

std::string HtmlPlaces::end_value() {
    std::string fault;
    if (!trusted_ && !has_value_ && holds(links, attribute_) && !begins_well()) fault = bad_link;
    if (!trusted_ && attribute_ == "style" && ascii_lower(start_).find("expression(") != std::string::npos)
        fault = "must not hold expressions in styles";
    attribute_.clear();
    start_.clear();
    quote_ = 0;
    has_value_ = false;
    return fault;
}

std::string HtmlPlaces::step(char c) {
    switch (state_) {
        case State::text:
            tail_ += c;
            if (!inside_.empty()) {  // style and script end with their end tag only
                if (tail_.size() > 16) tail_.erase(0, tail_.size() - 16);
                if (c == '>' && ascii_lower(tail_).ends_with("</" + inside_ + ">")) inside_.clear();
                return {};
            }
            if (c == '<') tail_ = "<";
            if (tail_.size() == 2 && tail_[0] == '<') {
                if (is_letter(c) || c == '/') {
                    name_.assign(1, c);
                    state_ = State::tag_name;
                } else if (c == '!') {
                    state_ = State::declaration;
                    tail_.clear();
                } else if (c == '?') {
                    return "must not hold <?";
                }
            }
            if (tail_.size() > 2 || tail_[0] != '<') tail_.clear();
            return {};
        case State::declaration:
            tail_ += c;
            if (tail_ == "--") {
                state_ = State::comment;
                tail_.clear();
                return trusted_ ? std::string() : "must not hold HTML comments";
            }
            if (c == '>') state_ = State::text, tail_.clear();
            return {};
        case State::comment:
            tail_ += c;
            if (tail_.size() > 3) tail_.erase(0, 1);
            if (tail_ == "-->") state_ = State::text, tail_.clear();
            return {};
        case State::tag_name:
            // "</" and no letter begins a comment up to the next ">", whatever quotes say (WHATWG HTML §13.2.5.7).
            if (name_ == "/" && !is_letter(c)) return "must name the element that </ ends";
            if (is_space(c) || c == '>' || c == '/') {
                state_ = State::in_tag;
                auto fault = end_tag_name();
                if (!fault.empty()) return fault;
                return c == '>' ? step(c) : std::string();
            }
            name_ += c;
            return {};
        case State::in_tag:
            if (c == '>') {
                state_ = State::text;
                tail_.clear();
                if (name_ == "style" || name_ == "script") inside_ = name_;
            } else if (!is_space(c) && c != '/') {
                attribute_.assign(1, c);
                state_ = State::attribute_name;
            }
            return {};
        case State::attribute_name:
            if (c == '=') {
                state_ = State::before_value;
                return end_attribute_name();
            }
            if (is_space(c) || c == '>' || c == '/') {
                auto fault = end_attribute_name();
                state_ = State::after_name;
                if (!fault.empty()) return fault;
                return is_space(c) ? std::string() : step(c);
            }
            attribute_ += c;
            return {};
        case State::after_name:  // blanks may stand before the "="
            if (is_space(c)) return {};
            if (c == '=') {
                state_ = State::before_value;
                return {};
            }
            attribute_.clear();
            state_ = State::in_tag;
            return step(c);
        case State::before_value:
            if (is_space(c)) return {};
            state_ = State::value;
            if (c == '"' || c == '\'') {
                quote_ = c;
                return {};
            }
            quote_ = 0;
            start_ += c;
            return trusted_ ? std::string() : "must have quotes around the value of " + attribute_;
        case State::value:
            if (quote_ != 0 ? c == quote_ : is_space(c) || c == '>') {
                bool const closes = quote_ == 0 && c == '>';
                auto fault = end_value();
                state_ = State::in_tag;
                if (!fault.empty()) return fault;
                return closes ? step(c) : std::string();
            }
            if (start_.size() < 400 && !(start_.empty() && is_space(c))) start_ += c;
            return {};
    }
    return {};
}

std::string HtmlPlaces::text(std::string_view html) {
    for (char const c : html)
        if (auto fault = step(c); !fault.empty()) return fault;
    return {};
}

Place HtmlPlaces::value(std::string& fault) {
    if (state_ == State::text && inside_.empty() && tail_ != "<") {
        tail_.clear();
        return Place::markup;
    }
    if (trusted_ && (state_ == State::comment || (state_ == State::text && inside_ == "style"))) return Place::markup;
    if (state_ != State::value || quote_ == 0) {
        fault = "may have values in text and in quoted attributes only";
        return Place::markup;
    }
    if (!trusted_ && attribute_ == "style") {
        fault = "must not have values in styles";
        return Place::attribute;
    }
    bool const is_link = holds(links, attribute_);
    bool const begins = !link_has_begun();
    has_value_ = true;
    if (!is_link) return Place::attribute;
    if (begins) return Place::link;
    if (trusted_) return Place::link_part;
    auto const start = ascii_lower(start_);
    if (!begins_well()) fault = bad_link;
    // "https://{{host}}/", and "https:{{host}}", which browsers read alike: what a value may decide is the way.
    auto const host = start.find("://");
    bool const has_host = host != std::string::npos && start.find_first_of("/?#", host + 3) != std::string::npos;
    if (fault.empty() && start.starts_with("http") && !has_host)
        fault = "must not have a value as the host of a link; give the whole link as one value";
    return Place::link_part;
}

bool HtmlPlaces::same_place(HtmlPlaces const& other) const {
    if (state_ != other.state_ || quote_ != other.quote_ || inside_ != other.inside_) return false;
    switch (state_) {
        case State::text:
            return (tail_ == "<") == (other.tail_ == "<");
        case State::tag_name:
            return name_ == other.name_;
        case State::comment:
        case State::declaration:
            return tail_ == other.tail_;
        default:
            return attribute_ == other.attribute_;
    }
}

std::string HtmlPlaces::end_part(HtmlPlaces const& begin) {
    if (!same_place(begin)) return "in another place than it began";
    if (!trusted_ && state_ == State::value && holds(links, attribute_) && !begin.link_has_begun()) {
        if (!has_value_ && !begins_well()) return "after it began a link with something else than https: or http:";
        start_.clear();
        has_value_ = false;
    }
    return {};
}

}  // namespace rapport::templates
