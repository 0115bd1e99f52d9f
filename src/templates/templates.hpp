// Templates: what letters are made of. Mustache for structure (sections, lists, conditions), ICU MessageFormat for
// values (plurals, choices, dates, times, numbers, money); the language is described in docs/users/templates.md.
// A template is compiled once and rendered many times; what it was compiled from cannot change. Every value is escaped
// for the place where it stands. Bounded in source, depth, output and steps. Any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace rapport::templates {

// What the text becomes, which decides how values are escaped and what the template may hold.
enum class Form : std::uint8_t {
    line,  // one line, as a subject: a value with a line break is refused, nothing is escaped
    text,  // plain text: control characters of values become spaces
    html,  // HTML: values stand in text or in quoted attributes; links begin with http: or https:
};

inline constexpr std::size_t most_source = 64 * 1024;   // octets of one template
inline constexpr std::size_t most_output = 256 * 1024;  // octets of what is rendered
inline constexpr int most_depth = 8;                    // sections in sections, plurals in plurals
inline constexpr std::size_t most_nodes = 4'000;        // tags and texts of one template
inline constexpr std::size_t most_steps = 20'000;       // tags and texts carried out in one rendering

struct Options {
    // Templates of the program: any HTML, and {{{name}}} for values that are HTML already.
    bool trusted = false;
    std::string pointer = {};  // where findings point to: "/html"
};

struct Setting {
    Locale locale = Locale::en;
    std::string_view zone = "UTC";  // IANA name: "Europe/Rome"; an unknown one counts as UTC
};

// A value that was not there, and what stands in its place: {{name|there}}.
struct Gap {
    std::string variable, gives;
};

class Schema;
struct Program;  // nodes.hpp

class Template {
  public:
    Template() = default;
    // Code "template_invalid"; findings say line, rule and fix.
    static Expected<Template> compile(std::string_view source, Form form, Options const& options = {});

    // Scopes from the outermost to the innermost; a name is looked for in the innermost first. Codes: missing_variable,
    // wrong_variable, not_one_line, unsafe_link, letter_too_large. `gaps`, if given, gets what was not there.
    Expected<std::string> render(std::span<json::Object const* const> scopes, Setting const& setting,
                                 std::vector<Gap>* gaps = nullptr) const;
    Expected<std::string> render(json::Object const& data, Setting const& setting) const {
        json::Object const* const scopes[] = {&data};
        return render(scopes, setting);
    }

    // What could go wrong with data of these shapes: unknown variables, formats that do not fit, variables that may be
    // missing and are used outside a section of theirs. Empty: every valid data renders, but for length, line breaks
    // in a subject and links.
    std::vector<FieldError> check(std::span<Schema const* const> scopes) const;

    explicit operator bool() const { return program_ != nullptr; }

  private:
    std::shared_ptr<Program const> program_;
};

bool is_time_zone(std::string_view name);

// A template that comes with the program, as its file writes it: the subject's line, the text, "=== html", the HTML.
struct Source {
    std::string subject, text, html;
};
Source source_from(std::string_view file);

// ---- Layouts: the frame around an HTML body, made from MJML when the web is built (web/mails). ----------------------

bool is_layout(std::string_view name);
std::vector<std::string_view> layout_names();
// `body` is HTML already. Values: subject, organisation, and optional preheader, footer, unsubscribe_url with
// unsubscribe (its words).
Expected<std::string> lay_out(std::string_view name, std::string_view body, json::Object const& values, Locale locale);

}  // namespace rapport::templates
