// Passkeys on the recipient's pages: registered after an identification, whose level they then stand for; used in its
// place. The page's script only hands the browser's answer to a form; without script nothing is lost but the passkey.
#include "base/crypto.hpp"
#include "delivery/visit.hpp"
#include "delivery/ways.hpp"
#include "people/identities.hpp"

namespace rapport::delivery {
namespace {

using net::Request;
using net::Response;

struct CreateForm {
    std::string csrf, mark, client_data, authenticator_data;  // base64url but for the first two
};
BOOST_DESCRIBE_STRUCT(CreateForm, (), (csrf, mark, client_data, authenticator_data))
struct GetForm {
    std::string csrf, mark, credential, client_data, authenticator_data, signature;
};
BOOST_DESCRIBE_STRUCT(GetForm, (), (csrf, mark, credential, client_data, authenticator_data, signature))

Bytes bytes_of(std::string const& text) { return from_base64url(text).value_or(Bytes()); }

Response wrong(Office const& office, Visit const& visit, Error const& error) {
    bool const unverified = error.code == "passkey_not_verified";
    return page_for(office, visit, Problem{unverified ? "problem_passkey_unlock" : "problem_passkey", 403, 0});
}

// The recipient themself, identified by something surer than the sameness of an address, and not by a passkey.
bool may_register(Office const& office, Visit const& visit) {
    return office.ways && office.ways->passkeys && visit.who && !visit.who->delegate && !visit.delegation &&
           visit.who->level >= Assurance::low && visit.who->method != evidence::method::passkey;
}

Task<Response> post_passkey_new(Deliveries& deliveries, Request& request, std::string token,
                                net::Form<CreateForm> form) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!form_is_ours(office, visit, form->csrf)) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    if (!may_register(office, visit)) co_return page_for(office, visit, Problem{"problem_identify", 403, 0});
    auto const challenge = challenge_of(office, visit, "create", form->mark);
    if (!challenge) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    auto const made = identity::check_registration(*office.ways->passkeys, *challenge,
                                                   {bytes_of(form->client_data), bytes_of(form->authenticator_data)});
    if (!made) co_return wrong(office, visit, made.error());
    people::CustomerPasskey wanted;
    wanted.customer = visit.row->customer;
    wanted.credential = {made->credential};
    wanted.public_key = {made->key};
    wanted.algorithm = made->algorithm;
    wanted.counter = made->count;
    wanted.level = json::enum_name(visit.who->level);
    wanted.vouched_by = visit.who->method;
    people::Act const act{recipient_of(*visit.row), visit.now, visit.remote, request.id()};
    auto const added =
        co_await deliveries.store().write([&](store::Tx& tx) { return people::add_passkey(tx, act, wanted); });
    if (!added) co_return page_for(office, visit, Problem{"problem_passkey", net::status_of(added.error()), 0});
    co_return lead_to(office, visit, "passkey_added", visit.base());
}

Task<Response> post_passkey(Deliveries& deliveries, Request& request, std::string token, net::Form<GetForm> form) {
    auto const visit = co_await look(deliveries, request, std::move(token));
    auto const& office = deliveries.office();
    if (!form_is_ours(office, visit, form->csrf)) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    if (!office.ways || !office.ways->passkeys || visit.ended || visit.delegation)
        co_return page_for(office, visit, Problem{"problem_unavailable", 404, 0});
    auto const challenge = challenge_of(office, visit, "get", form->mark);
    if (!challenge) co_return page_for(office, visit, Problem{"problem_session", 403, 0});
    auto const known = co_await deliveries.store().read(
        [&](store::Reader& reader) { return people::find_passkey(reader, bytes_of(form->credential)); });
    if (!known || known->revoked_at || visit.now > known->created_at + office.ways->passkey_life)
        co_return page_for(office, visit, Problem{"problem_passkey_unknown", 403, 0});
    identity::Passkey const passkey{known->credential.bytes, known->algorithm, known->public_key.bytes,
                                    static_cast<std::uint32_t>(known->counter)};
    auto const count = identity::check_assertion(
        *office.ways->passkeys, *challenge, passkey,
        {bytes_of(form->client_data), bytes_of(form->authenticator_data), bytes_of(form->signature)});
    if (!count) {
        if (count.error().code == "passkey_cloned") {  // the signature is right: one of two holders is not the user
            people::Act const act{recipient_of(*visit.row), visit.now, visit.remote, request.id()};
            co_await deliveries.store().write(
                [&](store::Tx& tx) { return people::revoke_passkey(tx, act, known->customer, known->id); });
        }
        co_return wrong(office, visit, count.error());
    }

    Proof proof;
    proof.level = json::enum_from<Assurance>(known->level).value_or(Assurance::basic);
    proof.method = evidence::method::passkey;
    proof.who.source = "passkey";
    proof.who.subject = to_text(known->id);
    proof.details = {{"vouched-by", known->vouched_by}, {"registered", to_text(known->created_at)}};
    auto const judged = co_await deliveries.store().write([&](store::Tx& tx) -> Expected<Judged> {
        if (!people::use_passkey(tx, known->id, *count, visit.now)) return Judged{std::nullopt, {}, "wrong_person"};
        if (auto const row = open_pickup(tx, visit.row->id, visit.caller(), visit.now); !row) return fail(row.error());
        return judge_customer(tx, office, visit.row->id, visit.caller(), known->customer, proof, visit.now);
    });
    if (!judged) co_return co_await answer_to(deliveries, request, visit, judged.error());
    if (!judged->assertion) co_return notice(office, visit, judged->refusal, 403, true);
    co_return net::see_other(visit.base());
}

Task<Response> get_script(Deliveries&, Request&) {
    Response response = net::bytes(Bytes(page_asset("passkey.js")), "text/javascript; charset=utf-8");
    response.cache_control = "public, max-age=3600";
    co_return response;
}

}  // namespace

void offer_passkey(Office const& office, Visit const& visit, json::Object& data) {
    if (!may_register(office, visit)) return;
    auto const question = ask(office, visit, "create");
    auto const key = sha256("rapport passkey user:" + to_text(visit.row->customer));
    data["new_passkey"] = true;
    data["new_passkey_rp"] = office.ways->passkeys->id;
    data["new_passkey_mark"] = question.mark;
    data["new_passkey_challenge"] = to_base64url(question.challenge);
    data["new_passkey_user"] = to_base64url(key.view());
}

net::Routes passkey_routes(Deliveries& d) {
    using net::with;
    auto const page = page_options(d);
    return {
        net::post<"/p/{token}/passkeys">(net::anyone, "Register a passkey", with(d, post_passkey_new), page),
        net::post<"/p/{token}/passkey">(net::anyone, "Identify by passkey", with(d, post_passkey), page),
        net::get<"/p/passkey.js">(net::anyone, "The pick-up pages' one script", with(d, get_script),
                                  {.kind = net::Kind::file}),
    };
}

}  // namespace rapport::delivery
