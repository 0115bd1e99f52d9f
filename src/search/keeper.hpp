// Keeps the index in step with the database: follows the journal, and reads everything anew when the index is missing,
// damaged or of an older pipeline. Searching goes on meanwhile with what is there, and says that it is incomplete.
#pragma once

#include <condition_variable>
#include <thread>

#include "search/index.hpp"
#include "store/store.hpp"

namespace rapport::search {

// What a module offers to be found. Called with a snapshot, on a store thread: no words are taken apart there.
struct Shelf {
    Kind kind{};
    // The newest objects below one, newest first.
    struct Page {
        std::vector<Document> documents;
        std::int64_t below = 0;  // where the next page goes on; 0: that was all
    };
    std::function<Page(store::Reader&, std::int64_t below, std::size_t limit)> page;
    // What these events have changed, as it is now. `gone` are not to be found any more.
    struct Change {
        std::vector<Document> documents;
        std::vector<std::int64_t> gone;
    };
    std::function<Change(store::Reader&, std::span<store::Event const>)> changed;
    // For fsck: how many there are, and some of them, spread over all.
    std::function<std::int64_t(store::Reader&)> count;
};

// A file of this name in the folder asks for rebuild(); whoever makes the index anew removes it.
inline constexpr char const* rebuild_mark = "rebuild";

struct KeeperOptions {
    std::filesystem::path folder;
    Duration commit_after = std::chrono::seconds(60);  // what was read is durable after so long, or so much
    std::size_t commit_octets = 12 << 20;
    std::size_t page = 500;                          // objects, or events, at once
    Duration purge_after = std::chrono::minutes(5);  // erased words leave the files
};

struct Status {
    bool complete = false;     // everything that was there at the start of the making has been read
    std::int64_t seq = 0;      // of the journal; what follows is being read
    std::string why_new = {};  // the reason why the index was made anew, since the start
    IndexFacts facts = {};
    std::array<bool, all_kinds.size()> complete_of{};  // each kind alone
};

class Keeper {
  public:
    // Opens the index; start() follows the journal. What readers look for is read first.
    Keeper(store::Store& store, store::Keyring const& keyring, std::vector<Shelf> shelves, KeeperOptions options);
    ~Keeper();
    void start();
    void stop();  // what was read is durable

    // Any thread. Damage that a search meets is reported here: the index is made anew.
    Finder find(Kind kind, ParsedQuery const& query, FindOptions options = {}) const {
        return index_->find(kind, query, std::move(options));
    }
    std::vector<std::string> similar(Kind kind, std::string const& word) const { return index_->similar(kind, word); }
    void damaged(std::string_view why);
    Status status() const;
    // Makes everything anew; searching goes on with what has been read.
    void rebuild();
    // Waits until the index has read this event, at most so long. For tests and the command line.
    bool wait_for(std::int64_t seq, Duration at_most) const;
    bool wait_until_complete(Duration at_most) const;

    Index& index() { return *index_; }

  private:
    void run();
    void step();
    void begin_anew(std::string why);
    bool is_of_this_database();
    bool follow();     // true: there was something
    bool read_more();  // of what is still to be read
    void commit_when_due();
    void tidy();

    store::Store& store_;
    std::vector<Shelf> shelves_;
    KeeperOptions options_;
    std::unique_ptr<Index> index_;
    Progress progress_;  // of the thread
    bool checked_ = false;
    std::chrono::steady_clock::time_point committed_{};
    std::chrono::steady_clock::duration rest_{};  // before the next events are read
    bool full_ = false;                           // more events wait than were read at once
    mutable std::mutex mutex_;
    mutable std::condition_variable wake_, moved_;
    bool stopping_ = false, hinted_ = true, wants_new_ = false;
    std::string why_new_, why_;
    Progress shown_;  // what searches find by now
    std::thread thread_, tidier_;
    std::shared_ptr<void> subscription_;
};

// fsck: what the index lacks, or has too much of. Reads the database on `reader`.
struct Finding {
    std::string subject, text;
};
void check_index(store::Reader& reader, Index const& index, std::span<Shelf const> shelves,
                 std::function<void(Finding const&)> const& report);

}  // namespace rapport::search
