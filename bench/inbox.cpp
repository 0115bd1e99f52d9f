// Fills an inbox: `bench_inbox FOLDER CONVERSATIONS [first]`, where FOLDER is the data folder (SQLite) of a server that
// is not running and has mailboxes, labels and agents. Two years of conversations, 5 messages each in the mean, through
// the module's own verbs: customers, participants, references, counters, promises, the journal. What the post room
// would have done is written beside them: each answer's letter as one that was accepted.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "app/open_store.hpp"
#include "conversation/entry.hpp"
#include "conversation/reading.hpp"
#include "people/agents.hpp"
#include "words.hpp"

using namespace rapport;
using namespace rapport::conversation;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::int64_t at_once = 2'000;        // conversations in a transaction
constexpr std::int64_t people_each = 3;        // conversations of a customer, in the mean
constexpr auto span = std::chrono::days(730);  // from the first to now

constexpr store::Query add_letter{
    "bench.add_letter",
    "INSERT INTO outbox (id, owner, purpose, channel, recipient, locale, template, state, priority, attempts, "
    "expires_at, "
    "last_reply, created_at, changed_at) VALUES ($1, $2, 'reply', 'email', $3, 'en', '', 'accepted', 1, 1, $4, "
    "'250 2.0.0 Ok', $4, $4)",
    ""};
constexpr store::Query add_attempt{
    "bench.add_attempt",
    "INSERT INTO outbox_attempt (letter, number, worker, started_at, ended_at, result, server, reply) "
    "VALUES ($1, 1, 1, $2, $2, 'accepted', 'mx.example.org', '250 2.0.0 Ok')",
    ""};
constexpr store::Query all_labels{"bench.labels", "SELECT id FROM conversation_label ORDER BY id", ""};
constexpr store::Query all_mailboxes{"bench.mailboxes", "SELECT id FROM mailbox WHERE retired_at IS NULL ORDER BY id",
                                     ""};
constexpr store::Query counted{"bench.counted", "SELECT count(*) FROM conversation", ""};

struct Person {
    EmailAddress address;
    std::string name;
};

class Filler {
  public:
    Filler(store::Store& store, Office const& office, std::int64_t conversations)
        : store_(store), office_(office), conversations_(conversations), begin_(system_now() - span) {
        store.read_now([&](store::Reader& reader) {
            labels_ = reader.all<LabelId>(all_labels);
            for (auto const id : reader.all<MailboxId>(all_mailboxes)) mailboxes_.push_back(*find_mailbox(reader, id));
            for (auto const& agent : people::list_agents(reader)) agents_.push_back(agent);
            done_ = reader.one<std::int64_t>(counted).value_or(0);
        });
        if (labels_.empty() || mailboxes_.empty() || agents_.empty())
            throw std::runtime_error("there are no labels, mailboxes or agents");
    }

    void fill() {
        auto const started = Steady::now();
        auto const first = done_;
        while (done_ < conversations_) {
            auto const end = std::min(done_ + at_once, conversations_);
            store_.write_now([&](store::Tx& tx) {
                for (auto n = done_; n < end; ++n) converse(tx, n);
                return true;
            });
            done_ = end;
            if (done_ % (at_once * 25) != 0 && done_ != conversations_) continue;
            auto const seconds = std::chrono::duration<double>(Steady::now() - started).count();
            std::printf("%lld conversations, %lld messages, %.0f messages/s\n", static_cast<long long>(done_),
                        static_cast<long long>(messages_), static_cast<double>(messages_) / seconds);
            std::fflush(stdout);
            (void)first;
        }
    }

  private:
    bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }

    Person person(std::int64_t n) const {
        std::mt19937_64 own(static_cast<std::uint64_t>(n) + 77);
        auto const first = writer_.word(own), last = writer_.word(own);
        return {EmailAddress{first + '.' + last + std::to_string(n) + "@example.org"}, first + ' ' + last};
    }

    void converse(store::Tx& tx, std::int64_t n) {
        random_.seed(static_cast<std::uint64_t>(n) * 2654435761U + 11);
        auto at = begin_ + std::chrono::duration_cast<Duration>(
                               span * (static_cast<double>(n) / static_cast<double>(conversations_)));
        bool const young = n > conversations_ - conversations_ / 25;
        auto const who =
            person(static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(conversations_ / people_each + 1)));
        auto const& mailbox = mailboxes_[random_() % mailboxes_.size()];
        auto const customer = people::customer_for(tx, who.address, who.name, mailbox.locale, at);
        Opening opening{customer, mailbox.id, mailbox.team, {}, mailbox.locale};
        auto const subject = writer_.words(random_, 8);
        opening.cover = {subject, "", who.name};
        auto row = open_conversation(tx, office_, {ActorKind::customer, customer.value}, opening, at);
        auto const& agent = agents_[random_() % agents_.size()];
        std::vector<std::string> ids;
        auto const wanted =
            1 + static_cast<int>(-std::log(1 - std::uniform_real_distribution<>(0, 0.9999)(random_)) * 3.5) +
            (young ? 0 : 1);
        for (int k = 0; k < std::min(wanted, 60); ++k) {
            ++messages_;
            if (k > 0 && chance(0.08)) {
                note(tx, row, agent, at);
            } else if (k % 2 == 0) {
                hear(tx, row, customer, who, mailbox, subject, ids, at);
            } else {
                answer(tx, row, agent, who, mailbox, subject, ids, at);
            }
            if (k == 0) sort_out(tx, row, agent, young, at);
            row = *find_row(tx, row.id);
            at = std::min(at + std::chrono::minutes(3 + random_() % 600), system_now());
        }
        close(tx, row, young, at);
    }

    std::string text() {
        return writer_.words(random_, 160) + "order " + std::to_string(100'000 + random_() % 9'000'000);
    }

    void hear(store::Tx& tx, ConversationRow const& row, CustomerId customer, Person const& who,
              MailboxRow const& mailbox, std::string const& subject, std::vector<std::string>& ids, Time at) {
        Words words{ids.empty() ? subject : "Re: " + subject,
                    {who.name, who.address.value},
                    {{mailbox.name, mailbox.address.value}},
                    {},
                    {},
                    {},
                    {},
                    {},
                    {},
                    0};
        auto const body = text();
        words.message_id = "<" + std::to_string(random_()) + "@mail.example.org>";
        if (!ids.empty()) words.in_reply_to = ids.back();
        words.references.assign(ids.size() > 3 ? ids.end() - 3 : ids.begin(), ids.end());
        ids.push_back(words.message_id);
        words.own = static_cast<std::int64_t>(body.size());
        auto message = prepare_message(office_, std::move(words), body, "");
        message.row.direction = Direction::in;
        message.row.state = MessageState::received;
        message.row.at = at;
        Entry entry{message, at, mailbox.id, customer, who.name, preview_of(body)};
        entry.by = ids.size() > 1 ? MatchedBy::own_message_id : MatchedBy::none;
        entry.why = "It came with the Message-ID of our message, from a participant.";
        entry.take_part = [&](ConversationId id) { return participant_for(tx, id, who.address, Role::sender, at); };
        add_message(tx, office_, row, entry);
    }

    void say(store::Tx& tx, ConversationRow const& before, people::Agent const& agent, Words words, Direction direction,
             Time at, std::string_view event) {
        auto const body = text();
        words.own = static_cast<std::int64_t>(body.size());
        auto message = prepare_message(office_, words, body, "");
        auto& row = message.row;
        row.conversation = row.origin = before.id;
        row.direction = direction;
        row.state = direction == Direction::out ? MessageState::sent : MessageState::noted;
        row.at = at;
        row.author_kind = ActorKind::agent;
        row.author_id = agent.id.value;
        auto after = before;
        if (direction == Direction::out) (void)move(after, Verb::answer, at);
        after.last_at = at;
        ++after.messages;
        auto cover = cover_of(office_, before);
        if (direction == Direction::out) cover.preview = preview_of(body);
        set_cover(office_, after, cover);
        keep_message(tx, office_, message, row, message.words);
        if (direction == Direction::out) {
            auto const letter = tx.new_id<post::OutboxId>();
            tx.exec(add_letter, letter, to_text(row.id), message.words.to.front().address, at);
            tx.exec(add_attempt, letter, at);
        }
        commit(tx, before, after, at, &row);
        tell(tx, after, event, {ActorKind::agent, agent.id.value}, at,
             {{"message", to_text(row.id)}, {"channel", "email"}});
    }

    void answer(store::Tx& tx, ConversationRow const& row, people::Agent const& agent, Person const& who,
                MailboxRow const& mailbox, std::string const& subject, std::vector<std::string>& ids, Time at) {
        Words words{"Re: " + subject,
                    {mailbox.name, mailbox.address.value},
                    {{who.name, who.address.value}},
                    {},
                    {},
                    {},
                    {},
                    {},
                    {},
                    0};
        words.message_id = "<cnv." + std::to_string(random_()) + "@ours.example>";
        if (!ids.empty()) words.in_reply_to = ids.back();
        words.references.assign(ids.size() > 3 ? ids.end() - 3 : ids.begin(), ids.end());
        ids.push_back(words.message_id);
        say(tx, row, agent, std::move(words), Direction::out, at, "message.sent");
    }
    void note(store::Tx& tx, ConversationRow const& row, people::Agent const& agent, Time at) {
        say(tx, row, agent, {}, Direction::note, at, "message.noted");
    }

    // Given to somebody, and labelled.
    void sort_out(store::Tx& tx, ConversationRow const& made, people::Agent const& agent, bool young, Time at) {
        auto const before = *find_row(tx, made.id);
        auto after = before;
        if (!young || chance(0.7)) after.assignee = agent.id;
        if (chance(0.05)) after.priority = Priority::high;
        for (auto k = random_() % 3; k > 0; --k) {
            auto const x = std::uniform_real_distribution<>(0, 1)(random_);
            label(tx, before, labels_[static_cast<std::size_t>(x * x * static_cast<double>(labels_.size()))]);
            after.relabelled = true;
        }
        commit(tx, before, after, at);
        if (after.assignee)
            tell(tx, after, "conversation.assigned", {ActorKind::agent, agent.id.value}, at,
                 {{"assignee", to_text(agent.id)}});
    }

    // Of the last 4 %, one in six still waits for us; nearly everything else is resolved.
    void close(store::Tx& tx, ConversationRow const& before, bool young, Time at) {
        auto after = before;
        auto const x = std::uniform_real_distribution<>(0, 1)(random_);
        if (young && x < 0.17) {
            if (after.state != State::open) (void)move(after, Verb::reopen, at);
        } else if (young && x < 0.45) {
            return;
        } else if (young && x < 0.5) {
            (void)move(after, Verb::snooze, at);
            after.snoozed_until = system_now() + std::chrono::hours(24 + random_() % 500);
        } else {
            auto const verb = x > 0.985 ? Verb::mark_spam : Verb::resolve;
            (void)move(after, verb, at);
        }
        commit(tx, before, after, at);
        if (after.state == State::resolved)
            tell(tx, after, "conversation.resolved", {ActorKind::agent, 1}, at, {{"from", "open"}});
    }

    store::Store& store_;
    Office const& office_;
    std::int64_t conversations_, done_ = 0, messages_ = 0;
    Time begin_;
    bench::Writer writer_;
    std::mt19937_64 random_;
    std::vector<LabelId> labels_;
    std::vector<MailboxRow> mailboxes_;
    std::vector<people::Agent> agents_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "bench_inbox FOLDER CONVERSATIONS\n");
        return 2;
    }
    std::filesystem::path const folder = argv[1];
    auto const modules = app::migrations();
    auto const store =
        store::Store::open({.database = (folder / "rapport.db").string(), .blobs = folder / "blobs"}, modules);
    auto const keyring = store::Keyring::open(folder / "keys");
    store::Blobs const blobs(folder / "blobs");
    post::ReturnPaths const paths(keyring.derive(post::return_path_purpose), "bounces.example");
    auto const key = Tokens::key_of(*store, keyring, true, system_now());
    Office const office{keyring, blobs, store->ids(), paths, Tokens(key, "bench"), {}};
    Filler(*store, office, std::atoll(argv[2])).fill();
    return 0;
}
