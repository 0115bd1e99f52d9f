// The public pages: drawn on the server, complete without script, every word of visitors and organisation escaped.
// Internal to the module. Any thread.
#pragma once

#include "forms/guard.hpp"
#include "net/request.hpp"
#include "net/response.hpp"

namespace rapport::forms {

using Filling = std::map<std::string, std::string, std::less<>>;
// A message of the catalogue as plain text.
std::string say(Locale locale, std::string_view key, Filling const& with = {});

// What ?lang= asks for, else what the browser prefers (RFC 9110 §12.5.4), among what the form speaks.
Locale locale_for(FormDefinition const& definition, std::optional<std::string> const& asked,
                  std::string_view accept_language);

struct FormPage {
    std::string slug;
    FormDefinition const& definition;
    Locale locale{};
    std::string organisation;
    bool embedded = false;
    bool preview = false;          // cannot be sent
    std::string token = {};        // signed
    PageToken drawn = {};          // the same
    Typed const* typed = nullptr;  // what stands in it already
    std::vector<Trouble> troubles = {};
    std::string notice = {};  // key of a message above the form
    int status = 200;
};
net::Response form_page(FormPage const& page);

// Everything else that a visitor is told: sent, closed, missing, too large …
struct NotePage {
    std::string name;  // of its words
    int status = 200;
    Locale locale = Locale::en;
    std::string organisation;
    FormDefinition const* definition = nullptr;
    std::string slug = {}, reference = {};
    bool embedded = false;
};
net::Response note_page(NotePage const& page);
net::Response embed_script(FormDefinition const& definition, std::string const& slug, Locale locale);

}  // namespace rapport::forms
