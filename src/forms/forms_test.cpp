// Forms from the draft to the conversation, on both engines.
#include "conversation/erasure/erase.hpp"
#include "conversation/scanning/scanner.hpp"
#include "forms/forms_fixture.hpp"
#include "people/teams.hpp"
#include "post/erase.hpp"

namespace rapport::forms {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class WebForms : public FormsTest {};

TEST_P(WebForms, ADraftIsPublishedAsAVersionThatNeverChanges) {
    auto made = create(definition());
    EXPECT_EQ(made.state, FormState::draft);
    EXPECT_THAT(made.findings, IsEmpty());
    auto const online =
        store().write_now([&](store::Tx& tx) { return publish(tx, *forms_, act(), made.id, made.version).value(); });
    EXPECT_EQ(online.number, 1);
    EXPECT_EQ(online.state, FormState::published);
    auto other = definition();
    other.title["en"] = {"Write to us"};
    PutFormDraft draft{online.version, other};
    auto const drafted =
        store().write_now([&](store::Tx& tx) { return put_draft(tx, *forms_, act(), made.id, draft).value(); });
    EXPECT_TRUE(drafted.unpublished_changes);
    auto const again = store().write_now([&](store::Tx& tx) { return put_draft(tx, *forms_, act(), made.id, draft); });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, "changed_meanwhile");
    store().read_now([&](store::Reader& reader) {
        EXPECT_EQ(definition_of(reader, made.id, 1)->title.at("en").value, "Contact");
        return true;
    });
    EXPECT_EQ(events("form.published"), 1);
}

TEST_P(WebForms, WhatIsMissingStandsAgainstPublishingAndNotAgainstDrafts) {
    auto wanted = definition();
    wanted.fields[0].label.clear();
    wanted.rules.push_back({{"nobody"}, FormRuleTest::is, {}, {}, {}, {}});
    wanted.redirect = Text<0, 500>{"javascript:alert(1)"};
    wanted.origins = {"https://shop.example/path"};
    auto const made = create(wanted);
    std::vector<std::string> pointers;
    for (auto const& one : made.findings) pointers.push_back(one.pointer);
    EXPECT_THAT(pointers, testing::IsSupersetOf({"/fields/0/label", "/rules/0/field", "/redirect", "/origins/0"}));
    auto const no =
        store().write_now([&](store::Tx& tx) { return publish(tx, *forms_, act(), made.id, made.version); });
    ASSERT_FALSE(no);
    EXPECT_EQ(no.error().code, "form_incomplete");
}

TEST_P(WebForms, NoFieldIsCalledAsWhatStandsWithEverySubmission) {
    auto const made = create(definition());
    for (auto const* name : {"consent", "question", "reference", "Name"}) {
        auto wanted = definition();
        wanted.fields[0].key = {name};
        auto const no = store().write_now(
            [&](store::Tx& tx) { return put_draft(tx, *forms_, act(), made.id, {made.version, wanted}); });
        ASSERT_FALSE(no) << name;
        EXPECT_EQ(no.error().fields.at(0).pointer, "/fields/0/key");
    }
}

TEST_P(WebForms, AnAddressIsOneFormsAlone) {
    create(definition());
    NewForm other;
    other.name = {"Other"};
    other.slug = {"contact"};
    other.mailbox = box_;
    auto const taken = store().write_now([&](store::Tx& tx) { return create_form(tx, *forms_, act(), other); });
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, "slug_taken");
    other.slug = {"Über uns"};
    EXPECT_FALSE(store().write_now([&](store::Tx& tx) { return create_form(tx, *forms_, act(), other); }));
}

TEST_P(WebForms, ASubmissionIsAConversationWithEverythingThatWasSaid) {
    auto const team =
        store().write_now([&](store::Tx& tx) { return people::create_team(tx, act(), {{"Meters"}, {}}).value().id; });
    auto const label = store().write_now(
        [&](store::Tx& tx) { return conversation::create_label(tx, act(), {{"meter"}, {}}).value().id; });
    conversation::NewField meter;
    meter.key = {"meter"};
    meter.name = {"Meter"};
    meter.kind = conversation::FieldKind::number;
    store().write_now([&](store::Tx& tx) { return conversation::create_field(tx, act(), meter).has_value(); });
    auto wanted = definition();
    auto number = field("meter_number", FormFieldKind::number);
    number.fills = Text<1, 40>{"meter"};
    wanted.fields.push_back(std::move(number));
    wanted.consent = FormConsent{{{"en", {"You may keep <b>this</b>."}}}, {}};
    wanted.rules = {{{"topic"}, FormRuleTest::is, Text<0, 200>{"meter"}, team, Priority::high, label}};
    auto const form = put_online(wanted);

    auto what = a_message();
    what.values.emplace("f.meter_number", "4711");
    what.values.emplace("consent", "yes");
    auto const sent = send(plan(form, page_of(form), what));
    EXPECT_FALSE(sent.repeated);
    auto const message = newest();
    auto const seen = view(message.conversation);
    EXPECT_EQ(seen.channel, conversation::Channel::form);
    EXPECT_EQ(seen.subject, "Contact");
    EXPECT_EQ(seen.team, team);
    EXPECT_EQ(seen.priority, Priority::high);
    EXPECT_THAT(seen.labels, ElementsAre(label));
    EXPECT_EQ(seen.fields.at("meter").as_int64(), 4711);
    EXPECT_EQ(seen.from.name, "Ada");
    ASSERT_THAT(seen.participants, SizeIs(1));
    EXPECT_FALSE(seen.participants[0].proven) << "an address that was typed proves nothing";
    EXPECT_THAT(message.text, HasSubstr("The meter in the cellar"));
    std::map<std::string, std::string> said;
    for (auto const& one : message.fields) said[one.name] = one.value;
    EXPECT_EQ(said["topic"], "A meter");
    EXPECT_EQ(said["reference"], sent.reference);
    EXPECT_THAT(said["consent"], HasSubstr("✓"));
    auto const kept = submissions(form.id, SubmissionState::entered);
    ASSERT_THAT(kept, SizeIs(1));
    ASSERT_TRUE(kept[0].consent);
    EXPECT_EQ(kept[0].consent->words, "You may keep <b>this</b>.");
    EXPECT_TRUE(kept[0].consent->given);
    EXPECT_EQ(kept[0].conversation, message.conversation);
    EXPECT_EQ(events("form.submitted"), 1);
}

TEST_P(WebForms, OnePageIsOneSubmissionHoweverOftenItIsSent) {
    auto const form = put_online(definition());
    auto const page = page_of(form);
    auto const first = send(plan(form, page, a_message()));
    advance(1s);
    auto const again = send(plan(form, page, a_message()));
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.reference, first.reference);
    EXPECT_EQ(events("message.received"), 1);
    EXPECT_THAT(letters(), SizeIs(1)) << "one letter to the sender";
    EXPECT_EQ(send(plan(form, page_of(form), a_message("Something else that I want to say to you, really."))).repeated,
              false);
    EXPECT_EQ(events("message.received"), 2);
}

TEST_P(WebForms, TheLetterToTheSenderRepeatsNothingAndItsAnswerComesBack) {
    auto const form = put_online(definition());
    auto const sent =
        send(plan(form, page_of(form), a_message("Buy cheap watches at http://spam.example now, please")));
    auto const all = letters();
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].to.value, "ada@example.org");
    EXPECT_EQ(all[0].purpose, received_purpose);
    auto const message = newest();
    auto const text = say(Locale::en, "letter_text", {{"title", "Contact"}, {"reference", sent.reference}});
    EXPECT_THAT(text, HasSubstr(sent.reference));
    EXPECT_THAT(text, Not(HasSubstr("watches")));
    // Whoever answers it brings the token, and is proven from then on.
    auto const participant = view(message.conversation).participants.at(0).id;
    conversation::MailOut answer;
    answer.to = office().tokens.reply_address({"box@ours.test"}, participant).value;
    auto const heard = receive(answer, answer.to);
    EXPECT_EQ(heard.conversation, message.conversation);
    EXPECT_TRUE(view(message.conversation).participants.at(0).proven);
}

TEST_P(WebForms, NoLetterGoesToOurselves) {
    auto const form = put_online(definition());
    auto what = a_message();
    what.values.erase("f.email");
    what.values.emplace("f.email", "ann@staff.test");
    send(plan(form, page_of(form), what));
    what.values.erase("f.email");
    what.values.emplace("f.email", "box@ours.test");
    what.values.erase("f.message");
    what.values.emplace("f.message", "Another text.");
    send(plan(form, page_of(form), what));
    EXPECT_THAT(letters(), IsEmpty());
    EXPECT_EQ(newest().claims, "mailbox");
    EXPECT_FALSE(view(newest().conversation).from.customer);
}

TEST_P(WebForms, WhatIsSuspiciousIsHeldSealedAndReleasedOrGone) {
    auto const form = put_online(definition());
    send(plan(form, page_of(form), a_message("Secret words of a visitor"), {"links", "too_fast"}));
    EXPECT_EQ(events("message.received"), 0);
    EXPECT_EQ(events("form.held"), 1);
    auto const held = submissions(form.id, SubmissionState::held);
    ASSERT_THAT(held, SizeIs(1));
    EXPECT_THAT(held[0].reasons, ElementsAre("links", "too_fast"));
    EXPECT_EQ(held[0].words->text, "Secret words of a visitor");
    EXPECT_THAT(letters(), IsEmpty());
    auto const prepared = store().read_now(
        [&](store::Reader& reader) { return prepare_release(reader, *forms_, held[0].id, now()).value(); });
    auto const released =
        store().write_now([&](store::Tx& tx) { return release(tx, *forms_, act(), *prepared).value(); });
    EXPECT_EQ(released.state, SubmissionState::released);
    EXPECT_EQ(newest().text, "Secret words of a visitor");
    EXPECT_EQ(newest().conversation, released.conversation);
    auto const twice = store().write_now([&](store::Tx& tx) { return release(tx, *forms_, act(), *prepared); });
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, "not_held");

    send(plan(form, page_of(form), a_message("Other words"), {"honeypot"}));
    auto const other = submissions(form.id, SubmissionState::held).at(0).id;
    EXPECT_TRUE(store().write_now([&](store::Tx& tx) { return discard(tx, *forms_, act(), other); }));
    send(plan(form, page_of(form), a_message("Third words"), {"honeypot"}));
    advance(keep_held - 1h);
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return discard_old(tx, *forms_, now()); }), 0U);
    advance(2h);
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return discard_old(tx, *forms_, now()); }), 1U);
    EXPECT_THAT(submissions(form.id, SubmissionState::discarded), SizeIs(2));
    EXPECT_FALSE(submissions(form.id, SubmissionState::discarded)[0].words);
    EXPECT_EQ(events("form.discarded"), 2) << "also of what nobody has looked at";
}

TEST_P(WebForms, FilesAreAttachmentsAndSurviveBeingHeld) {
    auto wanted = definition();
    auto photo = field("photo", FormFieldKind::file);
    photo.file_types = {FormFileGroup::pdf};
    wanted.fields.push_back(photo);
    auto const form = put_online(wanted);
    auto what = a_message();
    what.files.push_back({"f.photo", "plan.pdf", "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"});
    send(plan(form, page_of(form), what, {"links"}));
    auto const held = submissions(form.id, SubmissionState::held).at(0);
    ASSERT_THAT(held.words->files, SizeIs(1));
    EXPECT_EQ(held.words->files[0].media_type, "application/pdf");
    auto const prepared = store().read_now(
        [&](store::Reader& reader) { return prepare_release(reader, *forms_, held.id, now()).value(); });
    store().write_now([&](store::Tx& tx) { return release(tx, *forms_, act(), *prepared).has_value(); });
    ASSERT_THAT(newest().attachments, SizeIs(1));
    EXPECT_EQ(newest().attachments[0].name, "plan.pdf");
}

TEST_P(WebForms, WhatTheFormNamesMayHaveGoneAndNothingIsLost) {
    auto const label = store().write_now(
        [&](store::Tx& tx) { return conversation::create_label(tx, act(), {{"meter"}, {}}).value().id; });
    auto wanted = definition();
    wanted.rules = {{{"topic"}, FormRuleTest::filled, {}, {}, Priority::urgent, label}};
    auto const form = put_online(wanted);
    store().write_now([&](store::Tx& tx) { return conversation::delete_label(tx, act(), label).has_value(); });
    send(plan(form, page_of(form), a_message()));
    EXPECT_THAT(view(newest().conversation).labels, IsEmpty());
    EXPECT_EQ(view(newest().conversation).priority, Priority::urgent);
}

TEST_P(WebForms, FsckFindsWhatIsHeldWithoutItsWords) {
    auto const form = put_online(definition());
    send(plan(form, page_of(form), a_message(), {"links"}));
    static constexpr store::Query lose{"test.lose", "UPDATE form_submission SET wrapped_key = NULL",
                                       "UPDATE form_submission SET wrapped_key = NULL"};
    static constexpr store::Query drop{"test.drop", "DELETE FROM form_submission", "DELETE FROM form_submission"};
    store().write_now([&](store::Tx& tx) { tx.exec(lose); });
    EXPECT_THAT(form_faults(), SizeIs(1));
    store().write_now([&](store::Tx& tx) { tx.exec(drop); });
}

TEST_P(WebForms, WhatIsHeldGoesWithWhoeverWroteIt) {
    static constexpr store::Query of_before{"test.of_before", "UPDATE form_submission SET writer = NULL",
                                            "UPDATE form_submission SET writer = NULL"};
    auto const form = put_online(definition());
    send(plan(form, page_of(form), a_message("Held before there was a column for it"), {"links"}));
    store().write_now([&](store::Tx& tx) { tx.exec(of_before); });
    send(plan(form, page_of(form), a_message("Held now"), {"links"}));
    auto other = a_message("Somebody else's");
    other.values.erase("f.email");
    other.values.emplace("f.email", "bob@example.org");
    send(plan(form, page_of(form), other, {"links"}));
    auto nobody = a_message("Nobody's");
    nobody.values.erase("f.email");
    auto anonymous = form;
    anonymous.definition.fields[1].required = false;
    send(plan(anonymous, page_of(form), nobody, {"links"}));
    auto const erase = [&](std::string address) {
        return store().write_now([&](store::Tx& tx) {
            return erase_submissions(tx, *forms_, act(), {}, {EmailAddress{std::move(address)}});
        });
    };
    EXPECT_EQ(erase("ADA@example.org"), 2);
    EXPECT_EQ(erase("ada@example.org"), 0);
    EXPECT_EQ(events("form.discarded"), 2);
    auto const left = submissions(form.id, SubmissionState::held);
    ASSERT_THAT(left, SizeIs(2));
    EXPECT_EQ(left[1].words->text, "Somebody else's");
    EXPECT_THAT(submissions(form.id, SubmissionState::discarded), SizeIs(2));
}

TEST_P(WebForms, AnErasedConversationLeavesNeitherAddressNorDigest) {
    static constexpr store::Query wiped{
        "test.wiped", "SELECT count(*) FROM form_submission WHERE likeness = zeroblob(32)",
        "SELECT count(*) FROM form_submission WHERE likeness = decode(repeat('00', 32), 'hex')"};
    auto const form = put_online(definition());
    send(plan(form, page_of(form), a_message()));
    auto const id = newest().conversation;
    ASSERT_EQ(letters().at(0).to.value, "ada@example.org");
    store().write_now([&](store::Tx& tx) {
        EXPECT_TRUE(conversation::erase_conversation(tx, office(), act(), id, "asked for"));
        erase_submissions(tx, *forms_, act(), {id}, {});
    });
    EXPECT_EQ(letters().at(0).to.value, post::erased_address);
    EXPECT_EQ(store().read_now([&](store::Reader& reader) { return reader.one<std::int64_t>(wiped); }), 1);
}

TEST_P(WebForms, WhatIsHeldHasABound) {
    static constexpr char const* many =
        "INSERT INTO form_submission (id, form, number, key, reference, state, reasons, locale, consent, likeness, at, "
        "changed_at, wrapped_key, content, writer) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 999) SELECT s.id + n.i, s.form, s.number, CAST(n.i AS text), CAST(n.i AS text), s.state, s.reasons, "
        "s.locale, s.consent, s.likeness, s.at, s.at, s.wrapped_key, s.content, s.writer FROM form_submission s, n";
    static constexpr store::Query fill{"test.fill", many, many};
    auto const form = put_online(definition());
    send(plan(form, page_of(form), a_message("The first one"), {"links"}));
    store().write_now([&](store::Tx& tx) { tx.exec(fill); });
    auto const try_it = [&](std::vector<std::string> reasons) {
        auto const planned =
            plan(form, page_of(form), a_message("One more than there is room for"), std::move(reasons));
        return store().write_now([&](store::Tx& tx) { return submit(tx, *forms_, planned); });
    };
    auto const no = try_it({"links"});
    ASSERT_FALSE(no);
    EXPECT_EQ(no.error().code, "too_many_held");
    EXPECT_THAT(submissions(form.id, SubmissionState::entered), IsEmpty());
    EXPECT_TRUE(try_it({})) << "what is not suspicious is taken";
}

TEST_P(WebForms, FilesAreShownToTheAntivirusOnceTheyCanBeFetched) {
    auto wanted = definition();
    wanted.fields.push_back(field("photo", FormFieldKind::file));
    auto const form = put_online(wanted);
    auto what = a_message();
    what.files.push_back({"f.photo", "plan.pdf", "%PDF-1.4\nevil"});
    conversation::Scanner scanner(store(), office(), [](ByteView bytes) -> Expected<conversation::AttachmentScan> {
        bool const evil = bytes.find("evil") != ByteView::npos;
        return conversation::AttachmentScan{
            evil ? conversation::ScanFinding::infected : conversation::ScanFinding::clean, "Evil", {}};
    });
    send(plan(form, page_of(form), what, {"links"}));
    EXPECT_EQ(scanner.step(), 0U) << "what is held is given to nobody";
    auto const held = submissions(form.id, SubmissionState::held).at(0).id;
    auto const prepared =
        store().read_now([&](store::Reader& reader) { return prepare_release(reader, *forms_, held, now()).value(); });
    store().write_now([&](store::Tx& tx) { return release(tx, *forms_, act(), *prepared).has_value(); });
    EXPECT_EQ(scanner.step(), 1U);
    EXPECT_EQ(newest().attachments.at(0).scan->finding, conversation::ScanFinding::infected);
}

RAPPORT_ON_BOTH_ENGINES(WebForms);

}  // namespace
}  // namespace rapport::forms
