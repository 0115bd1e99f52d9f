// Who is behind a token, kept in memory so that a request with a known key or cookie costs no database read. Forgotten
// when the journal tells of a change (Access::run_invalidation) and, whatever happens, after a few seconds.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/viewer.hpp"
#include "people/people.hpp"
#include "people/permissions.hpp"

namespace rapport::people {

inline constexpr auto viewer_kept = std::chrono::seconds(10);
inline constexpr std::size_t most_viewers = 10'000;

struct Known {
    net::Viewer viewer{};
    Permissions permissions{};
    std::optional<SessionId> session{};  // else an API key
    Time expires_at = Time::max();
    Time used_at{};  // as the database has it
    Time loaded_at{};
};

// Any thread.
class Viewers {
  public:
    std::shared_ptr<Known const> find(Digest const& token, Time now) const;
    // Changes with every forget(); what was read before a change is not kept after it.
    std::uint64_t generation() const;
    void keep(Digest const& token, std::shared_ptr<Known const> known, std::uint64_t generation);
    void forget();

    // Uses that wait to be written, coarse-grained.
    void used(Known const& known, Time now);
    struct Uses {
        std::vector<std::pair<SessionId, Time>> sessions;
        std::vector<std::pair<ApiKeyId, Time>> keys;
    };
    Uses take_uses();

  private:
    struct Hash {
        std::size_t operator()(Digest const& digest) const;
    };
    mutable std::mutex mutex_;
    std::unordered_map<Digest, std::shared_ptr<Known const>, Hash> known_;
    std::unordered_map<std::int64_t, Time> used_sessions_, used_keys_;
    std::uint64_t generation_ = 0;
};

}  // namespace rapport::people
