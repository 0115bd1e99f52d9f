// The API's adapters of texts: drafts, review, publication, versions, comparison, preview.
#include "knowledge/http_parts.hpp"
#include "people/permissions.hpp"

namespace rapport::knowledge {

// A saved draft; or, where somebody was faster, a 409 problem with both texts, so that nothing is lost.
struct SavedText {
    Expected<KnowledgeTranslation> now;  // as it is kept
    std::optional<Error> refused;
    PutKnowledgeTranslation yours;
};

}  // namespace rapport::knowledge

template <>
struct rapport::net::ReplyOf<rapport::knowledge::SavedText> {
    static constexpr int status = 200;
    using Json = rapport::knowledge::KnowledgeTranslation;
    static Response respond(rapport::knowledge::SavedText&& saved) {
        if (!saved.refused) return json_response(200, json::encode(*saved.now));
        auto response = problem(*saved.refused);
        auto* text = std::get_if<std::string>(&response.body);
        if (!text || !text->ends_with('}') || !saved.now) return response;
        text->pop_back();
        *text += ",\"current\":" + json::encode(*saved.now) + ",\"yours\":" + json::encode(saved.yours) + '}';
        return response;
    }
};

namespace rapport::knowledge {
namespace {

using net::Body;
using net::Page;
using net::Query;
using net::Request;

struct VersionQuery {
    std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(VersionQuery, (), (version))

Task<Expected<KnowledgeTranslation>> read_text(Knowledge& knowledge, ArticleId id, Locale locale) {
    co_return co_await knowledge.store().read(
        [&](store::Reader& reader) { return find_translation(reader, knowledge, id, locale); });
}

Task<Expected<KnowledgeTranslation>> get_text(Knowledge& knowledge, Request&, ArticleId id, Locale locale) {
    co_return co_await read_text(knowledge, id, locale);
}

Task<Expected<SavedText>> put_text(Knowledge& knowledge, Request& http, ArticleId id, Locale locale,
                                   Body<PutKnowledgeTranslation> body) {
    auto const act = people::act_of(http);
    auto const rights = rights_of(http);
    auto const done = co_await knowledge.store().write(
        [&](store::Tx& tx) { return put_translation(tx, knowledge, act, rights, id, locale, *body); });
    if (!done && done.error().code != "changed_meanwhile") co_return fail(done.error());
    auto now = co_await read_text(knowledge, id, locale);
    if (!now) co_return fail(done ? now.error() : done.error());
    SavedText saved{std::move(now), {}, std::move(*body)};
    if (!done) saved.refused = done.error();
    co_return saved;
}

// Runs a verb and gives the text as it is then.
template <class Verb>
Task<Expected<KnowledgeTranslation>> after(Knowledge& knowledge, ArticleId id, Locale locale, Verb verb) {
    auto const done = co_await knowledge.store().write(verb);
    if (!done) co_return fail(done.error());
    co_return co_await read_text(knowledge, id, locale);
}

Task<Expected<KnowledgeTranslation>> delete_draft(Knowledge& knowledge, Request& http, ArticleId id, Locale locale,
                                                  Query<VersionQuery> query) {
    auto const act = people::act_of(http);
    auto const verb = [&](store::Tx& tx) { return discard_draft(tx, act, id, locale, query->version); };
    co_return co_await after(knowledge, id, locale, verb);
}

Task<Expected<KnowledgeTranslation>> post_review(Knowledge& knowledge, Request& http, ArticleId id, Locale locale,
                                                 Body<KnowledgeStep> body) {
    auto const act = people::act_of(http);
    auto const verb = [&](store::Tx& tx) { return hand_in(tx, act, rights_of(http), id, locale, *body); };
    co_return co_await after(knowledge, id, locale, verb);
}

Task<Expected<KnowledgeTranslation>> post_approval(Knowledge& knowledge, Request& http, ArticleId id, Locale locale,
                                                   Body<KnowledgeStep> body) {
    auto const act = people::act_of(http);
    auto const verb = [&](store::Tx& tx) { return approve(tx, act, rights_of(http), id, locale, *body); };
    co_return co_await after(knowledge, id, locale, verb);
}

Task<Expected<KnowledgeTranslation>> post_return(Knowledge& knowledge, Request& http, ArticleId id, Locale locale,
                                                 Body<KnowledgeStep> body) {
    auto const act = people::act_of(http);
    auto const verb = [&](store::Tx& tx) { return return_draft(tx, act, rights_of(http), id, locale, *body); };
    co_return co_await after(knowledge, id, locale, verb);
}

Task<Expected<KnowledgeTranslation>> post_publication(Knowledge& knowledge, Request& http, ArticleId id, Locale locale,
                                                      Body<NewKnowledgePublication> body) {
    auto const act = people::act_of(http);
    auto const verb = [&](store::Tx& tx) { return publish(tx, knowledge, act, rights_of(http), id, locale, *body); };
    co_return co_await after(knowledge, id, locale, verb);
}

Task<Expected<KnowledgeTranslation>> delete_publication(Knowledge& knowledge, Request& http, ArticleId id,
                                                        Locale locale) {
    auto const act = people::act_of(http);
    auto const verb = [&](store::Tx& tx) { return withdraw(tx, act, id, locale); };
    co_return co_await after(knowledge, id, locale, verb);
}

Task<Expected<Page<KnowledgeVersion>>> get_versions(Knowledge& knowledge, Request&, ArticleId id, Locale locale) {
    auto found = co_await knowledge.store().read([&](store::Reader& reader) -> Expected<std::vector<KnowledgeVersion>> {
        if (!translation_row(reader, id, locale)) return no_such("translation");
        return list_versions(reader, id, locale);
    });
    if (!found) co_return fail(found.error());
    co_return Page<KnowledgeVersion>{std::move(*found)};
}

Task<Expected<KnowledgeVersionText>> get_version(Knowledge& knowledge, Request&, ArticleId id, Locale locale,
                                                 std::int64_t number) {
    co_return co_await knowledge.store().read(
        [&](store::Reader& reader) { return find_version(reader, id, locale, number); });
}

Task<Expected<KnowledgeComparison>> get_comparison(Knowledge& knowledge, Request&, ArticleId id, Locale locale,
                                                   Query<KnowledgeComparisonQuery> query) {
    co_return co_await knowledge.store().read(
        [&](store::Reader& reader) { return compare_versions(reader, id, locale, *query); });
}

// On a reader's thread: texts may be long.
Task<Expected<KnowledgeComparison>> post_comparison(Knowledge& knowledge, Request&, Body<CompareKnowledgeTexts> body) {
    co_return co_await knowledge.store().read(
        [&](store::Reader&) { return compare(body->before.value, body->after.value); });
}

Task<Expected<KnowledgePreview>> post_preview(Knowledge& knowledge, Request&, Body<PreviewKnowledge> body) {
    co_return co_await knowledge.store().read([&](store::Reader& reader) { return preview(reader, *body); });
}

}  // namespace

net::Routes text_routes(Knowledge& knowledge) {
    using namespace people;
    using net::del, net::get, net::post, net::put, net::with;
    // 200,000 characters of four octets, escaped.
    net::RouteOptions const long_text{.body_limit = 2 << 20}, two_texts{.body_limit = 4 << 20};
    return {
        get<"/v1/knowledge/articles/{id}/translations/{locale}">(
            may_read_knowledge, "A text: its draft, and what is published of it", with(knowledge, get_text)),
        put<"/v1/knowledge/articles/{id}/translations/{locale}">(
            may_write_knowledge, "Save the draft; a 409 shows both texts", with(knowledge, put_text), long_text),
        del<"/v1/knowledge/articles/{id}/translations/{locale}/draft">(may_write_knowledge, "Back to what is published",
                                                                       with(knowledge, delete_draft)),
        post<"/v1/knowledge/articles/{id}/translations/{locale}/review">(
            may_write_knowledge, "Ask somebody to look at the draft", with(knowledge, post_review)),
        post<"/v1/knowledge/articles/{id}/translations/{locale}/approval">(may_publish_knowledge, "Approve the draft",
                                                                           with(knowledge, post_approval)),
        post<"/v1/knowledge/articles/{id}/translations/{locale}/return">(
            may_publish_knowledge, "The draft needs more work", with(knowledge, post_return)),
        post<"/v1/knowledge/articles/{id}/translations/{locale}/publication">(
            may_publish_knowledge, "Publish the draft as a new version, now or later",
            with(knowledge, post_publication)),
        del<"/v1/knowledge/articles/{id}/translations/{locale}/publication">(
            may_publish_knowledge, "Take a schedule off, or withdraw what is published",
            with(knowledge, delete_publication)),
        get<"/v1/knowledge/articles/{id}/translations/{locale}/versions">(
            may_read_knowledge, "What was published, newest first", with(knowledge, get_versions)),
        get<"/v1/knowledge/articles/{id}/translations/{locale}/versions/{number}">(
            may_read_knowledge, "A version as readers saw it", with(knowledge, get_version)),
        get<"/v1/knowledge/articles/{id}/translations/{locale}/comparison">(
            may_read_knowledge, "Two versions beside each other", with(knowledge, get_comparison)),
        post<"/v1/knowledge/comparison">(may_read_knowledge, "Two texts beside each other",
                                         with(knowledge, post_comparison), two_texts),
        post<"/v1/knowledge/preview">(may_read_knowledge, "Markdown as readers would see it",
                                      with(knowledge, post_preview), long_text),
    };
}

}  // namespace rapport::knowledge
