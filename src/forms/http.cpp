// The API's adapters: decode, call the verb, reply.
#include "forms/http.hpp"

#include "forms/definition.hpp"
#include "forms/page.hpp"
#include "forms/sql.hpp"
#include "people/permissions.hpp"

namespace rapport::forms {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Query;
using net::Request;

Task<Expected<Page<FormSummary>>> get_forms(Forms& forms, Request&) {
    auto found = co_await forms.store().read([&](store::Reader& reader) { return list_forms(reader, forms); });
    co_return Page<FormSummary>{std::move(found)};
}

Task<Expected<Created<FormView>>> post_form(Forms& forms, Request& http, Body<NewForm> body) {
    auto const act = people::act_of(http);
    auto made = co_await forms.store().write([&](store::Tx& tx) { return create_form(tx, forms, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<FormView>> get_form(Forms& forms, Request&, FormId id) {
    co_return co_await forms.store().read([&](store::Reader& reader) { return find_form(reader, forms, id); });
}

Task<Expected<FormView>> patch_form(Forms& forms, Request& http, FormId id, Body<FormChange> body) {
    auto const act = people::act_of(http);
    co_return co_await forms.store().write([&](store::Tx& tx) { return change_form(tx, forms, act, id, *body); });
}

Task<Expected<FormView>> put_form_draft(Forms& forms, Request& http, FormId id, Body<PutFormDraft> body) {
    auto const act = people::act_of(http);
    co_return co_await forms.store().write([&](store::Tx& tx) { return put_draft(tx, forms, act, id, *body); });
}

struct NewPublication {
    std::int64_t version = 0;  // of the draft, as it was seen
};
BOOST_DESCRIBE_STRUCT(NewPublication, (), (version))

Task<Expected<FormView>> post_publication(Forms& forms, Request& http, FormId id, Body<NewPublication> body) {
    auto const act = people::act_of(http);
    co_return co_await forms.store().write([&](store::Tx& tx) { return publish(tx, forms, act, id, body->version); });
}

Task<Expected<Page<FormVersion>>> get_versions(Forms& forms, Request&, FormId id) {
    auto found = co_await forms.store().read([&](store::Reader& reader) { return list_versions(reader, id); });
    co_return Page<FormVersion>{std::move(found)};
}

struct PreviewQuery {
    std::optional<Locale> lang;
};
BOOST_DESCRIBE_STRUCT(PreviewQuery, (), (lang))

// The draft as visitors would see it; nothing can be sent from it.
Task<Expected<net::Response>> get_preview(Forms& forms, Request&, FormId id, Query<PreviewQuery> query) {
    auto const row =
        co_await forms.store().read([&](store::Reader& reader) { return reader.one<FormRow>(sql::find_form, id); });
    if (!row) co_return fail(ErrorKind::not_found, "not_found", "There is no such form.");
    auto const definition = draft_of(*row);
    FormPage page{row->slug, definition, query->lang.value_or(main_locale(definition)), forms.organisation()};
    page.preview = true;
    page.notice = "preview";
    co_return form_page(page);
}

// ---- what was sent

Task<Expected<Page<SubmissionView>>> get_submissions(Forms& forms, Request&, FormId id, Query<SubmissionQuery> query) {
    co_return co_await forms.store().read(
        [&](store::Reader& reader) { return list_submissions(reader, forms, id, *query); });
}

Task<Expected<SubmissionView>> get_submission(Forms& forms, Request&, SubmissionId id) {
    co_return co_await forms.store().read([&](store::Reader& reader) { return find_submission(reader, forms, id); });
}

Task<Expected<SubmissionView>> get_submission_of(Forms& forms, Request&, ConversationId id) {
    co_return co_await forms.store().read([&](store::Reader& reader) -> Expected<SubmissionView> {
        auto const row = reader.one<SubmissionRow>(sql::submission_of_conversation, id);
        if (!row) return fail(ErrorKind::not_found, "not_found", "This conversation did not begin with a form.");
        return find_submission(reader, forms, row->id);
    });
}

Task<Expected<SubmissionView>> post_release(Forms& forms, Request& http, SubmissionId id) {
    auto const act = people::act_of(http);
    auto const prepared =
        co_await forms.store().read([&](store::Reader& reader) { return prepare_release(reader, forms, id, act.now); });
    if (!prepared) co_return fail(prepared.error());
    co_return co_await forms.store().write([&](store::Tx& tx) { return release(tx, forms, act, **prepared); });
}

Task<Expected<void>> delete_submission(Forms& forms, Request& http, SubmissionId id) {
    auto const act = people::act_of(http);
    co_return co_await forms.store().write([&](store::Tx& tx) { return discard(tx, forms, act, id); });
}

}  // namespace

net::Routes routes(Forms& forms) {
    using namespace people;
    using net::del, net::get, net::patch, net::post, net::put, net::with;
    return {
        get<"/v1/forms">(may_read_conversations, "Web forms, with what was sent and what is held",
                         with(forms, get_forms)),
        post<"/v1/forms">(may_manage_mailboxes, "Create a form: a draft that nobody else sees yet",
                          with(forms, post_form)),
        get<"/v1/forms/{id}">(may_read_conversations, "A form: its draft, and what stands against publishing it",
                              with(forms, get_form)),
        patch<"/v1/forms/{id}">(may_manage_mailboxes, "Rename it, move its address, close or open it",
                                with(forms, patch_form)),
        put<"/v1/forms/{id}/draft">(may_manage_mailboxes, "Save the draft", with(forms, put_form_draft)),
        post<"/v1/forms/{id}/publication">(may_manage_mailboxes, "Publish the draft as a new version",
                                           with(forms, post_publication)),
        get<"/v1/forms/{id}/versions">(may_read_conversations, "What was published, newest first",
                                       with(forms, get_versions)),
        get<"/v1/forms/{id}/preview">(may_read_conversations, "The draft as visitors would see it",
                                      with(forms, get_preview), {.kind = net::Kind::page}),
        get<"/v1/forms/{id}/submissions">(may_read_conversations, "What was sent, newest first; held ones unless told",
                                          with(forms, get_submissions)),
        get<"/v1/form-submissions/{id}">(may_read_conversations, "A submission, with the consent as it was given",
                                         with(forms, get_submission)),
        get<"/v1/conversations/{id}/form-submission">(
            may_read_conversations, "The submission that a conversation began with", with(forms, get_submission_of)),
        post<"/v1/form-submissions/{id}/release">(
            may_manage_conversations, "What was held becomes a conversation after all", with(forms, post_release)),
        del<"/v1/form-submissions/{id}">(may_manage_conversations, "Delete what is held",
                                         with(forms, delete_submission)),
    };
}

}  // namespace rapport::forms
