// Signed checkpoints of the log: C2SP tlog-checkpoint in a C2SP signed-note with an Ed25519 signature (type 0x01).
// Every checkpoint ever published is kept; each gets a time stamp through the queue of stamping.hpp.
#pragma once

#include <span>
#include <vector>

#include "evidence/log.hpp"
#include "net/task_group.hpp"

namespace rapport::evidence {

// Public half of a log's key under its name. Any thread.
struct NoteKey {
    std::string name;  // the log's origin
    Bytes public_key;  // 32 octets (RFC 8032)

    std::uint32_t id() const;                                   // first four octets of SHA-256(name, "\n", 0x01, key)
    std::string text() const;                                   // "<name>+<id in hex>+<base64 of 0x01 and key>"
    Bytes pem() const;                                          // SubjectPublicKeyInfo, for openssl
    static Expected<NoteKey> from_text(std::string_view text);  // code "note_key_malformed"
    bool operator==(NoteKey const&) const = default;
};

// Signs notes. Any thread.
class NoteSigner {
  public:
    // `origin` as the log's address without scheme: "rapport.example.org/log". No spaces, no '+'.
    static Expected<NoteSigner> from(std::string origin, ByteView seed);  // code "note_key_malformed"
    NoteKey const& key() const { return key_; }
    // A key from before, which signs as well until it is retired: whoever follows the log by it need not notice the
    // rotation at once.
    Expected<> also(ByteView earlier_seed);
    Bytes sign(std::string_view text) const;  // the note: text (ends with a line feed), empty line, signature lines

  private:
    NoteSigner() = default;
    NoteKey key_;
    std::shared_ptr<void> private_key_;
    std::vector<NoteSigner> earlier_;
};

struct Checkpoint {
    std::string origin;
    TreeHead head;
    Bytes note;  // as published
};
// Text and signature lines as strictly as they are written by us or any C2SP log; further lines and cosignatures are
// allowed. Codes "checkpoint_malformed"; open_checkpoint also "checkpoint_unsigned", "checkpoint_signature_wrong".
Expected<Checkpoint> parse_checkpoint(ByteView note);
Expected<Checkpoint> open_checkpoint(ByteView note, NoteKey const& key);
// The first of the keys whose signature it carries; the first of all when it carries none of them.
NoteKey const& key_of(ByteView note, std::span<NoteKey const> keys);
std::string checkpoint_text(std::string_view origin, TreeHead const& head);

// The last one published.
std::optional<Checkpoint> last_checkpoint(store::Reader& reader);
std::optional<Checkpoint> find_checkpoint(store::Reader& reader, std::uint64_t size);
// RFC 3161 token over SHA-256(note), if it has come in.
std::optional<Bytes> checkpoint_token(store::Reader& reader, std::uint64_t size);

// The checkpoint to publish now; empty if the log has not grown since the last. Refuses where the log does not continue
// what was published, or its head does not follow from its tiles: code "log_inconsistent".
Expected<std::optional<Checkpoint>> next_checkpoint(store::Reader& reader, Prover& prover, NoteSigner const& signer);
// Keeps it, queues its time stamp, publishes the event log.checkpointed. Harmless if another node was faster.
void keep_checkpoint(store::Tx& tx, Checkpoint const& checkpoint, Time now);

// Job: publishes whenever the log has grown, at most once in `every`, until stopped. When the log is inconsistent it
// publishes nothing and says so in the log, every minute.
Task<> publish_checkpoints(store::Store& store, Prover& prover, NoteSigner const& signer, Clock clock, net::Stop stop,
                           std::chrono::milliseconds every = std::chrono::seconds(1));

}  // namespace rapport::evidence
