// Forms and their versions: what agents set.
#include "forms/definition.hpp"

#include "base/text.hpp"
#include "forms/sql.hpp"
#include "people/people.hpp"

namespace rapport::forms {
namespace {

std::unexpected<Error> no_such_form() { return fail(ErrorKind::not_found, "not_found", "There is no such form."); }

std::unexpected<Error> wrong(std::string code, std::string pointer, std::string text, std::string rule, std::string fix,
                             ErrorKind kind = ErrorKind::invalid) {
    return fail(kind, std::move(code), std::move(text), {{std::move(pointer), std::move(rule), std::move(fix)}});
}

std::unexpected<Error> bad_slug() {
    return wrong("invalid_fields", "/slug", "This cannot stand in an address.", "small letters, digits and -",
                 "write it like contact-us");
}

std::unexpected<Error> slug_taken() {
    return wrong("slug_taken", "/slug", "Another form has this address.", "must be unique", "take another one",
                 ErrorKind::conflict);
}

std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "changed_meanwhile",
                "Somebody has changed the form meanwhile. Look at it, and try again.");
}

json::Object object_of(FormDefinition const& definition) { return json::parse(json::encode(definition))->get_object(); }

void tell(store::Tx& tx, Act const& act, FormId id, std::string_view kind, json::Object data = {}) {
    tx.publish({.at = act.now,
                .kind = std::string(kind),
                .subject = to_text(id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id,
                .data = std::move(data)});
    people::audit(tx, act, kind, to_text(id));
}

std::int64_t count(store::Reader& reader, FormId id, SubmissionState state) {
    return reader.one<std::int64_t>(sql::count_submissions, id, state).value_or(0);
}

FormSummary summary_of(store::Reader& reader, Forms& forms, FormRow const& row, FormDefinition const& draft) {
    FormSummary out;
    out.id = row.id;
    out.name = row.name;
    out.slug = row.slug;
    out.url = forms.public_url() + "/f/" + row.slug;
    out.state = row.state;
    out.locales = draft.locales;
    out.fields = static_cast<std::int64_t>(draft.fields.size());
    out.submissions =
        count(reader, row.id, SubmissionState::entered) + count(reader, row.id, SubmissionState::released);
    out.held = count(reader, row.id, SubmissionState::held);
    out.number = row.number;
    out.unpublished_changes = row.number > 0 && row.draft_version != row.drafted_number;
    out.created_at = row.created_at;
    out.changed_at = row.changed_at;
    return out;
}

FormView view_of(store::Reader& reader, Forms& forms, FormRow const& row) {
    FormView out;
    out.definition = draft_of(row);
    static_cast<FormSummary&>(out) = summary_of(reader, forms, row, out.definition);
    out.version = row.draft_version;
    out.findings = check_definition(reader, out.definition);
    out.embed_script = "<script src=\"" + out.url + "/embed.js\" async></script>";
    auto const title = words_in(out.definition.title, main_locale(out.definition), out.definition);
    out.embed_frame = "<iframe src=\"" + out.url + "?embed=1\" title=\"" +
                      escape_markup(title.empty() ? row.name : title) +
                      "\" width=\"100%\" height=\"720\" style=\"border:0\"></iframe>";
    return out;
}

Expected<FormView> fresh(store::Reader& reader, Forms& forms, FormId id) { return find_form(reader, forms, id); }

}  // namespace

FormDefinition draft_of(FormRow const& row) {
    auto made = json::decode<FormDefinition>(json::encode(row.draft));
    require(made.has_value(), "a form that was kept can be read");
    return std::move(*made);
}

std::optional<FormDefinition> definition_of(store::Reader& reader, FormId id, std::int64_t number) {
    auto const row = reader.one<VersionRow>(sql::find_version, id, number);
    if (!row) return std::nullopt;
    auto made = json::decode<FormDefinition>(json::encode(row->definition));
    require(made.has_value(), "a form that was published can be read");
    return std::move(*made);
}

Expected<FormView> find_form(store::Reader& reader, Forms& forms, FormId id) {
    auto const row = reader.one<FormRow>(sql::find_form, id);
    if (!row) return no_such_form();
    return view_of(reader, forms, *row);
}

std::vector<FormSummary> list_forms(store::Reader& reader, Forms& forms) {
    std::vector<FormSummary> out;
    for (auto const& row : reader.all<FormRow>(sql::list_forms))
        out.push_back(summary_of(reader, forms, row, draft_of(row)));
    return out;
}

std::vector<FormVersion> list_versions(store::Reader& reader, FormId id) {
    std::vector<FormVersion> out;
    for (auto const& row : reader.all<VersionRow>(sql::list_versions, id))
        out.push_back({row.number, row.published_at, *definition_of(reader, id, row.number)});
    return out;
}

Expected<FormView> create_form(store::Tx& tx, Forms& forms, Act const& act, NewForm const& wanted) {
    if (!is_slug(wanted.slug.value)) return bad_slug();
    if (tx.one<std::int64_t>(sql::count_forms).value_or(0) >= static_cast<std::int64_t>(most_forms))
        return fail(ErrorKind::conflict, "too_many_forms", "There are too many forms already.");
    auto definition = wanted.definition
                          ? *wanted.definition
                          : starter(wanted.mailbox, wanted.locale.value_or(Locale::en), wanted.name.value);
    if (auto const good = check_draft(definition); !good) return fail(good.error());
    auto const id = tx.new_id<FormId>();
    if (tx.changed(sql::insert_form, id, wanted.slug, trimmed(wanted.name.value), object_of(definition), act.now) != 1)
        return slug_taken();
    tell(tx, act, id, "form.created");
    return fresh(tx, forms, id);
}

Expected<FormView> change_form(store::Tx& tx, Forms& forms, Act const& act, FormId id, FormChange const& change) {
    auto row = tx.one<FormRow>(sql::lock_form, id);
    if (!row) return no_such_form();
    if (change.slug && change.slug->value != row->slug) {
        if (!is_slug(change.slug->value)) return bad_slug();
        if (tx.one<FormRow>(sql::form_of_slug, change.slug->value)) return slug_taken();
        row->slug = change.slug->value;
    }
    if (change.name) row->name = trimmed(change.name->value);
    bool const closes = change.closed.value_or(false) && row->state != FormState::closed;
    bool const opens = change.closed && !*change.closed && row->state == FormState::closed;
    if (closes) row->state = FormState::closed;
    if (opens) row->state = row->number > 0 ? FormState::published : FormState::draft;
    tx.exec(sql::change_form, id, row->slug, row->name, row->state, act.now);
    tell(tx, act, id, closes ? "form.closed" : opens ? "form.opened" : "form.changed");
    return fresh(tx, forms, id);
}

Expected<FormView> put_draft(store::Tx& tx, Forms& forms, Act const& act, FormId id, PutFormDraft const& wanted) {
    if (!tx.one<FormRow>(sql::find_form, id)) return no_such_form();
    if (auto const good = check_draft(wanted.definition); !good) return fail(good.error());
    if (tx.changed(sql::save_draft, id, wanted.version, object_of(wanted.definition), act.now) != 1)
        return changed_meanwhile();
    tell(tx, act, id, "form.changed");
    return fresh(tx, forms, id);
}

Expected<FormView> publish(store::Tx& tx, Forms& forms, Act const& act, FormId id, std::int64_t version) {
    auto const row = tx.one<FormRow>(sql::lock_form, id);
    if (!row) return no_such_form();
    auto const definition = draft_of(*row);
    std::vector<FieldError> fields;
    for (auto const& finding : check_definition(tx, definition))
        fields.push_back({"/definition" + finding.pointer, finding.rule, finding.fix});
    if (!fields.empty())
        return fail(ErrorKind::invalid, "form_incomplete", "Something is missing before the form can be published.",
                    std::move(fields));
    if (tx.changed(sql::publish_form, id, version, row->number + 1, act.now) != 1) return changed_meanwhile();
    tx.exec(sql::insert_version, id, row->number + 1, row->draft, act.now);
    tell(tx, act, id, "form.published", {{"number", row->number + 1}});
    return fresh(tx, forms, id);
}

}  // namespace rapport::forms
