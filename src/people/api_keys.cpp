// API keys, as rows.
#include "people/api_keys.hpp"

#include "base/crypto.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

void publish_key(store::Tx& tx, Act const& act, std::string_view kind, ApiKeyId id) {
    store::Event event;
    event.at = act.now;
    event.kind = kind;
    event.subject = to_text(id);
    event.actor_kind = act.actor.kind;
    event.actor_id = act.actor.id;
    tx.publish(std::move(event));
}

Expected<Permissions> read_scopes(std::vector<std::string> const& names) {
    std::vector<FieldError> wrong;
    Permissions scopes;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!scopes.add(names[i]))
            wrong.push_back({"/scopes/" + std::to_string(i), "must be the name of a permission",
                             "use one of those that GET /v1/roles lists"});
    if (names.empty()) wrong.push_back({"/scopes", "must name at least one permission", "say what the key may do"});
    if (wrong.empty()) return scopes;
    wrong.resize(std::min<std::size_t>(wrong.size(), 20));
    return fail(ErrorKind::invalid, "invalid_fields", "Some scopes are wrong; see fields.", std::move(wrong));
}

std::string joined(std::vector<std::string> const& names) {
    std::string text;
    for (auto const& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

}  // namespace

Permissions ApiKeyRow::permissions() const {
    Permissions set;
    for (std::size_t at = 0; at < scopes.size();) {
        auto const space = std::min(scopes.find(' ', at), scopes.size());
        set.add(std::string_view(scopes).substr(at, space - at));
        at = space + 1;
    }
    return set;
}

Expected<CreatedApiKey> create_api_key(store::Tx& tx, Act const& act, Permissions granted, NewApiKey const& wanted,
                                       std::string_view secret) {
    auto const scopes = read_scopes(wanted.scopes);
    if (!scopes) return fail(scopes.error());
    if (!granted.contains(*scopes))
        return fail(ErrorKind::forbidden, "beyond_own_permissions", "A key cannot do more than you may do yourself.");
    if (wanted.expires_at && *wanted.expires_at <= act.now)
        return fail(ErrorKind::invalid, "invalid_fields", "The key would have expired already.",
                    {{"/expires_at", "must be in the future", "choose a later instant, or leave it out"}});
    auto const id = tx.new_id<ApiKeyId>();
    auto const key = "rk_" + to_base32(static_cast<std::uint64_t>(id.value)) + "_" + std::string(secret);
    auto const names = scopes->names();
    tx.exec(sql::insert_api_key, id, wanted.name, sha256(key), joined(names), act.actor.id, act.now, wanted.expires_at);
    publish_key(tx, act, "api_key.created", id);
    audit(tx, act, "api_key.created", to_text(id), AuditOutcome::done, {{"scopes", joined(names)}});
    return CreatedApiKey{id, key};
}

Expected<void> revoke_api_key(store::Tx& tx, Act const& act, ApiKeyId id) {
    if (!tx.one<ApiKeyRow>(sql::find_api_key, id))
        return fail(ErrorKind::not_found, "api_key_not_found", "There is no such key.");
    if (tx.changed(sql::revoke_api_key, id, act.now) == 0) return {};
    publish_key(tx, act, "api_key.revoked", id);
    audit(tx, act, "api_key.revoked", to_text(id));
    return {};
}

std::vector<ApiKeyRow> list_api_keys(store::Reader& reader) { return reader.all<ApiKeyRow>(sql::list_api_keys); }

std::optional<ApiKeyRow> api_key_by_digest(store::Reader& reader, Digest const& digest) {
    return reader.one<ApiKeyRow>(sql::api_key_by_digest, digest);
}

void touch_api_key(store::Tx& tx, ApiKeyId id, Time used_at) { tx.exec(sql::touch_api_key, id, used_at); }

}  // namespace rapport::people
