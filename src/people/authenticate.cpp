// From a request's key or cookie to a Viewer; and the jobs that keep what is known of them true.
#include "base/log.hpp"
#include "people/access.hpp"
#include "people/sql.hpp"
#include "people/throttle.hpp"

namespace rapport::people {

namespace {

std::unexpected<Error> not_signed_in() {
    return fail(ErrorKind::unauthenticated, "not_signed_in", "Sign in, or send a valid API key.");
}

std::shared_ptr<Known const> known_key(store::Reader& reader, Digest const& token, Time now) {
    auto const key = api_key_by_digest(reader, token);
    if (!key || !key->is_live(now)) return nullptr;
    auto known = std::make_shared<Known>();
    known->viewer.actor = {ActorKind::api_key, key->id.value, key->name};
    known->permissions = key->permissions();
    known->viewer.permissions = known->permissions.names();
    known->expires_at = key->expires_at.value_or(Time::max());
    known->used_at = key->used_at.value_or(Time());
    known->loaded_at = now;
    return known;
}

std::shared_ptr<Known const> known_session(store::Reader& reader, Digest const& token, Time now) {
    auto const session = session_by_token(reader, token);
    if (!session || !is_live(*session, now)) return nullptr;
    auto const agent = find_agent(reader, session->agent);
    if (!agent || agent->disabled_at) return nullptr;
    auto known = std::make_shared<Known>();
    known->viewer.actor = {ActorKind::agent, agent->id.value, agent->name};
    known->viewer.session = to_text(session->id);
    known->permissions = permissions_of(agent->role);
    known->viewer.permissions = known->permissions.names();
    known->session = session->id;
    known->expires_at = session->expires_at;
    known->used_at = session->seen_at;
    known->loaded_at = now;
    return known;
}

}  // namespace

Act act_of(net::Request const& request) {
    Act act;
    if (auto const* viewer = request.if_viewer()) act.actor = viewer->actor;
    act.now = request.now();
    act.remote = request.remote_address();
    act.request_id = request.id();
    return act;
}

Permissions permissions_of(net::Viewer const& viewer) {
    return Permissions::from(viewer.permissions).value_or(Permissions());
}

Access::Access(store::Store& store, AccessOptions options)
    : store_(store),
      options_(std::move(options)),
      dummy_hash_(unmatched_hash()),
      passwords_(options_.hashing_threads) {}

Task<std::shared_ptr<Known const>> Access::load(Digest token, bool is_key, Time now) {
    if (auto known = viewers_.find(token, now)) co_return known;
    auto const generation = viewers_.generation();
    auto look = [token, is_key, now](store::Reader& reader) {
        return is_key ? known_key(reader, token, now) : known_session(reader, token, now);
    };
    auto known = co_await store_.read(std::move(look));
    if (known) viewers_.keep(token, known, generation);
    co_return known;
}

Task<Expected<net::Viewer>> Access::authenticate(net::Request& request, net::Permission permission) {
    auto const key = request.bearer();
    auto const cookie = key ? std::nullopt : request.cookie(session_cookie);
    auto const& token = key ? key : cookie;
    if (!token || token->size() > 200 || (key && !key->starts_with("rk_"))) co_return not_signed_in();
    auto const known = co_await load(sha256(*token), key.has_value(), request.now());
    if (!known) co_return not_signed_in();
    // SameSite=Strict keeps other sites' requests from carrying the cookie; a field that forms cannot send and
    // cross-origin scripts may not is the second lock.
    if (!key && !net::is_safe(request.method()) && request.header(csrf_header) != "1")
        co_return fail(ErrorKind::forbidden, "csrf_header_missing",
                       "Requests that change something need the header X-Rapport-Request: 1.");
    viewers_.used(*known, request.now());
    if (permission == net::signed_in || known->permissions.has(permission)) co_return known->viewer;
    auto act = act_of(request);
    act.actor = known->viewer.actor;
    auto fn = [act, permission, path = std::string(request.path().substr(0, 200))](store::Tx& tx) {
        audit(tx, act, "request.forbidden", path, AuditOutcome::forbidden, {{"permission", permission.name}});
    };
    co_await store_.write(std::move(fn));
    co_return fail(ErrorKind::forbidden, "forbidden",
                   "This needs the permission " + std::string(permission.name) + ", which you do not have.");
}

net::Authenticate Access::authenticator() {
    return [this](net::Request& request, net::Permission permission) { return authenticate(request, permission); };
}

net::Cookie Access::cookie(std::string token, bool secure_request) const {
    net::Cookie cookie;
    cookie.name = session_cookie;
    bool const ends = token.empty();
    cookie.value = std::move(token);
    cookie.max_age_s = ends ? 0 : std::chrono::duration_cast<std::chrono::seconds>(session_absolute).count();
    cookie.secure = secure_request || options_.public_url.starts_with("https://");
    return cookie;
}

Task<> Access::run_invalidation(net::Stop stop) {
    auto const published = std::make_shared<net::Signal>();  // shared: a notice may be under way when the job ends
    auto const subscription = store_.subscribe([published](std::int64_t) { published->notify(); });
    auto seen = published->count();
    auto last = [](store::Reader& reader) { return store::Store::last_event(reader); };
    auto after = co_await store_.read(last);
    forget();
    // Without a notice it looks once a second: another node, or the command line, may have made the change.
    while (co_await stop.wait(*published, seen, std::chrono::seconds(1))) {
        auto look = [after](store::Reader& reader) {
            return std::pair(reader.one<std::int64_t>(sql::viewers_changed, after), store::Store::last_event(reader));
        };
        auto const [changed, newest] = co_await store_.read(std::move(look));
        after = newest;
        if (changed && *changed > 0) forget();
        if (!co_await stop.sleep(std::chrono::milliseconds(20))) break;  // under load: fifty looks a second
    }
}

Task<> Access::upkeep(Time now) {
    auto const uses = viewers_.take_uses();
    auto fn = [&uses, now](store::Tx& tx) {
        for (auto const& [id, at] : uses.sessions) touch_session(tx, id, at);
        for (auto const& [id, at] : uses.keys) touch_api_key(tx, id, at);
        sweep_sessions(tx, now);
        sweep_throttles(tx, now);
    };
    co_await store_.write(std::move(fn));
}

Task<> Access::run_upkeep(net::Stop stop) {
    while (co_await stop.sleep(std::chrono::minutes(1))) {
        bool failed = false;
        try {
            co_await upkeep(system_now());
        } catch (Unavailable const& error) {
            log::warning("people_upkeep_failed", {{"reason", error.what()}});
            failed = true;
        }
        if (failed && !co_await stop.sleep(std::chrono::seconds(5))) break;
    }
}

}  // namespace rapport::people
