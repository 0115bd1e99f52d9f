// The DKIM signer against RFC 6376's and RFC 8463's examples and against verifiers that we did not write: python3-dkim
// and OpenDKIM, both algorithms each.
#include "channels/email/dkim.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/crypto.hpp"
#include "channels/email/email.hpp"
#include "testing/process.hpp"

namespace rapport::channels::email {
namespace {

using rapport::testing::run_program;

Bytes a_mail(std::string text = "Grüße\n\n  two  blanks \n.\n\n\n", bool unsubscribe = true) {
    Mail mail{{HeaderText("Comune di Città"), {"post@example.org"}},
              {HeaderText("Ada"), {"ada@example.com"}},
              HeaderText("یک مرسولهٔ سفارشی از Example Utilities (demo) در انتظار شماست"),
              *time_from_text("2026-11-21T09:30:00Z"),
              MessageId("out_123", "example.org"),
              Locale::fa,
              std::move(text),
              "<p>a\tb</p>"};
    if (unsubscribe) mail.unsubscribe_url = "https://post.example.org/u/1";
    if (unsubscribe) mail.list = "offers";
    return write_mail(mail);
}

struct Keys {
    DkimKey rsa = DkimKey::make(DkimAlgorithm::rsa_sha256), edwards = DkimKey::make(DkimAlgorithm::ed25519_sha256);
    DkimSigner signer{{{"example.org", "r1", rsa}, {"example.org", "e1", edwards}}};
};
Keys const& keys() {
    static Keys const made;
    return made;
}

// What python3-dkim says of each signature, in order: "True True".
std::string python_says(Bytes const& mail) {
    rapport::testing::TemporaryFolder const folder;
    auto const file = (folder.path() / "mail").string();
    std::ofstream(file, std::ios::binary) << mail;
    std::string const script =
        "import dkim, sys\n"
        "records = {b'r1._domainkey.example.org.': sys.argv[2].encode(), b'e1._domainkey.example.org.': "
        "sys.argv[3].encode()}\n"
        "mail = open(sys.argv[1], 'rb').read()\n"
        "def ask(name, timeout=5): return records.get(name)\n"
        "said = []\n"
        "for i in range(2):\n"
        "    try: said.append(str(dkim.DKIM(mail).verify(idx=i, dnsfunc=ask)))\n"
        "    except dkim.ValidationError: said.append('False')\n"
        "print(*said)\n";
    auto const ran =
        run_program({"/usr/bin/python3", "-c", script, file, keys().rsa.record(), keys().edwards.record()});
    return ran.output;
}

TEST(Dkim, python_verifies_both_signatures_and_any_change_breaks_them) {
    Time const now = system_now();
    for (auto const& mail : {a_mail(), a_mail("plain", false), a_mail(std::string(40'000, 'x'))}) {
        auto const signed_mail = keys().signer.sign(mail, now) + mail;
        EXPECT_EQ(python_says(signed_mail), "True True\n");
    }
    auto const mail = a_mail();
    auto const signatures = keys().signer.sign(mail, now);
    EXPECT_EQ(python_says(signatures + mail.substr(0, mail.size() - 3) + "x\r\n"), "False False\n");
    auto changed = mail;
    changed.replace(changed.find("post@example.org"), 4, "mail");
    EXPECT_EQ(python_says(signatures + changed), "False False\n");
    // Nothing may be added either: not a second From, not another address to unsubscribe at (RFC 8058 §4).
    for (std::string const added :
         {"From: evil@example.net\r\n", "Subject: other\r\n", "Reply-To: evil@example.net\r\n",
          "List-Unsubscribe: <https://evil.example/>\r\n", "List-Id: <other.example.org>\r\n", "Cc: x@example.net\r\n"})
        EXPECT_EQ(python_says(signatures + added + mail), "False False\n") << added;
    EXPECT_EQ(python_says("Received: by mx; today\r\nX-Spam: no\r\n" + signatures + mail), "True True\n");
}

TEST(Dkim, opendkim_verifies_each_signature) {
    rapport::testing::TemporaryFolder const folder;
    auto const mail = a_mail();
    auto const file = (folder.path() / "mail").string(), configuration = (folder.path() / "conf").string();
    auto const records = (folder.path() / "records").string();
    std::ofstream(records) << "r1._domainkey.example.org " << keys().rsa.record() << "\n"
                           << "e1._domainkey.example.org " << keys().edwards.record() << "\n";
    std::ofstream(configuration) << "Mode v\nTestPublicKeys " << records << "\n";
    auto const says = [&](Bytes const& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
        return run_program({"opendkim", "-x", configuration, "-vv", "-t", file}).output;
    };
    for (auto const& identity :
         {DkimIdentity{"example.org", "r1", keys().rsa}, {"example.org", "e1", keys().edwards}}) {
        DkimSigner const one({identity});
        auto const signature = one.sign(mail, system_now());
        auto const good = says(signature + mail);
        EXPECT_NE(good.find("verification (s=" + identity.selector + ", d=example.org, "), std::string::npos) << good;
        EXPECT_NE(good.find("key) succeeded"), std::string::npos) << good;
        auto const bad = says(signature + mail.substr(0, mail.size() - 3) + "x\r\n");
        EXPECT_EQ(bad.find("succeeded"), std::string::npos) << bad;
    }
}

TEST(Dkim, canonical_forms_are_those_of_the_standard) {
    // RFC 6376 §3.4.5
    EXPECT_EQ(relaxed_field("A", " X\r\n"), "a:X\r\n");
    EXPECT_EQ(relaxed_field("B ", " Y\t\r\n\tZ  \r\n"), "b:Y Z\r\n");
    EXPECT_EQ(relaxed_body_hash(" C \r\nD \t E\r\n\r\n\r\n"), sha256(" C\r\nD E\r\n"));
    EXPECT_EQ(relaxed_body_hash(""), sha256(""));
    EXPECT_EQ(relaxed_body_hash("\r\n \r\n\t\r\n"), sha256(""));
    EXPECT_EQ(relaxed_body_hash("no end"), sha256("no end\r\n"));
    EXPECT_EQ(relaxed_body_hash("a\r\n\r\nb"), sha256("a\r\n\r\nb\r\n"));
}

TEST(Dkim, lines_of_the_field_are_short_and_all_that_matters_is_signed_once_more_than_it_is_there) {
    auto const text = keys().signer.sign(a_mail(), system_now());
    for (std::size_t at = 0, end; (end = text.find("\r\n", at)) != std::string::npos; at = end + 2)
        EXPECT_LE(end - at, 78u) << text.substr(at, end - at);
    std::string flat;
    for (char c : text)
        if (c != '\r' && c != '\n' && c != '\t' && c != ' ') flat += c;
    for (std::string const twice :
         {"From:From:", "To:To:", "Subject:Subject:", "Date:Date:", "Message-ID:Message-ID:",
          "List-Unsubscribe:List-Unsubscribe:", "List-Unsubscribe-Post:List-Unsubscribe-Post"})
        EXPECT_NE(flat.find(twice), std::string::npos) << twice;
    EXPECT_EQ(DkimSigner({}).sign(a_mail(), system_now()), "");
}

TEST(Dkim, a_key_comes_back_from_its_file_and_a_weak_or_strange_one_is_refused) {
    for (auto const& key : {keys().rsa, keys().edwards}) {
        auto const read = DkimKey::from_pem(key.pem());
        ASSERT_TRUE(read);
        EXPECT_EQ(read->record(), key.record());
    }
    auto const weak = run_program({"openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"});
    EXPECT_FALSE(DkimKey::from_pem(weak.output.substr(weak.output.find("-----BEGIN"))));
    EXPECT_FALSE(DkimKey::from_pem("nonsense"));
}

// RFC 8463 appendix A.2: the Ed25519 key of RFC 8032 §7.1, test 1.
TEST(Dkim, the_published_form_of_an_ed25519_key_is_the_standards) {
    auto const key = DkimKey::from_pem(
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END "
        "PRIVATE "
        "KEY-----\n");
    ASSERT_TRUE(key);
    EXPECT_EQ(key->record(), "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
}

TEST(Dkim, a_record_is_compared_by_what_it_means) {
    auto const is_ours = [](std::string_view txt) { return same_dkim_record(txt, DkimAlgorithm::rsa_sha256, "AAAA"); };
    EXPECT_TRUE(is_ours("v=DKIM1; k=rsa; p=AAAA"));
    EXPECT_TRUE(is_ours("p=AA AA;"));
    EXPECT_TRUE(is_ours("v=DKIM1;h=sha1:sha256;s=email;t=s;p=AAAA"));
    for (std::string const other : {"v=DKIM1; k=rsa; p=", "v=DKIM1; k=rsa; p=AAAB", "v=DKIM1; k=ed25519; p=AAAA",
                                    "v=DKIM1; t=y; p=AAAA", "v=DKIM1; h=sha1; p=AAAA", "v=DKIM2; p=AAAA", ""})
        EXPECT_FALSE(is_ours(other)) << other;
}

}  // namespace
}  // namespace rapport::channels::email
