// The golden records: what was written once is written the same for ever, and stays valid for tools that are not ours.
// RAPPORT_WRITE_GOLDEN=1 writes them anew, with a new key: only for a new version of the format.
#include "evidence/signature_xml.hpp"
#include "evidence/test_parts.hpp"

namespace rapport::evidence::test {
namespace {

namespace fs = std::filesystem;
fs::path const folder = "tests/golden/evidence";

Bytes read_golden(std::string const& name) {
    std::ostringstream out;
    out << std::ifstream(folder / name, std::ios::binary).rdbuf();
    return std::move(out).str();
}

// ECDSA signatures hold chance: the golden one is given back, so that everything else can be compared.
class Replaying final : public Signer {
  public:
    explicit Replaying(Bytes const& golden)
        : chain_{der_of(read_certificates(read_golden("seal.pem"))->front().get())} {
        auto const at = golden.find(part::signature_value_begin) + part::signature_value_begin.size();
        signature_ = *from_base64(golden.substr(at, golden.find('<', at) - at));
    }
    Algorithm algorithm() const override { return Algorithm::ecdsa_p256_sha256; }
    std::vector<Bytes> const& chain() const override { return chain_; }
    Expected<Bytes> sign(ByteView) const override { return signature_; }

  private:
    std::vector<Bytes> chain_;
    Bytes signature_;
};

constexpr char const* issuer_name = "Musterstadt <Öffentlich> & Co";

void write_golden() {
    auto const authority = DemoAuthority::make("Golden", noon);
    auto const seal = authority.issue(KeyPurpose::seal, "Golden", noon, 19 * 365);
    fs::create_directories(folder);
    std::ofstream(folder / "root.pem") << authority.root().certificate_pem;
    std::ofstream(folder / "seal.pem") << seal.certificate_pem;
    Sealer const sealer(*load_signer(seal.key_pem, seal.certificate_pem, noon), Issuer{issuer_name});
    for (auto const& event : events)
        std::ofstream(folder / (std::string(event.label) + ".xml"), std::ios::binary)
            << *sealer.seal_xml(statement_of(event.code), noon);
}

TEST(Golden, RecordsAreWrittenTheSameForEver) {
    if (std::getenv("RAPPORT_WRITE_GOLDEN")) write_golden();
    for (auto const& event : events) {
        auto const golden = read_golden(std::string(event.label) + ".xml");
        ASSERT_FALSE(golden.empty()) << event.label;
        Sealer const sealer(std::make_shared<Replaying>(golden), Issuer{issuer_name});
        EXPECT_EQ(*sealer.seal_xml(statement_of(event.code), noon), golden) << event.label;
    }
}

TEST(Golden, RecordsStayValidForUsAndForXmlsec1) {
    Trust trust;
    ASSERT_TRUE(trust.add_root(read_golden("root.pem")));
    Scratch const scratch;
    auto const here = fs::absolute(folder).string();
    for (auto const& event : events) {
        auto const file = std::string(event.label) + ".xml";
        EXPECT_TRUE(verify_evidence(read_golden(file), trust).ok()) << event.label;
        EXPECT_EQ(scratch.run("xmlsec1 --verify --verification-time '2026-11-21 12:00:00' --trusted-pem '" + here +
                              "/root.pem' '" + here + "/" + file + "'"),
                  0)
            << event.label << scratch.read("output");
    }
}

}  // namespace
}  // namespace rapport::evidence::test
