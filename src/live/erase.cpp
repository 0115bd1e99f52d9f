// Rows of visitors that are erased.
#include "live/erase.hpp"

#include "base/crypto.hpp"
#include "live/sql.hpp"
#include "post/erase.hpp"

namespace rapport::live {
namespace {

// Nobody has this token. Letters with codes went to an address of theirs.
void erase_visitor(store::Tx& tx, store::Blobs const& blobs, std::int64_t visitor, Time now) {
    post::erase_letters(tx, blobs, to_text(VisitorId{visitor}), now);
    tx.exec(sql::erase_visitor, visitor, sha256(random_token()));
    tx.exec(sql::delete_code, visitor);
    tx.exec(sql::erase_nonces, visitor);
    tx.exec(sql::erase_dues_of, visitor);
    tx.exec(sql::erase_threads_of, visitor);
}

}  // namespace

void erase_visitors(store::Tx& tx, store::Blobs const& blobs,
                    std::vector<conversation::ConversationId> const& conversations, Time now) {
    std::vector<std::int64_t> visitors;
    for (auto const id : conversations) {
        for (auto const visitor : tx.all<std::int64_t>(sql::visitors_of_thread, id)) visitors.push_back(visitor);
        tx.exec(sql::delete_due, id);
        tx.exec(sql::erase_thread, id);
    }
    for (auto const visitor : visitors)
        if (tx.one<std::int64_t>(sql::count_threads, visitor).value_or(0) == 0) erase_visitor(tx, blobs, visitor, now);
}

void erase_visitors_of(store::Tx& tx, store::Blobs const& blobs, people::CustomerId customer, Time now) {
    for (auto const visitor : tx.all<std::int64_t>(sql::visitors_of_customer, customer))
        erase_visitor(tx, blobs, visitor, now);
}

}  // namespace rapport::live
