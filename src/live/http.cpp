// The adapters for pages of the organisation's sites. Whoever asks is known by a token that their browser made; where
// from, by its Origin; nothing here goes by cookies.
#include "live/http.hpp"
#include "live/guest.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "conversation/routing/expected.hpp"
#include "conversation/sla/policies.hpp"
#include "live/sight.hpp"
#include "live/sql.hpp"
#include "live/wire.hpp"
#include "net/any_site.hpp"

namespace rapport::live {
namespace {

using net::Body;
using net::Created;
using net::Query;
using net::Request;
using wire::ChatMessage;

constexpr std::size_t most_upload = 10 << 20;
constexpr int longest_poll_s = 25;
constexpr int a_page = 50, most_pages = 20;

std::unexpected<Error> no_thread() { return fail(ErrorKind::not_found, "not_found", "There is no such conversation."); }

std::vector<Hub::Topic> topics_of(VisitorRow const& visitor) {
    std::vector<Hub::Topic> topics{to_text(visitor.id)};
    if (visitor.customer) topics.push_back(to_text(*visitor.customer));
    return topics;
}

ChatMessage seen_as(store::Reader& reader, conversation::MessageView& message, ThreadRow const& thread,
                    VisitorId viewer) {
    ChatMessage out;
    out.id = message.id;
    out.conversation = thread.id;
    out.mine = message.direction == conversation::Direction::in;
    if (!out.mine) out.author = message.author.name;
    out.at = message.at;
    out.text = std::move(message.text);
    for (auto& file : message.attachments)
        out.files.push_back({file.id, std::move(file.name), std::move(file.media_type), file.size});
    if (out.mine) out.key = reader.one<std::string>(sql::keys_of, message.id, to_text(viewer));
    out.by_mail = message.channel == conversation::Channel::email;
    return out;
}

// How long customers wait is told to anybody who opens a page, and takes thousands of rows to know: it is remembered
// for a minute.
class Expectations {
  public:
    explicit Expectations(Live& live) : live_(live) {}
    Live& live() { return live_; }
    std::optional<std::int64_t> within_s(store::Reader& reader, conversation::MailboxId mailbox, Time now) {
        {
            std::lock_guard const lock(mutex_);
            if (auto const found = known_.find(mailbox); found != known_.end() && now < found->second.until)
                return found->second.within_s;
        }
        auto const& zone = live_.office().settings.zone;
        auto const within_s = conversation::expected_reply(reader, mailbox, zone, now).within_s;
        std::lock_guard const lock(mutex_);
        known_[mailbox] = {within_s, now + std::chrono::minutes(1)};
        return within_s;
    }

  private:
    struct Known {
        std::optional<std::int64_t> within_s;
        Time until{};
    };
    Live& live_;
    std::mutex mutex_;
    std::map<conversation::MailboxId, Known> known_;  // of mailboxes that sites have
};

Task<Expected<wire::ChatSitePublic>> get_site(std::shared_ptr<Expectations> expectations, Request& http, SiteId id) {
    auto& live = expectations->live();
    auto const guest = co_await guest_of(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto settings = wire::settings_of(guest->site);
    wire::ChatSitePublic out;
    out.id = id;
    out.name = guest->site.name;
    out.organisation = live.organisation();
    out.colour = settings.colour;
    out.locales = std::move(settings.locales);
    out.greeting = std::move(settings.greeting);
    out.mails = guest->site.mail_after > 0;
    auto const now = live.clock()();
    auto const read = [&](store::Reader& reader) {
        out.expected_s = expectations->within_s(reader, guest->site.mailbox, now);
        if (!settings.calendar) return;
        auto const found = conversation::sla::find_calendar(reader, *settings.calendar, now);
        if (!found) return;
        out.open = found->open_now;
        out.opens_at = found->opens_at;
    };
    co_await live.store().read(read);
    co_return out;
}

std::optional<wire::ChatRating> rating_of(store::Reader& reader, Live& live, ConversationId holder, Locale locale) {
    auto const found = conversation::csat::question_of(reader, live.office(), holder, locale, live.clock()());
    if (!found) return std::nullopt;
    return wire::ChatRating{found->scale, found->text, found->score, found->comment};
}

Task<Expected<void>> post_rating(Live& live, Request& http, SiteId id, Body<wire::NewChatRating> body) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto const now = live.clock()();
    co_return co_await live.store().write([&](store::Tx& tx) -> Expected<> {
        auto const& visitor = *guest->visitor;
        if (!thread_of(tx, visitor, body->conversation)) return no_thread();
        bool const merged = conversation::holder_of(tx, body->conversation) != body->conversation;
        auto const asked =
            merged ? std::nullopt : conversation::csat::question_of(tx, live.office(), body->conversation, {}, now);
        if (!asked) return fail(ErrorKind::gone, "rating_closed", "This cannot be rated any more.");
        Actor const actor{ActorKind::customer, visitor.customer.value_or(people::CustomerId{}).value, {}};
        return conversation::csat::rate(tx, live.office(), actor, asked->id, {body->score, body->comment},
                                        conversation::csat::RatedVia::widget, now);
    });
}

Task<Expected<wire::Chats>> get_chats(Live& live, Request& http, SiteId id) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    wire::Chats out;
    out.seq = live.hub().newest();  // before what follows is read: nothing is missed
    auto const& visitor = *guest->visitor;
    out.known = visitor.customer.has_value();
    out.name = visitor.name;
    if (visitor.address) out.address = people::masked(*visitor.address);
    auto const read = [&](store::Reader& reader) {
        if (out.seq == 0) out.seq = store::Store::last_event(reader);  // nobody follows it yet: just started
        for (auto const& thread : threads_of(reader, visitor)) {
            Sight sight(reader, thread);
            auto const row = conversation::find_conversation(reader, live.office(), sight.holder());
            auto page = conversation::list_messages(reader, live.office(), sight.holder(), {"", 20});
            if (!row || !page) continue;
            wire::ChatSummary one{thread.id, "", "", row->last_at, 0, row->state == conversation::State::resolved};
            // What was merged may be others', too: their answer is not shown here.
            if (one.resolved && sight.holder() == thread.id)
                one.rating = rating_of(reader, live, thread.id, visitor.locale);
            for (auto& message : page->items) {
                if (!sight.sees(message)) continue;
                one.preview = message.text.substr(0, 300);
                while (!one.preview.empty() && !is_plain_text(one.preview)) one.preview.pop_back();
                one.last_at = message.at;
                if (message.direction == conversation::Direction::out) one.last_author = message.author.name;
                break;
            }
            one.unread = sight.unread(thread.read_up_to).count;
            out.items.push_back(std::move(one));
        }
    };
    co_await live.store().read(read);
    co_return out;
}

struct MessagesQuery {
    std::string before;  // older than this message
};
BOOST_DESCRIBE_STRUCT(MessagesQuery, (), (before))

Task<Expected<wire::ChatMessages>> get_messages(Live& live, Request& http, SiteId id, ConversationId conversation,
                                                Query<MessagesQuery> query) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    co_return co_await live.store().read([&](store::Reader& reader) -> Expected<wire::ChatMessages> {
        auto const thread = thread_of(reader, *guest->visitor, conversation);
        if (!thread) return no_thread();
        Sight sight(reader, *thread);
        wire::ChatMessages out{{}, true, thread->read_up_to};
        // Between theirs there may be pages of what is not: then they would have nothing to go on from.
        auto before = query->before;
        for (int i = 0; i < most_pages && out.more && out.items.size() < a_page; ++i) {
            auto page = conversation::list_messages(reader, live.office(), sight.holder(), {before, a_page});
            if (!page) return fail(page.error());
            for (auto& one : page->items)
                if (sight.sees(one)) out.items.push_back(seen_as(reader, one, *thread, guest->visitor->id));
            out.more = page->next.has_value();
            before = page->next.value_or("");
        }
        std::ranges::reverse(out.items);
        return out;
    });
}

// Committed before it is acknowledged; repeated with the same key it is the same message.
Task<Expected<Created<wire::AcceptedChatMessage>>> post_message(Live& live, Request& http, SiteId id,
                                                                Body<wire::NewChatMessage> body) {
    if (trimmed(body->text.value).empty() && body->files.empty())
        co_return fail(ErrorKind::invalid, "invalid_fields", "The message is empty.",
                       {{"/text", "must say something", "write it, or attach a file"}});
    auto const name = body->name ? body->name->value : std::string();
    auto const guest = co_await writer_of(live, http, id, name, body->locale);
    if (!guest) co_return fail(guest.error());
    auto const now = live.clock()();
    auto const& visitor = *guest->visitor;
    conversation::Arrival arrival;
    arrival.channel = conversation::Channel::chat;
    arrival.at = now;
    arrival.mailbox = guest->site.mailbox;
    arrival.team = guest->site.team;
    arrival.locale = body->locale;
    arrival.conversation = body->conversation;
    arrival.writer.author = to_text(visitor.id);
    arrival.writer.customer = visitor.customer;
    arrival.writer.name = visitor.name;
    if (EmailAddress address; visitor.address && from_text(*visitor.address, address)) {
        arrival.writer.address = std::move(address);
        arrival.writer.proven = true;
    }
    arrival.subject = guest->site.name;
    arrival.text = body->text.value;
    if (!body->conversation && body->page && !body->page->value.empty())
        arrival.fields.push_back({"page", "Page", body->page->value});
    arrival.uploads = body->files;
    arrival.uploader = visitor.id.value;
    arrival.key = body->key.value;
    auto const prepared =
        co_await live.store().read([&](store::Reader&) { return prepare_arrival(live.office(), std::move(arrival)); });
    auto const write = [&](store::Tx& tx) -> Expected<wire::AcceptedChatMessage> {
        if (body->conversation && !thread_of(tx, visitor, *body->conversation)) return no_thread();
        auto const entered = conversation::enter(tx, live.office(), *prepared);
        if (!entered) return fail(entered.error());
        auto thread = body->conversation.value_or(entered->conversation);
        if (entered->opened) {
            thread = entered->conversation;
            tx.exec(sql::insert_thread, thread, id, visitor.id, visitor.customer, now);
        }
        return wire::AcceptedChatMessage{thread, entered->message, entered->repeated};
    };
    auto const done = co_await live.store().write(write);
    if (!done) co_return fail(done.error());
    live.hub().tell({to_text(done->conversation)}, {0, "message", done->conversation, ""});
    co_return Created(*done);
}

struct FileQuery {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(FileQuery, (), (name))

Task<Expected<Created<wire::ChatFile>>> post_file(Live& live, Request& http, SiteId id, Query<FileQuery> query) {
    auto const guest = co_await writer_of(live, http, id, "", Locale::en);
    if (!guest) co_return fail(guest.error());
    if (auto const may = may_keep(live, http, http.body().size()); !may) co_return fail(may.error());
    auto const bytes = http.take_body();
    auto const now = live.clock()();
    auto const keep = co_await live.store().read([&](store::Reader&) {
        return conversation::prepare_upload(live.office(), guest->visitor->id.value, query->name, bytes, now);
    });
    if (!keep) co_return fail(keep.error());
    auto const file = co_await live.store().write([&](store::Tx& tx) { return (*keep)(tx); });
    co_return Created(wire::ChatFile{file, query->name, "", static_cast<std::int64_t>(bytes.size())});
}

Task<Expected<net::Response>> get_file(Live& live, Request& http, SiteId id, conversation::AttachmentId file) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto found = co_await live.store().read([&](store::Reader& reader) -> Expected<conversation::File> {
        auto const of = conversation::message_of_file(reader, file);
        auto const message = of ? conversation::find_message(reader, live.office(), *of)
                                : Expected<conversation::MessageView>(no_thread());
        if (!message) return fail(message.error());
        for (auto const& thread : threads_of(reader, *guest->visitor))
            if (Sight sight(reader, thread); sight.holder() == message->conversation && sight.sees(*message))
                return conversation::attachment_of(reader, live.office(), Actor{}, file);
        return no_thread();
    });
    if (!found) co_return fail(found.error());
    auto response = net::attachment(std::move(found->bytes), found->media_type, found->name);
    response.csp = "default-src 'none'; sandbox";
    co_return response;
}

Task<Expected<void>> post_receipt(Live& live, Request& http, SiteId id, Body<wire::ChatReceipt> body) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto const write = [&](store::Tx& tx) -> Expected<ConversationId> {
        auto const thread = thread_of(tx, *guest->visitor, body->conversation);
        if (!thread) return no_thread();
        Sight const sight(tx, *thread);
        if (body->up_to <= thread->read_up_to) return sight.holder();
        conversation::hold(tx, sight.holder());  // an answer that is being written has its due row after this
        tx.exec(sql::read_thread, thread->id, body->up_to);
        if (sight.unread(body->up_to).count == 0) tx.exec(sql::delete_due, thread->id);
        return sight.holder();
    };
    auto const holder = co_await live.store().write(write);
    if (!holder) co_return fail(holder.error());
    live.hub().tell({to_text(*holder)}, {0, "seen", *holder, ""});
    co_return Expected<void>{};
}

Task<Expected<void>> post_typing(Live& live, Request& http, SiteId id, Body<wire::ChatTyping> body) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto const holder = co_await live.store().read([&](store::Reader& reader) -> Expected<ConversationId> {
        if (!thread_of(reader, *guest->visitor, body->conversation)) return no_thread();
        return conversation::holder_of(reader, body->conversation);
    });
    if (!holder) co_return fail(holder.error());
    live.hub().tell({to_text(*holder)}, {0, "typing", *holder, guest->visitor->name});
    co_return Expected<void>{};
}

wire::ChatNews view_of(News const& news) {
    wire::ChatNews view{news.seq, news.type, {}, news.who};
    if (news.thread) view.conversation = news.thread;
    return view;
}

// What was missed since `after`, or that everything is to be read again.
std::vector<News> missed(Hub const& hub, std::vector<Hub::Topic> const& topics, std::string const& after) {
    std::int64_t const seq = std::strtoll(after.c_str(), nullptr, 10);
    auto found = hub.since(topics, seq);
    return found ? std::move(*found) : std::vector<News>{{hub.newest(), "reset", {}, {}}};
}

Task<bool> send(net::EventStream& stream, News news) {
    net::StreamEvent event{json::encode(view_of(news)), news.seq > 0 ? std::to_string(news.seq) : std::string(), {}};
    co_return co_await stream.send(std::move(event));
}

// What a stream needs to know of its visitor: the rest would be kept for as long as it is open.
Task<Expected<std::vector<Hub::Topic>>> own_topics(Live& live, Request& http, SiteId id) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    co_return topics_of(*guest->visitor);
}

// Whoever is cut off in between comes again with the number of what they have heard: what was missed goes first.
// None: the client is gone.
Task<Expected<std::shared_ptr<Hub::Watcher>>> begin(Live& live, Request& http, SiteId id, net::EventStream& stream) {
    auto const topics = co_await own_topics(live, http, id);
    if (!topics) co_return fail(topics.error());
    auto watcher = live.hub().watch(*topics);
    News const hello{live.hub().newest(), "hello", {}, {}};
    bool open = co_await stream.open();
    if (auto const after = stream.last_event_id(); open && !after.empty())
        for (auto const& news : missed(live.hub(), *topics, after)) {
            open = co_await send(stream, news);
            if (!open) break;
        }
    if (open) open = co_await send(stream, hello);
    co_return open ? std::move(watcher) : nullptr;
}

// For ten thousand that say nothing: what led to the stream is let go before it waits.
Task<Expected<>> follow(Live& live, Request& http, SiteId id, net::EventStream& stream) {
    std::shared_ptr<Hub::Watcher> watcher;
    {
        auto begun = co_await begin(live, http, id, stream);
        if (!begun) co_return fail(std::move(begun.error()));
        watcher = std::move(*begun);
    }
    bool open = watcher != nullptr;
    std::uint64_t seen = 0;
    while (open && stream.is_open()) {
        for (auto const& news : watcher->take()) {
            open = co_await send(stream, news);
            // Other topics are theirs now: they come again.
            if (!open || news.type == "known") co_return Expected<>{};
        }
        seen = co_await watcher->signal.wait(seen, std::chrono::minutes(10));
    }
    co_return Expected<>{};
}

struct PollQuery {
    std::int64_t after = 0;
    int wait = 0;
};
BOOST_DESCRIBE_STRUCT(PollQuery, (), (after, wait))

// For networks whose proxies let no WebSocket through.
Task<Expected<wire::ChatNewsPage>> poll(Live& live, Request& http, SiteId id, Query<PollQuery> query) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto const topics = topics_of(*guest->visitor);
    auto const watcher = live.hub().watch(topics);
    wire::ChatNewsPage page;
    page.seq = live.hub().newest();
    for (auto const& news : missed(live.hub(), topics, std::to_string(query->after)))
        page.items.push_back(view_of(news));
    if (!page.items.empty() || query->wait <= 0) co_return page;
    auto const most = std::chrono::seconds(std::min(query->wait, longest_poll_s));
    co_await watcher->signal.wait(0, most);
    page.seq = std::max(page.seq, live.hub().newest());
    for (auto const& news : watcher->take()) page.items.push_back(view_of(news));
    co_return page;
}

}  // namespace

net::Routes visitor_routes(Live& live) {
    using net::any_site, net::get, net::post, net::with;
    auto const expectations = std::make_shared<Expectations>(live);
    auto const site = [expectations](Request& http, SiteId id) { return get_site(expectations, http, id); };
    net::Routes all{
        get<"/chat/{site}">(any_site, "What the widget shows before anybody writes", site),
        get<"/chat/{site}/conversations">(any_site, "A visitor's own conversations", with(live, get_chats)),
        get<"/chat/{site}/conversations/{id}/messages">(any_site, "Messages of one of them, oldest first",
                                                        with(live, get_messages)),
        post<"/chat/{site}/messages">(any_site, "Write: one message for each key", with(live, post_message),
                                      {.body_limit = 64 << 10}),
        post<"/chat/{site}/files">(any_site, "Upload a file to write with", with(live, post_file),
                                   {.kind = net::Kind::upload, .body_limit = most_upload}),
        get<"/chat/{site}/files/{file}">(any_site, "A file of a message", with(live, get_file),
                                         {.kind = net::Kind::file}),
        post<"/chat/{site}/rating">(any_site, "How a conversation went that was resolved", with(live, post_rating)),
        post<"/chat/{site}/receipt">(any_site, "An answer was seen", with(live, post_receipt)),
        post<"/chat/{site}/typing">(any_site, "The visitor is writing", with(live, post_typing)),
        get<"/chat/{site}/stream">(
            any_site,
            "What is new, over a WebSocket or as server-sent events; resumes with ?after=", with(live, follow)),
        get<"/chat/{site}/news">(any_site, "What is new since ?after=; waits for up to ?wait= seconds",
                                 with(live, poll)),
    };
    return all.add(known_routes(live));
}

}  // namespace rapport::live
