// What lies in a backup folder, and how it is read: manifests, indexes, lists of contents. Internal to operate.
#pragma once

#include "operate/backup.hpp"

namespace rapport::operate {

inline constexpr std::string_view marker_name = "backup.json";
inline constexpr std::string_view settings_table = "@files";  // configuration and keys, as rows of name, mode, content

struct ChunkRef {
    Bytes id;  // 16 octets
    ChunkPlace place;
};
struct Content {
    Digest address;
    std::int64_t size = 0;
};

// Held while a backup is made or removed. Code "backup_folder" when another holds it.
class FolderLock {
  public:
    static Expected<FolderLock> take(std::filesystem::path const& folder);
    FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    ~FolderLock();

  private:
    explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

Expected<> open_folder(std::filesystem::path const& folder, bool make);
bool is_backup_name(std::string_view name);
std::filesystem::path content_path(std::filesystem::path const& blobs, Digest const& address);

Bytes manifest_file(Manifest const& manifest);
Expected<Manifest> read_manifest(std::filesystem::path const& folder, std::string const& id);
Expected<Bytes> read_checked(std::filesystem::path const& folder, FileDigest const& file);  // "file_damaged"
std::optional<std::string> digest_of_file(std::filesystem::path const& path);               // hex; streams it

Bytes index_file(std::vector<ChunkRef> const& chunks);
std::optional<std::vector<ChunkRef>> parse_index(ByteView bytes);
Bytes contents_file(std::vector<Content> const& contents);
std::optional<std::vector<Content>> parse_contents(ByteView bytes);

void copy_file_durably(std::filesystem::path const& from, std::filesystem::path const& to);
void write_file_durably(std::filesystem::path const& path, ByteView bytes);
Bytes read_whole(std::filesystem::path const& path);  // throws

}  // namespace rapport::operate
