// What happens without anybody asking: screens follow the journal, unread answers go by e-mail when their time has
// come.
#include <algorithm>
#include <ranges>

#include "base/log.hpp"
#include "conversation/wire.hpp"
#include "live/live.hpp"
#include "live/sight.hpp"
#include "live/sql.hpp"

namespace rapport::live {
namespace {

using namespace std::chrono_literals;
namespace email = channels::email;

constexpr std::size_t batch = 200;
constexpr std::int64_t mailed_at_once = 100;
constexpr std::string_view unread_purpose = "chat_unread", code_purpose = "chat_code";

std::string filled(std::string text, std::string_view name, std::string_view value) {
    auto const place = '{' + std::string(name) + '}';
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size()))
        text.replace(at, place.size(), value);
    return text;
}

std::string text_in(json::Object const& data, std::string_view name) {
    auto const* found = data.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

// What an agent split off is still its visitor's.
std::vector<ThreadRow> threads_at(store::Tx& tx, ConversationId id, Time now) {
    auto rows = tx.all<ThreadRow>(sql::threads_in, id);
    if (!rows.empty()) return rows;
    auto const follows = tx.one<std::optional<std::int64_t>>(sql::followed_by, id).value_or(std::nullopt);
    auto from = follows ? tx.one<ThreadRow>(sql::find_thread, ConversationId{*follows}) : std::nullopt;
    if (!from) return {};
    tx.exec(sql::insert_thread, id, from->site, from->visitor, from->customer, now);
    from->id = id;
    from->read_up_to = from->mailed_up_to = {};
    return {*from};
}

void carry(store::Tx& tx, conversation::Carried const& answer) {
    for (auto const& thread : threads_at(tx, answer.conversation, answer.at)) {
        if (addresses_of(tx, thread).empty()) continue;
        auto const site = tx.one<SiteRow>(sql::find_site, thread.site);
        // Who wrote by e-mail last looks there.
        bool const by_mail = tx.one<std::string>(sql::last_heard_by, answer.conversation) == "email";
        if (!site || (!by_mail && site->mail_after == 0)) continue;
        tx.exec(sql::insert_due, thread.id, by_mail ? answer.at : answer.at + std::chrono::seconds(site->mail_after));
    }
}

bool mail_unread(store::Tx& tx, conversation::Office const& office, ConversationId id, Time now) {
    auto const holder = conversation::holder_of(tx, id);
    conversation::hold(tx, holder);  // an answer that is being written has its due row after this
    tx.exec(sql::delete_due, id);
    auto const thread = tx.one<ThreadRow>(sql::find_thread, id);
    if (!thread) return false;
    auto const after = std::max(thread->read_up_to, thread->mailed_up_to);
    auto const newest = Sight(tx, *thread).unread(after).newest;
    auto const known = newest ? addresses_of(tx, *thread) : std::vector<EmailAddress>();
    auto const visitor = tx.one<VisitorRow>(sql::find_visitor, thread->visitor);
    if (known.empty() || !visitor) return false;
    auto const& to = known.front();
    auto const back = conversation::correspond(tx, office, holder, to, newest, now);
    if (!back) return false;
    post::Letter letter{to_text(newest), std::string(unread_purpose), to, visitor->locale, "", {}};
    letter.data = {{"to", to.value},
                   {"conversation", to_text(id)},
                   {"after", std::to_string(after.value)},
                   {"from", back->from.value},
                   {"name", back->name},
                   {"reply_to", back->reply_to.value},
                   {"message_id", back->message_id},
                   {"locale", to_text(visitor->locale)}};
    post::enqueue(tx, letter, now);
    tx.exec(sql::mailed_thread, id, newest);
    return true;
}

}  // namespace

Live::Live(conversation::Conversations& conversations, std::string organisation, std::string public_url)
    : conversations_(conversations), organisation_(std::move(organisation)), public_url_(std::move(public_url)) {}

void Live::carry_answers() {
    conversations_.carry(conversation::Channel::chat, carry);
    conversations_.know_sites([](store::Reader& reader, ConversationId id) -> std::optional<std::string> {
        auto const site = reader.one<SiteId>(sql::site_of_thread, id);
        return site ? std::optional(to_text(*site)) : std::nullopt;
    });
}

std::size_t Live::mail_due(store::Tx& tx, Time now) {
    std::size_t sent = 0;
    auto ids = tx.all<ConversationId>(sql::due, now, mailed_at_once);
    std::ranges::sort(ids);  // each is held: in one order, as merging holds them
    for (auto const id : ids) sent += mail_unread(tx, office(), id, now);
    return sent;
}

Task<Expected<post::Content>> Live::draw_unread(post::LetterKey key) {
    MessageId up_to;
    ConversationId id;  // of the thread
    if (!from_text(key.owner, up_to) || !from_text(text_in(key.data, "conversation"), id))
        co_return fail(ErrorKind::not_found, "not_found", "There is no such conversation.");
    MessageId const after{std::strtoll(text_in(key.data, "after").c_str(), nullptr, 10)};
    auto const read = [&](store::Reader& reader) -> Expected<std::string> {
        auto const thread = reader.one<ThreadRow>(sql::find_thread, id);
        if (!thread) return fail(ErrorKind::gone, "content_erased", "The conversation is not there any more.");
        Sight sight(reader, *thread);
        auto const page = conversation::list_messages(reader, office(), sight.holder(), {"", 100});
        if (!page) return fail(page.error());
        std::string all;
        for (auto const& one : page->items | std::views::reverse) {
            bool const is_new = one.direction == conversation::Direction::out &&
                                one.channel == conversation::Channel::chat && one.id > after && one.id <= up_to;
            if (!is_new || !sight.sees(one)) continue;
            if (!all.empty()) all += "\n\n";
            all += (one.author.name.empty() ? organisation_ : one.author.name) + ":\n" + one.text;
            for (auto const& file : one.attachments) all += "\n📎 " + file.name;
        }
        return all;
    };
    auto const drawn = co_await store().read(read);
    if (!drawn) co_return fail(drawn.error());
    auto const& words = *drawn;
    if (words.empty()) co_return fail(ErrorKind::gone, "content_erased", "There is nothing to tell any more.");
    Locale locale{};
    from_text(text_in(key.data, "locale"), locale);
    auto const& texts = texts_of(locale);
    post::Content made{locale,
                       filled(texts.unread_subject, "organisation", organisation_),
                       filled(texts.unread_text, "messages", words),
                       {},
                       {}};
    post::Correspondence as;
    EmailAddress from, reply_to;
    if (!from_text(text_in(key.data, "from"), from) || !from_text(text_in(key.data, "reply_to"), reply_to))
        co_return fail(ErrorKind::invalid, "no_sender", "The mailbox's address cannot send.");
    as.from = {email::HeaderText(text_in(key.data, "name")), from};
    as.to = {{email::HeaderText(""), EmailAddress{text_in(key.data, "to")}}};
    as.reply_to = reply_to;
    as.message_id = text_in(key.data, "message_id");
    made.correspondence = std::move(as);
    co_return made;
}

void Live::hear_from(post::Post& post) {
    post.on_load(std::string(unread_purpose),
                 [this](std::vector<post::LetterKey> keys) -> Task<std::vector<Expected<post::Draw>>> {
                     std::vector<Expected<post::Draw>> draws;
                     for (auto& key : keys)
                         draws.emplace_back(post::Draw([this, key = std::move(key)] { return draw_unread(key); }));
                     co_return draws;
                 });
    post.on_load(std::string(code_purpose),
                 [this](std::vector<post::LetterKey> keys) -> Task<std::vector<Expected<post::Draw>>> {
                     std::vector<Expected<post::Draw>> draws;
                     for (auto const& key : keys) {
                         Locale locale{};
                         from_text(text_in(key.data, "locale"), locale);
                         auto const& texts = texts_of(locale);
                         auto const code = text_in(key.data, "code");
                         post::Content made{
                             locale,
                             filled(texts.code_subject, "code", code),
                             filled(filled(texts.code_text, "code", code), "organisation", organisation_),
                             {},
                             {}};
                         draws.emplace_back(post::Draw([made]() -> Task<Expected<post::Content>> { co_return made; }));
                     }
                     co_return draws;
                 });
}

// What was committed since, for the screens that it concerns.
Task<> Live::follow(std::int64_t& at) {
    struct Found {
        std::vector<Hub::Topic> topics;
        News news;
    };
    while (true) {
        std::vector<Found> found;
        std::int64_t last = at;
        auto const read = [&](store::Reader& reader) {
            found.clear();
            last = at;
            for (auto const& event : store::Store::events_after(reader, at, batch)) {
                last = event.seq;
                bool const is_message = event.kind.starts_with("message.") && event.kind != "message.noted";
                ConversationId id;
                if ((!is_message && !event.kind.starts_with("conversation.")) || !from_text(event.subject, id))
                    continue;
                for (auto const& thread : reader.all<ThreadRow>(sql::threads_in, id)) {
                    Found one{{to_text(thread.visitor)}, {event.seq, is_message ? "message" : "state", thread.id, ""}};
                    if (thread.customer) one.topics.push_back(to_text(*thread.customer));
                    found.push_back(std::move(one));
                }
            }
        };
        co_await store().read(read);
        if (last == at) co_return;
        at = last;
        for (auto const& one : found) hub_.tell(one.topics, one.news);
        hub_.reached(at);
    }
}

Task<> Live::run(net::Stop stop) {
    auto const published = std::make_shared<net::Signal>();
    auto const subscription = store().subscribe([published](std::int64_t) { published->notify(); });
    auto seen = published->count();
    Time looked{};
    std::int64_t at = co_await store().read([](store::Reader& reader) { return store::Store::last_event(reader); });
    hub_.reached(at);
    do {
        try {
            co_await follow(at);
            auto const now = clock()();
            if (now - looked < 500ms && now >= looked) continue;
            looked = now;
            auto const is_due = [&](store::Reader& reader) {
                return reader.one<ConversationId>(sql::due, now, std::int64_t{1}).has_value();
            };
            bool const some = co_await store().read(is_due);
            if (!some) continue;
            auto const all = [&](store::Tx& tx) { return mail_due(tx, now); };
            co_await store().write(all);
        } catch (Unavailable const& fault) {
            log::warning("chat_waits", {{"why", fault.what()}});
        }
    } while (co_await stop.wait(*published, seen, 1000ms));
}

}  // namespace rapport::live
