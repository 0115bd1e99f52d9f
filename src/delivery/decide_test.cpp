// notify, accept, refuse, expire: what each leaves behind, and what the state does not allow.
#include "delivery/delivery_fixture.hpp"

namespace rapport::delivery {
namespace {

using testing::ElementsAre;

class Decide : public DeliveryTest {
  protected:
    std::vector<ReasonView> reasons(DeliveryId id) { return detail(id).evidence.back().reasons; }
};
RAPPORT_ON_BOTH_ENGINES(Decide);

TEST_P(Decide, an_invitation_taken_by_the_mail_server_is_evidence) {
    auto const id = submitted();
    EXPECT_EQ(notify(id), State::notified);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C1"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, an_invitation_that_nobody_takes_has_its_reason_and_can_be_mended) {
    auto const id = submitted();
    EXPECT_EQ(notify(id, false, "5.1.1"), State::notification_failed);
    ASSERT_EQ(reasons(id).size(), 1U);
    EXPECT_EQ(reasons(id)[0].code, evidence::reason::address_unusable);
    EXPECT_EQ(notify(id), State::notified);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C2", "C1"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, the_recipient_is_told_where_the_accepted_content_stands_and_what_became_of_that_is_evidence) {
    auto const told = submitted(), unreachable = submitted();
    for (auto const& [id, taken] : {std::pair{told, true}, std::pair{unreachable, false}}) {
        ASSERT_TRUE(notify(id) && accept(id));
        EXPECT_EQ(letter_text("consignment", "link"), link(id));
        Notification outcome{taken, "mx.example.org", taken ? "250 2.0.0 Ok" : "550 5.1.1 No",
                             taken ? "2.0.0" : "5.1.1", now()};
        outcome.of_consignment = true;
        EXPECT_EQ(
            deliveries().carry_out_now([&](store::Reader& r) { return plan_notification(r, office(), id, outcome); }),
            State::consigned);
    }
    EXPECT_THAT(codes(told), ElementsAre("A1", "C1", "C3", "D1", "D3"));
    EXPECT_THAT(codes(unreachable), ElementsAre("A1", "C1", "C3", "D1", "D4"));
    EXPECT_EQ(reasons(unreachable).at(0).code, evidence::reason::address_unusable);
    EXPECT_EQ(fetch(unreachable, 0), State::handed_over);
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, a_failure_is_laid_at_the_door_of_whoever_caused_it) {
    using Ended = Notification::Ended;
    struct Case {
        Notification outcome;
        std::string_view reason;
    };
    for (auto const& [outcome, reason] :
         {Case{{false, "", "cancelled by a person", "5.7.0", now(), Ended::cancelled}, evidence::reason::cancelled},
          Case{{false, "", "given up by a person", "5.7.0", now(), Ended::given_up}, evidence::reason::outcome_unknown},
          Case{{false, "", "the domain does not exist", "5.1.2", now()}, evidence::reason::address_unusable},
          Case{{false, "", "expired", "4.4.7", now()}, evidence::reason::server_unreachable},
          Case{{false, "", "no mail could be made of it", "5.6.0", now()}, evidence::reason::system_failure},
          Case{{false, "mx", "the mail is larger than the server takes", "5.3.4", now()},
               evidence::reason::server_refused},
          Case{{false, "mx", "550 5.7.1 No", "5.7.1", now()}, evidence::reason::server_refused}}) {
        auto const id = submitted();
        ASSERT_EQ(
            deliveries().carry_out_now([&](store::Reader& r) { return plan_notification(r, office(), id, outcome); }),
            State::notification_failed);
        EXPECT_EQ(reasons(id).at(0).code, reason) << outcome.reply;
        auto const records = store().read_now([&](store::Reader& r) { return evidence::evidence_of(r, id.value); });
        bool const quotes_a_server = records.back().xml.bytes.find("mail-server-reply") != std::string::npos;
        EXPECT_EQ(quotes_a_server, outcome.reply.starts_with("550")) << "our own words are not a server's reply";
    }
}

TEST_P(Decide, what_was_found_after_an_interruption_says_so_and_is_signed_when_it_is_sealed) {
    auto const plain = submitted(), found = submitted();
    ASSERT_TRUE(notify(plain));
    Notification outcome{true, "", "250 accepted", "2.0.0", now()};
    outcome.recovered = true;
    outcome.sealed_at = now() + std::chrono::seconds(90);
    ASSERT_EQ(
        deliveries().carry_out_now([&](store::Reader& r) { return plan_notification(r, office(), found, outcome); }),
        State::notified);
    auto const last = [&](DeliveryId id) {
        return std::string(
            store().read_now([&](store::Reader& r) { return evidence::evidence_of(r, id.value); }).back().xml.bytes);
    };
    EXPECT_FALSE(last(plain).contains("recovered"));
    EXPECT_TRUE(last(found).contains("recovered"));
    EXPECT_TRUE(last(found).contains("<xades:SigningTime>" + to_text(outcome.sealed_at).substr(0, 19)));
    auto const said = evidence::parse_evidence(last(found));
    ASSERT_TRUE(said);
    EXPECT_LT(said->event_time, outcome.sealed_at);
}

TEST_P(Decide, a_failure_that_becomes_known_after_the_deadline_is_evidence_too) {
    auto const id = submitted();
    advance(settings.default_deadline);
    ASSERT_EQ(expire(id), State::expired);
    EXPECT_EQ(notify(id, false, "4.4.7"), State::expired);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C5", "C2"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, acceptance_and_consignment_come_together) {
    auto const id = submitted();
    ASSERT_TRUE(notify(id));
    EXPECT_EQ(accept(id), State::consigned);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C1", "C3", "D1"));
    EXPECT_THAT(events(), ElementsAre("submitted", "notified", "accepted", "consigned"));
    auto const records = store().read_now([&](store::Reader& r) { return evidence::evidence_of(r, id.value); });
    auto const said = evidence::parse_evidence(records.at(2).xml.bytes);
    ASSERT_TRUE(said && said->recipient.authentication);
    EXPECT_EQ(said->recipient.authentication->level, evidence::assurance::low);
    EXPECT_EQ(said->recipient.authentication->method, evidence::method::one_time_code);
    EXPECT_EQ(said->number, 3);
    EXPECT_EQ(said->previous, sha256(records.at(1).xml.bytes));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, a_second_decision_is_a_conflict) {
    auto const id = submitted();
    ASSERT_TRUE(refuse(id, "Not mine"));
    EXPECT_EQ(state(id), State::refused);
    EXPECT_NE(reasons(id).at(0).details.find("Not mine"), std::string::npos);
    auto const late = accept(id);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "state_does_not_allow");
    EXPECT_EQ(refuse(id).error().code, "state_does_not_allow");
    EXPECT_EQ(expire(id).error().code, "state_does_not_allow");
    EXPECT_THAT(codes(id), ElementsAre("A1", "C4"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, of_two_decisions_at_once_one_counts) {
    auto const id = submitted();
    auto const plan = [&](bool yes) {
        return store().read_now([&](store::Reader& r) {
            return yes ? plan_acceptance(r, office(), id, identified_low(), "", now())
                       : plan_refusal(r, office(), id, identified_low(), "", now());
        });
    };
    auto const yes = plan(true), no = plan(false);
    ASSERT_TRUE(yes && no);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return commit(tx, office(), *no); }));
    auto const second = store().write_now([&](store::Tx& tx) { return commit(tx, office(), *yes); });
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "state_changed");
    EXPECT_THAT(codes(id), ElementsAre("A1", "C4"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, a_mail_servers_late_answer_joins_the_chain_without_changing_the_state) {
    auto const id = submitted();
    ASSERT_TRUE(accept(id));
    EXPECT_EQ(notify(id), State::consigned);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C3", "D1", "C1"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, who_is_identified_less_surely_than_asked_may_not_decide) {
    auto const id = submitted();
    auto who = identified_low();
    who.level = Assurance::basic;
    auto const refused =
        deliveries().carry_out_now([&](store::Reader& r) { return plan_acceptance(r, office(), id, who, "", now()); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "assurance_too_low");
}

TEST_P(Decide, the_deadline_is_the_time_of_expiry_however_late_the_timer) {
    auto const id = submitted();
    auto const deadline = *detail(id).accept_until;
    EXPECT_EQ(expire(id).error().code, "deadline_ahead");
    advance(settings.default_deadline);
    EXPECT_EQ(accept(id).error().code, "deadline_passed") << "at the deadline itself it is too late";
    advance(std::chrono::hours(5));
    reopen();
    deliveries_.reset();
    EXPECT_EQ(run(deliveries().expire_due()), 1U);
    EXPECT_EQ(run(deliveries().expire_due()), 0U);
    EXPECT_EQ(state(id), State::expired);
    EXPECT_EQ(detail(id).evidence.back().time, deadline);
    EXPECT_EQ(reasons(id).at(0).code, evidence::reason::deadline_passed);
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Decide, damaged_content_is_recorded_instead_of_consignment) {
    auto const id = submitted();
    static constexpr store::Query lose{"test.lose", "DELETE FROM delivery_message", "DELETE FROM delivery_message"};
    store().write_now([](store::Tx& tx) {
        tx.exec(lose);
        return true;
    });
    EXPECT_THAT(faults(), testing::Contains(testing::HasSubstr("content_damaged")));
    EXPECT_EQ(accept(id), State::failed);
    EXPECT_THAT(codes(id), ElementsAre("A1", "C3", "D2"));
    EXPECT_EQ(reasons(id).at(0).code, evidence::reason::content_unavailable);
}

TEST_P(Decide, a_master_key_or_a_folder_that_is_not_there_is_no_evidence_of_damage) {
    auto wanted = letter();
    wanted.files.push_back(file("large.txt", "text/plain", std::string(100'000, 'x')));
    auto const id = submitted(wanted);
    store::Keyring const other = store::Keyring::open(folder() / "another");
    auto elsewhere = [&](Office const& with) {
        return store().read_now(
            [&](store::Reader& r) { return plan_acceptance(r, with, id, identified_low(), "", now()); });
    };
    auto const wrong_key =
        elsewhere({other, office().blobs, office().sealer, office().ids, office().settings, office().packaging});
    ASSERT_FALSE(wrong_key);
    EXPECT_EQ(wrong_key.error().code, "key_damaged");
    EXPECT_EQ(wrong_key.error().kind, ErrorKind::unavailable);
    store::Blobs const empty(folder() / "unmounted");
    auto const no_folder = elsewhere({keyring_, empty, office().sealer, office().ids, office().settings, {}});
    ASSERT_FALSE(no_folder);
    EXPECT_EQ(no_folder.error().code, "blobs_unavailable");
    EXPECT_EQ(no_folder.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(codes(id), ElementsAre("A1"));
    EXPECT_EQ(accept(id), State::consigned) << "once both are back";
}

TEST_P(Decide, expiry_says_when_the_invitations_fate_is_not_known) {
    auto const unheard = submitted(), heard = submitted();
    ASSERT_TRUE(notify(heard));
    advance(settings.default_deadline);
    ASSERT_TRUE(expire(unheard) && expire(heard));
    EXPECT_THAT(reasons(unheard).at(0).details, testing::HasSubstr("not known whether the invitation reached"));
    EXPECT_THAT(reasons(heard).at(0).details, testing::Not(testing::HasSubstr("not known")));
}

TEST_P(Decide, fsck_finds_a_state_that_no_verb_made_and_a_counter_that_is_wrong) {
    auto const id = submitted();
    static constexpr store::Query forge{"test.forge", "UPDATE delivery SET state = 'refused'",
                                        "UPDATE delivery SET state = 'refused'"};
    store().write_now([](store::Tx& tx) {
        tx.exec(forge);
        return true;
    });
    auto const found = faults();
    EXPECT_THAT(found, testing::Contains(to_text(id) + ": is refused, but its journal says submitted"));
    EXPECT_THAT(found, testing::Contains(testing::HasSubstr("delivery_count")));
}

}  // namespace
}  // namespace rapport::delivery
