// Definitions: looking into them, and what is wrong with them.
#include "forms/definition.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "people/teams.hpp"

namespace rapport::forms {
namespace {

using conversation::FieldKind;

constexpr std::size_t most_definition = 256 * 1024;  // octets as JSON
constexpr std::int64_t longest_short = 500, longest_long = 20'000;

std::unexpected<Error> wrong(std::string pointer, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

bool is_key(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

// What stands with every submission beside its fields, under a name and at a place of its own.
bool is_taken(std::string_view key) { return key == "consent" || key == "question" || key == "reference"; }

bool is_text(FormFieldKind kind) { return kind == FormFieldKind::short_text || kind == FormFieldKind::long_text; }
bool chooses(FormFieldKind kind) { return kind == FormFieldKind::choice || kind == FormFieldKind::choices; }

// Whether answers of that kind can be values of the conversation's field.
bool fits(FormFieldKind from, FieldKind to) {
    switch (to) {
        case FieldKind::text:
            return from != FormFieldKind::file && from != FormFieldKind::long_text;
        case FieldKind::number:
            return from == FormFieldKind::number;
        case FieldKind::date:
            return from == FormFieldKind::date;
        case FieldKind::choice:
            return from == FormFieldKind::choice;
        case FieldKind::yes_no:
            return from == FormFieldKind::checkbox;
    }
    return false;
}

class Check {
  public:
    Check(store::Reader& reader, FormDefinition const& definition) : reader_(reader), definition_(definition) {}

    std::vector<FormFinding> all() {
        frame();
        for (std::size_t i = 0; i < definition_.fields.size(); ++i)
            field(definition_.fields[i], "/fields/" + std::to_string(i));
        uses();
        rules();
        return std::move(found_);
    }

  private:
    void find(std::string pointer, std::string rule, std::string fix) {
        found_.push_back({std::move(pointer), std::move(rule), std::move(fix)});
    }

    bool is_said(FormWords const& words) const {
        auto const found = words.find(to_text(main_locale(definition_)));
        return found != words.end() && !trimmed(found->second.value).empty();
    }

    void frame() {
        if (definition_.locales.empty()) find("/locales", "names at least one language", "choose the form's language");
        if (!is_said(definition_.title)) find("/title", "is said in the form's first language", "write it");
        if (definition_.fields.empty()) find("/fields", "has at least one field", "add one");
        auto const mailboxes = conversation::list_mailboxes(reader_);
        auto const mailbox = std::ranges::find(mailboxes, definition_.mailbox, &conversation::MailboxView::id);
        if (mailbox == mailboxes.end() || mailbox->retired)
            find("/mailbox", "must be a mailbox that is in use", "choose another one");
        team(definition_.team, "/team");
        if (definition_.consent && !is_said(definition_.consent->text))
            find("/consent/text", "is said in the form's first language", "write it, or ask for no consent");
        if (definition_.redirect && !definition_.redirect->value.empty() && !is_redirect(definition_.redirect->value))
            find("/redirect", "an address that begins with https://", "write the whole address, or leave it empty");
        for (std::size_t i = 0; i < definition_.origins.size(); ++i)
            if (!is_origin(definition_.origins[i]))
                find("/origins/" + std::to_string(i), "scheme, host and port alone, in lower case",
                     "write it like https://shop.example");
        if (definition_.confirm.value_or(false) && !field_used_as(definition_, FormFieldUse::sender_email))
            find("/confirm", "goes with a field for the sender's e-mail address", "add one, or send no letter");
        if (auto const& guard = definition_.guard) {
            if (guard->least_seconds && (*guard->least_seconds < 0 || *guard->least_seconds > 60))
                find("/guard/least_seconds", "from 0 to 60", "choose a shorter time");
            if (guard->most_links && (*guard->most_links < 0 || *guard->most_links > 100))
                find("/guard/most_links", "from 0 to 100", "choose another number");
        }
    }

    void team(std::optional<TeamId> const& id, std::string pointer) {
        if (!id) return;
        auto const team = people::find_team(reader_, *id);
        if (!team || team->retired) find(std::move(pointer), "must be a team that is in use", "choose another one");
    }

    void field(FormField const& field, std::string const& at) {
        if (!is_said(field.label)) find(at + "/label", "is said in the form's first language", "write it");
        auto const longest = field.kind == FormFieldKind::long_text ? longest_long : longest_short;
        auto const low = field.min_length.value_or(0), high = field.max_length.value_or(longest);
        if (is_text(field.kind) && (low < 0 || high < 1 || low > high || high > longest))
            find(at + "/max_length", "from 1 to " + std::to_string(longest) + ", and no less than the least",
                 "choose other lengths");
        if (field.least && field.most && *field.least > *field.most)
            find(at + "/most", "no less than the least", "choose other bounds");
        if (field.pattern && field.kind != FormFieldKind::short_text)
            find(at + "/pattern", "goes with a short text alone", "leave it out");
        if (chooses(field.kind)) choices(field, at);
        if (field.kind == FormFieldKind::file && (most_files_of(field) < 1 || most_files_of(field) > most_files ||
                                                  most_mb_of(field) < 1 || most_mb_of(field) > most_file_mb))
            find(
                at + "/max_files",
                "from 1 to " + std::to_string(most_files) + " files of at most " + std::to_string(most_file_mb) + " MB",
                "choose other limits");
        if (field.fills) fills(field, at);
    }

    void choices(FormField const& field, std::string const& at) {
        if (field.choices.empty()) find(at + "/choices", "has at least one choice", "add one");
        std::set<std::string> values;
        for (std::size_t i = 0; i < field.choices.size(); ++i) {
            auto const& one = field.choices[i];
            auto const place = at + "/choices/" + std::to_string(i);
            if (!values.insert(one.value.value).second) find(place + "/value", "stands there once", "take another one");
            if (!is_said(one.label)) find(place + "/label", "is said in the form's first language", "write it");
        }
    }

    void fills(FormField const& field, std::string const& at) {
        auto const fields = conversation::list_fields(reader_);
        auto const found = std::ranges::find(fields, field.fills->value, &conversation::FieldView::key);
        if (found == fields.end() || found->retired)
            return find(at + "/fills", "must be the key of a field of conversations", "choose another one");
        if (!fits(field.kind, found->kind))
            return find(at + "/fills", "must be a field of the same kind", "choose another one");
        if (found->kind != FieldKind::choice) return;
        for (auto const& one : field.choices)
            if (std::ranges::find(found->choices, one.value.value) == found->choices.end())
                find(at + "/fills", "every choice must be one of the field's", "use the values of " + found->name);
    }

    void uses() {
        for (auto const use :
             {FormFieldUse::sender_name, FormFieldUse::sender_email, FormFieldUse::subject, FormFieldUse::message}) {
            std::size_t count = 0;
            for (std::size_t i = 0; i < definition_.fields.size(); ++i) {
                auto const& field = definition_.fields[i];
                if (field.use != use) continue;
                auto const at = "/fields/" + std::to_string(i) + "/use";
                if (++count > 1) find(at, "stands at one field", "choose one of them");
                bool const good = use == FormFieldUse::sender_email ? field.kind == FormFieldKind::email
                                  : use == FormFieldUse::message
                                      ? is_text(field.kind)
                                      : field.kind == FormFieldKind::short_text || field.kind == FormFieldKind::choice;
                if (!good) find(at, "goes with a field of another kind", "change the kind, or the use");
            }
        }
    }

    void rules() {
        auto const labels = conversation::list_labels(reader_);
        for (std::size_t i = 0; i < definition_.rules.size(); ++i) {
            auto const& rule = definition_.rules[i];
            auto const at = "/rules/" + std::to_string(i);
            auto const* field = field_named(definition_, rule.field.value);
            if (!field) find(at + "/field", "must be a field of the form", "choose another one");
            bool const compares = rule.test != FormRuleTest::filled && rule.test != FormRuleTest::empty;
            if (compares && (!rule.value || rule.value->value.empty()))
                find(at + "/value", "is needed to compare with", "write it");
            if (!rule.team && !rule.priority && !rule.label)
                find(at, "does something", "choose a team, a priority or a label");
            team(rule.team, at + "/team");
            if (rule.label && std::ranges::find(labels, *rule.label, &conversation::LabelView::id) == labels.end())
                find(at + "/label", "must be a label", "choose another one");
        }
    }

    store::Reader& reader_;
    FormDefinition const& definition_;
    std::vector<FormFinding> found_;
};

FormWords said(std::initializer_list<std::pair<char const*, char const*>> words) {
    FormWords out;
    for (auto const& [locale, text] : words) out[locale] = {text};
    return out;
}

bool is_host_safe(std::string_view rest) {
    return !rest.empty() && rest.find_first_of(" \t\r\n*\"'<>;,\\") == rest.npos && is_plain_text(rest);
}

}  // namespace

std::string words_in(FormWords const& words, Locale locale, FormDefinition const& of) {
    for (auto const& language : {to_text(locale), to_text(main_locale(of))})
        if (auto const found = words.find(language); found != words.end() && !trimmed(found->second.value).empty())
            return found->second.value;
    for (auto const& [language, text] : words)
        if (!trimmed(text.value).empty()) return text.value;
    return {};
}

Locale main_locale(FormDefinition const& definition) {
    return definition.locales.empty() ? Locale::en : definition.locales.front();
}

bool speaks(FormDefinition const& definition, Locale locale) {
    return std::ranges::find(definition.locales, locale) != definition.locales.end();
}

FormField const* field_named(FormDefinition const& definition, std::string_view key) {
    for (auto const& field : definition.fields)
        if (field.key.value == key) return &field;
    return nullptr;
}

FormField const* field_used_as(FormDefinition const& definition, FormFieldUse use) {
    for (auto const& field : definition.fields)
        if (field.use == use) return &field;
    return nullptr;
}

std::int64_t most_files_of(FormField const& field) { return field.max_files.value_or(1); }
std::int64_t most_mb_of(FormField const& field) { return field.max_mb.value_or(5); }

bool is_slug(std::string_view text) {
    return !text.empty() && text.size() <= 60 && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(text,
                               [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_origin(std::string_view text) {
    auto const scheme = text.find("://");
    if (scheme == text.npos || text.size() > 300) return false;
    auto const rest = text.substr(scheme + 3);
    bool const known = text.starts_with("https://") || text.starts_with("http://");
    return known && is_host_safe(rest) && rest.find_first_of("/?#@") == rest.npos && ascii_lower(text) == text;
}

bool is_redirect(std::string_view text) {
    if (!text.starts_with("https://") || text.size() > 500) return false;
    auto const rest = text.substr(8);
    auto const host = rest.substr(0, rest.find_first_of("/?#"));
    return is_host_safe(rest) && !host.empty() && host.find('@') == host.npos;
}

Expected<> check_draft(FormDefinition const& definition) {
    if (json::encode(definition).size() > most_definition)
        return wrong("", "at most 256 KiB of words", "make two forms of it");
    if (definition.locales.size() > 6) return wrong("/locales", "every language once", "leave some out");
    if (std::set(definition.locales.begin(), definition.locales.end()).size() != definition.locales.size())
        return wrong("/locales", "every language once", "leave some out");
    if (definition.fields.size() > most_fields)
        return wrong("/fields", "at most " + std::to_string(most_fields), "leave some out");
    if (definition.rules.size() > most_rules)
        return wrong("/rules", "at most " + std::to_string(most_rules), "leave some out");
    if (definition.origins.size() > most_origins)
        return wrong("/origins", "at most " + std::to_string(most_origins), "leave some out");
    std::set<std::string> keys;
    std::size_t parts = 0;
    for (std::size_t i = 0; i < definition.fields.size(); ++i) {
        auto const& field = definition.fields[i];
        auto const at = "/fields/" + std::to_string(i);
        if (!is_key(field.key.value)) return wrong(at + "/key", "small letters, digits and _", "rename it");
        if (is_taken(field.key.value)) return wrong(at + "/key", "not consent, question or reference", "rename it");
        if (!keys.insert(field.key.value).second) return wrong(at + "/key", "stands there once", "rename one of them");
        if (field.choices.size() > most_choices)
            return wrong(at + "/choices", "at most " + std::to_string(most_choices), "leave some out");
        parts += field.kind == FormFieldKind::choices ? field.choices.size()
                 : field.kind == FormFieldKind::file
                     ? static_cast<std::size_t>(std::clamp<std::int64_t>(most_files_of(field), 1, most_files))
                     : 1;
    }
    if (parts > most_parts)
        return wrong("/fields", "at most " + std::to_string(most_parts) + " answers, ticks and files together",
                     "make two forms of it");
    return {};
}

std::vector<FormFinding> check_definition(store::Reader& reader, FormDefinition const& definition) {
    return Check(reader, definition).all();
}

FormDefinition starter(MailboxId mailbox, Locale locale, std::string_view name) {
    FormDefinition made;
    made.locales = {locale};
    made.mailbox = mailbox;
    made.title[to_text(locale)] = {std::string(name)};
    made.confirm = true;
    // clang-format off
    FormField who{{"name"}, FormFieldKind::short_text, said({{"en", "Your name"}, {"it", "Nome e cognome"}, {"th", "ชื่อของคุณ"}, {"ja", "お名前"}, {"ko", "성함"}, {"fa", "نام شما"}}), {}, {}, true, {}, {}, {}, {}, {}, {}, {}, {}, {}, FormFieldUse::sender_name, {}};
    FormField address{{"email"}, FormFieldKind::email, said({{"en", "Your e-mail address"}, {"it", "Indirizzo e-mail"}, {"th", "อีเมลของคุณ"}, {"ja", "メールアドレス"}, {"ko", "이메일 주소"}, {"fa", "نشانی ایمیل شما"}}), {}, {}, true, {}, {}, {}, {}, {}, {}, {}, {}, {}, FormFieldUse::sender_email, {}};
    FormField message{{"message"}, FormFieldKind::long_text, said({{"en", "Your message"}, {"it", "Messaggio"}, {"th", "ข้อความ"}, {"ja", "お問い合わせ内容"}, {"ko", "문의 내용"}, {"fa", "پیام شما"}}), {}, {}, true, {}, {}, {}, {}, {}, {}, {}, {}, {}, FormFieldUse::message, {}};
    // clang-format on
    made.fields = {std::move(who), std::move(address), std::move(message)};
    return made;
}

}  // namespace rapport::forms
