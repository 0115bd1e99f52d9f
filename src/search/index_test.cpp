// The index against a list of documents that is looked through one by one, whatever happens in between; and what
// becomes of damaged files.
#include "search/index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <set>

#include "search/segment.hpp"
#include "search/text.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Time at(std::int64_t n) { return time_from_micros(1'700'000'000'000'000 + n * 1'000'000); }
ParsedQuery parsed(std::string_view text) {
    auto found = parse_query(text, {});
    EXPECT_TRUE(found) << text;
    return found.value_or(ParsedQuery{});
}

class AnIndex : public ::testing::Test {
  protected:
    AnIndex() : keyring_(store::Keyring::open(folder_.path() / "keys")) { open(); }
    void open() {
        index_.reset();
        index_ = Index::open(folder_.path() / "search", keyring_);
    }
    void put(std::int64_t object, std::string text, std::int64_t group = 0, std::int64_t time = 0) {
        index_->add(Kind::conversation,
                    {object, group ? group : object, at(time ? time : object), {{Field::any, std::move(text)}}});
    }
    std::vector<std::int64_t> found(ParsedQuery const& query, FindOptions options = {}) {
        auto finder = index_->find(Kind::conversation, query, std::move(options));
        std::vector<std::int64_t> out;
        while (auto const hit = finder.next()) out.push_back(hit->object);
        return out;
    }
    std::vector<std::int64_t> found(std::string_view text) { return found(parsed(text)); }
    std::string files() const {
        std::string all;
        for (auto const& one : std::filesystem::directory_iterator(folder_.path() / "search")) {
            std::ifstream in(one.path(), std::ios::binary);
            all.append(std::istreambuf_iterator<char>(in), {});
        }
        return all;
    }
    std::set<std::string> names() const {
        std::set<std::string> out;
        for (auto const& one : std::filesystem::directory_iterator(folder_.path() / "search"))
            out.insert(one.path().filename().string());
        return out;
    }

    test::TemporaryFolder folder_;
    store::Keyring keyring_;
    std::unique_ptr<Index> index_;
};

TEST_F(AnIndex, LosesTheOldestAtItsDeadline) {
    for (std::int64_t i = 1; i <= 300; ++i) put(i, "meter", 7);
    index_->publish();
    put(301, "meter", 9);
    index_->publish();
    FindOptions late;
    late.groups = {9};
    late.deadline = std::chrono::steady_clock::now();
    EXPECT_THAT(found(parsed("meter"), late), ElementsAre(301));
}

TEST_F(AnIndex, GoesOnAfterAPageThoughItsLastOneWasRemoved) {
    for (std::int64_t i = 1; i <= 5; ++i) put(i, "meter");
    index_->publish();
    auto finder = index_->find(Kind::conversation, parsed("meter"), {});
    finder.next();
    auto const cursor = cursor_at(*finder.next());
    index_->remove(Kind::conversation, 4);
    index_->publish();
    auto const place = place_from(cursor);
    ASSERT_TRUE(place);
    auto further = index_->find(Kind::conversation, parsed("meter"), {});
    std::vector<std::int64_t> rest;
    while (auto const hit = further.next())
        if (is_behind(*hit, **place)) rest.push_back(hit->object);
    EXPECT_THAT(rest, ElementsAre(3, 2, 1));
    EXPECT_EQ(place_from("nonsense").error().code, "bad_cursor");
    EXPECT_FALSE(*place_from(""));
}

TEST_F(AnIndex, FindsWordsPhrasesAndBeginningsNewestFirst) {
    put(1, "The red car is here");
    put(2, "A car that is red");
    put(3, "Reddish carpets");
    index_->publish();
    EXPECT_THAT(found("red car"), ElementsAre(2, 1));
    EXPECT_THAT(found("car"), ElementsAre(3, 2, 1));
    EXPECT_THAT(found("\"red car\""), ElementsAre(1));
    EXPECT_THAT(found("red -here"), ElementsAre(2));
    EXPECT_THAT(found("carpe"), ElementsAre(3));
    EXPECT_THAT(found("carpets "), ElementsAre(3));
    EXPECT_THAT(found("zebra"), IsEmpty());
    EXPECT_THAT(found("is "), ElementsAre(2, 1));
}

TEST_F(AnIndex, SearchesFieldsAndDays) {
    index_->add(Kind::conversation,
                {1, 1, at(1), {{Field::from, "Anna Rossi anna@example.org"}, {Field::any, "Bert"}}});
    index_->add(Kind::conversation, {2, 2, at(2), {{Field::from, "Bert Blue"}, {Field::subject, "Anna"}}});
    index_->publish();
    EXPECT_THAT(found("anna"), ElementsAre(2, 1));
    EXPECT_THAT(found("from:an"), ElementsAre(1));
    EXPECT_THAT(found("from:anna@example.org"), ElementsAre(1));
    EXPECT_THAT(found("subject:anna"), ElementsAre(2));
    auto query = parsed("anna");
    query.before = at(2);
    EXPECT_THAT(found(query), ElementsAre(1));
    query.before.reset();
    query.after = at(2);
    EXPECT_THAT(found(query), ElementsAre(2));
    EXPECT_THAT(found(parsed("anna"), {.groups = std::vector<std::int64_t>{1}}), ElementsAre(1));
    auto none_left = index_->find(Kind::delivery, parsed("anna"), {});
    EXPECT_FALSE(none_left.next());
}

// clang-format off
TEST_F(AnIndex, FindsWhatIsTypedInSixLanguages) {
    put(1, "Vorrei sapere perché la fattura dell'anno scorso non è arrivata");
    put(2, "ฉันยังไม่ได้รับใบเสร็จรับเงินสำหรับคำสั่งซื้อ น้ำดื่ม");
    put(3, "先月の請求書をもう一度送ってください。よろしくお願いします。");
    put(4, "지난주에 주문한 배송이 아직 도착하지 않았습니다");
    put(5, "سلام، کتاب‌های من هنوز نرسیده است. شماره سفارش ۱۲۳۴۵");
    put(6, "My invoices from last year never arrived");
    index_->publish();
    for (auto const* text : {"perche", "fatt", "anno scorso", "\"dell'anno\""}) EXPECT_THAT(found(text), ElementsAre(1)) << text;
    for (auto const* text : {"ใบเสร็จ", "ใบเสร", "คำสั่ง", "น\u0e49\u0e4d\u0e32"}) EXPECT_THAT(found(text), ElementsAre(2)) << text;
    for (auto const* text : {"請求書", "請", "請求", "送って", "お願いします"}) EXPECT_THAT(found(text), ElementsAre(3)) << text;
    for (auto const* text : {"배송", "배소", "배ㅅ", "배송은", "도착"}) EXPECT_THAT(found(text), ElementsAre(4)) << text;
    for (auto const* text : {"كتاب", "کتابهای", "کتاب‌های", "12345", "سفار"}) EXPECT_THAT(found(text), ElementsAre(5)) << text;
    for (auto const* text : {"invoice", "inv", "last year"}) EXPECT_THAT(found(text), ElementsAre(6)) << text;
}
// clang-format on

TEST_F(AnIndex, KeepsWhatWasCommittedAndHowFarItHasRead) {
    put(1, "committed");
    Progress progress;
    progress.seq = 7;
    index_->commit(progress);
    put(2, "committed not");
    index_->publish();
    EXPECT_THAT(found("committed"), ElementsAre(2, 1));
    open();
    EXPECT_EQ(index_->progress().seq, 7);
    EXPECT_EQ(index_->why_new(), "");
    EXPECT_THAT(found("committed"), ElementsAre(1));
}

TEST_F(AnIndex, FilesHoldNoWordsAndOnlyTheirOwnerReadsThem) {
    put(1, "Zebrawood");
    index_->commit({});
    EXPECT_EQ(files().find("zebrawood"), std::string::npos);
    for (auto const& one : std::filesystem::directory_iterator(folder_.path() / "search"))
        EXPECT_EQ(one.status().permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(AnIndex, WhatWasRemovedLeavesTheFiles) {
    put(1, "forgotten words");
    put(2, "kept words");
    index_->commit({});
    auto const before = names();
    index_->remove(Kind::conversation, 1);
    index_->commit({});
    EXPECT_THAT(found("words"), ElementsAre(2));
    EXPECT_TRUE(index_->has_removed());
    open();
    EXPECT_TRUE(index_->has_removed());  // a restart does not forget it
    index_->purge([] { return false; });
    EXPECT_FALSE(index_->has_removed());
    for (auto const& name : before)
        if (name != "manifest") EXPECT_FALSE(names().contains(name)) << name;
    open();
    EXPECT_THAT(found("words"), ElementsAre(2));
    bool there = false;
    for (auto const& word : index_->similar(Kind::conversation, "forgottem")) there = there || word == "forgotten";
    EXPECT_FALSE(there);
}

TEST_F(AnIndex, SuggestsWhatCouldHaveBeenMeant) {
    put(1, "invoice invoice");
    put(2, "invoke");
    index_->publish();
    EXPECT_THAT(index_->similar(Kind::conversation, "invoce"), ElementsAre("invoice", "invoke"));
    EXPECT_THAT(index_->similar(Kind::conversation, "inv"), IsEmpty());
}

TEST_F(AnIndex, AnyChangedOctetIsFoundOut) {
    for (int i = 1; i < 400; ++i) put(i, "word" + std::to_string(i % 50) + " text");
    index_->commit({});
    index_.reset();
    std::mt19937 chance(1);
    for (auto const& name : names()) {
        auto const path = folder_.path() / "search" / name;
        auto const size = std::filesystem::file_size(path);
        auto const offset = chance() % size;
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        auto const octet = static_cast<char>(file.get());
        auto const write = [&](char c) {
            file.seekp(static_cast<std::streamoff>(offset));
            file.put(c);
            file.flush();
        };
        write(static_cast<char>(octet ^ 1));
        bool noticed = false;
        try {
            auto const damaged = Index::open(folder_.path() / "search", keyring_);
            noticed = !damaged->why_new().empty();
            auto finder = damaged->find(Kind::conversation, parsed("word7"), {});
            while (finder.next());
        } catch (Damaged const&) {
            noticed = true;
        }
        EXPECT_TRUE(noticed) << name;
        write(octet);
    }
    open();
    EXPECT_EQ(found("word7 ").size(), 8U);
}

TEST_F(AnIndex, MissingFilesAreFoundOut) {
    put(1, "word");
    index_->commit({});
    for (auto const& name : names())
        if (name != "manifest") std::filesystem::remove(folder_.path() / "search" / name);
    open();
    EXPECT_EQ(index_->why_new(), "damaged");
    EXPECT_THAT(found("word"), IsEmpty());
    std::filesystem::remove(folder_.path() / "search" / "manifest");
    open();
    EXPECT_EQ(index_->why_new(), "missing");
}

TEST_F(AnIndex, GivesUpAtItsDeadline) {
    for (int i = 1; i < 3000; ++i) put(i, "word");
    index_->publish();
    auto finder = index_->find(Kind::conversation, parsed("word"), {.deadline = std::chrono::steady_clock::now()});
    std::size_t n = 0;
    while (finder.next()) ++n;
    EXPECT_TRUE(finder.gave_up());
    EXPECT_LT(n, 200U);
}

// Random documents, changes, commits, merges, restarts; each search is compared with looking at every document.
class AnyHistory : public AnIndex, public ::testing::WithParamInterface<unsigned> {
  protected:
    struct Known {
        std::string text;
        std::int64_t group = 0, time = 0;
    };
    std::uint32_t any(std::uint32_t n) { return static_cast<std::uint32_t>(chance_() % n); }
    // clang-format off
    std::string words() {
        static constexpr std::string_view some[] = {"red", "reddish", "car", "carpet", "invoice", "invoices", "12345", "123", "請求書", "求書",
                                                    "배송이", "배송", "کتاب\u200cها", "ใบเสร็จ", "perché", "a", "carpenter", "invoiced"};
        std::string out;
        for (std::uint32_t n = 1 + any(6); n > 0; --n) out += std::string(some[any(std::size(some))]) + (any(5) ? " " : "-");
        return out;
    }
    std::string query() {
        static constexpr std::string_view some[] = {"red", "red ", "car", "carp ", "carpe", "inv", "invoic", "invoice ", "\"red car\"", "\"car invoice\"",
                                                    "123", "12", "請求", "求書", "배소", "کتاب", "ใบเสร็จ", "perche", "car invoice ", "-red car", "請", "\"perche red\""};
        return std::string(some[any(std::size(some))]);
    }
    // clang-format on

    // By looking: every wanted clause has a phrase in the text, no unwanted one has.
    static bool holds(std::string const& text, Phrase const& phrase) {
        std::map<std::uint32_t, std::set<std::string>> places;
        std::set<std::string> letters;
        analyse(text, [&](Token const& token) {
            if (token.kind == TokenKind::letter)
                letters.emplace(token.term);
            else
                places[token.place].emplace(token.term);
        });
        auto const& ending = phrase.ending;
        bool const exact = ending.kind == Ending::Kind::exact;
        auto row = phrase.terms;
        if (exact) row.push_back(ending.term);
        bool found = row.empty();
        for (auto const& [place, terms] : places) {
            bool all = !row.empty();
            for (std::uint32_t i = 0; i < row.size() && all; ++i)
                all = places.contains(place + i) && places.at(place + i).contains(row[i]);
            found = found || all;
        }
        if (exact || !found) return found;
        bool const letter =
            letters_of(ending.term) == 1 && script_of(normalise(ending.term)[0].c) == Script::ideographs;
        if (letter) return letters.contains(ending.term);
        for (auto const& [place, terms] : places)
            for (auto const& term : terms)
                if (ending.kind == Ending::Kind::prefix ? term.starts_with(ending.term)
                                                        : term >= ending.term && term < ending.until)
                    return true;
        return false;
    }
    static bool holds(std::string const& text, ParsedQuery const& query) {
        return std::ranges::all_of(query.clauses, [&](Clause const& clause) {
            return clause.negated !=
                   std::ranges::any_of(clause.phrases, [&](Phrase const& one) { return holds(text, one); });
        });
    }
    void compare() {
        auto const text = query();
        auto const wanted = parsed(text);
        std::vector<std::pair<std::int64_t, std::int64_t>> right;
        for (auto const& [object, one] : known_)
            if (holds(one.text, wanted)) right.emplace_back(one.time, object);
        std::ranges::sort(right, std::greater<>());
        std::vector<std::int64_t> objects;
        for (auto const& one : right) objects.push_back(one.second);
        ASSERT_EQ(found(wanted), objects) << text;
    }

    std::map<std::int64_t, Known> known_, committed_;
    std::mt19937 chance_{GetParam()};
};

TEST_P(AnyHistory, FindsWhatLookingAtEveryDocumentFinds) {
    auto const go_on = [] { return false; };
    for (int step = 0; step < 400; ++step) {
        switch (any(12)) {
            default: {
                auto const object = static_cast<std::int64_t>(1 + any(150));
                Known const one{words(), static_cast<std::int64_t>(any(20)) + 1,
                                static_cast<std::int64_t>(1 + any(1000))};
                put(object, one.text, one.group, one.time);
                known_[object] = one;
                break;
            }
            case 1: {
                auto const object = static_cast<std::int64_t>(1 + any(150));
                index_->remove(Kind::conversation, object);
                known_.erase(object);
                break;
            }
            case 2:
                index_->publish();
                break;
            case 3:
                if (any(3) == 0) {
                    index_->commit({});
                    committed_ = known_;
                }
                break;
            case 4:
                while (index_->tidy(go_on)) {
                }
                break;
            case 5:
                if (any(4) == 0) index_->purge(go_on);
                break;
            case 6:
                if (any(6) == 0) {
                    index_->commit({});
                    committed_ = known_;
                    open();
                }
                break;
        }
        if (step % 5 == 0) {
            index_->publish();
            compare();
            if (HasFatalFailure()) return;
            EXPECT_EQ(index_->facts().documents[0], static_cast<std::int64_t>(known_.size()));
        }
    }
}
INSTANTIATE_TEST_SUITE_P(Seeds, AnyHistory, ::testing::Range(1U, 41U));

}  // namespace
}  // namespace rapport::search
