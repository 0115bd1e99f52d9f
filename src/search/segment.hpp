// A segment: a part of the index that never changes once it is written. In memory, or as two files of sealed blocks.
// Documents stand in the order of their time, so that a list read backwards is newest first. Internal to the module;
// the layout stands in docs/formats/search.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "search/damaged.hpp"

namespace rapport::search {

// Identified by `object`; the order is (time, object).
struct Doc {
    std::int64_t time = 0, object = 0, group = 0;
    auto operator<=>(Doc const&) const = default;
};
using Ordinal = std::int32_t;  // of a document in its segment
inline constexpr Ordinal none = -1;

// Blocks of all segments that were read and opened lately.
class BlockCache {
  public:
    explicit BlockCache(std::size_t most_octets) : most_(most_octets) {}
    using Key = std::pair<std::uint64_t, std::uint64_t>;  // file, block
    std::shared_ptr<Bytes const> find(Key const& key);
    void put(Key const& key, std::shared_ptr<Bytes const> block);
    void forget(std::uint64_t file);

  private:
    struct Entry {
        std::shared_ptr<Bytes const> block;
        std::list<Key>::iterator used;
    };
    std::mutex mutex_;
    std::map<Key, Entry> blocks_;
    std::list<Key> order_;  // last used first
    std::size_t size_ = 0, most_;
};

inline constexpr std::size_t block_octets = 16 * 1024;

// Octets that can be read anywhere: one string, or a file of sealed blocks. Any thread.
class Source {
  public:
    virtual ~Source() = default;
    virtual std::uint64_t size() const = 0;
    // The block that holds `offset`, and where it begins. Throws Damaged.
    struct Part {
        std::shared_ptr<Bytes const> block;
        std::uint64_t begin = 0;
    };
    virtual Part part(std::uint64_t offset) const = 0;
};
std::shared_ptr<Source const> in_memory(Bytes bytes);
// `keep`: blocks go through the cache; without, for reading all of it once.
std::shared_ptr<Source const> open_sealed(std::filesystem::path const& file, Key256 const& key, std::uint64_t size,
                                          std::shared_ptr<BlockCache> cache);

// Where octets are written to, front to back.
class Sink {
  public:
    virtual ~Sink() = default;
    virtual void add(ByteView bytes) = 0;
    virtual void finish() = 0;  // durable
    std::uint64_t size() const { return size_; }

  protected:
    std::uint64_t size_ = 0;
};
// Throws Unavailable when the disk is full or may not be written.
std::unique_ptr<Sink> sealed_file(std::filesystem::path const& file, Key256 const& key);
std::unique_ptr<Sink> into(Bytes& out);

// Reads forwards from an offset; cheap to move within one block.
class Cursor {
  public:
    Cursor() = default;
    Cursor(std::shared_ptr<Source const> source, std::uint64_t at) : source_(std::move(source)), at_(at) {}
    std::uint64_t at() const { return at_; }
    void move_to(std::uint64_t at) { at_ = at; }
    void skip(std::uint64_t n) { at_ += n; }
    std::uint64_t varint();
    void skip_varints(std::uint64_t n);
    std::uint8_t octet() {
        if (at_ - begin_ >= view_.size()) load();
        return static_cast<std::uint8_t>(view_[at_++ - begin_]);
    }
    void read(std::size_t n, Bytes& out);
    // n octets, without a copy where they lie in one block; valid until the next call.
    ByteView view(std::size_t n, Bytes& scratch);
    std::int64_t integer();  // 8 octets, little endian

  private:
    void load();
    std::shared_ptr<Source const> source_;
    std::shared_ptr<Bytes const> block_;
    ByteView view_;
    std::uint64_t begin_ = 0, at_ = 0;
};

// What is known of a segment beside its two files; stands in the manifest.
struct SegmentFacts {
    std::int64_t docs = 0, terms = 0;
    std::uint64_t dictionary_octets = 0, postings_octets = 0;
    std::uint64_t ids_at = 0, terms_at = 0, blocks_at = 0;  // in the dictionary's file
};

// A term's list: where it is and how many documents it has.
struct TermFacts {
    std::uint64_t offset = 0, octets = 0;
    std::uint32_t docs = 0;
};

class Segment {
  public:
    Segment(SegmentFacts facts, std::shared_ptr<Source const> dictionary, std::shared_ptr<Source const> postings);

    SegmentFacts const& facts() const { return facts_; }
    Ordinal docs() const { return static_cast<Ordinal>(facts_.docs); }
    Doc doc(Ordinal ordinal) const;
    Ordinal find(std::int64_t object) const;  // none: it is not here
    // The last one before (time, object) in the order; none when there is none.
    Ordinal last_before(std::int64_t time, std::int64_t object) const;
    std::optional<TermFacts> term(std::string_view term) const;
    // Terms in [from, until), in order, until `take` says false.
    void terms(std::string_view from, std::string_view until,
               std::function<bool(std::string_view, TermFacts const&)> const& take) const;
    Cursor postings(TermFacts const& facts) const { return {postings_, facts.offset}; }

    // Every term in order, for merging.
    class Walk {
      public:
        explicit Walk(Segment const& segment);
        bool next();  // to the next; false: there is none
        std::string const& term() const { return term_; }
        TermFacts const& facts() const { return facts_; }

      private:
        friend class Segment;
        Walk(Segment const& segment, std::size_t block);
        Segment const* segment_;
        Cursor cursor_;
        std::string term_;
        TermFacts facts_;
        std::uint64_t end_;
    };

  private:
    std::size_t block_of(std::string_view term) const;
    SegmentFacts facts_;
    std::shared_ptr<Source const> dictionary_, postings_;
    std::vector<std::string> first_terms_;  // of each block of the dictionary
    std::vector<std::uint64_t> starts_;
    std::int64_t least_ = 0, most_ = 0;  // objects
};

// One list of a term, newest first: documents, and places in each unless the term is a beginning.
bool has_places(std::string_view term);
class Postings {
  public:
    Postings(Segment const& segment, TermFacts const& facts, bool places);
    void read(TermFacts const& facts, bool places);  // another list of the same segment
    Ordinal doc() const { return doc_; }             // none: at the end
    Ordinal next();
    Ordinal advance(Ordinal target);  // to the first that is not newer than the target
    std::vector<std::uint32_t> const& places();

  private:
    bool load_chunk(Ordinal target);
    void decode(std::int64_t doc, std::int64_t last, std::uint64_t count, std::uint64_t octets);
    Cursor cursor_, places_at_;
    bool has_places_ = false;
    std::uint32_t left_ = 0;  // documents in chunks that were not loaded
    Ordinal docs_, doc_ = none, last_of_chunk_ = none;
    std::vector<Ordinal> chunk_;
    std::size_t at_ = 0, places_read_ = 0;
    std::uint64_t places_begin_ = 0, chunk_end_ = 0;
    std::vector<std::uint32_t> found_;
    Bytes scratch_;
};
inline constexpr std::size_t chunk_docs = 128;

class SegmentWriter {
  public:
    // `docs` in order.
    SegmentWriter(std::unique_ptr<Sink> dictionary, std::unique_ptr<Sink> postings, std::span<Doc const> docs);
    void begin(std::string_view term);                             // terms rise
    void add(Ordinal doc, std::span<std::uint32_t const> places);  // documents fall, places rise
    void end();
    SegmentFacts finish();

  private:
    void flush_chunk();
    std::unique_ptr<Sink> dictionary_, postings_;
    SegmentFacts facts_;
    std::string term_, last_term_;
    bool has_places_ = true;
    std::uint32_t count_ = 0;
    std::uint64_t begin_ = 0, block_begin_ = 0, block_count_ = 0;
    Ordinal previous_ = 0;
    std::vector<Ordinal> chunk_;
    Bytes places_, scratch_, blocks_;
    std::pair<Bytes, Bytes> chunk_octets_;
};

}  // namespace rapport::search
