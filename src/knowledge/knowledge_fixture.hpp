// For tests: the module on a store, with authors, and short ways to do what they do.
#pragma once

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "channels/sql.hpp"
#include "knowledge/http.hpp"
#include "knowledge/sql.hpp"
#include "net/router.hpp"
#include "people/permissions.hpp"
#include "people/sql.hpp"
#include "post/outbox.hpp"
#include "post/sql.hpp"
#include "testing/run_until.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::knowledge {

class KnowledgeTest : public test::StoreTest {
  protected:
    KnowledgeTest()
        : StoreTest({people::sql::migrations, channels::sql::migrations, post::sql::migrations, sql::migrations}),
          keyring_(store::Keyring::open(folder() / "keys")) {}
    ~KnowledgeTest() override {
        knowledge_.reset();
        close();
    }

    void SetUp() override {
        knowledge_ = std::make_unique<Knowledge>(store(), keyring_, blobs(), "https://help.test", surroundings_,
                                                 [this] { return now(); });
        ann_ = agent("ann@staff.test", "Ann");
        ben_ = agent("ben@staff.test", "Ben");
    }
    void TearDown() override { EXPECT_THAT(faults(), testing::IsEmpty()); }

    AgentId agent(std::string address, std::string name) {
        return store().write_now([&](store::Tx& tx) {
            Act const operator_act{{ActorKind::operator_, 0, "operator"}, now(), "", ""};
            return people::create_agent(tx, operator_act, people::Permissions::all(),
                                        {{std::move(address)}, {std::move(name)}, Locale::en, people::Role::agent})
                ->id;
        });
    }
    Act act(AgentId who) const { return {{ActorKind::agent, who.value, "Somebody"}, now(), "198.51.100.7", "r1"}; }
    Act act() const { return act(ann_); }
    static Rights rights(AgentId who, bool may_publish = true) { return {may_publish, to_text(who)}; }

    std::vector<std::string> faults() {
        std::vector<std::string> found;
        store().read_now([&](store::Reader& reader) {
            check_knowledge(reader, [&](std::string const& subject, std::string const& text) {
                found.push_back(subject + ' ' + text);
            });
            return true;
        });
        return found;
    }
    template <class T>
    T await(Task<T> task) {
        static asio::io_context context{1};  // outlives the store, whose threads may still be letting go of it
        auto future = asio::co_spawn(context, std::move(task), asio::use_future);
        rapport::test::run_until(context,
                                 [&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        return future.get();
    }
    std::int64_t events(std::string_view kind) {
        return store().read_now([&](store::Reader& reader) {
            std::int64_t n = 0;
            for (auto const& event : store::Store::events_after(reader, 0, 100'000)) n += event.kind == kind;
            return n;
        });
    }
    std::vector<post::OutboxItem> letters() {
        return store().read_now([](store::Reader& reader) { return post::list_letters(reader, {}, {}, 100); });
    }

    // ---- what authors do
    ArticleId write(std::string title, std::string body = "Turn it off and on.", Locale locale = Locale::en,
                    NewKnowledgeArticle wanted = {}) {
        wanted.locale = locale;
        wanted.title = {std::move(title)};
        wanted.body = KnowledgeBody{std::move(body)};
        return store().write_now(
            [&](store::Tx& tx) { return create_article(tx, *knowledge_, act(), rights(ann_), wanted).value(); });
    }
    KnowledgeTranslation text(ArticleId id, Locale locale = Locale::en) {
        return store().read_now(
            [&](store::Reader& reader) { return find_translation(reader, *knowledge_, id, locale).value(); });
    }
    Expected<> save(ArticleId id, std::string title, std::string body, std::optional<std::int64_t> version = {},
                    Locale locale = Locale::en, std::optional<AgentId> who = {}) {
        PutKnowledgeTranslation wanted;
        wanted.version = version ? *version : text(id, locale).version;
        wanted.title = {std::move(title)};
        wanted.body = {std::move(body)};
        auto const by = who.value_or(ann_);
        return store().write_now(
            [&](store::Tx& tx) { return put_translation(tx, *knowledge_, act(by), rights(by), id, locale, wanted); });
    }
    Expected<> put_online(ArticleId id, Locale locale = Locale::en, std::optional<Time> at = {},
                          std::optional<AgentId> who = {}) {
        auto const by = who.value_or(ann_);
        NewKnowledgePublication const how{text(id, locale).version, at};
        return store().write_now(
            [&](store::Tx& tx) { return publish(tx, *knowledge_, act(by), rights(by), id, locale, how); });
    }
    ArticleId published(std::string title, std::string body = "Turn it off and on.", Locale locale = Locale::en,
                        NewKnowledgeArticle wanted = {}) {
        auto const id = write(std::move(title), std::move(body), locale, std::move(wanted));
        EXPECT_TRUE(put_online(id, locale));
        return id;
    }
    KnowledgeArticle article(ArticleId id) {
        return store().read_now(
            [&](store::Reader& reader) { return find_article(reader, *knowledge_, rights(ann_), id, now()).value(); });
    }
    Expected<> set(ArticleId id, std::function<void(PutKnowledgeArticle&)> const& change, bool may_publish = true) {
        auto const is = article(id);
        PutKnowledgeArticle wanted{is.version,  is.kind,  is.source,     is.category,      is.products,
                                   is.audience, is.owner, is.expires_at, is.review_due_at, is.review_every_days};
        change(wanted);
        return store().write_now(
            [&](store::Tx& tx) { return put_article(tx, *knowledge_, act(), rights(ann_, may_publish), id, wanted); });
    }
    void settings(std::function<void(KnowledgeSettings&)> const& change) {
        store().write_now([&](store::Tx& tx) {
            auto wanted = settings_of(tx);
            change(wanted);
            return put_settings(tx, act(), wanted).has_value();
        });
    }
    CategoryId category(std::string name, std::optional<CategoryId> parent = {},
                        std::optional<ProductId> product = {}) {
        NewKnowledgeCategory wanted;
        wanted.name["en"] = {std::move(name)};
        wanted.parent = parent;
        wanted.product = product;
        return store().write_now([&](store::Tx& tx) { return create_category(tx, act(), wanted).value().id; });
    }
    KnowledgeFile upload(std::string name, Bytes const& bytes) {
        auto const prepared = prepare_file(*knowledge_, rights(ann_), name, bytes, now()).value();
        return store().write_now([&](store::Tx& tx) { return keep_file(tx, *knowledge_, act(), *prepared); });
    }
    // One pixel.
    static Bytes png() {
        return from_base64(
                   "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
            .value();
    }

    store::Keyring keyring_;
    Surroundings surroundings_;
    std::unique_ptr<Knowledge> knowledge_;
    AgentId ann_{}, ben_{};
};

}  // namespace rapport::knowledge
