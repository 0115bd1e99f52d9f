// Records of identifications: who it was, how and when, with what the provider said (an ID token, a certificate). The
// evidence holds their digests. They stand sealed under the key of the delivery's content and are erased with it.
#pragma once

#include "delivery/row.hpp"

namespace rapport::delivery {

Bytes seal_record(Key256 const& key, DeliveryId id, std::string_view record);
// Codes: content_erased, key_damaged.
Expected<> keep_record(store::Tx& tx, Office const& office, DeliveryId id, std::string_view record, Time now);
// Codes: not_found, content_erased, key_damaged, record_damaged.
Expected<std::string> find_record(store::Reader& reader, Office const& office, DeliveryId id, Digest const& digest);
// The record that a piece of evidence speaks of. Codes: the same.
Expected<std::string> record_of_evidence(store::Reader& reader, Office const& office, DeliveryId id,
                                         evidence::EvidenceId evidence);

// Versions before 0007 stored records in plain. Seals those of some deliveries after `after`; gives the last of them,
// or nothing when there are no more. Where a key is damaged they stay as they are.
std::optional<DeliveryId> seal_early_records(store::Tx& tx, Office const& office, DeliveryId after, Time now);

// What was sealed, and what was in plain; the digests stay.
void erase_records(store::Tx& tx, DeliveryId id, Time now);

}  // namespace rapport::delivery
