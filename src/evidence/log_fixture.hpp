// A store with the log's tables, and evidence in bulk: what the log's tests share.
#pragma once

#include <deque>

#include "evidence/log.hpp"
#include "evidence/merkle_naive.hpp"
#include "evidence/sql.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::evidence {

class LogTest : public rapport::test::StoreTest {
  protected:
    LogTest() : StoreTest({evidence::sql::migrations}) {}

    // Bytes that stand for a sealed record: the log does not look into them.
    Sealed sealed(std::int64_t number = 1) {
        Sealed made;
        made.id = EvidenceId{++last_id_};
        made.time = now();
        made.xml = "<evidence n=\"" + std::to_string(last_id_) + "\"/>";
        made.salt = sha256("salt " + std::to_string(last_id_));
        made.commitment = hmac_sha256(made.salt.view(), made.xml);
        made.number = number;
        return made;
    }
    // Appends `n` records of deliveries of their own in one function.
    void grow(std::size_t n) {
        std::vector<Sealed> all;
        for (std::size_t i = 0; i < n; ++i) all.push_back(sealed());
        store().write_now([&](store::Tx& tx) {
            for (auto const& s : all) append(tx, s, s.id.value, now());
        });
        for (auto const& s : all) entries_.emplace_back(s.commitment.view());
    }
    // Changes rows behind the program's back. A statement is known by its address, so each is kept.
    void damage(char const* text) {
        store::Query const& query = damages_.emplace_back(store::Query{"test.damage", text, text});
        store().write_now([&](store::Tx& tx) { tx.exec(query); });
    }
    std::span<std::string const> logged(std::size_t n) const { return {entries_.data(), n}; }

    std::deque<store::Query> damages_;
    std::int64_t last_id_ = 1000;
    std::vector<std::string> entries_;  // the commitments in the log's order
};

}  // namespace rapport::evidence
