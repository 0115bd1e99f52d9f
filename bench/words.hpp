// Mails of about 90 words over a vocabulary of 200,000 with the frequencies of a language (Zipf), with names and order
// numbers: what bench_search and bench_inbox fill themselves with.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "search/index.hpp"
#include "search/text.hpp"

namespace rapport::bench {

inline constexpr std::size_t vocabulary = 200'000;
inline constexpr std::int64_t first_time = 1'600'000'000'000'000;

class Writer {
  public:
    Writer() {
        static constexpr std::string_view heads[] = {"b", "c", "d", "f", "g",  "l",  "m",  "n", "p",
                                                     "r", "s", "t", "v", "st", "tr", "pl", "ch"};
        static constexpr std::string_view tails[] = {"a", "e", "i", "o", "u", "an", "er", "in", "on", "es", "al", "ic"};
        std::mt19937_64 chance(7);
        std::unordered_set<std::string> seen;
        while (words_.size() < vocabulary) {
            std::string word;
            auto const syllables = 1 + std::min<std::size_t>(words_.size() / 200, 1) + chance() % 3;
            for (std::size_t i = 0; i < syllables; ++i)
                word +=
                    std::string(heads[chance() % std::size(heads)]) + std::string(tails[chance() % std::size(tails)]);
            if (seen.insert(word).second) words_.push_back(word);
        }
        double sum = 0;
        for (std::size_t i = 0; i < vocabulary; ++i) sums_.push_back(sum += 1.0 / static_cast<double>(i + 2));
    }
    std::string const& word(std::mt19937_64& chance) const {
        auto const x = std::uniform_real_distribution<>(0, sums_.back())(chance);
        return words_[static_cast<std::size_t>(std::ranges::lower_bound(sums_, x) - sums_.begin())];
    }
    // One to `most` words.
    std::string words(std::mt19937_64& chance, std::size_t most) const {
        std::string text;
        for (auto k = 1 + chance() % most; k > 0; --k) text += word(chance) + (k % 9 == 1 ? ". " : " ");
        return text;
    }
    // The same for the same number.
    search::Document mail(std::int64_t n) const {
        std::mt19937_64 chance(static_cast<std::uint64_t>(n) * 2654435761U + 1);
        search::Document made{n, n / 5 + 1, time_from_micros(first_time + n * 60'000'000), {}};
        made.parts.push_back({search::Field::subject, words(chance, 8)});
        made.parts.push_back(
            {search::Field::from, word(chance) + ' ' + word(chance) + ' ' + word(chance) + "@example.org"});
        made.parts.push_back(
            {search::Field::any, words(chance, 160) + "order " + std::to_string(100'000 + chance() % 9'000'000)});
        return made;
    }
    // What somebody looks for: one to three words of a mail, one of them not too common.
    std::string question(std::mt19937_64& chance, std::int64_t mails) const {
        auto const one = mail(static_cast<std::int64_t>(chance() % static_cast<std::uint64_t>(mails)) + 1);
        std::vector<std::string> words;
        search::analyse(one.parts[2].text, [&](search::Token const& token) { words.emplace_back(token.term); });
        std::string text;
        for (auto k = 1 + chance() % 3; k > 0; --k) text += (text.empty() ? "" : " ") + words[chance() % words.size()];
        return text;
    }

  private:
    std::vector<std::string> words_;
    std::vector<double> sums_;
};

}  // namespace rapport::bench
