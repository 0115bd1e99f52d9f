// Signs that a program wrote a mail: the fields of RFC 3834 and RFC 2369, and those that programs invented.
#include <algorithm>

#include "base/text.hpp"
#include "conversation/reading.hpp"

namespace rapport::conversation {
namespace {

namespace email = channels::email;

// A field that is there says it, whatever it holds.
constexpr std::string_view telling_fields[] = {
    "List-Id",       "List-Unsubscribe", "List-Post",           "X-Auto-Response-Suppress", "X-Autoreply",
    "X-Autorespond", "X-Autoresponse",   "X-AutoReply-From",    "X-Mail-Autoreply",         "X-Auto-Reply-From",
    "X-Vacation",    "Feedback-ID",      "X-Failed-Recipients",
};
constexpr std::string_view precedences[] = {"bulk", "list", "junk", "auto_reply"};

}  // namespace

std::optional<std::string> automatic_sign(email::MimeMail const& mail, std::string_view envelope_sender) {
    auto submitted = ascii_lower(trimmed(email::field(mail.fields, "Auto-Submitted")));
    submitted = submitted.substr(0, submitted.find_first_of("; \t("));
    if (!submitted.empty() && submitted != "no") return "Auto-Submitted: " + submitted.substr(0, 40);
    if (mail.body.type == "multipart/report") return "multipart/report";
    auto const precedence = ascii_lower(trimmed(email::field(mail.fields, "Precedence")));
    if (std::ranges::find(precedences, precedence) != std::end(precedences)) return "Precedence: " + precedence;
    for (auto const name : telling_fields) {
        auto const has = std::ranges::any_of(
            mail.fields, [&](auto const& field) { return ascii_lower(field.name) == ascii_lower(name); });
        if (has) return std::string(name);
    }
    // RFC 3834 §2, RFC 5321 §4.5.5: what must not be answered comes from nobody.
    if (trimmed(envelope_sender).empty() || trimmed(envelope_sender) == "<>") return "null reverse-path";
    auto const local = ascii_lower(envelope_sender.substr(0, envelope_sender.find('@')));
    if (local == "mailer-daemon" || local.starts_with("owner-") || local.ends_with("-request"))
        return "sender " + local.substr(0, 60);
    return std::nullopt;
}

}  // namespace rapport::conversation
