// Consents as they are shown, proven and exported.
#include "preferences/persons.hpp"
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {
namespace {

Expected<RecordView> record_view(store::Reader& reader, evidence::Prover& prover, std::int64_t id) {
    auto const proof = evidence::record_proof(reader, prover, id);
    if (!proof) return fail(proof.error());
    RecordView view{proof->record,
                    to_base64(proof->salt.view()),
                    to_hex(proof->commitment.view()),
                    proof->leaf_index,
                    proof->text,
                    {}};
    if (proof->checkpoint_token) view.time_stamp = to_base64(*proof->checkpoint_token);
    return view;
}

}  // namespace

ConsentView view_of(Consent const& c) {
    return {c.id,
            c.customer,
            c.category,
            c.channel,
            c.state,
            c.address,
            c.wording,
            to_hex(c.wording_digest.view()),
            c.wording_version,
            c.locale,
            c.method,
            c.source,
            c.session,
            c.remote,
            c.proof,
            c.requested_at,
            c.requested_by,
            c.lapses_at,
            c.given_at,
            c.ended_at,
            c.ended_how,
            c.ended_by};
}

Expected<ConsentProof> proof_of(store::Reader& reader, evidence::Prover& prover, ConsentId id) {
    auto const consent = find_consent(reader, id);
    if (!consent) return no_such_consent();
    if (!consent->given_at)
        return fail(ErrorKind::conflict, "consent_not_given",
                    "Nobody has given this consent: there is nothing to prove.");
    auto given = record_view(reader, prover, id.value);
    if (!given) return fail(given.error());
    ConsentProof proof{id, std::move(*given), {}};
    if (consent->withdrawal) {
        auto withdrawn = record_view(reader, prover, *consent->withdrawal);
        if (!withdrawn) return fail(withdrawn.error());
        proof.withdrawn = std::move(*withdrawn);
    }
    return proof;
}

Expected<ConsentExport> export_of(store::Reader& reader, evidence::Prover& prover, CustomerId customer, Time now) {
    if (!people::find_customer(reader, customer))
        return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
    ConsentExport out{customer, now, {}, {}};
    for (auto const& consent : consents_of_person(reader, customer)) {
        out.consents.push_back(view_of(consent));
        if (!consent.given_at) continue;
        auto proof = proof_of(reader, prover, consent.id);
        if (!proof) return fail(proof.error());
        out.proofs.push_back(std::move(*proof));
    }
    return out;
}

}  // namespace rapport::preferences
