// Signing in, sessions, second factors, keys and the authenticator, on both engines, through the route table.
#include <argon2.h>
#include <gtest/gtest.h>

#include <thread>

#include "people/access_fixture.hpp"
#include "people/throttle.hpp"

namespace rapport::people {
namespace {

class Signing : public AccessTest {};
RAPPORT_ON_BOTH_ENGINES(Signing);

TEST_P(Signing, in_with_the_right_password_opens_a_session) {
    auto const agent = make_agent("Ann@example.org", Role::supervisor);
    auto const answer = sign_in("ann@EXAMPLE.org", password);
    ASSERT_EQ(answer.status, 201) << json::encode(answer.body);
    EXPECT_EQ(answer.body.at("agent").at("id"), to_text(agent).c_str());
    EXPECT_EQ(answer.body.at("agent").at("role"), "supervisor");
    EXPECT_EQ(answer.body.at("permissions").as_array().size(), permissions_of(Role::supervisor).names().size());
    EXPECT_EQ(answer.body.at("expires_at"), to_text(now() + session_absolute).c_str());
    for (auto const* part : {"HttpOnly", "SameSite=Strict", "Path=/", "Secure"})
        EXPECT_NE(answer.set_cookie.find(part), std::string::npos) << answer.set_cookie;
    auto const session = get("/v1/session", {answer.cookie});
    EXPECT_EQ(session.status, 200);
    EXPECT_EQ(session.body.at("agent").at("name"), "Ann");
    EXPECT_EQ(audited("agent.signed_in").size(), 1u);
}

TEST_P(Signing, in_is_refused_alike_for_every_reason) {
    make_agent("ann@example.org", Role::agent);
    make_agent("link@example.org", Role::agent, false);
    auto const gone = make_agent("gone@example.org", Role::agent);
    AgentChange change;
    change.disabled = true;
    ASSERT_TRUE(
        store().write_now([&](store::Tx& tx) { return update_agent(tx, act(), Permissions::all(), gone, change); }));
    auto const wrong = sign_in("ann@example.org", "another password");
    for (auto const* email : {"nobody@example.org", "link@example.org", "gone@example.org"}) {
        auto const answer = sign_in(email, password);
        EXPECT_EQ(answer.status, 401) << email;
        EXPECT_EQ(json::encode(answer.body), json::encode(wrong.body));
        EXPECT_TRUE(answer.set_cookie.empty());
    }
    EXPECT_EQ(wrong.code(), "sign_in_refused");
    auto const lines = audited("agent.sign_in_refused");
    ASSERT_EQ(lines.size(), 4u);
    for (auto const& line : lines) {
        EXPECT_EQ(line.outcome, AuditOutcome::refused);
        EXPECT_EQ(line.remote, "192.0.2.7");
        EXPECT_EQ((line.subject + json::encode(line.data)).find('@'), std::string::npos);
    }
}

TEST_P(Signing, in_is_slowed_down_after_failures_and_forgiven_after_success) {
    make_agent("ann@example.org", Role::agent);
    for (int i = 0; i < account_rule.free_attempts; ++i)
        EXPECT_EQ(sign_in("ann@example.org", "wrong wrong wrong").status, 401);
    auto const blocked = sign_in("ann@example.org", password);
    EXPECT_EQ(blocked.status, 429);
    EXPECT_EQ(blocked.code(), "too_many_attempts");
    EXPECT_EQ(sign_in("nobody@example.org", password).status, 401);  // another account is not touched
    advance(std::chrono::seconds(2));
    EXPECT_EQ(sign_in("ann@example.org", password).status, 201);
    for (int i = 1; i < account_rule.free_attempts; ++i)
        EXPECT_EQ(sign_in("ann@example.org", "wrong wrong wrong").status, 401);
    EXPECT_EQ(sign_in("ann@example.org", password).status, 201);
}

TEST_P(Signing, in_is_slowed_down_for_unknown_accounts_and_for_an_address_too) {
    for (int i = 0; i < account_rule.free_attempts; ++i) EXPECT_EQ(sign_in("nobody@example.org", "x").status, 401);
    EXPECT_EQ(sign_in("nobody@example.org", "x").status, 429);
    for (int i = 0; i < address_rule.free_attempts; ++i)
        sign_in("n" + std::to_string(i) + "@example.org", "x", "", {.remote = "192.0.2.9"});
    EXPECT_EQ(sign_in("other@example.org", "x", "", {.remote = "192.0.2.9"}).status, 429);
    EXPECT_EQ(sign_in("other@example.org", "x", "", {.remote = "192.0.2.10"}).status, 401);
}

TEST_P(Signing, in_replaces_a_hash_of_older_parameters) {
    auto const agent = make_agent("ann@example.org", Role::agent);
    char weak[200];
    ASSERT_EQ(argon2id_hash_encoded(1, 1024, 1, password.data(), password.size(), "saltsaltsaltsalt", 16, 32, weak,
                                    sizeof weak),
              ARGON2_OK);
    store().write_now([&](store::Tx& tx) { tx.exec(sql::set_password, agent, std::string(weak), now()); });
    EXPECT_EQ(sign_in("ann@example.org", password).status, 201);
    auto const renewed = store().read_now([&](store::Reader& reader) { return *proofs_of(reader, agent)->password; });
    EXPECT_FALSE(is_outdated(renewed));
    EXPECT_EQ(sign_in("ann@example.org", password).status, 201);
    store().write_now([&](store::Tx& tx) { tx.exec(sql::set_password, agent, "$argon2id$damaged", now()); });
    EXPECT_EQ(sign_in("ann@example.org", password).status, 401);  // a damaged hash lets nobody in
}

TEST_P(Signing, in_asks_for_the_second_factor_and_takes_each_code_once) {
    auto const agent = make_agent("ann@example.org", Role::agent);
    As const as{session_of(agent)};
    auto const begun = post("/v1/agents/me/totp", "", as);
    ASSERT_EQ(begun.status, 201) << json::encode(begun.body);
    EXPECT_TRUE(begun.body.at("uri").as_string().starts_with("otpauth://totp/Test:ann%40example.org?secret="));
    EXPECT_EQ(sign_in("ann@example.org", password).status, 201);  // not confirmed, not asked for
    auto const secret = run(access().begin_totp(act(), agent)).value();
    auto code = [&] { return totp_code(secret, totp_step_of(now())); };
    EXPECT_EQ(put("/v1/agents/me/totp", R"({"code":"000000"})", as).code(), "totp_wrong");
    auto const confirmed = put("/v1/agents/me/totp", R"({"code":")" + code() + R"("})", as);
    ASSERT_EQ(confirmed.status, 200);
    auto const recovery = std::string(confirmed.body.at("recovery_codes").at(0).as_string());
    EXPECT_EQ(post("/v1/agents/me/totp", "", as).code(), "totp_enabled");

    EXPECT_EQ(sign_in("ann@example.org", password).code(), "totp_required");
    EXPECT_EQ(sign_in("ann@example.org", "wrong wrong wrong", code()).code(), "sign_in_refused");
    EXPECT_EQ(sign_in("ann@example.org", password, code()).code(), "sign_in_refused");  // used to confirm
    advance(std::chrono::seconds(30));
    auto const fresh = code();
    auto const with_code = sign_in("ann@example.org", password, fresh);
    EXPECT_EQ(with_code.status, 201);
    auto const session =
        store().read_now([&](store::Reader& reader) { return session_by_token(reader, sha256(with_code.cookie)); });
    EXPECT_EQ(session.value().opened_by, OpenedBy::password_totp);
    EXPECT_EQ(sign_in("ann@example.org", password, fresh).code(), "sign_in_refused");
    EXPECT_EQ(sign_in("ann@example.org", password, recovery).status, 201);
    EXPECT_EQ(sign_in("ann@example.org", password, recovery).code(), "sign_in_refused");
    EXPECT_EQ(audited("agent.recovery_code_used").size(), 1u);
}

TEST_P(Signing, in_with_the_password_alone_does_not_free_guesses_of_the_code) {
    auto const agent = make_agent("ann@example.org", Role::agent);
    auto const secret = run(access().begin_totp(act(), agent)).value();
    ASSERT_TRUE(run(access().confirm_totp(totp_code(secret, totp_step_of(now())), act(), agent)));
    int guesses = 0;
    for (int i = 0; i < 20; ++i) {
        sign_in("ann@example.org", password);
        guesses += sign_in("ann@example.org", password, "000000").status == 401;
    }
    EXPECT_LE(guesses, account_rule.free_attempts + 1);
}

TEST_P(Signing, out_ends_the_session_and_the_cookie) {
    As const as{session_of(make_agent("ann@example.org", Role::agent))};
    EXPECT_EQ(get("/v1/session", as).status, 200);
    EXPECT_EQ(ask(net::Method::delete_, "/v1/session", "", {as.cookie, "", false}).code(), "csrf_header_missing");
    auto const answer = del("/v1/session", as);
    EXPECT_EQ(answer.status, 204);
    EXPECT_NE(answer.set_cookie.find("Max-Age=0"), std::string::npos) << answer.set_cookie;
    EXPECT_EQ(get("/v1/session", as).status, 401);
}

TEST_P(Signing, in_by_a_link_works_once_and_not_for_long) {
    auto const agent = make_agent("ann@example.org", Role::agent, false);
    auto link = [&] {
        auto const token = random_token(32);
        EXPECT_TRUE(store().write_now(
            [&](store::Tx& tx) { return create_link(tx, act(), Permissions::all(), {agent, token}); }));
        return token;
    };
    auto use = [&](std::string const& token, std::string extra = "") {
        return post("/v1/session/link", R"({"token":")" + token + "\"" + extra + "}", {});
    };
    auto const first = link();
    auto const answer = use(first);
    ASSERT_EQ(answer.status, 201);
    EXPECT_EQ(use(first).code(), "link_refused");
    EXPECT_EQ(use("nonsense").code(), "link_refused");
    auto const late = link();
    advance(link_lifetime);
    EXPECT_EQ(use(late).status, 401);
    // They came by a link, so they may choose a password without having one.
    auto const chosen = post("/v1/agents/me/password", R"({"password":"correct horse battery"})", {answer.cookie});
    ASSERT_EQ(chosen.status, 200) << json::encode(chosen.body);
    EXPECT_EQ(get("/v1/session", {answer.cookie}).status, 401);  // the session goes on under another token
    EXPECT_EQ(get("/v1/session", {chosen.cookie}).status, 200);
    EXPECT_EQ(sign_in("ann@example.org", password).status, 201);
    // A link does not stand for the second factor, and is not used up by asking for it.
    auto const secret = run(access().begin_totp(act(), agent)).value();
    ASSERT_TRUE(run(access().confirm_totp(totp_code(secret, totp_step_of(now())), act(), agent)));
    auto const third = link();
    EXPECT_EQ(use(third).code(), "totp_required");
    EXPECT_EQ(use(third, R"(,"totp":"000000")").code(), "sign_in_refused");
    advance(std::chrono::seconds(30));
    EXPECT_EQ(use(third, R"(,"totp":")" + totp_code(secret, totp_step_of(now())) + "\"").status, 201);
}

TEST_P(Signing, sessions_end_when_idle_and_after_a_week) {
    auto const agent = make_agent("ann@example.org", Role::agent);
    As const as{session_of(agent)};
    for (int hours = 0; hours < 24 * 7 - 11; hours += 11) {
        EXPECT_EQ(get("/v1/session", as).status, 200) << hours;
        run(access().upkeep(now()));
        advance(std::chrono::hours(11));
    }
    advance(std::chrono::hours(11));
    EXPECT_EQ(get("/v1/session", as).status, 401);  // a week, though never idle
    As const idle{session_of(agent)};
    EXPECT_EQ(get("/v1/session", idle).status, 200);
    advance(session_idle);
    EXPECT_EQ(get("/v1/session", idle).status, 401);
    run(access().upkeep(now()));
    EXPECT_TRUE(store().read_now([&](store::Reader& r) { return r.all<Session>(sql::sessions_of, agent); }).empty());
}

TEST_P(Signing, sessions_are_listed_and_ended_by_their_owner_alone) {
    auto const ann = make_agent("ann@example.org", Role::agent), bea = make_agent("bea@example.org", Role::owner);
    As const first{session_of(ann)}, second{session_of(ann)}, stranger{session_of(bea)};
    auto const list = get("/v1/sessions", first);
    ASSERT_EQ(list.body.at("items").as_array().size(), 2u);
    auto const& newest = list.body.at("items").at(0);
    EXPECT_FALSE(newest.at("current").as_bool());
    auto const path = "/v1/sessions/" + std::string(newest.at("id").as_string());
    EXPECT_EQ(del(path, stranger).status, 404);
    EXPECT_EQ(del(path, first).status, 204);
    EXPECT_EQ(get("/v1/session", second).status, 401);
    EXPECT_EQ(get("/v1/session", first).status, 200);
}

TEST_P(Signing, a_change_of_password_asks_for_the_present_one_and_ends_other_sessions) {
    auto const agent = make_agent("ann@example.org", Role::agent);
    As const here{session_of(agent)}, there{session_of(agent)};
    auto change = [&](std::string_view current, std::string_view wanted) {
        return post("/v1/agents/me/password", json::encode(json::Object{{"current", current}, {"password", wanted}}),
                    here);
    };
    EXPECT_EQ(change("wrong wrong wrong", "a new long password").code(), "current_password_wrong");
    EXPECT_EQ(change(password, "short").code(), "weak_password");
    auto const answer = change(password, "a new long password");
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(get("/v1/session", there).status, 401);
    EXPECT_EQ(get("/v1/session", here).status, 401);
    EXPECT_EQ(get("/v1/session", {answer.cookie}).status, 200);
    EXPECT_EQ(sign_in("ann@example.org", password).status, 401);
    EXPECT_EQ(sign_in("ann@example.org", "a new long password").status, 201);
}

TEST_P(Signing, a_second_factor_is_removed_with_a_code_unless_just_signed_in) {
    auto const agent = make_agent("ann@example.org", Role::agent);
    auto enable = [&] {
        auto const secret = run(access().begin_totp(act(), agent)).value();
        EXPECT_TRUE(run(access().confirm_totp(totp_code(secret, totp_step_of(now())), act(), agent)));
        return secret;
    };
    enable();
    As const as{session_of(agent)};
    EXPECT_EQ(del("/v1/agents/me/totp", as).status, 204);
    advance(std::chrono::minutes(11));
    auto const secret = enable();
    EXPECT_EQ(del("/v1/agents/me/totp", as).code(), "totp_code_needed");
    EXPECT_EQ(del("/v1/agents/me/totp?code=000000", as).code(), "totp_wrong");
    advance(std::chrono::seconds(30));
    EXPECT_EQ(del("/v1/agents/me/totp?code=" + totp_code(secret, totp_step_of(now())), as).status, 204);
    EXPECT_EQ(sign_in("ann@example.org", password).status, 201);
}

TEST_P(Signing, nothing_in_the_database_lets_anybody_in) {
    auto const agent = make_agent("ann@example.org", Role::agent);
    auto const token = session_of(agent);
    auto const key = key_with({may_read_customers});
    static constexpr store::Query digests{"digests",
                                          "SELECT digest FROM agent_session UNION ALL SELECT digest FROM api_key",
                                          "SELECT digest FROM agent_session UNION ALL SELECT digest FROM api_key"};
    auto const stored = store().read_now([](store::Reader& reader) { return reader.all<store::Blob>(digests); });
    ASSERT_EQ(stored.size(), 2u);
    for (auto const& one : stored) {
        EXPECT_EQ(one.bytes.size(), 32u);
        EXPECT_EQ(get("/v1/session", {to_base64url(one.bytes)}).status, 401);
        EXPECT_EQ(get("/v1/customers", {"", "rk_" + to_base64url(one.bytes)}).status, 401);
    }
    EXPECT_EQ(get("/v1/session", {token}).status, 200);
    EXPECT_EQ(get("/v1/customers", {"", key}).status, 200);
}

TEST_P(Signing, keys_do_what_their_scopes_say_until_they_expire_or_are_revoked) {
    As const reader{"", key_with({may_read_customers})};
    EXPECT_EQ(get("/v1/customers", reader).status, 200);
    EXPECT_EQ(post("/v1/customers", R"({"name":"A","locale":"en"})", reader).status, 403);
    EXPECT_EQ(get("/v1/session", reader).code(), "agents_only");
    EXPECT_EQ(post("/v1/agents/me/totp", "", reader).code(), "agents_only");
    auto const forbidden = audited("request.forbidden");
    ASSERT_EQ(forbidden.size(), 1u);
    EXPECT_EQ(forbidden[0].outcome, AuditOutcome::forbidden);
    EXPECT_EQ(forbidden[0].actor_kind, ActorKind::api_key);
    EXPECT_EQ(forbidden[0].subject, "/v1/customers");
    // A key needs no header against forged requests: no browser sends it by itself.
    As const writer{"", key_with({may_write_customers}), false};
    EXPECT_EQ(post("/v1/customers", R"({"name":"A","locale":"en"})", writer).status, 201);
    As const brief{"", key_with({may_read_customers}, now() + std::chrono::seconds(5))};
    EXPECT_EQ(get("/v1/customers", brief).status, 200);
    advance(std::chrono::seconds(5));
    EXPECT_EQ(get("/v1/customers", brief).status, 401);
    EXPECT_EQ(get("/v1/customers", {"", "rk_nonsense"}).status, 401);
    EXPECT_EQ(get("/v1/customers", {"", session_of(make_agent("a@example.org", Role::owner))}).status, 401);
}

// A revocation by another process reaches this one through the journal.
TEST_P(Signing, a_known_key_is_forgotten_when_the_journal_tells_of_its_end) {
    As const as{"", key_with({may_read_customers})};
    EXPECT_EQ(get("/v1/customers", as).status, 200);
    asio::io_context context;
    net::TaskGroup jobs(context);
    jobs.spawn("invalidation", [this](net::Stop stop) { return access().run_invalidation(stop); });
    std::jthread thread([&] { context.run(); });
    auto const keys = store().read_now([](store::Reader& reader) { return list_api_keys(reader); });
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return revoke_api_key(tx, act(), keys.at(0).id); }));
    int status = 200;
    auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds(8);
    while (status == 200 && std::chrono::steady_clock::now() < give_up) status = get("/v1/customers", as).status;
    EXPECT_EQ(status, 401);
    EXPECT_TRUE(jobs.join(std::chrono::seconds(5)));
}

TEST_P(Signing, the_last_use_of_a_key_is_noted_to_the_hour) {
    As const as{"", key_with({may_read_customers})};
    auto used = [&] { return store().read_now([](store::Reader& r) { return list_api_keys(r).at(0).used_at; }); };
    EXPECT_EQ(get("/v1/customers", as).status, 200);
    run(access().upkeep(now()));
    auto const first = now();
    EXPECT_EQ(used(), first);
    advance(std::chrono::minutes(30));
    get("/v1/customers", as);
    run(access().upkeep(now()));
    EXPECT_EQ(used(), first);
    advance(std::chrono::minutes(31));
    get("/v1/customers", as);
    run(access().upkeep(now()));
    EXPECT_EQ(used(), now());
}

TEST_P(Signing, unsafe_requests_with_a_cookie_need_the_header) {
    As as = this->as(Role::agent);
    as.csrf = false;
    EXPECT_EQ(get("/v1/customers", as).status, 200);
    EXPECT_EQ(post("/v1/customers", R"({"name":"A","locale":"en"})", as).code(), "csrf_header_missing");
    as.csrf = true;
    EXPECT_EQ(post("/v1/customers", R"({"name":"A","locale":"en"})", as).status, 201);
}

}  // namespace
}  // namespace rapport::people
