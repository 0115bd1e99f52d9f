// Durable files; see durable_file.hpp.
#include "store/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/crypto.hpp"
#include "store/tx.hpp"

namespace rapport::store {
namespace {

class Descriptor {
  public:
    Descriptor(std::filesystem::path const& path, int flags, unsigned mode = 0)
        : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    int number() const { return number_; }
    bool ok() const { return number_ >= 0; }

  private:
    int number_;
};

[[noreturn]] void refuse(std::filesystem::path const& path) {
    throw Unavailable("The file " + path.string() + " cannot be written: " + std::strerror(errno));
}

void write_all(int descriptor, ByteView bytes, std::filesystem::path const& path) {
    while (!bytes.empty()) {
        ssize_t const n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) refuse(path);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

// Whole and synced beside `final`; gone with this, unless it was renamed.
class Temporary {
  public:
    Temporary(std::filesystem::path const& final, ByteView bytes, unsigned mode) : path_(final) {
        path_ += "." + random_token(9) + ".new";
        try {
            Descriptor const file(path_, O_WRONLY | O_CREAT | O_EXCL, mode);
            if (!file.ok()) refuse(path_);
            write_all(file.number(), bytes, path_);
            if (::fsync(file.number()) != 0) refuse(path_);
        } catch (...) {
            ::unlink(path_.c_str());
            throw;
        }
    }
    ~Temporary() { ::unlink(path_.c_str()); }
    Temporary(Temporary const&) = delete;
    Temporary& operator=(Temporary const&) = delete;
    std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace

bool create_durably(std::filesystem::path const& path, ByteView bytes, unsigned mode) {
    Temporary const temporary(path, bytes, mode);
    // link() fails where rename() would replace.
    bool const created = ::link(temporary.path().c_str(), path.c_str()) == 0;
    if (!created && errno != EEXIST) refuse(path);
    sync_folder(path.parent_path());
    return created;
}

void write_durably(std::filesystem::path const& path, ByteView bytes, unsigned mode) {
    Temporary const temporary(path, bytes, mode);
    if (::rename(temporary.path().c_str(), path.c_str()) != 0) refuse(path);
    sync_folder(path.parent_path());
}

std::optional<Bytes> read_file(std::filesystem::path const& path) {
    Descriptor const file(path, O_RDONLY);
    if (!file.ok() && errno == ENOENT) return std::nullopt;
    struct stat status{};
    if (!file.ok() || ::fstat(file.number(), &status) != 0)
        throw std::runtime_error("The file " + path.string() + " cannot be read: " + std::strerror(errno));
    Bytes bytes(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t at = 0; at < bytes.size();) {
        ssize_t const n = ::read(file.number(), bytes.data() + at, bytes.size() - at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw std::runtime_error("The file " + path.string() + " cannot be read: " + std::strerror(errno));
        if (n == 0) {
            bytes.resize(at);
            break;
        }
        at += static_cast<std::size_t>(n);
    }
    return bytes;
}

void sync_folder(std::filesystem::path const& folder) {
    Descriptor const open_folder(folder.empty() ? std::filesystem::path(".") : folder, O_RDONLY | O_DIRECTORY);
    if (!open_folder.ok() || ::fsync(open_folder.number()) != 0) refuse(folder);
}

void make_folders(std::filesystem::path const& folder) {
    if (folder.empty() || std::filesystem::is_directory(folder)) return;
    make_folders(folder.parent_path());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) refuse(folder);
    sync_folder(folder.parent_path());
}

}  // namespace rapport::store
