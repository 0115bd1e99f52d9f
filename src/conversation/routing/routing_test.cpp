// Routing on both engines: who gets what, when it becomes possible, and why; how long people wait.
#include "conversation/routing/routing.hpp"

#include <map>

#include "conversation/conversation_fixture.hpp"
#include "conversation/routing/expected.hpp"
#include "conversation/sla/policies.hpp"
#include "rapidcheck.h"

namespace rapport::conversation::routing {
namespace {

using namespace std::chrono;
using testing::ElementsAre, testing::IsEmpty, testing::SizeIs;

Candidate agent(std::int64_t id, std::int64_t load = 0, std::int64_t capacity = 10) {
    Candidate one;
    one.agent = AgentId{id};
    one.present = true;
    one.load = load;
    one.capacity = capacity;
    return one;
}
Verdict verdict_of(Choice const& choice, std::int64_t id) {
    for (auto const& one : choice.judged)
        if (one.agent == AgentId{id}) return one.verdict;
    return Verdict::chosen;
}

TEST(Choosing, takes_the_least_loaded_of_those_who_can_and_says_why_not_the_others) {
    LabelId const billing{7};
    auto away = agent(1), late = agent(2), plain = agent(3), other_language = agent(4), full = agent(5, 10),
         busy = agent(6, 5), good = agent(8, 8, 20), had = agent(9);
    away.present = false;
    late.at_work = false;
    for (auto* one : {&away, &late, &other_language, &full, &busy, &good, &had}) one->skills = {billing};
    other_language.languages = {Locale::it};
    Candidate const all[] = {away, late, plain, other_language, full, busy, good, had};
    auto const choice = choose({Locale::fa, {billing}, 1, AgentId{9}}, all);
    EXPECT_EQ(choice.agent, AgentId{8}) << "8 of 20 is less than 5 of 10";
    EXPECT_EQ(verdict_of(choice, 1), Verdict::not_present);
    EXPECT_EQ(verdict_of(choice, 2), Verdict::outside_hours);
    EXPECT_EQ(verdict_of(choice, 3), Verdict::lacks_skill);
    EXPECT_EQ(verdict_of(choice, 4), Verdict::lacks_language);
    EXPECT_EQ(verdict_of(choice, 5), Verdict::full);
    EXPECT_EQ(verdict_of(choice, 6), Verdict::more_loaded);
    EXPECT_EQ(verdict_of(choice, 8), Verdict::chosen);
    EXPECT_EQ(verdict_of(choice, 9), Verdict::had_it);
}

TEST(Choosing, gives_nobody_more_than_others_and_nobody_more_than_they_can_carry) {  // complaint 35
    EXPECT_TRUE(rc::check("equal agents get equally many; loads never pass capacities", [] {
        auto const n = *rc::gen::inRange(1, 6);
        std::vector<Candidate> all;
        for (int i = 0; i < n; ++i) all.push_back(agent(i + 1, 0, *rc::gen::inRange(1, 30)));
        bool const equal = *rc::gen::inRange(0, 2) == 0;
        if (equal)
            for (auto& one : all) one.capacity = 12;
        std::map<std::int64_t, int> given;
        Time now{};
        for (int i = 0; i < 60; ++i) {
            now += seconds(1);
            auto const weight = equal ? 1 : *rc::gen::inRange(1, 4);
            auto const choice = choose({Locale::en, {}, weight, {}}, all);
            if (!choice.agent) {
                for (auto const& one : all) RC_ASSERT(one.load + weight > one.capacity);
                continue;
            }
            for (auto& one : all)
                if (one.agent == *choice.agent) {
                    one.load += weight;
                    one.assigned_at = now;
                    ++given[one.agent.value];
                    RC_ASSERT(one.load <= one.capacity);
                }
            if (!equal) continue;
            int least = 1000, most = 0;
            for (auto const& one : all) {
                least = std::min(least, given[one.agent.value]);
                most = std::max(most, given[one.agent.value]);
            }
            RC_ASSERT(most - least <= 1);
        }
    }));
}

TEST(Choosing, gives_in_turn_where_everything_is_answered_at_once) {  // complaint 35
    std::vector<Candidate> all{agent(1), agent(2), agent(3)};
    std::map<std::int64_t, int> given;
    for (int i = 0; i < 30; ++i) {
        auto const choice = choose({Locale::en, {}, 1, {}}, all);
        ASSERT_TRUE(choice.agent);
        ++given[choice.agent->value];
        all[static_cast<std::size_t>(choice.agent->value - 1)].assigned_at = Time{} + minutes(i);
    }
    EXPECT_THAT(given, ElementsAre(testing::Pair(1, 10), testing::Pair(2, 10), testing::Pair(3, 10)));
}

class Routing : public ConversationTest {
  protected:
    void SetUp() override {
        ConversationTest::SetUp();
        bea_ = make_agent("bea");
        team_ = store().write_now(
            [&](store::Tx& tx) { return people::create_team(tx, operator_act(), {{"Support"}, {agent_, bea_}})->id; });
        MailboxChange change;
        change.team.emplace().value = team_;
        ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return change_mailbox(tx, operator_act(), box_, change); }));
        ASSERT_TRUE(set({{team_}, {}, {}}));
        can_carry(agent_, 2);
        can_carry(bea_, 2);
    }
    AgentId make_agent(std::string name) {
        return store().write_now([&](store::Tx& tx) {
            return people::create_agent(tx, operator_act(), people::Permissions::all(),
                                        {{name + "@staff.test"}, {name}, Locale::en, people::Role::agent})
                ->id;
        });
    }
    Expected<RoutingSettings> set(RoutingSettings const& wanted) {
        return store().write_now([&](store::Tx& tx) { return change_settings(tx, operator_act(), wanted); });
    }
    Expected<RoutedAgent> change_agent(AgentId id, AgentChange const& change) {
        return store().write_now([&](store::Tx& tx) { return routing::change_agent(tx, operator_act(), id, change); });
    }
    void can_carry(AgentId id, std::int64_t capacity) {
        AgentChange change;
        change.capacity = capacity;
        ASSERT_TRUE(change_agent(id, change));
    }
    Act by(AgentId id) const { return {{ActorKind::agent, id.value, "A"}, now(), "", ""}; }
    void is(AgentId id, Presence presence) {
        ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return set_presence(tx, by(id), presence); }));
    }
    ConversationId begun() {
        MailOut mail;
        mail.id = "<" + std::to_string(++mails_) + "@ada.test>";
        return receive(mail).conversation;
    }
    std::optional<AgentId> whose(ConversationId id) { return view(id).assignee; }
    Expected<Assignment> why(ConversationId id) {
        return store().read_now([&](store::Reader& reader) { return assignment_of(reader, id); });
    }
    void resolve(ConversationId id) {
        ConversationChange change;
        change.state = State::resolved;
        ASSERT_TRUE(this->change(id, change));
    }
    void pass() {
        store().write_now([&](store::Tx& tx) { pass_time(tx, now()); });
    }
    int mails_ = 0;
    AgentId bea_;
    TeamId team_;
};
RAPPORT_ON_BOTH_ENGINES(Routing);

TEST_P(Routing, gives_a_message_at_once_to_whoever_is_there_and_says_why) {
    auto const nobody = begun();
    EXPECT_FALSE(whose(nobody));
    ASSERT_TRUE(why(nobody));
    EXPECT_FALSE(why(nobody)->agent);
    EXPECT_EQ(why(nobody)->candidates.at(0).verdict, Verdict::not_present);
    is(agent_, Presence::online);
    EXPECT_EQ(whose(nobody), agent_) << "what waited is given when somebody comes";
    EXPECT_EQ(why(nobody)->cause, Cause::present);
    is(bea_, Presence::online);
    auto const next = begun();
    EXPECT_EQ(whose(next), bea_) << "the less loaded";
    EXPECT_EQ(why(next)->cause, Cause::message);
    EXPECT_THAT(why(next)->candidates, SizeIs(2));
    EXPECT_EQ(events("conversation.assigned"), 2);
}

TEST_P(Routing, gives_what_waits_as_soon_as_somebody_has_room_the_urgent_first) {  // complaint 34
    is(agent_, Presence::online);
    auto const first = begun(), second = begun(), waiting = begun(), urgent = begun();
    EXPECT_FALSE(whose(waiting));
    EXPECT_EQ(why(waiting)->candidates.at(0).verdict, Verdict::full);
    ConversationChange raise;
    raise.priority = Priority::urgent;
    ASSERT_TRUE(change(urgent, raise));
    resolve(first);
    EXPECT_EQ(whose(urgent), agent_);
    EXPECT_EQ(why(urgent)->cause, Cause::freed);
    EXPECT_FALSE(whose(waiting));
    ASSERT_TRUE(post(second, answer()));
    EXPECT_EQ(whose(waiting), agent_) << "an answer makes room, too";
}

TEST_P(Routing, asks_for_skills_and_languages) {
    auto const label =
        store().write_now([&](store::Tx& tx) { return create_label(tx, operator_act(), {{"billing"}, {}})->id; });
    ASSERT_TRUE(set({{team_}, {}, {label}}));
    is(agent_, Presence::online);
    is(bea_, Presence::online);
    AgentChange italian;
    italian.languages = {{Locale::it}};
    ASSERT_TRUE(change_agent(agent_, italian));
    auto const id = begun();
    EXPECT_EQ(whose(id), bea_);
    ConversationChange labelled;
    labelled.labels = {{label}};
    labelled.assignee.emplace();
    ASSERT_TRUE(change(id, labelled));
    EXPECT_FALSE(whose(id)) << "she gave it back, and the other one speaks Italian";
    AgentChange skilled;
    skilled.skills = {{label}};
    skilled.languages = {std::vector<Locale>{}};
    ASSERT_TRUE(change_agent(agent_, skilled));
    EXPECT_EQ(whose(id), agent_);
    EXPECT_EQ(why(id)->cause, Cause::settings);
    EXPECT_THAT(why(id)->skills, ElementsAre(label));
}

TEST_P(Routing, gives_what_stands_behind_what_nobody_can_take) {
    auto const label =
        store().write_now([&](store::Tx& tx) { return create_label(tx, operator_act(), {{"billing"}, {}})->id; });
    ASSERT_TRUE(set({{team_}, {}, {label}}));
    ConversationChange labelled;
    labelled.labels = {{label}};
    for (int i = 0; i < 25; ++i) ASSERT_TRUE(change(begun(), labelled));
    auto const last = begun();
    is(agent_, Presence::online);
    EXPECT_EQ(whose(last), agent_);
    EXPECT_EQ(events("conversation.assigned"), 1);
}

TEST_P(Routing, gives_all_that_waits_however_much_it_is) {
    can_carry(agent_, 1000);
    for (int i = 0; i < 60; ++i) begun();
    is(agent_, Presence::online);
    auto const given = events("conversation.assigned");
    EXPECT_LT(given, 60) << "not in one transaction";
    auto const due = store().read_now([](store::Reader& reader) { return next_change(reader); });
    ASSERT_TRUE(due);
    EXPECT_LE(*due, now()) << "the job goes on at once";
    pass();
    EXPECT_EQ(events("conversation.assigned"), 60);
}

TEST_P(Routing, counts_nobody_whose_stream_is_silent) {
    is(agent_, Presence::online);
    advance(100s);
    store().write_now([&](store::Tx& tx) { seen(tx, agent_, now()); });
    advance(100s);
    EXPECT_EQ(whose(begun()), agent_);
    advance(stream_silence);
    EXPECT_FALSE(whose(begun()));
    auto const due = store().read_now([](store::Reader& reader) { return next_change(reader); });
    ASSERT_TRUE(due);
    EXPECT_LE(*due, now());
    pass();
    EXPECT_EQ(events("presence.changed"), 2);
    EXPECT_EQ(store().read_now([](store::Reader& reader) { return next_change(reader); }), std::nullopt);
    store().write_now([&](store::Tx& tx) { seen(tx, agent_, now()); });
    EXPECT_FALSE(whose(begun())) << "a stream alone brings nobody back";
}

TEST_P(Routing, gives_what_waits_when_hours_open) {
    sla::Hours hours{"UTC", {}, {}};
    auto const tomorrow = floor<days>(now()) + days(1);
    for (auto* one : {&hours.week.monday, &hours.week.tuesday, &hours.week.wednesday, &hours.week.thursday,
                      &hours.week.friday, &hours.week.saturday, &hours.week.sunday})
        *one = {{{0}, {1}}};  // one minute after midnight
    auto const calendar = store().write_now([&](store::Tx& tx) {
        return sla::create_calendar(tx, operator_act(), {{"Night"}, hours.zone, hours.week, {}})->id;
    });
    AgentChange change;
    change.calendar.emplace().value = calendar;
    ASSERT_TRUE(change_agent(agent_, change));
    if (now() < floor<days>(now()) + 2min) advance(5min);
    is(agent_, Presence::online);
    auto const id = begun();
    EXPECT_FALSE(whose(id));
    EXPECT_EQ(why(id)->candidates.at(0).verdict, Verdict::outside_hours);
    advance(tomorrow - now() - 60s);
    store().write_now([&](store::Tx& tx) { seen(tx, agent_, now()); });
    advance(60s);
    EXPECT_LE(store().read_now([](store::Reader& reader) { return next_change(reader); }).value(), now());
    pass();
    EXPECT_EQ(whose(id), agent_);
    EXPECT_EQ(why(id)->cause, Cause::opening);
}

TEST_P(Routing, that_is_off_or_impossible_is_told) {
    ASSERT_TRUE(set({{}, {}, {}}));
    is(agent_, Presence::online);
    auto const id = begun();
    EXPECT_FALSE(whose(id));
    EXPECT_EQ(why(id).error().code, "not_routed");
    EXPECT_EQ(set({{TeamId{9}}, {}, {}}).error().fields.at(0).pointer, "/teams/0");
    EXPECT_EQ(set({{}, {1, 1, 101}, {}}).error().fields.at(0).pointer, "/weights/chat");
    EXPECT_EQ(set({{}, {}, {LabelId{9}}}).error().code, "label_not_found");
    AgentChange change;
    change.capacity = -1;
    EXPECT_EQ(change_agent(agent_, change).error().fields.at(0).pointer, "/capacity");
    EXPECT_EQ(change_agent(AgentId{9}, {}).error().code, "agent_not_found");
    ASSERT_TRUE(set({{team_}, {}, {}}));
    EXPECT_EQ(whose(id), agent_) << "what waited when the team was switched on";
}

TEST_P(Routing, can_be_asked_what_it_would_do) {
    is(agent_, Presence::online);
    Simulation wanted;
    wanted.team = team_;
    wanted.channel = Channel::chat;
    auto const ask = [&] { return store().read_now([&](store::Reader& r) { return simulate(r, wanted, now()); }); };
    ASSERT_TRUE(ask());
    EXPECT_FALSE(ask()->agent) << "a chat weighs three, she can carry two";
    can_carry(agent_, 3);
    EXPECT_EQ(ask()->agent, agent_);
    EXPECT_THAT(list({}), IsEmpty());
    wanted.team = TeamId{9};
    EXPECT_EQ(ask().error().code, "team_not_found");
}

TEST_P(Routing, of_answers_tells_how_long_most_people_waited_in_such_hours) {
    auto const expect = [&] {
        return store().read_now([&](store::Reader& r) { return expected_reply(r, box_, "Europe/Rome", now()); });
    };
    std::vector<ConversationId> all;
    for (int i = 0; i < 19; ++i) {
        auto const id = begun();
        advance(seconds(i < 15 ? 9 : 59));
        ASSERT_TRUE(post(id, answer()));
        all.push_back(id);
    }
    EXPECT_FALSE(expect().within_s) << "too little is known";
    EXPECT_EQ(expect().samples, 19);
    auto const last = begun();
    auto const sent = post(last, answer());
    ASSERT_TRUE(sent);
    EXPECT_EQ(expect().within_s, 10) << "16 of 20 waited 10 s or less";
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return take_back(tx, office(), act(), *sent); }));
    EXPECT_FALSE(expect().within_s) << "what was taken back was never answered";
    ASSERT_TRUE(post(last, answer()));
    EXPECT_TRUE(expect().within_s);
    advance(6h);
    EXPECT_FALSE(expect().within_s) << "of other hours nothing is known";
    advance(weeks(1) - 6h);
    EXPECT_TRUE(expect().within_s);
    advance(weeks(5));
    EXPECT_FALSE(expect().within_s) << "that was long ago";
    store().write_now([&](store::Tx& tx) { forget_samples(tx, now() + weeks(3)); });
    EXPECT_EQ(expect().samples, 0);
}

}  // namespace
}  // namespace rapport::conversation::routing
