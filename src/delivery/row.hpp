// What the module's files share about a delivery at rest: its row, its keys, its names, and the evidence about it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "delivery/delivery.hpp"

namespace rapport::delivery {

struct DeliveryRow {
    DeliveryId id;
    SubmissionId submission;
    Kind kind{};
    State state{};
    CustomerId customer;
    std::string recipient_name;
    std::string recipient_email;
    std::optional<std::string> code_email;
    Locale locale{};
    Assurance assurance{};
    std::optional<std::string> reference;
    std::int64_t sender_kind = 0;
    std::int64_t sender_id = 0;
    Time submitted_at{};
    std::optional<Time> accept_until;
    Time changed_at{};
    std::optional<Time> read_at;             // the message was given out
    std::optional<Time> message_fetched_at;  // and had left, every octet
    std::optional<Time> erased_at;
    std::int64_t evidence_count = 0;
    std::int64_t files = 0;
    std::optional<Digest> token_hash;
    Digest message_blob;
    std::int64_t message_size = 0;
    Digest message_digest;
    std::optional<store::Blob> wrapped_key;
    std::optional<store::Blob> names;
};
BOOST_DESCRIBE_STRUCT(DeliveryRow, (),
                      (id, submission, kind, state, customer, recipient_name, recipient_email, code_email, locale,
                       assurance, reference, sender_kind, sender_id, submitted_at, accept_until, changed_at, read_at,
                       message_fetched_at, erased_at, evidence_count, files, token_hash, message_blob, message_size,
                       message_digest, wrapped_key, names))

struct FileRow {
    DeliveryId delivery;
    int number = 0;
    Digest blob;
    std::optional<store::Blob> wrapped_key;
    std::string media_type;
    std::int64_t size = 0;
    Digest sha256;
    std::optional<Time> fetched_at;
};
BOOST_DESCRIBE_STRUCT(FileRow, (), (delivery, number, blob, wrapped_key, media_type, size, sha256, fetched_at))

std::optional<DeliveryRow> find_row(store::Reader& reader, DeliveryId id);
std::vector<FileRow> files_of(store::Reader& reader, DeliveryId id);
Error no_such_delivery();
Error content_erased();

// The names that are erased with the content: the subject, and each file's.
struct Names {
    std::string subject;
    std::vector<std::string> files;
};
Bytes seal_names(Key256 const& key, DeliveryId id, Names const& names);
Expected<Names> open_names(Key256 const& key, DeliveryId id, ByteView box);
// Codes: content_erased, key_damaged.
Expected<Key256> key_of(Office const& office, std::optional<store::Blob> const& wrapped);
// Subject and text as the one part that the evidence speaks of and the recipient may keep: message.txt.
std::string message_of(std::string_view subject, std::string_view text);
std::string text_of(std::string_view message);  // without the subject
// Plain notices that were composed keep their recipe there: a mark that no text begins with, and JSON.
std::string kept_recipe(json::Object const& recipe);
std::optional<json::Object> recipe_in(std::string_view message);
// The message as it is kept, checked against its digest.
Expected<Bytes> message_bytes(store::Reader& reader, Office const& office, DeliveryRow const& row);
// Whatever is kept: the words. HTML where there is some.
Expected<Composer::Draw> words_of(store::Reader& reader, Office const& office, DeliveryRow const& row,
                                  std::string_view message);
inline constexpr std::string_view message_type = "text/plain; charset=utf-8";

// What a link opens with: the delivery's number and a secret of 192 bits. Only its hash is kept.
std::string new_link_token(DeliveryId id);
std::optional<DeliveryId> delivery_in_link(std::string_view token);  // the number that it claims

// ---- evidence
// Where the next record goes in the delivery's chain.
struct Place {
    std::int64_t number = 1;
    std::optional<Digest> previous;
};
Place next_place(store::Reader& reader, DeliveryId id);

// What all records of a delivery say alike: parties, message, parts.
evidence::Statement statement_about(Office const& office, DeliveryRow const& row, std::vector<FileRow> const& files);
evidence::Authentication authentication_of(Assertion const& who);
// Writes into a statement who has been identified, and how: the recipient, or their delegate.
void name_identified(evidence::Statement& about, Assertion const& who);
std::string_view level_uri(Assurance level);

// Seals the record at `place`.
Expected<evidence::Sealed> seal_at(Office const& office, evidence::Statement statement, evidence::EventCode event,
                                   Time event_time, Time now, Place const& place);
// The same, and moves `place` on.
Expected<evidence::Sealed> seal_next(Office const& office, evidence::Statement statement, evidence::EventCode event,
                                     Time event_time, Time now, Place& place);

void keep_evidence(store::Tx& tx, Office const& office, evidence::Sealed const& sealed, DeliveryId id, Time now);

Error refused_by_deadline();
// Identified well enough for this delivery, and in time?
Expected<> may_decide(DeliveryRow const& row, Assertion const& who, Time now);
inline Actor recipient_of(DeliveryRow const& row) { return {ActorKind::recipient, row.customer.value, {}}; }
json::Object assertion_json(Assertion const& who);
std::optional<Assertion> assertion_from(json::Object const& object);

// Begins a move by asking the table; "state_does_not_allow" when there is no row.
Expected<Move> begin_move(DeliveryRow const& row, Verb verb, Actor actor, Time now);
// Adds the table's next step (and its evidence) to a move.
Expected<> add_step(Move& move, Verb verb);

// Writes the difference of a delivery entering or leaving a state, once per physical transaction.
void count(store::Tx& tx, Kind kind, State state, std::int64_t n);
// Makes one row of each sum.
void fold_counts(store::Tx& tx);

}  // namespace rapport::delivery
