// The folder of keys: what it makes, what it takes in, what it refuses, and that old evidence verifies after rotation.
#include <sys/stat.h>

#include <thread>

#include "base/crypto.hpp"
#include "evidence/checkpoint.hpp"
#include "evidence/test_parts.hpp"

namespace rapport::evidence::test {
namespace {

namespace fs = std::filesystem;

int mode_of(fs::path const& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return static_cast<int>(status.st_mode & 0777);
}

TEST(Keys, AreMadeWhereTheyAreMissingAndFoundAgain) {
    Scratch const scratch;
    auto const folder = scratch.path / "keys";
    auto keys = *KeyStore::open(folder);
    EXPECT_EQ(keys.seal_signer(noon).error().code, "key_missing");
    ASSERT_TRUE(keys.make_missing("Musterstadt", noon));
    EXPECT_EQ(mode_of(folder), 0700);
    for (auto const& entry : fs::directory_iterator(folder)) EXPECT_EQ(mode_of(entry.path()), 0600) << entry.path();
    auto const seed = *keys.log_seed();
    EXPECT_EQ(seed.size(), 32U);

    auto const again = *KeyStore::open(folder);
    ASSERT_EQ(again.list().size(), 3U);
    for (auto const& key : again.list()) {
        EXPECT_TRUE(key.current) << key.name;
        EXPECT_TRUE(key.has_private_key);
        EXPECT_EQ(key.fingerprint.size(), 64U);
        if (key.purpose != KeyPurpose::log)
            EXPECT_NE(key.subject.find("NON-QUALIFIED demo"), std::string::npos) << key.subject;
    }
    EXPECT_EQ(*again.log_seed(), seed);
    EXPECT_TRUE(again.show("seal-1")->demo);
    EXPECT_EQ(again.show("seal-9").error().code, "key_unknown");
    EXPECT_EQ(again.show("tsa-1")->not_after, noon + std::chrono::days(5 * 365));
    auto const tsa = *again.tsa_key(noon);
    EXPECT_TRUE(TimeStampAuthority::open(tsa.key_pem, tsa.chain_pem, noon));
}

TEST(Keys, RotateAndOldEvidenceStillVerifies) {
    Scratch const scratch;
    auto keys = *KeyStore::open(scratch.path / "keys");
    ASSERT_TRUE(keys.make_missing("Musterstadt", noon));
    auto const old_xml = *Sealer(*keys.seal_signer(noon), Issuer{"M"}).seal_xml(statement_of(EventCode::A1), noon);
    auto const made = keys.make(KeyPurpose::seal, "Musterstadt", noon);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->name, "seal-2");
    auto const again = *KeyStore::open(scratch.path / "keys");
    EXPECT_TRUE(again.show("seal-2")->current);
    EXPECT_FALSE(again.show("seal-1")->current);
    auto const new_xml = *Sealer(*again.seal_signer(noon), Issuer{"M"}).seal_xml(statement_of(EventCode::A1), noon);
    auto const old_seen = verify_evidence(old_xml, again.trust()), new_seen = verify_evidence(new_xml, again.trust());
    EXPECT_TRUE(old_seen.ok());
    EXPECT_TRUE(new_seen.ok());
    EXPECT_NE(old_seen.signer_fingerprint, new_seen.signer_fingerprint);
    // The old private key may be destroyed; its certificate stays.
    fs::remove(scratch.path / "keys/seal-1.key");
    EXPECT_FALSE(KeyStore::open(scratch.path / "keys")->show("seal-1")->has_private_key);
}

TEST(Keys, OfOthersAreImportedWithTheirChain) {
    Scratch const scratch;
    Parts const issuer;
    auto keys = *KeyStore::open(scratch.path / "keys");
    auto const chain = issuer.seal.certificate_pem + issuer.authority.root().certificate_pem;
    auto const imported = keys.import(KeyPurpose::seal, issuer.seal.key_pem, chain, noon);
    ASSERT_TRUE(imported) << imported.error().text;
    auto const xml = *Sealer(*keys.seal_signer(noon), Issuer{"M"}).seal_xml(statement_of(EventCode::A1), noon);
    EXPECT_TRUE(verify_evidence(xml, issuer.trust).ok());
    EXPECT_TRUE(verify_evidence(xml, keys.trust()).ok());  // the imported root is believed in
    EXPECT_EQ(xml.find("<ds:X509Certificate>"),
              xml.rfind("<ds:X509Certificate>"));  // the root is left out of the record
}

TEST(Keys, ThatDoNotServeAreRefusedByName) {
    Scratch const scratch;
    Parts const issuer, other;
    auto keys = *KeyStore::open(scratch.path / "keys");
    auto const refused = [&](ByteView key, ByteView chain, Time now = noon) {
        auto const imported = keys.import(KeyPurpose::seal, key, chain, now);
        return imported ? std::string() : imported.error().code;
    };
    EXPECT_EQ(refused("rubbish", issuer.seal.certificate_pem), "key_unreadable");
    EXPECT_EQ(refused(issuer.seal.key_pem, "rubbish"), "certificate_unreadable");
    EXPECT_EQ(refused(issuer.seal.key_pem, other.seal.certificate_pem), "key_mismatch");
    EXPECT_EQ(refused(issuer.seal.key_pem, issuer.seal.certificate_pem, noon + std::chrono::days(3000)),
              "certificate_expired");
    EXPECT_EQ(refused(issuer.seal.key_pem, issuer.seal.certificate_pem, noon - std::chrono::days(1)),
              "certificate_not_yet_valid");
    ASSERT_EQ(scratch.run("openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -subj /CN=rsa"), 0);
    EXPECT_EQ(refused(scratch.read("k"), scratch.read("c"), today()), "algorithm_unsupported");
    scratch.write("plain", issuer.seal.key_pem);
    ASSERT_EQ(scratch.run("openssl pkcs8 -topk8 -in plain -passout pass:secret -out locked"), 0);
    EXPECT_EQ(refused(scratch.read("locked"), issuer.seal.certificate_pem), "key_unreadable");
    EXPECT_TRUE(keys.list().empty());
    EXPECT_EQ(keys.import(KeyPurpose::log, issuer.seal.key_pem, {}, noon).error().code, "algorithm_unsupported");
}

TEST(Keys, ThatOthersMayReadAreNotUsed) {
    Scratch const scratch;
    {
        auto keys = *KeyStore::open(scratch.path / "keys");
        ASSERT_TRUE(keys.make_missing("Musterstadt", noon));
    }
    ::chmod((scratch.path / "keys/seal-1.key").c_str(), 0640);
    auto const opened = KeyStore::open(scratch.path / "keys");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "keys_exposed");
}

TEST(Keys, DemoCertificatesHaveTheProfilesThatOpensslExpects) {
    Scratch const scratch;
    Parts const parts(today());
    scratch.write("root.pem", parts.authority.root().certificate_pem);
    scratch.write("seal.pem", parts.seal.certificate_pem);
    scratch.write("tsa.pem", parts.stamp.certificate_pem);
    EXPECT_EQ(scratch.run("openssl verify -x509_strict -CAfile root.pem seal.pem"), 0) << scratch.read("output");
    EXPECT_EQ(scratch.run("openssl verify -x509_strict -purpose timestampsign -CAfile root.pem tsa.pem"), 0)
        << scratch.read("output");
    EXPECT_NE(scratch.run("openssl verify -purpose timestampsign -CAfile root.pem seal.pem"), 0);
    EXPECT_EQ(scratch.run("openssl x509 -in seal.pem -noout -text"), 0);
    auto const text = scratch.read("output");
    for (std::string_view const wanted :
         {"NON-QUALIFIED demo", "Digital Signature, Non Repudiation", "CA:FALSE", RAPPORT_ARC ".1"})
        EXPECT_NE(text.find(wanted), std::string::npos) << wanted << text;
}

TEST(Keys, AreMadeOnceByProgramsThatStartAtOnce) {
    Scratch const scratch;
    auto const folder = scratch.path / "keys";
    std::vector<Bytes> seeds(8);
    {
        std::vector<std::jthread> programs;
        for (auto& seed : seeds)
            programs.emplace_back([&folder, &seed] {
                auto keys = *KeyStore::open(folder);
                ASSERT_TRUE(keys.make_missing("Musterstadt", noon));
                seed = *keys.log_seed();
            });
    }
    for (auto const& seed : seeds) EXPECT_EQ(seed, seeds.front());
    EXPECT_EQ(KeyStore::open(folder)->list().size(), 3U);
}

TEST(Keys, OfTheLogOverlapWhenTheyAreRotatedUntilTheOldOneIsRetired) {
    Scratch const scratch;
    auto keys = *KeyStore::open(scratch.path / "keys");
    ASSERT_TRUE(keys.make_missing("Musterstadt", noon));
    auto const old_seed = *keys.log_seed();
    auto const old_key = NoteSigner::from("example.org/log", old_seed)->key();
    ASSERT_TRUE(keys.make(KeyPurpose::log, "Musterstadt", noon));
    ASSERT_EQ(keys.earlier_log_seeds(), std::vector<Bytes>{old_seed});
    auto signer = *NoteSigner::from("example.org/log", *keys.log_seed());
    ASSERT_TRUE(signer.also(old_seed));
    auto const text = checkpoint_text("example.org/log", {0, sha256("")});
    auto const both = signer.sign(text);
    EXPECT_TRUE(open_checkpoint(both, signer.key()));
    EXPECT_TRUE(open_checkpoint(both, old_key));
    auto const only_old = NoteSigner::from("example.org/log", old_seed)->sign(text);
    std::vector<NoteKey> const known{signer.key(), old_key};
    EXPECT_EQ(key_of(only_old, known), old_key);
    EXPECT_EQ(key_of(both, known), signer.key());

    EXPECT_EQ(keys.retire("log-2").error().code, "key_in_force");
    EXPECT_EQ(keys.retire("log-9").error().code, "key_unknown");
    ASSERT_TRUE(keys.retire("log-1"));
    auto const again = *KeyStore::open(scratch.path / "keys");
    EXPECT_TRUE(again.earlier_log_seeds().empty());
    EXPECT_EQ(again.earlier_log_keys(), std::vector<Bytes>{old_key.public_key});
    EXPECT_FALSE(again.show("log-1")->has_private_key);
    EXPECT_TRUE(again.show("log-2")->current);
}

}  // namespace
}  // namespace rapport::evidence::test
