// Merging records of one person, taking it back, splitting; on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "people/erase.hpp"
#include "people/merged.hpp"
#include "people/sql.hpp"
#include "people/wire.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::people {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Merges : public test::StoreTest {
  protected:
    Merges() : StoreTest({sql::migrations}) {}
    ~Merges() override {
        if (!HasFatalFailure()) EXPECT_THAT(broken(), IsEmpty());
    }

    Act act() const { return {{ActorKind::agent, 42, "Ann"}, now(), "192.0.2.7", "req1"}; }
    std::vector<std::string> broken() {
        return store().read_now([](store::Reader& reader) { return fsck(reader); });
    }
    CustomerId make(std::string name, std::vector<std::string> const& emails = {}, std::string const& key = "") {
        NewCustomer wanted{{std::move(name)}, Locale::en, {}, {}};
        if (!key.empty()) wanted.external_id = ExternalId{key};
        for (auto const& email : emails) wanted.addresses.push_back({AddressKind::email, {email}, true, {}});
        return store().write_now([&](store::Tx& tx) { return create_customer(tx, act(), wanted); }).value();
    }
    Expected<CustomerId> merge(CustomerId from, CustomerId into) {
        return store().write_now([&](store::Tx& tx) { return merge_customers(tx, act(), from, into); });
    }
    Expected<> unmerge(CustomerId id) {
        return store().write_now([&](store::Tx& tx) { return unmerge_customer(tx, act(), id); });
    }
    Expected<SplitRecord> split(CustomerId id, NewPersonSplit const& wanted) {
        return store().write_now([&](store::Tx& tx) { return split_record(tx, act(), id, wanted); });
    }
    std::string refusal(Expected<CustomerId> const& done) { return done ? "" : done.error().code; }
    template <class F>
    auto read(F const& fn) {
        return store().read_now(fn);
    }
    wire::CustomerView view(CustomerId id) {
        return read([&](store::Reader& reader) { return wire::person_view(reader, id).value(); });
    }
    std::vector<std::string> emails(CustomerId id) {
        std::vector<std::string> all;
        for (auto const& one : view(id).addresses) all.push_back(one.value);
        return all;
    }
    std::vector<CustomerId> records(CustomerId id) {
        return read([&](store::Reader& reader) { return records_of(reader, id); });
    }
    AddressId address_id(CustomerId id, std::string_view value) {
        for (auto const& one : view(id).addresses)
            if (one.value == value) return one.id;
        return {};
    }
    // One page after the other, as somebody who scrolls sees them.
    std::vector<CustomerId> search(std::string_view query, std::size_t limit = 50) {
        std::vector<CustomerId> found;
        std::string after;
        for (int pages = 0; pages < 200; ++pages) {
            auto const page = read([&](store::Reader& reader) { return list_customers(reader, query, after, limit); });
            EXPECT_TRUE(page.has_value());
            for (auto const& one : page->customers) found.push_back(one.customer.id);
            if (!page->next) return found;
            after = *page->next;
        }
        ADD_FAILURE() << "pages never end";
        return found;
    }
    std::vector<std::string> kinds(CustomerId id, std::size_t limit = 50) {
        std::vector<std::string> all;
        for (auto const& event : read([&](store::Reader& reader) { return timeline_of(reader, id, {}, limit); }))
            all.push_back(event.kind);
        return all;
    }
};
RAPPORT_ON_BOTH_ENGINES(Merges);

TEST_P(Merges, one_answers_for_both_with_all_addresses_and_keys) {
    auto const work = make("Ada Lovelace", {"ada@work.example"}, "C-1");
    auto const home = make("Ada King", {"ada@home.example"}, "C-2");
    ASSERT_TRUE(merge(home, work));
    auto const person = view(home);  // the old identifier leads to the person
    EXPECT_EQ(person.id, work);
    EXPECT_EQ(person.name, "Ada Lovelace");
    EXPECT_EQ(person.external_id, "C-1");
    ASSERT_EQ(person.addresses.size(), 2u);
    EXPECT_EQ(person.addresses[0].record, std::nullopt);
    EXPECT_EQ(person.addresses[1].record, home);
    ASSERT_TRUE(person.merged);
    EXPECT_EQ(person.merged->at(0).id, home);
    EXPECT_EQ(person.merged->at(0).external_id, "C-2");
    // Whoever writes is found by their address, where it stands.
    auto const found = read([](store::Reader& reader) { return customer_of_address(reader, {"ada@home.example"}); });
    EXPECT_EQ(found, home);
    auto const by_key = read([](store::Reader& reader) { return customer_by_external_id(reader, "C-2"); });
    EXPECT_EQ(by_key->id, home);
}

TEST_P(Merges, undoing_gives_back_exactly_what_there_was) {
    auto const one = make("Grace Hopper", {"grace@navy.example"}, "N-1");
    auto const other = make("Amazing Grace", {"g@home.example", "hopper@home.example"}, "H-1");
    auto const before = json::encode(view(other));
    auto const mine = emails(one);
    ASSERT_TRUE(merge(other, one));
    advance(std::chrono::hours(3));
    // What is written of the person stands with whoever answers; what comes by an address, where it stands.
    auto const added = store().write_now([&](store::Tx& tx) {
        return add_address(tx, act(), one, {AddressKind::email, {"new@navy.example"}, {}, {}}).has_value();
    });
    EXPECT_TRUE(added);
    ASSERT_TRUE(unmerge(other));
    auto after = view(other);
    EXPECT_EQ(after.changed_at, now());
    after.changed_at = json::decode<wire::CustomerView>(before)->changed_at;
    EXPECT_EQ(json::encode(after), before);
    auto grown = mine;
    grown.push_back("new@navy.example");
    EXPECT_EQ(emails(one), grown);
    EXPECT_THAT(records(one), ElementsAre(one));
    EXPECT_EQ(refusal(merge(other, one)), "");  // and again
}

TEST_P(Merges, chains_come_apart_in_any_order) {
    auto const a = make("A A", {"a@x.example"}), b = make("B B", {"b@x.example"}), c = make("C C", {"c@x.example"}),
               d = make("D D", {"d@x.example"});
    ASSERT_TRUE(merge(c, b));
    ASSERT_TRUE(merge(d, c));  // through one that answers no more
    ASSERT_TRUE(merge(b, a));
    EXPECT_THAT(records(d), UnorderedElementsAre(a, b, c, d));
    EXPECT_EQ(records(d).front(), a);
    ASSERT_TRUE(unmerge(c));  // d had been merged into it
    EXPECT_THAT(records(d), ElementsAre(c, d));
    EXPECT_THAT(records(b), ElementsAre(a, b));
    ASSERT_TRUE(unmerge(b));
    EXPECT_THAT(records(a), ElementsAre(a));
    EXPECT_THAT(broken(), IsEmpty());
}

TEST_P(Merges, what_cannot_be_is_refused) {
    auto const a = make("A A", {"a@x.example"}), b = make("B B", {"b@x.example"}), c = make("C C");
    EXPECT_EQ(refusal(merge(a, a)), "same_person");
    EXPECT_EQ(refusal(merge(a, CustomerId{77})), "customer_not_found");
    EXPECT_EQ(refusal(merge(CustomerId{77}, a)), "customer_not_found");
    ASSERT_TRUE(merge(b, a));
    EXPECT_EQ(refusal(merge(a, b)), "same_person");
    EXPECT_EQ(refusal(merge(b, c)), "already_merged");
    EXPECT_EQ(unmerge(a).error().code, "not_merged");
    EXPECT_EQ(unmerge(c).error().code, "not_merged");
}

TEST_P(Merges, a_person_has_only_so_many_records) {
    auto const one = make("One");
    for (std::size_t i = 1; i < most_records; ++i) ASSERT_TRUE(merge(make("R" + std::to_string(i)), one));
    EXPECT_EQ(refusal(merge(make("One too many"), one)), "too_many_records");
    EXPECT_EQ(records(one).size(), most_records);
}

TEST_P(Merges, lists_and_searches_show_the_person_once) {
    auto const ada = make("Ada Lovelace", {"ada@work.example", "countess@work.example"});
    auto const king = make("Ada King", {"ada@home.example"});
    auto const other = make("Adam Smith", {"adam@x.example"});
    EXPECT_THAT(search("ada"), UnorderedElementsAre(ada, king, other));
    ASSERT_TRUE(merge(king, ada));
    for (std::size_t const limit : {1u, 2u, 50u}) {
        EXPECT_THAT(search("ada", limit), UnorderedElementsAre(ada, other)) << limit;
        EXPECT_THAT(search("king", limit), ElementsAre(ada)) << limit;
        EXPECT_THAT(search("", limit), ElementsAre(other, ada)) << limit;
    }
    auto const page = read([](store::Reader& reader) { return list_customers(reader, "", "", 10); });
    EXPECT_EQ(page->customers.back().addresses.size(), 3u);
    ASSERT_TRUE(unmerge(king));
    EXPECT_THAT(search("king"), ElementsAre(king));
}

TEST_P(Merges, the_timeline_is_whole_while_they_are_merged) {
    auto const a = make("A A", {"a@x.example"}), b = make("B B", {"b@x.example"});
    EXPECT_THAT(kinds(a), ElementsAre("customer.created"));
    ASSERT_TRUE(merge(b, a));
    EXPECT_THAT(kinds(a), ElementsAre("customer.took_in", "customer.merged", "customer.created", "customer.created"));
    EXPECT_EQ(kinds(a), kinds(b));
    EXPECT_THAT(kinds(a, 3), ElementsAre("customer.took_in", "customer.merged", "customer.created"));
    ASSERT_TRUE(unmerge(b));
    EXPECT_THAT(kinds(b), ElementsAre("customer.unmerged", "customer.merged", "customer.created"));
    EXPECT_THAT(kinds(a), ElementsAre("customer.gave_back", "customer.took_in", "customer.created"));
}

TEST_P(Merges, erasing_is_final) {
    auto const a = make("A A", {"a@x.example"}), b = make("B B", {"b@x.example"}), c = make("C C");
    ASSERT_TRUE(merge(b, a));
    auto const erased = store().write_now([&](store::Tx& tx) -> Expected<> {
        for (auto const record : records_of(tx, b))
            if (auto const done = erase_customer(tx, act(), record, "wish"); !done) return done;
        return {};
    });
    ASSERT_TRUE(erased);
    EXPECT_EQ(view(b).erased_at, now());
    EXPECT_THAT(view(a).addresses, IsEmpty());
    EXPECT_EQ(unmerge(b).error().code, "customer_erased");
    EXPECT_EQ(refusal(merge(c, a)), "customer_erased");
    EXPECT_EQ(refusal(merge(a, c)), "customer_erased");
    EXPECT_EQ(split(a, {}).error().code, "customer_erased");
    auto const written = store().write_now(
        [&](store::Tx& tx) { return add_address(tx, act(), a, {AddressKind::email, {"a@x.example"}, {}, {}}); });
    EXPECT_EQ(written.error().code, "customer_erased");
}

TEST_P(Merges, a_split_takes_addresses_into_a_new_record) {
    auto const id = make("Two People", {"one@x.example", "two@x.example", "three@x.example"}, "K-1");
    auto const done = split(id, {{address_id(id, "one@x.example")}, {}, {}, {}, Text<0, 200>{"Somebody Else"}});
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_THAT(emails(done->made), ElementsAre("one@x.example"));
    EXPECT_EQ(view(done->made).name, "Somebody Else");
    EXPECT_EQ(view(done->made).external_id, std::nullopt);
    EXPECT_TRUE(view(done->made).addresses[0].primary);
    EXPECT_TRUE(view(done->made).addresses[0].verified);
    EXPECT_THAT(emails(id), ElementsAre("two@x.example", "three@x.example"));
    EXPECT_EQ(view(id).external_id, "K-1");
    EXPECT_THAT(search("one@x"), ElementsAre(done->made));
    EXPECT_THAT(search("somebody"), ElementsAre(done->made));
    EXPECT_THAT(kinds(done->made), ElementsAre("customer.created"));
    EXPECT_THAT(kinds(id), ElementsAre("customer.split", "customer.created"));
    // And back: merged, it is as it was.
    ASSERT_TRUE(merge(done->made, id));
    EXPECT_THAT(emails(id), UnorderedElementsAre("one@x.example", "two@x.example", "three@x.example"));
}

TEST_P(Merges, a_split_leaves_something_behind_and_names_what_is_theirs) {
    auto const id = make("One", {"one@x.example"}), other = make("Other", {"other@x.example"});
    EXPECT_EQ(split(id, {{address_id(id, "one@x.example")}, {}, {}, {}, {}}).error().code, "nothing_left");
    EXPECT_EQ(split(id, {{address_id(other, "other@x.example")}, {}, {}, {}, {}}).error().code, "invalid_fields");
    EXPECT_EQ(split(id, {}).error().code, "invalid_fields");
    ASSERT_TRUE(merge(other, id));
    // Of two records at once: that is what undoing is for.
    auto const both = split(id, {{address_id(id, "one@x.example"), address_id(id, "other@x.example")}, {}, {}, {}, {}});
    EXPECT_EQ(both.error().code, "invalid_fields");
}

TEST_P(Merges, identities_and_the_key_go_only_where_they_are_named) {
    auto const id = make("One", {"one@x.example", "two@x.example"}, "K-9");
    auto const link = [&](std::string value) {
        return store()
            .write_now([&](store::Tx& tx) { return link_identity(tx, act(), id, {{"spid"}, {std::move(value)}}); })
            ->id;
    };
    auto const stays = link("111"), goes = link("222");
    auto const done = split(id, {{address_id(id, "two@x.example")}, {goes}, {}, true, {}});
    ASSERT_TRUE(done);
    auto const linked = [&](CustomerId who) {
        std::vector<IdentityId> ids;
        for (auto const& one : read([&](store::Reader& reader) { return identities_of(reader, who); }))
            ids.push_back(one.id);
        return ids;
    };
    EXPECT_THAT(linked(done->made), ElementsAre(goes));
    EXPECT_THAT(linked(id), ElementsAre(stays));
    EXPECT_EQ(view(done->made).external_id, "K-9");
    EXPECT_EQ(view(id).external_id, std::nullopt);
}

TEST_P(Merges, persons_with_a_shared_address_or_the_same_name_could_be_the_same) {
    auto const a = make("Maria Rossi", {"casa@x.example"}), b = make("M R", {"casa@x.example", "b@x.example"}),
               c = make("maria  ROSSI"), d = make("Maria");
    make("Somebody Else", {"else@x.example"});
    auto const similar = read([&](store::Reader& reader) { return similar_to(reader, a); });
    ASSERT_EQ(similar.size(), 2u);
    EXPECT_EQ(similar[0].customer, b);
    EXPECT_EQ(similar[0].why, Likeness::address);
    EXPECT_TRUE(similar[0].verified);
    EXPECT_EQ(similar[1].customer, c);
    EXPECT_EQ(similar[1].why, Likeness::name);
    EXPECT_THAT(read([&](store::Reader& reader) { return similar_to(reader, d); }), IsEmpty());
    ASSERT_TRUE(merge(b, a));
    EXPECT_EQ(read([&](store::Reader& reader) { return similar_to(reader, a); }).size(), 1u);
}

TEST_P(Merges, many_are_asked_about_at_once) {
    std::vector<CustomerId> all;
    for (int i = 0; i < 70; ++i) all.push_back(make("R" + std::to_string(i)));
    ASSERT_TRUE(merge(all[3], all[69]));
    ASSERT_TRUE(merge(all[40], all[3]));
    auto const found = read([&](store::Reader& reader) { return records_of(reader, std::span(all).first(60)); });
    ASSERT_EQ(found.size(), 2u);
    EXPECT_THAT(found.at(all[3]), ElementsAre(all[69], all[3], all[40]));
    EXPECT_THAT(found.at(all[40]), ElementsAre(all[69], all[3], all[40]));
    EXPECT_THAT(read([&](store::Reader& reader) { return records_of(reader, std::span<CustomerId const>()); }),
                IsEmpty());
}

// Whatever is merged and taken back, every address is found where it was made, and each record belongs to one person.
TEST_P(Merges, nothing_is_lost_whatever_is_done) {
    EXPECT_TRUE(rc::check("merges and their undoing", [&] {
        std::vector<CustomerId> all;
        auto const n = *rc::gen::inRange<std::size_t>(2, 8);
        static int made = 0;
        for (std::size_t i = 0; i < n; ++i) {
            auto const name = "p" + std::to_string(++made);
            all.push_back(make(name, {name + "@x.example"}));
        }
        auto const steps = *rc::gen::container<std::vector<std::tuple<bool, int, int>>>(
            rc::gen::tuple(rc::gen::arbitrary<bool>(), rc::gen::inRange(0, 8), rc::gen::inRange(0, 8)));
        for (auto const& [undo, x, y] : steps) {
            auto const one = all[static_cast<std::size_t>(x) % n], other = all[static_cast<std::size_t>(y) % n];
            if (undo)
                (void)unmerge(one);
            else
                (void)merge(one, other);
        }
        RC_ASSERT(broken().empty());
        std::size_t shown = 0;
        for (auto const id : all) {
            auto const person = read([&](store::Reader& reader) { return person_of(reader, id); });
            if (person == id) shown += records(id).size();
            auto const mine = read([&](store::Reader& reader) { return addresses_of(reader, id); });
            RC_ASSERT(mine.size() == 1u && mine[0].primary);
        }
        RC_ASSERT(shown == n);
        for (std::size_t round = 0; round < n; ++round)
            for (auto const id : all) (void)unmerge(id);
        for (auto const id : all) RC_ASSERT(records(id) == std::vector<CustomerId>{id});
    }));
}

}  // namespace
}  // namespace rapport::people
