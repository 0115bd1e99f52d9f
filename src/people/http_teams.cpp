// The routes of teams.
#include "people/http_own.hpp"
#include "people/permissions.hpp"
#include "people/teams.hpp"

namespace rapport::people {

namespace {

using net::Body, net::Created, net::Ok, net::Page, net::Request;

Task<Expected<Page<Team>>> get_teams(Access& access) {
    auto look = [](store::Reader& reader) { return list_teams(reader); };
    auto teams = co_await access.store().read(std::move(look));
    co_return Page<Team>{std::move(teams)};
}

Task<Expected<Created<Team>>> post_team(Access& access, Request& request, Body<NewTeam> body) {
    auto fn = [act = act_of(request), &body](store::Tx& tx) { return create_team(tx, act, *body); };
    auto made = co_await access.store().write(std::move(fn));
    if (!made) co_return fail(made.error());
    co_return Created{std::move(*made)};
}

Task<Expected<Ok<Team>>> get_team(Access& access, TeamId id) {
    auto look = [id](store::Reader& reader) { return find_team(reader, id); };
    auto found = co_await access.store().read(std::move(look));
    if (!found) co_return fail(ErrorKind::not_found, "team_not_found", "There is no such team.");
    co_return Ok{std::move(*found)};
}

Task<Expected<Ok<Team>>> patch_team(Access& access, Request& request, TeamId id, Body<TeamChange> body) {
    auto fn = [act = act_of(request), id, &body](store::Tx& tx) { return update_team(tx, act, id, *body); };
    auto changed = co_await access.store().write(std::move(fn));
    if (!changed) co_return fail(changed.error());
    co_return Ok{std::move(*changed)};
}

}  // namespace

net::Routes team_routes(Access& access) {
    using net::get, net::patch, net::post, net::with;
    return {
        get<"/v1/teams">(may_read_conversations, "Teams of agents", with(access, get_teams)),
        post<"/v1/teams">(may_manage_mailboxes, "Create a team", with(access, post_team)),
        get<"/v1/teams/{id}">(may_read_conversations, "One team", with(access, get_team)),
        patch<"/v1/teams/{id}">(may_manage_mailboxes, "Change a team and its members, or retire it",
                                with(access, patch_team)),
    };
}

}  // namespace rapport::people
