// The API's adapters for sites, and for agents who look at a chat: typing and receipts, which no journal keeps.
#include "live/http.hpp"
#include "live/sql.hpp"
#include "live/wire.hpp"
#include "people/agents.hpp"
#include "people/permissions.hpp"

namespace rapport::live {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Request;

Task<Expected<Page<wire::ChatSiteView>>> get_sites(Live& live, Request&) {
    auto found = co_await live.store().read([&](store::Reader& reader) { return wire::list_sites(reader, live); });
    co_return Page<wire::ChatSiteView>{std::move(found)};
}

Task<Expected<Created<wire::ChatSiteView>>> post_site(Live& live, Request& http, Body<wire::NewChatSite> body) {
    auto const act = people::act_of(http);
    auto made = co_await live.store().write([&](store::Tx& tx) { return wire::create_site(tx, live, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<wire::ChatSiteView>> patch_site(Live& live, Request& http, SiteId id, Body<wire::ChatSiteChange> body) {
    auto const act = people::act_of(http);
    co_return co_await live.store().write([&](store::Tx& tx) { return wire::change_site(tx, live, act, id, *body); });
}

Task<Expected<wire::ChatSiteSecret>> get_secret(Live& live, Request& http, SiteId id) {
    auto const act = people::act_of(http);
    co_return co_await live.store().write([&](store::Tx& tx) -> Expected<wire::ChatSiteSecret> {
        auto const row = tx.one<SiteRow>(sql::find_site, id);
        if (!row) return fail(ErrorKind::not_found, "site_not_found", "There is no such site.");
        auto const key = live.office().keyring.unwrap(row->wrapped_key.bytes);
        if (!key) return fail(key.error());
        people::audit(tx, act, "chat_site.secret_shown", to_text(id));
        return wire::ChatSiteSecret{to_base64({reinterpret_cast<char const*>(key->data()), key->size()})};
    });
}

Task<Expected<Created<wire::ChatSiteSecret>>> post_secret(Live& live, Request& http, SiteId id) {
    auto const act = people::act_of(http);
    auto made = co_await live.store().write([&](store::Tx& tx) { return wire::change_secret(tx, live, act, id); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<std::vector<ThreadRow>> threads_in(Live& live, ConversationId id) {
    co_return co_await live.store().read(
        [&](store::Reader& reader) { return reader.all<ThreadRow>(sql::threads_in, id); });
}

void tell_visitors(Live& live, std::vector<ThreadRow> const& threads, std::string type, std::string who) {
    for (auto const& thread : threads) {
        std::vector<Hub::Topic> topics{to_text(thread.visitor)};
        if (thread.customer) topics.push_back(to_text(*thread.customer));
        live.hub().tell(topics, {0, type, thread.id, who});
    }
}

Task<Expected<void>> post_typing(Live& live, Request& http, ConversationId id) {
    auto const threads = co_await threads_in(live, id);
    auto const name = co_await live.store().read([&](store::Reader& reader) {
        auto const agent = people::find_agent(reader, people::AgentId{http.actor().id});
        return agent ? agent->name : std::string();
    });
    tell_visitors(live, threads, "typing", name);
    co_return Expected<void>{};
}

// An agent looks at the conversation: its visitor's typing and receipts come here, and the visitor is told "seen".
Task<Expected<>> look(Live& live, Request&, ConversationId id, net::EventStream& stream) {
    auto const threads = co_await threads_in(live, id);
    if (threads.empty()) co_return fail(ErrorKind::not_found, "no_chat", "This conversation has no visitor.");
    auto const watcher = live.hub().watch({to_text(id)});
    if (!co_await stream.open()) co_return Expected<>{};
    tell_visitors(live, threads, "seen", "");
    std::uint64_t seen = 0;
    while (stream.is_open()) {
        for (auto const& news : watcher->take()) {
            wire::ChatNews view{0, news.type, id, news.who};
            net::StreamEvent event{json::encode(view), {}, {}};
            bool const sent = co_await stream.send(std::move(event));
            if (!sent) co_return Expected<>{};
            if (news.type == "message") tell_visitors(live, threads, "seen", "");
        }
        seen = co_await watcher->signal.wait(seen, std::chrono::minutes(1));
    }
    co_return Expected<>{};
}

}  // namespace

net::Routes routes(Live& live) {
    using namespace people;
    using net::get, net::patch, net::post, net::with;
    return {
        get<"/v1/chat-sites">(may_read_conversations, "Sites whose pages carry the chat", with(live, get_sites)),
        post<"/v1/chat-sites">(may_manage_mailboxes, "Add a site", with(live, post_site)),
        patch<"/v1/chat-sites/{id}">(may_manage_mailboxes, "Change a site, or retire it", with(live, patch_site)),
        get<"/v1/chat-sites/{id}/secret">(may_manage_mailboxes, "The key with which a site vouches for its customers",
                                          with(live, get_secret)),
        post<"/v1/chat-sites/{id}/secret">(may_manage_mailboxes, "A new key to vouch with; the old one works for a day",
                                           with(live, post_secret)),
        post<"/v1/conversations/{id}/typing">(may_reply, "Tell the visitor that an answer is being written",
                                              with(live, post_typing)),
        get<"/v1/conversations/{id}/live">(may_read_conversations,
                                           "What the visitor of a chat does: typing, receipts; as server-sent events",
                                           with(live, look)),
    };
}

}  // namespace rapport::live
