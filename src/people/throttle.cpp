// Counting attempts to sign in.
#include "people/throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "base/crypto.hpp"
#include "people/sql.hpp"

namespace rapport::people {

std::chrono::seconds delay_after(int failures, ThrottleRule rule) {
    int const beyond = failures - rule.free_attempts;
    if (beyond < 0) return std::chrono::seconds(0);
    return std::min(rule.longest, std::chrono::seconds(1LL << std::min(beyond, 30)));
}

Digest throttle_of_account(EmailAddress const& email) { return sha256("account " + ascii_lower(email.value)); }

Digest throttle_of_address(std::string_view remote) {
    std::string text(remote);
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6))
        text.assign(reinterpret_cast<char const*>(&v6), 8);
    return sha256("address " + text);
}

Expected<void> count_attempt(store::Tx& tx, Digest const& who, ThrottleRule rule, Time now) {
    auto failures = tx.one<int>(sql::count_attempt, who, now, now - attempts_forgotten);
    if (!failures && tx.changed(sql::first_attempt, who, now) == 1) failures = 1;
    if (!failures) {
        auto const until = tx.one<Time>(sql::throttled_until, who).value_or(now);
        Error error{
            ErrorKind::limited, "too_many_attempts", "Too many attempts to sign in. Wait, then try again.", {}, 1};
        auto const wait = std::chrono::ceil<std::chrono::seconds>(until - now);
        error.retry_after_s = std::max(1, static_cast<int>(wait.count()));
        return fail(std::move(error));
    }
    if (auto const delay = delay_after(*failures, rule); delay.count() > 0)
        tx.exec(sql::set_throttle, who, now + delay);
    return {};
}

void undo_attempt(store::Tx& tx, Digest const& who) { tx.exec(sql::undo_attempt, who); }
void forget_attempts(store::Tx& tx, Digest const& who) { tx.exec(sql::forget_attempts, who); }
void sweep_throttles(store::Tx& tx, Time now) { tx.exec(sql::sweep_throttles, now - attempts_forgotten); }

}  // namespace rapport::people
