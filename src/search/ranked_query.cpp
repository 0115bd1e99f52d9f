// Words, "phrases" and -without become slots; synonyms join them.
#include "search/ranked_query.hpp"

#include <algorithm>

#include "search/query.hpp"

namespace rapport::search {
namespace {

constexpr double of_beginning = 0.7, of_synonym = 0.7;
constexpr std::size_t most_terms = 400, most_rows = 4, most_excluded = 16, most_others = 8;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::u32string letters_in(std::string_view text) {
    std::u32string out;
    for (auto const& letter : normalise(text))
        if (script_of(letter.c) != Script::none) out += letter.c;
    return out;
}

bool is_of_language(std::string_view rule, std::string_view asked) {
    return rule.empty() || rule == asked.substr(0, asked.find_first_of("-_"));
}

std::string key_of(std::string_view text, std::string_view language) {
    std::set<std::string> terms;
    for (auto const& one : ranked_terms(text, language, {.octets = 4 * most_asked_letters, .tokens = most_terms}))
        if (!one.letter) terms.insert(one.term);
    std::string key;
    for (auto const& term : terms) key += term + '\n';
    return key;
}

// Pieces between blanks; what stands in quotation marks is one.
struct Piece {
    std::string_view text;
    bool quoted = false, without = false, last = false;
};
std::vector<Piece> pieces_of(std::string_view text) {
    static constexpr std::pair<std::string_view, std::string_view> marks[] = {
        {"\"", "\""}, {"“", "”"}, {"„", "“"}, {"«", "»"}, {"「", "」"}};
    std::vector<Piece> out;
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_blank(text[at])) {
            ++at;
            continue;
        }
        Piece piece;
        if (text[at] == '-' && at + 1 < text.size() && !is_blank(text[at + 1]) && text[at + 1] != '-') {
            piece.without = true;
            ++at;
        }
        for (auto const& [open, close] : marks) {
            if (!text.substr(at).starts_with(open)) continue;
            auto const begin = at + open.size();
            auto const end = text.find(close, begin);
            if (end == std::string_view::npos) break;  // half typed, or inches
            piece.quoted = true;
            piece.text = text.substr(begin, end - begin);
            at = end + close.size();
            break;
        }
        if (!piece.quoted) {
            auto const begin = at;
            while (at < text.size() && !is_blank(text[at]) && (at == begin || text[at] != '"')) ++at;
            piece.text = text.substr(begin, at - begin);
            piece.last = at == text.size();
        }
        out.push_back(piece);
    }
    return out;
}

}  // namespace

// ---- what people decided

CompiledCuration::CompiledCuration(Curation const& curation) {
    for (auto const& group : curation.synonyms) {
        std::vector<std::vector<RankedTerm>> all;
        for (auto const& phrase : group.phrases) all.push_back(ranked_terms(phrase, group.language));
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto others = all;
            others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
            mean(group.language, group.phrases[i], std::move(others));
        }
    }
    for (auto const& one : curation.best)
        best_[one.language + '\t' + key_of(one.question, one.language)].push_back(one);
}

void CompiledCuration::mean(std::string const& language, std::string const& phrase,
                            std::vector<std::vector<RankedTerm>> others) {
    Meaning made{language, {}, {}, std::move(others)};
    auto const terms = ranked_terms(phrase, language);
    if (terms.empty()) return;
    if (std::ranges::all_of(terms, [](RankedTerm const& one) { return !one.word.empty(); })) {
        for (auto const& one : terms) made.stems.push_back(one.term);
        auto const first = made.stems.front();
        by_stem_.emplace(first, std::move(made));
    } else {
        made.letters = letters_in(phrase);
        by_letters_.push_back(std::move(made));
    }
}

std::vector<Curation::Best> CompiledCuration::best_for(std::string_view question, std::string_view language) const {
    std::vector<Curation::Best> out;
    if (best_.empty() || letters_of(question) > most_asked_letters) return out;
    auto const primary = std::string(language.substr(0, language.find_first_of("-_")));
    for (auto const& rule : std::set<std::string>{primary, std::string()}) {
        auto const key = key_of(question, rule);
        if (key.empty()) return out;
        if (auto const found = best_.find(rule + '\t' + key); found != best_.end())
            out.insert(out.begin(), found->second.begin(), found->second.end());
    }
    return out;
}

// ---- what is asked

RankedQuery::RankedQuery(std::string_view text, std::string_view asked_in, bool half_typed,
                         CompiledCuration const& curation, double of_pair)
    : language(asked_in), of_pair_(of_pair) {
    std::string_view const asked = beginning(text, most_asked_letters);
    auto const pieces = pieces_of(asked);
    bool const some = std::ranges::any_of(pieces, [](Piece const& one) { return !one.without; });
    std::string apart;  // what is no phrase, put together: scripts without blanks are divided best in one piece
    for (auto const& one : pieces) {
        if (one.without && some) {
            for (auto const& term : ranked_terms(one.text, language))
                if (!term.letter && excluded.size() < most_excluded) excluded.push_back(term.term);
        } else if (one.quoted) {
            piece(one.text, true, false);
        } else {
            if (!apart.empty()) apart += ' ';
            apart += one.text;
        }
    }
    bool const goes_on = half_typed && !pieces.empty() && pieces.back().last && !pieces.back().without;
    piece(apart, false, goes_on);
    add_synonyms(asked, curation);
}

void RankedQuery::piece(std::string_view text, bool quoted, bool last) {
    auto const terms = ranked_terms(text, language, {.octets = 4 * most_asked_letters, .tokens = most_terms});
    std::uint32_t end = 0;
    for (auto const& one : terms) end = std::max(end, one.end);
    bool const ends_here = last && end == text.size();
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (terms[i].letter) {  // one that stands alone is a term, too
            if (ends_here && terms.size() == 2 && letters_of(text) == 1) add(terms[i], true);
            continue;
        }
        add(terms[i], ends_here && terms[i].end == end);
    }
    if (!quoted || terms.empty() || rows.size() == most_rows) return;
    RankedRow row;
    for (auto const& one : terms)
        if (!one.letter) row.emplace_back(one.term, one.place - terms.front().place);
    if (row.size() > 1 && row.size() <= 2 * most_slots) rows.push_back(std::move(row));
}

RankedSlot* RankedQuery::slot_of(std::string const& term) {
    auto const found = std::ranges::find_if(slots, [&](RankedSlot const& one) { return one.leaves[0].term == term; });
    return found == slots.end() ? nullptr : &*found;
}

void RankedQuery::add(RankedTerm const& one, bool may_go_on) {
    if (!one.word.empty()) words_.push_back(one);
    if (auto* const known = slot_of(one.term); known) {
        if (!one.pair) known->leaves[0].weight = 1;  // a word, too
        return;
    }
    if (slots.size() >= 4 * most_slots) return;
    RankedSlot slot;
    slot.word = one.word;
    using How = RankedLeaf::How;
    if (!one.letter) slot.leaves.push_back({How::term, one.term, {}, one.pair ? of_pair_ : 1});
    if (!one.word.empty()) {
        // What is written in another language than the question is.
        if (one.word != one.term) slot.leaves.push_back({How::term, one.word});
        if (auto english = stem_of(one.word, "en"); english != one.term && english != one.word)
            slot.leaves.push_back({How::term, std::move(english)});
        if (may_go_on && letters_of(one.word) >= 2)
            slot.leaves.push_back({How::beginning, std::string(word_mark) + one.word, {}, of_beginning});
    } else if (may_go_on) {
        if (one.letter || letters_of(one.term) == 1)
            slot.leaves.push_back({How::beginning, one.term, {}, of_beginning});
        else if (auto half = half_typed_hangul(one.term); half)
            slot.leaves.push_back({How::range, half->term, half->until, of_beginning});
    }
    slots.push_back(std::move(slot));
}

void RankedQuery::mean(RankedSlot* slot, std::vector<RankedTerm> const& other) {
    std::vector<std::string> terms;
    for (auto const& one : other)
        if (!one.letter && std::ranges::find(terms, one.term) == terms.end()) terms.push_back(one.term);
    if (terms.empty() || terms.size() > 12) return;
    if (slot && slot->leaves.size() < 2 * most_others && terms.size() == 1) {
        slot->leaves.push_back({RankedLeaf::How::term, terms[0], {}, of_synonym, false, false});
        return;
    }
    for (auto const& term : terms) {
        if (slot_of(term) || slots.size() >= 4 * most_slots) continue;
        RankedSlot made;
        made.beside = true;
        made.leaves.push_back({RankedLeaf::How::term, term, {}, of_synonym / static_cast<double>(terms.size())});
        slots.push_back(std::move(made));
    }
}

void RankedQuery::add_synonyms(std::string_view text, CompiledCuration const& curation) {
    auto const take = [&](CompiledCuration::Meaning const& meaning, std::string const& alone) {
        for (std::size_t i = 0; i < meaning.others.size() && i < most_others; ++i)
            mean(alone.empty() ? nullptr : slot_of(alone), meaning.others[i]);
    };
    for (std::size_t i = 0; i < words_.size(); ++i) {
        auto const [from, until] = curation.by_stem().equal_range(words_[i].term);
        for (auto it = from; it != until; ++it) {
            auto const& meaning = it->second;
            auto const n = meaning.stems.size();
            if (!is_of_language(meaning.language, language) || i + n > words_.size()) continue;
            bool fits = true;
            for (std::size_t k = 1; k < n; ++k) fits = fits && words_[i + k].term == meaning.stems[k];
            if (fits) take(meaning, n == 1 ? words_[i].term : "");
        }
    }
    if (curation.by_letters().empty()) return;
    auto const letters = letters_in(text);
    for (auto const& meaning : curation.by_letters())
        if (is_of_language(meaning.language, language) && letters.find(meaning.letters) != std::u32string::npos)
            take(meaning, "");
}

}  // namespace rapport::search
