// Mails and letters of what is erased: addresses, replies of servers and raw octets go; that there was one stays.
#pragma once

#include "post/inbound.hpp"

namespace rapport::post {

// What stands where an address stood.
inline constexpr std::string_view erased_address = "erased@erased.invalid";

// The raw mail cannot be read any more. The same octets again are known, and not taken twice.
void erase_mail(store::Tx& tx, store::Blobs const& blobs, InboundId id);
// Those that wait are cancelled; with the bounces that came back, and their mails.
void erase_letters(store::Tx& tx, store::Blobs const& blobs, std::string_view owner, Time now);

}  // namespace rapport::post
