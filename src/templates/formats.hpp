// Values as people of a language write them, by ICU (CLDR 42). ICU's formatters are made once per thread and kept.
#pragma once

#include <expected>
#include <string>

#include "templates/nodes.hpp"

namespace rapport::templates {

// What the data holds instead, in words: "must be money: {\"amount\": 1234, \"currency\": \"EUR\"}".
using Formatted = std::expected<std::string, std::string>;

Formatted format_value(json::Value const& value, Format const& format, Setting const& setting);
bool is_skeleton(Format const& format);  // does ICU know what follows "::"?
std::string format_number(double number, Locale locale);
std::string plural_keyword(double number, bool ordinal, Locale locale);  // "one", "few", "other"

bool is_currency(std::string_view code);  // three capital letters that ICU knows as a currency
// "2026-12-01" or an instant; a date alone is the same day everywhere.
bool is_date(std::string_view text);

}  // namespace rapport::templates
