// The recipient's pages and the API's adapters, by their routes.
#include "delivery/delivery_fixture.hpp"
#include "delivery/pages.hpp"

namespace rapport::delivery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class PickUp : public DeliveryTest {
  protected:
    struct Answer {
        int status = 0;
        std::string body;
        net::Headers headers;
        bool may_divide = true;
    };

    // Finds the route as the server does, fixed segments first, and runs it.
    Answer ask(net::Method method, std::string target, std::string body = {},
               std::string type = "application/x-www-form-urlencoded", std::string key = {}) {
        auto const all = routes(deliveries());
        net::RequestParts parts{.method = method, .target = target, .body = std::move(body), .now = now()};
        parts.headers.add("Content-Type", type);
        if (!key.empty()) parts.headers.add("Idempotency-Key", key);
        std::string cookies;
        for (auto const& [name, value] : jar_) cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
        if (!cookies.empty()) parts.headers.add("Cookie", cookies);
        net::Request request(std::move(parts));
        request.set_viewer({Actor{ActorKind::api_key, 7, "shop"}, {}, {}});
        net::Route const* found = nullptr;
        std::vector<std::string> values;
        for (auto const& row : all.rows()) {
            auto const match = parameters(row.path, std::string(request.path()));
            bool const method_fits =
                row.method == method || (method == net::Method::head && row.method == net::Method::get);
            if (!match || !method_fits || (found && match->size() >= values.size())) continue;
            found = &row;
            values = *match;
        }
        if (!found) return {404, "no route", {}};
        request.set_parameters(values);
        auto response = run(found->run(request));
        for (std::size_t i = 0; i < response.headers.size(); ++i)
            if (response.headers[i].name == "Set-Cookie") keep_cookie(response.headers[i].value);
        if (response.after_sent && response.status == 200 && method != net::Method::head && !line_breaks_)
            run([](net::Response const& r) -> Task<bool> {
                co_await r.after_sent();
                co_return true;
            }(response));
        auto const* text = std::get_if<std::string>(&response.body);
        return {response.status, text ? *text : "", response.headers, response.may_divide};
    }
    static std::optional<std::vector<std::string>> parameters(std::string const& path, std::string const& asked) {
        auto const split = [](std::string const& text) {
            std::vector<std::string> pieces;
            std::stringstream in(text);
            for (std::string piece; std::getline(in, piece, '/');) pieces.push_back(piece);
            return pieces;
        };
        auto const a = split(path), b = split(asked);
        if (a.size() != b.size()) return std::nullopt;
        std::vector<std::string> values;
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (a[i].starts_with("{"))
                values.push_back(b[i]);
            else if (a[i] != b[i])
                return std::nullopt;
        }
        return values;
    }
    void keep_cookie(std::string_view header) {
        auto const equals = header.find('='), end = header.find(';');
        jar_[std::string(header.substr(0, equals))] = header.substr(equals + 1, end - equals - 1);
    }
    Answer get(std::string const& target) { return ask(net::Method::get, target); }
    // Posts a form of the page before, with its token.
    Answer post(std::string const& target, std::string const& fields = {}) {
        auto const page = get("/p/" + token_).body;
        auto const at = page.find("name=\"csrf\" value=\"");
        auto const start = at + 19;
        auto const csrf = at == std::string::npos ? "" : page.substr(start, page.find('"', start) - start);
        return ask(net::Method::post, target, "csrf=" + csrf + (fields.empty() ? "" : "&" + fields));
    }
    DeliveryId begin(NewDelivery wanted = letter("Secret subject", "Secret text")) {
        auto const id = submitted(std::move(wanted));
        token_ = link_token();
        return id;
    }
    void identify_by_code() {
        ASSERT_EQ(post("/p/" + token_ + "/code").status, 303);
        ASSERT_EQ(post("/p/" + token_ + "/identification", "code=" + letter_text("code", "code")).status, 303);
    }

    std::string token_;
    bool line_breaks_ = false;  // before the last octet of an answer
    std::map<std::string, std::string> jar_;
};
RAPPORT_ON_BOTH_ENGINES(PickUp);

TEST_P(PickUp, over_https_no_neighbour_can_give_a_visitor_a_session_that_it_knows) {
    settings.public_url = "https://post.example.org";
    begin();
    jar_["rapport_pickup"] = std::string(40, 'x');
    auto const page = get("/p/" + token_);
    ASSERT_TRUE(jar_.contains("__Host-rapport_pickup"));
    EXPECT_NE(jar_["__Host-rapport_pickup"], jar_["rapport_pickup"]);
    EXPECT_THAT(std::string(page.headers.find("Set-Cookie")),
                testing::AllOf(HasSubstr("Path=/;"), HasSubstr("Secure"), Not(HasSubstr("Domain"))));
}

TEST_P(PickUp, the_link_alone_shows_who_sends_and_nothing_of_the_content_and_changes_nothing) {
    begin();
    auto const before = events();
    for (auto method : {net::Method::get, net::Method::head}) {
        auto const page = ask(method, "/p/" + token_);
        EXPECT_EQ(page.status, 200);
        EXPECT_THAT(page.body, HasSubstr("Stadtwerke Test"));
        EXPECT_THAT(page.body, HasSubstr("a•••@e•••.net"));
        EXPECT_THAT(page.body, Not(HasSubstr("Secret")));
        EXPECT_THAT(page.body, Not(HasSubstr("Ada")));
    }
    for (auto path : {"/content", "/files/0", "/files/1", "/package"}) {
        auto const page = get("/p/" + token_ + path);
        EXPECT_THAT(page.body, Not(HasSubstr("Secret"))) << path;
    }
    EXPECT_EQ(events(), before);
}

TEST_P(PickUp, a_wrong_link_looks_like_any_unknown_address) {
    begin();
    token_ = random_token();
    auto const page = get("/p/" + token_);
    EXPECT_EQ(page.status, 404);
    EXPECT_TRUE(jar_.empty());
    EXPECT_EQ(post("/p/" + token_ + "/code").status, 404);
}

TEST_P(PickUp, from_the_code_to_the_content) {
    auto wanted = letter("Secret <b>subject</b>", "Secret & text");
    wanted.files.push_back(file("plan.txt", "text/plain", "the plan"));
    auto const id = begin(wanted);
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    auto const decide = get("/p/" + token_);
    EXPECT_THAT(decide.body, HasSubstr("/acceptance"));
    EXPECT_THAT(decide.body, Not(HasSubstr("Secret")));
    EXPECT_THAT(get("/p/" + token_ + "/content").body, Not(HasSubstr("Secret")));
    ASSERT_EQ(post("/p/" + token_ + "/acceptance").status, 303);
    auto const page = get("/p/" + token_ + "/content");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("Secret &lt;b&gt;subject&lt;/b&gt;"));
    EXPECT_THAT(page.body, HasSubstr("Secret &amp; text"));
    EXPECT_EQ(state(id), State::consigned);
    auto const download = get("/p/" + token_ + "/files/1");
    EXPECT_EQ(download.body, "the plan");
    EXPECT_FALSE(download.may_divide) << "evidence of a hand-over speaks of the whole";
    EXPECT_THAT(std::string(download.headers.find("Content-Disposition")), HasSubstr("attachment"));
    EXPECT_EQ(state(id), State::handed_over);
    EXPECT_EQ(get("/p/" + token_ + "/package").status, 503) << "before the log's next checkpoint";
    publish_checkpoint();
    EXPECT_EQ(get("/p/" + token_ + "/package").status, 200);
    EXPECT_THAT(events(),
                ElementsAre("submitted", "opened", "identified", "accepted", "consigned", "read", "handed_over"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(PickUp, whoever_takes_the_package_has_got_the_content) {
    auto wanted = letter();
    wanted.files.push_back(file("plan.txt", "text/plain", "the plan"));
    auto const id = begin(wanted);
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    ASSERT_EQ(post("/p/" + token_ + "/acceptance").status, 303);
    publish_checkpoint();
    EXPECT_EQ(ask(net::Method::head, "/p/" + token_ + "/package").status, 200);
    EXPECT_EQ(state(id), State::consigned) << "a look at the headers hands nothing over";
    auto const package = get("/p/" + token_ + "/package");
    EXPECT_EQ(package.status, 200);
    EXPECT_FALSE(package.may_divide);
    EXPECT_EQ(state(id), State::handed_over);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C3", "D1", "D6", "E1"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(PickUp, what_did_not_leave_whole_is_not_handed_over) {
    auto const id = begin();
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    ASSERT_EQ(post("/p/" + token_ + "/acceptance").status, 303);
    line_breaks_ = true;
    EXPECT_EQ(get("/p/" + token_ + "/content").status, 200);
    EXPECT_EQ(codes(id).back(), "D6") << "given out, but not to the end";
    line_breaks_ = false;
    EXPECT_EQ(get("/p/" + token_ + "/content").status, 200);
    EXPECT_EQ(codes(id).back(), "E1");
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(PickUp, another_browser_with_the_same_link_is_not_identified) {
    begin();
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    ASSERT_EQ(post("/p/" + token_ + "/acceptance").status, 303);
    jar_.clear();
    EXPECT_THAT(get("/p/" + token_ + "/content").body, Not(HasSubstr("Secret")));
    EXPECT_THAT(get("/p/" + token_).body, Not(HasSubstr("Secret")));
}

TEST_P(PickUp, an_identification_ends_in_time) {
    begin();
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    ASSERT_EQ(post("/p/" + token_ + "/acceptance").status, 303);
    advance(settings.session_life);
    EXPECT_THAT(get("/p/" + token_ + "/content").body, Not(HasSubstr("Secret")));
}

TEST_P(PickUp, a_form_without_the_sessions_token_is_refused) {
    auto const id = begin();
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    EXPECT_EQ(ask(net::Method::post, "/p/" + token_ + "/acceptance", "csrf=wrong").status, 403);
    EXPECT_EQ(state(id), State::submitted);
}

TEST_P(PickUp, nobody_names_delegates_or_sets_up_passkeys_before_they_are_identified) {
    begin();
    get("/p/" + token_);
    std::string const dora = "name=Dora&email=dora@example.org&second_email=dora@home.example&scope=one";
    EXPECT_EQ(get("/p/" + token_ + "/delegation").status, 403);
    EXPECT_EQ(post("/p/" + token_ + "/delegation", dora).status, 403);
    EXPECT_EQ(post("/p/" + token_ + "/passkeys", "mark=m&client_data=c&authenticator_data=a").status, 403);
    EXPECT_EQ(
        post("/p/" + token_ + "/passkey", "mark=m&credential=c&client_data=c&authenticator_data=a&signature=s").status,
        404)
        << "there are none here";
    EXPECT_EQ(post("/p/" + token_ + "/providers/eid").status, 404);
    EXPECT_EQ(get("/p/sign-in/eid?state=s&code=c").status, 403);
    identify_by_code();
    EXPECT_EQ(ask(net::Method::post, "/p/" + token_ + "/delegation", "csrf=forged&" + dora).status, 403);
    EXPECT_EQ(post("/p/" + token_ + "/delegation", "name=Dora&email=nobody").status, 422);
    EXPECT_EQ(post("/p/" + token_ + "/delegation", dora + "&until=2020-01-01").status, 422);
    EXPECT_THAT(events(), Not(testing::Contains(HasSubstr("delegat"))));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(PickUp, a_delegate_names_nobody_and_is_shut_out_at_once_when_that_is_taken_back) {
    auto const id = begin();
    ASSERT_TRUE(notify(id));
    identify_by_code();
    ASSERT_EQ(post("/p/" + token_ + "/delegation",
                   "name=Dora&email=dora@example.org&second_email=dora@home.example&scope=one")
                  .status,
              303);
    auto const own = token_;
    auto const own_jar = std::exchange(jar_, {});
    auto const link = letter_text("delegation", "link");
    token_ = link.substr(link.rfind('/') + 1);
    EXPECT_THAT(get("/p/" + token_).body, Not(HasSubstr("/acceptance"))) << "the link alone";
    identify_by_code();
    auto const page = get("/p/" + token_).body;
    EXPECT_THAT(page, HasSubstr("/acceptance"));
    EXPECT_THAT(page, Not(HasSubstr("/delegation")));
    EXPECT_EQ(get("/p/" + token_ + "/delegation").status, 403);
    EXPECT_EQ(post("/p/" + token_ + "/delegation", "name=Eve&email=eve@example.org").status, 403);
    auto const start = page.find("name=\"csrf\" value=\"") + 19;
    auto const csrf = page.substr(start, page.find('"', start) - start);

    auto const theirs = token_;
    auto const their_jar = std::exchange(jar_, own_jar);
    token_ = own;
    auto const list = get("/p/" + own + "/delegation").body;
    auto const at = list.find("/revocation");
    auto const from = list.rfind("action=\"", at) + 8;
    ASSERT_EQ(post(list.substr(from, at + 11 - from)).status, 303);
    jar_ = their_jar;
    EXPECT_EQ(ask(net::Method::post, "/p/" + theirs + "/acceptance", "csrf=" + csrf).status, 410);
    EXPECT_EQ(get("/p/" + theirs).status, 410);
    EXPECT_EQ(state(id), State::notified);
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(PickUp, codes_are_few_short_lived_and_not_sent_at_once_again) {
    begin();
    ASSERT_EQ(post("/p/" + token_ + "/code").status, 303);
    EXPECT_EQ(post("/p/" + token_ + "/code").status, 429);
    auto const right = letter_text("code", "code");
    EXPECT_EQ(right.size(), 6U);
    std::string const wrong = right == "000000" ? "000001" : "000000";
    for (int i = 0; i < settings.code_tries; ++i)
        EXPECT_EQ(post("/p/" + token_ + "/identification", "code=" + wrong).status, 422);
    EXPECT_EQ(post("/p/" + token_ + "/identification", "code=" + right).status, 422) << "all tries are used up";
    advance(settings.code_pause);
    ASSERT_EQ(post("/p/" + token_ + "/code").status, 303);
    auto const second = letter_text("code", "code");
    advance(settings.code_life);
    EXPECT_EQ(post("/p/" + token_ + "/identification", "code=" + second).status, 422) << "too old";
}

TEST_P(PickUp, refusal_and_expiry_have_their_pages) {
    auto const id = begin();
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    ASSERT_EQ(post("/p/" + token_ + "/refusal", "reason=not+%3Cmine%3E").status, 303);
    EXPECT_THAT(get("/p/" + token_).body, HasSubstr("You have refused"));
    EXPECT_NE(detail(id).evidence.back().reasons.at(0).details.find("not <mine>"), std::string::npos);
    begin();
    advance(settings.default_deadline);
    auto const late = get("/p/" + token_);
    EXPECT_EQ(late.status, 410);
    EXPECT_THAT(late.body, HasSubstr("deadline has passed"));
}

TEST_P(PickUp, whoever_refused_gets_the_evidence_without_the_content) {
    auto wanted = letter("Secret subject", "Secret text");
    wanted.files.push_back(file("secret.txt", "text/plain", "the plan"));
    auto const id = begin(wanted);
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    ASSERT_EQ(post("/p/" + token_ + "/refusal", "reason=").status, 303);
    EXPECT_THAT(get("/p/" + token_).body, HasSubstr("/package"));
    EXPECT_EQ(get("/p/" + token_ + "/package").status, 503) << "before the log's next checkpoint";
    publish_checkpoint();
    auto const package = get("/p/" + token_ + "/package");
    ASSERT_EQ(package.status, 200);
    EXPECT_THAT(package.body, HasSubstr("content/WITHHELD.txt"));
    EXPECT_THAT(package.body, HasSubstr("C4-"));
    for (auto secret : {"Secret", "secret", "the plan"}) EXPECT_THAT(package.body, Not(HasSubstr(secret))) << secret;
    EXPECT_THAT(get("/p/" + token_ + "/content").body, Not(HasSubstr("Secret")));
    EXPECT_THAT(get("/p/" + token_ + "/files/1").body, Not(HasSubstr("the plan")));
    EXPECT_THAT(codes(id), ElementsAre("A1", "C4"));
    EXPECT_THAT(faults(), ElementsAre());
    advance(settings.session_life);
    EXPECT_EQ(get("/p/" + token_ + "/package").status, 403) << "the identification is over";
}

TEST_P(PickUp, after_the_deadline_the_evidence_is_for_whoever_identifies_themselves) {
    auto const id = begin();
    advance(settings.default_deadline);
    ASSERT_EQ(expire(id), State::expired);
    publish_checkpoint();
    EXPECT_THAT(get("/p/" + token_).body, Not(HasSubstr("/package")));
    EXPECT_EQ(get("/p/" + token_ + "/package").status, 403);
    ASSERT_NO_FATAL_FAILURE(identify_by_code());
    EXPECT_THAT(get("/p/" + token_).body, HasSubstr("/package"));
    auto const package = get("/p/" + token_ + "/package");
    ASSERT_EQ(package.status, 200);
    EXPECT_THAT(package.body, Not(HasSubstr("Secret")));
    EXPECT_EQ(post("/p/" + token_ + "/acceptance").status, 403) << "there is no form for it";
    EXPECT_EQ(state(id), State::expired);
    EXPECT_THAT(get("/p/" + token_ + "/content").body, Not(HasSubstr("Secret")));
    EXPECT_THAT(get("/p/" + token_ + "?lang=fa").body, HasSubstr("دریافت بستهٔ گواهی"));
    EXPECT_THAT(codes(id), ElementsAre("A1", "C5"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(PickUp, pages_are_complete_in_six_languages) {
    auto wanted = letter();
    wanted.locale = Locale::fa;
    begin(wanted);
    auto const page = get("/p/" + token_);
    EXPECT_THAT(page.body, HasSubstr("dir=\"rtl\""));
    EXPECT_THAT(page.body, HasSubstr("مرسولهٔ سفارشی"));
    EXPECT_THAT(get("/p/" + token_ + "?lang=en").body, HasSubstr("dir=\"ltr\""));
    auto const english = json::parse(page_asset("messages.en.json"));
    for (std::string const language : {"it", "th", "ja", "ko", "fa"}) {
        auto const other = json::parse(page_asset("messages." + language + ".json"));
        for (auto const& [key, text] : english->get_object())
            EXPECT_TRUE(other->get_object().contains(key)) << language << ' ' << std::string_view(key);
        EXPECT_EQ(english->get_object().size(), other->get_object().size()) << language;
        EXPECT_THAT(get("/p/" + token_ + "?lang=" + language).body, HasSubstr("lang=\"" + language + "\""));
    }
    auto const spring = *time_from_text("2026-03-21T09:05:00Z");
    EXPECT_EQ(date_for_people(spring, Locale::it), "21 marzo 2026, ore 09:05 UTC");
    EXPECT_EQ(date_for_people(spring, Locale::th), "21 มีนาคม 2569 เวลา 09:05 น. (UTC)");
    EXPECT_EQ(date_for_people(spring, Locale::ja), "2026年3月21日 09:05 (UTC)");
    EXPECT_EQ(date_for_people(spring, Locale::ko), "2026년 3월 21일 09:05 (UTC)");
    EXPECT_EQ(date_for_people(*time_from_text("2026-03-21T09:05:00Z"), Locale::fa), "۱ فروردین ۱۴۰۵، ساعت ۰۹:۰۵ (UTC)");
    EXPECT_EQ(date_for_people(*time_from_text("2025-03-20T09:05:00Z"), Locale::fa), "۳۰ اسفند ۱۴۰۳، ساعت ۰۹:۰۵ (UTC)");
}

TEST_P(PickUp, the_api_takes_a_delivery_a_batch_and_a_file) {
    std::string const one =
        R"({"kind":"registered","recipients":[{"email":"ada@example.org"}],"assurance":"basic","subject":"S","text":"T"})";
    auto const taken = ask(net::Method::post, "/v1/deliveries", one, "application/json", "k1");
    ASSERT_EQ(taken.status, 202) << taken.body;
    EXPECT_EQ(ask(net::Method::post, "/v1/deliveries", one, "application/json", "k1").body, taken.body);
    EXPECT_EQ(ask(net::Method::post, "/v1/deliveries", one + " ", "application/json", "k1").status, 409);
    auto const batch =
        ask(net::Method::post, "/v1/deliveries", "{\"deliveries\":[" + one + "," + one + "]}", "application/json");
    EXPECT_EQ(batch.status, 202) << batch.body;
    EXPECT_THAT(batch.body, HasSubstr("\"submissions\""));
    auto const bad = ask(net::Method::post, "/v1/deliveries",
                         R"({"kind":"registered","recipients":[],"subject":"S","text":"T","x":1})", "application/json");
    EXPECT_EQ(bad.status, 422);
    EXPECT_THAT(bad.body, HasSubstr("\"/x\""));
    auto const upload = ask(net::Method::post, "/v1/files?name=a.txt", "bytes", "text/plain");
    EXPECT_EQ(upload.status, 201) << upload.body;
    EXPECT_EQ(ask(net::Method::post, "/v1/files?name=a.exe", "MZ", "text/plain").status, 415);
    EXPECT_THAT(get("/v1/deliveries?state=submitted&limit=2").body, HasSubstr("\"next\""));
    EXPECT_EQ(get("/v1/deliveries/dlv_0000000000001").status, 404);
    EXPECT_THAT(get("/v1/delivery-counts").body, HasSubstr("\"n\":3"));
}

TEST_P(PickUp, detail_evidence_and_erasure_answer_by_the_api) {
    auto const id = begin();
    ASSERT_TRUE(refuse(id));
    auto const path = "/v1/deliveries/" + to_text(id);
    auto const whole = json::parse(get(path).body);
    ASSERT_TRUE(whole);
    auto const record = std::string(std::string_view(whole->at("evidence").at(0).at("id").as_string()));
    EXPECT_THAT(get(path + "/evidence/" + record).body, HasSubstr("SubmissionAcceptance"));
    EXPECT_EQ(get(path + "/files/0").body, "Secret subject\n\nSecret text");
    auto const erased = ask(net::Method::post, path + "/erasure");
    EXPECT_EQ(erased.status, 200);
    EXPECT_THAT(erased.body, HasSubstr("\"erased\":true"));
    EXPECT_EQ(get(path + "/files/0").status, 410);
    EXPECT_EQ(get("/p/" + token_).status, 410);
}

}  // namespace
}  // namespace rapport::delivery
