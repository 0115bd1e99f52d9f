// Encodings of mail: quoted-printable and base64 bodies (RFC 2045 §6.7, §6.8), encoded words (RFC 2047), parameters
// (RFC 2231). Everything written is 7-bit with CRLF line ends. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace rapport::channels::email {

enum class TransferEncoding : unsigned char { seven_bit, quoted_printable, base64 };

std::string_view name_of(TransferEncoding encoding);
// For text: the plainest one that carries it, the shorter of the other two.
TransferEncoding encoding_for(std::string_view text);
// Appends the text with its line ends made CRLF, and one at the end.
void append_text(std::string& out, std::string_view text, TransferEncoding encoding);
void append_base64_lines(std::string& out, std::string_view bytes);

// "Name: value" CRLF, folded at 76. Non-ASCII values, and those that cannot be folded, become encoded words.
void append_unstructured(std::string& out, std::string_view name, std::string_view value);
// A display name as a phrase: atoms, a quoted string or encoded words. `column` is where the line stands; updated.
void append_phrase(std::string& out, std::string_view name, std::size_t& column);
// ";" and a parameter on a line of its own: name="value", or RFC 2231 sections for non-ASCII or long values.
void append_parameter(std::string& out, std::string_view name, std::string_view value);

bool is_ascii(std::string_view text);

}  // namespace rapport::channels::email
