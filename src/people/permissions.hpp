// What can be allowed, and which role allows what: the two tables that routes, API keys, the console and
// docs/operators/accounts.md follow. A route names one of these constants; there is no default.
#pragma once

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/viewer.hpp"

namespace rapport::people {

inline constexpr net::Permission may_read_deliveries{"deliveries.read"};
inline constexpr net::Permission may_send_deliveries{"deliveries.send"};
inline constexpr net::Permission may_erase_deliveries{"deliveries.erase"};
inline constexpr net::Permission may_write_templates{"templates.write"};
inline constexpr net::Permission may_read_customers{"customers.read"};
inline constexpr net::Permission may_write_customers{"customers.write"};
inline constexpr net::Permission may_read_events{"events.read"};
inline constexpr net::Permission may_read_outbox{"outbox.read"};
inline constexpr net::Permission may_manage_outbox{"outbox.manage"};
inline constexpr net::Permission may_read_suppressions{"suppressions.read"};
inline constexpr net::Permission may_manage_suppressions{"suppressions.manage"};
inline constexpr net::Permission may_read_conversations{"conversations.read"};
inline constexpr net::Permission may_reply{"conversations.reply"};
inline constexpr net::Permission may_manage_conversations{"conversations.manage"};
inline constexpr net::Permission may_manage_mailboxes{"mailboxes.manage"};
inline constexpr net::Permission may_manage_sla{"sla.manage"};
inline constexpr net::Permission may_read_knowledge{"knowledge.read"};
inline constexpr net::Permission may_write_knowledge{"knowledge.write"};
inline constexpr net::Permission may_publish_knowledge{"knowledge.publish"};
inline constexpr net::Permission may_read_agents{"agents.read"};
inline constexpr net::Permission may_manage_agents{"agents.manage"};
inline constexpr net::Permission may_manage_keys{"keys.manage"};
inline constexpr net::Permission may_read_audit{"audit.read"};
inline constexpr net::Permission may_read_settings{"settings.read"};
inline constexpr net::Permission may_manage_settings{"settings.manage"};
inline constexpr net::Permission may_read_webhooks{"webhooks.read"};
inline constexpr net::Permission may_manage_webhooks{"webhooks.manage"};
inline constexpr net::Permission may_own_organisation{"organisation.own"};

// Whoever is signed in, or holds a valid API key: for what concerns only oneself. Not granted, so not in the table.
using net::signed_in;

struct PermissionRow {
    net::Permission permission;
    std::string_view allows;
};
inline constexpr PermissionRow permission_table[] = {
    {may_read_deliveries, "see deliveries, their evidence and packages"},
    {may_send_deliveries, "send deliveries and upload files"},
    {may_erase_deliveries, "erase the content of a delivery for good"},
    {may_write_templates, "write and publish templates of notices, make kinds"},
    {may_read_customers, "see customers, their addresses and timelines"},
    {may_write_customers, "create and change customers and their addresses"},
    {may_read_events, "follow the stream of events"},
    {may_read_outbox, "see letters that are being sent"},
    {may_manage_outbox, "retry and cancel letters"},
    {may_read_suppressions, "see addresses that get no mail, bounces, and mail that arrived"},
    {may_manage_suppressions, "add and lift addresses that get no mail"},
    {may_read_conversations, "see conversations, their messages and mailboxes"},
    {may_reply, "write in conversations, assign and label them, change their state"},
    {may_manage_conversations, "merge and split conversations, mark them as spam, manage labels"},
    {may_manage_mailboxes, "add, change and retire mailboxes and teams"},
    {may_manage_sla, "set business calendars, and what is promised to customers"},
    {may_read_knowledge, "see articles, their drafts and versions, and what readers say"},
    {may_write_knowledge, "write articles and translations, upload their files"},
    {may_publish_knowledge, "approve, publish and retire articles, manage products, categories and the help centre"},
    {may_read_agents, "see agents and roles"},
    {may_manage_agents, "create, change and deactivate agents"},
    {may_manage_keys, "create and revoke API keys"},
    {may_read_audit, "read the audit log, and originals: mails byte for byte, records of identifications"},
    {may_read_settings, "see keys, mail and log settings"},
    {may_manage_settings, "change settings and send test mails"},
    {may_read_webhooks, "see webhooks and what they were told"},
    {may_manage_webhooks, "add, change and delete webhooks, and send again"},
    {may_own_organisation, "make and change owners"},
};

// A set of permissions as a mask over permission_table.
class Permissions {
  public:
    constexpr Permissions() = default;
    constexpr Permissions(std::initializer_list<net::Permission> list) {
        for (auto const& one : list) add(one.name);
    }
    static constexpr Permissions all() {
        Permissions set;
        for (auto const& row : permission_table) set.add(row.permission.name);
        return set;
    }
    // False if there is no such permission.
    constexpr bool add(std::string_view name) {
        for (std::size_t i = 0; i < std::size(permission_table); ++i) {
            if (permission_table[i].permission.name != name) continue;
            mask_ |= std::uint64_t{1} << i;
            return true;
        }
        return false;
    }
    constexpr bool has(net::Permission one) const { return Permissions{one}.mask_ != 0 && contains(Permissions{one}); }
    constexpr bool contains(Permissions other) const { return (mask_ & other.mask_) == other.mask_; }
    constexpr bool empty() const { return mask_ == 0; }
    constexpr Permissions operator&(Permissions other) const {
        other.mask_ &= mask_;
        return other;
    }
    constexpr bool operator==(Permissions const&) const = default;

    std::vector<std::string> names() const;
    // Empty if one of the names is unknown.
    static std::optional<Permissions> from(std::span<std::string const> names);

  private:
    std::uint64_t mask_ = 0;
};
static_assert(std::size(permission_table) <= 64);

enum class Role : std::uint8_t { owner, administrator, supervisor, agent, auditor, operator_ };
BOOST_DESCRIBE_ENUM(Role, owner, administrator, supervisor, agent, auditor, operator_)

struct RoleRow {
    Role role;
    std::string_view is_for;
    Permissions permissions;
};
inline constexpr RoleRow role_table[] = {
    {Role::owner, "answers for the organisation; everything", Permissions::all()},
    {Role::administrator,
     "runs the installation; everything but owners",
     {may_read_deliveries, may_send_deliveries,      may_erase_deliveries,    may_write_templates,
      may_read_customers,  may_write_customers,      may_read_events,         may_read_outbox,
      may_manage_outbox,   may_read_suppressions,    may_manage_suppressions, may_read_conversations,
      may_reply,           may_manage_conversations, may_manage_mailboxes,    may_manage_sla,
      may_read_knowledge,  may_write_knowledge,      may_publish_knowledge,   may_read_agents,
      may_manage_agents,   may_manage_keys,          may_read_audit,          may_read_settings,
      may_manage_settings, may_read_webhooks,        may_manage_webhooks}},
    {Role::supervisor,
     "leads agents; may erase and look after the outbox",
     {may_read_deliveries, may_send_deliveries,      may_erase_deliveries,    may_write_templates,
      may_read_customers,  may_write_customers,      may_read_events,         may_read_outbox,
      may_manage_outbox,   may_read_suppressions,    may_manage_suppressions, may_read_conversations,
      may_reply,           may_manage_conversations, may_manage_sla,          may_read_knowledge,
      may_write_knowledge, may_publish_knowledge,    may_read_agents,         may_read_settings}},
    {Role::agent,
     "serves customers",
     {may_read_deliveries, may_send_deliveries, may_read_customers, may_write_customers, may_read_events,
      may_read_suppressions, may_manage_suppressions, may_read_conversations, may_reply, may_manage_conversations,
      may_read_knowledge, may_write_knowledge}},
    {Role::auditor,
     "reads everything, changes nothing",
     {may_read_deliveries, may_read_customers, may_read_events, may_read_outbox, may_read_suppressions,
      may_read_conversations, may_read_knowledge, may_read_agents, may_read_audit, may_read_settings,
      may_read_webhooks}},
    {Role::operator_,
     "keeps the machine running; sees no customers and no deliveries",
     {may_read_outbox, may_manage_outbox, may_read_suppressions, may_manage_suppressions, may_read_settings,
      may_manage_settings}},
};

// What somebody who sent a request may do.
Permissions permissions_of(net::Viewer const& viewer);

constexpr Permissions permissions_of(Role role) {
    for (auto const& row : role_table)
        if (row.role == role) return row.permissions;
    return {};
}

}  // namespace rapport::people
