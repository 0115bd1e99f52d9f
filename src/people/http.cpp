// The routes of people: customers, agents, keys, the audit log. Signing in and one's own account: http_own.cpp.
#include <charconv>

#include "people/http_own.hpp"
#include "people/merged.hpp"
#include "people/wire.hpp"

namespace rapport::people {

namespace {

using net::Body, net::Created, net::Ok, net::Page, net::Query, net::Request;

std::unexpected<Error> no_customer() {
    return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
}

bool seq_from(std::string_view text, std::int64_t& seq) {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
    return error == std::errc() && end == text.data() + text.size() && seq > 0;
}

// ---- customers

Task<Expected<Page<wire::CustomerView>>> get_customers(Access& access, Query<wire::CustomersQuery> query) {
    auto const limit = wire::page_limit(query->limit);
    if (!limit) co_return fail(limit.error());
    auto look = [&query, &limit](store::Reader& reader) {
        return list_customers(reader, query->q.value_or(""), query->after.value_or(""), *limit);
    };
    auto const found = co_await access.store().read(std::move(look));
    if (!found) co_return fail(found.error());
    Page<wire::CustomerView> page{{}, found->next};
    for (auto const& one : found->customers) page.items.push_back(wire::to_view(one.customer, one.addresses));
    co_return page;
}

Task<Expected<Created<wire::CustomerView>>> post_customer(Access& access, Request& request, Body<NewCustomer> body) {
    auto fn = [act = act_of(request), &body](store::Tx& tx) -> Expected<wire::CustomerView> {
        auto const id = create_customer(tx, act, *body);
        if (!id) return fail(id.error());
        return *wire::person_view(tx, *id);
    };
    auto made = co_await access.store().write(std::move(fn));
    if (!made) co_return fail(made.error());
    co_return Created{std::move(*made)};
}

Task<Expected<Ok<wire::CustomerView>>> get_customer(Access& access, CustomerId id) {
    auto look = [id](store::Reader& reader) { return wire::person_view(reader, id); };
    auto found = co_await access.store().read(std::move(look));
    if (!found) co_return no_customer();
    co_return Ok{std::move(*found)};
}

Task<Expected<Ok<wire::CustomerView>>> patch_customer(Access& access, Request& request, CustomerId id,
                                                      Body<CustomerChange> body) {
    auto fn = [act = act_of(request), id, &body](store::Tx& tx) -> Expected<wire::CustomerView> {
        auto const changed = update_customer(tx, act, person_of(tx, id), *body);
        if (!changed) return fail(changed.error());
        return *wire::person_view(tx, id);
    };
    auto changed = co_await access.store().write(std::move(fn));
    if (!changed) co_return fail(changed.error());
    co_return Ok{std::move(*changed)};
}

Task<Expected<Created<wire::AddressView>>> post_address(Access& access, Request& request, CustomerId id,
                                                        Body<NewAddress> body) {
    auto fn = [act = act_of(request), id, &body](store::Tx& tx) {
        // One that a merged record has stands there already: that it is there twice is said by the verb.
        auto const holder = record_with(tx, id, body->value);
        return add_address(tx, act, holder.value_or(person_of(tx, id)), *body);
    };
    auto const added = co_await access.store().write(std::move(fn));
    if (!added) co_return fail(added.error());
    co_return Created{wire::to_view(*added)};
}

Task<Expected<void>> delete_address(Access& access, Request& request, CustomerId id, AddressId address) {
    auto fn = [act = act_of(request), id, address](store::Tx& tx) {
        auto const all = addresses_of_person(tx, person_of(tx, id));
        auto const found = std::ranges::find(all, address, &Address::id);
        return remove_address(tx, act, found == all.end() ? id : found->customer, address);
    };
    co_return co_await access.store().write(std::move(fn));
}

Task<Expected<Page<wire::TimelineEvent>>> get_timeline(Access& access, Request& request, CustomerId id,
                                                       Query<wire::PageQuery> query) {
    auto const limit = wire::page_limit(query->limit);
    if (!limit) co_return fail(limit.error());
    std::int64_t before = 0;
    if (query->after && !seq_from(*query->after, before))
        co_return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.");
    auto look = [id, before, n = *limit,
                 scope = TimelineScope{request.viewer().may(may_read_deliveries),
                                       request.viewer().may(may_read_conversations)}](
                    store::Reader& reader) -> std::optional<std::vector<store::Event>> {
        if (!find_customer(reader, id)) return std::nullopt;
        return timeline_of(reader, id, before ? std::optional(before) : std::nullopt, n + 1, scope);
    };
    auto const found = co_await access.store().read(std::move(look));
    if (!found) co_return no_customer();
    Page<wire::TimelineEvent> page;
    for (auto const& event : *found) {
        if (page.items.size() == *limit)
            page.next = std::to_string(page.items.back().seq);
        else
            page.items.push_back(wire::to_view(event));
    }
    co_return page;
}

// ---- agents

Task<Expected<Page<wire::AgentView>>> get_agents(Access& access) {
    auto look = [](store::Reader& reader) { return list_agents(reader); };
    auto const agents = co_await access.store().read(std::move(look));
    Page<wire::AgentView> page;
    for (auto const& agent : agents) page.items.push_back(wire::to_view(agent));
    co_return page;
}

Task<Expected<Created<wire::AgentView>>> post_agent(Access& access, Request& request, Body<NewAgent> body) {
    auto fn = [act = act_of(request), granted = permissions_of(request.viewer()), &body](store::Tx& tx) {
        return create_agent(tx, act, granted, *body);
    };
    auto const made = co_await access.store().write(std::move(fn));
    if (!made) co_return fail(made.error());
    co_return Created{wire::to_view(*made)};
}

Task<Expected<Ok<wire::AgentView>>> patch_agent(Access& access, Request& request, AgentId id, Body<AgentChange> body) {
    auto fn = [act = act_of(request), granted = permissions_of(request.viewer()), id, &body](store::Tx& tx) {
        return update_agent(tx, act, granted, id, *body);
    };
    auto const changed = co_await access.store().write(std::move(fn));
    access.forget();
    if (!changed) co_return fail(changed.error());
    co_return Ok{wire::to_view(*changed)};
}

Task<Expected<Created<wire::LinkView>>> post_agent_link(Access& access, Request& request, AgentId id) {
    NewLink const link{id, random_token(32)};
    auto const act = act_of(request);
    auto fn = [act, granted = permissions_of(request.viewer()), link](store::Tx& tx) {
        return create_link(tx, act, granted, link);
    };
    auto const made = co_await access.store().write(std::move(fn));
    if (!made) co_return fail(made.error());
    co_return Created{wire::LinkView{sign_in_url(access.options().public_url, link.token), act.now + link.lifetime}};
}

Task<Expected<Ok<wire::RolesView>>> get_roles(Access&) { co_return Ok{wire::roles_view()}; }

// ---- API keys

Task<Expected<Page<wire::ApiKeyView>>> get_api_keys(Access& access) {
    auto look = [](store::Reader& reader) { return list_api_keys(reader); };
    auto const keys = co_await access.store().read(std::move(look));
    Page<wire::ApiKeyView> page;
    for (auto const& key : keys) page.items.push_back(wire::to_view(key));
    co_return page;
}

Task<Expected<Created<wire::ApiKeyMade>>> post_api_key(Access& access, Request& request, Body<NewApiKey> body) {
    auto fn = [act = act_of(request), granted = permissions_of(request.viewer()), secret = random_token(),
               &body](store::Tx& tx) { return create_api_key(tx, act, granted, *body, secret); };
    auto const made = co_await access.store().write(std::move(fn));
    if (!made) co_return fail(made.error());
    co_return Created{wire::ApiKeyMade{made->id, made->key}};
}

Task<Expected<void>> delete_api_key(Access& access, Request& request, ApiKeyId id) {
    auto fn = [act = act_of(request), id](store::Tx& tx) { return revoke_api_key(tx, act, id); };
    auto const revoked = co_await access.store().write(std::move(fn));
    access.forget();
    co_return revoked;
}

// ---- audit log

Task<Expected<Page<wire::AuditView>>> get_audit(Access& access, Query<wire::AuditQuery> query) {
    auto const limit = wire::page_limit(query->limit);
    if (!limit) co_return fail(limit.error());
    auto const filter = wire::to_filter(*query);
    if (!filter) co_return fail(filter.error());
    AuditId before;
    if (query->after && !from_text(*query->after, before))
        co_return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.");
    auto look = [&filter, before, n = *limit](store::Reader& reader) {
        return audit_lines(reader, *filter, before ? std::optional(before) : std::nullopt, n + 1);
    };
    auto const lines = co_await access.store().read(std::move(look));
    Page<wire::AuditView> page;
    for (auto const& line : lines) {
        if (page.items.size() == *limit)
            page.next = to_text(page.items.back().id);
        else
            page.items.push_back(wire::to_view(line));
    }
    co_return page;
}

net::Routes shared_routes(Access& a) {
    using net::del, net::get, net::patch, net::post, net::with;
    return {
        get<"/v1/customers">(may_read_customers, "Customers, found by name or address", with(a, get_customers)),
        post<"/v1/customers">(may_write_customers, "Create a customer", with(a, post_customer)),
        get<"/v1/customers/{id}">(may_read_customers, "One customer", with(a, get_customer)),
        patch<"/v1/customers/{id}">(may_write_customers, "Change a customer", with(a, patch_customer)),
        post<"/v1/customers/{id}/addresses">(may_write_customers, "Add an address", with(a, post_address)),
        del<"/v1/customers/{id}/addresses/{adr}">(may_write_customers, "Remove an address", with(a, delete_address)),
        get<"/v1/customers/{id}/timeline">(may_read_customers, "What happened, newest first", with(a, get_timeline)),
        get<"/v1/agents">(may_read_agents, "Agents", with(a, get_agents)),
        post<"/v1/agents">(may_manage_agents, "Create an agent", with(a, post_agent)),
        patch<"/v1/agents/{id}">(may_manage_agents, "Change or deactivate an agent", with(a, patch_agent)),
        post<"/v1/agents/{id}/link">(may_manage_agents, "A one-time sign-in link", with(a, post_agent_link),
                                     {.compress = false}),
        get<"/v1/roles">(net::signed_in, "Roles and permissions", with(a, get_roles)),
        get<"/v1/api-keys">(may_manage_keys, "API keys", with(a, get_api_keys)),
        post<"/v1/api-keys">(may_manage_keys, "Create an API key", with(a, post_api_key), {.compress = false}),
        del<"/v1/api-keys/{id}">(may_manage_keys, "Revoke an API key", with(a, delete_api_key)),
        get<"/v1/audit">(may_read_audit, "The audit log, newest first", with(a, get_audit)),
    };
}

}  // namespace

net::Routes routes(Access& access) {
    auto all = shared_routes(access);
    all.add(own_routes(access));
    all.add(identity_routes(access));
    all.add(merge_routes(access));
    all.add(team_routes(access));
    return all;
}

}  // namespace rapport::people
