// Documents become a segment in memory.
#include "search/build.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "search/ranked_terms.hpp"
#include "search/text.hpp"

namespace rapport::search {
namespace {

constexpr std::uint32_t between_parts = 100;   // places that no phrase bridges
constexpr std::size_t name_block = 64 * 1024;  // octets of terms' names that are allocated at once

char letter_of(Field field) {
    switch (field) {
        case Field::from:
            return 'f';
        case Field::to:
            return 't';
        case Field::subject:
            return 's';
        case Field::any:
            break;
    }
    return 'w';
}

// The first eight, as a number that is in the same order; a shorter name ends in zeros.
std::uint64_t first_octets(std::string_view name) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < 8; ++i) out = out << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0U);
    return out;
}

}  // namespace

// Terms' notes, each list together and in the order of the documents.
struct SegmentBuilder::Lists {
    std::vector<std::size_t> ends;  // of each term's list
    std::vector<Ordinal> docs;
    std::vector<std::uint32_t> places;
};

SegmentBuilder::SegmentBuilder() : slots_(1024, no_term) {}

std::size_t SegmentBuilder::octets() const {
    return docs_.size() * 64 + notes_.size() * sizeof(Note) + terms_.size() * (sizeof(Term) + 16) + name_octets_;
}

SegmentBuilder::TermId SegmentBuilder::find(char type, std::string_view word) {
    scratch_.assign(1, type);
    scratch_ += word;
    auto const hash = std::hash<std::string_view>()(scratch_);
    auto slot = hash & (slots_.size() - 1);
    for (; slots_[slot] != no_term; slot = (slot + 1) & (slots_.size() - 1))
        if (auto const& term = terms_[slots_[slot]]; term.hash == hash && term.name == scratch_) return slots_[slot];
    if (names_left_ < scratch_.size()) {
        names_left_ = std::max(name_block, scratch_.size());
        names_.emplace_back().reserve(names_left_);
    }
    auto& block = names_.back();
    auto const at = block.size();
    block += scratch_;
    names_left_ -= scratch_.size();
    name_octets_ += scratch_.size();
    auto const id = static_cast<TermId>(terms_.size());
    auto& made = terms_.emplace_back();
    made.name = std::string_view(block).substr(at);
    made.hash = hash;
    slots_[slot] = id;
    if (terms_.size() * 2 > slots_.size()) grow();
    return id;
}

void SegmentBuilder::grow() {
    slots_.assign(slots_.size() * 2, no_term);
    for (TermId id = 0; id < terms_.size(); ++id) {
        auto slot = terms_[id].hash & (slots_.size() - 1);
        while (slots_[slot] != no_term) slot = (slot + 1) & (slots_.size() - 1);
        slots_[slot] = id;
    }
}

bool SegmentBuilder::note(TermId id, std::uint32_t doc, std::uint32_t place) {
    auto& term = terms_[id];
    bool const is_first = term.last_doc != doc;
    if (!is_first && (!has_places(term.name) || place <= term.last_place)) return false;  // the same again
    term.last_doc = doc;
    term.last_place = place;
    notes_.push_back({id, place});
    return is_first;
}

// Looked up once for each word; after that they are known.
void SegmentBuilder::note_beginnings(TermId word, std::string_view letters, std::uint32_t doc) {
    if (!terms_[word].has_beginnings) {
        std::array<TermId, longest_prefix - 1> found;
        found.fill(no_term);
        for (std::size_t n = 2; n <= longest_prefix; ++n) {
            auto const begin = beginning(letters, n);
            if (letters_of(begin) < n) break;
            found[n - 2] = find('p', begin);
        }
        terms_[word].beginnings = found;
        terms_[word].has_beginnings = true;
    }
    for (auto const one : terms_[word].beginnings)
        if (one != no_term) note(one, doc, 0);
}

void SegmentBuilder::add(Document const& document) {
    remove(document.object);
    auto const doc = static_cast<std::uint32_t>(docs_.size());
    docs_.push_back({micros(document.time), document.object, document.group});
    where_[document.object] = doc;
    if (document.ranked) add_ranked(*document.ranked, doc);
    std::uint32_t first = 0;
    for (auto const& part : document.parts) {
        auto const end = analyse(part.text, [&](Token const& token) {
            if (token.kind == TokenKind::letter) {
                note(find('p', token.term), doc, 0);
                return;
            }
            auto const word = find('w', token.term);
            bool const is_new = note(word, doc, first + token.place);
            if (part.field != Field::any) note(find(letter_of(part.field), token.term), doc, first + token.place);
            if (token.kind != TokenKind::gram && is_new) note_beginnings(word, token.term, doc);
        });
        first += end + between_parts;
    }
    ends_.push_back(notes_.size());
}

void SegmentBuilder::add_ranked(RankedText const& text, std::uint32_t doc) {
    ranked_document(text,
                    {[&](char list, std::string_view term, std::uint32_t place) { note(find(list, term), doc, place); },
                     [&](std::string_view word) {
                         auto const id = find('p', std::string(word_mark).append(word));
                         if (note(id, doc, 0)) note_beginnings(id, word, doc);
                     }});
}

void SegmentBuilder::remove(std::int64_t object) {
    auto const found = where_.find(object);
    if (found == where_.end()) return;
    dropped_.resize(docs_.size(), false);
    dropped_[found->second] = true;
    where_.erase(found);
}

SegmentBuilder::Lists SegmentBuilder::lists(std::span<std::uint32_t const> newest_first,
                                            std::span<Ordinal const> ordinals) const {
    auto const notes_of = [&](std::uint32_t doc) {
        auto const begin = doc == 0 ? 0 : ends_[doc - 1];
        return std::span(notes_).subspan(begin, ends_[doc] - begin);
    };
    Lists lists;
    lists.ends.assign(terms_.size() + 1, 0);
    for (auto const doc : newest_first)
        for (auto const& note : notes_of(doc)) ++lists.ends[note.term + 1];
    std::partial_sum(lists.ends.begin(), lists.ends.end(), lists.ends.begin());
    lists.docs.resize(lists.ends.back());
    lists.places.resize(lists.ends.back());
    for (auto const doc : newest_first)
        for (auto const& note : notes_of(doc)) {
            auto const at = lists.ends[note.term]++;  // where its list begins; in the end, where it ends
            lists.docs[at] = ordinals[doc];
            lists.places[at] = note.place;
        }
    return lists;
}

std::shared_ptr<Segment const> SegmentBuilder::finish() {
    dropped_.resize(docs_.size(), false);
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < docs_.size(); ++i)
        if (!dropped_[i]) order.push_back(i);
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return docs_[i]; });
    std::vector<Ordinal> ordinals(docs_.size(), none);
    std::vector<Doc> sorted;
    for (auto const i : order) {
        ordinals[i] = static_cast<Ordinal>(sorted.size());
        sorted.push_back(docs_[i]);
    }
    std::ranges::reverse(order);
    auto const lists = this->lists(order, ordinals);
    std::vector<std::pair<std::uint64_t, TermId>> terms;  // by their first letters, so that most need no second look
    terms.reserve(terms_.size());
    for (TermId id = 0; id < terms_.size(); ++id) terms.emplace_back(first_octets(terms_[id].name), id);
    std::ranges::sort(terms, [&](auto const& a, auto const& b) {
        return a.first != b.first ? a.first < b.first : terms_[a.second].name < terms_[b.second].name;
    });

    Bytes dictionary, postings;
    SegmentWriter writer(into(dictionary), into(postings), sorted);
    for (auto const& [octets, id] : terms) {
        auto const begin = id == 0 ? 0 : lists.ends[id - 1], end = lists.ends[id];
        writer.begin(terms_[id].name);
        for (auto at = begin; at < end;) {
            auto next = at + 1;
            while (next < end && lists.docs[next] == lists.docs[at]) ++next;
            writer.add(lists.docs[at], std::span(lists.places).subspan(at, next - at));
            at = next;
        }
        writer.end();
    }
    auto const facts = writer.finish();
    *this = SegmentBuilder();
    return std::make_shared<Segment const>(facts, in_memory(std::move(dictionary)), in_memory(std::move(postings)));
}

}  // namespace rapport::search
