// Identification by what somebody outside vouches for: whom it means, whether it is sure enough, and what is recorded.
#include <algorithm>

#include "delivery/pickup.hpp"
#include "delivery/row.hpp"
#include "people/identities.hpp"

namespace rapport::delivery {
namespace {

// By what the person was recognised; empty: it is somebody else.
std::string recognised(store::Reader& reader, DeliveryRow const& row, std::optional<Delegation> const& delegation,
                       identity::Claimed const& who) {
    auto const is_theirs = [&](std::string_view email) {
        return std::ranges::find(who.emails, ascii_lower(email)) != who.emails.end();
    };
    if (delegation) return is_theirs(delegation->email) ? "email " + delegation->email : std::string();
    if (who.identifier) {  // a source with an identifier is matched by it alone
        bool const linked = people::has_identity(reader, row.customer, who.source, *who.identifier);
        return linked ? "identifier" : std::string();
    }
    if (is_theirs(row.recipient_email)) return "email " + row.recipient_email;
    for (auto const& address : people::addresses_of(reader, row.customer))
        if (address.verified_at && is_theirs(address.value)) return "email " + address.value;
    return {};
}

std::string record_of(DeliveryRow const& row, Caller const& caller, Proof const& proof, std::string const& matched,
                      Time now) {
    std::string out = "rapport-identification-1\n";
    auto const line = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) out.append(name).append(": ").append(one_line(value)).append("\n");
    };
    line("delivery", to_text(row.id));
    line("customer", to_text(row.customer));
    if (caller.delegation) line("delegation", to_text(caller.delegation->id));
    line("method", proof.method);
    line("level", json::enum_name(proof.level));
    line("source", proof.who.source);
    line("issuer", proof.who.issuer);
    line("subject", proof.who.subject);
    line("identifier", proof.who.identifier.value_or(""));
    line("matched", matched);
    for (auto const& [name, value] : proof.details) line(name, value);
    line("time", to_text(now));
    line("session", to_hex(sha256(caller.session.view()).view()));
    line("assertion-sha256", proof.assertion.empty() ? "" : to_hex(sha256(proof.assertion).view()));
    line("assertion-base64", to_base64(proof.assertion));
    return out;
}

Expected<Judged> conclude(store::Tx& tx, Office const& office, DeliveryRow const& row, Caller const& caller,
                          Proof const& proof, std::string const& matched, Time now) {
    auto const refuse = [&](std::string_view why) {
        json::Object data{{"reason", why}, {"source", proof.who.source}};
        if (caller.delegation) data["delegation"] = to_text(caller.delegation->id);
        publish_trouble(tx, row, "delivery.identification_refused", std::move(data), now);
        return Judged{std::nullopt, {}, why};
    };
    if (!still_holds(tx, caller, now)) return refuse("delegation_over");
    if (matched.empty()) return refuse("wrong_person");
    if (proof.level < row.assurance) return refuse("level_too_low");
    auto record = record_of(row, caller, proof, matched, now);
    Assertion who{proof.level, std::string(proof.method), now, sha256(record),
                  proof.assertion.empty() ? std::string() : to_base64(sha256(proof.assertion).view())};
    if (auto const& d = caller.delegation) who.delegate = DelegateParty{to_text(d->id), d->name, d->email};
    if (auto const kept = keep_identified(tx, office, row, caller, {who, record}, now); !kept)
        return fail(kept.error());
    return Judged{std::move(who), std::move(record), {}};
}

}  // namespace

std::string one_line(std::string_view text) {
    std::string out;
    for (char c : text.substr(0, 64 << 10)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return out;
}

Expected<Judged> judge(store::Tx& tx, Office const& office, DeliveryId id, Caller const& caller, Proof const& proof,
                       Time now) {
    auto const row = row_for(tx, id, Verb::identify, now);
    if (!row) return fail(row.error());
    return conclude(tx, office, *row, caller, proof, recognised(tx, *row, caller.delegation, proof.who), now);
}

Expected<Judged> judge_customer(store::Tx& tx, Office const& office, DeliveryId id, Caller const& caller,
                                CustomerId customer, Proof const& proof, Time now) {
    auto const row = row_for(tx, id, Verb::identify, now);
    if (!row) return fail(row.error());
    bool const same = customer == row->customer && !caller.delegation;
    return conclude(tx, office, *row, caller, proof, same ? "customer" : "", now);
}

}  // namespace rapport::delivery
