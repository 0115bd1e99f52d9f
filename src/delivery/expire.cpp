// expire: the deadline passed without acceptance or refusal (C.5). The event's time is the deadline itself, however
// late the timer came (after a downtime, say); the time of signing tells that.
#include <algorithm>

#include "delivery/row.hpp"
#include "evidence/log.hpp"

namespace rapport::delivery {

Expected<Move> plan_expiry(store::Reader& reader, Office const& office, DeliveryId id, Time now) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto move = begin_move(*row, Verb::expire, {}, now);
    if (!move) return move;
    if (!row->accept_until || now < *row->accept_until)
        return fail(ErrorKind::conflict, "deadline_ahead", "The deadline of this delivery has not passed yet.");
    auto about = statement_about(office, *row, files_of(reader, id));
    about.reasons.push_back({std::string(evidence::reason::deadline_passed),
                             "Neither accepted nor refused until " + to_text(*row->accept_until) + "."});
    // Neither C.1 nor C.2: the post room has no answer yet, or cannot know it, or was stopped.
    auto const heard = std::ranges::any_of(evidence::evidence_of(reader, id.value), [](auto const& record) {
        return record.code == evidence::EventCode::C1 || record.code == evidence::EventCode::C2;
    });
    if (!heard)
        about.reasons.back().details += " It is not known whether the invitation reached the recipient's mail server.";
    auto place = next_place(reader, id);
    auto sealed = seal_next(office, std::move(about), evidence::EventCode::C5, *row->accept_until, now, place);
    if (!sealed) return fail(sealed.error());
    move->evidence.push_back(std::move(*sealed));
    return move;
}

}  // namespace rapport::delivery
