// Pages that the program draws for customers: one frame around a body, and a module's words in six languages. Complete
// without script. Pure; any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/asset.hpp"
#include "templates/templates.hpp"

namespace rapport::templates {

// Languages by the names that they give themselves, in the order in which they are offered.
struct Language {
    Locale locale;
    std::string_view name;
};
std::span<Language const> languages();
std::string_view language_name(Locale locale);
// The first of Accept-Language (RFC 9110 §12.5.4) that there is; English when there is none.
Locale preferred_locale(std::string_view accept_language);

// A template that comes with the program: one that does not compile is a fault of the program.
Template trusted(std::string_view source, Form form);

// A module's words: `<folder>messages.<language>.json`, each a template. `keys`: only these; empty: all.
class Catalogue {
  public:
    Catalogue(std::span<Asset const> assets, Form form, std::string_view folder = {},
              std::span<std::string_view const> keys = {});
    bool knows(Locale locale, std::string_view key) const;
    // A key that is not there, or a value that is missing, is a fault of the program.
    std::string say(std::string_view key, Setting const& setting,
                    std::span<json::Object const* const> scopes = {}) const;
    std::string say(std::string_view key, Setting const& setting, json::Object const& values) const;

  private:
    std::map<Locale, std::map<std::string, Template, std::less<>>> messages_;
};

// Another language of the same page, and where it is.
using Switches = std::vector<std::pair<Locale, std::string>>;
// All of them at "?lang=xx", followed by `more` ("&score=5").
Switches switches_by_query(std::string_view more = {});

// What stands around the body. `title`, `head`, `header` and `footer` are HTML; everything else is escaped here.
struct Frame {
    Locale locale = Locale::en;
    std::string title = {}, organisation = {};
    std::string_view home = {};  // where the organisation's name leads to; empty: nowhere
    std::vector<std::string> styles = {"/p/style.css"}, scripts = {};  // addresses on this host
    Switches switches = {};                                            // shown if there are two or more
    bool indexed = false;                                              // by search engines
    bool embedded = false;  // in a page of another's: without the organisation's name
    std::string head = {}, header = {}, footer = {};
};
std::string framed(Frame const& frame, std::string_view body);

// For a page that holds no more than a form: CSP Level 3.
inline constexpr std::string_view closed_page =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

}  // namespace rapport::templates
