// What is asked where: of the whole organisation, a mailbox, a site.
#include "conversation/csat/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation::csat {
namespace {

constexpr std::string_view whole = "organisation";
constexpr std::int64_t longest_delay = 14 * 24 * 3600, most_days = 365;

std::unexpected<Error> wrong(std::string pointer, std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

Expected<> check_scope(store::Reader& reader, std::string const& scope) {
    MailboxId mailbox;
    bool const is_mailbox = from_text(scope, mailbox) && find_mailbox(reader, mailbox);
    // Sites belong to the chat, above this module: one that does not exist asks nobody.
    bool const is_site = scope.starts_with("sit_") && from_base32(scope.substr(4)).has_value();
    if (scope == whole || is_mailbox || is_site) return {};
    return fail(ErrorKind::not_found, "not_found", "There is no such mailbox or site.");
}

Expected<> check(RatingSettings const& wanted) {
    if (wanted.delay_s < 0 || wanted.delay_s > longest_delay)
        return wrong("/delay_s", "This is too long.", "at most 14 days", "choose a shorter time");
    if (wanted.again_after_days < 0 || wanted.again_after_days > most_days)
        return wrong("/again_after_days", "This is too long.", "from 0 to 365", "choose fewer days");
    if (wanted.changeable_days < 0 || wanted.changeable_days > most_days)
        return wrong("/changeable_days", "This is too long.", "from 0 to 365", "choose fewer days");
    for (auto const& [language, text] : wanted.question)
        if (Locale locale{}; !from_text(language, locale))
            return wrong("/question/" + language, "There is no such language.", "must be en, it, th, ja, ko or fa",
                         "leave it out");
    return {};
}

struct SettingRow {
    std::string scope;
    json::Object content;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(SettingRow, (), (scope, content, changed_at))

RatingSettings decoded(json::Object const& content) {
    auto made = json::decode<RatingSettings>(json::encode(content));
    return made ? std::move(*made) : RatingSettings{};
}

void tell(store::Tx& tx, Act const& act, std::string const& scope) {
    tx.publish({.at = act.now,
                .kind = "rating_settings.changed",
                .subject = scope,
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, "rating_settings.changed", scope);
}

}  // namespace

std::vector<ScopedRatingSettings> list_settings(store::Reader& reader) {
    std::vector<ScopedRatingSettings> out;
    for (auto const& row : reader.all<SettingRow>(sql::rating_settings))
        out.push_back({decoded(row.content), row.scope, row.changed_at});
    return out;
}

Expected<ScopedRatingSettings> put_settings(store::Tx& tx, Act const& act, std::string const& scope,
                                            RatingSettings const& wanted) {
    if (auto const good = check_scope(tx, scope); !good) return fail(good.error());
    if (auto const good = check(wanted); !good) return fail(good.error());
    auto const content = json::decode<json::Object>(json::encode(wanted)).value_or(json::Object());
    tx.exec(sql::put_rating_setting, scope, content, act.now);
    tell(tx, act, scope);
    return ScopedRatingSettings{wanted, scope, act.now};
}

Expected<> delete_settings(store::Tx& tx, Act const& act, std::string const& scope) {
    if (tx.changed(sql::delete_rating_setting, scope) != 1)
        return fail(ErrorKind::not_found, "not_found", "Nothing is set there.");
    tell(tx, act, scope);
    return {};
}

std::optional<RatingSettings> settings_for(store::Reader& reader, Office const& office, ConversationRow const& row) {
    std::vector<std::string> scopes;
    if (office.site_of)
        if (auto site = office.site_of(reader, row.id)) scopes.push_back(std::move(*site));
    scopes.push_back(to_text(row.mailbox));
    scopes.emplace_back(whole);
    for (auto const& scope : scopes)
        if (auto const found = reader.one<json::Object>(sql::rating_setting, scope)) {
            auto settings = decoded(*found);
            bool const speaks =
                settings.locales.empty() || std::ranges::find(settings.locales, row.locale) != settings.locales.end();
            return settings.on && speaks ? std::optional(std::move(settings)) : std::nullopt;
        }
    return std::nullopt;
}

}  // namespace rapport::conversation::csat
