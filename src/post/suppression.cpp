// Suppressions: added, lifted, asked about.
#include "post/suppression.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "channels/email/dsn.hpp"
#include "post/sql.hpp"

namespace rapport::post {
namespace {

constexpr std::size_t at_once = 32;  // addresses of one question to the database

std::string day_of(Time time) { return to_text(time).substr(0, 10); }

std::string in_words(Suppression const& found) {
    std::string text = "suppressed: ";
    switch (found.reason) {
        case SuppressionReason::hard:
            text += "hard bounce";
            break;
        case SuppressionReason::soft:
            text += "repeated soft bounces";
            break;
        case SuppressionReason::complaint:
            text += "complaint";
            break;
        case SuppressionReason::unsubscribe:
            text += "unsubscribed";
            break;
        case SuppressionReason::manual:
            text += "by a person";
            break;
    }
    if (!found.detail.empty()) text += ' ' + found.detail;
    return text.substr(0, 400) + " on " + day_of(found.created_at);
}

void publish(store::Tx& tx, std::string_view kind, Suppression const& what, Actor const& actor, Time now,
             std::string_view by = {}) {
    json::Object data{{"reason", json::enum_name(what.reason)}};
    if (what.letter) data["letter"] = to_text(*what.letter);
    if (!by.empty()) data["by"] = by;
    tx.publish({.at = now,
                .kind = std::string(kind),
                .subject = to_text(what.id),
                .actor_kind = actor.kind,
                .actor_id = actor.id,
                .data = std::move(data)});
}

template <std::size_t... I>
std::vector<Suppression> ask(store::Reader& reader, std::array<std::string, at_once> const& addresses, Time now,
                             std::index_sequence<I...>) {
    return reader.all<Suppression>(sql::suppressions_of, now, addresses[I]...);
}

// The end of the beginning's range: 'ab' → 'ac'.
std::string after_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
    if (!prefix.empty()) ++prefix.back();
    return prefix;
}

}  // namespace

LetterClass class_of(std::string_view purpose, std::string_view stream, Priority priority) {
    if (priority == Priority::urgent) return LetterClass::urgent;
    if (stream == "legal" || purpose == "notification" || purpose == "consignment" || purpose == "delegation")
        return LetterClass::legal;
    return stream == "promotional" ? LetterClass::promotional : LetterClass::transactional;
}

bool stops(SuppressionReason reason, LetterClass letter) {
    for (auto const& row : holds_back) {
        if (row.reason != reason) continue;
        switch (letter) {
            case LetterClass::urgent:
                return row.urgent;
            case LetterClass::transactional:
                return row.transactional;
            case LetterClass::legal:
                return row.legal;
            case LetterClass::promotional:
                return row.promotional;
        }
    }
    return false;
}

std::string normalised(std::string_view address) { return ascii_lower(trimmed(address)); }

Suppression suppress(store::Tx& tx, NewSuppression const& wanted, Actor const& actor, Time now) {
    auto const address = normalised(wanted.address);
    auto const detail = channels::email::shown(wanted.detail, 400);
    auto const id = tx.new_id<SuppressionId>();
    tx.exec(sql::suppress, id, address, wanted.reason, detail, wanted.letter, now, wanted.expires_at);
    auto const kept = tx.one<Suppression>(sql::suppression_of, address, wanted.reason);
    Suppression const result =
        kept.value_or(Suppression{id, address, wanted.reason, detail, wanted.letter, now, wanted.expires_at});
    publish(tx, "suppression.added", result, actor, now);
    return result;
}

Expected<Suppression> lift(store::Tx& tx, SuppressionId id, Actor const& actor, Time now) {
    auto const found = find_suppression(tx, id);
    if (!found || tx.changed(sql::lift_suppression, id) != 1)
        return fail(ErrorKind::not_found, "not_found", "There is no such suppression.");
    publish(tx, "suppression.lifted", *found, actor, now);
    return *found;
}

std::size_t forget_expired(store::Tx& tx, Time now) {
    auto const over = tx.all<Suppression>(sql::expired_suppressions, now);
    for (auto const& one : over) {
        tx.exec(sql::lift_suppression, one.id);
        publish(tx, "suppression.lifted", one, {}, now, "expiry");
    }
    return over.size();
}

std::optional<Suppression> find_suppression(store::Reader& reader, SuppressionId id) {
    return reader.one<Suppression>(sql::find_suppression, id);
}

std::vector<Suppression> suppressions(store::Reader& reader, SuppressionFilter const& filter, Time now) {
    SuppressionId const before = filter.before.value_or(SuppressionId{std::numeric_limits<std::int64_t>::max()});
    auto const reason = filter.reason ? std::string(json::enum_name(*filter.reason)) : std::string();
    if (filter.q.empty()) return reader.all<Suppression>(sql::list_suppressions, before, now, reason, filter.limit);
    auto const q = normalised(filter.q);
    return reader.all<Suppression>(sql::list_suppressions_like, before, now, reason, filter.limit, q, after_prefix(q));
}

std::vector<std::optional<std::string>> held_back(store::Reader& reader, std::span<Asked const> letters,
                                                  SuppressionPolicy const& policy, Time now) {
    std::vector<std::optional<std::string>> out(letters.size());
    if (letters.empty() || !reader.one<std::int64_t>(sql::any_suppression)) return out;
    std::multimap<std::string, Suppression> found;
    for (std::size_t at = 0; at < letters.size(); at += at_once) {
        std::array<std::string, at_once> addresses;
        for (std::size_t i = 0; i < at_once && at + i < letters.size(); ++i)
            addresses[i] = normalised(letters[at + i].address);
        for (auto& one : ask(reader, addresses, now, std::make_index_sequence<at_once>()))
            found.emplace(one.address, std::move(one));
    }
    for (std::size_t i = 0; i < letters.size(); ++i) {
        auto const [begin, end] = found.equal_range(normalised(letters[i].address));
        for (auto it = begin; it != end && !out[i]; ++it) {
            auto const& one = it->second;
            if (!stops(one.reason, letters[i].letter)) continue;
            bool const tried_anyway =
                letters[i].letter == LetterClass::legal && policy.legal_anyway && one.reason == SuppressionReason::hard;
            if (!tried_anyway) out[i] = in_words(one);
        }
    }
    return out;
}

}  // namespace rapport::post
