// Notices on both engines: stock kinds in six languages, submitting, versions, answers, letters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "notice/kinds.hpp"
#include "notice/notice_fixture.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

RAPPORT_ON_BOTH_ENGINES(NoticeTest);

TEST_P(NoticeTest, StockKindsAreCompleteInSixLanguages) {
    notices();
    auto const kinds = store().read_now([](store::Reader& reader) { return list_kinds(reader); });
    EXPECT_EQ(kinds.items.size(), 10u);
    for (auto const& kind : kinds.items) {
        EXPECT_EQ(kind.names.size(), 6u) << kind.name;
        for (auto const locale : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa}) {
            PreviewRequest wanted;
            wanted.kind = Text<1, 64>{kind.name};
            wanted.locale = locale;
            auto const drawn = store().read_now([&](store::Reader& reader) { return preview(reader, desk(), wanted); });
            ASSERT_TRUE(drawn) << kind.name << to_text(locale) << drawn.error().text << pointers(drawn.error());
            EXPECT_EQ(drawn->locale, locale) << kind.name;
            EXPECT_THAT(drawn->html, HasSubstr("lang=\"" + to_text(locale) + "\""));
            for (auto const* part : {&drawn->subject, &drawn->text, &drawn->html}) {
                EXPECT_THAT(*part, Not(HasSubstr("{{")));
                EXPECT_FALSE(part->empty());
            }
            EXPECT_THAT(drawn->text, HasSubstr("Ada Conti"));
        }
    }
    // A second start changes nothing.
    auto const before =
        store().read_now([](store::Reader& r) { return list_templates(r, "payment", {})->items.size(); });
    notices().put_stock_on_shelf();
    EXPECT_EQ(store().read_now([](store::Reader& r) { return list_templates(r, "payment", {})->items.size(); }),
              before);
}

TEST_P(NoticeTest, BecomesADeliveryThatKeepsTheRecipeEncrypted) {
    auto const view = sent(announcement("ada@example.org", "Water & gas"));
    ASSERT_TRUE(view.delivery);
    EXPECT_EQ(view.delivery->kind, delivery::Kind::plain);
    EXPECT_EQ(view.delivery->subject, "Water & gas");
    EXPECT_THAT(letter_text(view.delivery->id), HasSubstr("Dear Ada Conti,\n\nLine <1>\nLine 2"));
    static constexpr store::Query any{"test.any", "SELECT data FROM outbox", "SELECT data FROM outbox"};
    EXPECT_EQ(store().read_now([](store::Reader& r) { return r.one<json::Object>(any); }), json::Object());
    EXPECT_THAT(events("notice.submitted"), testing::SizeIs(1));
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(NoticeTest, PicksTheLanguageOfTheSenderThenOfTheCustomer) {
    auto wanted = renewal();
    wanted.recipients = {to("a@example.org"), to("b@example.org", "Reza", Locale::fa)};
    auto const views = notices().submit_now(request(wanted));
    ASSERT_TRUE(views) << pointers(views.error());
    EXPECT_EQ(views->notices[0].locale, Locale::en);
    EXPECT_EQ(views->notices[1].locale, Locale::fa);
    EXPECT_THAT(letter_text(views->notices[1].delivery->id), HasSubstr("Reza گرامی"));
    auto again = renewal();
    again.recipients = {to("b@example.org", "")};  // known now, as a Persian reader
    EXPECT_EQ(sent(again).locale, Locale::fa);
    again.locale = Locale::ja;
    EXPECT_EQ(sent(again).locale, Locale::ja);
}

TEST_P(NoticeTest, SaysWhatIsWrongWithPointersAndStoresNothing) {
    auto bad = renewal();
    (*bad.data)["price"] = 12;
    (*bad.data)["prize"] = 12;
    bad.data->erase("contract");
    auto const refused = notices().submit_now(request(bad));
    ASSERT_FALSE(refused);
    EXPECT_THAT(fields(refused.error()), testing::UnorderedElementsAre("/data/price", "/data/prize", "/data/contract"));
    Request batch = request(renewal());
    batch.batch = true;
    batch.notices.push_back(announcement("b@example.org", "two\nlines"));
    auto const header = notices().submit_now(batch);
    ASSERT_FALSE(header);
    EXPECT_THAT(fields(header.error()), ElementsAre("/notices/1/data/subject"));
    batch.notices[1] = announcement("b@example.org");
    batch.notices[1].recipients.clear();
    auto const nobody = notices().submit_now(batch);
    ASSERT_FALSE(nobody);
    EXPECT_THAT(fields(nobody.error()), ElementsAre("/notices/1/recipients"));
    batch.notices[1] = announcement("b@example.org");
    batch.notices[1].kind = {"nonsense"};
    EXPECT_THAT(fields(notices().submit_now(batch).error()), ElementsAre("/notices/1/kind"));
    EXPECT_THAT(events("notice.submitted"), IsEmpty());
    EXPECT_THAT(events("delivery.submitted"), IsEmpty());
}

TEST_P(NoticeTest, TheSameKeyGetsTheSameAnswer) {
    auto const first = notices().submit_now(request(announcement("ada@example.org"), "k1"));
    auto const second = notices().submit_now(request(announcement("ada@example.org"), "k1"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->notices[0].id, second->notices[0].id);
    EXPECT_EQ(notices().submit_now(request(announcement("ada@example.org", "Other"), "k1")).error().code,
              "idempotency_key_reused");
    EXPECT_THAT(events("notice.submitted"), testing::SizeIs(1));
}

TEST_P(NoticeTest, AsksPreferencesButNotForLegalNotices) {
    auto const suppressed = sent(announcement("never@example.org"));
    EXPECT_EQ(suppressed.state, State::suppressed);
    EXPECT_EQ(suppressed.reason, "unsubscribed");
    EXPECT_FALSE(suppressed.delivery);
    auto const later = sent(announcement("later@example.org"));
    EXPECT_EQ(later.send_at, now() + std::chrono::hours(8));
    auto const legal = sent(renewal("never@example.org"));
    EXPECT_EQ(legal.state, State::submitted);
    EXPECT_THAT(legal.reason.value_or(""), HasSubstr("legal"));
    EXPECT_EQ(legal.decision, preferences::Because::legal);
    EXPECT_EQ(suppressed.decision, preferences::Because::not_wanted);
    EXPECT_EQ(later.decision, preferences::Because::quiet_until);
    // A legal letter says at its foot why nobody can unsubscribe from it; another does not.
    EXPECT_THAT(letter_text(legal.delivery->id), HasSubstr("cannot be unsubscribed from"));
    EXPECT_THAT(letter_text(later.delivery->id), Not(HasSubstr("cannot be unsubscribed from")));
    // Webhooks hear of the decision.
    EXPECT_EQ(events("notice.submitted")[0].data.at("decision").as_string(), "not_wanted");
    // Of several recipients only the others get it.
    auto many = announcement("a@example.org");
    many.recipients = {to("a@example.org"), to("never@example.org"), to("b@example.org")};
    auto const views = notices().submit_now(request(many));
    ASSERT_TRUE(views);
    EXPECT_EQ(views->notices[0].delivery->recipient.email, "a@example.org");
    EXPECT_FALSE(views->notices[1].delivery);
    EXPECT_EQ(views->notices[2].delivery->recipient.email, "b@example.org");
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(NoticeTest, APromotionNamesWhereToUnsubscribe) {
    NewKind kind;
    kind.name = {"offer"};
    kind.names = {{"en", {"Offer"}}};
    kind.class_ = Class::promotional;
    kind.category = {"offers"};
    kind.schema = object(R"({"type":"object","required":["what"],"properties":{"what":{"type":"string"}}})");
    notices();
    auto const made = store().write_now([&](store::Tx& tx) { return create_kind(tx, act(), kind); });
    ASSERT_TRUE(made) << pointers(made.error());
    NewNotice offer;
    offer.kind = {"offer"};
    offer.recipients.push_back(to("a@example.org"));
    offer.data = object(R"({"what":"tea"})");
    EXPECT_THAT(fields(notices().submit_now(request(offer)).error()), ElementsAre("/kind"));  // no template yet
    NewTemplate words{
        {"offer"}, Locale::en, {"{{what}}!"}, {"Buy {{what}}."}, Text<0, 65'536>{"<p>Buy {{what}}.</p>"}, {}, {}, {}};
    auto const draft = store().write_now([&](store::Tx& tx) { return create_draft(tx, act(), words); });
    ASSERT_TRUE(draft) << pointers(draft.error());
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return publish(tx, act(), draft->version.id); }));
    auto const view = sent(offer);
    EXPECT_THAT(letter_text(view.delivery->id), HasSubstr("Unsubscribe: https://post.example.org/u/abc"));
    static constexpr store::Query url{"test.url", "SELECT unsubscribe_url FROM outbox",
                                      "SELECT unsubscribe_url FROM outbox"};
    EXPECT_EQ(store().read_now([](store::Reader& r) { return r.one<std::string>(url); }),
              "https://post.example.org/u/abc");
    static constexpr store::Query list{"test.list", "SELECT list FROM outbox", "SELECT list FROM outbox"};
    EXPECT_EQ(store().read_now([](store::Reader& r) { return r.one<std::string>(list); }), "offers");
    sent(renewal("b@example.org"));
    EXPECT_THAT(store().read_now([](store::Reader& r) { return r.all<std::optional<std::string>>(list); }),
                testing::UnorderedElementsAre("offers", std::nullopt))
        << "a legal letter is no list's";
}

TEST_P(NoticeTest, QuietHoursTakeNothingFromTheTimeToAccept) {
    auto const registered = [&](std::string email, std::optional<Time> until) {
        auto notice = announcement(std::move(email));
        notice.delivery = delivery::Kind::registered;
        notice.recipients[0].second_email = EmailAddress{"codes@example.net"};
        notice.accept_until = until;
        return sent(notice).delivery->accept_until.value();
    };
    auto const life = delivery::DeliverySettings().default_deadline;
    auto const until = now() + std::chrono::days(3);
    EXPECT_EQ(registered("a@example.org", {}), now() + life);
    EXPECT_EQ(registered("a@example.org", until), until);
    EXPECT_EQ(registered("later@example.org", {}), now() + std::chrono::hours(8) + life);
    EXPECT_EQ(registered("later@example.org", until), until + std::chrono::hours(8));
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(NoticeTest, LinksToAnswerAreNotSealedAndNotShown) {
    auto const view = sent(renewal());
    EXPECT_THAT(letter_text(view.delivery->id), testing::ContainsRegex("/n/[A-Za-z0-9_-]{43}/confirm"));
    auto const shown =
        store().read_now([&](store::Reader& r) { return delivery::shown_content(r, *office_, view.delivery->id, 0); });
    EXPECT_THAT(shown.value().bytes, HasSubstr("/n/…/confirm"));
    auto sealed = renewal();
    sealed.delivery = delivery::Kind::registered;
    EXPECT_THAT(fields(notices().submit_now(request(sealed)).error()), ElementsAre("/delivery"));
    NewKind kind;
    kind.name = {"asking"};
    kind.names = {{"en", {"Asking"}}};
    kind.class_ = Class::legal;
    kind.category = {"contracts"};
    kind.schema = object(R"({"type":"object"})");
    kind.answers = true;
    kind.delivery = delivery::Kind::registered;
    EXPECT_THAT(fields(store().write_now([&](store::Tx& tx) { return create_kind(tx, act(), kind); }).error()),
                ElementsAre("/delivery"));
}

TEST_P(NoticeTest, VersionsAreImmutableOncePublishedAndCanBeRolledBack) {
    notices();
    auto const write = [&](auto verb) { return store().write_now([&](store::Tx& tx) { return verb(tx); }); };
    auto const current = [&] {
        auto const list = store().read_now([](store::Reader& r) { return list_templates(r, "payment", Locale::en); });
        for (auto const& item : list->items)
            if (item.current) return item;
        return TemplateSummary{};
    };
    auto const stock = current();
    EXPECT_TRUE(stock.stock);
    NewTemplate words{{"payment"}, Locale::en, {"Pay {{invoice}}"}, {"{{amount, money}}\n"}, {}, {}, {}, stock.id};
    auto const draft = write([&](store::Tx& tx) { return create_draft(tx, act(), words); });
    ASSERT_TRUE(draft) << pointers(draft.error());
    EXPECT_EQ(current().id, stock.id);
    EXPECT_TRUE(write([&](store::Tx& tx) {
        return change_draft(tx, act(), draft->version.id,
                            TemplateChange{Text<1, 500>{"Pay {{invoice}} now"}, {}, {}, {}, {}});
    }));
    auto const broken = write([&](store::Tx& tx) {
        return change_draft(tx, act(), draft->version.id, TemplateChange{Text<1, 500>{"{{nothing}}"}, {}, {}, {}, {}});
    });
    ASSERT_FALSE(broken);
    EXPECT_THAT(fields(broken.error()), ElementsAre("/subject"));
    ASSERT_TRUE(write([&](store::Tx& tx) { return publish(tx, act(), draft->version.id); }));
    EXPECT_EQ(current().id, draft->version.id);
    EXPECT_EQ(write([&](store::Tx& tx) { return change_draft(tx, act(), draft->version.id, {}); }).error().code,
              "not_a_draft");
    EXPECT_EQ(write([&](store::Tx& tx) { return drop_draft(tx, act(), draft->version.id); }).error().code,
              "not_a_draft");
    auto const back = write([&](store::Tx& tx) { return publish(tx, act(), stock.id); });
    ASSERT_TRUE(back);
    EXPECT_EQ(current().id, back->version.id);
    EXPECT_EQ(back->version.copied_from, stock.id);
    auto const changes = store().read_now([&](store::Reader& r) { return compare(r, stock.id, draft->version.id); });
    ASSERT_TRUE(changes);
    EXPECT_THAT(changes->subject, testing::SizeIs(2));
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(NoticeTest, ALetterStaysAsItWasWhenTheTemplateChanges) {
    auto const view = sent(announcement("ada@example.org"));
    auto const before = letter_text(view.delivery->id);
    NewTemplate words{{"announcement"}, Locale::en, {"{{subject}}"}, {"New words: {{text}}\n"}, {}, {}, {}, {}};
    auto const draft = store().write_now([&](store::Tx& tx) { return create_draft(tx, act(), words); });
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return publish(tx, act(), draft->version.id); }));
    EXPECT_EQ(letter_text(view.delivery->id), before);
    EXPECT_THAT(letter_text(sent(announcement("ada@example.org")).delivery->id), HasSubstr("New words"));
}

TEST_P(NoticeTest, TemplatesWithFaultsAreRefusedWithTheLine) {
    notices();
    auto const faults_of = [&](std::string subject, std::string text, std::string html, std::string layout = "letter") {
        NewTemplate words{{"payment"},
                          Locale::en,
                          {std::move(subject)},
                          {std::move(text)},
                          Text<0, 65'536>{std::move(html)},
                          Text<1, 40>{std::move(layout)},
                          {},
                          {}};
        auto const made = store().write_now([&](store::Tx& tx) { return create_draft(tx, act(), words); });
        return made ? std::vector<std::string>{} : fields(made.error());
    };
    EXPECT_THAT(faults_of("{{nope}}", "{{due, date}}", "<script>x</script>"),
                ElementsAre("/subject", "/text", "/html"));
    EXPECT_THAT(faults_of("s", "{{#a}}", "<a href=\"{{invoice}}\">x</a>"), ElementsAre("/text", "/html"));
    EXPECT_THAT(faults_of("s", "t", "", "fancy"), ElementsAre("/layout"));
}

TEST_P(NoticeTest, TheLastAnswerBeforeTheDeadlineCounts) {
    auto const view = sent(renewal());
    auto const token = link(view.delivery->id);
    ASSERT_FALSE(token.empty());
    auto const look = [&] {
        return store().read_now([&](store::Reader& r) { return look_at_answer(r, desk(), token, now()); });
    };
    ASSERT_TRUE(look());
    EXPECT_FALSE(look()->answer);
    ASSERT_TRUE(give(token, Answer::confirm));
    ASSERT_TRUE(give(token, Answer::confirm));  // the same again
    EXPECT_THAT(events("notice.answered"), testing::SizeIs(1));
    advance(std::chrono::hours(1));
    ASSERT_TRUE(give(token, Answer::cancel));
    auto const told = events("notice.answered");
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[1].data.at("answer"), "cancel");
    EXPECT_EQ(told[1].data.at("instead_of"), "confirm");
    EXPECT_EQ(told[1].data.at("reference"), "K-4711");
    EXPECT_EQ(told[1].customer, view.customer->value);
    advance(std::chrono::hours(24));
    EXPECT_EQ(give(token, Answer::confirm).error().code, "answer_late");
    EXPECT_EQ(look()->answer, Answer::cancel);
    auto const shown = store().read_now([&](store::Reader& r) { return find_notice(r, desk(), view.id); });
    EXPECT_EQ(shown->answer->answer, Answer::cancel);
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(NoticeTest, ForgedAndForeignLinksLeadNowhere) {
    auto const view = sent(renewal());
    auto const other = sent(renewal("b@example.org"));
    auto const token = link(view.delivery->id);
    auto forged = *from_base64url(token);
    forged.back() = static_cast<char>(forged.back() ^ 1);
    auto swapped = *from_base64url(link(other.delivery->id));
    swapped.replace(0, 8, from_base64url(token)->substr(0, 8));  // another notice's number with this one's secret
    for (auto const& wrong :
         {to_base64url(forged), to_base64url(swapped), token + "A", std::string("x"), std::string()})
        EXPECT_EQ(give(wrong, Answer::confirm).error().code, "not_found") << wrong;
    EXPECT_THAT(events("notice.answered"), IsEmpty());
}

TEST_P(NoticeTest, ARegisteredNoticeSealsItsWords) {
    auto wanted = announcement("ada@example.org", "Gas 4711");
    wanted.delivery = delivery::Kind::registered;
    wanted.assurance = delivery::Assurance::basic;
    auto const view = sent(wanted);
    EXPECT_EQ(view.delivery->kind, delivery::Kind::registered);
    EXPECT_EQ(view.delivery->evidence_count, 1);
    EXPECT_THAT(letter_text(view.delivery->id), HasSubstr("Gas 4711"));
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(NoticeTest, AnErasedNoticeSaysNothingMore) {
    auto const view = sent(announcement("ada@example.org", "Secret subject"));
    auto const id = view.delivery->id;
    delivery::Notification outcome;
    outcome.accepted = true;
    outcome.at = now();
    for (bool const sending : {true, false}) {
        auto const done = store().write_now([&](store::Tx& tx) -> Expected<delivery::State> {
            auto const move = sending ? delivery::plan_notification(tx, *office_, id, outcome)
                                      : delivery::plan_erasure(tx, *office_, act(), id);
            if (!move) return fail(move.error());
            return delivery::commit(tx, *office_, *move);
        });
        ASSERT_TRUE(done) << done.error().text;
        advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(letter(id).error().code, "content_erased");
    auto const shown = store().read_now([&](store::Reader& r) { return find_notice(r, desk(), view.id); });
    EXPECT_FALSE(shown->delivery->subject);
}

TEST_P(NoticeTest, AreListedNewestFirstByKindCustomerAndReference) {
    auto const first = sent(renewal());
    sent(announcement("ada@example.org"));
    auto const list = [&](NoticeFilter filter) {
        return store().read_now([&](store::Reader& r) { return list_notices(r, desk(), filter); });
    };
    NoticeFilter by_kind, by_reference, by_customer, paged;
    by_kind.kind = "auto_renewal";
    by_reference.reference = "K-4711";
    by_customer.customer = first.customer;
    EXPECT_EQ(list({})->items.size(), 2u);
    EXPECT_EQ(list(by_kind)->items.size(), 1u);
    EXPECT_EQ(list(by_reference)->items.front().id, first.id);
    EXPECT_EQ(list(by_customer)->items.size(), 2u);
    paged.limit = 1;
    auto const page = list(paged);
    ASSERT_TRUE(page->next);
    paged.after = *page->next;
    EXPECT_EQ(list(paged)->items.front().id, first.id);
    paged.after = "x";
    EXPECT_EQ(list(paged).error().code, "bad_cursor");
}

TEST_P(NoticeTest, AThousandAreOneTransaction) {
    notices();
    Request wanted = request(announcement("c0@example.org"));
    wanted.batch = wanted.bulk = true;
    for (int i = 1; i < 1000; ++i) wanted.notices.push_back(announcement("c" + std::to_string(i) + "@example.org"));
    auto const views = notices().submit_now(wanted);
    ASSERT_TRUE(views) << pointers(views.error());
    EXPECT_EQ(views->notices.size(), 1000u);
    wanted.notices.push_back(announcement("more@example.org"));
    EXPECT_THAT(fields(notices().submit_now(wanted).error()), ElementsAre("/notices"));
}

}  // namespace
}  // namespace rapport::notice
