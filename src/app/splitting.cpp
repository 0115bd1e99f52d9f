// The route that splits a person, in one transaction.
#include "app/splitting.hpp"

#include "conversation/persons.hpp"
#include "live/persons.hpp"
#include "people/merged.hpp"
#include "people/permissions.hpp"
#include "people/wire.hpp"
#include "preferences/persons.hpp"

namespace rapport::app {
namespace {

using conversation::ConversationId;
using net::Body;
using net::Created;
using net::Request;
using people::CustomerId;

struct CustomerSplit {
    people::wire::CustomerView customer;  // the new one
    CustomerId from{};
    std::int64_t addresses = 0;
    std::vector<ConversationId> conversations;  // that went with it
    std::vector<ConversationId> left;           // where both took part: nobody knows whose they are
};
BOOST_DESCRIBE_STRUCT(CustomerSplit, (), (customer, from, addresses, conversations, left))

Expected<CustomerSplit> split(store::Tx& tx, people::Act const& act, CustomerId id,
                              people::NewPersonSplit const& wanted) {
    auto const made = people::split_record(tx, act, id, wanted);
    if (!made) return fail(made.error());
    auto const moved = conversation::split_person(
        tx, act, {made->from, made->made, made->gone, made->left, live::threads_proven_by(tx, made->from, made->gone)});
    if (!moved) return fail(moved.error());
    live::split_visitors(tx, made->from, made->made, made->gone, moved->moved);
    preferences::inherit(tx, act, made->from, made->made);
    return CustomerSplit{*people::wire::person_view(tx, made->made), made->from,
                         static_cast<std::int64_t>(made->gone.size()), moved->moved, moved->left};
}

Task<Expected<Created<CustomerSplit>>> post_split(House& house, Request& http, CustomerId id,
                                                  Body<people::NewPersonSplit> body) {
    if (!http.viewer().may(people::may_manage_conversations))
        co_return fail(ErrorKind::forbidden, "forbidden",
                       "You may not split: that moves conversations, and takes the permission conversations.manage, "
                       "too.");
    auto const act = people::act_of(http);
    auto done = co_await house.store->write([&](store::Tx& tx) { return split(tx, act, id, *body); });
    if (!done) co_return fail(done.error());
    co_return Created{std::move(*done)};
}

}  // namespace

net::Routes splitting_routes(House& house) {
    return {net::post<"/v1/customers/{id}/split">(people::may_write_customers,
                                                  "Make another customer of some addresses and what came by them",
                                                  net::with(house, post_split))};
}

}  // namespace rapport::app
