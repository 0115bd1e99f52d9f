// For tests: a store with the tables that notices need, an office, and preferences that follow the address.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "channels/sql.hpp"
#include "delivery/sql.hpp"
#include "evidence/keys.hpp"
#include "evidence/sql.hpp"
#include "notice/kinds.hpp"
#include "notice/sql.hpp"
#include "notice/wishes_fixture.hpp"
#include "people/sql.hpp"
#include "post/outbox.hpp"
#include "post/sql.hpp"
#include "preferences/sql.hpp"
#include "store/keyring.hpp"
#include "testing/run_until.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::notice {

inline std::shared_ptr<evidence::Signer const> test_signer() {
    static test::TemporaryFolder const folder;
    static auto const signer = [] {
        auto keys = evidence::KeyStore::open(folder.path() / "keys");
        require(keys && keys->make(evidence::KeyPurpose::seal, "Test", system_now()), "a demo key can be made");
        return *keys->seal_signer(system_now());
    }();
    return signer;
}

class NoticeTest : public test::StoreTest {
  protected:
    NoticeTest()
        : StoreTest({people::sql::migrations, evidence::sql::migrations, post::sql::migrations,
                     delivery::sql::migrations, preferences::sql::migrations, sql::migrations}),
          keyring_(store::Keyring::open(folder() / "keyring")),
          sealer_(test_signer(), evidence::Issuer{"Test provider", {}}),
          ids_(1, [this] { return now(); }),
          shelf_(make_shelf()) {}
    ~NoticeTest() override {
        notices_.reset();
        office_.reset();
        close();
    }

    Notices& notices() {
        if (!notices_) {
            delivery::DeliverySettings settings;
            settings.organisation = "Example Utilities";
            settings.public_url = "https://post.example.org";
            office_ = std::make_unique<delivery::Office>(
                delivery::Office{keyring_, blobs(), sealer_, ids_, settings, {}, composer_of(shelf_)});
            notices_ = std::make_unique<Notices>(
                store(), Desk{*office_, *shelf_, std::make_shared<TestWishes const>(), {}}, [this] { return now(); });
            notices_->put_stock_on_shelf();
        }
        return *notices_;
    }
    Desk const& desk() { return notices().desk(); }
    people::Act act() const { return {{ActorKind::agent, 3, "Eve"}, now(), "127.0.0.1", "req"}; }

    static json::Object object(std::string_view text) { return json::parse(text)->get_object(); }
    static delivery::NewRecipient to(std::string email, std::string name = "Ada Conti",
                                     std::optional<Locale> locale = {}) {
        delivery::NewRecipient recipient;
        recipient.email = EmailAddress{std::move(email)};
        if (!name.empty()) recipient.name = Text<1, 200>{std::move(name)};
        recipient.locale = locale;
        return recipient;
    }
    NewNotice renewal(std::string email = "ada@example.org") {
        NewNotice notice;
        notice.kind = {"auto_renewal"};
        notice.recipients.push_back(to(std::move(email)));
        notice.data =
            object(R"({"contract":"Gas 4711","renews_on":"2027-01-01","price":{"amount":11900,"currency":"EUR"}})");
        (*notice.data)["answer_until"] = to_text(now() + std::chrono::hours(24));
        notice.reference = Text<1, 100>{"K-4711"};
        return notice;
    }
    static NewNotice announcement(std::string email, std::string subject = "Hello") {
        NewNotice notice;
        notice.kind = {"announcement"};
        notice.recipients.push_back(to(std::move(email)));
        notice.data = json::Object{{"subject", subject}, {"text", "Line <1>\nLine 2"}};
        return notice;
    }
    Request request(NewNotice notice, std::optional<std::string> key = {}) {
        Request wanted;
        wanted.actor = {ActorKind::api_key, 7, "shop"};
        wanted.hash = sha256(notice.kind.value + (notice.data ? json::encode(*notice.data) : ""));
        wanted.notices.push_back(std::move(notice));
        wanted.key = std::move(key);
        return wanted;
    }
    NoticeView sent(NewNotice notice) {
        auto const views = notices().submit_now(request(std::move(notice)));
        if (!views) throw std::runtime_error(views.error().text + pointers(views.error()));
        return views->notices.front();
    }
    static std::string pointers(Error const& error) {
        std::string text;
        for (auto const& f : error.fields) text += " " + f.pointer + ": " + f.rule + ";";
        return text;
    }
    static std::vector<std::string> fields(Error const& error) {
        std::vector<std::string> found;
        for (auto const& f : error.fields) found.push_back(f.pointer);
        return found;
    }

    // The letter as the post room would get it.
    Expected<delivery::Words> letter(DeliveryId id) {
        return store().read_now([&](store::Reader& reader) -> Expected<delivery::Words> {
            auto const part = delivery::content(reader, *office_, id, 0);
            if (!part) return fail(part.error());
            return delivery::Words{Locale::en, {}, part->bytes, {}};
        });
    }
    std::string letter_text(DeliveryId id) {
        auto const words = letter(id);
        return words ? words->text : words.error().text;
    }
    std::string link(DeliveryId id) {
        auto const text = letter_text(id);
        auto const at = text.find("https://post.example.org/n/");
        auto const begin = at + std::string_view("https://post.example.org/n/").size();
        return at == std::string::npos ? "" : text.substr(begin, text.find('/', begin) - begin);
    }
    std::vector<store::Event> events(std::string_view kind) {
        std::vector<store::Event> found;
        for (auto& e : store().read_now([](store::Reader& r) { return store::Store::events_after(r, 0, 1000); }))
            if (e.kind == kind) found.push_back(std::move(e));
        return found;
    }
    std::vector<std::string> faults() {
        std::vector<std::string> found;
        store().read_now([&](store::Reader& reader) {
            check_notices(reader, desk(), [&](Finding const& f) { found.push_back(f.subject + ": " + f.text); });
            delivery::check_deliveries(reader, *office_,
                                       [&](delivery::Finding const& f) { found.push_back(f.subject + ": " + f.text); });
            for (auto const& f : post::check_outbox(reader, now())) found.push_back(f.subject + ": " + f.text);
        });
        return found;
    }
    Expected<AnswerSheet> give(std::string token, Answer wanted) {
        return store().write_now([&](store::Tx& tx) { return answer(tx, desk(), token, wanted, now()); });
    }

    // Runs a coroutine to its end on this thread.
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        std::exception_ptr failure;
        asio::co_spawn(context_, std::move(task), [&](std::exception_ptr e, T value) {
            failure = e;
            if (!e) result.emplace(std::move(value));
        });
        rapport::test::run_until(context_, [&] { return result || failure; });
        if (failure) std::rethrow_exception(failure);
        return std::move(*result);
    }
    template <class Verb>
    auto write(Verb const& verb) {
        return store().write_now([&](store::Tx& tx) { return verb(tx); });
    }
    template <class Verb>
    auto read(Verb const& verb) {
        return store().read_now([&](store::Reader& reader) { return verb(reader); });
    }
    // What a restart leaves: the database and the folder.
    void restart() {
        notices_.reset();
        office_.reset();
        shelf_ = make_shelf();
        reopen();
        notices();
    }
    // Addresses of the notices, oldest first.
    std::vector<std::string> addressed() {
        NoticeFilter filter;
        filter.limit = 200;
        auto const page = read([&](store::Reader& reader) { return list_notices(reader, desk(), filter); });
        std::vector<std::string> found;
        for (auto const& item : page->items)
            if (item.delivery) found.insert(found.begin(), item.delivery->recipient.email);
        return found;
    }

    asio::io_context context_;  // outlives the store, whose threads post to it
    store::Keyring keyring_;
    evidence::Sealer sealer_;
    IdSource ids_;
    std::shared_ptr<Shelf const> shelf_;
    std::unique_ptr<delivery::Office> office_;
    std::unique_ptr<Notices> notices_;
};

}  // namespace rapport::notice
