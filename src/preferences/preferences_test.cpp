// Wishes, consents, quiet hours, links and the public page.
#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <deque>

#include "channels/sql.hpp"
#include "evidence/checkpoint.hpp"
#include "evidence/fsck.hpp"
#include "evidence/keys.hpp"
#include "evidence/sql.hpp"
#include "net/net.hpp"
#include "people/sql.hpp"
#include "post/post.hpp"
#include "post/sql.hpp"
#include "preferences/http.hpp"
#include "preferences/page_view.hpp"
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::preferences {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Time at(std::string_view text) { return time_from_text(text).value(); }

// ---- quiet hours

QuietHours nights() { return {{{}, {22 * 60}, {7 * 60}}}; }

TEST(QuietHours, EndInTheMorningOfTheCustomersOwnZone) {
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T23:30:00+01:00")), at("2026-11-23T07:00:00+01:00"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T05:00:00+01:00")), at("2026-11-22T07:00:00+01:00"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T07:00:00+01:00")), std::nullopt);
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T21:59:59+01:00")), std::nullopt);
    // The same moment is night in Tokyo only.
    EXPECT_EQ(quiet_until(nights(), "Asia/Tokyo", at("2026-11-22T14:00:00Z")), at("2026-11-22T22:00:00Z"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T14:00:00Z")), std::nullopt);
    EXPECT_EQ(quiet_until({}, "Europe/Rome", at("2026-11-22T23:30:00Z")), std::nullopt);
}

TEST(QuietHours, FollowOneAnotherAndKnowDaysOfTheWeek) {
    // Sunday 22 November 2026. Weekends all day, nights before working days.
    QuietHours const hours{{{Day::sat, Day::sun}, {0}, {23 * 60 + 59}},
                           {{Day::sun}, {23 * 60 + 59}, {8 * 60}},
                           {{Day::mon}, {8 * 60}, {9 * 60 + 15}}};
    EXPECT_EQ(quiet_until(hours, "Asia/Tehran", at("2026-11-22T10:00:00+03:30")), at("2026-11-23T09:15:00+03:30"));
    EXPECT_EQ(quiet_until(hours, "Asia/Tehran", at("2026-11-24T08:30:00+03:30")), std::nullopt);
}

TEST(QuietHours, EndAtTheSameTimeOnTheClockWhenClocksAreChanged) {
    // Rome: 29 March 2026, 02:00 becomes 03:00; 25 October 2026, 03:00 becomes 02:00.
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-03-28T23:00:00+01:00")), at("2026-03-29T07:00:00+02:00"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-10-24T23:00:00+02:00")), at("2026-10-25T07:00:00+01:00"));
    QuietHours const early{{{}, {60}, {2 * 60 + 30}}};
    // 02:30 is skipped: the clocks go from 02:00 to 03:00, and quiet ends with it.
    EXPECT_EQ(quiet_until(early, "Europe/Rome", at("2026-03-29T01:30:00+01:00")), at("2026-03-29T03:00:00+02:00"));
    // 02:30 comes twice: before the first the first counts, after it the second.
    EXPECT_EQ(quiet_until(early, "Europe/Rome", at("2026-10-25T01:30:00+02:00")), at("2026-10-25T02:30:00+02:00"));
    EXPECT_EQ(quiet_until(early, "Europe/Rome", at("2026-10-25T02:10:00+01:00")), at("2026-10-25T02:30:00+01:00"));
    // In New York the hour from 1 to 2 comes twice on 1 November 2026.
    EXPECT_EQ(quiet_until(nights(), "America/New_York", at("2026-11-01T00:30:00-04:00")),
              at("2026-11-01T07:00:00-05:00"));
}

// Whatever the hours and the moment: what comes out lies outside of all windows, and not before the moment.
TEST(QuietHours, AlwaysEndOutsideOfThemselves) {
    QuietHours const hours{{{Day::mon, Day::wed}, {9 * 60}, {17 * 60}},
                           {{}, {21 * 60}, {6 * 60 + 45}},
                           {{Day::sun}, {6 * 60}, {20 * 60 + 30}}};
    for (auto const* zone : {"Europe/Rome", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe", "Africa/Cairo"})
        for (auto due = at("2026-03-01T00:00:00Z"); due < at("2026-12-01T00:00:00Z");
             due += std::chrono::minutes(173)) {
            auto const end = quiet_until(hours, zone, due);
            if (!end) continue;
            ASSERT_GT(*end, due) << zone << to_text(due);
            ASSERT_EQ(quiet_until(hours, zone, *end), std::nullopt) << zone << ' ' << to_text(due);
        }
}

TEST(QuietHours, ThatLeaveNoTimeAreRefused) {
    EXPECT_THAT(faults_of(nights(), "/q"), IsEmpty());
    EXPECT_THAT(faults_of({{{}, {0}, {0}}}, "/q"), SizeIs(1));
    EXPECT_THAT(faults_of({{{}, {0}, {12 * 60}}, {{}, {12 * 60}, {23 * 60 + 30}}}, "/q"), SizeIs(1));
    EXPECT_THAT(faults_of({{{}, {0}, {12 * 60}}, {{}, {12 * 60}, {23 * 60}}}, "/q"), IsEmpty());
    EXPECT_THAT(faults_of({{{Day::mon, Day::mon}, {0}, {60}}}, "/q"), SizeIs(1));
    EXPECT_THAT(faults_of(QuietHours(most_windows + 1, QuietWindow{{}, {0}, {60}}), "/q"), SizeIs(1));
    TimeOfDay time;
    for (auto const* bad : {"24:00", "7:00", "07:60", "", "07-00", "07:00:00"})
        EXPECT_FALSE(from_text(bad, time)) << bad;
}

// ---- links

TEST(Links, AreRefusedWhenForgedForeignOrOld) {
    Links const links(random_key(), "https://post.example.org", std::chrono::days(60));
    auto const now = at("2026-11-22T10:00:00Z");
    auto const token = links.token(LinkFor::notice, 4711, now);
    auto const opened = links.open(token, now);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->subject, 4711);
    EXPECT_EQ(opened->what, LinkFor::notice);
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto forged = token;
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(links.open(forged, now)) << i;
    }
    EXPECT_FALSE(links.open(token + "A", now));
    EXPECT_FALSE(links.open("", now));
    EXPECT_EQ(Links(random_key(), "https://post.example.org", std::chrono::days(60)).open(token, now).error().kind,
              ErrorKind::not_found);
    EXPECT_TRUE(links.open(token, now + std::chrono::days(60)));
    EXPECT_EQ(links.open(token, now + std::chrono::days(61)).error().code, "link_expired");
    EXPECT_NE(token, links.token(LinkFor::customer, 4711, now));
}

TEST(Remote, AddressesAreKeptAsThePolicySays) {
    using enum Settings::Remote;
    EXPECT_EQ(kept_remote(truncated, "192.0.2.77"), "192.0.2.0/24");
    EXPECT_EQ(kept_remote(truncated, "2001:db8:1:2:3::4"), "2001:db8:1::/48");
    EXPECT_EQ(kept_remote(full, "192.0.2.77"), "192.0.2.77");
    EXPECT_EQ(kept_remote(none, "192.0.2.77"), std::nullopt);
    EXPECT_EQ(kept_remote(full, "not an address"), std::nullopt);
}

// ---- with a database

class PreferencesTest : public test::StoreTest {
  protected:
    PreferencesTest()
        : StoreTest({evidence::sql::migrations, people::sql::migrations, channels::sql::migrations,
                     post::sql::migrations, sql::migrations}) {}
    ~PreferencesTest() override {
        module_.reset();
        close();
    }

    Preferences& module() {
        if (module_) return *module_;
        Settings settings;
        settings.organisation = "Example Utilities";
        settings.public_url = "https://post.example.org";
        settings.zone = "Europe/Rome";
        Links links(key_, settings.public_url, settings.link_life);
        module_ = std::make_unique<Preferences>(store(), prover_, Desk{settings, links}, [this] { return now(); });
        module_->put_stock_on_shelf();
        module_->know_notices({[this](store::Reader&, std::int64_t notice) -> std::optional<AboutNotice> {
                                   auto const found = notices_.find(notice);
                                   if (found == notices_.end()) return std::nullopt;
                                   return found->second;
                               },
                               [](store::Reader&, std::string_view owner) -> std::optional<std::int64_t> {
                                   if (owner != "dlv_offer") return std::nullopt;
                                   return 1;
                               }});
        routes_ = page_routes(*module_);
        return *module_;
    }
    Settings const& settings() { return module().settings(); }
    Act act() const { return {{ActorKind::agent, 7, "Ann"}, now(), "198.51.100.7", "r1"}; }
    CustomerId customer(std::string email = "ada@example.org", Locale locale = Locale::en) {
        module();
        return store().write_now(
            [&](store::Tx& tx) { return people::customer_for(tx, {std::move(email)}, "Ada Lovelace", locale, now()); });
    }
    // A letter of that category went out; the token of its link.
    std::string letter(CustomerId who, std::string category, Class class_ = Class::promotional) {
        auto const number = static_cast<std::int64_t>(notices_.size()) + 1;
        notices_[number] = {who, std::move(category), class_, Locale::en};
        return module().desk().links.token(LinkFor::notice, number, now());
    }
    NewConsent consent(std::string category = "offers", Method method = Method::form) {
        NewConsent wanted;
        wanted.category = {std::move(category)};
        wanted.method = method;
        wanted.wording = {{"Yes, send me offers."}, {"2026-1"}, Locale::en};
        wanted.remote = Text<1, 64>{"192.0.2.77"};
        wanted.source = Text<1, 500>{"https://shop.example.org/checkout"};
        return wanted;
    }
    Expected<ConsentView> give(CustomerId who, NewConsent const& wanted) {
        return store().write_now(
            [&](store::Tx& tx) { return add_consent(tx, module().desk(), act(), who, wanted, How::api); });
    }
    Expected<PreferencesView> set(CustomerId who, NewPreferences const& wanted) {
        return store().write_now(
            [&](store::Tx& tx) { return set_preferences(tx, settings(), act(), who, wanted, How::api); });
    }
    PreferencesView view(CustomerId who) {
        return store()
            .read_now([&](store::Reader& reader) { return find_preferences(reader, who, settings().zone, now()); })
            .value();
    }
    bool wants(CustomerId who, std::string_view category) {
        for (auto const& choice : view(who).choices)
            if (choice.category == category) return choice.wanted;
        return false;
    }
    Decided decided(std::optional<CustomerId> who, std::string_view category, Class class_, bool urgent = false,
                    std::optional<Time> due = {}) {
        module();
        return store().read_now([&](store::Reader& reader) {
            return decide(reader, {who, category, class_, urgent, due.value_or(now())}, settings().zone);
        });
    }
    std::vector<store::Event> events(std::string_view kind) {
        static constexpr store::Query every{
            "test.events",
            "SELECT seq, at, kind, subject, customer, actor_kind, actor_id, journey, data "
            "FROM journal WHERE kind = $1 ORDER BY seq",
            "SELECT seq, at, kind, subject, customer, actor_kind, actor_id, journey, data "
            "FROM journal WHERE kind = $1 ORDER BY seq"};
        return store().read_now([&](store::Reader& reader) { return reader.all<store::Event>(every, kind); });
    }
    std::vector<std::string> faults() {
        std::vector<std::string> found;
        store().read_now([&](store::Reader& reader) {
            check_preferences(reader, [&](Finding const& f) { found.push_back(f.subject + ' ' + f.text); });
            return true;
        });
        return found;
    }

    struct Page {
        int status = 0;
        std::string html;
    };
    Page ask(net::Method method, std::string const& token, std::string body = "", std::string const& query = "") {
        module();
        net::RequestParts parts;
        parts.method = method;
        parts.target = "/u/" + token + query;
        parts.remote_address = "203.0.113.9";
        parts.now = now();
        parts.headers.add("Content-Type", "application/x-www-form-urlencoded");
        parts.body = std::move(body);
        net::Request request(std::move(parts));
        auto const& list = routes_.rows();
        auto const route = std::ranges::find_if(
            list, [&](net::Route const& one) { return one.method == method && one.path == "/u/{token}"; });
        request.set_parameters({token});
        asio::io_context context;
        net::Response response;
        asio::co_spawn(context, route->run(request), [&](std::exception_ptr error, net::Response made) {
            if (error) std::rethrow_exception(error);
            response = std::move(made);
        });
        context.run();
        EXPECT_EQ(response.headers.find("Set-Cookie"), "");
        return {response.status, std::get<std::string>(response.body)};
    }
    Page get(std::string const& token, std::string const& query = "") {
        return ask(net::Method::get, token, "", query);
    }
    Page post(std::string const& token, std::string body, std::string const& query = "") {
        return ask(net::Method::post, token, std::move(body), query);
    }
    static constexpr auto one_click = "List-Unsubscribe=One-Click";

    Key256 const key_ = random_key();
    evidence::Prover prover_;
    std::map<std::int64_t, AboutNotice> notices_;
    std::unique_ptr<Preferences> module_;
    net::Routes routes_;
};
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

TEST_P(PreferencesTest, ADoubleOptInIsGivenByTheButtonBehindTheLetter) {
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

TEST_P(PreferencesTest, OneClickUnsubscribesOnceAndLookingNever) {
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

TEST_P(PreferencesTest, ForgedOldAndForeignLinksChangeNothing) {
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

TEST_P(PreferencesTest, APageSavesWhatItShows) {
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

TEST_P(PreferencesTest, EveryLanguageHasEveryWordOfThePage) {
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

TEST_P(PreferencesTest, AMailToTheUnsubscribeAddressIsTheSameWish) {
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

TEST_P(PreferencesTest, TheKeyOfLinksIsMadeOnceAndStays) {
    auto const keyring = store::Keyring::open(folder() / "keys");
    auto const first = Links::key_of(store(), keyring, true, now());
    EXPECT_EQ(Links::key_of(store(), keyring, true, now()), first);
    EXPECT_EQ(Links::key_of(store(), keyring, false, now()), first);
}

}  // namespace
}  // namespace rapport::preferences
