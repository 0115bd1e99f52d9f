// Versions of templates: drafts may change; what is published never does; rolling back publishes an older one anew.
#include <algorithm>
#include <map>

#include "base/crypto.hpp"
#include "notice/kinds.hpp"
#include "notice/sql.hpp"
#include "people/agents.hpp"
#include "post/post.hpp"

namespace rapport::notice {
namespace {

constexpr std::size_t most_versions = 500;    // listed of one kind
constexpr std::size_t most_compared = 2'000;  // lines

Error not_a_draft() {
    return {ErrorKind::conflict,
            "not_a_draft",
            "This version was published: it cannot be changed. Make a new draft.",
            {},
            0};
}

Draft draft_of(TemplateRow const& row) { return {row.subject, row.body, row.html, row.layout}; }

bool is_current(store::Reader& reader, TemplateRow const& row) {
    auto const current = reader.one<TemplateRow>(sql::current_template, row.kind, row.locale);
    return current && current->id == row.id;
}

TemplateSummary summary_of(TemplateRow const& row, bool current) {
    return {row.id,    row.kind, row.locale,      row.number,     row.state,      current,
            row.stock, row.note, row.copied_from, row.created_at, row.changed_at, row.published_at};
}

TemplateView view_of(store::Reader& reader, TemplateRow const& row) {
    return {summary_of(row, is_current(reader, row)), row.subject, row.body, row.html, row.layout};
}

Expected<KindRow> kind_of(store::Reader& reader, std::string_view name) {
    auto kind = find_kind(reader, name);
    if (!kind) return fail(no_such_kind());
    return std::move(*kind);
}

TemplateRow insert(store::Tx& tx, TemplateRow row) {
    row.id = tx.new_id<TemplateId>();
    row.number = tx.one<std::int64_t>(sql::last_number, row.kind, row.locale).value_or(0) + 1;
    row.digest = digest_of(draft_of(row));
    row.changed_at = row.created_at;
    tx.exec(sql::insert_template, row.id, row.kind, row.locale, row.number, row.state, row.stock, row.subject, row.body,
            row.html, row.layout, row.digest, row.note, row.copied_from, row.created_at, row.published_at);
    return row;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty() && lines.size() < most_compared) {
        auto const end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// The longest common subsequence of lines.
std::vector<DiffLine> difference(std::string_view older, std::string_view newer) {
    auto const a = lines_of(older), b = lines_of(newer);
    std::vector<std::vector<std::uint16_t>> common(a.size() + 1, std::vector<std::uint16_t>(b.size() + 1, 0));
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            common[i][j] = a[i] == b[j] ? static_cast<std::uint16_t>(common[i + 1][j + 1] + 1)
                                        : std::max(common[i + 1][j], common[i][j + 1]);
    std::vector<DiffLine> lines;
    std::size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            lines.push_back({"same", a[i++]});
            ++j;
        } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
            lines.push_back({"removed", a[i++]});
        } else {
            lines.push_back({"added", b[j++]});
        }
    }
    return lines;
}

json::Object sample_values(Desk const& desk, KindRow const& kind, std::string_view name) {
    json::Object values{{"organisation", desk.office.settings.organisation}};
    if (!name.empty()) values["name"] = name;
    if (kind.answers)
        for (auto const& [key, answer] :
             {std::pair{"answer_url", ""}, {"confirm_url", "/confirm"}, {"cancel_url", "/cancel"}})
            values[key] = desk.office.settings.public_url + "/n/sample" + answer;
    return values;
}

}  // namespace

Error no_such_template() {
    return {ErrorKind::not_found, "not_found", "There is no such version of a template.", {}, 0};
}

Digest digest_of(Draft const& draft) {
    Sha256 sum;
    for (auto const* part : {&draft.subject, &draft.text, &draft.html, &draft.layout})
        sum.add(std::to_string(part->size()) + ":").add(*part);
    return sum.finish();
}

templates::Schema const& standard_values(bool answers) {
    static constexpr std::string_view common =
        R"("organisation":{"type":"string"},"name":{"type":"string"},"reference":{"type":"string"},)"
        R"("unsubscribe_url":{"type":"string","format":"uri"})";
    static constexpr std::string_view links =
        R"(,"answer_url":{"type":"string","format":"uri"},"confirm_url":{"type":"string","format":"uri"},)"
        R"("cancel_url":{"type":"string","format":"uri"})";
    static auto const make = [](std::string_view more, std::string_view required) {
        auto const text = R"({"type":"object","required":["organisation")" + std::string(required) +
                          R"(],"properties":{)" + std::string(common) + std::string(more) + "}}";
        return templates::Schema::of_program(json::parse(text)->get_object());
    };
    static auto const plain = make("", "");
    static auto const asking = make(links, R"(,"answer_url","confirm_url","cancel_url")");
    return answers ? asking : plain;
}

Expected<std::shared_ptr<Version const>> compiled(Draft const& draft, KindRow const& kind, TemplateId id,
                                                  Locale locale) {
    if (!templates::is_layout(draft.layout)) {
        std::string names;
        for (auto const name : templates::layout_names()) names += (names.empty() ? "" : ", ") + std::string(name);
        return fail(ErrorKind::invalid, "no_layout", "There is no layout of that name.",
                    {{"/layout", "must be one of " + names, "use one of these"}});
    }
    auto const schema = templates::Schema::read(kind.schema);
    if (!schema) return fail(schema.error());
    templates::Schema const* const scopes[] = {&standard_values(kind.answers), &*schema};
    auto made = std::make_shared<Version>(Version{id, locale, draft.layout, {}, {}, {}});
    struct Part {
        std::string const& source;
        templates::Form form;
        std::string pointer;
        templates::Template& out;
    };
    Part const parts[] = {{draft.subject, templates::Form::line, "/subject", made->subject},
                          {draft.text, templates::Form::text, "/text", made->text},
                          {draft.html, templates::Form::html, "/html", made->html}};
    std::vector<FieldError> faults;
    for (auto const& part : parts) {
        if (part.form == templates::Form::html && part.source.empty()) continue;
        auto compiled =
            templates::Template::compile(part.source, part.form, {.trusted = false, .pointer = part.pointer});
        if (!compiled) {
            faults.insert(faults.end(), compiled.error().fields.begin(), compiled.error().fields.end());
            continue;
        }
        for (auto& fault : compiled->check(scopes)) faults.push_back(std::move(fault));
        part.out = std::move(*compiled);
    }
    if (!faults.empty())
        return fail(ErrorKind::invalid, "template_invalid", "The template cannot be used; see fields.",
                    std::move(faults));
    return made;
}

Expected<TemplateView> create_draft(store::Tx& tx, people::Act const& act, NewTemplate const& wanted) {
    auto const kind = kind_of(tx, wanted.kind.value);
    if (!kind) return fail(kind.error());
    TemplateRow row{{},
                    kind->name,
                    wanted.locale,
                    0,
                    TemplateState::draft,
                    false,
                    wanted.subject.value,
                    wanted.text.value,
                    wanted.html ? wanted.html->value : "",
                    wanted.layout ? wanted.layout->value : "letter",
                    {},
                    wanted.note ? std::optional(wanted.note->value) : std::nullopt,
                    wanted.copied_from,
                    act.now,
                    act.now,
                    {}};
    if (auto const good = compiled(draft_of(row), *kind, {}, row.locale); !good) return fail(good.error());
    if (wanted.copied_from && !tx.one<TemplateRow>(sql::find_template, *wanted.copied_from))
        return fail(no_such_template());
    row = insert(tx, std::move(row));
    people::audit(tx, act, "template.drafted", to_text(row.id));
    return view_of(tx, row);
}

Expected<TemplateView> change_draft(store::Tx& tx, people::Act const& act, TemplateId id,
                                    TemplateChange const& change) {
    auto row = tx.one<TemplateRow>(sql::find_template, id);
    if (!row) return fail(no_such_template());
    if (row->state != TemplateState::draft) return fail(not_a_draft());
    auto const kind = kind_of(tx, row->kind);
    if (!kind) return fail(kind.error());
    if (change.subject) row->subject = change.subject->value;
    if (change.text) row->body = change.text->value;
    if (change.html) row->html = change.html->value;
    if (change.layout) row->layout = change.layout->value;
    if (change.note) row->note = change.note->value;
    if (auto const good = compiled(draft_of(*row), *kind, id, row->locale); !good) return fail(good.error());
    row->changed_at = act.now;
    row->digest = digest_of(draft_of(*row));
    if (tx.changed(sql::change_draft, id, row->subject, row->body, row->html, row->layout, row->digest, row->note,
                   act.now) == 0)
        return fail(not_a_draft());
    people::audit(tx, act, "template.changed", to_text(id));
    return view_of(tx, *row);
}

Expected<TemplateView> publish(store::Tx& tx, people::Act const& act, TemplateId id) {
    auto row = tx.one<TemplateRow>(sql::find_template, id);
    if (!row) return fail(no_such_template());
    auto const kind = kind_of(tx, row->kind);
    if (!kind) return fail(kind.error());
    if (auto const good = compiled(draft_of(*row), *kind, id, row->locale); !good) return fail(good.error());
    if (row->state == TemplateState::draft) {
        if (tx.changed(sql::publish_draft, id, act.now) == 0) return fail(not_a_draft());
        row->state = TemplateState::published;
        row->changed_at = act.now;
        row->published_at = act.now;
    } else {  // a version that was published before: rolling back
        row->copied_from = row->id;
        row->note = "version " + std::to_string(row->number) + " again";
        row->stock = false;
        row->created_at = act.now;
        row->published_at = act.now;
        row = insert(tx, std::move(*row));
    }
    people::audit(tx, act, "template.published", to_text(row->id), people::AuditOutcome::done,
                  {{"kind", row->kind}, {"locale", to_text(row->locale)}, {"number", row->number}});
    return view_of(tx, *row);
}

Expected<> drop_draft(store::Tx& tx, people::Act const& act, TemplateId id) {
    auto const row = tx.one<TemplateRow>(sql::find_template, id);
    if (!row) return fail(no_such_template());
    if (tx.changed(sql::drop_draft, id) == 0) return fail(not_a_draft());
    people::audit(tx, act, "template.dropped", to_text(id));
    return {};
}

Expected<TemplateList> list_templates(store::Reader& reader, std::string_view kind, std::optional<Locale> locale) {
    if (!find_kind(reader, kind)) return fail(no_such_kind());
    TemplateList list;
    auto const rows = reader.all<TemplateRow>(sql::list_templates, kind, locale ? to_text(*locale) : "", most_versions);
    std::map<Locale, TemplateId> current;
    for (auto const& row : rows)
        if (!current.contains(row.locale))
            if (auto const found = reader.one<TemplateRow>(sql::current_template, kind, row.locale))
                current[row.locale] = found->id;
    for (auto const& row : rows) {
        auto const found = current.find(row.locale);
        list.items.push_back(summary_of(row, found != current.end() && found->second == row.id));
    }
    return list;
}

Expected<TemplateView> find_template(store::Reader& reader, TemplateId id) {
    auto const row = reader.one<TemplateRow>(sql::find_template, id);
    if (!row) return fail(no_such_template());
    return view_of(reader, *row);
}

Expected<TemplateDiff> compare(store::Reader& reader, TemplateId older, TemplateId newer) {
    auto const a = reader.one<TemplateRow>(sql::find_template, older);
    auto const b = reader.one<TemplateRow>(sql::find_template, newer);
    if (!a || !b) return fail(no_such_template());
    return TemplateDiff{older, newer, difference(a->subject, b->subject), difference(a->body, b->body),
                        difference(a->html, b->html)};
}

Expected<PreviewView> preview(store::Reader& reader, Desk const& desk, PreviewRequest const& request) {
    std::optional<TemplateRow> row;
    if (request.template_) {
        row = reader.one<TemplateRow>(sql::find_template, *request.template_);
        if (!row) return fail(no_such_template());
    }
    auto const kind = kind_of(reader, row ? row->kind : request.kind ? request.kind->value : "");
    if (!kind) return fail(kind.error());
    std::optional<people::Customer> customer;
    if (request.customer) {
        customer = people::find_customer(reader, *request.customer);
        if (!customer) return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
    }
    auto const locale = row ? row->locale : request.locale.value_or(customer ? customer->locale : desk.settings.locale);
    if (!row && !request.subject && !request.text) {  // the version in force
        row = reader.one<TemplateRow>(sql::current_template, kind->name, locale);
        if (!row) row = reader.one<TemplateRow>(sql::current_template, kind->name, Locale::en);
        if (!row) return fail(no_such_template());
    }
    Draft words = row ? draft_of(*row) : Draft{};
    if (request.subject) words.subject = *request.subject;
    if (request.text) words.text = *request.text;
    if (request.html) words.html = *request.html;
    if (request.layout) words.layout = *request.layout;
    auto const version = compiled(words, *kind, {}, row ? row->locale : locale);
    if (!version) return fail(version.error());
    auto const data = request.data.value_or(kind->sample);
    auto const schema = templates::Schema::read(kind->schema);
    if (!schema) return fail(schema.error());
    if (auto faults = schema->faults(data, "/data"); !faults.empty())
        return fail(ErrorKind::invalid, "invalid_fields", "The data do not fit this kind.", std::move(faults));
    auto drawn = draw(**version,
                      {desk.settings.zone, data, sample_values(desk, *kind, customer ? customer->name : "Ada Conti")});
    if (!drawn) return fail(drawn.error());
    return PreviewView{drawn->locale, std::move(drawn->subject), std::move(drawn->text), std::move(drawn->html)};
}

Expected<TestLetterQueued> send_test(store::Tx& tx, Desk const& desk, people::Act const& act, TemplateId id,
                                     std::optional<json::Object> const& data) {
    auto const who = people::require_agent(act.actor);
    if (!who) return fail(who.error());
    auto const agent = people::find_agent(tx, *who);
    auto const row = tx.one<TemplateRow>(sql::find_template, id);
    if (!agent || !row) return fail(no_such_template());
    auto const kind = kind_of(tx, row->kind);
    if (!kind) return fail(kind.error());
    auto const version = compiled(draft_of(*row), *kind, id, row->locale);
    if (!version) return fail(version.error());
    Inputs const inputs{desk.settings.zone, data.value_or(kind->sample), sample_values(desk, *kind, agent->name)};
    if (auto const drawn = draw(**version, inputs); !drawn) return fail(drawn.error());
    post::Letter letter{to_text(id), "template_test",      EmailAddress{agent->email}, row->locale,
                        "",          recipe_of(id, inputs)};
    letter.expires_at = act.now + std::chrono::hours(1);
    letter.priority = post::Priority::urgent;
    auto const queued = post::enqueue(tx, letter, act.now);
    people::audit(tx, act, "template.tested", to_text(id));
    return TestLetterQueued{to_text(queued), agent->email};
}

}  // namespace rapport::notice
