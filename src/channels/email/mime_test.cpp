// Mails that strangers wrote: bounded, and never more than a value.
#include "channels/email/mime.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "channels/email/dsn.hpp"

namespace rapport::channels::email {
namespace {

TEST(Mime, what_is_beyond_a_limit_is_said_and_costs_little) {
    std::string nested = "Subject: x\r\nMIME-Version: 1.0\r\n";
    for (int i = 0; i < 200; ++i)
        nested += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) +
                  "\r\n";
    auto const start = std::chrono::steady_clock::now();
    auto const deep = read_mime(nested);
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().code, "too_nested");
    auto const long_header = read_mime("Subject: " + std::string(300'000, 'x') + "\r\n\r\n");
    ASSERT_FALSE(long_header);
    EXPECT_EQ(long_header.error().code, "header_too_large");
    std::string many = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < 10'000; ++i) many += "--b\r\n\r\nx\r\n";
    auto const parts = read_mime(many + "--b--\r\n");
    ASSERT_TRUE(parts);
    EXPECT_LE(parts->body.parts.size(), 500u);
    auto const large = read_mime("Subject: x\r\n\r\n" + std::string(20'000'000, 'y'));
    ASSERT_TRUE(large);
    EXPECT_TRUE(large->cut);
    EXPECT_LE(large->body.content.size(), 512u * 1024);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Mime, odd_octets_are_a_value_too) {
    for (std::string const& raw :
         {std::string(), std::string("\0\0\0", 3), std::string("\r\n\r\n"), std::string(1000, '\xFF'),
          std::string("Content-Type: multipart/report; boundary=\"\"\r\n\r\n--\r\n--\r\n"),
          std::string("Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nx"),
          std::string("Content-Type: text/plain; charset=nothing\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@@")}) {
        auto const mail = read_mime(raw);
        if (mail) {
            text_of(mail->body);
            dsn_from(*mail);
            feedback_from(*mail);
        }
    }
}

TEST(Mime, reads_text_and_headers_in_any_charset) {
    auto const mail = read_mime(
        "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nMIME-Version: 1.0\r\nContent-Type: text/html; "
        "charset=iso-8859-1\r\n\r\n"
        "<p>Gr\xFC\xDF"
        "e</p>\r\n");
    ASSERT_TRUE(mail);
    EXPECT_EQ(field(mail->fields, "SUBJECT"), "Grüße");
    EXPECT_NE(text_of(mail->body).find("Grüße"), std::string::npos);
}

// GMime makes every part before we see the first: 600,000 of them in 4 MiB.
TEST(Mime, a_mail_of_very_many_parts_is_cut) {
    std::string raw = "Subject: x\nContent-Type: multipart/mixed; boundary=x\n\n";
    while (raw.size() < 1'000'000) raw += "--x\n\na\n";
    auto const mail = read_mime(raw);
    ASSERT_TRUE(mail);
    EXPECT_TRUE(mail->cut);
    EXPECT_EQ(mail->body.parts.size(), 499u);
    EXPECT_TRUE(read_mime(raw.substr(0, 7 * 4'000))->cut) << "500 of 4,000 were read";
    EXPECT_FALSE(read_mime(raw.substr(0, 7 * 400))->cut);
}

// RFC 5322 §2.2 forbids NUL, and it arrives: what stands after it is as good as what stands before it.
TEST(Mime, words_after_a_NUL_are_not_lost) {
    std::string const fields = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=";
    auto const plain = read_mime(fields + "utf-8\r\n\r\n" + std::string("before\0after\r\n", 14));
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->body.content, "before\uFFFDafter\r\n");
    auto const coded = read_mime(fields + "iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n\r\nYQDpCg==\r\n");
    ASSERT_TRUE(coded);
    EXPECT_EQ(coded->body.content, "a\uFFFDé\n");
}

// GMime reads groups of addresses in groups by recursion: 65,000 of them were the end of the program.
TEST(Mime, groups_in_groups_are_refused) {
    std::string groups;
    for (int i = 0; i < 65'000; ++i) groups += i % 100 ? "a:" : "a:\n ";
    for (std::string const name : {"To: ", "RESENT-CC : ", "From:"}) {
        auto const mail = read_mime("Subject: x\n" + name + groups + "\n\nbody\n");
        ASSERT_FALSE(mail);
        EXPECT_EQ(mail.error().code, "too_nested");
        auto const enclosed = read_mime("Subject: x\nContent-Type: message/rfc822\n\n" + name + groups + "\n\nbody\n");
        ASSERT_FALSE(enclosed);
    }
    EXPECT_TRUE(read_mime("Subject: x\nTo: a: b@[IPv6:2001:db8::1], c: <@d:e@f>;;\n\n" + groups));
}

// Databases and pages take nothing else.
TEST(Mime, texts_are_UTF8_whatever_charset_they_claim) {
    for (std::string const type :
         {"", "Content-Type: text/plain; charset=utf-8\n", "Content-Type: text/html; charset=x\n"}) {
        auto const mail = read_mime(
            "Subject: a\xE9\xFF"
            "b\n" +
                type +
                "\nc\xE9"
                "d\xC3\xA9\n",
            {});
        ASSERT_TRUE(mail);
        EXPECT_EQ(as_utf8(mail->body.content), mail->body.content) << mail->body.content;
        EXPECT_EQ(as_utf8(field(mail->fields, "Subject")), field(mail->fields, "Subject"));
    }
    EXPECT_EQ(as_utf8("a\xFF"
                      "b"),
              "a\uFFFDb");
    EXPECT_EQ(as_utf8("aé", 2), "a");
    EXPECT_EQ(as_utf8("aéb", 3), "aé");
    EXPECT_EQ(as_utf8("\xFF\xFF\xFF", 4), "\uFFFD");
    EXPECT_EQ(as_utf8(std::string_view("a\0b", 3)), "a\uFFFDb");
    auto const mail = read_mime("Subject: x\nContent-Type: text/plain; charset=utf-8\n\nééé", {.part_octets = 3});
    EXPECT_EQ(mail->body.content, "é");
}

TEST(Dsn, statuses_are_found_in_texts_and_nothing_else_is_taken_for_one) {
    EXPECT_EQ(status_in("550 5.1.1 no"), "5.1.1");
    EXPECT_EQ(status_in("(#5.7.26)"), "5.7.26");
    EXPECT_EQ(status_in("550 no such user"), "5.0.0");
    EXPECT_EQ(status_in("452-4.2.2 full"), "4.2.2");
    EXPECT_EQ(status_in("from 5.1.1.2 and 15.1.1"), "");
    EXPECT_EQ(status_in("Postfix 2.4.5", true), "");
    EXPECT_EQ(status_in("5.1.1234"), "");
    EXPECT_EQ(status_in(""), "");
}

TEST(Dsn, groups_of_fields_are_unfolded) {
    auto const groups = field_groups("A: b\r\n c\r\n\r\n\r\nB : d\nno colon\n\nC:\n");
    ASSERT_EQ(groups.size(), 3u);
    EXPECT_EQ(field(groups[0], "a"), "b c");
    EXPECT_EQ(field(groups[1], "B"), "d");
}

}  // namespace
}  // namespace rapport::channels::email
