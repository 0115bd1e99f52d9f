// An OpenID Connect relying party (OpenID Connect Core 1.0, Discovery 1.0): authorization code with PKCE (RFC 7636,
// S256), state, nonce, the issuer of the answer (RFC 9207), and an ID token that is verified whole. One RelyingParty
// for each configured provider; any coroutine. Nothing is kept between begin() and finish() but the provider's
// metadata and keys: the caller keeps `Kept` where the browser cannot read it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "identity/identity.hpp"
#include "identity/jose.hpp"

namespace rapport::net {
class HttpClient;
}

namespace rapport::identity {

enum class ClientAuthentication : std::uint8_t { basic, post, none };

// What one level takes: any of these `acr` values, or all of these `amr` values together.
struct LevelRule {
    Level level{};
    std::vector<std::string> acr{}, amr{};
};

struct ProviderOptions {
    std::string id;    // in addresses: a-z, 0-9, '-'
    std::string name;  // as people read it
    std::string issuer;
    std::string client_id;
    std::string client_secret{};
    ClientAuthentication authentication = ClientAuthentication::basic;
    std::vector<std::string> scopes{"openid", "email"};
    std::vector<LevelRule> levels{};
    std::optional<Level> otherwise{};  // where no rule fits; empty: refused
    std::string identifier_claim{};    // empty: people are matched by verified e-mail address
    Duration max_age = std::chrono::minutes(10);
    bool insecure_http = false;  // plain http, for tests on this machine
};

// Who comes back, and how surely.
struct Identified {
    Claimed who;
    Level level{};
    std::string acr;
    std::vector<std::string> amr;
    Time authenticated_at{};
    std::string id_token;   // as it came: the assertion
    std::string user_info;  // JSON as it came; empty where it was not needed
};

struct Wanted {
    std::string redirect_uri;
    Level at_least = Level::low;
    Locale locale = Locale::en;
    // Whoever is still signed in at the provider is asked again (prompt=login): it may be somebody else's browser.
    bool afresh = false;
};
// What must be known again when the browser comes back; secret.
struct Kept {
    std::string state, nonce, verifier, redirect_uri;
    Time began_at{};
    // The person must have signed in since `began_at`. `prompt=login` alone is a wish: it travels through the browser,
    // whose holder can leave it out.
    bool afresh = false;
};
struct Begun {
    std::string url;  // where the browser goes
    Kept kept;
};
// The query of the redirect.
struct Answer {
    std::string state, code, issuer, error;
};

class RelyingParty {
  public:
    RelyingParty(net::HttpClient& http, ProviderOptions options, Clock clock = system_now);
    ~RelyingParty();
    RelyingParty(RelyingParty const&) = delete;

    ProviderOptions const& options() const { return options_; }
    std::optional<Level> highest() const;

    // Codes: provider_unreachable, provider_metadata (with the reason: another issuer, no https, no code flow …).
    Task<Expected<Begun>> begin(Wanted wanted);
    // Codes: answer_foreign (state or issuer are not those of this flow), sign_in_declined, sign_in_failed,
    // provider_unreachable, token_… (with the reason), level_too_low (no rule fits). Takes at most 25 seconds.
    Task<Expected<Identified>> finish(Answer answer, Kept kept);

  private:
    struct Metadata;
    struct State;
    Task<Expected<std::shared_ptr<Metadata const>>> metadata();
    Task<Expected<std::shared_ptr<Metadata const>>> fetch_metadata();
    Expected<std::shared_ptr<Metadata const>> read_metadata(json::Object const& document) const;
    Task<Expected<std::shared_ptr<KeySet const>>> keys(Metadata const& about, bool anew);
    Task<Expected<std::shared_ptr<KeySet const>>> fetch_keys(Metadata const& about);
    Task<Expected<json::Object>> redeem(Metadata const& about, std::string const& code, Kept const& kept);
    Task<Expected<SignedToken>> verified(Metadata const& about, std::string const& text);
    Task<Expected<std::string>> user_info(Metadata const& about, std::string access_token, std::string subject);

    net::HttpClient& http_;
    ProviderOptions const options_;
    Clock const clock_;
    std::unique_ptr<State> state_;
};

// The rules of an ID token's claims (Core §3.1.3.7), without its signature. Codes token_issuer, token_audience,
// token_expired, token_issued_at, token_nonce, token_auth_time, token_subject.
Expected<> check_claims(json::Object const& claims, ProviderOptions const& options, std::string_view nonce, Time now);
// Empty where no rule fits.
std::optional<Level> level_of(ProviderOptions const& options, std::string_view acr,
                              std::vector<std::string> const& amr);

}  // namespace rapport::identity
