// Contents: encrypted, addressed by the SHA-256 of the encrypted bytes. Up to 32 KiB they live in their row, beyond
// that in a file of their own, which is durable before the transaction that refers to it begins. Destroying the key of
// a content erases it, wherever copies lie. Any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/crypto.hpp"
#include "store/tx.hpp"

namespace rapport::store {

struct PreparedBlob {
    Digest address;
    std::int64_t size = 0;         // of the plain bytes
    std::int64_t stored_size = 0;  // of the encrypted ones
    std::optional<Bytes> body;     // the encrypted bytes, where they go into a row
};

class Blobs {
  public:
    static constexpr std::size_t largest_in_row = 32 * 1024;

    using Clock = std::function<std::chrono::steady_clock::time_point()>;
    explicit Blobs(std::filesystem::path folder, Clock monotonic = std::chrono::steady_clock::now);

    // Before the transaction: encrypts, and writes a large content to its file. Throws Unavailable when the disk is
    // full.
    PreparedBlob prepare(ByteView plain, Key256 const& key) const;
    // In the transaction that refers to it.
    void keep(Tx& tx, PreparedBlob const& blob) const;
    // Errors: not_found "blob_missing", invalid "blob_damaged" (also for a wrong key).
    Expected<Bytes> read(Reader& reader, Digest const& address, Key256 const& key) const;
    // The same for a box that its owner keeps in a row of its own instead of giving it to keep().
    static Expected<Bytes> opened(ByteView box, Digest const& address, Key256 const& key);
    // Forgets the row; the file goes with the next sweep.
    void drop(Tx& tx, Digest const& address) const;

    // Removes files that no row speaks of and that are older than `age`: what prepare() left when its transaction never
    // came, and what was dropped. What this process prepared is old after `age` by the monotonic clock, too: the other
    // one may jump. Returns how many. Run it from a job, as store.read.
    std::size_t sweep(Reader& reader, Time now, Duration age = std::chrono::hours(1)) const;
    // The addresses of rows whose bytes are missing or do not hash to their address (for fsck). Reads everything.
    std::vector<Digest> damaged(Reader& reader) const;

  private:
    std::filesystem::path path_of(Digest const& address) const;
    std::filesystem::path folder_;
    Clock monotonic_;
    struct Fresh;
    std::shared_ptr<Fresh> fresh_;
};

}  // namespace rapport::store
