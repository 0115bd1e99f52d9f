// Whether a notice is sent, when, and why: the class's rule, the customer's choice, consent, pause, quiet hours.
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {
namespace {

struct Facts {
    std::optional<std::string> zone;
    std::optional<json::Object> quiet_hours;
    std::optional<Time> paused_until;
    std::optional<bool> wanted;
    std::optional<Time> chosen_at, given_at;
};
BOOST_DESCRIBE_STRUCT(Facts, (), (zone, quiet_hours, paused_until, wanted, chosen_at, given_at))

std::string day_of(Time time) { return to_text(time).substr(0, 10); }

Decided suppressed(Because because, std::string words, std::optional<std::string> zone) {
    return {Verdict::suppress, because, std::move(words), std::nullopt, std::move(zone)};
}

// When it may leave, and which wish it waits for longest.
Decided waiting(Facts const& facts, Time due, std::string_view zone) {
    Decided made;
    auto at = due;
    if (facts.paused_until && *facts.paused_until > at) {
        at = *facts.paused_until;
        made.because = Because::paused_until;
        made.words = "The customer wants nothing until " + to_text(at) + '.';
    }
    auto const hours = facts.quiet_hours ? hours_from(*facts.quiet_hours) : QuietHours();
    if (auto const end = quiet_until(hours, zone, at)) {
        at = *end;
        made.because = Because::quiet_until;
        made.words = "The customer's quiet hours end at " + to_text(at) + " (" + std::string(zone) + ").";
    }
    if (at == due) return made;
    made.verdict = Verdict::later;
    made.at = at;
    return made;
}

}  // namespace

Decided decide(store::Reader& reader, Wish const& wish, std::string_view organisation_zone) {
    auto const& rule = rule_of(wish.class_);
    auto const facts =
        wish.customer
            ? reader.one<Facts>(sql::wish_facts, *wish.customer, wish.category, wish.channel).value_or(Facts())
            : Facts();
    if (wish.class_ == Class::legal)
        return {Verdict::send, Because::legal,
                "A legal notice is delivered whatever the customer prefers: " + std::string(rule.why) + '.',
                std::nullopt, facts.zone};
    if (facts.wanted == false && rule.may_be_refused)
        return suppressed(Because::not_wanted,
                          "The customer refused this category on " + day_of(facts.chosen_at.value_or(wish.due)) + '.',
                          facts.zone);
    if (rule.needs_consent && !facts.given_at)
        return suppressed(Because::no_consent, "There is no consent to this category, and it is promotional.",
                          facts.zone);
    auto made = rule.waits ? waiting(facts, wish.due, facts.zone ? std::string_view(*facts.zone) : organisation_zone)
                           : Decided();
    if (made.verdict == Verdict::later && wish.urgent && !rule.urgent_waits)
        made = {Verdict::send, Because::urgent, "It is urgent: it does not wait. " + made.words, std::nullopt, {}};
    made.zone = facts.zone;
    return made;
}

}  // namespace rapport::preferences
