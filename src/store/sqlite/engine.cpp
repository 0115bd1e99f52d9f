// The embedded engine: one file in WAL mode, locked against a second server, checkpointed by its own thread.
#include <sqlite3.h>

#include <filesystem>

#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/program_lock.hpp"

namespace rapport::store {
namespace {

class SqliteEngine final : public Engine {
  public:
    SqliteEngine(std::string path, Role role) : path_(std::move(path)), lock_(path_, role), checkpointer_(path_) {}

    std::unique_ptr<Connection> connect(Access access, std::stop_token) override {
        return std::make_unique<SqliteConnection>(path_, access, access == Access::read ? nullptr : &checkpointer_);
    }
    std::string name() const override { return std::string("sqlite ") + sqlite3_libversion(); }
    unsigned node() const override { return lock_.node(); }
    std::string expand(std::string_view migration) const override {
        static constexpr std::pair<std::string_view, std::string_view> types[] = {
            {"id", "INTEGER"}, {"key", "INTEGER PRIMARY KEY"}, {"blob", "BLOB"}, {"json", "TEXT"}};
        return expand_tokens(migration, types);
    }
    bool lock_migrations(Connection&) override { return lock_.take_schema(); }
    void unlock_migrations(Connection&) override { lock_.share_schema(); }

  private:
    std::string path_;
    ProgramLock lock_;
    Checkpointer checkpointer_;
};

}  // namespace

std::unique_ptr<Engine> open_sqlite(std::string const& path, Role role) {
    auto const folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder);
    return std::make_unique<SqliteEngine>(path, role);
}

}  // namespace rapport::store
