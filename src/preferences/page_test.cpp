// The public page: one click, forged links, forms, double opt-in, every language.
#include <gmock/gmock.h>

#include "preferences/preferences_fixture.hpp"

namespace rapport::preferences {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using PageTest = PreferencesTest;
RAPPORT_ON_BOTH_ENGINES(PageTest);

TEST_P(PageTest, ADoubleOptInIsGivenByTheButtonBehindTheLetter) {
    auto const ada = customer("ada@example.org", Locale::fa);
    auto const asked = give(ada, consent("offers", Method::double_opt_in));
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->state, ConsentState::pending);
    EXPECT_EQ(decided(ada, "offers", Class::promotional).because, Because::no_consent);
    auto const letters = store().read_now([&](store::Reader& r) { return post::letters_of(r, to_text(asked->id)); });
    ASSERT_THAT(letters, SizeIs(1));
    EXPECT_EQ(letters[0].purpose, "consent");
    auto const token = module().desk().links.token(LinkFor::consent, asked->id.value, now());
    auto const page = get(token, "?lang=en");
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.html, HasSubstr("Yes, send me offers."));
    EXPECT_THAT(page.html, Not(HasSubstr("ada@example.org")));
    EXPECT_EQ(decided(ada, "offers", Class::promotional).because, Because::no_consent) << "looking gives nothing";
    EXPECT_EQ(post(token, "action=save&locale=en").status, 400) << "preferences come after the consent";
    EXPECT_EQ(post(token, "action=confirm").status, 200);
    EXPECT_EQ(decided(ada, "offers", Class::promotional).verdict, Verdict::send);
    auto const given = store().read_now([&](store::Reader& r) { return find_consent(r, asked->id); });
    EXPECT_EQ(given->remote, "203.0.113.0/24");
    EXPECT_EQ(post(token, "action=confirm").status, 200);
    EXPECT_THAT(events("consent.given"), SizeIs(1));
    // Another one, confirmed too late.
    auto const late = give(ada, consent("news", Method::double_opt_in));
    auto const old = module().desk().links.token(LinkFor::consent, late->id.value, now());
    advance(settings().confirm_life);
    EXPECT_EQ(post(old, "action=confirm").status, 410);
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return lapse(tx, now()); }), 1U);
    EXPECT_EQ(get(old).status, 410);
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(PageTest, OneClickUnsubscribesOnceAndLookingNever) {
    auto const ada = customer();
    ASSERT_TRUE(give(ada, consent()));
    auto const token = letter(ada, "offers");
    for (int i = 0; i < 3; ++i) {
        auto const page = get(token);
        EXPECT_EQ(page.status, 200);
        EXPECT_THAT(page.html, HasSubstr("Unsubscribe from “Offers”?"));
        EXPECT_THAT(page.html, HasSubstr("a•••@e•••.org"));
        EXPECT_THAT(page.html, Not(HasSubstr("ada@example.org")));
        EXPECT_THAT(page.html, Not(HasSubstr("Lovelace")));
        EXPECT_THAT(page.html, Not(HasSubstr("<script")));
    }
    EXPECT_TRUE(wants(ada, "offers"));
    EXPECT_EQ(post(token, one_click).status, 200);
    EXPECT_EQ(post(token, one_click).status, 200);
    EXPECT_FALSE(wants(ada, "offers"));
    EXPECT_THAT(events("consent.withdrawn"), SizeIs(1));
    EXPECT_THAT(events("preferences.changed"), SizeIs(1));
    EXPECT_EQ(events("preferences.changed")[0].data.at("how").as_string(), "one_click");
    EXPECT_THAT(get(token).html, HasSubstr("You are unsubscribed"));
    EXPECT_EQ(decided(ada, "orders", Class::transactional).verdict, Verdict::send) << "the rest goes on";
    // A transactional category is refused the same way, and only it.
    EXPECT_EQ(post(letter(ada, "orders", Class::transactional), one_click).status, 200);
    EXPECT_EQ(decided(ada, "orders", Class::transactional).because, Because::not_wanted);
    EXPECT_EQ(decided(ada, "payments", Class::transactional).verdict, Verdict::send);
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(PageTest, ForgedOldAndForeignLinksChangeNothing) {
    auto const ada = customer();
    ASSERT_TRUE(give(ada, consent()));
    auto const token = letter(ada, "offers");
    auto forged = token;
    forged[5] = forged[5] == 'A' ? 'B' : 'A';
    Links const foreign(random_key(), "https://other.example.org", std::chrono::days(60));
    for (auto const& bad : {forged, foreign.token(LinkFor::notice, 1, now()), std::string("x"),
                            module().desk().links.token(LinkFor::notice, 4711, now()),
                            module().desk().links.token(LinkFor::customer, 4711, now())}) {
        EXPECT_EQ(get(bad).status, 404);
        EXPECT_EQ(post(bad, one_click).status, 404);
    }
    EXPECT_EQ(post(token, "List-Unsubscribe=Two-Clicks").status, 400);
    EXPECT_EQ(post(token, "").status, 400);
    // A link of a customer's own page has nothing to unsubscribe from; one of a legal letter neither.
    EXPECT_EQ(post(module().desk().links.token(LinkFor::customer, ada.value, now()), one_click).status, 400);
    EXPECT_EQ(post(letter(ada, "security", Class::legal), one_click).status, 400);
    advance(settings().link_life + std::chrono::days(1));
    EXPECT_EQ(post(token, one_click).status, 410);
    EXPECT_TRUE(wants(ada, "offers"));
}

TEST_P(PageTest, APageSavesWhatItShows) {
    auto const ada = customer();
    auto const token = module().desk().links.token(LinkFor::customer, ada.value, now());
    auto const shown = std::string("&shown=orders&shown=payments&shown=offers&shown=news");
    auto const saved = post(token, "action=save&locale=it&zone=Europe%2FRome" + shown +
                                       "&want=payments&want=offers&days.1=sat&days.1=sun&from.1=20:00&until.1=09:30"
                                       "&from.2=&until.2=&pause=2027-01-10");
    EXPECT_EQ(saved.status, 200);
    EXPECT_THAT(saved.html, HasSubstr("Le Sue preferenze sono salvate."));
    auto const wishes = view(ada);
    EXPECT_EQ(wishes.locale, Locale::it);
    EXPECT_EQ(wishes.time_zone, "Europe/Rome");
    EXPECT_EQ(wishes.quiet_hours, (QuietHours{{{Day::sat, Day::sun}, {20 * 60}, {9 * 60 + 30}}}));
    EXPECT_EQ(wishes.paused_until,
              now() < at("2027-01-09T23:00:00Z") ? std::optional(at("2027-01-09T23:00:00Z")) : std::nullopt);
    EXPECT_FALSE(wants(ada, "orders"));
    EXPECT_TRUE(wants(ada, "payments"));
    EXPECT_TRUE(wants(ada, "offers"));
    EXPECT_FALSE(wants(ada, "news"));
    // The box gave a consent, with the words beside it, as they were shown.
    auto const all = store().read_now([&](store::Reader& r) { return consents_of(r, ada); });
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].method, Method::page);
    EXPECT_EQ(all[0].wording,
              "Yes, Example Utilities may send me “Offers” by e-mail. I can withdraw this consent here at any time.");
    EXPECT_EQ(all[0].locale, Locale::en);
    // Unticked, it is withdrawn.
    EXPECT_EQ(post(token, "action=save&locale=it" + shown + "&want=payments&want=orders").status, 200);
    EXPECT_FALSE(wants(ada, "offers"));
    EXPECT_TRUE(wants(ada, "orders"));
    EXPECT_THAT(view(ada).quiet_hours, IsEmpty());
    // Nonsense is said, what was typed stands there again, nothing is stored.
    auto const wrong = post(token, "action=save&locale=fa" + shown + "&from.1=07:00&until.1=07:00", "?lang=en");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_THAT(wrong.html, HasSubstr("Nothing was saved yet"));
    EXPECT_THAT(wrong.html, HasSubstr("value=\"07:00\""));
    EXPECT_EQ(post(token, "action=save" + shown + "&from.1=aa&until.1=07:00").status, 422);
    EXPECT_EQ(post(token, "action=save" + shown + "&pause=2027-13-40").status, 422);
    EXPECT_EQ(view(ada).locale, Locale::it);
    EXPECT_TRUE(wants(ada, "orders"));
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_P(PageTest, EveryLanguageHasEveryWordOfThePage) {
    auto const ada = customer();
    NewPreferences wanted;
    wanted.quiet_hours = nights();
    ASSERT_TRUE(set(ada, wanted));
    ASSERT_TRUE(give(ada, consent()));
    auto const asked = give(ada, consent("news", Method::double_opt_in)).value();
    auto const question = module().desk().links.token(LinkFor::consent, asked.id.value, now());
    auto const token = letter(ada, "offers");
    for (auto const* language : {"en", "it", "th", "ja", "ko", "fa"}) {
        auto const query = std::string("?lang=") + language;
        EXPECT_EQ(get(token, query).status, 200);
        EXPECT_EQ(get(question, query).status, 200);
        EXPECT_EQ(get("x", query).status, 404);
        EXPECT_THAT(get(token, query).html, HasSubstr("<html lang=\"" + std::string(language) + "\" dir=\"" +
                                                      (language == std::string("fa") ? "rtl" : "ltr")));
        for (auto const* body : {"action=save&from.1=aa", "nothing=1"}) (void)post(token, body, query);
    }
    EXPECT_EQ(post(question, "action=confirm").status, 200);
    ASSERT_EQ(post(token, one_click).status, 200);
    for (auto const* language : {"en", "it", "th", "ja", "ko", "fa"}) {
        EXPECT_EQ(get(question, std::string("?lang=") + language).status, 200);
        EXPECT_EQ(get(token, std::string("?lang=") + language).status, 200);
    }
}

TEST_P(PageTest, AMailToTheUnsubscribeAddressIsTheSameWish) {
    auto const ada = customer();
    ASSERT_TRUE(give(ada, consent()));
    letter(ada, "offers");
    auto const finish = store().read_now(
        [&](store::Reader& reader) { return module().unsubscribe_by_mail(reader, "dlv_offer", now()); });
    ASSERT_TRUE(finish);
    store().write_now([&](store::Tx& tx) {
        finish(tx);
        return true;
    });
    EXPECT_FALSE(wants(ada, "offers"));
    EXPECT_EQ(events("consent.withdrawn")[0].data.at("how").as_string(), "mail");
    EXPECT_FALSE(store().read_now(
        [&](store::Reader& reader) { return module().unsubscribe_by_mail(reader, "dlv_other", now()); }));
}

TEST_P(PageTest, TheKeyOfLinksIsMadeOnceAndStays) {
    auto const keyring = store::Keyring::open(folder() / "keys");
    auto const first = Links::key_of(store(), keyring, true, now());
    EXPECT_EQ(Links::key_of(store(), keyring, true, now()), first);
    EXPECT_EQ(Links::key_of(store(), keyring, false, now()), first);
}

}  // namespace
}  // namespace rapport::preferences
