// Asking the tables, and printing them.
#include "post/bounce_class.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace rapport::post {

BounceClass classify(std::string_view status, std::string_view reply) {
    auto const text = ascii_lower(reply.substr(0, 8192));
    bool const temporary = status.starts_with('4');
    for (auto const& row : words_table)
        if (text.find(row.words) != std::string::npos && !(temporary && row.what == BounceClass::hard)) return row.what;
    for (auto const& row : status_table)
        if (status == row.status || (row.status.ends_with('.') && status.starts_with(row.status))) return row.what;
    return BounceClass::unknown;
}

std::string bounce_tables_page() {
    std::string out =
        "# What refusals mean\n\nPrinted from `src/post/bounce_class.hpp`; a test compares them. The words are asked "
        "first, in this order; then the\nstatus. A temporary status (class 4) is never *hard*.\n\n"
        "## Words in the reply\n\n| words | class | seen at |\n| --- | --- | --- |\n";
    for (auto const& row : words_table)
        out += "| `" + std::string(row.words) + "` | " + std::string(json::enum_name(row.what)) + " | " +
               std::string(row.seen_at) + " |\n";
    out += "\n## Enhanced status\n\n| status | class | means |\n| --- | --- | --- |\n";
    for (auto const& row : status_table)
        out += "| " + std::string(row.status) + (row.status.ends_with('.') ? "x" : "") + " | " +
               std::string(json::enum_name(row.what)) + " | " + std::string(row.means) + " |\n";
    return out + "| anything else | unknown | recorded and shown; suppresses nobody |\n";
}

}  // namespace rapport::post
