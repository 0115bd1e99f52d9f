// Open-file-description locks (fcntl F_OFD_SETLK): they belong to this opening of the file, not to the process.
#include "store/sqlite/program_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

namespace rapport::store {
namespace {

constexpr off_t server_byte = 0, schema_byte = 1, first_node_byte = 16;
constexpr unsigned most_nodes = 1024;
constexpr std::chrono::seconds patience{10};

struct flock range(short kind, off_t byte) {
    struct flock range{};
    range.l_type = kind;
    range.l_whence = SEEK_SET;
    range.l_start = byte;
    range.l_len = 1;
    return range;
}

}  // namespace

ProgramLock::ProgramLock(std::string const& database, Role role) : database_(database), role_(role) {
    auto const refuse = [&](std::string const& why) { throw std::runtime_error("The database " + database + why); };
    descriptor_ = ::open((database + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0)
        refuse(std::string(" cannot be opened: ") + std::strerror(errno) +
               ". Check that its folder exists and may be written, and that you are the user who owns it.");
    try {
        if (role == Role::server && !lock(F_WRLCK, server_byte))
            refuse(" is in use by another program: a server runs on it already. Stop that one first.");
        if (role == Role::guest)
            for (node_ = 1; node_ < most_nodes && !lock(F_WRLCK, first_node_byte + node_);) ++node_;
        if (node_ == most_nodes) refuse(" is in use by 1,023 commands already.");
        share_schema();
    } catch (...) {
        ::close(std::exchange(descriptor_, -1));
        throw;
    }
}

ProgramLock::~ProgramLock() { ::close(descriptor_); }

bool ProgramLock::take_schema() {
    lock(F_UNLCK, schema_byte);  // two who both hold it in common would wait for each other
    return !(role_ == Role::guest && server_runs()) && lock(F_WRLCK, schema_byte);
}

void ProgramLock::share_schema() {
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!lock(F_RDLCK, schema_byte)) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("The database " + database_ +
                                     " is being migrated by another program. Try again when it has finished.");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

bool ProgramLock::lock(short kind, off_t byte) const {
    auto wanted = range(kind, byte);
    if (::fcntl(descriptor_, F_OFD_SETLK, &wanted) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    throw std::runtime_error("The file " + database_ + ".lock cannot be locked: " + std::strerror(errno));
}

bool ProgramLock::server_runs() const {
    auto asked = range(F_WRLCK, server_byte);
    return ::fcntl(descriptor_, F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
}

}  // namespace rapport::store
