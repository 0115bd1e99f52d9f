// Search by relevance: what comes first, in which languages; what people decided; hostile questions; and, for random
// documents, that leaving out what cannot be among the best leaves out nothing else.
#include "search/ranked.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "search/ranked_find.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::search {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Ids = std::vector<std::int64_t>;

class Ranking : public ::testing::Test {
  protected:
    Ranking() : keyring_(store::Keyring::open(folder_.path() / "keys")) { open(); }
    void open() {
        ranked_.reset();
        index_.reset();
        index_ = Index::open(folder_.path() / "search", keyring_);
        ranked_ = std::make_unique<Ranked>(*index_);
    }
    void add(std::int64_t object, RankedText text, Kind kind = Kind::article, std::int64_t group = 0) {
        index_->add(kind, {object, group ? group : object, time_from_micros(object), {}, std::move(text)});
        index_->publish();
    }
    void add(std::int64_t object, std::string title, std::string body = "", std::string language = "en") {
        add(object, RankedText{.language = std::move(language), .title = std::move(title), .body = std::move(body)});
    }
    RankedAnswer answer(RankedAsk ask) const {
        if (ask.language.empty()) ask.language = "en";
        return ranked_->ask(ask);
    }
    static Ids ids(RankedAnswer const& answer) {
        Ids out;
        for (auto const& hit : answer.hits) out.push_back(hit.object);
        return out;
    }
    Ids found(std::string text, std::string language = "en") const {
        return ids(answer({.text = std::move(text), .language = std::move(language)}));
    }

    test::TemporaryFolder folder_;
    store::Keyring keyring_;
    std::unique_ptr<Index> index_;
    std::unique_ptr<Ranked> ranked_;
};

TEST_F(Ranking, PutsTheTitleBeforeTheTextAndTheWholeTitleFirst) {
    add(1, "Paying by card", "How to read an invoice is another page.");
    add(2, "How to read an invoice from last year", "Look at its head.");
    add(3, "How to read an invoice", "Each line is one service.");
    add(4, "Opening hours", "From nine to five.");
    EXPECT_THAT(found("how to read an invoice"), ElementsAre(3, 2, 1, 4));  // 4: "to"
    EXPECT_THAT(found("opening"), ElementsAre(4));
    EXPECT_THAT(found("xylophones"), IsEmpty());
}

TEST_F(Ranking, KnowsFormsOfWordsByLanguage) {
    add(1, "Changing passwords");
    add(2, "Cambiare le fatture", "", "it");
    add(3, "استعادة الحسابات", "", "ar");
    EXPECT_THAT(found("how do I change my password "), ElementsAre(1));
    EXPECT_THAT(found("fattura ", "it"), ElementsAre(2));
    EXPECT_THAT(found("الحساب ", "ar"), ElementsAre(3));
}

TEST_F(Ranking, FindsWordsInScriptsWithoutBlanks) {
    add(1, "วิธีเปลี่ยนรหัสผ่าน", "เปิดหน้าการตั้งค่า", "th");
    add(2, "パスワードを変更する方法", "設定を開きます。", "ja");
    add(3, "비밀번호를 변경하는 방법", "설정을 엽니다.", "ko");
    add(4, "تغییر گذرواژه", "می‌توانید آن را عوض کنید", "fa");
    EXPECT_THAT(found("รหัสผ่าน", "th"), ElementsAre(1));
    EXPECT_THAT(found("変更", "ja"), ElementsAre(2));
    EXPECT_THAT(found("비밀번호", "ko"), ElementsAre(3));
    EXPECT_THAT(found("비밀번호가", "ko"), ElementsAre(3));
    EXPECT_THAT(found("میتوانید", "fa"), ElementsAre(4));
    EXPECT_THAT(found("ﺗﻐﻴﻴﺮ", "fa"), ElementsAre(4));   // another keyboard's letters
    EXPECT_THAT(found("비밀ㅂ", "ko"), ElementsAre(3));  // half typed
}

TEST_F(Ranking, TakesTheLastWordAsABeginningUntilItIsEnded) {
    add(1, "Configuration of printers");
    add(2, "Confirm your address");
    EXPECT_THAT(found("conf"), UnorderedElementsAre(1, 2));
    EXPECT_THAT(found("configurat"), ElementsAre(1));
    EXPECT_THAT(found("conf "), IsEmpty());
    EXPECT_THAT(ids(answer({.text = "conf", .half_typed = false})), IsEmpty());
}

TEST_F(Ranking, NarrowsDownByFacets) {
    auto const text = [](std::string title, std::vector<RankedText::Facet> facets, std::string language = "en") {
        RankedText made{.language = std::move(language), .title = std::move(title), .body = ""};
        made.facets = std::move(facets);
        return made;
    };
    add(1, text("Tariff", {{"product", "gas"}, {"audience", "public"}}));
    add(2, text("Tariff", {{"product", "power"}, {"product", "heat"}, {"audience", "agents"}}));
    add(3, text("Tariff", {{"product", "heat"}, {"audience", "public"}}, "it"));
    auto const with = [&](std::vector<RankedFilter> filters) {
        return ids(answer({.text = "tariff", .filters = std::move(filters)}));
    };
    EXPECT_THAT(with({{"product", {"heat"}}}), UnorderedElementsAre(2, 3));
    EXPECT_THAT(with({{"product", {"heat", "gas"}}, {"audience", {"public"}}}), UnorderedElementsAre(1, 3));
    EXPECT_THAT(with({{"language", {"it"}}}), ElementsAre(3));
    EXPECT_THAT(with({{"product", {"water"}}}), IsEmpty());
    EXPECT_THAT(with({{"product", {}}}), IsEmpty());
    EXPECT_THAT(ids(answer({.text = "tariff", .allowed = [](RankedHit const& hit) { return hit.object != 1; }})),
                UnorderedElementsAre(2, 3));
}

TEST_F(Ranking, KnowsSynonymsOfItsLanguage) {
    add(1, "Pay a bill");
    add(2, "Electronic mail");
    add(3, "ชำระเงินด้วยบัตร", "", "th");
    add(4, "配送状況", "", "ja");
    ranked_->curate({.synonyms = {{"en", {"invoices", "bill"}},
                                  {"", {"e-mail", "electronic mail"}},
                                  {"th", {"จ่าย", "ชำระ", "น\u0E4Dาส่ง"}},  // sara am in two letters
                                  {"ja", {"発送", "配送"}}}});
    EXPECT_THAT(found("invoice "), ElementsAre(1));
    EXPECT_THAT(found("e-mail "), ElementsAre(2));
    EXPECT_THAT(found("นำส่ง", "th"), ElementsAre(3));
    EXPECT_THAT(found("発送", "ja"), ElementsAre(4));
    EXPECT_THAT(found("invoice ", "it"), IsEmpty());
    ranked_->curate({});
    EXPECT_THAT(found("invoice "), IsEmpty());
}

TEST_F(Ranking, PutsAChosenAnswerFirst) {
    add(1, "Cancel a contract");
    add(2, "Before you leave us");
    add(3, "Moving house");
    ranked_->curate({.best = {{"en", "cancel my contracts", Kind::article, 2}, {"", "gone", Kind::article, 99}}});
    auto const chosen = answer({.text = "Contract: my cancel?"});
    EXPECT_THAT(ids(chosen), ElementsAre(2, 1));
    EXPECT_TRUE(chosen.hits[0].best);
    EXPECT_FALSE(chosen.hits[1].best);
    EXPECT_THAT(found("cancel contract"), ElementsAre(1));  // not just these words
    EXPECT_THAT(ids(answer({.text = "cancel my contract", .filters = {{"language", {"it"}}}})), IsEmpty());
    EXPECT_THAT(found("gone"), IsEmpty());
    index_->remove(Kind::article, 2);
    index_->publish();
    EXPECT_THAT(found("cancel my contract"), ElementsAre(1));
}

TEST_F(Ranking, CorrectsWhereLittleFitsAndPutsWhatFitsFirst) {
    add(1, "Password rules");
    add(2, "Reset your password", "password password password");
    auto const wrong = answer({.text = "reset my pasword"});
    EXPECT_THAT(ids(wrong), ElementsAre(2, 1));
    EXPECT_TRUE(wrong.hits[0].corrected);
    EXPECT_THAT(wrong.instead, ElementsAre("password"));
    EXPECT_THAT(ids(answer({.text = "pasword", .corrected = false})), IsEmpty());
    add(3, "Pasword", "a title with a slip");
    add(4, "Pasword managers and other very long titles that say little", "words");
    auto const both = answer({.text = "pasword"});
    EXPECT_THAT(ids(both), ElementsAre(3, 4));  // it stands somewhere: that is what is meant
    EXPECT_THAT(both.instead, IsEmpty());
    auto const mixed = answer({.text = "pasword rulez"});
    EXPECT_THAT(mixed.instead, ElementsAre("rules"));
    for (std::size_t i = 1; i < mixed.hits.size(); ++i) EXPECT_GE(mixed.hits[i - 1].whole, mixed.hits[i].whole);
}

TEST_F(Ranking, UnderstandsPhrasesAndWithout) {
    add(1, "Gas meter reading");
    add(2, "Reading a meter of gas");
    EXPECT_THAT(found("\"gas meter\""), ElementsAre(1));
    EXPECT_THAT(found("«gas meter» reading"), ElementsAre(1));
    EXPECT_THAT(found("meter -gas"), IsEmpty());
    EXPECT_THAT(found("reading -\"of\""), ElementsAre(1));
    EXPECT_THAT(found("\"gas met"), UnorderedElementsAre(1, 2));  // half typed: words
}

TEST_F(Ranking, AnswersWhateverIsTyped) {
    add(1, "한글 검색", "", "ko");
    add(2, "The a of to");
    std::string many;
    for (int i = 0; i < 2'000; ++i) many += "wort" + std::to_string(i) + ' ';
    EXPECT_THAT(found(many), IsEmpty());
    EXPECT_THAT(found(std::string(10'000, 'a')), IsEmpty());
    EXPECT_THAT(found("the " + std::string(10'000, '(')), ElementsAre(2));
    for (std::string const text : {"", " ", "\"", "\"\"", "-", "--", "- -", "-the", "AND OR NOT", "*?()[]{}^~:\\/",
                                   "\xED\xA0\x80", "\xF0\x9F", "\xFF\xFE", "«", "\"\" -\"\"", "\u200C\u200D\u200B"})
        found(text);
    EXPECT_THAT(found("\u1112\u1161\u11AB\u1100\u1173\u11AF", "ko"), ElementsAre(1));  // decomposed
    EXPECT_THAT(found("\xED\xA0\x80 the"), ElementsAre(2));                            // half a surrogate
    EXPECT_TRUE(answer({.text = ""}).query);
}

TEST_F(Ranking, ShowsEachGroupOnceAndPagesWithoutOverlap) {
    for (int i = 1; i <= 60; ++i)
        add(i, RankedText{.language = "en", .title = "Topic " + std::to_string(i / 2), .body = "meter"}, Kind::post,
            i / 2 + 1);
    Ids groups;
    bool more = true;
    for (std::size_t first = 0; more; first += 7) {
        auto const page = answer({.text = "meter", .first = first, .limit = 7});
        for (auto const& hit : page.hits) groups.push_back(hit.group);
        more = page.more;
    }
    EXPECT_EQ(groups.size(), 31U);
    std::ranges::sort(groups);
    EXPECT_EQ(std::ranges::adjacent_find(groups), groups.end());
    EXPECT_THAT(ids(answer({.text = "meter", .kinds = {Kind::article}})), IsEmpty());
}

TEST_F(Ranking, MarksWhatWasFoundInThePartThatHasMostOfIt) {
    std::string body = "Your contract. ";
    for (int i = 0; i < 60; ++i) body += "Nothing of interest stands here. ";
    body += "Meters are read\nby whoever lives there.";
    add(1, "Reading", body);
    add(2, "Contracts");
    auto const answered = answer({.text = "who reads the meter of my contract"});
    auto const excerpt = excerpt_of(body, *answered.query, 60);
    EXPECT_THAT(excerpt.text, ::testing::HasSubstr("Meters are read by"));
    EXPECT_LE(letters_of(excerpt.text), 63U);
    std::vector<std::string> marked;
    for (auto const& match : excerpt.matches) {
        auto const from = beginning(excerpt.text, static_cast<std::size_t>(match.begin)).size();
        auto const until = beginning(excerpt.text, static_cast<std::size_t>(match.end)).size();
        marked.push_back(excerpt.text.substr(from, until - from));
    }
    EXPECT_THAT(marked, Contains("Meters"));
    EXPECT_THAT(marked, Contains("read"));
    EXPECT_THAT(excerpt_of("", *answered.query, 60).text, "");
    EXPECT_THAT(excerpt_of("no such thing", *answered.query, 5).text, "no su…");
    auto const beginnings = answer({.text = "meth"});
    EXPECT_TRUE(excerpt_of("methods", *beginnings.query, 60).matches.empty());  // it stands nowhere
}

TEST_F(Ranking, FindsTheSameAfterItWasWrittenMergedAndOpenedAnew) {
    for (int i = 1; i <= 40; ++i) {
        add(i, "Article " + std::to_string(i), i % 4 == 0 ? "with a meter" : "with a clock");
        if (i % 10 == 0) index_->commit({});
    }
    add(4, "Changed", "no such word");
    index_->remove(Kind::article, 8);
    index_->publish();
    auto const before = found("meter");
    EXPECT_EQ(before.size(), 8U);
    EXPECT_THAT(before, Not(Contains(4)));
    index_->commit({});
    while (index_->tidy([] { return false; })) {
    }
    index_->purge([] { return false; });
    open();
    EXPECT_THAT(found("meter"), ::testing::UnorderedElementsAreArray(before));
    EXPECT_THAT(found("changed"), ElementsAre(4));
}

TEST_F(Ranking, LetsMeritDecideAmongEquals) {
    for (int i = 1; i <= 5; ++i) {
        RankedText text{.language = "en", .title = "Meter", .body = "read it"};
        text.merit = i == 3 ? 50 : 0;
        add(i, std::move(text));
    }
    EXPECT_EQ(found("meter").front(), 3);
}

TEST(RankedFind, LeavesOutOnlyWhatIsNotAmongTheBest) {
    test::TemporaryFolder const folder;
    auto const keyring = store::Keyring::open(folder.path() / "keys");
    int run = 0;
    rc::check([&] {
        auto const index = Index::open(folder.path() / std::to_string(++run), keyring);
        auto const number = *rc::gen::inRange(1, 200);
        for (int i = 1; i <= number; ++i) {
            std::string text;
            for (auto const word : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12)))
                text += "w" + std::to_string(word * word / 12) + ' ';
            RankedText made{.language = "", .title = text.substr(0, text.size() / 3), .body = text};
            made.merit = *rc::gen::inRange(0U, 30U);
            index->add(Kind::article, {i, i, time_from_micros(i), {}, made});
            if (i % 50 == 0) index->publish();
        }
        index->publish();
        if (number > 3) index->remove(Kind::article, number / 2);
        index->publish();
        LengthsCache cache;
        std::vector<RankedPart> parts;
        for (auto& input : index->segments(Kind::article)) {
            auto lengths = cache.get(input.segment);
            parts.push_back({std::move(input), Kind::article, std::move(lengths)});
        }
        RankedQuery query("w0 w1 w2 w5 w9", "", false, {}, 1);
        auto const few = ranked_find(parts, query, {}, {}, 5), all = ranked_find(parts, query, {}, {}, 10'000);
        RC_ASSERT(few.best.size() == std::min<std::size_t>(5, all.best.size()));
        for (std::size_t i = 0; i < few.best.size(); ++i)
            RC_ASSERT(std::abs(few.best[i].score - all.best[i].score) < 1e-9);
    });
}

}  // namespace
}  // namespace rapport::search
