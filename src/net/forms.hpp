// Bodies of HTML forms: application/x-www-form-urlencoded and multipart/form-data (RFC 7578). Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "net/request.hpp"

namespace rapport::net {

struct FormPart {
    std::string name;
    std::string file_name;     // empty: an ordinary field
    std::string content_type;  // of a file
    std::string_view content;  // into the body
};

// At most 100 parts; the body limit of the route bounds the rest. Code "form_syntax".
Expected<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace rapport::net
