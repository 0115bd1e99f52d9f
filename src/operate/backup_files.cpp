// Files of a backup folder; see backup_files.hpp and docs/formats/backup.md.
#include "operate/backup_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/crypto.hpp"
#include "base/json.hpp"

namespace rapport::operate {
namespace fs = std::filesystem;
namespace {

struct Marker {
    std::string format = "rapport-backup-folder/1";
};
BOOST_DESCRIBE_STRUCT(Marker, (), (format))

constexpr std::string_view digest_line = "\nsha256 ";
constexpr std::size_t id_size = 16, ref_size = id_size + 4 + 8 + 4 + 4, content_size = 32 + 8;

void put(Bytes& out, std::uint64_t value, std::size_t octets) {
    for (std::size_t i = 0; i < octets; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}
std::uint64_t get(ByteView bytes, std::size_t at, std::size_t octets) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets; ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
}

std::unexpected<Error> wrong_folder(std::string text) {
    return fail(ErrorKind::invalid, "backup_folder", std::move(text));
}
std::unexpected<Error> damaged(std::string code, std::string const& file) {
    return fail(ErrorKind::invalid, std::move(code), "The file " + file + " of the backup is damaged or missing.");
}

[[noreturn]] void refuse(fs::path const& path) {
    throw Unavailable("The file " + path.string() + " cannot be written: " + std::strerror(errno));
}

void sync_folder_of(fs::path const& path) {
    int const folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || ::fsync(folder) != 0) refuse(path);
    ::close(folder);
}

}  // namespace

Expected<FolderLock> FolderLock::take(fs::path const& folder) {
    int const descriptor = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return wrong_folder(folder.string() + " cannot be written: " + std::strerror(errno) + ".");
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        return wrong_folder("Another backup or prune works on " + folder.string() + " now.");
    }
    return FolderLock(descriptor);
}

FolderLock::~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Expected<> open_folder(fs::path const& folder, bool make) {
    std::error_code error;
    auto const marker = folder / marker_name;
    if (fs::exists(marker, error)) {
        auto const read = json::decode<Marker>(read_whole(marker));
        if (!read || read->format != Marker().format)
            return wrong_folder(folder.string() + " holds backups of another format: use the program that made them.");
        return {};
    }
    if (!make)
        return wrong_folder(folder.string() + " is no folder of backups: it has no " + std::string(marker_name) + ".");
    fs::create_directories(folder, error);
    if (error) return wrong_folder(folder.string() + " cannot be made: " + error.message() + ".");
    for (auto const& entry : fs::directory_iterator(folder))
        if (entry.path().filename() != "lock" && entry.path().filename() != "lost+found")
            return wrong_folder(folder.string() + " holds something else already. Name an empty folder.");
    fs::permissions(folder, fs::perms::owner_all, error);
    write_file_durably(marker, json::encode(Marker()) + "\n");
    return {};
}

bool is_backup_name(std::string_view name) {
    return name.size() > 20 && name.size() < 64 && name.front() >= '0' && name.front() <= '9' &&
           std::ranges::all_of(
               name,
               [](char c) {
                   return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'T' || c == 'Z' || c == '-';
               });
}

fs::path content_path(fs::path const& blobs, Digest const& address) {
    auto const name = to_hex(address.view());
    return blobs / name.substr(0, 2) / name;
}

Bytes manifest_file(Manifest const& manifest) {
    auto text = json::encode(manifest);
    auto const digest = to_hex(sha256(text).view());
    return text.append(digest_line).append(digest).append("\n");
}

Expected<Manifest> read_manifest(fs::path const& folder, std::string const& id) {
    auto const name = id + "/manifest.json";
    std::ifstream in(folder / name, std::ios::binary);
    Bytes const bytes(std::istreambuf_iterator<char>(in), {});
    auto const end = bytes.rfind(digest_line);
    if (!in || end == Bytes::npos) return damaged("manifest_damaged", name);
    auto const text = ByteView(bytes).substr(0, end);
    auto const digest = trimmed(ByteView(bytes).substr(end + digest_line.size()));
    if (to_hex(sha256(text).view()) != digest) return damaged("manifest_damaged", name);
    auto manifest = json::decode<Manifest>(text);
    if (!manifest || manifest->format != Manifest().format || manifest->id != id)
        return damaged("manifest_damaged", name);
    return manifest;
}

Expected<Bytes> read_checked(fs::path const& folder, FileDigest const& file) {
    std::ifstream in(folder / file.name, std::ios::binary);
    Bytes bytes(std::istreambuf_iterator<char>(in), {});
    if (!in || to_hex(sha256(bytes).view()) != file.sha256) return damaged("file_damaged", file.name);
    return bytes;
}

std::optional<std::string> digest_of_file(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return {};
    Sha256 digest;
    Bytes piece(1 << 20, '\0');
    while (in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        digest.add(ByteView(piece).substr(0, static_cast<std::size_t>(in.gcount())));
    }
    return to_hex(digest.finish().view());
}

Bytes index_file(std::vector<ChunkRef> const& chunks) {
    Bytes out;
    out.reserve(chunks.size() * ref_size);
    for (auto const& chunk : chunks) {
        out += chunk.id;
        put(out, chunk.place.pack, 4);
        put(out, chunk.place.offset, 8);
        put(out, chunk.place.size, 4);
        put(out, chunk.place.plain_size, 4);
    }
    return out;
}

std::optional<std::vector<ChunkRef>> parse_index(ByteView bytes) {
    if (bytes.size() % ref_size != 0) return {};
    std::vector<ChunkRef> chunks;
    for (; !bytes.empty(); bytes.remove_prefix(ref_size))
        chunks.push_back({Bytes(bytes.substr(0, id_size)),
                          {static_cast<std::uint32_t>(get(bytes, id_size, 4)), get(bytes, id_size + 4, 8),
                           static_cast<std::uint32_t>(get(bytes, id_size + 12, 4)),
                           static_cast<std::uint32_t>(get(bytes, id_size + 16, 4))}});
    return chunks;
}

Bytes contents_file(std::vector<Content> const& contents) {
    Bytes out;
    for (auto const& content : contents) {
        out += content.address.view();
        put(out, static_cast<std::uint64_t>(content.size), 8);
    }
    return out;
}

std::optional<std::vector<Content>> parse_contents(ByteView bytes) {
    if (bytes.size() % content_size != 0) return {};
    std::vector<Content> contents;
    for (; !bytes.empty(); bytes.remove_prefix(content_size))
        contents.push_back({*Digest::from(bytes.substr(0, 32)), static_cast<std::int64_t>(get(bytes, 32, 8))});
    return contents;
}

Bytes read_whole(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    Bytes bytes(std::istreambuf_iterator<char>(in), {});
    if (!in) throw Unavailable("The file " + path.string() + " cannot be read.");
    return bytes;
}

void write_file_durably(fs::path const& path, ByteView bytes) {
    auto const beside = path.string() + ".new";
    int const descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) refuse(path);
    bool good = true;
    while (good && !bytes.empty()) {
        auto const n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        if (good) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    good = good && ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!good || ::rename(beside.c_str(), path.c_str()) != 0) {
        ::unlink(beside.c_str());
        refuse(path);
    }
    sync_folder_of(path);
}

void copy_file_durably(fs::path const& from, fs::path const& to) {
    std::error_code ignored;
    fs::create_directories(to.parent_path(), ignored);
    write_file_durably(to, read_whole(from));
}

}  // namespace rapport::operate
