// Restoring: everything is verified and everything in the way is found before the first octet is written. The database
// gets its name last, so that an interrupted restore leaves nothing that would start.
#include <algorithm>
#include <set>

#include "base/crypto.hpp"
#include "operate/backup_files.hpp"
#include "store/tables.hpp"

namespace rapport::operate {
namespace fs = std::filesystem;
namespace {

std::unexpected<Error> refuse(ErrorKind kind, std::string code, std::string text) {
    return fail(kind, std::move(code), std::move(text));
}

Expected<> check_target(RestoreOptions const& options, Manifest const& manifest) {
    std::error_code error;
    if (fs::exists(options.data, error))
        for (auto const& entry : fs::directory_iterator(options.data)) {
            auto const name = entry.path().filename().string();
            bool const empty = entry.is_directory(error) && fs::is_empty(entry.path(), error);
            if (name == "keys" || name == "lost+found" || name == "rapport.toml" || empty) continue;
            return refuse(ErrorKind::conflict, "data_present",
                          "The data folder holds something already: " + entry.path().string() +
                              ". Restore into an empty one; nothing was changed.");
        }
    auto const keys = options.data / "keys";
    if (!fs::exists(keys / "master.key", error)) {
        if (manifest.holds_keys) return {};
        return refuse(ErrorKind::conflict, "keys_missing",
                      "This backup holds no keys. Put the folder of keys, which you kept apart, to " + keys.string() +
                          " first, and restore again.");
    }
    if (options.master_of(keys) != manifest.master)
        return refuse(ErrorKind::conflict, "keys_differ",
                      "The master key in " + keys.string() +
                          " is another than the one that the backup's contents are wrapped with.");
    return {};
}

std::string list_of(std::vector<Damage> const& damages) {
    std::string out;
    for (auto const& damage : damages) {
        if (out.size() > 2000) return out + "\n  …";
        out += "\n  " + damage.file + ": " + damage.what;
    }
    return out;
}

class Restoring {
  public:
    Restoring(RestoreOptions const& options, Manifest const& manifest, std::vector<ChunkRef> chunks)
        : options_(options), manifest_(manifest), chunks_(std::move(chunks)), reader_(options.folder, options.unlock) {}

    // Opens a chunk, so that a wrong passphrase shows before anything is written.
    Expected<> try_key() {
        if (chunks_.empty()) return {};
        for (auto const& chunk : chunks_)
            if (!tried_.contains(chunk.place.pack)) {
                tried_.insert(chunk.place.pack);
                if (auto const plain = read(chunk); !plain) return fail(plain.error());
            }
        return {};
    }

    Expected<> run() {
        fs::create_directories(options_.data);
        auto const filler = store::Filler::open(options_.database);
        Undo undo{options_.data / "blobs"};
        if (auto const done = contents(); !done) return done;
        if (auto const done = settings(); !done) return done;
        std::vector<std::pair<std::string, int>> wanted;
        for (auto const& mark : manifest_.migrations) wanted.emplace_back(mark.module, mark.number);
        filler->make_schema(options_.modules, wanted);
        for (auto const& table : manifest_.tables) {
            if (table.name == settings_table) continue;
            auto const done = each_chunk(table, [&](ByteView rows) { filler->add({table.name, table.columns}, rows); });
            if (!done) return done;
        }
        filler->finish();
        undo.done = true;
        return {};
    }

  private:
    // What fails half-way can be tried again.
    struct Undo {
        fs::path contents;
        bool done = false;
        ~Undo() {
            std::error_code ignored;
            if (!done) fs::remove_all(contents, ignored);
        }
    };
    Expected<Bytes> read(ChunkRef const& chunk) {
        return reader_.read(manifest_.packs.at(chunk.place.pack).name, chunk.place);
    }
    template <class F>
    Expected<> each_chunk(TableExtent const& table, F&& take) {
        for (auto i = table.first_chunk; i < table.first_chunk + table.chunks; ++i) {
            auto const plain = read(chunks_.at(static_cast<std::size_t>(i)));
            if (!plain) return fail(plain.error());
            take(*plain);
        }
        return {};
    }

    Expected<> contents() {
        auto const bytes = read_checked(options_.folder, manifest_.contents);
        if (!bytes) return fail(bytes.error());
        auto const blobs = options_.data / "blobs";
        fs::create_directories(blobs);
        fs::permissions(blobs, fs::perms::owner_all);
        for (auto const& content : parse_contents(*bytes).value_or(std::vector<Content>()))
            copy_file_durably(content_path(options_.folder / "blobs", content.address),
                              content_path(blobs, content.address));
        return {};
    }

    // Keys that are there stay as they are; a configuration is laid beside, never over one.
    Expected<> settings() {
        auto const keys = options_.data / "keys";
        bool const has_keys = fs::exists(keys / "master.key");
        auto const found = std::ranges::find(manifest_.tables, settings_table, &TableExtent::name);
        if (found == manifest_.tables.end()) return {};
        return each_chunk(*found, [&](ByteView rows) {
            while (!rows.empty()) {
                auto const row = store::take_row(rows, 3);
                auto const name = row[0].bytes;
                if (name == "rapport.toml") {
                    write_file_durably(options_.data / "rapport.toml.restored", row[2].bytes);
                } else if (!has_keys && name.starts_with("keys/") && name.find("..") == ByteView::npos) {
                    auto const folder = (options_.data / std::string(name)).parent_path();
                    for (auto const& each : {keys, folder}) {
                        if (fs::exists(each)) continue;
                        fs::create_directories(each);
                        fs::permissions(each, fs::perms::owner_all);
                    }
                    write_file_durably(options_.data / std::string(name), row[2].bytes);
                }
            }
        });
    }

    RestoreOptions const& options_;
    Manifest const& manifest_;
    std::vector<ChunkRef> chunks_;
    PackReader reader_;
    std::set<std::uint32_t> tried_;
};

}  // namespace

Expected<Manifest> restore_backup(RestoreOptions const& options) {
    auto const manifest = find_backup(options.folder, options.id);
    if (!manifest) return fail(manifest.error());
    if (auto const good = check_target(options, *manifest); !good) return fail(good.error());
    auto const damages = verify_backup(options.folder, *manifest, std::nullopt);
    if (!damages.empty())
        return refuse(ErrorKind::invalid, "backup_damaged",
                      "The backup " + manifest->id + " is damaged; nothing was changed:" + list_of(damages) +
                          "\nAn earlier backup may be whole: rapport backup list.");
    auto const index = read_checked(options.folder, manifest->index);
    if (!index) return fail(index.error());
    auto chunks = parse_index(*index);
    if (!chunks) return refuse(ErrorKind::invalid, "backup_damaged", manifest->index.name + " is no index.");
    Restoring restoring(options, *manifest, std::move(*chunks));
    if (auto const opened = restoring.try_key(); !opened) return fail(opened.error());
    if (auto const done = restoring.run(); !done) return fail(done.error());
    return manifest;
}

}  // namespace rapport::operate
