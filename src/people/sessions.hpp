// Sessions of agents and one-time sign-in links. Their tokens are random; the database holds only digests.
#pragma once

#include "people/people.hpp"
#include "people/permissions.hpp"

namespace rapport::people {

inline constexpr auto session_idle = std::chrono::hours(12);
inline constexpr auto session_absolute = std::chrono::days(7);
inline constexpr auto link_lifetime = std::chrono::minutes(30);

enum class OpenedBy : std::uint8_t { password, link, password_totp, link_totp, provider };
BOOST_DESCRIBE_ENUM(OpenedBy, password, link, password_totp, link_totp, provider)

struct Session {
    SessionId id{};
    AgentId agent{};
    OpenedBy opened_by = OpenedBy::password;
    std::string remote{};
    std::string user_agent{};
    Time created_at{};
    Time seen_at{};  // to the minute or so
    Time expires_at{};
    std::optional<std::string> level{};  // of a provider's sign-in: low, substantial, high
    std::optional<std::string> proof{};  // the record of it, the provider's assertion included
};
BOOST_DESCRIBE_STRUCT(Session, (),
                      (id, agent, opened_by, remote, user_agent, created_at, seen_at, expires_at, level, proof))

inline bool is_live(Session const& session, Time now) {
    return now < session.expires_at && now < session.seen_at + session_idle;
}

// `token` comes from random_token(32). Audits the sign-in and publishes agent.signed_in.
struct SessionProof {
    std::optional<std::string> level{}, record{};
};
Session open_session(store::Tx& tx, Act const& act, AgentId agent, OpenedBy by, std::string_view token,
                     std::string_view user_agent, SessionProof const& proof = {});
// Live or not; see is_live().
std::optional<Session> session_by_token(store::Reader& reader, Digest const& token);
std::optional<Session> find_session(store::Reader& reader, SessionId id);
std::vector<Session> sessions_of(store::Reader& reader, AgentId agent, Time now);
// The same session under another token, after a change of password or second factor.
void rotate_session(store::Tx& tx, SessionId id, std::string_view new_token);
void touch_session(store::Tx& tx, SessionId id, Time seen_at);
// False if the agent has no such session. Publishes session.ended.
bool end_session(store::Tx& tx, Act const& act, AgentId agent, SessionId id);
void end_sessions_of(store::Tx& tx, AgentId agent, std::optional<SessionId> keep);

// A link that signs the agent in once; nobody makes one for an agent who may do more than `granted`.
// Codes agent_not_found, agent_disabled, beyond_own_permissions.
struct NewLink {
    AgentId agent{};
    std::string token{};  // random_token(32)
    Duration lifetime = link_lifetime;
};
Expected<void> create_link(store::Tx& tx, Act const& act, Permissions granted, NewLink const& link);
// The console's page that takes the token; in the fragment, so that no server sees it in a log.
std::string sign_in_url(std::string_view public_url, std::string_view token);
// Whose link it is, if it can still be used.
std::optional<AgentId> agent_of_link(store::Reader& reader, std::string_view token, Time now);
bool use_link(store::Tx& tx, std::string_view token, Time now);

// Deletes what has expired.
void sweep_sessions(store::Tx& tx, Time now);

}  // namespace rapport::people
