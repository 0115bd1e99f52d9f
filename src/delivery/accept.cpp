// accept: the identified recipient accepts (C.3), and the content is opened to them (D.1) in the same transaction;
// where it turns out to be damaged, that is recorded instead (D.2).
#include "delivery/pages.hpp"
#include "delivery/row.hpp"
#include "post/post.hpp"

namespace rapport::delivery {
namespace {

// What is wrong with the content itself; empty if nothing is. An error when nothing can be said about it: a key or a
// folder that this installation lacks today may be there tomorrow, and is no evidence.
Expected<std::optional<Error>> damage(store::Reader& reader, Office const& office, DeliveryRow const& row) {
    for (int part = 0; part <= row.files; ++part) {
        auto const whole = content(reader, office, row.id, part);
        if (whole) continue;
        if (whole.error().code != "content_damaged") return fail(whole.error());
        return whole.error();
    }
    return std::nullopt;
}

// Says where the accepted content stands. What becomes of it is evidence too: D.3 or D.4 (notify.cpp).
post::Letter consignment_letter(Office const& office, DeliveryRow const& row, std::string const& link, Time now) {
    post::Letter letter;
    letter.owner = to_text(row.id);
    letter.purpose = "consignment";
    letter.to = EmailAddress{row.recipient_email};
    letter.locale = row.locale;
    letter.template_name = "consignment";
    letter.data["organisation"] = office.settings.organisation;
    if (!row.recipient_name.empty()) letter.data["name"] = row.recipient_name;
    letter.data["accepted_at"] = date_for_people(now, row.locale);
    if (!link.empty()) letter.data["link"] = link;
    return letter;
}

}  // namespace

Expected<Move> plan_acceptance(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                               std::string const& link, Time now) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto move = begin_move(*row, Verb::accept, recipient_of(*row), now);
    if (!move) return move;
    if (auto const allowed = may_decide(*row, who, now); !allowed) return fail(allowed.error());
    auto const looked = damage(reader, office, *row);
    if (!looked) return fail(looked.error());
    auto const& damaged = *looked;

    auto about = statement_about(office, *row, files_of(reader, id));
    name_identified(about, who);
    auto place = next_place(reader, id);
    auto accepted = seal_next(office, about, evidence::EventCode::C3, now, now, place);
    if (!accepted) return fail(accepted.error());
    move->evidence.push_back(std::move(*accepted));

    if (damaged) about.reasons.push_back({std::string(evidence::reason::content_unavailable), damaged->text});
    if (auto const step = add_step(*move, damaged ? Verb::fail_consignment : Verb::consign); !step)
        return fail(step.error());
    auto second = seal_next(office, std::move(about), *move->steps.back()->evidence, now, now, place);
    if (!second) return fail(second.error());
    move->evidence.push_back(std::move(*second));
    std::optional<post::Letter> letter;
    if (!damaged) letter = consignment_letter(office, *row, link, now);
    if (letter) move->also = [letter = std::move(*letter), now](store::Tx& tx) { post::enqueue(tx, letter, now); };
    return move;
}

}  // namespace rapport::delivery
