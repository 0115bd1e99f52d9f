// How the engine would carry a statement out: for tests that a list walks an index and nothing else. Fill the tables
// and ANALYZE them first, or the engines read small tables whole.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/store_fixture.hpp"

namespace rapport::test {

class QueryPlans {
  public:
    QueryPlans(store::Store& store, Engine engine) : store_(store), engine_(engine) {}

    // `values`: of $1, $2 …, as SQL has them.
    std::string of(store::Query const& query, std::vector<std::string> const& values) {
        // A statement is known by its address: it must not be another one's.
        auto const& sqlite = texts_.emplace_back("EXPLAIN QUERY PLAN " + filled(query.sqlite, values));
        auto const& postgresql = texts_.emplace_back("EXPLAIN " + filled(query.postgresql, values));
        auto const& explain = queries_.emplace_back("test.explain", sqlite, postgresql);
        std::string plan;
        store_.read_now([&](store::Reader& reader) {
            auto const column = engine_ == Engine::sqlite ? 3 : 0;  // SQLite: id, parent, unused, detail
            reader.each(explain, [&](store::Row const& row) { plan.append(row.text(column)).append("\n"); });
            return true;
        });
        return plan;
    }

  private:
    static std::string filled(std::string_view text, std::vector<std::string> const& values) {
        std::string out(text);
        for (std::size_t i = values.size(); i > 0; --i) {  // $10 before $1
            auto const what = "$" + std::to_string(i);
            for (auto at = out.find(what); at != out.npos; at = out.find(what, at + values[i - 1].size()))
                out.replace(at, what.size(), values[i - 1]);
        }
        return out;
    }

    store::Store& store_;
    Engine engine_;
    std::deque<std::string> texts_;
    std::deque<store::Query> queries_;
};

}  // namespace rapport::test
