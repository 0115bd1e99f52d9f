// Routes of signing in, and of what everybody does with their own account.
#include "people/http_own.hpp"

#include "people/totp.hpp"
#include "people/wire.hpp"

namespace rapport::people {

namespace {

using net::Body, net::Created, net::Ok, net::Page, net::Query, net::Request;

net::Headers cookie_header(Access& access, Request const& request, std::string token) {
    net::Headers headers;
    headers.add("Set-Cookie", net::to_text(access.cookie(std::move(token), request.secure())));
    return headers;
}

// The session of the cookie; code agents_only for an API key.
Task<Expected<Session>> own_session(Access& access, Request const& request) {
    auto const agent = require_agent(request.actor());
    if (!agent) co_return fail(agent.error());
    SessionId id;
    if (!from_text(request.viewer().session, id))
        co_return fail(ErrorKind::unauthenticated, "not_signed_in", "Sign in.");
    auto look = [id](store::Reader& reader) { return find_session(reader, id); };
    auto const session = co_await access.store().read(std::move(look));
    if (!session) co_return fail(ErrorKind::unauthenticated, "not_signed_in", "Sign in.");
    co_return *session;
}

Task<Expected<Created<wire::SessionView>>> post_session(Access& access, Request& request, Body<Credentials> body) {
    auto const act = act_of(request);
    std::string const user_agent(request.header("User-Agent"));
    auto const done = co_await access.sign_in(std::move(*body), act, user_agent);
    if (!done) co_return fail(done.error());
    co_return Created{wire::to_view(done->agent, done->session), cookie_header(access, request, done->token)};
}

Task<Expected<Created<wire::SessionView>>> post_session_link(Access& access, Request& request,
                                                             Body<wire::LinkSignIn> body) {
    auto const act = act_of(request);
    std::string const user_agent(request.header("User-Agent"));
    auto const done = co_await access.sign_in_by_link(body->token.value, body->totp, act, user_agent);
    if (!done) co_return fail(done.error());
    co_return Created{wire::to_view(done->agent, done->session), cookie_header(access, request, done->token)};
}

Task<Expected<Ok<wire::SessionView>>> get_session(Access& access, Request& request) {
    auto const session = co_await own_session(access, request);
    if (!session) co_return fail(session.error());
    auto look = [id = session->agent](store::Reader& reader) { return *find_agent(reader, id); };
    auto const agent = co_await access.store().read(std::move(look));
    co_return Ok{wire::to_view(agent, *session)};
}

Task<Expected<net::Response>> delete_session(Access& access, Request& request) {
    auto const session = co_await own_session(access, request);
    if (!session) co_return fail(session.error());
    auto const act = act_of(request);
    co_await access.sign_out(act, session->agent, session->id);
    auto response = net::no_content();
    response.header("Set-Cookie", net::to_text(access.cookie({}, request.secure())));
    co_return response;
}

Task<Expected<Page<wire::SessionItem>>> get_sessions(Access& access, Request& request) {
    auto const agent = require_agent(request.actor());
    if (!agent) co_return fail(agent.error());
    auto look = [id = *agent, now = request.now()](store::Reader& reader) { return sessions_of(reader, id, now); };
    auto const sessions = co_await access.store().read(std::move(look));
    Page<wire::SessionItem> page;
    for (auto const& session : sessions) page.items.push_back(wire::to_view(session, request.viewer().session));
    co_return page;
}

Task<Expected<void>> delete_one_session(Access& access, Request& request, SessionId id) {
    auto const agent = require_agent(request.actor());
    if (!agent) co_return fail(agent.error());
    auto fn = [act = act_of(request), who = *agent, id](store::Tx& tx) { return end_session(tx, act, who, id); };
    bool const ended = co_await access.store().write(std::move(fn));
    access.forget();
    if (!ended) co_return fail(ErrorKind::not_found, "session_not_found", "You have no such session.");
    co_return Expected<void>();
}

Task<Expected<Ok<wire::SessionView>>> post_password(Access& access, Request& request, Body<wire::NewPassword> body) {
    auto const session = co_await own_session(access, request);
    if (!session) co_return fail(session.error());
    auto const act = act_of(request);
    auto const token = co_await access.change_password(body->current.value_or(""), body->password, act, *session);
    if (!token) co_return fail(token.error());
    auto look = [id = session->agent](store::Reader& reader) { return *find_agent(reader, id); };
    auto const agent = co_await access.store().read(std::move(look));
    co_return Ok{wire::to_view(agent, *session), cookie_header(access, request, *token)};
}

Task<Expected<Created<wire::TotpSecret>>> post_totp(Access& access, Request& request) {
    auto const session = co_await own_session(access, request);
    if (!session) co_return fail(session.error());
    auto const act = act_of(request);
    auto const secret = co_await access.begin_totp(act, session->agent);
    if (!secret) co_return fail(secret.error());
    auto look = [id = session->agent](store::Reader& reader) { return find_agent(reader, id)->email; };
    auto const email = co_await access.store().read(std::move(look));
    co_return Created{
        wire::TotpSecret{to_base32_text(*secret), totp_uri(access.options().organisation, email, *secret)}};
}

Task<Expected<Ok<wire::RecoveryCodes>>> put_totp(Access& access, Request& request, Body<wire::TotpCode> body) {
    auto const session = co_await own_session(access, request);
    if (!session) co_return fail(session.error());
    auto const act = act_of(request);
    auto codes = co_await access.confirm_totp(body->code, act, session->agent);
    if (!codes) co_return fail(codes.error());
    co_return Ok{wire::RecoveryCodes{std::move(*codes)}};
}

Task<Expected<void>> delete_totp(Access& access, Request& request, Query<wire::TotpQuery> query) {
    auto const session = co_await own_session(access, request);
    if (!session) co_return fail(session.error());
    auto const act = act_of(request);
    co_return co_await access.remove_totp(query->code, act, *session);
}

}  // namespace

net::Routes own_routes(Access& a) {
    using net::anyone, net::del, net::get, net::post, net::put, net::signed_in, net::with;
    return {
        post<"/v1/session">(anyone, "Sign in", with(a, post_session), {.body_limit = 4096}),
        post<"/v1/session/link">(anyone, "Sign in by a one-time link", with(a, post_session_link),
                                 {.body_limit = 4096}),
        get<"/v1/session">(signed_in, "Who is signed in", with(a, get_session)),
        del<"/v1/session">(signed_in, "Sign out", with(a, delete_session)),
        get<"/v1/sessions">(signed_in, "Own sessions", with(a, get_sessions)),
        del<"/v1/sessions/{id}">(signed_in, "End one of one's own sessions", with(a, delete_one_session)),
        post<"/v1/agents/me/password">(signed_in, "Change one's own password", with(a, post_password),
                                       {.body_limit = 4096}),
        post<"/v1/agents/me/totp">(signed_in, "Begin a second factor", with(a, post_totp), {.compress = false}),
        put<"/v1/agents/me/totp">(signed_in, "Confirm the second factor", with(a, put_totp), {.compress = false}),
        del<"/v1/agents/me/totp">(signed_in, "Remove the second factor", with(a, delete_totp)),
    };
}

}  // namespace rapport::people
