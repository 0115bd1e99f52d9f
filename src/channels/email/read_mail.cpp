// Reads a mail with GMime for the sink's page: headers, text, HTML, attachments.
#include <gmime/gmime.h>

#include <memory>
#include <mutex>

#include "channels/email/mime.hpp"
#include "channels/email/sink.hpp"

namespace rapport::channels::email {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

std::string from_c(char const* text) { return text ? as_utf8(text) : std::string(); }

std::string text_of(GMimePart* part) {
    if (!GMIME_IS_TEXT_PART(part)) return {};
    char* text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    std::string out = from_c(text);
    g_free(text);
    return out;
}

std::int64_t size_of(GMimePart* part) {
    auto* const content = g_mime_part_get_content(part);
    if (!content) return 0;
    Owned<GMimeStream> const stream(g_mime_stream_mem_new());
    auto const n = g_mime_data_wrapper_write_to_stream(content, stream.get());
    return n < 0 ? 0 : n;
}

void take_part(GMimeObject*, GMimeObject* object, gpointer data) {
    if (!GMIME_IS_PART(object)) return;
    auto& mail = *static_cast<SinkMail*>(data);
    auto* const part = GMIME_PART(object);
    auto* const type = g_mime_object_get_content_type(object);
    bool const is_attachment = g_mime_part_is_attachment(part) || g_mime_part_get_filename(part) != nullptr;
    if (!is_attachment && g_mime_content_type_is_type(type, "text", "plain") && mail.text.empty()) {
        mail.text = text_of(part);
    } else if (!is_attachment && g_mime_content_type_is_type(type, "text", "html") && mail.html.empty()) {
        mail.html = text_of(part);
    } else {
        char* name = g_mime_content_type_get_mime_type(type);
        mail.attachments.push_back({from_c(g_mime_part_get_filename(part)), from_c(name), size_of(part)});
        g_free(name);
    }
}

}  // namespace

SinkMail read_mail(ByteView raw) {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
    SinkMail mail;
    mail.size = static_cast<std::int64_t>(raw.size());
    if (auto const limits = read_mime(raw); !limits && limits.error().kind == ErrorKind::too_large) return mail;
    Owned<GMimeStream> const stream(g_mime_stream_mem_new_with_buffer(raw.data(), raw.size()));
    Owned<GMimeParser> const parser(g_mime_parser_new_with_stream(stream.get()));
    Owned<GMimeMessage> const message(g_mime_parser_construct_message(parser.get(), nullptr));
    if (!message) return mail;
    mail.subject = from_c(g_mime_message_get_subject(message.get()));
    auto* const headers = g_mime_object_get_header_list(GMIME_OBJECT(message.get()));
    for (int i = 0; i < g_mime_header_list_get_count(headers); ++i) {
        auto* const header = g_mime_header_list_get_header_at(headers, i);
        mail.headers.push_back({from_c(g_mime_header_get_name(header)), from_c(g_mime_header_get_value(header))});
    }
    if (auto* const body = g_mime_message_get_mime_part(message.get())) {
        if (GMIME_IS_MULTIPART(body))
            g_mime_message_foreach(message.get(), take_part, &mail);
        else
            take_part(nullptr, body, &mail);
    }
    return mail;
}

}  // namespace rapport::channels::email
