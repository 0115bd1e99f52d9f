// The dictionary of suggestions, walked as a tree, and the lines in which all words stand.
#include "search/suggest_table.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

namespace rapport::search {
namespace {

constexpr std::uint32_t most_places = 63;    // whose order counts
constexpr std::size_t words_in_a_line = 12;  // about

// All words in [from, until) share their first `depth` letters.
struct Node {
    std::uint32_t from = 0, until = 0;
    std::size_t depth = 0;
};

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

// How many words a line has that is just this; 0 where that cannot be told.
std::uint32_t places_of(std::vector<SuggestWord> const& typed) { return typed.back().place + 1; }

}  // namespace

SuggestTable::SuggestTable(std::vector<SuggestLine> lines) : lines_(std::move(lines)) {
    std::vector<std::vector<SuggestWord>> found(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) found[i] = words_of_line(lines_[i].text);
    std::vector<std::pair<std::u32string_view, Place>> all;
    for (std::uint32_t line = 0; line < lines_.size(); ++line) {
        std::uint32_t most = 0;
        for (auto const& one : found[line]) {
            all.emplace_back(one.letters, Place{line, one.place});
            most = std::max(most, one.place + 1);
        }
        words_of_.push_back(most);
    }
    std::ranges::sort(all, [](auto const& a, auto const& b) {
        if (auto const order = a.first <=> b.first; order != 0) return order < 0;
        return std::pair(a.second.line, a.second.place) < std::pair(b.second.line, b.second.place);
    });
    places_.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i == 0 || all[i].first != all[i - 1].first) {
            starts_.push_back(static_cast<std::uint32_t>(pool_.size()));
            firsts_.push_back(static_cast<std::uint32_t>(i));
            pool_ += all[i].first;
        }
        places_.push_back(all[i].second);
    }
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
}

std::vector<SuggestTable::Range> SuggestTable::beginning(std::u32string_view typed) const {
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

// Optimal string alignment of what is typed with each path of the tree, row by row; a branch whose every entry is too
// far is left. A node at which all that is typed is used up has all words below it.
std::vector<SuggestTable::Range> SuggestTable::near(std::u32string_view typed, int corrections) const {
    std::vector<Range> out;
    auto const n = typed.size();
    auto const most = static_cast<std::uint8_t>(corrections);
    using Row = std::array<std::uint8_t, 34>;
    std::vector<Row> rows(n + static_cast<std::size_t>(corrections) + 2);
    for (std::size_t j = 0; j <= n; ++j) rows[0][j] = static_cast<std::uint8_t>(j);
    auto const put = [&](std::uint32_t from, std::uint32_t until, std::uint8_t far, bool odd) {
        if (far > most || from == until) return;
        if (!out.empty() && out.back().until == from && out.back().corrections == far && out.back().odd == odd)
            out.back().until = until;
        else
            out.push_back({from, until, far, odd});
    };
    // `best`: what the words here cost already; `odd`: what was typed last is not in them.
    auto const walk = [&](auto const& self, Node const node, std::uint8_t best, bool odd) -> void {
        auto const& row = rows[node.depth];
        auto const least = *std::min_element(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(n) + 1);
        if (row[n] <= best && row[n] <= most) {
            bool const here_odd =
                node.depth > 0 && row[n] > 0 && (node.depth < n || letters(node.from)[node.depth - 1] != typed[n - 1]);
            if (row[n] < best || (odd && !here_odd)) odd = here_odd;
            best = row[n];
        }
        if (least > most || node.depth + 1 >= rows.size() || least > best) return put(node.from, node.until, best, odd);
        auto from = node.from;
        for (; from < node.until && letters(from).size() == node.depth; ++from) put(from, from + 1, best, odd);
        while (from < node.until) {
            auto const c = letters(from)[node.depth];
            auto low = from + 1, high = node.until;  // the first that goes on otherwise; near, as a rule
            for (std::uint32_t step = 1; low < high; step *= 2) {
                auto const probe = std::min(high - 1, low + step - 1);
                if (letters(probe)[node.depth] != c) {
                    high = probe;
                    break;
                }
                low = probe + 1;
            }
            while (low < high) {
                auto const middle = low + (high - low) / 2;
                if (letters(middle)[node.depth] == c)
                    low = middle + 1;
                else
                    high = middle;
            }
            auto& next = rows[node.depth + 1];
            next[0] = static_cast<std::uint8_t>(node.depth + 1);
            for (std::size_t j = 1; j <= n; ++j) {
                auto const same = typed[j - 1] == c;
                auto far = static_cast<std::uint8_t>(row[j - 1] + (same ? 0 : 1));
                far = std::min<std::uint8_t>(far, static_cast<std::uint8_t>(std::min(row[j], next[j - 1]) + 1));
                if (node.depth > 0 && j > 1 && typed[j - 2] == c && typed[j - 1] == letters(from)[node.depth - 1])
                    far = std::min<std::uint8_t>(far, static_cast<std::uint8_t>(rows[node.depth - 1][j - 2] + 1));
                next[j] = far;
            }
            self(self, {from, low, node.depth + 1}, best, odd);
            from = low;
        }
    };
    if (words() > 0) walk(walk, {0, words(), 0}, static_cast<std::uint8_t>(most + 1), false);
    return out;
}

std::vector<SuggestTable::Range> SuggestTable::ranges(SuggestWord const& typed, int corrections) const {
    auto const most = std::min(corrections, typed.corrections);
    return most == 0 ? beginning(typed.letters) : near(typed.letters, most);
}

std::size_t SuggestTable::places_in(std::vector<Range> const& ranges) const {
    std::size_t out = 0;
    for (auto const& range : ranges) out += firsts_[range.until] - firsts_[range.from];
    return out;
}

std::vector<Fitting> SuggestTable::ask(std::vector<SuggestWord> const& typed, int corrections, std::size_t limit,
                                       std::function<bool(std::int64_t)> const& allowed) const {
    if (typed.empty() || typed.size() > 24 || lines_.empty()) return {};
    std::vector<std::vector<Range>> wanted;
    for (auto const& word : typed) wanted.push_back(ranges(word, corrections));
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
    std::vector<Fitting> out;
    auto const total = places_of(typed);
    for (auto const line : touched) {
        auto& slot = slots[line];
        slot.settle();
        Fit fit;
        fit.corrections = slot.corrections;
        fit.odd = slot.odd;
        fit.unended = slot.unended;
        fit.row = (slot.rows & 1) != 0 ? (words_of_[line] == total ? 0 : 1) : slot.rows != 0 ? 2 : 3;
        fit.lightness = ~lines_[line].weight;
        fit.words = words_of_[line];
        fit.id = lines_[line].id;
        out.push_back({fit, line});
    }
    auto const better = [](Fitting const& a, Fitting const& b) { return a.fit < b.fit; };
    std::vector<Fitting> best;
    std::unordered_set<std::int64_t> ids;
    for (std::size_t done = 0, part = limit * 4; done < out.size() && best.size() < limit; done += part) {
        auto const end = out.begin() + static_cast<std::ptrdiff_t>(std::min(out.size(), done + part));
        std::partial_sort(out.begin() + static_cast<std::ptrdiff_t>(done), end, out.end(), better);
        for (auto it = out.begin() + static_cast<std::ptrdiff_t>(done); it != end && best.size() < limit; ++it)
            if (!ids.contains(it->fit.id) && allowed(it->fit.id)) {
                ids.insert(it->fit.id);
                best.push_back(*it);
            }
    }
    return best;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> SuggestTable::marks(std::string_view text,
                                                                         std::vector<SuggestWord> const& typed,
                                                                         int corrections) const {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
    auto const in_line = words_of_line(text);
    for (auto const& wanted : typed) {
        auto const fitting = ranges(wanted, corrections);
        for (auto const& one : in_line) {
            auto const found = beginning(one.letters);
            if (found.empty()) continue;
            auto const number = found.front().from;
            if (!std::ranges::any_of(fitting, [&](Range const& r) { return r.from <= number && number < r.until; }))
                continue;
            out.emplace_back(one.begin, one.end);
        }
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
