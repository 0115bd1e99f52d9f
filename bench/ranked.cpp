// Ranked search at the size of a large help centre: `bench_ranked FOLDER CORPUS ARTICLES POSTS`: as many articles of
// about 4 KB and posts of about 600 octets, made of a corpus of gen_corpus.py (bench/README.md), read into an index in
// FOLDER, beside which questions of four to eight words are asked; then the same with nothing else going on. Times of
// questions are of processor.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <thread>

#include <boost/json.hpp>

#include "search/ranked.hpp"
#include "search/text.hpp"

using namespace rapport;
using Steady = std::chrono::steady_clock;

namespace {

struct Text {
    std::string title, body;
};

// Of this thread, whatever else goes on.
double processor() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double since(Steady::time_point begun) { return std::chrono::duration<double>(Steady::now() - begun).count(); }

std::vector<Text> read(char const* file) {
    std::vector<Text> out;
    std::string line;
    for (std::ifstream in(file); std::getline(in, line);) {
        auto const one = boost::json::parse(line).as_object();
        out.push_back({std::string(one.at("title").as_string()), std::string(one.at("body").as_string())});
    }
    return out;
}

search::Document document(std::vector<Text> const& corpus, std::int64_t id, std::size_t texts, std::int64_t group) {
    auto const at = [&](std::size_t k) -> Text const& {
        return corpus[(static_cast<std::size_t>(id) * 7919 + k * 104'729) % corpus.size()];
    };
    search::RankedText text{.language = "en", .title = at(0).title, .body = at(0).body};
    for (std::size_t k = 1; k < texts; ++k) text.body += "\n" + at(k).body;
    text.facets = {{"product", "p" + std::to_string(id % 20)}, {"audience", id % 10 == 0 ? "agents" : "public"}};
    return {id, group, time_from_micros(id * 1'000'000), {}, std::move(text)};
}

// Words of one text's title and body, as somebody might ask for it; the last is half typed.
std::string question(std::vector<Text> const& corpus, std::mt19937& random) {
    auto const& one = corpus[random() % corpus.size()];
    std::vector<std::string> words;
    search::analyse(one.title + ' ' + one.body.substr(0, 300),
                    [&](search::Token const& token) { words.emplace_back(token.term); });
    std::string out = "how can i";
    for (auto n = 1 + random() % 5; n > 0 && !words.empty(); --n) out += ' ' + words[random() % words.size()];
    return out.substr(0, out.size() - random() % 2);
}

void print(char const* name, std::vector<double>& took) {
    if (took.empty()) return;
    std::ranges::sort(took);
    std::printf("%-34s %zu questions, p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, most %.1f ms\n", name, took.size(),
                took[took.size() / 2], took[took.size() * 95 / 100], took[took.size() * 99 / 100], took.back());
}

long resident() {
    std::ifstream in("/proc/self/status");
    for (std::string word; in >> word;)
        if (long kilobytes = 0; word == "VmRSS:" && in >> kilobytes) return kilobytes / 1024;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return std::fputs("usage: bench_ranked FOLDER CORPUS ARTICLES POSTS\n", stderr), 2;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::filesystem::path const folder = argv[1];
    auto const corpus = read(argv[2]);
    std::int64_t const articles = std::atoll(argv[3]), posts = std::atoll(argv[4]);
    std::printf("resident with the corpus alone: %ld MB\n", resident());
    auto const keyring = store::Keyring::open(folder / "keys");
    auto const index = search::Index::open(folder / "search", keyring);
    search::Ranked const ranked(*index);
    std::atomic<bool> reading = true;
    auto const ask = [&](std::vector<double>& took, std::mt19937& random, std::vector<search::RankedFilter> filters) {
        search::RankedAsk one;
        one.text = question(corpus, random);
        one.language = "en";
        one.filters = std::move(filters);
        auto const begun = processor();
        auto const answer = ranked.ask(one);
        took.push_back((processor() - begun) * 1000);
        return answer.hits.size();
    };
    std::vector<double> beside;
    std::thread asking([&] {
        for (std::mt19937 random(1); reading; std::this_thread::sleep_for(std::chrono::milliseconds(50)))
            ask(beside, random, {});
    });
    std::thread tidying([&] {
        while (reading)
            if (!index->tidy([&] { return !reading; })) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    });
    auto const fill = [&](search::Kind kind, std::int64_t number, std::size_t texts, std::int64_t in_group) {
        auto const begun = Steady::now();
        auto const used = processor();
        std::size_t octets = 0;
        for (std::int64_t id = 1; id <= number; ++id) {
            auto const one = document(corpus, id, texts, id / in_group);
            octets += one.ranked->body.size();
            index->add(kind, one);
            if (id % 500 == 0 || id == number) index->publish();
            if (index->waiting_octets() > 12 << 20) index->commit({});
        }
        index->commit({});
        if (number > 0)
            std::printf("%lld of kind %d: %.0f MB of text in %.1f s (%.1f s of processor), while asked\n",
                        static_cast<long long>(number), static_cast<int>(kind), static_cast<double>(octets) / 1e6,
                        since(begun), processor() - used);
    };
    fill(search::Kind::article, articles, 7, 1);
    fill(search::Kind::post, posts, 1, 10);
    reading = false;
    asking.join();
    tidying.join();
    print("beside the reading", beside);
    auto const facts = index->facts();
    std::printf("index %lld MB in %lld parts; resident %ld MB\n", static_cast<long long>(facts.octets >> 20),
                static_cast<long long>(facts.segments), resident());
    std::vector<double> alone, filtered;
    std::mt19937 random(2);
    std::size_t hits = 0;
    for (int i = 0; i < 1'000; ++i) hits += ask(alone, random, {});
    for (int i = 0; i < 1'000; ++i) hits += ask(filtered, random, {{"product", {"p7"}}, {"audience", {"public"}}});
    print("alone", alone);
    print("alone, of one product", filtered);
    std::printf("%zu hits; resident %ld MB\n", hits, resident());
    auto const begun = Steady::now();
    index->add(search::Kind::article, document(corpus, articles + 1, 7, 1));
    index->publish();
    std::printf("one more article found after %.1f ms\n", since(begun) * 1000);
}
