// The API's adapters for fields of conversations.
#include "conversation/fields.hpp"
#include "conversation/http.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Request;

Task<Expected<Page<FieldView>>> get_fields(Conversations& module, Request&) {
    auto found = co_await module.store().read([](store::Reader& reader) { return list_fields(reader); });
    co_return Page<FieldView>{std::move(found)};
}

Task<Expected<Created<FieldView>>> post_field(Conversations& module, Request& http, Body<NewField> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) { return create_field(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<FieldView>> patch_field(Conversations& module, Request& http, FieldId id, Body<FieldChange> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return change_field(tx, act, id, *body); });
}

}  // namespace

net::Routes field_routes(Conversations& module) {
    using namespace people;
    using net::get, net::patch, net::post, net::with;
    return {
        get<"/v1/conversation-fields">(may_read_conversations, "Fields of the organisation's own on conversations",
                                       with(module, get_fields)),
        post<"/v1/conversation-fields">(may_manage_mailboxes, "Add a field", with(module, post_field)),
        patch<"/v1/conversation-fields/{id}">(may_manage_mailboxes, "Change a field, or retire it",
                                              with(module, patch_field)),
    };
}

}  // namespace rapport::conversation
