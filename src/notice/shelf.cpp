// Compiling versions, keeping them, and drawing letters from them.
#include "notice/shelf.hpp"

#include <mutex>

#include "notice/row.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

constexpr std::size_t most_kept = 2'000;

std::string_view unsubscribe_words(Locale locale) {
    constexpr std::string_view words[] = {
        "Unsubscribe", "Annulla l'iscrizione", "ยกเลิกการรับข่าวสาร", "配信を停止する", "수신 거부", "لغو اشتراک"};
    return words[static_cast<std::size_t>(locale)];
}

// Why a legal notice cannot be unsubscribed from; stands at its foot.
std::string_view legal_words(Locale locale) {
    constexpr std::string_view words[] = {
        "This notice is required by law, or protects your account or contract. It is therefore sent whatever your "
        "preferences are, and cannot be unsubscribed from.",
        "Questa comunicazione è prevista dalla legge o tutela il Suo account o contratto. Viene perciò inviata "
        "indipendentemente dalle Sue preferenze e non è possibile annullarne l'iscrizione.",
        "หนังสือแจ้งนี้เป็นไปตามที่กฎหมายกำหนด หรือเพื่อคุ้มครองบัญชีหรือสัญญาของท่าน จึงจัดส่งโดยไม่ขึ้นกับการตั้งค่าของท่าน "
        "และไม่สามารถยกเลิกการรับได้",
        "このお知らせは、法令の定めによるもの、またはお客様のアカウントやご契約を守るためのものです。"
        "そのため、受信設定にかかわらずお送りしており、配信を停止することはできません。",
        "이 안내는 법령에 따른 것이거나 고객님의 계정 또는 계약을 보호하기 위한 것입니다. 따라서 수신 설정과 관계없이 "
        "발송되며 수신을 거부할 수 없습니다.",
        // clang-format off: it cannot measure lines from right to left
        "این اطلاعیه به حکم قانون یا برای حفاظت از حساب یا قرارداد شما فرستاده می‌شود؛ "
        "از این رو فارغ از تنظیم‌های شما ارسال می‌شود و لغو اشتراک آن ممکن نیست."};
    // clang-format on
    return words[static_cast<std::size_t>(locale)];
}

std::shared_ptr<Version const> compiled(TemplateRow const& row) {
    auto version = std::make_shared<Version>();
    version->id = row.id;
    version->locale = row.locale;
    version->layout = row.layout;
    struct Part {
        std::string const& source;
        templates::Form form;
        templates::Template& out;
    };
    Part const parts[] = {{row.subject, templates::Form::line, version->subject},
                          {row.body, templates::Form::text, version->text},
                          {row.html, templates::Form::html, version->html}};
    for (auto const& part : parts) {
        if (part.form == templates::Form::html && part.source.empty()) continue;
        auto made = templates::Template::compile(part.source, part.form);
        if (!made) return nullptr;
        part.out = std::move(*made);
    }
    return version;
}

class RecipeComposer final : public delivery::Composer {
  public:
    explicit RecipeComposer(std::shared_ptr<Shelf const> shelf) : shelf_(std::move(shelf)) {}

    Expected<Draw> prepare(store::Reader& reader, json::Object const& recipe) const override {
        auto const* id_text = recipe.if_contains("template");
        auto const* zone = recipe.if_contains("zone");
        auto const* data = recipe.if_contains("data");
        auto const* values = recipe.if_contains("values");
        TemplateId id;
        bool const sound = id_text && id_text->is_string() && from_text(std::string_view(id_text->get_string()), id) &&
                           zone && zone->is_string() && data && data->is_object() && values && values->is_object();
        if (!sound) return fail(ErrorKind::unavailable, "recipe_damaged", "The notice's recipe is damaged.");
        auto version = shelf_->version(reader, id);
        if (!version) return fail(version.error());
        return
            [version = *version, inputs = Inputs{std::string(std::string_view(zone->get_string())), data->get_object(),
                                                 values->get_object()}] { return draw(*version, inputs); };
    }

  private:
    std::shared_ptr<Shelf const> shelf_;
};

}  // namespace

std::shared_ptr<Shelf const> make_shelf() { return std::make_shared<Shelf const>(); }
std::shared_ptr<delivery::Composer const> composer_of(std::shared_ptr<Shelf const> shelf) {
    return std::make_shared<RecipeComposer const>(std::move(shelf));
}

json::Object recipe_of(TemplateId version, Inputs const& inputs) {
    return {{"template", to_text(version)}, {"zone", inputs.zone}, {"data", inputs.data}, {"values", inputs.values}};
}

Expected<delivery::Words> draw(Version const& version, Inputs const& inputs) {
    templates::Setting const setting{version.locale, inputs.zone};
    json::Object const* const scopes[] = {&inputs.values, &inputs.data};
    delivery::Words words{version.locale, {}, {}, {}};
    auto subject = version.subject.render(scopes, setting);
    if (!subject) return fail(subject.error());
    auto text = version.text.render(scopes, setting);
    if (!text) return fail(text.error());
    words.subject = std::string(trimmed(*subject));
    words.text = std::move(*text);
    auto const* unsubscribe = inputs.values.if_contains("unsubscribe_url");
    if (unsubscribe && unsubscribe->is_string())
        words.text.append("\n\n")
            .append(unsubscribe_words(version.locale))
            .append(": ")
            .append(std::string_view(unsubscribe->get_string()))
            .append("\n");
    auto const* legal = inputs.values.if_contains("legal");
    bool const is_legal = legal && legal->is_bool() && legal->get_bool();
    if (is_legal) words.text.append("\n\n").append(legal_words(version.locale)).append("\n");
    if (!version.html) return words;
    auto body = version.html.render(scopes, setting);
    if (!body) return fail(body.error());
    json::Object const frame{{"subject", words.subject}, {"unsubscribe", unsubscribe_words(version.locale)}};
    json::Object around = inputs.values;
    for (auto const& [key, value] : frame) around[key] = value;
    if (is_legal) around["footer"] = legal_words(version.locale);
    auto html = templates::lay_out(version.layout, *body, around, version.locale);
    if (!html) return fail(html.error());
    words.html = std::move(*html);
    return words;
}

std::shared_ptr<Version const> Shelf::kept(TemplateId id) const {
    std::shared_lock const lock(mutex_);
    auto const found = versions_.find(id);
    return found == versions_.end() ? nullptr : found->second;
}

std::shared_ptr<Version const> Shelf::keep(TemplateRow const& row) const {
    if (auto known = kept(row.id)) return known;
    auto made = compiled(row);
    if (!made || row.state != TemplateState::published) return made;  // a draft may still change
    std::lock_guard const lock(mutex_);
    if (versions_.size() >= most_kept) versions_.clear();
    versions_[row.id] = made;
    return made;
}

Expected<std::shared_ptr<Version const>> Shelf::version(store::Reader& reader, TemplateId id) const {
    if (auto known = kept(id)) return known;
    auto const row = reader.one<TemplateRow>(sql::find_template, id);
    if (!row) return fail(no_such_template());
    if (auto made = keep(*row)) return made;
    return fail(ErrorKind::unavailable, "template_damaged", "The notice's template can no longer be read.");
}

std::shared_ptr<Version const> Shelf::current(store::Reader& reader, std::string_view kind, Locale locale) const {
    auto row = reader.one<TemplateRow>(sql::current_template, kind, locale);
    if (!row && locale != Locale::en) row = reader.one<TemplateRow>(sql::current_template, kind, Locale::en);
    if (!row) row = reader.one<TemplateRow>(sql::current_templates, kind);
    return row ? keep(*row) : nullptr;
}

}  // namespace rapport::notice
