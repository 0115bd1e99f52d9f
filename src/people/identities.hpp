// Who customers and agents are at parties outside: identities that were linked on purpose, and customers' passkeys.
// Also the sign-ins that are under way at a provider: what must be known again when the browser comes back.
#pragma once

#include "base/crypto.hpp"
#include "people/people.hpp"

namespace rapport::people {

// ---- Customers

struct CustomerIdentity {
    IdentityId id{};
    CustomerId customer{};
    std::string source{};  // a configured provider or authority
    std::string value{};   // the stable identifier that it tells
    Time created_at{};
};
BOOST_DESCRIBE_STRUCT(CustomerIdentity, (), (id, customer, source, value, created_at))

inline constexpr std::size_t most_identities = 20;  // of one customer or agent

struct NewIdentity {
    Text<1, 32> source{};
    Text<1, 255> value{};
};
BOOST_DESCRIBE_STRUCT(NewIdentity, (), (source, value))

// Publishes customer.identity_linked. Codes: customer_not_found, identity_taken, too_many_identities.
Expected<CustomerIdentity> link_identity(store::Tx& tx, Act const& act, CustomerId customer, NewIdentity const& wanted);
// Publishes customer.identity_unlinked. Code identity_not_found.
Expected<void> unlink_identity(store::Tx& tx, Act const& act, CustomerId customer, IdentityId id);
std::vector<CustomerIdentity> identities_of(store::Reader& reader, CustomerId customer);
bool has_identity(store::Reader& reader, CustomerId customer, std::string_view source, std::string_view value);

// ---- Agents

struct AgentIdentity {
    IdentityId id{};
    AgentId agent{};
    std::string source{};
    std::string value{};
    Time created_at{};
    std::optional<Time> used_at{};
};
BOOST_DESCRIBE_STRUCT(AgentIdentity, (), (id, agent, source, value, created_at, used_at))

// Somebody whom a provider has signed in.
struct ProvidedIdentity {
    std::string source{}, value{};
    std::optional<std::string> level{}, record{};
};
// Codes identity_taken, too_many_identities.
Expected<AgentIdentity> link_agent_identity(store::Tx& tx, Act const& act, AgentId agent,
                                            ProvidedIdentity const& identity);
Expected<void> unlink_agent_identity(store::Tx& tx, Act const& act, AgentId agent, IdentityId id);
std::vector<AgentIdentity> identities_of(store::Reader& reader, AgentId agent);
std::optional<AgentId> agent_of_identity(store::Reader& reader, std::string_view source, std::string_view value);
void use_agent_identity(store::Tx& tx, std::string_view source, std::string_view value, Time now);

// ---- Passkeys of customers

struct CustomerPasskey {
    PasskeyId id{};
    CustomerId customer{};
    store::Blob credential{};
    store::Blob public_key{};
    int algorithm = 0;  // COSE
    std::int64_t counter = 0;
    std::string level{};       // of the identification that it was registered after
    std::string vouched_by{};  // the method (URI) of that identification
    Time created_at{};
    std::optional<Time> used_at{};
    std::optional<Time> revoked_at{};
};
BOOST_DESCRIBE_STRUCT(CustomerPasskey, (),
                      (id, customer, credential, public_key, algorithm, counter, level, vouched_by, created_at, used_at,
                       revoked_at))

// Publishes customer.passkey_added. Codes passkey_taken, too_many_passkeys.
Expected<PasskeyId> add_passkey(store::Tx& tx, Act const& act, CustomerPasskey const& wanted);
std::optional<CustomerPasskey> find_passkey(store::Reader& reader, ByteView credential);
std::vector<CustomerPasskey> passkeys_of(store::Reader& reader, CustomerId customer);
// False when it was revoked, or its counter did not rise, in the meantime.
bool use_passkey(store::Tx& tx, PasskeyId id, std::int64_t counter, Time now);
// Publishes customer.passkey_revoked. Code passkey_not_found.
Expected<void> revoke_passkey(store::Tx& tx, Act const& act, CustomerId customer, PasskeyId id);

// ---- Sign-ins under way

struct Flow {
    std::string state{};  // comes back in the redirect; only its digest is stored
    std::string owner{};  // whose they are counted as: a delivery, an agent, a network address
    json::Object kept{};  // sealed with the key
};
inline constexpr auto flow_life = std::chrono::minutes(15);
inline constexpr std::int64_t most_flows = 50;  // under way at once, of one owner
// Code too_many_attempts.
Expected<void> begin_flow(store::Tx& tx, Key256 const& key, Flow const& flow, Time now);
// Once only; nothing when there is no such flow, or it has run out.
std::optional<json::Object> take_flow(store::Tx& tx, Key256 const& key, std::string_view state, Time now);

}  // namespace rapport::people
