// Structured log: one JSON object a line on standard error, or aligned text on a terminal. Any thread.
// Never log secrets, contents, or addresses; identifiers are enough to find the rest.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rapport::log {

enum class Level : std::uint8_t { debug, info, warning, error };
enum class Format : std::uint8_t { json, text };

struct Field {
    std::string_view name;
    std::string value;
    bool quoted = true;

    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, char const* v) : name(n), value(v) {}
    Field(std::string_view n, std::string const& v) : name(n), value(v) {}
    template <std::integral T>
    Field(std::string_view n, T v) : name(n), value(std::to_string(v)), quoted(false) {}
    Field(std::string_view n, double v) : name(n), value(std::to_string(v)), quoted(false) {}
};

void configure(Level least, Format format);

// `event` is a stable name in the domain's words: "mail_sent", "tsa_unreachable".
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> f = {}) { write(Level::debug, event, f); }
inline void info(std::string_view event, std::initializer_list<Field> f = {}) { write(Level::info, event, f); }
inline void warning(std::string_view event, std::initializer_list<Field> f = {}) { write(Level::warning, event, f); }
inline void error(std::string_view event, std::initializer_list<Field> f = {}) { write(Level::error, event, f); }

}  // namespace rapport::log
