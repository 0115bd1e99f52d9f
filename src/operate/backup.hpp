// Backups: the whole database as rows, contents, settings and (only where the backup is encrypted) keys, in a folder
// that may be on another machine's disk. Each backup is whole by itself to whoever restores; it writes only what no
// earlier one in the folder holds. The same folder serves both engines. docs/formats/backup.md. One thread each.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "operate/pack.hpp"
#include "store/query.hpp"

namespace rapport::operate {

struct TableExtent {
    std::string name;
    std::vector<std::string> columns;
    std::int64_t rows = 0, first_chunk = 0, chunks = 0;
};
BOOST_DESCRIBE_STRUCT(TableExtent, (), (name, columns, rows, first_chunk, chunks))

struct MigrationMark {
    std::string module;
    int number = 0;
};
BOOST_DESCRIBE_STRUCT(MigrationMark, (), (module, number))

// What one backup holds: written last, so that a backup without it does not exist.
struct Manifest {
    std::string format = "rapport-backup/1";
    std::string id;  // the folder's name: "2026-11-22T02-00-00Z-1f3a"
    Time made_at{};
    std::string program, engine;
    std::int64_t journal = 0;   // its last event
    std::int64_t log_size = 0;  // of the transparency log
    std::string checkpoint{};   // the last one published, as it was
    bool encrypted = false;
    bool holds_keys = false;
    std::string master;  // which master key opens its contents: a fingerprint
    std::vector<MigrationMark> migrations{};
    std::vector<TableExtent> tables{};
    FileDigest index{}, contents{};
    std::vector<FileDigest> packs{};     // all that its chunks lie in, also of earlier backups
    std::vector<std::string> missing{};  // contents that were damaged or not there when it was made
    std::int64_t rows = 0, plain_bytes = 0, new_bytes = 0, content_files = 0, content_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(Manifest, (),
                      (format, id, made_at, program, engine, journal, log_size, checkpoint, encrypted, holds_keys,
                       master, migrations, tables, index, contents, packs, missing, rows, plain_bytes, new_bytes,
                       content_files, content_bytes))

struct BackupOptions {
    std::filesystem::path folder;  // of the backups
    std::string database;
    std::filesystem::path data;      // the data folder: contents and keys
    std::filesystem::path config{};  // the configuration file, if there is one
    Key256 fingerprints{};           // Keyring::derive("backup.fingerprints")
    std::string master;              // fingerprint of the master key
    Protection protection{};
    bool with_keys = true;  // if it is encrypted
    bool full = false;      // refers to no earlier backup
    std::string program;    // version
    Time now{};
};

// Codes "backup_folder" (not ours, or in use), "recipient_unreadable". Throws Unavailable when the disk is full, and
// what the database throws; an interrupted one leaves the earlier ones as they were.
Expected<Manifest> make_backup(BackupOptions const& options);

struct Damage {
    std::string file;  // below the folder
    std::string what;
};
struct Listed {
    std::string id;
    std::optional<Manifest> manifest;  // absent: damaged
};
// Newest last. Code "backup_folder".
Expected<std::vector<Listed>> list_backups(std::filesystem::path const& folder);
// The newest, or the one of that name. Codes "backup_unknown", "manifest_damaged".
Expected<Manifest> find_backup(std::filesystem::path const& folder, std::string const& id);

// Every octet that the backup needs, against its digests; with `unlock` also that its chunks can be opened and read.
std::vector<Damage> verify_backup(std::filesystem::path const& folder, Manifest const& manifest,
                                  std::optional<Unlock> const& unlock);

struct RestoreOptions {
    std::filesystem::path folder;
    std::string id{};  // empty: the newest
    std::string database;
    std::filesystem::path data;
    Unlock unlock{};
    std::vector<std::span<store::Migration const>> modules{};
    std::function<std::string(std::filesystem::path const& keys)> master_of{};  // fingerprint of a folder's master key
};
// Into an empty data folder (its `keys` may be there) and an empty database. Verifies first, and changes nothing when
// something is damaged or in the way. Codes "backup_damaged" (naming the files), "data_present", "keys_missing",
// "keys_differ", "backup_locked".
Expected<Manifest> restore_backup(RestoreOptions const& options);

struct Keep {
    std::size_t newest = 7;
    int days = 0;  // also those that are younger
};
struct Pruned {
    std::vector<std::string> backups{};
    std::size_t files = 0;
    std::int64_t bytes = 0;
};
// Removes backups, and what none of the others needs. Refuses while one of those to be kept is damaged.
Expected<Pruned> prune_backups(std::filesystem::path const& folder, Keep const& keep, Time now);

}  // namespace rapport::operate
