// The event stream: what a viewer sees, and that it ends when their rights change.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include "app/feed.hpp"
#include "people/people.hpp"
#include "people/sql.hpp"
#include "testing/store_fixture.hpp"
#include "webhooks/webhooks.hpp"

namespace rapport::app {
namespace {

class Listener final : public net::EventStream {
  public:
    std::string last_event_id() const override { return after; }
    Task<bool> open() override { co_return true; }
    Task<bool> send(net::StreamEvent event) override {
        sent.push_back(event.data);
        named.push_back(event.name);
        ids.push_back(event.id);
        co_return true;
    }
    bool is_open() const override { return true; }

    std::string after;
    std::vector<std::string> sent, named, ids;
};

class Stream : public test::StoreTest {
  protected:
    Stream() : StoreTest({people::sql::migrations}) {}
    ~Stream() override { close(); }

    void publish(std::string kind, std::string subject) {
        store().write_now(
            [&](store::Tx& tx) { return tx.publish({.at = now(), .kind = kind, .subject = subject}), 0; });
    }
    // Runs until it holds; the limit only ends a broken test.
    template <class F>
    bool eventually(F holds) {
        for (int i = 0; i < 4000 && !holds(); ++i) {
            context.restart();
            context.run_for(std::chrono::milliseconds(5));
        }
        return holds();
    }

    asio::io_context context;
};
RAPPORT_ON_BOTH_ENGINES(Stream);

TEST_P(Stream, shows_what_the_viewer_may_see_and_ends_when_the_key_is_revoked) {
    Feed feed(store());
    auto const all = routes(feed);
    auto const key = to_text(people::ApiKeyId{7});
    publish("api_key.revoked", key);  // of the past: known when the viewer was let in
    Listener listener;
    listener.after = "0";
    net::Request request({.method = net::Method::get, .target = "/v1/events", .now = now()});
    request.set_viewer({Actor{ActorKind::api_key, 7, "shop"}, {}, {"events.read", "customers.read"}});
    request.stream = &listener;
    net::Stop stop;
    bool ended = false, stopped = false;
    asio::co_spawn(context, feed.run(stop), [&](std::exception_ptr) { stopped = true; });
    asio::co_spawn(context, all.rows().front().run(request), [&](std::exception_ptr, net::Response) { ended = true; });
    publish("delivery.submitted", "dlv_1");
    publish("customer.created", "cus_1");
    EXPECT_TRUE(eventually([&] { return listener.sent.size() == 1; }));
    EXPECT_NE(listener.sent.at(0).find("cus_1"), std::string::npos) << "deliveries are not for this key";
    EXPECT_FALSE(ended);
    publish("api_key.revoked", to_text(people::ApiKeyId{8}));
    publish("customer.created", "cus_2");
    EXPECT_TRUE(eventually([&] { return listener.sent.size() == 2; }));
    EXPECT_FALSE(ended) << "another's key";
    publish("api_key.revoked", key);
    publish("customer.created", "cus_3");
    EXPECT_TRUE(eventually([&] { return ended; }));
    EXPECT_EQ(listener.sent.size(), 2u);
    stop.request();
    EXPECT_TRUE(eventually([&] { return stopped; }));
}

// Whatever may go out by webhooks tells of customers, and is for those who may see that in the console.
TEST_P(Stream, shows_nothing_of_customers_to_whom_may_only_read_events) {
    Feed feed(store());
    auto const all = routes(feed);
    Listener listener;
    listener.after = "0";
    net::Request request({.method = net::Method::get, .target = "/v1/events", .now = now()});
    request.set_viewer({Actor{ActorKind::api_key, 7, "monitor"}, {}, {"events.read"}});
    request.stream = &listener;
    net::Stop stop;
    bool stopped = false;
    asio::co_spawn(context, feed.run(stop), [&](std::exception_ptr) { stopped = true; });
    asio::co_spawn(context, all.rows().front().run(request), [](std::exception_ptr, net::Response) {});
    for (auto const& row : webhooks::event_catalogue()) publish(std::string(row.kind) + "made", "x");
    for (auto const* kind : {"schedule.run", "digest.sent", "throttle.changed", "team.created", "session.ended"})
        publish(kind, "x");
    publish("log.checkpointed", "everybody's");
    EXPECT_TRUE(eventually([&] { return !listener.sent.empty(); }));
    ASSERT_EQ(listener.sent.size(), 1u) << listener.sent.front();
    EXPECT_NE(listener.sent.front().find("log.checkpointed"), std::string::npos);
    stop.request();
    EXPECT_TRUE(eventually([&] { return stopped; }));
}

TEST_P(Stream, leaves_nothing_out_when_what_reads_the_journal_is_started_again) {
    Feed feed(store());
    auto const all = routes(feed);
    Listener listener;
    listener.after = "0";
    net::Request request({.method = net::Method::get, .target = "/v1/events", .now = now()});
    request.set_viewer({Actor{ActorKind::api_key, 7, "monitor"}, {}, {"events.read"}});
    request.stream = &listener;
    net::Stop first, second;
    int stopped = 0;
    asio::co_spawn(context, feed.run(first), [&](std::exception_ptr) { ++stopped; });
    asio::co_spawn(context, all.rows().front().run(request), [](std::exception_ptr, net::Response) {});
    publish("log.checkpointed", "before");
    EXPECT_TRUE(eventually([&] { return listener.sent.size() == 1; }));
    first.request();
    EXPECT_TRUE(eventually([&] { return stopped == 1; }));
    publish("log.checkpointed", "meanwhile");
    asio::co_spawn(context, feed.run(second), [&](std::exception_ptr) { ++stopped; });
    publish("log.checkpointed", "afterwards");
    EXPECT_TRUE(eventually([&] { return listener.sent.size() == 3; }));
    EXPECT_EQ(listener.ids, std::vector<std::string>({"1", "2", "3"}));
    second.request();
    EXPECT_TRUE(eventually([&] { return stopped == 2; }));
}

// Who looks where is told to whoever may read conversations; one's own marks to oneself; neither has a number.
TEST_P(Stream, passes_on_what_no_journal_has_to_whom_it_concerns) {
    Feed feed(store());
    auto const all = routes(feed);
    struct Viewer {
        Listener listener;
        net::Request request{{.method = net::Method::get, .target = "/v1/events", .now = {}}};
    } ann, bob, key, monitor;
    net::Stop stop;
    bool stopped = false;
    asio::co_spawn(context, feed.run(stop), [&](std::exception_ptr) { stopped = true; });
    auto const let_in = [&](Viewer& viewer, Actor const& actor, std::vector<std::string> permissions) {
        viewer.request.set_viewer({actor, {}, std::move(permissions)});
        viewer.request.stream = &viewer.listener;
        viewer.listener.after = "0";
        asio::co_spawn(context, all.rows().front().run(viewer.request), [](std::exception_ptr, net::Response) {});
    };
    let_in(ann, {ActorKind::agent, 7, "Ann"}, {"events.read", "conversations.read"});
    let_in(bob, {ActorKind::agent, 8, "Bob"}, {"events.read", "conversations.read"});
    let_in(key, {ActorKind::api_key, 7, "shop"}, {"events.read", "conversations.read"});
    let_in(monitor, {ActorKind::agent, 9, "Eve"}, {"events.read"});
    publish("log.checkpointed", "first");  // everybody's: who has it listens
    EXPECT_TRUE(eventually([&] {
        return ann.listener.sent.size() + bob.listener.sent.size() + key.listener.sent.size() +
                   monitor.listener.sent.size() ==
               4;
    }));
    store::Event looking{.kind = "looking.changed", .subject = "cnv_1"};
    feed.pass(looking, std::nullopt);
    store::Event seen{.kind = "seen.changed", .subject = "cnv_2"};
    feed.pass(seen, people::AgentId{7});
    EXPECT_TRUE(eventually([&] {
        return ann.listener.sent.size() == 3 && bob.listener.sent.size() == 2 && key.listener.sent.size() == 2;
    }));
    EXPECT_NE(ann.listener.sent.at(2).find("cnv_2"), std::string::npos);
    EXPECT_NE(bob.listener.sent.at(1).find("cnv_1"), std::string::npos);
    publish("log.checkpointed", "last");
    EXPECT_TRUE(eventually([&] { return monitor.listener.sent.size() == 2; }));
    EXPECT_NE(monitor.listener.sent.at(1).find("last"), std::string::npos);
    EXPECT_EQ(bob.listener.named, std::vector<std::string>({"", "passing", ""}));
    EXPECT_EQ(bob.listener.ids.at(1), "");
    stop.request();
    EXPECT_TRUE(eventually([&] { return stopped; }));
}

}  // namespace
}  // namespace rapport::app
