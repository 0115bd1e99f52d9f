// The recipient's side of a delivery between the link and the decision: sessions, codes, and who has been identified.
// The link opens nothing by itself; looking at it (GET, HEAD) changes nothing.
#pragma once

#include "delivery/identification.hpp"

namespace rapport::delivery {

struct PickupRow {
    Time opened_at{};
    std::optional<Digest> code;
    std::optional<Time> code_expires_at;
    std::int64_t tries = 0;
    std::int64_t sent = 0;
    std::optional<Time> sent_at;
    std::optional<Time> identified_at;
    std::optional<json::Object> assertion;
};
BOOST_DESCRIBE_STRUCT(PickupRow, (), (opened_at, code, code_expires_at, tries, sent, sent_at, identified_at, assertion))

std::optional<DeliveryId> delivery_of_token(store::Reader& reader, std::string_view token);
// The same for a delegate's link.
struct DelegateLink {
    DeliveryId delivery;
    DelegationId delegation;
};
BOOST_DESCRIBE_STRUCT(DelegateLink, (), (delivery, delegation))
std::optional<DelegateLink> delegate_link(store::Reader& reader, std::string_view token);

std::optional<PickupRow> find_pickup(store::Reader& reader, Digest const& session, DeliveryId id);
// The identification that this session has, while it lasts.
std::optional<Assertion> identified(PickupRow const& pickup, DeliverySettings const& settings, Time now);

// open: the session begins to be identified in another way than by code. Codes: not_found, state_does_not_allow,
// deadline_passed …
Expected<DeliveryRow> open_pickup(store::Tx& tx, DeliveryId id, Caller const& caller, Time now);
// open: sends a code, unless too many went out. The same codes.
Expected<Begun> send_code(store::Tx& tx, Identification& identification, DeliveryId id, Caller const& caller, Time now);
Expected<Finished> identify(store::Tx& tx, Office const& office, Identification& identification, DeliveryId id,
                            Caller const& caller, std::string_view proof, Time now);

// The delegation that the caller came by, if any, has not been taken back in the meantime.
bool still_holds(store::Reader& reader, Caller const& caller, Time now);

// The row, where its state lets somebody be identified; the end of an identification, whatever the way.
Expected<DeliveryRow> row_for(store::Reader& reader, DeliveryId id, Verb verb, Time now);
struct Identified {
    Assertion const& who;
    std::string_view record;
};
Expected<> keep_identified(store::Tx& tx, Office const& office, DeliveryRow const& row, Caller const& caller,
                           Identified const& identified, Time now);
// Tells the journal, and so the sender, of trouble with the identification.
void publish_trouble(store::Tx& tx, DeliveryRow const& row, std::string_view kind, json::Object data, Time now);

}  // namespace rapport::delivery
