// Writing a segment: documents, their identifiers in order, then term by term.
#include <algorithm>

#include "base/error.hpp"
#include "search/segment.hpp"

namespace rapport::search {
namespace {

constexpr std::uint64_t dictionary_block = 4096;

void add_varint(Bytes& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void add_integer(Bytes& out, std::uint64_t value, unsigned octets) {
    for (unsigned i = 0; i < octets; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace

SegmentWriter::SegmentWriter(std::unique_ptr<Sink> dictionary, std::unique_ptr<Sink> postings,
                             std::span<Doc const> docs)
    : dictionary_(std::move(dictionary)), postings_(std::move(postings)) {
    facts_.docs = static_cast<std::int64_t>(docs.size());
    std::vector<std::pair<std::int64_t, std::uint32_t>> ids;
    ids.reserve(docs.size());
    auto const flush = [&](std::size_t above) {
        if (scratch_.size() <= above) return;
        dictionary_->add(scratch_);
        scratch_.clear();
    };
    for (auto const& doc : docs) {
        ids.emplace_back(doc.object, static_cast<std::uint32_t>(ids.size()));
        for (auto const value : {doc.time, doc.object, doc.group})
            add_integer(scratch_, static_cast<std::uint64_t>(value), 8);
        flush(block_octets);
    }
    flush(0);
    std::ranges::sort(ids);
    facts_.ids_at = dictionary_->size();
    for (auto const& [object, ordinal] : ids) {
        add_integer(scratch_, static_cast<std::uint64_t>(object), 8);
        add_integer(scratch_, ordinal, 4);
        flush(block_octets);
    }
    flush(0);
    facts_.terms_at = block_begin_ = dictionary_->size();
}

void SegmentWriter::begin(std::string_view term) {
    term_ = term;
    has_places_ = has_places(term);
    count_ = 0;
    begin_ = postings_->size();
    previous_ = static_cast<Ordinal>(facts_.docs);
}

void SegmentWriter::add(Ordinal doc, std::span<std::uint32_t const> places) {
    chunk_.push_back(doc);
    ++count_;
    if (has_places_) {
        add_varint(places_, places.size());
        std::uint32_t last = 0;
        for (auto const place : places) {
            add_varint(places_, place - last);
            last = place;
        }
    }
    if (chunk_.size() == chunk_docs) flush_chunk();
}

void SegmentWriter::flush_chunk() {
    auto& [head, gaps] = chunk_octets_;
    head.clear();
    gaps.clear();
    add_varint(head, chunk_.size());
    add_varint(head, static_cast<std::uint64_t>(previous_ - chunk_.front()));
    for (std::size_t i = 1; i < chunk_.size(); ++i)
        add_varint(gaps, static_cast<std::uint64_t>(chunk_[i - 1] - chunk_[i]));
    if (chunk_.size() > 1) {
        add_varint(head, static_cast<std::uint64_t>(chunk_.front() - chunk_.back()));
        add_varint(head, gaps.size());
    }
    if (has_places_) add_varint(head, places_.size());
    previous_ = chunk_.back();
    head += gaps;
    head += places_;
    postings_->add(head);
    chunk_.clear();
    places_.clear();
}

void SegmentWriter::end() {
    if (!chunk_.empty()) flush_chunk();
    if (count_ == 0) return;
    bool const is_first = facts_.terms == 0 || dictionary_->size() - block_begin_ >= dictionary_block;
    if (is_first) {
        auto const before = facts_.terms == 0 ? facts_.terms_at : block_begin_;
        block_begin_ = dictionary_->size();
        add_varint(blocks_, block_begin_ - before);
        add_varint(blocks_, term_.size());
        blocks_ += term_;
        ++block_count_;
    }
    std::size_t shared = 0;
    if (!is_first)
        while (shared < term_.size() && shared < last_term_.size() && term_[shared] == last_term_[shared]) ++shared;
    auto& entry = scratch_;
    entry.clear();
    add_varint(entry, shared);
    add_varint(entry, term_.size() - shared);
    entry.append(term_, shared);
    add_varint(entry, count_);
    if (shared == 0 && term_.size() > shared) {
        entry.push_back(1);
        add_varint(entry, begin_);
    }
    add_varint(entry, postings_->size() - begin_);
    dictionary_->add(entry);
    last_term_ = term_;
    ++facts_.terms;
}

SegmentFacts SegmentWriter::finish() {
    facts_.blocks_at = dictionary_->size();
    Bytes head;
    add_varint(head, block_count_);
    dictionary_->add(head);
    dictionary_->add(blocks_);
    dictionary_->finish();
    postings_->finish();
    facts_.dictionary_octets = dictionary_->size();
    facts_.postings_octets = postings_->size();
    return facts_;
}

}  // namespace rapport::search
