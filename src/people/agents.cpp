// Agents and their proofs of identity, as rows.
#include "people/agents.hpp"

#include <algorithm>

#include "people/sessions.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

constexpr std::int64_t owners_lock = 7001;  // one change of owners at a time

std::unexpected<Error> beyond_own() {
    return fail(ErrorKind::forbidden, "beyond_own_permissions",
                "This role allows more than you may do yourself. Ask an owner.");
}

void publish_agent(store::Tx& tx, Act const& act, std::string_view kind, AgentId id, json::Object data = {}) {
    store::Event event;
    event.at = act.now;
    event.kind = kind;
    event.subject = to_text(id);
    event.actor_kind = act.actor.kind;
    event.actor_id = act.actor.id;
    event.data = std::move(data);
    tx.publish(std::move(event));
}

bool is_last_owner(store::Tx& tx, Agent const& agent) {
    if (agent.role != Role::owner || agent.disabled_at) return false;
    tx.lock(owners_lock);
    return *tx.one<std::int64_t>(sql::count_owners) <= 1;
}

}  // namespace

Expected<AgentId> require_agent(Actor const& actor) {
    if (actor.kind != ActorKind::agent)
        return fail(ErrorKind::forbidden, "agents_only", "Only a person who is signed in can do this.");
    return AgentId{actor.id};
}

Expected<Agent> create_agent(store::Tx& tx, Act const& act, Permissions granted, NewAgent const& wanted) {
    if (!granted.contains(permissions_of(wanted.role))) return beyond_own();
    if (agent_by_email(tx, wanted.email))
        return fail(ErrorKind::conflict, "agent_exists", "An agent with this e-mail address exists already.",
                    {{"/email", "must be unique", "change the agent who has it"}});
    auto const id = tx.new_id<AgentId>();
    tx.exec(sql::insert_agent, id, wanted.email, ascii_lower(wanted.email.value), wanted.name,
            wanted.locale.value_or(Locale::en), wanted.role, act.now);
    json::Object const data{{"role", json::enum_name(wanted.role)}};
    publish_agent(tx, act, "agent.created", id, data);
    audit(tx, act, "agent.created", to_text(id), AuditOutcome::done, data);
    return *find_agent(tx, id);
}

Expected<Agent> update_agent(store::Tx& tx, Act const& act, Permissions granted, AgentId id,
                             AgentChange const& change) {
    auto agent = find_agent(tx, id);
    if (!agent) return fail(ErrorKind::not_found, "agent_not_found", "There is no such agent.");
    json::Object changed;
    bool const disables = change.disabled && *change.disabled != agent->disabled_at.has_value();
    bool const changes_role = change.role && *change.role != agent->role;
    if (!granted.contains(permissions_of(agent->role)) ||
        (changes_role && !granted.contains(permissions_of(*change.role))))
        return beyond_own();
    if (((disables && *change.disabled) || changes_role) && is_last_owner(tx, *agent))
        return fail(ErrorKind::conflict, "last_owner", "This is the last owner; make another owner first.");
    if (change.name && change.name->value != agent->name) changed["name"] = true;
    if (change.locale && *change.locale != agent->locale) changed["locale"] = to_text(*change.locale);
    if (changes_role) changed["role"] = json::enum_name(*change.role);
    if (disables) changed["disabled"] = *change.disabled;
    if (changed.empty()) return *agent;
    std::optional<Time> const disabled_at = !disables          ? agent->disabled_at
                                            : *change.disabled ? std::optional(act.now)
                                                               : std::nullopt;
    tx.exec(sql::update_agent, id, change.name ? change.name->value : agent->name,
            change.locale.value_or(agent->locale), change.role.value_or(agent->role), disabled_at, act.now);
    if (disables && *change.disabled) end_sessions_of(tx, id, std::nullopt);
    publish_agent(tx, act, "agent.changed", id, changed);
    audit(tx, act, "agent.changed", to_text(id), AuditOutcome::done, changed);
    return *find_agent(tx, id);
}

std::optional<Agent> find_agent(store::Reader& reader, AgentId id) { return reader.one<Agent>(sql::find_agent, id); }

std::optional<Agent> agent_by_email(store::Reader& reader, EmailAddress const& email) {
    return reader.one<Agent>(sql::agent_by_email, ascii_lower(email.value));
}

std::vector<Agent> list_agents(store::Reader& reader) { return reader.all<Agent>(sql::list_agents); }

std::optional<Proofs> proofs_of(store::Reader& reader, AgentId id) { return reader.one<Proofs>(sql::proofs_of, id); }

std::optional<Proofs> proofs_by_email(store::Reader& reader, EmailAddress const& email) {
    return reader.one<Proofs>(sql::proofs_by_email, ascii_lower(email.value));
}

void set_password(store::Tx& tx, Act const& act, AgentId id, std::string_view hash, std::optional<SessionId> keep) {
    tx.exec(sql::set_password, id, hash, act.now);
    end_sessions_of(tx, id, keep);
    publish_agent(tx, act, "agent.password_changed", id);
    audit(tx, act, "agent.password_changed", to_text(id));
}

void begin_totp(store::Tx& tx, Act const& act, AgentId id, ByteView sealed_secret) {
    tx.exec(sql::begin_totp, id, store::BlobView{sealed_secret}, act.now);
}

void confirm_totp(store::Tx& tx, Act const& act, AgentId id, std::int64_t step, std::vector<Digest> const& recovery) {
    tx.exec(sql::confirm_totp, id, act.now, step);
    tx.exec(sql::delete_recovery_codes, id);
    for (auto const& digest : recovery) tx.exec(sql::insert_recovery_code, id, digest);
    publish_agent(tx, act, "agent.totp_enabled", id);
    audit(tx, act, "agent.totp_enabled", to_text(id));
}

void remove_totp(store::Tx& tx, Act const& act, AgentId id) {
    tx.exec(sql::remove_totp, id, act.now);
    tx.exec(sql::delete_recovery_codes, id);
    publish_agent(tx, act, "agent.totp_disabled", id);
    audit(tx, act, "agent.totp_disabled", to_text(id));
}

bool use_totp_step(store::Tx& tx, AgentId id, std::int64_t step) {
    return tx.changed(sql::use_totp_step, id, step) == 1;
}

bool use_recovery_code(store::Tx& tx, Act const& act, AgentId id, Digest const& code) {
    if (tx.changed(sql::use_recovery_code, id, code, act.now) != 1) return false;
    audit(tx, act, "agent.recovery_code_used", to_text(id));
    return true;
}

}  // namespace rapport::people
