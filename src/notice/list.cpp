// Looking at notices: newest first, each filter along an index of its own.
#include <algorithm>
#include <limits>

#include "notice/kinds.hpp"
#include "notice/sql.hpp"

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
    auto rows = filter.customer    ? reader.all<NoticeRow>(sql::list_customer, after, limit + 1, *filter.customer)
                : filter.reference ? reader.all<NoticeRow>(sql::list_reference, after, limit + 1, *filter.reference)
                : filter.origin    ? reader.all<NoticeRow>(sql::list_origin, after, limit + 1, *filter.origin)
                : filter.kind      ? reader.all<NoticeRow>(sql::list_kind, after, limit + 1, *filter.kind)
                                   : reader.all<NoticeRow>(sql::list_all, after, limit + 1);
    bool const more = rows.size() > limit;
    if (more) rows.resize(limit);
    NoticePage page;
    if (more) page.next = to_text(rows.back().id);
    std::erase_if(rows, [&](NoticeRow const& row) {  // further filters narrow the page
        return (filter.kind && row.kind != *filter.kind) || (filter.reference && row.reference != filter.reference) ||
               (filter.origin && row.origin != filter.origin);
    });
    page.items = views_of(reader, desk, rows);
    return page;
}

Expected<NoticeView> find_notice(store::Reader& reader, Desk const& desk, NoticeId id) {
    auto row = reader.one<NoticeRow>(sql::find_notice, id);
    if (!row) return fail(no_such_notice());
    return std::move(views_of(reader, desk, {std::move(*row)}).front());
}

}  // namespace rapport::notice
