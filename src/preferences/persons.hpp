// Preferences of persons with several records: what is said of the person is said of each record, and the strictest of
// all is what holds. The customers' own page shows one record alone: whoever has a link proves one address.
#pragma once

#include "preferences/wire.hpp"

namespace rapport::preferences {

// As find_preferences(), of the record that answers; refusals, pauses of the others hold, too.
Expected<PreferencesView> find_preferences_of_person(store::Reader& reader, CustomerId customer, std::string_view zone,
                                                     Time now);
// As set_preferences(), of each record.
Expected<PreferencesView> set_preferences_of_person(store::Tx& tx, Settings const& settings, Act const& act,
                                                    CustomerId customer, NewPreferences const& wanted);
// Of all records, newest first.
std::vector<Consent> consents_of_person(store::Reader& reader, CustomerId customer);
// A record that was split off begins with what its old one refused and when it is quiet there; without its consents.
void inherit(store::Tx& tx, Act const& act, CustomerId from, CustomerId made);

}  // namespace rapport::preferences
