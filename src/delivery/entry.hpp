// The public verification entry of a delivery: /v/{token}. What anybody may see of its evidence who holds the
// certificate: that it exists, codes, times, places in the log. Nothing of whom it concerns or what it says, so it
// stays when the content is erased.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/delivery.hpp"

namespace rapport::delivery {

// 32 characters made from the delivery's number and the master key alone: nothing is stored for it, nobody can make one
// for another delivery, and it does not tell the number.
std::string entry_token(store::Keyring const& keyring, DeliveryId id);
std::optional<DeliveryId> delivery_of_entry(store::Keyring const& keyring, std::string_view token);
// What the token's key is derived for. Certificates are printed: the keys of earlier master keys are kept for good, and
// find_entry() knows their tokens, too.
inline constexpr std::string_view entry_purpose = "delivery.verification entry";
std::string entry_url(Office const& office, DeliveryId id);
std::string verify_page_url(Office const& office);

struct EntryRecord {
    std::int64_t number = 0;
    std::string code, name, clause;  // "C3", "ConsignmentAcceptance", "6.2.4"
    Time time{};
    std::optional<std::int64_t> leaf_index;  // absent: the log takes it within a second or two
    bool time_stamped = false;
};
BOOST_DESCRIBE_STRUCT(EntryRecord, (), (number, code, name, clause, time, leaf_index, time_stamped))
struct EntryCheckpoint {
    std::string origin;
    std::int64_t size = 0;
    std::string root;  // base64
    std::string note;  // the signed checkpoint itself
    bool time_stamped = false;
};
BOOST_DESCRIBE_STRUCT(EntryCheckpoint, (), (origin, size, root, note, time_stamped))
struct EntryView {
    std::string delivery;  // as the evidence names it
    bool qualified = false;
    std::vector<EntryRecord> evidence;
    std::optional<EntryCheckpoint> checkpoint;
    std::string log_key;     // as /log/key
    std::string verify_url;  // the page that checks the package
};
BOOST_DESCRIBE_STRUCT(EntryView, (), (delivery, qualified, evidence, checkpoint, log_key, verify_url))

// Code "not_found": no such entry, or a delivery without evidence.
Expected<EntryView> find_entry(store::Reader& reader, Office const& office, std::string_view token);

// The page; complete in six languages.
std::string entry_page(EntryView const& view, Locale locale);
std::string entry_missing_page(Locale locale);

}  // namespace rapport::delivery
