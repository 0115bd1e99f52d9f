// Suggestions as somebody types: `bench_suggest CORPUS QUERIES`, made by gen_corpus.py and gen_queries.py (100,000
// articles, 1,000 questions half typed, one in five with a typo). A hit: one of the first ten titles has, for each word
// that was meant, a word that begins with it. The peer, in the same run, is SQLite FTS5 with prefixes, in no order (its
// rank reads every hit).
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include <boost/json.hpp>

#include "search/suggest.hpp"
#include "search/text.hpp"

using namespace rapport;
using Steady = std::chrono::steady_clock;

namespace {

struct Question {
    std::string typed, meant;
    bool typo = false;
};

double seconds(Steady::duration d) { return std::chrono::duration<double>(d).count(); }

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out;
    search::analyse(text, [&](search::Token const& token) { out.emplace_back(token.term); });
    return out;
}

bool fits(std::string const& title, std::string const& meant) {
    auto const have = words(title);
    return std::ranges::all_of(words(meant), [&](auto const& word) {
        return std::ranges::any_of(have, [&](auto const& one) { return one.starts_with(word); });
    });
}

template <class Ask>
void measure(char const* name, std::vector<Question> const& questions, Ask const& ask) {
    std::vector<double> took;
    std::size_t hits[2] = {}, all[2] = {};
    for (auto const& one : questions) ask(one.typed);  // once before
    for (auto const& one : questions) {
        auto const begun = Steady::now();
        auto const titles = ask(one.typed);
        took.push_back(seconds(Steady::now() - begun) * 1000);
        if (getenv("SLOW") && took.back() > 1) std::printf("  %.2f ms: '%s'\n", took.back(), one.typed.c_str());
        bool const hit = std::ranges::any_of(titles, [&](auto const& title) { return fits(title, one.meant); });
        ++all[one.typo];
        hits[one.typo] += hit ? 1 : 0;
        if (!hit && getenv("MISSES"))
            std::printf("  missed: '%s' meant '%s'%s\n", one.typed.c_str(), one.meant.c_str(),
                        titles.empty() ? "" : (" got " + titles.front()).c_str());
    }
    std::ranges::sort(took);
    std::printf("%-22s p50 %.3f ms, p99 %.3f ms, most %.3f ms; hit %.3f clean, %.3f with a typo\n", name,
                took[took.size() / 2], took[took.size() * 99 / 100], took.back(),
                static_cast<double>(hits[0]) / static_cast<double>(all[0]),
                static_cast<double>(hits[1]) / static_cast<double>(all[1]));
}

class Fts5 {
  public:
    explicit Fts5(std::vector<search::SuggestLine> const& lines) {
        sqlite3_open(":memory:", &db_);
        run("CREATE VIRTUAL TABLE line USING fts5(text, prefix='2 3 4')");
        run("BEGIN");
        sqlite3_stmt* put = nullptr;
        sqlite3_prepare_v2(db_, "INSERT INTO line(rowid, text) VALUES (?1, ?2)", -1, &put, nullptr);
        for (auto const& line : lines) {
            sqlite3_bind_int64(put, 1, line.id + 1);
            sqlite3_bind_text(put, 2, line.text.data(), static_cast<int>(line.text.size()), SQLITE_STATIC);
            sqlite3_step(put);
            sqlite3_reset(put);
        }
        sqlite3_finalize(put);
        run("COMMIT");
        sqlite3_prepare_v2(db_, "SELECT text FROM line WHERE line MATCH ?1 LIMIT 10", -1, &ask_, nullptr);
    }
    ~Fts5() {
        sqlite3_finalize(ask_);
        sqlite3_close(db_);
    }
    std::vector<std::string> ask(std::string const& typed) {
        std::string query;
        for (auto const& word : words(typed)) query += '"' + word + "\" * ";
        std::vector<std::string> out;
        sqlite3_bind_text(ask_, 1, query.data(), static_cast<int>(query.size()), SQLITE_STATIC);
        while (sqlite3_step(ask_) == SQLITE_ROW)
            out.emplace_back(reinterpret_cast<char const*>(sqlite3_column_text(ask_, 0)));
        sqlite3_reset(ask_);
        return out;
    }

  private:
    void run(char const* sql) { sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); }
    sqlite3* db_ = nullptr;
    sqlite3_stmt* ask_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("usage: bench_suggest CORPUS QUERIES\n", stderr), 2;
    std::vector<search::SuggestLine> lines;
    std::string line;
    for (std::ifstream in(argv[1]); std::getline(in, line);) {
        auto const one = boost::json::parse(line).as_object();
        lines.push_back({one.at("id").as_int64(), std::string(one.at("title").as_string()), 0});
    }
    std::vector<Question> questions;
    for (std::ifstream in(argv[2]); std::getline(in, line);) {
        std::istringstream parts(line);
        Question one;
        std::string typo;
        std::getline(parts, one.typed, '\t');
        std::getline(parts, one.meant, '\t');
        std::getline(parts, typo, '\t');
        one.typo = typo == "1";
        questions.push_back(one);
    }
    search::Suggest suggest;
    auto begun = Steady::now();
    suggest.fill(lines);
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    std::printf("%zu titles, built in %.2f s; the process has %ld MB\n", lines.size(), seconds(Steady::now() - begun),
                use.ru_maxrss / 1024);
    measure("suggestions", questions, [&](std::string const& typed) {
        std::vector<std::string> out;
        for (auto& hit : suggest.ask(typed)) out.push_back(std::move(hit.text));
        return out;
    });
    begun = Steady::now();
    Fts5 peer(lines);
    std::printf("SQLite FTS5 built in %.2f s\n", seconds(Steady::now() - begun));
    measure("SQLite FTS5, prefixes", questions, [&](std::string const& typed) { return peer.ask(typed); });
}
