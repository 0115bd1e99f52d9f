// The certificate as its readers get it: looked at with poppler's tools, which we did not write.
#include "certificate/certificate.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.hpp"
#include "certificate/words.hpp"

namespace rapport::certificate {
namespace {

namespace fs = std::filesystem;
constexpr std::array all_locales{Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa};

Time at(char const* text) { return *time_from_text(text); }

Certificate sample(Locale locale = Locale::en) {
    Certificate c;
    c.locale = locale;
    c.delivery = "dlv_0ntq3k5c8w2v1";
    c.sender = "Stadtwerke Beispiel GmbH";
    c.recipient = "مریم رضایی";
    c.recipient_address = "maryam@example.org";
    c.subject = "Contract 契約書 สัญญา قرارداد 2026/4711";
    c.identified = Identified{"low", at("2026-11-21T12:04:00Z")};
    c.parts = {{"", "text/plain; charset=utf-8", sha256("text")},
               {"قرارداد نهایی.pdf", "application/pdf", sha256("pdf")}};
    c.evidence = {
        {1,
         "A1",
         "SubmissionAcceptance",
         "6.2.2",
         at("2026-11-21T12:00:00.123456Z"),
         at("2026-11-21T12:00:02Z"),
         41,
         {}},
        {2, "C1", "NotificationForAcceptance", "6.2.4", at("2026-11-21T12:00:03Z"), {}, 42, {}},
        {3, "C3", "ConsignmentAcceptance", "6.2.4", at("2026-11-21T12:05:00Z"), {}, 77, {"RecipientAccepted"}},
        {4, "D1", "ContentConsignment", "6.2.5", at("2026-11-21T12:05:00Z"), {}, 78, {}},
        {5, "E1", "ContentHandover", "6.2.6", at("2026-11-21T12:06:00Z"), {}, std::nullopt, {"urn:example:other"}},
    };
    c.log = {"rapport.example.org/log", 1234, to_base64(sha256("root").view()), at("2026-11-21T12:07:00Z")};
    c.seal_subject = "CN=Electronic seal (NON-QUALIFIED demo),O=Stadtwerke Beispiel GmbH";
    c.seal_fingerprint = to_hex(sha256("certificate").view());
    c.entry_url = "https://rapport.example.org/v/AbCdEfGhIjKlMnOpQrStUvWxYz012345";
    c.verify_url = "https://rapport.example.org/verify/";
    return c;
}

class Shown : public ::testing::Test {
  protected:
    Shown() {
        char name[] = "/tmp/rapport-certificate-XXXXXX";
        folder_ = ::mkdtemp(name);
    }
    ~Shown() override { fs::remove_all(folder_); }
    std::string tool(Bytes const& pdf, std::string const& command) {
        std::ofstream(folder_ / "it.pdf", std::ios::binary) << pdf;
        EXPECT_EQ(std::system(("cd '" + folder_.string() + "' && " + command + " > out 2>err").c_str()), 0) << command;
        std::ostringstream out;
        out << std::ifstream(folder_ / "out").rdbuf();
        return std::move(out).str();
    }
    std::string text(Bytes const& pdf) { return tool(pdf, "pdftotext -layout it.pdf -"); }
    fs::path folder_;
};

TEST_F(Shown, SaysWhoWhatAndWhenInEveryLanguage) {
    for (auto const locale : all_locales) {
        ASSERT_TRUE(can_be_drawn(locale)) << to_text(locale);
        auto const pdf = render(sample(locale));
        ASSERT_TRUE(pdf) << pdf.error().text;
        // RAPPORT_SHOW_CERTIFICATES=FOLDER keeps them for people to look at.
        if (auto const* folder = std::getenv("RAPPORT_SHOW_CERTIFICATES"))
            std::ofstream(fs::path(folder) / (to_text(locale) + ".pdf"), std::ios::binary) << *pdf;
        auto const shown = text(*pdf);
        for (auto const* part :
             {"dlv_0ntq3k5c8w2v1", "maryam@example.org", "Stadtwerke Beispiel GmbH", "2026-11-21 12:00:00 UTC",
              "rapport.example.org/log", "SubmissionAcceptance", "1234", "6.2.4"})
            EXPECT_NE(shown.find(part), std::string::npos) << to_text(locale) << ' ' << part << shown;
        auto const about = tool(*pdf, "pdfinfo it.pdf");
        EXPECT_NE(about.find("Tagged:          yes"), std::string::npos) << about;
        EXPECT_NE(about.find("A4"), std::string::npos) << about;
        EXPECT_EQ(tool(*pdf, "pdffonts it.pdf").find(" no  no "), std::string::npos) << "every font is embedded";
    }
}

TEST_F(Shown, IsTheSameBytesForTheSameEvidence) {
    for (auto const locale : all_locales) {
        auto const first = render(sample(locale));
        ASSERT_TRUE(first);
        EXPECT_TRUE(*first == *render(sample(locale))) << to_text(locale);
        EXPECT_LT(first->size(), 300'000U) << to_text(locale);
    }
}

TEST_F(Shown, CarriesTheEntryInItsCodeAndAsALink) {
    auto const pdf = *render(sample());
    EXPECT_NE(pdf.find("/S /URI"), Bytes::npos);
    EXPECT_NE(pdf.find("(" + sample().entry_url + ")"), Bytes::npos);
}

TEST_F(Shown, SaysThatItIsNotQualifiedUnlessItIs) {
    auto certificate = sample();
    EXPECT_NE(text(*render(certificate)).find("NON-QUALIFIED:"), std::string::npos);
    certificate.qualified = true;
    EXPECT_EQ(text(*render(certificate)).find("NON-QUALIFIED:"), std::string::npos);
}

TEST_F(Shown, SaysWhyThereIsNoContent) {
    auto certificate = sample();
    certificate.subject.clear();
    for (auto& part : certificate.parts) part.name.clear();
    for (auto const contents : {Contents::erased, Contents::withheld, Contents::damaged}) {
        certificate.contents = contents;
        auto const shown = text(*render(certificate));
        EXPECT_NE(shown.find(contents == Contents::erased     ? "was erased"
                             : contents == Contents::withheld ? "was not opened"
                                                              : "was damaged"),
                  std::string::npos);
        EXPECT_EQ(shown.find("4711"), std::string::npos);
        EXPECT_NE(shown.find("Part 2"), std::string::npos);
    }
}

TEST_F(Shown, KeepsWhateverACustomerWroteInItsPlaceAndBounded) {
    auto certificate = sample(Locale::fa);
    std::string const turning = "\u202Egnp.exe\u2066\u202D \u2028\n\r\t\x01 <b>&amp;";
    certificate.subject = turning + std::string(100'000, 'x');
    certificate.sender = turning;
    certificate.recipient = std::string(5000, 'W') + turning;
    certificate.recipient_address = std::string(64, 'a') + "@" + std::string(180, 'b') + ".example";
    for (int i = 0; i < 20; ++i)
        certificate.parts.push_back({turning + std::string(1000, 'n'), std::string(200, 't'), sha256("x")});
    certificate.evidence[0].reasons = {std::string(20'000, 'r')};
    auto const pdf = render(certificate);
    ASSERT_TRUE(pdf) << pdf.error().text;
    EXPECT_LT(pdf->size(), 600'000U);
    EXPECT_NE(text(*pdf).find("<b>&amp;"), std::string::npos);
    auto many = sample();
    for (std::int64_t i = 6; i < 4000; ++i)
        many.evidence.push_back({i, "D6", "ContentAccessTracking", "6.2.5", at("2026-11-21T12:06:00Z"), {}, i, {}});
    EXPECT_EQ(render(many).error().code, "certificate_too_long");
    many.evidence.resize(60);
    auto const pages = tool(*render(many), "pdfinfo it.pdf");
    EXPECT_EQ(pages.find("Pages:           1\n"), std::string::npos);
}

TEST(Isolated, TakesOutWhatTurnsTextAndBreaksLines) {
    EXPECT_EQ(isolated("a\u202Eb\u2067c\u200Fd\u061Ce\nf"), "\u2068abcde f\u2069");
    EXPECT_EQ(isolated("سلام دنیا", 4), "\u2068سلام…\u2069");
    EXPECT_EQ(left_to_right("x"), "\u2066x\u2069");
    EXPECT_EQ(isolated("cut \xD9"), "\u2068cut \xD9\u2069");
}

// Pango ends a program that has no font at all; this one must go on. In a process of its own: fonts are opened once.
TEST(Fonts, MissingAltogetherAreAnErrorAndNotTheEnd) {
    if (std::getenv("RAPPORT_WITHOUT_FONTS")) {
        auto const pdf = render(sample());
        ASSERT_FALSE(pdf);
        EXPECT_EQ(pdf.error().code, "certificate_fonts_missing");
        EXPECT_FALSE(can_be_drawn(Locale::en));
        return;
    }
    char name[] = "/tmp/rapport-fonts-XXXXXX";
    fs::path const folder = ::mkdtemp(name);
    std::ofstream(folder / "none.conf") << "<?xml version=\"1.0\"?><fontconfig><cachedir>" << folder.string()
                                        << "</cachedir></fontconfig>";
    auto const own = fs::read_symlink("/proc/self/exe").string();
    EXPECT_EQ(std::system(("RAPPORT_WITHOUT_FONTS=1 FONTCONFIG_FILE='" + (folder / "none.conf").string() + "' '" + own +
                           "' --gtest_filter=Fonts.MissingAltogetherAreAnErrorAndNotTheEnd > '" +
                           (folder / "out").string() + "' 2>&1")
                              .c_str()),
              0);
    fs::remove_all(folder);
}

// Only a Latin font: the words of the others could not be drawn, so the certificate is in English.
TEST(Fonts, MissingForALanguageGiveTheCertificateInEnglish) {
    if (auto const* out = std::getenv("RAPPORT_FEW_FONTS")) {
        EXPECT_TRUE(can_be_drawn(Locale::en));
        EXPECT_FALSE(can_be_drawn(Locale::ja));
        std::ofstream(out, std::ios::binary) << *render(sample(Locale::ja));
        return;
    }
    char name[] = "/tmp/rapport-fonts-XXXXXX";
    fs::path const folder = ::mkdtemp(name);
    fs::create_directories(folder / "fonts");
    for (auto const* font : {"NotoSans-Regular.ttf", "NotoSansMono-Regular.ttf"})
        if (fs::path const path = fs::path("/usr/share/fonts/truetype/noto") / font; fs::exists(path))
            fs::copy_file(path, folder / "fonts" / font);
    if (fs::is_empty(folder / "fonts")) GTEST_SKIP() << "fonts-noto-core is not installed where Debian has it";
    std::ofstream(folder / "few.conf") << "<?xml version=\"1.0\"?><fontconfig><dir>" << (folder / "fonts").string()
                                       << "</dir><cachedir>" << folder.string() << "</cachedir></fontconfig>";
    auto const own = fs::read_symlink("/proc/self/exe").string();
    EXPECT_EQ(std::system(("RAPPORT_FEW_FONTS='" + (folder / "it.pdf").string() + "' FONTCONFIG_FILE='" +
                           (folder / "few.conf").string() + "' '" + own +
                           "' --gtest_filter=Fonts.MissingForALanguageGiveTheCertificateInEnglish > '" +
                           (folder / "out").string() + "' 2>&1 && pdftotext '" + (folder / "it.pdf").string() +
                           "' - | grep -q 'Certificate of registered delivery'")
                              .c_str()),
              0);
    fs::remove_all(folder);
}

}  // namespace
}  // namespace rapport::certificate
