// Imports as rows: what was asked for, where it stands, what came of it.
#include <limits>

#include "conversation/import/import_rows.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

struct ImportSettings {
    bool sent = false;
    ImportLeave leave{};
    std::vector<LabelId> labels;
};
BOOST_DESCRIBE_STRUCT(ImportSettings, (), (sent, leave, labels))

template <class T>
json::Object object_of(T const& value) {
    auto const parsed = json::parse(json::encode(value));
    return parsed->get_object();
}
template <class T>
T from_object(json::Object const& object) {
    auto const read = json::decode_value<T>(json::Value(object));
    return read ? *read : T{};
}

void tell_import(store::Tx& tx, Act const& act, ImportRow const& row, std::string_view kind) {
    json::Object data{{"source", row.source}, {"mailbox", to_text(row.mailbox)}};
    if (row.finished_at) data["counts"] = row.counts;
    tx.publish({.at = act.now,
                .kind = std::string(kind),
                .subject = to_text(row.id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id,
                .data = std::move(data)});
}

}  // namespace

Error no_such_import() { return {ErrorKind::not_found, "not_found", "There is no such import.", {}, 0}; }
Error no_such_mailbox() {
    return {ErrorKind::invalid,
            "mailbox_not_found",
            "There is no such mailbox.",
            {{"/mailbox", "must be a mailbox", "choose one of /v1/mailboxes"}},
            0};
}

ImportView view_of(ImportRow const& row) {
    auto const settings = from_object<ImportSettings>(row.settings);
    return {row.id,
            row.source,
            row.kind,
            row.mailbox,
            settings.sent,
            settings.leave,
            settings.labels,
            row.state,
            row.position,
            row.size,
            from_object<ImportCounts>(row.counts),
            row.created_at,
            row.changed_at,
            row.finished_at};
}

void put(store::Tx& tx, ImportRow& row, ImportCounts const& counts) {
    row.counts = object_of(counts);
    tx.exec(sql::change_import, row.id, row.settings, row.state, row.position, row.size, row.counts, row.changed_at,
            row.finished_at);
}

Expected<ImportView> begin_import(store::Tx& tx, Act const& act, NewImport const& wanted) {
    if (!find_mailbox(tx, wanted.mailbox)) return fail(no_such_mailbox());
    ImportSettings settings{wanted.sent.value_or(false), wanted.leave.value_or(ImportLeave::resolved),
                            wanted.labels.value_or(std::vector<LabelId>())};
    for (std::size_t i = 0; i < settings.labels.size(); ++i)
        if (!tx.one<LabelId>(sql::label_exists, settings.labels[i]))
            return fail(ErrorKind::invalid, "label_not_found", "There is no such label.",
                        {{"/labels/" + std::to_string(i), "must be a label", "choose one of /v1/labels"}});
    auto const known = tx.one<ImportId>(sql::import_of_source, wanted.source, wanted.kind, wanted.mailbox);
    ImportRow row;
    if (known) {
        lock_thing(tx, known->value);
        row = tx.one<ImportRow>(sql::find_import, *known).value();
    } else {
        row.id = tx.new_id<ImportId>();
        row.source = wanted.source.value;
        row.kind = wanted.kind;
        row.mailbox = wanted.mailbox;
        row.created_at = act.now;
    }
    // A mailbox that had come to its end is counted anew; it goes on where it stood.
    auto const counts =
        known && row.state == ImportState::running ? from_object<ImportCounts>(row.counts) : ImportCounts();
    row.settings = object_of(settings);
    row.state = ImportState::running;
    row.size = wanted.size.value_or(0);
    row.changed_at = act.now;
    row.finished_at.reset();
    row.counts = object_of(counts);
    if (known)
        put(tx, row, counts);
    else
        tx.exec(sql::insert_import, row.id, row.source, row.kind, row.mailbox, row.settings, row.state, row.position,
                row.size, row.counts, act.now);
    tell_import(tx, act, row, "import.started");
    people::audit(tx, act, "import.started", to_text(row.id), people::AuditOutcome::done, {{"source", row.source}});
    return view_of(row);
}

Expected<ImportView> finish_import(store::Tx& tx, Act const& act, ImportId id) {
    lock_thing(tx, id.value);
    auto row = tx.one<ImportRow>(sql::find_import, id);
    if (!row) return fail(no_such_import());
    if (row->state == ImportState::finished) return view_of(*row);
    row->state = ImportState::finished;
    row->finished_at = row->changed_at = act.now;
    put(tx, *row, from_object<ImportCounts>(row->counts));
    tell_import(tx, act, *row, "import.finished");
    return view_of(*row);
}

Expected<ImportView> find_import(store::Reader& reader, ImportId id) {
    auto const row = reader.one<ImportRow>(sql::find_import, id);
    if (!row) return fail(no_such_import());
    return view_of(*row);
}

std::vector<ImportView> list_imports(store::Reader& reader, std::size_t limit) {
    std::vector<ImportView> out;
    ImportId const below{std::numeric_limits<std::int64_t>::max()};
    for (auto const& row : reader.all<ImportRow>(sql::list_imports, below, limit)) out.push_back(view_of(row));
    return out;
}

void check_imports(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    for (auto const id : reader.all<MessageId>(sql::fsck_imported))
        report({to_text(id), "it was brought in, and the message or its import is not there"});
}

}  // namespace rapport::conversation
