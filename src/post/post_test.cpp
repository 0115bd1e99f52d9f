// The post room on both engines: sending into Postfix's smtp-sink and our own sink, retries, recovery after a death.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "channels/email/sink.hpp"
#include "channels/sql.hpp"
#include "people/sql.hpp"
#include "post/outbox.hpp"
#include "post/sql.hpp"
#include "testing/smtp_sink.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;
using rapport::testing::free_port;
using rapport::testing::Process;
using rapport::testing::SmtpSinkProgram;

// ---- The room ------------------------------------------------------------------------------------------------------

class PostRoom : public test::StoreTest {
  protected:
    PostRoom() : StoreTest({people::sql::migrations, channels::sql::migrations, post::sql::migrations}) {}
    ~PostRoom() override { stop(); }

    Options options_to(std::uint16_t port) {
        Options options;
        options.transport.smart_host = email::SmartHost{"127.0.0.1", port};
        options.transport.tls = email::TlsPolicy::off;
        options.from = {email::HeaderText("Comune"), {"post@example.org"}};
        options.marks = folder() / "marks";
        options.connections_per_destination = 4;
        options.backoff = {std::chrono::milliseconds(1)};
        return options;
    }

    void start(Options options) {
        post = Post::make(store(), std::move(options), system_now);
        post->on_outcome("notice", [this](Outcome const& outcome) -> Finish {
            std::lock_guard const lock(mutex);
            outcomes.push_back(outcome);
            return [id = outcome.id](store::Tx& tx) { tx.publish({.kind = "test.finished", .subject = to_text(id)}); };
        });
        done = asio::co_spawn(context, post->run(), asio::use_future);
        thread = std::thread([this] { context.run(); });
    }
    void stop() {
        if (!thread.joinable()) return;
        post->stop(std::chrono::milliseconds(3000));
        done.get();
        if (sink) asio::post(context, [this] { sink->stop(); });
        thread.join();
        context.restart();
    }

    OutboxId send(std::string to, std::optional<Time> expires_at = {}) {
        Letter letter{"dlv_1", "notice", {std::move(to)}, Locale::en, "notice", {{"subject", "Hi"}, {"text", "Text"}}};
        letter.expires_at = expires_at;
        return store().write_now([&](store::Tx& tx) { return enqueue(tx, letter, system_now()); });
    }
    OutboxItem item(OutboxId id) {
        return *store().read_now([&](store::Reader& reader) { return find_letter(reader, id); });
    }
    // Waits for the event that tells of the change; the limit only ends a broken test.
    template <class F>
    bool eventually(F holds) {
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return true;
    }
    bool becomes(OutboxId id, State state) {
        return eventually([&] { return item(id).state == state; });
    }
    void expect_sound() {
        auto const findings =
            store().read_now([](store::Reader& reader) { return check_outbox(reader, system_now()); });
        for (auto const& finding : findings) ADD_FAILURE() << finding.subject << ": " << finding.text;
    }
    void start_sink() {
        email::SinkOptions sink_options;
        sink_options.slow = std::chrono::milliseconds(100);
        sink = email::Sink::make(store(), context.get_executor(), sink_options);
        asio::co_spawn(context, sink->run(), [](std::exception_ptr) {});
    }
    std::vector<email::SinkMailSummary> mails() {
        return store().read_now([](store::Reader& reader) { return email::sink_mails(reader, "", {}, 1000); });
    }

    std::mutex mutex;
    std::vector<Outcome> outcomes;
    asio::io_context context{1};
    std::unique_ptr<Post> post;
    std::unique_ptr<email::Sink> sink;
    std::future<void> done;
    std::thread thread;
};
RAPPORT_ON_BOTH_ENGINES(PostRoom);

TEST_P(PostRoom, a_room_whose_marks_could_not_be_kept_runs_when_called_again) {
    start_sink();
    auto const options = options_to(sink->port());
    std::ofstream(options.marks).put('x');  // in the folder's place
    auto const id = send("a@b.example");
    post = Post::make(store(), options, system_now);
    auto first = asio::co_spawn(context, post->run(), asio::use_future);
    while (first.wait_for(std::chrono::seconds(0)) != std::future_status::ready) context.run_one();
    EXPECT_THROW(first.get(), std::exception);
    std::filesystem::remove(options.marks);
    done = asio::co_spawn(context, post->run(), asio::use_future);
    thread = std::thread([this] { context.run(); });
    EXPECT_TRUE(becomes(id, State::accepted));
}

TEST_P(PostRoom, many_letters_arrive_once_over_few_connections) {
    start_sink();
    start(options_to(sink->port()));
    std::set<OutboxId> ids;
    store().write_now([&](store::Tx& tx) {
        for (int i = 0; i < 300; ++i) {
            Letter const letter{
                "dlv_1",    "notice", {"r" + std::to_string(i) + "@d" + std::to_string(i % 7) + ".example"},
                Locale::fa, "notice", {{"subject", "Hi"}, {"text", "سلام"}}};
            ids.insert(enqueue(tx, letter, system_now()));
        }
        return 0;
    });
    EXPECT_TRUE(eventually([&] { return post->counters().accepted == 300; }));
    stop();
    std::set<std::string> recipients;
    for (auto const& mail : mails()) EXPECT_TRUE(recipients.insert(mail.to).second) << "twice: " << mail.to;
    EXPECT_EQ(recipients.size(), 300u);
    EXPECT_EQ(outcomes.size(), 300u);
    for (auto const id : ids) ASSERT_EQ(item(id).state, State::accepted);
    EXPECT_LE(post->counters().transport.connections, 12);
    auto const finished =
        store().read_now([](store::Reader& reader) { return store::Store::events_after(reader, 0, 5000); });
    EXPECT_EQ(std::ranges::count(finished, "test.finished", &store::Event::kind), 300);
    EXPECT_EQ(std::ranges::count(finished, "outbox.queued", &store::Event::kind), 1) << "one line wakes for all";
    EXPECT_TRUE(left_boards(folder() / "marks").empty());
    expect_sound();
}

TEST_P(PostRoom, the_demo_addresses_fail_as_they_say) {
    start_sink();
    start(options_to(sink->port()));
    auto const greylisted = send("greylist@a.example"), refused = send("bounce+x@a.example"),
               rejected = send("reject@a.example"), dropped = send("drop@a.example"), slow = send("slow@a.example");
    EXPECT_TRUE(becomes(greylisted, State::accepted));
    EXPECT_TRUE(becomes(refused, State::failed));
    EXPECT_TRUE(becomes(rejected, State::failed));
    EXPECT_TRUE(becomes(dropped, State::unknown));
    EXPECT_TRUE(becomes(slow, State::accepted));
    EXPECT_EQ(item(greylisted).attempts, 2);
    EXPECT_EQ(item(refused).attempts, 1);
    EXPECT_EQ(*item(refused).last_reply, "550 5.1.1 no such mailbox (demo)");
    EXPECT_EQ(*item(rejected).last_reply, "554 5.7.1 the content is refused (demo)");
    // A person decides: again. It is known to the sink, so it arrives twice, which is what the person accepted.
    store().write_now([&](store::Tx& tx) { return cancel(tx, dropped, system_now()); }).value();
    EXPECT_EQ(item(dropped).state, State::failed);
    EXPECT_FALSE(store().write_now([&](store::Tx& tx) { return cancel(tx, greylisted, system_now()); }));
    auto const again = store().write_now([&](store::Tx& tx) { return retry(tx, greylisted, system_now()); });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::conflict);
    store().write_now([&](store::Tx& tx) { return retry(tx, refused, system_now()); }).value();
    EXPECT_TRUE(eventually([&] { return item(refused).state == State::failed && item(refused).attempts == 2; }));
    stop();
    std::lock_guard const lock(mutex);
    auto const statuses = [&](OutboxId id) {
        std::string all;
        for (auto const& outcome : outcomes)
            if (outcome.id == id)
                all += std::string(json::enum_name(outcome.result)) + ' ' + outcome.enhanced_status + ';';
        return all;
    };
    EXPECT_EQ(statuses(greylisted), "delayed 4.7.1;accepted 2.0.0;");
    EXPECT_EQ(statuses(refused), "failed 5.1.1;failed 5.7.0;") << "the address is suppressed meanwhile";
    EXPECT_EQ(statuses(dropped), "unknown 4.4.2;");
    expect_sound();
}

TEST_P(PostRoom, smtp_sinks_that_cut_after_the_end_of_data_leave_the_letter_unknown) {
    SmtpSinkProgram program({"-q", "."});
    start(options_to(program.port));
    auto const id = send("b@example.org");
    EXPECT_TRUE(becomes(id, State::unknown));
    stop();
    EXPECT_EQ(item(id).attempts, 1) << "not sent again by itself";
    expect_sound();
}

TEST_P(PostRoom, a_letter_that_cannot_be_delivered_in_time_expires) {
    SmtpSinkProgram program({"-r", "rcpt"});
    auto options = options_to(program.port);
    options.backoff = {std::chrono::milliseconds(50)};
    start(options);
    auto const id = send("b@example.org", system_now() + std::chrono::milliseconds(1500));
    EXPECT_TRUE(becomes(id, State::failed));
    stop();
    EXPECT_GE(item(id).attempts, 3);
    EXPECT_EQ(outcomes.back().enhanced_status, "4.4.7");
    expect_sound();
}

TEST_P(PostRoom, a_letter_does_not_leave_before_its_time_and_names_where_to_unsubscribe) {
    start_sink();
    Time const now = system_now();
    auto const [later, at_once] = store().write_now([&](store::Tx& tx) {
        Letter letter{"dlv_1", "notice", {"b@example.org"}, Locale::en, "test", {}};
        letter.not_before = now + std::chrono::milliseconds(700);
        letter.unsubscribe_url = "https://post.example.org/u/1";
        letter.stream = "promotional";
        auto const first = enqueue(tx, letter, now);
        return std::pair(first, enqueue(tx, {"dlv_1", "notice", {"c@example.org"}, Locale::en, "test", {}}, now));
    });
    start(options_to(sink->port()));
    EXPECT_TRUE(becomes(at_once, State::accepted));
    EXPECT_TRUE(becomes(later, State::accepted));
    EXPECT_GE(item(later).changed_at, now + std::chrono::milliseconds(700));
    stop();
    auto const kept = mails();
    ASSERT_EQ(kept.size(), 2u);
    auto const read = store().read_now([&](store::Reader& reader) { return *email::sink_mail(reader, kept[0].id); });
    EXPECT_EQ(std::ranges::count(read.headers, "<https://post.example.org/u/1>", &email::SinkHeader::value), 1);
    expect_sound();
}

TEST_P(PostRoom, an_unreachable_server_delays_all_letters_and_they_arrive_when_it_is_back) {
    auto const port = free_port();
    auto options = options_to(port);
    options.backoff = {std::chrono::milliseconds(200)};
    start(options);
    std::vector<OutboxId> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(send("b" + std::to_string(i) + "@example.org"));
    EXPECT_TRUE(eventually([&] { return item(ids[0]).last_reply.has_value(); }));
    EXPECT_TRUE(item(ids[0]).last_reply->starts_with("cannot connect"));
    Process program({"smtp-sink", "-u", "nobody", "127.0.0.1:" + std::to_string(port), "100"});
    for (auto const id : ids) EXPECT_TRUE(becomes(id, State::accepted));
    stop();
    expect_sound();
}

TEST_P(PostRoom, after_a_death_marked_letters_are_unknown_and_the_others_are_sent) {
    std::vector<OutboxId> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(send("b" + std::to_string(i) + "@example.org"));
    Time const now = system_now();
    auto const worker = store().write_now([&](store::Tx& tx) {
        auto const dead = start_worker(tx, "dead", now);
        EXPECT_EQ(claim(tx, dead, 10, now).size(), 4u);
        return dead;
    });
    {
        MarkBoard board(folder() / "marks", worker.value, 10);  // left behind when its owner dies
        board.mark(ids[1].value);
    }
    reopen();
    SmtpSinkProgram program;
    start(options_to(program.port));
    for (auto const i : {0u, 2u, 3u}) EXPECT_TRUE(becomes(ids[i], State::accepted));
    EXPECT_TRUE(becomes(ids[1], State::unknown));
    stop();
    EXPECT_TRUE(left_boards(folder() / "marks").empty());
    EXPECT_EQ(item(ids[0]).attempts, 2);
    EXPECT_EQ(outcomes.size(), 4u) << "the owner hears of the unknown one and of the three accepted";
    for (auto const& outcome : outcomes) EXPECT_EQ(outcome.recovered, outcome.id == ids[1]) << "only when it was found";
    expect_sound();
}

// A real death: kill -9 while letters are on their way. Each letter reached the sink once, or says that nobody knows.
TEST_P(PostRoom, killed_while_sending_no_letter_is_lost_and_none_is_sent_twice_unawares) {
    constexpr int letters = 600;
    std::map<std::string, OutboxId> ids;
    store().write_now([&](store::Tx& tx) {
        for (int i = 0; i < letters; ++i) {
            std::string const to = "r" + std::to_string(i) + "@d.example";
            ids[to] =
                enqueue(tx, {"dlv_1", "notice", {to}, Locale::en, "notice", {{"subject", "Hi"}, {"text", "Text"}}},
                        system_now());
        }
        return 0;
    });
    std::string const database_name = database();
    close();  // no thread may live when we fork
    auto const port = free_port();
    pid_t const child = ::fork();
    if (child == 0) {
        std::span<store::Migration const> const all[] = {people::sql::migrations, channels::sql::migrations,
                                                         post::sql::migrations};
        store::Options child_options = options();
        child_options.database = database_name;
        auto const child_store = store::Store::open(child_options, all);
        auto const room = Post::make(*child_store, options_to(port), system_now);
        asio::io_context child_context{1};
        asio::co_spawn(child_context, room->run(), [](std::exception_ptr) {});
        child_context.run();
        ::_exit(1);
    }
    std::span<store::Migration const> const sink_tables[] = {channels::sql::migrations};
    store::Options sink_store_options;
    sink_store_options.database = (folder() / "sink.db").string();
    sink_store_options.blobs = folder() / "sink-blobs";
    auto const sink_store = store::Store::open(sink_store_options, sink_tables);
    auto const received = [&] {
        return sink_store->read_now([](store::Reader& reader) { return email::sink_mails(reader, "", {}, 2000); });
    };
    email::SinkOptions sink_options;
    sink_options.port = port;
    asio::io_context sink_context{1};
    auto const server = email::Sink::make(*sink_store, sink_context.get_executor(), sink_options);
    asio::co_spawn(sink_context, server->run(), [](std::exception_ptr) {});
    std::thread sink_thread([&] { sink_context.run(); });
    EXPECT_TRUE(eventually([&] { return received().size() >= 60; }));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);

    start(options_to(port));
    EXPECT_TRUE(eventually([&] {
        auto const open = store().read_now([](store::Reader& reader) {
            return list_letters(reader, State::queued, {}, 1).size() +
                   list_letters(reader, State::attempting, {}, 1).size();
        });
        return open == 0;
    }));
    stop();
    std::map<std::string, int> arrived;
    for (auto const& mail : received()) ++arrived[mail.to];
    int unknown = 0;
    for (auto const& [to, id] : ids) {
        auto const state = item(id).state;
        unknown += state == State::unknown;
        if (state == State::accepted)
            EXPECT_EQ(arrived[to], 1) << to;
        else
            EXPECT_EQ(state, State::unknown) << to;
        EXPECT_LE(arrived[to], 1) << to << " twice";
    }
    EXPECT_LE(unknown, 4) << "only what was under way on a connection is unknown";
    RecordProperty("unknown", unknown);
    expect_sound();
    asio::post(sink_context, [&] { server->stop(); });
    sink_thread.join();
}

TEST_P(PostRoom, a_worker_that_is_silent_without_a_board_leaves_only_unknown_letters) {
    auto const id = send("b@example.org");
    Time const long_ago = system_now() - std::chrono::hours(1);
    store().write_now(
        [&](store::Tx& tx) { return claim(tx, start_worker(tx, "gone", long_ago), 10, system_now()).size(); });
    SmtpSinkProgram program;
    start(options_to(program.port));
    EXPECT_TRUE(becomes(id, State::unknown));
    store().write_now([&](store::Tx& tx) { return retry(tx, id, system_now()); }).value();
    EXPECT_TRUE(becomes(id, State::accepted));
    stop();
    expect_sound();
}

TEST_P(PostRoom, stopping_gives_back_what_was_not_begun) {
    SmtpSinkProgram program({"-W", "data:1"});
    auto options = options_to(program.port);
    options.connections_per_destination = 1;
    start(options);
    std::vector<OutboxId> ids;
    for (int i = 0; i < 10; ++i) ids.push_back(send("b" + std::to_string(i) + "@example.org"));
    EXPECT_TRUE(eventually([&] { return item(ids[9]).state == State::attempting; }));
    stop();
    EXPECT_EQ(item(ids[9]).state, State::queued);
    EXPECT_EQ(item(ids[9]).attempts, 0);
    expect_sound();
}

TEST_P(PostRoom, an_owner_that_fails_does_not_hold_up_the_others) {
    SmtpSinkProgram program;
    post = Post::make(store(), options_to(program.port), system_now);
    post->on_outcome("notice",
                     [](Outcome const&) -> Finish { return [](store::Tx&) { throw std::runtime_error("no"); }; });
    done = asio::co_spawn(context, post->run(), asio::use_future);
    auto const id = send("a@example.org");
    Letter const other{"x", "other", {"b@example.org"}, Locale::en, "test", {}};
    auto const fine = store().write_now([&](store::Tx& tx) { return enqueue(tx, other, system_now()); });
    thread = std::thread([this] { context.run(); });
    EXPECT_TRUE(becomes(fine, State::accepted));
    EXPECT_TRUE(becomes(id, State::accepted)) << "it was accepted, whatever its owner says";
    stop();
    expect_sound();
}

TEST_P(PostRoom, an_owner_that_cannot_read_at_the_moment_is_asked_until_it_can) {
    SmtpSinkProgram program;
    post = Post::make(store(), options_to(program.port), system_now);
    std::atomic<int> asked = 0;
    post->on_outcome("notice", [&asked](Outcome const& outcome) -> Finish {
        if (++asked <= 8) throw Unavailable("the database is away");
        return [id = outcome.id](store::Tx& tx) { tx.publish({.kind = "test.finished", .subject = to_text(id)}); };
    });
    done = asio::co_spawn(context, post->run(), asio::use_future);
    auto const id = send("a@example.org");
    thread = std::thread([this] { context.run(); });
    EXPECT_TRUE(becomes(id, State::accepted));
    EXPECT_EQ(asked, 9);
    auto const told =
        store().read_now([](store::Reader& reader) { return store::Store::events_after(reader, 0, 100); });
    EXPECT_EQ(std::ranges::count(told, "test.finished", &store::Event::kind), 1) << "what the owner had to add is lost";
    stop();
    expect_sound();
}

TEST_P(PostRoom, forgetting_an_owner_wipes_and_cancels_its_letters) {
    auto const id = send("b@example.org");
    store().write_now([&](store::Tx& tx) { return forget(tx, "dlv_1", system_now()), 0; });
    EXPECT_EQ(item(id).state, State::cancelled);
    EXPECT_FALSE(store().write_now([&](store::Tx& tx) { return retry(tx, id, system_now()); }));
    expect_sound();
}

TEST_P(PostRoom, a_letter_that_is_forgotten_while_it_is_being_sent_does_not_come_back) {
    auto const delayed = send("b@example.org"), given_back = send("c@example.org");
    WorkerId worker;
    store().write_now([&](store::Tx& tx) {
        worker = start_worker(tx, "test", system_now());
        EXPECT_EQ(claim(tx, worker, 10, system_now()).size(), 2u);
        forget(tx, "dlv_1", system_now());
        return 0;
    });
    store().write_now([&](store::Tx& tx) {
        Ended ended{worker,
                    1,
                    {delayed, "dlv_1", "notice", Result::delayed, "mx", "451 later", "4.7.1", system_now()},
                    system_now()};
        record(tx, ended, true);
        ended.outcome.id = given_back;
        ended.given_back = true;
        record(tx, ended, false);
        return 0;
    });
    EXPECT_EQ(item(delayed).state, State::cancelled);
    EXPECT_EQ(item(given_back).state, State::cancelled);
    auto const other = store().write_now([&](store::Tx& tx) {
        return enqueue(
            tx, {"dlv_2", "notice", {"d@example.org"}, Locale::en, "notice", {{"subject", "Hi"}, {"text", "Text"}}},
            system_now());
    });
    auto const claimed = store().write_now([&](store::Tx& tx) { return claim(tx, worker, 10, system_now()); });
    ASSERT_EQ(claimed.size(), 1u) << "the others still leave";
    EXPECT_EQ(claimed[0].id, other);
}

TEST_P(PostRoom, swaks_is_answered_by_the_sink) {
    start_sink();
    thread = std::thread([this] { context.run(); });
    auto const server = "127.0.0.1:" + std::to_string(sink->port());
    auto const fine =
        rapport::testing::run_program({"swaks", "--server", server, "--from", "a@example.org", "--to", "b@example.org",
                                       "--header", "Subject: from swaks", "--body", "..\n.\nhttps://x.example/p/1\n"});
    EXPECT_EQ(fine.code, 0) << fine.output;
    auto const refused = rapport::testing::run_program(
        {"swaks", "--server", server, "--from", "a@example.org", "--to", "bounce@example.org"});
    EXPECT_NE(refused.code, 0);
    EXPECT_NE(refused.output.find("550 5.1.1"), std::string::npos) << refused.output;
    auto const pipelined =
        rapport::testing::run_program({"swaks", "--pipeline", "--server", server, "--from", "a@example.org", "--to",
                                       "c@example.org,d@example.org", "--attach", "some text"});
    EXPECT_EQ(pipelined.code, 0) << pipelined.output;
    auto const kept = mails();
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[0].to, "c@example.org d@example.org");
    EXPECT_EQ(kept[1].subject, "from swaks");
    auto const read = store().read_now([&](store::Reader& reader) { return *email::sink_mail(reader, kept[1].id); });
    EXPECT_NE(read.text.find("https://x.example/p/1"), std::string::npos);
    EXPECT_TRUE(read.text.starts_with("..")) << "dots are as they were";
    asio::post(context, [this] { sink->stop(); });
    thread.join();
}

}  // namespace
}  // namespace rapport::post
