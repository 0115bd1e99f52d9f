// Clocks follow conversations: in the transaction that changes one, what happened becomes a fact, and the row says what
// is due and when the next alarm rings. A fact is written once and never changed.
#include <algorithm>

#include "conversation/sla/verbs.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation::sla {
namespace {

constexpr std::int64_t facts_of_one_change = 8;

// Facts of one change, numbered within the conversation by its version: writers stand in line for its lock.
class Facts {
  public:
    explicit Facts(ConversationRow const& after) : after_(after), next_(after.version * facts_of_one_change) {}

    void add(FactKind kind, Time at, std::optional<MessageId> message = {}) {
        fresh_.push_back({FactId{next_++}, at, kind, after_.state, after_.priority, message});
    }
    std::vector<Fact> const& fresh() const { return fresh_; }

  private:
    ConversationRow const& after_;
    std::int64_t next_;
    std::vector<Fact> fresh_;
};

std::optional<FactKind> kind_of(MessageRow const& said) {
    if (said.state == MessageState::withdrawn) return FactKind::taken_back;
    if (said.direction == Direction::note || said.automatic) return std::nullopt;
    if (said.direction == Direction::in) return FactKind::heard;
    if (said.author_kind == ActorKind::agent) return FactKind::agent_answered;
    return said.author_kind == ActorKind::api_key ? FactKind::key_answered : FactKind::program_answered;
}

void write(store::Tx& tx, ConversationId id, Fact const& fact) {
    tx.exec(sql::insert_fact, id, fact.id, fact.at, fact.kind, fact.state, fact.priority, fact.message);
}

// What is late, and was answered before anybody was told: the journal says so, and nobody is disturbed.
void tell_ended(store::Tx& tx, ConversationRow const& row, std::span<Clock const> clocks, Time now) {
    std::optional<std::vector<Told>> told;
    for (auto const& clock : clocks) {
        if (clock.is_live() || !clock.breached_at) continue;
        if (!told) told = told_of(tx, row.id);
        if (!is_told(*told, clock, Alarm::breach)) tell_alarm(tx, row, clock, Alarm::breach, now);
    }
}

}  // namespace

bool is_over(State state) { return state == State::resolved || state == State::spam || state == State::merged; }

void choose_terms(store::Reader& reader, ConversationRow& after, bool begins) {
    auto const policy = policy_for(reader, after);
    if (!policy) return after.sla_terms.reset();
    if (!begins && after.sla_terms)
        if (auto const present = find_promise(reader, *after.sla_terms); present && present->terms.policy == policy->id)
            return;
    after.sla_terms = policy->terms;
}

std::vector<Told> told_of(store::Reader& reader, ConversationId id) { return reader.all<Told>(sql::told_of, id); }

bool is_told(std::span<Told const> told, Clock const& clock, Alarm alarm) {
    return std::ranges::any_of(told, [&](Told const& one) {
        return one.round == clock.round && one.metric == clock.metric && one.alarm == alarm;
    });
}

void tell_alarm(store::Tx& tx, ConversationRow const& row, Clock const& clock, Alarm alarm, Time now) {
    tx.exec(sql::insert_told, row.id, clock.round, clock.metric, alarm, now);
    auto const at = alarm == Alarm::warning ? clock.warned_at : clock.breached_at;
    json::Object data{{"metric", json::enum_name(clock.metric)}, {"at", to_text(at.value_or(now))}};
    if (row.team) data["team"] = to_text(*row.team);
    if (row.assignee) data["assignee"] = to_text(*row.assignee);
    if (alarm == Alarm::warning && clock.due_at) data["due_at"] = to_text(*clock.due_at);
    if (!clock.is_live()) data["ended"] = true;
    tell(tx, row, alarm == Alarm::warning ? "sla.warning" : "sla.breached", Actor{}, now, std::move(data));
}

std::vector<Clock> clocks_of(store::Reader& reader, Promise const& promise, ConversationId id, Time now) {
    auto const facts = reader.all<Fact>(sql::facts_of, id);
    return run(promise.terms.rules, promise.calendar, facts, now);
}

void set_clocks(store::Reader& reader, ConversationRow& row, std::span<Clock const> clocks) {
    auto const due = due_of(clocks);
    row.due = due ? std::optional(DueColumn{*due}) : std::nullopt;
    row.due_at = due ? due->due_at : std::nullopt;
    row.sla_next_at.reset();
    std::optional<std::vector<Told>> told;
    auto const ring_at = [&](std::optional<Time> at) {
        if (at) row.sla_next_at = std::min(row.sla_next_at.value_or(*at), *at);
    };
    for (auto const& clock : clocks) {
        if (clock.stage != Stage::running && !(clock.is_live() && (clock.warned_at || clock.breached_at))) continue;
        if (!told) told = told_of(reader, row.id);
        if (!is_told(*told, clock, Alarm::warning)) ring_at(clock.warns_at);
        if (!is_told(*told, clock, Alarm::breach)) ring_at(clock.due_at);
    }
}

void follow(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now, MessageRow const* said) {
    bool const is_new = before.version == 1;
    bool const reopens = is_over(before.state) && !is_over(after.state);
    bool const differs = before.team != after.team || before.mailbox != after.mailbox || after.relabelled;
    if (is_new || reopens || (differs && !is_over(after.state))) choose_terms(tx, after, is_new || reopens);
    if (!after.sla_terms) {
        after.sla_next_at.reset();
        after.due_at.reset();
        after.due.reset();
        return;
    }
    Facts facts(after);
    bool const joins = !before.sla_terms && !is_new && !reopens;
    auto const kind = said ? kind_of(*said) : std::nullopt;
    auto const since = after.waiting_since;
    if (is_new || joins) facts.add(FactKind::opened, joins ? since.value_or(now) : after.opened_at);
    if (reopens) facts.add(FactKind::reopened, now);
    if (kind && !(*kind == FactKind::heard && is_over(after.state))) {
        facts.add(*kind, *kind == FactKind::heard ? said->at : now, said->id);
    } else if (since && (is_new || joins || reopens || !before.waiting_since || *since < *before.waiting_since)) {
        facts.add(FactKind::heard, *since);  // somebody waits who did not write here
    } else if (before.state != after.state || before.priority != after.priority) {
        if (!reopens) facts.add(FactKind::changed, now);
    }
    for (auto const& fact : facts.fresh()) write(tx, after.id, fact);
    if (facts.fresh().empty() && before.sla_terms == after.sla_terms) return;
    auto const promise = find_promise(tx, *after.sla_terms);
    require(promise != nullptr, "terms are never deleted");
    auto const clocks = clocks_of(tx, *promise, after.id, now);
    tell_ended(tx, after, clocks, now);
    set_clocks(tx, after, clocks);
}

Expected<PromiseView> promise_of(store::Reader& reader, ConversationId id, Time now) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_conversation());
    auto const promise = row->sla_terms ? find_promise(reader, *row->sla_terms) : nullptr;
    if (!promise) return fail(ErrorKind::not_found, "nothing_promised", "No policy applies to this conversation.");
    auto const& terms = promise->terms;
    PromiseView view{terms.policy,
                     terms.name,
                     terms.calendar,
                     terms.calendar_name,
                     terms.hours ? terms.hours->zone : std::string(),
                     {},
                     reader.all<Fact>(sql::facts_of, id)};
    auto const seconds = [](Duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); };
    for (auto const& clock : run(terms.rules, promise->calendar, view.facts, now)) {
        auto used = clock.used;
        if (clock.running_since && now > *clock.running_since)
            used += promise->calendar.open_time(*clock.running_since, now);
        ClockView one{clock.metric,  clock.stage,    clock.started_at, clock.ended_at,   {},
                      seconds(used), clock.warns_at, clock.due_at,     clock.breached_at};
        if (clock.target) one.target_s = seconds(*clock.target);
        view.clocks.push_back(one);
    }
    return view;
}

}  // namespace rapport::conversation::sla
