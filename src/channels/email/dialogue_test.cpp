// The server's dialogue, octet by octet: what a peer may say, and what it gets for saying it wrongly.
#include "channels/email/dialogue.hpp"

#include <gtest/gtest.h>

namespace rapport::channels::email {
namespace {

struct Talk {
    explicit Talk(DialogueOptions wanted = {}) : options(std::move(wanted)) {
        options.name = "mx.test";
        dialogue.emplace(options, [](std::string_view, std::string_view to) -> std::optional<std::string> {
            if (to.starts_with("no")) return "550 5.1.1 No such mailbox here";
            return std::nullopt;
        });
    }
    // Everything that is answered to these octets; mails are taken and answered with 250.
    std::string say(std::string_view octets) {
        std::string out;
        dialogue->feed(octets);
        while (dialogue->advance(out))
            if (auto mail = dialogue->take_mail()) {
                mails.push_back(std::move(*mail));
                dialogue->answer(out, "250 2.0.0 Kept");
            }
        return out;
    }
    DialogueOptions options;
    std::optional<Dialogue> dialogue;
    std::vector<TakenMail> mails;
};

TEST(Dialogue, takes_pipelined_mails_and_unstuffs_dots) {
    Talk talk;
    auto const replies = talk.say(
        "EHLO a\r\nMAIL FROM:<> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<b@c>\r\nRCPT TO:<no@c>\r\nRCPT TO:<\"d "
        "e\"@c>\r\nDATA\r\n"
        "Subject: x\r\n\r\n..dot\r\n.\r\nMAIL FROM:<x@y>\r\nRCPT TO:<z@c>\r\nDATA\r\n.\r\nQUIT\r\n");
    ASSERT_EQ(talk.mails.size(), 2u);
    EXPECT_EQ(talk.mails[0].raw, "Subject: x\r\n\r\n.dot\r\n");
    EXPECT_EQ(talk.mails[0].from, "");
    EXPECT_EQ(talk.mails[0].to, (std::vector<std::string>{"b@c", "\"d e\"@c"}));
    EXPECT_EQ(talk.mails[1].raw, "");
    EXPECT_NE(replies.find("550 5.1.1 No such mailbox here\r\n250 2.1.5 Ok\r\n354"), std::string::npos) << replies;
    EXPECT_TRUE(replies.ends_with("250 2.0.0 Kept\r\n221 2.0.0 Bye\r\n"));
    EXPECT_TRUE(talk.dialogue->ended());
}

TEST(Dialogue, every_split_of_the_octets_gives_the_same_mail) {
    std::string const all =
        "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nDATA\r\nA: b\r\n\r\n.\r.\r\n..\r\nx\r\n.\r\n";
    for (std::size_t at = 0; at <= all.size(); ++at) {
        Talk talk;
        talk.say(std::string_view(all).substr(0, at));
        talk.say(std::string_view(all).substr(at));
        ASSERT_EQ(talk.mails.size(), 1u) << at;
        EXPECT_EQ(talk.mails[0].raw, "A: b\r\n\r\n\r.\r\n.\r\nx\r\n") << at;
    }
    Talk talk;
    for (char const c : all) talk.say(std::string_view(&c, 1));
    EXPECT_EQ(talk.mails.size(), 1u);
}

// What the mail's size decides, it decides however the octets are cut: a line that is not whole yet must not end the
// connection, nor the dot that ends a mail of just the limit.
TEST(Dialogue, a_mail_at_its_limit_is_taken_and_a_larger_one_is_refused_in_every_split) {
    std::string const begin = "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nDATA\r\n", end = "\r\n.\r\n";
    std::string const line(58, 'x'), stuffed = ".." + std::string(57, 'x');
    for (auto const& text : {line, stuffed, line + "y", stuffed + "y", line + "\r\n.." + std::string(300, 'y')}) {
        auto const all = begin + text + end + "NOOP\r\n";
        bool const fits = text == line || text == stuffed;
        for (std::size_t at = begin.size(); at <= all.size(); ++at) {
            Talk talk({.mail_limit = 60});
            auto replies = talk.say(std::string_view(all).substr(0, at));
            if (at % 2 == 0)
                replies += talk.say(std::string_view(all).substr(at));
            else
                for (auto i = at; i < all.size(); ++i) replies += talk.say(std::string_view(all).substr(i, 1));
            EXPECT_EQ(talk.mails.size(), fits ? 1u : 0u) << at << replies;
            EXPECT_TRUE(replies.ends_with(fits ? "250 2.0.0 Kept\r\n250 2.0.0 Ok\r\n"
                                               : "552 5.3.4 The mail is too large\r\n250 2.0.0 Ok\r\n") ||
                        text.size() > 300)
                << at << replies;
            EXPECT_EQ(talk.dialogue->ended(), text.size() > 300) << at << replies;
        }
    }
}

TEST(Dialogue, nothing_but_CRLF_dot_CRLF_ends_a_mail) {
    std::string const begin = "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nDATA\r\nx\r\n";
    std::string const smuggled = "MAIL FROM:<admin@c>\r\nRCPT TO:<b@c>\r\nDATA\r\nevil\r\n.\r\n";
    for (std::string const end : {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n\n", "x\n.\r\n"}) {
        Talk talk;
        auto const replies = talk.say(begin + "y" + end + smuggled);
        EXPECT_TRUE(talk.mails.empty()) << to_hex(end);
        EXPECT_TRUE(talk.dialogue->ended()) << to_hex(end);
        EXPECT_TRUE(replies.ends_with("521 5.5.2 A bare line feed; lines end in CRLF (RFC 5321 2.3.8)\r\n")) << replies;
    }
    for (std::string const end : {"\r.\r", "\r\n.\r"}) {  // no line ends: octets of the one mail
        Talk talk;
        talk.say(begin + "y" + end + "x\r\n.\r\n");
        EXPECT_EQ(talk.mails.size(), 1u) << to_hex(end);
    }
    Talk command;
    EXPECT_TRUE(command.say("EHLO a\nMAIL FROM:<a@b>\r\n").starts_with("521"));
}

TEST(Dialogue, LMTP_wants_LHLO_and_answers_for_each_recipient) {
    Talk talk({.protocol = Protocol::lmtp});
    EXPECT_TRUE(talk.say("EHLO a\r\n").starts_with("500 5.5.1"));
    EXPECT_TRUE(talk.say("HELO a\r\n").starts_with("500 5.5.1"));
    auto const replies = talk.say("LHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nRCPT TO:<d@c>\r\nDATA\r\nx\r\n.\r\n");
    EXPECT_TRUE(replies.ends_with("354 Go ahead\r\n250 2.0.0 Kept\r\n250 2.0.0 Kept\r\n")) << replies;
}

TEST(Dialogue, chunks_may_hold_anything_and_are_read_even_when_they_are_refused) {
    Talk talk;
    auto replies = talk.say("EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nBDAT 6\r\na\n.\n\r\nBDAT 3 LAST\r\n" +
                            std::string("\0b\n", 3));
    ASSERT_EQ(talk.mails.size(), 1u) << replies;
    EXPECT_EQ(talk.mails[0].raw, std::string("a\n.\n\r\n\0b\n", 9));
    replies = talk.say("MAIL FROM:<a@b>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
    EXPECT_EQ(replies, "250 2.1.0 Ok\r\n554 5.5.1 No valid recipients\r\n250 2.0.0 Ok\r\n");
    EXPECT_TRUE(talk.say("BDAT 99999999999999999999\r\n").starts_with("501"));
    EXPECT_TRUE(talk.dialogue->ended());
}

TEST(Dialogue, refuses_what_is_wrong_or_too_much) {
    Talk talk({.mail_limit = 100, .recipient_limit = 2, .mistakes = 100});
    EXPECT_TRUE(talk.say("MAIL FROM:<a@b>\r\n").starts_with("503 5.5.1"));
    talk.say("EHLO a\r\n");
    EXPECT_TRUE(talk.say("RCPT TO:<a@b>\r\n").starts_with("503"));
    EXPECT_TRUE(talk.say("DATA\r\n").starts_with("503"));
    EXPECT_TRUE(talk.say("MAIL FROM:a@b\r\n").starts_with("501 5.1.7"));
    EXPECT_TRUE(talk.say("MAIL FROM:<a b>\r\n").starts_with("501 5.1.7"));
    EXPECT_TRUE(talk.say("MAIL FROM:<a@b> SIZE=101\r\n").starts_with("552 5.3.4"));
    EXPECT_TRUE(talk.say("MAIL FROM:<a@b> SIZE=x\r\n").starts_with("501"));
    EXPECT_TRUE(talk.say("MAIL FROM:<a@b> AUTH=<>\r\n").starts_with("555"));
    EXPECT_TRUE(talk.say("MAIL FROM:<\xC3\xA4@b>\r\n").starts_with("553 5.6.7"));
    EXPECT_TRUE(talk.say("MAIL FROM:<\xC3@b> SMTPUTF8\r\n").starts_with("553 5.6.7"));
    EXPECT_TRUE(talk.say("MAIL FROM:<\xC3\xA4@b> SMTPUTF8\r\n").starts_with("250"));
    EXPECT_TRUE(talk.say("MAIL FROM:<a@b>\r\n").starts_with("503"));
    EXPECT_TRUE(talk.say("RCPT TO:<>\r\n").starts_with("501"));
    EXPECT_TRUE(talk.say("RCPT TO:<@relay.example:b@c>\r\n").starts_with("250")) << "a source route";
    EXPECT_TRUE(talk.say("RCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n").ends_with("452 4.5.3 Too many recipients\r\n"));
    EXPECT_TRUE(talk.say("NO\x01OP\r\n").starts_with("500"));
    talk.say("DATA\r\n");
    EXPECT_TRUE(talk.say(std::string(60, 'x') + "\r\n" + std::string(60, 'x') + "\r\n.\r\n").starts_with("552 5.3.4"));
    EXPECT_TRUE(talk.mails.empty());
    EXPECT_FALSE(talk.dialogue->ended()) << "the next mail may come";
    EXPECT_TRUE(talk.say(std::string(5000, 'x')).starts_with("500 5.5.2"));
    EXPECT_TRUE(talk.dialogue->ended());
}

TEST(Dialogue, ends_after_too_many_mistakes_and_for_web_browsers) {
    Talk talk({.mistakes = 3});
    EXPECT_TRUE(
        talk.say("EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<no1@c>\r\nRCPT TO:<no2@c>\r\nRCPT TO:<no3@c>\r\nNOOP\r\n")
            .ends_with("550 5.1.1 No such mailbox here\r\n421 4.7.0 Too many mistakes\r\n"));
    Talk browser;
    EXPECT_TRUE(browser.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("521 5.5.1"));
}

TEST(Dialogue, what_follows_STARTTLS_in_the_clear_ends_the_connection) {
    Talk talk({.starttls = true});
    EXPECT_NE(talk.say("EHLO a\r\n").find("250-STARTTLS"), std::string::npos);
    EXPECT_TRUE(talk.say("STARTTLS\r\nMAIL FROM:<evil@b>\r\n").starts_with("421 4.7.0"));
    Talk good({.starttls = true});
    good.say("EHLO a\r\nSTARTTLS\r\n");
    ASSERT_TRUE(good.dialogue->starts_tls());
    good.dialogue->tls_started();
    EXPECT_TRUE(good.say("MAIL FROM:<a@b>\r\n").starts_with("503")) << "everything begins anew (RFC 3207 §4.2)";
    EXPECT_EQ(good.say("EHLO a\r\n").find("STARTTLS"), std::string::npos);
}

}  // namespace
}  // namespace rapport::channels::email
