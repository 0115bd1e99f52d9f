// Files and the antivirus: found, away, back again.
#include "conversation/scanning/scanner.hpp"

#include "conversation/arrival.hpp"
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
                    if (meanwhile_) meanwhile_();
                    if (bytes.find("evil") != ByteView::npos) return AttachmentScan{ScanFinding::infected, "Evil", {}};
                    return AttachmentScan{ScanFinding::clean, "", {}};
                },
                [this] { return now(); }};
    }
    bool away_ = false;
    int asked_ = 0;
    std::function<void()> meanwhile_;
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

TEST_P(Scanning, WhatTwoNodesFindIsToldOnce) {
    auto const bad = with_file("<1@ada.test>", "evil");
    auto one = scanner(), other = scanner();
    bool met = false;
    meanwhile_ = [&] {
        if (!std::exchange(met, true)) {
            EXPECT_EQ(other.step(), 1u);
        }
    };
    EXPECT_EQ(one.step(), 1u);
    EXPECT_TRUE(met);
    EXPECT_EQ(events("message.infected"), 1);
}

TEST_P(Scanning, UploadsAreToldOfWithTheirMessageAndLeaveOnlyWhereTheyMay) {
    auto const conversation = with_file("<1@ada.test>", "good").conversation;
    auto scan = scanner();
    auto const upload = [&](Actor const& owner, std::string const& bytes) {
        auto const id = store().write_now([&](store::Tx& tx) {
            auto const made = plan_upload(office(), owner, "a.bin", bytes, now()).value();
            keep_file(tx, office(), made);
            return made.row.id;
        });
        scan.step();
        return id;
    };
    // Ours is not sent.
    auto wanted = answer();
    wanted.attachments = {upload(act().actor, "evil of ours")};
    EXPECT_EQ(post(conversation, wanted).error().code, "file_infected");
    // A visitor's is kept, and told of.
    Arrival arrival;
    arrival.channel = Channel::chat;
    arrival.at = now();
    arrival.mailbox = box_;
    arrival.writer.author = "vis_1";
    arrival.text = "see";
    arrival.key = "one";
    arrival.uploads = {upload(Actor{ActorKind::customer, 7}, "evil of a visitor")};
    arrival.uploader = 7;
    EXPECT_EQ(events("message.infected"), 0);
    auto const prepared = prepare_arrival(office(), arrival);
    EXPECT_TRUE(store().write_now([&](store::Tx& tx) { return enter(tx, office(), *prepared); }));
    EXPECT_EQ(events("message.infected"), 1);
    // What is found before a letter leaves keeps it here.
    auto const late = store().write_now([&](store::Tx& tx) {
        auto const made = plan_upload(office(), act().actor, "b.bin", "evil, and found late", now()).value();
        keep_file(tx, office(), made);
        return made.row.id;
    });
    wanted = answer("key of another");
    wanted.attachments = {late};
    auto const sent = post(conversation, wanted);
    ASSERT_TRUE(sent) << sent.error().text;
    scan.step();
    post::LetterKey key;
    key.owner = to_text(*sent);
    auto const draws = await(module_->load_letters({key}));
    ASSERT_TRUE(draws.at(0));
    auto const drawn = await((*draws.at(0))());
    ASSERT_FALSE(drawn);
    EXPECT_EQ(drawn.error().code, "file_infected");
}

TEST_P(Scanning, TheRawMailOfAnInfectedFileIsKnown) {
    auto const good = with_file("<1@ada.test>", "good"), bad = with_file("<2@ada.test>", "evil");
    auto scan = scanner();
    scan.step();
    store().read_now([&](store::Reader& reader) {
        EXPECT_FALSE(infected_in(reader, good.id));
        auto const found = infected_in(reader, bad.id);
        EXPECT_TRUE(found && found->words == "Evil");
        return true;
    });
}

}  // namespace
}  // namespace rapport::conversation
