// The room's inside: what its parts share. One thread runs all of it but stop(), refresh() and the counters. Claims
// letters (dispatch.cpp), sorts them by source, route and site (placing.cpp), sends them (sending.cpp), records what
// became of them (outcomes.cpp).
#pragma once

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <queue>
#include <random>

#include "post/compose.hpp"
#include "post/outbox.hpp"
#include "post/shaping.hpp"
#include "post/sources.hpp"
#include "post/templates.hpp"

namespace rapport::post {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using RoutePtr = std::shared_ptr<channels::email::Route const>;

// Something to wait for: notify() wakes the one who waits, or makes the next wait return at once.
class Signal {
  public:
    explicit Signal(Executor executor) : timer_(executor) {}
    void notify() {
        raised_ = true;
        timer_.cancel();
    }
    Task<> wait(std::chrono::milliseconds at_most);

  private:
    SteadyTimer timer_;
    bool raised_ = false;
};

// A letter in its site's line, with the way that was found for it.
struct Waiting {
    Claimed letter;
    RoutePtr route;
};

// Letters for one site, and how many connections send them. Kept while it has letters, senders, or something to
// remember (it was slowed down).
struct Site {
    std::string name;
    Shape shape;
    std::array<std::deque<Waiting>, 3> ready = {};  // by priority
    std::size_t senders = 0, open = 2;              // `open`: grows with each answer up to the rule's connections
    Time answered_at{};
    bool proven = false;   // somebody answered there
    bool hungry = false;   // wants a sender and the room had none left
    bool awaited = false;  // the pacer will look at it

    std::size_t waiting() const { return ready[0].size() + ready[1].size() + ready[2].size(); }
};

struct Domain {
    RoutePtr route;
    bool asked = false;
    std::vector<Claimed> waiting = {};
};

struct Wake {
    Time at;
    std::string site;
    bool operator<(Wake const& other) const { return other.at < at; }  // the earliest on top
};

// What exists only while run() does.
struct Running {
    Running(Executor e, Options const& options, channels::email::TransportOptions transport_options);
    Executor executor;
    Composers composers;
    std::unique_ptr<channels::email::Transport> transport;
    std::unique_ptr<MarkBoard> marks;
    WorkerId worker;
    Signal wake, outcomes, ended, heart, pacer;
    Sources sources;
    RuleBook rules;
    std::map<std::string, std::shared_ptr<Site>, std::less<>> sites;
    std::map<std::string, Domain, std::less<>> domains;
    std::deque<std::shared_ptr<Site>> hungry;
    std::priority_queue<Wake> wakes;
    std::vector<Ended> to_record;
    std::vector<channels::email::StsPolicy> to_keep;  // fetched, not yet in the database
    std::size_t in_flight = 0, bulk_in_flight = 0, senders = 0, unproven_senders = 0, loops = 0;
    bool finishing = false;  // nothing more will be added to to_record
};

enum class Recorded : std::uint8_t { yes, no, database_away };

class Room final : public Post {
  public:
    Room(store::Store& store, Options options, Clock clock);

    void on_outcome(std::string purpose, Prepare prepare) override;
    void on_outcomes(std::string purpose, PrepareAll prepare) override;
    void on_load(std::string purpose, LoadAll load) override;
    Task<std::vector<Finish>> prepare(std::vector<Outcome> outcomes) override;
    Task<> run() override;
    void stop(std::chrono::milliseconds grace) override;
    void refresh() override;
    Options const& options() const override { return options_; }
    Counters counters() const override;
    std::vector<SiteView> sites() const override;
    std::vector<SourceState> sources() const override;

  private:
    // dispatch.cpp
    Task<> dispatch();
    std::shared_ptr<std::function<void()>> make_waker(Executor executor);
    Task<std::optional<std::vector<Claimed>>> claim_some(std::size_t limit);
    Task<> wait_for_work();
    Task<> sign_on();
    void close_room();
    Task<> recover();
    Task<> recover_silent();
    Task<> beat();
    Task<> read_rules();
    Task<> recall_policies(channels::email::TransportOptions& transport);
    Task<> keep_policies();
    Task<> drain();
    void spawn(Task<> task);
    // placing.cpp
    void place_all(std::vector<Claimed> letters);
    void place(Claimed letter);
    Task<> find_route(std::string domain);
    void put(Claimed letter, RoutePtr route);
    std::size_t most_waiting(Site const& site, Time now) const;
    void staff(std::shared_ptr<Site> const& site);
    void staff_hungry();
    std::size_t most_senders(Site const& site, Time now) const;
    void wake_at(Site& site, Time at);
    Task<> pace();
    void sweep_expired();
    void forget_idle();
    void publish_state();
    void clear_line(Site& site);  // everything goes back to the outbox, each to its turn
    void move_line(Site& site);   // everything is placed anew
    // sending.cpp
    Task<> send_from(std::shared_ptr<Site> site, bool unproven);
    Task<bool> send(std::shared_ptr<Site> site, Waiting waiting);
    void learn(Site& site, Waiting const& waiting, channels::email::SendResult const& result);
    bool fail_over(Site& site, Waiting& waiting, channels::email::SendResult const& result);
    void end_held_back(Claimed const& letter);
    void delay_line(Site& site, Outcome const& like);
    bool expire(Claimed const& letter);
    void end(Claimed const& letter, Outcome outcome, std::string tls = {}, Time not_before = {});
    void give_back(Claimed const& letter, Time next_at);
    void settle(Claimed const& letter, bool handed_over);
    Outcome outcome_of(Claimed const& letter) const;
    // contents.cpp
    Task<> load_contents(std::vector<Claimed>& letters);
    Task<bool> load_purpose(std::string const& purpose, LoadAll const& load, std::vector<Claimed>& letters);
    Task<Expected<Content>> content_of(Claimed const& letter) const;
    // outcomes.cpp
    Task<> record_outcomes();
    Task<Recorded> record_batch(std::vector<Ended> const& batch);
    Task<bool> record_singly(std::vector<Ended> const& batch);
    Task<bool> record_all(std::vector<Ended> const& batch);
    void recorded(std::vector<Ended> const& batch);

    store::Store& store_;
    Options options_;
    Clock clock_;
    std::map<std::string, PrepareAll, std::less<>> handlers_;
    std::map<std::string, LoadAll, std::less<>> loaders_;
    std::shared_ptr<Running> now_running_;
    std::atomic<bool> stopping_ = false, refresh_ = false;
    std::atomic<std::int64_t> grace_ms_ = 0;
    std::atomic<std::int64_t> counts_[4] = {};  // by Result
    std::atomic<std::int64_t> attempting_ = 0;
    std::atomic<std::int64_t> transport_counts_[4] = {};
    std::mt19937 chance_{std::random_device{}()};
    std::shared_ptr<std::function<void()>> waker_;  // set while running; stop() and hints post through it
    mutable std::mutex waker_mutex_, view_mutex_;
    std::vector<SiteView> site_views_;
    std::vector<SourceState> source_views_;
};

}  // namespace rapport::post
