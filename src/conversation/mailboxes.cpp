// Mailboxes: addresses of ours that conversations come to and leave from.
#include <algorithm>

#include "base/text.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t most_mailboxes = 500, most_aliases = 50;

std::unexpected<Error> no_such_mailbox() {
    return fail(ErrorKind::not_found, "not_found", "There is no such mailbox.");
}

MailboxView view_of(store::Reader& reader, MailboxRow const& row) {
    MailboxView view{row.id,         row.address,   row.name, {}, row.locale, row.team, {}, row.retired_at.has_value(),
                     row.created_at, row.changed_at};
    for (auto& address : reader.all<std::string>(sql::addresses_of_mailbox, row.id))
        if (address != ascii_lower(row.address.value)) view.aliases.push_back(std::move(address));
    for (auto const& [language, text] : row.signatures)
        if (text.is_string()) view.signatures.emplace(language, std::string_view(text.get_string()));
    return view;
}

Expected<> check_team(store::Tx& tx, std::optional<TeamId> team) {
    if (!team) return {};
    auto const found = people::find_team(tx, *team);
    if (found && !found->retired) return {};
    return fail(ErrorKind::invalid, "team_not_found", "There is no such team.",
                {{"/team", "must be a team", "choose another one"}});
}

// Addresses with a plus are made for tokens; nobody else may have one that is taken.
Expected<> set_addresses(store::Tx& tx, MailboxId id, EmailAddress const& own,
                         std::vector<EmailAddress> const& aliases) {
    if (aliases.size() > most_aliases)
        return fail(ErrorKind::invalid, "invalid_fields", "There are too many aliases.",
                    {{"/aliases", "at most " + std::to_string(most_aliases), "leave some out"}});
    std::vector<std::string> all{ascii_lower(own.value)};
    for (auto const& alias : aliases) all.push_back(ascii_lower(alias.value));
    tx.exec(sql::forget_addresses, id);
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const pointer = i == 0 ? std::string("/address") : "/aliases/" + std::to_string(i - 1);
        if (all[i].find('+') < all[i].rfind('@'))
            return fail(ErrorKind::invalid, "invalid_fields", "A mailbox has no plus sign before the @.",
                        {{pointer, "must have no +", "what follows a + is Rapport's own: leave it out"}});
        if (std::ranges::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i]) !=
            all.begin() + static_cast<std::ptrdiff_t>(i))
            continue;
        if (auto const other = tx.one<MailboxId>(sql::mailbox_of_address, all[i]); other && *other != id)
            return fail(ErrorKind::conflict, "mailbox_exists", "Another mailbox has this address.",
                        {{pointer, "must be unique", "change the mailbox " + to_text(*other)}});
        tx.exec(sql::insert_mailbox_address, all[i], id, i);
    }
    return {};
}

Expected<json::Object> signatures_from(std::map<std::string, Text<0, 2000>> const& wanted) {
    json::Object out;
    for (auto const& [language, text] : wanted) {
        Locale locale{};
        if (!from_text(language, locale))
            return fail(ErrorKind::invalid, "invalid_fields", "A signature has a language that is not known here.",
                        {{"/signatures/" + language, "must be " + json::TextRule<Locale>::rule(), "leave it out"}});
        if (!text.value.empty()) out[language] = text.value;
    }
    return out;
}

void tell_of(store::Tx& tx, Act const& act, std::string_view verb, MailboxId id) {
    tx.publish({.at = act.now,
                .kind = std::string(verb),
                .subject = to_text(id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, verb, to_text(id));
}

}  // namespace

std::optional<MailboxRow> find_mailbox(store::Reader& reader, MailboxId id) {
    return reader.one<MailboxRow>(sql::find_mailbox, id);
}

bool is_mailbox_address(store::Reader& reader, std::string_view folded) {
    return reader.one<MailboxId>(sql::mailbox_of_address, folded).has_value();
}

std::vector<MailboxView> list_mailboxes(store::Reader& reader) {
    std::vector<MailboxView> out;
    for (auto const& row : reader.all<MailboxRow>(sql::list_mailboxes)) out.push_back(view_of(reader, row));
    return out;
}

Expected<MailboxView> create_mailbox(store::Tx& tx, Act const& act, NewMailbox const& wanted) {
    if (tx.one<std::int64_t>(sql::count_mailboxes).value_or(0) >= static_cast<std::int64_t>(most_mailboxes))
        return fail(ErrorKind::conflict, "too_many_mailboxes", "There are too many mailboxes already.");
    if (auto const good = check_team(tx, wanted.team); !good) return fail(good.error());
    auto const signatures = signatures_from(wanted.signatures.value_or(std::map<std::string, Text<0, 2000>>{}));
    if (!signatures) return fail(signatures.error());
    auto const id = tx.new_id<MailboxId>();
    if (auto const set = set_addresses(tx, id, wanted.address, wanted.aliases); !set) return fail(set.error());
    tx.exec(sql::insert_mailbox, id, wanted.address, wanted.name, wanted.locale, wanted.team, *signatures, act.now);
    tell_of(tx, act, "mailbox.created", id);
    return view_of(tx, *find_mailbox(tx, id));
}

Expected<MailboxView> change_mailbox(store::Tx& tx, Act const& act, MailboxId id, MailboxChange const& change) {
    lock_thing(tx, id.value);
    auto row = find_mailbox(tx, id);
    if (!row) return no_such_mailbox();
    if (change.name) row->name = change.name->value;
    if (change.locale) row->locale = *change.locale;
    if (change.team) row->team = change.team->value;
    if (change.team)
        if (auto const good = check_team(tx, row->team); !good) return fail(good.error());
    if (change.signatures) {
        auto signatures = signatures_from(*change.signatures);
        if (!signatures) return fail(signatures.error());
        row->signatures = std::move(*signatures);
    }
    if (change.retired)
        row->retired_at = *change.retired ? std::optional(row->retired_at.value_or(act.now)) : std::nullopt;
    if (change.aliases)
        if (auto const set = set_addresses(tx, id, row->address, *change.aliases); !set) return fail(set.error());
    tx.exec(sql::change_mailbox, id, row->name, row->locale, row->team, row->signatures, row->retired_at, act.now);
    tell_of(tx, act, "mailbox.changed", id);
    return view_of(tx, *find_mailbox(tx, id));
}

}  // namespace rapport::conversation
