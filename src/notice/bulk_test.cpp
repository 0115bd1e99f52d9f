// Jobs on both engines, in one process: from the file to the notices, what stops them, and how they go on.
#include <map>

#include "notice/bulk_batch.hpp"
#include "notice/notice_fixture.hpp"

namespace rapport::notice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr store::Query add_row{"test.add_row",
                               "INSERT INTO bulk_row (bulk, row_number, line, state) VALUES ($1, $2, 0, 'submitted')",
                               "INSERT INTO bulk_row (bulk, row_number, line, state) VALUES ($1, $2, 0, 'submitted')"};
constexpr store::Query drop_row{"test.drop_row", "DELETE FROM bulk_row WHERE bulk = $1 AND row_number = $2",
                                "DELETE FROM bulk_row WHERE bulk = $1 AND row_number = $2"};
constexpr store::Query count_letters{"test.count_letters", "SELECT COUNT(*) FROM outbox",
                                     "SELECT COUNT(*) FROM outbox"};

class BulkTest : public NoticeTest {
  protected:
    Bulks& bulks() {
        if (!bulks_) {
            settings_.batch = 4;
            bulks_ = std::make_unique<Bulks>(notices(), settings_);
            make_kind();
        }
        return *bulks_;
    }
    ~BulkTest() override { bulks_.reset(); }
    void restart_all() {
        bulks_.reset();
        restart();
    }
    // A kind of one's own can be changed.
    void make_kind() {
        if (read([](store::Reader& reader) { return find_kind(reader, "news"); })) return;
        NewKind kind;
        kind.name = {"news"};
        kind.names = {{"en", {"News"}}};
        kind.category = {"service"};
        kind.schema = object(R"({"type":"object","required":["subject","text"],
            "properties":{"subject":{"type":"string"},"text":{"type":"string"}}})");
        good(write([&](store::Tx& tx) { return create_kind(tx, act(), kind); }));
        NewTemplate const words{{"news"}, Locale::en, {"{{subject}}"}, {"{{text}}"}, {}, {}, {}, {}};
        auto const draft = good(write([&](store::Tx& tx) { return create_draft(tx, act(), words); }));
        good(write([&](store::Tx& tx) { return publish(tx, act(), draft.version.id); }));
    }
    template <class T>
    static T good(Expected<T> made) {
        if (!made) throw std::runtime_error(made.error().code + ": " + made.error().text + pointers(made.error()));
        return std::move(*made);
    }
    static std::string rows(int count) {
        std::string text = "Mail,Subject,Text\r\n";
        for (int i = 1; i <= count; ++i)
            text += "p" + std::to_string(i) + "@example.org,Subject " + std::to_string(i) + ",Text\r\n";
        return text;
    }
    Expected<BulkView> upload(std::string text) {
        return run([](BulkTest& self, std::string bytes) -> Task<Expected<BulkView>> {
            NewBulk wanted;
            wanted.act = self.act();
            wanted.kind = wanted.name = "news";
            auto& bulks = self.bulks();
            BulkUpload one(self.store(), self.desk(), self.settings_, wanted, bulks.clock());
            auto const begun = co_await one.begin();
            if (!begun) co_return fail(begun.error());
            auto const taken = co_await one.take(std::move(bytes));
            if (!taken) co_return fail(taken.error());
            co_return co_await one.end();
        }(*this, std::move(text)));
    }
    static BulkMapping mapping() {
        BulkMapping made;
        made.columns = {{{"Mail"}, {"email"}}, {{"Subject"}, {"data.subject"}}, {{"Text"}, {"data.text"}}};
        return made;
    }
    BulkId mapped(std::string text) {
        auto const job = good(upload(std::move(text)));
        map(job.id, mapping());
        return job.id;
    }
    void map(BulkId id, BulkMapping const& how) {
        good(write([&](store::Tx& tx) { return map_bulk(tx, desk(), act(), id, how); }));
    }
    BulkId started(std::string text) {
        auto const id = mapped(std::move(text));
        good(verb(start_bulk, id));
        return id;
    }
    Expected<BulkView> verb(Expected<BulkView> (*what)(store::Tx&, people::Act const&, BulkId), BulkId id) {
        return write([&](store::Tx& tx) { return what(tx, act(), id); });
    }
    bool work() { return run(bulks().work()); }
    void work_off() {
        for (int i = 0; i < 50 && work(); ++i) advance(1s);
    }
    BulkView look(BulkId id) {
        return *read([&](store::Reader& reader) { return find_bulk(reader, desk(), id, now()); });
    }
    void change(KindChange const& what) {
        good(write([&](store::Tx& tx) { return change_kind(tx, act(), "news", what); }));
    }
    std::int64_t letters() {
        return read([](store::Reader& reader) { return reader.one<std::int64_t>(count_letters).value_or(0); });
    }
    std::vector<std::string> all_faults() {
        auto found = faults();
        read([&](store::Reader& reader) {
            check_bulks(reader, [&](Finding const& f) { found.push_back(f.subject + ": " + f.text); });
            return true;
        });
        return found;
    }
    std::vector<std::string> expected(int count) {
        std::vector<std::string> all;
        for (int i = 1; i <= count; ++i) all.push_back("p" + std::to_string(i) + "@example.org");
        return all;
    }

    BulkSettings settings_;
    std::unique_ptr<Bulks> bulks_;
};
RAPPORT_ON_BOTH_ENGINES(BulkTest);

TEST_P(BulkTest, MakesANoticeOfEveryRowOnceOverPausesAndRestarts) {
    auto const id = started(rows(18));
    EXPECT_TRUE(work());
    EXPECT_EQ(look(id).progress.processed, 4);
    ASSERT_TRUE(verb(pause_bulk, id));
    EXPECT_FALSE(work());
    ASSERT_TRUE(verb(resume_bulk, id));
    EXPECT_TRUE(work());
    restart_all();
    advance(settings_.lease + 1s);  // of the program that died
    work_off();
    auto const done = look(id);
    EXPECT_EQ(done.state, BulkState::done);
    EXPECT_EQ(done.counts.submitted, 18);
    EXPECT_EQ(addressed(), expected(18));
    EXPECT_EQ(letters(), 18);
    EXPECT_THAT(all_faults(), IsEmpty());
}

// The last statement of the batch's transaction fails, as if the program had died there.
TEST_P(BulkTest, ABatchThatDiesInItsTransactionLeavesNothingAndIsDoneOnceLater) {
    auto const id = started(rows(6));
    write([&](store::Tx& tx) { return tx.exec(add_row, id, std::int64_t(4)), true; });
    EXPECT_FALSE(work());
    EXPECT_EQ(look(id).progress.processed, 0);
    EXPECT_THAT(addressed(), IsEmpty());
    EXPECT_EQ(letters(), 0);
    restart_all();
    write([&](store::Tx& tx) { return tx.exec(drop_row, id, std::int64_t(4)), true; });
    work_off();
    EXPECT_EQ(addressed(), expected(6));
    EXPECT_EQ(letters(), 6);
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(BulkTest, ABatchThatTwoProgramsHavePlannedIsCommittedOnce) {
    auto const id = started(rows(3));
    std::shared_ptr<Piece const> piece;
    BatchRequest const request{id, 1, 4, now()};
    auto const planned = [&] {
        return read([&](store::Reader& reader) {
            return plan_batch(reader, desk(), *find_bulk_row(reader, id), request, piece);
        });
    };
    auto const first = planned(), second = planned();
    ASSERT_TRUE(first && *first && second && *second);
    auto const commit_one = [&](Batch const& batch) {
        return write([&](store::Tx& tx) { return commit_batch(tx, desk(), settings_, request, batch, false); });
    };
    EXPECT_TRUE(commit_one(**first));
    EXPECT_EQ(commit_one(**second).error().code, "bulk_moved");
    EXPECT_EQ(addressed(), expected(3));
    EXPECT_EQ(letters(), 3);
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(BulkTest, AMappingThatFitsNoLongerStopsTheJobUntilItIsMappedAnew) {
    auto const id = started(rows(9));
    EXPECT_TRUE(work());
    KindChange more;
    more.schema = object(R"({"type":"object","required":["subject","text","city"],
        "properties":{"subject":{"type":"string"},"text":{"type":"string"},"city":{"type":"string"}}})");
    more.sample = object(R"({"subject":"S","text":"T","city":"Bolzano"})");
    change(more);
    EXPECT_FALSE(work());
    auto const stopped = look(id);
    EXPECT_EQ(stopped.state, BulkState::paused);
    ASSERT_TRUE(stopped.trouble);
    EXPECT_EQ(stopped.trouble->code, "mapping_unfit");
    EXPECT_TRUE(stopped.trouble->stopped);
    EXPECT_FALSE(stopped.trouble->next_at);
    ASSERT_EQ(stopped.trouble->faults.size(), 1U);
    EXPECT_THAT(stopped.trouble->faults[0].rule, testing::HasSubstr("data.city"));
    EXPECT_EQ(events("bulk.stopped").size(), 1U);
    EXPECT_THAT(stopped.may, testing::IsSupersetOf({"map", "resume", "cancel"}));
    advance(1h);
    EXPECT_FALSE(work());  // it does not try by itself
    EXPECT_EQ(events("bulk.stopped").size(), 1U);
    // Resumed without being mended it stops again, and says so.
    ASSERT_TRUE(verb(resume_bulk, id));
    EXPECT_FALSE(look(id).trouble);
    EXPECT_FALSE(work());
    EXPECT_EQ(look(id).state, BulkState::paused);
    auto mended = mapping();
    mended.data = json::Object{{"city", "Bolzano"}};
    map(id, mended);
    EXPECT_FALSE(look(id).trouble);
    ASSERT_TRUE(verb(resume_bulk, id));
    work_off();
    EXPECT_EQ(look(id).state, BulkState::done);
    EXPECT_EQ(addressed(), expected(9));
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(BulkTest, ARetiredKindStopsJobAndDryRunInsteadOfFailingEveryRow) {
    auto const id = started(rows(5)), dry = mapped(rows(5));
    ASSERT_TRUE(verb(check_bulk, dry));
    KindChange retired;
    retired.retired = true;
    change(retired);
    EXPECT_FALSE(work());
    EXPECT_EQ(look(id).trouble->code, "kind_retired");
    EXPECT_EQ(look(id).counts.failed, 0);
    EXPECT_EQ(look(dry).state, BulkState::uploaded);
    EXPECT_EQ(look(dry).trouble->code, "kind_retired");
    retired.retired = false;
    change(retired);
    ASSERT_TRUE(verb(resume_bulk, id));
    ASSERT_TRUE(verb(check_bulk, dry));
    work_off();
    EXPECT_EQ(look(id).counts.submitted, 5);
    EXPECT_EQ(look(dry).check->counts.submitted, 5);
    EXPECT_FALSE(look(dry).trouble);
}

TEST_P(BulkTest, AFileThatIsDamagedStopsTheJobAndAnotherJobGoesOn) {
    static constexpr store::Query spoil{"test.spoil", "UPDATE bulk_piece SET rows = 1 WHERE bulk = $1",
                                        "UPDATE bulk_piece SET rows = 1 WHERE bulk = $1"};
    auto const id = started(rows(5)), other = started(rows(3));
    write([&](store::Tx& tx) { return tx.exec(spoil, id), true; });
    work_off();
    EXPECT_EQ(look(id).state, BulkState::paused);
    EXPECT_EQ(look(id).trouble->code, "bulk_damaged");
    EXPECT_EQ(look(other).state, BulkState::done);
}

TEST_P(BulkTest, ATroubleThatPassesIsTriedAgainLaterAndLaterAndCanBeSeen) {
    auto text = rows(2);
    text += std::string(60'000, 'x') + "@example.org,S,T\r\n";  // large enough to stand in a file of its own
    auto const id = started(std::move(text));
    auto const blobs = folder() / "blobs", away = folder() / "away";
    std::filesystem::rename(blobs, away);
    std::filesystem::create_directories(blobs);
    EXPECT_FALSE(work());
    auto const first = look(id);
    EXPECT_EQ(first.state, BulkState::running);
    ASSERT_TRUE(first.trouble);
    EXPECT_FALSE(first.trouble->stopped);
    EXPECT_EQ(first.trouble->code, "blobs_unavailable");
    EXPECT_EQ(first.trouble->next_at, now() + 5s);
    EXPECT_FALSE(work());
    EXPECT_EQ(look(id).trouble->attempts, 1);  // not yet
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 8; ++i) {
        advance(*look(id).trouble->next_at - now());
        EXPECT_FALSE(work());
        waits.push_back((*look(id).trouble->next_at - now()) / 1s);
    }
    EXPECT_THAT(waits, ElementsAre(10, 20, 40, 80, 160, 300, 300, 300));
    EXPECT_EQ(look(id).trouble->since, first.trouble->since);
    std::filesystem::remove(blobs);
    std::filesystem::rename(away, blobs);
    advance(5min);
    work_off();
    EXPECT_EQ(look(id).state, BulkState::done);
    EXPECT_FALSE(look(id).trouble);
    EXPECT_EQ(look(id).counts.submitted, 2);
    EXPECT_EQ(look(id).counts.failed, 1);
}

TEST_P(BulkTest, AFaultOfTheProgramAtOneJobIsSaidTriedAgainAndHoldsUpNoOther) {
    static constexpr store::Query spoil_kind{"test.spoil_kind",
                                             "UPDATE notice_kind SET delivery = $1 WHERE name = 'news'",
                                             "UPDATE notice_kind SET delivery = $1 WHERE name = 'news'"};
    static constexpr store::Query spoil_job{"test.spoil_job", "UPDATE bulk SET format = $2 WHERE id = $1",
                                            "UPDATE bulk SET format = $2 WHERE id = $1"};
    auto const id = started(rows(2));
    write([&](store::Tx& tx) { return tx.exec(spoil_kind, std::string("odd")), true; });
    EXPECT_FALSE(work());
    ASSERT_TRUE(look(id).trouble);
    EXPECT_EQ(look(id).trouble->code, "bulk_broken");
    EXPECT_FALSE(look(id).trouble->stopped);
    write([&](store::Tx& tx) { return tx.exec(spoil_kind, std::string("plain")), true; });
    auto const other = started(rows(3));
    write([&](store::Tx& tx) { return tx.exec(spoil_job, id, std::string("odd")), true; });
    advance(5s);
    EXPECT_TRUE(work());
    EXPECT_EQ(look(other).state, BulkState::done);
    write([&](store::Tx& tx) { return tx.exec(spoil_job, id, std::string("csv")), true; });
    EXPECT_FALSE(work());  // not at once
    advance(5s);
    work_off();
    EXPECT_EQ(look(id).state, BulkState::done);
    EXPECT_EQ(letters(), 5);
}

TEST_P(BulkTest, ADryRunMakesNothingAndAReplayDoesWhatFailedAlone) {
    auto const id = started(rows(3) + "nobody,S,T\r\n");
    work_off();
    EXPECT_EQ(look(id).counts.failed, 1);
    auto const again = [&] { return write([&](store::Tx& tx) { return replay_bulk(tx, act(), id, {}); }); };
    ASSERT_TRUE(again());
    work_off();
    EXPECT_EQ(look(id).state, BulkState::done);
    EXPECT_EQ(look(id).counts.failed, 1);
    EXPECT_EQ(addressed(), expected(3));
    auto const dry = mapped(rows(7));
    ASSERT_TRUE(verb(check_bulk, dry));
    work_off();
    EXPECT_EQ(look(dry).state, BulkState::checked);
    EXPECT_EQ(look(dry).check->counts.submitted, 7);
    EXPECT_EQ(letters(), 3);
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(BulkTest, APaceLetsRowsThroughAsTimePasses) {
    auto const id = mapped(rows(12));
    ASSERT_TRUE(write([&](store::Tx& tx) { return pace_bulk(tx, act(), id, 2); }));
    ASSERT_TRUE(verb(start_bulk, id));
    EXPECT_FALSE(work());  // its allowance begins now
    for (int second = 1; second <= 3; ++second) {
        advance(1s);
        while (work()) {
        }
        EXPECT_EQ(look(id).progress.processed, 2 * second);
    }
}

// Each of them once: what a row can have wrong is known by its code, which consoles have in the reader's language.
TEST_P(BulkTest, EveryRuleThatARowBreaksHasItsCode) {
    KindChange rich;
    rich.schema = object(R"({"type":"object","required":["subject","text"],"properties":{
        "subject":{"type":"string","maxLength":20},"text":{"type":"string"},"n":{"type":"integer","minimum":2,"maximum":5},
        "x":{"type":"number"},"b":{"type":"boolean"},"m":{"type":"object","format":"money"},"d":{"type":"string","format":"date"},
        "t":{"type":"string","format":"date-time"},"e":{"type":"string","format":"email"},"u":{"type":"string","format":"uri"},
        "w":{"type":"string","enum":["a","b"]},"l":{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":3}}})");
    bulks();
    change(rich);
    struct Wrong {
        std::string column, cell, code;
    };
    std::vector<Wrong> const wrong = {
        {"mail", "nobody", "email"},
        {"mail", "", "recipient"},
        {"locale", "xx", "language"},
        {"external", "none", "external_id"},
        {"second", "ada@example.org", "second_email"},
        {"reference", std::string(101, 'r'), "length"},
        {"send_at", "soon", "instant"},
        {"send_at", "2099-01-01T00:00:00Z", "too_far"},
        {"subject", "=1+1", "formula"},
        {"subject", "", "required"},
        {"subject", std::string(30, 's'), "length"},
        {"n", "two", "whole_number"},
        {"n", "1", "at_least"},
        {"n", "6", "at_most"},
        {"x", "y", "number"},
        {"b", "perhaps", "true_or_false"},
        {"m", "12", "money"},
        {"d", "today", "date"},
        {"t", "today", "instant"},
        {"e", "nobody", "email"},
        {"u", "ftp://x", "link"},
        {"w", "c", "one_of"},
        {"l", "[", "json"},
        {"l", "[\"a\"]", "items"},
    };
    std::vector<std::string> const columns = {"mail",    "locale", "external", "second", "reference", "send_at",
                                              "subject", "text",   "n",        "x",      "b",         "m",
                                              "d",       "t",      "e",        "u",      "w",         "l"};
    std::string text;
    for (auto const& column : columns) text += (text.empty() ? "" : ",") + column;
    text += "\n";
    for (auto const& one : wrong) {
        for (auto const& column : columns) {
            auto cell = column == one.column                      ? one.cell
                        : column == "mail"                        ? std::string("ada@example.org")
                        : column == "subject" || column == "text" ? std::string("S")
                                                                  : std::string();
            if (one.column == "external" && column == "mail") cell.clear();
            for (auto at = cell.find('"'); at != cell.npos; at = cell.find('"', at + 2)) cell.insert(at, 1, '"');
            text += (column == "mail" ? "\"" : ",\"") + cell + "\"";
        }
        text += "\n";
    }
    text += "too,few\n";
    auto const job = good(upload(text));
    BulkMapping all;
    all.delivery = delivery::Kind::registered;
    for (auto const& column : columns) {
        static std::map<std::string, std::string> const places = {
            {"mail", "email"},          {"locale", "locale"},       {"external", "external_id"},
            {"second", "second_email"}, {"reference", "reference"}, {"send_at", "send_at"}};
        auto const place = places.find(column);
        all.columns.push_back({{column}, {place == places.end() ? "data." + column : place->second}});
    }
    map(job.id, all);
    good(verb(check_bulk, job.id));
    work_off();
    auto const page = read([&](store::Reader& reader) { return bulk_rows(reader, desk(), job.id, {}, 0, 100); });
    ASSERT_EQ(page->items.size(), wrong.size() + 1);
    for (std::size_t i = 0; i < wrong.size(); ++i) {
        ASSERT_FALSE(page->items[i].faults.empty());
        auto const& fault = page->items[i].faults.front();
        EXPECT_EQ(fault.code, wrong[i].code) << wrong[i].column << ": " << fault.rule;
    }
    auto const& few = page->items.back().faults.front();
    EXPECT_EQ(few.code, "fields");
    EXPECT_THAT(*few.values, ElementsAre("18", "2"));
}

TEST_P(BulkTest, ARowThatIsKeptBackOrRepeatedSaysWhyForPrograms) {
    auto how = mapping();
    how.columns.push_back({{"Mail"}, {"key"}});
    auto const id = mapped("Mail,Subject,Text\nnever1@example.org,S,T\nada@example.org,S,T\nada@example.org,S,T\n");
    map(id, how);
    good(verb(start_bulk, id));
    work_off();
    auto const page = read([&](store::Reader& reader) { return bulk_rows(reader, desk(), id, {}, 0, 100); });
    EXPECT_EQ(page->items[0].decision, preferences::Because::not_wanted);
    EXPECT_EQ(page->items[2].state, RowState::duplicate);
    EXPECT_EQ(page->items[2].same_as, 2);
    EXPECT_FALSE(page->items[1].decision || page->items[1].same_as);
}

}  // namespace
}  // namespace rapport::notice
