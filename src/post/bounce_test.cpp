// Bounces on both engines: samples of every form that mail systems write, forged ones, and what follows from each.
#include "post/bounce.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdlib>
#include <fstream>

#include "channels/email/dsn.hpp"
#include "channels/sql.hpp"
#include "people/sql.hpp"
#include "post/inbound_http.hpp"
#include "post/outbox.hpp"
#include "post/sql.hpp"
#include "testing/process.hpp"
#include "testing/run_until.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;
using rapport::testing::file_text;

constexpr std::string_view domain = "bounces.example.org";

ReturnPaths paths_of(char octet) {
    Key256 key;
    key.fill(static_cast<std::uint8_t>(octet));
    return {key, domain};
}

std::string sample(std::string_view name, ReturnPaths const& paths, OutboxId letter) {
    auto const text = file_text("tests/corpus/bounces/" + std::string(name) + ".eml");
    EXPECT_FALSE(text.empty()) << name;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const rest = std::string_view(text).substr(i);
        if (rest.starts_with("{RETURN_PATH}")) {
            out += paths.return_path(letter).value;
            i += 12;
        } else if (rest.starts_with("{MESSAGE_ID}")) {
            out += paths.message_id_left(letter);
            i += 11;
        } else if (text[i] == '\n') {
            out += "\r\n";
        } else {
            out += text[i];
        }
    }
    return out;
}

struct Sample {
    std::string_view name;
    BounceClass what;
    bool failed;
    std::string_view status, form;
};
constexpr Sample samples[] = {
    {"postfix-unknown-user", BounceClass::hard, true, "5.1.1", "dsn"},
    {"postfix-mailbox-full", BounceClass::soft, true, "5.2.2", "dsn"},
    {"postfix-block-list", BounceClass::block, true, "5.7.1", "dsn"},
    {"postfix-delay", BounceClass::delayed, false, "4.4.1", "dsn"},
    {"success", BounceClass::delivered, false, "2.0.0", "dsn"},
    {"sendmail-host-unknown", BounceClass::hard, true, "5.1.2", "dsn"},
    {"exchange-online-not-found", BounceClass::hard, true, "5.1.10", "dsn"},
    {"exchange-online-edge-block", BounceClass::hard, true, "5.4.1", "dsn"},
    {"outlook-reputation", BounceClass::block, true, "5.7.1", "dsn"},
    {"gmail-no-such-user", BounceClass::hard, true, "5.1.1", "dsn"},
    {"gmail-unauthenticated", BounceClass::block, true, "5.7.26", "dsn"},
    {"status-only", BounceClass::hard, true, "5.0.0", "dsn"},
    {"international", BounceClass::hard, true, "5.1.1", "dsn"},
    {"feedback-abuse", BounceClass::complaint, false, "", "arf"},
    {"feedback-not-spam", BounceClass::unknown, false, "", "arf"},
    {"exim-no-such-user", BounceClass::hard, true, "5.1.1", "text"},
    {"qmail-no-mailbox", BounceClass::hard, true, "5.1.1", "text"},
    {"exchange-2003", BounceClass::hard, true, "5.1.1", "text"},
    {"postfix-old-delay", BounceClass::delayed, false, "4.4.1", "text"},
    {"unknown-words", BounceClass::unknown, false, "", "text"},
    {"sieve-vacation", BounceClass::auto_reply, false, "", "auto_reply"},
    {"outlook-away", BounceClass::auto_reply, false, "", "auto_reply"},
    {"gmail-vacation-without-field", BounceClass::auto_reply, false, "", "auto_reply"},
    {"persian-away", BounceClass::auto_reply, false, "", "auto_reply"},
    {"challenge", BounceClass::challenge, false, "", "challenge"},
    {"a-person", BounceClass::unknown, false, "", "mail"},
};

TEST(BounceReading, every_form_is_read_as_what_it_is) {
    auto const paths = paths_of('k');
    OutboxId const letter{77};
    for (auto const& one : samples) {
        auto const mail = email::read_mime(sample(one.name, paths, letter));
        ASSERT_TRUE(mail) << one.name;
        bool const has_sender = one.form == "mail" || one.form == "challenge" || one.form == "auto_reply";
        auto const report = read_report(*mail, has_sender ? "ada@example.net" : "");
        EXPECT_EQ(report.what, one.what) << one.name << ' ' << json::enum_name(report.what) << ' ' << report.diagnostic;
        EXPECT_EQ(report.form, one.form) << one.name;
        EXPECT_EQ(report.failed, one.failed) << one.name;
        EXPECT_EQ(report.status, one.status) << one.name;
        EXPECT_TRUE(is_plain_text(report.diagnostic)) << one.name;
    }
}

TEST(BounceReading, absence_notes_with_the_null_sender_are_no_bounces) {
    auto const paths = paths_of('k');
    for (auto const* name : {"sieve-vacation", "outlook-away"})
        EXPECT_EQ(read_report(*email::read_mime(sample(name, paths, OutboxId{1})), "").what, BounceClass::auto_reply)
            << name;
}

TEST(BounceReading, an_international_recipient_is_read_with_its_escapes) {
    auto const mail = email::read_mime(sample("international", paths_of('k'), OutboxId{1}));
    auto const dsn = email::dsn_from(*mail);
    ASSERT_TRUE(dsn);
    EXPECT_EQ(dsn->recipients[0].original_recipient, "آدا@example.net");
    EXPECT_EQ(dsn->recipients[0].final_recipient, "آدا@example.net");
}

TEST(BounceReading, every_prefix_of_every_sample_is_read_in_bounded_time) {
    auto const paths = paths_of('k');
    for (auto const& one : samples) {
        auto const whole = sample(one.name, paths, OutboxId{1});
        for (std::size_t n = 0; n < whole.size(); n += 37) {
            auto const mail = email::read_mime(whole.substr(0, n));
            if (mail) read_report(*mail, "");
        }
    }
}

TEST(BounceTables, are_in_order_and_the_documentation_prints_them) {
    for (auto const& row : words_table) EXPECT_EQ(row.words, ascii_lower(row.words));
    EXPECT_EQ(classify("4.1.1", "450 4.1.1 user unknown for now"), BounceClass::soft)
        << "a temporary status is never hard";
    EXPECT_EQ(classify("5.1.1", "550 5.1.1 sender address rejected: user unknown"), BounceClass::block);
    EXPECT_EQ(classify("5.1.1", ""), BounceClass::hard);
    EXPECT_EQ(classify("5.1.10", ""), BounceClass::hard);
    EXPECT_EQ(classify("5.2.2", ""), BounceClass::soft);
    EXPECT_EQ(classify("5.0.0", "550 no"), BounceClass::unknown);
    std::string const path = "docs/operators/bounce-tables.md";
    if (std::getenv("RAPPORT_WRITE_DOCS")) std::ofstream(path) << bounce_tables_page();
    EXPECT_EQ(file_text(path), bounce_tables_page());
}

TEST(Suppressions, are_written_as_a_table_that_no_spreadsheet_runs) {
    std::vector<Suppression> const list{
        {SuppressionId{1}, "=cmd@x.example", SuppressionReason::manual, "say \"no\"", {}, time_from_micros(0), {}}};
    EXPECT_EQ(to_csv(list),
              "id,address,reason,detail,letter,created_at,expires_at\r\nsup_0000000000001,\"'=cmd@x.example\",manual,"
              "\"say \"\"no\"\"\",,1970-01-01T00:00:00Z,\r\n");
}

// ---- With a store
// ----------------------------------------------------------------------------------------------------

class Returns : public test::StoreTest {
  protected:
    Returns()
        : StoreTest({people::sql::migrations, channels::sql::migrations, post::sql::migrations}),
          keyring(store::Keyring::open(folder() / "keys")) {}

    void SetUp() override {
        inbound = std::make_unique<Inbound>(store(), keyring, blobs(), InboundOptions{}, [this] { return now(); });
        bounces = std::make_unique<Bounces>(paths, policy);
        bounces->on_bounce("notice", [this](store::Reader&, Bounced const& bounced) -> Finish {
            last = bounced;
            return [](store::Tx& tx) { tx.publish({.kind = "test.told", .subject = "x"}); };
        });
        bounces->listen_to(*inbound);
    }

    template <class T>
    T await(Task<T> task) {
        static asio::io_context context{1};  // outlives the store, whose threads may still be letting go of it
        auto future = asio::co_spawn(context, std::move(task), asio::use_future);
        rapport::test::run_until(context,
                                 [&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        return future.get();
    }
    OutboxId letter_to(std::string to, std::string stream = "transactional") {
        Letter letter{"dlv_1", "notice", {std::move(to)}, Locale::en, "test", {}};
        letter.stream = std::move(stream);
        return store().write_now([&](store::Tx& tx) { return enqueue(tx, letter, now()); });
    }
    email::Kept take(std::string raw, std::vector<std::string> to, std::string from = "") {
        email::TakenMail mail{std::move(from), std::move(to), std::move(raw), "mx", false};
        return await(inbound->keep({std::move(mail), "127.0.0.1", email::Protocol::lmtp, false}));
    }
    // Takes a sample for a letter and handles it.
    InboundItem take_sample(std::string_view name, OutboxId letter, std::string from = "") {
        EXPECT_EQ(take(sample(name, paths, letter), {paths.return_path(letter).value}, std::move(from)),
                  email::Kept::durable);
        EXPECT_EQ(await(inbound->handle_waiting()), 1u);
        return items().front();
    }
    std::vector<InboundItem> items() {
        return store().read_now([](store::Reader& reader) { return list_inbound(reader, "", {}, 100); });
    }
    std::vector<Suppression> suppressed() {
        return store().read_now([&](store::Reader& reader) { return suppressions(reader, {}, now()); });
    }
    std::vector<Bounce> bounces_at(OutboxId letter) {
        return store().read_now([&](store::Reader& reader) { return bounces_of(reader, letter); });
    }
    std::int64_t events(std::string_view kind) {
        auto const all =
            store().read_now([](store::Reader& reader) { return store::Store::events_after(reader, 0, 1000); });
        return std::ranges::count(all, kind, &store::Event::kind);
    }

    store::Keyring keyring;
    ReturnPaths paths = paths_of('k');
    SuppressionPolicy policy;
    std::unique_ptr<Inbound> inbound;
    std::unique_ptr<Bounces> bounces;
    std::optional<Bounced> last;
};
RAPPORT_ON_BOTH_ENGINES(Returns);

TEST_P(Returns, a_hard_bounce_is_told_once_and_suppresses_the_address_for_a_time) {
    auto const letter = letter_to("Ada@Example.net");
    auto const item = take_sample("postfix-unknown-user", letter);
    EXPECT_EQ(item.kind, "bounce");
    EXPECT_EQ(item.letter, letter);
    EXPECT_EQ(item.state, InboundState::handled);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->owner, "dlv_1");
    EXPECT_EQ(last->status, "5.1.1");
    EXPECT_EQ(last->report, sha256(sample("postfix-unknown-user", paths, letter)));
    ASSERT_EQ(suppressed().size(), 1u);
    EXPECT_EQ(suppressed()[0].address, "ada@example.net");
    EXPECT_EQ(suppressed()[0].reason, SuppressionReason::hard);
    EXPECT_EQ(suppressed()[0].letter, letter);
    EXPECT_EQ(suppressed()[0].expires_at, now() + policy.hard);
    ASSERT_EQ(bounces_at(letter).size(), 1u);
    EXPECT_TRUE(bounces_at(letter)[0].told);
    take_sample("gmail-no-such-user", letter);
    EXPECT_EQ(events("test.told"), 1) << "a second report of the same letter changes nothing for its owner";
    EXPECT_EQ(events("bounce.received"), 2);
    advance(policy.hard);
    EXPECT_TRUE(suppressed().empty());
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return forget_expired(tx, now()); }), 1u);
    EXPECT_EQ(events("suppression.lifted"), 1);
}

TEST_P(Returns, a_bounce_waits_until_its_letters_acceptance_is_recorded) {
    auto const letter = letter_to("ada@example.net");
    auto const worker = store().write_now([&](store::Tx& tx) {
        auto const id = start_worker(tx, "test", now());
        claim(tx, id, 1, now());
        return id;
    });
    take(sample("postfix-unknown-user", paths, letter), {paths.return_path(letter).value});
    EXPECT_EQ(await(inbound->handle_waiting()), 0u);
    EXPECT_EQ(items()[0].state, InboundState::waiting);
    store().write_now([&](store::Tx& tx) {
        Outcome const accepted{letter, "dlv_1", "notice", Result::accepted, "mx", "250 ok", "2.0.0", now()};
        record(tx, {worker, 1, accepted}, false);
    });
    EXPECT_EQ(await(inbound->handle_waiting()), 1u);
    EXPECT_TRUE(last);
}

TEST_P(Returns, blocks_delays_and_absence_notes_suppress_nobody) {
    for (auto const* name : {"postfix-block-list", "outlook-reputation", "gmail-unauthenticated", "postfix-delay",
                             "success", "postfix-old-delay", "unknown-words", "sieve-vacation", "outlook-away",
                             "challenge", "a-person", "feedback-not-spam"})
        take_sample(name, letter_to("ada@example.net"), "ada@example.net");
    EXPECT_TRUE(suppressed().empty());
    EXPECT_EQ(events("test.told"), 3) << "the three blocks are failures of delivery all the same";
}

TEST_P(Returns, soft_bounces_suppress_for_a_short_time_when_they_come_again_and_again) {
    for (int i = 0; i < policy.soft_bounces; ++i) {
        EXPECT_TRUE(suppressed().empty());
        take_sample("postfix-mailbox-full", letter_to("ada@example.net"));
        advance(std::chrono::hours(1));
    }
    ASSERT_EQ(suppressed().size(), 1u);
    EXPECT_EQ(suppressed()[0].reason, SuppressionReason::soft);
}

TEST_P(Returns, a_complaint_is_found_by_the_return_path_inside_the_report) {
    auto const letter = letter_to("ada@example.net");
    EXPECT_EQ(take(sample("feedback-abuse", paths, letter), {"FBL@bounces.example.org"}, "feedback@isp.example.net"),
              email::Kept::durable);
    EXPECT_EQ(await(inbound->handle_waiting()), 1u);
    EXPECT_EQ(items()[0].kind, "complaint");
    ASSERT_EQ(suppressed().size(), 1u);
    EXPECT_EQ(suppressed()[0].reason, SuppressionReason::complaint);
    EXPECT_FALSE(suppressed()[0].expires_at);
    EXPECT_EQ(events("test.told"), 0);
}

TEST_P(Returns, what_is_forged_is_kept_and_has_no_effect) {
    auto const letter = letter_to("ada@example.net");
    auto const forged = paths_of('x');
    int n = 0;
    for (auto const* name : {"postfix-unknown-user", "gmail-no-such-user", "exim-no-such-user", "feedback-abuse"}) {
        EXPECT_EQ(take(sample(name, forged, letter), {"postmaster@bounces.example.org"}), email::Kept::durable);
        EXPECT_EQ(await(inbound->handle_waiting()), 1u) << ++n;
        EXPECT_EQ(items()[0].kind, "forged") << name << ' ' << items()[0].summary.value_or("");
        EXPECT_FALSE(items()[0].letter);
    }
    EXPECT_TRUE(suppressed().empty());
    EXPECT_TRUE(bounces_at(letter).empty());
    EXPECT_FALSE(last);
    auto const refusal = inbound->refusal();
    EXPECT_TRUE(refusal("", forged.return_path(letter).value)) << "at RCPT already";
    EXPECT_TRUE(refusal("", "somebody@elsewhere.example"));
    EXPECT_TRUE(refusal("", "somebody@bounces.example.org"));
    EXPECT_FALSE(refusal("", paths.return_path(letter).value));
    EXPECT_FALSE(refusal("", "Postmaster"));
}

TEST_P(Returns, without_the_return_path_our_signed_message_id_proves_the_letter) {
    for (auto const* name : {"gmail-no-such-user", "exim-no-such-user", "qmail-no-mailbox"}) {
        auto const letter = letter_to("ada@example.net");
        EXPECT_EQ(take(sample(name, paths, letter), {"postmaster@bounces.example.org"}), email::Kept::durable);
        EXPECT_EQ(await(inbound->handle_waiting()), 1u);
        EXPECT_EQ(items()[0].letter, letter) << name;
        EXPECT_EQ(bounces_at(letter).size(), 1u) << name;
    }
}

TEST_P(Returns, the_same_octets_again_are_one_mail_and_another_recipient_is_added) {
    auto const letter = letter_to("ada@example.net");
    auto const raw = sample("postfix-unknown-user", paths, letter);
    auto const to = paths.return_path(letter).value;
    EXPECT_EQ(take(raw, {to}), email::Kept::durable);
    EXPECT_EQ(take(raw, {to}), email::Kept::durable);
    EXPECT_EQ(take(raw, {to, "postmaster@bounces.example.org"}), email::Kept::durable);
    EXPECT_EQ(items().size(), 2u);
    EXPECT_EQ(inbound->counters().kept, 1);
    EXPECT_EQ(inbound->counters().again, 2);
    EXPECT_EQ(await(inbound->handle_waiting()), 2u);
    EXPECT_EQ(await(inbound->handle_waiting()), 0u);
    EXPECT_EQ(bounces_at(letter).size(), 1u);
    EXPECT_EQ(events("test.told"), 1);
    auto const id = items()[0].id;
    auto const kept = store().read_now([&](store::Reader& reader) { return inbound->raw(reader, id); });
    ASSERT_TRUE(kept);
    EXPECT_EQ(*kept, raw);
}

TEST_P(Returns, what_cannot_be_read_is_kept_and_shown) {
    auto const letter = letter_to("ada@example.net");
    for (std::string const& raw :
         {std::string("\0\xFF", 2), "Subject: " + std::string(300'000, 'x') + "\r\n\r\n", std::string()}) {
        EXPECT_EQ(take(raw, {paths.return_path(letter).value}), email::Kept::durable);
        EXPECT_EQ(await(inbound->handle_waiting()), 1u);
        EXPECT_EQ(items()[0].state, InboundState::unread) << items()[0].summary.value_or("");
        EXPECT_FALSE(items()[0].summary.value_or("").empty());
        auto const id = items()[0].id;
        auto const kept = store().read_now([&](store::Reader& reader) { return inbound->raw(reader, id); });
        ASSERT_TRUE(kept);
        EXPECT_EQ(*kept, raw);
    }
}

TEST_P(Returns, effects_that_cannot_be_written_do_not_stop_the_others) {
    inbound->on_recipient([](std::string_view to) { return to == "throws@bounces.example.org"; },
                          [](store::Reader&, Arrived const&) -> Understood {
                              return {"other", "", {}, [](store::Tx&) { throw std::runtime_error("never"); }};
                          });
    auto const letter = letter_to("ada@example.net");
    take("Subject: a\r\n\r\n", {"throws@bounces.example.org"});
    take(sample("postfix-unknown-user", paths, letter), {paths.return_path(letter).value});
    EXPECT_EQ(await(inbound->handle_waiting()), 2u);
    EXPECT_EQ(bounces_at(letter).size(), 1u);
    auto const all = items();
    EXPECT_EQ(std::ranges::count(all, InboundState::unread, &InboundItem::state), 1);
}

TEST_P(Returns, a_mail_to_the_unsubscribe_address_stops_promotional_letters_only) {
    auto const letter = letter_to("ada@example.net", "promotional");
    take("Subject: out of office\r\nAuto-Submitted: auto-replied\r\n\r\n", {paths.unsubscribe_address(letter).value});
    await(inbound->handle_waiting());
    EXPECT_TRUE(suppressed().empty()) << "a program's answer is no wish";
    take("Subject: unsubscribe\r\n\r\n", {paths.unsubscribe_address(letter).value}, "other@example.net");
    await(inbound->handle_waiting());
    ASSERT_EQ(suppressed().size(), 1u);
    EXPECT_EQ(suppressed()[0].address, "ada@example.net") << "whom the letter was for, whoever wrote";
    Asked const asked[] = {{"ADA@example.net", LetterClass::promotional},
                           {"ada@example.net", LetterClass::transactional},
                           {"ada@example.net", LetterClass::legal},
                           {"bob@example.net", LetterClass::promotional}};
    auto const held = store().read_now([&](store::Reader& reader) { return held_back(reader, asked, policy, now()); });
    EXPECT_TRUE(held[0] && held[0]->starts_with("suppressed: unsubscribed"));
    EXPECT_FALSE(held[1]);
    EXPECT_FALSE(held[2]);
    EXPECT_FALSE(held[3]);
}

TEST_P(Returns, who_knows_what_a_letter_was_about_decides_what_its_reader_unsubscribes_from) {
    std::vector<std::string> asked;
    bounces->on_unsubscribe([&](store::Reader&, OutboxItem const& item, Time) -> Finish {
        asked.push_back(item.to.value);
        return item.to.value.starts_with("ada") ? Finish([](store::Tx&) {}) : Finish();
    });
    for (auto const* to : {"ada@example.net", "bob@example.net"}) {
        auto const address = paths.unsubscribe_address(letter_to(to, "promotional"));
        take("Subject: x\r\n\r\n", {address.value}, to);
    }
    await(inbound->handle_waiting());
    EXPECT_EQ(asked, (std::vector<std::string>{"ada@example.net", "bob@example.net"}));
    ASSERT_EQ(suppressed().size(), 1u) << "only where nobody knows";
    EXPECT_EQ(suppressed()[0].address, "bob@example.net");
}

TEST_P(Returns, a_damaged_spool_is_found) {
    auto const letter = letter_to("ada@example.net", "promotional");
    take("Subject: unsubscribe\r\n\r\n", {paths.unsubscribe_address(letter).value}, "ada@example.net");
    await(inbound->handle_waiting());
    auto const faults = [&] { return store().read_now(check_returns).size(); };
    static constexpr auto both = [](std::string_view text) { return store::Query{"test.damage", text, text}; };
    static constexpr store::Query damages[] = {
        both("UPDATE suppression SET address = 'ADA@example.net'"),
        both("UPDATE inbound_recipient SET handled_at = NULL WHERE kind = 'unsubscribe'"),
        both("DELETE FROM inbound_message WHERE id = (SELECT max(id) FROM inbound_message)")};
    for (std::size_t i = 0; i < std::size(damages); ++i) {
        EXPECT_EQ(faults(), i);
        store().write_now([&](store::Tx& tx) { tx.exec(damages[i]); });
        EXPECT_EQ(faults(), i + 1) << damages[i].sqlite;
    }
}

TEST_P(Returns, each_reason_holds_back_what_its_table_says) {
    for (auto const& row : holds_back) {
        auto const id = store().write_now(
            [&](store::Tx& tx) { return suppress(tx, {"ada@example.net", row.reason, "5.1.1 gone"}, {}, now()).id; });
        for (auto const letter :
             {LetterClass::urgent, LetterClass::transactional, LetterClass::legal, LetterClass::promotional}) {
            std::vector<Asked> asked(40, Asked{"bob@example.net", letter});
            asked[37].address = "ada@example.net";
            auto const held =
                store().read_now([&](store::Reader& reader) { return held_back(reader, asked, policy, now()); });
            EXPECT_EQ(held[37].has_value(), stops(row.reason, letter)) << json::enum_name(row.reason);
            EXPECT_EQ(std::ranges::count_if(held, [](auto const& one) { return one.has_value(); }),
                      stops(row.reason, letter));
            SuppressionPolicy anyway;
            anyway.legal_anyway = true;
            auto const tried =
                store().read_now([&](store::Reader& reader) { return held_back(reader, asked, anyway, now()); });
            if (row.reason == SuppressionReason::hard && letter == LetterClass::legal) EXPECT_FALSE(tried[37]);
        }
        EXPECT_TRUE(store().write_now([&](store::Tx& tx) { return lift(tx, id, {}, now()); }));
        EXPECT_FALSE(store().write_now([&](store::Tx& tx) { return lift(tx, id, {}, now()); }));
    }
}

TEST_P(Returns, a_refusal_while_sending_follows_the_same_rules) {
    auto const letter = letter_to("ada@example.net");
    Outcome outcome{letter,
                    "dlv_1",
                    "notice",
                    Result::failed,
                    "mx.example.net [192.0.2.9]:25",
                    "550 5.1.1 <ada@example.net>: User unknown",
                    "5.1.1",
                    now()};
    auto const learn = [&] { store().write_now([&](store::Tx& tx) { learn_from_refusal(tx, outcome, policy); }); };
    outcome.result = Result::delayed;
    learn();
    outcome.result = Result::failed;
    outcome.ended_by = EndedBy::cancelled;
    learn();
    EXPECT_TRUE(suppressed().empty());
    outcome.ended_by = EndedBy::room;
    learn();
    ASSERT_EQ(suppressed().size(), 1u);
    EXPECT_EQ(suppressed()[0].detail, "5.1.1 550 5.1.1 <ada@example.net>: User unknown");
    outcome.server.clear();
    outcome.reply = "suppressed: hard bounce";
    outcome.enhanced_status = "5.7.0";
    learn();
    EXPECT_EQ(bounces_at(letter).size(), 1u) << "our own refusal teaches nothing";
}

TEST_P(Returns, a_suppressed_letter_is_claimed_with_its_reason) {
    store().write_now([&](store::Tx& tx) {
        return suppress(tx, {"ada@example.net", SuppressionReason::hard, "5.1.1 gone"}, {}, now());
    });
    letter_to("Ada@example.net");
    letter_to("bob@example.net");
    auto const claimed = store().write_now([&](store::Tx& tx) {
        auto const worker = start_worker(tx, "test", now());
        return claim(tx, worker, 10, now());
    });
    ASSERT_EQ(claimed.size(), 2u);
    for (auto const& letter : claimed)
        EXPECT_EQ(letter.held_back.has_value(), letter.to.value == "Ada@example.net") << letter.to.value;
}

}  // namespace
}  // namespace rapport::post
