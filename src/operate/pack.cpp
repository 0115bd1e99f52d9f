// Writing and reading packs; see pack.hpp.
#include "operate/pack.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/json.hpp"

namespace rapport::operate {
namespace {

constexpr std::int64_t pack_limit = 256 << 20;
constexpr char stored_plain = 0, stored_deflated = 1;
constexpr std::size_t longest_head = 16 << 10;
constexpr int compression = 2;  // most of what is new are signatures and ciphertext

struct Head {
    std::string format = "rapport-pack/1";
    std::string backup;
    std::vector<WrappedKey> keys;  // empty: not encrypted
};
BOOST_DESCRIBE_STRUCT(Head, (), (format, backup, keys))

// A chunk can stand in its place only.
Bytes bound_to(std::string const& pack, std::uint64_t offset) {
    return "rapport backup chunk " + pack + " " + std::to_string(offset);
}

Bytes deflated(ByteView plain) {
    auto size = ::compressBound(plain.size());
    Bytes out(1 + size, stored_deflated);
    auto const done = ::compress2(reinterpret_cast<Bytef*>(out.data() + 1), &size,
                                  reinterpret_cast<Bytef const*>(plain.data()), plain.size(), compression);
    if (done != Z_OK || size >= plain.size()) return Bytes(1, stored_plain) + Bytes(plain);
    out.resize(1 + size);
    return out;
}

std::optional<Bytes> inflated(ByteView stored, std::size_t plain_size) {
    if (stored.empty()) return {};
    auto const body = stored.substr(1);
    if (stored.front() == stored_plain) return body.size() == plain_size ? std::optional(Bytes(body)) : std::nullopt;
    Bytes out(plain_size, '\0');
    auto size = static_cast<uLongf>(plain_size);
    if (stored.front() != stored_deflated ||
        ::uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<Bytef const*>(body.data()),
                     body.size()) != Z_OK ||
        size != plain_size)
        return {};
    return out;
}

[[noreturn]] void refuse(std::filesystem::path const& path) {
    throw Unavailable("The file " + path.string() + " cannot be written: " + std::strerror(errno));
}

std::unexpected<Error> damaged(std::string const& pack) {
    return fail(ErrorKind::invalid, "pack_damaged", "The file " + pack + " of the backup is damaged or missing.");
}

}  // namespace

struct PackWriter::Open {
    int descriptor = -1;
    std::string name;
    std::filesystem::path path;
    std::int64_t size = 0;
    Sha256 digest;

    ~Open() {
        if (descriptor >= 0) ::close(descriptor);
    }
    void write(ByteView bytes) {
        digest.add(bytes);
        size += static_cast<std::int64_t>(bytes.size());
        while (!bytes.empty()) {
            auto const n = ::write(descriptor, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) refuse(path);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
};

PackWriter::PackWriter(std::filesystem::path folder, std::string backup, std::optional<Key256> key,
                       std::vector<WrappedKey> wrapped)
    : folder_(std::move(folder)), backup_(std::move(backup)), key_(key), wrapped_(std::move(wrapped)) {}
PackWriter::~PackWriter() = default;

PackWriter::Written PackWriter::add(ByteView plain) {
    if (open_ && open_->size >= pack_limit) close();
    if (!open_) {
        open_ = std::make_unique<Open>();
        auto const number = std::to_string(done_.size() + 1);
        open_->name = backup_ + "/" + std::string(4 - std::min<std::size_t>(number.size(), 4), '0') + number + ".pack";
        open_->path = folder_ / open_->name;
        open_->descriptor = ::open(open_->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (open_->descriptor < 0) refuse(open_->path);
        Head head;
        head.backup = backup_;
        head.keys = wrapped_;
        open_->write(json::encode(head) + "\n");
    }
    Written written{open_->name, static_cast<std::uint64_t>(open_->size), 0};
    auto stored = deflated(plain);
    if (key_) stored = seal(*key_, stored, bound_to(open_->name, written.offset));
    open_->write(stored);
    written.size = static_cast<std::uint32_t>(stored.size());
    return written;
}

void PackWriter::close() {
    if (!open_) return;
    if (::fsync(open_->descriptor) != 0) refuse(open_->path);
    done_.push_back({open_->name, open_->size, to_hex(open_->digest.finish().view())});
    open_.reset();
}

std::vector<FileDigest> PackWriter::finish() {
    close();
    return std::move(done_);
}

struct PackReader::Open {
    int descriptor = -1;
    std::optional<Key256> key;
    ~Open() {
        if (descriptor >= 0) ::close(descriptor);
    }
};

PackReader::PackReader(std::filesystem::path folder, Unlock unlock)
    : folder_(std::move(folder)), unlock_(std::move(unlock)) {}
PackReader::~PackReader() = default;

Expected<PackReader::Open*> PackReader::opened(std::string const& pack) {
    if (auto const found = open_.find(pack); found != open_.end()) return found->second.get();
    auto file = std::make_unique<Open>();
    file->descriptor = ::open((folder_ / pack).c_str(), O_RDONLY | O_CLOEXEC);
    if (file->descriptor < 0) return damaged(pack);
    Bytes start(longest_head, '\0');
    auto const n = ::pread(file->descriptor, start.data(), start.size(), 0);
    if (n <= 0) return damaged(pack);
    start.resize(static_cast<std::size_t>(n));
    auto const head = json::decode<Head>(ByteView(start).substr(0, start.find('\n')));
    if (!head || head->format != Head().format) return damaged(pack);
    if (!head->keys.empty()) {
        auto const key = unlock(head->keys, unlock_);
        if (!key) return fail(key.error());
        file->key = *key;
    }
    return (open_[pack] = std::move(file)).get();
}

Expected<Bytes> PackReader::read(std::string const& pack, ChunkPlace const& place) {
    auto const file = opened(pack);
    if (!file) return fail(file.error());
    Bytes stored(place.size, '\0');
    auto const n = ::pread((*file)->descriptor, stored.data(), stored.size(), static_cast<off_t>(place.offset));
    if (n != static_cast<ssize_t>(stored.size())) return damaged(pack);
    if ((*file)->key) {
        auto opened_box = open((*file)->key.value(), stored, bound_to(pack, place.offset));
        if (!opened_box) return damaged(pack);
        stored = std::move(*opened_box);
    }
    auto plain = inflated(stored, place.plain_size);
    if (!plain) return damaged(pack);
    return std::move(*plain);
}

}  // namespace rapport::operate
