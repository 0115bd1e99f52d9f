// Who is looking at a conversation, and who is writing there: rows that end by themselves, told to open screens on
// every node, never in the journal. And what an agent has not seen yet: one mark for each conversation that they have
// opened, nothing on the way in.
#pragma once

#include "conversation/wire.hpp"

namespace rapport::conversation {

enum class Doing : std::uint8_t { viewing, replying, noting };
BOOST_DESCRIBE_ENUM(Doing, viewing, replying, noting)

inline constexpr auto looks_for = std::chrono::seconds(60);   // without a word of the screen
inline constexpr auto writes_for = std::chrono::seconds(20);  // then they look
inline constexpr std::int64_t most_screens = 20;              // of one agent

struct LookingChange {
    Text<1, 40> screen;                          // made by it, kept while it is open
    std::optional<ConversationId> conversation;  // absent: it looks at none any more
    std::optional<Doing> doing;                  // viewing unless told
};
BOOST_DESCRIBE_STRUCT(LookingChange, (), (screen, conversation, doing))

struct LookingAgent {
    AgentId agent;
    std::string name;
    Doing doing{};
    Time until{};
    bool operator==(LookingAgent const&) const = default;
};
BOOST_DESCRIBE_STRUCT(LookingAgent, (), (agent, name, doing, until))
struct LookedAt {
    ConversationId conversation;
    std::vector<LookingAgent> lookers;  // each once, whatever they do most
};
BOOST_DESCRIBE_STRUCT(LookedAt, (), (conversation, lookers))

// Codes: agents_only, not_found, too_many_screens.
Expected<> put_looking(store::Tx& tx, Act const& act, LookingChange const& wanted);
std::vector<LookedAt> looked_at(store::Reader& reader, Time now);
void forget_lookers(store::Tx& tx, Time now);

struct MessageRow;  // rows.hpp

// ---- an answer that crosses another one

// What others wrote in the conversation after `seen`, that the writer has not answered to.
std::vector<MessageRow> written_since(store::Reader& reader, ConversationId id, MessageId seen, Actor const& writer);
Error answered_meanwhile(store::Reader& reader, Office const& office, std::vector<MessageRow> const& since);

// ---- marks

struct SeenMark {
    MessageId up_to;
};
BOOST_DESCRIBE_STRUCT(SeenMark, (), (up_to))

// A mark never goes back by it. Codes: agents_only, not_found.
Expected<> mark_seen(store::Tx& tx, Act const& act, ConversationId id, MessageId up_to);
// The last that a person wrote is new again. Codes: agents_only, not_found, nothing_to_see.
Expected<> mark_unseen(store::Tx& tx, Act const& act, ConversationId id);
// Whatever there is. Code: agents_only.
Expected<> mark_all_seen(store::Tx& tx, Act const& act);

// Which of them hold something of a person that the agent has not seen. One question for a whole page.
std::vector<ConversationId> unseen_of(store::Reader& reader, AgentId agent, std::vector<ConversationId> const& ids);
// Fills `unread` of those that are shown; nothing for API keys.
void fill_unread(store::Reader& reader, Actor const& viewer, std::vector<ConversationSummary>& items);
void fill_unread(store::Reader& reader, Actor const& viewer, ConversationSummary& item);

}  // namespace rapport::conversation
