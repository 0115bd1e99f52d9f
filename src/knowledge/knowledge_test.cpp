// Authors at work: drafts, conflicts, review, publication, dates, addresses, on both engines.
#include "knowledge/knowledge_fixture.hpp"

namespace rapport::knowledge {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class Authoring : public KnowledgeTest {
  protected:
    std::vector<std::string> titles(KnowledgeArticleQuery const& query) {
        std::vector<std::string> out;
        auto const page = store().read_now([&](store::Reader& reader) { return list_articles(reader, query, now()); });
        for (auto const& one : page->items) out.push_back(one.title);
        return out;
    }
    template <class Verb>
    Expected<> run(Verb verb) {
        return store().write_now([&](store::Tx& tx) -> Expected<> { return verb(tx); });
    }
    Expected<> ask_for_review(ArticleId id, AgentId by) {
        return run([&](store::Tx& tx) {
            return hand_in(tx, act(by), rights(by), id, Locale::en, {text_version(tx, id), KnowledgeComment{"Please"}});
        });
    }
    Expected<> say_yes(ArticleId id, AgentId by) {
        return run([&](store::Tx& tx) {
            return approve(tx, act(by), rights(by), id, Locale::en, {text_version(tx, id), {}});
        });
    }
    std::int64_t text_version(store::Reader& reader, ArticleId id) {
        return find_translation(reader, *knowledge_, id, Locale::en)->version;
    }
};

TEST_P(Authoring, ADraftBecomesAVersionThatNeverChanges) {
    auto const id = write("Pay my bill", "By card.");
    EXPECT_EQ(text(id).state, TranslationState::draft);
    EXPECT_FALSE(text(id).visible);
    ASSERT_TRUE(put_online(id));
    EXPECT_EQ(text(id).state, TranslationState::published);
    EXPECT_EQ(text(id).url, "https://help.test/help/en/articles/pay-my-bill");
    ASSERT_TRUE(save(id, "Pay my bill", "By card or in cash."));
    EXPECT_EQ(text(id).state, TranslationState::draft);
    EXPECT_TRUE(text(id).visible);
    auto const first = store().read_now([&](store::Reader& reader) { return find_version(reader, id, Locale::en, 1); });
    EXPECT_EQ(first->body, "By card.");
    EXPECT_EQ(first->published_by, to_text(ann_));
    ASSERT_TRUE(put_online(id));
    EXPECT_EQ(put_online(id).error().code, "nothing_to_publish");
    auto const all = store().read_now([&](store::Reader& reader) { return list_versions(reader, id, Locale::en); });
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[0].number, 2);
    EXPECT_EQ(all[0].words, 5);
    EXPECT_EQ(events("article.published"), 2);
}

TEST_P(Authoring, WhoSavesUponAnOlderTextIsToldAndNothingIsLost) {
    auto const id = write("Meter", "First.");
    auto const read = text(id).version;
    ASSERT_TRUE(save(id, "Meter", "Ann's words.", read));
    auto const late = save(id, "Meter", "Ben's words.", read, Locale::en, ben_);
    EXPECT_EQ(late.error().code, "changed_meanwhile");
    EXPECT_EQ(text(id).body, "Ann's words.");
    EXPECT_EQ(save(id, "Zähler", "Neu", 3, Locale::it).error().code, "changed_meanwhile")
        << "there is no such text yet";
    ASSERT_TRUE(save(id, "Meter", "Both.", text(id).version, Locale::en, ben_));
    EXPECT_THAT(text(id).writers, UnorderedElementsAre(to_text(ann_), to_text(ben_)));
}

TEST_P(Authoring, ATranslationIsOutOfDateOnceItsSourceIsPublishedAnew) {
    auto const id = published("Meter", "One.");
    ASSERT_TRUE(save(id, "Contatore", "Uno.", 0, Locale::it));
    EXPECT_EQ(text(id, Locale::it).made_from, 1);
    EXPECT_FALSE(text(id, Locale::it).outdated);
    ASSERT_TRUE(put_online(id, Locale::it));
    ASSERT_TRUE(save(id, "Meter", "Two."));
    EXPECT_FALSE(text(id, Locale::it).outdated) << "a draft says nothing to readers";
    ASSERT_TRUE(put_online(id));
    EXPECT_TRUE(text(id, Locale::it).outdated);
    KnowledgeArticleQuery query;
    query.outdated = true;
    query.locale = Locale::it;
    EXPECT_THAT(titles(query), ElementsAre("Contatore"));
    PutKnowledgeTranslation mended{text(id, Locale::it).version, {"Contatore"}, {}, {"Due."}, {}, 2};
    ASSERT_TRUE(run(
        [&](store::Tx& tx) { return put_translation(tx, *knowledge_, act(), rights(ann_), id, Locale::it, mended); }));
    EXPECT_FALSE(text(id, Locale::it).outdated);
    mended.made_from = 9;
    mended.version = text(id, Locale::it).version;
    EXPECT_EQ(run([&](store::Tx& tx) {
                  return put_translation(tx, *knowledge_, act(), rights(ann_), id, Locale::it, mended);
              })
                  .error()
                  .fields.at(0)
                  .pointer,
              "/made_from");
}

TEST_P(Authoring, WhereReviewIsAskedForOnlyWhatWasApprovedIsPublished) {
    settings([](KnowledgeSettings& s) { s.review_required = s.four_eyes = true; });
    auto const id = write("Meter", "Text.");
    EXPECT_EQ(put_online(id).error().code, "own_text");
    EXPECT_EQ(put_online(id, Locale::en, {}, ben_).error().code, "not_approved");
    EXPECT_EQ(say_yes(id, ben_).error().code, "not_in_review");
    ASSERT_TRUE(ask_for_review(id, ann_));
    EXPECT_EQ(say_yes(id, ann_).error().code, "own_text");
    auto const back = run([&](store::Tx& tx) {
        return return_draft(tx, act(ben_), rights(ben_), id, Locale::en,
                            {text_version(tx, id), KnowledgeComment{"Say when."}});
    });
    ASSERT_TRUE(back);
    EXPECT_EQ(text(id).state, TranslationState::draft);
    EXPECT_EQ(text(id).review->verdict_comment, "Say when.");
    ASSERT_TRUE(save(id, "Meter", "Text, on Monday."));
    EXPECT_EQ(text(id).review->verdict, ReviewVerdict::returned) << "what was missing stays beside it";
    ASSERT_TRUE(ask_for_review(id, ann_));
    ASSERT_TRUE(say_yes(id, ben_));
    ASSERT_TRUE(save(id, "Meter", "Something else."));
    EXPECT_EQ(text(id).state, TranslationState::draft) << "what was approved was another text";
    EXPECT_EQ(put_online(id, Locale::en, {}, ben_).error().code, "not_approved");
    ASSERT_TRUE(ask_for_review(id, ann_));
    ASSERT_TRUE(say_yes(id, ben_));
    ASSERT_TRUE(put_online(id, Locale::en, {}, ben_));
    auto const all = store().read_now([&](store::Reader& reader) { return list_versions(reader, id, Locale::en); });
    EXPECT_EQ(all.at(0).approved_by, to_text(ben_));
}

TEST_P(Authoring, WhatIsScheduledIsPublishedAtItsTimeAndOnce) {
    auto const id = write("Prices of 2027", "Higher.");
    ASSERT_TRUE(put_online(id, Locale::en, now() + 1h));
    EXPECT_EQ(text(id).state, TranslationState::scheduled);
    await(knowledge_->work_off_dates());
    EXPECT_FALSE(text(id).visible);
    advance(2h);
    await(knowledge_->work_off_dates());
    await(knowledge_->work_off_dates());
    EXPECT_TRUE(text(id).visible);
    EXPECT_EQ(text(id).number, 1);
    EXPECT_EQ(events("article.published"), 1);
    ASSERT_TRUE(save(id, "Prices", "Lower."));
    ASSERT_TRUE(put_online(id, Locale::en, now() + 1h));
    ASSERT_TRUE(save(id, "Prices", "Perhaps."));
    EXPECT_EQ(text(id).publish_at, std::nullopt) << "another text than the one that was scheduled";
    ASSERT_TRUE(put_online(id, Locale::en, now() + 1h));
    ASSERT_TRUE(run([&](store::Tx& tx) { return withdraw(tx, act(), id, Locale::en); }));
    EXPECT_EQ(text(id).state, TranslationState::draft);
    EXPECT_TRUE(text(id).visible);
    ASSERT_TRUE(run([&](store::Tx& tx) { return withdraw(tx, act(), id, Locale::en); }));
    EXPECT_FALSE(text(id).visible);
}

TEST_P(Authoring, WhatExpiresGoesAndOwnersAreRemindedOnce) {
    auto const id = published("Christmas offer", "Half price.");
    ASSERT_TRUE(set(id, [&](PutKnowledgeArticle& a) {
        a.expires_at = now() + 48h;
        a.review_due_at = now() + 24h;
    }));
    advance(25h);
    await(knowledge_->work_off_dates());
    await(knowledge_->work_off_dates());
    EXPECT_EQ(events("article.review_due"), 1);
    ASSERT_THAT(letters(), SizeIs(1));
    EXPECT_EQ(letters()[0].to.value, "ann@staff.test");
    ASSERT_TRUE(run([&](store::Tx& tx) { return reviewed(tx, act(), id, now() + 12h); }));
    EXPECT_FALSE(article(id).review_due);
    advance(13h);
    await(knowledge_->work_off_dates());
    EXPECT_EQ(events("article.review_due"), 2) << "the next review";
    advance(24h);
    await(knowledge_->work_off_dates());
    EXPECT_EQ(events("article.expired"), 1);
    EXPECT_TRUE(article(id).retired);
    ASSERT_TRUE(run([&](store::Tx& tx) { return restore(tx, act(), id); }));
    EXPECT_FALSE(article(id).retired);
    EXPECT_FALSE(article(id).expires_at) << "or it would be gone at once";
}

TEST_P(Authoring, AddressesFollowTitlesAndOlderOnesStay) {
    auto const one = published("Pay my bill", "a");
    ASSERT_TRUE(save(one, "How to pay", "a"));
    ASSERT_TRUE(put_online(one));
    auto const two = published("Pay my bill", "b");
    std::vector<std::string> slugs;
    for (auto const& address : article(one).addresses) slugs.push_back(address.slug + (address.current ? "!" : ""));
    EXPECT_THAT(slugs, ElementsAre("how-to-pay!", "pay-my-bill"));
    EXPECT_EQ(text(two).address, "pay-my-bill-2") << "what leads to another article is taken";
    ASSERT_TRUE(save(one, "Pay my bill", "a"));
    ASSERT_TRUE(put_online(one));
    EXPECT_EQ(text(one).address, "pay-my-bill") << "its own from before";
    auto const other = published("料金", "a", Locale::ja);
    EXPECT_EQ(text(other, Locale::ja).address, "料金");
    auto const signs = published("!?", "a");
    EXPECT_THAT(*text(signs).address, testing::MatchesRegex("[a-z0-9]+"));
}

TEST_P(Authoring, CategoriesNestButNotInThemselvesAndNotTooDeep) {
    std::vector<CategoryId> chain{category("1")};
    for (int i = 2; i <= 5; ++i) chain.push_back(category(std::to_string(i), chain.back()));
    NewKnowledgeCategory deeper;
    deeper.name["en"] = {"6"};
    deeper.parent = chain.back();
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return create_category(tx, act(), deeper); }).error().code,
              "too_deep");
    PutKnowledgeCategory moved{1, {}, chain[4], {"1"}, {}, {}, 0, false};
    moved.name["en"] = {"1"};
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return put_category(tx, act(), chain[0], moved); }).error().code,
              "circular");
    auto const apart = category("apart");
    moved.parent = apart;
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return put_category(tx, act(), chain[0], moved); }).error().code,
              "too_deep")
        << "what stands in it comes along";
    EXPECT_EQ(run([&](store::Tx& tx) { return delete_category(tx, act(), chain[0]); }).error().code, "in_use");
    NewKnowledgeCategory same;
    same.name["en"] = {"Apart!"};
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return create_category(tx, act(), same); }).error().code,
              "slug_taken");
}

TEST_P(Authoring, ListsAreFilteredByWhatAuthorsLookFor) {
    auto const home = category("Home"), meters = category("Meters", home);
    NewKnowledgeArticle in_meters;
    in_meters.category = meters;
    auto const a = published("Gas meter", "x", Locale::en, in_meters);
    advance(1s);
    write("Electricity METER", "x", Locale::it);
    advance(1s);
    auto const c = published("Bill", "x");
    KnowledgeArticleQuery query;
    EXPECT_THAT(titles(query), ElementsAre("Bill", "Electricity METER", "Gas meter"));
    query.q = "meter";
    EXPECT_THAT(titles(query), ElementsAre("Electricity METER", "Gas meter"));
    query = {};
    query.category = home;
    EXPECT_THAT(titles(query), ElementsAre("Gas meter"));
    query = {};
    query.state = "draft";
    EXPECT_THAT(titles(query), ElementsAre("Electricity METER"));
    query = {};
    query.missing = true;
    query.locale = Locale::it;
    EXPECT_THAT(titles(query), ElementsAre("Bill", "Gas meter"));
    ASSERT_TRUE(run([&](store::Tx& tx) { return retire(tx, act(), c); }));
    query = {};
    query.state = "retired";
    EXPECT_THAT(titles(query), ElementsAre("Bill"));
    query = {};
    query.limit = 1;
    auto page = store().read_now([&](store::Reader& reader) { return list_articles(reader, query, now()).value(); });
    query.after = page.next.value();
    page = store().read_now([&](store::Reader& reader) { return list_articles(reader, query, now()).value(); });
    EXPECT_EQ(page.items.at(0).id, a);
    EXPECT_FALSE(page.next);
    query.after = "nonsense";
    EXPECT_EQ(store().read_now([&](store::Reader& r) { return list_articles(r, query, now()); }).error().code,
              "bad_cursor");
    auto const seen = store().read_now([&](store::Reader& reader) { return overview_of(reader, now()); });
    EXPECT_EQ(seen.articles, 2);
    EXPECT_EQ(seen.retired, 1);
    EXPECT_EQ(seen.drafts, 1);
    EXPECT_EQ(seen.by_locale.at(1).missing, 1);
}

TEST_P(Authoring, WhatWasPublishedIsMovedOnlyByWhoMayPublish) {
    auto const id = write("Internal", "x");
    EXPECT_TRUE(set(id, [](PutKnowledgeArticle& a) { a.audience.kind = AudienceKind::agents; }, false));
    ASSERT_TRUE(put_online(id));
    auto const refused = set(id, [](PutKnowledgeArticle& a) { a.audience.kind = AudienceKind::public_; }, false);
    EXPECT_EQ(refused.error().code, "publish_needed");
    EXPECT_TRUE(set(id, [&](PutKnowledgeArticle& a) { a.owner = ben_; }, false)) << "that concerns no reader";
    EXPECT_EQ(run([&](store::Tx& tx) { return delete_article(tx, act(), id); }).error().code, "was_published");
    auto const draft = write("Draft", "x");
    EXPECT_TRUE(run([&](store::Tx& tx) { return delete_article(tx, act(), draft); }));
    EXPECT_EQ(set(id, [](PutKnowledgeArticle& a) { a.audience.segment = Text<1, 40>{"seg_x"}; }).error().code,
              "invalid_fields");
    EXPECT_EQ(set(id, [](PutKnowledgeArticle& a) { a.audience = {AudienceKind::customers, Text<1, 40>{"seg_x"}}; })
                  .error()
                  .code,
              "segment_not_found");
}

TEST_P(Authoring, TextsLinkToArticlesAndFilesByName) {
    auto const target = published("Meters", "x");
    auto const image = upload("my plan.png", png());
    EXPECT_EQ(image.markdown, "![my plan](file:" + to_text(image.id) + ")");
    EXPECT_FALSE(image.used);
    auto const id = write("Links", "![plan](file:" + to_text(image.id) + ") [m](article:" + to_text(target) +
                                       "#why) [gone](article:kar_1) ![no](https://x.test/a.png)");
    EXPECT_THAT(text(id).findings, SizeIs(2));
    EXPECT_EQ(put_online(id).error().code, "text_incomplete") << "an image that is not ours";
    ASSERT_TRUE(save(id, "Links", "![plan](file:" + to_text(image.id) + ") [m](article:" + to_text(target) + "#why)"));
    PreviewKnowledge const as_written{{text(id).body}, Locale::en, {}};
    auto const shown = store().read_now([&](store::Reader& reader) { return preview(reader, as_written).value(); });
    EXPECT_THAT(shown.html, HasSubstr("href=\"/help/en/articles/meters#why\""));
    EXPECT_THAT(shown.html,
                HasSubstr("/v1/knowledge/files/" + to_text(image.id) + "/content\" alt=\"plan\" width=\"1\""));
    ASSERT_TRUE(put_online(id));
    EXPECT_EQ(run([&](store::Tx& tx) { return delete_file(tx, *knowledge_, act(), image.id); }).error().code, "in_use");
    EXPECT_EQ(store().read_now([&](store::Reader& r) { return read_file(r, *knowledge_, image.id)->bytes; }), png());
    EXPECT_EQ(
        prepare_file(*knowledge_, rights(ann_), "a.exe",
                     Bytes("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00", 16) + Bytes(200, '\0'), now())
            .error()
            .code,
        "file_refused");
}

TEST_P(Authoring, FilesThatNothingShowsGoAfterAMonth) {
    auto const kept = upload("kept.png", png()), lost = upload("lost.png", png());
    write("Draft", "![a](file:" + to_text(kept.id) + ")");
    advance(31 * 24h);
    await(knowledge_->tidy_up());
    auto const page = store().read_now([&](store::Reader& reader) { return list_files(reader, {}).value(); });
    ASSERT_THAT(page.items, SizeIs(1));
    EXPECT_EQ(page.items[0].id, kept.id);
}

TEST_P(Authoring, BombsAreRefusedWhenTheyAreSaved) {
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "> ";
    auto const id = write("Bomb", "harmless");
    auto const refused = save(id, "Bomb", deep + "x");
    EXPECT_EQ(refused.error().code, "text_too_deep");
    EXPECT_EQ(refused.error().fields.at(0).pointer, "/body");
    EXPECT_EQ(text(id).body, "harmless");
}

TEST_P(Authoring, WhatReadersSayIsKeptOnceForEachAndErased) {
    auto const id = published("Meter", "x");
    Visitor const nobody;
    auto const say = [&](bool helped, std::string reader, std::string comment = {}) {
        NewFeedback said{id, Locale::en, helped, FeedbackReason::unclear, std::move(comment), std::move(reader), {}};
        return run([&](store::Tx& tx) { return rate(tx, *knowledge_, nobody, said, now()); });
    };
    ASSERT_TRUE(say(false, "192.0.2.1 Firefox", "Where is the button?"));
    ASSERT_TRUE(say(true, "192.0.2.1 Firefox"));
    ASSERT_TRUE(say(false, "192.0.2.2 Firefox", "I do not <b>understand</b>"));
    auto const list = store().read_now([&](store::Reader& r) { return list_feedback(r, *knowledge_, {}).value(); });
    ASSERT_THAT(list.items, SizeIs(2));
    EXPECT_EQ(list.items[0].comment, "I do not <b>understand</b>");
    auto const report = store().read_now([&](store::Reader& reader) { return report_of(reader, {}, now()); });
    EXPECT_EQ(report.helped, 1);
    ASSERT_THAT(report.articles, SizeIs(1));
    EXPECT_EQ(report.articles[0].reasons.unclear, 1);
    EXPECT_DOUBLE_EQ(report.articles[0].share, 0.5);
    EXPECT_EQ(article(id).not_helped, 1);
    ASSERT_TRUE(run([&](store::Tx& tx) { return erase_feedback(tx, act(), list.items[0].id); }));
    EXPECT_EQ(article(id).not_helped, 0);
    auto const draft = write("Draft", "x");
    NewFeedback const secret{draft, Locale::en, true, {}, {}, "192.0.2.1", {}};
    EXPECT_EQ(run([&](store::Tx& tx) { return rate(tx, *knowledge_, nobody, secret, now()); }).error().code,
              "not_found");
}

TEST_P(Authoring, FsckFindsWhatIsBroken) {
    published("Meter", "x");
    static store::Query const spoil{"test.spoil", "UPDATE knowledge_version SET number = 7",
                                    "UPDATE knowledge_version SET number = 7"};
    static store::Query const mend{"test.mend", "UPDATE knowledge_version SET number = 1",
                                   "UPDATE knowledge_version SET number = 1"};
    store().write_now([&](store::Tx& tx) { tx.exec(spoil); });
    EXPECT_THAT(faults(), SizeIs(2));
    store().write_now([&](store::Tx& tx) { tx.exec(mend); });
}

RAPPORT_ON_BOTH_ENGINES(Authoring);

}  // namespace
}  // namespace rapport::knowledge
