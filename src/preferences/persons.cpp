// The strictest of what was said at several records.
#include "preferences/persons.hpp"

#include <algorithm>

#include "people/merged.hpp"
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {

Expected<PreferencesView> find_preferences_of_person(store::Reader& reader, CustomerId customer, std::string_view zone,
                                                     Time now) {
    auto const records = people::records_of(reader, customer);
    auto view = find_preferences(reader, records.front(), zone, now);
    if (!view || records.size() == 1) return view;
    std::vector<Wishes> said;
    for (auto const record : records) {
        said.push_back(wishes_of(reader, record));
        auto const other = find_preferences(reader, record, zone, now);
        if (!other) continue;
        view->paused_until = std::max(view->paused_until, other->paused_until);
        view->quiet_until = std::max(view->quiet_until, other->quiet_until);
        // Consent at one of them is one; a refusal, below, counts more.
        for (auto& choice : view->choices)
            for (auto const& theirs : other->choices)
                if (theirs.category == choice.category && theirs.consent && !choice.consent) choice = theirs;
    }
    for (auto& choice : view->choices)
        for (auto const& wishes : said)
            for (auto const& one : wishes.choices)
                if (one.category == choice.category && !one.wanted && choice.may_be_changed) {
                    choice.wanted = false;
                    choice.how = one.how;
                    choice.changed_at = one.changed_at;
                }
    return view;
}

Expected<PreferencesView> set_preferences_of_person(store::Tx& tx, Settings const& settings, Act const& act,
                                                    CustomerId customer, NewPreferences const& wanted) {
    for (auto const record : people::records_of(tx, customer))
        if (auto const done = set_preferences(tx, settings, act, record, wanted, How::api); !done)
            return fail(done.error());
    return find_preferences_of_person(tx, customer, settings.zone, act.now);
}

std::vector<Consent> consents_of_person(store::Reader& reader, CustomerId customer) {
    std::vector<Consent> all;
    for (auto const record : people::records_of(reader, customer))
        std::ranges::move(consents_of(reader, record), std::back_inserter(all));
    std::ranges::sort(all, std::ranges::greater(), &Consent::id);
    return all;
}

void inherit(store::Tx& tx, Act const& act, CustomerId from, CustomerId made) {
    auto const wishes = wishes_of(tx, from);
    if (wishes.time_zone || !wishes.quiet_hours.empty() || wishes.paused_until)
        tx.exec(sql::put_wishes, made, wishes.time_zone, object_of(wishes.quiet_hours), wishes.paused_until, act.now);
    for (auto const& choice : wishes.choices)
        if (!choice.wanted) choose(tx, act, made, choice.category, choice.channel, false, How::api);
}

}  // namespace rapport::preferences
