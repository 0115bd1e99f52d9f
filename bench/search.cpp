// Search as you type: `bench_search build FOLDER MESSAGES [peer]`, then `bench_search ask FOLDER [rounds]`.
// Mails of about 90 words over a vocabulary of 200,000 with the frequencies of a language (Zipf), with names and order
// numbers. Each question is typed letter by letter; what is measured is one keystroke: the newest 30 conversations.
// The peer is SQLite FTS5 over the same mails, asked the same, newest first.
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <unordered_set>

#include "search/segment.hpp"
#include "words.hpp"

using namespace rapport;
using bench::Writer;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t page = 30;

void run(sqlite3* db, char const* sql) {
    char* fault = nullptr;
    if (sqlite3_exec(db, sql, nullptr, nullptr, &fault) != SQLITE_OK) {
        std::fprintf(stderr, "%s: %s\n", sql, fault);
        std::exit(1);
    }
}
sqlite3* open_peer(std::filesystem::path const& folder) {
    sqlite3* db = nullptr;
    if (sqlite3_open((folder / "peer.db").c_str(), &db) != SQLITE_OK) std::exit(1);
    run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-48000");
    return db;
}

double since(Steady::time_point begin) { return std::chrono::duration<double>(Steady::now() - begin).count(); }
double cpu() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
long resident_kb() {
    std::ifstream in("/proc/self/statm");
    long all = 0, resident = 0;
    in >> all >> resident;
    return resident * 4;
}

int build(std::filesystem::path const& folder, std::int64_t mails, bool peer) {
    std::filesystem::create_directories(folder);
    Writer const writer;
    auto const keyring = store::Keyring::open(folder / "keys");
    auto const go_on = [] { return false; };
    {
        auto const generating = cpu();
        std::size_t octets = 0;
        for (std::int64_t n = 1; n <= 2'000; ++n)
            for (auto const& part : writer.mail(n).parts) octets += part.text.size();
        std::printf("a mail: %zu octets, %.1f us to make\n", octets / 2'000, (cpu() - generating) / 2'000 * 1e6);
    }
    auto const index = search::Index::open(folder / "search", keyring);
    auto const begin = Steady::now();
    auto const used = cpu();
    search::Progress progress;
    long most = 0;
    for (std::int64_t n = 1; n <= mails; ++n) {
        index->add(search::Kind::conversation, writer.mail(n));
        if (n % 10'000 == 0) {
            index->commit(progress);
            while (index->tidy(go_on)) most = std::max(most, resident_kb());
        }
    }
    index->commit(progress);
    auto const facts = index->facts();
    std::printf(
        "rapport: %lld mails in %.1f s (%.0f/s; CPU %.1f us each), %.0f octets each, %lld segments, RSS at most %ld "
        "MB\n",
        static_cast<long long>(mails), since(begin), static_cast<double>(mails) / since(begin),
        (cpu() - used) / static_cast<double>(mails) * 1e6,
        static_cast<double>(facts.octets) / static_cast<double>(mails), static_cast<long long>(facts.segments),
        most / 1024);
    if (peer) {
        auto* db = open_peer(folder);
        run(db, "CREATE VIRTUAL TABLE mail USING fts5(subject, sender, body, content='', prefix='2 3 4')");
        auto const peer_begin = Steady::now();
        auto const peer_used = cpu();
        sqlite3_stmt* insert = nullptr;
        sqlite3_prepare_v2(db, "INSERT INTO mail(rowid, subject, sender, body) VALUES (?, ?, ?, ?)", -1, &insert,
                           nullptr);
        run(db, "BEGIN");
        for (std::int64_t n = 1; n <= mails; ++n) {
            auto const one = writer.mail(n);
            sqlite3_bind_int64(insert, 1, n);
            for (int i = 0; i < 3; ++i) {
                auto const& text = one.parts[static_cast<std::size_t>(i)].text;
                sqlite3_bind_text(insert, i + 2, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
            }
            sqlite3_step(insert);
            sqlite3_reset(insert);
            if (n % 10'000 == 0) run(db, "COMMIT; BEGIN");
        }
        run(db, "COMMIT");
        sqlite3_finalize(insert);
        sqlite3_close(db);
        std::printf("FTS5: %lld mails in %.1f s (CPU %.1f us each), %.0f octets each\n", static_cast<long long>(mails),
                    since(peer_begin), (cpu() - peer_used) / static_cast<double>(mails) * 1e6,
                    static_cast<double>(std::filesystem::file_size(folder / "peer.db")) / static_cast<double>(mails));
    }
    std::ofstream(folder / "mails") << mails;
    return 0;
}

struct Figures {
    std::vector<double> ms;
    std::size_t found = 0;
    void print(char const* name) {
        std::ranges::sort(ms);
        auto const at = [&](double part) {
            return ms[static_cast<std::size_t>(static_cast<double>(ms.size() - 1) * part)];
        };
        std::printf("%-8s %6zu keystrokes: p50 %.2f, p95 %.2f, p99 %.2f, most %.1f ms; %.1f conversations found\n",
                    name, ms.size(), at(0.5), at(0.95), at(0.99), ms.back(),
                    static_cast<double>(found) / static_cast<double>(ms.size()));
    }
};

int ask(std::filesystem::path const& folder, int rounds) {
    std::int64_t mails = 0;
    std::ifstream(folder / "mails") >> mails;
    Writer const writer;
    auto const keyring = store::Keyring::open(folder / "keys");
    auto const opened = Steady::now();
    auto const index = search::Index::open(folder / "search", keyring);
    std::printf("%lld mails, opened in %.1f ms\n", static_cast<long long>(mails), since(opened) * 1000);
    bool const peer = std::filesystem::exists(folder / "peer.db");
    auto* db = peer ? open_peer(folder) : nullptr;
    sqlite3_stmt* select = nullptr;
    if (peer)
        sqlite3_prepare_v2(db, "SELECT rowid FROM mail WHERE mail MATCH ? ORDER BY rowid DESC LIMIT 150", -1, &select,
                           nullptr);
    std::mt19937_64 chance(99);
    Figures ours, theirs;
    for (int round = 0; round < rounds; ++round) {
        auto const question = writer.question(chance, mails);
        for (std::size_t typed = 2; typed <= question.size(); ++typed) {
            auto const text = question.substr(0, typed);
            if (text.back() == ' ' || text[text.size() - 2] == ' ') continue;
            auto begin = Steady::now();
            std::unordered_set<std::int64_t> groups;
            {
                auto const query = search::parse_query(text, {});
                auto finder = index->find(search::Kind::conversation, *query, {});
                for (std::optional<search::Hit> hit; groups.size() < page && (hit = finder.next());)
                    groups.insert(hit->group);
            }
            ours.ms.push_back(since(begin) * 1000);
            ours.found += groups.size();
            if (!peer) continue;
            std::string
                match;  // earlier words whole (or their beginnings, from 4 letters on, as ours), the last one begun
            for (std::size_t at = 0; at < text.size();) {
                auto const end = std::min(text.find(' ', at), text.size());
                bool const begun = end == text.size() || end - at >= 4;
                match += '"' + text.substr(at, end - at) + '"' + (begun ? "* " : " ");
                at = end + 1;
            }
            groups.clear();
            begin = Steady::now();
            sqlite3_bind_text(select, 1, match.data(), static_cast<int>(match.size()), SQLITE_TRANSIENT);
            while (groups.size() < page && sqlite3_step(select) == SQLITE_ROW)
                groups.insert(sqlite3_column_int64(select, 0) / 5 + 1);
            sqlite3_reset(select);
            theirs.ms.push_back(since(begin) * 1000);
            theirs.found += groups.size();
        }
    }
    ours.print("rapport");
    if (peer) theirs.print("FTS5");
    std::printf("RSS %ld MB\n", resident_kb() / 1024);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc >= 4 && std::strcmp(argv[1], "build") == 0) return build(argv[2], std::atoll(argv[3]), argc > 4);
    if (argc >= 3 && std::strcmp(argv[1], "ask") == 0) return ask(argv[2], argc > 3 ? std::atoi(argv[3]) : 300);
    std::fprintf(stderr, "bench_search build FOLDER MESSAGES [peer] | ask FOLDER [rounds]\n");
    return 2;
}
