// hand_over and erase, lists and packages: what becomes of the content.
#include "delivery/delivery_fixture.hpp"

namespace rapport::delivery {
namespace {

using testing::ElementsAre;

class HandOver : public DeliveryTest {
  protected:
    DeliveryId consigned_with_files(int files) {
        auto wanted = letter();
        for (int i = 0; i < files; ++i)
            wanted.files.push_back(
                file("file" + std::to_string(i) + ".txt", "text/plain", "content " + std::to_string(i)));
        auto const id = submitted(wanted);
        EXPECT_TRUE(notify(id) && accept(id));
        return id;
    }
    DeliveryPage page(ListFilter filter) {
        return *store().read_now([&](store::Reader& r) { return list(r, office(), filter); });
    }
};
RAPPORT_ON_BOTH_ENGINES(HandOver);

TEST_P(HandOver, a_message_without_files_is_handed_over_when_it_is_read) {
    auto const id = consigned_with_files(0);
    EXPECT_EQ(fetch(id, 0), State::handed_over);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C1", "C3", "D1", "D6", "E1"));
    EXPECT_EQ(fetch(id, 0), State::handed_over) << "reading again is no event";
    EXPECT_EQ(codes(id).size(), 6U);
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(HandOver, is_complete_with_the_last_part) {
    auto const id = consigned_with_files(2);
    EXPECT_EQ(fetch(id, 0), State::consigned);
    EXPECT_EQ(fetch(id, 2), State::consigned);
    EXPECT_EQ(fetch(id, 2), State::consigned);
    EXPECT_EQ(fetch(id, 3).error().kind, ErrorKind::not_found);
    EXPECT_EQ(fetch(id, 1), State::handed_over);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C1", "C3", "D1", "D6", "E1"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(HandOver, two_downloads_at_once_still_make_one_hand_over) {
    auto const id = consigned_with_files(2);
    ASSERT_TRUE(fetch(id, 0));
    auto const plan = [&](int part) {
        return store().read_now(
            [&](store::Reader& r) { return plan_hand_over(r, office(), id, identified_low(), {part}, now()); });
    };
    advance(std::chrono::seconds(1));
    auto const one = plan(1), two = plan(2);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return commit(tx, office(), *one); }));
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return commit(tx, office(), *two); }).error().code,
              "state_changed");
    EXPECT_EQ(fetch(id, 2), State::handed_over);
}

TEST_P(HandOver, nothing_is_handed_over_before_acceptance) {
    auto const id = submitted();
    EXPECT_EQ(fetch(id, 0).error().code, "state_does_not_allow");
}

TEST_P(HandOver, erasure_waits_for_the_end_and_leaves_the_evidence) {
    auto wanted = letter("Subject to erase");
    wanted.files.push_back(file("name.txt", "text/plain", "content"));
    auto const id = submitted(wanted);
    EXPECT_EQ(erase(id).error().code, "state_does_not_allow");
    ASSERT_TRUE(refuse(id));
    EXPECT_EQ(erase(id), State::refused);
    auto const d = detail(id);
    EXPECT_TRUE(d.erased);
    EXPECT_FALSE(d.subject || d.text || d.files.at(0).name);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C4"));
    for (int part : {0, 1}) {
        auto const gone = store().read_now([&](store::Reader& r) { return content(r, office(), id, part); });
        EXPECT_EQ(gone.error().code, "content_erased");
    }
    EXPECT_EQ(erase(id).error().kind, ErrorKind::gone);
    EXPECT_THAT(faults(), ElementsAre());
    auto const audit = store().read_now([](store::Reader& r) { return people::audit_lines(r, {}, {}, 10); });
    ASSERT_EQ(audit.size(), 1U);
    EXPECT_EQ(audit[0].verb, "delivery.erased");
}

TEST_P(HandOver, content_is_erased_at_the_end_of_its_retention) {
    settings.keep_content = std::chrono::hours(24 * 30);
    auto const id = consigned_with_files(0), waiting_one = submitted();
    advance(std::chrono::hours(24 * 31));
    run([](Deliveries& d) -> Task<bool> {
        co_await d.tidy_up();
        co_return true;
    }(deliveries()));
    EXPECT_TRUE(detail(id).erased);
    EXPECT_FALSE(detail(waiting_one).erased);
}

TEST_P(HandOver, counters_are_folded_and_stay_right) {
    for (int i = 0; i < 130; ++i) submitted();
    run([](Deliveries& d) -> Task<bool> {
        co_await d.tidy_up();
        co_return true;
    }(deliveries()));
    EXPECT_THAT(faults(), ElementsAre());
    auto const sums = store().read_now([](store::Reader& r) { return counts(r); });
    ASSERT_EQ(sums.size(), 1U);
    EXPECT_EQ(sums[0].n, 130);
}

TEST_P(HandOver, the_package_holds_content_and_evidence) {
    auto const id = consigned_with_files(1);
    auto const make = [&] {
        return store().read_now([&](store::Reader& r) { return package(r, office(), id, Contents::required, now()); });
    };
    EXPECT_EQ(make().error().code, "not_yet_logged");
    publish_checkpoint();
    auto const whole = make();
    ASSERT_TRUE(whole) << whole.error().text;
    EXPECT_TRUE(whole->starts_with("PK\x03\x04"));
    EXPECT_NE(whole->find("file0.txt"), std::string::npos);
    ASSERT_TRUE(erase(id));
    auto const after = make();
    ASSERT_TRUE(after) << after.error().text;
    EXPECT_EQ(after->find("file0.txt"), std::string::npos);
}

TEST_P(HandOver, the_proof_of_a_failure_can_be_downloaded) {
    auto const id = submitted(letter("Subject", "Text"));
    static constexpr store::Query lose{"test.lose", "DELETE FROM delivery_message", "DELETE FROM delivery_message"};
    store().write_now([](store::Tx& tx) {
        tx.exec(lose);
        return true;
    });
    ASSERT_EQ(accept(id), State::failed);
    publish_checkpoint();
    auto const make = [&](Contents contents) {
        return store().read_now([&](store::Reader& r) { return package(r, office(), id, contents, now()); });
    };
    auto const proof = make(Contents::if_sound);
    ASSERT_TRUE(proof) << proof.error().text;
    EXPECT_NE(proof->find("content/DAMAGED.txt"), std::string::npos);
    EXPECT_NE(proof->find("D2-"), std::string::npos);
    EXPECT_EQ(make(Contents::required).error().code, "content_damaged");
}

TEST_P(HandOver, lists_filter_search_and_page) {
    std::vector<DeliveryId> ids;
    for (int i = 0; i < 5; ++i) {
        auto wanted = letter("Letter " + std::to_string(i));
        wanted.reference = Text<1, 100>{"R-" + std::to_string(i)};
        if (i == 4) wanted.recipients[0].email = EmailAddress{"grace@example.org"};
        if (i == 4) wanted.recipients[0].name = Text<1, 200>{"Grace Hopper"};
        ids.push_back(submitted(wanted));
    }
    ASSERT_TRUE(refuse(ids[2]));
    auto first = page({{}, {}, {}, "", "", 2});
    ASSERT_EQ(first.items.size(), 2U);
    EXPECT_EQ(first.items[0].id, ids[4]);
    EXPECT_EQ(first.items[0].subject, "Letter 4");
    ASSERT_TRUE(first.next);
    EXPECT_EQ(page({{}, {}, {}, "", *first.next, 2}).items.at(0).id, ids[2]);
    EXPECT_EQ(page({State::refused, {}, {}, "", "", 50}).items.size(), 1U);
    EXPECT_EQ(page({State::submitted, Kind::registered, {}, "", "", 50}).items.size(), 4U);
    EXPECT_EQ(page({{}, Kind::plain, {}, "", "", 50}).items.size(), 0U);
    EXPECT_EQ(page({{}, {}, first.items[0].recipient.customer, "", "", 50}).items.size(), 1U);
    EXPECT_EQ(page({{}, {}, {}, "R-3", "", 50}).items.at(0).id, ids[3]);
    EXPECT_EQ(page({{}, {}, {}, to_text(ids[1]), "", 50}).items.at(0).id, ids[1]);
    EXPECT_EQ(page({{}, {}, {}, "hopp", "", 50}).items.size(), 1U);
    EXPECT_EQ(page({State::refused, {}, {}, "ada@", "", 50}).items.size(), 1U);
    EXPECT_FALSE(
        store().read_now([&](store::Reader& r) { return list(r, office(), {{}, {}, {}, "", "nonsense", 2}); }));
}

}  // namespace
}  // namespace rapport::delivery
