// The two halves of a sign-in: out to the provider, and back.
#include "identity/oidc.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "identity/oidc_state.hpp"
#include "net/request.hpp"

namespace rapport::identity {
namespace {

using namespace std::chrono_literals;

constexpr auto skew = 60s;
constexpr auto oldest_token = 10min;

std::unexpected<Error> refused(std::string code, std::string text) {
    return fail(ErrorKind::forbidden, std::move(code), std::move(text));
}

Time time_of(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

std::vector<std::string> texts_in(json::Object const& object, std::string_view name) {
    std::vector<std::string> out;
    auto const* value = object.if_contains(name);
    if (!value) return out;
    if (value->is_string()) out.emplace_back(std::string_view(value->get_string()));
    if (value->is_array())
        for (auto const& one : value->get_array())
            if (one.is_string()) out.emplace_back(std::string_view(one.get_string()));
    return out;
}

bool is_true(json::Object const& object, std::string_view name) {
    auto const* value = object.if_contains(name);
    return value && ((value->is_bool() && value->get_bool()) || (value->is_string() && value->get_string() == "true"));
}

std::string joined(std::vector<std::string> const& words) {
    std::string out;
    for (auto const& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

void add_parameter(std::string& url, std::string_view name, std::string_view value) {
    url += url.find('?') == std::string::npos ? '?' : '&';
    url.append(name).append("=").append(net::percent_encoded(value));
}

// What the person is known by, from the ID token or the user info.
void take_claims(Claimed& who, json::Object const& claims, ProviderOptions const& options) {
    if (auto const email = text_in(claims, "email"); email && is_true(claims, "email_verified"))
        if (auto const folded = ascii_lower(*email); std::ranges::find(who.emails, folded) == who.emails.end())
            who.emails.push_back(folded);
    if (who.name.empty()) who.name = text_in(claims, "name").value_or("").substr(0, 200);
    if (!options.identifier_claim.empty() && !who.identifier)
        who.identifier = text_in(claims, options.identifier_claim);
}

bool lacks_claims(Claimed const& who, ProviderOptions const& options) {
    return options.identifier_claim.empty() ? who.emails.empty() : !who.identifier;
}

}  // namespace

std::optional<Level> level_of(ProviderOptions const& options, std::string_view acr,
                              std::vector<std::string> const& amr) {
    std::optional<Level> best = options.otherwise;
    for (auto const& rule : options.levels) {
        auto const used = [&](std::string const& one) { return std::ranges::find(amr, one) != amr.end(); };
        bool const by_acr = !acr.empty() && std::ranges::find(rule.acr, acr) != rule.acr.end();
        bool const by_amr = !rule.amr.empty() && std::ranges::all_of(rule.amr, used);
        if ((by_acr || by_amr) && (!best || rule.level > *best)) best = rule.level;
    }
    return best;
}

Expected<> check_claims(json::Object const& claims, ProviderOptions const& options, std::string_view nonce, Time now) {
    if (text_in(claims, "iss") != options.issuer)
        return refused("token_issuer", "The token was issued by somebody else.");
    auto const audience = texts_in(claims, "aud");
    // Core §3.1.3.7 rule 3: no audience but us is trusted.
    if (audience.size() != 1 || audience.front() != options.client_id)
        return refused("token_audience", "The token was issued for another application.");
    if (claims.contains("azp") && text_in(claims, "azp") != options.client_id)
        return refused("token_audience", "The token was issued to another application.");
    auto const expires = number_in(claims, "exp"), issued = number_in(claims, "iat");
    if (!expires || now >= time_of(*expires) + skew) return refused("token_expired", "The token has expired.");
    if (!issued || time_of(*issued) > now + skew || time_of(*issued) < now - oldest_token)
        return refused("token_issued_at", "The token was not issued just now: check both clocks.");
    if (auto const begins = number_in(claims, "nbf"); begins && time_of(*begins) > now + skew)
        return refused("token_issued_at", "The token is not valid yet: check both clocks.");
    auto const given = text_in(claims, "nonce");
    if (!given || nonce.empty() || !equal_in_constant_time(*given, nonce))
        return refused("token_nonce", "The token belongs to another sign-in.");
    auto const subject = text_in(claims, "sub");
    if (!subject || subject->empty() || subject->size() > 255 || !is_plain_text(*subject))
        return refused("token_subject", "The token names nobody.");
    auto const signed_in = number_in(claims, "auth_time");
    // Core §3.1.2.1: whoever asks with max_age gets auth_time, and checks it.
    if (!signed_in || time_of(*signed_in) > now + skew || time_of(*signed_in) + options.max_age + skew < now)
        return refused("token_auth_time", "The provider does not say that the person signed in just now.");
    return {};
}

std::optional<Level> RelyingParty::highest() const {
    auto best = options_.otherwise;
    for (auto const& rule : options_.levels)
        if ((!rule.acr.empty() || !rule.amr.empty()) && (!best || rule.level > *best)) best = rule.level;
    return best;
}

Task<Expected<Begun>> RelyingParty::begin(Wanted wanted) {
    auto const about = co_await metadata();
    if (!about) co_return fail(about.error());
    Begun begun{(*about)->authorization_endpoint,
                {random_token(32), random_token(32), random_token(48), wanted.redirect_uri, clock_(), wanted.afresh}};
    auto const& kept = begun.kept;
    auto& url = begun.url;
    add_parameter(url, "response_type", "code");
    add_parameter(url, "client_id", options_.client_id);
    add_parameter(url, "redirect_uri", wanted.redirect_uri);
    add_parameter(url, "scope", joined(options_.scopes));
    add_parameter(url, "state", kept.state);
    add_parameter(url, "nonce", kept.nonce);
    add_parameter(url, "code_challenge", to_base64url(sha256(kept.verifier).view()));
    add_parameter(url, "code_challenge_method", "S256");
    add_parameter(url, "max_age",
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(options_.max_age).count()));
    if (wanted.afresh) add_parameter(url, "prompt", "login");  // Core §3.1.2.1
    add_parameter(url, "ui_locales", to_text(wanted.locale));
    std::vector<std::string> acr;
    for (auto const& rule : options_.levels)
        if (rule.level >= wanted.at_least) acr.insert(acr.end(), rule.acr.begin(), rule.acr.end());
    if (!acr.empty()) add_parameter(url, "acr_values", joined(acr));
    co_return begun;
}

Task<Expected<Identified>> RelyingParty::finish(Answer answer, Kept kept) {
    if (answer.state.empty() || !equal_in_constant_time(answer.state, kept.state))
        co_return refused("answer_foreign", "This answer belongs to another sign-in.");
    auto const about = co_await metadata();
    if (!about) co_return fail(about.error());
    // RFC 9207 §2.4: also of errors, and before anything else is believed.
    if (answer.issuer.empty() ? (*about)->answers_name_issuer : answer.issuer != options_.issuer)
        co_return refused("answer_foreign", "This answer comes from another provider.");
    if (answer.error == "access_denied") co_return refused("sign_in_declined", "The sign-in was broken off.");
    if (!answer.error.empty() || answer.code.empty() || answer.code.size() > 4096)
        co_return refused("sign_in_failed", "The provider did not sign the person in: " +
                                                (is_plain_text(answer.error) ? answer.error.substr(0, 100) : "?"));
    auto const tokens = co_await redeem(**about, answer.code, kept);
    if (!tokens) co_return fail(tokens.error());
    auto const text = text_in(*tokens, "id_token");
    if (!text) co_return refused("token_malformed", "The provider sent no ID token.");
    auto const token = co_await verified(**about, *text);
    if (!token) co_return fail(token.error());
    auto const& claims = token->claims;
    if (auto const good = check_claims(claims, options_, kept.nonce, clock_()); !good) co_return fail(good.error());
    if (kept.afresh && time_of(*number_in(claims, "auth_time")) + skew < kept.began_at)
        co_return refused("token_auth_time", "The provider did not ask the person to sign in anew.");

    Identified out;
    out.who.source = options_.id;
    out.who.issuer = options_.issuer;
    out.who.subject = *text_in(claims, "sub");
    out.acr = text_in(claims, "acr").value_or("");
    out.amr = texts_in(claims, "amr");
    out.authenticated_at = time_of(*number_in(claims, "auth_time"));
    out.id_token = *text;
    auto const level = level_of(options_, out.acr, out.amr);
    if (!level)
        co_return refused("level_too_low", "The provider did not sign the person in as surely as any level demands.");
    out.level = *level;
    take_claims(out.who, claims, options_);
    auto const access = text_in(*tokens, "access_token");
    if (lacks_claims(out.who, options_) && access && !(*about)->user_info_endpoint.empty()) {
        auto info = co_await user_info(**about, *access, out.who.subject);
        if (!info) co_return fail(info.error());
        take_claims(out.who, json::parse(*info)->get_object(), options_);
        out.user_info = std::move(*info);
    }
    co_return out;
}

}  // namespace rapport::identity
