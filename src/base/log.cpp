// Lines are built in memory and written with one call, so that threads do not mix theirs.
#include "base/log.hpp"

#include <unistd.h>

#include <atomic>

#include "base/json.hpp"
#include "base/log_fields.hpp"
#include "base/measure.hpp"
#include "base/time.hpp"

namespace rapport::log {
namespace {
std::atomic<Level> least_level{Level::info};
std::atomic<Format> line_format{Format::json};
constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
}  // namespace

void configure(Level least, Format format) {
    least_level = least;
    line_format = format;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    write_fields(level, event, {fields.begin(), fields.size()});
}

void write_fields(Level level, std::string_view event, std::span<Field const> fields) {
    if (level < least_level.load(std::memory_order_relaxed)) return;
    measure::log_lines[static_cast<std::size_t>(level)].add();
    bool const json = line_format.load(std::memory_order_relaxed) == Format::json;
    auto const name = names[static_cast<std::size_t>(level)];
    std::string line;
    if (json) {
        line = R"({"at":")" + to_text(system_now()) + R"(","level":")" + std::string(name) + R"(","event":)";
        json::write(line, event);
    } else {
        line = to_text(system_now()).substr(11, 8) + ' ' + std::string(name) + ' ' + std::string(event);
    }
    for (auto const& field : fields) {
        line += json ? "," : " ";
        if (json)
            json::write(line, field.name);
        else
            line += field.name;
        line += json ? ':' : '=';
        if (field.quoted && json)
            json::write(line, std::string_view(field.value));
        else
            line += field.value;
    }
    line += json ? "}\n" : "\n";
    // Nothing sensible can be done about a log that cannot be written.
    [[maybe_unused]] auto const written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace rapport::log
