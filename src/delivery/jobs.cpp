// What happens without anybody asking: the post room's outcomes, deadlines, and what is forgotten in time. Everything
// is read from the database each time, so that a restart misses nothing.
#include "base/log.hpp"
#include "delivery/records.hpp"
#include "delivery/sql.hpp"
#include "net/task_group.hpp"
#include "post/bounce.hpp"
#include "post/post.hpp"
#include "store/blobs.hpp"

namespace rapport::delivery {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t expiries_at_once = 200;
constexpr auto look_again = 1000ms;  // deadlines of deliveries that came in meanwhile
constexpr auto tidy_every = std::chrono::minutes(1);

struct Due {
    DeliveryId id;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(Due, (), (id, at))

struct OldUpload {
    FileId id;
    Digest blob;
};
BOOST_DESCRIBE_STRUCT(OldUpload, (), (id, blob))

Notification notification_from(post::Outcome const& outcome, Time now) {
    using Ended = Notification::Ended;
    auto const ended = outcome.ended_by == post::EndedBy::cancelled  ? Ended::cancelled
                       : outcome.ended_by == post::EndedBy::given_up ? Ended::given_up
                                                                     : Ended::by_itself;
    return {outcome.result == post::Result::accepted,
            outcome.server,
            outcome.reply,
            outcome.enhanced_status,
            outcome.at,
            ended,
            outcome.recovered,
            now,
            outcome.purpose == "consignment"};
}

// Runs in the transaction that records the outcome. When the delivery has moved on since the plan (the recipient was
// faster than the mail server's answer), it is planned again there: rare, and one seal long.
void finish(store::Tx& tx, Office const& office, DeliveryId id, Notification const& outcome,
            Expected<Move> const& planned) {
    auto done = planned ? commit(tx, office, *planned) : Expected<State>(fail(planned.error()));
    if (!done && done.error().code == "state_changed") {
        auto const again = plan_notification(tx, office, id, outcome);
        done = again ? commit(tx, office, *again) : Expected<State>(fail(again.error()));
    }
    if (!done) log::info("outcome_without_effect", {{"delivery", to_text(id)}, {"code", done.error().code}});
}

}  // namespace

void Deliveries::hear_from(post::Post& post) {
    auto const hear = [this](std::vector<post::Outcome> outcomes) -> Task<std::vector<post::Finish>> {
        return plan_outcomes(std::move(outcomes));
    };
    post.on_outcomes("notification", hear);
    post.on_outcomes("notice", hear);
    post.on_outcomes("consignment", hear);
    post.on_load("notice", [this](std::vector<post::LetterKey> keys) -> Task<std::vector<Expected<post::Draw>>> {
        return load_letters(std::move(keys));
    });
}

void Deliveries::hear_bounces(post::Bounces& bounces) {
    auto const hear = [this](store::Reader& reader, post::Bounced const& bounced) -> post::Finish {
        DeliveryId id;
        if (!from_text(bounced.owner, id)) return {};
        Notification said;
        said.server = bounced.reporter;
        said.reply = bounced.diagnostic;
        said.status = bounced.status;
        said.at = bounced.at;
        said.sealed_at = clock_();
        said.of_consignment = bounced.purpose == "consignment";
        said.report = to_hex(bounced.report.view());
        auto const planned = std::make_shared<Expected<Move> const>(plan_notification(reader, office_, id, said));
        return [this, id, said, planned](store::Tx& tx) { finish(tx, office_, id, said, *planned); };
    };
    bounces.on_bounce("notification", hear);
    bounces.on_bounce("notice", hear);
    bounces.on_bounce("consignment", hear);
}

Task<std::vector<post::Finish>> Deliveries::plan_outcomes(std::vector<post::Outcome> outcomes) {
    auto const now = clock_();
    co_return co_await store_.read([&](store::Reader& reader) {
        std::vector<post::Finish> finishes;
        for (auto const& outcome : outcomes) {
            DeliveryId id;
            auto& last = finishes.emplace_back();
            bool const is_final = outcome.result == post::Result::accepted || outcome.result == post::Result::failed;
            if (!is_final || !from_text(outcome.owner, id)) continue;
            auto const said = notification_from(outcome, now);
            auto const planned = std::make_shared<Expected<Move> const>(plan_notification(reader, office_, id, said));
            last = [this, id, said, planned](store::Tx& tx) { finish(tx, office_, id, said, *planned); };
        }
        return finishes;
    });
}

Task<std::size_t> Deliveries::expire_due() {
    auto const now = clock_();
    auto const due =
        co_await store_.read([&](store::Reader& reader) { return reader.all<Due>(sql::due, now, expiries_at_once); });
    std::size_t expired = 0;
    for (auto const& one : due) {
        Plan const plan = [this, id = one.id, now](store::Reader& reader) {
            return plan_expiry(reader, office_, id, now);
        };
        auto const state = co_await carry_out(plan);
        if (state)
            ++expired;
        else
            log::warning("expiry_failed", {{"delivery", to_text(one.id)}, {"code", state.error().code}});
    }
    co_return expired;
}

Task<> Deliveries::tidy_up() {
    auto const now = clock_();
    auto const& settings = office_.settings;
    co_await store_.write([&](store::Tx& tx) {
        tx.exec(sql::forget_requests, now - settings.keep_requests);
        tx.exec(sql::forget_pickups, now - std::chrono::hours(48));
        for (auto const& upload : tx.all<OldUpload>(sql::old_uploads, now)) {
            // A submission may be taking it at this moment: then its content stays.
            if (tx.changed(sql::take_upload, upload.id) == 1) office_.blobs.drop(tx, upload.blob);
        }
        fold_counts(tx);
        return true;
    });
    for (std::optional<DeliveryId> done = DeliveryId{}; done;)
        done = co_await store_.write([&](store::Tx& tx) { return seal_early_records(tx, office_, *done, now); });
    if (settings.keep_content == Duration::zero()) co_return;
    auto const old = co_await store_.read([&](store::Reader& reader) {
        return reader.all<DeliveryId>(sql::old_content, now - settings.keep_content, 0);
    });
    for (auto const id : old) {
        Plan const plan = [this, id, now](store::Reader& reader) {
            return plan_erasure(reader, office_, people::Act{{}, now, {}, {}}, id);
        };
        co_await carry_out(plan);
    }
}

Task<> Deliveries::run_timers(net::Stop stop) {
    Time tidied{};
    for (;;) {
        auto wait = look_again;
        try {
            while (co_await expire_due() == expiries_at_once && !stop.requested()) {
            }
            if (clock_() - tidied >= tidy_every) {
                tidied = clock_();
                co_await tidy_up();
            }
            auto const next = co_await store_.read([](store::Reader& reader) {
                return reader.one<std::optional<Time>>(sql::next_due).value_or(std::nullopt);
            });
            if (next)
                wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*next - clock_()), 1ms, look_again);
        } catch (store::Unavailable const& fault) {
            log::warning("timers_wait", {{"reason", fault.what()}});
        }
        auto const go_on = co_await stop.sleep(wait);
        if (!go_on) co_return;
    }
}

}  // namespace rapport::delivery
