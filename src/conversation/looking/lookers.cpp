// Screens and what they look at; the job that tells open screens on this node what has changed, whoever changed it.
#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {
namespace {

using namespace std::chrono_literals;

struct LookerRow {
    ConversationId conversation;
    AgentId agent;
    Doing doing{};
    Time writing_until{}, until{};
};
BOOST_DESCRIBE_STRUCT(LookerRow, (), (conversation, agent, doing, writing_until, until))

Expected<AgentId> agent_in(Actor const& actor) {
    if (actor.kind == ActorKind::agent) return AgentId{actor.id};
    return fail(ErrorKind::forbidden, "agents_only", "Only a person looks at conversations.");
}

// Of two screens of one agent the one that writes counts.
void add(LookedAt& to, LookingAgent one) {
    auto const known = std::ranges::find(to.lookers, one.agent, &LookingAgent::agent);
    if (known == to.lookers.end())
        to.lookers.push_back(std::move(one));
    else if (one.doing != Doing::viewing || known->doing == Doing::viewing)
        known->doing = one.doing, known->until = std::max(known->until, one.until);
}

using Known = std::map<ConversationId, std::vector<LookingAgent>>;

// Who is there and what they do; until when is told with it, and is no news by itself.
bool says_the_same(std::vector<LookingAgent> const& a, std::vector<LookingAgent> const& b) {
    return std::ranges::equal(a, b,
                              [](auto const& x, auto const& y) { return x.agent == y.agent && x.doing == y.doing; });
}

store::Event event_of(ConversationId id, std::vector<LookingAgent> const& lookers, Time now) {
    store::Event event;
    event.at = now;
    event.kind = "looking.changed";
    event.subject = to_text(id);
    event.data = json::decode<json::Object>(json::encode(LookedAt{id, lookers})).value_or(json::Object());
    return event;
}

}  // namespace

Expected<> put_looking(store::Tx& tx, Act const& act, LookingChange const& wanted) {
    auto const agent = agent_in(act.actor);
    if (!agent) return fail(agent.error());
    if (!wanted.conversation) {
        tx.exec(sql::drop_looker, *agent, wanted.screen.value);
        return {};
    }
    if (!find_row(tx, *wanted.conversation)) return fail(no_such_conversation());
    if (tx.one<std::int64_t>(sql::count_screens, *agent, wanted.screen.value).value_or(0) >= most_screens)
        return fail(Error{ErrorKind::limited, "too_many_screens", "There are too many open screens of yours.", {}, 60});
    auto const doing = wanted.doing.value_or(Doing::viewing);
    auto const writing_until = doing == Doing::viewing ? act.now : act.now + writes_for;
    tx.exec(sql::put_looker, *agent, wanted.screen.value, *wanted.conversation, doing, writing_until,
            act.now + looks_for);
    return {};
}

std::vector<LookedAt> looked_at(store::Reader& reader, Time now) {
    std::vector<LookedAt> all;
    std::map<AgentId, std::string> names;
    for (auto const& row : reader.all<LookerRow>(sql::lookers, now)) {
        if (all.empty() || all.back().conversation != row.conversation) all.push_back({row.conversation, {}});
        auto const [name, is_new] = names.try_emplace(row.agent);
        if (is_new)
            if (auto const agent = people::find_agent(reader, row.agent)) name->second = agent->name;
        bool const writes = row.doing != Doing::viewing && row.writing_until > now;
        add(all.back(),
            {row.agent, name->second, writes ? row.doing : Doing::viewing, writes ? row.writing_until : row.until});
    }
    return all;
}

void forget_lookers(store::Tx& tx, Time now) { tx.exec(sql::forget_lookers, now); }

Task<> Conversations::run_looking(net::Stop stop) {
    Known known;
    auto seen = looked_->count();
    do {
        try {
            auto const now = clock_();
            auto const look = [&](store::Reader& reader) { return looked_at(reader, now); };
            auto const found = co_await store_.read(look);
            Known fresh;
            for (auto const& one : found) fresh[one.conversation] = one.lookers;
            for (auto const& [id, lookers] : fresh)
                if (auto const before = known.find(id);
                    before == known.end() || !says_the_same(before->second, lookers))
                    pass(event_of(id, lookers, now), std::nullopt);
            for (auto const& [id, lookers] : known)
                if (!fresh.contains(id)) pass(event_of(id, {}, now), std::nullopt);
            known = std::move(fresh);
        } catch (Unavailable const& fault) {
            log::warning("looking_waits", {{"why", fault.what()}});
        }
        if (!co_await stop.sleep(50ms)) co_return;  // under load: twenty looks a second
    } while (co_await stop.wait(*looked_, seen, 1000ms));  // other nodes' screens, and those whose time has passed
}

void Conversations::pass(store::Event event, std::optional<AgentId> only) const {
    if (passing_) passing_(std::move(event), only);
}

}  // namespace rapport::conversation
