// The API's adapters of files, and of what readers say.
#include "knowledge/http_parts.hpp"
#include "people/permissions.hpp"

namespace rapport::knowledge {
namespace {

using net::Created;
using net::Page;
using net::Query;
using net::Request;

Task<Expected<Created<KnowledgeFile>>> post_file(Knowledge& knowledge, Request& http,
                                                 Query<NewKnowledgeFileQuery> query) {
    auto const act = people::act_of(http);
    auto const rights = rights_of(http);
    auto const bytes = http.take_body();
    // On a reader's thread: the file is looked through and encrypted.
    auto const prepared = co_await knowledge.store().read(
        [&](store::Reader&) { return prepare_file(knowledge, rights, query->name, bytes, act.now); });
    if (!prepared) co_return fail(prepared.error());
    auto made =
        co_await knowledge.store().write([&](store::Tx& tx) { return keep_file(tx, knowledge, act, **prepared); });
    co_return Created(std::move(made));
}

Task<Expected<Page<KnowledgeFile>>> get_files(Knowledge& knowledge, Request&, Query<KnowledgeFileQuery> query) {
    co_return co_await knowledge.store().read([&](store::Reader& reader) { return list_files(reader, *query); });
}

Task<Expected<KnowledgeFile>> get_file(Knowledge& knowledge, Request&, FileId id) {
    co_return co_await knowledge.store().read([&](store::Reader& reader) { return find_file(reader, id); });
}

Task<Expected<net::Response>> get_content(Knowledge& knowledge, Request&, FileId id) {
    auto content =
        co_await knowledge.store().read([&](store::Reader& reader) { return read_file(reader, knowledge, id); });
    if (!content) co_return fail(content.error());
    co_return file_response(std::move(*content));
}

Task<Expected<void>> delete_file_of(Knowledge& knowledge, Request& http, FileId id) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return delete_file(tx, knowledge, act, id); });
}

// ---- what readers say

Task<Expected<Page<KnowledgeFeedback>>> get_feedback(Knowledge& knowledge, Request&,
                                                     Query<KnowledgeFeedbackQuery> query) {
    co_return co_await knowledge.store().read(
        [&](store::Reader& reader) { return list_feedback(reader, knowledge, *query); });
}

Task<Expected<void>> delete_feedback(Knowledge& knowledge, Request& http, FeedbackId id) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return erase_feedback(tx, act, id); });
}

Task<Expected<KnowledgeReport>> get_report(Knowledge& knowledge, Request& http, Query<KnowledgeReportQuery> query) {
    auto const now = http.now();
    co_return co_await knowledge.store().read([&](store::Reader& reader) { return report_of(reader, *query, now); });
}

}  // namespace

// Images are shown where they stand; everything else is saved, so that nothing of it runs in our name.
net::Response file_response(FileContent content) {
    if (content.is_image) return net::bytes(std::move(content.bytes), content.media_type);
    return net::attachment(std::move(content.bytes), content.media_type, content.name);
}

net::Routes file_routes(Knowledge& knowledge) {
    using namespace people;
    using net::del, net::get, net::post, net::with;
    return {
        post<"/v1/knowledge/files">(may_write_knowledge, "Upload an image or a document for texts",
                                    with(knowledge, post_file), {.kind = net::Kind::upload, .body_limit = most_file}),
        get<"/v1/knowledge/files">(may_read_knowledge, "Files, newest first", with(knowledge, get_files)),
        get<"/v1/knowledge/files/{id}">(may_read_knowledge, "A file: what it is, and whether texts show it",
                                        with(knowledge, get_file)),
        get<"/v1/knowledge/files/{id}/content">(may_read_knowledge, "Its octets", with(knowledge, get_content),
                                                {.kind = net::Kind::file}),
        del<"/v1/knowledge/files/{id}">(may_write_knowledge, "Delete a file that no text ever showed",
                                        with(knowledge, delete_file_of)),
    };
}

net::Routes feedback_routes(Knowledge& knowledge) {
    using namespace people;
    using net::del, net::get, net::with;
    return {
        get<"/v1/knowledge/feedback">(may_read_knowledge, "What readers said, newest first",
                                      with(knowledge, get_feedback)),
        del<"/v1/knowledge/feedback/{id}">(may_publish_knowledge, "Erase what a reader said",
                                           with(knowledge, delete_feedback)),
        get<"/v1/knowledge/report">(may_read_knowledge, "Which articles helped, and which did not",
                                    with(knowledge, get_report)),
    };
}

}  // namespace rapport::knowledge
