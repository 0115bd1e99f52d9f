// Sources, sinks and the cache of blocks.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.hpp"
#include "search/segment.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t box_extra = 28;  // nonce and tag

std::string bound_to(std::uint64_t block) { return "search block " + std::to_string(block); }

class Memory final : public Source {
  public:
    explicit Memory(Bytes bytes) : bytes_(std::make_shared<Bytes const>(std::move(bytes))) {}
    std::uint64_t size() const override { return bytes_->size(); }
    Part part(std::uint64_t offset) const override {
        if (offset >= bytes_->size()) throw Damaged("a place beyond the end of a segment");
        return {bytes_, 0};
    }

  private:
    std::shared_ptr<Bytes const> bytes_;
};

class SealedFile final : public Source {
  public:
    SealedFile(int file, Key256 const& key, std::uint64_t size, std::shared_ptr<BlockCache> cache)
        : file_(file), key_(key), size_(size), cache_(std::move(cache)), id_(next_id.fetch_add(1)) {}
    SealedFile(SealedFile const&) = delete;
    SealedFile& operator=(SealedFile const&) = delete;
    ~SealedFile() override {
        ::close(file_);
        if (cache_) cache_->forget(id_);
    }
    std::uint64_t size() const override { return size_; }

    Part part(std::uint64_t offset) const override {
        if (offset >= size_) throw Damaged("a place beyond the end of a segment");
        auto const block = offset / block_octets;
        BlockCache::Key const key{id_, block};
        if (cache_)
            if (auto found = cache_->find(key)) return {std::move(found), block * block_octets};
        auto bytes = std::make_shared<Bytes const>(read(block));
        if (cache_) cache_->put(key, bytes);
        return {std::move(bytes), block * block_octets};
    }

  private:
    Bytes read(std::uint64_t block) const {
        auto const plain = std::min<std::uint64_t>(block_octets, size_ - block * block_octets);
        Bytes box(plain + box_extra, '\0');
        std::size_t done = 0;
        while (done < box.size()) {
            auto const at = static_cast<off_t>(block * (block_octets + box_extra) + done);
            auto const n = ::pread(file_, box.data() + done, box.size() - done, at);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) throw Damaged("a segment's file is too short, or cannot be read");
            done += static_cast<std::size_t>(n);
        }
        auto opened = open(key_, box, bound_to(block));
        if (!opened || opened->size() != plain) throw Damaged("a segment's file was changed");
        return std::move(*opened);
    }

    static inline std::atomic<std::uint64_t> next_id{1};
    int file_;
    Key256 key_;
    std::uint64_t size_;
    std::shared_ptr<BlockCache> cache_;
    std::uint64_t id_;
};

class FileSink final : public Sink {
  public:
    FileSink(std::filesystem::path const& path, Key256 const& key)
        : key_(key), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
        if (file_ < 0) fail_with("cannot be made");
    }
    FileSink(FileSink const&) = delete;
    FileSink& operator=(FileSink const&) = delete;
    ~FileSink() override { ::close(file_); }

    void add(ByteView bytes) override {
        size_ += bytes.size();
        while (!bytes.empty()) {
            auto const n = std::min(bytes.size(), block_octets - pending_.size());
            pending_.append(bytes.substr(0, n));
            bytes.remove_prefix(n);
            if (pending_.size() == block_octets) flush();
        }
    }
    void finish() override {
        if (!pending_.empty()) flush();
        if (::fdatasync(file_) != 0) fail_with("cannot be made durable");
    }

  private:
    [[noreturn]] static void fail_with(char const* what) {
        throw Unavailable(std::string("A file of the search index ") + what + ": " + std::strerror(errno));
    }
    void flush() {
        auto const box = seal(key_, pending_, bound_to(block_++));
        for (std::size_t done = 0; done < box.size();) {
            auto const n = ::write(file_, box.data() + done, box.size() - done);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) fail_with("cannot be written");
            done += static_cast<std::size_t>(n);
        }
        pending_.clear();
    }

    Key256 key_;
    int file_;
    Bytes pending_;
    std::uint64_t block_ = 0;
};

class StringSink final : public Sink {
  public:
    explicit StringSink(Bytes& out) : out_(out) {}
    void add(ByteView bytes) override {
        out_.append(bytes);
        size_ += bytes.size();
    }
    void finish() override {}

  private:
    Bytes& out_;
};

}  // namespace

std::shared_ptr<Bytes const> BlockCache::find(Key const& key) {
    std::lock_guard const lock(mutex_);
    auto const found = blocks_.find(key);
    if (found == blocks_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second.used);
    return found->second.block;
}

void BlockCache::put(Key const& key, std::shared_ptr<Bytes const> block) {
    std::lock_guard const lock(mutex_);
    if (blocks_.contains(key)) return;
    size_ += block->size();
    order_.push_front(key);
    blocks_.emplace(key, Entry{std::move(block), order_.begin()});
    while (size_ > most_ && order_.size() > 1) {
        auto const old = blocks_.find(order_.back());
        size_ -= old->second.block->size();
        blocks_.erase(old);
        order_.pop_back();
    }
}

void BlockCache::forget(std::uint64_t file) {
    std::lock_guard const lock(mutex_);
    auto at = blocks_.lower_bound({file, 0});
    while (at != blocks_.end() && at->first.first == file) {
        size_ -= at->second.block->size();
        order_.erase(at->second.used);
        at = blocks_.erase(at);
    }
}

std::shared_ptr<Source const> in_memory(Bytes bytes) { return std::make_shared<Memory>(std::move(bytes)); }

std::shared_ptr<Source const> open_sealed(std::filesystem::path const& file, Key256 const& key, std::uint64_t size,
                                          std::shared_ptr<BlockCache> cache) {
    int const opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0) throw Damaged("a segment's file is missing");
    return std::make_shared<SealedFile>(opened, key, size, std::move(cache));
}

std::unique_ptr<Sink> sealed_file(std::filesystem::path const& file, Key256 const& key) {
    return std::make_unique<FileSink>(file, key);
}
std::unique_ptr<Sink> into(Bytes& out) { return std::make_unique<StringSink>(out); }

void Cursor::load() {
    auto part = source_->part(at_);
    block_ = std::move(part.block);
    begin_ = part.begin;
    view_ = *block_;
    if (at_ - begin_ >= view_.size()) throw Damaged("a place beyond the end of a block");
}

std::uint64_t Cursor::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        auto const octet = this->octet();
        value |= static_cast<std::uint64_t>(octet & 0x7F) << shift;
        if ((octet & 0x80) == 0) return value;
    }
    throw Damaged("a number without an end");
}

// Only their last octets count: those without the high bit.
void Cursor::skip_varints(std::uint64_t n) {
    while (n > 0) {
        if (at_ - begin_ >= view_.size()) load();
        auto const part = view_.substr(at_ - begin_);
        std::size_t i = 0;
        for (std::uint64_t eight = 0; i + sizeof(eight) <= part.size(); i += sizeof(eight)) {
            std::memcpy(&eight, part.data() + i, sizeof(eight));
            auto const ends = static_cast<std::uint64_t>(std::popcount(~eight & 0x8080808080808080U));
            if (ends >= n) break;
            n -= ends;
        }
        for (; i < part.size() && n > 0; ++i) n -= (static_cast<unsigned char>(part[i]) & 0x80) == 0 ? 1 : 0;
        at_ += i;
    }
}

void Cursor::read(std::size_t n, Bytes& out) {
    while (n > 0) {
        if (at_ - begin_ >= view_.size()) load();
        auto const some = std::min<std::uint64_t>(n, view_.size() - (at_ - begin_));
        out.append(view_.substr(at_ - begin_, some));
        at_ += some;
        n -= some;
    }
}

ByteView Cursor::view(std::size_t n, Bytes& scratch) {
    if (n == 0) return {};
    if (at_ - begin_ >= view_.size()) load();
    if (n <= view_.size() - (at_ - begin_)) {
        auto const found = view_.substr(at_ - begin_, n);
        at_ += n;
        return found;
    }
    scratch.clear();
    read(n, scratch);
    return scratch;
}

std::int64_t Cursor::integer() {
    Bytes scratch;
    auto const bytes = view(8, scratch);
    std::int64_t value = 0;
    std::memcpy(&value, bytes.data(), 8);
    return value;
}

}  // namespace rapport::search
