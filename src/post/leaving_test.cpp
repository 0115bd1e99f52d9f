// How letters leave, on both engines: one site does not hold up another, complaints slow a site down, the next smart
// host takes over, warm-up, lines that expire, dead letters, signing keys.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <thread>

#include "channels/sql.hpp"
#include "people/sql.hpp"
#include "post/dead_letters.hpp"
#include "post/domain_check.hpp"
#include "post/outbox.hpp"
#include "post/rules.hpp"
#include "post/signing.hpp"
#include "post/sql.hpp"
#include "testing/smtp_sink.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;
using rapport::testing::free_port;
using rapport::testing::SmtpSinkProgram;
using namespace std::chrono_literals;

// Listens, and never says a word: connections are taken by the kernel.
class SilentServer {
  public:
    SilentServer(char const* address, std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        ::inet_pton(AF_INET, address, &at.sin_addr);
        int const yes = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        good = ::bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && ::listen(socket_, 512) == 0;
    }
    ~SilentServer() { ::close(socket_); }
    bool good = false;

  private:
    int socket_;
};

class Leaving : public test::StoreTest {
  protected:
    Leaving() : StoreTest({people::sql::migrations, channels::sql::migrations, post::sql::migrations}) {}
    ~Leaving() override { stop(); }

    Options options() {
        Options options;
        options.transport.tls = email::TlsPolicy::off;
        options.from = {email::HeaderText("Comune"), {"post@example.org"}};
        options.marks = folder() / "marks";
        options.connections_per_destination = 4;
        options.backoff = {100ms};
        options.slow_down = 1s;
        return options;
    }
    Options by_mx(std::uint16_t port, std::vector<std::string> names) {
        auto made = options();
        made.transport.mx_port = port;
        made.transport.dns_server = "127.0.0.1";  // nobody there: whatever is not in dns_data fails
        made.transport.deadlines.resolve = 2000ms;
        made.transport.dns_data = std::move(names);
        return made;
    }
    void start(Options with) {
        post = Post::make(store(), std::move(with), system_now);
        done = asio::co_spawn(context, post->run(), asio::use_future);
        thread = std::thread([this] { context.run(); });
    }
    void stop() {
        if (!thread.joinable()) return;
        post->stop(500ms);
        done.get();
        thread.join();
        context.restart();
    }
    std::vector<OutboxId> send(std::string const& domain, int letters,
                               Letter like = {"dlv_1", "notice", {}, Locale::en, "test", {}}) {
        return store().write_now([&](store::Tx& tx) {
            std::vector<OutboxId> ids;
            for (int i = 0; i < letters; ++i) {
                like.to = {"r" + std::to_string(i) + "@" + domain};
                ids.push_back(enqueue(tx, like, system_now()));
            }
            return ids;
        });
    }
    OutboxItem item(OutboxId id) {
        return *store().read_now([&](store::Reader& reader) { return find_letter(reader, id); });
    }
    template <class F>
    bool eventually(F holds) {
        auto const end = std::chrono::steady_clock::now() + 30s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(5ms);
        }
        return true;
    }
    bool all_are(std::vector<OutboxId> const& ids, State state) {
        return std::ranges::all_of(ids, [&](OutboxId id) { return item(id).state == state; });
    }
    void expect_sound() {
        auto const findings =
            store().read_now([](store::Reader& reader) { return check_outbox(reader, system_now()); });
        for (auto const& finding : findings) ADD_FAILURE() << finding.subject << ": " << finding.text;
    }

    asio::io_context context{1};
    std::unique_ptr<Post> post;
    std::future<void> done;
    std::thread thread;
};
RAPPORT_ON_BOTH_ENGINES(Leaving);

TEST_P(Leaving, a_site_that_stalls_does_not_slow_the_others) {
    SmtpSinkProgram sink;
    SilentServer const silent("127.0.0.2", sink.port);
    ASSERT_TRUE(silent.good);
    auto with =
        by_mx(sink.port, {"good.example. IN MX 1 mx.good.example.", "mx.good.example. IN A 127.0.0.1",
                          "stalled.example. IN MX 1 mx.stalled.example.", "mx.stalled.example. IN A 127.0.0.2"});
    with.in_flight = 200;
    with.batch = 50;
    auto const stalled = send("stalled.example", 1000);  // due before the others
    auto const good = send("good.example", 200);
    start(with);
    EXPECT_TRUE(eventually([&] { return post->counters().accepted == 200; }));
    EXPECT_TRUE(all_are(good, State::accepted));
    EXPECT_EQ(item(stalled.back()).state, State::queued);
    EXPECT_TRUE(eventually([&] {
        for (auto const& site : post->sites())
            if (site.site == "mx.stalled.example") return site.connections <= 2 && site.waiting <= 100;
        return false;
    })) << "a site that says nothing gets next to nothing";
    stop();
    EXPECT_TRUE(all_are(stalled, State::queued)) << "nothing of it was handed over";
    expect_sound();
}

TEST_P(Leaving, an_unknown_domain_and_a_look_up_that_fails_concern_their_letters_only) {
    SmtpSinkProgram sink;
    start(by_mx(sink.port, {"good.example. IN MX 1 mx.good.example.", "mx.good.example. IN A 127.0.0.1",
                            "null.example. IN MX 0 ."}));
    auto const nobody = send("away.example", 3), null = send("null.example", 3), good = send("good.example", 3);
    EXPECT_TRUE(eventually([&] { return all_are(good, State::accepted) && all_are(null, State::failed); }));
    EXPECT_TRUE(eventually([&] { return item(nobody[0]).last_reply.has_value(); }));
    EXPECT_TRUE(item(nobody[0]).last_reply->starts_with("the domain's mail hosts could not be looked up"));
    stop();
    expect_sound();
}

TEST_P(Leaving, a_server_that_complains_is_left_alone_for_a_while_and_then_gets_the_rest) {
    // smtp-sink refuses every recipient softly, with a text that we choose.
    SmtpSinkProgram strict({"-r", "rcpt", "-b", "421 4.7.0 too many connections from your host"});
    auto with = options();
    with.transport.smart_host = email::SmartHost{"127.0.0.1", strict.port};
    start(with);
    auto const ids = send("example.org", 20);
    std::vector<SiteView> seen;
    EXPECT_TRUE(eventually([&] {
        seen = post->sites();
        return !seen.empty() && seen[0].speed_percent < 100;
    }));
    ASSERT_FALSE(seen.empty());
    EXPECT_TRUE(seen[0].reason && seen[0].reason->starts_with("too many connections")) << seen[0].reason.value_or("");
    EXPECT_LE(seen[0].most_connections, 2);
    stop();
    std::int64_t attempts = 0;
    for (auto const id : ids) attempts += item(id).attempts;
    EXPECT_LT(attempts, 20) << "after the complaint the others were not tried";
    expect_sound();
}

TEST_P(Leaving, the_next_smart_host_takes_over_in_the_same_attempt) {
    SmtpSinkProgram second;
    auto with = options();
    with.transport.smart_host = email::SmartHost{"127.0.0.1", free_port()};
    with.transport.fallbacks = {{"127.0.0.1", second.port}};
    start(with);
    auto const ids = send("example.org", 30);
    EXPECT_TRUE(eventually([&] { return all_are(ids, State::accepted); }));
    for (auto const id : ids) EXPECT_EQ(item(id).attempts, 1);
    EXPECT_TRUE(eventually([&] { return !post->sources().empty() && post->sources()[0].away_until.has_value(); }));
    stop();
    expect_sound();
}

TEST_P(Leaving, a_source_being_warmed_up_takes_its_share_and_the_rest_waits_for_tomorrow_but_codes_do_not) {
    SmtpSinkProgram sink;
    auto with = options();
    with.transport.smart_host = email::SmartHost{"127.0.0.1", sink.port};
    auto const source = "127.0.0.1:" + std::to_string(sink.port);
    store()
        .write_now([&](store::Tx& tx) { return set_warm_up(tx, {source, "example.org", system_now(), {5, 50}}); })
        .value();
    start(with);
    auto const ids = send("example.org", 12);
    EXPECT_TRUE(eventually([&] { return post->counters().accepted == 5; }));
    Letter code{"dlv_1", "code", {}, Locale::en, "test", {}};
    code.priority = Priority::urgent;
    auto const codes = send("example.net", 2, code);
    EXPECT_TRUE(eventually([&] { return all_are(codes, State::accepted); }));
    stop();
    int waiting = 0;
    for (auto const id : ids) {
        auto const now_is = item(id);
        waiting += now_is.state == State::queued;
        if (now_is.state == State::queued) EXPECT_GT(*now_is.next_at, system_now());
    }
    EXPECT_EQ(waiting, 7);
    start(with);  // what was sent today is known after a restart, too
    auto const more = send("example.org", 3);
    EXPECT_TRUE(eventually([&] {
        return std::ranges::all_of(
            more, [&](auto id) { return item(id).state == State::queued && *item(id).next_at > system_now() + 1s; });
    }));
    stop();
    expect_sound();
}

TEST_P(Leaving, letters_expire_in_the_line_of_a_site_that_stalls) {
    auto const port = free_port();
    SilentServer const silent("127.0.0.1", port);
    ASSERT_TRUE(silent.good);
    auto with = options();
    with.transport.smart_host = email::SmartHost{"127.0.0.1", port};
    start(with);
    Letter brief{"dlv_1", "notice", {}, Locale::en, "test", {}};
    brief.expires_at = system_now() + 1500ms;
    auto const ids = send("example.org", 20, brief);
    EXPECT_TRUE(eventually([&] {
        int failed = 0;
        for (auto const id : ids) failed += item(id).state == State::failed;
        return failed >= 16;  // all but those that are being tried
    }));
    auto const dead = store().read_now([](store::Reader& reader) { return dead_letters(reader, {}, {}, 100); });
    ASSERT_GE(dead.size(), 16u);
    EXPECT_EQ(dead[0].reason, DeadReason::expired);
    stop();
    expect_sound();
}

TEST_P(Leaving, dead_letters_are_found_by_reason_and_domain_and_sent_again) {
    SmtpSinkProgram refusing({"-f", "rcpt"});
    auto with = options();
    with.transport.smart_host = email::SmartHost{"127.0.0.1", refusing.port};
    start(with);
    auto const first = send("a.example", 3), second = send("b.example", 2);
    EXPECT_TRUE(eventually([&] { return all_are(first, State::failed) && all_are(second, State::failed); }));
    stop();
    auto const found = [&](DeadFilter const& filter) {
        return store().read_now([&](store::Reader& reader) { return dead_letters(reader, filter, {}, 100); });
    };
    EXPECT_EQ(found({}).size(), 5u);
    EXPECT_EQ(found({"", "", "a.example"}).size(), 3u);
    EXPECT_EQ(found({"", "", "%"}).size(), 0u) << "a filter is no pattern";
    EXPECT_EQ(found({"code", "", ""}).size(), 0u);
    auto const one = found({"", "", "b.example"}).front();
    EXPECT_TRUE(one.can_be_sent);
    EXPECT_TRUE(one.reply->starts_with("5")) << *one.reply;
    DeadFilter other;
    other.reason = DeadReason::expired;
    EXPECT_EQ(found(other).size(), 0u);

    auto const again = store().write_now([&](store::Tx& tx) { return replay(tx, {first[0], first[0]}, system_now()); });
    EXPECT_EQ(again.queued, 1);
    EXPECT_EQ(again.skipped, 1) << "it is queued already";
    auto const rest =
        store().write_now([&](store::Tx& tx) { return replay(tx, {"", "", "a.example"}, {}, 100, system_now()); });
    EXPECT_EQ(rest.queued, 2);
    SmtpSinkProgram taking;
    with.transport.smart_host = email::SmartHost{"127.0.0.1", taking.port};
    start(with);
    EXPECT_TRUE(eventually([&] { return all_are(first, State::accepted); }));
    EXPECT_TRUE(all_are(second, State::failed));
    stop();
    expect_sound();
}

TEST_P(Leaving, mails_are_signed_by_the_keys_that_are_active_and_a_rotation_changes_over) {
    SigningOptions signing;
    signing.domain = "example.org";
    signing.make_first = true;
    signing.keep = 1h;
    signing.dns.dns_server = "127.0.0.1";
    signing.dns.deadlines.resolve = 500ms;
    SigningKeys keys(store(), folder() / "dkim", signing);
    Time const now = system_now();
    auto const look = [&](SigningKeys& which, Time at) {
        asio::io_context own{1};
        auto looked = asio::co_spawn(own, which.look(at), asio::use_future);
        own.run();
        looked.get();
    };
    auto const states = [&] {
        std::map<std::string, SigningState> all;
        for (auto const& key : store().read_now([](store::Reader& reader) { return signing_keys(reader); }))
            all[key.selector] = key.state;
        return all;
    };
    look(keys, now);  // makes a pair; the DNS does not answer
    ASSERT_EQ(states().size(), 2u);
    EXPECT_TRUE(keys.signer()->empty()) << "nobody can verify what is not published";
    auto const first = store().read_now([](store::Reader& reader) { return signing_keys(reader); });
    EXPECT_TRUE(first[0].problem.has_value());

    // Published: the same keys, asked of a resolver that knows them.
    auto published = signing;
    for (auto const& key : first) {
        auto const text = key.record();
        std::string line = key.record_name() + ". IN TXT";
        for (std::size_t at = 0; at < text.size(); at += 200) line += " \"" + text.substr(at, 200) + '"';
        published.dns.dns_data.push_back(line);
    }
    SigningKeys seen(store(), folder() / "dkim", published);
    look(seen, now);
    for (auto const& [selector, state] : states()) EXPECT_EQ(state, SigningState::active) << selector;
    ASSERT_FALSE(seen.signer()->empty());
    auto const signatures = seen.signer()->sign("From: post@example.org\r\nSubject: x\r\n\r\nbody\r\n", now);
    EXPECT_NE(signatures.find("a=rsa-sha256"), std::string::npos);
    EXPECT_NE(signatures.find("a=ed25519-sha256"), std::string::npos);

    auto const next = seen.prepare(email::DkimAlgorithm::rsa_sha256, now).value();
    store().write_now([&](store::Tx& tx) {
        SigningKeys::add(tx, next, now);
        return 0;
    });
    store().write_now([&](store::Tx& tx) { return seen.activate(tx, next.selector, now); }).value();
    auto const old = next.selector.substr(0, next.selector.size() - 1);
    EXPECT_EQ(states()[old], SigningState::retiring);
    EXPECT_FALSE(store().write_now([&](store::Tx& tx) { return seen.activate(tx, next.selector, now); }));
    look(seen, now + 30min);
    EXPECT_EQ(states()[old], SigningState::retiring);
    EXPECT_NE(seen.signer()->sign("From: a@example.org\r\n\r\n", now).find("s=" + next.selector), std::string::npos);
    look(seen, now + 61min);
    EXPECT_EQ(states()[old], SigningState::retired);
    EXPECT_FALSE(std::filesystem::exists(folder() / "dkim" / (old + ".example.org.pem")))
        << "the private key is erased";
}

TEST_P(Leaving, rules_that_make_no_sense_are_refused_with_the_reason) {
    auto const set = [&](SiteRule const& rule) {
        return store().write_now([&](store::Tx& tx) { return set_site_rule(tx, rule); });
    };
    EXPECT_TRUE(set({"*", 5, 0, 0, false}));
    EXPECT_TRUE(set({"*.example.net", 5, 10, 60, true}));
    EXPECT_FALSE(set({"", 5, 0, 0, false}));
    EXPECT_FALSE(set({"Example.net", 5, 0, 0, false}));
    EXPECT_FALSE(set({"*", -1, 0, 0, false}));
    EXPECT_EQ(store().read_now([](store::Reader& reader) { return site_rules(reader); }).size(), 2u);
    EXPECT_FALSE(store().write_now([](store::Tx& tx) { return drop_site_rule(tx, "other"); }));
    EXPECT_FALSE(store().write_now([](store::Tx& tx) { return set_warm_up(tx, {"mx", "d", system_now(), {}}); }));
}

// ---- What the DNS says about our domain
// ------------------------------------------------------------------------------

std::vector<DomainLine> lines_with(std::vector<std::string> records, DomainToCheck what) {
    email::TransportOptions dns;
    dns.dns_server = "127.0.0.1";
    dns.deadlines.resolve = 300ms;
    dns.dns_data = std::move(records);
    asio::io_context context{1};
    email::Resolver resolver(context.get_executor(), dns);
    auto lines = asio::co_spawn(context, check_domain(resolver, std::move(what)), asio::use_future);
    while (lines.wait_for(0s) != std::future_status::ready) context.run_one();
    return lines.get();
}
DomainLine const& line_named(std::vector<DomainLine> const& lines, std::string_view check) {
    return *std::ranges::find(lines, check, &DomainLine::check);
}

TEST(DomainCheck, says_what_is_and_what_should_be) {
    DomainToCheck what{"example.org", "bounces.example.org", "post.example.org", {"192.0.2.7"}, {}, {}};
    auto const good = lines_with({"bounces.example.org. IN TXT \"v=spf1 include:spf.example.net -all\"",
                                  "spf.example.net. IN TXT \"v=spf1 ip4:192.0.2.0/28 ~all\"",
                                  "_dmarc.example.org. IN TXT \"v=DMARC1; p=reject; rua=mailto:d@example.org\"",
                                  "bounces.example.org. IN MX 10 post.example.org.", "post.example.org. IN A 192.0.2.7",
                                  "7.2.0.192.in-addr.arpa. IN PTR post.example.org."},
                                 what);
    for (auto const check : {"spf", "dmarc", "bounce_mx", "bounce_alignment", "ptr"})
        EXPECT_EQ(line_named(good, check).state, CheckState::good) << check << ": " << line_named(good, check).text;
    EXPECT_EQ(line_named(good, "dkim").state, CheckState::wrong);

    what.bounce_domain = "example.net";
    auto const bad =
        lines_with({"example.net. IN TXT \"v=spf1 ip4:198.51.100.1 -all\"",
                    "_dmarc.example.org. IN TXT \"v=DMARC1; p=none\"", "example.net. IN MX 10 other.example.",
                    "7.2.0.192.in-addr.arpa. IN PTR other.example.", "other.example. IN A 192.0.2.8"},
                   what);
    EXPECT_EQ(line_named(bad, "spf").state, CheckState::wrong);
    EXPECT_EQ(line_named(bad, "spf").should_be, "v=spf1 ip4:192.0.2.7 -all");
    EXPECT_EQ(line_named(bad, "dmarc").state, CheckState::advice);
    EXPECT_EQ(line_named(bad, "bounce_alignment").state, CheckState::wrong);
    EXPECT_EQ(line_named(bad, "bounce_mx").state, CheckState::advice);
    EXPECT_EQ(line_named(bad, "ptr").state, CheckState::wrong);
    // The same for programs.
    using Codes = std::vector<std::pair<std::string, std::string>>;
    for (auto const& [check, code] : Codes{{"spf", "spf_good"},
                                           {"dmarc", "dmarc_good"},
                                           {"ptr", "ptr_good"},
                                           {"bounce_mx", "mx_good"},
                                           {"dkim", "dkim_no_key"},
                                           {"mta_sts", "dns_failed"}})
        EXPECT_EQ(line_named(good, check).code, code);
    for (auto const& [check, code] : Codes{{"spf", "spf_refuses"},
                                           {"dmarc", "dmarc_weak"},
                                           {"ptr", "ptr_other"},
                                           {"bounce_mx", "mx_other"},
                                           {"bounce_alignment", "bounce_foreign"}})
        EXPECT_EQ(line_named(bad, check).code, code);
    EXPECT_EQ(line_named(bad, "spf").about, "192.0.2.7");
}

TEST(DomainCheck, organisations_are_told_by_the_public_suffix_list) {
    EXPECT_EQ(organisational_domain("mail.example.co.uk"), "example.co.uk");
    EXPECT_EQ(organisational_domain("a.b.example.org"), "example.org");
    EXPECT_EQ(organisational_domain("example.org"), "example.org");
}

TEST(Signing, a_key_that_is_retired_has_no_way_back) {
    for (auto const& row : signing_transitions) EXPECT_NE(row.from, SigningState::retired);
}

}  // namespace
}  // namespace rapport::post
