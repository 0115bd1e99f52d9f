// flock() on a file in the data folder; see sweep_pause.hpp.
#include "operate/sweep_pause.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace rapport::operate {
namespace {

std::shared_ptr<void> hold(std::filesystem::path const& data, int how) {
    auto const path = data / "sweep.lock";
    int const descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) throw std::runtime_error(path.string() + " cannot be opened: " + std::strerror(errno));
    int result = 0;
    do result = ::flock(descriptor, how);
    while (result != 0 && errno == EINTR);
    if (result != 0) {
        ::close(descriptor);
        return nullptr;
    }
    return {new int(descriptor), [](void* held) {
                ::close(*static_cast<int*>(held));
                delete static_cast<int*>(held);
            }};
}

}  // namespace

std::shared_ptr<void> pause_sweeps(std::filesystem::path const& data) { return hold(data, LOCK_SH); }
std::shared_ptr<void> may_sweep(std::filesystem::path const& data) { return hold(data, LOCK_EX | LOCK_NB); }

}  // namespace rapport::operate
