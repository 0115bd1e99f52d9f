// The sink's rules.
#include "channels/email/sink_dialogue.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t greylist_limit = 10'000;

DialogueOptions options_for(SinkOptions const& options) {
    DialogueOptions out;
    out.name = "rapport-demo-sink";
    out.mail_limit = options.mail_limit;
    out.mails = 1'000'000;
    out.mistakes = 1'000'000;  // addresses that fail on purpose are none
    return out;
}

}  // namespace

SinkDialogue::SinkDialogue(SinkOptions const& options, Greylist& greylisted)
    : options_(options),
      greylisted_(greylisted),
      dialogue_options_(options_for(options)),
      dialogue_(dialogue_options_, [this](std::string_view, std::string_view to) { return treat(to); }) {}

std::optional<std::string> SinkDialogue::treat(std::string_view to) {
    auto const local = ascii_lower(to.substr(0, to.find_first_of("@+")));
    auto const rule = std::ranges::find(options_.rules, local, &SinkRule::local_part);
    if (rule == options_.rules.end()) return std::nullopt;
    switch (rule->manner) {
        case SinkManner::refuse:
            return "550 5.1.1 no such mailbox (demo)";
        case SinkManner::mailbox_full:
            return "452 4.2.2 the mailbox is full (demo)";
        case SinkManner::greylist:
            if (greylisted_.contains(to)) break;
            if (greylisted_.size() >= greylist_limit) greylisted_.clear();
            greylisted_.emplace(to);
            return "451 4.7.1 greylisted, try again (demo)";
        default:
            break;
    }
    next_manner_ = rule->manner;
    return std::nullopt;
}

std::optional<TakenMail> SinkDialogue::take_mail(std::string& out) {
    auto mail = dialogue_.take_mail();
    if (!mail) return std::nullopt;
    manner_ = std::exchange(next_manner_, std::nullopt);
    if (manner_ != SinkManner::reject_mail) return mail;
    dialogue_.answer(out, "554 5.7.1 the content is refused (demo)");
    return std::nullopt;
}

}  // namespace rapport::channels::email
