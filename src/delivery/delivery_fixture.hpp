// What the module's tests share: an office over a fresh store on each engine, with demo keys, and short ways to walk a
// delivery along its states.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/http.hpp"
#include "delivery/packaging.hpp"
#include "delivery/pickup.hpp"
#include "delivery/row.hpp"
#include "delivery/sql.hpp"
#include "delivery/ways.hpp"
#include "delivery/wire.hpp"
#include "evidence/keys.hpp"
#include "evidence/sql.hpp"
#include "net/net.hpp"
#include "people/sql.hpp"
#include "post/post.hpp"
#include "post/sql.hpp"
#include "store/keyring.hpp"
#include "testing/run_until.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::delivery {

// One authority and key for the whole run: making them takes longer than a test.
inline std::shared_ptr<evidence::Signer const> test_signer() {
    static test::TemporaryFolder const folder;
    static auto const signer = [] {
        auto keys = evidence::KeyStore::open(folder.path() / "keys");
        require(keys && keys->make(evidence::KeyPurpose::seal, "Test", system_now()), "a demo key can be made");
        return *keys->seal_signer(system_now());
    }();
    return signer;
}

class DeliveryTest : public test::StoreTest {
  protected:
    DeliveryTest()
        : StoreTest({people::sql::migrations, evidence::sql::migrations, post::sql::migrations, sql::migrations}),
          keyring_(store::Keyring::open(folder() / "keyring")),
          sealer_(test_signer(), evidence::Issuer{"Test provider", {}}),
          ids_(1, [this] { return now(); }) {
        settings.organisation = "Stadtwerke Test";
    }

    ~DeliveryTest() override {
        deliveries_.reset();
        close();
    }

    Deliveries& deliveries() {
        if (!deliveries_) {
            note_signer_ =
                std::make_unique<evidence::NoteSigner>(*evidence::NoteSigner::from("test.example/log", Bytes(32, 'k')));
            auto const packaging =
                std::make_shared<Packaging const>(Packaging{prover_, note_signer_->key(), "", false});
            deliveries_ = std::make_unique<Deliveries>(
                store(), Office{keyring_, blobs(), sealer_, ids_, settings, packaging, {}, ways_},
                [this] { return now(); });
        }
        return *deliveries_;
    }
    Office const& office() { return deliveries().office(); }
    void publish_checkpoint() {
        auto const next =
            store().read_now([&](store::Reader& r) { return evidence::next_checkpoint(r, prover_, *note_signer_); });
        ASSERT_TRUE(next && *next);
        store().write_now([&](store::Tx& tx) {
            evidence::keep_checkpoint(tx, **next, now());
            return true;
        });
    }

    static NewDelivery letter(std::string subject = "Your contract",
                              std::string text = "Dear customer,\n\nplease read.") {
        NewDelivery wanted;
        NewRecipient ada;
        ada.email = EmailAddress{"ada@example.org"};
        ada.name = Text<1, 200>{"Ada Lovelace"};
        ada.second_email = EmailAddress{"ada@example.net"};
        wanted.recipients.push_back(ada);
        wanted.subject = {std::move(subject)};
        wanted.text = {std::move(text)};
        return wanted;
    }
    static NewFile file(std::string name, std::string media_type, ByteView bytes) {
        return {std::nullopt, Text<1, 200>{std::move(name)}, Text<3, 100>{std::move(media_type)}, to_base64(bytes)};
    }
    static SubmitRequest request(NewDelivery wanted, std::optional<std::string> key = {}) {
        auto const hash = sha256(wanted.subject.value + wanted.text.value);
        return {Actor{ActorKind::api_key, 7, "shop"}, {std::move(wanted)}, false, std::move(key), hash};
    }
    // Submits and returns the only delivery's identifier.
    DeliveryId submitted(NewDelivery wanted = letter()) {
        auto const views = deliveries().submit_now(request(std::move(wanted)));
        if (!views) throw std::runtime_error(views.error().text + describe(views.error()));
        return views->front().deliveries.front().id;
    }
    static std::string describe(Error const& error) {
        std::string text = " [" + error.code + "]";
        for (auto const& f : error.fields) text += " " + f.pointer + ": " + f.rule + ";";
        return text;
    }

    DeliveryDetail detail(DeliveryId id) {
        return *store().read_now([&](store::Reader& r) { return find(r, office(), id, now()); });
    }
    State state(DeliveryId id) { return detail(id).state; }
    std::vector<std::string> codes(DeliveryId id) {
        std::vector<std::string> labels;
        for (auto const& e : detail(id).evidence) labels.push_back(e.code);
        return labels;
    }
    std::vector<std::string> events() {
        std::vector<std::string> kinds;
        for (auto const& e : store().read_now([](store::Reader& r) { return store::Store::events_after(r, 0, 1000); }))
            if (e.kind.starts_with("delivery.")) kinds.push_back(e.kind.substr(9));
        return kinds;
    }

    Expected<State> notify(DeliveryId id, bool accepted = true, std::string status = "2.0.0") {
        Notification const outcome{accepted, "mx.example.org", accepted ? "250 2.0.0 Ok" : "550 " + status + " No",
                                   status, now()};
        return deliveries().carry_out_now(
            [&](store::Reader& r) { return plan_notification(r, office(), id, outcome); });
    }
    Assertion identified_low() {
        return {Assurance::low, std::string(evidence::method::one_time_code), now(),
                sha256("record of " + to_text(now()))};
    }
    Expected<State> accept(DeliveryId id) {
        return deliveries().carry_out_now(
            [&](store::Reader& r) { return plan_acceptance(r, office(), id, identified_low(), link(id), now()); });
    }
    Expected<State> refuse(DeliveryId id, std::string reason = {}) {
        return deliveries().carry_out_now(
            [&](store::Reader& r) { return plan_refusal(r, office(), id, identified_low(), reason, now()); });
    }
    Expected<State> expire(DeliveryId id) {
        return deliveries().carry_out_now([&](store::Reader& r) { return plan_expiry(r, office(), id, now()); });
    }
    static std::string link(DeliveryId id) { return "https://rapport.example/p/" + to_text(id); }
    // A part given out, and gone.
    Expected<State> fetch(DeliveryId id, int part) {
        if (part == 0)
            if (auto const read = deliveries().carry_out_now(
                    [&](store::Reader& r) { return plan_reading(r, office(), id, identified_low(), now()); });
                !read)
                return read;
        return deliveries().carry_out_now(
            [&](store::Reader& r) { return plan_hand_over(r, office(), id, identified_low(), {part}, now()); });
    }
    Expected<State> erase(DeliveryId id) {
        people::Act const act{Actor{ActorKind::agent, 3, "Eve"}, now(), "127.0.0.1", "req"};
        return deliveries().carry_out_now([&](store::Reader& r) { return plan_erasure(r, office(), act, id); });
    }
    std::vector<std::string> faults() {
        std::vector<std::string> found;
        store().read_now([&](store::Reader& reader) {
            check_deliveries(reader, office(), [&](Finding const& f) { found.push_back(f.subject + ": " + f.text); });
        });
        return found;
    }

    // What the newest letter of a purpose is filled with, while it waits in the outbox.
    json::Object letter_data(std::string_view purpose) {
        static constexpr store::Query newest{
            "test.newest_letter",
            "SELECT data FROM outbox WHERE purpose = $1 AND data IS NOT NULL ORDER BY id DESC LIMIT 1",
            "SELECT data FROM outbox WHERE purpose = $1 AND data IS NOT NULL ORDER BY id DESC LIMIT 1"};
        return store().read_now([&](store::Reader& r) { return r.one<json::Object>(newest, purpose); }).value();
    }
    std::string letter_text(std::string_view purpose, std::string_view name) {
        return std::string(std::string_view(letter_data(purpose).at(name).as_string()));
    }
    // The random part of the newest invitation's link.
    std::string link_token() {
        auto const link = letter_text("notification", "link");
        return link.substr(link.rfind('/') + 1);
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

    DeliverySettings settings;
    asio::io_context context_;  // outlives the store, whose threads post to it
    store::Keyring keyring_;
    evidence::Sealer sealer_;
    IdSource ids_;
    evidence::Prover prover_;
    std::unique_ptr<evidence::NoteSigner> note_signer_;
    std::shared_ptr<Ways const> ways_;
    std::unique_ptr<Deliveries> deliveries_;
};

}  // namespace rapport::delivery
