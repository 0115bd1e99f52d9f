// One look at a delivery through its link: what all recipient's pages start from, and the page that fits the delivery's
// state and the session. Internal to pickup_*.cpp.
#pragma once

#include "delivery/delegation.hpp"
#include "delivery/pages.hpp"
#include "delivery/pickup.hpp"
#include "delivery/row.hpp"
#include "net/net.hpp"

namespace rapport::delivery {

struct Visit {
    std::string token;
    std::string cookie;  // the session's secret
    bool fresh = false;  // the cookie must be set
    Time now{};
    std::string remote;
    std::optional<Locale> asked;           // ?lang=
    std::optional<Locale> chosen;          // by ?lang= or its cookie
    std::optional<DeliveryRow> row;        // empty: there is nothing at this address
    std::optional<Delegation> delegation;  // the link is a delegate's
    bool ended = false;                    // and does not hold any more
    std::optional<PickupRow> pickup;
    std::optional<Assertion> who;  // identified, and still so
    bool secure = false;
    bool https = false;  // the public address is

    Locale locale() const { return chosen.value_or(delegation ? delegation->locale : row ? row->locale : Locale::en); }
    // A delegate's session is another one than the recipient's, in the same browser, too.
    Digest session() const { return sha256(delegation ? cookie + ":" + to_text(delegation->id) : cookie); }
    Caller caller() const { return {session(), remote, delegation}; }
    std::string base() const { return "/p/" + token; }
    // The content is closed to them for good; the evidence about it is theirs too.
    bool is_over() const {
        return row && row->kind == Kind::registered && !row->erased_at && closed_for_good.has(row->state);
    }
    bool is_late() const { return row->accept_until && now >= *row->accept_until && waiting.has(row->state); }
};

Task<Visit> look(Deliveries& deliveries, net::Request& request, std::string token);

struct Problem {
    std::string_view key;
    int status = 422;
    int number = 0;  // tries left, or seconds to wait
};

std::string csrf_of(Office const& office, Visit const& visit);
bool form_is_ours(Office const& office, Visit const& visit, std::string_view csrf);
json::Object page_data(Office const& office, Visit const& visit);
net::Response as_page(Visit const& visit, std::string html, int status);
net::Response notice(Office const& office, Visit const& visit, std::string_view name, int status,
                     bool with_way_back = false);
net::Response page_for(Office const& office, Visit const& visit, std::optional<Problem> problem = {});
// What a refused verb is told; the page is rendered for the state as it is now.
Task<net::Response> answer_to(Deliveries& deliveries, net::Request& request, Visit visit, Error error);
// On to another page, and the browser's cookies with it: after a visit elsewhere a redirect would still count as the
// other site's, and SameSite=Strict cookies would stay behind; a page of ours that leads on does not.
net::Response lead_to(Office const& office, Visit const& visit, std::string_view name, std::string const& address,
                      json::Object more = {});
// What people see in place of a problem document.
net::Response problem_page(Office const& office, net::Request const& request, net::Response const& problem);

// A one-time question to a passkey, bound to session, purpose and time; nothing is stored.
struct Question {
    std::string mark;  // goes to the page and back
    Bytes challenge;
};
Question ask(Office const& office, Visit const& visit, std::string_view purpose);
// Empty when the mark is not ours, or older than five minutes.
std::optional<Bytes> challenge_of(Office const& office, Visit const& visit, std::string_view purpose,
                                  std::string_view mark);

// Where a passkey may be registered, what its form needs.
void offer_passkey(Office const& office, Visit const& visit, json::Object& data);

struct CsrfForm {
    std::string csrf;
};
BOOST_DESCRIBE_STRUCT(CsrfForm, (), (csrf))

net::RouteOptions page_options(Deliveries const& deliveries);
net::RouteOptions file_options(Deliveries const& deliveries);
net::Routes proof_routes(Deliveries& deliveries);       // providers and certificates (pickup_proof.cpp)
net::Routes passkey_routes(Deliveries& deliveries);     // pickup_passkey.cpp
net::Routes delegation_routes(Deliveries& deliveries);  // the recipient's and the API's (delegation_http.cpp)

}  // namespace rapport::delivery
