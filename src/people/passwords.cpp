// Rules for passwords, and Argon2id by libargon2.
#include "people/passwords.hpp"

#include <argon2.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "people/fold.hpp"

namespace rapport::people {

namespace {

constexpr std::size_t salt_size = 16, hash_size = 32;

std::string current_prefix() {
    return "$argon2id$v=19$m=" + std::to_string(argon2_memory_kib) + ",t=" + std::to_string(argon2_passes) +
           ",p=" + std::to_string(argon2_lanes) + "$";
}

std::unexpected<Error> weak(std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "weak_password", std::move(text), {{"/password", std::move(rule), std::move(fix)}});
}

}  // namespace

Expected<void> check_password(std::string_view password, std::string_view email, std::string_view name) {
    auto const size = count_characters(password);
    if (!is_plain_text(password) || size < least_password || size > longest_password)
        return weak(
            "The password is too short or too long.",
            "must have " + std::to_string(least_password) + " to " + std::to_string(longest_password) + " characters",
            "use a sentence, or let a password manager make one");
    if (std::set<char>(password.begin(), password.end()).size() < 4)
        return weak("The password repeats a few characters.", "must have more than three different characters",
                    "use a sentence, or let a password manager make one");
    auto const lower = folded(password);
    if (lower == folded(email) || lower == folded(name) || lower == folded(email.substr(0, email.find('@'))))
        return weak("The password is the account's own name.", "must not be the name or the e-mail address",
                    "use something that others cannot know");
    return {};
}

std::string hash_password(std::string_view password) {
    auto const salt = random_bytes(salt_size);
    std::string encoded(
        argon2_encodedlen(argon2_passes, argon2_memory_kib, argon2_lanes, salt_size, hash_size, Argon2_id), '\0');
    auto const result =
        argon2id_hash_encoded(argon2_passes, argon2_memory_kib, argon2_lanes, password.data(), password.size(),
                              salt.data(), salt.size(), hash_size, encoded.data(), encoded.size());
    if (result != ARGON2_OK) throw std::runtime_error(std::string("argon2: ") + argon2_error_message(result));
    encoded.resize(encoded.find('\0'));
    return encoded;
}

bool verify_password(std::string const& hash, std::string_view password) {
    return argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

std::string unmatched_hash() {
    auto unpadded = [](std::string text) { return text.substr(0, text.find('=')); };
    return current_prefix() + unpadded(to_base64(random_bytes(salt_size))) + "$" +
           unpadded(to_base64(random_bytes(hash_size)));
}

bool is_outdated(std::string_view hash) { return !hash.starts_with(current_prefix()); }

struct PasswordPool::State {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::move_only_function<void(bool run)>> queue;
    std::size_t limit = 0;
    bool closing = false;
    std::vector<std::thread> threads;

    // False when it is full.
    bool add(std::move_only_function<void(bool)> work) {
        std::lock_guard const lock(mutex);
        if (closing || queue.size() >= limit) return false;
        queue.push_back(std::move(work));
        changed.notify_one();
        return true;
    }

    void work_off() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return closing || !queue.empty(); });
            if (queue.empty()) return;
            auto work = std::move(queue.front());
            queue.pop_front();
            bool const run = !closing;
            lock.unlock();
            work(run);
            lock.lock();
        }
    }

    // Runs `work` on a thread of the pool; false when it did not run.
    Task<bool> run(std::function<void()> work) {
        Executor const executor = co_await asio::this_coro::executor;
        auto start = [this, &executor, &work](auto handler) {
            auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
            auto complete = [executor, guard = asio::make_work_guard(executor), kept](bool ran) {
                asio::post(executor, [kept, ran] { std::move (*kept)(ran); });
            };
            if (!add([complete, work](bool go) {
                    if (go) work();
                    complete(go);
                }))
                complete(false);
        };
        asio::use_awaitable_t<Executor> const token;
        co_return co_await asio::async_initiate<asio::use_awaitable_t<Executor> const, void(bool)>(std::move(start),
                                                                                                   token);
    }
};

PasswordPool::PasswordPool(unsigned threads, std::size_t limit) : state_(std::make_shared<State>()) {
    state_->limit = limit;
    for (unsigned i = 0; i < threads; ++i) state_->threads.emplace_back([state = state_.get()] { state->work_off(); });
}

PasswordPool::~PasswordPool() {
    {
        std::lock_guard const lock(state_->mutex);
        state_->closing = true;
    }
    state_->changed.notify_all();
    for (auto& thread : state_->threads) thread.join();
}

namespace {
std::unexpected<Error> busy() {
    return fail(Error{ErrorKind::limited, "busy", "Too many people are signing in just now. Try again.", {}, 2});
}
}  // namespace

Task<Expected<std::string>> PasswordPool::hash(std::string password) {
    auto const made = std::make_shared<std::string>();
    auto const state = state_;
    std::function<void()> work = [made, password] { *made = hash_password(password); };
    bool const ran = co_await state->run(std::move(work));
    if (!ran) co_return busy();
    co_return std::move(*made);
}

Task<Expected<bool>> PasswordPool::verify(std::string hash, std::string password) {
    auto const right = std::make_shared<bool>(false);
    auto const state = state_;
    std::function<void()> work = [right, hash, password] { *right = verify_password(hash, password); };
    bool const ran = co_await state->run(std::move(work));
    if (!ran) co_return busy();
    co_return *right;
}

}  // namespace rapport::people
