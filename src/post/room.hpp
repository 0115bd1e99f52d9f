// The room's inside: what its parts share. One thread runs all of it but stop() and counters(). Claims letters
// (dispatch.cpp), sends them lane by lane (lanes.cpp), records what became of them (outcomes.cpp).
#pragma once

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <map>
#include <random>

#include "post/outbox.hpp"
#include "post/templates.hpp"

namespace rapport::post {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

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

// Letters for one destination, and how many connections send them.
struct Lane {
    std::deque<Claimed> ready;
    std::size_t senders = 0;
};

// What exists only while run() does.
struct Running {
    Running(Executor e, Options const& options)
        : executor(e),
          transport(channels::email::Transport::make(e, options.transport)),
          wake(e),
          outcomes(e),
          ended(e),
          heart(e) {}
    Executor executor;
    std::unique_ptr<channels::email::Transport> transport;
    std::unique_ptr<MarkBoard> marks;
    WorkerId worker;
    Signal wake, outcomes, ended, heart;
    std::map<std::string, Lane, std::less<>> lanes;
    std::vector<Ended> to_record;
    std::size_t in_flight = 0, senders = 0, loops = 0;
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
    Options const& options() const override { return options_; }
    Counters counters() const override;

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
    Task<> drain();
    void spawn(Task<> task);
    // lanes.cpp
    void sort_into_lanes(std::vector<Claimed> letters);
    void staff_lanes();
    Task<> send_lane(std::string destination);
    Task<bool> send(Claimed letter);
    void delay_lane(Lane& lane, Outcome const& like);
    void end_held_back(Claimed const& letter);
    std::string message_id_left(OutboxId letter) const;
    EmailAddress sender_of(OutboxId letter) const;
    void end(Claimed const& letter, Outcome outcome);
    void give_back(Claimed const& letter, Duration later);
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
    std::atomic<bool> stopping_ = false;
    std::atomic<std::int64_t> grace_ms_ = 0;
    std::atomic<std::int64_t> counts_[4] = {};  // by Result
    std::atomic<std::int64_t> attempting_ = 0;
    std::atomic<std::int64_t> transport_counts_[4] = {};
    std::mt19937 chance_{std::random_device{}()};
    std::shared_ptr<std::function<void()>> waker_;  // set while running; stop() and hints post through it
    mutable std::mutex waker_mutex_;
};

}  // namespace rapport::post
