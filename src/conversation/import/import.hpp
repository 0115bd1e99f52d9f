// Old mailboxes are brought in: their mails become messages with their own dates, in conversations that are over.
// Nobody is disturbed: no clock starts, nothing is assigned, answered, or told to other systems mail by mail. A mail
// lands once, also if it is brought in twice, or had come by itself before. The command reads the mailbox and hands
// over batches; where it stands is written in the transaction that takes the batch.
#pragma once

#include <span>

#include "conversation/wire.hpp"

namespace rapport::conversation {

struct ImportTag {
    static constexpr std::string_view prefix = "imp";
};
using ImportId = Id<ImportTag>;

enum class ImportKind : std::uint8_t { mbox, maildir };
BOOST_DESCRIBE_ENUM(ImportKind, mbox, maildir)
enum class ImportState : std::uint8_t { running, finished };
BOOST_DESCRIBE_ENUM(ImportState, running, finished)

// What becomes of conversations.
enum class ImportLeave : std::uint8_t {
    resolved,  // all are over
    unread,    // those with a mail that nobody has read are open
    open,      // open where the customer wrote last, else they wait for the customer
};
BOOST_DESCRIBE_ENUM(ImportLeave, resolved, unread, open)

struct NewImport {
    Text<1, 1000> source;  // names it; the same again goes on where it stood
    ImportKind kind{};
    MailboxId mailbox;
    std::optional<bool> sent;  // all of these are mails of ours
    std::optional<ImportLeave> leave;
    std::optional<std::vector<LabelId>> labels;  // of every conversation
    std::optional<std::int64_t> size;            // in octets, or in files
};
BOOST_DESCRIBE_STRUCT(NewImport, (), (source, kind, mailbox, sent, leave, labels, size))

struct ImportCounts {
    std::int64_t mails = 0;                         // looked at
    std::int64_t received = 0;                      // became messages of customers
    std::int64_t sent = 0;                          // became messages of ours
    std::int64_t duplicates = 0;                    // were here
    std::int64_t unreadable = 0;                    // are messages that show why
    std::int64_t failed = 0;                        // could not be written
    std::int64_t conversations = 0, customers = 0;  // made
};
BOOST_DESCRIBE_STRUCT(ImportCounts, (),
                      (mails, received, sent, duplicates, unreadable, failed, conversations, customers))

struct ImportView {
    ImportId id;
    std::string source;
    ImportKind kind{};
    MailboxId mailbox;
    bool sent = false;
    ImportLeave leave{};
    std::vector<LabelId> labels;
    ImportState state{};
    std::string position;  // empty: at the beginning
    std::int64_t size = 0;
    ImportCounts counts;
    Time created_at{}, changed_at{};
    std::optional<Time> finished_at;
};
BOOST_DESCRIBE_STRUCT(ImportView, (),
                      (id, source, kind, mailbox, sent, leave, labels, state, position, size, counts, created_at,
                       changed_at, finished_at))

struct ImportTrouble {
    std::int64_t index = 0;  // of the mail in its batch
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(ImportTrouble, (), (index, reason))
struct ImportStep {
    ImportView import;
    std::vector<ImportTrouble> troubles;
};
BOOST_DESCRIBE_STRUCT(ImportStep, (), (import, troubles))

// Before each mail of a batch, as JSON on one line.
struct ImportFrame {
    std::int64_t size = 0;   // of the raw octets that follow
    std::optional<Time> at;  // when it came, as the mailbox says
    std::optional<bool> unread, flagged;
    std::optional<bool> sent;  // it lay among mails of ours
};
BOOST_DESCRIBE_STRUCT(ImportFrame, (), (size, at, unread, flagged, sent))
struct OldMail {
    ImportFrame frame;
    Bytes raw;
};
inline constexpr std::size_t most_imported_at_once = 100;
inline constexpr std::size_t most_import_octets = 96 << 20;  // of a batch
// Codes: invalid_fields.
Expected<std::vector<OldMail>> read_batch(ByteView body);

// Read and sealed; before the transaction.
struct PreparedOldMail;
using PreparedOldMails = std::vector<std::shared_ptr<PreparedOldMail const>>;
PreparedOldMails prepare_old_mails(Office const& office, std::vector<OldMail> const& mails, Time now);

// The same source again is the same import, at its position. Publishes import.started.
// Codes: mailbox_not_found, label_not_found.
Expected<ImportView> begin_import(store::Tx& tx, Act const& act, NewImport const& wanted);
// Takes a batch that begins at `from`; where the import stands at `to` already, nothing happens.
// Codes: not_found, position_differs, state_does_not_allow.
Expected<ImportStep> take_old_mails(store::Tx& tx, Office const& office, Act const& act, ImportId id,
                                    std::string_view from, std::string_view to,
                                    std::span<std::shared_ptr<PreparedOldMail const> const> mails,
                                    std::vector<ImportTrouble> const& troubles = {});
// What would become of them; writes nothing. Mails that are twice in one batch are counted twice.
Expected<ImportCounts> judge_old_mails(store::Reader& reader, Office const& office, NewImport const& wanted,
                                       PreparedOldMails const& mails);
// Publishes import.finished. Codes: not_found.
Expected<ImportView> finish_import(store::Tx& tx, Act const& act, ImportId id);
Expected<ImportView> find_import(store::Reader& reader, ImportId id);
std::vector<ImportView> list_imports(store::Reader& reader, std::size_t limit);

void check_imports(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::conversation
