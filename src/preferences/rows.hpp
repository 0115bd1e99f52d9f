// Inside preferences: what its files share.
#pragma once

#include "preferences/wire.hpp"

namespace rapport::preferences {

// Quiet hours at rest: {"windows": […]}.
QuietHours hours_from(json::Object const& object);
json::Object object_of(QuietHours const& hours);

std::unexpected<Error> no_such_consent();
std::unexpected<Error> wrong(std::vector<FieldError> faults);
void publish(store::Tx& tx, Act const& act, std::string_view kind, std::string subject, CustomerId customer,
             json::Object data);

// Chooses; true if it was otherwise before. Does not publish.
bool choose(store::Tx& tx, Act const& act, CustomerId customer, std::string_view category, Channel channel, bool wanted,
            How how);
// Ends the consent that is in force, if there is one.
std::optional<ConsentId> withdraw_in_force(store::Tx& tx, Settings const& settings, Act const& act, CustomerId customer,
                                           std::string_view category, Channel channel, How how);
// "agent agt_…", "customer": as records name who did something.
std::string by_text(Actor const& actor);

// fsck: does the row of a given consent say what the log says of it?
void check_records(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::preferences
