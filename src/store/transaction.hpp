// Reader and Tx as the store gives them to functions: thin over a connection, plus the bags and the journal lines that
// wait for the commit. Internal to the store.
#pragma once

#include <vector>

#include "store/connection.hpp"

namespace rapport::store {

class ConnectionReader final : public Reader {
  public:
    explicit ConnectionReader(Connection& connection) : connection_(connection) {}

  protected:
    void select(Query const& query, std::span<Param const> params, TakeRow const& take) override {
        connection_.select(query, params, take);
    }

  private:
    Connection& connection_;
};

class GroupTx final : public Tx {
  public:
    GroupTx(Connection& connection, IdSource& ids) : connection_(connection), ids_(ids) {}

    // How much every bag held: what a function leaves after it is dropped by return_to().
    struct Mark {
        std::vector<std::size_t> sizes;
        std::size_t events = 0;
    };
    void mark(Mark& mark) const;
    void return_to(Mark const& mark);
    void clear();

    // Writes what was left, then the journal lines. The caller commits next.
    void flush();
    std::int64_t last_event() const { return events_.empty() ? 0 : events_.back().seq; }

    void publish(Event event) override { events_.push_back(std::move(event)); }
    void lock(std::int64_t number) override { connection_.lock(number); }

  protected:
    void select(Query const& query, std::span<Param const> params, TakeRow const& take) override {
        connection_.select(query, params, take);
    }
    void execute(Query const& query, std::span<Param const> params) override { connection_.execute(query, params); }
    std::int64_t execute_counted(Query const& query, std::span<Param const> params) override {
        return connection_.execute_counted(query, params);
    }
    std::int64_t new_id_value() override { return ids_.next_value(); }
    Bag& bag(void const* key, std::function<std::unique_ptr<Bag>()> const& make) override;

  private:
    struct Left {
        void const* key;
        std::unique_ptr<Bag> bag;
    };
    Connection& connection_;
    IdSource& ids_;
    std::vector<Left> left_;  // few: found by looking through
    std::vector<Event> events_;
};

}  // namespace rapport::store
