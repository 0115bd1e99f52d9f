// The module's work: batches of every job in turn, and upkeep.
#include <algorithm>
#include <limits>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "notice/bulk_batch.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

using namespace std::chrono_literals;

constexpr int most_attempts = 5;
constexpr Duration between_news = 2s, after_trouble = 5s;
constexpr std::int64_t key_slices = 64;

struct StartedRow {
    BulkId id;
    bool plain = true;  // never replayed
};
BOOST_DESCRIBE_STRUCT(StartedRow, (), (id, plain))

std::int64_t random_number() {
    auto const bytes = random_bytes(8);
    std::uint64_t number = 0;
    for (char const c : bytes) number = number << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(number >> 1);
}

}  // namespace

Bulks::Bulks(Notices& notices, BulkSettings settings)
    : notices_(notices),
      settings_(settings),
      // An embedded database has one server: what worked on it before is dead.
      worker_(notices.store().engine().starts_with("sqlite") ? 1 : random_number()) {}

// Rows that the pace allows now: they gather while time passes, up to a second's worth.
std::size_t Bulks::allowed(Going& going, std::optional<std::int64_t> pace, Time now) const {
    auto const since = going.filled_at == Time{} ? Duration::zero() : now - going.filled_at;
    going.filled_at = now;
    if (!pace) return settings_.batch;
    auto const rate = static_cast<double>(*pace);
    going.allowance = std::min(going.allowance + rate * std::chrono::duration<double>(since).count(), rate);
    return std::min(settings_.batch, static_cast<std::size_t>(std::max(0.0, going.allowance)));
}

Task<bool> Bulks::work_on(BulkId id) {
    auto& going = going_[id];
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const now = clock()();
        if (now < going.not_before) co_return false;
        auto planned = co_await store().read(
            [&](store::Reader& reader) -> Expected<std::optional<std::pair<BatchRequest, Batch>>> {
                auto const job = find_bulk_row(reader, id);
                if (!job) return std::nullopt;
                bool const paced = job->state == BulkState::running;
                BatchRequest const request{id, worker_, allowed(going, paced ? job->pace : std::nullopt, now), now};
                if (request.most == 0) return std::nullopt;
                auto batch = plan_batch(reader, desk(), settings_, request, going.piece);
                if (!batch) return fail(batch.error());
                if (!*batch) return std::nullopt;
                return std::pair(request, std::move(**batch));
            });
        if (!planned) {
            log::warning("bulk_stuck",
                         {{"bulk", to_text(id)}, {"code", planned.error().code}, {"reason", planned.error().text}});
            going.not_before = now + after_trouble;
            co_return false;
        }
        if (!*planned) co_return false;
        auto const& [request, batch] = **planned;
        bool const news = now - going.told_at >= between_news;
        try {
            auto const done = co_await store().write(
                [&](store::Tx& tx) { return commit_batch(tx, desk(), settings_, request, batch, news); });
            if (!done && done.error().code != "bulk_moved") {
                log::warning("bulk_stuck",
                             {{"bulk", to_text(id)}, {"code", done.error().code}, {"reason", done.error().text}});
                going.not_before = now + after_trouble;
            }
            if (!done) co_return false;
        } catch (store::UniqueViolation const&) {
            continue;  // somebody else made one of the customers meanwhile
        }
        if (news) going.told_at = now;
        going.allowance -= static_cast<double>(batch.rows.size());
        co_return true;
    }
    co_return false;
}

Task<bool> Bulks::work() {
    auto const ids =
        co_await store().read([](store::Reader& reader) { return reader.all<BulkId>(sql::working_bulks); });
    std::erase_if(going_, [&](auto const& entry) { return std::ranges::find(ids, entry.first) == ids.end(); });
    bool any = false;
    for (auto const id : ids) {
        bool const did = co_await work_on(id);
        any = any || did;
    }
    co_return any;
}

Task<> Bulks::run(net::Stop stop) {
    while (!stop.requested()) {
        bool const any = co_await work();
        if (any) continue;
        auto const pause = going_.empty() ? 500ms : 50ms;  // a paced job waits for its next rows
        bool const go_on = co_await stop.sleep(pause);
        if (!go_on) break;
    }
}

Task<> Bulks::tidy_up() {
    auto const now = clock()();
    auto const old = co_await store().read([&](store::Reader& reader) {
        auto found = reader.all<BulkId>(sql::old_bulks, now - settings_.keep_content);
        return std::pair(found, reader.all<BulkId>(sql::stale_uploads, now - settings_.keep_unfinished));
    });
    for (auto const id : old.second)
        co_await store().write([&](store::Tx& tx) {
            drop_upload(tx, desk(), id);
            return true;
        });
    people::Act const act{Actor{ActorKind::system, 0, "retention"}, now, {}, {}};
    for (auto const id : old.first) {
        auto const erased = co_await store().write([&](store::Tx& tx) { return erase_bulk(tx, desk(), act, id); });
        if (erased) log::info("bulk_erased", {{"bulk", to_text(id)}});
        // Keys of duplicates go with the file, a slice at a time so that nobody waits long.
        for (std::int64_t slice = 1; slice <= key_slices; ++slice)
            co_await store().write([&](store::Tx& tx) {
                auto const below = slice == key_slices ? std::numeric_limits<std::int64_t>::max()
                                                       : std::numeric_limits<std::int64_t>::max() / key_slices * slice;
                tx.exec(sql::drop_keys, id, below);
                return true;
            });
    }
}

void check_bulks(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    struct Rule {
        store::Query const& query;
        std::string_view text;
    };
    Rule const rules[] = {
        {sql::check_bulk_counts, "every row up to the mark of a job has its state, and no other"},
        {sql::check_bulk_sums, "the counts of a job add up to its mark"},
        {sql::check_bulk_states, "a job counts as many rows of a state as there are"},
        {sql::check_bulk_rows, "a row has a notice unless it failed or is a duplicate"},
        {sql::check_bulk_notices, "the notice of a row exists, comes from its job and from no other row"},
        {sql::check_bulk_pieces, "the pieces of a file hold its rows"},
        {sql::check_bulk_ends, "a job that is done has no row left"},
    };
    for (auto const& rule : rules)
        for (auto const id : reader.all<BulkId>(rule.query)) report({to_text(id), std::string(rule.text)});
    for (auto const& [id, plain] : reader.all<StartedRow>(sql::started_bulks)) {
        auto const notices = reader.one<std::int64_t>(sql::count_origin, to_text(id)).value_or(0);
        auto const rows = reader.one<std::int64_t>(sql::count_row_notices, id).value_or(0);
        // A replay of rows whose delivery had failed makes another notice for the same row.
        if (plain ? notices != rows : notices < rows)
            report({to_text(id), "the notices that come from a job stand each at a row of it"});
    }
}

}  // namespace rapport::notice
