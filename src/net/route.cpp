// What a row means where it says nothing, and the table as text.
#include "net/route.hpp"

namespace rapport::net {

std::size_t body_limit_of(Route const& route) {
    if (is_safe(route.method)) return 0;
    if (route.options.body_limit != 0) return route.options.body_limit;
    switch (route.options.kind) {
        case Kind::json:
            return 1 << 20;
        case Kind::upload:
        case Kind::receive:
            return 25 << 20;
        default:
            return 64 << 10;
    }
}

std::string_view to_text(Kind kind) {
    constexpr std::string_view names[] = {"json", "upload", "receive", "page", "file", "stream"};
    return names[static_cast<std::size_t>(kind)];
}

std::string routes_as_markdown(Routes const& routes) {
    std::string out =
        "| method | path | permission | kind | body limit | what |\n| --- | --- | --- | --- | --- | --- |\n";
    for (auto const& row : routes.rows()) {
        out += "| " + std::string(to_text(row.method)) + " | `" + row.path + "` | " + std::string(row.permission.name) +
               " | " + std::string(to_text(row.options.kind)) + " | " +
               (is_safe(row.method) ? "" : std::to_string(body_limit_of(row))) + " | " + row.summary + " |\n";
    }
    return out;
}

json::Object routes_as_json(Routes const& routes) {
    boost::json::array rows;
    for (auto const& row : routes.rows()) {
        rows.push_back(json::Object{{"method", to_text(row.method)},
                                    {"path", row.path},
                                    {"permission", row.permission.name},
                                    {"kind", to_text(row.options.kind)},
                                    {"body_limit", body_limit_of(row)},
                                    {"secret_path", row.options.secret_path},
                                    {"summary", row.summary}});
    }
    return {{"routes", rows}};
}

}  // namespace rapport::net
