// refuse: the identified recipient refuses, with or without saying why (C.4). The content stays closed.
#include "delivery/row.hpp"

namespace rapport::delivery {

Expected<Move> plan_refusal(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                            std::string const& reason, Time now) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto move = begin_move(*row, Verb::refuse, recipient_of(*row), now);
    if (!move) return move;
    if (auto const allowed = may_decide(*row, who, now); !allowed) return fail(allowed.error());
    auto about = statement_about(office, *row, files_of(reader, id));
    name_identified(about, who);
    about.reasons.push_back(
        {std::string(evidence::reason::recipient_refused),
         reason.empty() ? "The recipient refused without giving a reason." : "The recipient's words: " + reason});
    auto place = next_place(reader, id);
    auto sealed = seal_next(office, std::move(about), evidence::EventCode::C4, now, now, place);
    if (!sealed) return fail(sealed.error());
    move->evidence.push_back(std::move(*sealed));
    return move;
}

}  // namespace rapport::delivery
