// Rows → JSON of the API.
#include "people/wire.hpp"

namespace rapport::people::wire {

SessionView to_view(Agent const& agent, Session const& session) {
    return {{agent.id, agent.name, agent.email, agent.locale, agent.role, agent.has_password, agent.has_totp},
            permissions_of(agent.role).names(),
            session.expires_at};
}

SessionItem to_view(Session const& session, std::string const& current) {
    return {session.id,         session.opened_by, session.remote,     session.user_agent,
            session.created_at, session.seen_at,   session.expires_at, to_text(session.id) == current};
}

AgentView to_view(Agent const& agent) {
    return {agent.id,         agent.email,        agent.name,        agent.locale,
            agent.role,       agent.has_password, agent.has_totp,    agent.disabled_at.has_value(),
            agent.created_at, agent.changed_at,   agent.signed_in_at};
}

ApiKeyView to_view(ApiKeyRow const& key) {
    return {key.id, key.name, key.permissions().names(), key.created_at, key.expires_at, key.used_at, key.revoked_at};
}

AddressView to_view(Address const& a) {
    return {a.id, a.kind, a.value, a.verified_at.has_value(), a.verified_at, a.primary, {}};
}

CustomerView to_view(Customer const& customer, std::vector<Address> const& addresses) {
    CustomerView view{customer.id, customer.name,       customer.locale,     customer.external_id,
                      {},          customer.created_at, customer.changed_at, {},
                      {}};
    for (auto const& address : addresses) {
        view.addresses.push_back(to_view(address));
        if (address.customer != customer.id) view.addresses.back().record = address.customer;
    }
    return view;
}

std::optional<CustomerView> person_view(store::Reader& reader, CustomerId id) {
    auto const root = person_of(reader, id);
    auto const customer = find_customer(reader, root);
    if (!customer) return std::nullopt;
    auto view = to_view(*customer, addresses_of_person(reader, root));
    view.erased_at = erased_at(reader, root);
    for (auto const& merge : merges_between(reader, root, root)) {
        auto const record = find_customer(reader, merge.absorbed);
        if (!record) continue;
        if (!view.merged) view.merged.emplace();
        view.merged->push_back({record->id, record->name, record->external_id, merge.survivor, merge.merged_at});
        if (view.name.empty()) view.name = record->name;
    }
    return view;
}

TimelineEvent to_view(store::Event const& event) {
    return {event.seq, event.at, event.kind, event.subject, event.actor_kind, event.data};
}

AuditView to_view(AuditLine const& line) {
    AuditView view{line.id,      line.at,     line.actor_kind, {},       line.actor_name, line.verb, line.subject,
                   line.outcome, line.remote, line.request_id, line.data};
    if (line.actor_kind == ActorKind::agent) view.actor = to_text(AgentId{line.actor_id});
    if (line.actor_kind == ActorKind::api_key) view.actor = to_text(ApiKeyId{line.actor_id});
    if (line.actor_kind == ActorKind::customer) view.actor = to_text(CustomerId{line.actor_id});
    return view;
}

RolesView roles_view() {
    RolesView view;
    for (auto const& row : role_table)
        view.items.push_back({row.role, std::string(row.is_for), row.permissions.names()});
    for (auto const& row : permission_table)
        view.permissions.push_back({std::string(row.permission.name), std::string(row.allows)});
    return view;
}

Expected<std::size_t> page_limit(int limit) {
    if (limit >= 1 && limit <= 200) return static_cast<std::size_t>(limit);
    return fail(ErrorKind::invalid, "invalid_fields", "The limit is wrong; see fields.",
                {{"/limit", "must be 1 to 200", "ask for a smaller page and follow `next`"}});
}

Expected<AuditFilter> to_filter(AuditQuery const& query) {
    AuditFilter filter{query.verb, query.subject, std::nullopt, query.outcome, query.since, query.until};
    if (!query.actor) return filter;
    AgentId agent;
    ApiKeyId key;
    if (from_text(*query.actor, agent))
        filter.actor_id = agent.value;
    else if (from_text(*query.actor, key))
        filter.actor_id = key.value;
    else
        return fail(ErrorKind::invalid, "invalid_fields", "The actor is wrong; see fields.",
                    {{"/actor", "must be an identifier like agt_… or key_…", "take it from a line of the log"}});
    return filter;
}

}  // namespace rapport::people::wire
