// The module's work: batches of every job in turn, and upkeep.
#include <algorithm>
#include <limits>

#include <boost/system/system_error.hpp>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "notice/bulk_batch.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

using namespace std::chrono_literals;

constexpr int most_attempts = 5;
constexpr Duration between_news = 2s;
constexpr std::int64_t key_slices = 64;

struct StartedRow {
    BulkId id;
    bool plain = true;  // never replayed
};
BOOST_DESCRIBE_STRUCT(StartedRow, (), (id, plain))

bool passes(Error const& why) { return why.kind == ErrorKind::unavailable || why.kind == ErrorKind::limited; }

// It is tried again later.
bool waits(BulkRow const& job, Time now) {
    auto const trouble = trouble_of(job);
    return trouble && trouble->next_at && *trouble->next_at > now;
}

BulkTrouble trouble_after(BulkRow const& job, Error const& why, BulkSettings const& settings, Time now) {
    auto const before = trouble_of(job);
    BulkTrouble trouble{why.code, why.text, {}, !passes(why), 1, now, {}};
    for (auto const& field : why.fields) trouble.faults.push_back({field.pointer, field.rule, field.fix});
    if (before) {
        trouble.attempts = before->attempts + 1;
        trouble.since = before->since;
    }
    if (trouble.stopped) return trouble;
    auto wait = settings.first_retry;
    for (auto i = trouble.attempts; i > 1 && wait < settings.last_retry; --i) wait *= 2;
    trouble.next_at = now + std::min(wait, settings.last_retry);
    return trouble;
}

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

// One batch. `job` is the job as it was planned from. UniqueViolation: somebody else made one of the customers
// meanwhile.
Task<Expected<bool>> Bulks::try_batch(BulkId id, Going& going, std::optional<BulkRow>& job) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const now = clock()();
        auto planned = co_await store().read(
            [&](store::Reader& reader) -> Expected<std::optional<std::pair<BatchRequest, Batch>>> {
                job = find_bulk_row(reader, id);
                if (!job || waits(*job, now)) return std::nullopt;
                bool const paced = job->state == BulkState::running;
                BatchRequest const request{id, worker_, allowed(going, paced ? job->pace : std::nullopt, now), now};
                if (request.most == 0) return std::nullopt;
                auto batch = plan_batch(reader, desk(), *job, request, going.piece);
                if (!batch) return fail(batch.error());
                if (!*batch) return std::nullopt;
                return std::pair(request, std::move(**batch));
            });
        if (!planned) co_return fail(planned.error());
        if (!*planned) co_return false;
        auto const& [request, batch] = **planned;
        bool const news = now - going.told_at >= between_news;
        try {
            auto const done = co_await store().write(
                [&](store::Tx& tx) { return commit_batch(tx, desk(), settings_, request, batch, news); });
            if (!done && done.error().code == "bulk_moved") co_return false;
            if (!done) co_return fail(done.error());
        } catch (store::UniqueViolation const&) {
            continue;
        }
        if (news) going.told_at = now;
        going.allowance -= static_cast<double>(batch.rows.size());
        co_return true;
    }
    co_return false;
}

Task<bool> Bulks::work_on(BulkId id) {
    if (clock()() < going_[id].not_before) co_return false;
    std::optional<BulkRow> job;
    std::optional<Error> why;
    try {
        auto const did = co_await try_batch(id, going_[id], job);
        if (did) co_return *did;
        why = did.error();
    } catch (Unavailable const&) {
        throw;  // the database: of every job
    } catch (boost::system::system_error const&) {
        throw;                                // it is time to end
    } catch (std::exception const& broken) {  // of this job alone: the others go on
        log::error("bulk_broken", {{"bulk", to_text(id)}, {"error", std::string(broken.what())}});
        why = Error{ErrorKind::unavailable,
                    "bulk_broken",
                    "The program met a fault of its own at this job; its log says more.",
                    {},
                    0};
    }
    if (job)
        co_await note(std::move(*job), std::move(*why));
    else  // not even its row can be read: there is nowhere to say so but the log
        going_[id].not_before = clock()() + settings_.first_retry;
    co_return false;
}

// What passes is tried again, each time later; what does not stops the job until somebody has mended it.
Task<> Bulks::note(BulkRow job, Error why) {
    auto const now = clock()();
    auto const trouble = trouble_after(job, why, settings_, now);
    log::warning(trouble.stopped ? "bulk_stopped" : "bulk_stuck",
                 {{"bulk", to_text(job.id)}, {"code", why.code}, {"reason", why.text}, {"attempt", trouble.attempts}});
    auto const kept = json::parse(json::encode(trouble))->get_object();
    co_await store().write([&](store::Tx& tx) {
        auto const to = bulk_after(job.state, BulkVerb::stop);
        if (!trouble.stopped || !to) {
            tx.exec(sql::delay_bulk, job.id, job.state, job.changed_at, kept);
            return true;
        }
        if (tx.changed(sql::stop_bulk, job.id, job.state, job.changed_at, *to, kept, now) != 1) return false;
        json::Object const data{{"code", why.code}, {"reason", why.text}};
        people::Act const act{Actor{ActorKind::system, 0, "bulk"}, now, {}, {}};
        people::audit(tx, act, "bulk.stopped", to_text(job.id), people::AuditOutcome::done, data);
        tell(tx, job, "stopped", now, act.actor, data);
        return true;
    });
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
