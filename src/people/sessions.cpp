// Sessions and sign-in links, as rows.
#include "people/sessions.hpp"

#include "base/crypto.hpp"
#include "people/agents.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

void publish_session(store::Tx& tx, Act const& act, std::string_view kind, AgentId agent, json::Object data) {
    store::Event event;
    event.at = act.now;
    event.kind = kind;
    event.subject = to_text(agent);
    event.actor_kind = act.actor.kind;
    event.actor_id = act.actor.id;
    event.data = std::move(data);
    tx.publish(std::move(event));
}

}  // namespace

Session open_session(store::Tx& tx, Act const& act, AgentId agent, OpenedBy by, std::string_view token,
                     std::string_view user_agent, SessionProof const& proof) {
    Session session{tx.new_id<SessionId>(),
                    agent,
                    by,
                    act.remote,
                    std::string(user_agent.substr(0, 200)),
                    act.now,
                    act.now,
                    act.now + session_absolute,
                    proof.level,
                    proof.record};
    if (!is_plain_text(session.user_agent)) session.user_agent.clear();
    tx.exec(sql::insert_session, session.id, sha256(token), agent, by, session.remote, session.user_agent, act.now,
            session.expires_at, session.level, session.proof);
    tx.exec(sql::agent_signed_in, agent, act.now);
    json::Object data{{"by", json::enum_name(by)}};
    if (proof.level) data["level"] = *proof.level;
    publish_session(tx, act, "agent.signed_in", agent, data);
    audit(tx, act, "agent.signed_in", to_text(agent), AuditOutcome::done, data);
    return session;
}

std::optional<Session> session_by_token(store::Reader& reader, Digest const& token) {
    return reader.one<Session>(sql::session_by_digest, token);
}

std::optional<Session> find_session(store::Reader& reader, SessionId id) {
    return reader.one<Session>(sql::find_session, id);
}

std::vector<Session> sessions_of(store::Reader& reader, AgentId agent, Time now) {
    auto sessions = reader.all<Session>(sql::sessions_of, agent);
    std::erase_if(sessions, [now](Session const& s) { return !is_live(s, now); });
    return sessions;
}

void rotate_session(store::Tx& tx, SessionId id, std::string_view new_token) {
    tx.exec(sql::rotate_session, id, sha256(new_token));
}

void touch_session(store::Tx& tx, SessionId id, Time seen_at) { tx.exec(sql::touch_session, id, seen_at); }

bool end_session(store::Tx& tx, Act const& act, AgentId agent, SessionId id) {
    if (tx.changed(sql::delete_session, id, agent) != 1) return false;
    publish_session(tx, act, "session.ended", agent, {{"session", to_text(id)}});
    audit(tx, act, "session.ended", to_text(agent), AuditOutcome::done, {{"session", to_text(id)}});
    return true;
}

void end_sessions_of(store::Tx& tx, AgentId agent, std::optional<SessionId> keep) {
    tx.exec(sql::delete_sessions_of, agent, keep.value_or(SessionId{0}));
    tx.exec(sql::delete_links_of, agent);
}

Expected<void> create_link(store::Tx& tx, Act const& act, Permissions granted, NewLink const& link) {
    auto const found = find_agent(tx, link.agent);
    if (!found) return fail(ErrorKind::not_found, "agent_not_found", "There is no such agent.");
    if (found->disabled_at) return fail(ErrorKind::conflict, "agent_disabled", "The agent is deactivated.");
    if (!granted.contains(permissions_of(found->role)))
        return fail(ErrorKind::forbidden, "beyond_own_permissions",
                    "This agent may do more than you may do yourself. Ask an owner.");
    tx.exec(sql::insert_link, sha256(link.token), link.agent, act.now, act.now + link.lifetime);
    audit(tx, act, "agent.link_created", to_text(link.agent));
    return {};
}

std::string sign_in_url(std::string_view public_url, std::string_view token) {
    return std::string(public_url) + "/console/sign-in#token=" + std::string(token);
}

std::optional<AgentId> agent_of_link(store::Reader& reader, std::string_view token, Time now) {
    return reader.one<AgentId>(sql::agent_of_link, sha256(token), now);
}

bool use_link(store::Tx& tx, std::string_view token, Time now) {
    return tx.changed(sql::use_link, sha256(token), now) == 1;
}

void sweep_sessions(store::Tx& tx, Time now) {
    tx.exec(sql::sweep_sessions, now, now - session_idle);
    tx.exec(sql::sweep_links, now);
    tx.exec(sql::sweep_flows, now);
}

}  // namespace rapport::people
