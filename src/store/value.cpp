// Rows that do not fit the struct they are read into: the program and its schema disagree, or the database is damaged.
#include "store/value.hpp"

#include <stdexcept>

namespace rapport::store {

void require_columns(Row const& row, int expected) {
    if (row.columns() == expected) return;
    throw std::logic_error("a row has " + std::to_string(row.columns()) + " columns where " + std::to_string(expected) +
                           " were expected");
}

void unreadable_column(Row const&, int column) {
    throw std::runtime_error("the database holds a value that no version of the program wrote, in column " +
                             std::to_string(column + 1) + " of a result");
}

}  // namespace rapport::store
