// The demo's form: three languages, a rule, a consent; one submission that is a conversation, one that is held.
#include "app/demo.hpp"
#include "base/log.hpp"
#include "conversation/wire.hpp"
#include "forms/sql.hpp"
#include "forms/submit.hpp"

namespace rapport::app {
namespace {

using namespace std::chrono_literals;

forms::FormWords said(std::string en, std::string it, std::string fa) {
    return {{"en", {std::move(en)}}, {"it", {std::move(it)}}, {"fa", {std::move(fa)}}};
}

forms::FormDefinition report_a_fault(conversation::MailboxId mailbox) {
    auto made = forms::starter(mailbox, Locale::en, "Report a fault");
    made.locales = {Locale::en, Locale::it, Locale::fa};
    // clang-format off
    made.title = said("Report a fault", "Segnalare un guasto", "گزارش خرابی");
    made.intro = said("If there is danger to life, please call us instead.", "In caso di pericolo, ci chiami.", "اگر خطر جانی هست، لطفاً تلفن بزنید.");
    forms::FormField what;
    what.key = {"what"};
    what.kind = forms::FormFieldKind::choice;
    what.label = said("What is it about?", "Di che cosa si tratta?", "دربارهٔ چیست؟");
    what.required = true;
    what.choices = {{{"water"}, said("Water", "Acqua", "آب")}, {{"power"}, said("Electricity", "Elettricità", "برق")}, {{"gas"}, said("Gas", "Gas", "گاز")}};
    forms::FormField photo;
    photo.key = {"photo"};
    photo.kind = forms::FormFieldKind::file;
    photo.label = said("A photo, if you have one", "Una foto, se c'è", "عکس، اگر دارید");
    photo.file_types = {forms::FormFileGroup::image};
    made.consent = forms::FormConsent{said("You may keep this report for as long as the repair takes.", "Potete conservare questa segnalazione per la durata della riparazione.", "می‌توانید این گزارش را تا پایان تعمیر نگه دارید."), true};
    // clang-format on
    made.fields.insert(made.fields.begin() + 2, std::move(what));
    made.fields.push_back(std::move(photo));
    forms::FormRule gas;
    gas.field = {"what"};
    gas.test = forms::FormRuleTest::is;
    gas.value = Text<0, 200>{"gas"};
    gas.priority = conversation::Priority::urgent;
    made.rules = {gas};
    made.origins = {"https://shop.example.org"};
    made.confirm = false;
    return made;
}

void send(store::Tx& tx, House& house, forms::FormView const& form, std::string_view text, Time now,
          std::vector<std::string> reasons = {}) {
    auto const token = forms::new_token(form.id, form.number, form.definition, now);
    forms::Typed typed;
    for (auto const& [name, value] : {std::pair("f.name", "Bruno Costa"), std::pair("f.email", "bruno@example.com"),
                                      std::pair("f.what", "gas"), std::pair("consent", "yes")})
        typed.values.emplace(name, value);
    typed.values.emplace("f.message", std::string(text));
    auto const answers = forms::read_answers(form.definition, typed);
    auto const row = tx.one<forms::FormRow>(forms::sql::find_form, form.id);
    auto submission = forms::plan_submission(house.forms, *row, form.definition, token, answers, Locale::en, now);
    submission.reasons = std::move(reasons);
    forms::prepare(house.forms, submission);
    if (auto const done = forms::submit(tx, house.forms, submission); !done)
        log::warning("demo_scene_refused", {{"why", done.error().text}});
}

}  // namespace

Task<> tell_forms(House& house) {
    auto const act = people::Act{{ActorKind::system, 0, "demo"}, system_now(), "", ""};
    auto const write = [&](store::Tx& tx) -> Expected<> {
        if (!forms::list_forms(tx, house.forms).empty()) return {};
        auto const mailboxes = conversation::list_mailboxes(tx);
        if (mailboxes.empty()) return {};
        forms::NewForm wanted;
        wanted.name = {"Faults"};
        wanted.slug = {"fault"};
        wanted.mailbox = mailboxes.front().id;
        wanted.definition = report_a_fault(wanted.mailbox);
        auto const made = forms::create_form(tx, house.forms, act, wanted);
        if (!made) return fail(made.error());
        auto const online = forms::publish(tx, house.forms, act, made->id, made->version);
        if (!online) return fail(online.error());
        send(tx, house, *online, "It smells of gas in the stairwell of Via Verdi 12, third floor.", act.now);
        send(tx, house, *online, "Best prices: http://a.example http://b.example http://c.example http://d.example",
             act.now, {"too_fast", "links"});
        return {};
    };
    auto const done = co_await house.store->write(write);
    if (!done) log::warning("demo_scene_refused", {{"why", done.error().text}});
}

}  // namespace rapport::app
