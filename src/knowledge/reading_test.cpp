// The pages for readers, by their routes, on both engines: who sees what, addresses, caching, answers.
#include "knowledge/reading/reading.hpp"
#include <condition_variable>
#include <mutex>

#include "knowledge/knowledge_fixture.hpp"
#include "knowledge/searching.hpp"
#include "net/finish.hpp"

namespace rapport::knowledge {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Readers : public KnowledgeTest {
  protected:
    void SetUp() override {
        surroundings_.knows_segment = [](store::Reader&, std::string_view) { return true; };
        surroundings_.is_in_segment = [](store::Reader&, CustomerId customer, std::string_view segment) {
            return customer.value == 7 && segment == "seg_gold";
        };
        KnowledgeTest::SetUp();
        // Who somebody is stands in their cookie.
        auto const who = [](net::Request& request) -> Task<Visitor> {
            Visitor visitor;
            auto const name = request.cookie("who").value_or("");
            visitor.is_agent = name == "agent";
            if (name.starts_with("customer")) visitor.customer = CustomerId{std::atoll(name.c_str() + 8)};
            co_return visitor;
        };
        reading_ = std::make_unique<Reading>(*knowledge_, "Example & Co", who);
        // Told after the reading is.
        subscription_ = store().subscribe([this](std::int64_t last) {
            std::scoped_lock const lock(mutex_);
            told_ = std::max(told_, last);
            wake_.notify_all();
        });
    }
    void wait_until_told() {
        auto const last = store().read_now([](store::Reader& reader) { return store::Store::last_event(reader); });
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(wake_.wait_for(lock, 20s, [&] { return told_ >= last; }));
    }
    void TearDown() override {
        KnowledgeTest::TearDown();
        subscription_.reset();
        reading_.reset();
    }

    struct Answer {
        int status = 0;
        std::string body, location, etag, cache, csp, vary;
    };
    Answer ask(net::Method method, std::string target, std::string who = {}, std::string body = {},
               net::Headers more = {}) {
        wait_until_told();
        auto all = reading_routes(*reading_);
        all.add(routes(*knowledge_));
        net::Router const router(std::move(all));
        net::RequestParts parts{.method = method, .target = target, .body = std::move(body), .now = now()};
        for (std::size_t i = 0; i < more.size(); ++i) parts.headers.add(more[i].name, more[i].value);
        if (!who.empty()) parts.headers.add("Cookie", "who=" + who);
        if (method == net::Method::post) parts.headers.add("Content-Type", "application/x-www-form-urlencoded");
        net::Request request(std::move(parts));
        request.set_viewer({act().actor, {}, {"knowledge.read", "knowledge.write", "knowledge.publish"}});
        auto match = router.find(method, request.path());
        if (!match.route) return {404, "no route", "", "", "", "", ""};
        request.set_parameters(std::move(match.parameters));
        auto response = await(match.route->run(request));
        net::finish(response, request, match.route);
        std::string text;
        if (auto const* plain = std::get_if<std::string>(&response.body)) text = *plain;
        if (auto const* shared = std::get_if<net::SharedBody>(&response.body)) text = **shared;
        return {response.status,        text,         std::string(response.headers.find("Location")), response.etag,
                response.cache_control, response.csp, std::string(response.headers.find("Vary"))};
    }
    Answer get(std::string target, std::string who = {}) {
        return ask(net::Method::get, std::move(target), std::move(who));
    }

    std::unique_ptr<Reading> reading_;
    std::shared_ptr<void> subscription_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::int64_t told_ = 0;
};

TEST_P(Readers, AnArticleIsCompleteAndEscaped) {
    NewKnowledgeArticle filed;
    auto const home = category("Billing & more"), within = category("Payment", home);
    filed.category = within;
    auto const id = published("Pay <my> bill", "# Why\n\nBy *card*. <script>x</script>\n\n## Two\n", Locale::en, filed);
    published("Another way", "x", Locale::en, filed);
    auto const page = get("/help/en/articles/pay-my-bill");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("<h1 dir=\"auto\">Pay &lt;my&gt; bill</h1>"));
    EXPECT_THAT(page.body, HasSubstr("<h2 dir=\"auto\" id=\"why\">Why</h2>"));
    EXPECT_THAT(page.body, HasSubstr("By <em>card</em>. &lt;script&gt;"));
    EXPECT_THAT(page.body,
                HasSubstr("<link rel=\"canonical\" href=\"https://help.test/help/en/articles/pay-my-bill\">"));
    EXPECT_THAT(page.body, AllOf(HasSubstr("Billing &amp; more"), HasSubstr("/help/en/categories/payment")));
    EXPECT_THAT(page.body, HasSubstr("Another way"));
    EXPECT_THAT(page.body, HasSubstr("\"@type\":\"Article\""));
    EXPECT_THAT(page.body, HasSubstr("\"headline\":\"Pay \\u003cmy\\u003e bill\""));
    EXPECT_THAT(page.body, Not(HasSubstr("<script>")));
    EXPECT_THAT(page.csp, AllOf(HasSubstr("default-src 'none'"), Not(HasSubstr("script-src"))));
    ASSERT_TRUE(set(id, [](PutKnowledgeArticle& a) { a.kind = ArticleKind::question; }));
    EXPECT_THAT(get("/help/en/articles/pay-my-bill").body,
                AllOf(HasSubstr("\"@type\":\"FAQPage\""), HasSubstr("\\u003cem\\u003ecard")));
}

TEST_P(Readers, EverybodysPagesAreKeptAndFollowWhatIsPublished) {
    auto const id = published("Meter", "First.");
    auto const page = get("/help/en/articles/meter");
    EXPECT_EQ(page.cache, "public, max-age=0, must-revalidate");
    EXPECT_THAT(page.vary, HasSubstr("Cookie"));
    net::Headers known;
    known.add("If-None-Match", page.etag);
    auto const same = ask(net::Method::get, "/help/en/articles/meter", "", "", known);
    EXPECT_EQ(same.status, 304);
    EXPECT_TRUE(same.body.empty());
    ASSERT_TRUE(save(id, "Meter", "A draft that nobody sees."));
    EXPECT_EQ(get("/help/en/articles/meter").etag, page.etag);
    ASSERT_TRUE(put_online(id));
    auto const next = ask(net::Method::get, "/help/en/articles/meter", "", "", known);
    EXPECT_EQ(next.status, 200);
    EXPECT_THAT(next.body, HasSubstr("A draft that nobody sees."));
    store().write_now([&](store::Tx& tx) { return retire(tx, act(), id).has_value(); });
    EXPECT_EQ(get("/help/en/articles/meter").status, 410);
    EXPECT_THAT(get("/help/en").body, Not(HasSubstr("/articles/meter")));
}

TEST_P(Readers, AudiencesSeeTheirsAndNobodyElseLearnsOfIt) {
    NewKnowledgeArticle inside, gold;
    inside.category = gold.category = category("Secret topics");
    inside.audience = KnowledgeAudience{AudienceKind::agents, {}};
    gold.audience = KnowledgeAudience{AudienceKind::customers, Text<1, 40>{"seg_gold"}};
    published("For agents", "x", Locale::en, inside);
    published("For gold", "x", Locale::en, gold);
    for (auto const* path :
         {"/help/en/articles/for-agents", "/help/en/articles/for-gold", "/help/en/categories/secret-topics"}) {
        EXPECT_EQ(get(path).status, 404) << path;
        EXPECT_EQ(get(path, "customer8").status, 404) << path;
        EXPECT_EQ(get(path, "agent").status, 200) << path;
    }
    auto const page = get("/help/en/articles/for-gold", "customer7");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.cache, "private, no-store");
    EXPECT_THAT(page.body, HasSubstr("noindex"));
    EXPECT_EQ(get("/help/en/articles/for-gold").status, 404) << "what one was given is not kept for others";
    EXPECT_EQ(get("/help/en/articles/for-agents", "customer7").status, 404);
    EXPECT_THAT(get("/help/en").body, Not(HasSubstr("Secret topics")));
    EXPECT_THAT(get("/help/sitemap.xml").body, Not(HasSubstr("for-")));
    EXPECT_EQ(ask(net::Method::post, "/help/en/articles/for-agents/feedback", "", "helped=yes").status, 404);
}

TEST_P(Readers, OlderAddressesLeadToTheArticle) {
    auto const id = published("料金 について", "x", Locale::ja);
    ASSERT_TRUE(save(id, "新しい料金", "x", {}, Locale::ja));
    ASSERT_TRUE(put_online(id, Locale::ja));
    auto const moved = get("/help/ja/articles/%E6%96%99%E9%87%91-%E3%81%AB%E3%81%A4%E3%81%84%E3%81%A6");
    EXPECT_EQ(moved.status, 301);
    EXPECT_EQ(moved.location, "/help/ja/articles/%E6%96%B0%E3%81%97%E3%81%84%E6%96%99%E9%87%91");
    EXPECT_EQ(get(moved.location).status, 200);
    auto const at = category("Old name");
    store().write_now([&](store::Tx& tx) {
        PutKnowledgeCategory wanted{1, {}, {}, {"new-name"}, {}, {}, 0, false};
        wanted.name["en"] = {"New name"};
        return put_category(tx, act(), at, wanted).has_value();
    });
    EXPECT_EQ(get("/help/en/categories/old-name").location, "/help/en/categories/new-name");
    for (auto const* path :
         {"/help/xx", "/help/en/articles/nothing", "/help/en/articles/..%2F..", "/help/en/products/none"})
        EXPECT_EQ(get(path).status, 404) << path;
}

TEST_P(Readers, LanguagesAreLinkedAndMissingOnesStandInTheirOwn) {
    auto const id = published("Meter", "x");
    ASSERT_TRUE(save(id, "کنتور", "متن", 0, Locale::fa));
    ASSERT_TRUE(put_online(id, Locale::fa));
    auto const page = get("/help/fa/articles/%DA%A9%D9%86%D8%AA%D9%88%D8%B1");
    EXPECT_EQ(page.status, 200) << page.location;
    EXPECT_THAT(page.body, HasSubstr("<html lang=\"fa\" dir=\"rtl\">"));
    EXPECT_THAT(page.body, HasSubstr("hreflang=\"en\" href=\"https://help.test/help/en/articles/meter\""));
    EXPECT_THAT(page.body, HasSubstr("hreflang=\"x-default\" href=\"https://help.test/help/en/articles/meter\""));
    EXPECT_THAT(get("/help/it").body, HasSubstr("href=\"/help/en/articles/meter\" dir=\"auto\" lang=\"en\""));
    net::Headers persian;
    persian.add("Accept-Language", "de, fa;q=0.8, en;q=0.3");
    EXPECT_EQ(ask(net::Method::get, "/help", "", "", persian).location, "/help/fa");
    settings([](KnowledgeSettings& s) { s.locales = {Locale::it, Locale::en}; });
    EXPECT_EQ(ask(net::Method::get, "/help", "", "", persian).location, "/help/en");
    EXPECT_EQ(get("/help/fa").status, 404);
    settings([](KnowledgeSettings& s) { s.online = false; });
    EXPECT_EQ(get("/help/en/articles/meter").status, 404);
}

TEST_P(Readers, AnswersAreTakenWithoutScript) {
    auto const id = published("Meter", "x");
    EXPECT_THAT(get("/help/en/articles/meter").body, HasSubstr("action=\"/help/en/articles/meter/feedback\""));
    auto const no = ask(net::Method::post, "/help/en/articles/meter/feedback", "", "helped=no");
    EXPECT_EQ(no.status, 303);
    EXPECT_EQ(no.location, "/help/en/articles/meter/feedback?step=why");
    EXPECT_THAT(get(no.location).body, AllOf(HasSubstr("name=\"comment\""), HasSubstr("noindex")));
    auto const why = ask(net::Method::post, "/help/en/articles/meter/feedback", "",
                         "helped=no&reason=outdated&comment=The+button+is+%3Cb%3Egone");
    EXPECT_EQ(why.location, "/help/en/articles/meter/feedback?step=thanks");
    EXPECT_THAT(get(why.location).body, HasSubstr("Thank you"));
    EXPECT_EQ(article(id).not_helped, 1) << "one reader, one answer";
    int refused = 0;
    for (int i = 0; i < 10; ++i)
        refused += ask(net::Method::post, "/help/en/articles/meter/feedback", "", "helped=yes").status == 429;
    EXPECT_GT(refused, 2);
    EXPECT_EQ(article(id).helped, 1);
    EXPECT_EQ(events("article.rated"), 6);
}

TEST_P(Readers, FilesAreGivenWhileATextThatTheyMayReadShowsThem) {
    auto const file = upload("plan.png", png());
    auto const path = "/help/files/" + to_text(file.id) + "/plan.png";
    auto const id = write("Meter", "![plan](file:" + to_text(file.id) + ")");
    EXPECT_EQ(get(path).status, 404) << "a draft's";
    ASSERT_TRUE(put_online(id));
    auto const given = get(path);
    EXPECT_EQ(given.status, 200);
    EXPECT_EQ(given.body, std::string(png()));
    EXPECT_THAT(given.cache, HasSubstr("public"));
    EXPECT_THAT(get("/help/en/articles/meter").body, HasSubstr("<img src=\"" + path + "\" alt=\"plan\""));
    ASSERT_TRUE(set(id, [](PutKnowledgeArticle& a) { a.audience.kind = AudienceKind::agents; }));
    EXPECT_EQ(get(path).status, 404);
    EXPECT_EQ(get(path, "agent").cache, "private, no-store");
}

TEST_P(Readers, TheMapNamesWhatIsForEverybody) {
    published("Meter", "x");
    auto const map = get("/help/sitemap.xml").body;
    EXPECT_THAT(map, HasSubstr("<loc>https://help.test/help/en/articles/meter</loc><lastmod>"));
    EXPECT_THAT(map, HasSubstr("<loc>https://help.test/help/fa</loc>"));
    published("Bill", "x");
    EXPECT_THAT(get("/help/sitemap.xml").body, HasSubstr("/help/en/articles/bill"));
}

TEST_P(Readers, WhatIsFoundIsWhatTheyMayRead) {
    published("Read the gas meter", "It hangs in the cellar.");
    NewKnowledgeArticle inside;
    inside.audience = KnowledgeAudience{AudienceKind::agents, {}};
    published("Gas meter of the director", "Secret.", Locale::en, inside);
    search::Keeper keeper(store(), keyring_, {text_shelf()}, {.folder = folder() / "search"});
    keeper.start();
    search::Ranked ranked(keeper);
    reading_->search_with(ranked);
    ASSERT_TRUE(keeper.wait_until_complete(20s));
    auto const page = get("/help/en/search?q=gas+meter");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("Read the gas meter"));
    EXPECT_THAT(page.body, Not(HasSubstr("director")));
    EXPECT_THAT(get("/help/en/search?q=cellar").body, HasSubstr("<mark>cellar</mark>"));
    EXPECT_THAT(get("/help/en/search?q=gas+meter", "agent").body, HasSubstr("director"));
    EXPECT_THAT(get("/help/en/search?q=%3Cscript%3E").body,
                AllOf(HasSubstr("value=\"&lt;script&gt;\""), Not(HasSubstr("<script"))));
    EXPECT_EQ(get("/help/en/search").status, 200);
    EXPECT_EQ(get("/help/en/search?q=" + std::string(10'000, 'x')).status, 200);
    auto const id = published("Solar panel", "Roof.");
    auto const seq = store().read_now([](store::Reader& reader) { return store::Store::last_event(reader); });
    ASSERT_TRUE(keeper.wait_for(seq, 10s));
    EXPECT_THAT(get("/help/en/search?q=solar").body, HasSubstr("Solar panel"));
    store().write_now([&](store::Tx& tx) { return retire(tx, act(), id).has_value(); });
    EXPECT_THAT(get("/help/en/search?q=solar").body, Not(HasSubstr("Solar panel"))) << "before the index knows";
    keeper.stop();
}

TEST_P(Readers, BothTextsAreShownToWhoeverSavesLate) {
    auto const id = write("Meter", "First.");
    ASSERT_TRUE(save(id, "Meter", "Ann's words."));
    auto all = routes(*knowledge_);
    net::Router const router(std::move(all));
    auto const path = "/v1/knowledge/articles/" + to_text(id) + "/translations/en";
    net::RequestParts parts{.method = net::Method::put,
                            .target = path,
                            .body = R"({"version":1,"title":"Meter","body":"Ben's words."})",
                            .now = now()};
    parts.headers.add("Content-Type", "application/json");
    net::Request request(std::move(parts));
    request.set_viewer({act(ben_).actor, {}, {"knowledge.write"}});
    auto match = router.find(net::Method::put, request.path());
    request.set_parameters(std::move(match.parameters));
    auto const response = await(match.route->run(request));
    EXPECT_EQ(response.status, 409);
    auto const problem = json::parse(std::get<std::string>(response.body));
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->at("code").as_string(), "changed_meanwhile");
    EXPECT_EQ(problem->at("current").at("body").as_string(), "Ann's words.");
    EXPECT_EQ(problem->at("yours").at("body").as_string(), "Ben's words.");
}

RAPPORT_ON_BOTH_ENGINES(Readers);

}  // namespace
}  // namespace rapport::knowledge
