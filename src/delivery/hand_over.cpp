// hand_over: parts of the content are given out to the identified recipient's system. D.6 is recorded before the
// message is given out; E.1 after every part has left once, when the connection has taken the last octet. A program
// that dies in between has claimed too little, never too much: the recipient can fetch again.
#include <algorithm>

#include "delivery/row.hpp"
#include "delivery/sql.hpp"

namespace rapport::delivery {
namespace {

Expected<> seal_step(Office const& office, DeliveryRow const& row, std::vector<FileRow> const& files,
                     Assertion const& who, std::vector<evidence::Reason> reasons, Move& move, Verb verb, Place& place) {
    auto const* step = transition(move.kind, move.to, verb);
    if (!step) return fail(not_allowed(move.to, verb));
    auto about = statement_about(office, row, files);
    name_identified(about, who);
    about.reasons = std::move(reasons);
    auto sealed = seal_next(office, std::move(about), *step->evidence, move.at, move.at, place);
    if (!sealed) return fail(sealed.error());
    move.evidence.push_back(std::move(*sealed));
    return add_step(move, verb);
}

Expected<DeliveryRow> open_row(store::Reader& reader, DeliveryId id) {
    auto row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    if (!open_to_recipient.has(row->state)) return fail(not_allowed(row->state, Verb::read));
    if (row->erased_at) return fail(content_erased());
    return std::move(*row);
}

// A move that begins without a step.
Move empty_move(DeliveryRow const& row, Time now) {
    Move move;
    move.delivery = row.id;
    move.kind = row.kind;
    move.from = move.to = row.state;
    move.seen_evidence = row.evidence_count;
    move.seen_changed_at = row.changed_at;
    move.at = now;
    move.actor = recipient_of(row);
    move.customer = row.customer.value;
    return move;
}

}  // namespace

Expected<Move> plan_reading(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                            Time now) {
    auto const row = open_row(reader, id);
    if (!row) return fail(row.error());
    Move move = empty_move(*row, now);
    if (row->read_at || row->state != State::consigned) return move;
    auto place = next_place(reader, id);
    auto const read = seal_step(office, *row, files_of(reader, id), who, {}, move, Verb::read, place);
    if (!read) return fail(read.error());
    move.also = [id, now](store::Tx& tx) { tx.exec(sql::set_read, id, now); };
    return move;
}

Expected<Move> plan_hand_over(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                              std::vector<int> parts, Time now) {
    auto const row = open_row(reader, id);
    if (!row) return fail(row.error());
    auto const files = files_of(reader, id);
    auto const left_before = [&](int part) {
        return part == 0 ? row->message_fetched_at.has_value()
                         : files[static_cast<std::size_t>(part) - 1].fetched_at.has_value();
    };
    for (auto const part : parts)
        if (part < 0 || part > static_cast<int>(files.size()))
            return fail(ErrorKind::not_found, "not_found", "This delivery has no such file.");
    Move move = empty_move(*row, now);
    std::erase_if(parts, left_before);
    if (parts.empty() || row->state != State::consigned) return move;

    bool rest_has_left = row->read_at.has_value();
    for (int part = 0; part <= static_cast<int>(files.size()); ++part)
        rest_has_left = rest_has_left && (left_before(part) || std::ranges::find(parts, part) != parts.end());
    if (rest_has_left) {
        auto place = next_place(reader, id);
        auto const done = seal_step(office, *row, files, who, {}, move, Verb::hand_over, place);
        if (!done) return fail(done.error());
    }
    move.also = [id, parts, now](store::Tx& tx) {
        for (auto const part : parts) {
            if (part == 0)
                tx.exec(sql::set_message_fetched, id, now);
            else
                tx.exec(sql::set_fetched, id, part, now);
        }
    };
    return move;
}

Expected<Move> plan_failed_hand_over(store::Reader& reader, Office const& office, DeliveryId id, Assertion const& who,
                                     int part, Time now) {
    auto const row = open_row(reader, id);
    if (!row) return fail(row.error());
    Move move = empty_move(*row, now);
    auto place = next_place(reader, id);
    std::vector<evidence::Reason> reasons{{std::string(evidence::reason::content_unavailable),
                                           "Part " + std::to_string(part) + " of the content is damaged or missing."}};
    auto const failed =
        seal_step(office, *row, files_of(reader, id), who, std::move(reasons), move, Verb::fail_hand_over, place);
    if (!failed) return fail(failed.error());
    return move;
}

}  // namespace rapport::delivery
