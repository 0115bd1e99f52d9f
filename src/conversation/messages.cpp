// Messages as rows: sealed before the transaction, kept in it, opened again.
#include <algorithm>

#include "base/text.hpp"
#include "channels/email/mime.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t references_learnt = 10;

std::string bound_to(MessageId id) { return "message " + to_text(id); }

store::PreparedBlob const& add_blob(Office const& office, PreparedMessage& message, ByteView bytes) {
    return message.blobs.emplace_back(office.blobs.prepare(bytes, message.key));
}

void refer(store::Tx& tx, std::string_view id, MessageId message, bool ours) {
    tx.exec(sql::insert_reference, reference_digest(id), message, ours);
}

}  // namespace

// RFC 5322 §3.6.4 compares octets; some programs change the case of the domain, none relies on it.
Digest reference_digest(std::string_view message_id) {
    auto const at = message_id.rfind('@');
    if (at == std::string_view::npos) return sha256(message_id);
    return sha256(std::string(message_id.substr(0, at)) + ascii_lower(message_id.substr(at)));
}

PreparedMessage prepare_message(Office const& office, Words words, std::string_view text, std::string_view html) {
    PreparedMessage made;
    made.row.id = office.ids.next<MessageId>();
    made.key = random_key();
    made.row.wrapped_key = store::Blob{office.keyring.wrap(made.key)};
    made.row.text_size = static_cast<std::int64_t>(text.size());
    made.row.html_size = static_cast<std::int64_t>(html.size());
    words.text = channels::email::as_utf8(text, text_in_row);
    if (text.size() > text_in_row) made.row.text_blob = add_blob(office, made, text).address;
    if (!html.empty()) made.row.html_blob = add_blob(office, made, html).address;
    made.words = std::move(words);
    return made;
}

void keep_message(store::Tx& tx, Office const& office, PreparedMessage const& message, MessageRow const& row,
                  Words const& words) {
    store::Blob const sealed{seal(message.key, json::encode(words), bound_to(row.id))};
    tx.exec(sql::insert_message, row.id, row.conversation, row.origin, row.direction, row.channel, row.state, row.at,
            row.author_kind, row.author_id, row.participant, row.inbound, row.client_key, row.leaves_at, row.matched_by,
            row.automatic, row.claims, row.text_size, row.html_size, row.attachments, *row.wrapped_key, sealed,
            row.text_blob, row.html_blob);
    for (auto const& blob : message.blobs) office.blobs.keep(tx, blob);
    for (auto const& file : message.files) keep_file(tx, office, file);
    if (row.direction == Direction::note) return;
    bool const ours = row.direction == Direction::out;
    if (!words.message_id.empty()) refer(tx, words.message_id, row.id, ours);
    if (ours) return;
    // What this mail answers is known here from now on: whoever answers that, too, belongs here.
    auto const& ids = words.references;
    auto const first = ids.size() - std::min(ids.size(), references_learnt);
    for (std::size_t i = first; i < ids.size(); ++i)
        if (ids[i] != words.message_id) refer(tx, ids[i], row.id, false);
}

std::optional<MessageRow> find_message_row(store::Reader& reader, MessageId id) {
    return reader.one<MessageRow>(sql::find_message, id);
}

Expected<Words> words_of(Office const& office, MessageRow const& row) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key || !row.sealed) return fail(content_erased());
    auto const plain = open(*key, row.sealed->bytes, bound_to(row.id));
    if (!plain) return fail(plain.error());
    return json::decode<Words>(*plain);
}

Expected<std::string> text_of(store::Reader& reader, Office const& office, MessageRow const& row) {
    if (!row.text_blob) {
        auto words = words_of(office, row);
        if (!words) return fail(words.error());
        return std::move(words->text);
    }
    auto const key = key_of(office, row.wrapped_key);
    if (!key) return fail(content_erased());
    return office.blobs.read(reader, *row.text_blob, *key);
}

Expected<Bytes> html_of(store::Reader& reader, Office const& office, MessageId id) {
    auto const row = find_message_row(reader, id);
    if (!row || row->state == MessageState::withdrawn || (!row->html_blob && row->wrapped_key))
        return fail(ErrorKind::not_found, "not_found", "There is no such HTML.");
    auto const key = key_of(office, row->wrapped_key);
    if (!key || !row->html_blob) return fail(content_erased());
    return office.blobs.read(reader, *row->html_blob, *key);
}

Expected<post::InboundId> raw_mail_of(store::Reader& reader, MessageId id) {
    auto const row = find_message_row(reader, id);
    if (!row || !row->inbound) return fail(ErrorKind::not_found, "not_found", "There is no such mail.");
    if (!row->wrapped_key) return fail(content_erased());
    return *row->inbound;
}

}  // namespace rapport::conversation
