// The links by which a customer picks up (/p/), answers (/n/), or sets preferences (/u/) work for whoever has them.
// What people and programs of the organisation are shown of a letter, or of a mail that quotes one, goes through here.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace rapport::post {

// The secret of each link gives way to "…".
std::string without_secret_links(std::string_view text);

// A mail as it travels: what is written in quoted-printable or base64 is found, too. Secrets give way to as many "x",
// so that nothing else moves.
Bytes mail_without_secret_links(Bytes raw);

}  // namespace rapport::post
