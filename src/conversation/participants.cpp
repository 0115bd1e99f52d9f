// Who takes part in a conversation, by address.
#include "base/text.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {

std::vector<ParticipantRow> participants_of(store::Reader& reader, ConversationId id) {
    return reader.all<ParticipantRow>(sql::participants_of, id);
}
std::optional<ParticipantRow> find_participant(store::Reader& reader, ParticipantId id) {
    return reader.one<ParticipantRow>(sql::find_participant, id);
}
std::optional<ParticipantRow> find_participant(store::Reader& reader, ConversationId id, std::string_view folded) {
    return reader.one<ParticipantRow>(sql::participant_of_address, id, folded);
}

std::optional<ParticipantId> participant_for(store::Tx& tx, ConversationId id, EmailAddress const& address, Role role,
                                             Time now) {
    auto const folded = ascii_lower(address.value);
    if (auto const known = find_participant(tx, id, folded)) {
        if (role < known->role) tx.exec(sql::raise_participant, known->id, role);
        return known->id;
    }
    if (tx.one<std::int64_t>(sql::count_participants, id).value_or(0) >= static_cast<std::int64_t>(most_participants))
        return std::nullopt;
    auto const made = tx.new_id<ParticipantId>();
    tx.exec(sql::insert_participant, made, id, folded, address, role, now);
    return made;
}

}  // namespace rapport::conversation
