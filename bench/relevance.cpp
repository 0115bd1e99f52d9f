// How well ranked search finds: `bench_relevance SET.jsonl [misses=N] [NAME=VALUE…]`, with a data set in the form that
// bench/README.md describes. Prints nDCG@10, MRR@10 and recall@10, and the same for SQLite FTS5 in the same run.
// NAME=VALUE tries another weight (ranked_find.hpp): k1, run, pair, title, body, length, likeness, slope, whole;
// `half=0` and `half=1` ask only one half of the queries, for choosing weights on one and reporting on the other.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <boost/json.hpp>

#include "search/ranked.hpp"
#include "search/ranked_find.hpp"
#include "search/text.hpp"

using namespace rapport;
using Steady = std::chrono::steady_clock;

namespace {

struct Set {
    std::string name, language;
    std::vector<std::string> documents;  // by number, from 1
    std::map<std::string, std::int64_t> numbers;
    std::vector<search::RankedText> texts;
    std::vector<std::pair<std::string, std::string>> queries;
    std::map<std::string, std::map<std::int64_t, double>> right;
};

std::string text(boost::json::object const& from, std::string_view name) {
    auto const* found = from.if_contains(name);
    return found ? std::string(found->as_string()) : std::string();
}
std::vector<std::string> texts(boost::json::object const& from, std::string_view name) {
    std::vector<std::string> out;
    if (auto const* found = from.if_contains(name))
        for (auto const& one : found->as_array()) out.emplace_back(one.as_string());
    return out;
}

Set read(char const* file) {
    Set set;
    std::string line;
    for (std::ifstream in(file); std::getline(in, line);) {
        auto const one = boost::json::parse(line).as_object();
        if (one.contains("judgement")) {
            set.right[text(one, "judgement")][set.numbers.at(text(one, "document"))] =
                one.at("gain").to_number<double>();
        } else if (one.contains("document")) {
            set.documents.push_back(text(one, "document"));
            set.numbers[set.documents.back()] = static_cast<std::int64_t>(set.documents.size());
            search::RankedText made{.language = set.language, .title = text(one, "title"), .body = text(one, "body")};
            made.questions = texts(one, "questions");
            made.tags = texts(one, "tags");
            set.texts.push_back(std::move(made));
        } else if (one.contains("query")) {
            set.queries.emplace_back(text(one, "query"), text(one, "text"));
        } else {
            set.name = text(one, "set");
            set.language = text(one, "language");
        }
    }
    return set;
}

template <class Ask>
void measure(Set const& set, char const* name, int half, int misses, Ask const& ask) {
    double ndcg = 0, mrr = 0, recall = 0;
    std::vector<double> took;
    for (std::size_t number = 0; number < set.queries.size(); ++number) {
        auto const& [id, query] = set.queries[number];
        auto const& gains = set.right.at(id);
        // Queries of one document stay in one half.
        if (half >= 0 && gains.begin()->first % 2 != half) continue;
        auto const begun = Steady::now();
        std::vector<std::int64_t> const found = ask(query);
        took.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begun).count());
        double got = 0, best = 0, first = 0, hits = 0;
        for (std::size_t i = 0; i < found.size() && i < 10; ++i) {
            auto const gain = gains.find(found[i]);
            if (gain == gains.end()) continue;
            got += gain->second / std::log2(static_cast<double>(i) + 2);
            hits += 1;
            if (first == 0) first = 1 / static_cast<double>(i + 1);
        }
        std::vector<double> ideal;
        for (auto const& [document, gain] : gains) ideal.push_back(gain);
        std::ranges::sort(ideal, std::greater<>());
        for (std::size_t i = 0; i < ideal.size() && i < 10; ++i)
            best += ideal[i] / std::log2(static_cast<double>(i) + 2);
        ndcg += got / best;
        mrr += first;
        recall += hits / static_cast<double>(std::min<std::size_t>(10, gains.size()));
        if (first == 0 && misses-- > 0) {
            auto const& wanted = set.texts[static_cast<std::size_t>(gains.begin()->first - 1)];
            auto const& instead = found.empty() ? wanted : set.texts[static_cast<std::size_t>(found[0] - 1)];
            std::printf("  missed: %s | %s | %s\n", query.c_str(), wanted.title.c_str(), instead.title.c_str());
        }
    }
    auto const n = static_cast<double>(took.size());
    std::ranges::sort(took);
    std::printf("%-14s nDCG@10 %.4f, MRR %.4f, recall@10 %.4f; %zu queries, p50 %.2f ms, p99 %.2f ms\n", name, ndcg / n,
                mrr / n, recall / n, took.size(), took[took.size() / 2], took[took.size() * 99 / 100]);
}

class Fts5 {
  public:
    explicit Fts5(Set const& set) {
        sqlite3_open(":memory:", &db_);
        sqlite3_exec(db_, "CREATE VIRTUAL TABLE text USING fts5(title, body, tokenize='porter unicode61')", nullptr,
                     nullptr, nullptr);
        sqlite3_stmt* put = nullptr;
        sqlite3_prepare_v2(db_, "INSERT INTO text(rowid, title, body) VALUES (?1, ?2, ?3)", -1, &put, nullptr);
        for (std::size_t i = 0; i < set.texts.size(); ++i) {
            auto const& one = set.texts[i];
            sqlite3_bind_int64(put, 1, static_cast<std::int64_t>(i) + 1);
            sqlite3_bind_text(put, 2, one.title.data(), static_cast<int>(one.title.size()), SQLITE_STATIC);
            sqlite3_bind_text(put, 3, one.body.data(), static_cast<int>(one.body.size()), SQLITE_STATIC);
            sqlite3_step(put);
            sqlite3_reset(put);
        }
        sqlite3_finalize(put);
        sqlite3_prepare_v2(db_, "SELECT rowid FROM text WHERE text MATCH ?1 ORDER BY bm25(text, 2, 1) LIMIT 10", -1,
                           &ask_, nullptr);
    }
    ~Fts5() {
        sqlite3_finalize(ask_);
        sqlite3_close(db_);
    }
    std::vector<std::int64_t> ask(std::string const& question) {
        std::string query, word;
        auto const flush = [&] {
            if (!word.empty()) query += (query.empty() ? "\"" : " OR \"") + word + '"';
            word.clear();
        };
        for (auto const& letter : search::normalise(question))
            if (search::script_of(letter.c) != search::Script::none)
                search::append_utf8(word, letter.c);
            else
                flush();
        flush();
        std::vector<std::int64_t> out;
        sqlite3_bind_text(ask_, 1, query.data(), static_cast<int>(query.size()), SQLITE_STATIC);
        while (sqlite3_step(ask_) == SQLITE_ROW) out.push_back(sqlite3_column_int64(ask_, 0));
        sqlite3_reset(ask_);
        return out;
    }

  private:
    sqlite3* db_ = nullptr;
    sqlite3_stmt* ask_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fputs("usage: bench_relevance SET.jsonl [misses=N] [NAME=VALUE…]\n", stderr), 2;
    auto const set = read(argv[1]);
    search::RankedWeights weights;
    int half = -1, misses = 0;
    bool peer = true;
    for (int i = 2; i < argc; ++i) {
        std::string_view const word = argv[i];
        auto const equals = word.find('=');
        if (equals == std::string_view::npos) continue;
        auto const name = word.substr(0, equals);
        auto const value = std::atof(word.substr(equals + 1).data());
        if (name == "k1") weights.k1 = value;
        if (name == "run") weights.k1_run = value;
        if (name == "title") weights.field[0] = weights.field[1] = value;
        if (name == "body") weights.field[3] = value;
        if (name == "length") weights.length[0] = weights.length[1] = weights.length[3] = value;
        if (name == "likeness") weights.likeness = value;
        if (name == "slope") weights.likeness_slope = value;
        if (name == "whole") weights.whole_title = value;
        if (name == "pair") weights.pair = value;
        if (name == "half") half = static_cast<int>(value);
        if (name == "misses") misses = static_cast<int>(value);
        if (name == "peer") peer = value != 0;
    }
    auto const folder = std::filesystem::temp_directory_path() / ("relevance-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    {
        auto const keyring = store::Keyring::open(folder / "keys");
        auto const index = search::Index::open(folder / "search", keyring);
        auto const begun = Steady::now();
        for (std::size_t i = 0; i < set.texts.size(); ++i) {
            auto const id = static_cast<std::int64_t>(i) + 1;
            search::Document one{id, id, time_from_micros(id), {}, set.texts[i]};
            index->add(search::Kind::article, one);
        }
        index->publish();
        std::printf("%s (%s): %zu documents read in %.2f s\n", set.name.c_str(), set.language.c_str(), set.texts.size(),
                    std::chrono::duration<double>(Steady::now() - begun).count());
        search::Ranked const ranked(*index, weights);
        measure(set, "Rapport", half, misses, [&](std::string const& query) {
            search::RankedAsk ask;
            ask.text = query;
            ask.language = set.language;
            ask.kinds = {search::Kind::article};
            ask.half_typed = false;
            std::vector<std::int64_t> out;
            for (auto const& hit : ranked.ask(ask).hits) out.push_back(hit.object);
            return out;
        });
    }
    std::filesystem::remove_all(folder);
    if (!peer) return 0;
    Fts5 fts(set);
    measure(set, "SQLite FTS5", half, 0, [&](std::string const& query) { return fts.ask(query); });
}
