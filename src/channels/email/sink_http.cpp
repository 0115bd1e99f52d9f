// /sink for people, /v1/sink/mails for programs. A mail's HTML is shown in a sandboxed frame that runs no scripts and
// loads nothing; its links open in a new tab.
#include "channels/email/sink_http.hpp"

#include <algorithm>

#include "channels/email/sink.hpp"

namespace rapport::channels::email {
namespace {

// "2026-11-21 09:30:00 UTC"
std::string to_the_second(Time time) {
    auto text = to_text(std::chrono::floor<std::chrono::seconds>(time));
    text[10] = ' ';
    return text.substr(0, 19) + " UTC";
}

struct SinkQuery {
    std::string to{};
    std::string after{};
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(SinkQuery, (), (to, after, limit))

constexpr std::string_view page_csp =
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";
constexpr std::string_view mail_csp =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups "
    "allow-popups-to-escape-sandbox; frame-ancestors 'self'";

std::string const style =
    "<style>:root{color-scheme:light "
    "dark;--paper:#FBFAF7;--surface:#fff;--ink:#1B2430;--muted:#5B6673;--line:#E3E0D8;--seal:#B3372A}"
    "@media(prefers-color-scheme:dark){:root{--paper:#14171A;--surface:#1C2126;--ink:#E8EAED;--muted:#9AA5B1;--line:#"
    "2C333A;--seal:#E8705F}}"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 "
    "system-ui,sans-serif}main{max-width:900px;margin:0 auto;padding:24px}"
    "h1{font-size:22px}.demo{border:1px solid var(--seal);color:var(--seal);border-radius:6px;padding:8px 12px}"
    "table{border-collapse:collapse;inline-size:100%;background:var(--surface)}td,th{text-align:start;padding:8px "
    "12px;border-block-end:1px solid var(--line);overflow-wrap:anywhere}"
    "a{color:var(--seal)}.muted{color:var(--muted);font-size:14px}pre{white-space:pre-wrap;overflow-wrap:anywhere;"
    "background:var(--surface);border:1px solid var(--line);padding:12px}"
    "iframe{inline-size:100%;block-size:520px;border:1px solid var(--line);background:#fff}</style>";

net::Response page(std::string const& title, std::string const& body) {
    auto response = net::html(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>" +
        escape_markup(title) + "</title>" + style +
        "</head><body><main><p class=\"demo\">Demo mail sink: these mails were delivered to nobody.</p>" + body +
        "</main></body></html>");
    response.csp = page_csp;
    return response;
}

// Text with its http(s) links made clickable.
std::string linked(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto const at = std::min(text.find("http://"), text.find("https://"));
        out += escape_markup(text.substr(0, at));
        if (at == std::string_view::npos) break;
        text.remove_prefix(at);
        auto const url = text.substr(0, text.find_first_of(" \t\r\n<>\"'"));
        auto const safe = escape_markup(url);
        out += "<a rel=\"noreferrer\" target=\"_blank\" href=\"" + safe + "\">" + safe + "</a>";
        text.remove_prefix(url.size());
    }
    return out;
}

Task<Expected<net::Page<SinkMailSummary>>> list(store::Store& store, net::Query<SinkQuery> query) {
    SinkMailId after;
    if (!query->after.empty() && !from_text(query->after, after))
        co_return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.");
    auto const limit = static_cast<std::size_t>(std::clamp(query->limit, 1, 200));
    auto fn = [&](store::Reader& reader) { return sink_mails(reader, query->to, after, limit + 1); };
    net::Page<SinkMailSummary> found{co_await store.read(fn)};
    if (found.items.size() > limit) {
        found.items.resize(limit);
        found.next = to_text(found.items.back().id);
    }
    co_return found;
}

Task<Expected<SinkMail>> find(store::Store& store, SinkMailId id) {
    auto mail = co_await store.read([id](store::Reader& reader) { return sink_mail(reader, id); });
    if (!mail) co_return fail(ErrorKind::not_found, "not_found", "There is no such mail.");
    co_return std::move(*mail);
}

Task<Expected<net::Response>> raw(store::Store& store, SinkMailId id) {
    auto bytes = co_await store.read([id](store::Reader& reader) { return sink_mail_raw(reader, id); });
    if (!bytes) co_return fail(ErrorKind::not_found, "not_found", "There is no such mail.");
    co_return net::attachment(std::move(*bytes), "message/rfc822", to_text(id) + ".eml");
}

Task<Expected<net::Response>> list_page(store::Store& store, net::Query<SinkQuery> query) {
    auto const found = co_await list(store, query);
    if (!found) co_return fail(found.error());
    std::string rows;
    for (auto const& mail : found->items)
        rows += "<tr><td dir=\"auto\"><a href=\"/sink/" + to_text(mail.id) + "\">" +
                escape_markup(mail.subject.empty() ? "(no subject)" : mail.subject) + "</a></td><td>" +
                escape_markup(mail.to) + "</td><td class=\"muted\">" + to_the_second(mail.received_at) + "</td></tr>";
    std::string body = "<h1>Mails</h1>";
    body += rows.empty() ? "<p>No mail yet. Send a delivery, and reload this page.</p>"
                         : "<table><thead><tr><th>Subject</th><th>To</th><th>Received</th></tr></thead><tbody>" + rows +
                               "</tbody></table>";
    if (found->next) body += "<p><a href=\"/sink?after=" + *found->next + "\">Older</a></p>";
    body += "<p class=\"muted\">bounce@, full@, greylist@, reject@, slow@ and drop@ any domain fail on purpose.</p>";
    co_return page("Demo mail sink", body);
}

Task<Expected<net::Response>> mail_page(store::Store& store, SinkMailId id) {
    auto const mail = co_await find(store, id);
    if (!mail) co_return fail(mail.error());
    auto const address = to_text(id);
    std::string body = "<p><a href=\"/sink\">All mails</a></p><h1 dir=\"auto\">" + escape_markup(mail->subject) +
                       "</h1><p class=\"muted\">To " + escape_markup(mail->to) + ", from " + escape_markup(mail->from) +
                       ", " + to_the_second(mail->received_at) + ". <a href=\"/v1/sink/mails/" + address +
                       "/raw\">Download</a></p>";
    if (!mail->html.empty())
        body +=
            "<iframe title=\"The mail as HTML\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" src=\"/sink/" +
            address + "/html\"></iframe>";
    body += "<h2>Text</h2><pre dir=\"auto\">" + linked(mail->text) + "</pre>";
    for (auto const& file : mail->attachments)
        body += "<p>Attachment: " + escape_markup(file.name) + " (" + escape_markup(file.media_type) + ", " +
                std::to_string(file.size) + " bytes)</p>";
    std::string headers;
    for (auto const& header : mail->headers) headers += header.name + ": " + header.value + "\n";
    body += "<details><summary>Headers</summary><pre>" + escape_markup(headers) + "</pre></details>";
    co_return page(mail->subject, body);
}

Task<Expected<net::Response>> mail_html(store::Store& store, SinkMailId id) {
    auto const mail = co_await find(store, id);
    if (!mail) co_return fail(mail.error());
    auto response = net::html("<base target=\"_blank\">" + mail->html);
    response.csp = mail_csp;
    co_return response;
}

}  // namespace

net::Routes sink_routes(store::Store& store) {
    net::RouteOptions const is_page{.kind = net::Kind::page};
    net::RouteOptions const is_file{.kind = net::Kind::file};
    return {
        net::get<"/v1/sink/mails">(net::anyone, "Mails in the demo sink", net::with(store, list)),
        net::get<"/v1/sink/mails/{id}">(net::anyone, "One mail of the demo sink", net::with(store, find)),
        net::get<"/v1/sink/mails/{id}/raw">(net::anyone, "A mail of the demo sink, byte for byte",
                                            net::with(store, raw), is_file),
        net::get<"/sink">(net::anyone, "Page: the demo sink", net::with(store, list_page), is_page),
        net::get<"/sink/{id}">(net::anyone, "Page: a mail of the demo sink", net::with(store, mail_page), is_page),
        net::get<"/sink/{id}/html">(net::anyone, "A mail's HTML, for the frame on its page",
                                    net::with(store, mail_html), is_page),
    };
}

}  // namespace rapport::channels::email
