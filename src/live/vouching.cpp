// A JSON Web Token with which the organisation's own site says who its signed-in customer is: HS256 alone (RFC 7518
// §3.2), so that no header can choose a weaker way (RFC 8725 §3.1).
#include "live/live.hpp"

namespace rapport::live {
namespace {

struct Header {
    std::string alg;
    std::optional<std::string> typ, kid;
};
BOOST_DESCRIBE_STRUCT(Header, (), (alg, typ, kid))

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

}  // namespace

Expected<Vouched> read_vouching(std::string_view token, ByteView secret, SiteId site, Time now) {
    auto const first = token.find('.'), second = token.rfind('.');
    if (first == token.npos || first == second || token.size() > 4096) return refused("it is no JWT.");
    auto const head = from_base64url(token.substr(0, first));
    auto const body = from_base64url(token.substr(first + 1, second - first - 1));
    auto const mac = from_base64url(token.substr(second + 1));
    if (!head || !body || !mac) return refused("it is no JWT.");
    auto const header = json::decode<Header>(*head);
    if (!header || header->alg != "HS256") return refused("its algorithm must be HS256.");
    if (!equal_in_constant_time(hmac_sha256(secret, token.substr(0, second)).view(), *mac))
        return refused("its signature is wrong.");
    auto claims = json::decode<Claims>(*body);
    if (!claims) return refused("it must have sub, aud, jti and exp; also known are iat, nbf, iss, name and email.");
    if (claims->aud != to_text(site)) return refused("aud must be this site's identifier.");
    if (claims->sub.empty() || claims->sub.size() > 200 || claims->jti.empty() || claims->jti.size() > 200 ||
        !is_plain_text(claims->sub) || !is_plain_text(claims->jti))
        return refused("sub and jti have 1 to 200 characters.");
    auto const at = [](std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); };
    constexpr std::int64_t most = 253'402'300'799;  // the year 9999
    if (claims->exp <= 0 || claims->exp > most || claims->nbf.value_or(0) > most) return refused("exp is no time.");
    if (at(claims->exp) <= now)
        return fail(ErrorKind::forbidden, "vouching_expired", "The token of the site has expired; make a new one.");
    if (at(claims->exp) > now + longest_vouching) return refused("exp must be within 24 hours.");
    if (claims->nbf && at(*claims->nbf) > now + std::chrono::minutes(1)) return refused("it is not valid yet.");
    Vouched out{std::move(claims->sub), std::move(claims->jti), at(claims->exp), std::move(claims->email), ""};
    if (claims->name && claims->name->size() <= 200 && is_plain_text(*claims->name))
        out.name = std::move(*claims->name);
    return out;
}

}  // namespace rapport::live
