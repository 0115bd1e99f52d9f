// Mailboxes elsewhere as people set them up, and the mails that are too large to be fetched.
#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "channels/email/dialogue.hpp"
#include "post/pickup_rows.hpp"
#include "post/sql.hpp"

namespace rapport::post {
namespace {

constexpr std::size_t most_pickups = 100;

PickUpView view_of(PickUpRow const& row) {
    PickUpView view{row.id,      row.address,      row.host,       row.port,      row.security,
                    row.login,   row.folder,       row.mark_seen,  row.from_now,  row.enabled,
                    {},          row.connected_at, row.took,       row.took_at,   row.trouble_code,
                    row.trouble, row.trouble_at,   row.created_at, row.changed_at};
    view.state = !row.enabled       ? PickUpState::off
                 : row.trouble_code ? PickUpState::trouble
                 : row.connected_at ? PickUpState::following
                                    : PickUpState::connecting;
    return view;
}

bool is_host(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == ':';
    });
}

Expected<> check_fields(PickUps const& pickups, PickUpRow const& row) {
    std::vector<FieldError> wrong;
    if (!pickups.is_taken(row.address.value))
        wrong.push_back({"/address", "must be the address of a mailbox", "add the mailbox first"});
    if (!is_host(row.host))
        wrong.push_back({"/host", "must be a host name or an IP address", "write imap.example.org"});
    if (row.port < 1 || row.port > 65535) wrong.push_back({"/port", "must be 1 to 65535", "leave it out"});
    if (wrong.empty()) return {};
    return fail(ErrorKind::invalid, "invalid_fields", "The mailbox cannot be fetched like this.", std::move(wrong));
}

void seal_password(store::Keyring const& keyring, PickUpRow& row, std::string_view password) {
    auto const key = random_key();
    row.wrapped_key = {keyring.wrap(key)};
    row.sealed = {seal(key, password, to_text(row.id))};
}

int usual_port(ImapSecurity security) { return security == ImapSecurity::tls ? 993 : 143; }

void tell(store::Tx& tx, people::Act const& act, std::string_view verb, PickUpRow const& row) {
    people::audit(tx, act, verb, to_text(row.id));
    tx.publish({.at = act.now,
                .kind = std::string(verb),
                .subject = to_text(row.id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id,
                .data = {}});
}

// Without MIME fields, which speak of a body that is not there.
std::string plain_header(std::string_view header) {
    std::string out;
    bool drop = false;
    while (!header.empty()) {
        auto const end = std::min(header.find('\n'), header.size() - 1);
        auto const line = header.substr(0, end + 1);
        header.remove_prefix(line.size());
        if (trimmed(line).empty()) break;
        if (line.front() != ' ' && line.front() != '\t') {
            auto const name = ascii_lower(line.substr(0, line.find(':')));
            drop = name.starts_with("content-") || name == "mime-version";
        }
        if (!drop) out += line;
    }
    if (!out.empty() && !out.ends_with('\n')) out += "\r\n";
    return out;
}

}  // namespace

std::unexpected<Error> no_such_pickup() {
    return fail(ErrorKind::not_found, "not_found", "No mailbox elsewhere is fetched under this identifier.");
}

Expected<channels::email::ImapAccount> account_of(store::Keyring const& keyring, PickUpRow const& row) {
    auto const key = keyring.unwrap(row.wrapped_key.bytes);
    if (!key) return fail(key.error());
    auto const password = open(*key, row.sealed.bytes, to_text(row.id));
    if (!password) return fail(password.error());
    return channels::email::ImapAccount{row.host,
                                        static_cast<std::uint16_t>(row.port),
                                        row.security,
                                        row.login,
                                        std::string(password->begin(), password->end()),
                                        row.folder,
                                        !row.mark_seen};
}

Expected<PickUpView> add_pickup(store::Tx& tx, people::Act const& act, PickUps const& pickups,
                                NewPickUp const& wanted) {
    if (tx.all<PickUpRow>(sql::list_pickups).size() >= most_pickups)
        return fail(ErrorKind::conflict, "too_many_pickups", "There are too many mailboxes to fetch already.");
    PickUpRow row;
    row.id = tx.new_id<PickUpId>();
    row.address = wanted.address;
    row.host = wanted.host.value;
    row.security = wanted.security.value_or(ImapSecurity::tls);
    row.port = wanted.port.value_or(usual_port(row.security));
    row.login = wanted.login.value;
    row.folder = wanted.folder ? wanted.folder->value : "INBOX";
    row.mark_seen = wanted.mark_seen.value_or(false);
    row.from_now = wanted.from_now.value_or(true);
    if (auto const good = check_fields(pickups, row); !good) return fail(good.error());
    seal_password(pickups.keyring(), row, wanted.password.value);
    tx.exec(sql::insert_pickup, row.id, row.address, row.host, row.port, row.security, row.login, row.folder,
            row.mark_seen, row.from_now, row.enabled, row.wrapped_key, row.sealed, act.now);
    tell(tx, act, "pickup.added", row);
    return view_of(*tx.one<PickUpRow>(sql::find_pickup, row.id));
}

Expected<PickUpView> change_pickup(store::Tx& tx, people::Act const& act, PickUps const& pickups, PickUpId id,
                                   PickUpChange const& change) {
    auto found = tx.one<PickUpRow>(sql::find_pickup, id);
    if (!found) return no_such_pickup();
    auto row = *found;
    if (change.address) row.address = *change.address;
    if (change.host) row.host = change.host->value;
    if (change.security) row.security = *change.security;
    if (change.security && !change.port && found->port == usual_port(found->security))
        row.port = usual_port(row.security);
    if (change.port) row.port = *change.port;
    if (change.login) row.login = change.login->value;
    if (change.folder) row.folder = change.folder->value;
    if (change.mark_seen) row.mark_seen = *change.mark_seen;
    if (change.enabled) row.enabled = *change.enabled;
    // A password is for the server that it was given for: nobody sends it to another one without knowing it.
    bool const elsewhere = row.host != found->host || row.port != found->port || row.security != found->security;
    if (elsewhere && !change.password)
        return fail(ErrorKind::invalid, "invalid_fields", "Another server needs the password anew.",
                    {{"/password", "must be given with another host, port or security", "write the password"}});
    if (auto const good = check_fields(pickups, row); !good) return fail(good.error());
    if (change.password) seal_password(pickups.keyring(), row, change.password->value);
    bool const another = row.host != found->host || row.login != found->login || row.folder != found->folder;
    if (another) {
        row.uid_validity.reset();
        row.last_uid = row.lay_there_below = 0;
    }
    tx.exec(sql::change_pickup, row.id, row.address, row.host, row.port, row.security, row.login, row.folder,
            row.mark_seen, row.enabled, row.wrapped_key, row.sealed, act.now, row.uid_validity, row.last_uid,
            row.lay_there_below);
    tell(tx, act, "pickup.changed", row);
    return view_of(*tx.one<PickUpRow>(sql::find_pickup, id));
}

Expected<> remove_pickup(store::Tx& tx, people::Act const& act, PickUpId id) {
    auto const row = tx.one<PickUpRow>(sql::find_pickup, id);
    if (!row) return no_such_pickup();
    tx.exec(sql::delete_pickup, id);
    tell(tx, act, "pickup.removed", *row);
    return {};
}

std::vector<PickUpView> list_pickups(store::Reader& reader) {
    std::vector<PickUpView> out;
    for (auto const& row : reader.all<PickUpRow>(sql::list_pickups)) out.push_back(view_of(row));
    return out;
}

Bytes left_behind(ByteView header, std::uint64_t size, std::string_view folder, std::string_view host) {
    auto text = plain_header(header);
    text += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    text += "This mail has " + std::to_string(size) + " octets: too many to be fetched. It lies in the folder " +
            std::string(folder) + " at " + std::string(host) + ".\r\n";
    return Bytes(text.begin(), text.end());
}

std::string return_path_in(ByteView raw) {
    constexpr std::size_t header_limit = 256 * 1024;
    constexpr std::string_view name = "return-path:";
    auto text = raw.substr(0, header_limit);
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size() - 1);
        auto const line = text.substr(0, end + 1);
        if (trimmed(line).empty()) break;
        if (ascii_lower(line.substr(0, name.size())) == name) {
            auto const path = channels::email::parse_path(trimmed(line.substr(name.size())));
            return path ? path->address : std::string();
        }
        text.remove_prefix(line.size());
    }
    return {};
}

}  // namespace rapport::post
