// Checkpoints and time stamps, on both engines.
#include "evidence/checkpoint.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "evidence/log_fixture.hpp"
#include "evidence/stamping.hpp"
#include "evidence/test_parts.hpp"

namespace rapport::evidence {
namespace {

NoteSigner test_signer() { return *NoteSigner::from("rapport.example.org/log", Bytes(32, 's')); }

TEST(Note, reads_what_it_signed_and_nothing_else) {
    auto const signer = test_signer();
    auto const note = signer.sign(checkpoint_text("rapport.example.org/log", {7, sha256("root")}));
    auto const opened = open_checkpoint(note, signer.key());
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->head, (TreeHead{7, sha256("root")}));
    for (std::size_t i = 0; i < note.size(); ++i) {
        auto changed = note;
        changed[i] ^= 1;
        EXPECT_FALSE(open_checkpoint(changed, signer.key())) << i;
    }
    EXPECT_FALSE(open_checkpoint(note, NoteSigner::from("rapport.example.org/log", Bytes(32, 't'))->key()));
    EXPECT_EQ(NoteKey::from_text(signer.key().text()), signer.key());
    EXPECT_FALSE(NoteKey::from_text("x+00000000+AAAA"));
    EXPECT_FALSE(NoteSigner::from("two words", Bytes(32, 's')));
}

TEST(Note, takes_the_key_and_note_of_the_signed_note_specification) {
    // The example of Go's golang.org/x/mod/sumdb/note, which C2SP signed-note describes.
    auto const key = NoteKey::from_text("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    ASSERT_TRUE(key);
    EXPECT_EQ(key->id(), 0xc74f20a3U);
}

class Checkpoints : public LogTest {
  protected:
    Expected<std::optional<Checkpoint>> publish() {
        auto next = store().read_now([&](store::Reader& r) { return next_checkpoint(r, prover_, signer_); });
        if (next && *next) store().write_now([&](store::Tx& tx) { keep_checkpoint(tx, **next, now()); });
        return next;
    }
    std::vector<std::string> events() {
        std::vector<std::string> kinds;
        for (auto const& event :
             store().read_now([](store::Reader& r) { return store::Store::events_after(r, 0, 1000); }))
            kinds.push_back(event.kind);
        return kinds;
    }
    Prover prover_;
    NoteSigner signer_ = test_signer();
};
RAPPORT_ON_BOTH_ENGINES(Checkpoints);

TEST_P(Checkpoints, are_published_when_the_log_has_grown_and_kept) {
    ASSERT_TRUE(publish());
    grow(5);
    auto const five = publish();
    ASSERT_TRUE(five && *five);
    EXPECT_EQ((*five)->head, (TreeHead{5, naive::root(logged(5))}));
    EXPECT_FALSE(*publish());  // nothing new
    grow(400);
    ASSERT_TRUE(publish());
    store().read_now([&](store::Reader& r) {
        EXPECT_EQ(last_checkpoint(r)->head.size, 405U);
        EXPECT_EQ(find_checkpoint(r, 5)->note, (*five)->note);
        EXPECT_TRUE(open_checkpoint(last_checkpoint(r)->note, signer_.key()));
        EXPECT_EQ(stamp_queue(r).waiting, 3);
    });
    EXPECT_EQ(events(), std::vector<std::string>(3, "log.checkpointed"));
}

TEST_P(Checkpoints, are_refused_when_an_old_backup_was_restored_or_a_leaf_replaced) {
    grow(10);
    ASSERT_TRUE(publish());
    damage(
        "UPDATE log_leaf SET commitment = (SELECT commitment FROM log_leaf WHERE leaf_index = 1) WHERE leaf_index = 0");
    grow(1);
    Prover fresh;
    auto const rewritten = store().read_now([&](store::Reader& r) { return next_checkpoint(r, fresh, signer_); });
    ASSERT_FALSE(rewritten);
    EXPECT_EQ(rewritten.error().code, "log_inconsistent");
    damage("DELETE FROM log_head");
    auto const restored = store().read_now([&](store::Reader& r) { return next_checkpoint(r, fresh, signer_); });
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, "log_inconsistent");
    auto const other = NoteSigner::from("elsewhere.example.org/log", Bytes(32, 's'));
    EXPECT_FALSE(store().read_now([&](store::Reader& r) { return next_checkpoint(r, fresh, *other); }));
}

Task<Expected<Bytes>> nobody_answers() { co_return fail(ErrorKind::unavailable, "tsa_unreachable", "Nobody answers."); }

class Stamps : public Checkpoints {};
RAPPORT_ON_BOTH_ENGINES(Stamps);

TEST_P(Stamps, wait_through_an_outage_which_is_recorded_once_and_are_drained_after_it) {
    test::Parts parts(now());
    auto authority = std::make_shared<TimeStampAuthority const>(
        *TimeStampAuthority::open(parts.stamp.key_pem, parts.stamp.certificate_pem, now()));
    auto statement = test::statement_of(EventCode::A1, now());
    auto const record = parts.sealer.seal(statement, now());
    ASSERT_TRUE(record);
    store().write_now([&](store::Tx& tx) {
        append(tx, *record, 7, now());
        want_time_stamp(tx, record->id, now());
    });
    ASSERT_TRUE(publish());

    std::atomic<bool> silent = true;
    auto const built_in = built_in_stamper(authority, [this] { return now(); });
    Stamper const stamper = [&](Digest imprint) { return silent ? nobody_answers() : built_in(imprint); };
    asio::io_context io;
    asio::co_spawn(io,
                   stamp(
                       store(), stamper, [this] { return now(); }, net::Stop(), std::chrono::milliseconds(1)),
                   [](std::exception_ptr) {});
    // Runs the job, time passing by, until the journal shows the event.
    auto const run_until = [&](std::string const& kind) {
        for (int i = 0; i < 2000 && std::ranges::count(events(), kind) == 0; ++i) {
            io.run_for(std::chrono::milliseconds(5));
            advance(std::chrono::seconds(10));
        }
    };
    run_until("tsa.unreachable");
    for (int i = 0; i < 20; ++i) {
        io.run_for(std::chrono::milliseconds(5));
        advance(std::chrono::seconds(10));
    }
    store().read_now([&](store::Reader& r) {
        EXPECT_EQ(stamp_queue(r).waiting, 2);
        EXPECT_TRUE(tsa_outage(r));
    });
    silent = false;
    run_until("tsa.recovered");
    for (int i = 0; i < 2000 && store().read_now([](store::Reader& r) { return stamp_queue(r).waiting; }); ++i)
        io.run_for(std::chrono::milliseconds(5));

    store().read_now([&](store::Reader& r) {
        EXPECT_FALSE(tsa_outage(r));
        auto const checkpoint = last_checkpoint(r);
        auto const token = checkpoint_token(r, checkpoint->head.size);
        ASSERT_TRUE(token);
        EXPECT_TRUE(verify_token(*token, sha256(checkpoint->note), parts.trust));
        auto const row = find_evidence(r, record->id);
        ASSERT_TRUE(row->token);
        EXPECT_EQ(row->xml.bytes, record->xml);
        EXPECT_TRUE(with_timestamp(row->xml.bytes, row->token->bytes));
    });
    auto const found = events();
    EXPECT_EQ(std::ranges::count(found, "tsa.unreachable"), 1);
    EXPECT_EQ(std::ranges::count(found, "tsa.recovered"), 1);
    close();  // before the loop that its completions go to
}

// Runs the job with an authority that treats every question as `answer` says, time passing by, until `done`.
class RefusedStamps : public Stamps {
  protected:
    void run(Stamper const& answer, std::function<bool()> const& done) {
        asio::io_context io;
        net::Stop const stop;
        asio::co_spawn(io,
                       stamp(
                           store(), answer, [this] { return now(); }, stop, std::chrono::milliseconds(1)),
                       [](std::exception_ptr) {});
        for (int i = 0; i < 2000 && !done(); ++i) {
            io.run_for(std::chrono::milliseconds(5));
            advance(std::chrono::seconds(10));
        }
        EXPECT_TRUE(done());
        stop.request();
        io.run_for(std::chrono::milliseconds(50));
    }
    std::ptrdiff_t seen(std::string const& kind) { return std::ranges::count(events(), kind); }
    std::int64_t waiting() {
        return store().read_now([](store::Reader& r) { return stamp_queue(r).waiting; });
    }
    static Task<Expected<Bytes>> reply(Expected<Bytes> what) { co_return what; }
    static Expected<Bytes> refusal() { return fail(ErrorKind::invalid, "tsa_refused", "The request was rejected."); }
};
RAPPORT_ON_BOTH_ENGINES(RefusedStamps);

TEST_P(RefusedStamps, are_an_outage_too_which_says_why_and_ends_with_the_next_good_token) {
    grow(1);
    ASSERT_TRUE(publish());
    int asked = 0;
    run([&](Digest) { return ++asked, reply(refusal()); }, [&] { return seen("tsa.unreachable") > 0; });
    EXPECT_GE(asked, 3);  // once is no outage
    auto const outage = store().read_now([](store::Reader& r) { return tsa_outage(r); });
    ASSERT_TRUE(outage);
    EXPECT_EQ(outage->failure, "The request was rejected.");
    run([](Digest) { return reply(Bytes("token")); }, [&] { return waiting() == 0; });
    EXPECT_EQ(seen("tsa.unreachable"), 1);
    EXPECT_EQ(seen("tsa.recovered"), 1);
}

TEST_P(RefusedStamps, do_not_block_the_queue_when_one_of_them_fails_for_its_own_sake) {
    for (auto const* code : {"tsa_refused", "tsa_unreachable"}) {
        grow(1);
        auto const poisoned = publish();
        ASSERT_TRUE(poisoned && *poisoned);
        Digest const imprint = sha256((*poisoned)->note);
        auto const before = waiting();
        run([](Digest) { return reply(fail(ErrorKind::unavailable, "tsa_unreachable", "Nobody answers.")); },
            [&] { return store().read_now([](store::Reader& r) { return tsa_outage(r).has_value(); }); });
        for (int i = 0; i < 5; ++i) {
            grow(1);
            ASSERT_TRUE(publish());
        }
        run(
            [&](Digest wanted) {
                if (wanted == imprint) return reply(fail(ErrorKind::unavailable, code, "Not this one."));
                return reply(Bytes("token"));
            },
            [&] { return waiting() == 1; });
        EXPECT_EQ(before, 1);
        run([](Digest) { return reply(Bytes("token")); }, [&] { return waiting() == 0; });
    }
}

TEST_P(Stamps, come_back_to_the_queue_when_who_claimed_them_died) {
    grow(1);
    ASSERT_TRUE(publish());
    auto const claim = [&] { return store().write_now([&](store::Tx& tx) { return claim_stamps(tx, now(), 10); }); };
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_EQ(claim().size(), 0U);
    advance(std::chrono::seconds(61));
    auto const again = claim();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempts, 2);
    store().write_now([&](store::Tx& tx) { keep_token(tx, again[0], "first", now()); });
    store().write_now([&](store::Tx& tx) { keep_token(tx, again[0], "second", now()); });
    EXPECT_EQ(store().read_now([](store::Reader& r) { return checkpoint_token(r, 1); }), "first");
}

}  // namespace
}  // namespace rapport::evidence
