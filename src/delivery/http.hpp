// The routes of deliveries: the API (/v1/files, /v1/deliveries), the recipient's pick-up pages (/p/{token}), and the
// public verification entries (/v/{token}).
#pragma once

#include "base/json.hpp"
#include "delivery/delivery.hpp"
#include "net/route.hpp"

namespace rapport::delivery {

// For evidence of what the agent behind a request sends.
Task<Sender> sender_of(store::Store& store, net::Request& request);

// The key with which the same request may come again; empty: none. Code invalid_fields.
Expected<std::optional<std::string>> idempotency_key(net::Request const& request);

// What a request submits: `{<many>: […]}`, or one alone.
template <class Batch, class One>
Expected<std::vector<One>> one_or_many(json::Object body, bool is_batch, std::vector<One> Batch::* many) {
    json::Value const value(std::move(body));
    if (is_batch) {
        auto batch = json::decode_value<Batch>(value);
        if (!batch) return fail(batch.error());
        return std::move((*batch).*many);
    }
    auto one = json::decode_value<One>(value);
    if (!one) return fail(one.error());
    std::vector<One> all;
    all.push_back(std::move(*one));
    return all;
}

net::Routes routes(Deliveries& deliveries);  // all of the following
net::Routes api_routes(Deliveries& deliveries);
net::Routes pickup_routes(Deliveries& deliveries);
net::Routes entry_routes(Deliveries& deliveries);

}  // namespace rapport::delivery
