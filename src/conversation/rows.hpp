// Rows and what is sealed in them. Internal to the module. `commit` is the only writer of a conversation's row: it
// keeps placements, labels and counters in step.
#pragma once

#include "conversation/arrival.hpp"
#include "conversation/wire.hpp"

namespace rapport::conversation {

// Orders those who change one thing, until the end of the transaction. Numbers of locks have 30 bits: two things may
// share one, and wait for each other without need.
void lock_thing(store::Tx& tx, std::int64_t id);

// ---- the conversation

struct ConversationRow {
    ConversationId id;
    std::int64_t number = 0;
    std::optional<CustomerId> customer;
    MailboxId mailbox;
    State state = State::open;
    Priority priority = Priority::normal;
    std::optional<TeamId> team;
    std::optional<AgentId> assignee;
    Locale locale = Locale::en;
    std::optional<std::string> about;
    std::optional<ConversationId> follows, merged_into;
    std::optional<Time> snoozed_until, waiting_since;
    Time opened_at{};
    std::optional<Time> resolved_at;
    Time last_at{};
    std::int64_t messages = 0, version = 0;
    Time changed_at{};
    std::optional<store::Blob> wrapped_key, sealed;
    Channel channel{};                      // that it began on
    std::optional<sla::TermsId> sla_terms;  // what is promised: src/conversation/sla
    std::optional<Time> sla_next_at;        // when an alarm rings
    std::optional<Time> due_at;
    std::optional<sla::DueColumn> due;

    bool relabelled = false;  // in this transaction; no column
};
BOOST_DESCRIBE_STRUCT(ConversationRow, (),
                      (id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows,
                       merged_into, snoozed_until, waiting_since, opened_at, resolved_at, last_at, messages, version,
                       changed_at, wrapped_key, sealed, channel, sla_terms, sla_next_at, due_at, due))

// What lists show of it, sealed under its key.
struct Cover {
    std::string subject, preview, name;
};
BOOST_DESCRIBE_STRUCT(Cover, (), (subject, preview, name))

std::optional<ConversationRow> find_row(store::Reader& reader, ConversationId id);
// Locked until the end of the transaction, then read.
std::optional<ConversationRow> lock_row(store::Tx& tx, ConversationId id);
Error no_such_conversation();
Error content_erased();
Cover cover_of(Office const& office, ConversationRow const& row);  // empty texts where it was erased
void set_cover(Office const& office, ConversationRow& row, Cover const& cover);
ConversationSummary summary_of(store::Reader& reader, Office const& office, ConversationRow const& row);

// A new one: number, key, cover, placement, counters; publishes conversation.opened.
struct Opening {
    std::optional<CustomerId> customer;
    MailboxId mailbox;
    std::optional<TeamId> team;
    std::optional<AgentId> assignee;
    Locale locale = Locale::en;
    std::optional<std::string> about = {};
    std::optional<ConversationId> follows = {};
    State state = State::open;
    bool waits = true;  // the customer for us
    Cover cover = {};
    Channel channel{};
    bool told = true;  // in the journal; else whoever opens it says so in another way
};
ConversationRow open_conversation(store::Tx& tx, Office const& office, Actor const& actor, Opening const& opening,
                                  Time at);
// Writes `after`, which was made from `before`, under lock_row(). `said`: the message that it came with, or that was
// taken back: clocks start and stop by it.
struct MessageRow;
void commit(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now,
            MessageRow const* said = nullptr);
// What happened long ago: no clock starts, nobody is given it. Writes opened_at, too.
void commit_past(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now);
// Only what it says of clocks: nobody has changed anything, the time has come.
void commit_clocks(store::Tx& tx, ConversationRow const& row);
// Moves `row` by the table; its times follow. Error state_does_not_allow.
Expected<> move(ConversationRow& row, Verb verb, Time now);
// Those whose time has come, at most 200 at once; returns how many woke.
std::size_t wake_due(store::Tx& tx, Time now);
void tell(store::Tx& tx, ConversationRow const& row, std::string_view kind, Actor const& actor, Time now,
          json::Object data = {});

// ---- places and labels

void place(store::Tx& tx, ConversationRow const& row, MailboxId mailbox);
void unplace(store::Tx& tx, ConversationRow const& row, MailboxId mailbox);
std::vector<MailboxId> placements_of(store::Reader& reader, ConversationId id);
void label(store::Tx& tx, ConversationRow const& row, LabelId label);
void unlabel(store::Tx& tx, ConversationRow const& row, LabelId label);
std::vector<LabelId> labels_of(store::Reader& reader, ConversationId id);

// ---- merging

struct Merged {
    ConversationRow gone, kept;
};
// Messages, participants and places move; the journal does not hear of it. Codes: those of merge().
Expected<Merged> merge_rows(store::Tx& tx, ConversationId from, ConversationId into, Time now);

// ---- mailboxes

struct MailboxRow {
    MailboxId id;
    EmailAddress address;
    std::string name;
    Locale locale{};
    std::optional<TeamId> team;
    json::Object signatures;
    Time created_at{}, changed_at{};
    std::optional<Time> retired_at;
};
BOOST_DESCRIBE_STRUCT(MailboxRow, (), (id, address, name, locale, team, signatures, created_at, changed_at, retired_at))
std::optional<MailboxRow> find_mailbox(store::Reader& reader, MailboxId id);
bool is_mailbox_address(store::Reader& reader, std::string_view folded);

// ---- participants

struct ParticipantRow {
    ParticipantId id;
    ConversationId conversation;
    std::string folded, address;
    Role role{};
    std::optional<Time> proven_at;
    std::optional<ConversationId> came_with;  // the one that was merged into this one
};
BOOST_DESCRIBE_STRUCT(ParticipantRow, (), (id, conversation, folded, address, role, proven_at, came_with))
inline constexpr std::size_t most_participants = 100;  // of one conversation

std::vector<ParticipantRow> participants_of(store::Reader& reader, ConversationId id);
std::optional<ParticipantRow> find_participant(store::Reader& reader, ParticipantId id);
std::optional<ParticipantRow> find_participant(store::Reader& reader, ConversationId id, std::string_view folded);
// The one with this address, made if there is none; none when there are too many. A role only rises.
std::optional<ParticipantId> participant_for(store::Tx& tx, ConversationId id, EmailAddress const& address, Role role,
                                             Time now);

// ---- messages

struct MessageRow {
    MessageId id;
    ConversationId conversation, origin;
    Direction direction{};
    Channel channel{};
    MessageState state{};
    Time at{};
    ActorKind author_kind{};
    std::int64_t author_id = 0;
    std::optional<ParticipantId> participant;
    std::optional<post::InboundId> inbound;
    std::optional<std::string> client_key;
    std::optional<Time> leaves_at;
    std::optional<MatchedBy> matched_by;
    std::optional<std::string> automatic, claims;
    std::int64_t text_size = 0, html_size = 0, attachments = 0;
    std::optional<store::Blob> wrapped_key, sealed;
    std::optional<Digest> text_blob, html_blob;
};
BOOST_DESCRIBE_STRUCT(MessageRow, (),
                      (id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant,
                       inbound, client_key, leaves_at, matched_by, automatic, claims, text_size, html_size, attachments,
                       wrapped_key, sealed, text_blob, html_blob))

// What is sealed in a message's row: its envelope and the beginning of its text.
struct Words {
    std::string subject;
    MailAddress from;
    std::vector<MailAddress> to, cc, reply_to;
    std::string message_id;  // with its brackets; empty: it has none
    std::string in_reply_to;
    std::vector<std::string> references;  // oldest first
    std::string text;                     // at most text_in_row octets
    std::int64_t own = 0;                 // of the text in octets, before what is quoted, or the signature of an answer
    std::string matched = {}, trouble = {};  // for people
    std::string name = {};                   // the author's, if it is no mail
    Locale locale = Locale::en;
    std::optional<std::int64_t> own_html = {};  // of an answer's HTML in octets, before its signature
    std::vector<FilledField> fields = {};       // of a form
};
BOOST_DESCRIBE_STRUCT(Words, (),
                      (subject, from, to, cc, reply_to, message_id, in_reply_to, references, text, own, matched,
                       trouble, name, locale, own_html, fields))
inline constexpr std::size_t text_in_row = 16 * 1024;

struct AttachmentRow {
    AttachmentId id;
    std::optional<MessageId> message;
    std::int64_t place = 0;
    std::optional<ActorKind> owner_kind;
    std::optional<std::int64_t> owner_id;
    std::optional<Time> expires_at;
    std::string media_type;
    std::int64_t size = 0;
    bool shown_inside = false;
    Digest blob;
    std::optional<store::Blob> wrapped_key, sealed;
};
BOOST_DESCRIBE_STRUCT(AttachmentRow, (),
                      (id, message, place, owner_kind, owner_id, expires_at, media_type, size, shown_inside, blob,
                       wrapped_key, sealed))
struct AttachmentName {
    std::string name, content_id;
};
BOOST_DESCRIBE_STRUCT(AttachmentName, (), (name, content_id))

// A file, encrypted before the transaction that keeps it.
struct PreparedFile {
    AttachmentRow row;
    store::PreparedBlob blob;
};
PreparedFile prepare_file(Office const& office, std::string_view name, std::string_view content_id, ByteView bytes);
void keep_file(store::Tx& tx, Office const& office, PreparedFile const& file);

// A message before the transaction that keeps it: sealed, its large parts on the disk.
struct PreparedMessage {
    MessageRow row;
    Key256 key{};
    Words words;  // sealed with the row: what the match says is known in the transaction only
    std::vector<store::PreparedBlob> blobs;
    std::vector<PreparedFile> files;
};
// `text` whole; words.text becomes its beginning.
PreparedMessage prepare_message(Office const& office, Words words, std::string_view text, std::string_view html);
// Row, blobs, files, references.
void keep_message(store::Tx& tx, Office const& office, PreparedMessage const& message, MessageRow const& row,
                  Words const& words);

std::optional<MessageRow> find_message_row(store::Reader& reader, MessageId id);
Expected<Words> words_of(Office const& office, MessageRow const& row);
Expected<std::string> text_of(store::Reader& reader, Office const& office, MessageRow const& row);
std::vector<AttachmentRow> attachments_of(store::Reader& reader, MessageId id);
std::optional<AttachmentName> name_of(Office const& office, AttachmentRow const& row);
std::optional<Key256> key_of(Office const& office, std::optional<store::Blob> const& wrapped);
Digest reference_digest(std::string_view message_id);

// ---- counters

void count(store::Tx& tx, std::string scope, State state, std::int64_t n);
std::string scope_of(AgentId id);
template <class Tag>
std::string scope_of(Id<Tag> id) {
    return to_text(id);
}
std::vector<std::string> scopes_of(ConversationRow const& row);  // but for places and labels

}  // namespace rapport::conversation
