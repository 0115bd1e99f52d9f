// A delivery with its evidence, logged, published and stamped, as an input for package(): for the tests of packages.
#pragma once

#include "evidence/log_fixture.hpp"
#include "evidence/package.hpp"
#include "evidence/stamping.hpp"
#include "evidence/test_parts.hpp"
#include "evidence/verify.hpp"

namespace rapport::evidence {

class PackageTest : public LogTest {
  protected:
    PackageTest() : parts_(test::today()), key_(*NoteSigner::from("rapport.example.org/log", Bytes(32, 's'))) {}

    static constexpr std::int64_t ours = 7, theirs = 8;

    Statement statement(std::int64_t delivery, EventCode event) {
        auto s = test::statement_of(event, test::today());
        s.id = EvidenceId{++last_id_};
        s.message_identifier = delivery == ours ? "dlv_0000000000007" : "dlv_0000000000008";
        s.parts = {{"message.txt", "text/plain", sha256("Dear Maryam,\n")},
                   {"قرارداد.pdf", "application/pdf", sha256("%PDF-1.7 …")}};
        auto const end = store().read_now([&](store::Reader& r) { return chain_end(r, delivery); });
        s.number = end.next_number;
        s.previous = end.previous;
        return s;
    }
    Sealed happen(std::int64_t delivery, EventCode event) {
        auto const record = *parts_.sealer.seal(statement(delivery, event), test::today());
        store().write_now([&](store::Tx& tx) { append(tx, record, delivery, now()); });
        return record;
    }
    // Five records of ours among others', published; tokens on the checkpoint and on our first two records.
    void prepare() {
        using enum EventCode;
        grow(3);
        happen(ours, A1);
        happen(theirs, A1);
        happen(ours, C1);
        happen(ours, C3);
        grow(300);
        happen(ours, D1);
        happen(ours, E1);
        publish();
    }
    void publish() {
        auto const authority =
            *TimeStampAuthority::open(parts_.stamp.key_pem, parts_.stamp.certificate_pem, test::today());
        auto const next = store().read_now([&](store::Reader& r) { return next_checkpoint(r, prover_, key_); });
        auto const rows = store().read_now([](store::Reader& r) { return evidence_of(r, ours); });
        store().write_now([&](store::Tx& tx) {
            if (next && *next) keep_checkpoint(tx, **next, now());
            for (std::size_t i = 0; i < 2 && i < rows.size(); ++i)
                if (!rows[i].token) want_time_stamp(tx, rows[i].id, now());
            for (auto const& job : claim_stamps(tx, now(), 100))
                keep_token(tx, job, *authority.stamp(*imprint_of(tx, job), test::today()), now());
        });
    }
    PackageInput input(std::int64_t delivery = ours) {
        PackageInput in;
        in.message_identifier = delivery == ours ? "dlv_0000000000007" : "dlv_0000000000008";
        in.title = "Contract <1>";
        in.log = *store().read_now([&](store::Reader& r) { return log_part(r, prover_, delivery); });
        in.log_key = key_.key();
        in.content = {{"message.txt", "text/plain", "Dear Maryam,\n"},
                      {"قرارداد.pdf", "application/pdf", "%PDF-1.7 …"}};
        in.roots_pem = parts_.authority.root().certificate_pem;
        return in;
    }
    Bytes packed(PackageInput const& in) { return *package(in, *parts_.signer, test::today()); }
    static std::vector<std::string> failed(Report const& report) {
        std::vector<std::string> names;
        for (auto const& check : report.checks)
            if (!check.ok) names.push_back(check.name);
        return names;
    }

    test::Parts parts_;
    NoteSigner key_;
    Prover prover_;
};

}  // namespace rapport::evidence
