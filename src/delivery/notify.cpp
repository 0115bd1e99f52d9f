// notify: what became of the invitation. C.1 when the recipient's mail server takes it, C.2 when none will. A plain notice
// becomes sent or failed.
#include "delivery/row.hpp"

namespace rapport::delivery {
namespace {

constexpr std::size_t most_reply = 500;

bool is_about_the_address(std::string_view status) {
    return status.starts_with("5.1.") || status == "5.2.1" || status == "5.4.4";  // RFC 3463 §3.2, §3.3, §3.5
}

evidence::Reason reason_for(Notification const& outcome) {
    auto const code = outcome.server.empty() || outcome.status == "4.4.7" ? evidence::reason::server_unreachable
                      : is_about_the_address(outcome.status)              ? evidence::reason::address_unusable
                                                                          : evidence::reason::server_refused;
    return {std::string(code), outcome.reply.substr(0, most_reply)};
}

Verb verb_for(Kind kind, bool accepted) {
    if (kind == Kind::plain) return accepted ? Verb::send : Verb::fail_sending;
    return accepted ? Verb::notify : Verb::fail_notification;
}

}  // namespace

Expected<Move> plan_notification(store::Reader& reader, Office const& office, DeliveryId id, Notification const& outcome) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto move = begin_move(*row, verb_for(row->kind, outcome.accepted), {}, outcome.at);
    if (!move || !move->steps.front()->evidence) return move;
    auto about = statement_about(office, *row, files_of(reader, id));
    if (!outcome.accepted) about.reasons.push_back(reason_for(outcome));
    if (!outcome.server.empty()) about.facts.push_back({"mail-server", outcome.server});
    if (!outcome.reply.empty()) about.facts.push_back({"mail-server-reply", outcome.reply.substr(0, most_reply)});
    auto place = next_place(reader, id);
    auto sealed = seal_next(office, std::move(about), *move->steps.front()->evidence, outcome.at, outcome.at, place);
    if (!sealed) return fail(sealed.error());
    move->evidence.push_back(std::move(*sealed));
    return move;
}

}  // namespace rapport::delivery
