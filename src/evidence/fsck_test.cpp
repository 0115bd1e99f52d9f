// What fsck finds when a row is changed behind the program's back, on both engines.
#include "evidence/fsck.hpp"

#include "evidence/package_fixture.hpp"

namespace rapport::evidence {
namespace {

class Fsck : public PackageTest {
  protected:
    std::vector<std::string> subjects() {
        std::vector<std::string> found;
        LogFsck const options{key_.key(), &parts_.trust};
        store().read_now([&](store::Reader& r) {
            counts_ = check_log(r, options, [&](LogFinding const& f) {
                if (found.empty() || found.back() != f.subject) found.push_back(f.subject);
            });
        });
        return found;
    }
    // The records that grow() appends are no XML: here only real ones.
    void fill() {
        using enum EventCode;
        for (auto event : {A1, C1, C3, D1}) happen(ours, event);
        for (std::int64_t d = 100; d < 360; ++d) {
            auto s = statement(d, A1);
            auto const record = *parts_.sealer.seal(s, test::today());
            store().write_now([&](store::Tx& tx) { append(tx, record, d, now()); });
        }
        publish();
        happen(theirs, A1);
        publish();
    }
    LogCounts counts_;
};
RAPPORT_ON_BOTH_ENGINES(Fsck);

TEST_P(Fsck, finds_nothing_in_a_whole_log) {
    fill();
    EXPECT_EQ(subjects(), std::vector<std::string>{});
    EXPECT_EQ(counts_.leaves, 265);
    EXPECT_EQ(counts_.evidence, 265);
    EXPECT_EQ(counts_.tiles, 1);
    EXPECT_EQ(counts_.checkpoints, 2);
    EXPECT_EQ(counts_.tokens, 4);
}

TEST_P(Fsck, names_what_was_changed) {
    fill();
    auto const has = [&](std::string const& subject) {
        auto const found = subjects();
        return std::ranges::find(found, subject) != found.end();
    };
    damage("UPDATE log_tile SET hashes = root");
    EXPECT_EQ(subjects(), std::vector<std::string>{"log tile 0/0"});
    damage("DELETE FROM log_tile");
    EXPECT_EQ(subjects(), std::vector<std::string>{"log tile 0/0"});
    damage("UPDATE log_head SET size = 264");
    EXPECT_TRUE(has("log head"));
    damage("UPDATE checkpoint SET root = (SELECT commitment FROM log_leaf WHERE leaf_index = 0) WHERE size = 265");
    EXPECT_TRUE(has("checkpoint 265"));
    damage(
        "UPDATE time_stamp SET token = (SELECT token FROM time_stamp WHERE about = 'evidence' ORDER BY id LIMIT 1) "
        "WHERE about = 'checkpoint' AND subject = 264");
    EXPECT_TRUE(has("checkpoint 264"));
    damage("UPDATE evidence SET salt = (SELECT commitment FROM log_leaf WHERE leaf_index = 0) WHERE delivery = 300");
    EXPECT_TRUE(has("log leaf 204"));
}

TEST_P(Fsck, notices_evidence_that_was_deleted_replaced_or_moved) {
    fill();
    damage("DELETE FROM evidence WHERE delivery = 7 AND number = 2");
    auto found = subjects();
    EXPECT_NE(std::ranges::find(found, "log leaf 1"), found.end());
    auto const third = store().read_now([](store::Reader& r) { return evidence_of(r, ours).at(1).id; });
    EXPECT_NE(std::ranges::find(found, to_text(third)), found.end());
    damage("DELETE FROM log_leaf WHERE leaf_index = 264");
    found = subjects();
    EXPECT_NE(std::ranges::find(found, "checkpoint 265"), found.end());
}

}  // namespace
}  // namespace rapport::evidence
