// open and identify: the recipient asks for a code and gives it back. Both belong to one pick-up session (its cookie's
// hash) at one delivery. Neither changes the delivery's state.
#include "delivery/pickup.hpp"
#include "delivery/row.hpp"
#include "delivery/sql.hpp"

namespace rapport::delivery {
namespace {

void publish(store::Tx& tx, DeliveryRow const& row, Verb verb, Time now) {
    store::Event event;
    event.at = now;
    event.kind = event_kind(verb);
    event.subject = to_text(row.id);
    event.customer = row.customer.value;
    event.actor_kind = ActorKind::recipient;
    event.actor_id = row.customer.value;
    event.data["verb"] = json::enum_name(verb);
    event.data["state"] = json::enum_name(row.state);
    tx.publish(std::move(event));
}

Expected<DeliveryRow> row_for(store::Reader& reader, DeliveryId id, Verb verb, Time now) {
    auto row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    if (!transition(row->kind, row->state, verb)) return fail(not_allowed(row->state, verb));
    if (row->erased_at) return fail(content_erased());
    if (waiting.has(row->state) && row->accept_until && now >= *row->accept_until) return fail(refused_by_deadline());
    return std::move(*row);
}

Candidate candidate_of(DeliveryRow const& row, Digest const& session) {
    return {row.id,     row.customer, session, EmailAddress{row.code_email.value_or(row.recipient_email)},
            row.locale, row.assurance};
}

}  // namespace

std::optional<DeliveryId> delivery_of_token(store::Reader& reader, std::string_view token) {
    auto const hash = sha256(token);
    if (auto const named = delivery_in_link(token))
        if (auto const found = reader.one<DeliveryId>(sql::has_token, *named, hash)) return found;
    return reader.one<DeliveryId>(sql::find_early_link, hash);
}

std::optional<PickupRow> find_pickup(store::Reader& reader, Digest const& session, DeliveryId id) {
    return reader.one<PickupRow>(sql::find_pickup, session, id);
}

std::optional<Assertion> identified(PickupRow const& pickup, DeliverySettings const& settings, Time now) {
    if (!pickup.identified_at || !pickup.assertion || now >= *pickup.identified_at + settings.session_life)
        return std::nullopt;
    return assertion_from(*pickup.assertion);
}

Expected<Begun> send_code(store::Tx& tx, Identification& identification, DeliveryId id, Digest const& session,
                          Time now) {
    auto const row = row_for(tx, id, Verb::open, now);
    if (!row) return fail(row.error());
    bool const first = !find_pickup(tx, session, id);
    auto const begun = identification.begin(tx, candidate_of(*row, session), now);
    if (begun.sent && first) publish(tx, *row, Verb::open, now);
    return begun;
}

Expected<Finished> identify(store::Tx& tx, Identification& identification, DeliveryId id, Digest const& session,
                            std::string_view proof, Time now) {
    auto const row = row_for(tx, id, Verb::identify, now);
    if (!row) return fail(row.error());
    auto const finished = identification.finish(tx, candidate_of(*row, session), proof, now);
    if (finished.assertion) {
        tx.exec(sql::identify_pickup, session, id, now, assertion_json(*finished.assertion));
        publish(tx, *row, Verb::identify, now);
    }
    return finished;
}

}  // namespace rapport::delivery
