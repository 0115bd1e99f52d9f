// What the store's own tests share: a table of things, one of every kind of value, and a context for coroutines.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>

#include "store/store.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::test {

#define THING_SQL(name, text) \
    inline constexpr store::Query name { "test." #name, text, text }
THING_SQL(add_thing, "INSERT INTO thing (id, name) VALUES ($1, $2)");
THING_SQL(count_things, "SELECT count(*) FROM thing");
THING_SQL(list_things, "SELECT name FROM thing ORDER BY id");
THING_SQL(thing_ids, "SELECT id FROM thing ORDER BY id");
THING_SQL(rename_things, "UPDATE thing SET name = $2 WHERE id = $1");
THING_SQL(
    add_everything,
    "INSERT INTO everything (id, number, real_number, words, blank, body, at, flag, data, colour, digest, absent, "
    "present) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
THING_SQL(find_everything,
          "SELECT id, number, real_number, words, blank, body, at, flag, data, colour, digest, absent, present "
          "FROM everything WHERE id = $1");
THING_SQL(forget_things, "DELETE FROM thing");
#undef THING_SQL

inline constexpr store::Migration thing_migrations[] = {
    {"thing", 1, "things", "CREATE TABLE thing (id {{key}}, name text NOT NULL UNIQUE)"},
    {"thing", 2, "everything",
     "CREATE TABLE everything (id {{key}}, number {{id}} NOT NULL, real_number double precision NOT NULL, "
     "words text NOT NULL, blank text NOT NULL, body {{blob}} NOT NULL, at {{id}} NOT NULL, flag integer NOT NULL, "
     "data {{json}} NOT NULL, colour text NOT NULL, digest {{blob}} NOT NULL, absent {{id}}, present text)"}};

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Everything {
    std::int64_t key = 0, number = 0;
    double real = 0;
    std::string text, empty;
    store::Blob blob;
    Time at{};
    bool flag = false;
    json::Object data;
    Colour colour = Colour::red;
    Digest digest;
    std::optional<std::int64_t> absent;
    std::optional<std::string> present;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (key, number, real, text, empty, blob, at, flag, data, colour, digest, absent, present))

class ThingTest : public StoreTest {
  protected:
    ThingTest() : StoreTest({thing_migrations}) {}
    std::int64_t things() {
        return store().read_now([](store::Reader& reader) { return reader.one<std::int64_t>(count_things).value(); });
    }
    std::vector<store::Event> events(std::int64_t after = 0) {
        return store().read_now(
            [&](store::Reader& reader) { return store::Store::events_after(reader, after, 100'000); });
    }
};

// Runs the coroutine that `start` makes to its end on this thread.
template <class F>
auto run_in_context(F start) {
    using Value = typename std::invoke_result_t<F>::value_type;
    asio::io_context context(1);
    std::optional<Value> value;
    std::exception_ptr failure;
    asio::co_spawn(context, start(), [&](std::exception_ptr error, Value result) {
        failure = error;
        value = std::move(result);
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return *value;
}

}  // namespace rapport::test
