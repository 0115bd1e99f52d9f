// Wishes of persons with several records, on both engines: the strictest of what was said holds.
#include <gmock/gmock.h>

#include "people/merged.hpp"
#include "preferences/persons.hpp"
#include "preferences/preferences_fixture.hpp"

namespace rapport::preferences {
namespace {

class Persons : public PreferencesTest {
  protected:
    void merge(CustomerId from, CustomerId into) {
        ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return people::merge_customers(tx, act(), from, into); }));
    }
    PreferencesView of_person(CustomerId who) {
        return store()
            .read_now(
                [&](store::Reader& reader) { return find_preferences_of_person(reader, who, settings().zone, now()); })
            .value();
    }
    bool person_wants(CustomerId who, std::string_view category) {
        for (auto const& choice : of_person(who).choices)
            if (choice.category == category) return choice.wanted;
        return false;
    }
    static NewPreferences choosing(std::string category, bool wanted) {
        NewPreferences made;
        made.choices = std::vector<ChoiceChange>{{{std::move(category)}, {}, wanted}};
        return made;
    }
};
RAPPORT_ON_BOTH_ENGINES(Persons);

TEST_P(Persons, what_one_record_refused_holds_for_all) {
    auto const work = customer("ada@work.example"), home = customer("ada@home.example"),
               far = customer("far@x.example");
    ASSERT_TRUE(set(home, choosing("orders", false)));
    EXPECT_EQ(decided(work, "orders", Class::transactional).verdict, Verdict::send);
    merge(far, work);
    merge(home, work);
    for (auto const who : {work, home, far}) {
        EXPECT_EQ(decided(who, "orders", Class::transactional).verdict, Verdict::suppress);
        EXPECT_EQ(decided(who, "shipments", Class::transactional).verdict, Verdict::send);
        EXPECT_EQ(decided(who, "orders", Class::legal).verdict, Verdict::send);
        EXPECT_FALSE(person_wants(who, "orders"));
        EXPECT_TRUE(person_wants(who, "shipments"));
    }
    EXPECT_TRUE(wants(work, "orders"));  // the customer's own page tells of its record alone
    // What is said of the person is said of each record, and each keeps it.
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) {
        return set_preferences_of_person(tx, settings(), act(), home, choosing("orders", true));
    }));
    EXPECT_EQ(decided(far, "orders", Class::transactional).verdict, Verdict::send);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return people::unmerge_customer(tx, act(), home); }));
    EXPECT_TRUE(wants(home, "orders"));
}

TEST_P(Persons, consent_is_of_the_record_that_gave_it_and_a_refusal_counts_more) {
    auto const work = customer("ada@work.example"), home = customer("ada@home.example");
    ASSERT_TRUE(give(home, consent("offers")));
    merge(home, work);
    EXPECT_EQ(decided(home, "offers", Class::promotional).verdict, Verdict::send);
    EXPECT_EQ(decided(work, "offers", Class::promotional).because, Because::no_consent);
    EXPECT_TRUE(person_wants(work, "offers"));
    ASSERT_TRUE(set(work, choosing("offers", false)));
    EXPECT_EQ(decided(home, "offers", Class::promotional).because, Because::not_wanted);
    EXPECT_FALSE(person_wants(home, "offers"));
}

TEST_P(Persons, the_longest_pause_counts_and_quiet_hours_of_all) {
    auto const work = customer("ada@work.example"), home = customer("ada@home.example");
    NewPreferences pause, quiet;
    pause.paused_until = now() + std::chrono::days(3);
    ASSERT_TRUE(set(home, pause));
    quiet.time_zone = Text<1, 64>{"Asia/Tokyo"};
    quiet.quiet_hours = nights();
    ASSERT_TRUE(set(work, quiet));
    merge(home, work);
    EXPECT_EQ(of_person(work).paused_until, *pause.paused_until);
    for (auto const who : {work, home}) {
        auto const waits = decided(who, "orders", Class::transactional);
        EXPECT_EQ(waits.verdict, Verdict::later);
        EXPECT_GE(*waits.at, *pause.paused_until);
        EXPECT_EQ(quiet_until(nights(), "Asia/Tokyo", *waits.at), std::nullopt);
        // When a pause is over, the other record's night counts still.
        auto const night = at("2027-01-10T15:00:00Z"), morning = at("2027-01-10T22:00:00Z");
        EXPECT_EQ(decided(who, "orders", Class::transactional, false, night).at, morning);
        EXPECT_EQ(decided(who, "orders", Class::transactional, true, night).verdict, Verdict::send);
    }
}

TEST_P(Persons, a_record_that_was_split_off_begins_with_what_was_refused) {
    auto const old = customer("ada@work.example"), made = customer("ada@home.example");
    ASSERT_TRUE(set(old, choosing("orders", false)));
    ASSERT_TRUE(give(old, consent("offers")));
    store().write_now([&](store::Tx& tx) { inherit(tx, act(), old, made); });
    EXPECT_FALSE(wants(made, "orders"));
    EXPECT_FALSE(wants(made, "offers"));
    EXPECT_TRUE(wants(old, "offers"));
}

}  // namespace
}  // namespace rapport::preferences
