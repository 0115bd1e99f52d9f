// The store put together: engine, migrations, writer, readers, consumers; and how a coroutine waits for them.
#include "store/store.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>

#include "store/consumers.hpp"
#include "store/migrate.hpp"
#include "store/readers.hpp"
#include "store/sql.hpp"
#include "store/writer.hpp"

namespace rapport::store {
namespace {

class OpenStore final : public Store {
  public:
    OpenStore(std::unique_ptr<Engine> engine, Options const& options, Clock const& clock)
        : engine_(std::move(engine)),
          ids_(engine_->node(), clock),
          role_(options.role),
          consumers_(*this),
          readers_(*engine_, options.readers, options.queue_limit),
          writer_(*engine_, ids_, clock, options.queue_limit, [this](std::int64_t seq) { consumers_.published(seq); }) {
        if (role_ == Role::server) consumers_.start();
    }
    ~OpenStore() override { consumers_.stop(); }

    std::shared_ptr<void> subscribe(std::function<void(std::int64_t)> hint) override {
        return consumers_.subscribe(std::move(hint));
    }
    void add_consumer(Consumer consumer) override {
        require(role_ == Role::server, "a guest runs no consumers");
        consumers_.add(std::move(consumer));
    }
    void rewind(std::string const& consumer, std::int64_t to_seq) override { consumers_.rewind(consumer, to_seq); }
    bool writable() const override { return writer_.writable(); }
    std::string engine() const override { return engine_->name(); }
    IdSource& ids() override { return ids_; }
    void check(std::span<Query const* const> queries) override;

  protected:
    void submit(Work<Tx>& work) override { writer_.submit(work); }
    void submit(Work<Reader>& work) override { readers_.submit(work); }
    bool on_store_thread() const override { return writer_.is_own_thread() || readers_.is_own_thread(); }

  private:
    std::unique_ptr<Engine> engine_;
    IdSource ids_;
    Role const role_;
    Consumers consumers_;  // outlives the writer, whose last commits tell it what they published
    Readers readers_;
    Writer writer_;
};

void OpenStore::check(std::span<Query const* const> queries) {
    auto const connection = engine_->connect(Access::read, {});
    std::string refused;
    for (Query const* query : queries) {
        try {
            connection->prepare(*query);
        } catch (std::exception const& error) {
            refused += "\n  " + std::string(query->name) + ": " + error.what();
        }
    }
    if (!refused.empty()) throw std::runtime_error(engine_->name() + " refuses statements of this program:" + refused);
}

std::vector<std::span<Migration const>> with_own(std::span<std::span<Migration const> const> migrations) {
    std::vector<std::span<Migration const>> all{sql::migrations};
    for (auto const& module : migrations)
        if (!module.empty() && module.front().module != "store") all.push_back(module);
    return all;
}

// The caller's coroutine goes on in its own executor, which is kept running meanwhile.
template <class W, class Submit>
Task<> wait_for(W& work, Submit submit) {
    auto const executor = co_await asio::this_coro::executor;
    auto start = [&](auto handler) {
        work.on_done = [guard = asio::make_work_guard(executor), h = std::move(handler)]() mutable {
            asio::post(guard.get_executor(), std::move(h));
        };
        submit(work);
    };
    asio::use_awaitable_t<Executor> const token;
    co_await asio::async_initiate<asio::use_awaitable_t<Executor> const, void()>(start, token);
}

template <class W, class Submit>
void wait_here(W& work, Submit submit) {
    std::promise<void> done;
    work.on_done = [&done] { done.set_value(); };
    auto const future = done.get_future();
    submit(work);
    future.wait();
}

}  // namespace

std::unique_ptr<Store> Store::open(Options options, std::span<std::span<Migration const> const> migrations,
                                   Clock clock) {
    bool const uri = options.database.starts_with("postgresql://") || options.database.starts_with("postgres://");
    auto engine = uri ? open_postgresql(options.database, options.role) : open_sqlite(options.database, options.role);
    migrate(*engine, with_own(migrations), clock());
    return std::make_unique<OpenStore>(std::move(engine), options, clock);
}

Task<> Store::perform(Work<Tx>& work) {
    return wait_for(work, [this](Work<Tx>& w) { submit(w); });
}
Task<> Store::perform(Work<Reader>& work) {
    return wait_for(work, [this](Work<Reader>& w) { submit(w); });
}
void Store::perform_now(Work<Tx>& work) {
    require(!on_store_thread(), "write_now() from a store thread would wait for itself");
    wait_here(work, [this](Work<Tx>& w) { submit(w); });
}
void Store::perform_now(Work<Reader>& work) {
    require(!on_store_thread(), "read_now() from a store thread would wait for itself");
    wait_here(work, [this](Work<Reader>& w) { submit(w); });
}

}  // namespace rapport::store
