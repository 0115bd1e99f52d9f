// Whole tables out of one database and into another, on both engines.
#include "store/tables.hpp"
#include "store/sql.hpp"

#include "store/things_fixture.hpp"

namespace rapport::test {
namespace {

using store::RowValue;

class Tables : public ThingTest {
  protected:
    std::string elsewhere() const { return (folder() / "elsewhere.db").string(); }
    static Bytes rows_of(store::Snapshot& snapshot, std::string const& name) {
        Bytes rows;
        for (auto const& table : snapshot.tables())
            if (table.name == name) snapshot.each(table, [&](ByteView row) { rows += row; });
        return rows;
    }
    static store::Table table_of(store::Snapshot const& snapshot, std::string const& name) {
        for (auto const& table : snapshot.tables())
            if (table.name == name) return table;
        return {};
    }
    void fill(std::int64_t from, std::int64_t to) {
        store().write_now([&](store::Tx& tx) {
            for (auto id = from; id < to; ++id) tx.exec(add_thing, id, "thing " + std::to_string(id));
        });
    }
    std::vector<std::span<store::Migration const>> const modules{thing_migrations};
    std::vector<std::pair<std::string, int>> const wanted = [] {
        std::vector<std::pair<std::string, int>> all{{"thing", 1}, {"thing", 2}};
        for (auto const& one : store::sql::migrations) all.emplace_back("store", one.number);
        return all;
    }();
};
RAPPORT_ON_BOTH_ENGINES(Tables);

TEST_P(Tables, AreReadAsTheyWereAtOneInstant) {
    fill(1, 5'001);
    auto const snapshot = store::Snapshot::open(database());
    ASSERT_EQ(table_of(*snapshot, "thing").columns, (std::vector<std::string>{"id", "name"}));
    fill(5'001, 5'101);
    auto rows = rows_of(*snapshot, "thing");
    ByteView rest = rows;
    std::int64_t n = 0;
    for (; !rest.empty(); ++n) {
        auto const row = store::take_row(rest, 2);
        ASSERT_EQ(row[0].integer, n + 1);
        ASSERT_EQ(row[1].bytes, "thing " + std::to_string(n + 1));
    }
    EXPECT_EQ(n, 5'000);
    EXPECT_EQ(snapshot->values("SELECT count(*) FROM thing"), std::vector<Bytes>{"5000"});
}

TEST_P(Tables, FillAnEmptyDatabaseWithEveryKindOfValue) {
    Bytes const body("\0\x01\xff binary", 10);
    store().write_now([&](store::Tx& tx) {
        tx.exec(add_everything, 7, -5, 2.5, "words — ünïcode", "", store::BlobView{body}, now(), true,
                json::Object{{"a", 1}}, Colour::green, sha256("x"), std::optional<std::int64_t>(),
                std::optional<std::string>("here"));
    });
    fill(1, 700);
    auto const snapshot = store::Snapshot::open(database());
    {
        auto const filler = store::Filler::open(elsewhere());
        filler->make_schema(modules, wanted);
        for (auto const& table : snapshot->tables()) filler->add(table, rows_of(*snapshot, table.name));
        filler->finish();
    }
    EXPECT_FALSE(std::filesystem::exists(elsewhere() + ".restoring"));
    auto const other = store::Store::open({.database = elsewhere()}, modules);
    other->read_now([&](store::Reader& reader) {
        EXPECT_EQ(reader.one<std::int64_t>(count_things), 699);
        auto const found = reader.one<Everything>(find_everything, 7);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->number, -5);
        EXPECT_EQ(found->real, 2.5);
        EXPECT_EQ(found->blob.bytes, body);
        EXPECT_EQ(found->text, "words — ünïcode");
        EXPECT_EQ(found->data, (json::Object{{"a", 1}}));
        EXPECT_FALSE(found->absent);
        EXPECT_EQ(found->present, "here");
    });
}

TEST_P(Tables, AreNotFilledWhereSomethingIs) {
    fill(1, 2);
    EXPECT_THROW(store::Filler::open(database()), std::runtime_error);
}

TEST_P(Tables, LeaveNothingWhenTheyAreNotFinished) {
    {
        auto const filler = store::Filler::open(elsewhere());
        filler->make_schema(modules, wanted);
    }
    EXPECT_FALSE(std::filesystem::exists(elsewhere()));
    EXPECT_FALSE(std::filesystem::exists(elsewhere() + ".restoring"));
    auto const filler = store::Filler::open(elsewhere());
    std::vector<std::pair<std::string, int>> const newer{{"thing", 99}};
    EXPECT_THROW(filler->make_schema(modules, newer), std::runtime_error);
}

TEST(Rows, ThatAreCutShortAreRefused) {
    Bytes row;
    store::append_value(row, {.kind = RowValue::Kind::text, .bytes = "hello"});
    for (std::size_t size = 1; size < row.size(); ++size) {
        ByteView rest = ByteView(row).substr(0, size);
        EXPECT_THROW(store::take_row(rest, 1), std::runtime_error) << size;
    }
    Bytes const unknown(1, '\7');
    ByteView rest = unknown;
    EXPECT_THROW(store::take_row(rest, 1), std::runtime_error);
}

}  // namespace
}  // namespace rapport::test
