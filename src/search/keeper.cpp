// The thread that reads the journal (and, when the index is new, everything), and the one that merges segments.
#include "search/keeper.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "search/segment.hpp"
#include "store/durable_file.hpp"

namespace rapport::search {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
constexpr auto gather = 20ms, longest_gather = 200ms;  // events that come together are read together
constexpr auto look_again = 1s;                        // other nodes publish, too
constexpr auto after_fault = 1s;

// What tells one journal from another.
std::string mark_of(store::Event const& event) {
    return to_base64(sha256(to_text(event.at) + ' ' + event.kind + ' ' + event.subject).view().substr(0, 12));
}

}  // namespace

Keeper::Keeper(store::Store& store, store::Keyring const& keyring, std::vector<Shelf> shelves, KeeperOptions options)
    : store_(store),
      shelves_(std::move(shelves)),
      options_(std::move(options)),
      index_(Index::open(options_.folder, keyring)),
      progress_(index_->progress()),
      committed_(Steady::now()),
      why_(index_->why_new()) {
    auto const is_behind = [](Shelf const& shelf) {
        return std::ranges::find(kinds_by_relevance, shelf.kind) == kinds_by_relevance.end();
    };
    std::ranges::sort(shelves_, {}, [&](Shelf const& shelf) { return std::pair(is_behind(shelf), shelf.kind); });
    wants_new_ = !why_.empty();
    shown_ = progress_;
    if (wants_new_) shown_.below.fill(1);
}

Keeper::~Keeper() { stop(); }

void Keeper::start() {
    subscription_ = store_.subscribe([this](std::int64_t) {
        std::lock_guard const lock(mutex_);
        hinted_ = true;
        wake_.notify_all();
    });
    thread_ = std::thread([this] { run(); });
    tidier_ = std::thread([this] { tidy(); });
}

void Keeper::stop() {
    subscription_.reset();
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    if (tidier_.joinable()) tidier_.join();
}

void Keeper::damaged(std::string_view why) {
    std::lock_guard const lock(mutex_);
    if (wants_new_) return;
    log::error("search_index_is_damaged", {{"why", why}});
    wants_new_ = true;
    why_ = "damaged";
    wake_.notify_all();
}

void Keeper::rebuild() {
    std::lock_guard const lock(mutex_);
    wants_new_ = true;
    why_ = "asked for";
    wake_.notify_all();
}

Status Keeper::status() const {
    Status status;
    status.facts = index_->facts();
    std::lock_guard const lock(mutex_);
    status.complete = shown_.complete() && !wants_new_;
    for (std::size_t i = 0; i < all_kinds.size(); ++i) status.complete_of[i] = shown_.below[i] == 0 && !wants_new_;
    status.seq = shown_.seq;
    status.why_new = why_new_;
    return status;
}

bool Keeper::wait_for(std::int64_t seq, Duration at_most) const {
    std::unique_lock lock(mutex_);
    return moved_.wait_for(lock, at_most, [&] { return shown_.seq >= seq && !wants_new_; });
}
bool Keeper::wait_until_complete(Duration at_most) const {
    std::unique_lock lock(mutex_);
    return moved_.wait_for(lock, at_most, [&] { return shown_.complete() && !wants_new_; });
}

void Keeper::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (stopping_) break;
            if (!hinted_ && !wants_new_ && progress_.complete()) {
                wake_.wait_for(lock, look_again, [&] { return stopping_ || hinted_ || wants_new_; });
            }
            // Also while more comes in all the time: publishing a few costs nearly as much as publishing many.
            if (hinted_ && !full_ && !wants_new_ && progress_.complete())
                wake_.wait_for(lock, rest_, [&] { return stopping_ || wants_new_; });
            if (stopping_) break;
            hinted_ = false;
        }
        try {
            step();
        } catch (Damaged const& fault) {
            damaged(fault.what());
        } catch (std::exception const& fault) {
            log::warning("search_index_waits", {{"why", fault.what()}});
            std::unique_lock lock(mutex_);
            hinted_ = true;
            wake_.wait_for(lock, after_fault, [&] { return stopping_; });
        }
    }
    try {
        if (index_->waiting_octets() > 0 || index_->progress().seq != progress_.seq) index_->commit(progress_);
    } catch (std::exception const& fault) {
        log::warning("search_index_not_written",
                     {{"why", fault.what()}, {"fix", "it is read again at the next start"}});
    }
}

void Keeper::step() {
    std::error_code ignored;
    if (std::filesystem::exists(options_.folder / rebuild_mark, ignored)) rebuild();
    std::string why;
    {
        std::lock_guard const lock(mutex_);
        if (wants_new_) why = why_;
    }
    if (!checked_ && why.empty() && !is_of_this_database()) why = "another database";
    if (checked_ && why.empty() && !std::filesystem::exists(options_.folder / manifest_file, ignored)) why = "deleted";
    checked_ = true;
    if (!why.empty()) begin_anew(why);
    auto const begin = Steady::now();
    bool const some = follow();
    bool const more = read_more();
    if (some || more) {
        index_->publish();
        std::lock_guard const lock(mutex_);
        shown_ = progress_;
        moved_.notify_all();
    }
    rest_ = std::clamp<Steady::duration>(2 * (Steady::now() - begin), gather, longest_gather);
    commit_when_due();
}

void Keeper::begin_anew(std::string why) {
    Progress fresh;
    auto const read = [&](store::Reader& reader) {
        fresh.seq = store::Store::last_event(reader);
        auto const last = store::Store::events_after(reader, fresh.seq - 1, 1);
        fresh.mark = last.empty() ? "" : mark_of(last[0]);
    };
    store_.read_now(read);
    fresh.below.fill(0);
    for (auto const& shelf : shelves_)
        fresh.below[static_cast<std::size_t>(shelf.kind)] = std::numeric_limits<std::int64_t>::max();
    store::make_folders(options_.folder);
    index_->reset(fresh);
    std::error_code ignored;
    std::filesystem::remove(options_.folder / rebuild_mark, ignored);
    progress_ = fresh;
    committed_ = Steady::now();
    log::info("search_index_begins_anew", {{"why", why}});
    std::lock_guard const lock(mutex_);
    why_new_ = std::move(why);
    shown_ = fresh;
    wants_new_ = false;
    moved_.notify_all();
}

// A database that was restored, or configured instead of the one that was read, has another journal.
bool Keeper::is_of_this_database() {
    return store_.read_now([&](store::Reader& reader) {
        auto const last = store::Store::events_after(reader, progress_.seq - 1, 1);
        return progress_.seq == 0 ||
               (!last.empty() && last[0].seq == progress_.seq && mark_of(last[0]) == progress_.mark);
    });
}

bool Keeper::follow() {
    std::vector<Shelf::Change> changes;
    std::int64_t last = 0;
    std::string mark;
    auto const read = [&](store::Reader& reader) {
        changes.clear();
        auto const events = store::Store::events_after(reader, progress_.seq, options_.page);
        if (events.empty()) return;
        for (auto const& shelf : shelves_) changes.push_back(shelf.changed(reader, events));
        last = events.back().seq;
        mark = mark_of(events.back());
        full_ = events.size() >= options_.page;
    };
    full_ = false;
    store_.read_now(read);
    if (last == 0) return false;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        for (auto const& one : changes[i].documents) index_->add(shelves_[i].kind, one);
        for (auto const one : changes[i].gone) index_->remove(shelves_[i].kind, one);
    }
    progress_.seq = last;
    progress_.mark = std::move(mark);
    if (full_) {
        std::lock_guard const lock(mutex_);
        hinted_ = true;
    }
    return true;
}

bool Keeper::read_more() {
    for (auto const& shelf : shelves_) {
        auto& below = progress_.below[static_cast<std::size_t>(shelf.kind)];
        if (below == 0) continue;
        // Many pages make one segment, so that little has to be merged afterwards.
        for (int pages = 0; pages < 20 && below != 0 && index_->waiting_octets() < options_.commit_octets; ++pages) {
            auto const page =
                store_.read_now([&](store::Reader& reader) { return shelf.page(reader, below, options_.page); });
            for (auto const& one : page.documents) index_->add(shelf.kind, one);
            below = page.below;
            std::lock_guard const lock(mutex_);
            if (stopping_ || hinted_) break;
        }
        if (progress_.complete()) log::info("search_index_is_complete");
        return true;
    }
    return false;
}

void Keeper::commit_when_due() {
    auto const waiting = index_->waiting_octets();
    if (waiting == 0) return;
    bool const old = Steady::now() - committed_ > options_.commit_after;
    if (waiting < options_.commit_octets && !old) return;
    index_->commit(progress_);
    committed_ = Steady::now();
}

void Keeper::tidy() {
    auto const stop = [this] {
        std::lock_guard const lock(mutex_);
        return stopping_;
    };
    auto purged = Steady::now();
    while (!stop()) {
        bool some = false;
        try {
            some = index_->tidy(stop);
            if (!some && Steady::now() - purged > options_.purge_after) {
                purged = Steady::now();
                if (index_->has_removed()) index_->purge(stop);
            }
        } catch (Damaged const& fault) {
            damaged(fault.what());
        } catch (std::exception const& fault) {
            log::warning("search_index_not_tidied", {{"why", fault.what()}});
        }
        std::unique_lock lock(mutex_);
        if (!some) wake_.wait_for(lock, look_again, [&] { return stopping_; });
    }
}

void check_index(store::Reader& reader, Index const& index, std::span<Shelf const> shelves,
                 std::function<void(Finding const&)> const& report) {
    auto const facts = index.facts();
    for (auto const& shelf : shelves) {
        auto const name = "search of " + std::string(json::enum_name(shelf.kind)) + "s";
        auto const right = shelf.count(reader);
        auto const has = facts.documents[static_cast<std::size_t>(shelf.kind)];
        if (right != has)
            report({name, "it has " + std::to_string(has) + " documents, the database " + std::to_string(right)});
        // The newest, and some down to the oldest.
        std::int64_t below = std::numeric_limits<std::int64_t>::max();
        for (int pages = 0; pages < 8 && below != 0; ++pages) {
            auto const page = shelf.page(reader, below, 50);
            for (auto const& one : page.documents)
                if (!index.holds(shelf.kind, one.object)) {
                    report({name, "it does not have " + std::to_string(one.object)});
                    pages = 8;
                    break;
                }
            below = page.below / (pages > 1 ? 2 : 1);
        }
    }
}

}  // namespace rapport::search
