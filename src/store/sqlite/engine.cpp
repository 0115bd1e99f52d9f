// The embedded engine: one file in WAL mode, locked against a second program, checkpointed by its own thread.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"

namespace rapport::store {
namespace {

// Held while the database is open. The kernel lets go of it when the program dies.
class FileLock {
  public:
    explicit FileLock(std::string const& database) {
        std::string const path = database + ".lock";
        descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor_ < 0)
            throw std::runtime_error("The database " + database + " cannot be opened: " + std::strerror(errno) +
                                     ". Check that its folder exists and may be written.");
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            ::close(descriptor_);
            throw std::runtime_error("The database " + database +
                                     " is in use by another program. Stop it first, or ask it by its API.");
        }
    }
    ~FileLock() { ::close(descriptor_); }
    FileLock(FileLock const&) = delete;
    FileLock& operator=(FileLock const&) = delete;

  private:
    int descriptor_ = -1;
};

class SqliteEngine final : public Engine {
  public:
    explicit SqliteEngine(std::string path) : path_(std::move(path)), lock_(path_), checkpointer_(path_) {}

    std::unique_ptr<Connection> connect(Access access, std::stop_token) override {
        return std::make_unique<SqliteConnection>(path_, access, access == Access::write ? &checkpointer_ : nullptr);
    }
    std::string name() const override { return std::string("sqlite ") + sqlite3_libversion(); }
    bool shared() const override { return false; }
    unsigned node() const override { return 0; }
    std::string expand(std::string_view migration) const override {
        static constexpr std::pair<std::string_view, std::string_view> types[] = {
            {"id", "INTEGER"}, {"key", "INTEGER PRIMARY KEY"}, {"blob", "BLOB"}, {"json", "TEXT"}};
        return expand_tokens(migration, types);
    }
    void lock_migrations(Connection&) override {}  // the file lock has done it

  private:
    std::string path_;
    FileLock lock_;
    Checkpointer checkpointer_;
};

}  // namespace

std::unique_ptr<Engine> open_sqlite(std::string const& path) {
    auto const folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder);
    return std::make_unique<SqliteEngine>(path);
}

}  // namespace rapport::store
