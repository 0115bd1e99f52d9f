// The throttle of promotional notices: how many a customer gets in how many days.
#include "notice/schedule_wire.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

constexpr std::string_view setting = "throttle";
constexpr std::int64_t most_notices = 1'000, most_days = 366;

}  // namespace

ThrottleSettings throttle_settings(store::Reader& reader) {
    auto const kept = reader.one<json::Object>(sql::find_setting, setting);
    if (!kept) return {};
    return json::decode_value<ThrottleSettings>(json::Value(*kept)).value_or(ThrottleSettings{});
}

Expected<ThrottleSettings> set_throttle(store::Tx& tx, people::Act const& act, ThrottleSettings const& wanted) {
    std::vector<FieldError> faults;
    auto const within = [&](std::int64_t value, std::int64_t most, std::string_view name) {
        if (value < 1 || value > most)
            faults.push_back({"/promotional/" + std::string(name), "must be from 1 to " + std::to_string(most),
                              "choose such a number, or leave `promotional` out for no limit"});
    };
    if (wanted.promotional) {
        within(wanted.promotional->most, most_notices, "most");
        within(wanted.promotional->days, most_days, "days");
    }
    if (!faults.empty())
        return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                    std::move(faults));
    auto const value = json::parse(json::encode(wanted));
    tx.exec(sql::set_setting, setting, value->get_object());
    people::audit(tx, act, "throttle.changed", setting, people::AuditOutcome::done, value->get_object());
    tx.publish({.at = act.now,
                .kind = "throttle.changed",
                .subject = std::string(setting),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id,
                .data = value->get_object()});
    return wanted;
}

}  // namespace rapport::notice
