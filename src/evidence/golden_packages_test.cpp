// The golden packages: good ones, tampered ones, and what every verifier of ours must say of them. This program is held
// to cases.json here, the page in web/verify by web/verify/golden.test.ts. RAPPORT_WRITE_GOLDEN_PACKAGES=1 writes all
// of it anew.
#include "evidence/manifest.hpp"
#include "evidence/package_fixture.hpp"
#include "evidence/proof_text.hpp"
#include "evidence/signature_xml.hpp"

namespace rapport::evidence {
namespace {

namespace fs = std::filesystem;
fs::path const golden = "tests/golden/packages";

Bytes read_golden(std::string const& name) {
    std::ostringstream out;
    out << std::ifstream(golden / name, std::ios::binary).rdbuf();
    return std::move(out).str();
}

// A change to a package: to the container's own bytes, or to one entry, after which the container is made whole again.
struct Change {
    std::optional<std::string> entry;
    std::optional<std::int64_t> at;  // this octet, by exclusive or with `flip`
    std::int64_t flip = 0;
    std::optional<std::string> find, with;  // or the first occurrence of this text
};
BOOST_DESCRIBE_STRUCT(Change, (), (entry, at, flip, find, with))

struct Case {
    std::string package;
    std::optional<Change> change;
    std::optional<std::string> roots, log_key, checkpoint, consistency;  // files of the folder
    bool valid = false;
    std::int64_t checks = 0;
    std::vector<std::string> failed;
    std::string verdicts;  // SHA-256 over a line "<name> ok|failed" for each check
};
BOOST_DESCRIBE_STRUCT(Case, (),
                      (package, change, roots, log_key, checkpoint, consistency, valid, checks, failed, verdicts))
struct Cases {
    std::vector<Case> cases;
};
BOOST_DESCRIBE_STRUCT(Cases, (), (cases))

void apply(Bytes& bytes, Change const& change) {
    if (change.at) {
        auto& octet = bytes.at(static_cast<std::size_t>(*change.at));
        octet = static_cast<char>(octet ^ static_cast<char>(change.flip));
        return;
    }
    auto const where = bytes.find(change.find.value());
    ASSERT_NE(where, Bytes::npos) << *change.find;
    bytes.replace(where, change.find->size(), change.with.value());
}

Bytes changed(Bytes packed, Change const& change) {
    if (!change.entry) {
        apply(packed, change);
        return packed;
    }
    auto entries = *zip::read(packed);
    for (auto& entry : entries)
        if (entry.name == *change.entry) apply(entry.content, change);
    return zip::write(entries);
}

Report report_on(Case const& c) {
    TrustOptions trust;
    if (c.roots) trust.roots_pem = read_golden(*c.roots);
    if (c.log_key) trust.log_key = *NoteKey::from_text(read_golden(*c.log_key));
    if (c.checkpoint) trust.checkpoint = read_golden(*c.checkpoint);
    if (c.consistency) trust.consistency = read_golden(*c.consistency);
    auto const packed = read_golden(c.package);
    return verify_package(c.change ? changed(packed, *c.change) : packed, trust);
}

void judge(Case& c) {
    auto const report = report_on(c);
    std::string lines;
    for (auto const& check : report.checks) {
        lines += check.name + (check.ok ? " ok\n" : " failed\n");
        if (!check.ok) c.failed.push_back(check.name);
    }
    c.valid = report.valid;
    c.checks = static_cast<std::int64_t>(report.checks.size());
    c.verdicts = to_hex(sha256(lines).view());
}

class GoldenPackages : public PackageTest {
  protected:
    void write(std::string const& name, Bytes const& bytes) { std::ofstream(golden / name, std::ios::binary) << bytes; }
    Case& add(std::string package, std::optional<Change> change = {}) {
        auto& added = cases_.cases.emplace_back();
        added.package = std::move(package);
        added.change = std::move(change);
        return added;
    }
    void add_bytes(std::string const& package);
    void add_records(std::string const& package);
    void write_forgeries();
    void write_rotated();
    void write_history();
    Cases cases_;
};
INSTANTIATE_TEST_SUITE_P(On, GoldenPackages, ::testing::Values(rapport::test::Engine::sqlite));

// The container's octets, and each file's first, middle and last one.
void GoldenPackages::add_bytes(std::string const& package) {
    auto const packed = read_golden(package);
    for (std::size_t i = 0; i < packed.size(); i += 997)
        add(package, Change{.entry = {}, .at = static_cast<std::int64_t>(i), .flip = 1, .find = {}, .with = {}});
    auto const central = packed.rfind("PK\x01\x02");
    for (std::size_t i = central; i < packed.size(); i += 3)
        add(package, Change{.entry = {}, .at = static_cast<std::int64_t>(i), .flip = 0x40, .find = {}, .with = {}});
    for (auto const& entry : *zip::read(packed))
        for (auto const at :
             {std::size_t{0}, entry.content.size() / 3, entry.content.size() / 2, entry.content.size() - 1})
            add(package, Change{.entry = entry.name,
                                .at = static_cast<std::int64_t>(at),
                                .flip = at % 2 == 0 ? 1 : 0x20,
                                .find = {},
                                .with = {}});
}

// What a forger may try with a record (compare xades_verify_test.cpp).
void GoldenPackages::add_records(std::string const& package) {
    std::string const record = "evidence/01-A1-SubmissionAcceptance.xml";
    Bytes xml;
    for (auto const& entry : *zip::read(read_golden(package)))
        if (entry.name == record) xml = entry.content;
    auto const signature = xml.substr(xml.find(part::signature_begin));
    auto const replace = [&](std::string_view find, std::string with) {
        add(package, Change{.entry = record, .at = {}, .flip = 0, .find = std::string(find), .with = std::move(with)});
    };
    std::string const begin = "<erds:Evidence ";
    replace(begin, "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>" + begin);
    replace(begin, "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">" + begin);
    replace(begin, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + begin);
    replace(begin, "\xEF\xBB\xBF" + begin);
    replace(begin, "<x>" + begin);
    replace(begin, begin + "Id=\"again\" ");
    replace(begin, begin + "xmlns:erds=\"urn:x\" ");
    replace(begin, begin + "other=\"1\" ");
    replace(begin, "<erds:Evidence  ");
    replace("<EventTime>", "<!-- c --><EventTime>");
    replace("<EventTime>", "<EventTime><![CDATA[]]>");
    replace("<EventTime>", "<EventTime>&undeclared;");
    replace("<EventTime>", "<EventTime>&#x31;");
    replace("<EventTime>", "\n  <EventTime>");
    replace("<EventTime>", "<erds:EventTime>");
    replace("<EventTime>2", "<EventTime>3");
    replace("INV-2026/4711", "INV-2026/4712");
    replace("INV-2026/4711", "INV-2026&#x2F;4711");
    replace("maryam@example.org", "mallory@example.org");
    replace("Event/SubmissionAcceptance", "Event/SubmissionRejection");
    replace("Event/SubmissionAcceptance", "Event/Unheard");
    replace("<xades:SigningTime>2", "<xades:SigningTime>3");
    replace("<ds:Object>", "<ds:Object></ds:Object><ds:Object>");
    replace("<ds:Object>", "<ds:Object Id=\"signed-properties\">");
    replace("<ds:Object>", "<ds:Object Id=\"decoy\">");
    replace("URI=\"#signed-properties\"", "URI=\"#decoy\"");
    replace("URI=\"\"", "URI=\"#signature\"");
    replace("URI=\"\"", "URI=\"http://127.0.0.1/\"");
    replace(RAPPORT_ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116");
    replace(RAPPORT_ECDSA_SHA256, "http://www.w3.org/2000/09/xmldsig#hmac-sha1");
    replace("Target=\"#signature\"", "Target=\"#other\"");
    replace("ObjectReference=\"#evidence-reference\"", "ObjectReference=\"#other\"");
    replace("<ds:SignatureValue xmlns", "<ds:SignatureValue Id=\"v\" xmlns");
    replace("</ds:SignatureValue>", "\n</ds:SignatureValue>");
    replace("<ds:X509Certificate>M", "<ds:X509Certificate>\r\nM");
    replace("</erds:Extensions>", "</erds:Extensions><erds:More></erds:More>");
    replace("</erds:Evidence>", "<erds:More></erds:More></erds:Evidence>");
    replace(signature, signature.substr(0, signature.size() - 16) + signature);  // two signatures
    replace("</erds:Extensions>", "</erds:Extensions>" + xml);                   // the record within itself
    replace("number=\"1\"", "number=\"01\"");
    replace("number=\"1\"", "number=\"2\"");
    replace("</xades:UnsignedProperties>", "</xades:UnsignedProperties> ");
    replace("EncapsulatedTimeStamp>M", "EncapsulatedTimeStamp>N");
    Bytes deep = begin;
    for (int i = 0; i < 80; ++i) deep = "<a>" + deep;
    replace(begin, deep);
}

// What the provider itself, with its keys, could try.
void GoldenPackages::write_forgeries() {
    auto const keep = [&](std::string const& name, PackageInput const& in) {
        write(name, packed(in));
        add(name);
    };
    auto left_out = input();
    left_out.log.evidence.erase(left_out.log.evidence.begin() + 2);
    keep("left-out.asice", left_out);
    auto swapped = input();
    swapped.log.evidence[0] = input(theirs).log.evidence[0];
    keep("swapped.asice", swapped);
    auto forged = input();
    forged.log.evidence[1].row.salt.octets[0] ^= 1;
    keep("unlogged.asice", forged);
    auto misplaced = input();
    misplaced.log.evidence[1].row.leaf_index = 1;
    keep("misplaced.asice", misplaced);
    auto other_key = input();
    other_key.log.checkpoint.note = NoteSigner::from(key_.key().name, Bytes(32, 'x'))
                                        ->sign(checkpoint_text(key_.key().name, other_key.log.checkpoint.head));
    keep("other-log-key.asice", other_key);
    auto stale = input();
    stale.log.checkpoint_token = stale.log.evidence[0].row.token->bytes;
    keep("stale-checkpoint-token.asice", stale);
    auto untold = input();
    untold.log.evidence[0].row.token = untold.log.evidence[1].row.token;
    keep("other-time-stamp.asice", untold);
    auto erased = input();
    erased.content.clear();
    erased.erased_at = test::today();
    erased.log.checkpoint_token.reset();
    keep("erased.asice", erased);
    auto withheld = input();
    withheld.absent = Absent::withheld;
    keep("withheld.asice", withheld);
}

// While the log's key is being rotated, either key opens the checkpoint.
void GoldenPackages::write_rotated() {
    auto signer = *NoteSigner::from(key_.key().name, Bytes(32, 's'));
    ASSERT_TRUE(signer.also(Bytes(32, 'x')));
    auto rotated = input();
    rotated.log.checkpoint.note = signer.sign(checkpoint_text(key_.key().name, rotated.log.checkpoint.head));
    rotated.log.checkpoint_token.reset();
    write("rotated.asice", packed(rotated));
    write("stranger-log-key.txt", NoteSigner::from(key_.key().name, Bytes(32, 'y'))->key().text() + "\n");
    add("rotated.asice");
    for (std::string const key : {"log-key.txt", "other-log-key.txt", "stranger-log-key.txt"})
        add("rotated.asice").log_key = key;
}

// A checkpoint that somebody kept, honest and rewritten, and a later package of the same delivery.
void GoldenPackages::write_history() {
    auto const kept = *store().read_now([](store::Reader& r) { return last_checkpoint(r); });
    grow(70);
    publish();
    auto const after = input();
    auto const path = store().read_now(
        [&](store::Reader& r) { return prover_.consistency(r, kept.head.size, after.log.checkpoint.head.size); });
    write("later.asice", packed(after));
    write("kept.note", kept.note);
    write("newer.note", after.log.checkpoint.note);
    write("consistency.txt", consistency_text(kept.head.size, after.log.checkpoint.head.size, path));
    write("rewritten.note", key_.sign(checkpoint_text(kept.origin, {kept.head.size, sha256("another history")})));
    for (std::string const package : {"good.asice", "later.asice"})
        for (std::string const checkpoint : {"kept.note", "newer.note", "rewritten.note"})
            for (bool const proof : {false, true}) {
                auto& c = add(package);
                c.checkpoint = checkpoint;
                if (proof) c.consistency = "consistency.txt";
            }
}

TEST_P(GoldenPackages, are_written_when_that_is_asked_for) {
    if (!std::getenv("RAPPORT_WRITE_GOLDEN_PACKAGES")) GTEST_SKIP() << "RAPPORT_WRITE_GOLDEN_PACKAGES is not set";
    fs::create_directories(golden);
    prepare();
    write("good.asice", packed(input()));
    write("roots.pem", parts_.authority.root().certificate_pem);
    write("stranger.pem", test::Parts(test::today()).authority.root().certificate_pem);
    write("log-key.txt", key_.key().text() + "\n");
    write("other-log-key.txt", NoteSigner::from(key_.key().name, Bytes(32, 'x'))->key().text() + "\n");
    add("good.asice");
    add("good.asice").roots = "roots.pem";
    add("good.asice").roots = "stranger.pem";
    add("good.asice").log_key = "log-key.txt";
    add("good.asice").log_key = "other-log-key.txt";
    write_forgeries();
    write_rotated();
    write_history();
    add_bytes("good.asice");
    add_records("good.asice");
    for (auto& c : cases_.cases) judge(c);
    std::string out = "{\"cases\":[\n";
    for (auto const& c : cases_.cases) out += json::encode(c) + (&c == &cases_.cases.back() ? "\n" : ",\n");
    write("cases.json", out + "]}\n");
}

// Twenty records, each with its time stamp: what bench/verify_browser measures. Written with
// RAPPORT_WRITE_LARGE_PACKAGE=1.
TEST_P(GoldenPackages, a_large_one_is_written_when_that_is_asked_for) {
    if (!std::getenv("RAPPORT_WRITE_LARGE_PACKAGE")) GTEST_SKIP() << "RAPPORT_WRITE_LARGE_PACKAGE is not set";
    using enum EventCode;
    grow(1000);
    for (auto const code : {A1, C1, C6, D5, C3, D1, D3}) happen(ours, code);
    for (int i = 0; i < 12; ++i) happen(ours, D6);
    happen(ours, E1);
    grow(100'000);
    store().write_now([&](store::Tx& tx) {
        for (auto const& row : evidence_of(tx, ours))
            if (!row.token) want_time_stamp(tx, row.id, now());
    });
    publish();
    auto const in = input();
    ASSERT_EQ(std::ranges::count_if(in.log.evidence, [](auto& one) { return one.row.token.has_value(); }), 20);
    write("twenty.asice", packed(in));
}

TEST(GoldenPackage, of_twenty_records_is_valid) {
    auto const report = verify_package(read_golden("twenty.asice"));
    EXPECT_TRUE(report.valid) << report_as_text(report, "it");
    EXPECT_EQ(report.evidence.size(), 20U);
}

TEST(GoldenPackage, gets_the_verdicts_it_always_got) {
    auto const cases = json::decode<Cases>(read_golden("cases.json"));
    ASSERT_TRUE(cases) << cases.error().text;
    ASSERT_GT(cases->cases.size(), 200U);
    int valid = 0;
    for (auto const& recorded : cases->cases) {
        Case now = recorded;
        now.failed.clear();
        judge(now);
        EXPECT_EQ(json::encode(now), json::encode(recorded));
        valid += now.valid;
    }
    EXPECT_GT(valid, 5);
}

}  // namespace
}  // namespace rapport::evidence
