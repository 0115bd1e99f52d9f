// Mentions: "@Name" in a note tells that agent. Found by a durable consumer of the journal, so that every way of
// writing a note is heard, and each note once. The action notify tells people of a note that it writes, too.
#pragma once

#include "desk/wire.hpp"

namespace rapport::desk {

inline constexpr std::size_t most_ats = 500;  // signs that are looked at in one note

// Whom the text names, each once: @ at the beginning of a word, and the whole name behind it; in scripts without blanks
// between words, more may follow ("@田中さん"). Pure.
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

// Whether one is told by mail, too.
struct MentionWishes {
    bool mail = false;
};
BOOST_DESCRIBE_STRUCT(MentionWishes, (), (mail))

// Publishes mention.made, and sends a mail to whoever wishes them, once for an agent and a note. `by` is not told.
void mention(store::Tx& tx, Office const& office, std::span<AgentId const> agents, MessageId note, Actor const& by,
             Time now);
// Of the job that follows the journal: mentions in notes are made; those of notes that were taken back are gone, and
// those of notes that moved to another conversation follow them. Idempotent.
void hear_mentions(store::Tx& tx, Office const& office, std::span<store::Event const> events);
// One's own, newest first. Codes: agents_only, bad_cursor.
Expected<MentionPage> list_mentions(store::Reader& reader, Office const& office, Who const& who,
                                    MentionQuery const& query);
// One's own. Code agents_only.
Expected<MentionWishes> mention_wishes(store::Reader& reader, Actor const& actor);
Expected<MentionWishes> wish_mentions(store::Tx& tx, Act const& act, MentionWishes const& wishes);
// Those of a conversation count as read. Publishes mention.read where there were any. Code agents_only.
Expected<> read_mentions(store::Tx& tx, Act const& act, ConversationId conversation);

}  // namespace rapport::desk
