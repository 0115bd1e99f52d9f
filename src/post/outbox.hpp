// What the room asks of the database: claim, record, recover. Plain functions over a transaction.
#pragma once

#include <span>
#include <vector>

#include "post/marks.hpp"
#include "post/post.hpp"
#include "post/sources.hpp"

namespace rapport::post {

struct WorkerTag {
    static constexpr std::string_view prefix = "wrk";
};
using WorkerId = Id<WorkerTag>;

struct Claimed {
    OutboxId id;
    std::string owner, purpose;
    EmailAddress to;
    Locale locale{};
    std::string template_name;
    json::Object data;
    std::int64_t attempt = 0;  // which one this is, from 1
    Time expires_at{}, created_at{};
    std::string stream;
    std::optional<std::string> unsubscribe_url;
    std::optional<std::string> list;

    // Not of the row. Where the owner keeps the words: how to get them, or why not.
    std::optional<Expected<Draw>> words = {};
    bool must_wait = false;  // the words could not be asked for: the database was away
    Priority priority = Priority::normal;
    std::optional<std::string> held_back = {};  // why it is not sent (suppression.hpp)
    std::size_t source = Sources::nowhere;      // that it was given to
};
BOOST_DESCRIBE_STRUCT(Claimed, (),
                      (id, owner, purpose, to, locale, template_name, data, attempt, expires_at, created_at, stream,
                       unsubscribe_url, list))

// Marks up to `limit` due letters as attempted by `worker`, urgent ones first, and records the attempts.
// At most `bulk` of them are bulk letters.
std::vector<Claimed> claim(store::Tx& tx, WorkerId worker, std::size_t limit, Time now,
                           SuppressionPolicy const& policy = {}, std::size_t bulk = static_cast<std::size_t>(-1));
std::optional<Time> next_due(store::Reader& reader);

// How an attempt ended.
struct Ended {
    WorkerId worker;
    std::int64_t attempt = 0;
    Outcome outcome;
    std::optional<Time> next_at = {};  // of `delayed`
    bool given_back = false;           // never tried: the attempt is taken out again
    bool tell = true;                  // the owner hears of it
    std::string tls = {};              // how the connection was secured
    std::string source = {};           // where it left from
    bool bulk = false;
};
void record(store::Tx& tx, Ended const& ended, bool publish);

WorkerId start_worker(store::Tx& tx, std::string_view node, Time now);
void worker_seen(store::Tx& tx, WorkerId worker, Time now);
void end_worker(store::Tx& tx, WorkerId worker);

// What dead workers left. Of a worker with a board of this boot: letters without a mark were not handed over and are
// tried again; all others may have been: unknown.
std::vector<Ended> left_by(store::Reader& reader, LeftBoard const& board, Time now);
std::vector<Ended> left_by_silent(store::Reader& reader, WorkerId self, Time seen_before, Time now,
                                  std::vector<WorkerId>& silent);

}  // namespace rapport::post
