// Packs: the files that hold a backup's chunks, each compressed and, if the backup is protected, sealed. A pack is
// written once, by one backup; later backups refer to its chunks. Octets: docs/formats/backup.md. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operate/protection.hpp"

namespace rapport::operate {

struct FileDigest {
    std::string name;  // below the backup folder: "2026-11-22T02-00-00Z-1f3a/0001.pack"
    std::int64_t size = 0;
    std::string sha256;
    bool operator==(FileDigest const&) const = default;
};
BOOST_DESCRIBE_STRUCT(FileDigest, (), (name, size, sha256))

// Where a chunk lies: the pack by its place in the manifest's list.
struct ChunkPlace {
    std::uint32_t pack = 0;
    std::uint64_t offset = 0;
    std::uint32_t size = 0;  // as stored
    std::uint32_t plain_size = 0;
    bool operator==(ChunkPlace const&) const = default;
};

class PackWriter {
  public:
    // Packs are called <folder>/<backup>/0001.pack …; `key` seals them. Throws Unavailable when the disk is full.
    PackWriter(std::filesystem::path folder, std::string backup, std::optional<Key256> key,
               std::vector<WrappedKey> wrapped);
    ~PackWriter();
    struct Written {
        std::string pack;
        std::uint64_t offset = 0;
        std::uint32_t size = 0;
    };
    Written add(ByteView plain);
    std::vector<FileDigest> finish();  // durable; once

  private:
    struct Open;
    void close();
    std::filesystem::path folder_;
    std::string backup_;
    std::optional<Key256> key_;
    std::vector<WrappedKey> wrapped_;
    std::unique_ptr<Open> open_;
    std::vector<FileDigest> done_;
};

class PackReader {
  public:
    PackReader(std::filesystem::path folder, Unlock unlock);
    ~PackReader();
    // Codes "pack_damaged" (with the file's name), "backup_locked".
    Expected<Bytes> read(std::string const& pack, ChunkPlace const& place);

  private:
    struct Open;
    Expected<Open*> opened(std::string const& pack);
    std::filesystem::path folder_;
    Unlock unlock_;
    std::map<std::string, std::unique_ptr<Open>> open_;
};

}  // namespace rapport::operate
