// The mark board: which letters may have reached a server when this process died. One small file, mapped into memory:
// a mark is one store instruction, and survives the death of the process (not of the machine: the board remembers the
// boot it belongs to). docs/decisions/outbox-marks.md. Single-threaded.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace rapport::post {

class MarkBoard {
  public:
    // Creates the file "<worker>.marks" in `folder` and locks it as long as this lives. Throws when it cannot.
    MarkBoard(std::filesystem::path const& folder, std::int64_t worker, std::size_t slots);
    ~MarkBoard();
    MarkBoard(MarkBoard const&) = delete;
    MarkBoard& operator=(MarkBoard const&) = delete;

    void mark(std::int64_t letter);      // its end of data is about to be handed over
    void accepted(std::int64_t letter);  // a 2xx reply came, and is not recorded yet
    void unmark(std::int64_t letter);    // its outcome is recorded, or nothing was accepted
    void remove();                       // the worker ends in order

  private:
    int lay_out();

    std::filesystem::path path_;
    int file_ = -1;
    std::int64_t* slots_ = nullptr;
    std::size_t size_ = 0;
    std::vector<std::size_t> free_;
    std::set<std::pair<std::int64_t, std::size_t>> used_;
};

// The board that a dead worker left. `same_boot` is false when the machine was restarted since: then the marks may be
// incomplete.
struct LeftBoard {
    std::int64_t worker = 0;
    bool same_boot = false;
    std::set<std::int64_t> marked;    // handed over, perhaps
    std::set<std::int64_t> accepted;  // by a server's reply
    std::filesystem::path file;
};
// Of workers that are certainly dead: nobody holds their lock.
std::vector<LeftBoard> left_boards(std::filesystem::path const& folder);

}  // namespace rapport::post
