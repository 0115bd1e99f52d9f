// upload: a file that waits to be attached, under a key of its own. It belongs to whoever uploaded it.
#include "delivery/file_types.hpp"
#include "delivery/sql.hpp"
#include "delivery/wire.hpp"
#include "store/blobs.hpp"
#include "store/keyring.hpp"

namespace rapport::delivery {

Expected<std::function<UploadView(store::Tx&)>> plan_upload(Office const& office, NewUpload const& upload, Time now) {
    auto const size = static_cast<std::int64_t>(upload.bytes.size());
    if (upload.name.empty() || count_characters(upload.name) > 200 || !is_plain_text(upload.name))
        return fail(ErrorKind::invalid, "invalid_fields", "The file's name is missing or wrong; see fields.",
                    {{"/name", "must have 1 to 200 characters", "send it as ?name=contract.pdf"}});
    if (size > office.settings.most_file_bytes)
        return fail(ErrorKind::too_large, "file_too_large", "The file is too large.",
                    {{"", "must be at most " + std::to_string(office.settings.most_file_bytes) + " bytes",
                      "send a smaller file"}});
    if (auto fault = file_fault(upload.name, upload.media_type, upload.bytes, office.settings.forbid_programs))
        return fail(ErrorKind::unsupported, "file_refused", "This file cannot be sent: it " + fault->rule + ".",
                    {std::move(*fault)});
    auto const key = random_key();
    auto const prepared = std::make_shared<store::PreparedBlob const>(office.blobs.prepare(upload.bytes, key));
    auto const name = std::make_shared<store::Blob const>(store::Blob{seal(key, upload.name, "delivery.upload")});
    auto const wrapped = std::make_shared<store::Blob const>(store::Blob{office.keyring.wrap(key)});
    auto const digest = sha256(upload.bytes);
    UploadView const view{office.ids.next<FileId>(), upload.name, upload.media_type, size, to_hex(digest.view())};
    auto const expires = now + office.settings.keep_uploads;
    return [=, &blobs = office.blobs, actor = upload.actor](store::Tx& tx) {
        blobs.keep(tx, *prepared);
        tx.exec(sql::insert_upload, view.id, static_cast<int>(actor.kind), actor.id, *name, view.media_type, view.size,
                digest, prepared->address, *wrapped, expires);
        return view;
    };
}

}  // namespace rapport::delivery
