// Sites: whose pages carry the widget, and what it looks like there.
#include <algorithm>

#include "conversation/sla/policies.hpp"
#include "live/sql.hpp"
#include "live/wire.hpp"

namespace rapport::live::wire {
namespace {

constexpr std::size_t most_origins = 50;
constexpr std::int64_t longest_wait = 7 * 24 * 3600, usual_wait = 300;

std::unexpected<Error> wrong(std::string pointer, std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

// RFC 6454 §6.2: scheme, host and port, as browsers write it.
bool is_origin(std::string_view text) {
    auto const scheme = text.find("://");
    if (scheme == text.npos || text.size() > 300) return false;
    auto const rest = text.substr(scheme + 3);
    bool const known = text.starts_with("https://") || text.starts_with("http://");
    return known && !rest.empty() && rest.find_first_of("/?#@ \t*\"'<>") == rest.npos && is_plain_text(text) &&
           ascii_lower(text) == text;
}

Expected<> check(store::Reader& reader, SiteRow const& row, ChatSiteSettings const& settings) {
    auto const mailboxes = conversation::list_mailboxes(reader);
    auto const found = std::ranges::find(mailboxes, row.mailbox, &conversation::MailboxView::id);
    if (found == mailboxes.end() || found->retired)
        return wrong("/mailbox", "There is no such mailbox.", "must be a mailbox that is in use", "choose another one");
    if (settings.origins.empty() || settings.origins.size() > most_origins)
        return wrong("/origins", "It is not clear whose pages may carry the widget.",
                     "from 1 to " + std::to_string(most_origins), "name the site, like https://shop.example");
    for (std::size_t i = 0; i < settings.origins.size(); ++i)
        if (!is_origin(settings.origins[i]))
            return wrong("/origins/" + std::to_string(i), "This is no origin.",
                         "scheme, host and port alone, in lower case", "write it like https://shop.example");
    bool const colour = settings.colour.size() == 7 && settings.colour[0] == '#' &&
                        settings.colour.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
    if (!colour) return wrong("/colour", "This is no colour.", "six hexadecimal digits", "write it like #1a6b3c");
    if (settings.calendar && !conversation::sla::find_calendar(reader, *settings.calendar, row.changed_at))
        return wrong("/calendar", "There are no such hours.", "must be a calendar", "choose another one");
    if (row.mail_after < 0 || row.mail_after > longest_wait)
        return wrong("/mail_after_s", "This is too long.", "at most seven days; 0: never", "choose a shorter time");
    return {};
}

ChatSiteView view_of(SiteRow const& row, Live& live) {
    auto settings = settings_of(row);
    return {row.id,
            row.name,
            row.mailbox,
            row.team,
            std::move(settings.origins),
            std::move(settings.locales),
            settings.colour,
            std::move(settings.greeting),
            row.mail_after,
            settings.calendar,
            "<script src=\"" + live.public_url() + "/widget.js\" data-site=\"" + to_text(row.id) + "\" async></script>",
            row.retired_at.has_value(),
            row.created_at,
            row.changed_at};
}

json::Object object_of(ChatSiteSettings const& settings) {
    return json::decode<json::Object>(json::encode(settings)).value_or(json::Object());
}

void tell(store::Tx& tx, SiteRow const& row, std::string_view kind, Act const& act) {
    tx.publish({.at = act.now,
                .kind = std::string(kind),
                .subject = to_text(row.id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, kind, to_text(row.id));
}

}  // namespace

ChatSiteSettings settings_of(SiteRow const& row) {
    auto settings = json::decode<ChatSiteSettings>(json::encode(row.settings));
    return settings ? std::move(*settings) : ChatSiteSettings{};
}

Expected<ChatSiteView> create_site(store::Tx& tx, Live& live, Act const& act, NewChatSite const& wanted) {
    SiteRow row;
    row.id = tx.new_id<SiteId>();
    row.name = wanted.name.value;
    row.mailbox = wanted.mailbox;
    row.team = wanted.team;
    row.mail_after = wanted.mail_after_s.value_or(usual_wait);
    row.created_at = row.changed_at = act.now;
    row.wrapped_key = store::Blob{live.office().keyring.wrap(random_key())};
    ChatSiteSettings settings;
    settings.origins = wanted.origins;
    settings.locales = wanted.locales.value_or(std::vector<Locale>());
    if (wanted.colour) settings.colour = wanted.colour->value;
    if (wanted.greeting) settings.greeting = *wanted.greeting;
    settings.calendar = wanted.calendar;
    if (auto const good = check(tx, row, settings); !good) return fail(good.error());
    row.settings = object_of(settings);
    tx.exec(sql::insert_site, row.id, row.name, row.mailbox, row.team, row.settings, row.mail_after, row.wrapped_key,
            act.now);
    tell(tx, row, "chat_site.created", act);
    return view_of(row, live);
}

Expected<ChatSiteView> change_site(store::Tx& tx, Live& live, Act const& act, SiteId id, ChatSiteChange const& change) {
    auto row = tx.one<SiteRow>(sql::find_site, id);
    if (!row) return fail(ErrorKind::not_found, "site_not_found", "There is no such site.");
    auto settings = settings_of(*row);
    if (change.name) row->name = change.name->value;
    if (change.mailbox) row->mailbox = *change.mailbox;
    if (change.team) row->team = change.team->value;
    if (change.mail_after_s) row->mail_after = *change.mail_after_s;
    if (change.origins) settings.origins = *change.origins;
    if (change.locales) settings.locales = *change.locales;
    if (change.colour) settings.colour = change.colour->value;
    if (change.greeting) settings.greeting = *change.greeting;
    if (change.calendar) settings.calendar = change.calendar->value;
    if (change.retired) row->retired_at = *change.retired ? std::optional(act.now) : std::nullopt;
    row->changed_at = act.now;
    if (auto const good = check(tx, *row, settings); !good) return fail(good.error());
    row->settings = object_of(settings);
    tx.exec(sql::change_site, id, row->name, row->mailbox, row->team, row->settings, row->mail_after, row->retired_at,
            act.now);
    tell(tx, *row, "chat_site.changed", act);
    return view_of(*row, live);
}

Expected<ChatSiteSecret> change_secret(store::Tx& tx, Live& live, Act const& act, SiteId id) {
    constexpr auto both_work = std::chrono::hours(24);
    auto const row = tx.one<SiteRow>(sql::find_site, id);
    if (!row) return fail(ErrorKind::not_found, "site_not_found", "There is no such site.");
    auto const fresh = random_key();
    tx.exec(sql::put_old_secret, id, row->wrapped_key, act.now + both_work);
    tx.exec(sql::change_secret, id, store::Blob{live.office().keyring.wrap(fresh)}, act.now);
    tell(tx, *row, "chat_site.changed", act);
    people::audit(tx, act, "chat_site.secret_changed", to_text(id));
    return ChatSiteSecret{to_base64({reinterpret_cast<char const*>(fresh.data()), fresh.size()})};
}

Expected<std::vector<Key256>> secrets_of(store::Reader& reader, Live& live, SiteRow const& site, Time now) {
    auto const own = live.office().keyring.unwrap(site.wrapped_key.bytes);
    if (!own) return fail(own.error());
    std::vector<Key256> keys{*own};
    if (auto const old = reader.one<store::Blob>(sql::old_secret, site.id, now))
        if (auto const key = live.office().keyring.unwrap(old->bytes)) keys.push_back(*key);
    return keys;
}

std::vector<ChatSiteView> list_sites(store::Reader& reader, Live& live) {
    std::vector<ChatSiteView> out;
    for (auto const& row : reader.all<SiteRow>(sql::list_sites)) out.push_back(view_of(row, live));
    return out;
}

}  // namespace rapport::live::wire
