// The shapes of the chat's API: what pages of other sites see (/chat/…), and what the organisation sets
// (/v1/chat-sites).
#pragma once

#include "conversation/csat/csat.hpp"
#include "conversation/wire.hpp"
#include "live/live.hpp"

namespace rapport::live::wire {

using conversation::AttachmentId;
using Greeting = std::map<std::string, Text<0, 500>>;  // by language

struct ChatSiteSettings {
    std::vector<std::string> origins;  // "https://shop.example": whose pages may carry the widget
    std::vector<Locale> locales;       // that it offers; empty: all
    std::string colour = "#B3372A";
    Greeting greeting;
    std::optional<conversation::sla::CalendarId> calendar;  // when somebody is there; absent: nothing is said of it
};
BOOST_DESCRIBE_STRUCT(ChatSiteSettings, (), (origins, locales, colour, greeting, calendar))

struct NewChatSite {
    Text<1, 100> name;
    MailboxId mailbox;
    std::vector<std::string> origins;
    std::optional<TeamId> team;
    std::optional<std::vector<Locale>> locales;
    std::optional<Text<7, 7>> colour;
    std::optional<Greeting> greeting;
    std::optional<std::int64_t> mail_after_s;  // 300 unless told; 0: never
    std::optional<conversation::sla::CalendarId> calendar;
};
BOOST_DESCRIBE_STRUCT(NewChatSite, (),
                      (name, mailbox, origins, team, locales, colour, greeting, mail_after_s, calendar))

struct ChatSiteChange {
    std::optional<Text<1, 100>> name;
    std::optional<MailboxId> mailbox;
    std::optional<std::vector<std::string>> origins;
    std::optional<conversation::OrNone<TeamId>> team;
    std::optional<std::vector<Locale>> locales;
    std::optional<Text<7, 7>> colour;
    std::optional<Greeting> greeting;
    std::optional<std::int64_t> mail_after_s;
    std::optional<conversation::OrNone<conversation::sla::CalendarId>> calendar;
    std::optional<bool> retired;
};
BOOST_DESCRIBE_STRUCT(ChatSiteChange, (),
                      (name, mailbox, origins, team, locales, colour, greeting, mail_after_s, calendar, retired))

struct ChatSiteView {
    SiteId id;
    std::string name;
    MailboxId mailbox;
    std::optional<TeamId> team;
    std::vector<std::string> origins;
    std::vector<Locale> locales;
    std::string colour;
    Greeting greeting;
    std::int64_t mail_after_s = 0;
    std::optional<conversation::sla::CalendarId> calendar;
    std::string embed;  // the line for the site's pages
    bool retired = false;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(ChatSiteView, (),
                      (id, name, mailbox, team, origins, locales, colour, greeting, mail_after_s, calendar, embed,
                       retired, created_at, changed_at))

struct ChatSiteSecret {
    std::string secret;  // base64; its octets are the key of HS256
};
BOOST_DESCRIBE_STRUCT(ChatSiteSecret, (), (secret))

// ---- for the site's pages

struct ChatSitePublic {
    SiteId id;
    std::string name, organisation, colour;
    std::vector<Locale> locales;
    Greeting greeting;
    bool mails = false;                      // what stays unread goes by e-mail
    std::optional<std::int64_t> expected_s;  // four of five were answered by then; absent: too little is known
    std::optional<bool> open;                // somebody is there now; absent: nothing is said of hours
    std::optional<Time> opens_at;
};
BOOST_DESCRIBE_STRUCT(ChatSitePublic, (),
                      (id, name, organisation, colour, locales, greeting, mails, expected_s, open, opens_at))

struct ChatFile {
    AttachmentId id;
    std::string name, media_type;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(ChatFile, (), (id, name, media_type, size))

struct ChatMessage {
    MessageId id;
    ConversationId conversation;
    bool mine = false;
    std::string author;  // an agent's name
    Time at{};
    std::string text;
    std::vector<ChatFile> files;
    std::optional<std::string> key;  // that this visitor's browser made
    bool by_mail = false;
};
BOOST_DESCRIBE_STRUCT(ChatMessage, (), (id, conversation, mine, author, at, text, files, key, by_mail))

struct ChatMessages {
    std::vector<ChatMessage> items;  // oldest first
    bool more = false;               // there are older ones
    MessageId read_up_to;            // the last answer that this visitor has seen
};
BOOST_DESCRIBE_STRUCT(ChatMessages, (), (items, more, read_up_to))

// A resolution that may be rated: once, and changed for some days.
struct ChatRating {
    conversation::csat::RatingScale scale{};
    std::string question;
    std::optional<std::int64_t> score;  // that was given
    std::string comment;
};
BOOST_DESCRIBE_STRUCT(ChatRating, (), (scale, question, score, comment))

struct ChatSummary {
    ConversationId id;
    std::string preview, last_author;
    Time last_at{};
    std::int64_t unread = 0;
    bool resolved = false;
    std::optional<ChatRating> rating = {};  // where it is resolved and asked about
};
BOOST_DESCRIBE_STRUCT(ChatSummary, (), (id, preview, last_author, last_at, unread, resolved, rating))

struct NewChatRating {
    ConversationId conversation;
    std::int64_t score = 0;  // 1 to 5; thumbs: 1 or 5
    std::optional<Text<0, 2000>> comment;
};
BOOST_DESCRIBE_STRUCT(NewChatRating, (), (conversation, score, comment))

struct Chats {
    std::vector<ChatSummary> items;  // newest first
    std::int64_t seq = 0;            // where to follow from
    bool known = false;              // as a customer
    std::string name, address;       // the address masked
};
BOOST_DESCRIBE_STRUCT(Chats, (), (items, seq, known, name, address))

struct NewChatMessage {
    Text<1, 100> key;
    Text<0, 10'000> text;
    std::optional<ConversationId> conversation;  // absent: a new one
    std::vector<AttachmentId> files;
    Locale locale = Locale::en;
    std::optional<Text<0, 500>> page;  // where it was written
    std::optional<Text<1, 200>> name;
};
BOOST_DESCRIBE_STRUCT(NewChatMessage, (), (key, text, conversation, files, locale, page, name))

struct AcceptedChatMessage {
    ConversationId conversation;
    MessageId message;
    bool repeated = false;
};
BOOST_DESCRIBE_STRUCT(AcceptedChatMessage, (), (conversation, message, repeated))

struct ChatReceipt {
    ConversationId conversation;
    MessageId up_to;
};
BOOST_DESCRIBE_STRUCT(ChatReceipt, (), (conversation, up_to))
struct ChatTyping {
    ConversationId conversation;
};
BOOST_DESCRIBE_STRUCT(ChatTyping, (), (conversation))
struct ChatNextToken {
    std::string next;
};
BOOST_DESCRIBE_STRUCT(ChatNextToken, (), (next))
struct NewChatAddress {
    EmailAddress email;
    Locale locale = Locale::en;
};
BOOST_DESCRIBE_STRUCT(NewChatAddress, (), (email, locale))
struct ChatCode {
    Text<6, 6> code;
};
BOOST_DESCRIBE_STRUCT(ChatCode, (), (code))
struct ChatVouching {
    std::string token;
    Locale locale = Locale::en;
};
BOOST_DESCRIBE_STRUCT(ChatVouching, (), (token, locale))

struct ChatNews {
    std::int64_t seq = 0;
    std::string type;
    std::optional<ConversationId> conversation;
    std::string who;
};
BOOST_DESCRIBE_STRUCT(ChatNews, (), (seq, type, conversation, who))
struct ChatNewsPage {
    std::int64_t seq = 0;
    std::vector<ChatNews> items;
};
BOOST_DESCRIBE_STRUCT(ChatNewsPage, (), (seq, items))

ChatSiteSettings settings_of(SiteRow const& row);
// Codes: mailbox_not_found, invalid_fields, site_not_found. Publish chat_site.created, chat_site.changed.
Expected<ChatSiteView> create_site(store::Tx& tx, Live& live, Act const& act, NewChatSite const& wanted);
Expected<ChatSiteView> change_site(store::Tx& tx, Live& live, Act const& act, SiteId id, ChatSiteChange const& change);
// A new secret; the old one vouches for a day. Code: site_not_found. Publishes chat_site.changed.
Expected<ChatSiteSecret> change_secret(store::Tx& tx, Live& live, Act const& act, SiteId id);
// Keys that vouch now, as octets: the site's own first.
Expected<std::vector<Key256>> secrets_of(store::Reader& reader, Live& live, SiteRow const& site, Time now);
std::vector<ChatSiteView> list_sites(store::Reader& reader, Live& live);

}  // namespace rapport::live::wire
