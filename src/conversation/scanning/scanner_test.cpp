// Files and the antivirus: found, away, back again.
#include "conversation/scanning/scanner.hpp"

#include "conversation/conversation_fixture.hpp"

namespace rapport::conversation {
namespace {

class Scanning : public ConversationTest {
  protected:
    MessageView with_file(std::string id, std::string const& content) {
        MailOut mail;
        mail.id = std::move(id);
        auto raw = mail.raw();
        auto const at = raw.find("Content-Type:");
        raw = raw.substr(0, at) +
              "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
              "text/plain\r\n\r\nsee\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: "
              "attachment; filename=a.bin\r\n\r\n" +
              content + "\r\n--b--\r\n";
        advance(std::chrono::seconds(1));
        keep(raw, {"box@ours.test"});
        handle();
        return newest();
    }
    Expected<File> file(AttachmentId id, InfectedFiles wanted = InfectedFiles::refused) {
        return store().read_now(
            [&](store::Reader& reader) { return attachment_of(reader, office(), act().actor, id, wanted); });
    }
    Scanner scanner() {
        return {store(), office(),
                [this](ByteView bytes) -> Expected<AttachmentScan> {
                    if (away_) return fail(ErrorKind::unavailable, "clamd_unreachable", "away");
                    ++asked_;
                    if (bytes.find("evil") != ByteView::npos) return AttachmentScan{ScanFinding::infected, "Evil", {}};
                    return AttachmentScan{ScanFinding::clean, "", {}};
                },
                [this] { return now(); }};
    }
    bool away_ = false;
    int asked_ = 0;
};
RAPPORT_ON_BOTH_ENGINES(Scanning);

TEST_P(Scanning, InfectedFilesAreKeptAndGivenToNobodyWhoDoesNotAskForThem) {
    auto const good = with_file("<1@ada.test>", "good"), bad = with_file("<2@ada.test>", "evil");
    auto scan = scanner();
    EXPECT_EQ(scan.step(), 2u);
    EXPECT_EQ(scan.step(), 0u);
    auto const clean = message(good.id).attachments.at(0), evil = message(bad.id).attachments.at(0);
    EXPECT_EQ(clean.scan->finding, ScanFinding::clean);
    EXPECT_TRUE(file(clean.id));
    EXPECT_EQ(evil.scan->finding, ScanFinding::infected);
    EXPECT_EQ(evil.scan->words, "Evil");
    EXPECT_EQ(file(evil.id).error().code, "file_infected");
    EXPECT_EQ(file(evil.id, InfectedFiles::given)->bytes, "evil");
    EXPECT_EQ(events("message.infected"), 1);
}

TEST_P(Scanning, NothingWaitsForAnAntivirusThatIsAwayAndNothingIsForgotten) {
    away_ = true;
    auto scan = scanner();
    auto const came = with_file("<1@ada.test>", "evil");
    EXPECT_EQ(scan.step(), 0u);
    EXPECT_TRUE(file(came.attachments.at(0).id));
    EXPECT_FALSE(message(came.id).attachments.at(0).scan);  // no antivirus is used, as far as this office knows
    away_ = false;
    EXPECT_EQ(scan.step(), 1u);
    EXPECT_FALSE(file(came.attachments.at(0).id));
    // Another program, started anew, asks about none of them again.
    restart();
    auto next = scanner();
    EXPECT_EQ(next.step(), 0u);
    EXPECT_EQ(asked_, 1);
}

TEST_P(Scanning, FilesThatWaitSaySo) {
    settings_.antivirus = true;
    restart();
    auto const came = with_file("<1@ada.test>", "good");
    ASSERT_TRUE(came.attachments.at(0).scan);
    EXPECT_EQ(came.attachments.at(0).scan->finding, ScanFinding::not_scanned);
    EXPECT_FALSE(came.attachments.at(0).scan->at);
    auto scan = scanner();
    scan.start();
    while (!message(came.id).attachments.at(0).scan->at) std::this_thread::yield();
    EXPECT_TRUE(scan.stop());
    EXPECT_EQ(message(came.id).attachments.at(0).scan->finding, ScanFinding::clean);
}

}  // namespace
}  // namespace rapport::conversation
