// Carrying out a compiled template: bounded in steps and output, every value escaped for its place.
#include "templates/templates.hpp"

#include <algorithm>

#include "templates/formats.hpp"
#include "templates/parser.hpp"

namespace rapport::templates {
namespace {

constexpr std::size_t most_scopes = 64;

bool is_true(json::Value const& value) {
    switch (value.kind()) {
        case boost::json::kind::null:
            return false;
        case boost::json::kind::bool_:
            return value.get_bool();
        case boost::json::kind::string:
            return !value.get_string().empty();
        case boost::json::kind::array:
            return !value.get_array().empty();
        default:
            return true;
    }
}

bool is_link(std::string_view text) {
    auto const start = ascii_lower(text.substr(0, 8));
    bool const good = start.starts_with("https://") || start.starts_with("http://") || start.starts_with("mailto:");
    return good && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; });
}

// Markup may hold no control characters but these two (HTML: parse error; XML 1.0 §2.2: not well-formed).
void append_markup(std::string& out, std::string_view text) {
    auto const is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t'; };
    if (std::ranges::none_of(text, is_control)) {
        out += escape_markup(text);
        return;
    }
    std::string kept(text);
    std::erase_if(kept, is_control);
    out += escape_markup(kept);
}

void append_percent(std::string& out, std::string_view text) {  // RFC 3986 §2.3: all but the unreserved
    constexpr char digits[] = "0123456789ABCDEF";
    for (char const c : text) {
        auto const u = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
            c == '_' || c == '~')
            out += c;
        else
            ((out += '%') += digits[u >> 4]) += digits[u & 15];
    }
}

class Rendering {
  public:
    Rendering(Program const& program, Setting const& setting, std::vector<Gap>* gaps)
        : program_(program), setting_(setting), gaps_(gaps) {
        out_.reserve(program.size + program.size / 2);
    }
    void scope(json::Object const* object) { scopes_.push_back({object, nullptr}); }
    void run(Nodes const& nodes);
    std::string take() { return std::move(out_); }

  private:
    struct Scope {
        json::Object const* object;
        json::Value const* item;  // "." of a list
    };
    json::Value const* look(Path const& path) const;
    json::Value const& need(Path const& path) const;
    [[noreturn]] void refuse(std::string code, Path const& path, std::string rule,
                             ErrorKind kind = ErrorKind::invalid) const;
    void write(Path const& path, std::string_view text, Place place);
    void step() {
        if (++steps_ > most_steps || out_.size() > most_output)
            throw Error{ErrorKind::too_large,
                        "letter_too_large",
                        "The letter becomes too long: at most 256 KiB, and 20,000 tags and texts with those of lists.",
                        {{program_.pointer, "must become at most 256 KiB", "shorten its lists or texts"}},
                        0};
    }
    void carry_out(Words const& words) { out_ += words.text; }
    void carry_out(Slot const& slot);
    void carry_out(Section const& section);
    void carry_out(Choice const& choice);
    void carry_out(Count const& count);

    Program const& program_;
    Setting const& setting_;
    std::vector<Gap>* gaps_;
    std::string out_;
    std::size_t steps_ = 0;
    std::vector<Scope> scopes_;
    std::vector<double> counts_;
};

void Rendering::refuse(std::string code, Path const& path, std::string rule, ErrorKind kind) const {
    throw Error{kind,
                std::move(code),
                "The value " + path.text() + " " + rule + ".",
                {{"/data/" + path.text(), rule, "correct the value, or the template"}},
                0};
}

json::Value const* Rendering::look(Path const& path) const {
    if (path.names.empty()) return scopes_.empty() ? nullptr : scopes_.back().item;
    json::Value const* found = nullptr;
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend() && !found; ++scope)
        if (scope->object) found = scope->object->if_contains(path.names.front());
    for (std::size_t i = 1; i < path.names.size() && found; ++i) {
        auto const* object = found->if_object();
        found = object ? object->if_contains(path.names[i]) : nullptr;
    }
    return found;
}

json::Value const& Rendering::need(Path const& path) const {
    auto const* found = look(path);
    if (!found || found->is_null()) refuse("missing_variable", path, "is missing");
    return *found;
}

void Rendering::write(Path const& path, std::string_view text, Place place) {
    switch (place) {
        case Place::raw:
            out_ += text;
            return;
        case Place::markup:
        case Place::attribute:
            return append_markup(out_, text);
        case Place::link:
            if (!is_link(text)) refuse("unsafe_link", path, "must be a link that begins with https:// or http://");
            return append_markup(out_, text);
        case Place::link_part:
            return append_percent(out_, text);
        case Place::plain:
            break;
    }
    for (char const c : text) {
        auto const u = static_cast<unsigned char>(c);
        if (program_.form == Form::line && (c == '\n' || c == '\r'))
            refuse("not_one_line", path, "must be one line: it stands in the subject");
        out_ += u < ' ' && c != '\n' && c != '\t' ? ' ' : c;
    }
}

void Rendering::carry_out(Slot const& slot) {
    if (slot.otherwise)
        if (auto const* found = look(slot.path); !found || !is_true(*found)) {
            if (gaps_) gaps_->push_back({slot.path.text(), *slot.otherwise});
            return write(slot.path, *slot.otherwise, slot.place);
        }
    auto const& value = need(slot.path);
    if (slot.format.how == How::plain && value.is_string())
        return write(slot.path, std::string_view(value.get_string()), slot.place);
    auto const text = format_value(value, slot.format, setting_);
    if (!text) refuse("wrong_variable", slot.path, text.error());
    write(slot.path, *text, slot.place);
}

void Rendering::carry_out(Section const& section) {
    auto const* value = look(section.path);
    bool const holds = value && is_true(*value);
    if (section.inverted) {
        if (!holds) run(section.body);
        return;
    }
    if (!holds) return;
    if (scopes_.size() >= most_scopes)
        refuse("letter_too_large", section.path, "is nested too deeply", ErrorKind::too_large);
    if (auto const* list = value->if_array()) {
        for (auto const& item : *list) {
            scopes_.push_back({item.if_object(), &item});
            run(section.body);
            scopes_.pop_back();
        }
        return;
    }
    scopes_.push_back({value->if_object(), value});
    run(section.body);
    scopes_.pop_back();
}

void Rendering::carry_out(Choice const& choice) {
    auto const& value = need(choice.path);
    Case const* chosen = nullptr;
    auto const by_keyword = [&](std::string_view keyword) {
        for (auto const& one : choice.cases)
            if (!chosen && !one.exactly && one.keyword == keyword) chosen = &one;
    };
    if (choice.by == Choice::By::word) {
        if (value.is_string()) by_keyword(std::string_view(value.get_string()));
        if (value.is_bool()) by_keyword(value.get_bool() ? "true" : "false");
        by_keyword("other");
        if (chosen) run(chosen->body);
        return;
    }
    if (!value.is_number()) refuse("wrong_variable", choice.path, "must be a number");
    auto const number = value.to_number<double>();
    for (auto const& one : choice.cases)
        if (one.exactly && *one.exactly == number) chosen = &one;
    if (!chosen) by_keyword(plural_keyword(number - choice.offset, choice.by == Choice::By::ordinal, setting_.locale));
    by_keyword("other");
    counts_.push_back(number - choice.offset);
    if (chosen) run(chosen->body);
    counts_.pop_back();
}

void Rendering::carry_out(Count const& count) {
    if (counts_.empty()) return;
    write({}, format_number(counts_.back(), setting_.locale), count.place);
}

void Rendering::run(Nodes const& nodes) {
    for (auto const& node : nodes) {
        step();
        std::visit([&](auto const& one) { carry_out(one); },
                   static_cast<std::variant<Words, Slot, Section, Choice, Count> const&>(node));
    }
}

}  // namespace

std::string Path::text() const {
    std::string all;
    for (auto const& name : names) all += (all.empty() ? "" : ".") + name;
    return all.empty() ? "." : all;
}

Expected<Template> Template::compile(std::string_view source, Form form, Options const& options) try {
    if (source.size() > most_source)
        return fail(ErrorKind::invalid, "template_invalid", "The template is too long.",
                    {{options.pointer, "must have at most 64 KiB", "shorten it"}});
    if (!is_plain_text(source))
        return fail(
            ErrorKind::invalid, "template_invalid", "The template is no plain text.",
            {{options.pointer, "must be UTF-8 text without control characters", "remove the control characters"}});
    auto program = std::make_shared<Program>();
    program->form = form;
    program->pointer = options.pointer;
    program->size = source.size();
    program->nodes = Parser(source, form, options).parse();
    Template made;
    made.program_ = std::move(program);
    return made;
} catch (Fault const& fault) {
    return fail(ErrorKind::invalid, "template_invalid", "The template cannot be used; see fields.",
                {{options.pointer, "line " + std::to_string(fault.line) + ": " + fault.rule, fault.fix}});
}

Expected<std::string> Template::render(std::span<json::Object const* const> scopes, Setting const& setting,
                                       std::vector<Gap>* gaps) const try {
    require(program_ != nullptr, "a template was compiled");
    Rendering rendering(*program_, setting, gaps);
    for (auto const* scope : scopes) rendering.scope(scope);
    rendering.run(program_->nodes);
    auto text = rendering.take();
    if (text.size() > most_output)
        return fail(ErrorKind::too_large, "letter_too_large", "The letter becomes too long: at most 256 KiB.");
    return text;
} catch (Error const& error) {
    return fail(error);
}

}  // namespace rapport::templates
