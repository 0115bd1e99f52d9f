// What is typed, what is guarded, what is drawn: pure.
#include <gmock/gmock.h>

#include "base/crypto.hpp"
#include "forms/page.hpp"

namespace rapport::forms {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Time const noon = *time_from_text("2026-11-22T12:00:00Z");

FormField field(FormFieldKind kind, bool required = false) {
    FormField made;
    made.key = {"x"};
    made.kind = kind;
    made.label["en"] = {"X"};
    made.required = required;
    return made;
}
FormDefinition of(FormField one) {
    FormDefinition made;
    made.locales = {Locale::en};
    made.title["en"] = {"Contact"};
    made.fields = {std::move(one)};
    return made;
}
Typed says(std::string value) {
    Typed out;
    out.values.emplace("f.x", std::move(value));
    return out;
}
std::string outcome(FormField const& one, std::string value) {
    auto const answers = read_answers(of(one), says(std::move(value)));
    return answers.troubles.empty() ? answers.value("x") : "!" + answers.troubles[0].message + answers.troubles[0].n;
}

TEST(Answers, EveryKindHasItsRule) {
    EXPECT_EQ(outcome(field(FormFieldKind::email), " Ada@Example.ORG "), "Ada@example.org");
    EXPECT_EQ(outcome(field(FormFieldKind::email), "ada@"), "!email");
    EXPECT_EQ(outcome(field(FormFieldKind::phone), "+39 (06) 555-0142"), "+39 (06) 555-0142");
    EXPECT_EQ(outcome(field(FormFieldKind::phone), "12"), "!phone");
    EXPECT_EQ(outcome(field(FormFieldKind::number), "۱۲,۵"), "12.5");
    EXPECT_EQ(outcome(field(FormFieldKind::number), "1e9999"), "!number");
    EXPECT_EQ(outcome(field(FormFieldKind::date), "2026-02-30"), "!date");
    EXPECT_EQ(outcome(field(FormFieldKind::date), "๒๐๒๖-01-31"), "2026-01-31");
    EXPECT_EQ(outcome(field(FormFieldKind::short_text, true), "  "), "!required");
    EXPECT_EQ(outcome(field(FormFieldKind::short_text), "a\r\nb"), "!one_line");
    EXPECT_EQ(outcome(field(FormFieldKind::long_text), "a\r\nb"), "a\nb");
    EXPECT_EQ(outcome(field(FormFieldKind::short_text), std::string("a\0b", 3)), "!characters");
    EXPECT_EQ(outcome(field(FormFieldKind::checkbox), "maybe"), "!tick");
    auto bounded = field(FormFieldKind::number);
    bounded.least = 1;
    bounded.most = 10;
    EXPECT_EQ(outcome(bounded, "0"), "!least1");
    EXPECT_EQ(outcome(bounded, "11"), "!most10");
    auto exact = field(FormFieldKind::short_text);
    exact.min_length = 2;
    exact.max_length = 3;
    EXPECT_EQ(outcome(exact, "日本語"), "日本語") << "characters, not octets";
    EXPECT_EQ(outcome(exact, "abcd"), "!too_long3");
    EXPECT_EQ(outcome(exact, "a"), "!too_short2");
}

TEST(Answers, PatternsAreNamedAndExact) {
    auto one = field(FormFieldKind::short_text);
    one.pattern = FormPattern::iban;
    EXPECT_EQ(outcome(one, "GB82 WEST 1234 5698 7654 32"), "GB82 WEST 1234 5698 7654 32");
    EXPECT_EQ(outcome(one, "GB82 WEST 1234 5698 7654 33"), "!pattern_iban");
    one.pattern = FormPattern::digits;
    EXPECT_EQ(outcome(one, "٤٧١١"), "4711");
    EXPECT_EQ(outcome(one, "47-11"), "!pattern_digits");
    one.pattern = FormPattern::letters;
    EXPECT_EQ(outcome(one, "حسین کریمی"), "حسین کریمی");
    EXPECT_EQ(outcome(one, "R2D2"), "!pattern_letters");
}

TEST(Answers, ChoicesAreThoseOfTheFormEachOnce) {
    auto one = field(FormFieldKind::choices, true);
    for (auto const* value : {"a", "b", "c"}) {
        FormChoice choice;
        choice.value = {value};
        one.choices.push_back(choice);
    }
    Typed typed;
    for (auto const* value : {"c", "a", "a"}) typed.values.emplace("f.x", value);
    EXPECT_THAT(read_answers(of(one), typed).values.at("x"), ElementsAre("a", "c"));
    EXPECT_EQ(outcome(one, "admin"), "!choice") << "a forged one";
    EXPECT_EQ(read_answers(of(one), Typed{}).troubles.at(0).message, "choose");
}

TEST(Answers, FilesAreTakenByTheirContent) {
    auto one = field(FormFieldKind::file);
    one.file_types = {FormFileGroup::pdf};
    auto const with = [&](FormField const& asked, std::string_view name, std::string_view bytes,
                          std::size_t times = 1) {
        Typed typed;
        for (std::size_t i = 0; i < times; ++i) typed.files.push_back({"f.x", std::string(name), bytes});
        auto const answers = read_answers(of(asked), typed);
        return answers.troubles.empty() ? "" : answers.troubles[0].message;
    };
    EXPECT_EQ(with(one, "a.pdf", "%PDF-1.4\n"), "");
    EXPECT_EQ(with(one, "a.pdf", "MZ\x90 not a pdf"), "file_type");
    EXPECT_EQ(with(one, "a.pdf", "%PDF-1.4\n", 2), "file_count");
    one.file_types.clear();
    EXPECT_EQ(with(one, "x.html", "<!doctype html><html><script>alert(1)</script>"), "file_type");
    std::string const large((5 << 20) + 1, 'a');
    EXPECT_EQ(with(one, "x.txt", large), "file_size");
}

TEST(Answers, TenThousandFieldsCostLittleAndChangeNothing) {
    std::string body = "f.x=yes&";
    for (int i = 0; i < 10'000; ++i) body += "f.x" + std::to_string(i) + "=1&";
    auto const typed = read_typed("application/x-www-form-urlencoded", "", body);
    ASSERT_TRUE(typed);
    EXPECT_THAT(read_answers(of(field(FormFieldKind::short_text)), *typed).values, SizeIs(1));
    std::string parts;
    for (int i = 0; i < 200; ++i) parts += "--b\r\nContent-Disposition: form-data; name=\"f.x\"\r\n\r\n1\r\n";
    EXPECT_FALSE(read_typed("multipart/form-data", "multipart/form-data; boundary=b", parts + "--b--\r\n"));
}

TEST(Guard, ATokenIsOfOneFormAndOneDay) {
    auto const key = random_key();
    auto const definition = of(field(FormFieldKind::short_text));
    auto const token = new_token(FormId{7}, 3, definition, noon);
    auto const text = sign(token, key);
    auto const read = read_token(text, FormId{7}, key, noon + 1h);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, token.key);
    EXPECT_EQ(read->number, 3);
    EXPECT_EQ(read_token(text, FormId{8}, key, noon).error().code, "page_refused");
    EXPECT_EQ(read_token(text, FormId{7}, random_key(), noon).error().code, "page_refused");
    EXPECT_EQ(read_token(text, FormId{7}, key, noon + 25h).error().code, "page_expired");
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto forged = text;
        forged[i] = forged[i] == 'x' ? 'y' : 'x';
        EXPECT_FALSE(read_token(forged, FormId{7}, key, noon)) << i;
    }
    EXPECT_FALSE(read_token(std::string(10'000, '.'), FormId{7}, key, noon));
}

TEST(Guard, WorkIsCountedAndTheSumIsTakenInAnyDigits) {
    std::string const token = "token";
    int tries = 0;
    while (!is_work(token, std::to_string(tries), 10)) ++tries;
    EXPECT_TRUE(is_work(token, std::to_string(tries), 10));
    EXPECT_FALSE(is_work("other", std::to_string(tries), 14));
    EXPECT_FALSE(is_work(token, "", 0)) << "nothing is no work";
    PageToken page;
    page.a = 7;
    page.b = 5;
    EXPECT_TRUE(is_sum(page, " ۱۲ "));
    EXPECT_TRUE(is_sum(page, "１２"));
    EXPECT_FALSE(is_sum(page, "13"));
    EXPECT_FALSE(is_sum(page, ""));
}

TEST(Guard, SuspicionsHaveNames) {
    auto const definition = of(field(FormFieldKind::long_text));
    auto token = new_token(FormId{1}, 1, definition, noon);
    auto typed = says("Look: http://a.test https://b.test www.c.test [url=http://d.test]");
    typed.values.emplace(std::string(trap_name), "http://spam.test");
    auto const answers = read_answers(definition, typed);
    EXPECT_THAT(suspicions(definition, token, typed, answers, noon + 1s), ElementsAre("honeypot", "too_fast", "links"));
    auto const plain = says("My meter is broken: see https://photos.example/1");
    EXPECT_THAT(suspicions(definition, token, plain, read_answers(definition, plain), noon + 4s), IsEmpty());
    EXPECT_EQ(count_links("https://www.a.test"), 1U);
}

TEST(Guard, ReferencesAreReadable) {
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(is_reference(new_reference()));
    EXPECT_FALSE(is_reference("<b>O0I1</b>"));
    EXPECT_FALSE(is_reference("ABCD-EFG0"));
}

TEST(Pages, EverythingThatPeopleWroteIsText) {
    std::string const bad = "\"><script>alert('x')</script><img src=x onerror=alert(1)>";
    auto definition = of(field(FormFieldKind::long_text));
    for (auto* words : {&definition.title, &definition.intro, &definition.button, &definition.fields[0].label,
                        &definition.fields[0].help, &definition.fields[0].placeholder})
        (*words)["en"] = {bad};
    definition.consent = FormConsent{{{"en", {bad}}}, {}};
    auto choice = field(FormFieldKind::choice);
    choice.key = {"y"};
    choice.choices.resize(1);
    choice.choices[0].value = {"v\"><script>"};
    choice.choices[0].label["en"] = {bad};
    definition.fields.push_back(choice);
    auto typed = says(bad);
    typed.values.emplace("question", bad);
    FormPage page{"contact", definition, Locale::en, bad};
    page.typed = &typed;
    page.drawn.work = 1;
    page.troubles = {{"x", "too_long", bad}, {"y", "choice"}, {"question", "question"}};
    auto const drawn = form_page(page);
    auto const html = std::get<std::string>(drawn.body);
    EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(html, Not(HasSubstr("<img")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, HasSubstr("href=\"#i-x\"")) << "errors lead to their fields";
    EXPECT_THAT(html, HasSubstr("aria-invalid=\"true\""));
    EXPECT_THAT(drawn.csp, HasSubstr("default-src 'none'"));
    EXPECT_THAT(drawn.csp, HasSubstr("frame-ancestors 'none'"));
    definition.title["en"] = {"T"};
    auto const script = embed_script(of(field(FormFieldKind::email)), "contact", Locale::en);
    EXPECT_THAT(std::get<std::string>(script.body), HasSubstr("\"contact\""));
}

TEST(Pages, OnlyOriginsThatAreNamedMayCarryAForm) {
    auto definition = of(field(FormFieldKind::email));
    definition.origins = {"https://shop.example", "https://bad.example; script-src *"};
    FormPage const page{"contact", definition, Locale::en, "Ours"};
    EXPECT_THAT(form_page(page).csp, HasSubstr("frame-ancestors 'self' https://shop.example"));
    EXPECT_THAT(form_page(page).csp, Not(HasSubstr("bad.example")));
    EXPECT_FALSE(is_redirect("https://user@evil.test/"));
    EXPECT_FALSE(is_redirect("https://a.test;/x"));
    EXPECT_TRUE(is_redirect("https://shop.example/thanks?from=form"));
}

TEST(Pages, TheReadersLanguageComesFirstThenTheForms) {
    auto definition = of(field(FormFieldKind::email));
    definition.locales = {Locale::it, Locale::fa};
    EXPECT_EQ(locale_for(definition, {}, "fa-IR,fa;q=0.9,en;q=0.8"), Locale::fa);
    EXPECT_EQ(locale_for(definition, {}, "ja,en"), Locale::it);
    EXPECT_EQ(locale_for(definition, "fa", "it"), Locale::fa);
    EXPECT_EQ(locale_for(definition, "ja", ""), Locale::it);
    FormPage const page{"contact", definition, Locale::fa, "Ours"};
    auto const html = std::get<std::string>(form_page(page).body);
    EXPECT_THAT(html, HasSubstr("<html lang=\"fa\" dir=\"rtl\">"));
    EXPECT_THAT(html, HasSubstr("href=\"/f/contact?lang=it\""));
}

TEST(Pages, NumbersAreWrittenAsTheLanguageWritesThem) {
    auto definition = of(field(FormFieldKind::file));
    definition.locales = {Locale::fa, Locale::en};
    auto const drawn = [&](Locale locale, std::string message, std::string n) {
        FormPage page{"contact", definition, locale, "Ours"};
        page.troubles = {{"x", std::move(message), std::move(n)}};
        return std::get<std::string>(form_page(page).body);
    };
    // clang-format off
    EXPECT_THAT(drawn(Locale::fa, "file_size", "10"), HasSubstr("۱۰ مگابایت"));
    EXPECT_THAT(drawn(Locale::fa, "file_size", "10"), HasSubstr("۱ پرونده، هر کدام تا ۵ مگابایت"));
    EXPECT_THAT(drawn(Locale::fa, "least", "-1.5"), HasSubstr("‎-۱٫۵"));
    // clang-format on
    EXPECT_THAT(drawn(Locale::fa, "file_type", "MP3"), HasSubstr("MP3"));
    EXPECT_THAT(drawn(Locale::en, "file_size", "10"), HasSubstr("larger than 10 MB"));
}

TEST(Pages, EveryLanguageSaysEverything) {
    for (auto const locale : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa})
        for (auto const* key : {"e_required", "e_pattern_iban", "done_title", "large_lead", "letter_text", "often",
                                "unavailable", "expired", "preview", "e_file_type", "broken_title", "closed_lead"})
            EXPECT_FALSE(say(locale, key).empty()) << to_text(locale) << ' ' << key;
    EXPECT_EQ(say(Locale::en, "e_too_long", {{"n", "{n}"}}), "Please write at most {n} characters.");
}

}  // namespace
}  // namespace rapport::forms
