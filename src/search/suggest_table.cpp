// The dictionary of suggestions, walked as a tree, and the lines in which all words stand.
#include "search/suggest_table.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

namespace rapport::search {
namespace {

constexpr std::uint32_t most_places = 63;    // whose order counts
constexpr std::size_t most_typed = 24;       // words
constexpr std::size_t words_in_a_line = 12;  // about
constexpr std::size_t longest_typed = 40;    // letters of a word

// What a line has of the words so far. A bit of `rows` is a place at which the first of them would stand, were all in a
// row.
struct Slot {
    std::uint64_t rows = 0, rows_now = 0;
    std::uint8_t stage = 0;  // words found
    std::uint8_t corrections = 0, unended = 0, odd = 0;
    std::uint8_t now = 0;  // of the word that is being looked for: corrections * 4 + odd * 2 + unended

    // True for the first place at which a line that has all words before has this one, too.
    bool take(std::uint8_t before, std::uint8_t how, std::uint64_t row) {
        if (stage == before + 1) {
            rows_now |= row;
            now = std::min(now, how);
            return false;
        }
        if (stage != before) return false;
        settle();
        rows_now = row;
        now = how;
        ++stage;
        return true;
    }
    // The word that was looked for counts.
    void settle() {
        if (stage == 0) return;
        rows = stage == 1 ? rows_now : rows & rows_now;
        corrections = static_cast<std::uint8_t>(corrections + now / 4);
        odd = static_cast<std::uint8_t>(odd + now / 2 % 2);
        unended = static_cast<std::uint8_t>(unended + now % 2);
    }
};

std::uint64_t row_bit(std::uint32_t in_line, std::uint32_t typed) {
    return in_line >= typed && in_line - typed <= most_places ? std::uint64_t{1} << (in_line - typed) : 0;
}

bool is_better(Fitting const& a, Fitting const& b) { return a.fit < b.fit; }

// How many words a line has that is just this; 0 where that cannot be told.
std::uint32_t places_of(std::vector<SuggestWord> const& typed) { return typed.back().place + 1; }

}  // namespace

SuggestTable::SuggestTable(std::vector<SuggestLine> lines) : lines_(std::move(lines)) {
    struct One {
        std::uint32_t at = 0, size = 0;  // in all letters
        Place place;
    };
    std::u32string letters;
    std::vector<One> all;
    for (std::uint32_t line = 0; line < lines_.size(); ++line) {
        std::uint32_t most = 0;
        for (auto const& one : words_of_line(lines_[line].text)) {
            all.push_back({static_cast<std::uint32_t>(letters.size()),
                           static_cast<std::uint32_t>(one.letters.size()),
                           {line, one.place}});
            letters += one.letters;
            most = std::max(most, one.place + 1);
        }
        words_of_.push_back(most);
    }
    auto const word = [&](One const& one) { return std::u32string_view(letters).substr(one.at, one.size); };
    std::ranges::sort(all, [&](One const& a, One const& b) {
        if (auto const order = word(a) <=> word(b); order != 0) return order < 0;
        return std::pair(a.place.line, a.place.place) < std::pair(b.place.line, b.place.place);
    });
    places_.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i == 0 || word(all[i]) != word(all[i - 1])) {
            starts_.push_back(static_cast<std::uint32_t>(pool_.size()));
            firsts_.push_back(static_cast<std::uint32_t>(i));
            pool_ += word(all[i]);
        }
        places_.push_back(all[i].place);
    }
    pool_.shrink_to_fit();
    has_firsts_.assign(lines_.size() + 1, 0);
    for (auto const& place : places_) ++has_firsts_[place.line + 1];
    std::partial_sum(has_firsts_.begin(), has_firsts_.end(), has_firsts_.begin());
    has_.resize(places_.size());
    auto next = has_firsts_;
    for (std::uint32_t number = 0; number < firsts_.size(); ++number) {
        auto const until = number + 1 < firsts_.size() ? firsts_[number + 1] : places_.size();
        for (std::size_t at = firsts_[number]; at < until; ++at)
            has_[next[places_[at].line]++] = {number, places_[at].place};
    }
    starts_.push_back(static_cast<std::uint32_t>(pool_.size()));
    firsts_.push_back(static_cast<std::uint32_t>(all.size()));
    grow_tree();
}

// Level by level, so that branches of one node stand together.
void SuggestTable::grow_tree() {
    tree_.push_back({0, words(), 0, 0});
    std::size_t level_ends = 1, depth = 0;
    for (std::size_t at = 0; at < tree_.size(); ++at) {
        if (at == level_ends) {
            level_ends = tree_.size();
            ++depth;
        }
        auto node = tree_[at];
        node.first = node.past = static_cast<std::uint32_t>(tree_.size());
        if (node.until - node.from > 1) {
            auto from = node.from + (letters(node.from).size() == depth ? 1 : 0);
            while (from < node.until) {
                auto const c = letters(from)[depth];
                auto until = from + 1;
                while (until < node.until && letters(until)[depth] == c) ++until;
                tree_.push_back({from, until, 0, 0});
                from = until;
            }
            node.past = static_cast<std::uint32_t>(tree_.size());
        }
        tree_[at] = node;
    }
    tree_.shrink_to_fit();
}

SuggestTable::Ranges SuggestTable::beginning(std::u32string_view typed) const {
    auto const numbers = [&](auto const& is_before) {
        std::uint32_t low = 0, high = words();
        while (low < high) {
            auto const middle = low + (high - low) / 2;
            if (is_before(letters(middle)))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    };
    auto const from = numbers([&](std::u32string_view word) { return word < typed; });
    auto const until = numbers([&](std::u32string_view word) { return word.substr(0, typed.size()) <= typed; });
    if (from == until) return {};
    return {{from, until, 0, false}};
}

// Optimal string alignment of what is typed with each path of the tree, row by row. Only entries within `most` of the
// diagonal can be near enough. A branch whose every entry is too far is left. A node at which all that is typed is used
// up has all words below it.
class SuggestTable::Walk {
  public:
    Walk(SuggestTable const& table, std::u32string_view typed, int corrections)
        : table_(table), typed_(typed), most_(static_cast<std::uint8_t>(corrections)) {
        for (auto& row : rows_) row.fill(static_cast<std::uint8_t>(most_ + 1));
        for (std::size_t j = 0; j <= most_ && j <= typed.size(); ++j) rows_[0][j] = static_cast<std::uint8_t>(j);
    }
    Ranges run() {
        if (table_.words() > 0) node(table_.tree_[0], 0, {static_cast<std::uint8_t>(most_ + 1), false});
        return std::move(out_);
    }

  private:
    // What the words of a branch cost already; `odd`: what was typed last is not in them.
    struct Cost {
        std::uint8_t least = 0;
        bool odd = false;
    };

    void put(std::uint32_t from, std::uint32_t until, Cost cost) {
        if (cost.least > most_ || from == until) return;
        if (!out_.empty() && out_.back().until == from && out_.back().corrections == cost.least &&
            out_.back().odd == cost.odd)
            out_.back().until = until;
        else
            out_.push_back({from, until, cost.least, cost.odd});
    }

    // Nothing below can cost less.
    bool settle(std::size_t depth, Cost& cost) const {
        auto const n = typed_.size();
        auto const& row = rows_[depth];
        if (row[n] <= cost.least && row[n] <= most_) {
            bool const odd = depth > 0 && row[n] > 0 && (depth < n || path_[depth - 1] != typed_[n - 1]);
            if (row[n] < cost.least || (cost.odd && !odd)) cost.odd = odd;
            cost.least = row[n];
        }
        if (depth >= n + most_) return true;
        auto const low = depth > most_ ? depth - most_ : 0, high = std::min(n, depth + most_);
        auto const least = *std::min_element(row.begin() + static_cast<std::ptrdiff_t>(low),
                                             row.begin() + static_cast<std::ptrdiff_t>(high) + 1);
        return least > most_ || least > cost.least;
    }

    void step(std::size_t depth, char32_t c) {
        path_[depth] = c;
        auto const& row = rows_[depth];
        auto& next = rows_[depth + 1];
        auto const n = typed_.size(), to = depth + 1;
        auto low = to > most_ ? to - most_ : 0;
        auto const high = std::min(n, to + most_), far = static_cast<std::size_t>(most_) + 1;
        if (low == 0)
            next[low++] = static_cast<std::uint8_t>(std::min(to, far));
        else
            next[low - 1] = static_cast<std::uint8_t>(far);
        for (auto j = low; j <= high; ++j) {
            std::size_t cost = row[j - 1] + (typed_[j - 1] == c ? 0U : 1U);
            cost = std::min<std::size_t>(cost, std::min(row[j], next[j - 1]) + 1U);
            if (depth > 0 && j > 1 && typed_[j - 2] == c && typed_[j - 1] == path_[depth - 1])
                cost = std::min<std::size_t>(cost, rows_[depth - 1][j - 2] + 1U);
            next[j] = static_cast<std::uint8_t>(std::min(cost, far));
        }
        if (high < n) next[high + 1] = static_cast<std::uint8_t>(far);
    }

    void node(Node const& node, std::size_t depth, Cost cost) {
        if (settle(depth, cost)) return put(node.from, node.until, cost);
        if (node.first == node.past) return word(node.from, depth, cost);
        if (auto const first = table_.tree_[node.first].from; first > node.from) put(node.from, first, cost);
        for (auto at = node.first; at < node.past; ++at) {
            auto const& branch = table_.tree_[at];
            step(depth, table_.letters(branch.from)[depth]);
            this->node(branch, depth + 1, cost);
        }
    }

    void word(std::uint32_t number, std::size_t depth, Cost cost) {
        auto const letters = table_.letters(number);
        while (depth < letters.size()) {
            step(depth, letters[depth]);
            if (settle(++depth, cost)) break;
        }
        put(number, number + 1, cost);
    }

    SuggestTable const& table_;
    std::u32string_view typed_;
    std::uint8_t most_;
    std::array<std::array<std::uint8_t, longest_typed + 4>, longest_typed + 4> rows_;
    std::array<char32_t, longest_typed + 4> path_{};
    Ranges out_;
};

std::vector<SuggestTable::Ranges> SuggestTable::fitting(std::vector<SuggestWord> const& typed, int corrections) const {
    std::vector<Ranges> out;
    for (auto const& word : typed) {
        auto const most = std::min(corrections, word.corrections);
        bool const as_typed = most == 0 || word.letters.size() > longest_typed;
        out.push_back(as_typed ? beginning(word.letters) : Walk(*this, word.letters, most).run());
    }
    return out;
}

std::size_t SuggestTable::places_in(Ranges const& ranges) const {
    std::size_t out = 0;
    for (auto const& range : ranges) out += firsts_[range.until] - firsts_[range.from];
    return out;
}

std::vector<Fitting> SuggestTable::ask(std::vector<SuggestWord> const& typed, std::vector<Ranges> const& wanted,
                                       std::size_t limit, std::function<bool(std::int64_t)> const& allowed) const {
    if (typed.empty() || typed.size() > most_typed || lines_.empty() || limit == 0) return {};
    std::vector<std::size_t> order(typed.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::size_t i) { return places_in(wanted[i]); });

    thread_local std::vector<Slot> slots;
    thread_local std::vector<std::uint32_t> touched;
    if (slots.size() < lines_.size()) slots.resize(lines_.size());
    touched.clear();
    struct Clean {
        ~Clean() {
            for (auto const line : touched) slots[line] = {};
        }
    } const clean;
    for (std::uint8_t stage = 0; stage < order.size(); ++stage) {
        auto const& word = typed[order[stage]];
        auto const& fitting = wanted[order[stage]];
        bool const is_last = order[stage] + 1 == typed.size();
        auto const how = [&](Range const& range, std::uint32_t number) {
            bool const unended = !is_last && letters(number).size() > word.letters.size();
            return static_cast<std::uint8_t>(range.corrections * 4 + (range.odd ? 2 : 0) + (unended ? 1 : 0));
        };
        if (stage > 0 && touched.size() * words_in_a_line < places_in(fitting)) {  // look into the few lines
            for (auto const line : touched)
                for (auto at = has_firsts_[line]; at < has_firsts_[line + 1]; ++at) {
                    auto const [number, place] = has_[at];
                    auto const range = std::ranges::upper_bound(fitting, number, {}, &Range::until);
                    if (range != fitting.end() && range->from <= number)
                        slots[line].take(stage, how(*range, number), row_bit(place, word.place));
                }
        } else {
            for (auto const& range : fitting)
                for (auto number = range.from; number < range.until; ++number) {
                    auto const now = how(range, number);
                    for (auto at = firsts_[number]; at < firsts_[number + 1]; ++at) {
                        auto const [line, place] = places_[at];
                        if (slots[line].take(stage, now, row_bit(place, word.place)) && stage == 0)
                            touched.push_back(line);
                    }
                }
        }
        std::erase_if(touched, [&](std::uint32_t line) {
            if (slots[line].stage == stage + 1) return false;
            slots[line] = {};
            return true;
        });
    }
    auto const total = places_of(typed);
    auto const fit_of = [&](std::uint32_t line) {
        auto const& slot = slots[line];
        Fit fit;
        fit.corrections = slot.corrections;
        fit.odd = slot.odd;
        fit.unended = slot.unended;
        fit.row = (slot.rows & 1) != 0 ? (words_of_[line] == total ? 0 : 1) : slot.rows != 0 ? 2 : 3;
        fit.lightness = ~lines_[line].weight;
        fit.words = words_of_[line];
        fit.id = lines_[line].id;
        return Fitting{fit, line};
    };
    for (auto const line : touched) slots[line].settle();
    // The few best first; all of them only if those are not allowed, or are lines of the same.
    for (auto part = limit * 4;; part = touched.size()) {
        std::vector<Fitting> some;
        some.reserve(std::min(part, touched.size()) + 1);
        for (auto const line : touched) {
            auto const one = fit_of(line);
            if (some.size() == part && !is_better(one, some.front())) continue;
            some.push_back(one);
            std::ranges::push_heap(some, is_better);
            if (some.size() <= part) continue;
            std::ranges::pop_heap(some, is_better);
            some.pop_back();
        }
        std::ranges::sort_heap(some, is_better);
        std::vector<Fitting> best;
        std::unordered_set<std::int64_t> ids;
        for (auto const& one : some) {
            if (best.size() == limit) break;
            if (ids.contains(one.fit.id) || !allowed(one.fit.id)) continue;
            ids.insert(one.fit.id);
            best.push_back(one);
        }
        if (best.size() == limit || some.size() == touched.size()) return best;
    }
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> SuggestTable::marks(std::string_view text,
                                                                         std::vector<Ranges> const& fitting) const {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
    for (auto const& one : words_of_line(text)) {
        auto const found = beginning(one.letters);
        if (found.empty()) continue;
        auto const number = found.front().from;
        bool const fits = std::ranges::any_of(fitting, [&](Ranges const& ranges) {
            auto const range = std::ranges::upper_bound(ranges, number, {}, &Range::until);
            return range != ranges.end() && range->from <= number;
        });
        if (fits) out.emplace_back(one.begin, one.end);
    }
    std::ranges::sort(out);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> joined;
    for (auto const& mark : out)
        if (joined.empty() || mark.first > joined.back().second)
            joined.push_back(mark);
        else
            joined.back().second = std::max(joined.back().second, mark.second);
    return joined;
}

}  // namespace rapport::search
