// Strong types of text at the border: bounded text, e-mail addresses, locales. Decoders check once; verbs trust.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace rapport {

// Valid UTF-8 without NUL and, but for line breaks and tabs, without control characters.
bool is_plain_text(std::string_view text);
std::size_t count_characters(std::string_view utf8);
// Without white space at both ends.
std::string_view trimmed(std::string_view text);
std::string ascii_lower(std::string_view text);
// For HTML text and attribute values, and for XML.
std::string escape_markup(std::string_view text);

// Plain text of Min to Max characters (code points). JSON Schema: minLength, maxLength.
template <std::size_t Min, std::size_t Max>
struct Text {
    std::string value;
    auto operator<=>(Text const&) const = default;
    static constexpr std::size_t min_length = Min, max_length = Max;
};

// A mailbox as RFC 5321 §4.1.2 writes it, without quoted local parts and address literals; the domain is lower case.
struct EmailAddress {
    std::string value;
    auto operator<=>(EmailAddress const&) const = default;
    std::string_view domain() const { return std::string_view(value).substr(value.rfind('@') + 1); }
};
bool from_text(std::string_view text, EmailAddress& address);
inline std::string to_text(EmailAddress const& address) { return address.value; }

// The languages that Rapport speaks (BCP 47).
enum class Locale : unsigned char { en, it, th, ja, ko, fa };
bool from_text(std::string_view text, Locale& locale);
std::string to_text(Locale locale);
constexpr bool is_right_to_left(Locale locale) { return locale == Locale::fa; }

}  // namespace rapport
