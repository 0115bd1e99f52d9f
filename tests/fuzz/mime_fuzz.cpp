// Mails that strangers wrote: what comes out is bounded, whatever they nest, and texts are UTF-8.
#include "channels/email/mime.hpp"

#include "channels/email/sink.hpp"
#include "property.hpp"

namespace rapport::channels::email {
namespace {

using fuzz::holds;

constexpr MimeLimits limits{.octets = 3'000, .header_octets = 1'000, .containers = 6, .parts = 12, .part_octets = 600};

void look_at(MimeFields const& fields) {
    holds(fields.size() <= 1'000, "at most so many fields");
    for (auto const& field : fields) holds(fuzz::is_utf8(field.name) && fuzz::is_utf8(field.value), "fields are UTF-8");
}

std::size_t look_at(MimePart const& part, std::size_t depth) {
    holds(depth <= limits.containers + 2, "depth is limited");
    holds(part.content.size() <= limits.part_octets, "content is limited");
    look_at(part.fields);
    holds(!part.type.starts_with("text/") || is_file(part) || fuzz::is_utf8(part.content), "text is UTF-8");
    std::size_t parts = 1;
    for (auto const& one : part.parts) parts += look_at(one, depth + 1);
    return parts;
}

void run(std::string_view raw) {
    auto const mail = read_mime(raw, limits);
    if (!mail) return;
    look_at(mail->fields);
    holds(mail->cut || raw.size() <= limits.octets, "what was left out is said");
    holds(look_at(mail->body, 0) <= limits.parts + limits.containers, "parts are limited");
    auto const text = text_of(mail->body, 500);
    holds(text.size() <= 600 && fuzz::is_utf8(text), "a text of at most so many octets, UTF-8");
    (void)find_part(mail->body, "message/delivery-status");
    if (raw.size() < limits.octets) (void)read_mail(raw);
}

}  // namespace
}  // namespace rapport::channels::email

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    rapport::channels::email::run(rapport::fuzz::text_of(data, size));
    return 0;
}
