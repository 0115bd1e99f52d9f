// The API's adapters: decode, call the verb, reply.
#include "preferences/http.hpp"

#include "net/net.hpp"
#include "people/merged.hpp"
#include "people/permissions.hpp"
#include "preferences/persons.hpp"
#include "preferences/wire.hpp"

namespace rapport::preferences {
namespace {

using net::Body;
using net::Created;
using net::Request;

Task<Expected<CategoryList>> get_categories(Preferences& module, Request&) {
    co_return co_await module.store().read([](store::Reader& reader) -> Expected<CategoryList> {
        CategoryList list;
        for (auto const& category : list_categories(reader)) list.items.push_back(view_of(category));
        return list;
    });
}

Task<Expected<Created<CategoryView>>> post_category(Preferences& module, Request& http, Body<NewCategory> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) { return create_category(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<CategoryView>> patch_category(Preferences& module, Request& http, std::string name,
                                            Body<CategoryChange> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return change_category(tx, act, name, *body); });
}

Task<Expected<PreferencesView>> get_preferences(Preferences& module, Request&, CustomerId id) {
    auto const now = module.clock()();
    co_return co_await module.store().read(
        [&](store::Reader& reader) { return find_preferences_of_person(reader, id, module.settings().zone, now); });
}

Task<Expected<PreferencesView>> put_preferences(Preferences& module, Request& http, CustomerId id,
                                                Body<NewPreferences> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write(
        [&](store::Tx& tx) { return set_preferences_of_person(tx, module.settings(), act, id, *body); });
}

// For the organisation's own pages: the customer signed in there. What is chosen on that page is the customer's own
// word, consents included, so that no agent gets the link.
Task<Expected<Created<PreferencesLink>>> post_link(Preferences& module, Request& http, CustomerId id) {
    auto const act = people::act_of(http);
    if (act.actor.kind == ActorKind::agent)
        co_return fail(
            ErrorKind::forbidden, "programs_only",
            "Links to customers' own pages are given to programs (API keys) alone: whoever has one speaks for "
            "the customer.");
    bool const known = co_await module.store().write([&](store::Tx& tx) {
        if (!people::find_customer(tx, id)) return false;
        people::audit(tx, act, "preferences.link_made", to_text(id));
        return true;
    });
    if (!known) co_return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
    auto const& links = module.desk().links;
    co_return Created(PreferencesLink{links.url(LinkFor::customer, id.value, act.now), links.expires(act.now)});
}

Task<Expected<ConsentList>> get_consents(Preferences& module, Request&, CustomerId id) {
    co_return co_await module.store().read([&](store::Reader& reader) -> Expected<ConsentList> {
        if (!people::find_customer(reader, id))
            return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
        ConsentList list;
        for (auto const& consent : consents_of_person(reader, id)) list.items.push_back(view_of(consent));
        return list;
    });
}

Task<Expected<Created<ConsentView>>> post_consent(Preferences& module, Request& http, CustomerId id,
                                                  Body<NewConsent> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) {
        // Of the record whose address it is for.
        auto const holder = body->address ? people::record_with(tx, id, *body->address) : std::nullopt;
        return add_consent(tx, module.desk(), act, holder.value_or(people::reached_record(tx, id)), *body, How::api);
    });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<ConsentView>> get_consent(Preferences& module, Request&, ConsentId id) {
    co_return co_await module.store().read([&](store::Reader& reader) -> Expected<ConsentView> {
        auto const found = find_consent(reader, id);
        if (!found) return fail(ErrorKind::not_found, "not_found", "There is no such consent.");
        return view_of(*found);
    });
}

Task<Expected<ConsentView>> post_withdrawal(Preferences& module, Request& http, ConsentId id) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) -> Expected<ConsentView> {
        auto const ended = withdraw(tx, module.settings(), act, id, How::api);
        if (!ended) return fail(ended.error());
        return view_of(*ended);
    });
}

Task<Expected<ConsentProof>> get_proof(Preferences& module, Request&, ConsentId id) {
    co_return co_await module.store().read(
        [&](store::Reader& reader) { return proof_of(reader, module.prover(), id); });
}

Task<Expected<net::Response>> get_export(Preferences& module, Request&, CustomerId id) {
    auto const now = module.clock()();
    auto const made = co_await module.store().read(
        [&](store::Reader& reader) { return export_of(reader, module.prover(), id, now); });
    if (!made) co_return fail(made.error());
    co_return net::attachment(json::encode(*made) + '\n', "application/json", "consents-" + to_text(id) + ".json");
}

}  // namespace

net::Routes routes(Preferences& module) {
    using namespace people;
    using net::get, net::patch, net::post, net::put, net::with;
    return {
        get<"/v1/categories">(net::signed_in, "Categories of notices", with(module, get_categories)),
        post<"/v1/categories">(may_write_templates, "Create a category", with(module, post_category)),
        patch<"/v1/categories/{name}">(may_write_templates, "Change or retire a category",
                                       with(module, patch_category)),
        get<"/v1/customers/{id}/preferences">(may_read_customers, "What a customer wishes to hear of, and when",
                                              with(module, get_preferences)),
        put<"/v1/customers/{id}/preferences">(may_write_customers, "Set a customer's preferences",
                                              with(module, put_preferences)),
        post<"/v1/customers/{id}/preferences/link">(may_write_customers, "A link to the customer's own page",
                                                    with(module, post_link), {.compress = false}),
        get<"/v1/customers/{id}/consents">(may_read_customers, "A customer's consents, newest first",
                                           with(module, get_consents)),
        post<"/v1/customers/{id}/consents">(may_write_customers, "Record a consent, or ask for it by a letter",
                                            with(module, post_consent)),
        get<"/v1/customers/{id}/consents/export">(may_read_customers, "All consents of a customer with their proofs",
                                                  with(module, get_export), {.kind = net::Kind::file}),
        get<"/v1/consents/{id}">(may_read_customers, "One consent", with(module, get_consent)),
        post<"/v1/consents/{id}/withdrawal">(may_write_customers, "Withdraw a consent for the customer",
                                             with(module, post_withdrawal)),
        get<"/v1/consents/{id}/proof">(may_read_customers, "What proves a consent", with(module, get_proof)),
    };
}

}  // namespace rapport::preferences
