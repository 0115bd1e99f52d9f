// Passwords: what is a good one, and Argon2id (RFC 9106) on a small pool of its own threads: a hash takes 19 MiB and
// some 20 ms, so it never runs on an I/O or a store thread, and there is no unbounded queue of them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/task.hpp"

namespace rapport::people {

// OWASP's password storage cheat sheet, first choice for Argon2id.
inline constexpr unsigned argon2_memory_kib = 19 * 1024, argon2_passes = 2, argon2_lanes = 1;

inline constexpr std::size_t least_password = 12, longest_password = 200;  // characters
inline constexpr std::size_t most_password_octets = 4 * longest_password;

// NIST SP 800-63B §5.1.1.2: length counts, composition rules do not; not the account's own name; not one or two
// characters over and over. Code weak_password, field /password.
Expected<void> check_password(std::string_view password, std::string_view email, std::string_view name);

std::string hash_password(std::string_view password);  // a PHC string; blocks for its whole time
bool verify_password(std::string const& hash, std::string_view password);
// Takes as long to verify as any, and fits nothing: for accounts that do not exist.
std::string unmatched_hash();
bool is_outdated(std::string_view hash);  // made with other parameters than today's

// Hashing for coroutines. At most `limit` wait; beyond it: code busy (limited, with a retry time).
class PasswordPool {
  public:
    explicit PasswordPool(unsigned threads = 1, std::size_t limit = 32);
    ~PasswordPool();  // ends what runs; what waits is answered with `busy`
    Task<Expected<std::string>> hash(std::string password);
    Task<Expected<bool>> verify(std::string hash, std::string password);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace rapport::people
