// Listing backups, and checking every octet that one needs.
#include <algorithm>

#include "base/crypto.hpp"
#include "operate/backup_files.hpp"
#include "store/tables.hpp"

namespace rapport::operate {
namespace fs = std::filesystem;

Expected<std::vector<Listed>> list_backups(fs::path const& folder) {
    if (auto const good = open_folder(folder, false); !good) return fail(good.error());
    std::vector<Listed> found;
    for (auto const& entry : fs::directory_iterator(folder)) {
        auto const name = entry.path().filename().string();
        std::error_code error;
        if (!is_backup_name(name) || !fs::exists(entry.path() / "manifest.json", error)) continue;
        auto manifest = read_manifest(folder, name);
        found.push_back({name, manifest ? std::optional(std::move(*manifest)) : std::nullopt});
    }
    std::ranges::sort(found, {}, &Listed::id);
    return found;
}

Expected<Manifest> find_backup(fs::path const& folder, std::string const& id) {
    auto const all = list_backups(folder);
    if (!all) return fail(all.error());
    for (auto at = all->rbegin(); at != all->rend(); ++at)
        if (id.empty() || at->id == id) return read_manifest(folder, at->id);
    return fail(ErrorKind::not_found, "backup_unknown",
                id.empty() ? "There is no backup in " + folder.string() + "."
                           : "There is no backup called " + id + " in " + folder.string() + ".");
}

namespace {

class Verification {
  public:
    Verification(fs::path const& folder, Manifest const& manifest) : folder_(folder), manifest_(manifest) {}

    std::vector<Damage> run(std::optional<Unlock> const& unlock) {
        for (auto const& pack : manifest_.packs) check_file(pack);
        auto const index = checked(manifest_.index), contents = checked(manifest_.contents);
        if (contents) check_contents(*contents);
        if (index && unlock && damages_.empty()) check_chunks(*index, *unlock);
        return std::move(damages_);
    }

  private:
    void damaged(std::string file, std::string what) { damages_.push_back({std::move(file), std::move(what)}); }

    void check_file(FileDigest const& file) {
        auto const digest = digest_of_file(folder_ / file.name);
        if (!digest) return damaged(file.name, "is missing or cannot be read");
        if (*digest != file.sha256) damaged(file.name, "is damaged: its SHA-256 is not that of the manifest");
    }
    std::optional<Bytes> checked(FileDigest const& file) {
        auto bytes = read_checked(folder_, file);
        if (bytes) return std::move(*bytes);
        damaged(file.name, "is damaged or missing");
        return {};
    }
    void check_contents(ByteView bytes) {
        auto const contents = parse_contents(bytes);
        if (!contents) return damaged(manifest_.contents.name, "is no list of contents");
        for (auto const& content : *contents) {
            auto const path = content_path("blobs", content.address);
            auto const digest = digest_of_file(folder_ / path);
            if (!digest)
                damaged(path.string(), "is missing or cannot be read");
            else if (*digest != to_hex(content.address.view()))
                damaged(path.string(), "is damaged: it does not hash to its name");
        }
    }
    void check_chunks(ByteView bytes, Unlock const& unlock) {
        auto const chunks = parse_index(bytes);
        if (!chunks) return damaged(manifest_.index.name, "is no index");
        PackReader reader(folder_, unlock);
        for (auto const& table : manifest_.tables) {
            std::int64_t rows = 0;
            for (auto i = table.first_chunk; i < table.first_chunk + table.chunks; ++i) {
                auto const at = static_cast<std::size_t>(i);
                if (at >= chunks->size() || (*chunks)[at].place.pack >= manifest_.packs.size())
                    return damaged(manifest_.index.name, "does not fit the manifest");
                auto const& place = (*chunks)[at].place;
                auto const& pack = manifest_.packs[place.pack].name;
                auto const plain = reader.read(pack, place);
                if (!plain) return damaged(pack, plain.error().text);
                for (ByteView rest = *plain; !rest.empty(); ++rows) store::take_row(rest, table.columns.size());
            }
            if (rows != table.rows)
                damaged(manifest_.id + "/manifest.json", "says " + std::to_string(table.rows) + " rows of " +
                                                             table.name + ", there are " + std::to_string(rows));
        }
    }

    fs::path const& folder_;
    Manifest const& manifest_;
    std::vector<Damage> damages_;
};

}  // namespace

std::vector<Damage> verify_backup(fs::path const& folder, Manifest const& manifest,
                                  std::optional<Unlock> const& unlock) {
    return Verification(folder, manifest).run(unlock);
}

}  // namespace rapport::operate
