// Mailboxes as programs have written them for fifty years, sound and damaged.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "channels/email/maildir.hpp"
#include "channels/email/mbox.hpp"

namespace rapport::channels::email {
namespace {

namespace fs = std::filesystem;

class MailboxFiles : public testing::Test {
  protected:
    void SetUp() override {
        auto name = (fs::temp_directory_path() / "mailbox-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    void TearDown() override { fs::remove_all(folder_); }
    void write(fs::path const& path, std::string const& text) {
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    std::vector<StoredMail> read(std::string const& text, MboxForm form = MboxForm::any, std::size_t most = 1 << 20) {
        write(folder_ / "mbox", text);
        auto mbox = Mbox::open((folder_ / "mbox").string(), 0, form, most);
        std::vector<StoredMail> out;
        while (auto mail = mbox.value().next()) out.push_back(std::move(*mail));
        EXPECT_EQ(mbox->position(), static_cast<std::int64_t>(text.size()));
        skipped_ = mbox->skipped();
        return out;
    }
    fs::path folder_;
    std::int64_t skipped_ = 0;
};

std::string const from = "From ada@example.org Sat Nov 21 09:30:00 2015\n";

TEST_F(MailboxFiles, MailsAreDividedByFromLinesAndTheEmptyLineBeforeThemIsTheMailboxes) {
    auto const mails = read(from + "Subject: one\n\nHello\n\n" + from + "Subject: two\n\nlast\n");
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_EQ(mails[0].raw, "Subject: one\r\n\r\nHello\r\n");
    EXPECT_EQ(mails[1].raw, "Subject: two\r\n\r\nlast\r\n");
    EXPECT_EQ(to_text(mails[0].at.value()), "2015-11-21T09:30:00Z");
}

TEST_F(MailboxFiles, OneQuotationMarkIsTakenFromQuotedFromLines) {
    auto const text = from + "Subject: one\n\n>From here\n>>From there\n> From nowhere\n\n";
    EXPECT_EQ(read(text).at(0).raw, "Subject: one\r\n\r\nFrom here\r\n>From there\r\n> From nowhere\r\n");
    EXPECT_EQ(read(text, MboxForm::o).at(0).raw, "Subject: one\r\n\r\nFrom here\r\n>>From there\r\n> From nowhere\r\n");
}

TEST_F(MailboxFiles, ALengthCountsWhereAMailBeginsBehindIt) {
    std::string const body = "text\n" + from + "\n>From me\n";
    auto const length = "Content-Length: " + std::to_string(body.size()) + "\n";
    auto const mails = read(from + "Subject: one\n" + length + "\n" + body + "\n" + from + "Subject: two\n\nlast\n");
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_EQ(mails[0].raw, "Subject: one\r\n\r\ntext\r\n" + from.substr(0, from.size() - 1) + "\r\n\r\n>From me\r\n");
    EXPECT_EQ(mails[1].raw, "Subject: two\r\n\r\nlast\r\n");
}

TEST_F(MailboxFiles, ALengthThatIsWrongIsPassedOver) {
    for (auto const* length : {"3", "7", "99999999999999", "-1", "x"}) {
        auto const mails = read(from + "Content-Length: " + length + "\nSubject: one\n\nHello there\n\n" + from +
                                "Subject: two\n\nlast\n");
        ASSERT_EQ(mails.size(), 2u) << length;
        EXPECT_EQ(mails[0].raw, "Subject: one\r\n\r\nHello there\r\n") << length;
    }
}

TEST_F(MailboxFiles, LineEndsOfOtherSystemsAreRead) {
    auto const mails = read(
        "From ada@example.org Sat Nov 21 09:30:00 2015\r\nSubject: one\r\n\r\nHello\r\n\r\nFrom - Sat Nov 21 09:31:00 "
        "2015\r\nSubject: two\r\n\r\nlast\r\n");
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_EQ(mails[0].raw, "Subject: one\r\n\r\nHello\r\n");
    EXPECT_EQ(mails[1].raw, "Subject: two\r\n\r\nlast\r\n");
}

TEST_F(MailboxFiles, WhatTheMailboxAddedToHeadersIsTakenAsFlagsAndLeftOut) {
    auto const mails = read(
        from + "X-IMAPbase: 1 2\n foo\nSubject: one\nStatus: RO\nX-Status: F\nX-UID: 7\nX-Keywords: a\n b\n\nx\n\n" +
        from + "Subject: two\nX-Mozilla-Status: 0005\n\nx\n\n" + from +
        "Subject: three\nX-Gmail-Labels: Sent,Unread\n\nx\n\n" + from +
        "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1\n\nx\n\n" + from +
        "Subject: five\nStatus: D\n\nx\n");
    ASSERT_EQ(mails.size(), 5u);
    EXPECT_EQ(mails[0].raw, "Subject: one\r\n\r\nx\r\n");
    EXPECT_TRUE(!mails[0].unread && mails[0].flagged);
    EXPECT_TRUE(!mails[1].unread && mails[1].flagged);
    EXPECT_TRUE(mails[2].unread && mails[2].sent);
    EXPECT_TRUE(mails[3].left_out);
    EXPECT_TRUE(mails[4].left_out);
}

TEST_F(MailboxFiles, DamageCostsOneMailAndNotTheNext) {
    auto const mails = read("rubbish\nin front\n" + from + "Subject: no body\n" + from + "Subject: cut o" +
                            "\n\n\xff\xfe\n" + "no empty line\n" + from + "Subject: three\n\nlast");
    ASSERT_EQ(mails.size(), 3u);
    EXPECT_EQ(skipped_, 17);
    EXPECT_EQ(mails[0].raw, "Subject: no body\r\n");
    EXPECT_EQ(mails[2].raw, "Subject: three\r\n\r\nlast");
    EXPECT_TRUE(read("").empty());
    EXPECT_TRUE(read("nothing here\n\nFrom here on there is no mail\n").empty());
}

TEST_F(MailboxFiles, AMailThatIsTooLargeIsPassedOver) {
    auto const mails =
        read(from + "Subject: one\n\n" + std::string(300'000, 'x') + "\n\n" + from + "Subject: two\n\nlast\n",
             MboxForm::any, 100'000);
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_TRUE(mails[0].too_large && mails[0].raw.empty());
    EXPECT_EQ(mails[1].raw, "Subject: two\r\n\r\nlast\r\n");
}

TEST_F(MailboxFiles, ReadingGoesOnWhereItStood) {
    std::string text;
    for (int i = 0; i < 5000; ++i)
        text += from + "Subject: " + std::to_string(i) + "\n\n" + std::string(static_cast<std::size_t>(i % 700), 'a') +
                "\n\n";
    write(folder_ / "mbox", text);
    auto const path = (folder_ / "mbox").string();
    std::int64_t at = 0;
    for (int i = 0; i < 5000; ++i) {
        auto mbox = Mbox::open(path, at, MboxForm::any, 1 << 20);
        auto const mail = mbox.value().next();
        ASSERT_TRUE(mail);
        ASSERT_TRUE(mail->raw.starts_with("Subject: " + std::to_string(i) + "\r\n")) << i;
        at = mbox->position();
        i += i % 97 == 0 ? 0 : 0;
    }
    EXPECT_EQ(at, static_cast<std::int64_t>(text.size()));
}

TEST_F(MailboxFiles, FromLinesOfManyProgramsAreKnown) {
    auto const at = [](std::string_view line) {
        auto const read = read_from_line(line);
        return read && read->at ? to_text(*read->at) : std::string(read ? "yes" : "no");
    };
    EXPECT_EQ(at("From a@b.test Sat Nov  1 09:30:00 2014"), "2014-11-01T09:30:00Z");
    EXPECT_EQ(at("From a@b.test  Sat Nov 1 09:30 2014"), "2014-11-01T09:30:00Z");
    EXPECT_EQ(at("From a@b.test Sat Nov 1 09:30:00 CET 2014"), "2014-11-01T09:30:00Z");
    EXPECT_EQ(at("From a@b.test Sat Nov 1 09:30:00 2014 +0100"), "2014-11-01T08:30:00Z");
    EXPECT_EQ(at("From 1483@xxx Sat Nov 01 09:30:00 +0000 2014"), "2014-11-01T09:30:00Z");
    EXPECT_EQ(at("From \"Ada L\"@b.test Sat Nov 1 09:30:00 2014 remote from x"), "2014-11-01T09:30:00Z");
    EXPECT_EQ(at("From - Sat Nov 01 09:30:00 2014"), "2014-11-01T09:30:00Z");
    EXPECT_EQ(at("From "), "yes");
    EXPECT_EQ(at("From here on"), "no");
    EXPECT_EQ(at("From: Ada"), "no");
    EXPECT_EQ(at("From a@b.test Sat Nov 31 09:30:00 2014"), "no");
}

TEST_F(MailboxFiles, MaildirsHaveFoldersFlagsAndTimes) {
    for (auto const* folder : {"", ".Sent", ".Archive.2014", ".Trash"})
        for (auto const* place : {"cur", "new", "tmp"}) fs::create_directories(folder_ / "m" / folder / place);
    write(folder_ / "m/cur/1416562200.M2.host:2,FS", "Subject: one\n\nHello\n");
    write(folder_ / "m/new/1416562100.M1.host", "Subject: two\r\n\r\nHello\r\n");
    write(folder_ / "m/cur/1416562300.M3.host:2,T", "Subject: gone\n\n");
    auto const folders = maildir_folders(folder_ / "m");
    ASSERT_EQ(folders.value().size(), 4u);
    EXPECT_EQ(folders->at(0).name, "INBOX");
    EXPECT_EQ(folders->at(1).name, "Archive.2014");
    EXPECT_TRUE(folders->at(2).sent);
    EXPECT_TRUE(folders->at(3).left_out);
    auto const entries = maildir_entries(folders->at(0));
    ASSERT_EQ(entries.size(), 3u);
    EXPECT_EQ(entries[0].name, "1416562100.M1.host");
    auto const fresh = read_maildir(folders->at(0), entries[0], 1000);
    EXPECT_TRUE(fresh->unread && !fresh->flagged);
    // Another program has read it meanwhile.
    fs::rename(folder_ / "m" / entries[0].file, folder_ / "m/cur/1416562100.M1.host:2,S");
    auto const moved = read_maildir(folders->at(0), entries[0], 1000);
    EXPECT_FALSE(moved->unread);
    auto const one = read_maildir(folders->at(0), entries[1], 1000);
    EXPECT_EQ(one->raw, "Subject: one\r\n\r\nHello\r\n");
    EXPECT_TRUE(!one->unread && one->flagged);
    EXPECT_EQ(to_text(one->at.value()), "2014-11-21T09:30:00Z");
    EXPECT_TRUE(read_maildir(folders->at(0), entries[2], 1000)->left_out);
    EXPECT_EQ(maildir_entries(folders->at(0), entries[1].name).size(), 1u);
    EXPECT_FALSE(maildir_folders(folder_ / "nowhere"));
}

}  // namespace
}  // namespace rapport::channels::email
