// Keeps, opens, and erases the records of identifications; seals those that earlier versions stored in plain.
#include "delivery/records.hpp"

#include "base/log.hpp"
#include "delivery/sql.hpp"
#include "evidence/log.hpp"

namespace rapport::delivery {
namespace {

constexpr std::int64_t early_at_once = 100;

// Binds a box to its row, so that boxes cannot be swapped.
std::string bound_to(DeliveryId id, Digest const& digest) {
    return "delivery.record:" + std::to_string(id.value) + ":" + to_hex(digest.view());
}

Expected<Key256> content_key(store::Reader& reader, Office const& office, DeliveryId id) {
    return key_of(office, reader.one<std::optional<store::Blob>>(sql::find_wrapped_key, id).value_or(std::nullopt));
}

struct Early {
    std::string record;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(Early, (), (record, at))
struct EarlyPickup {
    Digest session;
    json::Object assertion;
};
BOOST_DESCRIBE_STRUCT(EarlyPickup, (), (session, assertion))

std::string text_in(json::Object const& object, std::string_view name) {
    auto const* value = object.if_contains(name);
    return value && value->is_string() ? std::string(std::string_view(value->get_string())) : std::string();
}

// Takes all records of a delivery that stand in plain.
std::vector<Early> take_early(store::Tx& tx, DeliveryId id) {
    auto taken = tx.all<Early>(sql::early_records, id);
    auto const take_from = [&](json::Object const& assertion) {
        if (auto record = text_in(assertion, "record"); !record.empty())
            taken.push_back({std::move(record), time_from_text(text_in(assertion, "time")).value_or(Time{})});
    };
    if (auto const decided = tx.one<json::Object>(sql::early_assertion, id)) take_from(*decided);
    for (auto const& pickup : tx.all<EarlyPickup>(sql::early_pickups, id)) {
        take_from(pickup.assertion);
        if (auto const who = assertion_from(pickup.assertion))
            tx.exec(sql::set_pickup_assertion, pickup.session, id, assertion_json(*who));
    }
    tx.exec(sql::drop_early_identifications, id);
    tx.exec(sql::drop_early_sender_proof, id);
    tx.exec(sql::drop_early_assertion, id);
    tx.exec(sql::drop_early_mark, id);
    return taken;
}

struct Kept {
    std::optional<store::Blob> box;
};
BOOST_DESCRIBE_STRUCT(Kept, (), (box))

}  // namespace

Bytes seal_record(Key256 const& key, DeliveryId id, std::string_view record) {
    return seal(key, record, bound_to(id, sha256(record)));
}

Expected<> keep_record(store::Tx& tx, Office const& office, DeliveryId id, std::string_view record, Time now) {
    auto const key = content_key(tx, office, id);
    if (!key) return fail(key.error());
    tx.exec(sql::keep_record, id, sha256(record), store::Blob{seal_record(*key, id, record)}, now);
    return {};
}

Expected<std::string> find_record(store::Reader& reader, Office const& office, DeliveryId id, Digest const& digest) {
    auto const kept = reader.one<Kept>(sql::find_record, id, digest);
    if (!kept) {
        for (auto& early : reader.all<Early>(sql::early_records, id))
            if (sha256(early.record) == digest) return std::move(early.record);
        return fail(ErrorKind::not_found, "not_found", "No record of an identification is kept here.");
    }
    if (!kept->box) return fail(content_erased());
    auto const key = content_key(reader, office, id);
    if (!key) return fail(key.error());
    auto record = open(*key, kept->box->bytes, bound_to(id, digest));
    if (!record || sha256(*record) != digest)
        return fail(ErrorKind::unavailable, "record_damaged",
                    "The record of this identification is damaged; an operator must look (rapport fsck).");
    return std::move(*record);
}

Expected<std::string> record_of_evidence(store::Reader& reader, Office const& office, DeliveryId id,
                                         evidence::EvidenceId evidence) {
    auto const row = evidence::find_evidence(reader, evidence);
    if (!row || row->delivery != id.value)
        return fail(ErrorKind::not_found, "not_found", "This delivery has no such evidence.");
    auto const statement = evidence::parse_evidence(row->xml.bytes);
    if (!statement) return fail(statement.error());
    auto const of = [](evidence::Party const& party) -> std::optional<Digest> {
        return party.authentication ? party.authentication->record : std::nullopt;
    };
    auto digest = of(statement->recipient);
    if (!digest && statement->delegate) digest = of(*statement->delegate);
    if (!digest) digest = of(statement->sender);
    if (!digest)
        return fail(ErrorKind::not_found, "no_identification", "This evidence does not speak of an identification.");
    return find_record(reader, office, id, *digest);
}

std::optional<DeliveryId> seal_early_records(store::Tx& tx, Office const& office, DeliveryId after, Time now) {
    std::optional<DeliveryId> last;
    for (auto const id : tx.all<DeliveryId>(sql::next_early, after, early_at_once)) {
        last = id;
        auto const key = content_key(tx, office, id);
        if (!key) {
            log::warning("records_stay_plain", {{"delivery", to_text(id)}, {"code", key.error().code}});
            continue;
        }
        for (auto const& early : take_early(tx, id))
            tx.exec(sql::keep_record, id, sha256(early.record), store::Blob{seal_record(*key, id, early.record)},
                    early.at == Time{} ? now : early.at);
    }
    return last;
}

void erase_records(store::Tx& tx, DeliveryId id, Time now) {
    for (auto const& early : take_early(tx, id))
        tx.exec(sql::keep_record, id, sha256(early.record), std::optional<store::Blob>{},
                early.at == Time{} ? now : early.at);
    tx.exec(sql::erase_records, id);
}

}  // namespace rapport::delivery
