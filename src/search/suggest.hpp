// Titles that answer from the first letters: what somebody has typed so far, each word a beginning, against few and
// short lines (titles, questions). Held in memory; what is corrected comes after what is not, always. Orders: the whole
// title, a title that begins so, the words in a row, the words anywhere; then whole words before beginnings; then the
// line's weight, then the shorter line. Any thread asks; one at a time changes. docs/formats/search.md says how words
// of each script are compared.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::search {

// Several lines of one id: other questions for the same answer. It is found once.
struct SuggestLine {
    std::int64_t id = 0;
    std::string text;          // UTF-8; the first 300 letters count
    std::uint32_t weight = 0;  // more comes first
};

struct SuggestHit {
    std::int64_t id = 0;
    std::string text;                                            // the line that was found
    int corrections = 0;                                         // letters that were not as typed
    std::vector<std::pair<std::uint32_t, std::uint32_t>> marks;  // octets of the text that fit, ascending
};

struct SuggestOptions {
    std::size_t limit = 10;
    bool corrected = true;                              // typos: none below 4 letters, one up to 7, two from 8 on
    std::function<bool(std::int64_t id)> allowed = {};  // none: all
};

class SuggestTable;  // what was there at one moment, never changed

class Suggest {
  public:
    Suggest();
    ~Suggest();
    Suggest(Suggest const&) = delete;

    // Everything anew. Asking goes on with what was there meanwhile.
    void fill(std::vector<SuggestLine> lines);
    // What the id had goes; no lines: it is gone. Found by the next question.
    void put(std::int64_t id, std::vector<SuggestLine> lines);

    std::vector<SuggestHit> ask(std::string_view typed, SuggestOptions const& options = {}) const;
    std::size_t lines() const;

  private:
    struct State;
    std::shared_ptr<State const> now() const;
    mutable std::mutex mutex_;  // of the pointer
    std::mutex changing_;
    std::shared_ptr<State const> state_;
};

}  // namespace rapport::search
