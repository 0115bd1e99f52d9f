// Rows of ratings. Internal to the module.
#pragma once

#include "conversation/csat/csat.hpp"
#include "conversation/rows.hpp"

namespace rapport::conversation::csat {

struct RatingRow {
    RatingId id;
    ConversationId conversation;
    Time resolved_at{};
    std::optional<CustomerId> customer;
    MailboxId mailbox;
    std::optional<TeamId> team;
    std::optional<AgentId> agent;
    Channel channel{};
    Locale locale{};
    std::optional<json::Object> terms;
    RatingState state{};
    std::optional<std::string> reason;
    std::optional<Time> due_at, asked_at;
    Time open_until{};
    std::optional<std::int64_t> score;
    std::optional<Time> rated_at;
    std::optional<RatedVia> via;
    std::optional<store::Blob> sealed;
};
BOOST_DESCRIBE_STRUCT(RatingRow, (),
                      (id, conversation, resolved_at, customer, mailbox, team, agent, channel, locale, terms, state,
                       reason, due_at, asked_at, open_until, score, rated_at, via, sealed))

std::optional<RatingRow> find_row(store::Reader& reader, RatingId id);
void keep(store::Tx& tx, RatingRow const& row);
RatingSettings terms_of(RatingRow const& row);
// Of the site, else of the mailbox, else of the organisation; nothing where nobody is asked.
std::optional<RatingSettings> settings_for(store::Reader& reader, Office const& office, ConversationRow const& row);
Question question_from(store::Reader& reader, Office const& office, RatingRow const& row, std::optional<Locale> locale);
inline constexpr std::string_view letter_purpose = "rating";

}  // namespace rapport::conversation::csat
