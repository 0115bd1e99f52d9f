// Files of messages: each under a key of its own, its type told by its content.
#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "channels/email/dsn.hpp"
#include "channels/media_type.hpp"
#include "conversation/rows.hpp"
#include "conversation/scanning/scanner.hpp"
#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"
#include "conversation/visiting.hpp"

namespace rapport::conversation {
namespace {

std::string bound_to(AttachmentId id) { return "attachment " + to_text(id); }

// What stands before a path's last separator is nobody's business, nor is what it could do.
std::string file_name(std::string_view name) {
    auto const at = name.find_last_of("/\\");
    auto out = channels::email::shown(at == std::string_view::npos ? name : name.substr(at + 1), 200);
    out = std::string(trimmed(out));
    return out.empty() ? "attachment" : out;
}

std::unexpected<Error> no_such_file() { return fail(ErrorKind::not_found, "not_found", "There is no such file."); }

}  // namespace

std::string media_type_of(ByteView bytes) { return channels::media_type_of(bytes); }

PreparedFile prepare_file(Office const& office, std::string_view name, std::string_view content_id, ByteView bytes) {
    PreparedFile file;
    auto const key = random_key();
    file.row.id = office.ids.next<AttachmentId>();
    file.row.media_type = media_type_of(bytes);
    file.row.size = static_cast<std::int64_t>(bytes.size());
    file.row.wrapped_key = store::Blob{office.keyring.wrap(key)};
    AttachmentName const shown{file_name(name), std::string(content_id)};
    file.row.sealed = store::Blob{seal(key, json::encode(shown), bound_to(file.row.id))};
    file.blob = office.blobs.prepare(bytes, key);
    file.row.blob = file.blob.address;
    return file;
}

void keep_file(store::Tx& tx, Office const& office, PreparedFile const& file) {
    auto const& row = file.row;
    office.blobs.keep(tx, file.blob);
    tx.exec(sql::insert_attachment, row.id, row.message, row.place, row.owner_kind, row.owner_id, row.expires_at,
            row.media_type, row.size, row.shown_inside, row.blob, *row.wrapped_key, *row.sealed);
}

std::vector<AttachmentRow> attachments_of(store::Reader& reader, MessageId id) {
    return reader.all<AttachmentRow>(sql::attachments_of, id);
}

std::optional<AttachmentName> name_of(Office const& office, AttachmentRow const& row) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key || !row.sealed) return std::nullopt;
    auto const plain = open(*key, row.sealed->bytes, bound_to(row.id));
    auto const name = plain ? json::decode<AttachmentName>(*plain) : Expected<AttachmentName>(fail(plain.error()));
    return name ? std::optional(*name) : std::nullopt;
}

Expected<Bytes> bytes_of(store::Reader& reader, Office const& office, AttachmentRow const& row) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key) return fail(content_erased());
    return office.blobs.read(reader, row.blob, *key);
}

Expected<File> attachment_of(store::Reader& reader, Office const& office, Actor const& viewer, AttachmentId id,
                             InfectedFiles wanted) {
    auto const row = reader.one<AttachmentRow>(sql::find_attachment, id);
    if (!row) return no_such_file();
    // What somebody has uploaded and not sent is theirs alone.
    if (!row->message && (row->owner_kind != viewer.kind || row->owner_id != viewer.id)) return no_such_file();
    if (row->message) {
        auto const message = find_message_row(reader, *row->message);
        if (!message || message->state == MessageState::withdrawn) return no_such_file();
    }
    auto const name = name_of(office, *row);
    if (!name) return fail(content_erased());
    auto const scan = scan_of(reader, id);
    if (scan && scan->finding == ScanFinding::infected && wanted == InfectedFiles::refused)
        return fail(infected(*scan));
    auto bytes = bytes_of(reader, office, *row);
    if (!bytes) return fail(bytes.error());
    return File{name->name, row->media_type, std::move(*bytes)};
}

Expected<PreparedFile> plan_upload(Office const& office, Actor const& owner, std::string_view name, ByteView bytes,
                                   Time now) {
    if (name.empty() || count_characters(name) > 200 || !is_plain_text(name))
        return fail(ErrorKind::invalid, "invalid_fields", "The file's name is missing or wrong; see fields.",
                    {{"/name", "must have 1 to 200 characters", "send it as ?name=contract.pdf"}});
    if (bytes.size() > office.settings.most_upload_bytes)
        return fail(ErrorKind::too_large, "file_too_large", "The file is too large.",
                    {{"", "must be at most " + std::to_string(office.settings.most_upload_bytes) + " bytes",
                      "send a smaller file"}});
    auto file = prepare_file(office, name, "", bytes);
    file.row.owner_kind = owner.kind;
    file.row.owner_id = owner.id;
    file.row.expires_at = now + office.settings.keep_uploads;
    return file;
}

// Several at once share the bound of what one answer may carry; each belongs to one message only.
Expected<std::vector<AttachmentRow>> uploads_of(store::Reader& reader, Office const& office, Actor const& owner,
                                                std::vector<AttachmentId> const& ids) {
    std::vector<AttachmentRow> rows;
    std::int64_t size = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto row = reader.one<AttachmentRow>(sql::find_attachment, ids[i]);
        bool const repeated = std::ranges::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids[i]) !=
                              ids.begin() + static_cast<std::ptrdiff_t>(i);
        if (!row || row->message || row->owner_kind != owner.kind || row->owner_id != owner.id || repeated)
            return fail(ErrorKind::invalid, "attachment_not_found", "An attachment is not there, or was sent already.",
                        {{"/attachments/" + std::to_string(i), "must be an upload of yours", "upload it again"}});
        size += row->size;
        rows.push_back(std::move(*row));
    }
    if (size > static_cast<std::int64_t>(office.settings.most_mail_bytes))
        return fail(ErrorKind::too_large, "mail_too_large", "The attachments are too large for one mail.",
                    {{"/attachments", "at most " + std::to_string(office.settings.most_mail_bytes) + " bytes together",
                      "send some of them apart"}});
    return rows;
}

std::size_t forget_uploads(store::Tx& tx, Office const& office, Time now) {
    auto const old = tx.all<AttachmentRow>(sql::old_uploads, now);
    for (auto const& row : old) {
        tx.exec(sql::delete_attachment, row.id);
        tx.exec(sql::drop_scan, row.id);
        office.blobs.drop(tx, row.blob);
    }
    return old.size();
}

}  // namespace rapport::conversation
