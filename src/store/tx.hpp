// A transaction as a verb sees it. Domain verbs are plain functions over a Reader (they only look) or a Tx (they
// change). Owned and called by one store thread; a function may run twice (group rerun, serialisation retry), so it
// touches nothing but its transaction. An Expected that holds an error, or an exception, rolls the function back.
// On PostgreSQL several nodes may write at once (READ COMMITTED): a verb that decides on what it read guards the change
// with a condition (`UPDATE … WHERE state = $2` and changed()), a unique rule or lock().
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "base/actor.hpp"
#include "store/query.hpp"
#include "store/value.hpp"

namespace rapport::store {

// A UNIQUE or PRIMARY KEY rule refused a row. Thrown to whoever awaits the write (on PostgreSQL possibly after the
// function has returned: statements are pipelined). Edges turn it into a conflict.
struct UniqueViolation : Clash {
    using Clash::Clash;
};
// The disk is full or read-only, the database is away, or too much waits for the writer: nothing was committed.
// Edges answer 503 and "try again in retry_after_s seconds".
using rapport::Unavailable;

class Reader {
  public:
    virtual ~Reader() = default;

    // The first row, if any.
    template <class T, class... A>
    std::optional<T> one(Query const& query, A const&... args) {
        std::optional<T> found;
        Param const params[] = {to_param(args)..., Param{}};
        select(query, {params, sizeof...(A)}, [&](Row const& row) {
            if (!found) found = read_row<T>(row);
        });
        return found;
    }
    template <class T, class... A>
    std::vector<T> all(Query const& query, A const&... args) {
        std::vector<T> found;
        Param const params[] = {to_param(args)..., Param{}};
        select(query, {params, sizeof...(A)}, [&](Row const& row) { found.push_back(read_row<T>(row)); });
        return found;
    }
    // Row by row, for results that should not be held in memory.
    template <class... A>
    void each(Query const& query, std::function<void(Row const&)> const& take, A const&... args) {
        Param const params[] = {to_param(args)..., Param{}};
        select(query, {params, sizeof...(A)}, take);
    }

  protected:
    virtual void select(Query const& query, std::span<Param const> params,
                        std::function<void(Row const&)> const& take) = 0;
};

// One line of the journal: who, what, on what, when, which journey. `kind` is "<noun>.<verb in the past>".
struct Event {
    std::int64_t seq = 0;  // given at the commit; dense order of commits
    Time at{};
    std::string kind{};
    std::string subject{};                      // text identifier of what changed: "dlv_…"
    std::optional<std::int64_t> customer = {};  // whose timeline shows it
    ActorKind actor_kind = ActorKind::system;
    std::int64_t actor_id = 0;
    std::optional<std::string> journey = {};
    json::Object data = {};  // small; no content, no addresses
};
BOOST_DESCRIBE_STRUCT(Event, (), (seq, at, kind, subject, customer, actor_kind, actor_id, journey, data))

// What functions leave to be written once per physical transaction, just before its commit: journal lines, log leaves.
// A function that is rolled back takes what it left with it. A flush may publish, and leave for others.
class Tx;
class Bag {
  public:
    virtual ~Bag() = default;
    virtual std::size_t size() const = 0;
    virtual void truncate(std::size_t size) = 0;
    virtual void flush(Tx& tx) = 0;  // once; the bag is destroyed afterwards
};

template <class Item>
using Flush = std::function<void(Tx&, std::vector<Item>&)>;  // items in the order they were left

class Tx : public Reader {
  public:
    // No result is waited for: on PostgreSQL the statement joins the pipeline.
    template <class... A>
    void exec(Query const& query, A const&... args) {
        Param const params[] = {to_param(args)..., Param{}};
        execute(query, {params, sizeof...(A)});
    }
    // The number of rows changed (waits for the pipeline).
    template <class... A>
    std::int64_t changed(Query const& query, A const&... args) {
        Param const params[] = {to_param(args)..., Param{}};
        return execute_counted(query, {params, sizeof...(A)});
    }

    // One journal line, written with the commit.
    virtual void publish(Event event) = 0;

    template <class AnyId>
    AnyId new_id() {
        return AnyId{new_id_value()};
    }

    // Leaves `item` for `flush`, which is identified by the address of `key` (a static of the module that flushes).
    template <class Item>
    void leave(void const* key, Item item, Flush<Item> const& flush) {
        Bag& found = bag(key, [&]() -> std::unique_ptr<Bag> { return std::make_unique<BagOf<Item>>(flush); });
        static_cast<BagOf<Item>&>(found).items.push_back(std::move(item));
    }

    // A lock held until the end of the transaction, the same for every node: PostgreSQL's advisory lock; nothing on
    // SQLite, which has one writer. Number 1 is the journal's and is taken last of all.
    virtual void lock(std::int64_t number) = 0;

  protected:
    template <class Item>
    struct BagOf final : Bag {
        explicit BagOf(Flush<Item> f) : run(std::move(f)) {}
        Flush<Item> run;
        std::vector<Item> items;
        std::size_t size() const override { return items.size(); }
        void truncate(std::size_t n) override {
            items.erase(items.begin() + static_cast<std::ptrdiff_t>(n), items.end());
        }
        void flush(Tx& tx) override { run(tx, items); }
    };
    virtual void execute(Query const& query, std::span<Param const> params) = 0;
    virtual std::int64_t execute_counted(Query const& query, std::span<Param const> params) = 0;
    virtual std::int64_t new_id_value() = 0;
    virtual Bag& bag(void const* key, std::function<std::unique_ptr<Bag>()> const& make) = 0;
};

}  // namespace rapport::store
