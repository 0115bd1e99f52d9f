// The API's adapters: decode, call the verb, reply.
#include "conversation/http.hpp"

#include <charconv>

#include "conversation/drafts.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/reply.hpp"
#include "conversation/scanning/scanner.hpp"
#include "conversation/searching.hpp"
#include "conversation/uploads.hpp"
#include "people/permissions.hpp"
#include "post/secret_links.hpp"

namespace rapport::conversation {
namespace {

using net::Body;
using net::Created;
using net::Query;
using net::Request;

// Whatever a browser makes of it: nothing runs, nothing loads, and it is of no origin.
constexpr std::string_view closed = "default-src 'none'; sandbox";
constexpr std::string_view only_styles = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

// The version of If-Match (RFC 9110 §13.1.1): "7", with its quotes.
Expected<std::optional<std::int64_t>> expected_version(Request const& request) {
    auto text = trimmed(request.header("If-Match"));
    if (text.empty() || text == "*") return std::nullopt;
    if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    std::int64_t version = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error == std::errc() && end == text.data() + text.size()) return version;
    return fail(ErrorKind::invalid, "bad_version", "If-Match holds no version of a conversation.",
                {{"", "must be the conversation's version", "write it like \"7\", or leave it out"}});
}

Task<Expected<ConversationPage>> get_conversations(Conversations& module, Request& http,
                                                   Query<ConversationQuery> query) {
    co_return co_await module.store().read([&](store::Reader& reader) {
        if (!query->q.empty())
            return search_conversations(reader, module.office(), http.actor(), module.searching(), *query);
        return list_conversations(reader, module.office(), http.actor(), *query);
    });
}

Task<Expected<ConversationView>> get_conversation(Conversations& module, Request& http, ConversationId id) {
    co_return co_await module.store().read([&](store::Reader& reader) {
        auto found = find_conversation(reader, module.office(), id);
        if (found) fill_unread(reader, http.actor(), *found);
        return found;
    });
}

Task<Expected<ConversationView>> patch_conversation(Conversations& module, Request& http, ConversationId id,
                                                    Body<ConversationChange> body) {
    if (body->state == State::spam && !http.viewer().may(people::may_manage_conversations))
        co_return fail(ErrorKind::forbidden, "forbidden", "You may not mark conversations as spam.");
    auto const version = expected_version(http);
    if (!version) co_return fail(version.error());
    auto const act = people::act_of(http);
    co_return co_await module.store().write(
        [&](store::Tx& tx) { return change_conversation(tx, module.office(), act, id, *version, *body); });
}

Task<Expected<ChangeOutcomes>> post_changes(Conversations& module, Request& http, Body<NewChanges> body) {
    if (body->conversations.empty() || body->conversations.size() > most_changed_at_once)
        co_return fail(
            ErrorKind::invalid, "invalid_fields", "It is not clear which conversations are changed.",
            {{"/conversations", "from 1 to " + std::to_string(most_changed_at_once), "change the others afterwards"}});
    auto const act = people::act_of(http);
    ChangeOutcomes out;
    for (auto const id : body->conversations) {
        ChangeOutcome one;
        one.conversation = id;
        auto const change = [&](store::Tx& tx) {
            if (auto const before = find_row(tx, id)) {
                one.was = before->state;
                one.was_assigned_to = before->assignee;
                one.was_given_to = before->team;
            }
            return change_conversation(tx, module.office(), act, id, std::nullopt, body->change);
        };
        auto const done = co_await module.store().write(change);
        if (!done) {
            one.changed = false;
            one.code = done.error().code;
            one.reason = done.error().text;
        }
        out.items.push_back(std::move(one));
    }
    co_return out;
}

Task<Expected<MessageView>> written(Conversations& module, Act act, Expected<PlannedMessage> planned) {
    if (!planned) co_return fail(planned.error());
    auto const write = [&](store::Tx& tx) { return write_message(tx, module.office(), act, *planned); };
    auto const id = co_await module.store().write(write);
    if (!id) co_return fail(id.error());
    co_return co_await module.store().read(
        [&](store::Reader& reader) { return find_message(reader, module.office(), *id); });
}

Task<Expected<Created<MessageView>>> post_message(Conversations& module, Request& http, ConversationId id,
                                                  Body<NewMessage> body) {
    auto const act = people::act_of(http);
    auto planned = co_await module.store().read(
        [&](store::Reader& reader) { return plan_message(reader, module.office(), act, id, *body); });
    auto made = co_await written(module, act, std::move(planned));
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<Created<ConversationView>>> post_conversation(Conversations& module, Request& http,
                                                            Body<NewConversation> body) {
    auto const act = people::act_of(http);
    auto planned = co_await module.store().read(
        [&](store::Reader& reader) { return plan_conversation(reader, module.office(), act, *body); });
    auto const made = co_await written(module, act, std::move(planned));
    if (!made) co_return fail(made.error());
    auto found = co_await module.store().read(
        [&](store::Reader& reader) { return find_conversation(reader, module.office(), made->conversation); });
    if (!found) co_return fail(found.error());
    co_return Created(std::move(*found));
}

Task<Expected<MessagePage>> get_messages(Conversations& module, Request&, ConversationId id,
                                         Query<MessageQuery> query) {
    co_return co_await module.store().read(
        [&](store::Reader& reader) { return list_messages(reader, module.office(), id, *query); });
}

Task<Expected<MessageView>> get_message(Conversations& module, Request&, MessageId id) {
    co_return co_await module.store().read(
        [&](store::Reader& reader) { return find_message(reader, module.office(), id); });
}

Task<Expected<void>> delete_message(Conversations& module, Request& http, MessageId id) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return take_back(tx, module.office(), act, id); });
}

Task<Expected<net::Response>> get_html(Conversations& module, Request&, MessageId id) {
    auto html =
        co_await module.store().read([&](store::Reader& reader) { return html_of(reader, module.office(), id); });
    if (!html) co_return fail(html.error());
    auto response = net::bytes(std::move(*html), "text/html; charset=utf-8");
    response.csp = only_styles;
    co_return response;
}

struct InfectedQuery {
    bool infected = false;  // also then
};
BOOST_DESCRIBE_STRUCT(InfectedQuery, (), (infected))

InfectedFiles wanted_by(Request const& http, InfectedQuery const& query) {
    bool const given = query.infected && http.viewer().may(people::may_manage_settings);
    return given ? InfectedFiles::given : InfectedFiles::refused;
}

// Who took it all the same stands in the audit log before they have it.
Task<> note_infected(Conversations& module, Request const& http, std::string_view what, std::string id) {
    auto const act = people::act_of(http);
    co_await module.store().write([&](store::Tx& tx) { people::audit(tx, act, what, id); });
}

Task<Expected<net::Response>> get_raw(Conversations& module, Request& http, MessageId id, Query<InfectedQuery> query) {
    auto const wanted = wanted_by(http, *query);
    auto raw = co_await module.store().read([&](store::Reader& reader) -> Expected<Bytes> {
        auto const mail = raw_mail_of(reader, id);
        if (!mail) return fail(mail.error());
        if (!module.inbound()) return fail(ErrorKind::unavailable, "no_spool", "This program keeps no mails.");
        // What no file gives out, the whole that holds it does not, either.
        auto const scan = infected_in(reader, id);
        if (scan && wanted == InfectedFiles::refused) return fail(infected(*scan));
        auto octets = module.inbound()->raw(reader, *mail);
        if (!octets) return octets;
        return post::mail_without_secret_links(std::move(*octets));
    });
    if (!raw) co_return fail(raw.error());
    if (wanted == InfectedFiles::given) co_await note_infected(module, http, "message.infected_read", to_text(id));
    auto response = net::attachment(std::move(*raw), "application/octet-stream", to_text(id) + ".eml");
    response.csp = closed;
    co_return response;
}

Task<Expected<net::Response>> get_attachment(Conversations& module, Request& http, AttachmentId id,
                                             Query<InfectedQuery> query) {
    auto const wanted = wanted_by(http, *query);
    auto file = co_await module.store().read(
        [&](store::Reader& reader) { return attachment_of(reader, module.office(), http.actor(), id, wanted); });
    if (!file) co_return fail(file.error());
    if (wanted == InfectedFiles::given) co_await note_infected(module, http, "attachment.infected_read", to_text(id));
    auto response = net::attachment(std::move(file->bytes), file->media_type, file->name);
    response.csp = closed;
    co_return response;
}

struct UploadQuery {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(UploadQuery, (), (name))

Task<Expected<Created<AttachmentUpload>>> post_attachment(Conversations& module, Request& http,
                                                          Query<UploadQuery> query) {
    auto const bytes = http.take_body();
    auto const now = module.clock()();
    // A large file is encrypted and written before the transaction: not on this thread.
    auto const planned = co_await module.store().read(
        [&](store::Reader&) { return plan_upload(module.office(), http.actor(), query->name, bytes, now); });
    if (!planned) co_return fail(planned.error());
    co_await module.store().write([&](store::Tx& tx) { keep_file(tx, module.office(), *planned); });
    co_return Created(AttachmentUpload{planned->row.id, query->name, planned->row.media_type, planned->row.size});
}

Task<Expected<InboxCounts>> get_inbox(Conversations& module, Request& http) {
    co_return co_await module.store().read(
        [&](store::Reader& reader) -> Expected<InboxCounts> { return inbox_counts(reader, http.actor()); });
}

Task<Expected<AssigneeList>> get_assignees(Conversations& module, Request&) {
    co_return co_await module.store().read(
        [](store::Reader& reader) -> Expected<AssigneeList> { return assignees(reader); });
}

Task<Expected<ConversationView>> post_merge(Conversations& module, Request& http, ConversationId id,
                                            Body<NewMerge> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write(
        [&](store::Tx& tx) { return merge(tx, module.office(), act, id, body->into); });
}

Task<Expected<ConversationView>> post_unmerge(Conversations& module, Request& http, ConversationId id) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return unmerge(tx, module.office(), act, id); });
}

Task<Expected<Created<ConversationView>>> post_split(Conversations& module, Request& http, ConversationId id,
                                                     Body<NewSplit> body) {
    auto const act = people::act_of(http);
    auto made =
        co_await module.store().write([&](store::Tx& tx) { return split(tx, module.office(), act, id, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<net::Page<DraftView>>> get_drafts(Conversations& module, Request& http, ConversationId id) {
    auto drafts = co_await module.store().read(
        [&](store::Reader& reader) { return drafts_of(reader, module.office(), http.actor(), id); });
    if (!drafts) co_return fail(drafts.error());
    co_return net::Page<DraftView>{std::move(*drafts)};
}

Task<Expected<DraftView>> put_own_draft(Conversations& module, Request& http, ConversationId id, Body<PutDraft> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write(
        [&](store::Tx& tx) { return put_draft(tx, module.office(), act, id, *body); });
}

Task<Expected<void>> delete_own_draft(Conversations& module, Request& http, ConversationId id,
                                      Query<DraftQuery> query) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) {
        return query->returned ? delete_returned(tx, act, id)
                               : delete_draft(tx, act, id, query->kind.value_or(MessageKind::reply));
    });
}

}  // namespace

net::Routes routes(Conversations& module) {
    using namespace people;
    using net::del, net::get, net::patch, net::post, net::put, net::with;
    auto const upload_limit = module.office().settings.most_upload_bytes;
    return {
        get<"/v1/inbox">(may_read_conversations, "How many conversations each view holds", with(module, get_inbox)),
        get<"/v1/assignees">(may_read_conversations, "Agents whom a conversation can be given to",
                             with(module, get_assignees)),
        get<"/v1/conversations">(may_read_conversations,
                                 "Conversations of a view, last message first; or those that a search finds (q)",
                                 with(module, get_conversations)),
        post<"/v1/conversations">(may_reply, "Begin a conversation by mail", with(module, post_conversation),
                                  {.body_limit = 2 << 20}),
        get<"/v1/conversations/{id}">(may_read_conversations, "One conversation", with(module, get_conversation)),
        patch<"/v1/conversations/{id}">(may_reply, "Assign, label, snooze, resolve … a conversation (If-Match)",
                                        with(module, patch_conversation)),
        post<"/v1/conversation-changes">(may_manage_conversations, "The same change to many conversations",
                                         with(module, post_changes)),
        get<"/v1/conversations/{id}/messages">(may_read_conversations, "Its messages, newest first",
                                               with(module, get_messages)),
        post<"/v1/conversations/{id}/messages">(may_reply, "Answer, or leave a note", with(module, post_message),
                                                {.body_limit = 2 << 20}),
        get<"/v1/conversations/{id}/drafts">(may_reply, "One's own drafts: an answer, a note, or neither",
                                             with(module, get_drafts)),
        put<"/v1/conversations/{id}/drafts">(may_reply, "Keep one's own draft", with(module, put_own_draft),
                                             {.body_limit = 4 << 20}),
        del<"/v1/conversations/{id}/drafts">(may_reply, "Throw one's own draft away", with(module, delete_own_draft)),
        post<"/v1/conversations/{id}/merge">(may_manage_conversations, "Move its messages into another conversation",
                                             with(module, post_merge)),
        post<"/v1/conversations/{id}/unmerge">(may_manage_conversations, "Take them back", with(module, post_unmerge)),
        post<"/v1/conversations/{id}/split">(may_manage_conversations, "Make a conversation of some of its messages",
                                             with(module, post_split)),
        get<"/v1/messages/{id}">(may_read_conversations, "One message with its whole text", with(module, get_message)),
        del<"/v1/messages/{id}">(may_reply, "Take an answer back before it has left", with(module, delete_message)),
        get<"/v1/messages/{id}/html">(may_read_conversations, "A message's HTML as it came", with(module, get_html),
                                      {.kind = net::Kind::file}),
        get<"/v1/messages/{id}/raw">(may_read_conversations,
                                     "The mail that a message came as; links that work for customers alone are hidden",
                                     with(module, get_raw), {.kind = net::Kind::file}),
        post<"/v1/attachments">(may_reply, "Upload a file to attach", with(module, post_attachment),
                                {.kind = net::Kind::upload, .body_limit = upload_limit}),
        get<"/v1/attachments/{id}">(may_read_conversations, "A file of a message", with(module, get_attachment),
                                    {.kind = net::Kind::file}),
    };
}

}  // namespace rapport::conversation
