#include "delivery/searching.hpp"

#include <set>

#include "delivery/row.hpp"
#include "delivery/sql.hpp"

namespace rapport::delivery {
namespace {

// Nothing of a delivery whose content was erased.
std::optional<search::Document> document_of(Office const& office, DeliveryRow const& row) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key || !row.names) return std::nullopt;
    auto const names = open_names(*key, row.id, row.names->bytes);
    if (!names) return std::nullopt;
    search::Document made{row.id.value, row.id.value, row.submitted_at, {}};
    made.parts.push_back({search::Field::subject, names->subject});
    made.parts.push_back({search::Field::to, row.recipient_name + ' ' + row.recipient_email});
    if (row.reference) made.parts.push_back({search::Field::any, *row.reference});
    for (auto const& file : names->files) made.parts.push_back({search::Field::any, file});
    return made;
}

}  // namespace

search::Shelf delivery_shelf(Office const& office) {
    search::Shelf shelf;
    shelf.kind = search::Kind::delivery;
    shelf.page = [&office](store::Reader& reader, std::int64_t below, std::size_t limit) {
        search::Shelf::Page page;
        auto const rows = reader.all<DeliveryRow>(sql::search_page, below, limit);
        for (auto const& row : rows)
            if (auto made = document_of(office, row); made) page.documents.push_back(std::move(*made));
        page.below = rows.size() < limit ? 0 : rows.back().id.value;
        return page;
    };
    // What is found of a delivery is there from the beginning; only erasing changes it.
    shelf.changed = [&office](store::Reader& reader, std::span<store::Event const> events) {
        search::Shelf::Change change;
        std::set<DeliveryId> ids;
        for (auto const& event : events)
            if (event.kind == "delivery.submitted" || event.kind == "delivery.erased")
                if (DeliveryId id; from_text(event.subject, id)) ids.insert(id);
        for (auto const id : ids) {
            auto const row = find_row(reader, id);
            auto made = row ? document_of(office, *row) : std::nullopt;
            if (made)
                change.documents.push_back(std::move(*made));
            else
                change.gone.push_back(id.value);
        }
        return change;
    };
    shelf.count = [](store::Reader& reader) { return reader.one<std::int64_t>(sql::search_count).value_or(0); };
    return shelf;
}

}  // namespace rapport::delivery
