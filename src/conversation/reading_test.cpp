// Reading mails and making HTML safe: pure, from samples.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "conversation/html.hpp"
#include "conversation/reading.hpp"

namespace rapport::conversation {
namespace {

namespace email = channels::email;

Reading read(std::string raw, std::string_view sender = "ada@example.org") {
    auto const mail = email::read_mime(raw);
    EXPECT_TRUE(mail);
    return read_mail(*mail, sender);
}

std::string mail_with(std::string_view fields) {
    return std::string(fields) + "From: a@x.test\r\nSubject: s\r\n\r\ntext\r\n";
}

TEST(Reading, takes_who_to_whom_and_which_words) {
    auto const mail = read(
        "From: =?utf-8?q?Ada_L=C3=B6velace=2C_Ms?= <Ada@Example.org>\r\nTo: a group: one@x.test, \"Two, T.\" "
        "<two@x.test>;\r\n"
        "Cc: three@x.test\r\nReply-To: other@x.test\r\nSubject: =?utf-8?b?2LPZhNin2YU=?=\r\nMessage-ID: <a@x.test>\r\n"
        "Delivered-To: box+c1@ours.test\r\nX-Original-To: box@ours.test\r\n\r\nHello\r\n");
    EXPECT_EQ(mail.from.name, "Ada Lövelace, Ms");
    ASSERT_TRUE(mail.sender);
    EXPECT_EQ(mail.sender->value, "Ada@example.org");
    ASSERT_EQ(mail.to.size(), 2u);
    EXPECT_EQ(mail.to[1].name, "Two, T.");
    EXPECT_EQ(mail.cc[0].address, "three@x.test");
    EXPECT_EQ(mail.reply_to[0].address, "other@x.test");
    EXPECT_EQ(mail.subject, "سلام");
    EXPECT_EQ(mail.message_id, "<a@x.test>");
    EXPECT_EQ(mail.delivered_to, (std::vector<std::string>{"box+c1@ours.test", "box@ours.test"}));
    EXPECT_EQ(mail.text, "Hello\n");
    EXPECT_FALSE(mail.automatic);
}

TEST(Reading, sees_what_says_that_a_program_wrote_it) {
    EXPECT_EQ(read(mail_with("")).automatic, std::nullopt);
    EXPECT_EQ(read(mail_with("Auto-Submitted: no\r\n")).automatic, std::nullopt);
    EXPECT_TRUE(read(mail_with("Auto-Submitted: auto-replied (away)\r\n")).automatic);
    EXPECT_TRUE(read(mail_with("Precedence: bulk\r\n")).automatic);
    EXPECT_EQ(read(mail_with("Precedence: first-class\r\n")).automatic, std::nullopt);
    for (auto const* field :
         {"List-Id: <l.x.test>", "List-Unsubscribe: <https://x.test>", "X-Autoreply: yes", "X-Autorespond: 1",
          "X-Auto-Response-Suppress: All", "X-AutoReply-From: x@y.test", "X-Mail-Autoreply: 1", "x-autoresponse: 1"})
        EXPECT_TRUE(read(mail_with(std::string(field) + "\r\n")).automatic) << field;
    EXPECT_TRUE(read(mail_with(""), "").automatic) << "the null reverse-path";
    EXPECT_TRUE(read(mail_with(""), "MAILER-DAEMON@x.test").automatic);
}

TEST(Reading, folds_what_is_quoted_and_loses_nothing) {
    auto const own = [](std::string_view text) { return std::string(text.substr(0, begin_of_quotation(text))); };
    EXPECT_EQ(own("Yes.\n\nOn Sat, Nov 21, Ann wrote:\n> Shall we?\n> Ann\n"), "Yes.\n\n");
    EXPECT_EQ(own("Yes.\n-----Original Message-----\nFrom: Ann\nwords"), "Yes.\n");
    EXPECT_EQ(own("> Shall we?\nYes.\n> When?\nNow.\n"), "> Shall we?\nYes.\n> When?\nNow.\n")
        << "answers between the lines";
    EXPECT_EQ(own("I wrote:\nnothing is quoted"), "I wrote:\nnothing is quoted");
    EXPECT_EQ(own("Sì.\n\nIl giorno 21 nov Ann ha scritto:\n> Va bene?"), "Sì.\n\n");
    auto const only = read("From: a@x.test\r\n\r\n> all of it\r\n> is quoted\r\n");
    EXPECT_EQ(only.own, only.text.size()) << "what is only quoted is shown";
}

TEST(Reading, hides_links_that_work_for_customers_alone) {
    std::string const secret(43, 'k'), link = "https://post.example.org/p/" + secret;
    auto const plain = read("From: a@x.test\r\n\r\nWhat is this?\r\n> Your document: " + link + "\r\n");
    EXPECT_EQ(plain.text.find(secret), std::string::npos);
    EXPECT_NE(plain.text.find("https://post.example.org/p/…"), std::string::npos) << plain.text;
    EXPECT_EQ(plain.text.substr(0, plain.own), "What is this?\n");
    auto const html = read("From: a@x.test\r\nContent-Type: text/html\r\n\r\n<a href=\"" + link + "\">it</a>\r\n");
    EXPECT_EQ(html.html.find(secret), std::string::npos);
    auto const forwarded =
        read("From: a@x.test\r\nContent-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\n" + link + "\r\n");
    ASSERT_EQ(forwarded.pieces.size(), 1u);
    EXPECT_EQ(forwarded.pieces[0].bytes.find(secret), std::string::npos);
}

TEST(Reading, compares_subjects_without_what_programs_put_before_them) {
    EXPECT_EQ(bare_subject("Re: AW: Fwd:  Broken   Meter"), "broken meter");
    EXPECT_EQ(bare_subject("RE[2]: Broken meter"), "broken meter");
    EXPECT_EQ(bare_subject("R: Broken meter"), "broken meter");
    EXPECT_EQ(bare_subject("返信：Broken meter"), "broken meter");
    EXPECT_EQ(bare_subject("Meter: broken"), "meter: broken");
    EXPECT_EQ(bare_subject(""), "");
    EXPECT_EQ(bare_subject("Re:"), "");
}

TEST(Reading, takes_message_ids_out_of_whatever_stands_around_them) {
    EXPECT_EQ(message_ids_in("<a@b> junk <c@\r\n d> <no at> <a@b>"), (std::vector<std::string>{"<a@b>", "<c@d>"}));
    EXPECT_TRUE(message_ids_in("a@b").empty());
    EXPECT_TRUE(message_ids_in("<a@b").empty());
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "<" + std::to_string(i) + "@x.test> ";
    EXPECT_EQ(message_ids_in(many).size(), most_references);
    auto const mail = read("From: a@x.test\r\nReferences: " + many + "\r\n\r\nx");
    ASSERT_EQ(mail.references.size(), most_references);
    EXPECT_EQ(mail.references.back(), "<999@x.test>") << "of the first thousand the newest";
}

TEST(Reading, divides_bodies_from_files) {
    auto const mail = read(
        "From: a@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
        "--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
        "--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
        "--a\r\nContent-Type: text/plain\r\n\r\nplain words\r\n"
        "--a\r\nContent-Type: text/html\r\n\r\n<p>html <img src=\"cid:pic@x\"></p>\r\n--a--\r\n"
        "--r\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n"
        "--m\r\nContent-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment; "
        "filename=\"../../no\\\\tes.txt\"\r\n\r\nnotes\r\n"
        "--m\r\nContent-Type: message/rfc822\r\n\r\nFrom: b@x.test\r\nSubject: inner\r\n\r\ninner words\r\n--m--\r\n");
    EXPECT_EQ(mail.text, "plain words");
    EXPECT_NE(mail.html.find("cid:pic@x"), std::string::npos);
    ASSERT_EQ(mail.pieces.size(), 3u);
    EXPECT_TRUE(mail.pieces[0].shown_inside);
    EXPECT_EQ(mail.pieces[0].content_id, "pic@x");
    EXPECT_EQ(mail.pieces[1].bytes, "notes");
    EXPECT_EQ(mail.pieces[2].name, "inner.txt");
    EXPECT_NE(mail.pieces[2].bytes.find("inner words"), std::string::npos);
}

TEST(Reading, shows_the_files_of_an_enclosed_mail_beside_its_words) {
    std::string const file =
        "Content-Type: application/pdf; name=bill.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.4\r\n";
    auto const forwarded = [](std::string_view inner) {
        return "From: a@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
               "--m\r\n\r\nsee below\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n" +
               std::string(inner) + "\r\n--m--\r\n";
    };
    auto const mail = read(forwarded(
        "From: b@x.test\r\nSubject: bill\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"
        "--i\r\nContent-Type: text/plain\r\n\r\ninner words\r\n--i\r\n" +
        file + "--i--\r\n"));
    EXPECT_EQ(mail.text, "see below");
    ASSERT_EQ(mail.pieces.size(), 2u);
    EXPECT_EQ(mail.pieces[0].name, "bill.txt");
    EXPECT_NE(mail.pieces[0].bytes.find("inner words"), std::string::npos);
    EXPECT_EQ(mail.pieces[1].name, "bill.pdf");
    EXPECT_EQ(mail.pieces[1].bytes.substr(0, 8), "%PDF-1.4");
    auto const alone = read(forwarded("From: b@x.test\r\nSubject: bill\r\nMIME-Version: 1.0\r\n" + file));
    ASSERT_EQ(alone.pieces.size(), 2u);
    EXPECT_EQ(alone.pieces[1].name, "bill.pdf");
}

TEST(Html, keeps_what_an_editor_makes_and_nothing_that_runs) {
    EXPECT_EQ(safe_html("<p>a <b>bold</b><br>x</p>"), "<p>a <b>bold</b><br>x</p>");
    EXPECT_EQ(safe_html("<a href=\"https://x.test/?a=1&amp;b=2\" onclick=evil()>x</a>"),
              "<a href=\"https://x.test/?a=1&amp;b=2\" rel=\"noopener noreferrer\">x</a>");
    for (auto const* evil :
         {"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
          "<a href='java\tscript:alert(1)'>x</a>", "<a href=' &#1;javascript:alert(1)'>x</a>",
          "<svg onload=alert(1)><p>x</svg>", "<p style='background:url(//x.test)'>x</p>",
          "<iframe src=//x.test></iframe>", "<form action=//x.test><input></form>",
          "<a href='data:text/html,<script>1</script>'>x</a>", "<style>p{background:url(//x)}</style>",
          "<math><mtext><script>alert(1)</script>", "<p dir='rtl\" onclick=\"x'>x</p>",
          "<!--><script>alert(1)</script>-->", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
          "<base href=//x.test>", "<object data=x></object>"}) {
        auto const safe = safe_html(evil);
        for (auto const* bad : {"script", "onerror", "onclick", "onload", "style", "//x", "<svg", "<img", "<form",
                                "<iframe", "data:", "<object", "<base"})
            EXPECT_EQ(safe.find(bad), std::string::npos) << evil << " -> " << safe;
        EXPECT_EQ(safe_html(safe), safe) << "the same when it is made safe once more";
    }
    EXPECT_EQ(safe_html("<p dir=rtl>سلام</p>"), "<p dir=\"rtl\">سلام</p>");
    EXPECT_EQ(safe_html("1 < 2 & \"3\""), safe_html(safe_html("1 < 2 & \"3\"")));
}

TEST(Html, is_bounded_however_deep_it_is) {
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += "<div><span>";
    auto const safe = safe_html(deep + "end" + deep);
    EXPECT_NE(safe.find("end"), std::string::npos);
    EXPECT_LE(safe.size(), 200'000u);
    text_of_html(deep);
}

TEST(Html, is_read_as_text) {
    EXPECT_EQ(
        text_of_html(
            "<style>p{}</style><p>One</p><p>Two <a href=\"https://x.test\">here</a></p><ul><li>a</li><li>b</li></ul>"),
        "One\n\nTwo here <https://x.test>\n\n- a\n- b");
    EXPECT_EQ(text_of_html("a<br>b<br>c"), "a\nb\nc");
    EXPECT_EQ(html_of_text("a & b\nc\n\nd"), "<p>a &amp; b<br>c</p><p>d</p>");
}

TEST(States, walk_every_pair) {
    int rows = 0;
    for (std::size_t s = 0; s < state_count; ++s)
        for (std::size_t v = 0; v < verb_count; ++v) {
            auto const from = static_cast<State>(s);
            auto const verb = static_cast<Verb>(v);
            int found = 0;
            for (auto const& row : transitions) found += row.verb == verb && row.from.has(from);
            EXPECT_LE(found, 1) << json::enum_name(from) << ' ' << json::enum_name(verb);
            EXPECT_EQ(found == 1, transition(from, verb) != nullptr);
            rows += found;
        }
    EXPECT_EQ(rows, 37) << "a pair was added or taken away: say so here, too";
    EXPECT_EQ(transition(State::merged, Verb::answer), nullptr);
    EXPECT_EQ(transition(State::spam, Verb::answer), nullptr);
    EXPECT_EQ(not_allowed(State::spam, Verb::answer).code, "state_does_not_allow");
}

TEST(States, stand_on_the_page_that_is_printed_from_them) {
    std::string const path = "docs/conversation-states.md";
    if (std::getenv("RAPPORT_WRITE_DOCS")) std::ofstream(path) << states_page();
    std::ifstream file(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), states_page());
}

TEST(Tokens, that_we_did_not_make_mean_nothing) {
    Key256 key{}, other_key{};
    other_key[0] = 1;
    Tokens const ours(key, "https://ours.test"), cloned(key, "https://staging.test"),
        others(other_key, "https://ours.test");
    ParticipantId const ada{42};
    auto const address = ours.reply_address({"box@ours.test"}, ada);
    EXPECT_EQ(ours.participant_of(address.value), ada);
    EXPECT_EQ(ours.participant_of(ascii_lower(address.value)), ada);
    EXPECT_EQ(ours.participant_of("BOX" + address.value.substr(3, 15) + address.value.substr(18)), ada);
    EXPECT_FALSE(cloned.participant_of(address.value)) << "another installation with the same key";
    EXPECT_FALSE(others.participant_of(address.value));
    for (std::size_t i = 5; i < address.value.rfind('@'); ++i) {
        auto forged = address.value;
        forged[i] = forged[i] == '7' ? '8' : '7';
        if (forged != address.value) {
            EXPECT_FALSE(ours.participant_of(forged)) << forged;
        }
    }
    EXPECT_FALSE(ours.participant_of("box@ours.test"));
    EXPECT_FALSE(ours.participant_of("box+c@ours.test"));
    EXPECT_FALSE(ours.participant_of(""));
    auto const long_name = std::string(40, 'x') + "@ours.test";
    EXPECT_EQ(ours.reply_address({long_name}, ada).value, long_name) << "no token where it would not fit";
    EXPECT_LE(address.value.rfind('@'), 64u);
}

}  // namespace
}  // namespace rapport::conversation
