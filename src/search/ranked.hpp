// Search by relevance over articles, questions and posts: what fits best comes first. Lives in the same index as the
// search over conversations (index.hpp, keeper.hpp): sealed files, read anew from the database whenever they are lost.
//
// A module offers its documents by a Shelf of Kind::article or Kind::post whose documents have `ranked`. Any thread
// asks, on the state at the time of its call; nothing here waits for a lock that writing holds. Asking is bounded:
// letters and words of a question, documents that are looked at a second time, and a deadline.
//
// Who may see what: give it as a facet (`audience`) and ask with it; `allowed` is for what a facet cannot say. The
// index follows the database within a second, so whoever shows a hit reads its object first and checks again.
#pragma once

#include <memory>

#include "search/highlight.hpp"
#include "search/keeper.hpp"

namespace rapport::search {

// One of the values, of each of the names.
struct RankedFilter {
    std::string name;
    std::vector<std::string> values;
};

struct RankedHit {
    Kind kind{};
    std::int64_t object = 0, group = 0;
    double score = 0;        // comparable within one answer only
    bool best = false;       // somebody chose it for just this question (Curation)
    bool whole = false;      // has all words as typed (or their forms, or synonyms)
    bool corrected = false;  // was found by other letters than typed; after all that are whole
};

struct RankedAsk {
    std::string text;           // as typed: words, "a phrase", -without. The first 1,000 letters count.
    std::string language = {};  // of who asks: forms of words, synonyms, chosen answers
    std::vector<Kind> kinds = {Kind::article, Kind::post};
    std::vector<RankedFilter> filters = {};
    std::size_t first = 0, limit = 10;                   // of the best 200, each group once
    bool half_typed = true;                              // the last word, if nothing follows it, may go on
    bool corrected = true;                               // where little fits
    std::function<bool(RankedHit const&)> allowed = {};  // none: all. Called for 200 at most.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

class RankedQuery;  // what was asked for, understood; for excerpts

struct RankedAnswer {
    std::vector<RankedHit> hits;
    bool more = false;                         // there are hits after these
    bool complete = true;                      // false: the index is being made; there will be more
    bool gave_up = false;                      // the deadline passed
    std::vector<std::string> instead = {};     // words that were looked for instead of some typed
    std::shared_ptr<RankedQuery const> query;  // never none
};

// The part of the text that has most of what was asked for, and where in it that stands; `text` is plain. Any thread.
Excerpt excerpt_of(std::string_view text, RankedQuery const& query, std::size_t letters);

// What people decided about questions.
struct Curation {
    // Each means the others.
    struct Synonyms {
        std::string language;  // empty: in each
        std::vector<std::string> phrases;
    };
    // Whoever asks with just these words, in any order and form, gets these first, as they stand here.
    struct Best {
        std::string language;  // empty: in each
        std::string question;
        Kind kind{};
        std::int64_t object = 0;
    };
    std::vector<Synonyms> synonyms = {};
    std::vector<Best> best = {};
};

struct RankedWeights;  // ranked_find.hpp: what was tuned

class Ranked {
  public:
    explicit Ranked(Keeper& keeper);      // reports damage to it
    explicit Ranked(Index const& index);  // throws Damaged; for tests and bench/
    ~Ranked();
    Ranked(Ranked const&) = delete;
    Ranked& operator=(Ranked const&) = delete;

    Ranked(Index const& index, RankedWeights const& weights);
    // In force with the next question. Any thread; costs about a microsecond a word.
    void curate(Curation const& curation);
    // Never fails: signs alone, half letters and 10,000 characters have an answer, if an empty one.
    RankedAnswer ask(RankedAsk const& ask) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace rapport::search
