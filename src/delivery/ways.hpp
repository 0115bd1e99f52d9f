// The ways that this installation has, besides the one-time code, for somebody to prove who they are: identity
// providers, certificates, passkeys. The app fills it in from the configuration; any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "delivery/delivery.hpp"
#include "identity/certificate.hpp"
#include "identity/oidc.hpp"
#include "identity/passkey.hpp"

namespace rapport::delivery {

struct Ways {
    std::vector<std::unique_ptr<identity::RelyingParty>> providers;
    std::vector<std::unique_ptr<identity::RelyingParty>> agents_only{};  // not for recipients
    std::vector<std::shared_ptr<identity::Authority>> authorities;
    std::string certificate_url{};  // of the listener that asks for certificates; empty: certificates are not taken
    std::optional<identity::PasskeyParty> passkeys{};
    Duration passkey_life = std::chrono::days(365);  // since it was registered

    identity::RelyingParty* provider(std::string_view id) const;
    // Could somebody of whom only the e-mail address is known (and these linked sources) be identified so surely?
    bool reaches(Assurance level, std::vector<std::string> const& linked_sources) const;
    std::optional<Assurance> highest() const;
};

constexpr Assurance assurance_of(identity::Level level) {
    switch (level) {
        case identity::Level::low:
            return Assurance::low;
        case identity::Level::substantial:
            return Assurance::substantial;
        case identity::Level::high:
            return Assurance::high;
    }
    return Assurance::basic;
}
constexpr identity::Level level_of(Assurance level) {
    return level == Assurance::high          ? identity::Level::high
           : level == Assurance::substantial ? identity::Level::substantial
                                             : identity::Level::low;
}

}  // namespace rapport::delivery
