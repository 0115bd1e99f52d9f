// What agents change about a conversation: state, priority, whose it is, labels, subject.
#include <algorithm>

#include "conversation/field_values.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t most_labels_of_one = 50;
constexpr auto longest_snooze = std::chrono::days(366 * 5);

std::unexpected<Error> wrong(std::string pointer, std::string code, std::string text, std::string rule,
                             std::string fix) {
    return fail(ErrorKind::invalid, std::move(code), std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

Expected<Verb> verb_to(State state) {
    switch (state) {
        case State::open:
            return Verb::reopen;
        case State::pending:
            return Verb::wait;
        case State::snoozed:
            return Verb::snooze;
        case State::resolved:
            return Verb::resolve;
        case State::spam:
            return Verb::mark_spam;
        case State::merged:
            break;
    }
    return wrong("/state", "invalid_fields", "Conversations are merged by a request of their own.",
                 "must be open, pending, snoozed, resolved or spam", "see POST /v1/conversations/{id}/merge");
}

std::string_view event_of(Verb verb) {
    switch (verb) {
        case Verb::reopen:
            return "conversation.reopened";
        case Verb::wait:
            return "conversation.waits";
        case Verb::snooze:
            return "conversation.snoozed";
        case Verb::resolve:
            return "conversation.resolved";
        case Verb::mark_spam:
            return "conversation.marked_spam";
        default:
            return "conversation.changed";
    }
}

class Change {
  public:
    Change(store::Tx& tx, Office const& office, Act const& act, ConversationRow const& before,
           ConversationChange const& wanted)
        : tx_(tx), office_(office), act_(act), before_(before), after_(before), wanted_(wanted) {}

    Expected<> make() {
        for (auto const step :
             {&Change::fields, &Change::team, &Change::state, &Change::assignee, &Change::labels, &Change::rest})
            if (auto const done = (this->*step)(); !done) return done;
        if (!changed_) return {};
        commit(tx_, before_, after_, act_.now);
        for (auto& [kind, data] : events_) tell(tx_, after_, kind, act_.actor, act_.now, std::move(data));
        return {};
    }

  private:
    void happened(std::string_view kind, json::Object data = {}) {
        changed_ = true;
        events_.emplace_back(kind, std::move(data));
    }

    Expected<> fields() {
        if (!wanted_.fields) return {};
        auto const set = set_values(tx_, office_, before_, *wanted_.fields, act_.now);
        if (!set) return fail(set.error());
        if (*set) happened("conversation.filled_in");
        return {};
    }

    Expected<> state() {
        if (!wanted_.state) {
            if (wanted_.snoozed_until)
                return wrong("/snoozed_until", "invalid_fields", "Only a snoozed conversation has that.",
                             "goes with the state snoozed", "add \"state\": \"snoozed\"");
            return {};
        }
        bool const snoozes = *wanted_.state == State::snoozed;
        if (snoozes != wanted_.snoozed_until.has_value() ||
            (snoozes && (*wanted_.snoozed_until <= act_.now || *wanted_.snoozed_until > act_.now + longest_snooze)))
            return wrong("/snoozed_until", "invalid_fields", "It is not clear until when it is snoozed.",
                         "an instant to come, with the state snoozed alone", "add it, or take another state");
        if (*wanted_.state == before_.state && !snoozes) return {};
        auto const verb = verb_to(*wanted_.state);
        if (!verb) return fail(verb.error());
        if (auto const moved = move(after_, *verb, act_.now); !moved) return moved;
        if (*verb == Verb::resolve)
            if (auto const whole = check_required(tx_, office_, after_); !whole) return whole;
        if (snoozes) after_.snoozed_until = wanted_.snoozed_until;
        json::Object data{{"from", json::enum_name(before_.state)}};
        if (snoozes) data["until"] = to_text(*wanted_.snoozed_until);
        happened(event_of(*verb), std::move(data));
        if (*verb == Verb::mark_spam) people::audit(tx_, act_, "conversation.marked_spam", to_text(before_.id));
        return {};
    }

    Expected<> assignee() {
        if (!wanted_.assignee || wanted_.assignee->value == before_.assignee) return {};
        if (auto const id = wanted_.assignee->value) {
            auto const agent = people::find_agent(tx_, *id);
            if (!agent || agent->disabled_at || !people::permissions_of(agent->role).has(people::may_reply))
                return wrong("/assignee", "agent_not_found", "There is nobody of that identifier who could answer.",
                             "must be an agent who may answer", "choose one of /v1/assignees");
        }
        after_.assignee = wanted_.assignee->value;
        json::Object data;
        if (after_.assignee) data["assignee"] = to_text(*after_.assignee);
        happened("conversation.assigned", std::move(data));
        return {};
    }

    Expected<> team() {
        if (!wanted_.team || wanted_.team->value == before_.team) return {};
        if (auto const id = wanted_.team->value) {
            auto const team = people::find_team(tx_, *id);
            if (!team || team->retired)
                return wrong("/team", "team_not_found", "There is no such team.", "must be a team",
                             "choose another one");
        }
        after_.team = wanted_.team->value;
        json::Object data;
        if (after_.team) data["team"] = to_text(*after_.team);
        happened("conversation.given_to_team", std::move(data));
        return {};
    }

    Expected<> labels() {
        if (!wanted_.labels) return {};
        auto const& wanted = *wanted_.labels;
        if (wanted.size() > most_labels_of_one)
            return wrong("/labels", "invalid_fields", "There are too many labels.",
                         "at most " + std::to_string(most_labels_of_one), "leave some out");
        for (auto const id : wanted)
            if (!tx_.one<LabelId>(sql::label_exists, id))
                return wrong("/labels", "label_not_found", "There is no label " + to_text(id) + ".", "must be labels",
                             "leave it out");
        auto const present = labels_of(tx_, before_.id);
        bool differs = false;
        for (auto const id : present)
            if (std::ranges::find(wanted, id) == wanted.end()) {
                unlabel(tx_, before_, id);
                differs = true;
            }
        for (auto const id : wanted)
            if (std::ranges::find(present, id) == present.end()) {
                label(tx_, before_, id);
                differs = true;
            }
        after_.relabelled = differs;
        if (differs) happened("conversation.labelled");
        return {};
    }

    Expected<> rest() {
        if (wanted_.priority && *wanted_.priority != before_.priority) {
            after_.priority = *wanted_.priority;
            happened("conversation.prioritised", {{"priority", json::enum_name(after_.priority)}});
        }
        if (wanted_.subject) {
            if (!before_.wrapped_key) return fail(content_erased());
            auto cover = cover_of(office_, before_);
            cover.subject = wanted_.subject->value;
            set_cover(office_, after_, cover);
            happened("conversation.renamed");
        }
        return {};
    }

    store::Tx& tx_;
    Office const& office_;
    Act const& act_;
    ConversationRow const& before_;
    ConversationRow after_;
    ConversationChange const& wanted_;
    bool changed_ = false;
    std::vector<std::pair<std::string, json::Object>> events_;
};

}  // namespace

Expected<ConversationView> change_conversation(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                                               std::optional<std::int64_t> expected, ConversationChange const& change) {
    auto const before = lock_row(tx, id);
    if (!before) return fail(no_such_conversation());
    if (expected && *expected != before->version)
        return fail(ErrorKind::conflict, "changed_meanwhile",
                    "Somebody has changed the conversation meanwhile. Look at it, and try again.");
    if (before->state == State::merged) return fail(not_allowed(before->state, Verb::reopen));
    if (auto const done = Change(tx, office, act, *before, change).make(); !done) return fail(done.error());
    return find_conversation(tx, office, id);
}

}  // namespace rapport::conversation
