// Wishes and consents: what a class lets a wish do, quiet hours, proofs in the log, categories.
#include <gmock/gmock.h>

#include "preferences/preferences_fixture.hpp"

namespace rapport::preferences {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

RAPPORT_ON_BOTH_ENGINES(PreferencesTest);

TEST_P(PreferencesTest, AClassDecidesWhatAWishCanDo) {
    auto const ada = customer();
    // Nobody said anything: transactional notices go, promotional ones do not, also to strangers.
    EXPECT_EQ(decided(ada, "orders", Class::transactional).verdict, Verdict::send);
    EXPECT_EQ(decided(std::nullopt, "orders", Class::transactional).verdict, Verdict::send);
    EXPECT_EQ(decided(ada, "offers", Class::promotional).because, Because::no_consent);
    EXPECT_EQ(decided(std::nullopt, "offers", Class::promotional).because, Because::no_consent);
    ASSERT_TRUE(give(ada, consent()));
    EXPECT_EQ(decided(ada, "offers", Class::promotional).verdict, Verdict::send);
    EXPECT_EQ(decided(ada, "news", Class::promotional).because, Because::no_consent);
    // A no holds back what may be refused; a legal notice says why it goes.
    NewPreferences no;
    no.choices = {{{"orders"}, {}, false}, {{"contracts"}, {}, false}};
    ASSERT_TRUE(set(ada, no));
    EXPECT_EQ(decided(ada, "orders", Class::transactional).because, Because::not_wanted);
    EXPECT_EQ(decided(ada, "orders", Class::transactional, true).because, Because::not_wanted) << "urgent or not";
    auto const legal = decided(ada, "contracts", Class::legal);
    EXPECT_EQ(legal.verdict, Verdict::send);
    EXPECT_EQ(legal.because, Because::legal);
    EXPECT_THAT(legal.words, HasSubstr("whatever the customer prefers"));
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(PreferencesTest, QuietHoursAndPausesMoveWhatCanWait) {
    auto const ada = customer();
    NewPreferences wanted;
    wanted.time_zone = Text<1, 64>{"Asia/Tokyo"};
    wanted.quiet_hours = nights();
    ASSERT_TRUE(set(ada, wanted));
    auto const night = at("2027-01-10T15:00:00Z"), morning = at("2027-01-10T22:00:00Z");  // Tokyo: midnight, seven
    auto const waits = decided(ada, "orders", Class::transactional, false, night);
    EXPECT_EQ(waits.verdict, Verdict::later);
    EXPECT_EQ(waits.because, Because::quiet_until);
    EXPECT_EQ(waits.at, morning);
    EXPECT_EQ(waits.zone, "Asia/Tokyo");
    auto const urgent = decided(ada, "orders", Class::transactional, true, night);
    EXPECT_EQ(urgent.verdict, Verdict::send);
    EXPECT_EQ(urgent.because, Because::urgent);
    EXPECT_EQ(decided(ada, "security", Class::legal, false, night).verdict, Verdict::send);
    EXPECT_EQ(decided(ada, "orders", Class::transactional, false, morning).verdict, Verdict::send);
    // Advertising waits, however urgent somebody finds it.
    ASSERT_TRUE(give(ada, consent()));
    EXPECT_EQ(decided(ada, "offers", Class::promotional, true, night).at, morning);
    // A pause that ends in the night ends in the morning.
    wanted.paused_until = now() + std::chrono::days(3);
    ASSERT_TRUE(set(ada, wanted));
    auto const paused = decided(ada, "orders", Class::transactional);
    EXPECT_EQ(paused.verdict, Verdict::later);
    EXPECT_GE(*paused.at, *wanted.paused_until);
    EXPECT_EQ(quiet_until(nights(), "Asia/Tokyo", *paused.at), std::nullopt);
    // Who names no zone lives in the organisation's.
    wanted = {};
    wanted.quiet_hours = nights();
    ASSERT_TRUE(set(ada, wanted));
    EXPECT_EQ(decided(ada, "orders", Class::transactional, false, at("2027-01-10T22:00:00Z")).at,
              at("2027-01-11T06:00:00Z"));
}

TEST_P(PreferencesTest, AreReplacedAsAWholeButForLanguageAndOtherChoices) {
    auto const ada = customer();
    NewPreferences wanted;
    wanted.locale = Locale::fa;
    wanted.time_zone = Text<1, 64>{"Asia/Tehran"};
    wanted.quiet_hours = nights();
    wanted.choices = {{{"orders"}, {}, false}};
    ASSERT_TRUE(set(ada, wanted));
    auto const after = set(ada, {}).value();
    EXPECT_EQ(after.locale, Locale::fa);
    EXPECT_EQ(after.time_zone, std::nullopt);
    EXPECT_THAT(after.quiet_hours, IsEmpty());
    EXPECT_FALSE(wants(ada, "orders"));
    auto const before = events("preferences.changed").size();
    ASSERT_TRUE(set(ada, {}));
    EXPECT_EQ(events("preferences.changed").size(), before) << "nothing changed";
    // What is wrong is said, field by field, and nothing is stored.
    wanted.time_zone = Text<1, 64>{"Europe/Atlantis"};
    wanted.paused_until = now() + std::chrono::days(400);
    wanted.choices = {{{"nonsense"}, {}, true}, {{"security"}, {}, false}, {{"offers"}, {}, true}};
    auto const refused = set(ada, wanted);
    ASSERT_FALSE(refused);
    std::vector<std::string> pointers;
    for (auto const& field : refused.error().fields) pointers.push_back(field.pointer);
    EXPECT_THAT(pointers, ElementsAre("/time_zone", "/paused_until", "/choices/0/category", "/choices/1/wanted",
                                      "/choices/2/wanted"));
    EXPECT_EQ(view(ada).time_zone, std::nullopt);
    EXPECT_EQ(set(CustomerId{99}, {}).error().code, "customer_not_found");
}

TEST_P(PreferencesTest, AConsentIsKeptWithItsWordsAndProvenByTheLog) {
    auto const ada = customer();
    auto const given = give(ada, consent());
    ASSERT_TRUE(given);
    EXPECT_EQ(given->state, ConsentState::given);
    EXPECT_EQ(given->remote, "192.0.2.0/24");
    EXPECT_EQ(given->wording_sha256, to_hex(sha256("Yes, send me offers.").view()));
    EXPECT_EQ(store().read_now([&](store::Reader& r) { return proof_of(r, prover_, given->id); }).error().code,
              "not_yet_logged");
    auto const signer = evidence::NoteSigner::from("post.example.org/log", Bytes(32, 'k')).value();
    auto const publish_log = [&] {
        auto const next =
            store().read_now([&](store::Reader& r) { return evidence::next_checkpoint(r, prover_, signer); });
        ASSERT_TRUE(next && *next);
        store().write_now([&](store::Tx& tx) {
            evidence::keep_checkpoint(tx, **next, now());
            return true;
        });
    };
    publish_log();
    auto const proof = store().read_now([&](store::Reader& r) { return proof_of(r, prover_, given->id); });
    ASSERT_TRUE(proof);
    EXPECT_THAT(proof->given.record, HasSubstr("\"wording\":\"Yes, send me offers.\""));
    EXPECT_THAT(proof->given.record, HasSubstr("\"controller\":\"Example Utilities\""));
    EXPECT_EQ(proof->given.commitment,
              to_hex(hmac_sha256(from_base64(proof->given.salt).value(), proof->given.record).view()));
    EXPECT_THAT(proof->given.proof, HasSubstr("c2sp.org/tlog-proof@v1"));
    EXPECT_FALSE(proof->withdrawn);
    // Withdrawn: at once not in force, with a record of its own; again it changes nothing.
    auto const end = [&] {
        return store().write_now([&](store::Tx& tx) { return withdraw(tx, settings(), act(), given->id, How::api); });
    };
    ASSERT_TRUE(end());
    ASSERT_TRUE(end());
    EXPECT_THAT(events("consent.withdrawn"), SizeIs(1));
    EXPECT_EQ(decided(ada, "offers", Class::promotional).verdict, Verdict::suppress);
    publish_log();
    auto const both = store().read_now([&](store::Reader& r) { return export_of(r, prover_, ada, now()); });
    ASSERT_TRUE(both && both->proofs.size() == 1 && both->proofs[0].withdrawn);
    EXPECT_THAT(both->proofs[0].withdrawn->record, HasSubstr("\"event\":\"withdrawn\""));
    EXPECT_THAT(faults(), IsEmpty());
    std::vector<std::string> found;
    store().read_now([&](store::Reader& r) {
        evidence::check_log(r, {}, [&](auto const& f) { found.push_back(f.subject + f.text); });
        return true;
    });
    EXPECT_THAT(found, Not(testing::Contains(HasSubstr("log leaf"))));
}

TEST_P(PreferencesTest, ADamagedConsentIsFound) {
    auto const ada = customer();
    ASSERT_TRUE(give(ada, consent()));
    static constexpr store::Query damage{"test.damage", "UPDATE consent SET wording = 'Yes to everything.'",
                                         "UPDATE consent SET wording = 'Yes to everything.'"};
    static constexpr store::Query forge{"test.forge", "UPDATE consent SET state = 'withdrawn'",
                                        "UPDATE consent SET state = 'withdrawn'"};
    static constexpr store::Query lose{"test.lose", "DELETE FROM log_record", "DELETE FROM log_record"};
    for (auto const* query : {&damage, &forge, &lose}) store().write_now([&](store::Tx& tx) { tx.exec(*query); });
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("state"), HasSubstr("no record"), HasSubstr("wording")));
}

TEST_P(PreferencesTest, ConsentsAreRefusedThatProveNothing) {
    auto const ada = customer();
    auto const pointer = [&](NewConsent const& wanted) {
        auto const made = give(ada, wanted);
        return made ? "given" : made.error().fields.empty() ? made.error().code : made.error().fields[0].pointer;
    };
    EXPECT_EQ(pointer(consent("orders")), "/category");
    EXPECT_EQ(pointer(consent("nonsense")), "/category");
    EXPECT_EQ(pointer(consent("offers", Method::page)), "/method");
    EXPECT_EQ(pointer(consent("offers", Method::imported)), "/given_at");
    auto imported = consent("offers", Method::imported);
    imported.given_at = now() - std::chrono::days(400);
    EXPECT_EQ(pointer(imported), "/proof");
    imported.proof = Text<1, 20'000>{"Newsletter database, row 4711, 2025-10-18 09:12:44 +02:00"};
    EXPECT_EQ(pointer(imported), "given");
    auto ahead = consent();
    ahead.given_at = now() + std::chrono::hours(1);
    EXPECT_EQ(pointer(ahead), "/given_at");
    auto elsewhere = consent();
    elsewhere.address = EmailAddress{"eve@example.net"};
    EXPECT_EQ(pointer(elsewhere), "/address");
    // Given again with other words: the earlier one is renewed, and one is in force.
    auto again = consent();
    again.wording.version = {"2026-2"};
    EXPECT_EQ(pointer(again), "given");
    auto const all = store().read_now([&](store::Reader& r) { return consents_of(r, ada); });
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[0].state, ConsentState::given);
    EXPECT_EQ(all[1].state, ConsentState::renewed);
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(PreferencesTest, CategoriesAreStockOrOwn) {
    module();
    auto const create = [&](std::string name, Class class_) {
        NewCategory wanted;
        wanted.name = {std::move(name)};
        wanted.names = {{"en", {"Spare parts"}}, {"fa", {"قطعات یدکی"}}};
        wanted.class_ = class_;
        return store().write_now([&](store::Tx& tx) { return create_category(tx, act(), wanted); });
    };
    ASSERT_TRUE(create("spare_parts", Class::promotional));
    EXPECT_EQ(create("spare_parts", Class::promotional).error().code, "category_exists");
    EXPECT_EQ(create("Spare parts", Class::promotional).error().code, "invalid_fields");
    auto const fits = [&](std::string_view name, Class class_) {
        return store().write_now([&](store::Tx& tx) { return category_for_kind(tx, name, class_, now()); }).has_value();
    };
    EXPECT_TRUE(fits("spare_parts", Class::promotional));
    EXPECT_FALSE(fits("spare_parts", Class::transactional)) << "nobody refuses an order by refusing advertising";
    EXPECT_FALSE(fits("orders", Class::promotional));
    EXPECT_TRUE(fits("contracts", Class::legal));
    EXPECT_TRUE(fits("brand_new", Class::transactional)) << "made with its first kind";
    CategoryChange change;
    change.retired = true;
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return change_category(tx, act(), "news", change); }));
    auto const ada = customer();
    for (auto const& choice : view(ada).choices) EXPECT_NE(choice.category, "news");
    module().put_stock_on_shelf();
    EXPECT_TRUE(store().read_now([](store::Reader& r) { return find_category(r, "news"); })->retired_at);
}

// What an earlier version made in English with a kind, and now is one of ours.
TEST_P(PreferencesTest, StockCategoriesHaveNamesInAllLanguages) {
    store().write_now([&](store::Tx& tx) { return category_for_kind(tx, "digests", Class::transactional, now()); });
    auto const found = [&](std::string_view name) {
        return store().read_now([&](store::Reader& r) { return find_category(r, name); });
    };
    ASSERT_EQ(category_name(*found("digests"), Locale::it), "Digests");
    module().put_stock_on_shelf();
    for (auto const& one : store().read_now([](store::Reader& r) { return list_categories(r); })) {
        EXPECT_TRUE(one.stock) << one.name;
        EXPECT_EQ(one.names.size(), 6u) << one.name;
        EXPECT_EQ(one.descriptions.size(), 6u) << one.name;
    }
    EXPECT_EQ(category_name(*found("digests"), Locale::it), "Riepiloghi");
    CategoryChange change;
    change.names.emplace();
    (*change.names)["en"] = {"Collected"};
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return change_category(tx, act(), "digests", change); }));
    module().put_stock_on_shelf();
    EXPECT_EQ(category_name(*found("digests"), Locale::it), "Collected") << "what somebody has named stays";
}

}  // namespace
}  // namespace rapport::preferences
