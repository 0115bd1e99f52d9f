// Delegations: the recipient's page (once identified), and the API's routes for the sender.
#include "delivery/visit.hpp"
#include "people/permissions.hpp"

namespace rapport::delivery {
namespace {

using net::Request;
using net::Response;

// ---- the recipient's page

struct DelegationForm {
    std::string csrf, name, email;
    std::optional<std::string> second_email, until, scope;  // until: a day, YYYY-MM-DD; scope: "all" or this delivery
};
BOOST_DESCRIBE_STRUCT(DelegationForm, (), (csrf, name, email, second_email, until, scope))

Task<Response> delegation_page(Deliveries& deliveries, Visit visit, std::string_view problem, int status) {
    auto const& office = deliveries.office();
    auto data = page_data(office, visit);
    auto const made = co_await deliveries.store().read(
        [&](store::Reader& reader) { return delegations_for(reader, *visit.row, visit.now); });
    boost::json::array list;
    for (auto const& one : made)
        list.push_back({{"id", to_text(one.id)},
                        {"name", one.name},
                        {"email", one.email},
                        {"scope", page_text(one.delivery ? "delegation_one" : "delegation_all", visit.locale(),
                                            {{"organisation", office.settings.organisation}})},
                        {"until", date_for_people(one.valid_until, visit.locale())},
                        {"base", visit.base()},
                        {"csrf", csrf_of(office, visit)},
                        {"revoke", page_text("delegation_revoke", visit.locale(), {{"name", one.name}})}});
    data["has_delegations"] = !list.empty();
    data["delegations"] = std::move(list);
    data["needs_second"] = visit.row->assurance == Assurance::low;
    co_return as_page(visit, render_page("delegation", visit.locale(), std::move(data), "delegation_title", problem),
                      status);
}

// Only the recipient themself, identified as surely as this delivery demands, names others.
bool may_name(Visit const& visit) {
    return visit.row && visit.who && !visit.delegation && !visit.who->delegate &&
           visit.who->level >= visit.row->assurance && !visit.row->erased_at;
}

Task<Response> get_delegation(Deliveries& deliveries, Request& request, std::string token) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    if (!may_name(visit)) co_return page_for(deliveries.office(), visit, Problem{"problem_identify", 403, 0});
    co_return co_await delegation_page(deliveries, visit, {}, 200);
}

std::optional<Time> end_of_day(std::string const& day) { return time_from_text(day + "T23:59:59Z"); }

// Empty: a field is wrong.
std::optional<NewDelegation> wanted_from(DelegationForm const& form, Locale locale) {
    NewDelegation wanted;
    wanted.name.value = trimmed(form.name);
    auto const size = count_characters(wanted.name.value);
    bool good = size >= 1 && size <= 200 && is_plain_text(wanted.name.value) &&
                wanted.name.value.find_first_of("\r\n\t") == std::string::npos &&
                from_text(trimmed(form.email), wanted.email);
    if (form.second_email && !trimmed(*form.second_email).empty())
        good = from_text(trimmed(*form.second_email), wanted.second_email.emplace()) && good;
    if (form.until && !form.until->empty()) {
        wanted.valid_until = end_of_day(*form.until);
        good = good && wanted.valid_until;
    }
    wanted.locale = locale;
    return good ? std::optional(std::move(wanted)) : std::nullopt;
}

Task<Response> post_delegation(Deliveries& deliveries, Request& request, std::string token,
                               net::Form<DelegationForm> form) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!form_is_ours(office, visit, form->csrf)) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    if (!may_name(visit)) co_return page_for(office, visit, Problem{"problem_identify", 403, 0});
    auto const wanted = wanted_from(*form, visit.locale());
    if (!wanted) co_return co_await delegation_page(deliveries, visit, "problem_delegation", 422);
    people::Act const act{recipient_of(*visit.row), visit.now, visit.remote, request.id()};
    auto const made = co_await deliveries.store().write([&](store::Tx& tx) -> Expected<> {
        if (form->scope != "all") {
            auto const one = delegate(tx, office, act, *visit.row, *wanted);
            return one ? Expected<>() : fail(one.error());
        }
        auto const all = delegate_all(tx, office, act, visit.row->customer, *wanted);
        if (!all) return fail(all.error());
        if (visit.row->state != State::submitted) invite_delegates(tx, office, *visit.row, visit.now);
        return {};
    });
    if (!made)
        co_return co_await delegation_page(deliveries, visit, "problem_delegation", net::status_of(made.error()));
    co_return net::see_other(visit.base() + "/delegation");
}

Task<Response> post_revocation(Deliveries& deliveries, Request& request, std::string token, DelegationId id,
                               net::Form<CsrfForm> form) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!form_is_ours(office, visit, form->csrf)) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    if (!may_name(visit)) co_return page_for(office, visit, Problem{"problem_identify", 403, 0});
    people::Act const act{recipient_of(*visit.row), visit.now, visit.remote, request.id()};
    co_await deliveries.store().write(
        [&](store::Tx& tx) { return revoke_delegation(tx, act, visit.row->customer, id).has_value(); });
    co_return net::see_other(visit.base() + "/delegation");
}

// ---- the API

struct DelegationView {
    DelegationId id;
    CustomerId customer;
    std::optional<DeliveryId> delivery;  // absent: all of the customer's
    std::string name;
    std::string email;
    std::optional<std::string> second_email;
    Locale locale{};
    ActorKind made_by{};
    Time made_at;
    Time valid_until;
    std::optional<Time> revoked_at;
};
BOOST_DESCRIBE_STRUCT(DelegationView, (),
                      (id, customer, delivery, name, email, second_email, locale, made_by, made_at, valid_until,
                       revoked_at))

DelegationView view_of(Delegation const& d) {
    return {d.id,     d.customer, d.delivery, d.name,        d.email,     d.code_email,
            d.locale, d.made_by,  d.made_at,  d.valid_until, d.revoked_at};
}

Task<Expected<net::Page<DelegationView>>> list_of_delivery(Deliveries& deliveries, DeliveryId id) {
    co_return co_await deliveries.store().read([&](store::Reader& reader) -> Expected<net::Page<DelegationView>> {
        auto const row = find_row(reader, id);
        if (!row) return fail(no_such_delivery());
        net::Page<DelegationView> page;
        for (auto const& one : delegations_of(reader, row->customer))
            if (!one.delivery || one.delivery == id) page.items.push_back(view_of(one));
        return page;
    });
}

Task<Expected<net::Created<DelegationView>>> add_to_delivery(Deliveries& deliveries, Request& request, DeliveryId id,
                                                             net::Body<NewDelegation> body) {
    auto const act = people::act_of(request);
    auto made = co_await deliveries.store().write([&](store::Tx& tx) -> Expected<Delegation> {
        auto const row = find_row(tx, id);
        if (!row) return fail(no_such_delivery());
        return delegate(tx, deliveries.office(), act, *row, *body);
    });
    if (!made) co_return fail(made.error());
    co_return net::Created(view_of(*made));
}

Task<Expected<void>> revoke_of_delivery(Deliveries& deliveries, Request& request, DeliveryId id, DelegationId which) {
    auto const act = people::act_of(request);
    co_return co_await deliveries.store().write([&](store::Tx& tx) -> Expected<> {
        auto const row = find_row(tx, id);
        if (!row) return fail(no_such_delivery());
        return revoke_delegation(tx, act, row->customer, which);
    });
}

Task<Expected<net::Page<DelegationView>>> list_of_customer(Deliveries& deliveries, CustomerId id) {
    co_return co_await deliveries.store().read([&](store::Reader& reader) -> Expected<net::Page<DelegationView>> {
        net::Page<DelegationView> page;
        for (auto const& one : delegations_of(reader, id)) page.items.push_back(view_of(one));
        return page;
    });
}

Task<Expected<net::Created<DelegationView>>> add_to_customer(Deliveries& deliveries, Request& request, CustomerId id,
                                                             net::Body<NewDelegation> body) {
    auto const act = people::act_of(request);
    auto made = co_await deliveries.store().write(
        [&](store::Tx& tx) { return delegate_all(tx, deliveries.office(), act, id, *body); });
    if (!made) co_return fail(made.error());
    co_return net::Created(view_of(*made));
}

Task<Expected<void>> revoke_of_customer(Deliveries& deliveries, Request& request, CustomerId id, DelegationId which) {
    auto const act = people::act_of(request);
    co_return co_await deliveries.store().write([&](store::Tx& tx) { return revoke_delegation(tx, act, id, which); });
}

}  // namespace

net::Routes delegation_routes(Deliveries& d) {
    using net::with;
    auto const page = page_options(d);
    return {
        net::get<"/p/{token}/delegation">(net::anyone, "Who may pick up for the recipient", with(d, get_delegation),
                                          page),
        net::post<"/p/{token}/delegation">(net::anyone, "Name somebody who may pick up", with(d, post_delegation),
                                           page),
        net::post<"/p/{token}/delegation/{id}/revocation">(net::anyone, "Take that back", with(d, post_revocation),
                                                           page),
        net::get<"/v1/deliveries/{id}/delegations">(people::may_read_deliveries, "Who may pick up this delivery",
                                                    with(d, list_of_delivery)),
        net::post<"/v1/deliveries/{id}/delegations">(
            people::may_send_deliveries, "Name somebody who may pick up this delivery", with(d, add_to_delivery)),
        net::del<"/v1/deliveries/{id}/delegations/{delegation}">(people::may_send_deliveries, "Revoke a delegation",
                                                                 with(d, revoke_of_delivery)),
        net::get<"/v1/customers/{id}/delegations">(people::may_read_deliveries, "Who may pick up for a customer",
                                                   with(d, list_of_customer)),
        net::post<"/v1/customers/{id}/delegations">(people::may_send_deliveries,
                                                    "Name somebody who may pick up all of a customer's deliveries",
                                                    with(d, add_to_customer)),
        net::del<"/v1/customers/{id}/delegations/{delegation}">(people::may_send_deliveries, "Revoke a delegation",
                                                                with(d, revoke_of_customer)),
    };
}

}  // namespace rapport::delivery
