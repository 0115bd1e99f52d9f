// Brings plans and transactions together: plan on a snapshot, commit, and plan again when the world has moved on.
#include "delivery/identification.hpp"
#include "delivery/submit.hpp"

namespace rapport::delivery {
namespace {
constexpr int most_attempts = 5;
bool is_stale(Error const& error) { return error.code == "state_changed"; }
bool is_nothing(Move const& move) { return move.steps.empty() && !move.also; }
Error too_busy() {
    return {ErrorKind::unavailable, "delivery_busy", "The delivery is being changed by others; try again.", {}, 1};
}
}  // namespace

Deliveries::Deliveries(store::Store& store, Office office, Clock clock)
    : store_(store),
      office_(std::move(office)),
      clock_(std::move(clock)),
      identification_(one_time_code(office_.keyring, office_.settings)) {}
Deliveries::~Deliveries() = default;

Task<Expected<State>> Deliveries::carry_out(Plan plan) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const move = co_await store_.read([&plan](store::Reader& reader) { return plan(reader); });
        if (!move) co_return fail(move.error());
        if (is_nothing(*move)) co_return move->to;
        try {
            auto const done = co_await store_.write([&](store::Tx& tx) { return commit(tx, office_, *move); });
            if (done || !is_stale(done.error())) co_return done;
        } catch (store::UniqueViolation const&) {
            continue;  // another record took this place in the chain of evidence
        }
    }
    co_return fail(too_busy());
}

Expected<State> Deliveries::carry_out_now(Plan plan) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const move = store_.read_now([&plan](store::Reader& reader) { return plan(reader); });
        if (!move) return fail(move.error());
        if (is_nothing(*move)) return move->to;
        try {
            auto const done = store_.write_now([&](store::Tx& tx) { return commit(tx, office_, *move); });
            if (done || !is_stale(done.error())) return done;
        } catch (store::UniqueViolation const&) {
            continue;
        }
    }
    return fail(too_busy());
}

Task<Expected<std::vector<SubmissionView>>> Deliveries::submit(SubmitRequest request) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const now = clock_();
        auto const planned =
            co_await store_.read([&](store::Reader& reader) { return plan_submission(reader, office_, request, now); });
        if (!planned) co_return fail(planned.error());
        if ((*planned)->answered) co_return *(*planned)->answered;
        try {
            co_return co_await store_.write([&](store::Tx& tx) { return commit(tx, office_, **planned); });
        } catch (store::UniqueViolation const&) {
            continue;  // the same key came twice at once (the other one is the answer), or another node made a customer
        }
    }
    co_return fail(too_busy());
}

Expected<std::vector<SubmissionView>> Deliveries::submit_now(SubmitRequest const& request) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const now = clock_();
        auto const planned =
            store_.read_now([&](store::Reader& reader) { return plan_submission(reader, office_, request, now); });
        if (!planned) return fail(planned.error());
        if ((*planned)->answered) return *(*planned)->answered;
        try {
            return store_.write_now([&](store::Tx& tx) { return commit(tx, office_, **planned); });
        } catch (store::UniqueViolation const&) {
            continue;
        }
    }
    return fail(too_busy());
}

Task<Expected<UploadView>> Deliveries::upload(Actor actor, std::string name, std::string media_type, Bytes bytes) {
    auto const now = clock_();
    NewUpload const wanted{actor, std::move(name), std::move(media_type), bytes};
    // On a reader's thread: a large file is encrypted and made durable there, not on the network's.
    auto const keep = co_await store_.read([&](store::Reader&) { return plan_upload(office_, wanted, now); });
    if (!keep) co_return fail(keep.error());
    co_return co_await store_.write([&](store::Tx& tx) -> Expected<UploadView> { return (*keep)(tx); });
}

}  // namespace rapport::delivery
