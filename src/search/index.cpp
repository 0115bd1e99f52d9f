// The index: segments in memory and on the disk, and the manifest that says which of them count.
#include "search/index.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "search/shelves.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t cache_octets = 48 << 20;

}  // namespace

struct Index::Batch {
    std::array<SegmentBuilder, all_kinds.size()> builders;
    struct Replaced {
        std::int64_t object = 0;
        bool removed = false;
    };
    std::array<std::vector<Replaced>, all_kinds.size()> replaced;  // older ones of these are not found any more
    SegmentBuilder& of(Kind kind) { return builders[static_cast<std::size_t>(kind)]; }
};

Index::Index(std::filesystem::path folder, Key256 const& key)
    : folder_(std::move(folder)),
      key_(key),
      cache_(std::make_shared<BlockCache>(cache_octets)),
      shelves_(std::make_shared<Shelves const>()),
      batch_(std::make_unique<Batch>()) {}
Index::~Index() = default;

std::shared_ptr<Index::Shelves const> Index::shelves() const {
    std::lock_guard const lock(mutex_);
    return shelves_;
}
void Index::set(std::shared_ptr<Shelves const> shelves) {
    std::lock_guard const lock(mutex_);
    shelves_.swap(shelves);
}

std::string Index::new_name() { return std::to_string(++names_); }

void Index::add(Kind kind, Document const& document) {
    std::lock_guard const lock(writing_);
    batch_->of(kind).add(document);
    batch_->replaced[static_cast<std::size_t>(kind)].push_back({document.object, false});
}

void Index::remove(Kind kind, std::int64_t object) {
    std::lock_guard const lock(writing_);
    batch_->of(kind).remove(object);
    batch_->replaced[static_cast<std::size_t>(kind)].push_back({object, true});
}

std::size_t Index::waiting_octets() const {
    std::size_t sum = 0;
    for (auto const& one : batch_->builders) sum += one.octets();
    for (auto const& kind : shelves()->kinds)
        for (auto const& held : kind)
            if (held.name.empty()) sum += held.octets();
    return sum;
}

void Index::publish() {
    std::lock_guard const lock(writing_);
    auto next = std::make_shared<Shelves>(*shelves());
    for (auto const kind : all_kinds) {
        auto& replaced = batch_->replaced[static_cast<std::size_t>(kind)];
        for (auto& held : next->of(kind)) {
            std::shared_ptr<Bits> changed;
            for (auto const& [object, removed] : replaced) {
                auto const at = held.input.segment->find(object);
                if (at == none || (held.input.deleted && (*held.input.deleted)[static_cast<std::size_t>(at)])) continue;
                if (!changed) {
                    changed = held.input.deleted
                                  ? std::make_shared<Bits>(*held.input.deleted)
                                  : std::make_shared<Bits>(static_cast<std::size_t>(held.input.segment->docs()), false);
                }
                if ((*changed)[static_cast<std::size_t>(at)]) continue;
                (*changed)[static_cast<std::size_t>(at)] = true;
                ++held.deleted;
                held.removed = held.removed || removed;
            }
            if (changed) held.input.deleted = std::move(changed);
        }
        replaced.clear();
        std::erase_if(next->of(kind), [](Held const& held) { return held.live() == 0 && !held.removed; });
        if (auto& builder = batch_->of(kind); !builder.empty()) {
            auto segment = builder.finish();
            if (segment->docs() > 0) next->of(kind).push_back({{std::move(segment), nullptr}, 0, false, {}, {}});
        }
    }
    set(std::move(next));
}

void Index::commit(Progress const& progress) {
    std::lock_guard const lock(writing_);
    publish();
    for (auto const kind : all_kinds) {
        std::vector<Held> fresh;
        for (auto const& held : shelves()->of(kind))
            if (held.name.empty()) fresh.push_back(held);
        if (!fresh.empty()) merge_held(kind, fresh, true, [] { return false; });
    }
    progress_ = progress;
    write_manifest();
    sweep();
}

void Index::reset(Progress const& progress) {
    std::lock_guard const lock(writing_);
    batch_ = std::make_unique<Batch>();
    set(std::make_shared<Shelves const>());
    progress_ = progress;
    write_manifest();
    sweep();
}

Finder Index::find(Kind kind, ParsedQuery const& query, FindOptions options) const {
    auto state = std::make_unique<Finder::State>();
    state->options = std::move(options);
    auto const now = shelves();
    state->query = query;
    for (auto const& held : now->of(kind)) state->add(held.input);
    return Finder(std::move(state));
}

std::vector<MergeInput> Index::segments(Kind kind) const {
    auto const now = shelves();
    std::vector<MergeInput> out;
    for (auto const& held : now->of(kind)) out.push_back(held.input);
    return out;
}

bool Index::holds(Kind kind, std::int64_t object) const {
    auto const now = shelves();
    return std::ranges::any_of(now->of(kind), [&](Held const& held) {
        auto const at = held.input.segment->find(object);
        return at != none && !(held.input.deleted && (*held.input.deleted)[static_cast<std::size_t>(at)]);
    });
}

bool Index::has_removed() const {
    auto const now = shelves();
    return std::ranges::any_of(now->kinds, [](auto const& kind) { return std::ranges::any_of(kind, &Held::removed); });
}

IndexFacts Index::facts() const {
    IndexFacts facts;
    auto const now = shelves();
    for (std::size_t i = 0; i < now->kinds.size(); ++i)
        for (auto const& held : now->kinds[i]) {
            facts.documents[i] += held.live();
            facts.octets += static_cast<std::int64_t>(held.octets());
            ++facts.segments;
        }
    return facts;
}

}  // namespace rapport::search
