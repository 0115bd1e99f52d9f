// The keeper on both engines, with a source of its own: notes whose text stands in the journal's data.
#include "search/keeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "search/ranked.hpp"
#include "search/segment.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::search {
namespace {

using namespace std::chrono_literals;

// Everything ever said about a note is in the journal: {"note": 3, "text": "…"}; without a text it is gone.
struct Notes {
    static std::map<std::int64_t, std::string> all(store::Reader& reader) {
        std::map<std::int64_t, std::string> out;
        for (auto const& event : store::Store::events_after(reader, 0, 100'000)) apply(event, out);
        return out;
    }
    static void apply(store::Event const& event, std::map<std::int64_t, std::string>& out) {
        if (event.kind != "note.written") return;
        auto const object = event.data.at("note").as_int64();
        if (auto const* text = event.data.if_contains("text"))
            out[object] = std::string(text->as_string());
        else
            out.erase(object);
    }
    static Document document(std::int64_t object, std::string text) {
        return {object, object, time_from_micros(object * 1'000'000), {{Field::any, std::move(text)}}};
    }
    static Shelf shelf() {
        Shelf shelf;
        shelf.page = [](store::Reader& reader, std::int64_t below, std::size_t limit) {
            Shelf::Page page;
            auto const notes = all(reader);
            for (auto at = notes.lower_bound(below); at != notes.begin() && page.documents.size() < limit;) {
                --at;
                page.documents.push_back(document(at->first, at->second));
            }
            if (page.documents.size() == limit) page.below = page.documents.back().object;
            return page;
        };
        shelf.changed = [](store::Reader&, std::span<store::Event const> events) {
            std::map<std::int64_t, std::string> now;
            std::vector<std::int64_t> seen;
            for (auto const& event : events) {
                if (event.kind != "note.written") continue;
                apply(event, now);
                seen.push_back(event.data.at("note").as_int64());
            }
            Shelf::Change change;
            for (auto const& [object, text] : now) change.documents.push_back(document(object, text));
            for (auto const object : seen)
                if (!now.contains(object)) change.gone.push_back(object);
            return change;
        };
        shelf.count = [](store::Reader& reader) { return static_cast<std::int64_t>(all(reader).size()); };
        return shelf;
    }
};

class Keeping : public test::StoreTest {
  protected:
    Keeping() : keyring_(store::Keyring::open(folder() / "keys")) {}

    std::int64_t write(std::int64_t note, std::optional<std::string> text) {
        store().write_now([&](store::Tx& tx) {
            json::Object data{{"note", note}};
            if (text) data["text"] = *text;
            tx.publish({.at = now(), .kind = "note.written", .subject = "note", .data = std::move(data)});
        });
        return store().read_now([](store::Reader& reader) { return store::Store::last_event(reader); });
    }
    std::unique_ptr<Keeper> keep(Duration commit_after = 1h) {
        auto keeper = std::make_unique<Keeper>(
            store(), keyring_, std::vector{Notes::shelf()},
            KeeperOptions{.folder = folder() / "search", .commit_after = commit_after, .page = 7, .purge_after = 0s});
        keeper->start();
        return keeper;
    }
    static std::vector<std::int64_t> found(Keeper const& keeper, std::string_view text) {
        auto const query = parse_query(text, {});
        std::vector<std::int64_t> out;
        auto finder = keeper.find(Kind::conversation, *query);
        while (auto const hit = finder.next()) out.push_back(hit->object);
        return out;
    }
    std::vector<std::string> check(Keeper& keeper) {
        std::vector<std::string> out;
        auto const shelf = Notes::shelf();
        store().read_now([&](store::Reader& reader) {
            check_index(reader, keeper.index(), {&shelf, 1}, [&](Finding const& one) { out.push_back(one.text); });
        });
        return out;
    }
    store::Keyring keyring_;
};
RAPPORT_ON_BOTH_ENGINES(Keeping);

TEST_P(Keeping, ReadsWhatIsThereAndFollowsWhatHappens) {
    for (int i = 1; i <= 50; ++i) write(i, "old note");
    auto const keeper = keep();
    ASSERT_TRUE(keeper->wait_until_complete(10s));
    EXPECT_EQ(found(*keeper, "old").size(), 50U);
    ASSERT_TRUE(keeper->wait_for(write(51, "new note"), 10s));
    EXPECT_EQ(found(*keeper, "new"), (std::vector<std::int64_t>{51}));
    ASSERT_TRUE(keeper->wait_for(write(51, "changed note"), 10s));
    EXPECT_TRUE(found(*keeper, "new").empty());
    ASSERT_TRUE(keeper->wait_for(write(50, std::nullopt), 10s));
    EXPECT_EQ(found(*keeper, "note").size(), 50U);
    EXPECT_TRUE(check(*keeper).empty());
}

TEST_P(Keeping, GoesOnWhereItWasAfterARestart) {
    write(1, "first");
    {
        auto const keeper = keep();
        ASSERT_TRUE(keeper->wait_until_complete(10s));
    }
    auto const last = write(2, "second");
    auto const keeper = keep();
    EXPECT_EQ(keeper->status().why_new, "");
    ASSERT_TRUE(keeper->wait_for(last, 10s));
    EXPECT_EQ(found(*keeper, "first"), (std::vector<std::int64_t>{1}));
    EXPECT_EQ(found(*keeper, "second"), (std::vector<std::int64_t>{2}));
}

TEST_P(Keeping, DoesNotBelieveTheIndexOfAnotherDatabase) {
    write(1, "first");
    {
        auto const keeper = keep();
        ASSERT_TRUE(keeper->wait_until_complete(10s));
        ASSERT_TRUE(keeper->wait_for(write(2, "second"), 10s));
    }
    auto const index = Index::open(folder() / "search", keyring_);
    auto progress = index->progress();
    progress.mark = "of another";
    index->commit(progress);
    auto const keeper = keep();
    write(3, "third");
    ASSERT_TRUE(keeper->wait_for(3, 10s));
    ASSERT_TRUE(keeper->wait_until_complete(10s));
    EXPECT_EQ(keeper->status().why_new, "another database");
    EXPECT_EQ(found(*keeper, "second"), (std::vector<std::int64_t>{2}));
}

TEST_P(Keeping, MakesADamagedIndexAnewWhileItSearches) {
    std::int64_t last = 0;
    for (int i = 1; i <= 60; ++i) last = write(i, "note word" + std::to_string(i));
    auto const keeper = keep(0s);
    ASSERT_TRUE(keeper->wait_until_complete(10s));
    write(61, "committed by now");
    ASSERT_TRUE(keeper->wait_for(last, 10s));
    for (auto const& file : std::filesystem::directory_iterator(folder() / "search"))
        std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) / 2);
    try {
        for (int i = 1; i <= 60; ++i) found(*keeper, "word" + std::to_string(i) + " ");
    } catch (Damaged const& fault) {
        keeper->damaged(fault.what());
    }
    keeper->rebuild();  // what the cache held may not have been noticed
    ASSERT_TRUE(keeper->wait_until_complete(10s));
    EXPECT_EQ(found(*keeper, "note").size(), 60U);
    EXPECT_TRUE(check(*keeper).empty());
}

// Articles of the same journal: the text is the title.
Shelf articles() {
    auto shelf = Notes::shelf();
    shelf.kind = Kind::article;
    auto const as_articles = [](std::vector<Document>& documents) {
        for (auto& one : documents) {
            one.ranked = RankedText{.language = "en", .title = one.parts[0].text, .body = ""};
            one.parts.clear();
        }
    };
    shelf.page = [page = shelf.page, as_articles](store::Reader& reader, std::int64_t below, std::size_t limit) {
        auto out = page(reader, below, limit);
        as_articles(out.documents);
        return out;
    };
    shelf.changed = [changed = shelf.changed, as_articles](store::Reader& reader,
                                                           std::span<store::Event const> events) {
        auto out = changed(reader, events);
        as_articles(out.documents);
        return out;
    };
    return shelf;
}

TEST_P(Keeping, FindsAnArticleWithinASecondAndRankedSearchGoesOnOverDamage) {
    Keeper keeper(store(), keyring_, {Notes::shelf(), articles()},
                  {.folder = folder() / "search", .commit_after = 0s, .page = 7, .purge_after = 0s});
    keeper.start();
    Ranked const ranked(keeper);
    auto const number = [&](std::string text) {
        return ranked.ask({.text = std::move(text), .limit = 100}).hits.size();
    };
    for (int i = 1; i <= 60; ++i) write(i, "note word" + std::to_string(i));
    auto const last = write(61, "the newest article");
    ASSERT_TRUE(keeper.wait_until_complete(10s));
    ASSERT_TRUE(keeper.wait_for(last, 1s));
    EXPECT_EQ(number("newest "), 1U);
    EXPECT_EQ(number("note "), 60U);
    EXPECT_TRUE(ranked.ask({.text = "note"}).complete);
    write(62, "committed by now");
    for (auto const& file : std::filesystem::directory_iterator(folder() / "search"))
        std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) / 2);
    for (int i = 1; i <= 60; ++i) number("word" + std::to_string(i) + " ");  // never throws
    keeper.rebuild();
    ASSERT_TRUE(keeper.wait_until_complete(10s));
    EXPECT_EQ(number("note "), 60U);
    std::filesystem::remove_all(folder() / "search");
    EXPECT_EQ(number("newest "), 1U);
    // It notices by itself, or the merging of segments meets files that are gone.
    for (int i = 0; i < 1'000 && !std::filesystem::exists(folder() / "search" / manifest_file); ++i)
        std::this_thread::sleep_for(10ms);
    auto const after = write(63, "written without a folder");
    ASSERT_TRUE(keeper.wait_for(after, 10s));
    ASSERT_TRUE(keeper.wait_until_complete(10s));
    EXPECT_EQ(number("folder "), 1U);
    EXPECT_EQ(number("note "), 60U);
    EXPECT_TRUE(std::filesystem::exists(folder() / "search" / manifest_file));
}

TEST_P(Keeping, TellsWhatAnIndexLacks) {
    for (int i = 1; i <= 20; ++i) write(i, "note");
    auto const keeper = keep();
    ASSERT_TRUE(keeper->wait_until_complete(10s));
    keeper->stop();
    write(21, "not read");
    EXPECT_EQ(check(*keeper).size(), 2U);
}

}  // namespace
}  // namespace rapport::search
