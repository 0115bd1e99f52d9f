// Rules: kept, matched, tried out over the past.
#include "desk/rules.hpp"

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "base/text.hpp"
#include "desk/actions.hpp"
#include "desk/items.hpp"
#include "desk/sql.hpp"
#include "people/agents.hpp"

namespace rapport::desk {
namespace {

constexpr std::string_view events[] = {"conversation.opened",   "conversation.assigned",  "conversation.given_to_team",
                                       "conversation.labelled", "conversation.filled_in", "conversation.prioritised",
                                       "conversation.snoozed",  "conversation.woken",     "conversation.waits",
                                       "conversation.resolved", "conversation.reopened",  "message.received",
                                       "message.sent",          "message.noted",          "message.failed"};

using Body = RuleBody;

struct RunRow {
    RuleId rule;
    std::int64_t seq = 0;
    std::string kind;
    ConversationId conversation;
    Time at{};
    std::int64_t depth = 0;
    bool done = false;
    std::optional<std::string> code, reason;
};
BOOST_DESCRIBE_STRUCT(RunRow, (), (rule, seq, kind, conversation, at, depth, done, code, reason))

RuleView view_of(ItemRow const& row) {
    auto body = body_of<Body>(row.body);
    return {RuleId{row.id},
            row.name,
            row.place,
            body.active,
            body.stop,
            std::move(body.when),
            std::move(body.filter),
            std::move(body.contains),
            body.hours,
            std::move(body.actions),
            row.version,
            row.created_at,
            row.changed_at};
}

Expected<> check(store::Reader& reader, Who const& who, NewRule const& wanted) {
    if (wanted.when.empty())
        return wrong("/when", "It is not clear when the rule is looked at.", "must name at least one kind of event",
                     "say what it waits for");
    for (std::size_t i = 0; i < wanted.when.size(); ++i)
        if (std::ranges::find(events, wanted.when[i]) == std::end(events))
            return wrong("/when/" + std::to_string(i), "Rules do not hear of this.",
                         "must be an event that rules can wait for", "choose another one");
    if (wanted.filter && wanted.filter->assignee == "me")
        return wrong("/filter/assignee", "A rule is nobody.", "must be an agent, or empty", "name the agent");
    if (wanted.filter)
        if (auto const good = check_filter(reader, who, *wanted.filter, Audience::everyone); !good)
            return fail(good.error());
    if (wanted.hours) {
        auto const calendar = conversation::sla::find_calendar(reader, wanted.hours->calendar, Time{});
        if (!calendar || calendar->retired)
            return wrong("/hours/calendar", "There is no such calendar.", "must be a calendar", "choose another one");
    }
    if (auto const good = check_actions(reader, who, wanted.actions); !good) return fail(good.error());
    for (std::size_t i = 0; i < wanted.actions.size(); ++i) {
        auto const pointer = "/actions/" + std::to_string(i);
        if (wanted.actions[i].does == Does::reply)
            return wrong(pointer + "/does", "A rule does not answer customers.", "must not be reply",
                         "let it leave a note, or assign the conversation");
        if (wanted.actions[i].assignee == "me")
            return wrong(pointer + "/assignee", "A rule is nobody.", "must be an agent, or empty", "name the agent");
    }
    return {};
}

Expected<RuleView> save(store::Tx& tx, Act const& act, Who const& who, std::optional<std::int64_t> id,
                        NewRule const& wanted) {
    if (auto const good = check(tx, who, wanted); !good) return fail(good.error());
    Body const body{wanted.active,   wanted.stop,  wanted.when,   wanted.filter,
                    wanted.contains, wanted.hours, wanted.actions};
    ItemWords const words{wanted.name.value, {}, "", Audience::everyone, {}, wanted.place.value_or(0), object_of(body)};
    auto const row = save_item(tx, act, who, rules, id, words);
    if (!row) return fail(row.error());
    return view_of(*row);
}

bool has(std::string_view text, std::optional<Text<1, 200>> const& wanted) {
    return !wanted || ascii_lower(text).contains(ascii_lower(wanted->value));
}

}  // namespace

std::span<std::string_view const> rule_events() { return events; }

std::optional<Happening> happening_of(store::Event const& event) {
    if (std::ranges::find(events, event.kind) == std::end(events)) return std::nullopt;
    Happening out{event.seq, event.kind, {}, {}, event.at, {}};
    if (!from_text(event.subject, out.conversation)) return std::nullopt;
    if (auto const* said = event.data.if_contains("message"); said && said->is_string())
        if (MessageId id; from_text(std::string_view(said->get_string()), id)) out.message = id;
    if (event.actor_kind == ActorKind::system && event.actor_id != 0) out.by_rule = RuleId{event.actor_id};
    return out;
}

bool holds(store::Reader& reader, Office const& office, RuleView const& rule, Happening const& happening, Time now) {
    auto const found = conversation::find_conversation(reader, office, happening.conversation);
    if (!found || found->state == State::merged) return false;
    if (rule.hours) {
        auto const calendar = conversation::sla::find_calendar(reader, rule.hours->calendar, happening.at);
        if (!calendar || calendar->open_now != rule.hours->open) return false;
    }
    if (rule.filter && !meets_filter(reader, office, *rule.filter, *found, now)) return false;
    if (!rule.contains) return true;
    auto const& words = *rule.contains;
    if (!has(found->subject, words.subject)) return false;
    if (!words.text && !words.name) return true;
    auto const message = happening.message ? conversation::find_message(reader, office, *happening.message)
                                           : Expected<conversation::MessageView>(fail(ErrorKind::not_found, "", ""));
    return message && has(message->text, words.text) && has(message->author.name, words.name);
}

Expected<RuleView> create_rule(store::Tx& tx, Act const& act, Who const& who, NewRule const& wanted) {
    return save(tx, act, who, std::nullopt, wanted);
}
Expected<RuleView> change_rule(store::Tx& tx, Act const& act, Who const& who, RuleId id, NewRule const& wanted) {
    return save(tx, act, who, id.value, wanted);
}
Expected<> delete_rule(store::Tx& tx, Act const& act, Who const& who, RuleId id) {
    return delete_item(tx, act, who, rules, id.value);
}

std::vector<RuleView> list_rules(store::Reader& reader) {
    std::vector<RuleView> out;
    for (auto const& row : items_of(reader, rules, {})) out.push_back(view_of(row));
    return out;
}

std::vector<RuleRunView> rule_runs(store::Reader& reader, Office const& office, RuleId id, RuleRunQuery const& query) {
    auto const before = query.before > 0 ? query.before : std::numeric_limits<std::int64_t>::max();
    std::vector<RuleRunView> out;
    for (auto& row : reader.all<RunRow>(sql::rule_runs, id, before, std::clamp(query.limit, 1, 200))) {
        auto const found = conversation::find_conversation(reader, office, row.conversation);
        out.push_back({row.seq, std::move(row.kind), row.conversation, found ? found->number : 0, row.at, row.depth,
                       row.done, std::move(row.code), std::move(row.reason)});
    }
    return out;
}

Expected<DryRun> dry_run(store::Reader& reader, Office const& office, Who const& who, NewDryRun const& wanted,
                         Time now) {
    if (auto const good = check(reader, who, wanted.rule); !good) {
        auto error = good.error();
        for (auto& field : error.fields) field.pointer = "/rule" + field.pointer;
        return fail(error);
    }
    RuleView rule;
    rule.when = wanted.rule.when;
    rule.filter = wanted.rule.filter;
    rule.contains = wanted.rule.contains;
    rule.hours = wanted.rule.hours;
    auto const n = std::clamp<std::int64_t>(wanted.events.value_or(1000), 1, most_dry);
    DryRun out;
    auto const past = store::Store::events_after(
        reader, std::max<std::int64_t>(0, store::Store::last_event(reader) - n), static_cast<std::size_t>(n));
    out.looked_at = static_cast<std::int64_t>(past.size());
    for (auto event = past.rbegin(); event != past.rend() && out.items.size() < 100; ++event) {
        auto const happening = happening_of(*event);
        if (!happening || std::ranges::find(rule.when, happening->kind) == rule.when.end()) continue;
        ++out.waited_for;
        if (!holds(reader, office, rule, *happening, now)) continue;
        auto const found = conversation::find_conversation(reader, office, happening->conversation);
        if (found)
            out.items.push_back(
                {happening->seq, happening->kind, found->id, found->number, found->subject, happening->at});
    }
    return out;
}

// ---- at work

void put_aside(store::Tx& tx, std::span<store::Event const> happened) {
    std::optional<std::vector<RuleView>> rules_now;
    for (auto const& event : happened) {
        auto const happening = happening_of(event);
        if (!happening) continue;
        if (!rules_now) rules_now = list_rules(tx);
        bool const waited_for = std::ranges::any_of(*rules_now, [&](RuleView const& rule) {
            return rule.active && std::ranges::find(rule.when, happening->kind) != rule.when.end();
        });
        if (waited_for)
            tx.exec(sql::insert_due, happening->seq, happening->kind, happening->conversation, happening->message,
                    happening->at, happening->by_rule);
    }
}

namespace {

// Why a rule must not run again: loops end.
std::optional<std::string> loop_of(store::Reader& reader, RuleView const& rule, Happening const& happening, Time now,
                                   std::int64_t& depth) {
    if (happening.by_rule == rule.id) return "own_event";
    if (happening.by_rule)
        if (auto const run = reader.one<RunRow>(sql::last_rule_run, happening.conversation, *happening.by_rule))
            depth = run->depth + 1;
    if (depth > deepest) return "too_deep";
    if (reader.one<std::int64_t>(sql::count_rule_runs, happening.conversation, now - std::chrono::hours(1))
            .value_or(0) >= most_runs_an_hour)
        return "too_often";
    return std::nullopt;
}

enum class Came : std::uint8_t { did_not_fit, ran, ran_before };

// One rule on one event: what it does and its line in the log are one transaction.
Task<Came> run_rule(Desk& desk, RuleView const& rule, Happening const& happening) {
    auto const now = desk.clock()();
    Act const act{{ActorKind::system, rule.id.value, rule.name}, now, "", ""};
    Who const who{act.actor, true, true};
    struct Look {
        bool before = false, fits = false;
        std::optional<std::string> loop;
        std::int64_t depth = 0;
        std::optional<Expected<Prepared>> prepared;
    };
    auto const seen = co_await desk.store().read([&](store::Reader& reader) {
        Look look;
        look.before = reader.one<RunRow>(sql::find_rule_run, rule.id, happening.seq).has_value();
        if (look.before) return look;
        look.fits = holds(reader, desk.office(), rule, happening, now);
        if (!look.fits) return look;
        look.loop = loop_of(reader, rule, happening, now, look.depth);
        if (!look.loop) look.prepared = prepare(reader, desk.office(), act, who, happening.conversation, rule.actions);
        return look;
    });
    if (seen.before) co_return Came::ran_before;
    if (!seen.fits || seen.loop == "own_event") co_return Came::did_not_fit;
    auto const log = [&](store::Tx& tx, std::optional<Error> const& why) {
        return tx.changed(sql::insert_rule_run, rule.id, happening.seq, happening.kind, happening.conversation, now,
                          seen.depth, !why, why ? std::optional(why->code) : std::nullopt,
                          why ? std::optional(why->text) : std::nullopt) == 1;
    };
    std::optional<Error> why;
    if (seen.loop)
        why = Error{ErrorKind::limited, *seen.loop, "Rules set off rules too deeply, or too often, here.", {}, 0};
    else if (!*seen.prepared)
        why = seen.prepared->error();
    if (!why) {
        auto const apply = [&](store::Tx& tx) -> Expected<> {
            if (!log(tx, std::nullopt)) return {};  // another node was faster
            auto const done = carry_out(tx, desk.office(), act, who, **seen.prepared);
            if (!done) return fail(done.error());
            return {};
        };
        auto const done = co_await desk.store().write(apply);
        if (done) co_return Came::ran;
        why = done.error();
    }
    auto const refuse = [&](store::Tx& tx) { return log(tx, why); };
    co_await desk.store().write(refuse);
    co_return Came::ran;
}

constexpr std::int64_t most_attempts = 5;

// True: it was tried often enough.
Task<bool> failed(Desk& desk, RuleView const& rule, Happening const& happening, std::string const& why) {
    log::error("rule_failed", {{"rule", to_text(rule.id)}, {"seq", std::to_string(happening.seq)}, {"why", why}});
    auto const now = desk.clock()();
    auto const count = [&](store::Tx& tx) {
        auto const attempts = tx.one<std::int64_t>(sql::due_attempts, happening.seq).value_or(0) + 1;
        bool const enough = attempts >= most_attempts;
        tx.exec(sql::count_due_attempt, happening.seq, enough ? 0 : attempts);
        if (enough)
            tx.exec(sql::insert_rule_run, rule.id, happening.seq, happening.kind, happening.conversation, now,
                    std::int64_t{0}, false, std::optional<std::string>("set_aside"),
                    std::optional<std::string>("It failed " + std::to_string(attempts) + " times: " + why));
        return enough;
    };
    co_return co_await desk.store().write(count);
}

// What nobody foresaw is tried again a moment later; after some attempts it is set aside, with a line in the rule's
// log, so that what waits behind it goes on. Nothing: it is to be tried again.
Task<std::optional<Came>> try_rule(Desk& desk, RuleView const& rule, Happening const& happening) {
    std::string why;
    try {
        auto const came = co_await run_rule(desk, rule, happening);
        co_return came;
    } catch (Unavailable const&) {  // nothing is wrong with the rule
        throw;
    } catch (std::exception const& fault) {
        why = fault.what();
    }
    if (!co_await failed(desk, rule, happening, why)) co_return std::nullopt;
    co_return Came::ran;
}

}  // namespace

Task<bool> look_at_one(Desk& desk) {
    struct Due {
        std::optional<Happening> happening;
        std::vector<RuleView> rules;
    };
    auto const due = co_await desk.store().read([](store::Reader& reader) {
        Due found{reader.one<Happening>(sql::next_due), {}};
        if (found.happening) found.rules = list_rules(reader);
        return found;
    });
    if (!due.happening) co_return false;
    auto const happening = *due.happening;
    for (auto const& rule : due.rules) {
        if (!rule.active || std::ranges::find(rule.when, happening.kind) == rule.when.end()) continue;
        auto const came = co_await try_rule(desk, rule, happening);
        if (!came) co_return false;
        if (came != Came::did_not_fit && rule.stop) break;
    }
    auto const now = desk.clock()();
    auto const settle = [&](store::Tx& tx) {
        tx.exec(sql::delete_due, happening.seq);
        tx.exec(sql::forget_rule_runs, now - std::chrono::days(90));
    };
    co_await desk.store().write(settle);
    co_return true;
}

}  // namespace rapport::desk
