#include "post/pickup.hpp"

#include <gtest/gtest.h>

#include "channels/email/mime.hpp"

namespace rapport::post {
namespace {

TEST(FetchedMails, HaveTheirReturnPath) {
    EXPECT_EQ(return_path_in("Return-Path: <ada@dest.test>\r\nReturn-Path: <eve@dest.test>\r\n\r\n"), "ada@dest.test");
    EXPECT_EQ(return_path_in("Received: x\r\nRETURN-PATH:<>\r\nSubject: y\r\n\r\n"), "");
    EXPECT_EQ(return_path_in("Subject: y\r\n\r\nReturn-Path: <ada@dest.test>\r\n"), "") << "not in the body";
    EXPECT_EQ(return_path_in(""), "");
    EXPECT_EQ(return_path_in("\n"), "");
}

TEST(FetchedMails, ThatAreTooLargeSayWhereTheyLie) {
    auto const raw = left_behind(
        "From: ada@dest.test\r\nContent-Type: multipart/mixed;\r\n boundary=x\r\nSubject: A film\r\nMIME-Version: "
        "1.0\r\n\r\n",
        99'000'000, "INBOX", "imap.test");
    auto const mail = channels::email::read_mime(raw);
    ASSERT_TRUE(mail);
    EXPECT_EQ(raw.find("boundary"), std::string::npos);
    EXPECT_NE(raw.find("Subject: A film\r\n"), std::string::npos);
    EXPECT_NE(raw.find("99000000 octets"), std::string::npos);
    EXPECT_NE(left_behind("", 1, "A", "b").find("MIME-Version"), std::string::npos) << "no header at all";
}

}  // namespace
}  // namespace rapport::post
