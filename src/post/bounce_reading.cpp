// Reading a mail that came back: reports by their standard first, then the forms that mail systems invented, then what
// people's programs answer by themselves. docs/operators/bounces.md lists the forms.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "channels/email/dsn.hpp"
#include "post/bounce.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;

constexpr std::size_t text_limit = 16 * 1024;

bool has_any(std::string_view text, std::span<std::string_view const> words) {
    return std::ranges::any_of(words, [&](auto word) { return text.find(word) != std::string_view::npos; });
}

// Where a mail system begins to quote the letter: what follows is ours, not its words.
constexpr std::string_view quotations[] = {
    "--- below this line is a copy of the message",  // qmail
    "------ this is a copy of the message",          // Exim
    "----- original message -----",                  // Gmail, several
    "original message headers:",                     // Exchange
    "----- message header follows -----",            // older sendmail
    "   ----- unsent message follows -----",         // older sendmail
    "----- forwarded message",
};

// Subjects and first lines of notices that a mail was not delivered, where there is no report of RFC 3464.
constexpr std::string_view bounce_words[] = {
    "undeliver",  // Exchange, Postfix, Domino: "Undeliverable:", "Undelivered Mail Returned to Sender"
    "delivery status notification",  // Gmail, Exchange
    "failure notice",                // qmail, Yahoo
    "mail delivery failed",          // Exim
    "mail delivery failure",
    "delivery failure",     // Domino, MDaemon
    "delivery has failed",  // Exchange
    "delivery to the following recipient",
    "returned mail",  // sendmail
    "returned to sender",
    "could not be delivered",
    "couldn't be delivered",
    "was not delivered",
    "wasn't delivered",
    "message you sent could not",
    "did not reach some or all",  // Exchange 2003
    "permanent fatal errors",     // sendmail
    "qmail-send program",
    "unzustellbar",      // German Exchange
    "mancata consegna",  // Italian
    "non recapitabile",
    "non remis",             // French Exchange
    "no se puede entregar",  // Spanish Exchange
    "配信不能",
    "配信できません",  // Japanese
    "배달되지",        // Korean
};
constexpr std::string_view delay_words[] = {
    "delivery delayed",
    "delivery is delayed",
    "has not yet been delivered",
    "not been able to deliver",
    "warning: could not send message",
    "this is a warning message only",
    "you do not need to resend",
    "will continue to try",
    "will be retried",
    "delayed mail",
    "delivery status notification (delay)",
};
constexpr std::string_view systems[] = {
    "mailer-daemon", "postmaster", "mail delivery", "mail-daemon", "mdaemon", "microsoftexchange", "mail-noreply",
};
// Subjects of programs that answer for people who are away; RFC 3834's field says it better where it stands.
constexpr std::string_view away_words[] = {
    "automatic reply",
    "autoreply",
    "auto-reply",
    "auto reply",
    "autoresponse",
    "automatic response",
    "out of office",
    "out of the office",
    "away from my mail",
    "vacation",
    "on leave",
    "abwesenheit",
    "automatische antwort",
    "risposta automatica",
    "fuori sede",
    "assente",
    "réponse automatique",
    "absence du bureau",
    "respuesta automática",
    "fuera de la oficina",
    "自動応答",
    "自動返信",
    "不在",
    "부재중",
    "자동 회신",
    "ตอบกลับอัตโนมัติ",
    "پاسخ خودکار",
};
constexpr std::string_view challenge_words[] = {
    "confirm that you are a human",
    "verify that you are human",
    "confirm your message",
    "please confirm your email to",
    "sender verification",
    "challenge-response",
    "spamarrest",
    "boxbe",
    "to release your message",
    "whitelist request",
    "action required to deliver your message",
};

std::string lower_text(email::MimeMail const& mail) {
    auto text = ascii_lower(email::text_of(mail.body, text_limit));
    for (auto const quotation : quotations)
        if (auto const at = text.find(quotation); at != std::string::npos && at > 0) text.resize(at);
    return text;
}

std::string hints_from(email::MimeFields const& header) {
    std::string out;
    for (auto const* name : {"Message-ID", "Return-Path", "X-Original-Message-ID", "List-Unsubscribe", "Errors-To"})
        out.append(email::field(header, name)).append(" ");
    return out;
}

// Of several recipients the gravest: a letter has one, and what an alias expands to speaks for it.
email::DsnRecipient const& gravest(email::Dsn const& dsn) {
    auto const rank = [](email::DsnRecipient const& one) {
        return one.action == email::DsnAction::failed ? 2 : one.action == email::DsnAction::delayed ? 1 : 0;
    };
    return *std::ranges::max_element(dsn.recipients, {}, rank);
}

Report from_dsn(email::Dsn const& dsn, std::string const& text) {
    auto const& about = gravest(dsn);
    Report report;
    report.form = "dsn";
    report.status = about.status;
    report.diagnostic = about.diagnostic;
    report.reporter = about.remote_mta.empty() ? dsn.reporting_mta : about.remote_mta;
    report.hints = hints_from(dsn.original);
    switch (about.action) {
        case email::DsnAction::failed:
            report.failed = true;
            // RFC 3464 §2.3.6: the diagnostic code is optional; then people's text is all there is.
            report.what = classify(about.status, about.diagnostic.empty() ? text : about.diagnostic);
            if (report.diagnostic.empty()) report.diagnostic = email::shown(text);
            break;
        case email::DsnAction::delayed:
            report.what = BounceClass::delayed;
            break;
        case email::DsnAction::delivered:
        case email::DsnAction::relayed:
        case email::DsnAction::expanded:
            report.what = BounceClass::delivered;
            break;
    }
    return report;
}

Report from_feedback(email::Feedback const& feedback) {
    Report report;
    report.form = "arf";
    // RFC 5965 §3.1, RFC 6430 "not-spam": the contrary of a complaint.
    report.what = feedback.type == "not-spam" ? BounceClass::unknown : BounceClass::complaint;
    report.diagnostic = "feedback: " + feedback.type;
    report.reporter = feedback.user_agent;
    report.hints = feedback.original_mail_from + ' ' + hints_from(feedback.original);
    return report;
}

bool answers_by_itself(email::MimeMail const& mail, std::string const& subject) {
    auto const submitted = ascii_lower(trimmed(email::field(mail.fields, "Auto-Submitted")));
    if (!submitted.empty() && submitted != "no") return true;  // RFC 3834 §5
    for (auto const* name : {"X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Vacation", "X-Mail-Autoreply"})
        if (!email::field(mail.fields, name).empty()) return true;
    auto const precedence = ascii_lower(email::field(mail.fields, "Precedence"));
    return precedence.find("auto") != std::string::npos || has_any(subject, away_words);
}

// What follows the failed recipient's line, as qmail, Exim and sendmail write it; the whole text where there is none.
std::string_view words_about(std::string_view text) {
    auto const at = text.find("\n<");
    if (at == std::string_view::npos) return text;
    auto const end = text.find(">:", at);
    return end == std::string_view::npos || end - at > 400 ? text : text.substr(end + 2);
}

Report from_text(std::string const& text, std::string const& subject, std::string_view failed_recipients) {
    Report report;
    report.form = "text";
    bool const is_delay = has_any(subject, delay_words) || has_any(std::string_view(text).substr(0, 3000), delay_words);
    auto const words = words_about(text);
    report.status = email::status_in(words, true);
    report.diagnostic = email::shown(words);
    if (is_delay) {
        report.what = BounceClass::delayed;
        return report;
    }
    report.what = classify(report.status, words);
    // Without a machine's word for it a failure is only believed where the tables know the words.
    report.failed = report.what != BounceClass::unknown || !failed_recipients.empty();
    return report;
}

}  // namespace

Report read_report(email::MimeMail const& mail, std::string_view envelope_sender) {
    if (auto const feedback = email::feedback_from(mail)) return from_feedback(*feedback);
    auto const text = lower_text(mail);
    if (auto const dsn = email::dsn_from(mail)) return from_dsn(*dsn, text);

    auto const subject = ascii_lower(email::field(mail.fields, "Subject"));
    auto const from = ascii_lower(email::field(mail.fields, "From"));
    auto const failed_recipients = email::field(mail.fields, "X-Failed-Recipients");  // Exim, Gmail
    bool const from_system = envelope_sender.empty() || has_any(from, systems);
    bool const says_so =
        has_any(subject, bounce_words) || has_any(std::string_view(text).substr(0, 2000), bounce_words);
    Report report;
    if (!failed_recipients.empty() || (from_system && (says_so || has_any(subject, delay_words)))) {
        report = from_text(text, subject, failed_recipients);
        if (auto const* whole = email::find_part(mail.body, "message/rfc822"); whole && !whole->parts.empty())
            report.hints = hints_from(whole->parts.front().fields);
    } else if (has_any(subject, challenge_words) || has_any(text, challenge_words)) {
        report.form = "challenge";
        report.what = BounceClass::challenge;
        report.diagnostic = email::shown(email::field(mail.fields, "Subject"));
    } else if (answers_by_itself(mail, subject)) {
        report.form = "auto_reply";
        report.what = BounceClass::auto_reply;
        report.diagnostic = email::shown(email::field(mail.fields, "Subject"));
    } else {
        report.form = "mail";  // somebody wrote to an address that nobody should write to
        report.diagnostic = email::shown(email::field(mail.fields, "Subject"));
    }
    report.hints.append(" ").append(email::field(mail.fields, "In-Reply-To"));
    report.hints.append(" ").append(email::field(mail.fields, "References").substr(0, 4096));
    return report;
}

}  // namespace rapport::post
