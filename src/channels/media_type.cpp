// libmagic's handle, one for each thread: it is not shared.
#include "channels/media_type.hpp"

#include <magic.h>

#include <algorithm>

#include "base/log.hpp"

namespace rapport::channels {
namespace {

constexpr std::size_t looked_at = 64 * 1024;
constexpr std::string_view unknown_type = "application/octet-stream";

class Magic {
  public:
    Magic() : handle_(magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_ELF)) {
        if (handle_ && magic_load(handle_, nullptr) == 0) return;
        log::warning("no_magic", {{"fix", "install libmagic-mgc: types of attachments are not known without it"}});
        if (handle_) magic_close(handle_);
        handle_ = nullptr;
    }
    ~Magic() {
        if (handle_) magic_close(handle_);
    }
    Magic(Magic const&) = delete;

    std::string type_of(ByteView bytes) {
        if (!handle_) return std::string(unknown_type);
        char const* type = magic_buffer(handle_, bytes.data(), std::min(bytes.size(), looked_at));
        return type ? std::string(type) : std::string(unknown_type);
    }

  private:
    magic_t handle_;
};

}  // namespace

std::string media_type_of(ByteView bytes) {
    thread_local Magic magic;
    return bytes.empty() ? "application/x-empty" : magic.type_of(bytes);
}

}  // namespace rapport::channels
