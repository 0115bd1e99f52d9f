// Mentions: "@Name" in a note tells that agent. Found by a durable consumer of the journal, so that every way of
// writing a note is heard, and each note once.
#pragma once

#include "desk/wire.hpp"

namespace rapport::desk {

// Whom the text names, each once: @ at the beginning of a word, and the whole name behind it. Pure.
std::vector<AgentId> named_in(std::string_view text, std::vector<conversation::Assignee> const& people);

struct MentionView {
    MessageId message;  // the note
    ConversationId conversation;
    std::int64_t number = 0;
    std::string subject;
    std::string by;       // the name of whoever wrote it
    std::string excerpt;  // of the note
    Time at{};
    bool read = false;
};
BOOST_DESCRIBE_STRUCT(MentionView, (), (message, conversation, number, subject, by, excerpt, at, read))
struct MentionPage {
    std::vector<MentionView> items;
    std::optional<std::string> next;
    std::int64_t unread = 0;  // in all
};
BOOST_DESCRIBE_STRUCT(MentionPage, (), (items, next, unread))
struct MentionQuery {
    std::string after;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(MentionQuery, (), (after, limit))
struct MentionsRead {
    ConversationId conversation;
};
BOOST_DESCRIBE_STRUCT(MentionsRead, (), (conversation))

// Of the job that follows the journal: publishes mention.made for each who is told. Idempotent.
void hear_mentions(store::Tx& tx, Office const& office, std::span<store::Event const> events);
// One's own, newest first. Codes: agents_only, bad_cursor.
Expected<MentionPage> list_mentions(store::Reader& reader, Office const& office, Who const& who,
                                    MentionQuery const& query);
// Those of a conversation count as read. Publishes mention.read where there were any. Code agents_only.
Expected<> read_mentions(store::Tx& tx, Act const& act, ConversationId conversation);

}  // namespace rapport::desk
