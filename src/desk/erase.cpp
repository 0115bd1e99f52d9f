// Rows that are erased.
#include "desk/erase.hpp"

#include "desk/sql.hpp"

namespace rapport::desk {

void erase_runs(store::Tx& tx, std::vector<conversation::ConversationId> const& conversations) {
    for (auto const id : conversations) {
        tx.exec(sql::erase_runs, id);
        tx.exec(sql::erase_rule_reasons, id);
    }
}

bool erase_attributes(store::Tx& tx, people::CustomerId customer) {
    return tx.changed(sql::erase_attributes, customer) == 1;
}

}  // namespace rapport::desk
