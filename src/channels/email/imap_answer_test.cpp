#include "channels/email/imap_answer.hpp"

#include <gmock/gmock.h>

namespace rapport::channels::email {
namespace {

using Status = ImapReader::Status;

ImapAnswer answer_in(std::string_view octets) {
    ImapReader reader(1 << 20);
    reader.feed(octets);
    ImapAnswer answer;
    EXPECT_EQ(reader.take(answer), Status::complete) << octets;
    return answer;
}

TEST(ImapAnswers, HaveATagAStatusAndACode) {
    auto const answer = answer_in("* OK [UIDVALIDITY 3857529045] UIDs valid\r\n");
    EXPECT_EQ(answer.tag, "*");
    EXPECT_EQ(answer.status(), "OK");
    EXPECT_EQ(answer.code("uidvalidity"), "3857529045");
    EXPECT_FALSE(answer.code("UIDNEXT"));
    EXPECT_EQ(answer_in("r7 no [AUTHENTICATIONFAILED] wrong \"(\r\n").status(), "NO") << "text is not taken apart";
    EXPECT_EQ(answer_in("+ \r\n").tag, "+");
    EXPECT_EQ(answer_in("+ idling (soon\r\n").tag, "+");
    EXPECT_EQ(answer_in("* 23 EXISTS\r\n").number_before("exists"), 23u);
}

TEST(ImapAnswers, SayWhatTheServerCanAndWhatItFound) {
    std::vector<std::string> const all{"IMAP4rev1", "AUTH=PLAIN"};
    EXPECT_EQ(answer_in("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n").capabilities(), all);
    EXPECT_THAT(answer_in("* capability IMAP4rev1 AUTH=PLAIN\r\n").capabilities().value(), testing::IsSupersetOf(all));
    EXPECT_FALSE(answer_in("* OK hi\r\n").capabilities());
    EXPECT_EQ(answer_in("* SEARCH 3 x 99999999999 7\r\n").found(), (std::vector<std::uint32_t>{3, 7}));
    EXPECT_TRUE(answer_in("* 3 EXISTS\r\n").found().empty());
}

TEST(ImapAnswers, HaveWhatWasFetchedAlsoAsLiterals) {
    auto const answer = answer_in(
        "* 12 FETCH (FLAGS (\\Seen $x) UID 4711 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 11 "
        "BODY[] {11}\r\nA: b\r\n\r\nc)\r BODY[HEADER] NIL)\r\n");
    EXPECT_EQ(answer.fetched("uid"), "4711");
    EXPECT_EQ(answer.fetched("INTERNALDATE"), "17-Jul-1996 02:44:25 -0700");
    EXPECT_EQ(answer.fetched("BODY[]"), "A: b\r\n\r\nc)\r");
    EXPECT_EQ(answer.fetched("BODY[HEADER]"), "NIL");
    EXPECT_FALSE(answer.fetched("FLAGS)"));
}

TEST(ImapAnswers, AreTheSameInWhateverPiecesTheyCome) {
    std::string const octets =
        "* 1 FETCH (UID 1 BODY[] {4}\r\n\r\n\r\n)\r\n* SEARCH 2 3\r\nr1 OK done\r\n* X ~{2}\r\n\0\1\r\n";
    for (std::size_t cut = 1; cut < 9; ++cut) {
        ImapReader reader(100);
        ImapAnswer answer;
        std::vector<std::string> tags;
        for (std::size_t at = 0; at < octets.size(); at += cut) {
            reader.feed(std::string_view(octets).substr(at, cut));
            while (reader.take(answer) == Status::complete) {
                tags.push_back(answer.tag);
                if (tags.size() == 1) EXPECT_EQ(answer.fetched("BODY[]"), "\r\n\r\n");
                if (tags.size() == 2) EXPECT_EQ(answer.tokens.at(2).text, "3");
            }
        }
        EXPECT_EQ(tags.size(), 3u) << cut;
    }
}

TEST(ImapAnswers, AreRefusedWhereTheyHaveNoEnd) {
    ImapReader reader(100);
    ImapAnswer answer;
    reader.feed("* 1 FETCH (BODY[] {101}\r\n");
    EXPECT_EQ(reader.take(answer), Status::too_large);
    ImapReader many(100);
    many.feed("* 1 FETCH (BODY[] {60}\r\n" + std::string(60, 'x') + " BODY[TEXT] {60}\r\n");
    EXPECT_EQ(many.take(answer), Status::too_large) << "together";
    ImapReader endless(100);
    endless.feed(std::string((1 << 20) + 10, 'a'));
    EXPECT_EQ(endless.take(answer), Status::broken);
    for (auto const* nonsense : {"\r\n", "* \"open\r\n", "(\r\n", "\"x\" OK\r\n", " OK 2 OK done\r\n"}) {
        ImapReader odd(100);
        odd.feed(nonsense);
        EXPECT_EQ(odd.take(answer), Status::broken) << nonsense;
    }
}

TEST(ImapWords, AreQuotedOrCodedInUtf7) {
    EXPECT_EQ(imap_quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
    EXPECT_FALSE(imap_quoted("a\r\nb"));
    EXPECT_FALSE(imap_quoted("sch\u00f6n"));
    // RFC 3501 §5.1.3
    EXPECT_EQ(imap_mailbox("~peter/mail/台北/日本語"), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");
    EXPECT_EQ(imap_mailbox("R&D"), "\"R&-D\"");
    EXPECT_EQ(imap_mailbox("😀"), "\"&2D3eAA-\"");
    EXPECT_FALSE(imap_mailbox("a\nb"));
}

TEST(ImapTimes, AreReadWithTheirZone) {
    auto const time = imap_time("17-Jul-1996 02:44:25 -0700");
    ASSERT_TRUE(time);
    EXPECT_EQ(to_text(*time).substr(0, 19), "1996-07-17T09:44:25");
    EXPECT_EQ(to_text(*imap_time(" 1-Feb-2026 00:00:00 +0530")).substr(0, 19), "2026-01-31T18:30:00");
    for (auto const* wrong : {"", "17-Jul-1996", "32-Jan-2026 00:00:00 +0000", "17-Jux-1996 02:44:25 -0700"})
        EXPECT_FALSE(imap_time(wrong)) << wrong;
}

}  // namespace
}  // namespace rapport::channels::email
