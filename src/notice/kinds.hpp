// Verbs on kinds and on versions of templates; looking at notices. For http.cpp, stock.cpp and tests.
#pragma once

#include "notice/row.hpp"

namespace rapport::notice {

// Codes: kind_exists, schema_invalid, invalid_fields.
Expected<KindView> create_kind(store::Tx& tx, people::Act const& act, NewKind const& wanted);
// Of stock kinds only the way of delivery may change. The templates in force must fit a new schema.
// Codes: not_found, stock_kind, schema_invalid, template_invalid.
Expected<KindView> change_kind(store::Tx& tx, people::Act const& act, std::string_view name, KindChange const& change);
KindList list_kinds(store::Reader& reader);

// Versions. A draft is compiled and checked whenever it is kept. Codes: not_found, template_invalid, no_layout,
// not_a_draft.
Expected<TemplateView> create_draft(store::Tx& tx, people::Act const& act, NewTemplate const& wanted);
Expected<TemplateView> change_draft(store::Tx& tx, people::Act const& act, TemplateId id, TemplateChange const& change);
// A draft becomes the version in force; an older version is published anew as a copy (rolling back).
Expected<TemplateView> publish(store::Tx& tx, people::Act const& act, TemplateId id);
Expected<> drop_draft(store::Tx& tx, people::Act const& act, TemplateId id);
Expected<TemplateList> list_templates(store::Reader& reader, std::string_view kind, std::optional<Locale> locale);
Expected<TemplateView> find_template(store::Reader& reader, TemplateId id);
Expected<TemplateDiff> compare(store::Reader& reader, TemplateId older, TemplateId newer);

Expected<PreviewView> preview(store::Reader& reader, Desk const& desk, PreviewRequest const& request);
// A letter to the agent's own address. Codes: agents_only, not_found.
Expected<TestLetterQueued> send_test(store::Tx& tx, Desk const& desk, people::Act const& act, TemplateId id,
                                     std::optional<json::Object> const& data);

struct NoticeFilter {
    std::optional<State> state;
    std::optional<std::string> kind, reference, origin;
    std::optional<CustomerId> customer;
    std::string after;
    std::size_t limit = 50;
};
Expected<NoticePage> list_notices(store::Reader& reader, Desk const& desk, NoticeFilter const& filter);
Expected<NoticeView> find_notice(store::Reader& reader, Desk const& desk, NoticeId id);

void put_stock(store::Tx& tx, Time now);

}  // namespace rapport::notice
