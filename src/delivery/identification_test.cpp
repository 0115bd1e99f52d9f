// Who may pick up: codes that no link holder uses up for the recipient, people vouched for by others, delegates.
#include "delivery/delivery_fixture.hpp"
#include "delivery/records.hpp"
#include "delivery/visit.hpp"
#include "net/client.hpp"
#include "people/identities.hpp"

namespace rapport::delivery {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Identify : public DeliveryTest {
  protected:
    Begun ask_for_code(DeliveryId id, std::string const& session, std::string remote) {
        auto const begun = store().write_now([&](store::Tx& tx) {
            return send_code(tx, deliveries().identification(), id, {sha256(session), std::move(remote)}, now());
        });
        if (!begun) throw std::runtime_error(begun.error().text);
        return *begun;
    }
    Proof proof(std::string email, Assurance level = Assurance::substantial) {
        return {{"eid", "https://eid.example", "sub-1", {std::move(email)}, std::nullopt, "Ada"},
                level,
                evidence::method::openid_connect,
                "header.claims.signature",
                {{"acr", "substantial\nmatched: forged"}}};
    }
    Judged judged(DeliveryId id, Proof const& given, Caller const& caller = {sha256("session")}) {
        auto const done =
            store().write_now([&](store::Tx& tx) { return judge(tx, office(), id, caller, given, now()); });
        if (!done) throw std::runtime_error(done.error().text);
        return *done;
    }
    // A provider, so that a delivery at substantial is taken.
    void configure_provider(std::string identifier_claim = {}) {
        identity::ProviderOptions options{"eid", "eID", "https://eid.example", "rapport"};
        options.levels = {{identity::Level::substantial, {"substantial"}, {}}};
        options.identifier_claim = std::move(identifier_claim);
        auto ways = std::make_shared<Ways>();
        ways->providers.push_back(std::make_unique<identity::RelyingParty>(http_, options));
        ways->passkeys = identity::PasskeyParty{"localhost", "http://localhost:8080"};
        ways_ = ways;
    }
    DeliveryId substantial() {
        auto wanted = letter();
        wanted.assurance = Assurance::substantial;
        wanted.recipients.front().second_email.reset();
        return submitted(std::move(wanted));
    }
    std::optional<Delegation> named(DeliveryId id, std::optional<Time> until = {}) {
        NewDelegation wanted{{"Dora Smith"}, EmailAddress{"dora@example.org"}, {}, {}, until};
        people::Act const act{Actor{ActorKind::recipient, 1, {}}, now(), "127.0.0.1", "req"};
        auto made = store().write_now([&](store::Tx& tx) -> Expected<Delegation> {
            return delegate(tx, office(), act, *find_row(tx, id), wanted);
        });
        return made ? std::optional(*made) : std::nullopt;
    }
    struct Kept {
        Digest digest;
        std::optional<store::Blob> box;
        BOOST_DESCRIBE_CLASS(Kept, (), (digest, box), (), ())
    };
    static constexpr store::Query same_on_both(std::string_view text) { return {"test.early", text, text}; }
    Expected<std::string> kept_record(DeliveryId id, std::size_t evidence) {
        return store().read_now([&](store::Reader& r) {
            return record_of_evidence(r, office(), id, find(r, office(), id)->evidence.at(evidence).id);
        });
    }
    // All that the tables hold of identifications, as bytes.
    std::string everything_stored() {
        static constexpr store::Query all = same_on_both(
            "SELECT record FROM delivery_identification UNION ALL SELECT proof FROM delivery_sender_proof"
            " UNION ALL SELECT CAST(assertion AS text) FROM delivery WHERE assertion IS NOT NULL"
            " UNION ALL SELECT CAST(assertion AS text) FROM delivery_pickup WHERE assertion IS NOT NULL");
        static constexpr store::Query boxes = same_on_both("SELECT box FROM delivery_record WHERE box IS NOT NULL");
        return store().read_now([&](store::Reader& r) {
            std::string out;
            for (auto const& text : r.all<std::string>(all)) out += text + "\n";
            for (auto const& box : r.all<store::Blob>(boxes)) out += box.bytes + "\n";
            return out;
        });
    }
    net::HttpClient http_;
};
RAPPORT_ON_BOTH_ENGINES(Identify);

TEST_P(Identify, one_network_gets_few_codes_and_the_recipient_still_gets_theirs) {
    auto const id = submitted();
    int sent = 0;
    for (int i = 0; i < 30; ++i)
        sent += ask_for_code(id, "attacker " + std::to_string(i), "198.51.100." + std::to_string(i)).sent;
    EXPECT_EQ(sent, settings.codes_a_network);
    EXPECT_TRUE(ask_for_code(id, "recipient", "203.0.113.9").sent);
    auto const told = detail(id).identification;
    EXPECT_TRUE(told.trouble);
    EXPECT_EQ(told.codes, settings.codes_a_network + 1);
    EXPECT_THAT(events(), Contains("codes_asked_often"));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Identify, codes_that_are_asked_for_often_are_longer) {
    auto const id = submitted();
    for (int i = 0; i < settings.codes_a_day; ++i) {
        ask_for_code(id, "bot " + std::to_string(i), "10." + std::to_string(i) + ".0.1");
        EXPECT_EQ(letter_text("code", "code").size(), i < settings.codes_noticed ? 6U : 8U) << i;
    }
}

TEST_P(Identify, many_networks_flood_nobody_and_a_newcomer_waits_for_minutes_not_for_a_day) {
    auto const id = submitted();
    int sent = 0;
    for (int i = 0; i < 60; ++i)
        sent += ask_for_code(id, "bot " + std::to_string(i), "10." + std::to_string(i) + ".0.1").sent;
    EXPECT_EQ(sent, settings.codes_a_day);
    auto const wait = ask_for_code(id, "recipient", "2001:db8::1");
    EXPECT_FALSE(wait.sent);
    EXPECT_LE(wait.retry_after_s, std::chrono::seconds(std::chrono::minutes(10)).count());
    advance(settings.code_trickle);
    EXPECT_FALSE(ask_for_code(id, "bot again", "10.3.0.1").sent) << "its network has had one";
    EXPECT_TRUE(ask_for_code(id, "recipient", "2001:db8::1").sent);
    EXPECT_FALSE(ask_for_code(id, "another", "192.0.2.1").sent) << "one at a time";
}

TEST_P(Identify, a_session_waits_between_codes_and_gets_few_a_day) {
    auto const id = submitted();
    for (int i = 0; i < settings.codes_a_session; ++i) {
        EXPECT_TRUE(ask_for_code(id, "recipient", "203.0.113.9").sent) << i;
        EXPECT_FALSE(ask_for_code(id, "recipient", "203.0.113.9").sent) << "at once again";
        advance(settings.code_pause);
    }
    EXPECT_FALSE(ask_for_code(id, "recipient", "203.0.113.9").sent);
    advance(std::chrono::hours(24));
    EXPECT_TRUE(ask_for_code(id, "recipient", "203.0.113.9").sent);
}

TEST_P(Identify, substantial_is_taken_only_where_a_way_reaches_it_and_can_recognise_the_recipient) {
    auto wanted = letter();
    wanted.assurance = Assurance::substantial;
    auto const refused = deliveries().submit_now(request(wanted));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fields.front().pointer, "/assurance");
    EXPECT_THAT(refused.error().fields.front().fix, HasSubstr("identity_provider"));
    deliveries_.reset();
    configure_provider("person");
    auto const unknown = deliveries().submit_now(request(wanted));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().fields.front().pointer, "/recipients/0") << "nobody could be recognised";
    people::Act const act{Actor{ActorKind::agent, 3, "Eve"}, now(), "127.0.0.1", "req"};
    auto const customer = store().write_now([&](store::Tx& tx) {
        auto const made = people::customer_for(tx, EmailAddress{"ada@example.org"}, "Ada", Locale::en, now());
        return people::link_identity(tx, act, made, {{"eid"}, {"XX/1"}}).value().customer;
    });
    auto const id = submitted(wanted);
    auto given = proof("eve@example.org");
    given.who.identifier = "XX/2";
    EXPECT_EQ(judged(id, given).refusal, "wrong_person");
    given.who.identifier = "XX/1";
    ASSERT_TRUE(judged(id, given).assertion);
    EXPECT_EQ(detail(id).recipient.customer, customer);
}

TEST_P(Identify, a_sender_steps_up_where_that_is_the_rule) {
    configure_provider();
    settings.sender_step_up = true;
    auto wanted = letter();
    wanted.assurance = Assurance::substantial;
    auto asked = request(wanted);
    EXPECT_EQ(deliveries().submit_now(asked).error().code, "sender_assurance_too_low");
    asked.sender.level = Assurance::low;
    EXPECT_EQ(deliveries().submit_now(asked).error().code, "sender_assurance_too_low");
    asked.sender.level = Assurance::substantial;
    asked.sender.proof = "record of the sign-in";
    EXPECT_TRUE(deliveries().submit_now(asked));
    EXPECT_TRUE(deliveries().submit_now(request(letter()))) << "what asks for less is sent as before";
}

TEST_P(Identify, the_right_person_is_named_in_the_evidence_with_the_assertions_digest) {
    configure_provider();
    auto const id = substantial();
    auto const [who, record, refusal] = judged(id, proof("ada@example.org"));
    ASSERT_TRUE(who);
    EXPECT_THAT(record, HasSubstr("assertion-base64: " + to_base64("header.claims.signature")));
    EXPECT_THAT(record, HasSubstr("acr: substantial matched: forged\n")) << "no value makes a line of its own";
    auto const state =
        deliveries().carry_out_now([&](store::Reader& r) { return plan_acceptance(r, office(), id, *who, {}, now()); });
    ASSERT_TRUE(state);
    auto const statement = store().read_now([&](store::Reader& r) {
        return *evidence::parse_evidence(*evidence_xml(r, id, find(r, office(), id)->evidence.at(1).id));
    });
    EXPECT_EQ(statement.recipient.authentication->level, evidence::assurance::substantial);
    EXPECT_EQ(statement.recipient.authentication->method, evidence::method::openid_connect);
    EXPECT_EQ(statement.recipient.authentication->record, sha256(record));
    EXPECT_EQ(who->proof, to_base64(sha256("header.claims.signature").view()));
    store().write_now([&](store::Tx& tx) { return tx.changed(sql::forget_pickups_of, id); });
    EXPECT_EQ(kept_record(id, 1).value(), record) << "the record stays though the session is gone";
    EXPECT_THAT(everything_stored(), Not(HasSubstr("header.claims.signature")));
    EXPECT_THAT(everything_stored(), Not(HasSubstr(to_base64("header.claims.signature")))) << "not in plain";
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Identify, what_the_provider_said_cannot_be_read_once_the_content_is_erased) {
    configure_provider();
    auto wanted = letter();
    wanted.assurance = Assurance::substantial;
    auto asked = request(wanted);
    asked.actor = {ActorKind::agent, 3, "Eve"};
    asked.sender.proof = "how the sender signed in";
    asked.sender.authentication =
        evidence::Authentication{std::string(evidence::assurance::substantial),
                                 std::string(evidence::method::openid_connect), now(), sha256(asked.sender.proof)};
    auto const id = deliveries().submit_now(asked)->front().deliveries.front().id;
    auto const who = judged(id, proof("ada@example.org")).assertion;
    ASSERT_TRUE(who);
    ASSERT_TRUE(deliveries().carry_out_now(
        [&](store::Reader& r) { return plan_acceptance(r, office(), id, *who, {}, now()); }));
    EXPECT_EQ(kept_record(id, 0).value(), "how the sender signed in");
    EXPECT_TRUE(kept_record(id, 1));
    EXPECT_THAT(faults(), ElementsAre());
    ASSERT_TRUE(erase(id));
    EXPECT_EQ(kept_record(id, 0).error().code, "content_erased");
    EXPECT_EQ(kept_record(id, 1).error().code, "content_erased");
    EXPECT_EQ(store().read_now([&](store::Reader& r) { return r.all<Kept>(sql::records_of, id).size(); }), 2U)
        << "the digests stay";
    EXPECT_THAT(faults(), ElementsAre());
    store().write_now([&](store::Tx& tx) {
        tx.exec(sql::keep_record, id, sha256("x"), store::Blob{"box"}, now());
        return true;
    });
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("a record of an identification is still there")));
}

TEST_P(Identify, a_record_that_was_tampered_with_is_found) {
    configure_provider();
    auto const id = substantial();
    auto const other = substantial();
    ASSERT_TRUE(judged(id, proof("ada@example.org")).assertion);
    store().write_now([&](store::Tx& tx) { return keep_record(tx, office(), other, "another record", now()); });
    EXPECT_THAT(faults(), ElementsAre());
    auto const boxes = store().read_now([&](store::Reader& r) { return r.all<Kept>(sql::records_of, other); });
    store().write_now([&](store::Tx& tx) {
        tx.exec(sql::keep_record, id, boxes.front().digest, boxes.front().box, now());
        return true;
    });
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("the record of an identification: record_damaged")));
}

// As versions before 0007 stored it.
TEST_P(Identify, records_of_earlier_versions_are_read_then_sealed_and_erased) {
    static constexpr store::Query in_identification = same_on_both(
        "INSERT INTO delivery_identification (delivery, digest, record, identified_at) VALUES ($1, $2, $3, 7)");
    static constexpr store::Query in_proof =
        same_on_both("INSERT INTO delivery_sender_proof (delivery, proof) VALUES ($1, $2)");
    static constexpr store::Query in_row = same_on_both("UPDATE delivery SET assertion = $2 WHERE id = $1");
    static constexpr store::Query mark = same_on_both("INSERT INTO delivery_early_record (delivery) VALUES ($1)");
    configure_provider();
    auto const store_early = [&](DeliveryId id) {
        json::Object const assertion{
            {"level", "low"}, {"method", "m"}, {"time", to_text(now())}, {"record", "plain row"}};
        ASSERT_TRUE(judged(id, proof("ada@example.org")).assertion);
        store().write_now([&](store::Tx& tx) {
            tx.exec(in_identification, id, sha256("plain record"), std::string("plain record"));
            tx.exec(in_proof, id, std::string("plain proof"));
            tx.exec(in_row, id, assertion);
            tx.exec(sql::set_pickup_assertion, sha256("session"), id, assertion);
            return true;
        });
    };
    auto const found = [&](DeliveryId id, std::string_view text) {
        return store().read_now([&](store::Reader& r) { return find_record(r, office(), id, sha256(text)); });
    };
    auto const id = submitted();
    auto const gone = submitted();
    store_early(id);
    store_early(gone);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("stands in plain"), HasSubstr("stands in plain")));
    store().write_now([&](store::Tx& tx) { return tx.changed(mark, id) + tx.changed(mark, gone); });
    EXPECT_THAT(faults(), ElementsAre()) << "the program is still to seal them";
    EXPECT_EQ(found(id, "plain record").value(), "plain record");
    ASSERT_TRUE(accept(gone));
    ASSERT_TRUE(erase(gone));
    EXPECT_EQ(found(gone, "plain record").error().code, "content_erased");
    EXPECT_EQ(found(gone, "plain row").error().code, "content_erased");

    run([](Deliveries& d) -> Task<bool> {
        co_await d.tidy_up();
        co_return true;
    }(deliveries()));
    EXPECT_THAT(everything_stored(), Not(HasSubstr("plain ")));
    for (std::string_view const text : {"plain record", "plain proof", "plain row"})
        EXPECT_EQ(found(id, text).value(), text);
    auto const pickup = store().read_now([&](store::Reader& r) { return find_pickup(r, sha256("session"), id); });
    EXPECT_EQ(identified(*pickup, settings, now())->record, sha256("plain row")) << "the session goes on";
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Identify, somebody_else_too_low_a_level_and_unverified_addresses_are_refused_and_the_sender_sees_it) {
    configure_provider();
    auto const id = substantial();
    EXPECT_EQ(judged(id, proof("eve@example.org")).refusal, "wrong_person");
    EXPECT_EQ(judged(id, proof("ada@example.org", Assurance::low)).refusal, "level_too_low");
    store().write_now([&](store::Tx& tx) {
        auto const customer = find_row(tx, id)->customer;
        return people::address_for(tx, customer, EmailAddress{"ada@work.example"}, now()).has_value();
    });
    EXPECT_EQ(judged(id, proof("ada@work.example")).refusal, "wrong_person") << "nobody has verified that address";
    EXPECT_EQ(detail(id).identification.refused, 3);
    EXPECT_TRUE(detail(id).identification.trouble);
    EXPECT_FALSE(store().read_now([&](store::Reader& r) { return find_pickup(r, sha256("session"), id).has_value(); }));
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Identify, a_delegate_acts_in_their_own_name_until_it_is_taken_back) {
    configure_provider();
    auto const id = substantial();
    auto const delegation = named(id);
    ASSERT_TRUE(delegation);
    ASSERT_TRUE(notify(id));
    auto const link = letter_text("delegation", "link");
    auto const token = link.substr(link.rfind('/') + 1);
    auto const found = store().read_now([&](store::Reader& r) { return delegate_link(r, token); });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->delivery, id);
    Caller const caller{sha256("dora"), "127.0.0.1", delegation};
    EXPECT_EQ(judged(id, proof("ada@example.org"), caller).refusal, "wrong_person") << "the link is the delegate's";
    auto const who = judged(id, proof("dora@example.org"), caller).assertion;
    ASSERT_TRUE(who && who->delegate);
    ASSERT_TRUE(deliveries().carry_out_now(
        [&](store::Reader& r) { return plan_acceptance(r, office(), id, *who, {}, now()); }));
    auto const statement = store().read_now([&](store::Reader& r) {
        return *evidence::parse_evidence(*evidence_xml(r, id, find(r, office(), id)->evidence.at(2).id));
    });
    ASSERT_TRUE(statement.delegate);
    EXPECT_EQ(statement.delegate->identifier, "dora@example.org");
    EXPECT_TRUE(statement.delegate->authentication);
    EXPECT_FALSE(statement.recipient.authentication) << "the recipient themself was not identified";
    people::Act const act{Actor{ActorKind::recipient, 1, {}}, now(), "127.0.0.1", "req"};
    store().write_now(
        [&](store::Tx& tx) { return revoke_delegation(tx, act, delegation->customer, delegation->id).has_value(); });
    auto const after = store().read_now([&](store::Reader& r) { return find_delegation(r, delegation->id); });
    EXPECT_FALSE(is_valid(*after, now()));
    EXPECT_EQ(judged(id, proof("dora@example.org"), caller).refusal, "delegation_over")
        << "taken back while they were away at the provider";
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Identify, a_delegation_ends_by_itself_and_must_end) {
    configure_provider();
    auto const id = substantial();
    EXPECT_FALSE(named(id, now() - std::chrono::hours(1)));
    EXPECT_FALSE(named(id, now() + std::chrono::days(5000)));
    auto const made = named(id, now() + std::chrono::hours(1));
    ASSERT_TRUE(made);
    EXPECT_TRUE(is_valid(*made, now()));
    advance(std::chrono::hours(1));
    EXPECT_FALSE(is_valid(*made, now()));
}

TEST_P(Identify, a_passkey_is_used_once_for_each_count_and_not_after_it_was_revoked) {
    auto const id = submitted();
    people::Act const act{Actor{ActorKind::recipient, 1, {}}, now(), "127.0.0.1", "req"};
    auto const row = store().read_now([&](store::Reader& r) { return *find_row(r, id); });
    people::CustomerPasskey wanted;
    wanted.customer = row.customer;
    wanted.credential = {"credential"};
    wanted.public_key = {"key"};
    wanted.algorithm = -7;
    wanted.level = "low";
    auto const made = store().write_now([&](store::Tx& tx) { return people::add_passkey(tx, act, wanted); });
    ASSERT_TRUE(made);
    auto const use = [&](std::int64_t count) {
        return store().write_now([&](store::Tx& tx) { return people::use_passkey(tx, *made, count, now()); });
    };
    EXPECT_TRUE(use(0)) << "some authenticators do not count";
    EXPECT_TRUE(use(5));
    EXPECT_FALSE(use(5)) << "the same count again: a copy";
    EXPECT_FALSE(use(0));
    EXPECT_TRUE(use(6));
    store().write_now([&](store::Tx& tx) { return people::revoke_passkey(tx, act, row.customer, *made).has_value(); });
    EXPECT_FALSE(use(7));
}

TEST_P(Identify, a_question_to_a_passkey_holds_for_its_session_purpose_and_five_minutes) {
    auto const id = submitted();
    Visit visit;
    visit.cookie = "cookie";
    visit.now = now();
    visit.row = store().read_now([&](store::Reader& r) { return find_row(r, id); });
    auto const question = delivery::ask(office(), visit, "get");
    EXPECT_EQ(challenge_of(office(), visit, "get", question.mark), question.challenge);
    EXPECT_NE(challenge_of(office(), visit, "create", question.mark), question.challenge);
    auto other = visit;
    other.cookie = "another";
    EXPECT_NE(challenge_of(office(), other, "get", question.mark), question.challenge);
    visit.now += std::chrono::minutes(6);
    EXPECT_FALSE(challenge_of(office(), visit, "get", question.mark));
    EXPECT_FALSE(challenge_of(office(), visit, "get", "nonsense"));
}

TEST_P(Identify, people_get_pages_where_programs_get_problem_documents) {
    auto const options = page_options(deliveries());
    net::Request const request(net::RequestParts{.target = "/p/x/files/1"});
    for (auto const kind : {ErrorKind::unavailable, ErrorKind::forbidden, ErrorKind::too_large, ErrorKind::invalid}) {
        auto const problem = net::problem({kind, "busy", "Too much.", {}, 5});
        auto const page = options.problem_page(request, problem);
        EXPECT_EQ(page.status, problem.status);
        EXPECT_THAT(page.content_type, HasSubstr("text/html"));
        EXPECT_THAT(std::get<std::string>(page.body), Not(HasSubstr("{{")));
    }
}

}  // namespace
}  // namespace rapport::delivery
