// Answers: given, changed, looked at, counted.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "conversation/csat/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"
#include "people/teams.hpp"
#include "search/index.hpp"

namespace rapport::conversation::csat {
namespace {

std::string bound_to(RatingId id) { return "rating " + to_text(id); }

std::string comment_of(store::Reader& reader, Office const& office, RatingRow const& row) {
    if (!row.sealed) return {};
    auto const conversation = conversation::find_row(reader, row.conversation);
    auto const key = conversation ? key_of(office, conversation->wrapped_key) : std::nullopt;
    auto const plain = key ? open(*key, row.sealed->bytes, bound_to(row.id)) : Expected<Bytes>(fail(content_erased()));
    return plain ? std::string(*plain) : std::string();
}

RatingView view_of(store::Reader& reader, Office const& office, RatingRow const& row, std::int64_t number) {
    return {row.id,
            row.conversation,
            number,
            row.state,
            terms_of(row).scale,
            row.resolved_at,
            row.terms ? row.due_at : std::nullopt,
            row.asked_at,
            row.rated_at,
            row.score,
            comment_of(reader, office, row),
            row.via,
            row.reason,
            row.customer,
            row.mailbox,
            row.team,
            row.agent};
}

std::unexpected<Error> wrong(std::string pointer, std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

Expected<> check_score(RatingScale scale, std::int64_t score) {
    if (scale == RatingScale::thumbs && score != 1 && score != 5)
        return wrong("/score", "It is not clear what was meant.", "1 or 5", "choose one of the two");
    if (score < 1 || score > 5)
        return wrong("/score", "It is not clear what was meant.", "from 1 to 5", "choose one of the five");
    return {};
}

// The words of the program, where the organisation has none of its own for this language.
std::string question_text(RatingSettings const& terms, Locale locale) {
    auto const found = terms.question.find(to_text(locale));
    return found == terms.question.end() ? std::string() : found->second.value;
}

struct GroupRow {
    std::optional<std::int64_t> group;
    std::int64_t asked = 0, answers = 0, good = 0, total = 0;
};
BOOST_DESCRIBE_STRUCT(GroupRow, (), (group, asked, answers, good, total))

store::Query const& grouped(RatingGroup by) {
    switch (by) {
        case RatingGroup::team:
            return sql::report_by_team;
        case RatingGroup::agent:
            return sql::report_by_agent;
        case RatingGroup::mailbox:
            return sql::report_by_mailbox;
        case RatingGroup::week:
            break;
    }
    return sql::report_by_week;
}

void name_group(store::Reader& reader, RatingGroup by, std::int64_t group, RatingFigures& out) {
    switch (by) {
        case RatingGroup::team: {
            out.key = to_text(TeamId{group});
            if (auto const team = people::find_team(reader, TeamId{group})) out.name = team->name;
            break;
        }
        case RatingGroup::agent: {
            out.key = to_text(AgentId{group});
            if (auto const agent = people::find_agent(reader, AgentId{group})) out.name = agent->name;
            break;
        }
        case RatingGroup::mailbox: {
            out.key = to_text(MailboxId{group});
            if (auto const mailbox = find_mailbox(reader, MailboxId{group})) out.name = mailbox->name;
            break;
        }
        case RatingGroup::week: {
            constexpr std::int64_t first_monday_us = 345'600'000'000, week_us = 604'800'000'000;
            out.key = to_text(time_from_micros(first_monday_us + group * week_us)).substr(0, 10);
            break;
        }
    }
}

}  // namespace

std::vector<RatingView> ratings_of(store::Reader& reader, Office const& office, ConversationId id) {
    std::vector<RatingView> out;
    auto const conversation = conversation::find_row(reader, id);
    if (!conversation) return out;
    for (auto const& row : reader.all<RatingRow>(sql::ratings_of, id))
        if (row.terms) out.push_back(view_of(reader, office, row, conversation->number));
    return out;
}

Expected<RatingPage> list_ratings(store::Reader& reader, Office const& office, RatingQuery const& query) {
    auto const place = search::place_from(query.after);
    if (!place) return fail(place.error());
    constexpr auto newest = std::numeric_limits<std::int64_t>::max();
    auto const after = place->value_or(search::Hit{newest, 0, time_from_micros(newest)});
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 200));
    auto const least = query.score.value_or(1), most = query.score.value_or(5);
    auto rows = reader.all<RatingRow>(sql::ratings_given, after.time, after.object, least, most, limit + 1);
    RatingPage page;
    if (rows.size() > limit) {
        rows.resize(limit);
        auto const& last = rows.back();
        page.next = search::cursor_at({last.id.value, 0, *last.rated_at});
    }
    for (auto const& row : rows) {
        auto const conversation = conversation::find_row(reader, row.conversation);
        page.items.push_back(view_of(reader, office, row, conversation ? conversation->number : 0));
    }
    return page;
}

Expected<RatingReport> report(store::Reader& reader, RatingReportQuery const& query, Time now) {
    RatingReport out;
    out.to = query.to.value_or(now + std::chrono::seconds(1));
    out.from = query.from.value_or(out.to - std::chrono::days(90));
    if (out.from >= out.to)
        return wrong("/from", "There is no time between.", "must be before `to`", "turn them round");
    for (auto const& row : reader.all<GroupRow>(grouped(query.by), out.from, out.to)) {
        RatingFigures one{"", "", row.asked, row.answers, row.good, row.total};
        if (row.group) name_group(reader, query.by, *row.group, one);
        out.all.asked += one.asked;
        out.all.answers += one.answers;
        out.all.good += one.good;
        out.all.score_sum += one.score_sum;
        out.items.push_back(std::move(one));
    }
    if (query.by == RatingGroup::week)
        std::ranges::sort(out.items, {}, &RatingFigures::key);
    else
        std::ranges::sort(out.items, [](auto const& a, auto const& b) {
            return std::tuple(-a.answers, a.name, a.key) < std::tuple(-b.answers, b.name, b.key);
        });
    return out;
}

Question question_from(store::Reader& reader, Office const& office, RatingRow const& row,
                       std::optional<Locale> locale) {
    auto const terms = terms_of(row);
    auto const spoken = locale.value_or(row.locale);
    return {row.id,
            row.conversation,
            terms.scale,
            question_text(terms, spoken),
            spoken,
            row.score,
            comment_of(reader, office, row),
            row.open_until};
}

std::optional<Question> question_of(store::Reader& reader, Office const& office, ConversationId id,
                                    std::optional<Locale> locale, Time now) {
    for (auto const& row : reader.all<RatingRow>(sql::ratings_of, id)) {
        bool const open =
            row.terms && now < row.open_until &&
            (row.state == RatingState::waiting || row.state == RatingState::asked || row.state == RatingState::rated);
        return open ? std::optional(question_from(reader, office, row, locale)) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<Question> find_question(store::Reader& reader, Office const& office, RatingId id,
                                      std::optional<Locale> locale) {
    auto const row = find_row(reader, id);
    if (!row || !row->terms) return std::nullopt;
    return question_from(reader, office, *row, locale);
}

Expected<> rate(store::Tx& tx, Office const& office, Actor const& actor, RatingId id, NewRating const& wanted,
                RatedVia via, Time now) {
    auto const seen = find_row(tx, id);
    auto const conversation = seen ? lock_row(tx, seen->conversation) : std::nullopt;
    auto row = find_row(tx, id);
    if (!row || !conversation || !row->terms) return fail(ErrorKind::not_found, "not_found", "Nothing is asked here.");
    if (row->state == RatingState::passed_over || row->state == RatingState::withdrawn || now >= row->open_until)
        return fail(ErrorKind::gone, "rating_closed", "This cannot be rated any more.");
    auto const terms = terms_of(*row);
    if (auto const good = check_score(terms.scale, wanted.score); !good) return good;
    bool const first = !row->score;
    // Sent once more as it is: nothing happens, and nobody is told.
    if (row->score == wanted.score &&
        (!wanted.comment || trimmed(wanted.comment->value) == comment_of(tx, office, *row)))
        return {};
    if (wanted.comment) {
        auto const key = key_of(office, conversation->wrapped_key);
        if (!key) return fail(content_erased());
        auto const words = trimmed(wanted.comment->value);
        row->sealed = words.empty() ? std::nullopt : std::optional(store::Blob{seal(*key, words, bound_to(row->id))});
    }
    row->score = wanted.score;
    row->state = RatingState::rated;
    row->via = via;
    if (!row->asked_at) row->asked_at = now;
    if (first) {
        row->rated_at = now;
        row->open_until = now + std::chrono::days(terms.changeable_days);
        row->due_at.reset();
        // Answered in the widget: no letter need ask.
        for (auto const& letter : post::letters_of(tx, to_text(id))) (void)post::cancel(tx, letter.id, now);
    }
    keep(tx, *row);
    tell(tx, *conversation, "conversation.rated", actor, now,
         {{"rating", to_text(row->id)},
          {"score", wanted.score},
          {"scale", json::enum_name(terms.scale)},
          {"comment", row->sealed.has_value()},
          {"via", json::enum_name(via)},
          {"first", first}});
    return {};
}

void refuse(store::Tx& tx, Office const& office, RatingId id, Time now) {
    auto const row = find_row(tx, id);
    if (row && row->customer && office.courtesy.refuse) office.courtesy.refuse(tx, *row->customer, now);
}

std::optional<std::int64_t> last_score(store::Reader& reader, ConversationId id) {
    return reader.one<std::int64_t>(sql::last_score, id);
}

}  // namespace rapport::conversation::csat
