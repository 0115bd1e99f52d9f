// API keys: how the organisation's own software proves who it is. "rk_" + identifier + "_" + secret, shown once; the
// database holds the SHA-256 of the whole text (the secret has 192 bits, so a slow hash would add nothing).
#pragma once

#include "people/people.hpp"
#include "people/permissions.hpp"

namespace rapport::people {

using ApiKeyName = Text<1, 100>;

struct NewApiKey {
    ApiKeyName name{};
    std::vector<std::string> scopes{};  // names of permissions
    std::optional<Time> expires_at{};
};
BOOST_DESCRIBE_STRUCT(NewApiKey, (), (name, scopes, expires_at))

struct ApiKeyRow {
    ApiKeyId id{};
    std::string name{};
    std::string scopes{};  // names, separated by a space
    AgentId created_by{};
    Time created_at{};
    std::optional<Time> expires_at{};
    std::optional<Time> used_at{};  // to the hour
    std::optional<Time> revoked_at{};

    Permissions permissions() const;
    bool is_live(Time now) const { return !revoked_at && (!expires_at || now < *expires_at); }
};
BOOST_DESCRIBE_STRUCT(ApiKeyRow, (), (id, name, scopes, created_by, created_at, expires_at, used_at, revoked_at))

struct CreatedApiKey {
    ApiKeyId id;
    std::string key;
};

// Nobody hands out more than `granted`. `secret` comes from random_token(). Publishes api_key.created.
// Codes: invalid_fields, beyond_own_permissions.
Expected<CreatedApiKey> create_api_key(store::Tx& tx, Act const& act, Permissions granted, NewApiKey const& wanted,
                                       std::string_view secret);
// Publishes api_key.revoked; revoking twice is no error. Code api_key_not_found.
Expected<void> revoke_api_key(store::Tx& tx, Act const& act, ApiKeyId id);
std::vector<ApiKeyRow> list_api_keys(store::Reader& reader);
std::optional<ApiKeyRow> api_key_by_digest(store::Reader& reader, Digest const& digest);
void touch_api_key(store::Tx& tx, ApiKeyId id, Time used_at);

}  // namespace rapport::people
