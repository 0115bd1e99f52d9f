// The relying party against a provider that keeps the rules, and one that breaks each of them.
#include <gmock/gmock.h>

#include "identity/provider_fixture.hpp"
#include "net/task_group.hpp"

namespace rapport::identity {
namespace {

using testing::HasSubstr;
using testing::Not;

class Oidc : public testing::Test {
  protected:
    Oidc() : http_({.allowed_private = {"127.0.0.1"}}), key_(Algorithm::ES256) {
        options_.id = "eid";
        options_.name = "eID";
        options_.issuer = provider_.issuer;
        options_.client_id = "rapport";
        options_.client_secret = "s:e/cret";
        options_.levels = {{Level::low, {"low"}, {}},
                           {Level::substantial, {"substantial"}, {"pwd", "otp"}},
                           {Level::high, {"high"}, {}}};
        options_.insecure_http = true;
        provider_.keys.push_back(key_.jwk("k1"));
    }

    template <class T>
    T run(Task<T> task) {
        std::promise<T> promise;
        asio::co_spawn(provider_.server.threads.first(), std::move(task), [&](std::exception_ptr failed, T value) {
            if (failed)
                promise.set_exception(failed);
            else
                promise.set_value(std::move(value));
        });
        return promise.get_future().get();
    }
    RelyingParty& party() {
        if (!party_) party_ = std::make_unique<RelyingParty>(http_, options_, [this] { return now_; });
        return *party_;
    }
    Begun begin() {
        return run(party().begin({"https://r.example/p/sign-in/eid", Level::substantial, Locale::fa})).value();
    }

    std::int64_t seconds() const {
        return std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count();
    }
    json::Object claims(Kept const& kept) const {
        return {{"iss", options_.issuer}, {"sub", "ada-1"},        {"aud", "rapport"},
                {"exp", seconds() + 300}, {"iat", seconds()},      {"auth_time", seconds() - 5},
                {"nonce", kept.nonce},    {"acr", "substantial"},  {"email", "Ada@Example.org"},
                {"email_verified", true}, {"name", "Ada Lovelace"}};
    }
    Answer answer(Kept const& kept) const { return {kept.state, "code-1", options_.issuer, {}}; }
    // Comes back with these claims changed ("": taken out).
    std::string refusal(json::Object const& changes, json::Object header = {{"kid", "k1"}}) {
        auto const begun = begin();
        auto all = claims(begun.kept);
        for (auto const& [name, value] : changes) {
            if (value == "")
                all.erase(name);
            else
                all[name] = value;
        }
        provider_.id_token = token(key_, std::move(header), all);
        auto const who = run(party().finish(answer(begun.kept), begun.kept));
        return who ? "" : who.error().code;
    }

    TestProvider provider_;
    net::HttpClient http_;
    TestKey key_;
    ProviderOptions options_;
    Time now_ = system_now();
    std::unique_ptr<RelyingParty> party_;
};

TEST_F(Oidc, a_person_is_identified_and_the_request_carries_what_it_must) {
    auto const begun = begin();
    for (auto const* text : {"response_type=code", "client_id=rapport", "code_challenge_method=S256",
                             "scope=openid%20email", "max_age=600", "acr_values=substantial%20high", "ui_locales=fa",
                             "redirect_uri=https%3A%2F%2Fr.example%2Fp%2Fsign-in%2Feid"})
        EXPECT_THAT(begun.url, HasSubstr(text));
    EXPECT_THAT(begun.url, Not(HasSubstr("prompt=")));
    EXPECT_THAT(begun.url, HasSubstr("code_challenge=" + to_base64url(sha256(begun.kept.verifier).view())));
    EXPECT_THAT(begun.url, Not(HasSubstr(begun.kept.verifier)));
    provider_.id_token = token(key_, {{"kid", "k1"}}, claims(begun.kept));
    auto const who = run(party().finish(answer(begun.kept), begun.kept));
    ASSERT_TRUE(who) << who.error().text;
    EXPECT_EQ(who->who.emails, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(who->who.subject, "ada-1");
    EXPECT_EQ(who->level, Level::substantial);
    EXPECT_EQ(who->id_token, provider_.id_token);
    EXPECT_THAT(provider_.last_token_request, HasSubstr("Basic " + to_base64("rapport:s%3Ae%2Fcret")));
    EXPECT_THAT(provider_.last_token_request, HasSubstr("code_verifier=" + begun.kept.verifier));
}

TEST_F(Oidc, acr_and_amr_are_mapped_as_configured) {
    EXPECT_EQ(level_of(options_, "high", {}), Level::high);
    EXPECT_EQ(level_of(options_, "", {"otp", "pwd"}), Level::substantial) << "all of them together";
    EXPECT_EQ(level_of(options_, "low", {"pwd"}), Level::low);
    EXPECT_EQ(level_of(options_, "elsewhere", {"pwd"}), std::nullopt);
    options_.otherwise = Level::low;
    EXPECT_EQ(level_of(options_, "elsewhere", {}), Level::low);
    options_.otherwise.reset();
    EXPECT_EQ(refusal({{"acr", "urn:unknown"}}), "level_too_low");
}

TEST_F(Oidc, each_claim_that_is_wrong_is_refused_with_its_reason) {
    auto const t = seconds();
    EXPECT_EQ(refusal({}), "");
    EXPECT_EQ(refusal({{"iss", "https://evil.example"}}), "token_issuer");
    EXPECT_EQ(refusal({{"aud", "another"}}), "token_audience");
    EXPECT_EQ(refusal({{"aud", ""}}), "token_audience");
    EXPECT_EQ(refusal({{"aud", boost::json::array{"rapport"}}}), "");
    EXPECT_EQ(refusal({{"aud", boost::json::array{"rapport", "evil"}}, {"azp", "rapport"}}), "token_audience");
    EXPECT_EQ(refusal({{"azp", "evil"}}), "token_audience");
    EXPECT_EQ(refusal({{"exp", t - 61}}), "token_expired");
    EXPECT_EQ(refusal({{"exp", ""}}), "token_expired");
    EXPECT_EQ(refusal({{"exp", "tomorrow"}}), "token_expired");
    EXPECT_EQ(refusal({{"exp", 9'000'000'000'000'000'000}}), "token_expired") << "no overflow";
    EXPECT_EQ(refusal({{"iat", t + 120}}), "token_issued_at");
    EXPECT_EQ(refusal({{"iat", t - 3600}}), "token_issued_at");
    EXPECT_EQ(refusal({{"nbf", t + 120}}), "token_issued_at");
    EXPECT_EQ(refusal({{"nonce", "replayed"}}), "token_nonce");
    EXPECT_EQ(refusal({{"nonce", ""}}), "token_nonce");
    EXPECT_EQ(refusal({{"sub", ""}}), "token_subject");
    EXPECT_EQ(refusal({{"sub", std::string(300, 'x')}}), "token_subject");
    EXPECT_EQ(refusal({{"auth_time", ""}}), "token_auth_time");
    EXPECT_EQ(refusal({{"auth_time", t - 3600}}), "token_auth_time");
}

// Who holds the link at a browser where somebody is still signed in can take prompt=login out of the address.
TEST_F(Oidc, who_shall_sign_in_afresh_is_not_believed_to_have_done_so_because_it_was_asked) {
    auto begun = run(party().begin({"https://r.example/p/sign-in/eid", Level::low, Locale::en, true}));
    ASSERT_TRUE(begun);
    EXPECT_THAT(begun->url, HasSubstr("prompt=login"));
    auto const signed_in = [&](std::int64_t seconds_ago) {
        auto all = claims(begun->kept);
        all["auth_time"] = seconds() - seconds_ago;
        provider_.id_token = token(key_, {{"kid", "k1"}}, all);
        auto const who = run(party().finish(answer(begun->kept), begun->kept));
        return who ? "" : who.error().code;
    };
    EXPECT_EQ(signed_in(0), "");
    EXPECT_EQ(signed_in(50), "") << "clocks may differ";
    EXPECT_EQ(signed_in(300), "token_auth_time");
    begun->kept.afresh = false;
    EXPECT_EQ(signed_in(300), "") << "an agent may use a sign-in of the last minutes";
}

TEST_F(Oidc, tokens_signed_in_other_ways_are_refused) {
    EXPECT_EQ(refusal({}, {{"kid", "k1"}, {"alg", "none"}}), "token_algorithm");
    EXPECT_EQ(refusal({}, {{"kid", "k1"}, {"alg", "HS256"}}), "token_algorithm");
    EXPECT_EQ(refusal({}, {{"kid", "k1"}, {"alg", "RS256"}}), "token_key_unknown");
    EXPECT_EQ(refusal({}, {{"kid", "unknown"}}), "token_key_unknown");
    TestKey const other(Algorithm::ES256);
    auto const begun = begin();
    provider_.id_token = token(other, {{"kid", "k1"}}, claims(begun.kept));
    EXPECT_EQ(run(party().finish(answer(begun.kept), begun.kept)).error().code, "token_signature");
}

TEST_F(Oidc, an_answer_of_another_flow_or_provider_is_refused_before_anything_is_asked) {
    auto const begun = begin();
    provider_.id_token = token(key_, {{"kid", "k1"}}, claims(begun.kept));
    auto foreign = answer(begun.kept);
    foreign.state = "another";
    EXPECT_EQ(run(party().finish(foreign, begun.kept)).error().code, "answer_foreign");
    foreign = answer(begun.kept);
    foreign.issuer = "https://evil.example";
    EXPECT_EQ(run(party().finish(foreign, begun.kept)).error().code, "answer_foreign");
    foreign.issuer.clear();  // the provider says that it names itself (RFC 9207)
    EXPECT_EQ(run(party().finish(foreign, begun.kept)).error().code, "answer_foreign");
    foreign = answer(begun.kept);
    foreign.code.clear();
    foreign.error = "access_denied";
    EXPECT_EQ(run(party().finish(foreign, begun.kept)).error().code, "sign_in_declined");
    foreign.error = "server_error";
    EXPECT_EQ(run(party().finish(foreign, begun.kept)).error().code, "sign_in_failed");
    EXPECT_EQ(provider_.last_token_request, "") << "no code was redeemed";
}

TEST_F(Oidc, metadata_of_another_issuer_without_pkce_or_with_strange_addresses_are_refused) {
    auto const refused_with = [&](std::string_view name, json::Value value) {
        auto const good = provider_.metadata;
        provider_.metadata[name] = std::move(value);
        party_.reset();
        auto const begun = run(party().begin({"https://r.example/"}));
        provider_.metadata = good;
        party_.reset();
        return begun ? "" : begun.error().code;
    };
    EXPECT_EQ(refused_with("issuer", "https://evil.example"), "provider_metadata");
    EXPECT_EQ(refused_with("code_challenge_methods_supported", boost::json::array{"plain"}), "provider_metadata");
    EXPECT_EQ(refused_with("response_types_supported", boost::json::array{"id_token"}), "provider_metadata");
    EXPECT_EQ(refused_with("token_endpoint", "ftp://127.0.0.1/token"), "provider_metadata");
    EXPECT_EQ(refused_with("authorization_endpoint", "javascript:alert(1)"), "provider_metadata");
    options_.insecure_http = false;
    EXPECT_EQ(refused_with("x", 1), "provider_metadata") << "plain http is for tests";
}

TEST_F(Oidc, a_provider_that_redirects_or_floods_is_given_up_at_once_and_not_asked_again_soon) {
    for (auto* const vice : {&provider_.redirects, &provider_.is_huge}) {
        *vice = true;
        party_.reset();
        auto const before = provider_.asked_metadata.load();
        EXPECT_EQ(run(party().begin({"https://r.example/"})).error().code, "provider_unreachable");
        EXPECT_EQ(run(party().begin({"https://r.example/"})).error().code, "provider_unreachable");
        EXPECT_EQ(provider_.asked_metadata - before, 1) << "one request, nothing followed, a pause";
        *vice = false;
        now_ += std::chrono::seconds(6);
        EXPECT_TRUE(run(party().begin({"https://r.example/"})));
    }
}

TEST_F(Oidc, a_new_key_is_fetched_but_unknown_keys_do_not_make_us_ask_again_and_again) {
    EXPECT_EQ(refusal({}), "");
    EXPECT_EQ(provider_.asked_keys, 1);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(refusal({}, {{"kid", "forged"}}), "token_key_unknown");
    EXPECT_EQ(provider_.asked_keys, 1) << "the set was fetched a moment ago";
    now_ += std::chrono::minutes(1);
    auto next = key_.jwk("k2");
    provider_.keys.push_back(next);
    EXPECT_EQ(refusal({}, {{"kid", "k2"}}), "");
    EXPECT_EQ(provider_.asked_keys, 2);
}

TEST_F(Oidc, an_address_that_is_not_verified_does_not_count_and_user_info_of_somebody_else_is_refused) {
    auto const begun = begin();
    auto all = claims(begun.kept);
    all["email_verified"] = false;
    provider_.id_token = token(key_, {{"kid", "k1"}}, all);
    provider_.user_info = R"({"sub":"ada-1","email":"eve@example.org","email_verified":false})";
    auto who = run(party().finish(answer(begun.kept), begun.kept));
    ASSERT_TRUE(who) << who.error().text;
    EXPECT_TRUE(who->who.emails.empty());
    provider_.user_info = R"({"sub":"ada-1","email":"ada@example.org","email_verified":true})";
    who = run(party().finish(answer(begun.kept), begun.kept));
    ASSERT_TRUE(who);
    EXPECT_EQ(who->who.emails, std::vector<std::string>{"ada@example.org"});
    provider_.user_info = R"({"sub":"eve-1","email":"ada@example.org","email_verified":true})";
    EXPECT_EQ(run(party().finish(answer(begun.kept), begun.kept)).error().code, "token_subject");
}

TEST_F(Oidc, a_stable_identifier_is_taken_where_one_is_configured) {
    options_.identifier_claim = "person";
    auto const begun = begin();
    auto all = claims(begun.kept);
    all["person"] = "XX/YY/123";
    provider_.id_token = token(key_, {{"kid", "k1"}}, all);
    auto const who = run(party().finish(answer(begun.kept), begun.kept));
    ASSERT_TRUE(who);
    EXPECT_EQ(who->who.identifier, "XX/YY/123");
}

}  // namespace
}  // namespace rapport::identity
