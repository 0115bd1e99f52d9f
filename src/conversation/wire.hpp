// The API's shapes (described structs), and the verbs that speak them.
#pragma once

#include "conversation/arrival.hpp"
#include "conversation/counts.hpp"
#include "conversation/fields.hpp"
#include "conversation/scanning/scan.hpp"
#include "conversation/sla/clock.hpp"
#include "search/highlight.hpp"

namespace rapport::conversation {

// ---- mailboxes

struct NewMailbox {
    EmailAddress address;
    Text<1, 100> name;                  // shown to customers as the sender
    std::vector<EmailAddress> aliases;  // it takes mail for them, too
    Locale locale = Locale::en;
    std::optional<TeamId> team;                                      // that new conversations are given to
    std::optional<std::map<std::string, Text<0, 2000>>> signatures;  // by language
};
BOOST_DESCRIBE_STRUCT(NewMailbox, (), (address, name, aliases, locale, team, signatures))

using rapport::from_text;  // beside those below
using rapport::to_text;

// An identifier, or an empty text: none any more.
template <class AnyId>
struct OrNone {
    std::optional<AnyId> value;
};
template <class AnyId>
bool from_text(std::string_view text, OrNone<AnyId>& out) {
    out.value.reset();
    return text.empty() || from_text(text, out.value.emplace());
}
template <class AnyId>
std::string to_text(OrNone<AnyId> const& some) {
    return some.value ? to_text(*some.value) : std::string();
}

struct MailboxChange {
    std::optional<Text<1, 100>> name;
    std::optional<std::vector<EmailAddress>> aliases;
    std::optional<Locale> locale;
    std::optional<OrNone<TeamId>> team;
    std::optional<std::map<std::string, Text<0, 2000>>> signatures;
    std::optional<bool> retired;  // takes and sends nothing any more
};
BOOST_DESCRIBE_STRUCT(MailboxChange, (), (name, aliases, locale, team, signatures, retired))

struct MailboxView {
    MailboxId id;
    EmailAddress address;
    std::string name;
    std::vector<std::string> aliases;
    Locale locale{};
    std::optional<TeamId> team;
    std::map<std::string, std::string> signatures;
    bool retired = false;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(MailboxView, (),
                      (id, address, name, aliases, locale, team, signatures, retired, created_at, changed_at))

// Codes: mailbox_exists, team_not_found, invalid_fields, too_many_mailboxes. Publish mailbox.created, mailbox.changed.
Expected<MailboxView> create_mailbox(store::Tx& tx, Act const& act, NewMailbox const& wanted);
Expected<MailboxView> change_mailbox(store::Tx& tx, Act const& act, MailboxId id, MailboxChange const& change);
std::vector<MailboxView> list_mailboxes(store::Reader& reader);

// ---- labels

using Colour = Text<7, 7>;  // "#1a6b3c"
struct NewLabel {
    Text<1, 50> name;
    std::optional<Colour> colour;
};
BOOST_DESCRIBE_STRUCT(NewLabel, (), (name, colour))
struct LabelChange {
    std::optional<Text<1, 50>> name;
    std::optional<Colour> colour;
};
BOOST_DESCRIBE_STRUCT(LabelChange, (), (name, colour))
struct LabelView {
    LabelId id;
    std::string name, colour;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(LabelView, (), (id, name, colour, created_at, changed_at))

// Codes: label_exists, label_not_found, too_many_labels, invalid_fields.
Expected<LabelView> create_label(store::Tx& tx, Act const& act, NewLabel const& wanted);
Expected<LabelView> change_label(store::Tx& tx, Act const& act, LabelId id, LabelChange const& change);
Expected<> delete_label(store::Tx& tx, Act const& act, LabelId id);
std::vector<LabelView> list_labels(store::Reader& reader);

// ---- conversations

struct Person {
    std::optional<CustomerId> customer;  // absent: the sender says to be one of us, or gave no address
    std::string name;                    // as the mail says; empty: nothing was said
};
BOOST_DESCRIBE_STRUCT(Person, (), (customer, name))

// Why a search found it: the newest message that fits.
struct FoundIn {
    MessageId message;
    Time at{};
    search::Excerpt subject, from, text;
};
BOOST_DESCRIBE_STRUCT(FoundIn, (), (message, at, subject, from, text))

struct ConversationSummary {
    ConversationId id;
    std::int64_t number = 0;  // for people: #1042
    Channel channel{};        // that it began on, and that answers go out by
    State state{};
    Priority priority{};
    std::string subject, preview;
    Person from;
    MailboxId mailbox;  // that answers leave from
    std::optional<TeamId> team;
    std::optional<AgentId> assignee;
    std::vector<LabelId> labels;
    Locale locale{};
    std::int64_t messages = 0;
    Time opened_at{}, last_at{};
    std::optional<Time> waiting_since;  // since when the customer waits for us
    std::optional<Time> snoozed_until;
    std::optional<ConversationId> merged_into;
    std::optional<sla::Due> due;  // of what is promised, what is due first
    bool erased = false;
    std::int64_t version = 0;      // for If-Match
    std::optional<FoundIn> found;  // of a search by words
    std::optional<bool> unread;    // a person has written what the viewer has not seen; absent for programs
};
BOOST_DESCRIBE_STRUCT(ConversationSummary, (),
                      (id, number, channel, state, priority, subject, preview, from, mailbox, team, assignee, labels,
                       locale, messages, opened_at, last_at, waiting_since, snoozed_until, merged_into, due, erased,
                       version, found, unread))

struct ParticipantView {
    ParticipantId id;
    std::string address;
    Role role{};
    bool proven = false;  // a mail of theirs brought what only they were sent
};
BOOST_DESCRIBE_STRUCT(ParticipantView, (), (id, address, role, proven))

struct SuggestionView {
    ConversationId conversation;
    std::int64_t number = 0;
    std::string subject;
    std::string reason;  // for people
    Time at{};
};
BOOST_DESCRIBE_STRUCT(SuggestionView, (), (conversation, number, subject, reason, at))

// Whom an answer would go to if nothing else is said; nobody where the channel brings it (chat).
struct ReplyTo {
    std::vector<std::string> to, cc;
    std::string subject;
};
BOOST_DESCRIBE_STRUCT(ReplyTo, (), (to, cc, subject))

struct ConversationView : ConversationSummary {
    std::vector<MailboxId> mailboxes;  // where it is shown
    std::vector<ParticipantView> participants;
    std::vector<SuggestionView> suggestions;  // "could be the same: merge?"
    ReplyTo reply;
    std::optional<std::string> about;       // the delivery whose letter was answered
    std::optional<ConversationId> follows;  // that it goes on with, or was split from
    std::vector<ConversationId> merged;     // what was merged into it
    std::optional<Time> resolved_at;
    FieldValues fields;  // of the organisation's own, by key
};
BOOST_DESCRIBE_STRUCT(ConversationView, (ConversationSummary),
                      (mailboxes, participants, suggestions, reply, about, follows, merged, resolved_at, fields))

enum class View : std::uint8_t { all, mine, unassigned };
BOOST_DESCRIBE_ENUM(View, all, mine, unassigned)

enum class Order : std::uint8_t {
    newest,  // last message first
    due,     // what is due first; only what is promised and runs, in the views all, mine, unassigned, assignee and team
};
BOOST_DESCRIBE_ENUM(Order, newest, due)

// One of the views, or one of the others.
struct ConversationQuery {
    std::optional<State> state;  // open, unless it is a customer's
    std::optional<View> view;
    std::optional<AgentId> assignee;
    std::optional<TeamId> team;
    std::optional<MailboxId> mailbox;
    std::optional<LabelId> label;
    std::optional<CustomerId> customer;
    std::optional<Order> order;
    bool unread = false;  // only what the viewer has not seen; a page may be short, and has a next one then
    std::string q;        // a search: words, "phrases", -without, from:, is:open, label: … In any state; takes no view
    std::string after;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(ConversationQuery, (),
                      (state, view, assignee, team, mailbox, label, customer, order, unread, q, after, limit))

// Where a list goes on after this one.
std::string cursor_after(ConversationSummary const& last);

struct ConversationPage {
    std::vector<ConversationSummary> items;
    std::optional<std::string> next;
    std::optional<bool> incomplete;      // of a search: the index is being made, there may be more
    std::optional<std::string> instead;  // nothing was found for q; these are for what could have been meant
};
BOOST_DESCRIBE_STRUCT(ConversationPage, (), (items, next, incomplete, instead))

// Last message first. Codes: bad_cursor, invalid_fields (more than one filter).
Expected<ConversationPage> list_conversations(store::Reader& reader, Office const& office, Actor const& viewer,
                                              ConversationQuery const& query);
Expected<ConversationView> find_conversation(store::Reader& reader, Office const& office, ConversationId id);

struct ConversationChange {
    std::optional<State> state;  // open, pending, snoozed, resolved, spam
    std::optional<Time> snoozed_until;
    std::optional<Priority> priority;
    std::optional<OrNone<AgentId>> assignee;
    std::optional<OrNone<TeamId>> team;
    std::optional<std::vector<LabelId>> labels;  // all of them
    std::optional<Text<1, 500>> subject;
    std::optional<FieldValues> fields;  // those that change, by key; null takes a value away
};
BOOST_DESCRIBE_STRUCT(ConversationChange, (), (state, snoozed_until, priority, assignee, team, labels, subject, fields))
// `expected`: the version of If-Match. Codes: not_found, changed_meanwhile, state_does_not_allow, agent_not_found,
// team_not_found, label_not_found, invalid_fields, fields_missing, erased.
Expected<ConversationView> change_conversation(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                                               std::optional<std::int64_t> expected, ConversationChange const& change);
// The same change to many: each for itself, none stops the others.
inline constexpr std::size_t most_changed_at_once = 200;
struct NewChanges {
    std::vector<ConversationId> conversations;
    ConversationChange change;
};
BOOST_DESCRIBE_STRUCT(NewChanges, (), (conversations, change))
struct ChangeOutcome {
    ConversationId conversation;
    bool changed = true;
    std::optional<std::string> code, reason;  // where it was refused
    std::optional<State> was;                 // before: to undo it
    std::optional<AgentId> was_assigned_to;
    std::optional<TeamId> was_given_to;
};
BOOST_DESCRIBE_STRUCT(ChangeOutcome, (), (conversation, changed, code, reason, was, was_assigned_to, was_given_to))
struct ChangeOutcomes {
    std::vector<ChangeOutcome> items;
};
BOOST_DESCRIBE_STRUCT(ChangeOutcomes, (), (items))

// ---- messages

struct Author {
    ActorKind kind{};
    std::string id;    // agt_…, cus_…, key_…; empty: none
    std::string name;  // as the mail says, or the agent's
};
BOOST_DESCRIBE_STRUCT(Author, (), (kind, id, name))

struct MailAddress {
    std::string name, address;
};
BOOST_DESCRIBE_STRUCT(MailAddress, (), (name, address))

struct AttachmentView {
    AttachmentId id;
    std::string name;
    std::string media_type;  // by its content
    std::int64_t size = 0;
    bool inside = false;                    // the HTML shows it, by its Content-ID
    std::optional<std::string> content_id;  // of "cid:" (RFC 2392)
    std::optional<AttachmentScan> scan;     // absent where no antivirus is used
};
BOOST_DESCRIBE_STRUCT(AttachmentView, (), (id, name, media_type, size, inside, content_id, scan))

struct MessageLetter {
    post::OutboxId id;
    std::string to;
    post::State state{};
    std::int64_t attempts = 0;
    std::optional<std::string> last_reply;
    std::optional<std::string> returned;  // why it came back after it had been accepted
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(MessageLetter, (), (id, to, state, attempts, last_reply, returned, changed_at))

struct MessageView {
    MessageId id;
    ConversationId conversation;
    ConversationId origin;  // another one where it was merged
    Direction direction{};
    Channel channel{};
    MessageState state{};
    Time at{};
    Author author;
    MailAddress from;
    std::vector<MailAddress> to, cc;
    std::vector<MailAddress> reply_to;  // where the sender wishes answers; nothing is sent there by itself
    std::string subject;
    bool other_subject = false;       // than the conversation's: could be split
    std::string text;                 // what the sender wrote
    std::string quoted;               // what follows it: text and quoted together are the whole
    bool cut = false;                 // text and quoted are its beginning: ask for the message itself
    std::vector<FilledField> fields;  // of a form
    bool has_html = false;
    std::vector<AttachmentView> attachments;
    bool has_raw = false;
    std::optional<MatchedBy> matched_by;
    std::optional<std::string> matched;    // the same for people
    std::optional<std::string> automatic;  // a program wrote it: what says so
    std::optional<std::string> claims;     // agent, mailbox: the sender says so, nothing proves it
    std::optional<std::string> trouble;    // why it could not be read; see its raw octets
    std::vector<MessageLetter> letters;
    std::optional<Time> leaves_at;  // until then it can be taken back
    std::optional<std::string> key;
    bool erased = false;
};
BOOST_DESCRIBE_STRUCT(MessageView, (),
                      (id, conversation, origin, direction, channel, state, at, author, from, to, cc, reply_to, subject,
                       other_subject, text, quoted, cut, fields, has_html, attachments, has_raw, matched_by, matched,
                       automatic, claims, trouble, letters, leaves_at, key, erased))

struct MessageQuery {
    std::string after;  // the `next` of an earlier page: older ones
    int limit = 30;
};
BOOST_DESCRIBE_STRUCT(MessageQuery, (), (after, limit))
struct MessagePage {
    std::vector<MessageView> items;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(MessagePage, (), (items, next))

// Newest first. Codes: not_found, bad_cursor.
Expected<MessagePage> list_messages(store::Reader& reader, Office const& office, ConversationId id,
                                    MessageQuery const& query);
// With the whole text.
Expected<MessageView> find_message(store::Reader& reader, Office const& office, MessageId id);
// Codes: not_found, gone content_erased.
Expected<Bytes> html_of(store::Reader& reader, Office const& office, MessageId id);
struct File {
    std::string name, media_type;
    Bytes bytes;
};
// Of a message; of an upload for whoever uploaded it. Codes: not_found, content_erased, file_infected.
Expected<File> attachment_of(store::Reader& reader, Office const& office, Actor const& viewer, AttachmentId id,
                             InfectedFiles infected = InfectedFiles::refused);
// The mail in the spool that a message came as.
Expected<post::InboundId> raw_mail_of(store::Reader& reader, MessageId id);

enum class MessageKind : std::uint8_t { reply, note };
BOOST_DESCRIBE_ENUM(MessageKind, reply, note)

inline constexpr std::size_t most_recipients = 50;
inline constexpr std::size_t most_attachments = 50;
using MessageText = Text<0, 200'000>;

struct NewMessage {
    MessageKind kind{};
    std::optional<MessageText> text;
    std::optional<std::string> html;              // what is not on the allow list is taken out
    std::optional<std::vector<EmailAddress>> to;  // else as `reply` of the conversation says
    std::optional<std::vector<EmailAddress>> cc;
    std::optional<Text<1, 500>> subject;
    std::vector<AttachmentId> attachments;  // uploaded by the same viewer
    std::optional<State> then;              // pending unless told: open, pending, resolved
    std::optional<Text<1, 100>> key;        // made by the client: posted twice, it is one message
    std::optional<MessageId> seen;          // of an answer: refused when others have written after this message
};
BOOST_DESCRIBE_STRUCT(NewMessage, (), (kind, text, html, to, cc, subject, attachments, then, key, seen))

struct NewConversation {
    MailboxId mailbox;
    std::vector<EmailAddress> to;
    std::vector<EmailAddress> cc;
    std::optional<Text<1, 200>> name;  // of the first recipient
    Text<1, 500> subject;
    std::optional<MessageText> text;
    std::optional<std::string> html;
    std::vector<AttachmentId> attachments;
    std::optional<Locale> locale;
    std::optional<Text<1, 100>> key;
};
BOOST_DESCRIBE_STRUCT(NewConversation, (), (mailbox, to, cc, name, subject, text, html, attachments, locale, key))

// ---- uploads

struct AttachmentUpload {
    AttachmentId id;
    std::string name, media_type;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(AttachmentUpload, (), (id, name, media_type, size))

// ---- drafts

struct DraftWords {
    MessageText text;
    std::string html;
    std::vector<std::string> to, cc;  // as typed: need not be addresses yet
    std::string subject;
    std::vector<AttachmentId> attachments;
    std::optional<MessageId> seen = {};  // the last message when it was begun
};
BOOST_DESCRIBE_STRUCT(DraftWords, (), (text, html, to, cc, subject, attachments, seen))
struct PutDraft {
    MessageKind kind{};
    std::optional<std::int64_t> version;  // that it was read with; absent: there was none
    DraftWords words;
};
BOOST_DESCRIBE_STRUCT(PutDraft, (), (kind, version, words))
struct DraftView {
    DraftId id;
    ConversationId conversation;
    MessageKind kind{};
    std::int64_t version = 0;
    DraftWords words;
    std::vector<AttachmentUpload> files;  // its attachments by name
    std::optional<DraftWords> returned;   // of an answer that was taken back while this draft stood already
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(DraftView, (), (id, conversation, kind, version, words, files, returned, changed_at))
struct DraftQuery {
    std::optional<MessageKind> kind;
    bool returned = false;  // to delete: what came back, not the draft
};
BOOST_DESCRIBE_STRUCT(DraftQuery, (), (kind, returned))

// An agent sees their own only. Codes: agents_only, not_found, changed_meanwhile, too_large.
Expected<DraftView> find_draft(store::Reader& reader, Office const& office, Actor const& viewer, ConversationId id,
                               MessageKind kind);
Expected<DraftView> put_draft(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                              PutDraft const& wanted);
// What came back beside it becomes the draft.
Expected<> delete_draft(store::Tx& tx, Act const& act, ConversationId id, MessageKind kind);
Expected<> delete_returned(store::Tx& tx, Act const& act, ConversationId id);

// ---- merging and splitting

struct NewMerge {
    ConversationId into;
};
BOOST_DESCRIBE_STRUCT(NewMerge, (), (into))
struct NewSplit {
    std::vector<MessageId> messages;
    std::optional<Text<1, 500>> subject;
};
BOOST_DESCRIBE_STRUCT(NewSplit, (), (messages, subject))

// The messages of `from` move into `into`. Codes: not_found, same_conversation, state_does_not_allow, erased.
Expected<ConversationView> merge(store::Tx& tx, Office const& office, Act const& act, ConversationId from,
                                 ConversationId into);
// They come back: those that came to it, and those that were split off since stay where they are.
Expected<ConversationView> unmerge(store::Tx& tx, Office const& office, Act const& act, ConversationId id);
// The messages go to a new conversation that follows this one. Codes: not_found, nothing_left, state_does_not_allow.
Expected<ConversationView> split(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                                 NewSplit const& wanted);

}  // namespace rapport::conversation

template <class AnyId>
struct rapport::json::TextRule<rapport::conversation::OrNone<AnyId>> {
    static std::string rule() { return TextRule<AnyId>::rule() + ", or empty: none"; }
};

// webhooks have messages, too.
template <>
struct rapport::json::SchemaName<rapport::conversation::MessageView> {
    static std::string name() { return "ConversationMessage"; }
};
