// What a relying party knows of its provider. Internal to oidc*.cpp.
#pragma once

#include <mutex>

#include "identity/oidc.hpp"

namespace rapport::identity {

// OpenID Connect Discovery 1.0 §3, as far as it is used.
struct RelyingParty::Metadata {
    std::string authorization_endpoint, token_endpoint, key_set, user_info_endpoint;
    bool answers_name_issuer = false;  // RFC 9207 §3
};

struct RelyingParty::State {
    std::mutex mutex;
    std::shared_ptr<Metadata const> metadata;
    Time metadata_at{}, metadata_failed_at{};
    std::optional<Error> metadata_error;
    std::shared_ptr<KeySet const> keys;
    Time keys_at{}, keys_tried_at{};
};

}  // namespace rapport::identity
