// The adapters with which a visitor becomes known: a code by e-mail, a token of the site; and the next token of their
// own.
#include "live/guest.hpp"
#include "live/sql.hpp"
#include "live/wire.hpp"
#include "net/any_site.hpp"

namespace rapport::live {
namespace {

using net::Body;
using net::Request;

constexpr std::int64_t most_tries = 5;
constexpr auto code_life = std::chrono::minutes(15);

// The browser makes the next one, too: a lost answer loses nobody their conversations.
Task<Expected<void>> post_token(Live& live, Request& http, SiteId id, Body<wire::ChatNextToken> body) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    if (body->next.size() != token_size || !from_base64url(body->next))
        co_return fail(ErrorKind::invalid, "bad_token", "The next token is none.");
    auto const next = digest_of_token(body->next);
    if (next == guest->visitor->token) co_return Expected<void>{};
    auto const used = digest_of_token(guest->token);
    co_await live.store().write([&](store::Tx& tx) { change_token(tx, guest->visitor->id, used, next); });
    co_return Expected<void>{};
}

// Same answer whoever has the address.
Task<Expected<void>> post_address(Live& live, Request& http, SiteId id, Body<wire::NewChatAddress> body) {
    auto const guest = co_await writer_of(live, http, id, "", body->locale);
    if (!guest) co_return fail(guest.error());
    auto const now = live.clock()();
    auto const visitor = to_text(guest->visitor->id);
    if (auto const may = live.limits().codes_by_visitor.take(visitor, now); !may) co_return fail(may.error());
    if (auto const may = live.limits().codes_by_address.take(ascii_lower(body->email.value), now); !may)
        co_return fail(may.error());
    std::uint32_t number = 0;
    for (char const c : random_bytes(4)) number = number << 8 | static_cast<std::uint8_t>(c);
    auto code = std::to_string(number % 1'000'000);
    code.insert(0, 6 - code.size(), '0');
    co_await live.store().write([&](store::Tx& tx) {
        tx.exec(sql::put_code, guest->visitor->id, body->email, sha256(visitor + ' ' + code), now + code_life);
        post::forget(tx, visitor, now);  // the code before
        post::Letter letter{visitor, "chat_code", body->email, body->locale, "", {}};
        letter.data = {{"code", code}, {"locale", to_text(body->locale)}};
        letter.priority = post::Priority::urgent;
        letter.expires_at = now + code_life;
        post::enqueue(tx, letter, now);
    });
    co_return Expected<void>{};
}

struct CodeRow {
    std::string address;
    Digest digest;
    std::int64_t tries = 0;
    Time expires_at{};
};
BOOST_DESCRIBE_STRUCT(CodeRow, (), (address, digest, tries, expires_at))

Expected<> other_customer() {
    return fail(ErrorKind::conflict, "another_customer", "This browser's visitor is another customer. Begin anew.");
}

Task<Expected<void>> post_code(Live& live, Request& http, SiteId id, Body<wire::ChatCode> body) {
    auto const guest = co_await known_guest(live, http, id);
    if (!guest) co_return fail(guest.error());
    auto const now = live.clock()();
    auto const& visitor = *guest->visitor;
    bool refused = false;  // kept: a wrong try counts
    auto const write = [&](store::Tx& tx) -> Expected<> {
        refused = false;
        auto const row = tx.one<CodeRow>(sql::find_code, visitor.id);
        EmailAddress address;
        bool const live_code =
            row && row->tries < most_tries && row->expires_at > now && from_text(row->address, address);
        if (!live_code ||
            !equal_in_constant_time(sha256(to_text(visitor.id) + ' ' + body->code.value).view(), row->digest.view())) {
            if (row) tx.exec(sql::count_try, visitor.id);
            refused = true;
            return {};
        }
        auto const customer = people::customer_for(tx, address, visitor.name, visitor.locale, now);
        if (visitor.customer && *visitor.customer != customer) return other_customer();
        auto const theirs = people::address_for(tx, customer, address, now);
        if (!theirs) return fail(theirs.error());
        people::verify_address(tx, *theirs, now, Actor{ActorKind::customer, customer.value});
        tx.exec(sql::delete_code, visitor.id);
        recognise(tx, live.office(), visitor, customer, address, "", now);
        return {};
    };
    auto const done = co_await live.store().write(write);
    if (!done) co_return fail(done.error());
    if (refused)
        co_return fail(ErrorKind::forbidden, "wrong_code", "The code is wrong, or too old. Ask for a new one.");
    live.hub().tell({to_text(visitor.id)}, {0, "known", {}, ""});
    co_return Expected<void>{};
}

Expected<CustomerId> customer_of(store::Tx& tx, Vouched const& vouched, VisitorRow const& visitor, Time now) {
    if (auto const known = people::customer_by_external_id(tx, vouched.subject)) return known->id;
    Act const act{{ActorKind::system, 0, "chat"}, now, "", ""};
    if (vouched.email) {
        // Known by their address, and not yet by the organisation's key.
        auto const id = people::customer_for(tx, *vouched.email, vouched.name, visitor.locale, now);
        auto const customer = people::find_customer(tx, id);
        if (customer && !customer->external_id) {
            people::CustomerChange change;
            change.external_id = people::ExternalIdOrNone{vouched.subject};
            auto const changed = people::update_customer(tx, act, id, change);
            if (!changed) return fail(changed.error());
            return id;
        }
    }
    people::NewCustomer wanted;
    wanted.name = {vouched.name.empty() ? vouched.subject : vouched.name};
    wanted.locale = visitor.locale;
    wanted.external_id = people::ExternalId{vouched.subject};
    return people::create_customer(tx, act, wanted);
}

Task<Expected<void>> post_vouching(Live& live, Request& http, SiteId id, Body<wire::ChatVouching> body) {
    auto const guest = co_await writer_of(live, http, id, "", body->locale);
    if (!guest) co_return fail(guest.error());
    auto const now = live.clock()();
    auto const& visitor = *guest->visitor;
    auto const keys = co_await live.store().read(
        [&](store::Reader& reader) { return wire::secrets_of(reader, live, guest->site, now); });
    if (!keys) co_return fail(keys.error());
    Expected<Vouched> vouched = fail(ErrorKind::forbidden, "vouching_refused", "This token proves nothing.");
    for (auto const& key : *keys) {
        auto read = read_vouching(body->token, key, id, now);
        // Of two refusals the one of the key that signed it says why.
        if (read || vouched.error().code == "vouching_refused") vouched = std::move(read);
        if (vouched) break;
    }
    if (!vouched) co_return fail(vouched.error());
    auto const write = [&](store::Tx& tx) -> Expected<> {
        tx.exec(sql::forget_nonces, now);
        // Once for one browser: who has seen the token in between can do nothing with it.
        if (tx.changed(sql::use_nonce, id, vouched->nonce, visitor.id, vouched->expires_at) == 0 &&
            tx.one<VisitorId>(sql::user_of_nonce, id, vouched->nonce) != visitor.id)
            return fail(ErrorKind::forbidden, "vouching_used",
                        "The token of the site was used already; make a new one.");
        auto const customer = customer_of(tx, *vouched, visitor, now);
        if (!customer) return fail(customer.error());
        if (visitor.customer && *visitor.customer != *customer) return other_customer();
        if (vouched->email) {
            auto const theirs = people::address_for(tx, *customer, *vouched->email, now);
            if (!theirs) return fail(theirs.error());
            people::verify_address(tx, *theirs, now, Actor{});
        }
        recognise(tx, live.office(), visitor, *customer, vouched->email, vouched->name, now);
        return {};
    };
    auto const done = co_await live.store().write(write);
    if (!done) co_return fail(done.error());
    live.hub().tell({to_text(visitor.id)}, {0, "known", {}, ""});
    co_return Expected<void>{};
}

}  // namespace

net::Routes known_routes(Live& live) {
    using net::any_site, net::post, net::with;
    return {
        post<"/chat/{site}/token">(any_site, "Change the visitor's token", with(live, post_token)),
        post<"/chat/{site}/address">(any_site, "Have a code sent, to prove an address", with(live, post_address)),
        post<"/chat/{site}/address/confirmation">(any_site, "Prove it with the code", with(live, post_code)),
        post<"/chat/{site}/vouching">(any_site, "The site says who its signed-in customer is",
                                      with(live, post_vouching)),
    };
}

}  // namespace rapport::live
