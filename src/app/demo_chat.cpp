// The demo's chat: a mailbox, a site whose page the program serves itself, and a conversation that has begun there.
#include "app/demo.hpp"
#include "base/log.hpp"
#include "conversation/wire.hpp"
#include "live/sql.hpp"
#include "live/wire.hpp"
#include "net/net.hpp"

namespace rapport::app {
namespace {

constexpr std::string_view demo_origin = "https://shop.example.org";

Expected<live::SiteId> make_site(store::Tx& tx, House& house, people::Act const& act) {
    conversation::NewMailbox box;
    box.address = {"help@example.org"};
    box.name = {"Shop"};
    auto const mailbox = conversation::create_mailbox(tx, act, box);
    if (!mailbox) return fail(mailbox.error());
    live::wire::NewChatSite site;
    site.name = {"Shop"};
    site.mailbox = mailbox->id;
    site.origins = {std::string(demo_origin)};
    site.mail_after_s = 60;
    auto const made = live::wire::create_site(tx, house.live, act, site);
    if (!made) return fail(made.error());
    return made->id;
}

Task<Expected<net::Response>> shop(House& house, net::Request& request) {
    Locale locale{};
    from_text(request.query("lang").value_or("en"), locale);
    auto const sites =
        co_await house.store->read([&](store::Reader& reader) { return live::wire::list_sites(reader, house.live); });
    // The page's policy allows no inline script and no inline style: what holds here holds on the strictest page.
    std::string page =
        "<!doctype html><html lang=\"" + to_text(locale) +
        "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>A shop</title></head><body><main><h1>A shop</h1><p>This page stands for "
        "any page of yours: one line puts the chat on it.</p><p><a href=\"/demo/shop?page=2\">Another page of it</a> "
        "(the conversation goes on there)</p></main>";
    if (!sites.empty())
        page += "<script src=\"/widget.js\" data-site=\"" + to_text(sites.front().id) + "\" async></script>";
    co_return net::html(page + "</body></html>");
}

}  // namespace

Task<> tell_chat(House& house) {
    auto const act = people::Act{{ActorKind::system, 0, "demo"}, system_now(), "", ""};
    auto const none = co_await house.store->read(
        [](store::Reader& reader) { return reader.all<live::SiteRow>(live::sql::list_sites).empty(); });
    if (!none) co_return;
    auto const& office = house.conversations.office();
    auto const site = co_await house.store->write([&](store::Tx& tx) { return make_site(tx, house, act); });
    if (!site) {
        log::warning("demo_scene_refused", {{"why", site.error().text}});
        co_return;
    }
    auto const write = [&](store::Tx& tx) -> Expected<> {
        auto const row = tx.one<live::SiteRow>(live::sql::find_site, *site);
        auto const visitor = live::visitor_for(tx, *site, random_token(32), "Ada Conti", Locale::en, act.now);
        if (!row || !visitor) return fail(ErrorKind::unavailable, "no_site", "The site has gone.");
        conversation::Arrival arrival;
        arrival.channel = conversation::Channel::chat;
        arrival.at = act.now;
        arrival.mailbox = row->mailbox;
        arrival.writer.author = to_text(visitor->id);
        arrival.writer.name = visitor->name;
        arrival.subject = row->name;
        arrival.text = "Hello, does the new tariff hold for my second meter, too?";
        arrival.key = "demo";
        auto const entered = conversation::enter(tx, office, *prepare_arrival(office, std::move(arrival)));
        if (!entered) return fail(entered.error());
        tx.exec(live::sql::insert_thread, entered->conversation, *site, visitor->id, visitor->customer, act.now);
        return {};
    };
    auto const done = co_await house.store->write(write);
    if (!done) log::warning("demo_scene_refused", {{"why", done.error().text}});
}

net::Route shop_route(House& house) {
    return net::get<"/demo/shop">(net::anyone, "A page with the chat on it", net::with(house, shop),
                                  {.kind = net::Kind::page});
}

}  // namespace rapport::app
