// Rows of imports. Internal to the module.
#pragma once

#include "conversation/import/import.hpp"

namespace rapport::conversation {

struct ImportRow {
    ImportId id;
    std::string source;
    ImportKind kind{};
    MailboxId mailbox;
    json::Object settings;
    ImportState state{};
    std::string position;
    std::int64_t size = 0;
    json::Object counts;
    Time created_at{}, changed_at{};
    std::optional<Time> finished_at;
};
BOOST_DESCRIBE_STRUCT(ImportRow, (),
                      (id, source, kind, mailbox, settings, state, position, size, counts, created_at, changed_at,
                       finished_at))

ImportView view_of(ImportRow const& row);
void put(store::Tx& tx, ImportRow& row, ImportCounts const& counts);
Error no_such_import();
Error no_such_mailbox();

}  // namespace rapport::conversation
