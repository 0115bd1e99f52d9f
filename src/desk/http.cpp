// The API's adapters: decode, call the verb, reply.
#include "desk/http.hpp"

#include "desk/runs.hpp"
#include "people/permissions.hpp"

namespace rapport::desk {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Request;

// ---- canned replies

Task<Expected<Page<CannedReplyView>>> get_canned_replies(Desk& desk, Request& http) {
    auto const who = who_of(http);
    auto found = co_await desk.store().read([&](store::Reader& reader) { return list_canned(reader, who); });
    co_return Page<CannedReplyView>{std::move(found)};
}

Task<Expected<Page<Variable>>> get_variables(Desk& desk, Request&) {
    auto found = co_await desk.store().read([](store::Reader& reader) { return variables(reader); });
    co_return Page<Variable>{std::move(found)};
}

Task<Expected<Created<CannedReplyView>>> post_canned_reply(Desk& desk, Request& http, Body<NewCannedReply> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    auto made = co_await desk.store().write([&](store::Tx& tx) { return create_canned(tx, act, who, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<CannedReplyView>> put_canned_reply(Desk& desk, Request& http, CannedReplyId id,
                                                 Body<NewCannedReply> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return change_canned(tx, act, who, id, *body); });
}

Task<Expected<void>> delete_canned_reply(Desk& desk, Request& http, CannedReplyId id) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return delete_canned(tx, act, who, id); });
}

Task<Expected<Rendered>> post_rendering(Desk& desk, Request& http, CannedReplyId id, Body<NewRendering> body) {
    auto const who = who_of(http);
    co_return co_await desk.store().read(
        [&](store::Reader& reader) { return render_canned(reader, desk.office(), who, id, *body); });
}

// ---- macros

Task<Expected<Page<MacroView>>> get_macros(Desk& desk, Request& http) {
    auto const who = who_of(http);
    auto found = co_await desk.store().read([&](store::Reader& reader) { return list_macros(reader, who); });
    co_return Page<MacroView>{std::move(found)};
}

Task<Expected<Created<MacroView>>> post_macro(Desk& desk, Request& http, Body<NewMacro> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    auto made = co_await desk.store().write([&](store::Tx& tx) { return create_macro(tx, act, who, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<MacroView>> put_macro(Desk& desk, Request& http, MacroId id, Body<NewMacro> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return change_macro(tx, act, who, id, *body); });
}

Task<Expected<void>> remove_macro(Desk& desk, Request& http, MacroId id) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return delete_macro(tx, act, who, id); });
}

// ---- runs

Expected<> check_size(NewRun const& wanted) {
    if (!wanted.conversations.empty() && wanted.conversations.size() <= most_in_one_run) return {};
    return fail(ErrorKind::invalid, "invalid_fields", "It is not clear which conversations are meant.",
                {{"/conversations", "from 1 to " + std::to_string(most_in_one_run), "take the others afterwards"}});
}

Task<RunOutcome> run_one(Desk& desk, Act act, Who who, NewRun const& wanted, std::vector<Action> const& actions,
                         ConversationId id) {
    auto const key = wanted.key ? std::optional(wanted.key->value) : std::nullopt;
    std::optional<RunOutcome> made;
    auto const prepared = co_await desk.store().read([&](store::Reader& reader) -> Expected<Prepared> {
        made = made_before(reader, act, id, key);
        if (made) return Prepared{};
        return prepare(reader, desk.office(), act, who, id, actions);
    });
    if (made) co_return std::move(*made);
    auto const write = [&](store::Tx& tx) -> Expected<RunOutcome> {
        if (!prepared) return fail(prepared.error());
        return run(tx, desk.office(), act, who, *prepared, wanted.macro, key);
    };
    auto const done = co_await desk.store().write(write);
    if (done) co_return *done;
    co_return RunOutcome{id, false, {}, {}, done.error().code, done.error().text};
}

Task<Expected<RunOutcomes>> post_run(Desk& desk, Request& http, Body<NewRun> body) {
    if (auto const good = check_size(*body); !good) co_return fail(good.error());
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    auto const actions = co_await desk.store().read(
        [&](store::Reader& reader) { return actions_of(reader, who, body->macro, body->actions); });
    if (!actions) co_return fail(actions.error());
    RunOutcomes out;
    for (auto const id : body->conversations) {
        auto one = co_await run_one(desk, act, who, *body, *actions, id);
        out.items.push_back(std::move(one));
    }
    co_return out;
}

// Tried out in a transaction that is rolled back: what is shown is what would happen.
Task<Expected<RunPreview>> post_run_preview(Desk& desk, Request& http, Body<NewRunPreview> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    auto const prepared = co_await desk.store().read([&](store::Reader& reader) -> Expected<Prepared> {
        auto const actions = actions_of(reader, who, body->macro, body->actions);
        if (!actions) return fail(actions.error());
        return prepare(reader, desk.office(), act, who, body->conversation, *actions);
    });
    if (!prepared) co_return fail(prepared.error());
    RunPreview seen;
    auto const look = [&](store::Tx& tx) -> Expected<void> {
        seen = preview(tx, desk.office(), act, who, *prepared);
        return fail(ErrorKind::conflict, "preview", "Nothing of it is kept.");
    };
    co_await desk.store().write(look);
    co_return seen;
}

Task<Expected<conversation::ConversationView>> post_undo(Desk& desk, Request& http, RunId id) {
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return undo(tx, desk.office(), act, id); });
}

}  // namespace

Who who_of(Request& http) {
    return {http.actor(), http.viewer().may(people::may_manage_mailboxes),
            http.viewer().may(people::may_manage_conversations)};
}

net::Routes routes(Desk& desk) {
    using namespace people;
    using net::del, net::get, net::post, net::put, net::with;
    return {
        get<"/v1/canned-replies">(may_read_conversations, "Words kept ready: one's own, one's teams', everyone's",
                                  with(desk, get_canned_replies)),
        get<"/v1/canned-replies/variables">(may_read_conversations, "Variables that such words may use",
                                            with(desk, get_variables)),
        post<"/v1/canned-replies">(may_reply, "Keep words ready", with(desk, post_canned_reply)),
        put<"/v1/canned-replies/{id}">(may_reply, "Change them", with(desk, put_canned_reply)),
        del<"/v1/canned-replies/{id}">(may_reply, "Delete them", with(desk, delete_canned_reply)),
        post<"/v1/canned-replies/{id}/rendering">(
            may_reply, "The words for a conversation, with what stands where a value is missing",
            with(desk, post_rendering)),
        get<"/v1/macros">(may_read_conversations, "Macros: one's own, one's teams', everyone's",
                          with(desk, get_macros)),
        post<"/v1/macros">(may_reply, "Create a macro", with(desk, post_macro)),
        put<"/v1/macros/{id}">(may_reply, "Change a macro", with(desk, put_macro)),
        del<"/v1/macros/{id}">(may_reply, "Delete a macro", with(desk, remove_macro)),
        post<"/v1/action-runs">(may_reply, "Carry out a macro, or actions, on conversations: each for itself",
                                with(desk, post_run)),
        post<"/v1/action-runs/preview">(may_reply, "What that would change", with(desk, post_run_preview)),
        post<"/v1/action-runs/{id}/undo">(may_reply, "Undo all that it did to a conversation", with(desk, post_undo)),
    };
}

}  // namespace rapport::desk
