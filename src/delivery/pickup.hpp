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
std::optional<PickupRow> find_pickup(store::Reader& reader, Digest const& session, DeliveryId id);
// The identification that this session has, while it lasts.
std::optional<Assertion> identified(PickupRow const& pickup, DeliverySettings const& settings, Time now);

// open: sends a code, unless one went out a moment ago. Codes: not_found, state_does_not_allow, deadline_passed …
Expected<Begun> send_code(store::Tx& tx, Identification& identification, DeliveryId id, Digest const& session,
                          Time now);
Expected<Finished> identify(store::Tx& tx, Identification& identification, DeliveryId id, Digest const& session,
                            std::string_view proof, Time now);

}  // namespace rapport::delivery
