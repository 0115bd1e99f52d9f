// Runs the blocks of docs/verify-by-hand.md, word for word, with stock tools, on good packages and on tampered ones.
#include <fstream>

#include "evidence/manifest.hpp"
#include "evidence/package_fixture.hpp"
#include "evidence/proof_text.hpp"

namespace rapport::evidence {
namespace {

Bytes script() {
    std::ifstream doc("docs/verify-by-hand.md");
    EXPECT_TRUE(doc) << "run the tests in the root of the tree";
    Bytes out;
    bool inside = false;
    for (std::string line; std::getline(doc, line);) {
        if (line == "```bash")
            inside = true;
        else if (line == "```")
            inside = false;
        else if (inside)
            out += line + '\n';
    }
    return out;
}

class VerifyByHand : public PackageTest {
  protected:
    // What the script says last.
    std::string verdict(Bytes const& packed, std::string const& given = "") {
        scratch_.write("package.asice", packed);
        scratch_.write("verify.sh", script());
        scratch_.write("roots.pem", parts_.authority.root().certificate_pem);
        int const status = scratch_.run("PACKAGE=$PWD/package.asice TRUST=$PWD/roots.pem " + given + " bash verify.sh");
        auto const text = scratch_.read("output");
        auto const last = text.rfind('\n', text.size() - 2);
        auto const line = text.substr(last == text.npos ? 0 : last + 1);
        EXPECT_EQ(status == 0, line == "VALID\n") << text;
        return line.substr(0, line.size() - 1);
    }
    static std::string before_colon(std::string const& line) { return line.substr(0, line.find(':')); }
    test::Scratch scratch_;
};
// The files are the same on both engines: PackageTest compares them there.
INSTANTIATE_TEST_SUITE_P(On, VerifyByHand, ::testing::Values(rapport::test::Engine::sqlite));

TEST_P(VerifyByHand, finds_a_whole_package_valid) {
    prepare();
    EXPECT_EQ(verdict(packed(input()), "LOG_KEY=" + key_.key().text()), "VALID");
    auto in = input();
    in.content.clear();
    in.erased_at = test::today();
    in.log.checkpoint_token.reset();
    EXPECT_EQ(verdict(packed(in)), "VALID");
}

TEST_P(VerifyByHand, names_the_check_when_a_byte_of_any_file_is_changed) {
    prepare();
    auto const entries = *zip::read(packed(input()));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto changed = entries;
        changed[i].content[changed[i].content.size() / 2] ^= 1;
        auto const line = verdict(zip::write(changed));
        auto const& file = entries[i].name;
        if (file == name::mimetype)
            EXPECT_EQ(line, "FAILED container: another media type");
        else if (file.starts_with("META-INF/"))
            EXPECT_EQ(before_colon(line), "FAILED container_signature") << file;
        else if (file.ends_with(".pem") && before_colon(line) == "FAILED container_signature")
            EXPECT_EQ(line.find("VALID"), std::string::npos);  // a certificate that cannot be decoded ends it earlier
        else
            EXPECT_EQ(line, "FAILED manifest: " + file + " was changed");
    }
}

TEST_P(VerifyByHand, names_the_check_when_the_provider_itself_left_out_swapped_or_forged) {
    prepare();
    for (std::size_t i : {0U, 2U}) {
        auto in = input();
        in.log.evidence.erase(in.log.evidence.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_EQ(before_colon(verdict(packed(in))), "FAILED sequence");
    }
    auto swapped = input();
    swapped.log.evidence[0] = input(theirs).log.evidence[0];
    EXPECT_EQ(before_colon(verdict(packed(swapped))), "FAILED message_identifier");

    auto forged = input();
    forged.log.evidence[1].row.salt.octets[0] ^= 1;
    EXPECT_EQ(before_colon(verdict(packed(forged))), "FAILED inclusion");
    auto misplaced = input();
    misplaced.log.evidence[1].row.leaf_index = 1;
    EXPECT_EQ(before_colon(verdict(packed(misplaced))), "FAILED inclusion");

    auto other_key = input();
    other_key.log.checkpoint.note = NoteSigner::from(key_.key().name, Bytes(32, 'x'))
                                        ->sign(checkpoint_text(key_.key().name, other_key.log.checkpoint.head));
    EXPECT_EQ(before_colon(verdict(packed(other_key))), "FAILED checkpoint_signature");
    auto stale = input();
    stale.log.checkpoint_token = stale.log.evidence[0].row.token->bytes;
    EXPECT_EQ(before_colon(verdict(packed(stale))), "FAILED checkpoint_time_stamp");
    auto untold = input();
    untold.log.evidence[0].row.token = untold.log.evidence[1].row.token;
    EXPECT_EQ(before_colon(verdict(packed(untold))), "FAILED evidence/01-A1-SubmissionAcceptance.xml");
}

TEST_P(VerifyByHand, names_consistency_when_the_log_was_rewritten) {
    prepare();
    auto const kept = *store().read_now([](store::Reader& r) { return last_checkpoint(r); });
    auto const before = packed(input());
    grow(70);
    publish();
    auto const after = input();
    auto const path = store().read_now(
        [&](store::Reader& r) { return prover_.consistency(r, kept.head.size, after.log.checkpoint.head.size); });
    scratch_.write("kept", kept.note);
    scratch_.write("newer", after.log.checkpoint.note);
    scratch_.write("proof", consistency_text(kept.head.size, after.log.checkpoint.head.size, path));
    scratch_.write("rewritten", key_.sign(checkpoint_text(kept.origin, {kept.head.size, sha256("another history")})));
    std::string const proof = " CONSISTENCY=$PWD/proof";
    EXPECT_EQ(verdict(packed(after), "CHECKPOINT=$PWD/kept" + proof), "VALID");
    EXPECT_EQ(verdict(before, "CHECKPOINT=$PWD/newer" + proof), "VALID");
    EXPECT_EQ(verdict(before, "CHECKPOINT=$PWD/kept"), "VALID");
    std::string const rewritten =
        "FAILED consistency: the log was rewritten: the two checkpoints are not of one history";
    EXPECT_EQ(verdict(packed(after), "CHECKPOINT=$PWD/rewritten" + proof), rewritten);
    EXPECT_EQ(verdict(before, "CHECKPOINT=$PWD/rewritten"), rewritten);
    EXPECT_EQ(before_colon(verdict(packed(after), "CHECKPOINT=$PWD/kept")), "FAILED consistency");
}

}  // namespace
}  // namespace rapport::evidence
