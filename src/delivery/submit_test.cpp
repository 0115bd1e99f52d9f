// submit: what is stored, what is refused, and what a repeated request gets.
#include "delivery/delivery_fixture.hpp"

namespace rapport::delivery {
namespace {

using testing::ElementsAre;

class Submit : public DeliveryTest {
  protected:
    // The pointers of what is wrong.
    std::vector<std::string> wrong(NewDelivery wanted) {
        auto const views = deliveries().submit_now(request(std::move(wanted)));
        EXPECT_FALSE(views);
        std::vector<std::string> pointers;
        if (!views)
            for (auto const& f : views.error().fields) pointers.push_back(f.pointer);
        EXPECT_TRUE(events().empty()) << "nothing is stored";
        return pointers;
    }
};
RAPPORT_ON_BOTH_ENGINES(Submit);

TEST_P(Submit, a_registered_delivery_is_stored_with_evidence_letter_and_content) {
    auto wanted = letter();
    wanted.files.push_back(file("contract.pdf", "application/pdf", "%PDF-1.7 the contract"));
    wanted.reference = Text<1, 100>{"R-1"};
    auto const id = submitted(wanted);
    auto const d = detail(id);
    EXPECT_EQ(d.state, State::submitted);
    EXPECT_EQ(d.subject, "Your contract");
    EXPECT_EQ(d.text, "Dear customer,\n\nplease read.");
    ASSERT_EQ(d.files.size(), 1U);
    EXPECT_EQ(d.files[0].name, "contract.pdf");
    EXPECT_EQ(d.assurance, Assurance::low);
    EXPECT_EQ(d.accept_until, now() + settings.default_deadline);
    EXPECT_THAT(codes(id), ElementsAre("A1"));
    ASSERT_EQ(d.letters.size(), 1U);
    EXPECT_EQ(d.letters[0].purpose, "notification");
    EXPECT_EQ(d.letters[0].to, "ada@example.org");
    EXPECT_THAT(events(), ElementsAre("submitted"));
    EXPECT_THAT(faults(), ElementsAre());
    auto const part = store().read_now([&](store::Reader& r) { return content(r, office(), id, 1); });
    ASSERT_TRUE(part);
    EXPECT_EQ(part->bytes, "%PDF-1.7 the contract");
}

TEST_P(Submit, evidence_says_who_sent_what_to_whom_and_verifies) {
    auto const id = submitted();
    auto const records = store().read_now([&](store::Reader& r) { return evidence::evidence_of(r, id.value); });
    ASSERT_EQ(records.size(), 1U);
    auto const said = evidence::parse_evidence(records[0].xml.bytes);
    ASSERT_TRUE(said) << said.error().text;
    EXPECT_EQ(said->message_identifier, to_text(id));
    EXPECT_EQ(said->sender.name, "Stadtwerke Test");
    EXPECT_EQ(said->recipient.identifier, "ada@example.org");
    ASSERT_EQ(said->parts.size(), 1U);
    EXPECT_EQ(said->parts[0].digest, sha256("Your contract\n\nDear customer,\n\nplease read."));
    EXPECT_EQ(records[0].xml.bytes.find("Your contract"), std::string::npos) << "evidence must not hold the content";
}

TEST_P(Submit, evidence_claims_of_the_senders_sign_in_what_is_known_and_no_more) {
    auto const sender_of = [&](SubmitRequest const& by) {
        auto const id = deliveries().submit_now(by).value().front().deliveries.front().id;
        auto const records = store().read_now([&](store::Reader& r) { return evidence::evidence_of(r, id.value); });
        return evidence::parse_evidence(records.at(0).xml.bytes)->sender.authentication;
    };
    auto by = request(letter());
    ASSERT_TRUE(sender_of(by));
    EXPECT_EQ(sender_of(by)->method, evidence::method::api_key);
    by.actor = Actor{ActorKind::agent, 3, "Eve"};
    EXPECT_FALSE(sender_of(by));
    auto const signed_in = now() - std::chrono::hours(2);
    by.sender.authentication = evidence::Authentication{
        std::string(evidence::assurance::account), std::string(evidence::method::password_totp), signed_in, {}};
    EXPECT_EQ(sender_of(by)->method, evidence::method::password_totp);
    EXPECT_EQ(sender_of(by)->time, signed_in);
    by.actor = Actor{ActorKind::system, 0, ""};
    by.sender.authentication.reset();
    EXPECT_FALSE(sender_of(by));
}

TEST_P(Submit, no_content_stands_readable_in_the_database) {
    submitted(letter("Secret subject 4711", "Secret text 4712"));
    store().read_now([&](store::Reader& r) {
        for (auto const& row : r.all<DeliveryRow>(sql::each_delivery, 0, 10)) {
            EXPECT_EQ(row.names->bytes.find("4711"), std::string::npos);
            EXPECT_EQ(office().blobs.read(r, row.message_blob, random_key()).has_value(), false);
        }
        return true;
    });
}

TEST_P(Submit, each_recipient_gets_a_delivery_of_their_own) {
    auto wanted = letter();
    NewRecipient bob;
    bob.email = EmailAddress{"bob@example.org"};
    bob.second_email = EmailAddress{"bob@example.net"};
    bob.locale = Locale::fa;
    wanted.recipients.push_back(bob);
    wanted.files.push_back(file("a.txt", "text/plain", "shared"));
    auto const views = deliveries().submit_now(request(wanted));
    ASSERT_TRUE(views) << describe(views.error());
    ASSERT_EQ(views->front().deliveries.size(), 2U);
    auto const& [ada, second] = std::tie(views->front().deliveries[0], views->front().deliveries[1]);
    EXPECT_EQ(ada.submission, second.submission);
    EXPECT_EQ(second.locale, Locale::fa);
    ASSERT_TRUE(notify(ada.id) && accept(ada.id) && fetch(ada.id, 0) && erase(ada.id));
    auto const kept = store().read_now([&](store::Reader& r) { return content(r, office(), second.id, 1); });
    ASSERT_TRUE(kept) << "the other recipient's copy stays readable";
    EXPECT_EQ(kept->bytes, "shared");
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Submit, the_same_request_again_gets_the_same_answer_and_another_is_a_conflict) {
    auto const first = deliveries().submit_now(request(letter(), "key-1"));
    ASSERT_TRUE(first);
    ASSERT_TRUE(notify(first->front().deliveries.front().id));
    advance(std::chrono::hours(24 * 7));
    auto const again = deliveries().submit_now(request(letter(), "key-1"));
    ASSERT_TRUE(again);
    EXPECT_EQ(json::encode(*first), json::encode(*again));
    auto const other = deliveries().submit_now(request(letter("Another"), "key-1"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "idempotency_key_reused");
    EXPECT_EQ(other.error().kind, ErrorKind::conflict);
    EXPECT_THAT(events(), ElementsAre("submitted", "notified"));
}

TEST_P(Submit, the_same_key_twice_at_once_makes_one_submission) {
    auto const one = request(letter(), "race");
    auto const plan = [&] {
        return store().read_now([&](store::Reader& r) { return plan_submission(r, office(), one, now()); });
    };
    auto const first = plan(), second = plan();
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return commit(tx, office(), **first); }));
    EXPECT_THROW(static_cast<void>(store().write_now([&](store::Tx& tx) { return commit(tx, office(), **second); })),
                 store::UniqueViolation);
    auto const answer = deliveries().submit_now(one);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->front().submission, (*first == nullptr ? SubmissionId{} : answer->front().submission));
    EXPECT_THAT(events(), ElementsAre("submitted"));
}

TEST_P(Submit, the_same_key_twice_at_once_with_an_upload_is_answered_twice_alike) {
    NewUpload const upload{Actor{ActorKind::api_key, 7, "shop"}, "plan.txt", "text/plain", "the plan"};
    auto const keep = plan_upload(office(), upload, now());
    ASSERT_TRUE(keep);
    auto const view = store().write_now([&](store::Tx& tx) { return (*keep)(tx); });
    auto wanted = letter();
    wanted.files.push_back({view.id, {}, {}, {}});
    auto const one = request(wanted, "race");
    auto const plan = [&] {
        return store().read_now([&](store::Reader& r) { return plan_submission(r, office(), one, now()); });
    };
    auto const first = plan(), second = plan();
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return commit(tx, office(), **first); }));
    EXPECT_THROW(static_cast<void>(store().write_now([&](store::Tx& tx) { return commit(tx, office(), **second); })),
                 store::UniqueViolation);
    EXPECT_TRUE(deliveries().submit_now(one));
    EXPECT_THAT(events(), ElementsAre("submitted"));
}

TEST_P(Submit, a_batch_is_taken_whole_or_not_at_all) {
    SubmitRequest batch{Actor{ActorKind::api_key, 7, "shop"}, {}, true, std::nullopt, sha256("batch")};
    for (int i = 0; i < 100; ++i) batch.deliveries.push_back(letter("Letter " + std::to_string(i)));
    batch.deliveries[42].recipients.clear();
    auto const refused = deliveries().submit_now(batch);
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().fields.size(), 1U);
    EXPECT_EQ(refused.error().fields[0].pointer, "/deliveries/42/recipients");
    EXPECT_TRUE(events().empty());
    batch.deliveries.erase(batch.deliveries.begin() + 42);
    auto const taken = deliveries().submit_now(batch);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->size(), 99U);
    EXPECT_EQ(events().size(), 99U);
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Submit, a_batch_is_bounded_by_its_recipients_too) {
    settings.most_batch = 3;
    auto wanted = letter();
    auto second = wanted.recipients.front();
    second.email = EmailAddress{"grace@example.org"};
    wanted.recipients.push_back(second);
    SubmitRequest batch = request(wanted);
    batch.deliveries.push_back(wanted);
    batch.batch = true;
    auto const refused = deliveries().submit_now(batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fields.at(0).pointer, "/deliveries");
    EXPECT_THAT(events(), ElementsAre());
}

TEST_P(Submit, whoever_cannot_be_identified_well_enough_is_named) {
    auto wanted = letter();
    wanted.recipients[0].second_email.reset();
    EXPECT_THAT(wrong(wanted), ElementsAre("/recipients/0/second_email"));
    wanted.recipients[0].second_email = EmailAddress{"ADA@example.org"};
    EXPECT_THAT(wrong(wanted), ElementsAre("/recipients/0/second_email"));
    wanted.assurance = Assurance::high;
    EXPECT_THAT(wrong(wanted), ElementsAre("/assurance"));
    wanted.assurance = Assurance::basic;
    EXPECT_EQ(detail(submitted(wanted)).assurance, Assurance::basic);
}

TEST_P(Submit, wrong_fields_are_named_with_rule_and_fix_and_nothing_is_stored) {
    auto wanted = letter();
    wanted.accept_until = now() - std::chrono::seconds(1);
    EXPECT_THAT(wrong(wanted), ElementsAre("/accept_until"));
    wanted.accept_until = now() + settings.most_deadline + std::chrono::hours(1);
    EXPECT_THAT(wrong(wanted), ElementsAre("/accept_until"));
    wanted.accept_until.reset();
    wanted.recipients.push_back(wanted.recipients[0]);
    EXPECT_THAT(wrong(wanted), ElementsAre("/recipients/1"));
    wanted.recipients.clear();
    EXPECT_THAT(wrong(wanted), ElementsAre("/recipients"));
    wanted = letter();
    wanted.recipients[0].email.reset();
    wanted.recipients[0].name.reset();
    wanted.recipients[0].customer = CustomerId{99};
    EXPECT_THAT(wrong(wanted), ElementsAre("/recipients/0/customer"));
    wanted = letter();
    wanted.files = {file("run.exe", "application/octet-stream", "x"), file("a.pdf", "application/pdf", "no pdf"),
                    file("ok.txt", "text/plain", "fine"), NewFile{FileId{5}, {}, {}, {}}, NewFile{}};
    EXPECT_THAT(wrong(wanted), ElementsAre("/files/4"));
    wanted.files.pop_back();
    EXPECT_THAT(wrong(wanted), ElementsAre("/files/0", "/files/1", "/files/3/file"));
}

TEST_P(Submit, files_over_the_limit_are_refused) {
    settings.most_file_bytes = 10;
    settings.most_delivery_bytes = 15;
    settings.most_files = 2;
    auto wanted = letter();
    wanted.files = {file("a.txt", "text/plain", "12345678901")};
    EXPECT_THAT(wrong(wanted), ElementsAre("/files/0/data"));
    wanted.files = {file("a.txt", "text/plain", "1234567890"), file("b.txt", "text/plain", "1234567890")};
    EXPECT_THAT(wrong(wanted), ElementsAre("/files"));
    wanted.files = {file("a.txt", "text/plain", "1"), file("b.txt", "text/plain", "2"),
                    file("c.txt", "text/plain", "3")};
    EXPECT_THAT(wrong(wanted), ElementsAre("/files"));
}

TEST_P(Submit, an_upload_is_attached_once_and_only_by_its_owner) {
    NewUpload const upload{Actor{ActorKind::api_key, 7, "shop"}, "plan.txt", "text/plain", "the plan"};
    auto const keep = plan_upload(office(), upload, now());
    ASSERT_TRUE(keep);
    auto const view = store().write_now([&](store::Tx& tx) { return (*keep)(tx); });
    auto wanted = letter();
    wanted.files.push_back({view.id, {}, {}, {}});
    auto stranger = request(wanted);
    stranger.actor.id = 8;
    ASSERT_FALSE(deliveries().submit_now(stranger));
    auto const id = submitted(wanted);
    EXPECT_EQ(detail(id).files.at(0).name, "plan.txt");
    EXPECT_EQ(detail(id).files.at(0).sha256, view.sha256);
    auto const again = deliveries().submit_now(request(wanted));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().fields.at(0).pointer, "/files/0/file");
    EXPECT_THAT(faults(), ElementsAre());
}

TEST_P(Submit, a_plain_notice_leaves_no_evidence) {
    auto wanted = letter();
    wanted.kind = Kind::plain;
    wanted.recipients[0].second_email.reset();
    auto const id = submitted(wanted);
    EXPECT_THAT(codes(id), ElementsAre());
    EXPECT_EQ(detail(id).letters.at(0).purpose, "notice");
    EXPECT_EQ(notify(id), State::sent);
    EXPECT_THAT(events(), ElementsAre("submitted", "sent"));
    EXPECT_THAT(faults(), ElementsAre());
}

}  // namespace
}  // namespace rapport::delivery
