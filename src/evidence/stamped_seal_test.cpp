// Records that are stamped while they are sealed, the authority being in the process: on both engines, beside records
// whose stamps come by the queue.
#include "evidence/fsck.hpp"
#include "evidence/package_fixture.hpp"

namespace rapport::evidence {
namespace {

class StampedSeal : public PackageTest {
  protected:
    void stamp_while_sealing(Time clock = test::today()) {
        parts_.sealer.stamp_by(std::make_shared<TimeStampAuthority const>(*TimeStampAuthority::open(
                                   parts_.stamp.key_pem, parts_.stamp.certificate_pem, test::today())),
                               [clock] { return clock; });
    }
    std::int64_t waiting() {
        return store().read_now([](store::Reader& r) { return stamp_queue(r).waiting; });
    }
    std::vector<LogFinding> findings() {
        std::vector<LogFinding> found;
        store().read_now([&](store::Reader& r) {
            counts_ = check_log(r, {key_.key(), &parts_.trust}, [&](LogFinding const& f) { found.push_back(f); });
        });
        return found;
    }
    LogCounts counts_;
};
RAPPORT_ON_BOTH_ENGINES(StampedSeal);

TEST_P(StampedSeal, keeps_record_and_token_at_once_and_leaves_nothing_to_the_queue) {
    stamp_while_sealing();
    auto const sealed = happen(ours, EventCode::A1);
    ASSERT_FALSE(sealed.token.empty());
    EXPECT_EQ(waiting(), 0);
    auto const row = store().read_now([&](store::Reader& r) { return find_evidence(r, sealed.id); });
    ASSERT_TRUE(row && row->token);
    EXPECT_EQ(row->xml.bytes, sealed.xml);
    EXPECT_EQ(row->token->bytes, sealed.token);
    auto const verified = verify_evidence(*with_timestamp(row->xml.bytes, row->token->bytes), parts_.trust);
    EXPECT_TRUE(verified.ok());
    EXPECT_EQ(sealed.commitment, commitment(sealed.salt, sealed.xml));  // of the record, as without a stamp
}

TEST_P(StampedSeal, is_never_stamped_before_it_was_signed_though_the_clock_was_set_back) {
    stamp_while_sealing(test::today() - std::chrono::hours(3));
    auto const sealed = happen(ours, EventCode::A1);
    auto const verified = verify_evidence(*with_timestamp(sealed.xml, sealed.token), parts_.trust);
    ASSERT_TRUE(verified.ok());
    EXPECT_GE(*verified.stamped_time, *verified.signing_time);
}

TEST_P(StampedSeal, stands_in_one_chain_log_and_package_with_records_that_the_queue_stamped) {
    happen(ours, EventCode::A1);  // as before an upgrade: stamped by publish(), out of the queue
    publish();
    stamp_while_sealing();
    happen(ours, EventCode::C1);
    happen(theirs, EventCode::A1);
    publish();
    EXPECT_EQ(findings().size(), 0U);
    EXPECT_EQ(counts_.tokens, 5);  // two checkpoints, one by the queue, two with their seals
    auto const report = verify_package(packed(input()));
    EXPECT_TRUE(report.valid) << report_as_text(report, "it");
    ASSERT_EQ(report.evidence.size(), 2U);
    EXPECT_TRUE(report.evidence[0].stamped && report.evidence[1].stamped);
}

TEST_P(StampedSeal, with_another_records_token_is_found_by_fsck) {
    stamp_while_sealing();
    auto const sealed = happen(ours, EventCode::A1);
    happen(theirs, EventCode::A1);
    publish();
    ASSERT_EQ(findings().size(), 0U);
    damage("UPDATE evidence SET token = (SELECT token FROM evidence WHERE delivery = 8) WHERE delivery = 7");
    auto const found = findings();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].subject, to_text(sealed.id));
    EXPECT_NE(found[0].text.find("time_stamp"), std::string::npos);
}

TEST_P(StampedSeal, waits_for_the_queue_where_the_authority_gives_no_token) {
    // The authority's certificate has ended; the seal's has not.
    auto const later = test::today() + std::chrono::days(30);
    auto const brief = parts_.authority.issue(KeyPurpose::tsa, "Musterstadt", test::today(), 10);
    parts_.sealer.stamp_by(std::make_shared<TimeStampAuthority const>(
                               *TimeStampAuthority::open(brief.key_pem, brief.certificate_pem, test::today())),
                           [later] { return later; });
    auto const sealed = parts_.sealer.seal(statement(ours, EventCode::A1), later);
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(sealed->token.empty());
}

}  // namespace
}  // namespace rapport::evidence
