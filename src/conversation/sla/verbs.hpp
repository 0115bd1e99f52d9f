// Between the files of this folder.
#pragma once

#include "conversation/sla/rows.hpp"

namespace rapport::conversation::sla {

// In the journal and in the audit log.
void tell_of(store::Tx& tx, Act const& act, std::string_view verb, std::string const& subject);
bool is_over(State state);
// `begins`: the terms as they are now; else those that are there stay, as long as their policy fits first.
void choose_terms(store::Reader& reader, ConversationRow& after, bool begins);
// New terms, if the policy or its calendar are not as the present ones say.
void renew_terms(store::Tx& tx, PolicyId id, Time now);

struct Told {
    FactId round;
    Metric metric{};
    Alarm alarm{};
};
BOOST_DESCRIBE_STRUCT(Told, (), (round, metric, alarm))
std::vector<Told> told_of(store::Reader& reader, ConversationId id);
bool is_told(std::span<Told const> told, Clock const& clock, Alarm alarm);
// Once: sla.warning, sla.breached.
void tell_alarm(store::Tx& tx, ConversationRow const& row, Clock const& clock, Alarm alarm, Time now);

std::vector<Clock> clocks_of(store::Reader& reader, Promise const& promise, ConversationId id, Time now);
// What the row says of them: what is due, when the next alarm rings.
void set_clocks(store::Reader& reader, ConversationRow& row, std::span<Clock const> clocks);

}  // namespace rapport::conversation::sla
