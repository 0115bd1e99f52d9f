// Agents: the organisation's people, their roles, and how they prove who they are.
#pragma once

#include "people/people.hpp"
#include "people/permissions.hpp"

namespace rapport::people {

using AgentName = Text<1, 200>;

struct Agent {
    AgentId id{};
    std::string email{};
    std::string name{};
    Locale locale = Locale::en;
    Role role = Role::agent;
    bool has_password = false;
    bool has_totp = false;
    Time created_at{};
    Time changed_at{};
    std::optional<Time> signed_in_at{};
    std::optional<Time> disabled_at{};
};
BOOST_DESCRIBE_STRUCT(Agent, (),
                      (id, email, name, locale, role, has_password, has_totp, created_at, changed_at, signed_in_at,
                       disabled_at))

struct NewAgent {
    EmailAddress email{};
    AgentName name{};
    std::optional<Locale> locale{};
    Role role = Role::agent;
};
BOOST_DESCRIBE_STRUCT(NewAgent, (), (email, name, locale, role))

struct AgentChange {
    std::optional<AgentName> name{};
    std::optional<Locale> locale{};
    std::optional<Role> role{};
    std::optional<bool> disabled{};
};
BOOST_DESCRIBE_STRUCT(AgentChange, (), (name, locale, role, disabled))

// `granted` is what the actor may do: nobody hands out, or takes away, more than they have themselves.
// Codes: agent_exists, beyond_own_permissions.
Expected<Agent> create_agent(store::Tx& tx, Act const& act, Permissions granted, NewAgent const& wanted);
// Disabling ends the agent's sessions and links. Codes: agent_not_found, last_owner, beyond_own_permissions.
Expected<Agent> update_agent(store::Tx& tx, Act const& act, Permissions granted, AgentId id, AgentChange const& change);
std::optional<Agent> find_agent(store::Reader& reader, AgentId id);
std::optional<Agent> agent_by_email(store::Reader& reader, EmailAddress const& email);
std::vector<Agent> list_agents(store::Reader& reader);

// ---- Proofs of identity

// What signing in compares with; never leaves people.
struct Proofs {
    AgentId id{};
    std::string name{};
    Role role = Role::agent;
    std::optional<std::string> password{};  // PHC string
    std::optional<store::Blob> totp{};      // sealed secret, see seal_totp()
    std::optional<Time> totp_since{};       // empty while it is not confirmed
    std::int64_t totp_step = 0;             // the last step that was used
    std::optional<Time> disabled_at{};
};
BOOST_DESCRIBE_STRUCT(Proofs, (), (id, name, role, password, totp, totp_since, totp_step, disabled_at))
std::optional<Proofs> proofs_of(store::Reader& reader, AgentId id);
std::optional<Proofs> proofs_by_email(store::Reader& reader, EmailAddress const& email);

// Ends all sessions of the agent but `keep`.
void set_password(store::Tx& tx, Act const& act, AgentId id, std::string_view hash, std::optional<SessionId> keep);
// Unconfirmed at first; confirming makes sign-in ask for it, stores the digests of recovery codes.
void begin_totp(store::Tx& tx, Act const& act, AgentId id, ByteView sealed_secret);
void confirm_totp(store::Tx& tx, Act const& act, AgentId id, std::int64_t step, std::vector<Digest> const& recovery);
void remove_totp(store::Tx& tx, Act const& act, AgentId id);
// False if that step or a later one was used before (RFC 6238 §5.2: a code is accepted once).
bool use_totp_step(store::Tx& tx, AgentId id, std::int64_t step);
// False if there is no such unused code.
bool use_recovery_code(store::Tx& tx, Act const& act, AgentId id, Digest const& code);

Expected<AgentId> require_agent(Actor const& actor);  // for what only a person can do; code agents_only

}  // namespace rapport::people
