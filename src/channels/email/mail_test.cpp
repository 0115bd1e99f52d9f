// The writer against parsers that we did not write: GMime, and Python's email package.
#include <gtest/gtest.h>

#include "channels/email/encoding.hpp"
#include "channels/email/mime.hpp"
#include "channels/email/reply.hpp"
#include "channels/email/resolver.hpp"
#include "channels/email/sink.hpp"
#include "testing/process.hpp"

namespace rapport::channels::email {
namespace {

Mail some_mail() {
    return {
        {HeaderText("Comune di Forlì, \"Ufficio\" protocollo"), {"post@example.org"}},
        {HeaderText(), {"ada@example.com"}},
        HeaderText(
            "Ihre Rechnung für سپتامبر ist da — und hier kommt ein ziemlich langer Betreff, der gefaltet werden muss"),
        *time_from_text("2026-11-21T09:30:00Z"),
        MessageId("out_123", "example.org"),
        Locale::fa,
        "Grüße\n.\n..dots\nFrom here on\ntrailing blank \nسلام دنیا " + std::string(300, 'x') + "\n",
        "<p dir=\"rtl\">سلام &amp; درود</p>\n"};
}

void expect_short_seven_bit_lines(Bytes const& mail) {
    std::size_t start = 0;
    ASSERT_TRUE(is_ascii(mail));
    ASSERT_TRUE(mail.ends_with("\r\n"));
    for (std::size_t end; (end = mail.find('\n', start)) != Bytes::npos; start = end + 1) {
        ASSERT_TRUE(end > 0 && mail[end - 1] == '\r');
        EXPECT_LE(end - 1 - start, 78u) << mail.substr(start, end - start);
    }
    EXPECT_EQ(std::count(mail.begin(), mail.end(), '\r'), std::count(mail.begin(), mail.end(), '\n'));
}

std::string header(SinkMail const& mail, std::string_view name) {
    for (auto const& h : mail.headers)
        if (h.name == name) return h.value;
    return {};
}

TEST(Mail, gmime_reads_what_was_written) {
    auto const mail = some_mail();
    auto const bytes = write_mail(mail);
    expect_short_seven_bit_lines(bytes);
    auto const read = read_mail(bytes);
    EXPECT_EQ(read.subject, mail.subject.value());
    EXPECT_EQ(trimmed(read.html), "<p dir=\"rtl\">سلام &amp; درود</p>");
    auto text = read.text;
    std::erase(text, '\r');
    EXPECT_EQ(text, mail.text);
    EXPECT_EQ(header(read, "Auto-Submitted"), "auto-generated");
    EXPECT_NE(bytes.find("\r\nContent-Language: fa\r\n"), Bytes::npos);
    EXPECT_EQ(header(read, "Message-ID"), "<out_123@example.org>");
    EXPECT_EQ(header(read, "Date"), "Sat, 21 Nov 2026 09:30:00 +0000");
}

TEST(Mail, a_long_subject_in_any_script_arrives_whole) {
    for (std::string const subject :
         {"یک مرسولهٔ سفارشی از Example Utilities (demo) در انتظار شماست",
          "お客様宛の書留電子配達が届いています。期限までにご確認ください。Example",
          "ä1ö22ü333ß4444é55555è666666à7777777ù88888888ò999999999ì0000000000ê",
          "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 "
          "family"}) {
        auto mail = some_mail();
        mail.subject = HeaderText(subject);
        EXPECT_EQ(read_mail(write_mail(mail)).subject, subject);
    }
}

TEST(Mail, the_same_mail_is_the_same_bytes) { EXPECT_EQ(write_mail(some_mail()), write_mail(some_mail())); }

TEST(Mail, attachments_with_any_name_arrive_whole) {
    auto mail = some_mail();
    Bytes binary;
    for (int i = 0; i < 5000; ++i) binary += static_cast<char>(i * 7);
    std::string const long_name =
        "ein sehr langer Dateiname, وهذا جزء عربي, und noch mehr davon, damit er geteilt wird (1).pdf";
    mail.attachments = {{HeaderText("plain.pdf"), "application/pdf", binary},
                        {HeaderText(long_name), "not a type", "x"}};
    auto const bytes = write_mail(mail);
    expect_short_seven_bit_lines(bytes);
    auto const read = read_mail(bytes);
    ASSERT_EQ(read.attachments.size(), 2u);
    EXPECT_EQ(read.attachments[0].name, "plain.pdf");
    EXPECT_EQ(read.attachments[0].size, 5000);
    EXPECT_EQ(read.attachments[1].name, long_name);
    EXPECT_EQ(read.attachments[1].media_type, "application/octet-stream");
}

TEST(Mail, nothing_can_inject_a_header) {
    auto mail = some_mail();
    std::string const evil = "x\r\nBcc: all@example.org\r\n\r\nbody\x7F\xC2\x85\xFF\u2028";
    mail.subject = HeaderText(evil);
    mail.from.name = HeaderText(evil);
    mail.message_id = MessageId(evil, evil);
    mail.attachments = {{HeaderText(evil), evil, evil}};
    auto const bytes = write_mail(mail);
    expect_short_seven_bit_lines(bytes);
    auto const read = read_mail(bytes);
    EXPECT_EQ(header(read, "Bcc"), "");
    EXPECT_EQ(bytes.find("\r\nBcc"), Bytes::npos);
    EXPECT_EQ(read.subject.find('\n'), std::string::npos);
}

TEST(Mail, a_persons_mail_shows_everybody_it_goes_to_and_what_it_answers) {
    auto mail = some_mail();
    mail.by_person = true;
    mail.to_shown = {{HeaderText("Löve, Ada"), {"ada@example.com"}}, {HeaderText(), {"bob@example.com"}}};
    for (int i = 0; i < 30; ++i) mail.cc.push_back({HeaderText(std::string(40, 'x')), {"c@example.com"}});
    mail.in_reply_to = "<a@x.test>";
    mail.references = {"<0@x.test>", "<bad>\r\nBcc: all@x.test", "no brackets", "<two @x.test>", "<a@x.test>"};
    auto const bytes = write_mail(mail);
    expect_short_seven_bit_lines(bytes);
    auto const read = read_mime(bytes);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->to.size(), 2u);
    EXPECT_EQ(read->to[0].name, "Löve, Ada");
    EXPECT_EQ(read->to[1].address, "bob@example.com");
    EXPECT_EQ(read->cc.size(), 30u);
    EXPECT_EQ(field(read->fields, "In-Reply-To"), "<a@x.test>");
    EXPECT_EQ(field(read->fields, "References"), "<0@x.test> <a@x.test>");
    EXPECT_EQ(field(read->fields, "Auto-Submitted"), "");
    EXPECT_EQ(field(read->fields, "Bcc"), "");
    EXPECT_EQ(read->date, mail.date);
}

TEST(Mail, one_click_unsubscribing_stands_in_two_fields_and_injects_nothing) {
    auto mail = some_mail();
    EXPECT_EQ(write_mail(mail).find("List-Unsubscribe"), Bytes::npos);
    mail.unsubscribe_url = "https://post.example.org/u/abc?x=1";
    mail.unsubscribe_address = EmailAddress{"unsubscribe-1-abc@bounces.example.org"};
    EXPECT_NE(write_mail(mail).find("List-Unsubscribe:\r\n <https://post.example.org/u/abc?x=1>,\r\n "
                                    "<mailto:unsubscribe-1-abc@bounces.example.org>\r\n"),
              Bytes::npos);
    mail.unsubscribe_address.reset();
    auto const read = read_mail(write_mail(mail));
    EXPECT_EQ(header(read, "List-Unsubscribe"), "<https://post.example.org/u/abc?x=1>");
    EXPECT_EQ(header(read, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    for (std::string const bad : {"http://a.example/", "https://", "https://a.example/\r\nBcc: b@example.org",
                                  "https://a.example/> <https://b.example", "https://a.example/ü"}) {
        mail.unsubscribe_url = bad;
        EXPECT_EQ(write_mail(mail).find("List-Unsubscribe"), Bytes::npos) << bad;
    }
}

TEST(Mail, a_list_is_named_by_its_label_and_the_senders_domain) {
    auto mail = some_mail();
    EXPECT_EQ(write_mail(mail).find("List-Id"), Bytes::npos);
    mail.list = "offers";
    auto const domain = mail.from.address.value.substr(mail.from.address.value.find('@') + 1);
    EXPECT_EQ(header(read_mail(write_mail(mail)), "List-Id"), "<offers." + domain + ">");
    for (std::string const bad :
         {"", ".offers", "offers.", "a..b", "two words", "a>b", "x\r\nBcc: b@example.org", "ü"}) {
        mail.list = bad;
        EXPECT_EQ(write_mail(mail).find("List-Id"), Bytes::npos) << bad;
    }
}

TEST(Mail, python_reads_what_was_written) {
    auto mail = some_mail();
    mail.attachments = {{HeaderText("Verträge.pdf"), "application/pdf", "%PDF"}};
    testing::TemporaryFolder const folder;
    auto const file = folder.path() / "mail";
    std::ofstream(file, std::ios::binary) << write_mail(mail);
    std::string const script =
        "import email, email.policy, sys\n"
        "m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n"
        "bad = [d for p in m.walk() for d in p.defects]\n"
        "print(bad)\nprint(m['subject'])\nprint(m['from'].addresses[0].display_name)\n"
        "print(m.get_body(('plain',)).get_content().splitlines()[0])\n"
        "print(m.get_body(('html',)).get_content().strip())\n"
        "print([(a.get_filename(), a.get_content()) for a in m.iter_attachments()])\n";
    auto const ran = testing::run_program({"python3", "-X", "utf8", "-c", script, file.string()});
    EXPECT_EQ(ran.code, 0) << ran.output;
    EXPECT_EQ(ran.output, "[]\n" + mail.subject.value() + "\n" + mail.from.name.value() +
                              "\nGrüße\n<p dir=\"rtl\">سلام &amp; درود</p>\n[('Verträge.pdf', b'%PDF')]\n");
}

TEST(Mail, plain_ascii_stays_readable_and_long_or_odd_text_is_encoded) {
    EXPECT_EQ(encoding_for("short lines\nof ascii\n"), TransferEncoding::seven_bit);
    EXPECT_EQ(encoding_for(std::string(100, 'a')), TransferEncoding::quoted_printable);
    EXPECT_EQ(encoding_for("a = b"), TransferEncoding::quoted_printable);
    EXPECT_EQ(encoding_for("mostly ascii, one é"), TransferEncoding::quoted_printable);
    EXPECT_EQ(encoding_for("سلام دنیا، حال شما چطور است"), TransferEncoding::base64);
}

TEST(Reply, is_read_line_by_line_and_only_when_whole) {
    std::string buffer = "250-one\r\n250 2.1.5 two\r\n354 ";
    Reply reply;
    EXPECT_EQ(take_reply(buffer, reply), ReplyStatus::complete);
    EXPECT_EQ(reply.code, 250);
    EXPECT_EQ(reply.text(), "250 one 2.1.5 two");
    EXPECT_EQ(reply.enhanced_status, "2.0.0");
    EXPECT_EQ(take_reply(buffer, reply), ReplyStatus::incomplete);
    buffer = "550 5.1.1 gone\r\n";
    EXPECT_EQ(take_reply(buffer, reply), ReplyStatus::complete);
    EXPECT_EQ(reply.enhanced_status, "5.1.1");
    for (std::string bad : {"hello\r\n", "25\r\n", "250-a\r\n251 b\r\n", "250?a\r\n", "999 a\r\n"})
        EXPECT_EQ(take_reply(bad, reply), ReplyStatus::broken) << bad;
    std::string endless(reply_limit + 1, 'x');
    EXPECT_EQ(take_reply(endless, reply), ReplyStatus::broken);
}

TEST(Route, follows_preference_drops_ourselves_and_honours_null_mx) {
    auto const route =
        route_from({{"c.example", 30}, {"a.example", 10}, {"us.example", 20}, {"b.example", 10}}, "us.example");
    ASSERT_EQ(route.hosts.size(), 2u);
    EXPECT_EQ(route.hosts[0].preference, 10);
    EXPECT_EQ(route.hosts[1].preference, 10);
    EXPECT_EQ(route_from({{"", 0}}, "us").enhanced_status, "5.1.10");
    EXPECT_TRUE(route_from({{"us", 5}, {"other", 5}}, "us").permanent);
}

}  // namespace
}  // namespace rapport::channels::email
