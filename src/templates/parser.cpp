// The tags: {{name}}, {{name, date, long}}, {{n, plural, …}}, {{#list}}…{{/list}}, {{^list}}…{{/list}}, {{! note}}.
#include "templates/parser.hpp"

#include <algorithm>

#include "templates/formats.hpp"

namespace rapport::templates {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::vector<std::string_view> divided(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    for (;;) {
        auto const end = text.find(by);
        parts.push_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// What follows the bar of {{name|there}}.
std::optional<std::string> otherwise(std::string_view content, std::size_t bar) {
    if (bar == std::string_view::npos) return std::nullopt;
    return std::string(trimmed(content.substr(bar + 1)));
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::ranges::find(list, word) != list.end();
}

}  // namespace

Parser::Parser(std::string_view source, Form form, Options const& options)
    : source_(source), form_(form), options_(options), places_(options.trusted) {}

void Parser::fault(std::string rule, std::string fix) const { throw Fault{line_, std::move(rule), std::move(fix)}; }

void Parser::count_node() {
    if (++nodes_ > most_nodes)
        fault("must hold at most " + std::to_string(most_nodes) + " tags and texts", "make the template smaller");
}

void Parser::enter() {
    if (++depth_ > most_depth)
        fault("must be nested at most " + std::to_string(most_depth) + " deep", "take sections or plurals apart");
}

void Parser::add_text(Nodes& to, std::string_view text) {
    if (text.empty()) return;
    if (form_ == Form::html)
        if (auto wrong = places_.text(text); !wrong.empty()) fault(std::move(wrong), "remove or correct it");
    count_node();
    to.emplace_back(Words{std::string(text)});
}

Place Parser::place_here() {
    if (form_ != Form::html) return Place::plain;
    std::string wrong;
    auto const place = places_.value(wrong);
    if (!wrong.empty()) fault(std::move(wrong), "move the variable");
    return place;
}

Path Parser::path(std::string_view name) const {
    Path path{{}, line_};
    if (name == ".") return path;
    for (auto const part : divided(name, '.')) {
        if (part.empty() || part.size() > 64 || !std::ranges::all_of(part, is_name_character))
            fault("has no variable \"" + std::string(name.substr(0, 80)) + "\"",
                  "name variables with letters, digits and _, and their members with dots: order.total");
        path.names.emplace_back(part);
    }
    return path;
}

Format Parser::format(std::string_view words) const {
    auto const comma = words.find(',');
    auto const how = trimmed(words.substr(0, comma));
    std::string const style(comma == std::string_view::npos ? std::string_view() : trimmed(words.substr(comma + 1)));
    Format format{How::plain, style};
    bool const has_skeleton = style.starts_with("::") && style.size() > 2 && style.size() < 100;
    bool good = style.empty() || has_skeleton;
    if (how == "number") {
        format.how = How::number;
        good = good || one_of(style, {"integer", "percent"});
    } else if (how == "money") {
        format.how = How::money;
        good = style.empty();
    } else if (how == "date" || how == "time" || how == "datetime") {
        format.how = how == "date" ? How::date : how == "time" ? How::time : How::datetime;
        good = good || one_of(style, {"short", "medium", "long", "full"});
    } else {
        fault("has no format \"" + std::string(how) + "\"",
              "use number, money, date, time, datetime, plural, selectordinal or select");
    }
    if (!good || (has_skeleton && !is_skeleton(format)))
        fault("has no style \"" + style + "\" of " + std::string(how),
              "use short, medium, long, full, or a skeleton that begins with ::");
    return format;
}

// The "}}" that closes a tag; braces within are those of plurals. An apostrophe before a brace quotes it, as ICU has
// it.
std::size_t Parser::end_of_tag(std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < source_.size(); ++i) {
        char const c = source_[i];
        if (c == '\'' && depth > 0 && i + 1 < source_.size() && (source_[i + 1] == '{' || source_[i + 1] == '}')) {
            auto const end = source_.find('\'', i + 1);
            if (end == std::string_view::npos) break;
            i = end;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && depth > 0) {
            --depth;
        } else if (source_.substr(i).starts_with("}}")) {
            return i;
        }
    }
    fault("has a tag that is not closed: " + std::string(source_.substr(from, 40)), "close it with }}");
}

// A section's tag alone on its line takes the line with it (Mustache: standalone tags).
bool Parser::stands_alone(std::size_t begin, std::size_t& end) const {
    for (std::size_t i = begin; i > 0 && source_[i - 1] != '\n'; --i)
        if (source_[i - 1] != ' ' && source_[i - 1] != '\t') return false;
    std::size_t i = end;
    while (i < source_.size() && (source_[i] == ' ' || source_[i] == '\t' || source_[i] == '\r')) ++i;
    if (i < source_.size() && source_[i] != '\n') return false;
    end = std::min(i + 1, source_.size());
    return true;
}

void Parser::open(std::string_view name, bool inverted) {
    enter();
    count_node();
    Path where = path(name);
    into_->emplace_back(Section{std::move(where), inverted, {}});
    open_.push_back({std::string(name), line_, places_, into_});
    into_ = &std::get<Section>(into_->back()).body;
}

void Parser::close(std::string_view name) {
    if (open_.empty() || open_.back().name != name)
        fault("closes {{/" + std::string(name) + "}}, which is not open" +
                  (open_.empty() ? std::string() : "; {{#" + open_.back().name + "}} is"),
              "close sections in the order opposite to how they were opened");
    if (form_ == Form::html)
        if (auto const wrong = places_.end_part(open_.back().places); !wrong.empty())
            fault("ends the section " + std::string(name) + " " + wrong,
                  "let a section hold whole elements, or stand whole within one attribute");
    into_ = open_.back().into;
    open_.pop_back();
    leave();
}

void Parser::tag(std::string_view content) {
    char const sign = content.empty() ? ' ' : content.front();
    auto const rest = trimmed(content.substr(content.empty() ? 0 : 1));
    switch (sign) {
        case '#':
            return open(rest, false);
        case '^':
            return open(rest, true);
        case '/':
            return close(rest);
        case '!':
            return;
        case '>':
        case '=':
        case '&':
            fault(std::string("does not know the tag {{") + sign + "…}}",
                  "partials, other delimiters and unescaped values do not exist here");
        default:
            break;
    }
    auto const comma = content.find(',');
    auto const bar = content.find('|');
    auto const name = trimmed(content.substr(0, std::min(comma, bar)));
    if (bar < comma || comma == std::string_view::npos) {
        Path where = path(name);
        count_node();
        into_->emplace_back(Slot{std::move(where), {}, place_here(), otherwise(content, bar)});
        return;
    }
    auto const words = trimmed(content.substr(comma + 1));
    auto const kind = trimmed(words.substr(0, words.find(',')));
    if (one_of(kind, {"plural", "select", "selectordinal"})) {
        auto node = message(content);
        into_->push_back(std::move(node));
        return;
    }
    Path where = path(name);
    auto how = format(trimmed(words.substr(0, words.find('|'))));
    count_node();
    into_->emplace_back(Slot{std::move(where), std::move(how), place_here(), otherwise(content, bar)});
}

Nodes Parser::parse() {
    while (at_ < source_.size()) {
        auto const begin = std::min(source_.find("{{", at_), source_.size());
        auto text = source_.substr(at_, begin - at_);
        if (begin == source_.size()) {
            add_text(*into_, text);
            break;
        }
        bool const raw = source_.substr(begin).starts_with("{{{");
        if (raw && !options_.trusted) fault("must not hold {{{…}}}: every value is escaped", "use two braces");
        auto const first = begin + (raw ? 3 : 2);
        auto const last = raw ? std::min(source_.find("}}}", first), source_.size()) : end_of_tag(first);
        if (last == source_.size()) fault("has a tag that is not closed", "close it with }}}");
        auto const content = trimmed(source_.substr(first, last - first));
        std::size_t next = last + (raw ? 3 : 2);
        bool const is_mark =
            !content.empty() && std::string_view("#^/!").find(content.front()) != std::string_view::npos;
        if (is_mark && stands_alone(begin, next)) {
            auto const line_start = text.rfind('\n');
            text = text.substr(0, line_start == std::string_view::npos ? 0 : line_start + 1);
        }
        add_text(*into_, text);
        line_ += static_cast<std::size_t>(std::ranges::count(source_.substr(at_, begin - at_), '\n'));
        if (raw) {
            count_node();
            into_->emplace_back(Slot{path(content), {}, Place::raw});
        } else {
            tag(content);
        }
        line_ += static_cast<std::size_t>(std::ranges::count(source_.substr(begin, next - begin), '\n'));
        at_ = next;
    }
    if (!open_.empty()) {
        line_ = open_.back().line;
        fault("does not close the section " + open_.back().name, "add {{/" + open_.back().name + "}}");
    }
    if (form_ == Form::html && !options_.trusted && !places_.in_text())
        fault("ends within a tag", "close the last tag with >");
    return std::move(root_);
}

}  // namespace rapport::templates
