// The mark board's file: 64 octets of head (magic, boot identifier), then one 64-bit letter identifier a slot: 0 is
// free, a negative one was accepted.
#include "post/marks.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstring>
#include <fstream>
#include <system_error>

#include "base/error.hpp"

namespace rapport::post {
namespace {

constexpr std::size_t head_size = 64;
constexpr std::string_view magic = "rapport marks 1\n";

std::string boot_id() {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id;
}

std::string head() {
    std::string text = std::string(magic) + boot_id();
    text.resize(head_size, '\0');
    return text;
}

}  // namespace

MarkBoard::MarkBoard(std::filesystem::path const& folder, std::int64_t worker, std::size_t slots)
    : path_(folder / (std::to_string(worker) + ".marks")), size_(head_size + slots * sizeof(std::int64_t)) {
    std::filesystem::create_directories(folder);
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int const trouble = file_ < 0 ? errno : lay_out();
    if (trouble != 0) {
        if (file_ >= 0) {
            ::close(file_);
            ::unlink(path_.c_str());
        }
        throw std::system_error(trouble, std::generic_category(), "cannot make the mark board " + path_.string());
    }
    for (std::size_t i = slots; i-- > 0;) free_.push_back(i);
}

// What went wrong, as errno says it; 0: nothing.
int MarkBoard::lay_out() {
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0 || ::ftruncate(file_, static_cast<off_t>(size_)) != 0) return errno;
    auto const text = head();
    if (::pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return ENOSPC;
    // Room on the disk now: a full disk must not fault a later mark.
    if (int const error = ::posix_fallocate(file_, 0, static_cast<off_t>(size_)); error != 0) return error;
    void* const map = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    if (map == MAP_FAILED) return errno;
    slots_ = reinterpret_cast<std::int64_t*>(static_cast<char*>(map) + head_size);
    return 0;
}

MarkBoard::~MarkBoard() {
    if (slots_) ::munmap(reinterpret_cast<char*>(slots_) - head_size, size_);
    if (file_ >= 0) ::close(file_);
}

void MarkBoard::mark(std::int64_t letter) {
    auto const known = used_.lower_bound({letter, 0});
    if (known != used_.end() && known->first == letter) return;
    require(!free_.empty(), "the mark board has a slot for every letter in flight");
    std::size_t const slot = free_.back();
    free_.pop_back();
    used_.emplace(letter, slot);
    std::atomic_ref(slots_[slot]).store(letter);  // before the write to the socket that follows
}

void MarkBoard::accepted(std::int64_t letter) {
    auto const known = used_.lower_bound({letter, 0});
    if (known != used_.end() && known->first == letter) std::atomic_ref(slots_[known->second]).store(-letter);
}

void MarkBoard::unmark(std::int64_t letter) {
    for (auto it = used_.lower_bound({letter, 0}); it != used_.end() && it->first == letter; it = used_.erase(it)) {
        std::atomic_ref(slots_[it->second]).store(0);
        free_.push_back(it->second);
    }
}

void MarkBoard::remove() { std::filesystem::remove(path_); }

std::vector<LeftBoard> left_boards(std::filesystem::path const& folder) {
    std::vector<LeftBoard> boards;
    if (folder.empty() || !std::filesystem::is_directory(folder)) return boards;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".marks") continue;
        LeftBoard board;
        board.file = entry.path();
        std::string const stem = entry.path().stem().string();
        if (std::from_chars(stem.data(), stem.data() + stem.size(), board.worker).ec != std::errc()) continue;
        int const file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        bool const dead = ::flock(file, LOCK_SH | LOCK_NB) == 0;
        ::close(file);
        if (!dead) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::string const bytes(std::istreambuf_iterator<char>(in), {});
        board.same_boot = bytes.substr(0, head_size) == head();
        for (std::size_t at = head_size; at + sizeof(std::int64_t) <= bytes.size(); at += sizeof(std::int64_t)) {
            std::int64_t letter = 0;
            std::memcpy(&letter, bytes.data() + at, sizeof letter);
            if (letter > 0) board.marked.insert(letter);
            if (letter < 0) board.accepted.insert(-letter);
        }
        boards.push_back(std::move(board));
    }
    return boards;
}

}  // namespace rapport::post
