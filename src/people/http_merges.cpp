// Routes of persons with several records. Splitting moves conversations, too: src/app/splitting.cpp.
#include "people/http_own.hpp"
#include "people/merged.hpp"
#include "people/wire.hpp"

namespace rapport::people {

namespace {

using net::Body, net::Ok, net::Page, net::Request;

Task<Expected<Ok<wire::CustomerView>>> post_merge(Access& access, Request& request, CustomerId id,
                                                  Body<wire::NewCustomerMerge> body) {
    auto fn = [act = act_of(request), id, &body](store::Tx& tx) -> Expected<wire::CustomerView> {
        auto const root = merge_customers(tx, act, id, body->into);
        if (!root) return fail(root.error());
        return *wire::person_view(tx, *root);
    };
    auto merged = co_await access.store().write(std::move(fn));
    if (!merged) co_return fail(merged.error());
    co_return Ok{std::move(*merged)};
}

Task<Expected<Ok<wire::CustomerView>>> post_unmerge(Access& access, Request& request, CustomerId id) {
    auto fn = [act = act_of(request), id](store::Tx& tx) -> Expected<wire::CustomerView> {
        auto const done = unmerge_customer(tx, act, id);
        if (!done) return fail(done.error());
        return *wire::person_view(tx, id);
    };
    auto back = co_await access.store().write(std::move(fn));
    if (!back) co_return fail(back.error());
    co_return Ok{std::move(*back)};
}

Task<Expected<Page<wire::SimilarCustomerView>>> get_similar(Access& access, CustomerId id) {
    auto look = [id](store::Reader& reader) -> std::optional<Page<wire::SimilarCustomerView>> {
        if (!find_customer(reader, id)) return std::nullopt;
        Page<wire::SimilarCustomerView> page;
        for (auto const& one : similar_to(reader, id))
            if (auto view = wire::person_view(reader, one.customer))
                page.items.push_back({std::move(*view), one.why, one.verified});
        return page;
    };
    auto found = co_await access.store().read(std::move(look));
    if (!found) co_return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
    co_return std::move(*found);
}

}  // namespace

net::Routes merge_routes(Access& a) {
    using net::get, net::post, net::with;
    return {
        post<"/v1/customers/{id}/merge">(may_write_customers, "Merge this customer into another", with(a, post_merge)),
        post<"/v1/customers/{id}/unmerge">(may_write_customers, "Undo the merge of this record", with(a, post_unmerge)),
        get<"/v1/customers/{id}/similar">(may_read_customers, "Customers who could be the same person",
                                          with(a, get_similar)),
    };
}

}  // namespace rapport::people
