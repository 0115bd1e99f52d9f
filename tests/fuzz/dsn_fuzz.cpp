// Reports of delivery status and complaints, which anybody can forge: lists and texts are bounded, every text can be
// shown and stored, and a status has the form of one.
#include "channels/email/dsn.hpp"

#include "base/text.hpp"
#include "property.hpp"

namespace rapport::channels::email {
namespace {

using fuzz::holds;

bool can_be_shown(std::string_view text, std::size_t most) {
    for (char const c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    return text.size() <= most && fuzz::is_utf8(text);
}

bool is_status(std::string_view text) {
    auto const first = text.find('.'), second = text.rfind('.');
    auto const number = [](std::string_view part) {
        return !part.empty() && part.size() <= 3 && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return text.empty() || (first == 1 && second > first + 1 && std::string_view("245").find(text[0]) != text.npos &&
                            number(text.substr(2, second - 2)) && number(text.substr(second + 1)));
}

void look_at(Dsn const& dsn) {
    holds(!dsn.recipients.empty() && dsn.recipients.size() <= 101, "between 1 and 101 recipients");
    holds(can_be_shown(dsn.reporting_mta, 500), "the reporting server can be shown");
    for (auto const& one : dsn.recipients) {
        holds(can_be_shown(one.final_recipient, 500) && can_be_shown(one.original_recipient, 500),
              "recipients can be shown");
        holds(can_be_shown(one.diagnostic, 500) && can_be_shown(one.remote_mta, 500), "diagnostics can be shown");
        holds(is_status(one.status), "a status has three numbers");
    }
    holds(dsn.original.size() <= 1'000, "at most so many fields of our mail");
}

void look_at(Feedback const& feedback) {
    for (auto const* text : {&feedback.type, &feedback.user_agent, &feedback.version, &feedback.original_mail_from,
                             &feedback.reported_domain, &feedback.source_ip})
        holds(can_be_shown(*text, 400), "texts of a complaint can be shown");
    holds(feedback.original_recipients.size() <= 100, "at most so many recipients of a complaint");
}

void run(std::string_view raw) {
    holds(can_be_shown(shown(raw, 100), 100), "what is shown can be shown");
    auto const status = status_in(raw);
    holds(is_status(status) && status_in(status) == status, "a status is found within itself");
    auto const mail =
        read_mime(raw, {.octets = 8'000, .header_octets = 2'000, .containers = 8, .parts = 20, .part_octets = 4'000});
    if (!mail) return;
    if (auto const dsn = dsn_from(*mail)) look_at(*dsn);
    if (auto const feedback = feedback_from(*mail)) look_at(*feedback);
}

}  // namespace
}  // namespace rapport::channels::email

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    rapport::channels::email::run(rapport::fuzz::text_of(data, size));
    return 0;
}
