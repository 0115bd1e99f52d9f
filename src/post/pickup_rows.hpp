// Rows of mailboxes elsewhere. Internal to the module.
#pragma once

#include "post/pickup.hpp"

namespace rapport::post {

struct PickUpRow {
    PickUpId id;
    EmailAddress address;
    std::string host;
    std::int64_t port = 0;
    ImapSecurity security{};
    std::string login, folder;
    bool mark_seen = false, from_now = true, enabled = true;
    store::Blob wrapped_key, sealed;
    Time created_at{}, changed_at{};
    std::int64_t version = 0;
    std::optional<std::int64_t> uid_validity;
    std::int64_t last_uid = 0, lay_there_below = 0, took = 0;
    std::optional<Time> took_at, connected_at;
    std::optional<std::string> trouble_code, trouble;
    std::optional<Time> trouble_at;
};
BOOST_DESCRIBE_STRUCT(PickUpRow, (),
                      (id, address, host, port, security, login, folder, mark_seen, from_now, enabled, wrapped_key,
                       sealed, created_at, changed_at, version, uid_validity, last_uid, lay_there_below, took, took_at,
                       connected_at, trouble_code, trouble, trouble_at))

std::unexpected<Error> no_such_pickup();
// With its password; error key_damaged, box_damaged.
Expected<channels::email::ImapAccount> account_of(store::Keyring const& keyring, PickUpRow const& row);

}  // namespace rapport::post
