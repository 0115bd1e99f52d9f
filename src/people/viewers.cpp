// The memory of tokens.
#include "people/viewers.hpp"

#include <cstring>

namespace rapport::people {

namespace {
constexpr auto session_grain = std::chrono::minutes(1);
constexpr auto key_grain = std::chrono::hours(1);
}  // namespace

std::size_t Viewers::Hash::operator()(Digest const& digest) const {
    std::size_t value;  // a hash of a secret is as good as any other
    std::memcpy(&value, digest.octets.data(), sizeof value);
    return value;
}

std::shared_ptr<Known const> Viewers::find(Digest const& token, Time now) const {
    std::lock_guard const lock(mutex_);
    auto const found = known_.find(token);
    if (found == known_.end()) return nullptr;
    auto const& known = found->second;
    return now - known->loaded_at < viewer_kept && now >= known->loaded_at && now < known->expires_at ? known : nullptr;
}

std::uint64_t Viewers::generation() const {
    std::lock_guard const lock(mutex_);
    return generation_;
}

void Viewers::keep(Digest const& token, std::shared_ptr<Known const> known, std::uint64_t generation) {
    std::lock_guard const lock(mutex_);
    if (generation != generation_) return;
    if (known_.size() >= most_viewers) known_.clear();
    known_.insert_or_assign(token, std::move(known));
}

void Viewers::forget() {
    std::lock_guard const lock(mutex_);
    known_.clear();
    ++generation_;
}

void Viewers::used(Known const& known, Time now) {
    if (now - known.used_at < (known.session ? Duration(session_grain) : Duration(key_grain))) return;
    std::lock_guard const lock(mutex_);
    if (known.session)
        used_sessions_[known.session->value] = now;
    else
        used_keys_[known.viewer.actor.id] = now;
}

Viewers::Uses Viewers::take_uses() {
    std::lock_guard const lock(mutex_);
    Uses uses;
    for (auto const& [id, at] : used_sessions_) uses.sessions.emplace_back(SessionId{id}, at);
    for (auto const& [id, at] : used_keys_) uses.keys.emplace_back(ApiKeyId{id}, at);
    used_sessions_.clear();
    used_keys_.clear();
    return uses;
}

}  // namespace rapport::people
