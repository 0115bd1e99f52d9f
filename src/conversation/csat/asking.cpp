// Who is asked, and when: in the transaction of a resolution one row is written, everything else is decided from it.
#include <algorithm>

#include "conversation/csat/rows.hpp"
#include "conversation/reply.hpp"
#include "conversation/sql.hpp"
#include "people/merged.hpp"
#include "post/suppression.hpp"

namespace rapport::conversation::csat {
namespace {

constexpr std::int64_t at_once = 100;

void close(store::Tx& tx, RatingRow& row, RatingState state, std::string reason = {}) {
    row.state = state;
    row.due_at.reset();
    row.reason = reason.empty() ? std::nullopt : std::optional(std::move(reason));
    keep(tx, row);
}

// Letters that have not left are cancelled. False: one has.
bool call_back(store::Tx& tx, RatingId id, Time now) {
    bool all = true;
    for (auto const& letter : post::letters_of(tx, to_text(id))) all = post::cancel(tx, letter.id, now) && all;
    return all;
}

// Somebody was helped: a person wrote, and was answered by us.
bool was_helped(store::Reader& reader, ConversationId id) {
    return reader.one<MessageId>(sql::last_person_heard, id) && reader.one<MessageId>(sql::answered_conversation, id);
}

// Whoever would get an answer; for a channel that brings answers itself, an address that was proven.
std::optional<EmailAddress> address_for(store::Reader& reader, Office const& office, ConversationRow const& row) {
    EmailAddress address;
    auto const usual = reply_to(reader, office, row, cover_of(office, row));
    if (!usual.to.empty() && from_text(usual.to.front(), address)) return address;
    if (!row.customer) return std::nullopt;
    for (auto const& one : people::addresses_of(reader, people::reached_record(reader, *row.customer)))
        if (one.verified_at) return one.email();
    return std::nullopt;
}

// Why this customer is not asked now; later: it is looked at again then.
struct Refusal {
    std::string reason;
    std::optional<Time> later;
};
std::optional<Refusal> refusal(store::Reader& reader, Office const& office, RatingRow const& row,
                               RatingSettings const& terms, Time now) {
    if (!row.customer) return std::nullopt;
    auto const since = now - std::chrono::days(terms.again_after_days);
    if (terms.again_after_days > 0)
        for (auto const record : people::records_of(reader, *row.customer))
            if (reader.one<RatingId>(sql::asked_since, record, since, row.id)) return Refusal{"recently_asked", {}};
    if (!office.courtesy.may_ask) return std::nullopt;
    auto const answer = office.courtesy.may_ask(reader, *row.customer, now);
    if (answer.may == Courtesy::May::never) return Refusal{"unwanted", {}};
    if (answer.may == Courtesy::May::later && answer.at > now) return Refusal{"", answer.at};
    return std::nullopt;
}

void send_letter(store::Tx& tx, Office const& office, RatingRow const& row, EmailAddress const& to, Time now) {
    auto const participant = participant_for(tx, row.conversation, to, Role::recipient, now);
    json::Object data{{"to", to.value}};
    if (participant) data["participant"] = to_text(*participant);
    post::Letter letter{to_text(row.id), std::string(letter_purpose), to, row.locale, "", std::move(data)};
    letter.expires_at = now + std::chrono::days(3);  // after that nobody remembers
    auto stop = office.courtesy.public_url + "/rating/" + office.tokens.rating_token(row.id.value) + "/stop";
    if (channels::email::is_unsubscribe_url(stop)) letter.unsubscribe_url = std::move(stop);
    post::enqueue(tx, letter, now);
}

void ask(store::Tx& tx, Office const& office, ConversationRow const& conversation, RatingRow& row,
         RatingSettings const& terms, Time now) {
    auto const to = row.customer ? address_for(tx, office, conversation) : std::nullopt;
    bool const shown_by_channel = office.carriers.contains(conversation.channel);
    if (!to && !shown_by_channel) return close(tx, row, RatingState::passed_over, "no_address");
    bool letter = to.has_value();
    if (to) {
        post::Asked const asked[] = {{to->value, post::LetterClass::transactional}};
        letter = !post::held_back(tx, asked, office.courtesy.suppression, now).front().has_value();
        if (!letter && !shown_by_channel) return close(tx, row, RatingState::passed_over, "suppressed");
    }
    row.asked_at = now;
    row.open_until = now + std::max<Duration>(answered_within, std::chrono::days(terms.changeable_days));
    close(tx, row, RatingState::asked);
    if (letter) send_letter(tx, office, row, *to, now);
    tell(tx, conversation, "conversation.rating_asked", Actor{}, now,
         {{"rating", to_text(row.id)}, {"letter", letter}});
}

// A resolution that nobody has looked at: is it asked about, and how?
void decide(store::Tx& tx, Office const& office, ConversationRow const& conversation, RatingRow& row, Time now) {
    auto const terms = settings_for(tx, office, conversation);
    if (!terms || !was_helped(tx, row.conversation)) return close(tx, row, RatingState::passed_over, "not_asked");
    row.terms = json::decode<json::Object>(json::encode(*terms)).value_or(json::Object());
    if (auto const no = refusal(tx, office, row, *terms, now); no && !no->later)
        return close(tx, row, RatingState::passed_over, no->reason);
    row.due_at = std::max(now, row.resolved_at + std::chrono::seconds(terms->delay_s));
    row.open_until = *row.due_at + answered_within;
    keep(tx, row);
    // The channel's screens may ask from now on.
    if (office.carriers.contains(conversation.channel))
        tell(tx, conversation, "conversation.rating_open", Actor{}, now, {{"rating", to_text(row.id)}});
}

bool ask_one(store::Tx& tx, Office const& office, RatingId id, Time now) {
    auto const seen = find_row(tx, id);
    auto const conversation = seen ? lock_row(tx, seen->conversation) : std::nullopt;
    auto row = find_row(tx, id);
    if (!row || row->state != RatingState::waiting || !row->due_at || *row->due_at > now) return false;
    if (!conversation || conversation->state != State::resolved || conversation->resolved_at != row->resolved_at ||
        !conversation->wrapped_key) {
        close(tx, *row, RatingState::withdrawn);
        return false;
    }
    if (!row->terms) decide(tx, office, *conversation, *row, now);
    if (row->state != RatingState::waiting || *row->due_at > now) return false;
    auto const terms = terms_of(*row);
    if (auto const no = refusal(tx, office, *row, terms, now)) {
        if (!no->later) {
            close(tx, *row, RatingState::passed_over, no->reason);
        } else {
            row->due_at = no->later;
            keep(tx, *row);
        }
        return false;
    }
    ask(tx, office, *conversation, *row, terms, now);
    return row->state == RatingState::asked;
}

}  // namespace

std::optional<RatingRow> find_row(store::Reader& reader, RatingId id) {
    return reader.one<RatingRow>(sql::find_rating, id);
}

void keep(store::Tx& tx, RatingRow const& row) {
    tx.exec(sql::change_rating, row.id, row.terms, row.state, row.reason, row.due_at, row.asked_at, row.open_until,
            row.score, row.rated_at, row.via, row.sealed);
}

RatingSettings terms_of(RatingRow const& row) {
    if (!row.terms) return {};
    auto made = json::decode<RatingSettings>(json::encode(*row.terms));
    return made ? std::move(*made) : RatingSettings{};
}

void follow(store::Tx& tx, ConversationRow const& before, ConversationRow const& after, Time now) {
    if (before.state == State::resolved && after.state != State::resolved) {
        for (auto const id : tx.all<RatingId>(sql::open_ratings, after.id)) {
            auto row = find_row(tx, id);
            if (row && call_back(tx, id, now)) close(tx, *row, RatingState::withdrawn);
        }
    } else if (before.state != State::resolved && after.state == State::resolved && after.resolved_at) {
        tx.exec(sql::begin_rating, tx.new_id<RatingId>(), after.id, *after.resolved_at, after.customer, after.mailbox,
                after.team, after.assignee, after.channel, after.locale);
    }
}

std::size_t ask_due(store::Tx& tx, Office const& office, Time now) {
    // Each conversation is held: in one order, as merging holds them.
    struct Due {
        ConversationId conversation;
        RatingId id;
    };
    std::vector<Due> due;
    for (auto const id : tx.all<RatingId>(sql::ratings_due, now, at_once))
        if (auto const row = find_row(tx, id)) due.push_back({row->conversation, id});
    std::ranges::sort(due, {}, &Due::conversation);
    std::size_t asked = 0;
    for (auto const& one : due) asked += ask_one(tx, office, one.id, now);
    return asked;
}

bool some_are_due(store::Reader& reader, Time now) {
    return reader.one<RatingId>(sql::ratings_due, now, std::int64_t{1}).has_value();
}

void check_ratings(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    for (auto const id : reader.all<RatingId>(sql::fsck_ratings))
        report({to_text(id), "its state, its score and its conversation do not belong together"});
}

}  // namespace rapport::conversation::csat
