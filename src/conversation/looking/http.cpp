// The API's adapters for looking and seeing.
#include "conversation/http.hpp"
#include "conversation/looking/looking.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation {
namespace {

using net::Body;
using net::Page;
using net::Request;

Task<Expected<Page<LookedAt>>> get_looking(Conversations& module, Request&) {
    auto const now = module.clock()();
    auto found = co_await module.store().read([&](store::Reader& reader) { return looked_at(reader, now); });
    co_return Page<LookedAt>{std::move(found)};
}

Task<Expected<void>> put_own_looking(Conversations& module, Request& http, Body<LookingChange> body) {
    auto const act = people::act_of(http);
    auto const done = co_await module.store().write([&](store::Tx& tx) { return put_looking(tx, act, *body); });
    if (done) module.look_again();
    co_return done;
}

// One's own other screens are told: no journal has marks.
void tell_own_screens(Conversations& module, Act const& act, std::string subject, bool unread) {
    store::Event event;
    event.at = act.now;
    event.kind = "seen.changed";
    event.subject = std::move(subject);
    event.data = {{"unread", unread}};
    module.pass(std::move(event), AgentId{act.actor.id});
}

Task<Expected<void>> put_seen(Conversations& module, Request& http, ConversationId id, Body<SeenMark> body) {
    auto const act = people::act_of(http);
    auto const mark = [&](store::Tx& tx) -> Expected<bool> {
        if (auto const done = mark_seen(tx, act, id, body->up_to); !done) return fail(done.error());
        return !unseen_of(tx, AgentId{act.actor.id}, {id}).empty();
    };
    auto const unread = co_await module.store().write(mark);
    if (!unread) co_return fail(unread.error());
    tell_own_screens(module, act, to_text(id), *unread);
    co_return Expected<void>{};
}

Task<Expected<void>> delete_seen(Conversations& module, Request& http, ConversationId id) {
    auto const act = people::act_of(http);
    auto const done = co_await module.store().write([&](store::Tx& tx) { return mark_unseen(tx, act, id); });
    if (done) tell_own_screens(module, act, to_text(id), true);
    co_return done;
}

Task<Expected<void>> put_all_seen(Conversations& module, Request& http) {
    auto const act = people::act_of(http);
    auto const done = co_await module.store().write([&](store::Tx& tx) { return mark_all_seen(tx, act); });
    if (done) tell_own_screens(module, act, "", false);
    co_return done;
}

}  // namespace

net::Routes looking_routes(Conversations& module) {
    using namespace people;
    using net::del, net::get, net::put, net::with;
    return {
        get<"/v1/looking">(may_read_conversations,
                           "Who is looking at which conversation, and who is writing; changes come with /v1/events as "
                           "events named passing",
                           with(module, get_looking)),
        put<"/v1/looking">(may_read_conversations,
                           "Say what one's own screen looks at: again every 25 seconds, while writing every 8",
                           with(module, put_own_looking)),
        put<"/v1/conversations/{id}/seen">(may_read_conversations, "One has seen it, up to this message",
                                           with(module, put_seen)),
        del<"/v1/conversations/{id}/seen">(may_read_conversations, "Its last message is new to one again",
                                           with(module, delete_seen)),
        put<"/v1/inbox/seen">(may_read_conversations, "One has seen everything that there is",
                              with(module, put_all_seen)),
    };
}

}  // namespace rapport::conversation
