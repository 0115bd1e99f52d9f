// Visitors, who sees what, unread answers that go by e-mail once, sites' tokens; on both engines where the store is
// touched.
#include "live/live.hpp"

#include <gmock/gmock.h>

#include "channels/sql.hpp"
#include "conversation/sql.hpp"
#include "conversation/wire.hpp"
#include "live/sql.hpp"
#include "people/agents.hpp"
#include "people/sql.hpp"
#include "post/sql.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::live {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

class Chatting : public test::StoreTest {
  protected:
    Chatting()
        : StoreTest({people::sql::migrations, channels::sql::migrations, post::sql::migrations,
                     conversation::sql::migrations, sql::migrations}),
          keyring_(store::Keyring::open(folder() / "keys")) {}
    ~Chatting() override {
        live_.reset();
        module_.reset();
        close();
    }
    void SetUp() override {
        auto const key = conversation::Tokens::key_of(store(), keyring_, true, now());
        conversation::Office office{keyring_,
                                    blobs(),
                                    store().ids(),
                                    post::ReturnPaths(Key256{}, "bounces.test"),
                                    conversation::Tokens(key, "https://ours.test"),
                                    {}};
        module_ = std::make_unique<conversation::Conversations>(store(), std::move(office), [this] { return now(); });
        live_ = std::make_unique<Live>(*module_, "Example Utilities", "https://ours.test");
        live_->carry_answers();
        Act const act{{ActorKind::operator_, 0, "operator"}, now(), "", ""};
        conversation::NewMailbox box;
        box.address = {"box@ours.test"};
        box.name = {"Box"};
        site_ = store().write_now([&](store::Tx& tx) {
            auto const mailbox = conversation::create_mailbox(tx, act, box)->id;
            auto const id = tx.new_id<SiteId>();
            tx.exec(sql::insert_site, id, "Shop", mailbox, std::optional<TeamId>(), json::Object(), 300,
                    store::Blob{keyring_.wrap(Key256{})}, now());
            return id;
        });
    }
    static std::string token(char of) { return std::string(token_size - 1, of) + "A"; }
    VisitorRow visitor(std::string const& token) {
        return store().write_now(
            [&](store::Tx& tx) { return visitor_for(tx, site_, token, "", Locale::en, now()).value(); });
    }
    ConversationId write(VisitorRow const& who, std::string key) {
        conversation::Arrival arrival;
        arrival.channel = conversation::Channel::chat;
        arrival.at = now();
        arrival.writer.author = to_text(who.id);
        arrival.text = "Hello";
        arrival.key = std::move(key);
        return store().write_now([&](store::Tx& tx) {
            arrival.mailbox = tx.one<SiteRow>(sql::find_site, site_)->mailbox;
            auto const& office = live_->office();
            auto const made = enter(tx, office, *prepare_arrival(office, arrival)).value();
            tx.exec(sql::insert_thread, made.conversation, site_, who.id, who.customer, now());
            return made.conversation;
        });
    }
    // The answer's carrier, as the transaction of an agent's answer runs it.
    MessageId answer(ConversationId id) {
        advance(1s);
        auto const message = store().ids().next<MessageId>();
        static constexpr store::Query put{
            "test.answer",
            "INSERT INTO conversation_message (id, conversation, origin, direction, channel, state, at, author_kind, "
            "author_id, text_size, html_size, attachments) VALUES ($1, $2, $2, 'out', 'chat', 'sent', $3, 'agent', 1, "
            "0, 0, 0)",
            "INSERT INTO conversation_message (id, conversation, origin, direction, channel, state, at, author_kind, "
            "author_id, text_size, html_size, attachments) VALUES ($1, $2, $2, 'out', 'chat', 'sent', $3, 'agent', 1, "
            "0, 0, 0)"};
        store().write_now([&](store::Tx& tx) {
            tx.exec(put, message, id, now());
            live_->office().carriers.at(conversation::Channel::chat)(tx, {id, message, now()});
        });
        return message;
    }
    void prove(VisitorRow const& who, std::string address) {
        store().write_now([&](store::Tx& tx) {
            EmailAddress const email{std::move(address)};
            auto const customer = people::customer_for(tx, email, "Ada", Locale::en, now());
            recognise(tx, live_->office(), who, customer, email, "", now());
        });
    }
    std::size_t mail() {
        return store().write_now([&](store::Tx& tx) { return live_->mail_due(tx, now()); });
    }
    std::size_t letters() {
        return store().read_now([](store::Reader& reader) { return post::list_letters(reader, {}, {}, 100); }).size();
    }

    store::Keyring keyring_;
    std::unique_ptr<conversation::Conversations> module_;
    std::unique_ptr<Live> live_;
    SiteId site_;
};

TEST_P(Chatting, AVisitorSeesTheirOwnConversationsAndAfterProvingAnAddressThoseOfTheirOtherDevices) {
    auto const ada = visitor(token('a')), other = visitor(token('b'));
    EXPECT_EQ(visitor(token('a')).id, ada.id);
    auto const conversation = write(ada, "k1");
    auto const sees = [&](std::string const& of) {
        return store().read_now([&](store::Reader& reader) {
            auto const who = visitor_of(reader, site_, of);
            auto const one = who && thread_of(reader, *who, conversation);
            EXPECT_EQ(one, who && !threads_of(reader, *who).empty());
            return one;
        });
    };
    EXPECT_TRUE(sees(token('a')));
    EXPECT_FALSE(sees(token('b')));
    prove(ada, "ada@example.org");
    EXPECT_FALSE(sees(token('b')));
    prove(other, "ada@example.org");
    EXPECT_TRUE(sees(token('b')));
    auto const stranger = visitor(token('c'));
    prove(stranger, "eve@example.org");
    EXPECT_FALSE(sees(token('c')));
}

TEST_P(Chatting, AnUnreadAnswerGoesByMailOnceAndOnlyToAProvenAddress) {
    auto const ada = visitor(token('a'));
    auto const conversation = write(ada, "k1");
    answer(conversation);
    advance(1h);
    EXPECT_EQ(mail(), 0U) << "nobody knows where to";
    prove(ada, "ada@example.org");
    answer(conversation);
    EXPECT_EQ(mail(), 0U) << "not yet due";
    advance(300s);
    EXPECT_EQ(mail(), 1U);
    EXPECT_EQ(mail(), 0U);
    EXPECT_EQ(letters(), 1U);
    store().write_now([&](store::Tx& tx) { tx.exec(sql::insert_due, conversation, now()); });
    EXPECT_EQ(mail(), 0U) << "it went by mail already";
    auto const seen = answer(conversation);
    store().write_now([&](store::Tx& tx) { tx.exec(sql::read_thread, conversation, seen); });
    advance(300s);
    EXPECT_EQ(mail(), 0U) << "they have seen it";
    EXPECT_EQ(letters(), 1U);
}

TEST_P(Chatting, ATokenOfAnotherSiteIsNobodysHere) {
    visitor(token('a'));
    auto const elsewhere = store().ids().next<SiteId>();
    EXPECT_FALSE(store().read_now([&](store::Reader& reader) { return visitor_of(reader, elsewhere, token('a')); }));
    auto const refused =
        store().write_now([&](store::Tx& tx) { return visitor_for(tx, elsewhere, token('a'), "", Locale::en, now()); });
    EXPECT_FALSE(refused);
}

RAPPORT_ON_BOTH_ENGINES(Chatting);

TEST(TheHub, TellsScreensOfTheirTopicsAloneAndWhatTheyHaveMissed) {
    Hub hub;
    hub.reached(10);
    auto const mine = hub.watch({"vis_1"}), theirs = hub.watch({"vis_2"});
    hub.tell({"vis_1", "cus_1"}, {11, "message", {}, ""});
    hub.reached(11);
    EXPECT_THAT(mine->take(), SizeIs(1));
    EXPECT_THAT(theirs->take(), IsEmpty());
    EXPECT_THAT(*hub.since({"cus_1"}, 10), SizeIs(1));
    EXPECT_THAT(*hub.since({"vis_2"}, 10), IsEmpty());
    EXPECT_FALSE(hub.since({"vis_1"}, 9)) << "before its time";
    EXPECT_FALSE(hub.since({"vis_1"}, 99)) << "after it";
    for (int i = 0; i < 500; ++i) hub.tell({"vis_1"}, {0, "typing", {}, ""});
    auto const many = mine->take();
    EXPECT_LE(many.size(), Hub::most_waiting);
    EXPECT_EQ(many.front().type, "reset");
}

TEST(TokensOfSites, AreReadWhenTheyAreOursAndFreshAndForThisSite) {
    Time const now = Time(std::chrono::seconds(1'800'000'000));
    SiteId const site{77};
    auto const make = [&](std::string const& claims, std::string const& header, std::string const& secret) {
        auto const head = to_base64url(header) + '.' + to_base64url(claims);
        return head + '.' + to_base64url(hmac_sha256(secret, head).view());
    };
    std::string const header = R"({"alg":"HS256","typ":"JWT"})";
    auto const claims = [&](std::int64_t exp, std::string const& aud) {
        return R"({"sub":"c1","aud":")" + aud + R"(","jti":"n","exp":)" + std::to_string(exp) + '}';
    };
    auto const good = claims(1'800'000'300, to_text(site));
    auto const read = [&](std::string const& token) { return read_vouching(token, "secret", site, now); };
    EXPECT_EQ(read(make(good, header, "secret")).value().subject, "c1");
    EXPECT_EQ(read(make(good, header, "other")).error().code, "vouching_refused");
    EXPECT_EQ(read(make(good, R"({"alg":"none"})", "secret")).error().code, "vouching_refused");
    EXPECT_EQ(read(make(claims(1'800'000'300, "sit_x"), header, "secret")).error().code, "vouching_refused");
    EXPECT_EQ(read(make(claims(1'800'000'000, to_text(site)), header, "secret")).error().code, "vouching_expired");
    EXPECT_EQ(read(make(claims(1'800'100'000, to_text(site)), header, "secret")).error().code, "vouching_refused");
    EXPECT_EQ(read(make(claims(9'000'000'000'000'000'000, to_text(site)), header, "secret")).error().code,
              "vouching_refused");
    for (auto const* broken : {"", ".", "..", "a.b.c", "a.b"}) EXPECT_FALSE(read(broken)) << broken;
}

}  // namespace
}  // namespace rapport::live
