// What a document of kinds_by_relevance gives to its segment.
#include <algorithm>
#include <set>
#include <span>
#include <unordered_map>

#include "search/ranked_terms.hpp"

namespace rapport::search {
namespace {

constexpr std::uint32_t between = 10;          // places that no phrase bridges
constexpr std::uint32_t most_length = 60'000;  // of a field, in places

class Writer {
  public:
    Writer(RankedText const& text, TakeRanked const& take) : text_(text), take_(take) {}

    void field(RankedField field, std::span<std::string const> parts) {
        auto const number = static_cast<std::size_t>(field);
        auto const begins = field_begins[number];
        auto const until = number + 1 < ranked_fields ? field_begins[number + 1] : begins + 2'000'000;
        auto place = begins;
        for (auto const& part : parts) {
            auto last = place;
            for (auto const& one : ranked_terms(part, text_.language)) {
                auto const at = place + one.place;
                if (at >= until) break;
                last = at + 1;
                if (one.letter) {
                    take_.term('p', one.term, 0);
                    continue;
                }
                take_.term(ranked_list, one.term, at);
                note(one.term, field);
                if (!one.word.empty()) take_.word(one.word);
            }
            lengths_[number] = std::min(most_length, lengths_[number] + (last - place));
            place = last + between;
        }
    }

    void finish() {
        std::uint32_t sum = 0;
        for (auto const length : lengths_) take_.term(lengths_list, "", sum += length + 1);
        take_.term(lengths_list, "", sum + std::min(text_.merit, most_merit) + 1);
        std::ranges::sort(outline_, [](Seen const& a, Seen const& b) {
            if (a.in_title != b.in_title) return a.in_title;
            return !a.in_title && a.count != b.count ? a.count > b.count : a.order < b.order;
        });
        std::set<std::uint32_t> rising;
        for (auto const& one : outline_) {
            if (rising.size() == outline_terms) break;
            rising.insert(outline_of(*one.term, one.in_title));
        }
        for (auto const one : rising) take_.term(outline_list, "", one);
    }

  private:
    struct Seen {
        std::string const* term;
        std::size_t order = 0;
        bool in_title = false;
        std::uint32_t count = 0;
    };
    void note(std::string const& term, RankedField field) {
        auto const [found, is_new] = where_.try_emplace(term, outline_.size());
        if (is_new) outline_.push_back({&found->first, found->second});
        auto& seen = outline_[found->second];
        seen.in_title = seen.in_title || field == RankedField::title || field == RankedField::questions;
        ++seen.count;
    }

    RankedText const& text_;
    TakeRanked const& take_;
    std::uint32_t lengths_[ranked_fields] = {};
    std::unordered_map<std::string, std::size_t> where_;
    std::vector<Seen> outline_;
};

}  // namespace

std::string facet_term(std::string_view name, std::string_view value) {
    std::string out(facet_mark);
    out += name;
    out += '=';
    out += value.substr(0, 200);
    return out;
}

std::uint32_t outline_of(std::string_view term, bool in_title) {
    std::uint32_t hash = 2166136261U;  // FNV-1a
    for (char const c : term) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return ((hash >> 2 ^ hash << 28) & 0x3FFFFFFFU) << 1 | (in_title ? 1U : 0U);
}

void ranked_document(RankedText const& text, TakeRanked const& take) {
    Writer writer(text, take);
    writer.field(RankedField::title, {&text.title, 1});
    writer.field(RankedField::questions, text.questions);
    writer.field(RankedField::tags, text.tags);
    writer.field(RankedField::body, {&text.body, 1});
    writer.finish();
    take.term('p', facet_term("language", text.language), 0);
    for (auto const& facet : text.facets) take.term('p', facet_term(facet.name, facet.value), 0);
}

}  // namespace rapport::search
