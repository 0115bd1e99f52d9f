// Providers, authorities and passkeys, as configured.
#include "app/ways.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/log.hpp"

namespace rapport::app {
namespace {

Bytes contents_of(std::string const& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(file + " cannot be read.");
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

identity::ProviderOptions options_of(IdentityProviderConfig const& config) {
    using identity::Level;
    identity::ProviderOptions options{config.id, config.name, config.issuer, config.client_id};
    using identity::ClientAuthentication;
    options.authentication = config.client_authentication == "post"   ? ClientAuthentication::post
                             : config.client_authentication == "none" ? ClientAuthentication::none
                                                                      : ClientAuthentication::basic;
    if (options.authentication != ClientAuthentication::none)
        options.client_secret = trimmed(contents_of(config.client_secret_file));
    options.scopes = config.scopes;
    options.levels = {{Level::low, config.acr_low, config.amr_low},
                      {Level::substantial, config.acr_substantial, config.amr_substantial},
                      {Level::high, config.acr_high, config.amr_high}};
    if (config.otherwise == "low") options.otherwise = Level::low;
    options.identifier_claim = config.identifier_claim;
    options.max_age = std::chrono::seconds(config.max_age_seconds);
    options.insecure_http = config.private_network;
    return options;
}

std::shared_ptr<identity::Authority> authority_of(CertificateAuthorityConfig const& config) {
    identity::AuthorityOptions options{config.id, config.name, contents_of(config.file)};
    if (!config.revocation_file.empty()) options.revocations = contents_of(config.revocation_file);
    options.level = json::enum_from<identity::Level>(config.level).value_or(identity::Level::low);
    options.identifier_attribute = config.identifier_attribute;
    options.policies = config.policies;
    auto authority = identity::Authority::from(std::move(options));
    if (!authority) throw std::runtime_error(authority.error().text);
    return *authority;
}

// WebAuthn §5.4.2: the relying party's identifier is the host; browsers know passkeys on https and localhost only.
std::optional<identity::PasskeyParty> passkeys_of(Config const& config) {
    auto const& url = config.public_url;
    auto const begin = url.find("://") + 3;
    auto const host = url.substr(begin, url.find_first_of(":/", begin) - begin);
    if (!config.identification.passkeys || (url.starts_with("http://") && host != "localhost")) return std::nullopt;
    return identity::PasskeyParty{host, url.substr(0, url.find('/', begin))};
}

}  // namespace

void read_revocations_again(Config const& config, delivery::Ways const& ways) {
    for (std::size_t i = 0; i < config.certificate_authority.size(); ++i) {
        auto const& file = config.certificate_authority[i].revocation_file;
        if (file.empty()) continue;
        try {
            if (auto const renewed = ways.authorities.at(i)->renew(contents_of(file)); !renewed)
                throw std::runtime_error(renewed.error().text);
            log::info("revocations_reloaded", {{"file", file}});
        } catch (std::exception const& error) {
            log::error("revocations_not_reloaded", {{"reason", std::string(error.what())}});  // the old stay in force
        }
    }
}

bool is_for(Config const& config, std::string_view provider, std::string_view use) {
    return std::ranges::any_of(config.identity_provider, [&](auto const& one) {
        return one.id == provider && std::ranges::find(one.uses, use) != one.uses.end();
    });
}

std::shared_ptr<delivery::Ways const> ways_of(Config const& config, net::HttpClient& http) {
    auto ways = std::make_shared<delivery::Ways>();
    for (auto const& one : config.identity_provider) {
        auto provider = std::make_unique<identity::RelyingParty>(http, options_of(one));
        (is_for(config, one.id, "recipients") ? ways->providers : ways->agents_only).push_back(std::move(provider));
    }
    for (auto const& one : config.certificate_authority) ways->authorities.push_back(authority_of(one));
    ways->certificate_url = config.tls.certificate_url;
    ways->passkeys = passkeys_of(config);
    ways->passkey_life = std::chrono::days(config.identification.passkey_days);
    return ways;
}

}  // namespace rapport::app
