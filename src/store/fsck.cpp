// Looks at raw rows; shares nothing with the code that writes the journal.
#include "store/fsck.hpp"

#include "store/sql.hpp"

namespace rapport::store {
namespace {

struct Extent {
    std::int64_t n = 0, first = 0, last = 0;
};
BOOST_DESCRIBE_STRUCT(Extent, (), (n, first, last))

struct Cursor {
    std::string name;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(Cursor, (), (name, seq))

}  // namespace

std::vector<Finding> fsck(Reader& reader, Blobs const& blobs) {
    std::vector<Finding> findings;
    auto const extent = *reader.one<Extent>(sql::journal_extent);
    auto const head = reader.one<std::int64_t>(sql::head).value_or(0);
    if (extent.last != head)
        findings.push_back(
            {"journal", "its head says " + std::to_string(head) + ", its last line is " + std::to_string(extent.last)});
    if (extent.n != 0 && extent.last - extent.first + 1 != extent.n)
        findings.push_back({"journal", "has gaps: " + std::to_string(extent.n) + " lines from " +
                                           std::to_string(extent.first) + " to " + std::to_string(extent.last)});
    for (auto const& cursor : reader.all<Cursor>(sql::all_consumers))
        if (cursor.seq > head) findings.push_back({"consumer " + cursor.name, "stands beyond the journal's end"});
    for (auto const& address : blobs.damaged(reader))
        findings.push_back({"blob " + to_hex(address.view()), "is missing or does not hash to its address"});
    return findings;
}

}  // namespace rapport::store
