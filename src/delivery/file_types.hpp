// What files may be sent: no programs, and nothing that is not what it says it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace rapport::delivery {

// What is wrong with a file of this name, declared type and content; empty if nothing is. The pointer is left empty.
std::optional<FieldError> file_fault(std::string_view name, std::string_view media_type, ByteView bytes,
                                     bool forbid_programs);

// "type/subtype" (RFC 9110 §8.3.1) without parameters; lower case.
bool is_media_type(std::string_view text);

}  // namespace rapport::delivery
