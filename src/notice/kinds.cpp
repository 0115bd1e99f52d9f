// Kinds: what data a notice takes, how it is delivered, which class it is of.
#include "notice/kinds.hpp"

#include <algorithm>

#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

using delivery::Assurance;

bool is_name(std::string_view name) {
    return name.front() >= 'a' && name.front() <= 'z' && std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

template <class Names>
std::vector<FieldError> name_faults(Names const& names) {
    std::vector<FieldError> faults;
    if (!names.contains("en")) faults.push_back({"/names/en", "is required", "name the kind in English"});
    for (auto const& [language, ignored] : names) {
        Locale locale{};
        if (!from_text(language, locale))
            faults.push_back({"/names/" + language, "must be one of en, it, th, ja, ko, fa", "remove it"});
    }
    return faults;
}

template <class Names>
json::Object names_object(Names const& names) {
    json::Object object;
    for (auto const& [language, name] : names) object[language] = name.value;
    return object;
}

Expected<> wrong(std::vector<FieldError> faults) {
    if (faults.empty()) return {};
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                std::move(faults));
}

// A sample that does not fit would mislead whoever looks at previews.
Expected<json::Object> sample_for(templates::Schema const& schema, std::optional<json::Object> const& given) {
    if (!given) return schema.sample();
    if (auto const good = wrong(schema.faults(*given, "/sample")); !good) return fail(good.error());
    return *given;
}

Expected<> assurance_fits(delivery::Kind kind, std::optional<Assurance> const& assurance) {
    if (kind == delivery::Kind::plain && assurance)
        return wrong({{"/assurance", "stands with registered delivery only", "remove it"}});
    return {};
}

}  // namespace

Error no_such_kind() { return {ErrorKind::not_found, "not_found", "There is no such kind of notice.", {}, 0}; }

std::optional<KindRow> find_kind(store::Reader& reader, std::string_view name) {
    return reader.one<KindRow>(sql::find_kind, name);
}

KindView view_of(KindRow const& row) {
    KindView view{row.id,
                  row.name,
                  {},
                  row.class_,
                  row.category,
                  row.delivery,
                  row.assurance,
                  row.schema,
                  row.sample,
                  row.answers,
                  row.urgent,
                  row.stock,
                  row.retired_at.has_value(),
                  row.changed_at};
    for (auto const& [language, name] : row.names)
        if (name.is_string()) view.names[std::string(std::string_view(language))] = std::string_view(name.get_string());
    return view;
}

KindList list_kinds(store::Reader& reader) {
    KindList list;
    for (auto const& row : reader.all<KindRow>(sql::list_kinds)) list.items.push_back(view_of(row));
    return list;
}

Expected<KindView> create_kind(store::Tx& tx, people::Act const& act, NewKind const& wanted) {
    auto faults = name_faults(wanted.names);
    if (!is_name(wanted.name.value))
        faults.push_back(
            {"/name", "must be small letters, digits and _, beginning with a letter", "choose such a name"});
    if (auto const good = wrong(std::move(faults)); !good) return fail(good.error());
    if (auto const good = assurance_fits(wanted.delivery, wanted.assurance); !good) return fail(good.error());
    if (wanted.answers.value_or(false) && wanted.delivery == delivery::Kind::registered)
        return fail(ErrorKind::invalid, "invalid_fields", "A kind with answers is sent plain.",
                    {{"/delivery",
                      "must be plain where the letter asks for an answer: a registered text is sealed, and "
                      "the sender keeps it, links and all",
                      "make it plain, or leave `answers` out"}});
    auto const schema = templates::Schema::read(wanted.schema, "/schema");
    if (!schema) return fail(schema.error());
    auto sample = sample_for(*schema, wanted.sample);
    if (!sample) return fail(sample.error());
    if (find_kind(tx, wanted.name.value))
        return fail(ErrorKind::conflict, "kind_exists", "There is a kind of that name already.");
    if (auto const good = preferences::category_for_kind(tx, wanted.category.value, wanted.class_, act.now); !good)
        return fail(good.error());
    KindRow const row{tx.new_id<KindId>(),
                      wanted.name.value,
                      names_object(wanted.names),
                      wanted.class_,
                      wanted.category.value,
                      wanted.delivery,
                      wanted.assurance,
                      wanted.schema,
                      std::move(*sample),
                      wanted.answers.value_or(false),
                      wanted.urgent.value_or(false),
                      false,
                      act.now,
                      act.now,
                      {}};
    tx.exec(sql::insert_kind, row.id, row.name, row.names, row.class_, row.category, row.delivery, row.assurance,
            row.schema, row.sample, row.answers, row.urgent, row.stock, row.created_at);
    people::audit(tx, act, "kind.created", row.name);
    return view_of(row);
}

Expected<KindView> change_kind(store::Tx& tx, people::Act const& act, std::string_view name, KindChange const& change) {
    auto row = find_kind(tx, name);
    if (!row) return fail(no_such_kind());
    if (row->stock && (change.names || change.class_ || change.category || change.schema || change.sample))
        return fail(
            ErrorKind::conflict, "stock_kind",
            "Of a kind that came with the program only delivery, assurance, urgency and retirement can be changed.");
    if (change.names) {
        if (auto const good = wrong(name_faults(*change.names)); !good) return fail(good.error());
        row->names = names_object(*change.names);
    }
    if (change.class_) row->class_ = *change.class_;
    if (change.category) row->category = change.category->value;
    if (change.class_ || change.category)
        if (auto const good = preferences::category_for_kind(tx, row->category, row->class_, act.now); !good)
            return fail(good.error());
    if (change.urgent) row->urgent = *change.urgent;
    if (change.delivery) row->delivery = *change.delivery;
    if (change.assurance) row->assurance = change.assurance;
    if (row->delivery == delivery::Kind::plain && !change.assurance) row->assurance.reset();
    if (auto const good = assurance_fits(row->delivery, row->assurance); !good) return fail(good.error());
    if (change.schema) row->schema = *change.schema;
    auto const schema = templates::Schema::read(row->schema, "/schema");
    if (!schema) return fail(schema.error());
    if (change.schema || change.sample) {
        auto sample = sample_for(*schema, change.sample);
        if (!sample) return fail(sample.error());
        row->sample = std::move(*sample);
    }
    if (change.schema) {
        Locale last{};
        bool first = true;
        for (auto const& version : tx.all<TemplateRow>(sql::current_templates, name)) {
            if (!first && version.locale == last) continue;  // the first of each language is in force
            first = false;
            last = version.locale;
            Draft const words{version.subject, version.body, version.html, version.layout};
            if (auto const good = compiled(words, *row, version.id, version.locale); !good) return fail(good.error());
        }
    }
    if (change.retired) row->retired_at = *change.retired ? std::optional(act.now) : std::nullopt;
    row->changed_at = act.now;
    tx.exec(sql::change_kind, name, row->names, row->class_, row->category, row->delivery, row->assurance, row->schema,
            row->sample, row->changed_at, row->retired_at, row->urgent);
    people::audit(tx, act, "kind.changed", row->name);
    return view_of(*row);
}

}  // namespace rapport::notice
