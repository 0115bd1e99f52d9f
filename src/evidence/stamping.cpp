// The queue of time stamps and the job that drains it.
#include "evidence/stamping.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "evidence/sql.hpp"

namespace rapport::evidence {
namespace {

void want(store::Tx& tx, StampAbout about, std::int64_t subject, Time now) {
    tx.exec(sql::want_stamp, tx.new_id<Id<StampTag>>(), about, subject, now);
}

struct Attempt {
    StampJob job;
    Expected<Bytes> token;
    bool asked = false;  // the authority, for this one
};

// So many rounds of questions in a row without a token are an outage, whatever the authority answers.
constexpr int most_refused_rounds = 3;

Task<Expected<Bytes>> by_authority(std::shared_ptr<TimeStampAuthority const> authority, Clock clock, Digest imprint) {
    co_return authority->stamp(imprint, clock());
}

std::vector<Attempt> with_imprints(store::Reader& reader, std::vector<StampJob> const& jobs) {
    std::vector<Attempt> attempts;
    for (auto const& job : jobs) {
        auto const imprint = imprint_of(reader, job);
        attempts.push_back({job, imprint ? Expected<Bytes>(Bytes(imprint->view())) : fail(imprint.error()), false});
    }
    return attempts;
}

void record(store::Tx& tx, std::vector<Attempt> const& attempts, int refused_before, Time now) {
    bool answered = false, silent = false;
    std::string failure;
    for (auto const& attempt : attempts) {
        if (attempt.token) {
            keep_token(tx, attempt.job, *attempt.token, now);
            answered = true;
            continue;
        }
        auto const& error = attempt.token.error();
        postpone_stamp(tx, attempt.job, error, now);
        if (attempt.asked) failure = error.text;
        silent = silent || error.code == "tsa_unreachable";
    }
    bool const useless = !answered && !failure.empty() && refused_before + 1 >= most_refused_rounds;
    if (silent || useless)
        begin_outage(tx, failure, now);
    else if (answered)
        end_outage(tx, now);
}

int refused_rounds(std::vector<Attempt> const& attempts, int before) {
    if (std::ranges::any_of(attempts, [](Attempt const& attempt) { return attempt.token.has_value(); })) return 0;
    bool const asked = std::ranges::any_of(attempts, &Attempt::asked);
    return asked ? std::min(before + 1, most_refused_rounds) : before;
}

// What is left when the program ends: due again soon after the next start, and no outage.
Error not_asked() { return Error{ErrorKind::unavailable, "stopping", "The program was stopped before it asked.", {}}; }

}  // namespace

Stamper built_in_stamper(std::shared_ptr<TimeStampAuthority const> authority, Clock clock) {
    return [authority, clock](Digest imprint) { return by_authority(authority, clock, imprint); };
}

void want_time_stamp(store::Tx& tx, EvidenceId evidence, Time now) {
    want(tx, StampAbout::evidence, evidence.value, now);
}
void want_checkpoint_stamp(store::Tx& tx, std::uint64_t size, Time now) {
    want(tx, StampAbout::checkpoint, static_cast<std::int64_t>(size), now);
}

std::vector<StampJob> claim_stamps(store::Tx& tx, Time now, std::size_t limit, Duration lease) {
    auto jobs = tx.all<StampJob>(sql::claim_stamps, now, now + lease, limit);
    // What failed most often is asked last: silence ends a batch, and it may be one job's own fault.
    std::ranges::sort(jobs, {}, [](StampJob const& job) { return std::pair(job.attempts, job.id.value); });
    return jobs;
}

Expected<Digest> imprint_of(store::Reader& reader, StampJob const& job) {
    auto const bytes = reader.one<store::Blob>(
        job.about == StampAbout::checkpoint ? sql::find_checkpoint : sql::evidence_xml, job.subject);
    if (!bytes) return fail(ErrorKind::not_found, "stamp_subject_missing", "What is to be stamped does not exist.");
    if (job.about == StampAbout::checkpoint) return sha256(bytes->bytes);
    return timestamp_imprint(bytes->bytes);
}

void keep_token(store::Tx& tx, StampJob const& job, ByteView token, Time now) {
    tx.exec(sql::keep_token, job.id, store::BlobView{token}, now);
}

void postpone_stamp(store::Tx& tx, StampJob const& job, Error const& failure, Time now) {
    auto const exponent = std::clamp<std::int64_t>(job.attempts - 1, 0, 6);
    auto const wait = std::min<Duration>(std::chrono::seconds(std::int64_t{1} << exponent), std::chrono::seconds(60));
    tx.exec(sql::postpone_stamp, job.id, now + wait, failure.text);
}

std::optional<Outage> tsa_outage(store::Reader& reader) { return reader.one<Outage>(sql::tsa_outage); }

void begin_outage(store::Tx& tx, std::string_view failure, Time now) {
    if (!tx.changed(sql::begin_outage, now, failure)) return;
    tx.publish({.at = now, .kind = "tsa.unreachable", .subject = "tsa", .data = {{"failure", failure}}});
}

void end_outage(store::Tx& tx, Time now) {
    auto const outage = tsa_outage(tx);
    if (!outage || !tx.changed(sql::end_outage)) return;
    tx.exec(sql::retry_stamps_now, now);
    tx.publish({.at = now,
                .kind = "tsa.recovered",
                .subject = "tsa",
                .data = {{"since", to_text(outage->since)},
                         {"seconds", std::chrono::duration_cast<std::chrono::seconds>(now - outage->since).count()}}});
}

StampQueue stamp_queue(store::Reader& reader) {
    return reader.one<StampQueue>(sql::stamp_queue).value_or(StampQueue{});
}

std::optional<Bytes> checkpoint_token(store::Reader& reader, std::uint64_t size) {
    auto const token = reader.one<store::Blob>(sql::checkpoint_token, size);
    if (!token) return std::nullopt;
    return token->bytes;
}

Task<> stamp(store::Store& store, Stamper stamper, Clock clock, net::Stop stop, std::chrono::milliseconds idle,
             std::size_t batch) {
    int refused = 0;  // rounds in a row
    while (!stop.requested()) {
        Time now = clock();
        // During an outage one request asks whether it is over; what waits behind it is due when it is. What was
        // postponed goes behind what is due before it: a job that is refused for its own sake blocks no other.
        auto const jobs =
            co_await store.write([&](store::Tx& tx) { return claim_stamps(tx, now, tsa_outage(tx) ? 1 : batch); });
        if (jobs.empty()) {
            (void)co_await stop.sleep(idle);
            continue;
        }
        auto attempts = co_await store.read([&](store::Reader& reader) { return with_imprints(reader, jobs); });
        std::optional<Error> silence;
        for (auto& attempt : attempts) {
            if (!attempt.token) continue;
            if (stop.requested() && !silence) silence = not_asked();
            Digest const imprint = Digest::from(*attempt.token).value();
            if (silence) {
                attempt.token = fail(*silence);
                continue;
            }
            attempt.token = co_await stamper(imprint);
            attempt.asked = true;
            if (!attempt.token && attempt.token.error().code == "tsa_unreachable") silence = attempt.token.error();
        }
        now = clock();
        co_await store.write([&](store::Tx& tx) { record(tx, attempts, refused, now); });
        refused = refused_rounds(attempts, refused);
    }
}

}  // namespace rapport::evidence
