// Teams on both engines: names, members, retiring.
#include "people/teams.hpp"

#include <gmock/gmock.h>

#include "people/sql.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::people {
namespace {

class Teams : public test::StoreTest {
  protected:
    Teams() : StoreTest({sql::migrations}) {}
    Act act() const { return {{ActorKind::operator_, 0, "operator"}, now(), "", ""}; }
    AgentId agent(std::string name, Role role = Role::agent) {
        return store().write_now([&](store::Tx& tx) {
            return create_agent(tx, act(), Permissions::all(), {{name + "@staff.test"}, {name}, {}, role})->id;
        });
    }
    Expected<Team> make(std::string const& name, std::vector<AgentId> const& members = {}) {
        return store().write_now([&](store::Tx& tx) { return create_team(tx, act(), {{name}, members}); });
    }
    Expected<Team> change(TeamId id, TeamChange const& wanted) {
        return store().write_now([&](store::Tx& tx) { return update_team(tx, act(), id, wanted); });
    }
};
RAPPORT_ON_BOTH_ENGINES(Teams);

TEST_P(Teams, have_members_and_names_of_their_own) {
    auto const ann = agent("Ann", Role::owner), bea = agent("Bea");
    auto const team = make("Billing", {bea, ann, bea});
    ASSERT_TRUE(team);
    EXPECT_THAT(team->members, testing::ElementsAre(ann, bea)) << "each once";
    EXPECT_EQ(make(" billing ").error().code, "team_exists");
    EXPECT_EQ(make("Ghosts", {AgentId{99}}).error().code, "agent_not_found");
    EXPECT_EQ(store().read_now([](store::Reader& reader) { return list_teams(reader); }).size(), 1u)
        << "what was refused left nothing";
    TeamChange only_ann;
    only_ann.members = {{ann}};
    EXPECT_THAT(change(team->id, only_ann)->members, testing::ElementsAre(ann));
    store().read_now([&](store::Reader& reader) {
        EXPECT_THAT(teams_of(reader, ann), testing::ElementsAre(team->id));
        EXPECT_THAT(teams_of(reader, bea), testing::IsEmpty());
        EXPECT_THAT(fsck(reader), testing::IsEmpty());
    });
    EXPECT_EQ(change(TeamId{7}, only_ann).error().code, "team_not_found");
}

TEST_P(Teams, that_are_retired_leave_their_names_to_others) {
    auto const first = make("Billing");
    TeamChange retire;
    retire.retired = true;
    EXPECT_TRUE(change(first->id, retire)->retired);
    ASSERT_TRUE(make("Billing"));
    retire.retired = false;
    EXPECT_EQ(change(first->id, retire).error().code, "team_exists");
}

}  // namespace
}  // namespace rapport::people
