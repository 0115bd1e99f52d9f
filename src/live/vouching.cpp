// A JSON Web Token with which the organisation's own site says who its signed-in customer is: HS256 alone (RFC 7518
// §3.2), so that no header can choose a weaker way (RFC 8725 §3.1).
#include "base/text.hpp"
#include "identity/jose.hpp"
#include "live/live.hpp"

namespace rapport::live {
namespace {

// RFC 7519 §4.1; what else a site puts in is refused, so that nothing is believed to be heard that is not.
struct Claims {
    std::string sub, aud, jti;
    std::int64_t exp = 0;
    std::optional<std::int64_t> iat, nbf;
    std::optional<std::string> iss, name;
    std::optional<EmailAddress> email;
};
BOOST_DESCRIBE_STRUCT(Claims, (), (sub, aud, jti, exp, iat, nbf, iss, name, email))

std::unexpected<Error> refused(std::string why) {
    return fail(ErrorKind::forbidden, "vouching_refused", "The token of the site is not accepted: " + std::move(why));
}

bool is_key(std::string_view text) { return !text.empty() && text.size() <= 200 && is_plain_text(text); }

// Seconds since 1970 that a calendar has; nothing for others.
std::optional<Time> instant(std::int64_t seconds) {
    constexpr std::int64_t most = 253'402'300'799;  // the year 9999
    return seconds > 0 && seconds <= most ? std::optional(Time(std::chrono::seconds(seconds))) : std::nullopt;
}

}  // namespace

Expected<Vouched> read_vouching(std::string_view text, Key256 const& secret, SiteId site, Time now) {
    auto const token = identity::read_token(text, identity::by_secret);
    if (!token) return refused(token.error().text);
    if (auto const ours = identity::verify(*token, secret); !ours) return refused(ours.error().text);
    auto claims = json::decode_value<Claims>(token->claims);
    if (!claims) return refused("it must have sub, aud, jti and exp; also known are iat, nbf, iss, name and email.");
    if (claims->aud != to_text(site)) return refused("aud must be this site's identifier.");
    if (!is_key(claims->sub) || !is_key(claims->jti)) return refused("sub and jti have 1 to 200 characters.");
    auto const expires = instant(claims->exp), begins = instant(claims->nbf.value_or(claims->exp));
    if (!expires || !begins) return refused("exp or nbf is no time.");
    if (*expires <= now)
        return fail(ErrorKind::forbidden, "vouching_expired", "The token of the site has expired; make a new one.");
    if (*expires > now + longest_vouching) return refused("exp must be within 24 hours.");
    if (claims->nbf && *begins > now + std::chrono::minutes(1)) return refused("it is not valid yet.");
    Vouched out{std::move(claims->sub), std::move(claims->jti), *expires, std::move(claims->email), ""};
    if (claims->name && claims->name->size() <= 200 && is_plain_text(*claims->name))
        out.name = std::move(*claims->name);
    return out;
}

}  // namespace rapport::live
