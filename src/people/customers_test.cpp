// Customers and their addresses, on both engines.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "people/customers_of.hpp"
#include "people/people.hpp"
#include "people/sql.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::people {
namespace {

class Customers : public test::StoreTest {
  protected:
    Customers() : StoreTest({sql::migrations}) {}
    ~Customers() override {
        if (!HasFatalFailure()) EXPECT_EQ(broken(), std::vector<std::string>{});
    }

    Act act() const { return {{ActorKind::agent, 42, "Ann"}, now(), "192.0.2.7", "req1"}; }
    std::vector<std::string> broken() {
        return store().read_now([](store::Reader& reader) { return fsck(reader); });
    }
    Expected<CustomerId> create(NewCustomer const& wanted) {
        return store().write_now([&](store::Tx& tx) { return create_customer(tx, act(), wanted); });
    }
    CustomerId make(std::string name, std::vector<std::string> const& emails = {}) {
        NewCustomer wanted{{std::move(name)}, Locale::en, {}, {}};
        for (auto const& email : emails) wanted.addresses.push_back({AddressKind::email, {email}, {}, {}});
        return create(wanted).value();
    }
    std::vector<Address> addresses(CustomerId id) {
        return store().read_now([&](store::Reader& reader) { return addresses_of(reader, id); });
    }
    CustomerId for_email(std::string email, std::string name = "", Locale locale = Locale::en) {
        return store().write_now(
            [&](store::Tx& tx) { return customer_for(tx, EmailAddress{email}, name, locale, now()); });
    }
    std::vector<CustomerId> search(std::string_view query, std::size_t limit = 50) {
        std::vector<CustomerId> found;
        std::string after;
        for (int pages = 0; pages < 100; ++pages) {
            auto const page =
                store().read_now([&](store::Reader& reader) { return list_customers(reader, query, after, limit); });
            EXPECT_TRUE(page.has_value());
            for (auto const& one : page->customers) found.push_back(one.customer.id);
            EXPECT_LE(page->customers.size(), limit);
            if (!page->next) return found;
            after = *page->next;
        }
        ADD_FAILURE() << "pages never end";
        return found;
    }
    std::vector<store::Event> events() {
        return store().read_now([](store::Reader& reader) { return store::Store::events_after(reader, 0, 1000); });
    }
};
RAPPORT_ON_BOTH_ENGINES(Customers);

TEST_P(Customers, every_statement_is_known_to_the_engine) { store().check(sql::all); }

TEST_P(Customers, are_created_and_found_with_their_addresses) {
    NewCustomer wanted{{"Anna Rossi"}, Locale::it, ExternalId{"C-17"}, {}};
    wanted.addresses.push_back({AddressKind::email, {"Anna@example.org"}, true, {}});
    wanted.addresses.push_back({AddressKind::email, {"anna@example.net"}, {}, {}});
    auto const id = create(wanted);
    ASSERT_TRUE(id);
    auto const found = store().read_now([&](store::Reader& reader) { return find_customer(reader, *id); });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "Anna Rossi");
    EXPECT_EQ(found->locale, Locale::it);
    EXPECT_EQ(found->external_id, "C-17");
    EXPECT_EQ(found->created_at, now());
    auto const list = addresses(*id);
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].value, "Anna@example.org");  // as given
    EXPECT_TRUE(list[0].primary);
    EXPECT_EQ(list[0].verified_at, now());
    EXPECT_FALSE(list[1].primary);
    EXPECT_EQ(list[1].verified_at, std::nullopt);
    auto const event = events().at(0);
    EXPECT_EQ(event.kind, "customer.created");
    EXPECT_EQ(event.subject, to_text(*id));
    EXPECT_EQ(event.customer, id->value);
    EXPECT_EQ(event.actor_id, 42);
}

TEST_P(Customers, with_wrong_addresses_are_refused_and_nothing_is_stored) {
    NewCustomer wanted{{"Anna"}, Locale::it, {}, {}};
    wanted.addresses = {{AddressKind::email, {"a@example.org"}, {}, {}},
                        {AddressKind::email, {"A@example.org"}, {}, {}}};
    EXPECT_EQ(create(wanted).error().fields.at(0).pointer, "/addresses/1/value");
    wanted.addresses = {{AddressKind::email, {"a@example.org"}, {}, true},
                        {AddressKind::email, {"b@example.org"}, {}, true}};
    EXPECT_EQ(create(wanted).error().fields.at(0).pointer, "/addresses/1/primary");
    wanted.addresses.clear();
    for (std::size_t i = 0; i <= most_addresses; ++i)
        wanted.addresses.push_back({AddressKind::email, {"a" + std::to_string(i) + "@example.org"}, {}, {}});
    EXPECT_EQ(create(wanted).error().code, "too_many_addresses");
    EXPECT_TRUE(search("").empty());
    EXPECT_TRUE(events().empty());
}

TEST_P(Customers, keep_external_ids_unique) {
    NewCustomer wanted{{"Anna"}, Locale::it, ExternalId{"C-17"}, {}};
    auto const first = create(wanted);
    ASSERT_TRUE(first);
    EXPECT_EQ(create(wanted).error().code, "external_id_taken");
    auto const other = make("Bea");
    CustomerChange change;
    change.external_id = ExternalIdOrNone{"C-17"};
    auto const update = [&](CustomerId id) {
        return store().write_now([&](store::Tx& tx) { return update_customer(tx, act(), id, change); });
    };
    EXPECT_EQ(update(other).error().kind, ErrorKind::conflict);
    change.external_id = ExternalIdOrNone{""};
    EXPECT_EQ(update(*first)->external_id, std::nullopt);
    EXPECT_EQ(update(other)->external_id, std::nullopt) << "several may have none";
    change.external_id = ExternalIdOrNone{"C-17"};
    EXPECT_EQ(update(other)->external_id, "C-17") << "it is free again";
}

TEST_P(Customers, are_changed_and_found_under_the_new_name_only) {
    auto const id = make("Anna Rossi", {"anna@example.org"});
    advance(std::chrono::seconds(5));
    CustomerChange change;
    change.name = CustomerName{"Anna Bianchi"};
    change.locale = Locale::fa;
    auto const changed = store().write_now([&](store::Tx& tx) { return update_customer(tx, act(), id, change); });
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->changed_at, now());
    EXPECT_EQ(search("bianchi"), std::vector{id});
    EXPECT_EQ(search("ANNA"), std::vector{id});
    EXPECT_TRUE(search("rossi").empty());
    auto const count = events().size();
    auto const same = store().write_now([&](store::Tx& tx) { return update_customer(tx, act(), id, change); });
    EXPECT_TRUE(same);
    EXPECT_EQ(events().size(), count);  // nothing changed, nothing told
    auto const lost =
        store().write_now([&](store::Tx& tx) { return update_customer(tx, act(), CustomerId{99}, change); });
    EXPECT_EQ(lost.error().kind, ErrorKind::not_found);
}

TEST_P(Customers, are_found_by_prefixes_of_words_and_addresses_each_once) {
    auto const anna = make("Anna Rossi", {"anna@example.org", "annalisa@example.net"});
    auto const mario = make("Mario De Rossi", {"m.derossi@example.org"});
    auto const asa = make("ÅSA Öberg");
    make("Zoe");
    EXPECT_EQ(search("anna"), std::vector{anna});
    EXPECT_EQ(search("annalisa@"), std::vector{anna});
    auto const rossi = search("rossi");
    EXPECT_EQ(std::set(rossi.begin(), rossi.end()), (std::set{anna, mario}));
    EXPECT_EQ(search("de ro"), std::vector{mario});
    EXPECT_EQ(search("M.DeRossi@EXAMPLE.org"), std::vector{mario});
    EXPECT_EQ(search("åsa"), std::vector{asa});
    EXPECT_EQ(search("öb"), std::vector{asa});
    EXPECT_TRUE(search("nna").empty());
    EXPECT_TRUE(search("%").empty());
    EXPECT_TRUE(search("rossi x").empty());
}

TEST_P(Customers, are_listed_in_pages_without_gap_or_repetition) {
    std::vector<CustomerId> made;
    for (int i = 0; i < 25; ++i)
        made.push_back(make("Anna " + std::to_string(i), {"anna" + std::to_string(i) + "@example.org"}));
    std::ranges::reverse(made);
    for (std::size_t const limit : {1u, 7u, 25u, 50u}) EXPECT_EQ(search("", limit), made);
    for (std::size_t const limit : {1u, 2u, 7u, 50u}) {
        auto const found = search("anna", limit);
        EXPECT_EQ(found.size(), made.size());
        EXPECT_EQ(std::set(found.begin(), found.end()), std::set(made.begin(), made.end()));
    }
    auto const bad = [&](std::string_view query, std::string_view after) {
        return store().read_now([&](store::Reader& reader) { return list_customers(reader, query, after, 5); });
    };
    EXPECT_EQ(bad("", "nonsense").error().code, "bad_cursor");
    EXPECT_EQ(bad("anna", "nonsense").error().code, "bad_cursor");
    EXPECT_EQ(bad("bob", *bad("anna", "")->next).error().code, "bad_cursor");
}

TEST_P(Customers, get_and_lose_addresses_and_always_have_one_primary) {
    auto const id = make("Anna");
    auto add = [&](std::string email, std::optional<bool> primary = {}) {
        return store().write_now(
            [&](store::Tx& tx) { return add_address(tx, act(), id, {AddressKind::email, {email}, {}, primary}); });
    };
    auto const first = add("one@example.org");
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->primary);
    auto const second = add("two@example.org", true);
    EXPECT_EQ(addresses(id)[0].id, second->id);
    EXPECT_EQ(add("ONE@example.org").error().code, "address_exists");
    auto remove = [&](CustomerId of, AddressId which) {
        return store().write_now([&](store::Tx& tx) { return remove_address(tx, act(), of, which); });
    };
    auto const other = make("Bea");
    EXPECT_EQ(remove(other, second->id).error().kind, ErrorKind::not_found);  // a stranger's address does not exist
    ASSERT_TRUE(remove(id, second->id));
    ASSERT_EQ(addresses(id).size(), 1u);
    EXPECT_TRUE(addresses(id)[0].primary);
    EXPECT_TRUE(search("two@").empty());
    ASSERT_TRUE(remove(id, first->id));
    EXPECT_TRUE(addresses(id).empty());
    EXPECT_EQ(remove(id, first->id).error().kind, ErrorKind::not_found);
}

TEST_P(Customers, who_share_an_address_are_found_by_it_in_turn) {
    auto const first = make("Anna", {"home@example.org"});
    auto const second = make("Bea", {"HOME@example.org"});
    EXPECT_EQ(for_email("home@example.org"), first);
    auto const found = search("home@");
    EXPECT_EQ(std::set(found.begin(), found.end()), (std::set{first, second}));
    auto const address = addresses(first)[0].id;
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return remove_address(tx, act(), first, address); }));
    EXPECT_EQ(for_email("Home@Example.org"), second);
}

TEST_P(Customers, are_made_by_a_delivery_once_and_then_found) {
    auto const id = for_email("Anna@example.org", "Anna Rossi", Locale::fa);
    EXPECT_EQ(for_email("anna@example.org", "Somebody Else", Locale::it), id);
    auto const found = store().read_now([&](store::Reader& reader) { return find_customer(reader, id); });
    EXPECT_EQ(found->name, "Anna Rossi");
    EXPECT_EQ(found->locale, Locale::fa);
    EXPECT_EQ(search("rossi"), std::vector{id});
    EXPECT_EQ(addresses(id).at(0).value, "Anna@example.org");
    EXPECT_TRUE(addresses(id).at(0).primary);
    EXPECT_EQ(events().size(), 1u);
    auto const nameless = for_email("x@example.org");
    EXPECT_EQ(search("x@"), std::vector{nameless});
    EXPECT_EQ(store().read_now([](store::Reader& r) { return customer_of_address(r, {"X@example.org"}); }), nameless);
}

// Eight threads ask for the same forty recipients at the same time: each is made once, and all agree.
TEST_P(Customers, are_made_once_however_many_ask_at_once) {
    constexpr int people = 40, askers = 8;
    std::vector<std::vector<CustomerId>> answers(askers);
    {
        std::vector<std::jthread> threads;
        store();
        for (int t = 0; t < askers; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < people; ++i)
                    answers[static_cast<std::size_t>(t)].push_back(
                        for_email("p" + std::to_string((i * 7 + t) % people) + "@example.org"));
            });
    }
    std::map<std::string, std::set<CustomerId>> by_email;
    for (int t = 0; t < askers; ++t)
        for (int i = 0; i < people; ++i)
            by_email["p" + std::to_string((i * 7 + t) % people)].insert(
                answers[static_cast<std::size_t>(t)][static_cast<std::size_t>(i)]);
    EXPECT_EQ(by_email.size(), static_cast<std::size_t>(people));
    for (auto const& [email, ids] : by_email) EXPECT_EQ(ids.size(), 1u) << email;
    EXPECT_EQ(search("").size(), static_cast<std::size_t>(people));
    EXPECT_EQ(events().size(), static_cast<std::size_t>(people));
}

// Two nodes on one PostgreSQL: the unique index, not the single writer, decides.
TEST_P(Customers, are_made_once_by_two_nodes) {
    if (GetParam() == test::Engine::sqlite) GTEST_SKIP() << "SQLite has one node";
    store();
    auto const other = open_another();
    std::vector<CustomerId> a, b;
    {
        auto ask = [&](store::Store& node, std::vector<CustomerId>& answers) {
            for (int i = 0; i < 60; ++i)
                answers.push_back(node.write_now([&](store::Tx& tx) {
                    return customer_for(tx, {"q" + std::to_string(i) + "@example.org"}, "", Locale::en, now());
                }));
        };
        std::jthread const one([&] { ask(store(), a); });
        std::jthread const two([&] { ask(*other, b); });
    }
    EXPECT_EQ(a, b);
    EXPECT_EQ(search("").size(), 60u);
}

TEST_P(Customers, of_a_batch_are_found_or_made_as_one_by_one) {
    auto const anna = make("Anna Rossi", {"anna@example.org"});
    std::vector<WantedCustomer> wanted{{{"ANNA@example.org"}, "Another Name", Locale::fa}};
    for (int i = 0; i < 70; ++i)
        wanted.push_back({{"b" + std::to_string(i % 69) + "@example.org"}, "Bea", Locale::it});  // the first twice
    auto all = [&] {
        return store().write_now([&](store::Tx& tx) { return customers_for(tx, wanted, now(), act().actor); });
    };
    auto const ids = all();
    ASSERT_EQ(ids.size(), wanted.size());
    EXPECT_EQ(ids[0], anna);
    EXPECT_EQ(ids[1], ids[70]);
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 70U);
    EXPECT_EQ(all(), ids);
    EXPECT_EQ(for_email("b7@example.org"), ids[8]);
    EXPECT_EQ(search("bea").size(), 69U);
    std::vector<EmailAddress> const asked{{"anna@example.org"}, {"B3@example.org"}, {"nobody@example.org"}};
    auto const found = store().read_now([&](store::Reader& reader) { return customers_of(reader, asked); });
    EXPECT_EQ(found.size(), 2U);
    ASSERT_NE(find_in(found, {"b3@EXAMPLE.org"}), nullptr);
    EXPECT_EQ(find_in(found, {"b3@example.org"})->id, ids[4]);
    EXPECT_EQ(find_in(found, {"anna@example.org"})->name, "Anna Rossi");
    EXPECT_EQ(find_in(found, {"nobody@example.org"}), nullptr);
    EXPECT_TRUE(broken().empty());
}

TEST_P(Customers, get_a_second_address_from_a_submission_once) {
    auto const id = for_email("anna@example.org");
    auto second = [&](std::string email) {
        return store().write_now([&](store::Tx& tx) { return address_for(tx, id, {email}, now()); });
    };
    auto const made = second("anna@example.net");
    ASSERT_TRUE(made);
    EXPECT_EQ(second("ANNA@example.net").value(), *made);
    EXPECT_EQ(second("anna@example.org").value(), addresses(id)[0].id);
    EXPECT_EQ(addresses(id).size(), 2u);
    EXPECT_EQ(addresses(id)[1].verified_at, std::nullopt);
}

TEST_P(Customers, prove_their_address_once) {
    auto const id = for_email("anna@example.org");
    auto const address = addresses(id)[0].id;
    for (int i = 0; i < 2; ++i) store().write_now([&](store::Tx& tx) { verify_address(tx, address, now()); });
    EXPECT_EQ(addresses(id)[0].verified_at, now());
    EXPECT_EQ(events().size(), 2u);  // created, verified
}

TEST_P(Customers, have_a_timeline_of_their_own_events) {
    auto const anna = make("Anna", {"anna@example.org"});
    auto const bea = make("Bea");
    CustomerChange change;
    change.name = CustomerName{"Anna R"};
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return update_customer(tx, act(), anna, change); }));
    auto timeline = [&](CustomerId id, std::optional<std::int64_t> before, std::size_t n) {
        return store().read_now([&](store::Reader& reader) { return timeline_of(reader, id, before, n); });
    };
    auto const all = timeline(anna, {}, 10);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].kind, "customer.changed");
    EXPECT_EQ(all[1].kind, "customer.created");
    EXPECT_FALSE(all[0].data.contains("Anna R"));
    EXPECT_EQ(timeline(anna, all[0].seq, 10).size(), 1u);
    EXPECT_EQ(timeline(bea, {}, 10).size(), 1u);
}

TEST_P(Customers, have_in_their_timeline_what_the_viewer_may_read_elsewhere) {
    auto const anna = make("Anna");
    for (auto const* kind : {"delivery.notified", "notice.answered", "conversation.opened", "message.received"})
        store().write_now([&](store::Tx& tx) {
            return tx.publish({.at = now(), .kind = kind, .subject = "x", .customer = anna.value}), 0;
        });
    auto const seen = [&](TimelineScope scope) {
        return store().read_now([&](store::Reader& reader) {
            std::string kinds;
            for (auto const& event : timeline_of(reader, anna, {}, 10, scope)) kinds += event.kind + " ";
            return kinds;
        });
    };
    EXPECT_EQ(seen({}), "message.received conversation.opened notice.answered delivery.notified customer.created ");
    EXPECT_EQ(seen({.deliveries = false}), "message.received conversation.opened customer.created ");
    EXPECT_EQ(seen({.conversations = false}), "notice.answered delivery.notified customer.created ");
}

TEST_P(Customers, leave_lines_in_the_audit_log_that_can_be_filtered) {
    auto const anna = make("Anna", {"anna@example.org"});
    advance(std::chrono::hours(1));
    auto const bea = make("Bea");
    store().write_now([&](store::Tx& tx) {
        Act other = act();
        other.actor = {ActorKind::api_key, 7, "shop"};
        audit(tx, other, "delivery.erased", "dlv_x", AuditOutcome::forbidden, {{"why", "role"}});
    });
    auto lines = [&](AuditFilter const& filter, std::optional<AuditId> before = {}, std::size_t n = 10) {
        return store().read_now([&](store::Reader& reader) { return audit_lines(reader, filter, before, n); });
    };
    auto const all = lines({});
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].verb, "delivery.erased");
    EXPECT_EQ(all[0].outcome, AuditOutcome::forbidden);
    EXPECT_EQ(all[0].data.at("why"), "role");
    EXPECT_EQ(all[1].remote, "192.0.2.7");
    EXPECT_EQ(all[1].request_id, "req1");
    EXPECT_EQ(all[1].actor_name, "Ann");
    AuditFilter filter;
    filter.subject = to_text(anna);
    EXPECT_EQ(lines(filter).size(), 1u);
    filter = {};
    filter.verb = "customer.";
    EXPECT_EQ(lines(filter).size(), 2u);
    EXPECT_EQ(lines(filter, lines(filter)[0].id).size(), 1u);
    EXPECT_EQ(lines(filter, {}, 1).size(), 1u);
    filter.since = now();
    EXPECT_EQ(lines(filter).at(0).subject, to_text(bea));
    filter = {};
    filter.actor_id = 7;
    EXPECT_EQ(lines(filter).size(), 1u);
    filter = {};
    filter.outcome = AuditOutcome::done;
    filter.until = now();
    EXPECT_EQ(lines(filter).size(), 1u);
    // The log names no address.
    for (auto const& line : all) EXPECT_EQ((line.subject + json::encode(line.data)).find('@'), std::string::npos);
}

TEST_P(Customers, that_are_damaged_are_found_by_fsck) {
    static constexpr store::Query breaks[] = {
        {"t1", "UPDATE customer_address SET is_primary = 0", "UPDATE customer_address SET is_primary = 0"},
        {"t2", "UPDATE customer_address SET is_primary = 1, finds = 0",
         "UPDATE customer_address SET is_primary = 1, finds = 0"},
        {"t3", "UPDATE customer_address SET finds = 1, value = 'b@example.org'",
         "UPDATE customer_address SET finds = 1, value = 'b@example.org'"},
        {"t4", "UPDATE customer_address SET value = 'a@example.org', customer = 5",
         "UPDATE customer_address SET value = 'a@example.org', customer = 5"},
    };
    make("Anna", {"a@example.org"});
    for (auto const& query : breaks) {
        store().write_now([&](store::Tx& tx) { tx.exec(query); });
        EXPECT_FALSE(broken().empty()) << query.sqlite;
    }
    static constexpr store::Query wipe{"t5", "DELETE FROM customer_address", "DELETE FROM customer_address"};
    store().write_now([&](store::Tx& tx) { tx.exec(wipe); });
    EXPECT_EQ(broken().size(), 1u);  // the search key of the address is left
    static constexpr store::Query key{"t6", "DELETE FROM customer_key WHERE length(search_key) > 5",
                                      "DELETE FROM customer_key WHERE length(search_key) > 5"};
    store().write_now([&](store::Tx& tx) { tx.exec(key); });
}

}  // namespace
}  // namespace rapport::people
