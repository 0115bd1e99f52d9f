// The routes of people: what they answer, and to whom they do not.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "people/access_fixture.hpp"
#include "people/cli.hpp"

namespace rapport::people {
namespace {

class Http : public AccessTest {
  protected:
    std::string id_of(Answer const& answer) { return std::string(answer.body.at("id").as_string()); }
};
RAPPORT_ON_BOTH_ENGINES(Http);

// Every route, asked by nobody, and by every role that lacks its permission.
TEST_P(Http, refuses_strangers_and_whoever_may_not_on_every_route) {
    std::vector<std::pair<Role, As>> everybody;
    for (auto const& row : role_table) everybody.emplace_back(row.role, as(row.role));
    std::size_t refused = 0;
    for (auto const& row : table().rows()) {
        if (row.permission == net::anyone) continue;
        std::string target;
        for (std::size_t at = 0; at < row.path.size();) {  // {id} → an identifier that cannot be
            auto const open = std::min(row.path.find('{', at), row.path.size());
            target += row.path.substr(at, open - at);
            if (open < row.path.size()) target += "cus_0000000000001";
            at = open < row.path.size() ? row.path.find('}', open) + 1 : open;
        }
        auto const stranger = ask(row.method, target, "{}", {});
        EXPECT_EQ(stranger.status, 401) << row.path;
        EXPECT_EQ(stranger.code(), "not_signed_in");
        if (row.permission == net::signed_in) continue;
        for (auto const& [role, who] : everybody) {
            if (permissions_of(role).has(row.permission)) continue;
            auto const answer = ask(row.method, target, "{}", who);
            EXPECT_EQ(answer.status, 403) << row.path << " as " << json::enum_name(role);
            EXPECT_EQ(answer.code(), "forbidden");
            ++refused;
        }
    }
    EXPECT_GT(refused, 20u);
    EXPECT_EQ(audited("request.forbidden").size(), std::min<std::size_t>(refused, 100));
}

TEST_P(Http, makes_and_changes_customers) {
    auto const agent = as(Role::agent);
    auto const made = post("/v1/customers",
                           R"({"name":"Anna Rossi","locale":"it","external_id":"C-17","addresses":[
                               {"kind":"email","value":"Anna@example.org","verified":true}]})",
                           agent);
    ASSERT_EQ(made.status, 201) << json::encode(made.body);
    EXPECT_EQ(made.body.at("addresses").at(0).at("value"), "Anna@example.org");
    EXPECT_TRUE(made.body.at("addresses").at(0).at("verified").as_bool());
    auto const path = "/v1/customers/" + id_of(made);
    EXPECT_EQ(get(path, agent).body, made.body);
    EXPECT_EQ(patch(path, R"({"locale":"fa"})", agent).body.at("locale"), "fa");
    EXPECT_EQ(patch(path, R"({"name":""})", agent).body.at("fields").at(0).at("pointer"), "/name");
    EXPECT_EQ(get("/v1/customers/cus_0000000000009", agent).status, 404);
    EXPECT_EQ(get("/v1/customers/nonsense", agent).status, 404);
    auto const added = post(path + "/addresses", R"({"kind":"email","value":"anna@example.net"})", agent);
    ASSERT_EQ(added.status, 201);
    EXPECT_EQ(post(path + "/addresses", R"({"kind":"email","value":"ANNA@example.net"})", agent).status, 409);
    EXPECT_EQ(post(path + "/addresses", R"({"kind":"email","value":"not an address"})", agent).status, 422);
    EXPECT_EQ(del(path + "/addresses/" + id_of(added), agent).status, 204);
    EXPECT_EQ(del(path + "/addresses/" + id_of(added), agent).status, 404);
    EXPECT_EQ(post("/v1/customers", R"({"name":"B","locale":"en","external_id":"C-17"})", agent).code(),
              "external_id_taken");
    EXPECT_EQ(post("/v1/customers", R"({"name":"B","locale":"en","colour":"red"})", agent).status, 422);
    EXPECT_EQ(post("/v1/customers", R"({"name":)", agent).status, 400);
    auto const timeline = get(path + "/timeline?limit=2", agent);
    ASSERT_EQ(timeline.body.at("items").as_array().size(), 2u);
    auto const next = std::string(timeline.body.at("next").as_string());
    auto const rest = get(path + "/timeline?after=" + next, agent);
    EXPECT_EQ(rest.body.at("items").as_array().size(), 2u);
    EXPECT_EQ(rest.body.at("items").at(1).at("kind"), "customer.created");
    EXPECT_EQ(get(path + "/timeline?after=x", agent).code(), "bad_cursor");
    EXPECT_EQ(get("/v1/customers/cus_0000000000009/timeline", agent).status, 404);
}

TEST_P(Http, shows_a_timelines_deliveries_to_whoever_may_read_deliveries) {
    auto const agent = as(Role::agent);
    auto const path = "/v1/customers/" + id_of(post("/v1/customers", R"({"name":"Anna Rossi","locale":"it"})", agent));
    CustomerId customer;
    ASSERT_TRUE(from_text(path.substr(path.rfind('/') + 1), customer));
    store().write_now([&](store::Tx& tx) {
        store::Event event;
        event.at = now();
        event.kind = "delivery.submitted";
        event.subject = "dlv_0000000000001";
        event.customer = customer.value;
        tx.publish(std::move(event));
        return true;
    });
    auto const kinds = [&](As const& who) {
        std::vector<std::string> out;
        for (auto const& item : get(path + "/timeline", who).body.at("items").as_array())
            out.emplace_back(std::string_view(item.at("kind").as_string()));
        return out;
    };
    EXPECT_EQ(kinds(agent).front(), "delivery.submitted");
    As const key{"", key_with({may_read_customers})};
    EXPECT_EQ(kinds(key), std::vector<std::string>{"customer.created"});
}

TEST_P(Http, lists_customers_in_pages) {
    auto const agent = as(Role::agent);
    for (int i = 0; i < 5; ++i)
        post("/v1/customers", R"({"name":"Anna )" + std::to_string(i) + R"(","locale":"en"})", agent);
    std::string after;
    std::size_t seen = 0;
    for (int pages = 1;; ++pages) {
        auto const page = get("/v1/customers?q=anna&limit=2" + after, agent);
        ASSERT_EQ(page.status, 200);
        seen += page.body.at("items").as_array().size();
        if (!page.body.get_object().contains("next")) {
            EXPECT_EQ(pages, 3);
            break;
        }
        after = "&after=" + net::percent_encoded(std::string(page.body.at("next").as_string()));
    }
    EXPECT_EQ(seen, 5u);
    EXPECT_EQ(get("/v1/customers?limit=0", agent).status, 422);
    EXPECT_EQ(get("/v1/customers?limit=201", agent).status, 422);
    EXPECT_EQ(get("/v1/customers?after=zzz", agent).code(), "bad_cursor");
    EXPECT_EQ(get("/v1/customers?colour=red", agent).status, 422);
}

TEST_P(Http, manages_agents_within_the_limits_of_whoever_asks) {
    auto const owner = as(Role::owner), administrator = as(Role::administrator);
    auto const made = post("/v1/agents", R"({"email":"bea@example.org","name":"Bea","role":"agent"})", administrator);
    ASSERT_EQ(made.status, 201) << json::encode(made.body);
    EXPECT_FALSE(made.body.at("has_password").as_bool());
    EXPECT_EQ(post("/v1/agents", R"({"email":"BEA@example.org","name":"Bea","role":"agent"})", owner).code(),
              "agent_exists");
    EXPECT_EQ(post("/v1/agents", R"({"email":"x@example.org","name":"X","role":"owner"})", administrator).code(),
              "beyond_own_permissions");
    EXPECT_EQ(post("/v1/agents", R"({"email":"x@example.org","name":"X","role":"king"})", owner).status, 422);
    auto const path = "/v1/agents/" + id_of(made);
    EXPECT_EQ(patch(path, R"({"role":"owner"})", administrator).status, 403);
    EXPECT_EQ(patch(path, R"({"role":"supervisor","name":"Beatrice"})", administrator).body.at("role"), "supervisor");
    EXPECT_EQ(patch("/v1/agents/agt_0000000000009", R"({"name":"X"})", owner).status, 404);
    EXPECT_EQ(get("/v1/agents", administrator).body.at("items").as_array().size(), 3u);
    // An administrator gets no owner's link: it would be a way up.
    auto const agents = get("/v1/agents", owner);
    auto const owner_path = "/v1/agents/" + std::string(agents.body.at("items").at(0).at("id").as_string());
    EXPECT_EQ(post(owner_path + "/link", "", administrator).code(), "beyond_own_permissions");
    auto const link = post(path + "/link", "", administrator);
    ASSERT_EQ(link.status, 201);
    auto const url = std::string(link.body.at("url").as_string());
    EXPECT_TRUE(url.starts_with("https://care.example.org/console/sign-in#token=")) << url;
    auto const token = url.substr(url.find("token=") + 6);
    auto const signed_in = post("/v1/session/link", R"({"token":")" + token + "\"}", {});
    ASSERT_EQ(signed_in.status, 201);
    // Deactivated: the open session ends at once, links with it.
    EXPECT_EQ(get("/v1/session", {signed_in.cookie}).status, 200);
    EXPECT_TRUE(patch(path, R"({"disabled":true})", administrator).body.at("disabled").as_bool());
    EXPECT_EQ(get("/v1/session", {signed_in.cookie}).status, 401);
    EXPECT_EQ(post(path + "/link", "", administrator).code(), "agent_disabled");
    EXPECT_EQ(patch(path, R"({"disabled":false})", administrator).status, 200);
}

TEST_P(Http, keeps_the_last_owner) {
    auto const owner = as(Role::owner);
    auto const path = "/v1/agents/" + std::string(get("/v1/agents", owner).body.at("items").at(0).at("id").as_string());
    EXPECT_EQ(patch(path, R"({"disabled":true})", owner).code(), "last_owner");
    EXPECT_EQ(patch(path, R"({"role":"agent"})", owner).code(), "last_owner");
    auto const second = post("/v1/agents", R"({"email":"two@example.org","name":"Two","role":"owner"})", owner);
    EXPECT_EQ(patch(path, R"({"role":"agent"})", owner).status, 200);
    EXPECT_EQ(get("/v1/agents", owner).status, 403);  // at once
    (void)second;
}

// Two owners take the role from each other at the same moment, on two nodes: one stays.
TEST_P(Http, keeps_the_last_owner_whoever_is_faster) {
    if (GetParam() == test::Engine::sqlite) GTEST_SKIP() << "SQLite has one node";
    auto const other = open_another();
    AgentChange step_down;
    step_down.role = Role::agent;
    AgentChange step_up;
    step_up.role = Role::owner;
    AgentId const pair[] = {make_agent("a@example.org", Role::owner), make_agent("b@example.org", Role::owner)};
    auto change = [&](store::Store& node, AgentId id, AgentChange const& wanted) {
        return node.write_now([&](store::Tx& tx) { return update_agent(tx, act(), Permissions::all(), id, wanted); })
            .has_value();
    };
    for (int round = 0; round < 20; ++round) {
        bool first = false, second = false;
        {
            std::jthread const one([&] { first = change(store(), pair[0], step_down); });
            std::jthread const two([&] { second = change(*other, pair[1], step_down); });
        }
        EXPECT_NE(first, second) << round;
        for (auto const id : pair) EXPECT_TRUE(change(store(), id, step_up));
    }
}

TEST_P(Http, shows_an_api_key_once) {
    auto const administrator = as(Role::administrator);
    auto const made =
        post("/v1/api-keys", R"({"name":"shop","scopes":["deliveries.send","customers.read"]})", administrator);
    ASSERT_EQ(made.status, 201) << json::encode(made.body);
    auto const key = std::string(made.body.at("key").as_string());
    EXPECT_TRUE(key.starts_with("rk_"));
    EXPECT_EQ(get("/v1/customers", {"", key}).status, 200);
    auto const list = get("/v1/api-keys", administrator);
    EXPECT_EQ(json::encode(list.body).find(key), std::string::npos);
    EXPECT_EQ(list.body.at("items").at(0).at("scopes").as_array().size(), 2u);
    EXPECT_EQ(del("/v1/api-keys/" + id_of(made), administrator).status, 204);
    EXPECT_EQ(get("/v1/customers", {"", key}).status, 401);
    EXPECT_EQ(del("/v1/api-keys/" + id_of(made), administrator).status, 204);
    EXPECT_EQ(del("/v1/api-keys/key_0000000000009", administrator).status, 404);
    EXPECT_EQ(post("/v1/api-keys", R"({"name":"x","scopes":["organisation.own"]})", administrator).code(),
              "beyond_own_permissions");
    auto const wrong =
        post("/v1/api-keys", R"({"name":"x","scopes":["customers.read","deliveries.fly"]})", administrator);
    EXPECT_EQ(wrong.body.at("fields").at(0).at("pointer"), "/scopes/1");
    EXPECT_EQ(post("/v1/api-keys", R"({"name":"x","scopes":[]})", administrator).status, 422);
    EXPECT_EQ(post("/v1/api-keys", R"({"name":"x","scopes":["customers.read"],"expires_at":"2020-01-01T00:00:00Z"})",
                   administrator)
                  .status,
              422);
}

TEST_P(Http, shows_roles_and_the_audit_log) {
    auto const auditor = as(Role::auditor);
    EXPECT_EQ(get("/v1/roles", auditor).body.at("items").as_array().size(), std::size(role_table));
    auto const page = get("/v1/audit?verb=agent.&limit=1", auditor);
    ASSERT_EQ(page.body.at("items").as_array().size(), 1u);
    EXPECT_TRUE(page.body.at("items").at(0).at("actor_kind") == "operator");
    auto const next = std::string(page.body.at("next").as_string());
    EXPECT_GE(get("/v1/audit?verb=agent.&after=" + next, auditor).body.at("items").as_array().size(), 1u);
    EXPECT_EQ(get("/v1/audit?actor=nobody", auditor).body.at("fields").at(0).at("pointer"), "/actor");
    EXPECT_EQ(get("/v1/audit?outcome=forbidden&since=2026-01-01T00:00:00Z", auditor).status, 200);
    EXPECT_EQ(get("/v1/audit?after=x", auditor).code(), "bad_cursor");
}

TEST_P(Http, takes_wrong_credentials_as_a_problem_with_fields) {
    EXPECT_EQ(post("/v1/session", R"({"email":"no address","password":"x"})", {}).status, 422);
    EXPECT_EQ(post("/v1/session", R"({"email":"a@example.org"})", {}).body.at("fields").at(0).at("pointer"),
              "/password");
    auto const huge = std::string(2000, 'x');
    EXPECT_EQ(sign_in("a@example.org", huge).code(), "sign_in_refused");
}

class CommandLine : public AccessTest {};
RAPPORT_ON_BOTH_ENGINES(CommandLine);

TEST_P(CommandLine, manages_users) {
    EmailAddress const ann{"ann@example.org"};
    EXPECT_EQ(cli::user_list(store()).value(), "There are no users yet; add one with `rapport user add`.\n");
    EXPECT_TRUE(cli::user_add(store(), {ann, {"Ann"}, Locale::en, Role::owner}, now()));
    EXPECT_EQ(cli::user_add(store(), {ann, {"Ann"}, Locale::en, Role::owner}, now()).error().code, "agent_exists");
    EXPECT_EQ(cli::user_disable(store(), ann, true, now()).error().code, "last_owner");
    EXPECT_EQ(cli::user_role(store(), ann, Role::agent, now()).error().code, "last_owner");
    EXPECT_EQ(cli::user_password(store(), ann, "short", now()).error().code, "weak_password");
    EXPECT_TRUE(cli::user_password(store(), ann, password, now()));
    EXPECT_EQ(sign_in(ann.value, password).status, 201);
    auto const link = cli::user_link(store(), ann, "http://localhost:8080", now()).value();
    EXPECT_TRUE(link.starts_with("http://localhost:8080/console/sign-in#token="));
    auto const token = link.substr(link.find("token=") + 6, link.size() - link.find("token=") - 7);
    EXPECT_EQ(post("/v1/session/link", R"({"token":")" + token + "\"}", {}).status, 201);
    auto const list = cli::user_list(store()).value();
    for (auto const* part : {"ann@example.org", "Ann", "owner", "password, signed in 2026-11-21T09:00:00Z"})
        EXPECT_NE(list.find(part), std::string::npos) << list;
    EmailAddress const bea{"bea@example.org"};
    EXPECT_EQ(cli::user_link(store(), bea, "", now()).error().code, "agent_not_found");
    EXPECT_TRUE(cli::user_add(store(), {bea, {"Bea"}, Locale::fa, Role::agent}, now()));
    EXPECT_TRUE(cli::user_disable(store(), bea, true, now()));
    EXPECT_TRUE(cli::user_disable(store(), bea, false, now()));
    EXPECT_TRUE(cli::user_role(store(), bea, Role::auditor, now()));
    EXPECT_TRUE(cli::user_totp(store(), bea, now()));
    EXPECT_EQ(cli::role_from("operator").value(), Role::operator_);
    EXPECT_NE(cli::role_from("king").error().text.find("owner, administrator, supervisor, agent, auditor, operator"),
              std::string::npos);
    for (auto const& line : audited("agent.")) {
        if (line.verb != "agent.signed_in") EXPECT_EQ(line.actor_kind, ActorKind::operator_) << line.verb;
    }
}

// docs/operators/accounts.md holds the two tables as they stand in permissions.hpp.
TEST(AccountsPage, has_the_roles_and_permissions_of_the_program) {
    std::ifstream file("docs/operators/accounts.md");
    std::stringstream text;
    text << file.rdbuf();
    std::string roles = "| permission | allows |";
    std::string rule = "| --- | --- |";
    for (auto const& row : role_table) {
        (roles += " ") += std::string(json::enum_name(row.role)) + " |";
        rule += " :-: |";
    }
    std::string table = roles + "\n" + rule + "\n";
    for (auto const& row : permission_table) {
        table += "| `" + std::string(row.permission.name) + "` | " + std::string(row.allows) + " |";
        for (auto const& role : role_table) table += role.permissions.has(row.permission) ? " yes |" : "  |";
        table += "\n";
    }
    EXPECT_NE(text.str().find(table), std::string::npos) << "put this table into docs/operators/accounts.md:\n"
                                                         << table;
    for (auto const& row : role_table) {
        auto const line = "| `" + std::string(json::enum_name(row.role)) + "` | " + std::string(row.is_for) + " |";
        EXPECT_NE(text.str().find(line), std::string::npos) << line;
    }
}

}  // namespace
}  // namespace rapport::people
