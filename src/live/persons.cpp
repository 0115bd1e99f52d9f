// Visitors and threads of a person who is split in two.
#include "live/persons.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "live/sql.hpp"

namespace rapport::live {
namespace {

struct ProvenRow {
    std::int64_t visitor;
    std::optional<std::string> address;
};
BOOST_DESCRIBE_STRUCT(ProvenRow, (), (visitor, address))

bool is_one_of(std::vector<EmailAddress> const& addresses, std::optional<std::string> const& address) {
    return address && std::ranges::any_of(
                          addresses, [&](auto const& one) { return ascii_lower(one.value) == ascii_lower(*address); });
}

}  // namespace

std::vector<conversation::ConversationId> threads_proven_by(store::Reader& reader, people::CustomerId customer,
                                                            std::vector<EmailAddress> const& addresses) {
    std::vector<conversation::ConversationId> found;
    for (auto const& row : reader.all<ProvenRow>(sql::proven_visitors, customer))
        if (is_one_of(addresses, row.address))
            for (auto const id : reader.all<conversation::ConversationId>(sql::proven_threads, row.visitor))
                found.push_back(id);
    return found;
}

void split_visitors(store::Tx& tx, people::CustomerId from, people::CustomerId to,
                    std::vector<EmailAddress> const& addresses,
                    std::vector<conversation::ConversationId> const& moved) {
    for (auto const& row : tx.all<ProvenRow>(sql::proven_visitors, from))
        if (is_one_of(addresses, row.address)) tx.exec(sql::set_visitor_customer, row.visitor, to);
    for (auto const id : moved) tx.exec(sql::set_thread_customer, id, to);
}

}  // namespace rapport::live
