// erase: destroys the delivery's key. Subject, text, files, their names and the records of identifications cannot be
// read any more, wherever copies lie; evidence, its digests and the log stay whole (GDPR Art. 17 beside the duty to
// keep evidence).
#include "delivery/records.hpp"
#include "delivery/sql.hpp"
#include "post/post.hpp"
#include "store/blobs.hpp"

namespace rapport::delivery {

Expected<Move> plan_erasure(store::Reader& reader, Office const& office, people::Act const& act, DeliveryId id) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    if (row->erased_at) return fail(content_erased());
    auto move = begin_move(*row, Verb::erase, act.actor, act.now);
    if (!move) return move;
    auto files = files_of(reader, id);
    move->also = [id, act, message = row->message_blob, files = std::move(files),
                  &blobs = office.blobs](store::Tx& tx) {
        tx.exec(sql::erase_delivery, id, act.now);
        tx.exec(sql::erase_files, id);
        tx.exec(sql::forget_pickups_of, id);
        erase_records(tx, id, act.now);
        tx.exec(sql::drop_message, id);
        blobs.drop(tx, message);
        // Recipients of one submission share a file's bytes, each under a key of their own.
        for (auto const& file : files)
            if (tx.one<std::int64_t>(sql::blob_in_use, file.blob).value_or(0) == 0) blobs.drop(tx, file.blob);
        post::forget(tx, to_text(id), act.now);
        people::audit(tx, act, "delivery.erased", to_text(id));
    };
    return move;
}

}  // namespace rapport::delivery
