// How names and addresses are compared and searched: lower case, one space between words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace rapport::people {

// Lower case by Unicode's simple mapping, white space made one space, Arabic letters that Persian keyboards write
// differently made one. Bytes that are not UTF-8 stay.
Bytes folded(std::string_view text);
// An address as it is compared: a provider may tell cases of the local part apart (RFC 5321 §2.4), people do not.
inline Bytes folded(EmailAddress const& address) { return ascii_lower(address.value); }

// The folded name and what is left of it from each later word on: "mario rossi" → "mario rossi", "rossi"; at most six.
std::vector<Bytes> name_keys(std::string_view name);
// The least byte string above all that start with `prefix` (not empty, UTF-8, so its last octet can rise).
Bytes end_of_prefix(Bytes prefix);

}  // namespace rapport::people
