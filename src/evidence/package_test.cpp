// Packages: what they hold, and that whatever is wrong with one is named.
#include <set>

#include "evidence/cades.hpp"
#include "evidence/manifest.hpp"
#include "evidence/package_fixture.hpp"
#include "evidence/proof_text.hpp"

namespace rapport::evidence {
namespace {

using Names = std::vector<std::string>;

TEST(Zip, gives_back_what_was_put_in_and_notices_every_changed_byte) {
    std::vector<zip::Entry> const entries{{"mimetype", "x"}, {"a/b.txt", ""}, {"c", Bytes(300, 'c')}};
    auto const packed = zip::write(entries);
    auto const back = zip::read(packed);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->size(), 3U);
    EXPECT_EQ((*back)[2].content, entries[2].content);
    for (std::size_t i = 0; i < packed.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            auto changed = packed;
            changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
            EXPECT_FALSE(zip::read(changed)) << i;
        }
    EXPECT_FALSE(zip::read(packed + "x"));
    for (std::size_t n = 0; n < packed.size(); ++n) EXPECT_FALSE(zip::read(packed.substr(0, n)));
    for (auto bad : {"", "/a", "a/", "../a", "a/../b", "a//b", "./a", "a b", "a\\b", "\xd9\x85"})
        EXPECT_FALSE(zip::good_name(bad)) << bad;
    EXPECT_FALSE(zip::read(packed, {.entries = 2}));
}

TEST(Names, of_files_are_plain_whatever_they_were) {
    EXPECT_EQ(name::content(1, "contract final.pdf"), "content/01-contract-final.pdf");
    EXPECT_EQ(name::content(12, "قرارداد.pdf"), "content/12-file.pdf");
    EXPECT_EQ(name::content(3, "../../etc/passwd"), "content/03-..-..-etc-passwd");
    EXPECT_TRUE(zip::good_name(name::content(3, "../../etc/passwd")));
    EXPECT_TRUE(zip::good_name(name::content(100, std::string(5000, 'x') + ".")));
    EXPECT_TRUE(zip::good_name(name::content(100, "")));
}

class Package : public PackageTest {};
RAPPORT_ON_BOTH_ENGINES(Package);

TEST_P(Package, is_valid_and_holds_everything) {
    prepare();
    auto const report = verify_package(packed(input()));
    EXPECT_TRUE(report.valid) << report_as_text(report, "it");
    EXPECT_EQ(report.message_identifier, "dlv_0000000000007");
    EXPECT_EQ(report.evidence.size(), 5U);
    EXPECT_TRUE(report.evidence[0].stamped && !report.evidence[4].stamped);
    EXPECT_TRUE(report.logged_before);
    auto const trusting =
        verify_package(packed(input()), {parts_.authority.root().certificate_pem, key_.key(), {}, {}});
    EXPECT_TRUE(trusting.valid && trusting.own_trust);
    auto const stranger = test::Parts(test::today()).authority.root().certificate_pem;
    EXPECT_FALSE(verify_package(packed(input()), {stranger, {}, {}, {}}).valid);
}

TEST_P(Package, waits_for_the_checkpoint_that_covers_its_evidence) {
    prepare();
    happen(theirs, EventCode::C1);
    auto const early = store().read_now([&](store::Reader& r) { return log_part(r, prover_, theirs); });
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, "not_yet_logged");
    EXPECT_EQ(early.error().retry_after_s, 2);
    EXPECT_EQ(store().read_now([&](store::Reader& r) { return log_part(r, prover_, 99); }).error().code, "no_evidence");
}

TEST_P(Package, without_its_content_says_so_and_still_verifies) {
    prepare();
    auto in = input();
    in.content.clear();
    in.erased_at = test::today();
    auto const bytes = packed(in);
    EXPECT_EQ(bytes.find("Contract"), bytes.npos);
    auto const report = verify_package(bytes);
    EXPECT_TRUE(report.valid) << report_as_text(report, "it");
    EXPECT_TRUE(report.erased);
}

TEST_P(Package, says_why_there_is_no_content_and_still_verifies) {
    prepare();
    for (auto const absent : {Absent::damaged, Absent::withheld}) {
        auto in = input();
        in.absent = absent;
        auto const bytes = packed(in);
        auto const entries = *zip::read(bytes);
        Names content;
        for (auto const& entry : entries)
            if (entry.name.starts_with("content/")) content.push_back(entry.name);
        EXPECT_EQ(content, Names{std::string(absent == Absent::damaged ? name::damaged : name::withheld)});
        EXPECT_EQ(bytes.find("Contract") == bytes.npos, absent == Absent::withheld);
        EXPECT_EQ(bytes.find("Dear Maryam"), bytes.npos);
        EXPECT_NE(bytes.find("\"absent\":\"" + std::string(json::enum_name(absent)) + '"'), bytes.npos);
        auto const report = verify_package(bytes);
        EXPECT_TRUE(report.valid) << report_as_text(report, "it");
        EXPECT_FALSE(report.erased);
        EXPECT_NE(report_as_text(report, "it").find(absent == Absent::damaged ? "damaged" : "without the content"),
                  std::string::npos);
    }
}

TEST_P(Package, is_not_made_with_other_content_than_the_evidence_speaks_of) {
    prepare();
    auto in = input();
    in.content[1].content += "x";
    EXPECT_EQ(package(in, *parts_.signer, test::today()).error().code, "content_mismatch");
}

TEST_P(Package, with_one_changed_byte_anywhere_is_not_valid) {
    prepare();
    auto bytes = packed(input());
    ASSERT_TRUE(verify_package(bytes).valid);
    // Every byte of headers and directory and of the signature, and every 7th of the rest.
    auto const signature = bytes.rfind("META-INF/signature001.p7s", bytes.find("PK\x01\x02"));
    for (std::size_t i = 0; i < bytes.size(); i += i >= signature ? 1 : 97) {
        bytes[i] ^= 1;
        auto const report = verify_package(bytes);
        EXPECT_FALSE(report.valid) << "byte " << i;
        EXPECT_FALSE(failed(report).empty());
        bytes[i] ^= 1;
    }
}

// Changes one file and makes the container whole again, but cannot sign: what a forger without the key can do.
TEST_P(Package, names_the_file_that_was_changed) {
    prepare();
    auto const entries = *zip::read(packed(input()));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto changed = entries;
        changed[i].content[changed[i].content.size() / 2] ^= 1;
        auto const report = verify_package(zip::write(changed));
        EXPECT_FALSE(report.valid) << entries[i].name;
        auto const text = report_as_text(report, "it");
        if (!entries[i].name.starts_with("META-INF/") && entries[i].name != "mimetype")
            EXPECT_NE(text.find("FAILED  manifest: " + entries[i].name), text.npos) << text;
    }
}

// The provider itself, with its key, makes a package that hides or mixes: the checks beyond the signature find it.
TEST_P(Package, by_the_provider_itself_cannot_leave_evidence_out) {
    prepare();
    for (std::size_t i = 0; i < 4; ++i) {
        auto in = input();
        in.log.evidence.erase(in.log.evidence.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_EQ(failed(verify_package(packed(in))), Names{"sequence"}) << i;
    }
}

TEST_P(Package, cannot_hold_another_delivery_s_evidence) {
    prepare();
    auto in = input();
    in.log.evidence[0] = input(theirs).log.evidence[0];
    auto const names = failed(verify_package(packed(in)));
    EXPECT_EQ(names, (Names{"message_identifier", "sequence"}));
}

TEST_P(Package, cannot_show_evidence_that_is_not_in_the_log) {
    prepare();
    auto in = input();
    auto forged = statement(ours, EventCode::C1);
    forged.number = 2;
    forged.previous = sha256(in.log.evidence[0].row.xml.bytes);
    auto const record = *parts_.sealer.seal(forged, test::today());
    in.log.evidence.resize(2);
    in.log.evidence[1].row.xml.bytes = record.xml;
    in.log.evidence[1].row.salt = record.salt;
    in.log.evidence[1].row.token.reset();
    EXPECT_EQ(failed(verify_package(packed(in))), Names{"inclusion"});
}

TEST_P(Package, of_a_rewritten_log_contradicts_a_checkpoint_that_somebody_kept) {
    prepare();
    auto const kept = store().read_now([](store::Reader& r) { return last_checkpoint(r); });
    auto const before = input();
    grow(50);
    publish();
    auto const now_in = input();
    auto const path = store().read_now(
        [&](store::Reader& r) { return prover_.consistency(r, kept->head.size, now_in.log.checkpoint.head.size); });
    auto const proof = consistency_text(kept->head.size, now_in.log.checkpoint.head.size, path);
    auto const honest = verify_package(packed(now_in), {{}, {}, kept->note, proof});
    EXPECT_TRUE(honest.valid) << report_as_text(honest, "it");
    EXPECT_TRUE(verify_package(packed(before), {{}, {}, now_in.log.checkpoint.note, proof}).valid);
    EXPECT_EQ(failed(verify_package(packed(now_in), {{}, {}, kept->note, {}})), Names{"consistency"});

    // Another history, signed by the same log: same size with another root, and a smaller one.
    auto const rewritten = key_.sign(checkpoint_text(kept->origin, {kept->head.size, sha256("another history")}));
    EXPECT_EQ(failed(verify_package(packed(before), {{}, {}, rewritten, {}})), Names{"consistency"});
    EXPECT_EQ(failed(verify_package(packed(now_in), {{}, {}, rewritten, proof})), Names{"consistency"});
    auto const unsigned_note =
        NoteSigner::from(kept->origin, Bytes(32, 'x'))->sign(checkpoint_text(kept->origin, kept->head));
    EXPECT_EQ(failed(verify_package(packed(before), {{}, {}, unsigned_note, {}})), Names{"consistency"});
}

TEST_P(Package, s_signature_is_believed_by_the_openssl_tool) {
    prepare();
    test::Scratch scratch;
    auto const entries = *zip::read(packed(input()));
    for (auto const& entry : entries) {
        if (entry.name == name::manifest) scratch.write("manifest.xml", entry.content);
        if (entry.name == name::signature) scratch.write("signature.p7s", entry.content);
        if (entry.name == name::roots) scratch.write("roots.pem", entry.content);
    }
    EXPECT_EQ(scratch.run("openssl cms -verify -cades -binary -inform DER -in signature.p7s -content manifest.xml "
                          "-CAfile roots.pem -purpose any -out /dev/null"),
              0)
        << scratch.read("output");
}

}  // namespace
}  // namespace rapport::evidence
