// Digests: the rules, and the letters that collected notices go out with.
#include "notice/digest.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "notice/sql.hpp"
#include "notice/zones.hpp"

namespace rapport::notice {
namespace {

constexpr std::size_t most_in_a_letter = 50;
constexpr Duration next_try = std::chrono::hours(1);
constexpr std::string_view digest_kind = "digest";

Error no_such_digest() { return {ErrorKind::not_found, "not_found", "There is no such digest.", {}, 0}; }

std::optional<std::int64_t> minute_from(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    auto const digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
    int const hour = digit(0) * 10 + digit(1), minute = digit(3) * 10 + digit(4);
    if (hour > 23 || minute > 59) return std::nullopt;
    return hour * 60 + minute;
}

std::string text_of_minute(std::int64_t minute) {
    std::string const h = std::to_string(minute / 60), m = std::to_string(minute % 60);
    return std::string(h.size() < 2 ? "0" : "") + h + ":" + (m.size() < 2 ? "0" : "") + m;
}

struct Waiting {
    std::int64_t n = 0;
    std::optional<Time> next_at;
};
BOOST_DESCRIBE_STRUCT(Waiting, (), (n, next_at))

DigestView view_of(store::Reader& reader, DigestRow const& row) {
    DigestView view{row.id, row.name,    row.kind, row.category,   row.every,     {}, row.weekday, row.zone, row.active,
                    0,      row.letters, {},       row.created_at, row.changed_at};
    if (row.minute) view.at = text_of_minute(*row.minute);
    if (auto const waiting = reader.one<Waiting>(sql::waiting_in_digest, row.id)) {
        view.waiting = waiting->n;
        view.next_at = waiting->next_at;
    }
    return view;
}

// The parts of a rule, checked; what does not go with `every` is a fault.
struct Rule {
    DigestEvery every{};
    std::optional<Text<5, 5>> at;
    std::optional<Weekday> weekday;
    std::optional<Text<1, 64>> zone;
};

void check(Rule const& rule, DigestRow& row, std::vector<FieldError>& faults) {
    row.every = rule.every;
    row.minute.reset();
    row.weekday.reset();
    row.zone.reset();
    if (rule.at && rule.every == DigestEvery::hour)
        faults.push_back({"/at", "stands with day and week only", "remove it: hourly digests go out at the full hour"});
    if (rule.weekday && rule.every != DigestEvery::week)
        faults.push_back({"/weekday", "stands with week only", "remove it"});
    if (rule.every != DigestEvery::hour) row.minute = minute_from(rule.at ? rule.at->value : "08:00");
    if (rule.at && !minute_from(rule.at->value))
        faults.push_back({"/at", "must be a local time like 08:00", "correct it"});
    if (rule.every == DigestEvery::week) row.weekday = rule.weekday.value_or(Weekday::monday);
    if (!rule.zone) return;
    row.zone = rule.zone->value;
    if (!is_zone(*row.zone))
        faults.push_back({"/zone", "must be a time zone like Europe/Rome", "use a name of the IANA database"});
}

Expected<> wrong(std::vector<FieldError> faults) {
    if (faults.empty()) return {};
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                std::move(faults));
}

void tell(store::Tx& tx, people::Act const& act, std::string_view what, DigestRow const& row) {
    json::Object data{{"name", row.name}};
    if (row.kind) data["kind"] = *row.kind;
    if (row.category) data["category"] = *row.category;
    people::audit(tx, act, what, to_text(row.id), people::AuditOutcome::done, data);
    tx.publish({.at = act.now,
                .kind = std::string(what),
                .subject = to_text(row.id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id,
                .data = data});
}

}  // namespace

Expected<DigestView> create_digest(store::Tx& tx, people::Act const& act, NewDigest const& wanted) {
    DigestRow row;
    row.id = tx.new_id<DigestId>();
    row.name = wanted.name.value;
    row.created_at = row.changed_at = act.now;
    std::vector<FieldError> faults;
    if (wanted.kind.has_value() == wanted.category.has_value())
        faults.push_back({"/kind", "must be given, or a category, not both", "name what is collected"});
    if (wanted.kind) {
        row.kind = wanted.kind->value;
        auto const kind = find_kind(tx, *row.kind);
        if (!kind)
            faults.push_back({"/kind", "must be a kind of notice that exists", "GET /v1/kinds lists them"});
        else if (kind->class_ == Class::legal || kind->answers || kind->delivery != delivery::Kind::plain ||
                 kind->name == digest_kind)
            faults.push_back({"/kind", "must be delivered plainly, not be legal and not ask for an answer",
                              "such notices go out each on its own"});
    }
    if (wanted.category) row.category = wanted.category->value;
    check({wanted.every, wanted.at, wanted.weekday, wanted.zone}, row, faults);
    if (auto const good = wrong(std::move(faults)); !good) return fail(good.error());
    for (auto const& other : tx.all<DigestRow>(sql::list_digests))
        if ((row.kind && other.kind == row.kind) || (row.category && other.category == row.category))
            return fail(ErrorKind::conflict, "digest_exists", "There is a digest of these notices already.");
    tx.exec(sql::insert_digest, row.id, row.name, row.kind, row.category, row.every, row.minute, row.weekday, row.zone,
            row.created_at);
    tell(tx, act, "digest.created", row);
    return view_of(tx, row);
}

Expected<DigestView> change_digest(store::Tx& tx, people::Act const& act, DigestId id, DigestChange const& change) {
    auto row = tx.one<DigestRow>(sql::find_digest, id);
    if (!row) return fail(no_such_digest());
    if (change.name) row->name = change.name->value;
    Rule rule{change.every.value_or(row->every), change.at, change.weekday, {}};
    if (change.zone && !change.zone->value.empty()) rule.zone = Text<1, 64>{change.zone->value};
    bool const same = rule.every == row->every;
    if (!rule.at && row->minute && rule.every != DigestEvery::hour) rule.at = Text<5, 5>{text_of_minute(*row->minute)};
    if (!rule.weekday && same) rule.weekday = row->weekday;
    if (!change.zone && row->zone) rule.zone = Text<1, 64>{*row->zone};
    std::vector<FieldError> faults;
    check(rule, *row, faults);
    if (auto const good = wrong(std::move(faults)); !good) return fail(good.error());
    if (change.active) row->active = *change.active;
    row->changed_at = act.now;
    tx.exec(sql::change_digest, id, row->name, row->every, row->minute, row->weekday, row->zone, row->active, act.now);
    tell(tx, act, "digest.changed", *row);
    return view_of(tx, *row);
}

Expected<> delete_digest(store::Tx& tx, people::Act const& act, DigestId id) {
    auto const row = tx.one<DigestRow>(sql::find_digest, id);
    if (!row) return fail(no_such_digest());
    tx.exec(sql::delete_digest, id, act.now);
    tx.exec(sql::hurry_digest, id, act.now);
    tell(tx, act, "digest.deleted", *row);
    return {};
}

DigestList list_digests(store::Reader& reader) {
    DigestList list;
    for (auto const& row : reader.all<DigestRow>(sql::list_digests)) list.items.push_back(view_of(reader, row));
    return list;
}

// ---- letters --------------------------------------------------------------------------------------------------------

std::vector<DueDigest> due_digests(store::Reader& reader, Time now, std::size_t limit) {
    return reader.all<DueDigest>(sql::due_digests, now, limit);
}

Expected<std::optional<PlannedDigest>> plan_digest(store::Reader& reader, Desk const& desk, DueDigest const& due,
                                                   Time now) {
    auto const items = reader.all<DigestItem>(sql::digest_items, due.digest, due.recipient, most_in_a_letter);
    if (items.empty()) return std::nullopt;
    PlannedDigest planned;
    planned.due = due;
    NewNotice notice;
    notice.kind = {std::string(digest_kind)};
    boost::json::array parts;
    Request request;
    request.actor = Actor{ActorKind::system, 0, "digests"};
    request.origin = to_text(due.digest);
    request.bulk = true;
    request.as = Request::As{items.front().class_, items.front().category};
    for (auto const& item : items) {
        auto const content = content_of(desk, item);
        if (!content) return fail(content.error());
        planned.items.push_back(item.id);
        parts.push_back(
            json::Object{{"subject", content->subject}, {"text", content->text}, {"at", to_text(content->at)}});
        if (item.class_ == Class::promotional) request.as->class_ = Class::promotional;
        delivery::NewRecipient to;
        if (content->customer)
            to.customer = content->customer;
        else
            to.email = content->email;
        if (!content->name.empty() && !content->customer) to.name = Text<1, 200>{content->name};
        notice.recipients = {to};
        notice.locale = content->locale;
    }
    notice.data = json::Object{{"count", parts.size()}, {"items", std::move(parts)}};
    request.notices.push_back(std::move(notice));
    auto made = plan(reader, desk, request, now);
    if (!made) return fail(made.error());
    planned.plan = std::move(*made);
    return planned;
}

Expected<> commit_digest(store::Tx& tx, Desk const& desk, PlannedDigest const& planned, Time now) {
    auto const views = commit(tx, desk, *planned.plan);
    if (!views) return fail(views.error());
    for (auto const id : planned.items) {
        if (tx.changed(sql::take_digest_item, id) != 1)
            return fail(ErrorKind::conflict, "digest_taken", "Another program sent it.");
        tx.exec(sql::insert_part, id, views->front().id);
    }
    tx.exec(sql::count_letter, planned.due.digest);
    tx.publish({.at = now,
                .kind = "digest.sent",
                .subject = to_text(planned.due.digest),
                .data = {{"notice", to_text(views->front().id)},
                         {"notices", planned.items.size()},
                         {"state", json::enum_name(views->front().state)}}});
    return {};
}

void postpone_digest(store::Tx& tx, DueDigest const& due, Error const& why, Time now) {
    tx.exec(sql::postpone_digest, due.digest, due.recipient, now + next_try);
    log::warning("digest_failed", {{"digest", to_text(due.digest)}, {"code", why.code}, {"reason", why.text}});
}

}  // namespace rapport::notice
