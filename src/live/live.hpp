// Web chat: sites whose pages carry the widget, visitors who write there, and what they see. Messages become those of
// conversations (conversation/arrival.hpp); agents' answers come here as their carrier. README.md is the overview.
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "conversation/visiting.hpp"
#include "net/throttle.hpp"

namespace rapport::live {

using conversation::ConversationId;
using conversation::MailboxId;
using conversation::MessageId;
using people::Act;
using people::CustomerId;
using people::TeamId;

struct SiteTag {
    static constexpr std::string_view prefix = "sit";
};
struct VisitorTag {
    static constexpr std::string_view prefix = "vis";
};
using SiteId = Id<SiteTag>;
using VisitorId = Id<VisitorTag>;

struct SiteRow {
    SiteId id;
    std::string name;
    MailboxId mailbox;
    std::optional<TeamId> team;
    json::Object settings;
    std::int64_t mail_after = 0;  // seconds
    store::Blob wrapped_key;
    Time created_at{}, changed_at{};
    std::optional<Time> retired_at;
};
BOOST_DESCRIBE_STRUCT(SiteRow, (),
                      (id, name, mailbox, team, settings, mail_after, wrapped_key, created_at, changed_at, retired_at))

struct VisitorRow {
    VisitorId id;
    SiteId site;
    Digest token;
    std::string name;
    Locale locale{};
    std::optional<CustomerId> customer;
    std::optional<std::string> address;
    bool has_old_token = false;
};
BOOST_DESCRIBE_STRUCT(VisitorRow, (), (id, site, token, name, locale, customer, address, has_old_token))

struct ThreadRow {
    ConversationId id;
    SiteId site;
    VisitorId visitor;
    std::optional<CustomerId> customer;
    MessageId read_up_to, mailed_up_to;
};
BOOST_DESCRIBE_STRUCT(ThreadRow, (), (id, site, visitor, customer, read_up_to, mailed_up_to))

// What a screen is told: there is something new; what it is, it reads. Typing and receipts are said and forgotten.
struct News {
    std::int64_t seq = 0;  // of the journal; 0: not journalled
    std::string type;      // message, state, typing, seen, known, reset
    ConversationId thread;
    std::string who;  // agent's name, for typing
};

// Tells screens of what was committed, on this node or another. Any thread.
class Hub {
  public:
    // One open screen. Its thread waits for `signal`, then takes.
    struct Watcher {
        net::Signal signal;
        std::vector<News> take();

      private:
        friend class Hub;
        std::mutex mutex_;
        std::vector<News> news_;  // none where nothing happens: a deque would keep room for some
    };
    using Topic = std::string;                        // "vis_…", "cus_…", "cnv_…" (agents who look at it)
    static constexpr std::size_t most_waiting = 100;  // of one screen: then it is told to read everything again

    // Until the watcher goes.
    std::shared_ptr<Watcher> watch(std::vector<Topic> topics);
    void tell(std::vector<Topic> const& topics, News const& news);
    std::size_t watching(Topic const& topic) const;
    std::size_t topics() const;
    // What screens of these topics missed since; nothing where that is too long ago.
    std::optional<std::vector<News>> since(std::vector<Topic> const& topics, std::int64_t seq) const;
    std::int64_t newest() const;
    void reached(std::int64_t seq);

  private:
    struct Told {
        std::vector<Topic> topics;
        News news;
    };
    mutable std::mutex mutex_;
    std::map<Topic, std::vector<std::weak_ptr<Watcher>>> watchers_;
    std::deque<Told> told_;
    std::int64_t newest_ = 0, first_ = 0;
    static constexpr std::size_t least_looked_at = 64;
    std::size_t look_at_ = least_looked_at;  // so many topics: who is gone of them is looked for
};

struct Limits {
    net::Throttle writes_by_visitor{20, std::chrono::seconds(2)};
    net::Throttle writes_by_network{60, std::chrono::seconds(1)};
    net::Throttle visitors_by_network{10, std::chrono::minutes(1)};
    net::Throttle codes_by_visitor{3, std::chrono::minutes(5)};
    net::Throttle codes_by_address{5, std::chrono::minutes(20)};
    net::Throttle mebibytes_by_network{100, std::chrono::seconds(20)};   // of files
    net::Throttle small_by_visitor{60, std::chrono::milliseconds(500)};  // typing, receipts, reads
};

class Live {
  public:
    Live(conversation::Conversations& conversations, std::string organisation, std::string public_url);

    // Before anything arrives or leaves.
    void carry_answers();
    void hear_from(post::Post& post);
    // Job: follows the journal for open screens, sends unread answers by e-mail when their time has come.
    Task<> run(net::Stop stop);

    store::Store& store() { return conversations_.store(); }
    conversation::Office const& office() const { return conversations_.office(); }
    Clock const& clock() const { return conversations_.clock(); }
    Hub& hub() { return hub_; }
    Limits& limits() { return limits_; }
    std::string const& public_url() const { return public_url_; }
    std::string const& organisation() const { return organisation_; }
    std::size_t mail_due(store::Tx& tx, Time now);  // at most 100 at once

  private:
    Task<Expected<post::Content>> draw_unread(post::LetterKey key);
    Task<> follow(std::int64_t& at);

    conversation::Conversations& conversations_;
    std::string organisation_, public_url_;
    Hub hub_;
    Limits limits_;
};

// ---- who a visitor is

Digest digest_of_token(std::string_view token);
inline constexpr std::size_t token_size = 43;  // base64url of 32 octets, made by the browser
std::optional<VisitorRow> visitor_of(store::Reader& reader, SiteId site, std::string_view token);
// Codes: unauthenticated (the token is used at another site), bad_token.
Expected<VisitorRow> visitor_for(store::Tx& tx, SiteId site, std::string_view token, std::string_view name,
                                 Locale locale, Time now);
// The visitor's next token, made by their browser; `used`: the one that it has now, which works until the next one is
// used. However often the answer is lost, the browser has one that works.
void change_token(store::Tx& tx, VisitorId visitor, Digest const& used, Digest const& next);
// The one before, which has done its duty once the new one came.
void forget_old_token(store::Tx& tx, VisitorRow const& visitor);
std::vector<ThreadRow> threads_of(store::Reader& reader, VisitorRow const& visitor);
// The thread, if this visitor may see it.
std::optional<ThreadRow> thread_of(store::Reader& reader, VisitorRow const& visitor, ConversationId id);
// From now on this visitor is that customer: their threads are, too, on every device.
void recognise(store::Tx& tx, conversation::Office const& office, VisitorRow const& visitor, CustomerId customer,
               std::optional<EmailAddress> const& address, std::string_view name, Time now);

// ---- what the organisation's own site says of its customer (RFC 7519, HS256)

struct Vouched {
    std::string subject;  // the organisation's key for them
    std::string nonce;    // jti
    Time expires_at{};
    std::optional<EmailAddress> email;
    std::string name;
};
inline constexpr auto longest_vouching = std::chrono::hours(24);
// Codes: vouching_refused, vouching_expired.
Expected<Vouched> read_vouching(std::string_view token, Key256 const& secret, SiteId site, Time now);

// ---- letters

struct Texts {
    std::string code_subject, code_text;      // {code}, {organisation}
    std::string unread_subject, unread_text;  // {organisation}; {messages}
};
Texts const& texts_of(Locale locale);

}  // namespace rapport::live
