// Looking at notices: newest first, each filter along an index of its own.
#include <algorithm>
#include <limits>

#include "notice/kinds.hpp"
#include "notice/sql.hpp"
#include "people/merged.hpp"

namespace rapport::notice {
namespace {

std::vector<NoticeView> views_of(store::Reader& reader, Desk const& desk, std::vector<NoticeRow> const& rows) {
    std::vector<NoticeView> views;
    for (auto const& row : rows) {
        std::optional<delivery::DeliverySummary> summary;
        if (row.delivery) {
            DeliveryId const one[] = {*row.delivery};
            auto found = delivery::summaries(reader, desk.office, one);
            if (!found.empty()) summary = std::move(found.front());
        }
        views.push_back(view_of(row, std::move(summary)));
    }
    return views;
}

// The newest of a state each, merged: indexes have the state before the identifier.
template <class Query, class... More>
std::vector<NoticeRow> of_states(store::Reader& reader, Query const& query, std::optional<State> state, NoticeId after,
                                 std::size_t limit, More const&... more) {
    if (state) return reader.all<NoticeRow>(query, after, limit, *state, more...);
    std::vector<NoticeRow> rows;
    for (auto const each : {State::submitted, State::suppressed, State::throttled, State::collected})
        std::ranges::move(reader.all<NoticeRow>(query, after, limit, each, more...), std::back_inserter(rows));
    std::ranges::sort(rows, std::ranges::greater(), &NoticeRow::id);
    if (rows.size() > limit) rows.resize(limit);
    return rows;
}

// Every combination of filters walks a range of one index, so that a page costs the same among millions.
std::vector<NoticeRow> rows_of(store::Reader& reader, NoticeFilter const& filter, NoticeId after, std::size_t limit) {
    std::string const state(filter.state ? json::enum_name(*filter.state) : std::string_view());
    auto const kind = filter.kind.value_or(""), origin = filter.origin.value_or("");
    if (filter.customer) {
        std::vector<NoticeRow> rows;
        for (auto const record : people::records_of(reader, *filter.customer))
            std::ranges::move(reader.all<NoticeRow>(sql::list_customer, after, limit, record, state, kind, origin,
                                                    filter.reference.value_or("")),
                              std::back_inserter(rows));
        std::ranges::sort(rows, std::ranges::greater(), &NoticeRow::id);
        if (rows.size() > limit) rows.resize(limit);
        return rows;
    }
    if (filter.reference)
        return reader.all<NoticeRow>(sql::list_reference, after, limit, *filter.reference, state, kind, origin);
    if (filter.origin) {
        // A job, a schedule and a digest make notices of one kind.
        if (filter.kind && reader.one<std::string>(sql::kind_of_origin, origin) != filter.kind) return {};
        return of_states(reader, sql::list_origin, filter.state, after, limit, origin);
    }
    if (filter.kind) return of_states(reader, sql::list_kind, filter.state, after, limit, kind);
    if (filter.state) return reader.all<NoticeRow>(sql::list_state, after, limit, *filter.state);
    return reader.all<NoticeRow>(sql::list_all, after, limit);
}

}  // namespace

Error no_such_notice() { return {ErrorKind::not_found, "not_found", "There is no such notice.", {}, 0}; }

NoticeView view_of(NoticeRow const& row, std::optional<delivery::DeliverySummary> delivery) {
    NoticeView view{row.id,         row.kind,      row.class_, row.category,
                    row.state,      row.decision,  row.reason, row.locale,
                    row.template_,  row.reference, row.origin, row.send_at,
                    row.created_at, row.customer,  {},         std::move(delivery)};
    if (row.answer_until) view.answer = AnswerView{row.answer, row.answered_at, *row.answer_until};
    return view;
}

Expected<NoticePage> list_notices(store::Reader& reader, Desk const& desk, NoticeFilter const& filter) {
    NoticeId after{std::numeric_limits<std::int64_t>::max()};
    if (!filter.after.empty() && !from_text(filter.after, after))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    auto const limit = std::clamp<std::size_t>(filter.limit, 1, 200);
    auto rows = rows_of(reader, filter, after, limit + 1);
    bool const more = rows.size() > limit;
    if (more) rows.resize(limit);
    NoticePage page;
    if (more) page.next = to_text(rows.back().id);
    page.items = views_of(reader, desk, rows);
    return page;
}

Expected<NoticeView> find_notice(store::Reader& reader, Desk const& desk, NoticeId id) {
    auto row = reader.one<NoticeRow>(sql::find_notice, id);
    if (!row) return fail(no_such_notice());
    return std::move(views_of(reader, desk, {std::move(*row)}).front());
}

}  // namespace rapport::notice
