// What each action needs, and what it does.
#include "desk/actions.hpp"

#include <algorithm>
#include <set>

#include "desk/canned.hpp"
#include "desk/items.hpp"
#include "desk/mentions.hpp"
#include "desk/variables.hpp"
#include "people/agents.hpp"

namespace rapport::desk {
namespace {

using conversation::ConversationChange;
using conversation::FieldValues;
using conversation::MessageKind;

bool writes(Does does) { return does == Does::note || does == Does::reply || does == Does::notify; }

// Which members an action of a kind must have; all others must be absent.
struct Member {
    std::string_view name;
    bool present = false, wanted = false;
};

std::vector<Member> members_of(Action const& a) {
    auto const is = [&](Does does) { return a.does == does; };
    return {{"state", a.state.has_value(), is(Does::set_state)},
            {"assignee", a.assignee.has_value(), is(Does::assign)},
            {"team", a.team.has_value(), is(Does::give_to_team) || (is(Does::notify) && a.team)},
            {"priority", a.priority.has_value(), is(Does::set_priority)},
            {"label", a.label.has_value(), is(Does::add_label) || is(Does::remove_label)},
            {"minutes", a.minutes.has_value(), is(Does::snooze)},
            {"people", a.people.has_value(), is(Does::notify) && (a.people || !a.team)},
            {"field", a.field.has_value(), is(Does::set_field)},
            {"value", a.value.has_value(), is(Does::set_field)},
            {"text", a.text.has_value(), writes(a.does) && !a.canned_reply},
            {"canned_reply", a.canned_reply.has_value(), writes(a.does) && !a.text && a.canned_reply}};
}

class Check {
  public:
    Check(store::Reader& reader, Who const& who, Action const& action, std::string pointer)
        : reader_(reader), who_(who), action_(action), pointer_(std::move(pointer)) {}

    Expected<> run() {
        auto const name = std::string(json::enum_name(action_.does));
        for (auto const& one : members_of(action_)) {
            if (one.present == one.wanted) continue;
            return at(one.name, "The action " + name + (one.wanted ? " lacks something." : " says too much."),
                      one.wanted ? "goes with " + name : "does not go with " + name,
                      one.wanted ? "add it" : "leave it out");
        }
        return values();
    }

  private:
    std::unexpected<Error> at(std::string_view member, std::string text, std::string rule, std::string fix) const {
        return wrong(pointer_ + '/' + std::string(member), std::move(text), std::move(rule), std::move(fix));
    }

    Expected<> values() {
        switch (action_.does) {
            case Does::set_state:
                if (*action_.state == State::snoozed || *action_.state == State::merged)
                    return at("state", "An action cannot set this state.", "must be open, pending, resolved or spam",
                              "snooze is an action of its own");
                return {};
            case Does::assign:
                return assignee();
            case Does::give_to_team:
                return team();
            case Does::add_label:
            case Does::remove_label:
                return label();
            case Does::snooze:
                if (*action_.minutes < 1 || *action_.minutes > most_snooze_minutes)
                    return at("minutes", "It cannot be put off for so long.",
                              "from 1 to " + std::to_string(most_snooze_minutes), "take another time");
                return {};
            case Does::note:
            case Does::reply:
                return words();
            case Does::notify:
                if (auto const good = notified(); !good) return good;
                return words();
            case Does::set_field:
                return field();
            case Does::set_priority:
                break;
        }
        return {};
    }
    Expected<> assignee() {
        auto const& wanted = *action_.assignee;
        if (wanted.empty() || wanted == "me") return {};
        if (can_answer(wanted)) return {};
        return at("assignee", "There is nobody of that identifier who could answer.",
                  "must be an agent who may answer, \"me\", or empty", "choose one of /v1/assignees");
    }
    bool can_answer(std::string const& text) {
        AgentId id;
        auto const agent = from_text(text, id) ? people::find_agent(reader_, id) : std::nullopt;
        return agent && !agent->disabled_at && people::permissions_of(agent->role).has(people::may_reply);
    }
    Expected<> team() {
        if (!action_.team->value || people::find_team(reader_, *action_.team->value)) return {};
        return at("team", "There is no such team.", "must be a team, or empty", "choose another one");
    }
    Expected<> notified() {
        bool const has_team = action_.team && action_.team->value;
        auto const n = action_.people ? action_.people->size() : 0;
        if ((n == 0 && !has_team) || n > most_notified)
            return at("people", "It is not clear who is told.",
                      "must be 1 to " + std::to_string(most_notified) + " agents, or go with a team", "name somebody");
        for (std::size_t i = 0; i < n; ++i)
            if (auto const& one = (*action_.people)[i]; one != "assignee" && !can_answer(one))
                return at("people/" + std::to_string(i), "There is nobody of that identifier who could answer.",
                          "must be an agent who may answer, or \"assignee\"", "choose one of /v1/assignees");
        return action_.team ? team() : Expected<>();
    }
    Expected<> field() {
        for (auto const& one : conversation::list_fields(reader_)) {
            if (one.key != *action_.field || one.retired) continue;
            auto const good = conversation::field_value(one, *action_.value, pointer_ + "/value");
            return good ? Expected<>() : fail(good.error());
        }
        return at("field", "There is no such field.", "must be a field of conversations",
                  "see /v1/conversation-fields");
    }
    Expected<> label() {
        auto const labels = conversation::list_labels(reader_);
        if (std::ranges::find(labels, *action_.label, &conversation::LabelView::id) != labels.end()) return {};
        return at("label", "There is no such label.", "must be a label", "choose another one");
    }
    Expected<> words() {
        if (action_.text) return check_words(reader_, action_.text->value, pointer_ + "/text");
        auto const found = find_item(reader_, canned_replies, who_, action_.canned_reply->value);
        if (found) return {};
        return at("canned_reply", "There is no such canned reply.", "must be one that you may use", "choose another");
    }

    store::Reader& reader_;
    Who const& who_;
    Action const& action_;
    std::string pointer_;
};

Expected<ConversationChange> change_of(store::Tx& tx, Office const& office, Act const& act, Who const& who,
                                       ConversationId id, Action const& action) {
    ConversationChange change;
    switch (action.does) {
        case Does::set_state:
            if (action.state == State::spam && !who.may_spam)
                return fail(ErrorKind::forbidden, "forbidden", "You may not mark conversations as spam.");
            change.state = action.state;
            break;
        case Does::assign: {
            OrNone<AgentId> to;
            if (action.assignee == "me") {
                auto const me = people::require_agent(act.actor);
                if (!me) return fail(me.error());
                to.value = *me;
            } else {
                conversation::from_text(*action.assignee, to);
            }
            change.assignee = to;
            break;
        }
        case Does::give_to_team:
            change.team = action.team;
            break;
        case Does::set_priority:
            change.priority = action.priority;
            break;
        case Does::add_label:
        case Does::remove_label: {
            auto const now = conversation::standing_of(tx, office, id);
            auto labels = now ? now->standing.labels : std::vector<LabelId>();
            std::erase(labels, *action.label);
            if (action.does == Does::add_label) labels.push_back(*action.label);
            change.labels = std::move(labels);
            break;
        }
        case Does::snooze:
            change.state = State::snoozed;
            change.snoozed_until = act.now + std::chrono::minutes(*action.minutes);
            break;
        case Does::set_field:
            change.fields = FieldValues{{*action.field, *action.value}};
            break;
        case Does::note:
        case Does::reply:
        case Does::notify:
            break;
    }
    return change;
}

// Whoever is named and there: who was disabled since is not.
std::vector<AgentId> told_by(store::Reader& reader, Office const& office, ConversationId id, Action const& action) {
    std::set<AgentId> wanted;
    if (action.team && action.team->value)
        if (auto const team = people::find_team(reader, *action.team->value); team && !team->retired)
            wanted.insert(team->members.begin(), team->members.end());
    for (auto const& one : action.people.value_or(std::vector<std::string>())) {
        AgentId agent;
        auto const now = one == "assignee" ? conversation::standing_of(reader, office, id) : std::nullopt;
        if (now && now->standing.assignee)
            wanted.insert(*now->standing.assignee);
        else if (from_text(one, agent))
            wanted.insert(agent);
    }
    std::vector<AgentId> out;
    for (auto const& one : conversation::assignees(reader).items)
        if (wanted.contains(one.id)) out.push_back(one.id);
    return out;
}

}  // namespace

Expected<> check_actions(store::Reader& reader, Who const& who, std::vector<Action> const& actions) {
    if (actions.empty() || actions.size() > most_actions)
        return wrong("/actions", "It is not clear what is done.", "from 1 to " + std::to_string(most_actions),
                     "add an action, or make two macros of it");
    for (std::size_t i = 0; i < actions.size(); ++i)
        if (auto const good = Check(reader, who, actions[i], "/actions/" + std::to_string(i)).run(); !good)
            return fail(good.error());
    return {};
}

Expected<Prepared> prepare(store::Reader& reader, Office const& office, Act const& act, Who const& who,
                           ConversationId conversation, std::vector<Action> const& actions) {
    Prepared out{conversation, actions, {}, {}};
    out.plans.resize(actions.size());
    if (std::ranges::none_of(actions, [](Action const& one) { return writes(one.does); })) return out;
    auto const found = conversation::find_conversation(reader, office, conversation);
    if (!found) return fail(found.error());
    auto const values = values_of(reader, office, act.actor, conversation);
    if (!values) return fail(values.error());
    for (std::size_t i = 0; i < actions.size(); ++i) {
        auto const& action = actions[i];
        if (!writes(action.does)) continue;
        auto const words = action.text ? render_words(action.text->value, *values, found->locale)
                                       : render_version(reader, who, *action.canned_reply, *values, found->locale);
        if (!words) return fail(words.error());
        conversation::NewMessage wanted;
        wanted.kind = action.does == Does::reply ? MessageKind::reply : MessageKind::note;
        wanted.text = conversation::MessageText{words->text};
        auto plan = conversation::plan_writing(reader, office, act, conversation, wanted);
        if (!plan) return fail(plan.error());
        out.plans[i] = std::move(*plan);
        out.messages.push_back({wanted.kind, words->text, words->locale, words->gaps});
    }
    return out;
}

Expected<Done> carry_out(store::Tx& tx, Office const& office, Act const& act, Who const& who,
                         Prepared const& prepared) {
    auto const before = conversation::lock_standing(tx, office, prepared.conversation);
    if (!before) return fail(ErrorKind::not_found, "not_found", "There is no such conversation.");
    Done done{*before, *before, {}, false};
    for (std::size_t i = 0; i < prepared.actions.size(); ++i) {
        auto const& action = prepared.actions[i];
        if (prepared.plans[i]) {
            auto const written = conversation::write(tx, office, act, prepared.plans[i]);
            if (!written) return fail(written.error());
            done.messages.push_back(*written);
            done.sends = done.sends || action.does == Does::reply;
            if (action.does == Does::notify)
                mention(tx, office, told_by(tx, office, prepared.conversation, action), *written, act.actor, act.now);
            continue;
        }
        auto const change = change_of(tx, office, act, who, prepared.conversation, action);
        if (!change) return fail(change.error());
        auto const changed =
            conversation::change_conversation(tx, office, act, prepared.conversation, std::nullopt, *change);
        if (!changed) return fail(changed.error());
    }
    done.after = *conversation::standing_of(tx, office, prepared.conversation);
    return done;
}

}  // namespace rapport::desk
