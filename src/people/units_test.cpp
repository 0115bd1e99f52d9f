// Pieces of people without a store: permissions, folding, one-time codes, passwords, delays.
#include <argon2.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <set>

#include "people/fold.hpp"
#include "people/passwords.hpp"
#include "people/permissions.hpp"
#include "people/throttle.hpp"
#include "people/totp.hpp"

namespace rapport::people {
namespace {

TEST(Permissions, have_unique_names_and_every_role_has_some) {
    std::set<std::string_view> names;
    for (auto const& row : permission_table)
        EXPECT_TRUE(names.insert(row.permission.name).second) << row.permission.name;
    EXPECT_FALSE(names.contains(net::anyone.name));
    EXPECT_FALSE(names.contains(net::signed_in.name));
    for (auto const& row : role_table) EXPECT_FALSE(row.permissions.empty());
}

TEST(Permissions, are_named_and_read_back) {
    auto const set = permissions_of(Role::auditor);
    auto const names = set.names();
    EXPECT_EQ(Permissions::from(names), set);
    EXPECT_EQ(Permissions::from(std::vector<std::string>{"deliveries.fly"}), std::nullopt);
    EXPECT_TRUE(set.has(may_read_audit));
    EXPECT_FALSE(set.has(may_send_deliveries));
    EXPECT_FALSE(set.has(net::Permission{"deliveries.fly"}));
    EXPECT_FALSE(Permissions::all().has(net::signed_in));
}

TEST(Permissions, of_an_auditor_change_nothing_and_of_an_operator_see_no_customer) {
    for (auto const& name : permissions_of(Role::auditor).names()) EXPECT_TRUE(name.ends_with(".read")) << name;
    for (auto const& name : permissions_of(Role::operator_).names()) {
        EXPECT_FALSE(name.starts_with("customers")) << name;
        EXPECT_FALSE(name.starts_with("deliveries")) << name;
    }
    EXPECT_FALSE(permissions_of(Role::administrator).has(may_own_organisation));
    EXPECT_TRUE(permissions_of(Role::owner).contains(permissions_of(Role::administrator)));
}

TEST(Folding, makes_case_and_space_alike) {
    EXPECT_EQ(folded("  Mario \t ROSSI "), "mario rossi");
    EXPECT_EQ(folded("ÅSA ΩMEGA"), "åsa ωmega");
    EXPECT_EQ(folded("كريم علي"), folded("کریم علی"));
    EXPECT_EQ(folded(EmailAddress{"Ann@example.org"}), "ann@example.org");
}

TEST(Folding, gives_a_key_for_every_word_but_no_more_than_six) {
    EXPECT_EQ(name_keys("Anna Maria Rossi"), (std::vector<Bytes>{"anna maria rossi", "maria rossi", "rossi"}));
    EXPECT_TRUE(name_keys("  ").empty());
    EXPECT_EQ(name_keys("a b c d e f g h").size(), 6u);
}

TEST(Folding, is_idempotent_and_never_fails) {
    EXPECT_TRUE(rc::check("folded(folded(x)) == folded(x)",
                          [](std::string const& text) { RC_ASSERT(folded(folded(text)) == folded(text)); }));
}

TEST(Prefixes, end_just_above_what_starts_with_them) {
    EXPECT_TRUE(rc::check("prefix range", [](std::string const& tail) {
        Bytes const prefix = "ann";
        RC_ASSERT(prefix + tail < end_of_prefix(prefix));
        RC_ASSERT(end_of_prefix(prefix) > prefix);
    }));
}

// RFC 6238, appendix B: eight digits, SHA-1.
TEST(Totp, gives_the_codes_of_the_standard) {
    Bytes const secret = "12345678901234567890";
    auto const code_at = [&](std::int64_t seconds) {
        return totp_code(secret, totp_step_of(Time(std::chrono::seconds(seconds))), 8);
    };
    EXPECT_EQ(code_at(59), "94287082");
    EXPECT_EQ(code_at(1111111109), "07081804");
    EXPECT_EQ(code_at(1111111111), "14050471");
    EXPECT_EQ(code_at(1234567890), "89005924");
    EXPECT_EQ(code_at(2000000000), "69279037");
    EXPECT_EQ(code_at(20000000000), "65353130");
}

TEST(Totp, accepts_one_step_before_and_after_and_none_twice) {
    Bytes const secret = "12345678901234567890";
    Time const now{std::chrono::seconds(1'800'000'015)};
    auto const step = totp_step_of(now);
    for (auto const near : {step - 1, step, step + 1})
        EXPECT_EQ(matching_step(secret, totp_code(secret, near), now, 0), near);
    EXPECT_EQ(matching_step(secret, totp_code(secret, step - 2), now, 0), std::nullopt);
    EXPECT_EQ(matching_step(secret, totp_code(secret, step + 2), now, 0), std::nullopt);
    EXPECT_EQ(matching_step(secret, totp_code(secret, step), now, step), std::nullopt);
    EXPECT_EQ(matching_step(secret, "12345", now, 0), std::nullopt);
    EXPECT_EQ(matching_step(secret, "", now, 0), std::nullopt);
}

// RFC 4648 §10, without padding.
TEST(Totp, writes_secrets_as_base32) {
    EXPECT_EQ(to_base32_text("foobar"), "MZXW6YTBOI");
    EXPECT_EQ(to_base32_text("foob"), "MZXW6YQ");
    EXPECT_EQ(to_base32_text(""), "");
    EXPECT_EQ(totp_uri("My Shop", "ann@example.org", "foobar"),
              "otpauth://totp/My%20Shop:ann%40example.org?secret=MZXW6YTBOI&issuer=My%20Shop");
}

TEST(Totp, secrets_open_only_for_their_agent) {
    auto const key = random_key();
    auto const sealed = seal_totp(key, AgentId{7}, "12345678901234567890");
    EXPECT_EQ(open_totp(key, AgentId{7}, sealed).value(), "12345678901234567890");
    EXPECT_FALSE(open_totp(key, AgentId{8}, sealed));
}

TEST(RecoveryCodes, differ_and_are_read_without_regard_to_case_and_dashes) {
    auto const codes = new_recovery_codes();
    EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()).size(), 10u);
    for (auto const& code : codes) EXPECT_EQ(code.size(), 11u);
    EXPECT_EQ(recovery_digest(AgentId{7}, "abcde-fghjk"), recovery_digest(AgentId{7}, "ABCDE FGHJK"));
    EXPECT_NE(recovery_digest(AgentId{7}, "abcde-fghjk"), recovery_digest(AgentId{8}, "abcde-fghjk"));
}

TEST(Passwords, are_hashed_with_argon2id_and_verified) {
    auto const hash = hash_password("correct horse battery");
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
    EXPECT_TRUE(verify_password(hash, "correct horse battery"));
    EXPECT_FALSE(verify_password(hash, "correct horse batterz"));
    EXPECT_FALSE(verify_password(hash, ""));
    EXPECT_FALSE(verify_password("", ""));
    EXPECT_NE(hash, hash_password("correct horse battery"));
    EXPECT_FALSE(is_outdated(hash));
    EXPECT_TRUE(is_outdated("$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA"));
}

// Not timed, but counted: the memory of a hash is filled for an unknown account as for a known one.
TEST(Passwords, of_unknown_accounts_are_compared_with_a_hash_of_the_same_cost) {
    auto const hash = unmatched_hash();
    EXPECT_FALSE(is_outdated(hash));
    EXPECT_EQ(hash.size(), hash_password("correct horse battery").size());
    EXPECT_EQ(argon2id_verify(hash.c_str(), "x", 1), ARGON2_VERIFY_MISMATCH);  // compared, not refused as malformed
    EXPECT_NE(hash, unmatched_hash());
}

TEST(Passwords, are_long_and_not_the_account_itself) {
    auto const good = [](std::string_view password) {
        return check_password(password, "anna.rossi@example.org", "Anna Rossi Bianchi").has_value();
    };
    EXPECT_TRUE(good("a sentence is fine"));
    EXPECT_TRUE(good("گذرواژهٔ بلند من"));
    EXPECT_FALSE(good("short"));
    EXPECT_FALSE(good(std::string(201, 'x') + "abcdef"));
    EXPECT_FALSE(good("aaaaaaaaaaaaaaaa"));
    EXPECT_FALSE(good("Anna.Rossi@example.org"));
    EXPECT_FALSE(good("anna rossi bianchi"));
    EXPECT_FALSE(good(std::string("with a nul \0 inside", 19)));
    EXPECT_EQ(check_password("short", "", "").error().fields.at(0).pointer, "/password");
}

// The queue takes one: of twenty hashes asked for at once some are refused, and all that were taken are right.
TEST(PasswordPool, hashes_for_coroutines_and_refuses_beyond_its_queue) {
    asio::io_context context;
    PasswordPool pool(1, 1);
    int hashed = 0, refused = 0;
    for (int i = 0; i < 20; ++i)
        asio::co_spawn(
            context,
            [](PasswordPool& p) -> Task<Expected<std::string>> { co_return co_await p.hash("a long password"); }(pool),
            [&](std::exception_ptr error, Expected<std::string> const& hash) {
                EXPECT_FALSE(error);
                if (!hash) {
                    EXPECT_EQ(hash.error().kind, ErrorKind::limited);
                    EXPECT_GT(hash.error().retry_after_s, 0);
                    ++refused;
                } else if (verify_password(*hash, "a long password")) {
                    ++hashed;
                }
            });
    context.run();
    EXPECT_EQ(hashed + refused, 20);
    EXPECT_GE(hashed, 1);
    EXPECT_GE(refused, 1);
}

TEST(Throttle, delays_grow_and_are_bounded) {
    EXPECT_TRUE(rc::check("delays", [] {
        auto const failures = *rc::gen::inRange(0, 1000);
        auto const delay = delay_after(failures, account_rule);
        RC_ASSERT(delay <= account_rule.longest);
        RC_ASSERT(delay <= delay_after(failures + 1, account_rule));
        RC_ASSERT((delay.count() == 0) == (failures < account_rule.free_attempts));
    }));
}

TEST(Throttle, takes_an_ipv6_network_as_one) {
    EXPECT_EQ(throttle_of_address("2001:db8:1:2::1"), throttle_of_address("2001:db8:1:2:ffff::9"));
    EXPECT_NE(throttle_of_address("2001:db8:1:2::1"), throttle_of_address("2001:db8:1:3::1"));
    EXPECT_NE(throttle_of_address("192.0.2.1"), throttle_of_address("192.0.2.2"));
    EXPECT_NE(throttle_of_address("::ffff:192.0.2.1"), throttle_of_address("::ffff:192.0.2.2"));
}

}  // namespace
}  // namespace rapport::people
