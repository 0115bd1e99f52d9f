// The API's JSON of people (docs: /v1/openapi.json).
#pragma once

#include "people/access.hpp"
#include "people/merged.hpp"

namespace rapport::people::wire {

struct SessionAgent {
    AgentId id{};
    std::string name{};
    std::string email{};
    Locale locale = Locale::en;
    Role role = Role::agent;
    bool has_password = false;
    bool has_totp = false;
};
BOOST_DESCRIBE_STRUCT(SessionAgent, (), (id, name, email, locale, role, has_password, has_totp))

struct SessionView {
    SessionAgent agent{};
    std::vector<std::string> permissions{};
    Time expires_at{};
};
BOOST_DESCRIBE_STRUCT(SessionView, (), (agent, permissions, expires_at))

struct LinkSignIn {
    Text<1, 100> token{};
    std::optional<std::string> totp{};
};
BOOST_DESCRIBE_STRUCT(LinkSignIn, (), (token, totp))

struct SessionItem {
    SessionId id{};
    OpenedBy opened_by = OpenedBy::password;
    std::string remote{};
    std::string user_agent{};
    Time created_at{};
    Time seen_at{};
    Time expires_at{};
    bool current = false;
};
BOOST_DESCRIBE_STRUCT(SessionItem, (), (id, opened_by, remote, user_agent, created_at, seen_at, expires_at, current))

struct AgentView {
    AgentId id{};
    std::string email{};
    std::string name{};
    Locale locale = Locale::en;
    Role role = Role::agent;
    bool has_password = false;
    bool has_totp = false;
    bool disabled = false;
    Time created_at{};
    Time changed_at{};
    std::optional<Time> signed_in_at{};
};
BOOST_DESCRIBE_STRUCT(AgentView, (),
                      (id, email, name, locale, role, has_password, has_totp, disabled, created_at, changed_at,
                       signed_in_at))

struct LinkView {
    std::string url{};  // shown once; opens the console's sign-in page
    Time expires_at{};
};
BOOST_DESCRIBE_STRUCT(LinkView, (), (url, expires_at))

struct RoleView {
    Role name = Role::agent;
    std::string is_for{};
    std::vector<std::string> permissions{};
};
BOOST_DESCRIBE_STRUCT(RoleView, (), (name, is_for, permissions))
struct PermissionView {
    std::string name{};
    std::string allows{};
};
BOOST_DESCRIBE_STRUCT(PermissionView, (), (name, allows))
struct RolesView {
    std::vector<RoleView> items{};
    std::vector<PermissionView> permissions{};
};
BOOST_DESCRIBE_STRUCT(RolesView, (), (items, permissions))

struct NewPassword {
    std::optional<std::string> current{};
    std::string password{};
};
BOOST_DESCRIBE_STRUCT(NewPassword, (), (current, password))

struct TotpSecret {
    std::string secret{};  // base32, to type in
    std::string uri{};     // otpauth://, to show as a QR code
};
BOOST_DESCRIBE_STRUCT(TotpSecret, (), (secret, uri))
struct TotpCode {
    std::string code{};
};
BOOST_DESCRIBE_STRUCT(TotpCode, (), (code))
struct RecoveryCodes {
    std::vector<std::string> recovery_codes{};  // shown once
};
BOOST_DESCRIBE_STRUCT(RecoveryCodes, (), (recovery_codes))
struct TotpQuery {
    std::optional<std::string> code{};
};
BOOST_DESCRIBE_STRUCT(TotpQuery, (), (code))

struct ApiKeyView {
    ApiKeyId id{};
    std::string name{};
    std::vector<std::string> scopes{};
    Time created_at{};
    std::optional<Time> expires_at{};
    std::optional<Time> used_at{};
    std::optional<Time> revoked_at{};
};
BOOST_DESCRIBE_STRUCT(ApiKeyView, (), (id, name, scopes, created_at, expires_at, used_at, revoked_at))
struct ApiKeyMade {
    ApiKeyId id{};
    std::string key{};  // shown once
};
BOOST_DESCRIBE_STRUCT(ApiKeyMade, (), (id, key))

struct AddressView {
    AddressId id{};
    AddressKind kind = AddressKind::email;
    std::string value{};
    bool verified = false;
    std::optional<Time> verified_at{};
    bool primary = false;
    std::optional<CustomerId> record{};  // the merged record that it stands with; left out: the customer's own
};
BOOST_DESCRIBE_STRUCT(AddressView, (), (id, kind, value, verified, verified_at, primary, record))
struct MergedRecordView {
    CustomerId id{};
    std::string name{};
    std::optional<std::string> external_id{};
    CustomerId into{};  // the customer, or another merged record
    Time merged_at{};
};
BOOST_DESCRIBE_STRUCT(MergedRecordView, (), (id, name, external_id, into, merged_at))
struct CustomerView {
    CustomerId id{};
    std::string name{};
    Locale locale = Locale::en;
    std::optional<std::string> external_id{};
    std::vector<AddressView> addresses{};
    Time created_at{};
    Time changed_at{};
    std::optional<Time> erased_at{};
    std::optional<std::vector<MergedRecordView>> merged{};  // records that they answer for; lists leave it out
};
BOOST_DESCRIBE_STRUCT(CustomerView, (),
                      (id, name, locale, external_id, addresses, created_at, changed_at, erased_at, merged))

struct NewCustomerMerge {
    CustomerId into{};
};
BOOST_DESCRIBE_STRUCT(NewCustomerMerge, (), (into))
struct SimilarCustomerView {
    CustomerView customer{};
    Likeness why{};
    bool verified = false;
};
BOOST_DESCRIBE_STRUCT(SimilarCustomerView, (), (customer, why, verified))

struct CustomersQuery {
    std::optional<std::string> q{};
    int limit = 50;
    std::optional<std::string> after{};
};
BOOST_DESCRIBE_STRUCT(CustomersQuery, (), (q, limit, after))
struct PageQuery {
    int limit = 50;
    std::optional<std::string> after{};
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, after))

struct TimelineEvent {
    std::int64_t seq = 0;
    Time at{};
    std::string kind{};
    std::string subject{};
    ActorKind actor = ActorKind::system;
    json::Object data{};
};
BOOST_DESCRIBE_STRUCT(TimelineEvent, (), (seq, at, kind, subject, actor, data))

struct AuditQuery {
    std::optional<std::string> verb{};
    std::optional<std::string> subject{};
    std::optional<std::string> actor{};  // agt_… or key_…
    std::optional<AuditOutcome> outcome{};
    std::optional<Time> since{};
    std::optional<Time> until{};
    int limit = 50;
    std::optional<std::string> after{};
};
BOOST_DESCRIBE_STRUCT(AuditQuery, (), (verb, subject, actor, outcome, since, until, limit, after))
struct AuditView {
    AuditId id{};
    Time at{};
    ActorKind actor_kind = ActorKind::system;
    std::optional<std::string> actor{};
    std::string actor_name{};
    std::string verb{};
    std::string subject{};
    AuditOutcome outcome = AuditOutcome::done;
    std::string remote{};
    std::string request_id{};
    json::Object data{};
};
BOOST_DESCRIBE_STRUCT(AuditView, (),
                      (id, at, actor_kind, actor, actor_name, verb, subject, outcome, remote, request_id, data))

SessionView to_view(Agent const& agent, Session const& session);
SessionItem to_view(Session const& session, std::string const& current);
AgentView to_view(Agent const& agent);
ApiKeyView to_view(ApiKeyRow const& key);
AddressView to_view(Address const& address);
CustomerView to_view(Customer const& customer, std::vector<Address> const& addresses);
// The person whose record this is, with all records.
std::optional<CustomerView> person_view(store::Reader& reader, CustomerId id);
TimelineEvent to_view(store::Event const& event);
AuditView to_view(AuditLine const& line);
RolesView roles_view();
// 1 to 200, as every list has it.
Expected<std::size_t> page_limit(int limit);
Expected<AuditFilter> to_filter(AuditQuery const& query);

}  // namespace rapport::people::wire
