// The API's adapters for mailboxes and labels.
#include "conversation/http.hpp"
#include "conversation/wire.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Request;

// What the listener knows follows at once here; other nodes look within a second.
Task<> refresh(Conversations& module) {
    co_await module.store().read([&](store::Reader& reader) { module.addresses().read(reader); });
}

Task<Expected<Page<MailboxView>>> get_mailboxes(Conversations& module, Request&) {
    auto found = co_await module.store().read([](store::Reader& reader) { return list_mailboxes(reader); });
    co_return Page<MailboxView>{std::move(found)};
}

Task<Expected<Created<MailboxView>>> post_mailbox(Conversations& module, Request& http, Body<NewMailbox> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) { return create_mailbox(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_await refresh(module);
    co_return Created(std::move(*made));
}

Task<Expected<MailboxView>> patch_mailbox(Conversations& module, Request& http, MailboxId id,
                                          Body<MailboxChange> body) {
    auto const act = people::act_of(http);
    auto changed = co_await module.store().write([&](store::Tx& tx) { return change_mailbox(tx, act, id, *body); });
    if (changed) co_await refresh(module);
    co_return changed;
}

Task<Expected<Page<LabelView>>> get_labels(Conversations& module, Request&) {
    auto found = co_await module.store().read([](store::Reader& reader) { return list_labels(reader); });
    co_return Page<LabelView>{std::move(found)};
}

Task<Expected<Created<LabelView>>> post_label(Conversations& module, Request& http, Body<NewLabel> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) { return create_label(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<LabelView>> patch_label(Conversations& module, Request& http, LabelId id, Body<LabelChange> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return change_label(tx, act, id, *body); });
}

Task<Expected<void>> remove_label(Conversations& module, Request& http, LabelId id) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return delete_label(tx, act, id); });
}

}  // namespace

net::Routes mailbox_routes(Conversations& module) {
    using namespace people;
    using net::del, net::get, net::patch, net::post, net::with;
    return {
        get<"/v1/mailboxes">(may_read_conversations, "Addresses that conversations come to",
                             with(module, get_mailboxes)),
        post<"/v1/mailboxes">(may_manage_mailboxes, "Add a mailbox", with(module, post_mailbox)),
        patch<"/v1/mailboxes/{id}">(may_manage_mailboxes, "Change a mailbox, or retire it",
                                    with(module, patch_mailbox)),
        get<"/v1/labels">(may_read_conversations, "Labels of conversations", with(module, get_labels)),
        post<"/v1/labels">(may_manage_conversations, "Create a label", with(module, post_label)),
        patch<"/v1/labels/{id}">(may_manage_conversations, "Change a label", with(module, patch_label)),
        del<"/v1/labels/{id}">(may_manage_conversations, "Delete a label, and take it off conversations",
                               with(module, remove_label)),
    };
}

}  // namespace rapport::conversation
