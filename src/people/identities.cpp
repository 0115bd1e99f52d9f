// Linked identities, passkeys and flows, as rows.
#include "people/identities.hpp"

#include <boost/json/serialize.hpp>

#include "people/agents.hpp"
#include "people/merged.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

constexpr std::string_view flow_bound = "people.sign_in_flow";

void publish_and_audit(store::Tx& tx, Act const& act, std::string_view kind, std::string subject,
                       std::optional<CustomerId> customer, json::Object data) {
    store::Event event;
    event.at = act.now;
    event.kind = kind;
    event.subject = subject;
    if (customer) event.customer = customer->value;
    event.actor_kind = act.actor.kind;
    event.actor_id = act.actor.id;
    event.data = data;
    tx.publish(std::move(event));
    audit(tx, act, kind, subject, AuditOutcome::done, data);
}

std::unexpected<Error> taken() {
    return fail(ErrorKind::conflict, "identity_taken", "This identity is linked already, to this account or another.");
}
std::unexpected<Error> too_many() {
    return fail(ErrorKind::conflict, "too_many_identities", "Remove one of the linked identities first.");
}

}  // namespace

Expected<CustomerIdentity> link_identity(store::Tx& tx, Act const& act, CustomerId customer,
                                         NewIdentity const& wanted) {
    if (!find_customer(tx, customer))
        return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
    if (erased_at(tx, customer)) return customer_erased();
    if (identities_of(tx, customer).size() >= most_identities) return too_many();
    CustomerIdentity made{tx.new_id<IdentityId>(), customer, wanted.source.value, wanted.value.value, act.now};
    if (tx.changed(sql::insert_customer_identity, made.id, customer, made.source, made.value, act.now) == 0)
        return taken();
    publish_and_audit(tx, act, "customer.identity_linked", to_text(customer), customer,
                      {{"identity", to_text(made.id)}, {"source", made.source}});
    return made;
}

Expected<void> unlink_identity(store::Tx& tx, Act const& act, CustomerId customer, IdentityId id) {
    if (tx.changed(sql::delete_customer_identity, id, customer) == 0)
        return fail(ErrorKind::not_found, "identity_not_found", "The customer has no such identity.");
    publish_and_audit(tx, act, "customer.identity_unlinked", to_text(customer), customer, {{"identity", to_text(id)}});
    return {};
}

std::vector<CustomerIdentity> identities_of(store::Reader& reader, CustomerId customer) {
    return reader.all<CustomerIdentity>(sql::customer_identities, customer);
}

bool has_identity(store::Reader& reader, CustomerId customer, std::string_view source, std::string_view value) {
    return reader.one<std::int64_t>(sql::has_customer_identity, customer, source, value).value_or(0) > 0;
}

Expected<AgentIdentity> link_agent_identity(store::Tx& tx, Act const& act, AgentId agent,
                                            ProvidedIdentity const& identity) {
    if (identities_of(tx, agent).size() >= most_identities) return too_many();
    AgentIdentity made{tx.new_id<IdentityId>(), agent, identity.source, identity.value, act.now, {}};
    if (tx.changed(sql::insert_agent_identity, made.id, agent, made.source, made.value, act.now) == 0) return taken();
    publish_and_audit(tx, act, "agent.identity_linked", to_text(agent), std::nullopt,
                      {{"identity", to_text(made.id)}, {"source", made.source}});
    return made;
}

Expected<void> unlink_agent_identity(store::Tx& tx, Act const& act, AgentId agent, IdentityId id) {
    if (tx.changed(sql::delete_agent_identity, id, agent) == 0)
        return fail(ErrorKind::not_found, "identity_not_found", "You have no such identity.");
    publish_and_audit(tx, act, "agent.identity_unlinked", to_text(agent), std::nullopt, {{"identity", to_text(id)}});
    return {};
}

std::vector<AgentIdentity> identities_of(store::Reader& reader, AgentId agent) {
    return reader.all<AgentIdentity>(sql::agent_identities, agent);
}

std::optional<AgentId> agent_of_identity(store::Reader& reader, std::string_view source, std::string_view value) {
    return reader.one<AgentId>(sql::agent_of_identity, source, value);
}

void use_agent_identity(store::Tx& tx, std::string_view source, std::string_view value, Time now) {
    tx.exec(sql::use_agent_identity, source, value, now);
}

Expected<PasskeyId> add_passkey(store::Tx& tx, Act const& act, CustomerPasskey const& wanted) {
    if (passkeys_of(tx, wanted.customer).size() >= most_identities)
        return fail(ErrorKind::conflict, "too_many_passkeys", "There are too many passkeys already.");
    auto const id = tx.new_id<PasskeyId>();
    if (tx.changed(sql::insert_passkey, id, wanted.customer, wanted.credential, wanted.public_key, wanted.algorithm,
                   wanted.counter, wanted.level, wanted.vouched_by, act.now) == 0)
        return fail(ErrorKind::conflict, "passkey_taken", "This passkey is known already.");
    publish_and_audit(tx, act, "customer.passkey_added", to_text(wanted.customer), wanted.customer,
                      {{"passkey", to_text(id)}, {"level", wanted.level}});
    return id;
}

std::optional<CustomerPasskey> find_passkey(store::Reader& reader, ByteView credential) {
    return reader.one<CustomerPasskey>(sql::find_passkey, store::BlobView{credential});
}

std::vector<CustomerPasskey> passkeys_of(store::Reader& reader, CustomerId customer) {
    return reader.all<CustomerPasskey>(sql::passkeys_of, customer);
}

bool use_passkey(store::Tx& tx, PasskeyId id, std::int64_t counter, Time now) {
    return tx.changed(sql::use_passkey, id, counter, now) == 1;
}

Expected<void> revoke_passkey(store::Tx& tx, Act const& act, CustomerId customer, PasskeyId id) {
    if (tx.changed(sql::revoke_passkey, id, customer, act.now) == 0)
        return fail(ErrorKind::not_found, "passkey_not_found", "The customer has no such passkey.");
    publish_and_audit(tx, act, "customer.passkey_revoked", to_text(customer), customer, {{"passkey", to_text(id)}});
    return {};
}

Expected<void> begin_flow(store::Tx& tx, Key256 const& key, Flow const& flow, Time now) {
    if (tx.one<std::int64_t>(sql::count_flows, flow.owner, now).value_or(0) >= most_flows) {
        auto error = Error{ErrorKind::limited,
                           "too_many_attempts",
                           "Too many sign-ins have been begun and not finished. Wait a few minutes.",
                           {},
                           300};
        return fail(std::move(error));
    }
    auto const sealed = seal(key, boost::json::serialize(flow.kept), flow_bound);
    tx.exec(sql::insert_flow, sha256(flow.state), flow.owner, store::BlobView{sealed}, now + flow_life);
    return {};
}

std::optional<json::Object> take_flow(store::Tx& tx, Key256 const& key, std::string_view state, Time now) {
    auto const sealed = tx.one<store::Blob>(sql::take_flow, sha256(state), now);
    auto const plain = sealed ? open(key, sealed->bytes, flow_bound) : Expected<Bytes>(Bytes());
    auto const value = sealed && plain ? json::parse(*plain) : Expected<json::Value>(json::Value());
    if (!value || !value->is_object()) return std::nullopt;
    return value->get_object();
}

}  // namespace rapport::people
