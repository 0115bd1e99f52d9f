// Customers and their addresses, and the audit log: what every other module asks of people. Verbs are plain functions
// over a transaction. Signing in and API keys: people/access.hpp. Permissions: people/permissions.hpp.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/actor.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/tx.hpp"

namespace rapport::net {
class Request;
}

namespace rapport::people {

struct CustomerTag {
    static constexpr std::string_view prefix = "cus";
};
struct AddressTag {
    static constexpr std::string_view prefix = "adr";
};
struct AgentTag {
    static constexpr std::string_view prefix = "agt";
};
struct ApiKeyTag {
    static constexpr std::string_view prefix = "key";
};
struct SessionTag {
    static constexpr std::string_view prefix = "ses";
};
struct AuditTag {
    static constexpr std::string_view prefix = "aud";
};
struct IdentityTag {
    static constexpr std::string_view prefix = "idn";
};
struct PasskeyTag {
    static constexpr std::string_view prefix = "psk";
};
using CustomerId = Id<CustomerTag>;
using AddressId = Id<AddressTag>;
using AgentId = Id<AgentTag>;
using ApiKeyId = Id<ApiKeyTag>;
using SessionId = Id<SessionTag>;
using AuditId = Id<AuditTag>;
using IdentityId = Id<IdentityTag>;
using PasskeyId = Id<PasskeyTag>;

// Who does something, when, and from where: the edge fills it in once and hands it to verbs.
struct Act {
    Actor actor{};
    Time now{};
    std::string remote{};      // network address of the peer; empty inside the program
    std::string request_id{};  // as in the answer and the log
};
// Of a request that came in: its viewer, its instant, its peer.
Act act_of(net::Request const& request);

// ---- Audit log -----------------------------------------------------------------------------------------------------

enum class AuditOutcome : std::uint8_t {
    done,       // it happened
    refused,    // the proof of identity was refused
    forbidden,  // signed in, but not allowed
};
BOOST_DESCRIBE_ENUM(AuditOutcome, done, refused, forbidden)

// Writes one line in the transaction of the change it tells of. `verb` is "<noun>.<verb in the past>"
// ("delivery.erased"), `subject` a text identifier or a route. `data` is small and holds no secret, no content and no
// address of a customer.
void audit(store::Tx& tx, Act const& act, std::string_view verb, std::string_view subject,
           AuditOutcome outcome = AuditOutcome::done, json::Object const& data = {});

struct AuditLine {
    AuditId id{};
    Time at{};
    ActorKind actor_kind = ActorKind::system;
    std::int64_t actor_id = 0;
    std::string actor_name{};
    std::string verb{};
    std::string subject{};
    AuditOutcome outcome = AuditOutcome::done;
    std::string remote{};
    std::string request_id{};
    json::Object data{};
};
BOOST_DESCRIBE_STRUCT(AuditLine, (),
                      (id, at, actor_kind, actor_id, actor_name, verb, subject, outcome, remote, request_id, data))

struct AuditFilter {
    std::optional<std::string> verb{};     // exact, or a noun with a dot: "agent." finds all about agents
    std::optional<std::string> subject{};  // exact
    std::optional<std::int64_t> actor_id{};
    std::optional<AuditOutcome> outcome{};
    std::optional<Time> since{};  // inclusive
    std::optional<Time> until{};  // exclusive
};
// Newest first; `before` is the identifier of the last line of the page before.
std::vector<AuditLine> audit_lines(store::Reader& reader, AuditFilter const& filter, std::optional<AuditId> before,
                                   std::size_t limit);

// ---- Customers -----------------------------------------------------------------------------------------------------

struct Customer {
    CustomerId id{};
    std::string name{};  // empty: nobody told us
    Locale locale = Locale::en;
    std::optional<std::string> external_id{};  // the organisation's own key for them; unique
    Time created_at{};
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(Customer, (), (id, name, locale, external_id, created_at, changed_at))

enum class AddressKind : std::uint8_t { email };
BOOST_DESCRIBE_ENUM(AddressKind, email)

struct Address {
    AddressId id{};
    CustomerId customer{};
    AddressKind kind = AddressKind::email;
    std::string value{};  // as it was given; addresses are compared in lower case
    std::optional<Time> verified_at{};
    bool primary = false;  // exactly one of a customer who has any
    Time created_at{};

    EmailAddress email() const { return EmailAddress{value}; }
};
BOOST_DESCRIBE_STRUCT(Address, (), (id, customer, kind, value, verified_at, primary, created_at))

using CustomerName = Text<1, 200>;
using ExternalId = Text<1, 200>;
inline constexpr std::size_t most_addresses = 20;  // of one customer

struct NewAddress {
    AddressKind kind = AddressKind::email;
    EmailAddress value{};
    std::optional<bool> verified{};  // the organisation vouches for it
    std::optional<bool> primary{};   // else the first one is
};
BOOST_DESCRIBE_STRUCT(NewAddress, (), (kind, value, verified, primary))

struct NewCustomer {
    CustomerName name{};
    Locale locale = Locale::en;
    std::optional<ExternalId> external_id{};
    std::vector<NewAddress> addresses{};
};
BOOST_DESCRIBE_STRUCT(NewCustomer, (), (name, locale, external_id, addresses))

using ExternalIdOrNone = Text<0, 200>;
struct CustomerChange {
    std::optional<CustomerName> name{};
    std::optional<Locale> locale{};
    std::optional<ExternalIdOrNone> external_id{};  // empty: they have none any more
};
BOOST_DESCRIBE_STRUCT(CustomerChange, (), (name, locale, external_id))

// Publishes customer.created. Codes: external_id_taken, address_repeated, too_many_addresses.
Expected<CustomerId> create_customer(store::Tx& tx, Act const& act, NewCustomer const& wanted);
// Publishes customer.changed. Codes: customer_not_found, external_id_taken.
Expected<Customer> update_customer(store::Tx& tx, Act const& act, CustomerId id, CustomerChange const& change);
std::optional<Customer> find_customer(store::Reader& reader, CustomerId id);
std::optional<Customer> customer_by_external_id(store::Reader& reader, std::string_view external_id);

// The customer whom this address means, made if there is none (then publishes customer.created). Of several customers
// who share an address it means the one who had it first. Safe under concurrency: a unique index decides. One indexed
// read for a known address; one read, three or four inserts for a new one. `name` may be empty; neither it nor
// `locale` changes a customer who exists.
CustomerId customer_for(store::Tx& tx, EmailAddress const& email, std::string_view name, Locale locale, Time now,
                        Actor const& by = {});
std::optional<CustomerId> customer_of_address(store::Reader& reader, EmailAddress const& email);

// "a•••@e•••.org": an address for whoever has its link in hand, and for nobody else.
std::string masked(std::string_view email);

// Primary first, then oldest first.
std::vector<Address> addresses_of(store::Reader& reader, CustomerId customer);
// Publishes customer.address_added. Codes: customer_not_found, address_exists, too_many_addresses.
Expected<Address> add_address(store::Tx& tx, Act const& act, CustomerId customer, NewAddress const& wanted);
// The customer's address, added unverified if they do not have it; for a second address that comes with a submission.
Expected<AddressId> address_for(store::Tx& tx, CustomerId customer, EmailAddress const& email, Time now,
                                Actor const& by = {});
// Publishes customer.address_removed. Where the primary goes, the oldest one left becomes primary.
Expected<void> remove_address(store::Tx& tx, Act const& act, CustomerId customer, AddressId address);
// Somebody proved that they read what is sent there. Publishes customer.address_verified the first time.
void verify_address(store::Tx& tx, AddressId address, Time now, Actor const& by = {});

struct ListedCustomer {
    Customer customer;
    std::vector<Address> addresses;  // as addresses_of()
};
struct CustomerPage {
    std::vector<ListedCustomer> customers;
    std::optional<std::string> next;  // opaque; give it as `after` for the page that follows
};
// All, newest first; or, with a query, those of whom a word of the name (or an address) starts with it, in the order of
// what matched. A cursor that we did not make: code bad_cursor.
Expected<CustomerPage> list_customers(store::Reader& reader, std::string_view query, std::string_view after,
                                      std::size_t limit);

// The journal's events of a customer, newest first, with seq < before; those of deliveries (and notices) and of
// conversations for who may read them.
struct TimelineScope {
    bool deliveries = true, conversations = true;
};
std::vector<store::Event> timeline_of(store::Reader& reader, CustomerId customer, std::optional<std::int64_t> before,
                                      std::size_t limit, TimelineScope scope = {});

// ---- fsck ----------------------------------------------------------------------------------------------------------

// What is broken among people's rows, one sentence each; empty when all holds.
std::vector<std::string> fsck(store::Reader& reader);

}  // namespace rapport::people
