// The index on the disk: the manifest, merging, and what is swept away.
#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "search/shelves.hpp"
#include "search/text.hpp"
#include "store/durable_file.hpp"

namespace rapport::search {
namespace {

constexpr int format = 1;
constexpr std::string_view bound = "search manifest";
constexpr std::int64_t most_docs = 1'000'000;      // of a segment: bounds what merging needs
constexpr std::uint64_t most_in_memory = 2 << 20;  // octets of a segment that stays in memory
constexpr std::size_t together = 8;                // segments of about the same size that become one

struct SegmentEntry {
    Kind kind{};
    std::string name, key, deleted;  // base64
    std::int64_t deleted_docs = 0;
    bool removed = false;
    std::int64_t docs = 0, terms = 0, dictionary = 0, postings = 0, ids_at = 0, terms_at = 0, blocks_at = 0;
};
BOOST_DESCRIBE_STRUCT(SegmentEntry, (),
                      (kind, name, key, deleted, deleted_docs, removed, docs, terms, dictionary, postings, ids_at,
                       terms_at, blocks_at))
struct Manifest {
    int format = 0, pipeline = 0;
    std::int64_t seq = 0, names = 0;
    std::vector<std::int64_t> below;
    std::string mark;
    std::vector<SegmentEntry> segments;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, pipeline, seq, names, below, mark, segments))

Bytes pack(Bits const& bits) {
    Bytes out((bits.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < bits.size(); ++i)
        if (bits[i]) out[i / 8] = static_cast<char>(static_cast<unsigned char>(out[i / 8]) | (1U << (i % 8)));
    return out;
}
Bits unpack(ByteView bytes, std::size_t size) {
    Bits out(size, false);
    for (std::size_t i = 0; i < size && i / 8 < bytes.size(); ++i)
        out[i] = ((static_cast<unsigned char>(bytes[i / 8]) >> (i % 8)) & 1U) != 0;
    return out;
}

std::filesystem::path file_of(std::filesystem::path const& folder, std::string const& name, char const* what) {
    return folder / (name + what);
}
constexpr char const* words_file = ".words";
constexpr char const* lists_file = ".lists";

int level_of(std::int64_t docs) { return static_cast<int>(std::log2(static_cast<double>(docs) + 1) / 3); }

}  // namespace

std::unique_ptr<Index> Index::open(std::filesystem::path folder, store::Keyring const& keyring, Access access) {
    if (access == Access::owner) {
        store::make_folders(folder);
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    }
    std::unique_ptr<Index> index(new Index(std::move(folder), keyring.derive("search index")));
    try {
        index->read(access);
    } catch (Damaged const& fault) {
        log::warning("search_index_is_made_anew", {{"why", fault.what()}});
        index->why_new_ = "damaged";
        index->shelves_ = std::make_shared<Shelves const>();
        index->progress_ = {};
    }
    return index;
}

void Index::read(Access access) {
    auto const box = store::read_file(folder_ / manifest_file);
    if (!box) {
        why_new_ = "missing";
        return;
    }
    auto const plain = rapport::open(key_, *box, bound);
    if (!plain) {  // changed, or sealed before the master key was
        log::warning("search_index_is_made_anew", {{"why", "its manifest cannot be opened"}});
        why_new_ = "unreadable";
        return;
    }
    auto const manifest = json::decode<Manifest>(*plain);
    if (!manifest || manifest->format != format || manifest->pipeline != pipeline_version ||
        manifest->below.size() != all_kinds.size()) {
        why_new_ = "another version";
        return;
    }
    auto found = std::make_shared<Shelves>();
    for (auto const& entry : manifest->segments) {
        auto const octets = from_base64(entry.key);
        auto const deleted = from_base64(entry.deleted);
        if (!octets || octets->size() != 32 || !deleted) throw Damaged("its manifest is not understood");
        Held held;
        held.name = entry.name;
        std::ranges::copy(*octets, reinterpret_cast<char*>(held.key.data()));
        SegmentFacts const facts{entry.docs,
                                 entry.terms,
                                 static_cast<std::uint64_t>(entry.dictionary),
                                 static_cast<std::uint64_t>(entry.postings),
                                 static_cast<std::uint64_t>(entry.ids_at),
                                 static_cast<std::uint64_t>(entry.terms_at),
                                 static_cast<std::uint64_t>(entry.blocks_at)};
        held.input.segment = std::make_shared<Segment const>(
            facts, open_sealed(file_of(folder_, held.name, words_file), held.key, facts.dictionary_octets, cache_),
            open_sealed(file_of(folder_, held.name, lists_file), held.key, facts.postings_octets, cache_));
        held.deleted = entry.deleted_docs;
        held.removed = entry.removed;
        if (held.deleted > 0)
            held.input.deleted = std::make_shared<Bits const>(unpack(*deleted, static_cast<std::size_t>(facts.docs)));
        found->of(entry.kind).push_back(std::move(held));
    }
    shelves_ = std::move(found);
    progress_.seq = manifest->seq;
    progress_.mark = manifest->mark;
    std::ranges::copy(manifest->below, progress_.below.begin());
    names_ = static_cast<std::uint64_t>(manifest->names);
    if (access == Access::owner) sweep();
}

void Index::write_manifest() {
    Manifest manifest{format, pipeline_version, progress_.seq, static_cast<std::int64_t>(names_), {}, progress_.mark,
                      {}};
    manifest.below.assign(progress_.below.begin(), progress_.below.end());
    auto const now = shelves();
    for (auto const kind : all_kinds)
        for (auto const& held : now->of(kind)) {
            if (held.name.empty()) continue;
            auto const& facts = held.input.segment->facts();
            manifest.segments.push_back(
                {kind, held.name, to_base64({reinterpret_cast<char const*>(held.key.data()), held.key.size()}),
                 held.input.deleted ? to_base64(pack(*held.input.deleted)) : "", held.deleted, held.removed, facts.docs,
                 facts.terms, static_cast<std::int64_t>(facts.dictionary_octets),
                 static_cast<std::int64_t>(facts.postings_octets), static_cast<std::int64_t>(facts.ids_at),
                 static_cast<std::int64_t>(facts.terms_at), static_cast<std::int64_t>(facts.blocks_at)});
        }
    store::write_durably(folder_ / manifest_file, seal(key_, json::encode(manifest), bound), 0600);
}

// Files that the manifest does not name.
void Index::sweep() {
    auto const now = shelves();
    auto named = making_;
    for (auto const& kind : now->kinds)
        for (auto const& held : kind) named.push_back(held.name);
    std::error_code ignored;
    for (auto const& file : std::filesystem::directory_iterator(folder_, ignored)) {
        auto const extension = file.path().extension();
        if ((extension == words_file || extension == lists_file) &&
            std::ranges::find(named, file.path().stem().string()) == named.end())
            std::filesystem::remove(file.path(), ignored);
    }
}

// While it lives, nobody sweeps the files of this name away.
struct Index::Made {
    Made(Index& index, std::string name) : of(index), it(std::move(name)) {}
    Made(Made const&) = delete;
    Made& operator=(Made const&) = delete;
    ~Made() {
        std::lock_guard const lock(of.writing_);
        std::erase(of.making_, it);
    }
    Index& of;
    std::string it;
};

bool Index::merge_held(Kind kind, std::vector<Held> const& inputs, bool to_disk, std::function<bool()> const& stop) {
    std::vector<MergeInput> parts;
    for (auto const& one : inputs) parts.push_back(one.input);
    Held made;
    Bytes dictionary, postings;
    if (to_disk) {
        made.key = random_key();
        std::lock_guard const lock(writing_);
        made.name = new_name();
        making_.push_back(made.name);
    }
    auto const sink = [&](char const* what, Bytes& bytes) {
        return to_disk ? sealed_file(file_of(folder_, made.name, what), made.key) : into(bytes);
    };
    Made const mark(*this, made.name);
    auto const facts = merge(parts, sink(words_file, dictionary), sink(lists_file, postings), stop);
    if (!facts) return false;
    made.input.segment = std::make_shared<Segment const>(
        *facts,
        to_disk ? open_sealed(file_of(folder_, made.name, words_file), made.key, facts->dictionary_octets, cache_)
                : in_memory(std::move(dictionary)),
        to_disk ? open_sealed(file_of(folder_, made.name, lists_file), made.key, facts->postings_octets, cache_)
                : in_memory(std::move(postings)));

    std::lock_guard const lock(writing_);
    auto next = std::make_shared<Shelves>(*shelves());
    auto& shelf = next->of(kind);
    std::shared_ptr<Bits> deleted;
    for (auto const& old : inputs) {
        auto const now =
            std::ranges::find(shelf, old.input.segment, [](Held const& held) { return held.input.segment; });
        bool const gone = now == shelf.end();  // all of it was deleted meanwhile
        if (gone || now->input.deleted != old.input.deleted)
            for (Ordinal i = 0; i < old.input.segment->docs(); ++i) {
                auto const n = static_cast<std::size_t>(i);
                bool const was = old.input.deleted && (*old.input.deleted)[n];
                if (was || !(gone || (*now->input.deleted)[n])) continue;
                auto const at = made.input.segment->find(old.input.segment->doc(i).object);
                if (at == none) continue;
                if (!deleted)
                    deleted = std::make_shared<Bits>(static_cast<std::size_t>(made.input.segment->docs()), false);
                (*deleted)[static_cast<std::size_t>(at)] = true;
                ++made.deleted;
            }
        if (gone || (now->removed && now->input.deleted != old.input.deleted)) made.removed = true;
        if (!gone) shelf.erase(now);
    }
    made.input.deleted = std::move(deleted);
    made.removed = made.removed && made.deleted > 0;
    if (made.live() > 0 || made.removed) shelf.push_back(std::move(made));
    set(std::move(next));
    return true;
}

bool Index::tidy(std::function<bool()> const& stop) {
    auto const now = shelves();
    for (auto const kind : all_kinds) {
        std::map<int, std::vector<Held>> levels;
        for (auto const& held : now->of(kind))
            if (held.live() < most_docs) levels[level_of(held.live())].push_back(held);
        for (auto& [level, held] : levels) {
            if (held.size() < together) continue;
            std::int64_t docs = 0;
            std::uint64_t octets = 0;
            std::size_t n = 0;
            bool in_memory = true;
            for (; n < held.size() && (n < 2 || docs + held[n].live() <= most_docs); ++n) {
                docs += held[n].live();
                octets += held[n].octets();
                in_memory = in_memory && held[n].name.empty();
            }
            held.resize(n);
            bool const to_disk = !in_memory;
            if (in_memory && octets > most_in_memory) continue;  // the next commit takes them to the disk
            if (!merge_held(kind, held, to_disk, stop)) return false;
            if (!to_disk) return true;
            std::lock_guard const lock(writing_);
            write_manifest();
            sweep();
            return true;
        }
    }
    return false;
}

void Index::purge(std::function<bool()> const& stop) {
    auto const now = shelves();
    for (auto const kind : all_kinds)
        for (auto const& held : now->of(kind))
            if (held.removed && !merge_held(kind, {held}, !held.name.empty(), stop)) return;
    std::lock_guard const lock(writing_);
    write_manifest();
    sweep();
}

}  // namespace rapport::search
