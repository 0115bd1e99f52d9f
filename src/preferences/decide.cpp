// Whether a notice is sent, when, and why: the class's rule, the customer's choice, consent, pause, quiet hours.
#include <algorithm>

#include "people/merged.hpp"
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {
namespace {

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

Decided decide_by(Facts const& facts, Wish const& wish, std::string_view organisation_zone) {
    auto const& rule = rule_of(wish.class_);
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

// What the person said at their other records holds as well, where it is stricter. Consent is each record's own: it was
// given for an address.
Decided decide_by(Facts const& own, std::vector<Facts> others, Wish const& wish, std::string_view organisation_zone) {
    auto made = decide_by(own, wish, organisation_zone);
    for (auto& other : others) {
        other.given_at = own.given_at;
        auto const said = decide_by(other, wish, organisation_zone);
        if (made.verdict != Verdict::suppress && said.verdict == Verdict::suppress) made = said;
    }
    // Waiting for one wish may end in the time of another.
    constexpr int most_rounds = 20;
    std::vector<Facts const*> all{&own};
    for (auto const& other : others) all.push_back(&other);
    for (int round = 0; round < most_rounds && made.verdict != Verdict::suppress; ++round) {
        auto const before = made.at;
        auto later = wish;
        later.due = made.at.value_or(wish.due);
        for (auto const* facts : all) {
            later.due = made.at.value_or(wish.due);
            auto const said = decide_by(*facts, later, organisation_zone);
            if (said.verdict == Verdict::later) made = said;
        }
        if (made.at == before) break;
    }
    return made;
}

constexpr std::size_t asked_at_once = 32;  // as sql::wishes_of_many has parameters

struct SaidRow {
    CustomerId customer;
    std::string category;
    std::optional<std::string> zone;
    std::optional<json::Object> quiet_hours;
    std::optional<Time> paused_until;
    std::optional<bool> wanted;
    std::optional<Time> chosen_at, given_at;
};
BOOST_DESCRIBE_STRUCT(SaidRow, (), (customer, category, zone, quiet_hours, paused_until, wanted, chosen_at, given_at))

template <std::size_t... I>
std::vector<SaidRow> ask(store::Reader& reader, Channel channel, std::span<CustomerId const> who,
                         std::index_sequence<I...>) {
    return reader.all<SaidRow>(sql::wishes_of_many, channel, who[std::min(I, who.size() - 1)]...);
}

}  // namespace

Decided decide(store::Reader& reader, Wish const& wish, std::string_view organisation_zone) {
    if (!wish.customer) return decide_by(Facts(), wish, organisation_zone);
    auto const said_at = [&](CustomerId record) {
        return reader.one<Facts>(sql::wish_facts, record, wish.category, wish.channel).value_or(Facts());
    };
    std::vector<Facts> others;
    for (auto const record : people::records_of(reader, *wish.customer))
        if (record != *wish.customer) others.push_back(said_at(record));
    return decide_by(said_at(*wish.customer), std::move(others), wish, organisation_zone);
}

// What a person's other records said stands beside what the record itself did: under the category, with its place.
static std::string beside(std::string_view category, std::size_t place) {
    return std::string(category) + '\n' + std::to_string(place);
}

KnownWishes::KnownWishes(store::Reader& reader, std::span<CustomerId const> customers, Channel channel)
    : channel_(channel) {
    auto const merged = people::records_of(reader, customers);
    std::vector<CustomerId> all(customers.begin(), customers.end());
    for (auto const& [customer, records] : merged) all.insert(all.end(), records.begin(), records.end());
    for (auto rest = std::span<CustomerId const>(all); !rest.empty();
         rest = rest.subspan(std::min(rest.size(), asked_at_once))) {
        auto const some = rest.first(std::min(rest.size(), asked_at_once));
        for (auto& row : ask(reader, channel, some, std::make_index_sequence<asked_at_once>())) {
            auto& facts = facts_[{row.customer, std::move(row.category)}];
            facts.zone = std::move(row.zone);
            facts.quiet_hours = std::move(row.quiet_hours);
            facts.paused_until = row.paused_until;
            // A choice and a consent come as two rows.
            if (row.wanted) facts.wanted = row.wanted;
            if (row.chosen_at) facts.chosen_at = row.chosen_at;
            if (row.given_at) facts.given_at = row.given_at;
        }
    }
    decltype(facts_) others;
    for (auto const& [customer, records] : merged) {
        std::size_t place = 0;
        for (auto const record : records) {
            auto const first = facts_.lower_bound(std::pair(record, std::string()));
            if (record == customer || first == facts_.end() || first->first.first != record) continue;
            others[{customer, beside("", ++place)}];  // the place is taken, whatever the category
            for (auto at = first; at != facts_.end() && at->first.first == record; ++at)
                others[{customer, beside(at->first.second, place)}] = at->second;
        }
    }
    facts_.merge(others);
}

Decided KnownWishes::decide(Wish const& wish, std::string_view organisation_zone) const {
    require(wish.channel == channel_, "what is asked about was read");
    if (!wish.customer) return decide_by(Facts(), wish, organisation_zone);
    auto const said = [&](std::string category, std::string any) {
        auto found = facts_.find(std::pair(*wish.customer, std::move(category)));
        if (found == facts_.end()) found = facts_.find(std::pair(*wish.customer, std::move(any)));
        return found == facts_.end() ? nullptr : &found->second;
    };
    std::vector<Facts> others;
    for (std::size_t place = 1; auto const* other = said(beside(wish.category, place), beside("", place)); ++place)
        others.push_back(*other);
    auto const* own = said(std::string(wish.category), "");
    return decide_by(own ? *own : Facts(), std::move(others), wish, organisation_zone);
}

}  // namespace rapport::preferences
