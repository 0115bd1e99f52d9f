// For tests: the module on a store with the spool and the outbox below it; mails that come in, letters that go out.
#pragma once

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "channels/sql.hpp"
#include "conversation/reply.hpp"
#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"
#include "people/agents.hpp"
#include "people/sql.hpp"
#include "post/compose.hpp"
#include "post/outbox.hpp"
#include "post/sql.hpp"
#include "testing/run_until.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::conversation {

// A mail as a customer's program writes it.
struct MailOut {
    std::string from = "Ada Lovelace <ada@example.org>";
    std::string to = "box@ours.test";
    std::string cc = "";
    std::string subject = "Broken meter";
    std::string id = "<1@ada.test>";
    std::string in_reply_to = "", references = "";
    std::string extra = "";  // further header lines
    std::string text = "My meter is broken.";
    std::string raw() const {
        std::string out = "From: " + from + "\r\nTo: " + to + "\r\n";
        if (!cc.empty()) out += "Cc: " + cc + "\r\n";
        out += "Subject: " + subject + "\r\nDate: Sat, 21 Nov 2026 09:30:00 +0000\r\n";
        if (!id.empty()) out += "Message-ID: " + id + "\r\n";
        if (!in_reply_to.empty()) out += "In-Reply-To: " + in_reply_to + "\r\n";
        if (!references.empty()) out += "References: " + references + "\r\n";
        return out + extra + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n";
    }
};

// A letter that has left, as its recipient reads it.
struct Left {
    post::Claimed letter;
    Bytes raw;
    channels::email::MimeMail mail;
    // The address that answers go to.
    std::string reply_to() const { return mail.reply_to.at(0).address; }
    std::string field(std::string_view name) const { return std::string(channels::email::field(mail.fields, name)); }
};

class ConversationTest : public test::StoreTest {
  protected:
    // `above`: of a module that stands on this one.
    explicit ConversationTest(std::span<store::Migration const> above = {})
        : StoreTest(
              {people::sql::migrations, channels::sql::migrations, post::sql::migrations, sql::migrations, above}),
          keyring_(store::Keyring::open(folder() / "keys")) {}
    ~ConversationTest() override {
        module_.reset();
        inbound_.reset();
        bounces_.reset();
        close();
    }

    void SetUp() override {
        start();
        box_ = mailbox("box@ours.test", "Example Utilities");
        agent_ = store().write_now([&](store::Tx& tx) {
            return people::create_agent(tx, operator_act(), people::Permissions::all(),
                                        {{"ann@staff.test"}, {"Ann"}, Locale::en, people::Role::agent})
                ->id;
        });
    }
    void TearDown() override { EXPECT_THAT(faults(), testing::IsEmpty()); }

    void start() {
        auto const key = Tokens::key_of(store(), keyring_, true, now());
        Office office{keyring_, blobs(), store().ids(), paths_, Tokens(key, "https://ours.test"), settings_};
        module_ = std::make_unique<Conversations>(store(), std::move(office), [this] { return now(); });
        inbound_ = std::make_unique<post::Inbound>(store(), keyring_, blobs(), post::InboundOptions{},
                                                   [this] { return now(); });
        bounces_ = std::make_unique<post::Bounces>(paths_, post::SuppressionPolicy{});
        bounces_->listen_to(*inbound_);
        module_->hear_bounces(*bounces_);
        module_->listen_to(*inbound_);
    }
    // As after kill -9.
    void restart() {
        module_.reset();
        inbound_.reset();
        bounces_.reset();
        reopen();
        start();
    }

    template <class T>
    T await(Task<T> task) {
        static asio::io_context context{1};  // outlives the store, whose threads may still be letting go of it
        auto future = asio::co_spawn(context, std::move(task), asio::use_future);
        rapport::test::run_until(context,
                                 [&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        return future.get();
    }

    Office const& office() { return module_->office(); }
    Act operator_act() const { return {{ActorKind::operator_, 0, "operator"}, now(), "", ""}; }
    Act act() const { return {{ActorKind::agent, agent_.value, "Ann"}, now(), "198.51.100.7", "r1"}; }

    MailboxId mailbox(std::string address, std::string name) {
        NewMailbox wanted;
        wanted.address = {std::move(address)};
        wanted.name = {std::move(name)};
        auto const made = store().write_now([&](store::Tx& tx) { return create_mailbox(tx, operator_act(), wanted); });
        store().read_now([&](store::Reader& reader) { module_->addresses().read(reader); });
        return made.value().id;
    }

    // Into the spool, as a listener does.
    void keep(std::string raw, std::vector<std::string> to, std::string from = "ada@example.org") {
        channels::email::TakenMail mail{std::move(from), std::move(to), std::move(raw), "mx", false};
        EXPECT_EQ(await(inbound_->keep({std::move(mail), "127.0.0.1", channels::email::Protocol::lmtp, false})),
                  channels::email::Kept::durable);
    }
    void handle() { await(inbound_->handle_waiting()); }
    // Comes in; the message that it became.
    MessageView receive(MailOut const& mail, std::string recipient = "box@ours.test",
                        std::string sender = "ada@example.org") {
        advance(std::chrono::seconds(1));
        keep(mail.raw(), {std::move(recipient)}, std::move(sender));
        handle();
        return newest();
    }
    MessageView newest() {
        static constexpr store::Query last{"test.newest",
                                           "SELECT max(id) FROM conversation_message WHERE direction = 'in'",
                                           "SELECT max(id) FROM conversation_message WHERE direction = 'in'"};
        return store().read_now([&](store::Reader& reader) {
            return find_message(reader, office(), *reader.one<MessageId>(last)).value();
        });
    }
    ConversationView view(ConversationId id) {
        return store().read_now([&](store::Reader& reader) { return find_conversation(reader, office(), id).value(); });
    }
    std::vector<MessageView> thread(ConversationId id) {
        return store().read_now(
            [&](store::Reader& reader) { return list_messages(reader, office(), id, {}).value().items; });
    }
    MessageView message(MessageId id) {
        return store().read_now([&](store::Reader& reader) { return find_message(reader, office(), id).value(); });
    }

    Expected<MessageId> post(ConversationId id, NewMessage const& wanted, std::optional<Act> by = {}) {
        advance(std::chrono::seconds(1));
        auto const who = by.value_or(act());
        auto const planned =
            store().read_now([&](store::Reader& reader) { return plan_message(reader, office(), who, id, wanted); });
        if (!planned) return fail(planned.error());
        return store().write_now([&](store::Tx& tx) { return write_message(tx, office(), who, *planned); });
    }
    static NewMessage answer(std::string text = "We will send somebody.") {
        NewMessage wanted;
        wanted.text = MessageText{std::move(text)};
        return wanted;
    }
    Expected<ConversationView> change(ConversationId id, ConversationChange const& wanted,
                                      std::optional<std::int64_t> version = {}) {
        return store().write_now(
            [&](store::Tx& tx) { return change_conversation(tx, office(), act(), id, version, wanted); });
    }

    // Every letter that is due leaves, and is accepted unless told otherwise.
    std::vector<Left> leave(post::Result result = post::Result::accepted) {
        advance(settings_.undo);
        std::vector<Left> out;
        post::WorkerId worker;
        auto claimed = store().write_now([&](store::Tx& tx) {
            worker = post::start_worker(tx, "test", now());
            return post::claim(tx, worker, 100, now());
        });
        std::vector<post::LetterKey> keys;
        for (auto const& one : claimed) keys.push_back({one.owner, one.purpose, one.data});
        auto draws = await(module_->load_letters(std::move(keys)));
        for (std::size_t i = 0; i < claimed.size(); ++i) {
            auto words = await((*draws[i])());
            auto made = post::compose(claimed[i], std::move(*words), options_, nullptr, now());
            auto mail = channels::email::read_mime(made.mail);
            out.push_back({claimed[i], std::move(made.mail), std::move(*mail)});
            post::Outcome outcome{claimed[i].id, claimed[i].owner, "reply", result,
                                  "mx.test",     "250 ok",         "2.0.0", now()};
            auto const finish = await(module_->plan_outcomes({outcome}));
            store().write_now([&](store::Tx& tx) {
                post::record(tx, {worker, claimed[i].attempt, outcome}, false);
                finish.front()(tx);
            });
        }
        return out;
    }

    std::size_t wake_due() {
        return store().write_now([&](store::Tx& tx) { return conversation::wake_due(tx, now()); });
    }

    std::vector<std::string> faults() {
        std::vector<std::string> found;
        store().read_now([&](store::Reader& reader) {
            check_conversations(reader, office(), [&](Finding const& f) { found.push_back(f.subject + ' ' + f.text); });
            return true;
        });
        return found;
    }
    std::int64_t events(std::string_view kind) {
        auto const all =
            store().read_now([](store::Reader& reader) { return store::Store::events_after(reader, 0, 10'000); });
        return std::ranges::count(all, kind, &store::Event::kind);
    }
    ScopeCount counts(std::string const& scope) {
        for (auto const& one :
             store().read_now([&](store::Reader& reader) { return inbox_counts(reader, act().actor); }).items)
            if (one.scope == scope) return one;
        return {};
    }
    std::vector<ConversationId> list(ConversationQuery const& query) {
        auto const page = store().read_now(
            [&](store::Reader& reader) { return list_conversations(reader, office(), act().actor, query).value(); });
        std::vector<ConversationId> ids;
        for (auto const& one : page.items) ids.push_back(one.id);
        return ids;
    }

    static Key256 key_of(char octet) {
        Key256 key;
        key.fill(static_cast<std::uint8_t>(octet));
        return key;
    }

    store::Keyring keyring_;
    Settings settings_{"https://ours.test"};
    post::ReturnPaths paths_{key_of('k'), "bounces.test"};
    post::Options options_ = [this] {
        post::Options options;
        options.from = {channels::email::HeaderText("Example Utilities"), {"post@ours.test"}};
        options.message_id_domain = "ours.test";
        options.return_paths = std::make_shared<post::ReturnPaths const>(paths_);
        return options;
    }();
    std::unique_ptr<post::Inbound> inbound_;
    std::unique_ptr<post::Bounces> bounces_;
    std::unique_ptr<Conversations> module_;
    MailboxId box_;
    AgentId agent_;
};

}  // namespace rapport::conversation
