// Webhooks against a receiver on this machine: nothing lost, nothing out of order, signed, tried again, replayed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>

#include "net/client.hpp"
#include "net/test_server.hpp"
#include "people/sql.hpp"
#include "store/keyring.hpp"
#include "testing/store_fixture.hpp"
#include "webhooks/sql.hpp"
#include "webhooks/webhooks.hpp"

namespace rapport::webhooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

// Answers what it is told to, 200 when it was told nothing; remembers what came.
class Receiver {
  public:
    struct Got {
        std::string id, signature, body;
        std::int64_t seconds = 0;
    };
    Receiver() : server_(routes()) {}
    std::string url() const { return server_.url("/hook"); }
    void answer_next(int status, std::string retry_after = {}) {
        std::scoped_lock const lock(mutex_);
        answers_.push_back({status, std::move(retry_after)});
    }
    std::vector<Got> got() {
        std::scoped_lock const lock(mutex_);
        return got_;
    }
    std::vector<Got> wait_for(std::size_t n) {
        for (int i = 0; i < 1'000 && got().size() < n; ++i) std::this_thread::sleep_for(10ms);
        return got();
    }

  private:
    net::Routes routes() {
        return {net::post<"/hook">(net::anyone, "Hook",
                                   [this](net::Request& request) -> Task<net::Response> {
                                       std::scoped_lock const lock(mutex_);
                                       got_.push_back({std::string(request.header("webhook-id")),
                                                       std::string(request.header("webhook-signature")),
                                                       std::string(request.body()),
                                                       std::stol(std::string(request.header("webhook-timestamp")))});
                                       auto response = net::text("noted");
                                       if (answers_.empty()) co_return response;
                                       response.status = answers_.front().status;
                                       if (!answers_.front().retry_after.empty())
                                           response.headers.add("Retry-After", answers_.front().retry_after);
                                       answers_.pop_front();
                                       co_return response;
                                   },
                                   {.kind = net::Kind::upload})};
    }
    struct Told {
        int status;
        std::string retry_after;
    };
    std::mutex mutex_;
    std::deque<Told> answers_;
    std::vector<Got> got_;
    net::TestServer server_;
};

class WebhooksTest : public test::StoreTest {
  protected:
    WebhooksTest()
        : StoreTest({people::sql::migrations, sql::migrations}), keyring_(store::Keyring::open(folder() / "keyring")) {
        settings.private_hosts = {"127.0.0.1"};
        settings.jitter = 0;
    }
    ~WebhooksTest() override {
        stop();
        close();
    }
    void start() {
        net::HttpClientOptions options;
        options.allowed_private = {"127.0.0.1"};
        http_ = std::make_unique<net::HttpClient>(options);
        webhooks_ = std::make_unique<Webhooks>(store(), keyring_, *http_, settings, [this] { return now(); });
        threads_ = std::make_unique<net::Threads>();
        jobs_ = std::make_unique<net::TaskGroup>(threads_->first());
        jobs_->spawn("webhooks", [this](net::Stop stop) { return webhooks_->run(*jobs_, stop); });
    }
    void stop() {
        if (!jobs_) return;
        jobs_->join(5s);
        http_.reset();
        close();
        threads_.reset();
        jobs_.reset();
        webhooks_.reset();
    }
    people::Act act() { return {Actor{ActorKind::agent, 3, "Eve"}, now(), "127.0.0.1", "req"}; }
    Endpoint endpoint(std::string const& url, std::vector<Text<1, 100>> events = {{"*"}}) {
        auto made = try_endpoint(url, std::move(events));
        if (!made) throw std::runtime_error(made.error().text);
        secret_ = made->secret;
        return made->endpoint;
    }
    Expected<Made> try_endpoint(std::string const& url, std::vector<Text<1, 100>> events = {{"*"}}) {
        return store().write_now([&](store::Tx& tx) {
            return create_endpoint(tx, act(), keyring_, settings, {Text<1, 500>{url}, std::nullopt, std::move(events)});
        });
    }
    void happen(std::string kind, std::string subject, json::Object data = {}) {
        store().write_now([&](store::Tx& tx) {
            tx.publish({.at = now(), .kind = std::move(kind), .subject = std::move(subject), .data = std::move(data)});
        });
    }
    std::vector<MessageState> states(EndpointId id) {
        std::vector<MessageState> all;
        for (auto const& m : store().read_now([&](store::Reader& r) { return list_messages(r, id, {}, {}, 100); }))
            all.push_back(m.state);
        return all;
    }
    bool eventually(std::function<bool()> const& what) {
        for (int i = 0; i < 1'000; ++i) {
            if (what()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }
    static std::string type_of(Receiver::Got const& got) {
        auto const body = json::parse(got.body).value();
        return std::string(body.at("type").as_string()) + " " + std::string(body.at("data").at("subject").as_string());
    }

    Settings settings;
    Receiver receiver;
    std::string secret_;
    store::Keyring keyring_;
    std::unique_ptr<net::HttpClient> http_;
    std::unique_ptr<Webhooks> webhooks_;
    std::unique_ptr<net::Threads> threads_;
    std::unique_ptr<net::TaskGroup> jobs_;
};
RAPPORT_ON_BOTH_ENGINES(WebhooksTest);

TEST_P(WebhooksTest, what_happens_is_told_signed_and_in_order) {
    happen("delivery.submitted", "dlv_before");
    auto const hook = endpoint(receiver.url(), {{"delivery.*"}});
    start();
    happen("delivery.submitted", "dlv_1", {{"state", "submitted"}});
    happen("agent.changed", "agt_1");
    happen("customer.created", "cus_1");
    happen("delivery.notified", "dlv_1");
    auto const got = receiver.wait_for(2);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(type_of(got[0]), "delivery.submitted dlv_1") << "what happened before it was there is not told";
    EXPECT_EQ(type_of(got[1]), "delivery.notified dlv_1");
    auto const key = from_base64(std::string_view(secret_).substr(6));
    ASSERT_TRUE(secret_.starts_with("whsec_") && key && key->size() == 32);
    auto const mac = hmac_sha256(*key, got[0].id + "." + std::to_string(got[0].seconds) + "." + got[0].body);
    EXPECT_EQ(got[0].signature, "v1," + to_base64(mac.view()));
    ASSERT_TRUE(eventually([&] { return states(hook.id) == std::vector(2, MessageState::delivered); }));
}

TEST_P(WebhooksTest, a_failure_holds_back_what_follows_about_the_same_subject_only_and_is_tried_again) {
    receiver.answer_next(500);
    auto const hook = endpoint(receiver.url());
    start();
    happen("delivery.submitted", "dlv_1");
    ASSERT_EQ(receiver.wait_for(1).size(), 1U);
    happen("delivery.notified", "dlv_1");
    happen("delivery.submitted", "dlv_2");
    ASSERT_EQ(receiver.wait_for(2).size(), 2U);
    ASSERT_TRUE(eventually([&] {
        return states(hook.id) == std::vector{MessageState::delivered, MessageState::queued, MessageState::queued};
    }));
    EXPECT_EQ(receiver.got().size(), 2U);
    advance(6s);
    webhooks_->look();
    auto const got = receiver.wait_for(4);
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(type_of(got[1]), "delivery.submitted dlv_2");
    EXPECT_EQ(type_of(got[2]), "delivery.submitted dlv_1");
    EXPECT_EQ(type_of(got[3]), "delivery.notified dlv_1");
    EXPECT_EQ(got[2].id, got[0].id) << "the receiver tells repetitions by the id";
    EXPECT_NE(got[3].id, got[0].id);
}

TEST_P(WebhooksTest, a_receiver_is_given_the_time_that_it_asks_for) {
    receiver.answer_next(503, "120");
    auto const hook = endpoint(receiver.url());
    start();
    happen("delivery.submitted", "dlv_1");
    ASSERT_EQ(receiver.wait_for(1).size(), 1U);
    ASSERT_TRUE(eventually([&] { return states(hook.id) == std::vector{MessageState::queued}; }));
    auto const waits = store().read_now([&](store::Reader& r) { return list_messages(r, hook.id, {}, {}, 1); });
    EXPECT_GE(*waits.front().next_at, now() + 120s);
}

TEST_P(WebhooksTest, what_fails_for_good_is_said_and_can_be_replayed) {
    settings.schedule = {1s};
    receiver.answer_next(500);
    receiver.answer_next(500);
    auto const hook = endpoint(receiver.url());
    start();
    happen("delivery.submitted", "dlv_1");
    receiver.wait_for(1);
    ASSERT_TRUE(eventually([&] { return states(hook.id) == std::vector{MessageState::queued}; }));
    advance(2s);
    webhooks_->look();
    ASSERT_TRUE(eventually([&] { return states(hook.id) == std::vector{MessageState::failed}; }));
    advance(10s);
    auto const n = store().write_now([&](store::Tx& tx) { return replay_failed(tx, act(), hook.id, now() - 1h); });
    EXPECT_EQ(n, 1);
    webhooks_->look();
    ASSERT_TRUE(eventually([&] { return states(hook.id) == std::vector{MessageState::delivered}; }));
    auto const message =
        store().read_now([&](store::Reader& r) { return list_messages(r, hook.id, {}, {}, 1); }).front();
    auto const attempts = store().read_now([&](store::Reader& r) { return attempts_of(r, message.id); });
    ASSERT_EQ(attempts.size(), 3U);
    EXPECT_EQ(attempts[0].error, "it answered 500");
    EXPECT_EQ(attempts[2].status, 200);
    EXPECT_EQ(attempts[2].answer, "noted");
}

TEST_P(WebhooksTest, what_was_missed_in_a_pause_is_told_afterwards_or_skipped) {
    auto const hook = endpoint(receiver.url());
    auto const set = [&](EndpointState state, bool skip) {
        EndpointChange change;
        change.state = state;
        change.skip_missed = skip;
        return store().write_now([&](store::Tx& tx) { return change_endpoint(tx, act(), settings, hook.id, change); });
    };
    ASSERT_TRUE(set(EndpointState::paused, false));
    start();
    happen("delivery.submitted", "dlv_1");
    std::this_thread::sleep_for(100ms);
    EXPECT_TRUE(receiver.got().empty());
    ASSERT_TRUE(set(EndpointState::active, false));
    webhooks_->look();
    EXPECT_EQ(receiver.wait_for(1).size(), 1U);
    ASSERT_TRUE(set(EndpointState::paused, false));
    happen("delivery.submitted", "dlv_2");
    ASSERT_TRUE(set(EndpointState::active, true));
    happen("delivery.submitted", "dlv_3");
    webhooks_->look();
    ASSERT_EQ(receiver.wait_for(2).size(), 2U);
    EXPECT_EQ(type_of(receiver.got()[1]), "delivery.submitted dlv_3");
}

TEST_P(WebhooksTest, an_endpoint_that_is_gone_is_disabled) {
    receiver.answer_next(410);
    auto const hook = endpoint(receiver.url());
    start();
    happen("delivery.submitted", "dlv_1");
    EXPECT_TRUE(eventually([&] {
        return store().read_now([&](store::Reader& r) { return find_endpoint(r, hook.id)->state; }) ==
               EndpointState::disabled;
    }));
    EXPECT_THAT(states(hook.id), ElementsAre(MessageState::failed));
}

TEST_P(WebhooksTest, an_attempt_of_a_dead_program_is_made_again_when_its_lease_ends) {
    auto const hook = endpoint(receiver.url());
    happen("delivery.submitted", "dlv_1");
    store().write_now([&](store::Tx& tx) {
        fill(tx, hook, plan_filling(hook, store::Store::events_after(tx, hook.position, 10)), now());
        EXPECT_EQ(claim(tx, settings, hook.id, 8, now()).size(), 1U);
        EXPECT_EQ(claim(tx, settings, hook.id, 8, now()).size(), 0U);
        EXPECT_FALSE(fill(tx, hook, plan_filling(hook, store::Store::events_after(tx, hook.position, 10)), now()))
            << "its position has moved: nothing is queued twice";
        return true;
    });
    advance(5min);
    start();
    EXPECT_EQ(receiver.wait_for(1).size(), 1U);
    ASSERT_TRUE(eventually([&] { return states(hook.id) == std::vector{MessageState::delivered}; }));
}

TEST_P(WebhooksTest, both_secrets_sign_while_the_receiver_changes_over) {
    auto const hook = endpoint(receiver.url());
    ASSERT_TRUE(
        store().write_now([&](store::Tx& tx) { return rotate_secret(tx, act(), keyring_, settings, hook.id); }));
    start();
    happen("delivery.submitted", "dlv_1");
    EXPECT_THAT(receiver.wait_for(1).at(0).signature, HasSubstr(" v1,"));
    advance(settings.old_secret_life + 1s);
    happen("delivery.submitted", "dlv_2");
    EXPECT_THAT(receiver.wait_for(2).at(1).signature, testing::Not(HasSubstr(" ")));
}

TEST_P(WebhooksTest, an_address_that_we_would_not_call_is_refused) {
    for (auto url : {"http://example.org/", "ftp://example.org/", "https://", "https://user:pass@example.org/",
                     "https://a b/", "https://example.org/#f", "/relative"}) {
        auto const made = try_endpoint(url);
        ASSERT_FALSE(made) << url;
        EXPECT_EQ(made.error().fields.at(0).pointer, "/url");
    }
    EXPECT_TRUE(try_endpoint("https://example.org/hook?tenant=7"));
    for (auto pattern : {"agent.changed", "deliver", "del*.x", "*.submitted", "delivery.**", "delivery"})
        EXPECT_FALSE(try_endpoint("https://example.org/", {{pattern}})) << pattern;
    EXPECT_FALSE(try_endpoint("https://example.org/", {}));
}

TEST(WebhookEvents, only_what_the_catalogue_names_goes_out) {
    EXPECT_TRUE(wants("*", "delivery.accepted"));
    EXPECT_TRUE(wants("notice.answered delivery.*", "delivery.accepted"));
    EXPECT_FALSE(wants("delivery.accept", "delivery.accepted"));
    EXPECT_FALSE(wants("*", "agent.changed"));
    EXPECT_FALSE(wants("*", "session.ended"));
    EXPECT_FALSE(wants("*", "webhook.failed")) << "or failures would tell of failures";
}

}  // namespace
}  // namespace rapport::webhooks
