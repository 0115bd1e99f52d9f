// Mailboxes elsewhere whose mails are fetched by IMAP and put into the inbound spool. A mail is fetched by its number
// (UIDVALIDITY and UID, RFC 9051 §2.3.1.1), never by its date: what comes after the last one that is durable here is
// new. Dying between keeping and counting fetches it again, and the spool knows its octets. Nothing is deleted there.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channels/email/imap.hpp"
#include "net/net.hpp"
#include "net/task_group.hpp"
#include "people/people.hpp"
#include "post/inbound.hpp"

namespace rapport::post {

struct PickUpTag {
    static constexpr std::string_view prefix = "pku";
};
using PickUpId = Id<PickUpTag>;

using ImapSecurity = channels::email::ImapSecurity;

struct NewPickUp {
    EmailAddress address;  // of a mailbox of ours: whom the mails are for
    Text<1, 253> host;
    std::optional<int> port;               // 993; 143 without TLS from the first octet
    std::optional<ImapSecurity> security;  // tls
    Text<1, 200> login;
    Text<1, 500> password;
    std::optional<Text<1, 200>> folder;  // INBOX
    std::optional<bool> mark_seen;       // no
    std::optional<bool> from_now;        // yes: what lies there already is left alone
};
BOOST_DESCRIBE_STRUCT(NewPickUp, (), (address, host, port, security, login, password, folder, mark_seen, from_now))

// Another host, login or folder begins anew: from then on, or with all that lies there.
struct PickUpChange {
    std::optional<EmailAddress> address;
    std::optional<Text<1, 253>> host;
    std::optional<int> port;
    std::optional<ImapSecurity> security;
    std::optional<Text<1, 200>> login;
    std::optional<Text<1, 500>> password;
    std::optional<Text<1, 200>> folder;
    std::optional<bool> mark_seen, enabled;
};
BOOST_DESCRIBE_STRUCT(PickUpChange, (), (address, host, port, security, login, password, folder, mark_seen, enabled))

enum class PickUpState : std::uint8_t { off, connecting, following, trouble };
BOOST_DESCRIBE_ENUM(PickUpState, off, connecting, following, trouble)

struct PickUpView {
    PickUpId id;
    EmailAddress address;
    std::string host;
    std::int64_t port = 0;
    ImapSecurity security{};
    std::string login, folder;
    bool mark_seen = false, from_now = true, enabled = true;
    PickUpState state{};
    std::optional<Time> connected_at;
    std::int64_t took = 0;  // mails
    std::optional<Time> took_at;
    std::optional<std::string> trouble_code, trouble;
    std::optional<Time> trouble_at;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(PickUpView, (),
                      (id, address, host, port, security, login, folder, mark_seen, from_now, enabled, state,
                       connected_at, took, took_at, trouble_code, trouble, trouble_at, created_at, changed_at))

struct PickUpOptions {
    channels::email::TransportOptions dns = {};  // whose resolver is asked
    channels::email::ImapLimits limits = {};
    std::chrono::milliseconds idle = std::chrono::minutes(9);  // then IDLE is said anew (RFC 2177: within 29)
    std::chrono::milliseconds first_pause{1000}, longest_pause{300'000};  // after trouble, doubling
    std::size_t octets = 64 << 20;                                        // of all mails that are being fetched
};

class PickUps {
  public:
    PickUps(store::Store& store, store::Keyring const& keyring, Inbound& inbound, PickUpOptions options,
            Clock clock = system_now);
    ~PickUps();
    PickUps(PickUps const&) = delete;

    // Follows every mailbox that is to be followed, until stop. Jobs run in `group`, on the executor that runs this.
    Task<> run(net::TaskGroup& group, net::Stop stop);

    // Connects and opens the folder, and says how many mails lie there, or what is wrong (conflict). Fetches nothing.
    Task<Expected<std::int64_t>> check(PickUpId id) const;

    // What the verbs below need.
    store::Keyring const& keyring() const;
    bool is_taken(std::string_view address) const;  // somebody here takes mail for it
    store::Store& store() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

// ---- verbs. Codes: invalid_fields, not_found, too_many_pickups. Publish pickup.added, .changed, .removed.
Expected<PickUpView> add_pickup(store::Tx& tx, people::Act const& act, PickUps const& pickups, NewPickUp const& wanted);
Expected<PickUpView> change_pickup(store::Tx& tx, people::Act const& act, PickUps const& pickups, PickUpId id,
                                   PickUpChange const& change);
Expected<> remove_pickup(store::Tx& tx, people::Act const& act, PickUpId id);
std::vector<PickUpView> list_pickups(store::Reader& reader);

// `pickups` outlives the server.
net::Routes routes(PickUps& pickups);

// Of a mail that is too large: its header, and a text that says where the mail lies.
Bytes left_behind(ByteView header, std::uint64_t size, std::string_view folder, std::string_view host);
// The address in the first Return-Path field (RFC 5321 §4.4); empty for the null one, or where there is none.
std::string return_path_in(ByteView raw);

}  // namespace rapport::post
