// Reading a segment: documents, the dictionary, lists.
#include "search/segment.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace rapport::search {
namespace {
constexpr std::uint64_t doc_octets = 24, id_octets = 12;
}

bool has_places(std::string_view term) { return !term.starts_with('p'); }

Segment::Segment(SegmentFacts facts, std::shared_ptr<Source const> dictionary, std::shared_ptr<Source const> postings)
    : facts_(facts), dictionary_(std::move(dictionary)), postings_(std::move(postings)) {
    if (facts_.docs < 0 || facts_.docs > std::numeric_limits<Ordinal>::max()) throw Damaged("a number of documents");
    Cursor at(dictionary_, facts_.blocks_at);
    auto const n = facts_.blocks_at < dictionary_->size() ? at.varint() : 0;
    std::uint64_t start = facts_.terms_at;
    for (std::uint64_t i = 0; i < n; ++i) {
        start += at.varint();
        starts_.push_back(start);
        auto const size = at.varint();
        if (size > 4096) throw Damaged("a term's length");
        at.read(size, first_terms_.emplace_back());
    }
    if (facts_.docs > 0) {
        least_ = Cursor(dictionary_, facts_.ids_at).integer();
        most_ = Cursor(dictionary_, facts_.ids_at + static_cast<std::uint64_t>(facts_.docs - 1) * id_octets).integer();
    }
}

Doc Segment::doc(Ordinal ordinal) const {
    Cursor at(dictionary_, static_cast<std::uint64_t>(ordinal) * doc_octets);
    Doc doc;
    doc.time = at.integer();
    doc.object = at.integer();
    doc.group = at.integer();
    return doc;
}

Ordinal Segment::find(std::int64_t object) const {
    if (facts_.docs == 0 || object < least_ || object > most_) return none;
    std::int64_t low = 0, high = facts_.docs;
    Cursor at(dictionary_, 0);
    while (low < high) {
        auto const middle = (low + high) / 2;
        at.move_to(facts_.ids_at + static_cast<std::uint64_t>(middle) * id_octets);
        auto const found = at.integer();
        if (found == object) {
            std::uint32_t ordinal = 0;
            for (unsigned i = 0; i < 4; ++i) ordinal |= static_cast<std::uint32_t>(at.octet()) << (8 * i);
            if (ordinal >= static_cast<std::uint64_t>(facts_.docs)) throw Damaged("a document's number");
            return static_cast<Ordinal>(ordinal);
        }
        if (found < object)
            low = middle + 1;
        else
            high = middle;
    }
    return none;
}

Ordinal Segment::last_before(std::int64_t time, std::int64_t object) const {
    Ordinal low = 0, high = docs();
    while (low < high) {
        auto const middle = low + (high - low) / 2;
        auto const found = doc(middle);
        if (std::pair(found.time, found.object) < std::pair(time, object))
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

std::size_t Segment::block_of(std::string_view term) const {
    auto const after = std::ranges::upper_bound(first_terms_, term, std::less<>());
    return after == first_terms_.begin() ? 0 : static_cast<std::size_t>(after - first_terms_.begin()) - 1;
}

Segment::Walk::Walk(Segment const& segment, std::size_t block)
    : segment_(&segment),
      cursor_(segment.dictionary_, block < segment.starts_.size() ? segment.starts_[block] : segment.facts_.blocks_at),
      end_(segment.facts_.blocks_at) {}
Segment::Walk::Walk(Segment const& segment) : Walk(segment, 0) {}

// A block's first term is written whole, with where its list begins; lists follow each other.
bool Segment::Walk::next() {
    if (cursor_.at() >= end_) return false;
    auto const shared = cursor_.varint();
    auto const size = cursor_.varint();
    if (shared > term_.size() || size > 4096) throw Damaged("a term's length");
    term_.resize(shared);
    cursor_.read(size, term_);
    auto const docs = cursor_.varint();
    if (docs == 0 || docs > static_cast<std::uint64_t>(segment_->facts_.docs)) throw Damaged("a list's length");
    facts_.offset = shared == 0 && size > 0 && cursor_.octet() == 1 ? cursor_.varint() : facts_.offset + facts_.octets;
    facts_.octets = cursor_.varint();
    facts_.docs = static_cast<std::uint32_t>(docs);
    if (facts_.offset + facts_.octets > segment_->postings_->size()) throw Damaged("a list beyond the end");
    return true;
}

std::optional<TermFacts> Segment::term(std::string_view term) const {
    std::optional<TermFacts> found;
    terms(term, {}, [&](std::string_view one, TermFacts const& facts) {
        if (one == term) found = facts;
        return false;
    });
    return found;
}

void Segment::terms(std::string_view from, std::string_view until,
                    std::function<bool(std::string_view, TermFacts const&)> const& take) const {
    if (starts_.empty()) return;
    Walk walk(*this, block_of(from));
    while (walk.next()) {
        if (walk.term() < from) continue;
        if (!until.empty() && walk.term() >= until) return;
        if (!take(walk.term(), walk.facts())) return;
    }
}

Postings::Postings(Segment const& segment, TermFacts const& facts, bool places)
    : cursor_(segment.postings(facts)), docs_(segment.docs()) {
    read(facts, places);
}

void Postings::read(TermFacts const& facts, bool places) {
    cursor_.move_to(facts.offset);
    has_places_ = places;
    left_ = facts.docs;
    last_of_chunk_ = docs_;
    chunk_end_ = 0;
    doc_ = load_chunk(last_of_chunk_) ? chunk_[0] : none;
}

// To the next chunk that reaches down to the target. Its documents are decoded; its places wait until asked for.
bool Postings::load_chunk(Ordinal target) {
    chunk_.clear();
    at_ = places_read_ = 0;
    while (left_ > 0) {
        if (chunk_end_ != 0) cursor_.move_to(chunk_end_);
        auto const count = cursor_.varint();
        if (count == 0 || count > chunk_docs || count > left_) throw Damaged("a list's part");
        left_ -= static_cast<std::uint32_t>(count);
        auto const doc = static_cast<std::int64_t>(last_of_chunk_) - static_cast<std::int64_t>(cursor_.varint());
        std::uint64_t octets = 0;
        auto last = doc;
        if (count > 1) {
            last -= static_cast<std::int64_t>(cursor_.varint());
            octets = cursor_.varint();
        }
        auto const places_size = has_places_ ? cursor_.varint() : 0;
        if (doc < 0 || last < 0 || octets > 5 * chunk_docs) throw Damaged("a list's document");
        last_of_chunk_ = static_cast<Ordinal>(last);
        bool const reaches = last <= target;
        if (reaches)
            decode(doc, last, count, octets);
        else
            cursor_.skip(octets);
        places_begin_ = cursor_.at();
        chunk_end_ = places_begin_ + places_size;
        if (reaches) return true;
    }
    return false;
}

void Postings::decode(std::int64_t doc, std::int64_t last, std::uint64_t count, std::uint64_t octets) {
    chunk_.push_back(static_cast<Ordinal>(doc));
    std::uint64_t gap = 0;
    unsigned shift = 0;
    for (char const c : cursor_.view(octets, scratch_)) {
        auto const octet = static_cast<unsigned char>(c);
        gap |= static_cast<std::uint64_t>(octet & 0x7F) << shift;
        shift = std::min(shift + 7, 63U);
        if (octet & 0x80) continue;
        doc -= static_cast<std::int64_t>(gap);
        if (gap == 0 || doc < last) throw Damaged("a list's document");
        chunk_.push_back(static_cast<Ordinal>(doc));
        gap = shift = 0;
    }
    if (chunk_.size() != count || doc != last) throw Damaged("a list's part");
}

Ordinal Postings::next() {
    if (doc_ == none) return none;
    if (++at_ >= chunk_.size() && !load_chunk(doc_)) return doc_ = none;
    return doc_ = chunk_[at_];
}

Ordinal Postings::advance(Ordinal target) {
    if (doc_ <= target) return doc_;  // none is below everything
    if (chunk_.back() > target && !load_chunk(target)) return doc_ = none;
    auto const found =
        std::lower_bound(chunk_.begin() + static_cast<std::ptrdiff_t>(at_), chunk_.end(), target, std::greater<>());
    at_ = static_cast<std::size_t>(found - chunk_.begin());
    return doc_ = *found;
}

std::vector<std::uint32_t> const& Postings::places() {
    if (places_read_ == 0) {
        places_at_ = cursor_;
        places_at_.move_to(places_begin_);
    }
    for (; places_read_ < at_; ++places_read_) places_at_.skip_varints(places_at_.varint());
    if (places_read_ == at_) {
        ++places_read_;
        found_.clear();
        auto const n = places_at_.varint();
        std::uint64_t place = 0;
        for (std::uint64_t i = 0; i < n; ++i) {
            place += places_at_.varint();
            if (places_at_.at() > chunk_end_ || place > 0xFFFFFFFF) throw Damaged("a list's places");
            found_.push_back(static_cast<std::uint32_t>(place));
        }
    }
    return found_;
}

}  // namespace rapport::search
