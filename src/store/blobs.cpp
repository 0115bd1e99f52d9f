// Contents in rows and files; see blobs.hpp. Layout of the folder: <first two hex digits>/<all 64 hex digits>.
#include "store/blobs.hpp"

#include <map>
#include <mutex>
#include <string>

#include "base/log.hpp"
#include "store/durable_file.hpp"
#include "store/sql.hpp"

namespace rapport::store {
namespace {

// The box is bound to its purpose only: its place is its hash, which is not known before it is made.
constexpr std::string_view bound_to = "rapport blob 1";

struct BlobRow {
    std::int64_t size = 0;
    std::int64_t stored_size = 0;
    std::optional<Blob> body;
};
BOOST_DESCRIBE_STRUCT(BlobRow, (), (size, stored_size, body))

std::unexpected<Error> missing() {
    return rapport::fail(ErrorKind::not_found, "blob_missing", "The content is not stored here (any more).");
}
std::unexpected<Error> damaged_content() {
    return rapport::fail(ErrorKind::invalid, "blob_damaged", "The stored content is damaged.");
}

Time modified(std::filesystem::path const& path, std::error_code& error) {
    auto const at = std::filesystem::last_write_time(path, error);
    return std::chrono::time_point_cast<Duration>(std::chrono::file_clock::to_sys(at));
}

// A folder without anything is one that was not mounted or not restored, rather than one that lost this content.
bool holds_anything(std::filesystem::path const& folder) {
    std::error_code error;
    std::filesystem::directory_iterator const first(folder, error);
    return !error && first != std::filesystem::directory_iterator();
}

}  // namespace

// What this process has written to files of late, and when.
struct Blobs::Fresh {
    std::mutex mutex;
    std::map<Digest, std::chrono::steady_clock::time_point> prepared;
};

Blobs::Blobs(std::filesystem::path folder, Clock monotonic)
    : folder_(std::move(folder)), monotonic_(std::move(monotonic)), fresh_(std::make_shared<Fresh>()) {
    make_folders(folder_);
}

std::filesystem::path Blobs::path_of(Digest const& address) const {
    auto const name = to_hex(address.view());
    return folder_ / name.substr(0, 2) / name;
}

PreparedBlob Blobs::prepare(ByteView plain, Key256 const& key) const {
    Bytes box = seal(key, plain, bound_to);
    PreparedBlob blob{sha256(box), static_cast<std::int64_t>(plain.size()), static_cast<std::int64_t>(box.size()), {}};
    if (plain.size() <= largest_in_row) {
        blob.body = std::move(box);
        return blob;
    }
    auto const path = path_of(blob.address);
    make_folders(path.parent_path());
    {
        std::lock_guard const lock(fresh_->mutex);
        fresh_->prepared[blob.address] = monotonic_();
    }
    write_durably(path, box, 0600);
    return blob;
}

void Blobs::keep(Tx& tx, PreparedBlob const& blob) const {
    std::optional<BlobView> body;
    if (blob.body) body = BlobView{*blob.body};
    tx.exec(sql::add_blob, blob.address, blob.size, blob.stored_size, body);
}

Expected<Bytes> Blobs::read(Reader& reader, Digest const& address, Key256 const& key) const {
    auto row = reader.one<BlobRow>(sql::find_blob, address);
    if (!row) return missing();
    auto box = row->body ? std::optional(std::move(row->body->bytes)) : read_file(path_of(address));
    if (!box && !holds_anything(folder_))
        return rapport::fail(ErrorKind::unavailable, "blobs_unavailable",
                             "The folder of contents is empty or not there: an operator must look.");
    if (!box) return missing();
    auto plain = opened(*box, address, key);
    if (plain && plain->size() != static_cast<std::size_t>(row->size)) return damaged_content();
    return plain;
}

Expected<Bytes> Blobs::opened(ByteView box, Digest const& address, Key256 const& key) {
    if (sha256(box) != address) return damaged_content();
    auto plain = rapport::open(key, box, bound_to);
    if (!plain) return damaged_content();
    return plain;
}

void Blobs::drop(Tx& tx, Digest const& address) const { tx.exec(sql::drop_blob, address); }

std::size_t Blobs::sweep(Reader& reader, Time now, Duration age) const {
    // Files first, rows second: a row that is committed in between saves its file.
    std::vector<std::filesystem::path> old;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder_)) {
        std::error_code error;
        if (entry.is_regular_file(error) && modified(entry.path(), error) + age < now && !error)
            old.push_back(entry.path());
    }
    auto const is_fresh = [&](Digest const& address) {
        std::lock_guard const lock(fresh_->mutex);
        return fresh_->prepared.contains(address);
    };
    {
        auto const oldest = monotonic_() - age;
        std::lock_guard const lock(fresh_->mutex);
        std::erase_if(fresh_->prepared, [&](auto const& entry) { return entry.second < oldest; });
    }
    std::size_t removed = 0;
    for (auto const& path : old) {
        auto const bytes = from_hex(path.filename().string());
        auto const address = bytes ? Digest::from(*bytes) : std::nullopt;  // else a temporary file of a dead writer
        if (address && is_fresh(*address)) continue;
        if (address && reader.one<BlobRow>(sql::find_blob, *address)) continue;
        std::error_code error;
        if (std::filesystem::remove(path, error)) ++removed;
        if (error) log::warning("blob_not_removed", {{"file", path.filename().string()}, {"reason", error.message()}});
    }
    return removed;
}

std::vector<Digest> Blobs::damaged(Reader& reader) const {
    std::vector<Digest> found;
    for (Digest const& address : reader.all<Digest>(sql::all_blobs)) {
        auto const row = reader.one<BlobRow>(sql::find_blob, address);
        if (!row) continue;
        auto const box = row->body ? std::optional(row->body->bytes) : read_file(path_of(address));
        if (!box || sha256(*box) != address) found.push_back(address);
    }
    return found;
}

}  // namespace rapport::store
