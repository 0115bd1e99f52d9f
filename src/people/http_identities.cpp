// Routes of what is linked to a customer: identities at providers, and passkeys.
#include "people/access.hpp"
#include "people/http_own.hpp"
#include "people/merged.hpp"

namespace rapport::people {

namespace {

using net::Body, net::Created, net::Page, net::Request;

struct PasskeyView {
    PasskeyId id{};
    std::string level{};
    std::string vouched_by{};
    Time created_at{};
    std::optional<Time> used_at{};
    std::optional<Time> revoked_at{};
};
BOOST_DESCRIBE_STRUCT(PasskeyView, (), (id, level, vouched_by, created_at, used_at, revoked_at))

std::vector<CustomerIdentity> of_person(store::Reader& reader, CustomerId id) {
    std::vector<CustomerIdentity> all;
    for (auto const record : records_of(reader, id))
        std::ranges::move(identities_of(reader, record), std::back_inserter(all));
    return all;
}

Task<Expected<Page<CustomerIdentity>>> get_identities(Access& access, CustomerId id) {
    auto look = [id](store::Reader& reader) { return Page<CustomerIdentity>{of_person(reader, id)}; };
    co_return co_await access.store().read(std::move(look));
}

Task<Expected<Created<CustomerIdentity>>> post_identity(Access& access, Request& request, CustomerId id,
                                                        Body<NewIdentity> body) {
    auto fn = [act = act_of(request), id, &body](store::Tx& tx) {
        return link_identity(tx, act, person_of(tx, id), *body);
    };
    auto made = co_await access.store().write(std::move(fn));
    if (!made) co_return fail(made.error());
    co_return Created{std::move(*made)};
}

Task<Expected<void>> delete_identity(Access& access, Request& request, CustomerId id, IdentityId identity) {
    auto fn = [act = act_of(request), id, identity](store::Tx& tx) {
        auto holder = id;
        for (auto const& one : of_person(tx, id))
            if (one.id == identity) holder = one.customer;
        return unlink_identity(tx, act, holder, identity);
    };
    co_return co_await access.store().write(std::move(fn));
}

Task<Expected<Page<PasskeyView>>> get_passkeys(Access& access, CustomerId id) {
    auto look = [id](store::Reader& reader) {
        Page<PasskeyView> page;
        for (auto const record : records_of(reader, id))
            for (auto const& one : passkeys_of(reader, record))
                page.items.push_back({one.id, one.level, one.vouched_by, one.created_at, one.used_at, one.revoked_at});
        return page;
    };
    co_return co_await access.store().read(std::move(look));
}

Task<Expected<void>> delete_passkey(Access& access, Request& request, CustomerId id, PasskeyId passkey) {
    auto fn = [act = act_of(request), id, passkey](store::Tx& tx) {
        auto holder = id;
        for (auto const record : records_of(tx, id))
            for (auto const& one : passkeys_of(tx, record))
                if (one.id == passkey) holder = record;
        return revoke_passkey(tx, act, holder, passkey);
    };
    co_return co_await access.store().write(std::move(fn));
}

}  // namespace

net::Routes identity_routes(Access& a) {
    using net::del, net::get, net::post, net::with;
    return {
        get<"/v1/customers/{id}/identities">(may_read_customers, "A customer's identities at providers",
                                             with(a, get_identities)),
        post<"/v1/customers/{id}/identities">(may_write_customers, "Link an identity to a customer",
                                              with(a, post_identity)),
        del<"/v1/customers/{id}/identities/{identity}">(may_write_customers, "Unlink an identity",
                                                        with(a, delete_identity)),
        get<"/v1/customers/{id}/passkeys">(may_read_customers, "A customer's passkeys", with(a, get_passkeys)),
        del<"/v1/customers/{id}/passkeys/{passkey}">(may_write_customers, "Revoke a passkey", with(a, delete_passkey)),
    };
}

}  // namespace rapport::people
