// Carrying out, looking ahead, and undoing.
#include "desk/runs.hpp"

#include "desk/items.hpp"
#include "desk/sql.hpp"

namespace rapport::desk {
namespace {

constexpr auto undo_for = std::chrono::minutes(10);  // where nothing leaves
constexpr auto keep_for = std::chrono::days(30);

struct RunRow {
    RunId id;
    ConversationId conversation;
    std::optional<std::int64_t> item;
    ActorKind actor_kind{};
    std::int64_t actor_id = 0;
    Time at{};
    std::int64_t version = 0;
    json::Object stood;
    std::string messages;
    Time undo_until{};
    std::optional<Time> undone_at;
};
BOOST_DESCRIBE_STRUCT(RunRow, (),
                      (id, conversation, item, actor_kind, actor_id, at, version, stood, messages, undo_until,
                       undone_at))

// How a conversation stood: values of fields are sealed with it, and gone when it is erased.
struct Kept {
    Standing standing;  // without its fields
    std::optional<std::string> fields;
};
BOOST_DESCRIBE_STRUCT(Kept, (), (standing, fields))

json::Object kept_of(store::Reader& reader, Office const& office, ConversationId id, Standing standing) {
    auto const fields = std::exchange(standing.fields, {});
    Kept kept{std::move(standing), {}};
    if (!fields.empty())
        if (auto const sealed = conversation::sealed_fields(reader, office, id, fields))
            kept.fields = to_base64(*sealed);
    return object_of(kept);
}

std::optional<Standing> stood_of(store::Reader& reader, Office const& office, RunRow const& row) {
    auto kept = body_of<Kept>(row.stood);
    if (!kept.fields) return std::move(kept.standing);
    auto const sealed = from_base64(*kept.fields);
    auto fields = sealed ? conversation::opened_fields(reader, office, row.conversation, *sealed) : std::nullopt;
    if (!fields) return std::nullopt;
    kept.standing.fields = std::move(*fields);
    return std::move(kept.standing);
}

RunOutcome outcome_of(RunRow const& row) { return {row.conversation, true, row.id, row.undo_until, {}, {}}; }

std::string joined(std::vector<MessageId> const& ids) {
    std::string out;
    for (auto const id : ids) out += (out.empty() ? "" : " ") + to_text(id);
    return out;
}

// Last first: what was written last is taken back first.
std::vector<MessageId> messages_of(RunRow const& row) {
    std::vector<MessageId> out;
    std::string_view rest = row.messages;
    while (!rest.empty()) {
        auto const end = std::min(rest.find(' '), rest.size());
        if (MessageId id; from_text(rest.substr(0, end), id)) out.insert(out.begin(), id);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

}  // namespace

Expected<std::vector<Action>> actions_of(store::Reader& reader, Who const& who, std::optional<MacroId> macro,
                                         std::vector<Action> const& given) {
    if (macro.has_value() != given.empty())
        return wrong("/actions", "It is not clear what is done.", "either a macro or actions", "leave out one of them");
    if (macro) {
        auto const found = find_macro(reader, who, *macro);
        if (!found) return fail(found.error());
        return found->actions;
    }
    if (auto const good = check_actions(reader, who, given); !good) return fail(good.error());
    return given;
}

std::optional<RunOutcome> made_before(store::Reader& reader, Act const& act, ConversationId conversation,
                                      std::optional<std::string> const& key) {
    if (!key) return std::nullopt;
    auto const made = reader.one<RunRow>(sql::run_of_key, act.actor.kind, act.actor.id, *key, conversation);
    return made ? std::optional(outcome_of(*made)) : std::nullopt;
}

Expected<RunOutcome> run(store::Tx& tx, Office const& office, Act const& act, Who const& who, Prepared const& prepared,
                         std::optional<MacroId> macro, std::optional<std::string> const& key) {
    conversation::lock_standing(tx, office, prepared.conversation);  // two with one key stand in line
    if (auto made = made_before(tx, act, prepared.conversation, key)) return std::move(*made);
    auto const done = carry_out(tx, office, act, who, prepared);
    if (!done) return fail(done.error());
    auto const id = tx.new_id<RunId>();
    auto const undo_until = act.now + (done->sends ? Duration(office.settings.undo) : Duration(undo_for));
    tx.exec(sql::insert_run, id, prepared.conversation, macro, act.actor.kind, act.actor.id, key, act.now,
            done->after.version, kept_of(tx, office, prepared.conversation, done->before.standing),
            joined(done->messages), undo_until);
    tx.exec(sql::forget_runs, act.now - keep_for);
    return RunOutcome{prepared.conversation, true, id, undo_until, {}, {}};
}

RunPreview preview(store::Tx& tx, Office const& office, Act const& act, Who const& who, Prepared const& prepared) {
    RunPreview out;
    out.messages = prepared.messages;
    auto const done = carry_out(tx, office, act, who, prepared);
    if (done) {
        out.before = done->before.standing;
        out.after = done->after.standing;
        return out;
    }
    out.code = done.error().code;
    out.reason = done.error().text;
    return out;
}

Expected<conversation::ConversationView> undo(store::Tx& tx, Office const& office, Act const& act, RunId id) {
    auto const found = tx.one<RunRow>(sql::find_run, id);
    if (!found || found->actor_kind != act.actor.kind || found->actor_id != act.actor.id)
        return fail(ErrorKind::not_found, "not_found", "There is no such run of yours.");
    auto const now = conversation::lock_standing(tx, office, found->conversation);
    auto const row = tx.one<RunRow>(sql::find_run, id);  // as it is under the lock
    if (!now || !row) return fail(ErrorKind::not_found, "not_found", "There is no such conversation any more.");
    if (row->undone_at) return fail(ErrorKind::conflict, "already_undone", "This was undone already.");
    if (act.now > row->undo_until) return fail(ErrorKind::conflict, "too_late", "It is too late to undo this.");
    if (now->version != row->version)
        return fail(ErrorKind::conflict, "changed_meanwhile",
                    "The conversation has changed since. Look at it, and change it back by hand.");
    auto const stood = stood_of(tx, office, *row);
    if (!stood) return fail(ErrorKind::gone, "content_erased", "What stood there before has been erased for good.");
    for (auto const message : messages_of(*row))
        if (auto const back = conversation::take_back(tx, office, act, message, conversation::Afterwards::nothing);
            !back)
            return fail(back.error());
    if (auto const back = conversation::restore(tx, office, act, row->conversation, *stood); !back)
        return fail(back.error());
    tx.exec(sql::mark_undone, id, act.now);
    return conversation::find_conversation(tx, office, row->conversation);
}

void check_runs(store::Reader& reader, Office const& office, std::function<void(Finding const&)> const& report) {
    for (RunId last{0};;) {
        auto const rows = reader.all<RunRow>(sql::fsck_runs, last, std::int64_t{1000});
        for (auto const& row : rows) {
            auto const now_is = conversation::standing_of(reader, office, row.conversation);
            if (!now_is) report({to_text(row.id), "it ran on a conversation that is not there"});
            if (now_is && row.version > now_is->version)
                report({to_text(row.id), "it left a version of its conversation that is still to come"});
            if (now_is && row.undo_until > row.at && !stood_of(reader, office, row))
                if (auto const whole = conversation::find_conversation(reader, office, row.conversation);
                    whole && !whole->erased)
                    report({to_text(row.id), "how its conversation stood before cannot be opened"});
        }
        if (rows.empty()) return;
        last = rows.back().id;
    }
}

}  // namespace rapport::desk
