// Policies as rows, and their terms.
#include "conversation/sla/policies.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>

#include "base/text.hpp"
#include "conversation/sla/verbs.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation::sla {
namespace {

constexpr std::size_t most_named = 200, promises_kept = 500;

class Check {
  public:
    explicit Check(store::Reader& reader) : reader_(reader) {}

    void calendar(std::optional<CalendarId> id) {
        if (!id) return;
        auto const row = find_calendar_row(reader_, *id);
        if (!row || row->retired_at)
            fault("calendar_not_found", "/calendar", "must be a calendar", "choose another one");
    }
    void conditions(Conditions const& all) {
        each("/applies_to/teams", all.teams, "team_not_found", [&](TeamId id) { return is_team(id); });
        each("/applies_to/mailboxes", all.mailboxes, "mailbox_not_found",
             [&](MailboxId id) { return find_mailbox(reader_, id).has_value(); });
        each("/applies_to/labels", all.labels, "label_not_found",
             [&](LabelId id) { return reader_.one<LabelId>(sql::label_exists, id).has_value(); });
    }
    void rules(Rules const& all) {
        bool some = false;
        auto const one = [&](std::string const& at, std::optional<Targets> const& targets) {
            if (!targets) return;
            auto const target = [&](char const* name, std::optional<std::int64_t> const& minutes) {
                some = some || minutes;
                if (minutes && (*minutes < 1 || *minutes > longest_target_min))
                    fault("invalid_fields", "/targets/" + at + '/' + name,
                          "from 1 to " + std::to_string(longest_target_min) + " minutes",
                          "correct it, or leave it out");
            };
            target("first_response", targets->first_response);
            target("next_response", targets->next_response);
            target("resolution", targets->resolution);
        };
        one("low", all.targets.low);
        one("normal", all.targets.normal);
        one("high", all.targets.high);
        one("urgent", all.targets.urgent);
        if (!some) fault("invalid_fields", "/targets", "must promise something", "set a target for one priority");
        if (all.warn_at_percent < 1 || all.warn_at_percent > 99)
            fault("invalid_fields", "/warn_at_percent", "from 1 to 99", "75 is usual");
    }
    void steps(std::vector<Step> const& all) {
        if (all.size() > most_steps)
            fault("invalid_fields", "/steps", "at most " + std::to_string(most_steps), "leave some out");
        for (std::size_t i = 0; i < all.size() && i < most_steps; ++i) {
            auto const at = "/steps/" + std::to_string(i);
            auto const& one = all[i];
            if (one.team && !is_team(*one.team))
                fault("team_not_found", at + "/team", "must be a team", "choose another one");
            each(at + "/notify", one.notify, "agent_not_found", [&](AgentId id) {
                auto const agent = people::find_agent(reader_, id);
                return agent && !agent->disabled_at;
            });
            if (!one.priority && !one.team && one.notify.empty() && !one.notify_assignee.value_or(false))
                fault("invalid_fields", at, "must do something", "set priority, team or notify");
        }
    }
    Expected<> result() const {
        if (faults_.empty()) return {};
        return fail(ErrorKind::invalid, code_, "The policy is not right; see fields.", faults_);
    }

  private:
    void fault(std::string code, std::string pointer, std::string rule, std::string fix) {
        if (faults_.empty()) code_ = std::move(code);
        if (faults_.size() < 20) faults_.push_back({std::move(pointer), std::move(rule), std::move(fix)});
    }
    template <class AnyId, class Exists>
    void each(std::string const& at, std::vector<AnyId> const& ids, std::string const& code, Exists exists) {
        if (ids.size() > most_named)
            return fault("invalid_fields", at, "at most " + std::to_string(most_named), "leave some out");
        for (std::size_t i = 0; i < ids.size(); ++i)
            if (!exists(ids[i])) fault(code, at + '/' + std::to_string(i), "must exist", "leave it out");
    }
    bool is_team(TeamId id) {
        auto const team = people::find_team(reader_, id);
        return team && !team->retired;
    }

    store::Reader& reader_;
    std::string code_;
    std::vector<FieldError> faults_;
};

Expected<> check(store::Reader& reader, std::optional<CalendarId> calendar, Content const& content) {
    Check check(reader);
    check.calendar(calendar);
    check.conditions(content.applies_to);
    check.rules(content.rules);
    check.steps(content.steps);
    return check.result();
}

Expected<> check_name(store::Tx& tx, PolicyId id, std::string_view name) {
    auto const other = tx.one<PolicyId>(sql::policy_of_name, ascii_lower(trimmed(name)));
    if (!other || *other == id) return {};
    return fail(ErrorKind::conflict, "policy_exists", "There is a policy of this name already.",
                {{"/name", "must be unique", "take another name"}});
}

PolicyView view_of(PolicyRow const& row) {
    auto content = content_of(row);
    PolicyView view;
    view.id = row.id;
    view.name = row.name;
    view.place = row.place;
    view.calendar = row.calendar;
    view.applies_to = std::move(content.applies_to);
    view.targets = content.rules.targets;
    view.warn_at_percent = content.rules.warn_at_percent;
    view.pause_when_snoozed = content.rules.pause_when_snoozed;
    view.api_answers_count = content.rules.api_answers_count;
    view.steps = std::move(content.steps);
    view.retired = row.retired_at.has_value();
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

std::string terms_of(store::Reader& reader, PolicyId id, std::string const& name, std::optional<CalendarId> calendar,
                     Content const& content) {
    Terms terms{id, name, calendar, {}, {}, content.rules, content.steps};
    auto const row = calendar ? find_calendar_row(reader, *calendar) : std::nullopt;
    if (row) {
        terms.calendar_name = row->name;
        terms.hours = hours_of(*row);
    }
    return json::encode(terms);
}

// Terms never change: what was computed from a text is good for every database and for ever.
std::shared_ptr<Promise const> promise_from(std::string const& content) {
    static std::mutex guard;
    static std::map<std::string, std::shared_ptr<Promise const>, std::less<>> kept;
    {
        std::scoped_lock const lock(guard);
        if (auto const found = kept.find(content); found != kept.end()) return found->second;
    }
    auto terms = json::decode<Terms>(content);
    require(terms.has_value(), "the terms of a policy can be read");
    auto const calendar = terms->hours ? Calendar(*terms->hours) : Calendar();
    auto made = std::make_shared<Promise const>(Promise{std::move(*terms), calendar});
    std::scoped_lock const lock(guard);
    if (kept.size() >= promises_kept) kept.clear();
    return kept.emplace(content, std::move(made)).first->second;
}

template <class T>
bool one_of(std::vector<T> const& list, std::optional<T> const& value) {
    return list.empty() || (value && std::ranges::find(list, *value) != list.end());
}

}  // namespace

Content content_of(PolicyRow const& row) {
    auto content = json::decode_value<Content>(json::Value(row.content));
    require(content.has_value(), "a policy's row can be read");
    return std::move(*content);
}

std::shared_ptr<Promise const> find_promise(store::Reader& reader, TermsId id) {
    auto const content = reader.one<std::string>(sql::terms_content, id);
    return content ? promise_from(*content) : nullptr;
}

std::optional<PolicyRow> policy_for(store::Reader& reader, ConversationRow const& row) {
    for (auto& policy : reader.all<PolicyRow>(sql::policies_in_force)) {
        auto const content = content_of(policy);
        auto const& wanted = content.applies_to;
        if (!one_of(wanted.teams, row.team) || !one_of(wanted.mailboxes, std::optional(row.mailbox)) ||
            !one_of(wanted.locales, std::optional(row.locale)) || !one_of(wanted.channels, std::optional(row.channel)))
            continue;
        if (!wanted.labels.empty()) {
            auto const labels = labels_of(reader, row.id);
            if (std::ranges::find_first_of(wanted.labels, labels) == wanted.labels.end()) continue;
        }
        return std::move(policy);
    }
    return std::nullopt;
}

void renew_terms(store::Tx& tx, PolicyId id, Time now) {
    auto const row = tx.one<PolicyRow>(sql::find_policy, id);
    if (!row) return;
    auto const wanted = terms_of(tx, id, row->name, row->calendar, content_of(*row));
    if (tx.one<std::string>(sql::terms_content, row->terms) == wanted) return;
    auto const terms = tx.new_id<TermsId>();
    tx.exec(sql::insert_terms, terms, id, wanted, now);
    tx.exec(sql::change_policy, id, row->name, ascii_lower(row->name), row->place, row->calendar, row->content, terms,
            now, row->retired_at);
    tx.exec(sql::ask_reach);
}

Expected<PolicyView> create_policy(store::Tx& tx, Act const& act, NewPolicy const& wanted) {
    Content content{wanted.applies_to.value_or(Conditions{}), {}, wanted.steps};
    content.rules.targets = wanted.targets;
    content.rules.warn_at_percent = wanted.warn_at_percent.value_or(75);
    content.rules.pause_when_snoozed = wanted.pause_when_snoozed.value_or(false);
    content.rules.api_answers_count = wanted.api_answers_count.value_or(false);
    if (auto const good = check(tx, wanted.calendar, content); !good) return fail(good.error());
    if (auto const free = check_name(tx, {}, wanted.name.value); !free) return fail(free.error());
    auto const present = tx.one<std::int64_t>(sql::count_policies).value_or(0);
    if (present >= static_cast<std::int64_t>(most_policies))
        return fail(ErrorKind::conflict, "too_many_policies", "There are too many policies already.");
    auto const id = tx.new_id<PolicyId>();
    auto const terms = tx.new_id<TermsId>();
    auto const name = std::string(trimmed(wanted.name.value));
    tx.exec(sql::insert_terms, terms, id, terms_of(tx, id, name, wanted.calendar, content), act.now);
    tx.exec(sql::insert_policy, id, name, ascii_lower(name), wanted.place.value_or(present + 1), wanted.calendar,
            json::encode(content), terms, act.now);
    tx.exec(sql::ask_reach);
    tell_of(tx, act, "sla.policy_created", to_text(id));
    return find_policy(tx, id);
}

Expected<PolicyView> change_policy(store::Tx& tx, Act const& act, PolicyId id, PolicyChange const& change) {
    lock_thing(tx, id.value);
    auto row = tx.one<PolicyRow>(sql::find_policy, id);
    if (!row) return fail(ErrorKind::not_found, "not_found", "There is no such policy.");
    auto content = content_of(*row);
    if (change.name) row->name = trimmed(change.name->value);
    if (change.place) row->place = *change.place;
    if (change.calendar) row->calendar = change.calendar->value;
    if (change.applies_to) content.applies_to = *change.applies_to;
    if (change.targets) content.rules.targets = *change.targets;
    if (change.warn_at_percent) content.rules.warn_at_percent = *change.warn_at_percent;
    if (change.pause_when_snoozed) content.rules.pause_when_snoozed = *change.pause_when_snoozed;
    if (change.api_answers_count) content.rules.api_answers_count = *change.api_answers_count;
    if (change.steps) content.steps = *change.steps;
    if (change.retired)
        row->retired_at = *change.retired ? std::optional(row->retired_at.value_or(act.now)) : std::nullopt;
    if (!row->retired_at) {
        if (auto const good = check(tx, row->calendar, content); !good) return fail(good.error());
        if (auto const free = check_name(tx, id, row->name); !free) return fail(free.error());
    }
    tx.exec(sql::change_policy, id, row->name, ascii_lower(row->name), row->place, row->calendar, json::encode(content),
            row->terms, act.now, row->retired_at);
    renew_terms(tx, id, act.now);
    tx.exec(sql::ask_reach);  // its place, and to whom it applies, are no terms
    tell_of(tx, act, "sla.policy_changed", to_text(id));
    return find_policy(tx, id);
}

Expected<PolicyView> find_policy(store::Reader& reader, PolicyId id) {
    auto const row = reader.one<PolicyRow>(sql::find_policy, id);
    if (!row) return fail(ErrorKind::not_found, "not_found", "There is no such policy.");
    return view_of(*row);
}

std::vector<PolicyView> list_policies(store::Reader& reader) {
    std::vector<PolicyView> out;
    for (auto const& row : reader.all<PolicyRow>(sql::list_policies)) out.push_back(view_of(row));
    return out;
}

}  // namespace rapport::conversation::sla
