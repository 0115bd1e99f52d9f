// Ways in which somebody proves who they are to an outside party that we believe: OpenID Connect providers
// (oidc.hpp), certificate authorities (certificate.hpp), and the passkeys that step in for either later (passkey.hpp).
// Protocols only: whom a proof means, and what it opens, is decided by people, delivery and app.
#pragma once

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::identity {

// eIDAS Art. 8 and CIR (EU) 2015/1502, as the operator's configuration vouches for them.
enum class Level : std::uint8_t { low, substantial, high };
BOOST_DESCRIBE_ENUM(Level, low, substantial, high)

// Who a proof speaks of, in the words of the party that made it.
struct Claimed {
    std::string source;                     // the provider's or authority's identifier in our configuration
    std::string issuer;                     // as it names itself
    std::string subject;                    // stable within the issuer
    std::vector<std::string> emails;        // verified by the issuer, lower case
    std::optional<std::string> identifier;  // the configured stable identifier, where one is configured
    std::string name;                       // for people; may be empty
};

}  // namespace rapport::identity
