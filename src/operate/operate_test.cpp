// Parts of operations that stand alone: who may open a backup, packs, the metrics' text, journeys, retention.
#include <gtest/gtest.h>

#include <fstream>

#include "delivery/sql.hpp"
#include "operate/exposition.hpp"
#include "operate/journal_log.hpp"
#include "operate/pack.hpp"
#include "operate/retention.hpp"
#include "operate/sql.hpp"
#include "people/people.hpp"
#include "people/sql.hpp"
#include "post/sql.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::operate {
namespace {

TEST(Protection, OpensWithThePassphraseAndWithNothingElse) {
    auto const key = random_key();
    auto const wrapped = *protect(key, {.passphrase = "correct horse"});
    EXPECT_EQ(*unlock(wrapped, {.passphrase = "correct horse"}), key);
    EXPECT_EQ(unlock(wrapped, {.passphrase = "wrong"}).error().code, "backup_locked");
    EXPECT_EQ(unlock(wrapped, {}).error().code, "backup_locked");
    EXPECT_EQ(protect(key, {.recipient = "no key"}).error().code, "recipient_unreadable");
    EXPECT_EQ(unlock({WrappedKey{.by = "passphrase", .salt = "00", .memory_kib = 1 << 30, .passes = 1, .box = "00"}},
                     {.passphrase = "x"})
                  .error()
                  .code,
              "backup_locked");
}

TEST(Packs, GiveBackWhatWasPutInAndNotWhatWasChanged) {
    test::TemporaryFolder const folder;
    std::filesystem::create_directories(folder.path() / "one");
    auto const key = random_key();
    auto const wrapped = *protect(key, {.passphrase = "p"});
    PackWriter writer(folder.path(), "one", key, wrapped);
    Bytes const first(10'000, 'a'), second = random_bytes(5'000);
    auto const a = writer.add(first), b = writer.add(second);
    auto const files = writer.finish();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_LT(a.size, 1'000U);
    ChunkPlace const at_a{0, a.offset, a.size, 10'000}, at_b{0, b.offset, b.size, 5'000};
    PackReader reader(folder.path(), {.passphrase = "p"});
    EXPECT_EQ(*reader.read(files[0].name, at_a), first);
    EXPECT_EQ(*reader.read(files[0].name, at_b), second);
    EXPECT_EQ(PackReader(folder.path(), {}).read(files[0].name, at_a).error().code, "backup_locked");
    EXPECT_EQ(reader.read("one/0002.pack", at_a).error().code, "pack_damaged");
    {
        std::fstream file(folder.path() / files[0].name, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(static_cast<std::streamoff>(b.offset) + 100);
        file.put('!');
    }
    EXPECT_EQ(reader.read(files[0].name, at_b).error().code, "pack_damaged");
    EXPECT_EQ(*reader.read(files[0].name, at_a), first);
}

TEST(Exposition, IsPrometheusText) {
    Exposition out;
    out.value("rapport_tsa_up", 1);
    out.value("rapport_deliveries", {{"kind", "plain"}, {"state", "a\"b\\c\nd"}}, 3);
    out.value("rapport_deliveries", {{"kind", "registered"}, {"state", "sent"}}, 4);
    std::array const bounds{0.1, 1.0};
    std::array<std::uint64_t, 3> const counts{1, 2, 3};
    out.histogram("rapport_store_commit_duration_seconds", {}, bounds, counts, 9.5);
    auto const text = out.take();
    EXPECT_NE(text.find("# TYPE rapport_tsa_up gauge\nrapport_tsa_up 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("{kind=\"plain\",state=\"a\\\"b\\\\c\\nd\"} 3\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("# TYPE rapport_deliveries"), text.rfind("# TYPE rapport_deliveries"));
    EXPECT_NE(text.find("_bucket{le=\"1\"} 3\n"), std::string::npos) << text;
    EXPECT_NE(text.find("_bucket{le=\"+Inf\"} 6\n"), std::string::npos) << text;
    EXPECT_NE(text.find("_sum 9.5\n"), std::string::npos) << text;
}

TEST(Metrics, AreDocumentedAsTheTableHasThem) {
    std::ifstream file("docs/operators/metrics.md");
    std::string const page(std::istreambuf_iterator<char>(file), {});
    EXPECT_NE(page.find(metrics_as_markdown()), std::string::npos)
        << "docs/operators/metrics.md is out of date; the table is\n"
        << metrics_as_markdown();
}

TEST(Journey, IsTheEventsOwnOrItsOwnersOrItsSubject) {
    store::Event event;
    event.subject = "out_1";
    EXPECT_EQ(journey_of(event), "out_1");
    event.data["owner"] = "dlv_1";
    EXPECT_EQ(journey_of(event), "dlv_1");
    event.journey = "jrn_1";
    EXPECT_EQ(journey_of(event), "jrn_1");
}

class RetentionRules : public test::StoreTest {
  protected:
    RetentionRules()
        : StoreTest({people::sql::migrations, post::sql::migrations, delivery::sql::migrations, sql::migrations}) {}
    void audit(int lines) {
        store().write_now([&](store::Tx& tx) {
            for (int i = 0; i < lines; ++i)
                people::audit(tx, {{ActorKind::system, 0, "test"}, now(), {}, {}}, "test.done", "x",
                              people::AuditOutcome::done, {});
        });
    }
    RetentionLine line(Retention const& rules, std::string_view kind) {
        auto const report =
            store().read_now([&](store::Reader& reader) { return retention_report(reader, rules, now()); });
        for (auto const& one : report)
            if (one.kind == kind) return one;
        return {};
    }
};
RAPPORT_ON_BOTH_ENGINES(RetentionRules);

TEST_P(RetentionRules, RemoveWhatIsOlderAndSaySo) {
    Retention const rules{.audit = std::chrono::hours(48)};
    audit(1'500);
    advance(std::chrono::hours(72));
    audit(3);
    EXPECT_EQ(line({}, "audit").due, 0) << "without a rule nothing is due";
    EXPECT_EQ(line(rules, "audit").due, 1'500);
    auto const removed = apply_retention(store(), rules, now());
    for (auto const& [kind, n] : removed) EXPECT_EQ(n, kind == "audit" ? 1'500 : 0) << kind;
    EXPECT_EQ(line(rules, "audit").total, 4);  // with the line that says so
    auto const lines =
        store().read_now([&](store::Reader& reader) { return people::audit_lines(reader, {}, std::nullopt, 10); });
    EXPECT_EQ(lines.front().verb, "retention.applied");
}

}  // namespace
}  // namespace rapport::operate
