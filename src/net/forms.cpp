// Form bodies and the texts of fields.
#include "net/forms.hpp"

#include <charconv>

#include "base/text.hpp"
#include "net/net.hpp"

namespace rapport::net {

namespace {

// The value of `name` among the parameters of a header field: `form-data; name="x"; filename="y"`.
std::string parameter_of(std::string_view field, std::string_view name) {
    std::size_t at = field.find(';');
    while (at != std::string_view::npos) {
        std::string_view rest = trimmed(field.substr(at + 1));
        auto const equals = rest.find('=');
        if (equals == std::string_view::npos) return {};
        std::string_view const key = trimmed(rest.substr(0, equals));
        rest = rest.substr(equals + 1);
        std::string value;
        std::size_t used = 0;
        if (!rest.empty() && rest[0] == '"') {
            for (used = 1; used < rest.size() && rest[used] != '"'; ++used) {
                if (rest[used] == '\\' && used + 1 < rest.size()) ++used;
                value += rest[used];
            }
            if (used < rest.size()) ++used;
        } else {
            used = std::min(rest.find(';'), rest.size());
            value = trimmed(rest.substr(0, used));
        }
        if (equal_without_case(key, name)) return value;
        at = rest.substr(used).find(';');
        if (at == std::string_view::npos) return {};
        field = rest.substr(used);
    }
    return {};
}

bool read_part_head(std::string_view head, FormPart& part) {
    while (!head.empty()) {
        auto const end = head.find("\r\n");
        std::string_view const line = head.substr(0, end);
        head = end == std::string_view::npos ? std::string_view() : head.substr(end + 2);
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) return false;
        std::string_view const name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
        if (equal_without_case(name, "Content-Disposition")) {
            part.name = parameter_of(value, "name");
            part.file_name = parameter_of(value, "filename");
        }
        if (equal_without_case(name, "Content-Type")) part.content_type = value;
    }
    return !part.name.empty();
}

std::unexpected<Error> bad_form() {
    return fail(ErrorKind::invalid, "form_syntax", "The form could not be read; send it again from the page.");
}

}  // namespace

Expected<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body) {
    std::string const boundary = parameter_of(content_type, "boundary");
    if (boundary.empty() || boundary.size() > 70) return bad_form();  // RFC 2046 §5.1.1
    std::string const mark = "\r\n--" + boundary;
    // The first delimiter may stand at the very start.
    std::size_t at = body.starts_with(std::string_view(mark).substr(2)) ? mark.size() - 2 : body.find(mark);
    if (at == std::string_view::npos) return bad_form();
    if (at != mark.size() - 2 || !body.starts_with(std::string_view(mark).substr(2))) at += mark.size();
    std::vector<FormPart> parts;
    while (true) {
        if (body.substr(at).starts_with("--")) return parts;
        if (!body.substr(at).starts_with("\r\n") || parts.size() >= 100) return bad_form();
        at += 2;
        auto const head_end = body.find("\r\n\r\n", at);
        if (head_end == std::string_view::npos) return bad_form();
        auto const next = body.find(mark, head_end + 2);
        if (next == std::string_view::npos || next < head_end + 2) return bad_form();
        FormPart part;
        if (!read_part_head(body.substr(at, head_end - at), part)) return bad_form();
        part.content = next >= head_end + 4 ? body.substr(head_end + 4, next - head_end - 4) : std::string_view();
        parts.push_back(std::move(part));
        at = next + mark.size();
    }
}

namespace detail {

json::Value field_value(std::string_view text, bool is_bool, bool is_number) {
    if (is_bool) {
        if (text == "true" || text == "1" || text == "on" || text == "yes") return true;
        if (text == "false" || text == "0" || text == "off" || text == "no" || text.empty()) return false;
    }
    if (is_number) {
        std::int64_t whole = 0;
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
        if (error == std::errc() && end == text.data() + text.size()) return whole;
        double real = 0;
        auto const [real_end, real_error] = std::from_chars(text.data(), text.data() + text.size(), real);
        if (real_error == std::errc() && real_end == text.data() + text.size()) return real;
    }
    return json::Value(text);
}

Expected<Fields> form_fields(Request const& request) {
    std::string const type = request.media_type();
    if (type == "application/x-www-form-urlencoded") return parse_form(request.body());
    if (type != "multipart/form-data")
        return fail(ErrorKind::unsupported, "unsupported_media_type",
                    "Send a form as application/x-www-form-urlencoded or multipart/form-data.");
    auto const parts = parse_multipart(request.header("Content-Type"), request.body());
    if (!parts) return fail(parts.error());
    Fields fields;
    for (auto const& part : *parts)
        if (part.file_name.empty()) fields.emplace_back(part.name, std::string(part.content));
    return fields;
}

Expected<> check_json_type(Request const& request) {
    std::string const type = request.media_type();
    if (type == "application/json" || type.ends_with("+json")) return {};
    return fail(ErrorKind::unsupported, "unsupported_media_type", "Send JSON with Content-Type: application/json.");
}

}  // namespace detail
}  // namespace rapport::net
