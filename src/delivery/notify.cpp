// notify: what became of the invitation. C.1 when the recipient's mail server takes it, C.2 when none will; D.3 and D.4
// the same of the mail after acceptance. A plain notice becomes sent or failed.
#include <algorithm>

#include "delivery/delegation.hpp"
#include "delivery/row.hpp"

namespace rapport::delivery {
namespace {

constexpr std::size_t most_reply = 500;
constexpr std::string_view found_later =
    "the event lies before its time, at which it was found after an interruption of the service";

// RFC 3463 §3.2, §3.3, §3.5. 5.1.7 and 5.1.8 speak of the sender's address.
bool is_about_the_address(std::string_view status) {
    if (status == "5.1.7" || status == "5.1.8") return false;
    return status.starts_with("5.1.") || status == "5.2.1" || status == "5.4.4";
}

evidence::Reason reason_for(Notification const& outcome) {
    using Ended = Notification::Ended;
    auto const code = outcome.ended == Ended::cancelled      ? evidence::reason::cancelled
                      : outcome.ended == Ended::given_up     ? evidence::reason::outcome_unknown
                      : is_about_the_address(outcome.status) ? evidence::reason::address_unusable
                      : outcome.server.empty() && outcome.status == "5.6.0"
                          ? evidence::reason::system_failure  // no mail could be made
                      : outcome.server.empty() || outcome.status == "4.4.7" ? evidence::reason::server_unreachable
                                                                            : evidence::reason::server_refused;
    auto details = outcome.reply.substr(0, most_reply);
    if (!outcome.report.empty())
        details = "Returned after a mail server had taken it: " + details + " (report SHA-256 " + outcome.report + ")";
    return {std::string(code), std::move(details)};
}

// What the server said begins with its code (RFC 5321 §4.2); other words are the post room's own.
bool is_quotation(Notification const& outcome) {
    return !outcome.server.empty() && !outcome.reply.empty() && outcome.reply.front() >= '2' &&
           outcome.reply.front() <= '5';
}

Verb verb_for(Kind kind, Notification const& outcome) {
    bool const accepted = outcome.accepted;
    if (outcome.of_consignment) return accepted ? Verb::notify_consignment : Verb::fail_consignment_notification;
    if (kind == Kind::plain) return accepted ? Verb::send : Verb::fail_sending;
    return accepted ? Verb::notify : Verb::fail_notification;
}

}  // namespace

Expected<Move> plan_notification(store::Reader& reader, Office const& office, DeliveryId id,
                                 Notification const& outcome) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto move = begin_move(*row, verb_for(row->kind, outcome), {}, outcome.at);
    if (!move || !move->steps.front()->evidence) return move;
    auto about = statement_about(office, *row, files_of(reader, id));
    if (!outcome.accepted) about.reasons.push_back(reason_for(outcome));
    if (!outcome.server.empty()) about.facts.push_back({"mail-server", outcome.server});
    if (is_quotation(outcome)) about.facts.push_back({"mail-server-reply", outcome.reply.substr(0, most_reply)});
    if (!outcome.report.empty()) about.facts.push_back({"bounce-report-sha256", outcome.report});
    if (outcome.recovered) about.facts.push_back({"recovered", std::string(found_later)});
    auto place = next_place(reader, id);
    auto const now = std::max(outcome.at, outcome.sealed_at);
    auto sealed = seal_next(office, std::move(about), *move->steps.front()->evidence, outcome.at, now, place);
    if (!sealed) return fail(sealed.error());
    move->evidence.push_back(std::move(*sealed));
    // Whoever may pick up for them is told as soon as they are.
    if (waiting.has(row->state))
        move->also = [&office, row = *row, now](store::Tx& tx) { invite_delegates(tx, office, row, now); };
    return move;
}

}  // namespace rapport::delivery
