// list: newest first, each filter along an index of its own, cursor by identifier.
#include <algorithm>

#include "delivery/sql.hpp"
#include "delivery/submit.hpp"
#include "people/merged.hpp"

namespace rapport::delivery {
namespace {

// The columns that a list shows.
struct ListRow {
    DeliveryId id;
    SubmissionId submission;
    Kind kind{};
    State state{};
    CustomerId customer;
    std::string recipient_name, recipient_email;
    Locale locale{};
    Assurance assurance{};
    std::optional<std::string> reference;
    Time submitted_at{};
    std::optional<Time> accept_until;
    Time changed_at{};
    std::optional<Time> erased_at;
    std::int64_t evidence_count = 0;
    std::optional<store::Blob> wrapped_key;
    std::optional<store::Blob> names;
};
BOOST_DESCRIBE_STRUCT(ListRow, (),
                      (id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance,
                       reference, submitted_at, accept_until, changed_at, erased_at, evidence_count, wrapped_key,
                       names))

constexpr std::size_t most_customers = 20;  // that a search by name follows

std::optional<std::string> subject_of(Office const& office, DeliveryId id, std::optional<store::Blob> const& wrapped,
                                      std::optional<store::Blob> const& box) {
    auto const key = key_of(office, wrapped);
    if (!key || !box) return std::nullopt;
    auto names = open_names(*key, id, box->bytes);
    if (!names) return std::nullopt;
    return std::move(names->subject);
}

template <class Row>
DeliverySummary summary_from(Office const& office, Row const& row) {
    return {row.id,
            row.submission,
            row.kind,
            row.state,
            subject_of(office, row.id, row.wrapped_key, row.names),
            {row.customer, row.recipient_name, row.recipient_email},
            row.locale,
            row.assurance,
            row.submitted_at,
            row.accept_until,
            row.changed_at,
            row.reference,
            row.evidence_count,
            row.erased_at.has_value()};
}

struct Search {
    store::Reader& reader;
    std::int64_t before;
    std::size_t limit;
    std::string state, kind;  // empty: any
    std::vector<ListRow> found;

    template <class Value>
    void add(store::Query const& query, Value const& value) {
        for (auto& row : reader.all<ListRow>(query, before, limit, value, state, kind)) found.push_back(std::move(row));
    }
};

void newest_once(Search& search) {
    std::ranges::sort(search.found, [](auto const& a, auto const& b) { return a.id > b.id; });
    auto const same = std::ranges::unique(search.found, [](auto const& a, auto const& b) { return a.id == b.id; });
    search.found.erase(same.begin(), same.end());
    if (search.found.size() > search.limit) search.found.resize(search.limit);
}

// By all records of theirs.
void add_person(Search& search, CustomerId customer) {
    for (auto const record : people::records_of(search.reader, customer)) search.add(sql::list_customer, record);
}

void search_text(Search& search, std::string const& q) {
    DeliveryId id;
    if (from_text(q, id)) return search.add(sql::list_one, id);
    search.add(sql::list_reference, q);
    auto const page = people::list_customers(search.reader, q, "", most_customers);
    if (page)
        for (auto const& listed : page->customers) add_person(search, listed.customer.id);
    newest_once(search);
}

}  // namespace

DeliverySummary summary_of(Office const& office, DeliveryRow const& row) { return summary_from(office, row); }

std::vector<DeliverySummary> summaries(store::Reader& reader, Office const& office, std::span<DeliveryId const> ids) {
    std::vector<DeliverySummary> found;
    for (auto const id : ids)
        for (auto const& row :
             reader.all<ListRow>(sql::list_one, std::numeric_limits<std::int64_t>::max(), 1, id, "", ""))
            found.push_back(summary_from(office, row));
    return found;
}

Expected<DeliveryPage> list(store::Reader& reader, Office const& office, ListFilter const& filter) {
    DeliveryId after{std::numeric_limits<std::int64_t>::max()};
    if (!filter.after.empty() && !from_text(filter.after, after))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    auto const limit = std::clamp<std::size_t>(filter.limit, 1, 200);
    Search search{reader,
                  after.value,
                  limit + 1,
                  filter.state ? std::string(json::enum_name(*filter.state)) : "",
                  filter.kind ? std::string(json::enum_name(*filter.kind)) : "",
                  {}};
    auto const q = std::string(trimmed(filter.q));
    if (!q.empty())
        search_text(search, q);
    else if (filter.customer) {
        add_person(search, *filter.customer);
        newest_once(search);
    } else if (filter.state && filter.kind)
        search.found =
            reader.all<ListRow>(sql::list_kind_state, search.before, search.limit, *filter.state, *filter.kind);
    else if (filter.state)
        search.found = reader.all<ListRow>(sql::list_state, search.before, search.limit, *filter.state);
    else if (filter.kind)
        search.found = reader.all<ListRow>(sql::list_kind, search.before, search.limit, *filter.kind);
    else
        search.found = reader.all<ListRow>(sql::list_all, search.before, search.limit);

    if (!q.empty() && filter.customer) {
        auto const records = people::records_of(reader, *filter.customer);
        std::erase_if(search.found,
                      [&](auto const& row) { return std::ranges::find(records, row.customer) == records.end(); });
    }
    DeliveryPage page;
    bool const more = search.found.size() > limit;
    if (more) search.found.resize(limit);
    for (auto const& row : search.found) page.items.push_back(summary_from(office, row));
    if (more) page.next = to_text(page.items.back().id);
    return page;
}

std::vector<Count> counts(store::Reader& reader) { return reader.all<Count>(sql::counts); }

}  // namespace rapport::delivery
