// What verbs share: telling, refusing, addresses, words by language.
#include <algorithm>

#include "base/text.hpp"
#include "knowledge/rows.hpp"
#include "knowledge/sql.hpp"
#include "markdown/markdown.hpp"

namespace rapport::knowledge {

void tell(store::Tx& tx, Act const& act, std::string subject, std::string_view kind, json::Object data,
          std::optional<CustomerId> customer) {
    store::Event event{.at = act.now,
                       .kind = std::string(kind),
                       .subject = subject,
                       .actor_kind = act.actor.kind,
                       .actor_id = act.actor.id,
                       .data = std::move(data)};
    if (customer) event.customer = customer->value;
    tx.publish(std::move(event));
    people::audit(tx, act, kind, subject);
}

std::unexpected<Error> no_such(std::string_view what) {
    return fail(ErrorKind::not_found, "not_found", "There is no such " + std::string(what) + '.');
}

std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "changed_meanwhile",
                "Somebody has changed it meanwhile. Look at it, and try again.");
}

std::unexpected<Error> wrong(std::string code, std::string pointer, std::string text, std::string rule, std::string fix,
                             ErrorKind kind) {
    return fail(kind, std::move(code), std::move(text), {{std::move(pointer), std::move(rule), std::move(fix)}});
}

std::string name_of(Actor const& actor) {
    if (actor.kind == ActorKind::agent) return to_text(AgentId{actor.id});
    if (actor.kind == ActorKind::api_key) return to_text(people::ApiKeyId{actor.id});
    return std::string(json::enum_name(actor.kind));
}

std::optional<ArticleRow> article_row(store::Reader& reader, ArticleId id) {
    return reader.one<ArticleRow>(sql::find_article, id);
}

std::optional<TranslationRow> translation_row(store::Reader& reader, ArticleId id, Locale locale) {
    return reader.one<TranslationRow>(sql::find_translation, id, locale);
}

std::int64_t source_number(store::Reader& reader, ArticleRow const& article) {
    auto const source = translation_row(reader, article.id, article.source);
    return source ? source->number : 0;
}

bool is_outdated(ArticleRow const& article, Locale locale, std::int64_t made_from, std::int64_t source_number) {
    return locale != article.source && made_from < source_number;
}

void save_state(store::Tx& tx, TranslationRow const& row) {
    tx.exec(sql::save_state, row.article, row.locale, row.state, row.number, row.visible, row.writers, row.review,
            row.publish_at, row.published_at);
    tx.exec(sql::touch_article, row.article, row.changed_at);
}

std::string take_address(store::Tx& tx, std::string_view kind, std::string_view locale, std::string const& wanted,
                         std::int64_t target, Time now) {
    for (int number = 1;; ++number) {
        auto slug = number == 1 ? wanted : wanted + '-' + std::to_string(number);
        auto const held = tx.one<AddressRow>(sql::address_of_slug, kind, locale, slug);
        if (held && held->target != target) continue;
        if (held && held->is_current) return slug;
        tx.exec(sql::older_addresses, kind, locale, target);
        // Another node may have taken it meanwhile.
        if (tx.changed(sql::put_address, kind, locale, slug, target, now) == 1) return slug;
    }
}

std::optional<std::string> current_address(store::Reader& reader, std::string_view kind, std::string_view locale,
                                           std::int64_t target) {
    return reader.one<std::string>(sql::current_address, kind, locale, target);
}

std::string article_path(Locale locale, std::string_view slug) {
    return "/help/" + to_text(locale) + "/articles/" + std::string(slug);
}

template <class Words>
Expected<> check_words(Words const& words, std::string const& pointer, bool needs_one) {
    bool some = false;
    for (auto const& [language, text] : words) {
        Locale locale{};
        if (!from_text(language, locale))
            return wrong("invalid_fields", pointer + '/' + language, "This is no language of ours.",
                         "one of en, it, th, ja, ko, fa", "use one of these names");
        some = some || !trimmed(text.value).empty();
    }
    if (needs_one && !some)
        return wrong("invalid_fields", pointer, "It needs a name.", "a name in at least one language", "fill one in");
    return {};
}
template Expected<> check_words(KnowledgeNames const&, std::string const&, bool);
template Expected<> check_words(KnowledgeWords const&, std::string const&, bool);

std::string slug_from(std::map<std::string, Text<0, 100>> const& names) {
    for (auto const* language : {"en", "it"})
        if (auto const found = names.find(language); found != names.end())
            if (auto slug = markdown::slug_of(found->second.value); !slug.empty()) return slug;
    for (auto const& [language, name] : names)
        if (auto slug = markdown::slug_of(name.value); !slug.empty()) return slug;
    return {};
}

}  // namespace rapport::knowledge
