// open and identify: the recipient asks for a code and gives it back, or comes back from whoever vouches for them. Both
// belong to one pick-up session (its cookie's hash) at one delivery. Neither changes the delivery's state.
#include "delivery/pickup.hpp"
#include "delivery/records.hpp"
#include "delivery/row.hpp"
#include "delivery/sql.hpp"

namespace rapport::delivery {
namespace {

store::Event event_about(DeliveryRow const& row, std::string_view kind, Time now) {
    store::Event event;
    event.at = now;
    event.kind = kind;
    event.subject = to_text(row.id);
    event.customer = row.customer.value;
    event.actor_kind = ActorKind::recipient;
    event.actor_id = row.customer.value;
    return event;
}

void publish(store::Tx& tx, DeliveryRow const& row, Verb verb, std::optional<Delegation> const& delegation, Time now) {
    auto event = event_about(row, event_kind(verb), now);
    event.data["verb"] = json::enum_name(verb);
    event.data["state"] = json::enum_name(row.state);
    if (delegation) event.data["delegation"] = to_text(delegation->id);
    tx.publish(std::move(event));
}

Candidate candidate_of(DeliveryRow const& row, Caller const& caller, EmailAddress const& address) {
    return {row.id,
            row.customer,
            caller.session,
            address,
            caller.delegation ? caller.delegation->locale : row.locale,
            row.assurance,
            caller.remote,
            caller.delegation};
}

std::unexpected<Error> no_code() {
    return fail(ErrorKind::forbidden, "assurance_too_low", "The sender requires a surer identification than by code.");
}

}  // namespace

std::optional<EmailAddress> code_address(DeliveryRow const& row, std::optional<Delegation> const& delegation) {
    if (row.assurance > Assurance::low) return std::nullopt;
    if (!delegation) return EmailAddress{row.code_email.value_or(row.recipient_email)};
    if (delegation->code_email) return EmailAddress{*delegation->code_email};
    if (row.assurance == Assurance::basic) return EmailAddress{delegation->email};
    return std::nullopt;  // low: the code goes to another address than the link
}

Expected<DeliveryRow> row_for(store::Reader& reader, DeliveryId id, Verb verb, Time now) {
    auto row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    if (!transition(row->kind, row->state, verb)) return fail(not_allowed(row->state, verb));
    if (row->erased_at) return fail(content_erased());
    if (waiting.has(row->state) && row->accept_until && now >= *row->accept_until) return fail(refused_by_deadline());
    return std::move(*row);
}

std::optional<DeliveryId> delivery_of_token(store::Reader& reader, std::string_view token) {
    auto const hash = sha256(token);
    if (auto const named = delivery_in_link(token))
        if (auto const found = reader.one<DeliveryId>(sql::has_token, *named, hash)) return found;
    return reader.one<DeliveryId>(sql::find_early_link, hash);
}

std::optional<DelegateLink> delegate_link(store::Reader& reader, std::string_view token) {
    return reader.one<DelegateLink>(sql::find_delegate_link, sha256(token));
}

std::optional<PickupRow> find_pickup(store::Reader& reader, Digest const& session, DeliveryId id) {
    return reader.one<PickupRow>(sql::find_pickup, session, id);
}

std::optional<Assertion> identified(PickupRow const& pickup, DeliverySettings const& settings, Time now) {
    if (!pickup.identified_at || !pickup.assertion || now >= *pickup.identified_at + settings.session_life)
        return std::nullopt;
    return assertion_from(*pickup.assertion);
}

Expected<DeliveryRow> open_pickup(store::Tx& tx, DeliveryId id, Caller const& caller, Time now) {
    auto row = row_for(tx, id, Verb::open, now);
    if (row && tx.changed(sql::open_pickup, caller.session, id, now) == 1)
        publish(tx, *row, Verb::open, caller.delegation, now);
    return row;
}

bool still_holds(store::Reader& reader, Caller const& caller, Time now) {
    if (!caller.delegation) return true;
    auto const now_as_it_is = find_delegation(reader, caller.delegation->id);
    return now_as_it_is && is_valid(*now_as_it_is, now);
}

void publish_trouble(store::Tx& tx, DeliveryRow const& row, std::string_view kind, json::Object data, Time now) {
    auto event = event_about(row, kind, now);
    event.data = std::move(data);
    tx.publish(std::move(event));
}

Expected<Begun> send_code(store::Tx& tx, Identification& identification, DeliveryId id, Caller const& caller,
                          Time now) {
    auto const row = row_for(tx, id, Verb::open, now);
    if (!row) return fail(row.error());
    auto const address = code_address(*row, caller.delegation);
    if (!address) return no_code();
    bool const first = !find_pickup(tx, caller.session, id);
    auto const begun = identification.begin(tx, candidate_of(*row, caller, *address), now);
    if (begun.sent && first) publish(tx, *row, Verb::open, caller.delegation, now);
    if (begun.often)
        publish_trouble(tx, *row, "delivery.codes_asked_often", {{"codes", begun.codes}, {"sessions", begun.sessions}},
                        now);
    return begun;
}

Expected<> keep_identified(store::Tx& tx, Office const& office, DeliveryRow const& row, Caller const& caller,
                           Identified const& identified, Time now) {
    if (auto const kept = keep_record(tx, office, row.id, identified.record, now); !kept) return kept;
    tx.exec(sql::identify_pickup, caller.session, row.id, now, assertion_json(identified.who));
    publish(tx, row, Verb::identify, caller.delegation, now);
    return {};
}

Expected<Finished> identify(store::Tx& tx, Office const& office, Identification& identification, DeliveryId id,
                            Caller const& caller, std::string_view proof, Time now) {
    auto const row = row_for(tx, id, Verb::identify, now);
    if (!row) return fail(row.error());
    auto const address = code_address(*row, caller.delegation);
    if (!address) return no_code();
    if (!still_holds(tx, caller, now)) return fail(no_such_delivery());
    auto const finished = identification.finish(tx, candidate_of(*row, caller, *address), proof, now);
    if (!finished.assertion) return finished;
    if (auto const kept = keep_identified(tx, office, *row, caller, {*finished.assertion, finished.record}, now); !kept)
        return fail(kept.error());
    return finished;
}

}  // namespace rapport::delivery
