// The API's shapes (described structs), and the verbs that speak them.
#pragma once

#include "desk/desk.hpp"

namespace rapport::desk {

using conversation::OrNone;
using conversation::Priority;
using conversation::Standing;
using conversation::State;

// ---- whose

enum class Audience : std::uint8_t {
    own,       // the agent's who made it
    team,      // its members'
    everyone,  // whoever answers
};
BOOST_DESCRIBE_ENUM(Audience, own, team, everyone)

using ItemName = Text<1, 100>;
using Folder = Text<0, 100>;

// ---- canned replies

using Shortcut = Text<1, 40>;
using CannedText = Text<1, 20'000>;

struct NewCannedReply {
    ItemName name;
    std::optional<Shortcut> shortcut;  // typed after a slash: "refund"
    std::optional<Folder> folder;
    Audience audience{};
    std::optional<TeamId> team;                  // of the audience team
    std::map<std::string, CannedText> versions;  // by language, with variables: docs/users/desk.md
};
BOOST_DESCRIBE_STRUCT(NewCannedReply, (), (name, shortcut, folder, audience, team, versions))

struct CannedReplyView {
    CannedReplyId id;
    std::string name;
    std::optional<std::string> shortcut;
    std::string folder;
    Audience audience{};
    std::optional<TeamId> team;
    std::optional<AgentId> owner;
    std::map<std::string, std::string> versions;
    bool may_change = false;  // the viewer may
    std::int64_t version = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(CannedReplyView, (),
                      (id, name, shortcut, folder, audience, team, owner, versions, may_change, version, created_at,
                       changed_at))

// A value that was not there, and what stands in its place.
struct GapView {
    std::string variable, gives;
};
BOOST_DESCRIBE_STRUCT(GapView, (), (variable, gives))

struct NewRendering {
    ConversationId conversation;
    std::optional<Locale> locale;  // else the conversation's
};
BOOST_DESCRIBE_STRUCT(NewRendering, (), (conversation, locale))
struct Rendered {
    std::string text;
    Locale locale{};  // of the version that was taken
    std::vector<GapView> gaps;
};
BOOST_DESCRIBE_STRUCT(Rendered, (), (text, locale, gaps))

struct Variable {
    std::string name;  // "customer.name"
    bool always = false;
};
BOOST_DESCRIBE_STRUCT(Variable, (), (name, always))

// Publish canned_reply.created, .changed, .deleted; audited. Codes: invalid_fields, forbidden, not_found,
// shortcut_exists, team_not_found, template_invalid, too_many.
Expected<CannedReplyView> create_canned(store::Tx& tx, Act const& act, Who const& who, NewCannedReply const& wanted);
Expected<CannedReplyView> change_canned(store::Tx& tx, Act const& act, Who const& who, CannedReplyId id,
                                        NewCannedReply const& wanted);
Expected<> delete_canned(store::Tx& tx, Act const& act, Who const& who, CannedReplyId id);
std::vector<CannedReplyView> list_canned(store::Reader& reader, Who const& who);
// The words as they would be sent. Codes: not_found, missing_variable, letter_too_large.
Expected<Rendered> render_canned(store::Reader& reader, Office const& office, Who const& who, CannedReplyId id,
                                 NewRendering const& wanted);
std::vector<Variable> variables(store::Reader& reader);

// ---- actions

enum class Does : std::uint8_t {
    set_state,
    assign,
    give_to_team,
    set_priority,
    add_label,
    remove_label,
    snooze,
    note,
    reply,
    set_field,
    notify,  // a note, and those whom it names find it among their mentions
};
BOOST_DESCRIBE_ENUM(Does, set_state, assign, give_to_team, set_priority, add_label, remove_label, snooze, note, reply,
                    set_field, notify)

inline constexpr std::size_t most_actions = 20;
inline constexpr std::size_t most_notified = 50;  // by name
inline constexpr std::int64_t most_snooze_minutes = 366 * 24 * 60;

// Each takes what its kind needs, and nothing else.
struct Action {
    Does does{};
    std::optional<State> state;                      // set_state: open, pending, resolved, spam
    std::optional<std::string> assignee;             // assign: an agent; "me"; empty: nobody
    std::optional<OrNone<TeamId>> team;              // give_to_team; notify: all of its members
    std::optional<Priority> priority;                // set_priority
    std::optional<LabelId> label;                    // add_label, remove_label
    std::optional<std::int64_t> minutes;             // snooze
    std::optional<std::vector<std::string>> people;  // notify: agents; "assignee": whoever it is then
    std::optional<CannedText> text;                  // note, notify, reply: with variables; or else
    std::optional<CannedReplyId> canned_reply;
    std::optional<std::string> field;  // set_field: its key
    std::optional<json::Value> value;  // and what it becomes
};
BOOST_DESCRIBE_STRUCT(Action, (),
                      (does, state, assignee, team, priority, label, minutes, people, text, canned_reply, field, value))

// ---- macros

struct NewMacro {
    ItemName name;
    std::optional<Folder> folder;
    Audience audience{};
    std::optional<TeamId> team;
    std::vector<Action> actions;  // in this order
};
BOOST_DESCRIBE_STRUCT(NewMacro, (), (name, folder, audience, team, actions))

struct MacroView {
    MacroId id;
    std::string name, folder;
    Audience audience{};
    std::optional<TeamId> team;
    std::optional<AgentId> owner;
    std::vector<Action> actions;
    bool may_change = false;
    std::int64_t version = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(MacroView, (),
                      (id, name, folder, audience, team, owner, actions, may_change, version, created_at, changed_at))

Expected<MacroView> create_macro(store::Tx& tx, Act const& act, Who const& who, NewMacro const& wanted);
Expected<MacroView> change_macro(store::Tx& tx, Act const& act, Who const& who, MacroId id, NewMacro const& wanted);
Expected<> delete_macro(store::Tx& tx, Act const& act, Who const& who, MacroId id);
std::vector<MacroView> list_macros(store::Reader& reader, Who const& who);
Expected<MacroView> find_macro(store::Reader& reader, Who const& who, MacroId id);

// ---- runs: actions carried out

inline constexpr std::size_t most_in_one_run = 200;

// Of a macro, or of actions chosen for once.
struct NewRun {
    std::vector<ConversationId> conversations;
    std::optional<MacroId> macro;
    std::vector<Action> actions;
    std::optional<Text<1, 100>> key;  // made by the client: posted twice, it happens once
};
BOOST_DESCRIBE_STRUCT(NewRun, (), (conversations, macro, actions, key))

struct RunOutcome {
    ConversationId conversation;
    bool done = false;
    std::optional<RunId> run;  // to undo it
    std::optional<Time> undo_until;
    std::optional<std::string> code, reason;  // where it was refused: nothing has happened to this conversation
};
BOOST_DESCRIBE_STRUCT(RunOutcome, (), (conversation, done, run, undo_until, code, reason))
struct RunOutcomes {
    std::vector<RunOutcome> items;
};
BOOST_DESCRIBE_STRUCT(RunOutcomes, (), (items))

struct NewRunPreview {
    ConversationId conversation;
    std::optional<MacroId> macro;
    std::vector<Action> actions;
};
BOOST_DESCRIBE_STRUCT(NewRunPreview, (), (conversation, macro, actions))
struct MessagePreview {
    conversation::MessageKind kind{};
    std::string text;
    Locale locale{};
    std::vector<GapView> gaps;
};
BOOST_DESCRIBE_STRUCT(MessagePreview, (), (kind, text, locale, gaps))
struct RunPreview {
    Standing before, after;
    std::vector<MessagePreview> messages;
    std::optional<std::string> code, reason;  // it would be refused
};
BOOST_DESCRIBE_STRUCT(RunPreview, (), (before, after, messages, code, reason))

}  // namespace rapport::desk
