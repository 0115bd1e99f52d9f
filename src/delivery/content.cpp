// What a delivery holds, decrypted, and checked against the digests that its evidence speaks of.
#include "delivery/row.hpp"
#include "delivery/sql.hpp"
#include "evidence/log.hpp"
#include "post/secret_links.hpp"
#include "post/templates.hpp"
#include "store/blobs.hpp"

namespace rapport::delivery {
namespace {

Error damaged() {
    return {ErrorKind::unavailable,
            "content_damaged",
            "The content of this delivery is damaged or missing; an operator must look (rapport fsck).",
            {},
            0};
}

Expected<Bytes> checked(Expected<Bytes> bytes, Digest const& expected) {
    if (!bytes && bytes.error().kind == ErrorKind::unavailable) return fail(bytes.error());
    if (!bytes || sha256(*bytes) != expected) return fail(damaged());
    return bytes;
}

Expected<Composer::Draw> composed(store::Reader& reader, Office const& office, json::Object const& recipe) {
    if (!office.composer)
        return fail(ErrorKind::unavailable, "no_composer", "This program cannot draw the words of this notice.");
    return office.composer->prepare(reader, recipe);
}

Expected<Bytes> message_box(store::Reader& reader, Office const& office, DeliveryRow const& row, Key256 const& key) {
    if (auto const box = reader.one<store::Blob>(sql::find_message, row.id))
        return store::Blobs::opened(box->bytes, row.message_blob, key);
    return office.blobs.read(reader, row.message_blob, key);
}

}  // namespace

Expected<Composer::Draw> words_of(store::Reader& reader, Office const& office, DeliveryRow const& row,
                                  std::string_view message) {
    if (auto const recipe = recipe_in(message)) return composed(reader, office, *recipe);
    auto const end = message.find("\n\n");
    json::Object data{{"subject", message.substr(0, end)}, {"text", text_of(message)}};
    if (!row.recipient_name.empty()) data["name"] = row.recipient_name;
    return [data = std::move(data), locale = row.locale,
            organisation = office.settings.organisation]() -> Expected<Words> {
        auto made = post::render("notice", locale, data, organisation);
        if (!made) return fail(made.error());
        return Words{made->locale, std::move(made->subject), std::move(made->text), std::move(made->html)};
    };
}

Expected<Bytes> message_bytes(store::Reader& reader, Office const& office, DeliveryRow const& row) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key) return fail(key.error());
    return checked(message_box(reader, office, row, *key), row.message_digest);
}

Expected<Part> content(store::Reader& reader, Office const& office, DeliveryId id, int part) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto const key = key_of(office, row->wrapped_key);
    if (!key) return fail(key.error());
    if (part == 0) {
        auto message = checked(message_box(reader, office, *row, *key), row->message_digest);
        if (!message) return fail(message.error());
        if (auto const recipe = recipe_in(*message)) {
            auto const draw = composed(reader, office, *recipe);
            auto const words = draw ? (*draw)() : Expected<Words>(fail(draw.error()));
            if (!words) return fail(words.error());
            message = message_of(words->subject, words->text);
        }
        return Part{"message.txt", std::string(message_type), std::move(*message)};
    }
    auto const names = row->names ? open_names(*key, id, row->names->bytes) : Expected<Names>(Names{});
    if (!names) return fail(damaged());
    for (auto const& file : files_of(reader, id)) {
        if (file.number != part) continue;
        if (!file.wrapped_key) return fail(content_erased());
        auto const file_key = unwrap_key(*key, file.wrapped_key->bytes);
        if (!file_key || names->files.size() < static_cast<std::size_t>(part)) return fail(damaged());
        auto bytes = checked(office.blobs.read(reader, file.blob, *file_key), file.sha256);
        if (!bytes) return fail(bytes.error());
        return Part{names->files[static_cast<std::size_t>(part) - 1], file.media_type, std::move(*bytes)};
    }
    return fail(ErrorKind::not_found, "not_found", "This delivery has no such file.");
}

Expected<Part> shown_content(store::Reader& reader, Office const& office, DeliveryId id, int part) {
    auto shown = content(reader, office, id, part);
    if (!shown || part != 0) return shown;
    if (auto const row = find_row(reader, id); row && row->kind == Kind::plain)
        shown->bytes = post::without_secret_links(shown->bytes);
    return shown;
}

Expected<Bytes> evidence_xml(store::Reader& reader, DeliveryId id, evidence::EvidenceId evidence) {
    auto row = evidence::find_evidence(reader, evidence);
    if (!row || row->delivery != id.value)
        return fail(ErrorKind::not_found, "not_found", "This delivery has no such evidence.");
    if (!row->token) return std::move(row->xml.bytes);
    return evidence::with_timestamp(row->xml.bytes, row->token->bytes);
}

}  // namespace rapport::delivery
