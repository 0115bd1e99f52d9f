// Talking to the provider: metadata, keys, tokens, user info. Every answer is bounded in size and time, none is
// followed elsewhere, and what was fetched in vain is not fetched again at once.
#include "base/log.hpp"
#include "identity/oidc_state.hpp"
#include "net/client.hpp"
#include "net/request.hpp"

namespace rapport::identity {
namespace {

using namespace std::chrono_literals;

constexpr auto metadata_life = 1h, keys_life = 1h;
constexpr auto pause_after_failure = 5s;  // of discovery
constexpr auto pause_between_keys = 30s;  // an unknown key asks for the set anew, but not more often
constexpr std::size_t most_document = 256 << 10;

std::unexpected<Error> unreachable(std::string text) {
    return std::unexpected(Error{ErrorKind::unavailable, "provider_unreachable", std::move(text), {}, 10});
}
std::unexpected<Error> bad_metadata(std::string text) {
    return std::unexpected(Error{ErrorKind::unavailable, "provider_metadata", std::move(text), {}, 60});
}

bool names(json::Object const& object, std::string_view list, std::string_view value) {
    auto const* found = object.if_contains(list);
    if (!found || !found->is_array()) return false;
    for (auto const& one : found->get_array())
        if (one.is_string() && std::string_view(one.get_string()) == value) return true;
    return false;
}

Expected<json::Object> object_of(net::HttpReply const& reply, std::string_view what) {
    if (reply.status != 200)
        return unreachable("The provider's " + std::string(what) + " answers " + std::to_string(reply.status) + ".");
    auto value = json::parse(reply.body);
    if (!value || !value->is_object())
        return bad_metadata("The provider's " + std::string(what) + " is no JSON object.");
    return std::move(value->get_object());
}

net::HttpRequest get(std::string url, std::chrono::milliseconds timeout) {
    net::HttpRequest request;
    request.url = std::move(url);
    request.headers.add("Accept", "application/json");
    request.timeout = timeout;
    request.response_limit = most_document;
    return request;  // no redirects: what the provider says comes from where the configuration says
}

}  // namespace

RelyingParty::RelyingParty(net::HttpClient& http, ProviderOptions options, Clock clock)
    : http_(http), options_(std::move(options)), clock_(std::move(clock)), state_(std::make_unique<State>()) {}
RelyingParty::~RelyingParty() = default;

Task<Expected<std::shared_ptr<RelyingParty::Metadata const>>> RelyingParty::metadata() {
    auto const now = clock_();
    {
        std::lock_guard const lock(state_->mutex);
        if (state_->metadata && now < state_->metadata_at + metadata_life) co_return state_->metadata;
        if (now < state_->metadata_failed_at + pause_after_failure) {
            if (state_->metadata) co_return state_->metadata;
            co_return fail(*state_->metadata_error);
        }
    }
    auto fetched = co_await fetch_metadata();
    std::lock_guard const lock(state_->mutex);
    if (!fetched) {
        log::warning("provider_unusable", {{"provider", options_.id}, {"reason", fetched.error().text}});
        state_->metadata_failed_at = clock_();
        state_->metadata_error = fetched.error();
        if (state_->metadata) co_return state_->metadata;  // yesterday's are better than none
        co_return fail(fetched.error());
    }
    state_->metadata = *fetched;
    state_->metadata_at = now;
    co_return state_->metadata;
}

Task<Expected<std::shared_ptr<RelyingParty::Metadata const>>> RelyingParty::fetch_metadata() {
    auto base = options_.issuer;
    if (base.ends_with('/')) base.pop_back();
    auto const reply = co_await http_.send(get(base + "/.well-known/openid-configuration", 6s));
    if (!reply) co_return unreachable("The provider cannot be reached: " + reply.error().text);
    auto const document = object_of(*reply, "metadata");
    if (!document) co_return fail(document.error());
    co_return read_metadata(*document);
}

Expected<std::shared_ptr<RelyingParty::Metadata const>> RelyingParty::read_metadata(
    json::Object const& document) const {
    // Discovery §4.3: the issuer is exactly the one that was asked.
    if (text_in(document, "issuer") != options_.issuer)
        return bad_metadata("The provider's metadata speak of another issuer.");
    auto made = std::make_shared<Metadata>();
    bool whole = true;
    auto const endpoint = [&](std::string_view name, std::string& out, bool needed) {
        out = text_in(document, name).value_or("");
        bool const good = out.starts_with("https://") || (options_.insecure_http && out.starts_with("http://"));
        if (!good || out.find('#') != std::string::npos || out.size() > 2048) out.clear();
        if (needed && out.empty()) whole = false;
    };
    endpoint("authorization_endpoint", made->authorization_endpoint, true);
    endpoint("token_endpoint", made->token_endpoint, true);
    endpoint("jwks_uri", made->key_set, true);
    endpoint("userinfo_endpoint", made->user_info_endpoint, false);
    if (!whole) return bad_metadata("The provider's metadata lack an address, or one is not https.");
    if (!names(document, "response_types_supported", "code"))
        return bad_metadata("The provider does not know the authorization code flow.");
    if (document.contains("code_challenge_methods_supported") &&
        !names(document, "code_challenge_methods_supported", "S256"))
        return bad_metadata("The provider does not know PKCE with S256.");
    auto const* issuer_named = document.if_contains("authorization_response_iss_parameter_supported");
    made->answers_name_issuer = issuer_named && issuer_named->is_bool() && issuer_named->get_bool();
    return made;
}

Task<Expected<std::shared_ptr<KeySet const>>> RelyingParty::keys(Metadata const& about, bool anew) {
    auto const now = clock_();
    {
        std::lock_guard const lock(state_->mutex);
        bool const fresh = state_->keys && now < state_->keys_at + keys_life;
        bool const too_soon = now < state_->keys_tried_at + pause_between_keys;
        if (state_->keys && ((fresh && !anew) || too_soon)) co_return state_->keys;
    }
    auto fetched = co_await fetch_keys(about);
    std::lock_guard const lock(state_->mutex);
    state_->keys_tried_at = now;
    if (!fetched) co_return fail(fetched.error());
    state_->keys = *fetched;
    state_->keys_at = now;
    co_return state_->keys;
}

Task<Expected<std::shared_ptr<KeySet const>>> RelyingParty::fetch_keys(Metadata const& about) {
    auto const reply = co_await http_.send(get(about.key_set, 6s));
    if (!reply) co_return unreachable("The provider's keys cannot be had: " + reply.error().text);
    if (reply->status != 200)
        co_return unreachable("The provider's key set answers " + std::to_string(reply->status) + ".");
    auto set = read_key_set(reply->body);
    if (!set) co_return bad_metadata("The provider's key set cannot be read.");
    co_return std::make_shared<KeySet const>(std::move(*set));
}

Task<Expected<json::Object>> RelyingParty::redeem(Metadata const& about, std::string const& code, Kept const& kept) {
    net::HttpRequest request;
    request.method = "POST";
    request.url = about.token_endpoint;
    request.timeout = 8s;
    request.response_limit = most_document;
    request.headers.add("Accept", "application/json");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    auto const field = [&](std::string_view name, std::string_view value) {
        request.body += request.body.empty() ? "" : "&";
        request.body.append(name).append("=").append(net::percent_encoded(value));
    };
    field("grant_type", "authorization_code");
    field("code", code);
    field("redirect_uri", kept.redirect_uri);
    field("code_verifier", kept.verifier);
    if (options_.authentication == ClientAuthentication::basic)  // RFC 6749 §2.3.1: each half form-encoded first
        request.headers.add("Authorization", "Basic " + to_base64(net::percent_encoded(options_.client_id) + ":" +
                                                                  net::percent_encoded(options_.client_secret)));
    else
        field("client_id", options_.client_id);
    if (options_.authentication == ClientAuthentication::post) field("client_secret", options_.client_secret);
    auto const reply = co_await http_.send(std::move(request));
    if (!reply) co_return unreachable("The provider's token endpoint cannot be reached: " + reply.error().text);
    auto value = json::parse(reply->body);
    if (reply->status != 200 || !value || !value->is_object()) {
        auto const why = value && value->is_object() ? text_in(value->get_object(), "error").value_or("") : "";
        log::warning("code_not_redeemed",
                     {{"provider", options_.id}, {"status", reply->status}, {"error", why.substr(0, 100)}});
        co_return fail(ErrorKind::forbidden, "sign_in_failed", "The provider did not take its own code back.");
    }
    co_return std::move(value->get_object());
}

Task<Expected<SignedToken>> RelyingParty::verified(Metadata const& about, std::string const& text) {
    auto token = read_token(text);
    if (!token) co_return fail(token.error());
    auto set = co_await keys(about, false);
    if (!set) co_return fail(set.error());
    auto good = verify(*token, **set);
    if (!good && good.error().code == "token_key_unknown") {  // the provider has changed its keys
        set = co_await keys(about, true);
        if (!set) co_return fail(set.error());
        good = verify(*token, **set);
    }
    if (!good) co_return fail(good.error());
    co_return std::move(*token);
}

Task<Expected<std::string>> RelyingParty::user_info(Metadata const& about, std::string access_token,
                                                    std::string subject) {
    auto request = get(about.user_info_endpoint, 6s);
    request.headers.add("Authorization", "Bearer " + access_token);
    request.response_limit = 64 << 10;
    auto reply = co_await http_.send(std::move(request));
    if (!reply) co_return unreachable("The provider's user info cannot be had: " + reply.error().text);
    auto const document = object_of(*reply, "user info");
    if (!document) co_return fail(document.error());
    // Core §5.3.2: information about somebody else is not used.
    if (text_in(*document, "sub") != subject)
        co_return fail(ErrorKind::forbidden, "token_subject", "The provider's user info speak of somebody else.");
    co_return std::move(reply->body);
}

}  // namespace rapport::identity
