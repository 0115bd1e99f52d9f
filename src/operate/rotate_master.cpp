// Wrapping anew; see rotate_master.hpp.
#include "operate/rotate_master.hpp"

#include <algorithm>
#include <deque>
#include <limits>

#include "operate/sql.hpp"
#include "people/people.hpp"
#include "people/totp.hpp"
#include "store/tables.hpp"

namespace rapport::operate {
namespace {

constexpr std::int64_t at_once = 500;

struct WrappedRow {
    std::int64_t id = 0;
    store::Blob key;
};
BOOST_DESCRIBE_STRUCT(WrappedRow, (), (id, key))

struct Place {
    std::string what;
    store::Query const& read;
    store::Query const& change;
};

// A table with an identifier and a key that the keyring has wrapped. Statements live as long as the program: the store
// knows them by their address.
Place place_of(WrappedColumn const& of) {
    struct Texts {
        std::string name, read, change;
    };
    static std::deque<Texts> texts;
    static std::deque<store::Query> queries;
    auto const& [table, column] = of;
    auto const& text =
        texts.emplace_back(Texts{"operate.rewrap_" + table + "_" + column,
                                 "SELECT id, " + column + " FROM " + table + " WHERE id > $1 AND " + column +
                                     " IS NOT NULL ORDER BY id LIMIT $2",
                                 "UPDATE " + table + " SET " + column + " = $2 WHERE id = $1 AND " + column + " = $3"});
    auto const& read = queries.emplace_back(store::Query{text.name, text.read, text.read});
    auto const& change = queries.emplace_back(store::Query{text.name, text.change, text.change});
    return {table + "." + column, read, change};
}

using Change = std::function<Expected<Bytes>(WrappedRow const&)>;  // empty bytes: as it should be already

Expected<std::int64_t> change_all(store::Store& store, Place const& place, Change const& change) {
    std::int64_t changed = 0, unreadable = 0, first_unreadable = 0;
    for (std::int64_t after = std::numeric_limits<std::int64_t>::min();;) {
        auto const rows =
            store.read_now([&](store::Reader& reader) { return reader.all<WrappedRow>(place.read, after, at_once); });
        if (rows.empty()) break;
        after = rows.back().id;
        std::vector<std::pair<WrappedRow const*, Bytes>> wanted;
        for (auto const& row : rows) {
            auto fresh = change(row);
            if (!fresh) {
                if (++unreadable == 1) first_unreadable = row.id;
            } else if (!fresh->empty()) {
                wanted.emplace_back(&row, std::move(*fresh));
            }
        }
        store.write_now([&](store::Tx& tx) {
            for (auto const& [row, fresh] : wanted) tx.exec(place.change, row->id, store::BlobView{fresh}, row->key);
        });
        changed += static_cast<std::int64_t>(wanted.size());
    }
    if (unreadable > 0)
        return fail(ErrorKind::conflict, "key_damaged",
                    std::to_string(unreadable) + " rows of " + place.what +
                        " can be opened by neither the new nor the old master key (the first has the number " +
                        std::to_string(first_unreadable) + "). The old key stays: run rapport fsck, then this again.");
    return changed;
}

Expected<Bytes> wrapped_anew(store::Keyring const& keyring, WrappedRow const& row) {
    if (keyring.is_current(row.key.bytes)) return Bytes();
    auto const key = keyring.unwrap(row.key.bytes);
    if (!key) return fail(key.error());
    return keyring.wrap(*key);
}

// Secrets of second factors are sealed with a derived key.
Expected<Bytes> totp_anew(store::Keyring const& keyring, WrappedRow const& row) {
    static constexpr std::string_view purpose = "people.secrets";
    people::AgentId const agent{row.id};
    auto const fresh = keyring.derive(purpose);
    if (people::open_totp(fresh, agent, row.key.bytes)) return Bytes();
    auto const secret = people::open_totp(*keyring.derive_previous(purpose), agent, row.key.bytes);
    if (!secret) return fail(secret.error());
    return people::seal_totp(fresh, agent, *secret);
}

}  // namespace

std::int64_t other_servers(store::Reader& reader) { return reader.one<std::int64_t>(sql::other_servers).value_or(0); }

std::vector<WrappedColumn> wrapped_columns(std::string const& database) {
    std::vector<WrappedColumn> found;
    auto const snapshot = store::Snapshot::open(database);
    for (auto const& table : snapshot->tables()) {
        if (std::ranges::find(table.columns, "id") == table.columns.end()) continue;
        for (auto const& column : table.columns)
            if (column.find("wrapped_") != std::string::npos) found.push_back({table.name, column});
    }
    return found;
}

Expected<std::vector<Rewrapped>> rewrap(store::Store& store, store::Keyring const& keyring,
                                        std::vector<WrappedColumn> const& columns) {
    require(keyring.is_rotating(), "there is a key to rotate from");
    std::vector<Rewrapped> done;
    auto const go = [&](Place const& place, auto&& how) -> Expected<> {
        auto const changed = change_all(store, place, [&](WrappedRow const& row) { return how(keyring, row); });
        if (!changed) return fail(changed.error());
        done.push_back({place.what, *changed});
        return {};
    };
    for (auto const& column : columns)
        if (auto const result = go(place_of(column), wrapped_anew); !result) return fail(result.error());
    if (auto const result = go({"second factors", sql::sealed_totp, sql::reseal_totp}, totp_anew); !result)
        return fail(result.error());
    return done;
}

std::int64_t end_sessions(store::Tx& tx, Time now) {
    tx.exec(sql::forget_sign_in_links);
    auto const ended = tx.changed(sql::forget_sessions);
    // Running servers forget whom they know.
    tx.publish({.at = now, .kind = "session.ended", .subject = "sessions", .actor_kind = ActorKind::operator_});
    return ended;
}

void record_rotation(store::Tx& tx, std::string_view what, Time now) {
    json::Object const data{{"key", what}};
    people::audit(tx, {{ActorKind::operator_, 0, "operator"}, now, {}, {}}, "key.rotated", what,
                  people::AuditOutcome::done, data);
    tx.publish({.at = now, .kind = "key.rotated", .subject = "keys", .actor_kind = ActorKind::operator_, .data = data});
}

}  // namespace rapport::operate
