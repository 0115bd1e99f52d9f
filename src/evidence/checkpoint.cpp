// Publishing checkpoints: nothing is signed that does not continue what was signed before.
#include "evidence/checkpoint.hpp"

#include "base/log.hpp"
#include "evidence/sql.hpp"
#include "evidence/stamping.hpp"

namespace rapport::evidence {
namespace {

std::optional<Checkpoint> parsed(std::optional<store::Blob> const& note) {
    if (!note) return std::nullopt;
    auto checkpoint = parse_checkpoint(note->bytes);
    if (!checkpoint) throw std::runtime_error("a published checkpoint is damaged: run rapport fsck");
    return *std::move(checkpoint);
}

std::unexpected<Error> inconsistent(std::string text) {
    return fail(ErrorKind::conflict, "log_inconsistent", std::move(text));
}

}  // namespace

std::optional<Checkpoint> last_checkpoint(store::Reader& reader) {
    return parsed(reader.one<store::Blob>(sql::last_checkpoint));
}

std::optional<Checkpoint> find_checkpoint(store::Reader& reader, std::uint64_t size) {
    return parsed(reader.one<store::Blob>(sql::find_checkpoint, size));
}

Expected<std::optional<Checkpoint>> next_checkpoint(store::Reader& reader, Prover& prover, NoteSigner const& signer) {
    TreeHead const head = tree_head(reader);
    auto const last = last_checkpoint(reader);
    if (last) {
        if (last->origin != signer.key().name)
            return inconsistent("The log was published as " + last->origin + ", not as " + signer.key().name +
                                ": its origin cannot be changed.");
        if (head.size < last->head.size)
            return inconsistent("The log has " + std::to_string(head.size) + " leaves, but " +
                                std::to_string(last->head.size) + " were published: was an old backup restored?");
        if (prover.root(reader, last->head.size) != last->head.root)
            return inconsistent("The log's first " + std::to_string(last->head.size) +
                                " leaves are not those that were published: run rapport fsck.");
        if (head.size == last->head.size) return std::nullopt;
    }
    if (prover.root(reader, head.size) != head.root)
        return inconsistent("The log's head does not follow from its tiles: run rapport fsck.");
    return Checkpoint{signer.key().name, head, signer.sign(checkpoint_text(signer.key().name, head))};
}

void keep_checkpoint(store::Tx& tx, Checkpoint const& checkpoint, Time now) {
    auto const added = tx.changed(sql::insert_checkpoint, checkpoint.head.size, checkpoint.head.root,
                                  store::BlobView{checkpoint.note}, now);
    if (!added) return;
    want_checkpoint_stamp(tx, checkpoint.head.size, now);
    tx.publish({.at = now,
                .kind = "log.checkpointed",
                .subject = "log",
                .data = {{"size", checkpoint.head.size}, {"root", to_base64(checkpoint.head.root.view())}}});
}

Task<> publish_checkpoints(store::Store& store, Prover& prover, NoteSigner const& signer, Clock clock, net::Stop stop,
                           std::chrono::milliseconds every) {
    std::optional<Time> complained;
    do {
        auto next = co_await store.read([&](store::Reader& reader) { return next_checkpoint(reader, prover, signer); });
        Time const now = clock();
        if (!next) {
            if (!complained || now - *complained >= std::chrono::minutes(1)) {
                log::error("log_inconsistent", {{"reason", next.error().text}, {"publishing", "refused"}});
                complained = now;
            }
        } else if (*next) {
            Checkpoint const& checkpoint = **next;
            co_await store.write([&](store::Tx& tx) { keep_checkpoint(tx, checkpoint, now); });
        }
    } while (co_await stop.sleep(every));
}

}  // namespace rapport::evidence
