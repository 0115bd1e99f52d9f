// Removing backups, and the packs and contents that none of those left needs.
#include <algorithm>
#include <set>

#include "operate/backup_files.hpp"

namespace rapport::operate {
namespace fs = std::filesystem;
namespace {

struct Needed {
    std::set<std::string> packs, contents;
};

Expected<> add_needs(fs::path const& folder, Manifest const& manifest, Needed& needed) {
    for (auto const& pack : manifest.packs) needed.packs.insert(pack.name);
    auto const bytes = read_checked(folder, manifest.contents);
    if (!bytes) return fail(bytes.error());
    for (auto const& content : parse_contents(*bytes).value_or(std::vector<Content>()))
        needed.contents.insert(to_hex(content.address.view()));
    return {};
}

void remove_file(fs::path const& path, Pruned& pruned) {
    std::error_code error;
    auto const size = fs::file_size(path, error);
    if (!fs::remove(path, error)) return;
    ++pruned.files;
    pruned.bytes += static_cast<std::int64_t>(size);
}

// Of a backup that is no more: all but the packs that others refer to.
void remove_backup(fs::path const& folder, std::string const& id, Needed const& needed, Pruned& pruned) {
    auto const own = folder / id;
    bool const existed = fs::exists(own / "manifest.json");
    bool lends = false;
    for (auto const& entry : fs::directory_iterator(own))
        lends = lends || needed.packs.contains(id + "/" + entry.path().filename().string());
    if (lends) write_file_durably(own / "pruned", "");
    if (existed) {  // first: from here on it does not exist
        remove_file(own / "manifest.json", pruned);
        pruned.backups.push_back(id);
    }
    std::vector<fs::path> files;
    for (auto const& entry : fs::directory_iterator(own)) files.push_back(entry.path());
    for (auto const& path : files) {
        auto const name = path.filename().string();
        if (!needed.packs.contains(id + "/" + name) && !(lends && name == "pruned")) remove_file(path, pruned);
    }
    std::error_code error;
    if (!lends) fs::remove(own, error);
}

}  // namespace

Expected<Pruned> prune_backups(fs::path const& folder, Keep const& keep, Time now) {
    if (auto const good = open_folder(folder, false); !good) return fail(good.error());
    auto const lock = FolderLock::take(folder);
    if (!lock) return fail(lock.error());
    auto const all = list_backups(folder);
    if (!all) return fail(all.error());
    std::set<std::string> kept;
    Needed needed;
    std::size_t newer = all->size();
    for (auto const& one : *all) {
        auto const place_from_end = newer--;  // 1: the newest
        bool const young = one.manifest && keep.days > 0 && one.manifest->made_at > now - std::chrono::days(keep.days);
        if (place_from_end > std::max<std::size_t>(keep.newest, 1) && !young) continue;
        if (!one.manifest)
            return fail(ErrorKind::invalid, "manifest_damaged",
                        "The backup " + one.id +
                            ", which is to be kept, is damaged: what it needs is not known, so nothing "
                            "was removed. Remove its folder by hand if it is lost.");
        kept.insert(one.id);
        if (auto const added = add_needs(folder, *one.manifest, needed); !added) return fail(added.error());
    }
    Pruned pruned;
    std::vector<std::string> others;
    for (auto const& entry : fs::directory_iterator(folder)) {
        auto const name = entry.path().filename().string();
        if (is_backup_name(name) && entry.is_directory() && !kept.contains(name)) others.push_back(name);
    }
    std::ranges::sort(others);
    for (auto const& id : others) remove_backup(folder, id, needed, pruned);
    std::vector<fs::path> contents;
    if (fs::exists(folder / "blobs"))
        for (auto const& entry : fs::recursive_directory_iterator(folder / "blobs"))
            if (entry.is_regular_file() && !needed.contents.contains(entry.path().filename().string()))
                contents.push_back(entry.path());
    for (auto const& path : contents) remove_file(path, pruned);
    return pruned;
}

}  // namespace rapport::operate
