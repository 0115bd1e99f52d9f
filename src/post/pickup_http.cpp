// Routes of mailboxes elsewhere: /v1/mail-pickups.
#include "people/permissions.hpp"
#include "post/pickup.hpp"

namespace rapport::post {
namespace {

using net::Body;
using net::NoContent;
using net::Request;
using people::act_of;

struct PickUpCheck {
    std::int64_t messages = 0;  // that lie in the folder
};
BOOST_DESCRIBE_STRUCT(PickUpCheck, (), (messages))

Task<Expected<net::Page<PickUpView>>> get_pickups(PickUps& pickups) {
    auto list = co_await pickups.store().read([](store::Reader& reader) { return list_pickups(reader); });
    co_return net::Page<PickUpView>{std::move(list)};
}

Task<Expected<net::Created<PickUpView>>> post_pickup(PickUps& pickups, Request& request, Body<NewPickUp> body) {
    auto const act = act_of(request);
    auto made = co_await pickups.store().write([&](store::Tx& tx) { return add_pickup(tx, act, pickups, *body); });
    if (!made) co_return fail(made.error());
    co_return net::Created(std::move(*made));
}

Task<Expected<PickUpView>> patch_pickup(PickUps& pickups, Request& request, PickUpId id, Body<PickUpChange> body) {
    auto const act = act_of(request);
    co_return co_await pickups.store().write([&](store::Tx& tx) { return change_pickup(tx, act, pickups, id, *body); });
}

Task<Expected<NoContent>> delete_pickup(PickUps& pickups, Request& request, PickUpId id) {
    auto const act = act_of(request);
    auto const gone = co_await pickups.store().write([&](store::Tx& tx) { return remove_pickup(tx, act, id); });
    if (!gone) co_return fail(gone.error());
    co_return NoContent{};
}

Task<Expected<PickUpCheck>> post_check(PickUps& pickups, PickUpId id) {
    Expected<std::int64_t> messages = co_await pickups.check(id);
    if (!messages) co_return fail(messages.error());
    co_return PickUpCheck{*messages};
}

}  // namespace

net::Routes routes(PickUps& pickups) {
    using namespace people;
    using net::with;
    return {
        net::get<"/v1/mail-pickups">(may_manage_mailboxes, "Mailboxes elsewhere whose mails are fetched by IMAP",
                                     with(pickups, get_pickups)),
        net::post<"/v1/mail-pickups">(may_manage_mailboxes, "Fetch the mails of a mailbox elsewhere",
                                      with(pickups, post_pickup)),
        net::patch<"/v1/mail-pickups/{id}">(may_manage_mailboxes, "Change how a mailbox elsewhere is fetched",
                                            with(pickups, patch_pickup)),
        net::del<"/v1/mail-pickups/{id}">(may_manage_mailboxes, "Fetch it no more; nothing is deleted there",
                                          with(pickups, delete_pickup)),
        net::post<"/v1/mail-pickups/{id}/check">(may_manage_mailboxes, "Connect now, and say what is wrong",
                                                 with(pickups, post_check), {.deadline = std::chrono::seconds(60)}),
    };
}

}  // namespace rapport::post
