// Visitors, who sees what, unread answers that go by e-mail once, sites' tokens; on both engines where the store is
// touched.
#include "live/live.hpp"

#include <gmock/gmock.h>

#include "channels/sql.hpp"
#include "conversation/sql.hpp"
#include "conversation/wire.hpp"
#include "live/erase.hpp"
#include "live/guest.hpp"
#include "live/sight.hpp"
#include "live/sql.hpp"
#include "people/agents.hpp"
#include "people/sql.hpp"
#include "post/erase.hpp"
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

TEST_P(Chatting, LettersWithCodesDoNotKeepTheAddressOfWhoeverIsErased) {
    auto const ada = visitor(token('a'));
    prove(ada, "ada@example.org");
    store().write_now([&](store::Tx& tx) {
        post::Letter code{to_text(ada.id), "chat_code", EmailAddress{"ada@example.org"}, Locale::en, "", {}};
        post::enqueue(tx, code, now());
    });
    store().write_now([&](store::Tx& tx) {
        auto const customer = people::customer_of_address(tx, EmailAddress{"ada@example.org"});
        ASSERT_TRUE(customer);
        erase_visitors_of(tx, blobs(), *customer, now());
    });
    auto const left = store().read_now([](store::Reader& reader) { return post::list_letters(reader, {}, {}, 100); });
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].to.value, post::erased_address);
    EXPECT_EQ(left[0].state, post::State::cancelled);
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

// An answer that is lost on the way, twice: the browser still has what it had, and that still works.
TEST_P(Chatting, ATokenCanBeChangedAgainWhenTheAnswerWasLost) {
    auto const ada = visitor(token('a'));
    auto const knows = [&](char of) {
        return store().read_now([&](store::Reader& reader) { return visitor_of(reader, site_, token(of)); });
    };
    auto const change = [&](char used, char next) {
        store().write_now([&](store::Tx& tx) {
            change_token(tx, ada.id, digest_of_token(token(used)), digest_of_token(token(next)));
        });
    };
    change('a', 'b');
    change('a', 'c');
    ASSERT_TRUE(knows('a')) << "all it has written would be gone";
    EXPECT_FALSE(knows('b'));
    ASSERT_TRUE(knows('c'));
    EXPECT_TRUE(knows('c')->has_old_token);
    auto const there = *knows('c');
    store().write_now([&](store::Tx& tx) { forget_old_token(tx, there); });
    EXPECT_FALSE(knows('a'));
    EXPECT_FALSE(knows('c')->has_old_token);
}

TEST_P(Chatting, MailsToAndFromOthersAreNotTheVisitors) {
    auto const ada = visitor(token('a'));
    auto const id = write(ada, "k1");
    prove(ada, "ada@example.org");
    store().read_now([&](store::Reader& reader) {
        using conversation::Channel, conversation::Direction;
        Sight sight(reader, *thread_of(reader, *visitor_of(reader, site_, token('a')), id));
        auto const sees = [&](Direction direction, Channel channel, std::string const& from, std::string const& to) {
            conversation::MessageView message;
            message.origin = id;
            message.at = now();
            message.direction = direction;
            message.channel = channel;
            message.from.address = from;
            if (!to.empty()) message.to = {{"", "x@example.org"}, {"", to}};
            return sight.sees(message);
        };
        EXPECT_TRUE(sees(Direction::in, Channel::chat, "", ""));
        EXPECT_TRUE(sees(Direction::out, Channel::chat, "", ""));
        EXPECT_TRUE(sees(Direction::in, Channel::email, "Ada@Example.org", "box@ours.test"));
        EXPECT_TRUE(sees(Direction::out, Channel::email, "box@ours.test", "ada@example.org"));
        EXPECT_FALSE(sees(Direction::in, Channel::email, "supplier@example.org", "box@ours.test"));
        EXPECT_FALSE(sees(Direction::out, Channel::email, "box@ours.test", "supplier@example.org"));
        EXPECT_FALSE(sees(Direction::note, Channel::chat, "", ""));
        return true;
    });
}

TEST_P(Chatting, AfterAMergeOnlyAnswersFromThenOnAreForBothAndBothAreTold) {
    auto const ada = visitor(token('a')), ben = visitor(token('b')), cas = visitor(token('c'));
    prove(ada, "ada@example.org");
    auto const one = write(ada, "k1"), other = write(ben, "k2"), third = write(cas, "k3");
    auto const merge = [&](ConversationId from, ConversationId into) {
        advance(1s);
        store().write_now([&](store::Tx& tx) {
            Act const act{{ActorKind::operator_, 0, "operator"}, now(), "", ""};
            EXPECT_TRUE(conversation::merge(tx, live_->office(), act, from, into));
        });
    };
    auto const unread = [&](ConversationId id) {
        return store().read_now([&](store::Reader& reader) {
            return Sight(reader, *reader.one<ThreadRow>(sql::find_thread, id)).unread({});
        });
    };
    auto const to_ben = answer(other);
    merge(one, other);
    EXPECT_EQ(unread(one).count, 0) << "it was for Ben";
    EXPECT_EQ(unread(other).newest, to_ben);
    auto const to_both = answer(other);
    EXPECT_EQ(unread(one).count, 1);
    EXPECT_EQ(unread(one).newest, to_both);
    answer(third);
    merge(other, third);
    EXPECT_EQ(unread(one).count, 1);
    auto const to_all = answer(third);
    EXPECT_EQ(unread(one).count, 2);
    EXPECT_EQ(unread(one).newest, to_all);
    EXPECT_EQ(unread(other).count, 3);
    auto const told =
        store().read_now([&](store::Reader& reader) { return reader.all<ThreadRow>(sql::threads_in, third); });
    EXPECT_THAT(told, SizeIs(3)) << "merged into what was merged";
    advance(300s);
    EXPECT_EQ(mail(), 1U) << "only Ada's address is known";
}

TEST_P(Chatting, TheEarlierTimeOfTwoAnswersCounts) {
    auto const id = write(visitor(token('a')), "k1");
    auto const due = [&] {
        return store().read_now([&](store::Reader& reader) { return reader.all<ConversationId>(sql::due, now(), 9); });
    };
    for (auto const wait : {300s, 0s, 600s})
        store().write_now([&](store::Tx& tx) { tx.exec(sql::insert_due, id, now() + wait); });
    EXPECT_THAT(due(), SizeIs(1));
}

TEST_P(Chatting, OneNetworkKeepsSoManyFilesHere) {
    auto const from = [](std::string address) {
        net::RequestParts parts;
        parts.remote_address = std::move(address);
        return net::Request(std::move(parts));
    };
    auto const first = from("2001:db8::1"), neighbour = from("2001:db8::2"), other = from("2001:db8:0:1::1");
    EXPECT_TRUE(may_keep(*live_, first, 60 << 20));
    EXPECT_FALSE(may_keep(*live_, neighbour, 60 << 20));
    EXPECT_TRUE(may_keep(*live_, neighbour, 10 << 20));
    EXPECT_TRUE(may_keep(*live_, other, 60 << 20));
    advance(1h);
    EXPECT_TRUE(may_keep(*live_, neighbour, 60 << 20));
}

RAPPORT_ON_BOTH_ENGINES(Chatting);

TEST(TheHub, RemembersNobodyWhoHasLeft) {
    Hub hub;
    auto const here = hub.watch({"vis_here"});
    for (int i = 0; i < 10'000; ++i) hub.watch({"vis_" + std::to_string(i), "cus_" + std::to_string(i)});
    EXPECT_LT(hub.topics(), 200U);
    EXPECT_EQ(hub.watching("vis_here"), 1U);
}

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
    Key256 const ours{1}, others{2};
    auto const make = [&](std::string const& claims, std::string const& header, Key256 const& secret) {
        auto const head = to_base64url(header) + '.' + to_base64url(claims);
        ByteView const key(reinterpret_cast<char const*>(secret.data()), secret.size());
        return head + '.' + to_base64url(hmac_sha256(key, head).view());
    };
    std::string const header = R"({"alg":"HS256","typ":"JWT"})";
    auto const claims = [&](std::int64_t exp, std::string const& aud) {
        return R"({"sub":"c1","aud":")" + aud + R"(","jti":"n","exp":)" + std::to_string(exp) + '}';
    };
    auto const good = claims(1'800'000'300, to_text(site));
    auto const read = [&](std::string const& token) { return read_vouching(token, ours, site, now); };
    EXPECT_EQ(read(make(good, header, ours)).value().subject, "c1");
    EXPECT_EQ(read(make(good, header, others)).error().code, "vouching_refused");
    EXPECT_EQ(read(make(good, R"({"alg":"none"})", ours)).error().code, "vouching_refused");
    EXPECT_EQ(read(make(claims(1'800'000'300, "sit_x"), header, ours)).error().code, "vouching_refused");
    EXPECT_EQ(read(make(claims(1'800'000'000, to_text(site)), header, ours)).error().code, "vouching_expired");
    EXPECT_EQ(read(make(claims(1'800'100'000, to_text(site)), header, ours)).error().code, "vouching_refused");
    EXPECT_EQ(read(make(claims(9'000'000'000'000'000'000, to_text(site)), header, ours)).error().code,
              "vouching_refused");
    auto const begins = [&](std::string const& nbf) {
        auto all = good;
        all.insert(all.size() - 1, ",\"nbf\":" + nbf);
        return read(make(all, header, ours));
    };
    EXPECT_TRUE(begins("1800000000"));
    for (auto const* never : {"1800000200", "-9223372036854775808", "9000000000000000000"})
        EXPECT_EQ(begins(never).error().code, "vouching_refused") << never;
    for (auto const* broken : {"", ".", "..", "a.b.c", "a.b"}) EXPECT_FALSE(read(broken)) << broken;
}

}  // namespace
}  // namespace rapport::live
