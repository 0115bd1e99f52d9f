// Inside preferences: how the public page /u/{token} is drawn.
#pragma once

#include "net/response.hpp"
#include "preferences/wire.hpp"

namespace rapport::preferences {

// What stands on the page.
struct PageView {
    std::string name;  // of its words: "stop", "stopped", "overview", "confirm", "confirmed", "over", "missing" …
    int status = 200;
    Locale locale = Locale::en;
    std::string token{}, address{};
    std::optional<Category> category{};  // what it is about
    std::optional<Time> given_at{};
    std::string wording{};  // to agree with
    std::string button_name{}, button_value{};
    bool saved = false, problem = false;
    std::optional<PreferencesView> preferences{};
    std::vector<Category> categories{};  // of those, to name them
};
net::Response page_of(Settings const& settings, PageView const& view);
// The words beside the box that gives consent to a category: exactly what the page shows.
std::string agreement_words(Settings const& settings, Category const& category, Locale locale);
inline constexpr std::string_view agreement_version = "page-1";

}  // namespace rapport::preferences
