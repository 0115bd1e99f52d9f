// Documents become a segment in memory.
#include "search/build.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "search/text.hpp"

namespace rapport::search {
namespace {

constexpr std::uint32_t between_parts = 100;  // places that no phrase bridges

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

}  // namespace

bool SegmentBuilder::note(std::uint32_t doc, std::string_view term, std::uint32_t place) {
    auto found = lists_.find(term);
    if (found == lists_.end()) {
        auto const& name = names_.emplace_back(term);
        found = lists_.try_emplace(name).first;
        octets_ += term.size() + 120;
    }
    auto& list = found->second;
    bool const keeps_places = has_places(term);
    bool const is_first = list.last_doc != doc;
    if (is_first) {
        list.last_doc = doc;
        list.entries.push_back(doc);
        octets_ += 8;
        if (keeps_places) {
            list.count_at = list.entries.size();
            list.entries.push_back(0);
        }
    }
    if (!keeps_places) return is_first;
    if (list.entries[list.count_at] > 0 && list.entries.back() >= place) return is_first;  // the same again
    ++list.entries[list.count_at];
    list.entries.push_back(place);
    octets_ += 4;
    return is_first;
}

void SegmentBuilder::add(Document const& document) {
    remove(document.object);
    auto const doc = static_cast<std::uint32_t>(docs_.size());
    docs_.push_back({micros(document.time), document.object, document.group});
    where_[document.object] = doc;
    octets_ += 64;
    std::uint32_t first = 0;
    for (auto const& part : document.parts) {
        auto const put = [&](char type, std::string_view term, std::uint32_t place) {
            scratch_.assign(1, type);
            scratch_ += term;
            return note(doc, scratch_, place);
        };
        auto const end = analyse(part.text, [&](Token const& token) {
            if (token.kind == TokenKind::letter) {
                put('p', token.term, 0);
                return;
            }
            bool const is_new = put('w', token.term, first + token.place);
            if (part.field != Field::any) put(letter_of(part.field), token.term, first + token.place);
            if (token.kind == TokenKind::gram || !is_new) return;  // its beginnings are noted
            for (std::size_t n = 2; n <= longest_prefix; ++n) {
                auto const begin = beginning(token.term, n);
                if (letters_of(begin) < n) return;
                put('p', begin, 0);
            }
        });
        first += end + between_parts;
    }
}

void SegmentBuilder::remove(std::int64_t object) {
    auto const found = where_.find(object);
    if (found == where_.end()) return;
    dropped_.resize(docs_.size(), false);
    dropped_[found->second] = true;
    where_.erase(found);
}

void SegmentBuilder::write(std::string_view term, List const& list, std::vector<Ordinal> const& ordinals,
                           SegmentWriter& writer) {
    struct Entry {
        Ordinal doc;
        std::span<std::uint32_t const> places;
    };
    std::vector<Entry> entries;
    bool const keeps_places = has_places(term);
    std::span<std::uint32_t const> const all = list.entries;
    for (std::size_t at = 0; at < all.size();) {
        auto const doc = ordinals[all[at++]];
        auto const n = keeps_places ? all[at++] : 0U;
        if (doc != none) entries.push_back({doc, all.subspan(at, n)});
        at += n;
    }
    auto const newer = [](Entry const& a, Entry const& b) { return a.doc > b.doc; };
    if (!std::ranges::is_sorted(entries, newer)) {
        std::ranges::reverse(entries);
        if (!std::ranges::is_sorted(entries, newer)) std::ranges::sort(entries, newer);
    }
    writer.begin(term);
    for (auto const& entry : entries) writer.add(entry.doc, entry.places);
    writer.end();
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
    std::vector<std::pair<std::string_view, List const*>> terms;
    terms.reserve(lists_.size());
    for (auto const& [term, list] : lists_) terms.emplace_back(term, &list);
    std::ranges::sort(terms, {}, [](auto const& one) { return one.first; });

    Bytes dictionary, postings;
    SegmentWriter writer(into(dictionary), into(postings), sorted);
    for (auto const& [term, list] : terms) write(term, *list, ordinals, writer);
    auto const facts = writer.finish();
    *this = SegmentBuilder();
    return std::make_shared<Segment const>(facts, in_memory(std::move(dictionary)), in_memory(std::move(postings)));
}

}  // namespace rapport::search
