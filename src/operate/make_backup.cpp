// Making a backup: one snapshot of the database, cut into chunks where the rows themselves say so, so that equal runs
// of rows give equal chunks whatever was added before them; only chunks that no earlier backup holds are written.
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "operate/backup_files.hpp"
#include "store/tables.hpp"

namespace rapport::operate {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t least_chunk = 4 << 10, usual_chunk = 32 << 10, largest_chunk = 1 << 20;

std::uint64_t hash_of(ByteView row) {  // FNV-1a and a last mix: only where to cut
    std::uint64_t hash = 0xcbf29ce484222325;
    for (unsigned char const c : row) hash = (hash ^ c) * 0x100000001b3;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93;
    return hash ^ (hash >> 32);
}

std::string new_id(Time now) {
    auto name = to_text(std::chrono::floor<std::chrono::seconds>(now));
    std::ranges::replace(name, ':', '-');
    return name + "-" + to_hex(random_bytes(3));
}

std::int64_t number_in(std::vector<Bytes> const& values) {
    std::int64_t number = 0;
    if (!values.empty()) std::from_chars(values[0].data(), values[0].data() + values[0].size(), number);
    return number;
}

class Making {
  public:
    Making(BackupOptions const& options, std::string id, std::optional<Key256> key, std::vector<WrappedKey> wrapped)
        : options_(options), writer_(options.folder, id, key, std::move(wrapped)) {
        manifest_.id = std::move(id);
        manifest_.made_at = options.now;
        manifest_.program = options.program;
        manifest_.encrypted = key.has_value();
        manifest_.master = options.master;
    }

    // Chunks that the newest backup holds, wherever they lie.
    void know(Manifest const& earlier) {
        if (earlier.encrypted != manifest_.encrypted || earlier.master != manifest_.master) return;
        auto const bytes = read_checked(options_.folder, earlier.index);
        auto const chunks = bytes ? parse_index(*bytes) : std::nullopt;
        if (!chunks) return;
        std::vector<bool> there;
        for (auto const& pack : earlier.packs) {
            std::error_code error;
            auto const size = fs::file_size(options_.folder / pack.name, error);
            there.push_back(!error && static_cast<std::int64_t>(size) == pack.size);
        }
        for (auto const& chunk : *chunks)
            if (chunk.place.pack < there.size() && there[chunk.place.pack])
                known_.emplace(chunk.id, std::pair(earlier.packs[chunk.place.pack].name, chunk.place));
        for (auto const& pack : earlier.packs) digests_.emplace(pack.name, pack);
    }

    Manifest make() {
        auto const snapshot = store::Snapshot::open(options_.database);
        manifest_.engine = snapshot->engine();
        manifest_.journal = number_in(snapshot->values("SELECT seq FROM journal_head WHERE id = 1"));
        manifest_.log_size = number_in(snapshot->values("SELECT coalesce(max(size), 0) FROM log_head"));
        auto const notes = snapshot->values("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1");
        if (!notes.empty()) manifest_.checkpoint = notes[0];
        for (auto const& line : snapshot->values("SELECT module || ' ' || number FROM store_migration ORDER BY 1")) {
            auto const space = line.find(' ');
            manifest_.migrations.push_back({line.substr(0, space), std::stoi(line.substr(space + 1))});
        }
        for (auto const& table : snapshot->tables()) {
            begin_table(table.name, table.columns);
            snapshot->each(table, [&](ByteView row) { add_row(row); });
            end_chunk();
        }
        add_contents(*snapshot);
        add_settings();
        finish();
        return std::move(manifest_);
    }

  private:
    void begin_table(std::string const& name, std::vector<std::string> const& columns) {
        manifest_.tables.push_back({name, columns, 0, static_cast<std::int64_t>(chunks_.size()), 0});
    }
    void add_row(ByteView row) {
        ++manifest_.tables.back().rows;
        ++manifest_.rows;
        chunk_ += row;
        bool const cut = hash_of(row) / (~std::uint64_t{0} / usual_chunk) < row.size();
        if (chunk_.size() >= largest_chunk || (cut && chunk_.size() >= least_chunk)) end_chunk();
    }
    void end_chunk() {
        if (chunk_.empty()) return;
        auto const id = Bytes(hmac_sha256({reinterpret_cast<char const*>(options_.fingerprints.data()), 32}, chunk_)
                                  .view()
                                  .substr(0, 16));
        auto found = known_.find(id);
        auto const plain_size = static_cast<std::uint32_t>(chunk_.size());
        if (found == known_.end()) {
            auto const written = writer_.add(chunk_);
            manifest_.new_bytes += written.size;
            found = known_.emplace(id, std::pair(written.pack, ChunkPlace{0, written.offset, written.size, plain_size}))
                        .first;
        }
        auto place = found->second.second;
        place.pack = number_of(found->second.first);
        chunks_.push_back({id, place});
        ++manifest_.tables.back().chunks;
        manifest_.plain_bytes += plain_size;
        chunk_.clear();
    }
    std::uint32_t number_of(std::string const& pack) {
        auto const [found, fresh] = pack_numbers_.emplace(pack, pack_names_.size());
        if (fresh) pack_names_.push_back(pack);
        return static_cast<std::uint32_t>(found->second);
    }

    // A content is on the disk before the row that names it: after the snapshot, all that it names are there.
    void add_contents(store::Snapshot& snapshot) {
        auto const addresses = snapshot.values("SELECT address FROM blob WHERE body IS NULL ORDER BY address");
        std::vector<Content> contents;
        for (auto const& bytes : addresses) {
            auto const address = Digest::from(bytes);
            if (!address) continue;
            auto const to = content_path(options_.folder / "blobs", *address);
            std::error_code error;
            if (!fs::exists(to, error)) {
                auto const from = content_path(options_.data / "blobs", *address);
                if (!fs::exists(from, error)) {
                    manifest_.missing.push_back(to_hex(bytes));
                    continue;
                }
                auto const content = read_whole(from);
                if (sha256(content) != *address) {
                    manifest_.missing.push_back(to_hex(bytes));
                    continue;
                }
                fs::create_directories(to.parent_path(), error);
                write_file_durably(to, content);
                manifest_.new_bytes += static_cast<std::int64_t>(content.size());
            }
            auto const size = static_cast<std::int64_t>(fs::file_size(to));
            contents.push_back({*address, size});
            ++manifest_.content_files;
            manifest_.content_bytes += size;
        }
        auto const file = contents_file(contents);
        manifest_.contents = write_listed("contents", file);
    }

    // The configuration, and the keys if nobody but their owner can read them there.
    void add_settings() {
        begin_table(std::string(settings_table), {"name", "mode", "content"});
        auto const add = [&](fs::path const& path, std::string const& name) {
            auto const content = read_whole(path);
            auto const mode = static_cast<std::int64_t>(fs::status(path).permissions() & fs::perms::mask);
            Bytes row;
            store::append_value(row, {.kind = store::RowValue::Kind::text, .bytes = name});
            store::append_value(row, {.kind = store::RowValue::Kind::integer, .integer = mode});
            store::append_value(row, {.kind = store::RowValue::Kind::bytes, .bytes = content});
            add_row(row);
        };
        std::error_code error;
        if (!options_.config.empty() && fs::exists(options_.config, error)) add(options_.config, "rapport.toml");
        manifest_.holds_keys = manifest_.encrypted && options_.with_keys;
        if (manifest_.holds_keys) {
            std::vector<fs::path> keys;
            for (auto const& entry : fs::recursive_directory_iterator(options_.data / "keys"))
                if (entry.is_regular_file() && !entry.path().string().ends_with(".new") &&
                    entry.path().filename() != "lock")
                    keys.push_back(entry.path());
            std::ranges::sort(keys);
            for (auto const& path : keys) add(path, path.lexically_relative(options_.data).generic_string());
        }
        end_chunk();
    }

    FileDigest write_listed(std::string const& name, ByteView bytes) {
        write_file_durably(options_.folder / manifest_.id / name, bytes);
        manifest_.new_bytes += static_cast<std::int64_t>(bytes.size());
        return {manifest_.id + "/" + name, static_cast<std::int64_t>(bytes.size()), to_hex(sha256(bytes).view())};
    }

    void finish() {
        for (auto const& pack : writer_.finish()) digests_.insert_or_assign(pack.name, pack);
        for (auto const& name : pack_names_) manifest_.packs.push_back(digests_.at(name));
        manifest_.index = write_listed("index", index_file(chunks_));
        write_file_durably(options_.folder / manifest_.id / "manifest.json", manifest_file(manifest_));
    }

    BackupOptions const& options_;
    Manifest manifest_{.id = {}, .program = {}, .engine = {}, .master = {}};
    PackWriter writer_;
    Bytes chunk_;
    std::vector<ChunkRef> chunks_;
    std::unordered_map<Bytes, std::pair<std::string, ChunkPlace>> known_;
    std::unordered_map<std::string, FileDigest> digests_;
    std::unordered_map<std::string, std::size_t> pack_numbers_;
    std::vector<std::string> pack_names_;
};

// What an interrupted backup left.
void remove_unfinished(fs::path const& folder) {
    for (auto const& entry : fs::directory_iterator(folder)) {
        auto const name = entry.path().filename().string();
        std::error_code error;
        if (!is_backup_name(name) || !entry.is_directory(error) || fs::exists(entry.path() / "manifest.json", error))
            continue;
        // A pruned backup keeps packs that later ones refer to; prune looks after those.
        if (!fs::exists(entry.path() / "pruned", error)) fs::remove_all(entry.path(), error);
    }
}

}  // namespace

Expected<Manifest> make_backup(BackupOptions const& options) {
    if (auto const good = open_folder(options.folder, true); !good) return fail(good.error());
    auto const lock = FolderLock::take(options.folder);
    if (!lock) return fail(lock.error());
    remove_unfinished(options.folder);
    std::optional<Key256> key;
    std::vector<WrappedKey> wrapped;
    if (options.protection.any()) {
        key = random_key();
        auto made = protect(*key, options.protection);
        if (!made) return fail(made.error());
        wrapped = std::move(*made);
    }
    auto const id = new_id(options.now);
    Making making(options, id, key, std::move(wrapped));
    if (!options.full) {
        auto const backups = list_backups(options.folder);
        if (!backups) return fail(backups.error());
        for (auto at = backups->rbegin(); at != backups->rend(); ++at)
            if (at->manifest) {
                making.know(*at->manifest);
                break;
            }
    }
    fs::create_directory(options.folder / id);
    fs::permissions(options.folder / id, fs::perms::owner_all);
    return making.make();
}

}  // namespace rapport::operate
