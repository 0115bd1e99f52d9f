// Files of the templates that come with the program.
#include "templates/templates.hpp"

namespace rapport::templates {

Source source_from(std::string_view file) {
    constexpr std::string_view divider = "\n=== html\n";
    auto const line = file.find('\n');
    auto const html = file.find(divider);
    require(line < html && html != std::string_view::npos, "a template of the program has its parts");
    return {std::string(file.substr(0, line)), std::string(trimmed(file.substr(line + 1, html - line - 1))) + "\n",
            std::string(trimmed(file.substr(html + divider.size()))) + "\n"};
}

}  // namespace rapport::templates
