// The readable page of a package. It explains; what proves stands beside it.
#include "evidence/package_index.hpp"

namespace rapport::evidence {
namespace {

constexpr std::string_view style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 "
    "1rem;color:#1b1f24;background:#fff}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;padding:.35rem .6rem;border-bottom:1px solid #d5d9de;vertical-align:top}"
    "code{font-size:.85em;word-break:break-all}.mark{border:1px solid #9a6700;background:#fff8e6;padding:.5rem .8rem}"
    "section[lang=fa]{font-family:Vazirmatn,Tahoma,system-ui,sans-serif;border-top:3px solid #d5d9de;margin-top:3rem}"
    "@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#15181c}th,td{border-color:#3a4048}"
    ".mark{background:#2b2410;border-color:#d4a72c}a{color:#7cb7ff}}";

struct Words {
    std::string_view language, direction, title, non_qualified, message, subject, made, erased, damaged, withheld,
        content, evidence, number, event, time, file, log, log_text, verify, verify_text, none, certificate;
};

constexpr Words english{
    "en",
    "ltr",
    "Evidence of a registered delivery",
    "NON-QUALIFIED: made by a service that is not a qualified trust service provider under Regulation (EU) No "
    "910/2014.",
    "Delivery",
    "Subject",
    "Package made",
    "The content was erased on",
    "The content was damaged or missing when this package was made; the evidence keeps its digests.",
    "The content is not in this package: it was not opened to whom the package is for.",
    "Content",
    "Evidence",
    "No.",
    "Event",
    "Time (UTC)",
    "File",
    "Log",
    "Every record of evidence stands in an append-only log; this package proves it against this checkpoint:",
    "How to verify",
    "Drop the file on the verification page (under /verify/ at the service, or the same page from a file; it sends "
    "nothing), "
    "run “rapport verify” on it, or follow docs/verify-by-hand.md with openssl, xmlsec1 and sha256sum. "
    "This page only explains; it proves nothing by itself.",
    "None.",
    "Certificate for people (PDF)"};
// clang-format off: it does not settle on this script.
constexpr Words persian{"fa",
                        "rtl",
                        "مدارک یک ارسال سفارشی الکترونیکی",
                        "غیرواجدشرایط (NON-QUALIFIED): این بسته را سرویسی ساخته است که ارائه‌دهندهٔ "
                        "واجدشرایط "
                        "خدمات "
                        "اعتماد طبق مقررات ۹۱۰/۲۰۱۴ اتحادیهٔ اروپا نیست.",
                        "ارسال",
                        "موضوع",
                        "زمان ساخت بسته",
                        "محتوا پاک شده است در",
                        "محتوا هنگام ساخت این بسته آسیب دیده یا گم شده بود؛ چکیدهٔ آن در مدارک باقی است.",
                        "محتوا در این بسته نیست: برای گیرندهٔ این بسته گشوده نشده است.",
                        "محتوا",
                        "مدارک",
                        "ردیف",
                        "رویداد",
                        "زمان (UTC)",
                        "پرونده",
                        "دفتر ثبت",
                        "هر مدرک در دفتری ثبت شده که فقط می‌توان به آن افزود؛ این بسته بودن مدارک را در "
                        "برابر "
                        "این "
                        "نقطهٔ بازبینی ثابت می‌کند:",
                        "روش راستی‌آزمایی",
                        "پرونده را روی صفحهٔ راستی‌آزمایی بیندازید (نشانی /verify/ در همان سرویس یا همان صفحه از پرونده؛ چیزی فرستاده نمی‌شود)، دستور «rapport verify» را روی پرونده اجرا کنید، یا با openssl و xmlsec1 و sha256sum طبق "
                        "docs/verify-by-hand.md پیش بروید. این صفحه فقط توضیح می‌دهد و به‌تنهایی چیزی "
                        "را "
                        "ثابت "
                        "نمی‌کند.",
                        "ندارد.",
                        "گواهی خوانا (PDF)"};
// clang-format on

std::string link(std::string_view file) {
    return "<a href=\"" + std::string(file) + "\"><code>" + std::string(file) + "</code></a>";
}

void write_section(std::string& out, Index const& index, Words const& w) {
    auto const add = [&out](auto const&... parts) { ((out += parts), ...); };
    bool const fa = w.language == "fa";
    add("<section lang=\"", w.language, "\" dir=\"", w.direction, "\">\n<h1>", w.title, "</h1>\n");
    if (!index.qualified) add("<p class=\"mark\">", w.non_qualified, "</p>\n");
    add("<p>", w.message, ": <code>", escape_markup(index.message_identifier), "</code><br>\n");
    if (!index.title.empty()) add(w.subject, ": <bdi>", escape_markup(index.title), "</bdi><br>\n");
    add(w.made, ": <bdi>", to_text(index.made_at), "</bdi></p>\n");
    if (index.certificate) add("<p>", w.certificate, ": ", link(*index.certificate), "</p>\n");
    add("<h2>", w.content, "</h2>\n");
    if (index.erased_at)
        add("<p class=\"mark\">", w.erased, " <bdi>", to_text(*index.erased_at), "</bdi>.</p>\n");
    else if (index.absent)
        add("<p class=\"mark\">", *index.absent == Absent::damaged ? w.damaged : w.withheld, "</p>\n");
    else if (index.content.empty())
        add("<p>", w.none, "</p>\n");
    else {
        add("<ul>\n");
        for (auto const& file : index.content)
            add("<li><a href=\"", file.file, "\"><bdi>", escape_markup(file.name), "</bdi></a> (",
                escape_markup(file.content_type), ", ", std::to_string(file.size), ")<br><code dir=\"ltr\">SHA-256 ",
                file.sha256, "</code></li>\n");
        add("</ul>\n");
    }
    add("<h2>", w.evidence, "</h2>\n<table>\n<tr><th>", w.number, "</th><th>", w.event, "</th><th>", w.time,
        "</th><th>", w.file, "</th></tr>\n");
    for (auto const& e : index.evidence) {
        auto const code = event_from_label(e.code);
        add("<tr><td>", std::to_string(e.number), "</td><td>", e.code, " ",
            fa && code ? name_in_persian(*code) : std::string_view(e.name), "</td><td><bdi>", to_text(e.time),
            "</bdi></td><td>", link(e.file), "<br>", link(e.proof), e.token ? "<br>" + link(*e.token) : "",
            "</td></tr>\n");
    }
    add("</table>\n<h2>", w.log, "</h2>\n<p>", w.log_text, "</p>\n<p dir=\"ltr\"><code>",
        escape_markup(index.log.origin), " · ", std::to_string(index.log.size), " · ", index.log.root,
        "</code></p>\n<h2>", w.verify, "</h2>\n<p>", w.verify_text, "</p>\n</section>\n");
}

}  // namespace

std::string_view name_in_persian(EventCode code) {
    switch (code) {
        case EventCode::A1:
            return "پذیرش ارسال";
        case EventCode::A2:
            return "رد ارسال";
        case EventCode::C1:
            return "دعوت گیرنده به پذیرش";
        case EventCode::C2:
            return "ناکامی در دعوت گیرنده";
        case EventCode::C3:
            return "پذیرش گیرنده";
        case EventCode::C4:
            return "امتناع گیرنده";
        case EventCode::C5:
            return "پایان مهلت پذیرش یا امتناع";
        case EventCode::C6:
            return "رسیدن اعلان";
        case EventCode::D1:
            return "در دسترس گذاشتن محتوا";
        case EventCode::D2:
            return "ناکامی در دسترس گذاشتن محتوا";
        case EventCode::D3:
            return "اعلان رسیدن محتوا";
        case EventCode::D4:
            return "ناکامی در اعلان رسیدن محتوا";
        case EventCode::D5:
            return "گشودن اعلان";
        case EventCode::D6:
            return "گشودن محتوا";
        case EventCode::E1:
            return "تحویل محتوا";
        case EventCode::E2:
            return "ناکامی در تحویل محتوا";
        case EventCode::F1:
            return "انتقال به سامانهٔ دیگر";
        case EventCode::F2:
            return "ناکامی در انتقال به سامانهٔ دیگر";
    }
    return "";
}

std::string index_page(Index const& index) {
    std::string out =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>" +
        escape_markup(index.message_identifier) + "</title>\n<style>" + std::string(style) +
        "</style>\n</head>\n<body>\n";
    write_section(out, index, english);
    write_section(out, index, persian);
    return out + "</body>\n</html>\n";
}

}  // namespace rapport::evidence
