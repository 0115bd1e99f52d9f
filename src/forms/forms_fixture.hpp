// For tests: the module above conversations, a form, and what visitors type into it.
#pragma once

#include "conversation/conversation_fixture.hpp"
#include "forms/page.hpp"
#include "forms/sql.hpp"
#include "forms/submit.hpp"

namespace rapport::forms {

class FormsTest : public conversation::ConversationTest {
  protected:
    FormsTest() : ConversationTest(sql::migrations) {}
    ~FormsTest() override { forms_.reset(); }

    void SetUp() override {
        ConversationTest::SetUp();
        forms_ = std::make_unique<Forms>(*module_, "Example Utilities", "https://ours.test");
    }
    void TearDown() override {
        EXPECT_THAT(form_faults(), testing::IsEmpty());
        ConversationTest::TearDown();
        forms_.reset();
    }

    std::vector<std::string> form_faults() {
        std::vector<std::string> found;
        store().read_now([&](store::Reader& reader) {
            check_forms(reader, office(),
                        [&](conversation::Finding const& f) { found.push_back(f.subject + ' ' + f.text); });
            return true;
        });
        return found;
    }

    static FormField field(std::string key, FormFieldKind kind, bool required = false) {
        FormField made;
        made.key = {std::move(key)};
        made.kind = kind;
        made.label["en"] = {"Label of " + made.key.value};
        made.required = required;
        return made;
    }
    static FormChoice choice(std::string value, std::string label) {
        FormChoice made;
        made.value = {std::move(value)};
        made.label["en"] = {std::move(label)};
        return made;
    }
    FormDefinition definition() {
        auto made = starter(box_, Locale::en, "Contact");
        auto topic = field("topic", FormFieldKind::choice);
        topic.choices = {choice("bill", "A bill"), choice("meter", "A meter")};
        made.fields.push_back(std::move(topic));
        return made;
    }
    FormView create(FormDefinition wanted, std::string slug = "contact") {
        NewForm form;
        form.name = {"Contact form"};
        form.slug = {std::move(slug)};
        form.mailbox = box_;
        form.definition = std::move(wanted);
        return store().write_now([&](store::Tx& tx) { return create_form(tx, *forms_, act(), form).value(); });
    }
    FormView put_online(FormDefinition wanted, std::string slug = "contact") {
        auto const made = create(std::move(wanted), std::move(slug));
        return store().write_now(
            [&](store::Tx& tx) { return publish(tx, *forms_, act(), made.id, made.version).value(); });
    }

    // What somebody types; "f." stands before every name.
    static Typed typed(std::initializer_list<std::pair<std::string, std::string>> values) {
        Typed out;
        for (auto const& [name, value] : values) out.values.emplace("f." + name, value);
        return out;
    }
    static Typed a_message(std::string text = "The meter in the cellar shows nothing at all since Monday.") {
        return typed({{"name", "Ada"}, {"email", "ada@example.org"}, {"message", std::move(text)}, {"topic", "meter"}});
    }
    PageToken page_of(FormView const& form) {
        auto token = new_token(form.id, form.number, form.definition, now());
        advance(std::chrono::seconds(20));
        return token;
    }
    Submission plan(FormView const& form, PageToken const& token, Typed const& what,
                    std::vector<std::string> reasons = {}) {
        auto const answers = read_answers(form.definition, what);
        EXPECT_THAT(answers.troubles, testing::IsEmpty());
        auto const row =
            store().read_now([&](store::Reader& reader) { return *reader.one<FormRow>(sql::find_form, form.id); });
        auto made = plan_submission(*forms_, row, form.definition, token, answers, Locale::en, now());
        made.reasons = std::move(reasons);
        made.may_confirm = true;
        prepare(*forms_, made);
        return made;
    }
    Submitted send(Submission const& submission) {
        return store().write_now([&](store::Tx& tx) { return submit(tx, *forms_, submission).value(); });
    }
    std::vector<SubmissionView> submissions(FormId id, SubmissionState state) {
        SubmissionQuery query;
        query.state = state;
        return store().read_now(
            [&](store::Reader& reader) { return list_submissions(reader, *forms_, id, query).value().items; });
    }
    std::vector<post::OutboxItem> letters() {
        return store().read_now([](store::Reader& reader) { return post::list_letters(reader, {}, {}, 100); });
    }

    std::unique_ptr<Forms> forms_;
};

}  // namespace rapport::forms
