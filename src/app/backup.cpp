// `rapport backup` and `rapport restore`: the words around operate/backup.hpp. They work beside a running server.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/command.hpp"
#include "app/open_store.hpp"
#include "base/text.hpp"
#include "operate/backup.hpp"
#include "operate/record.hpp"
#include "operate/sweep_pause.hpp"
#include "store/keyring.hpp"

namespace rapport::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view backup_usage =
    "rapport backup [make [--full] [--without-keys] | list | verify [NAME] [--all] | prune [--keep N] [--keep-days N]] "
    "[--folder "
    "FOLDER] [--recipient PEM] [--passphrase-file FILE] [--identity PEM]";

std::unexpected<Error> wrong(std::string text) { return fail(ErrorKind::invalid, "bad_arguments", std::move(text)); }

Expected<Bytes> file_of(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    Bytes bytes(std::istreambuf_iterator<char>(in), {});
    if (!in) return fail(ErrorKind::invalid, "file_unreadable", path + " cannot be read.");
    return bytes;
}

Expected<std::optional<Bytes>> secret_of(Arguments const& arguments, char const* option, std::string const& configured,
                                         bool trim) {
    auto const path = arguments.value(option).value_or(configured);
    if (path.empty()) return std::nullopt;
    auto bytes = file_of(path);
    if (!bytes) return fail(bytes.error());
    auto value = trim ? Bytes(trimmed(*bytes)) : std::move(*bytes);
    if (value.empty()) return fail(ErrorKind::invalid, "file_unreadable", path + " is empty.");
    return value;
}

Expected<operate::Unlock> unlock_of(Arguments const& arguments, Config const& config) {
    operate::Unlock unlock;
    auto passphrase = secret_of(arguments, "passphrase-file", config.backup.passphrase_file, true);
    if (!passphrase) return fail(passphrase.error());
    auto identity = secret_of(arguments, "identity", "", false);
    if (!identity) return fail(identity.error());
    return operate::Unlock{std::move(*passphrase), std::move(*identity)};
}

std::string size_text(std::int64_t bytes) {
    char text[32];
    if (bytes < 10'000'000)
        std::snprintf(text, sizeof text, "%lld KB", static_cast<long long>((bytes + 999) / 1000));
    else
        std::snprintf(text, sizeof text, "%lld MB", static_cast<long long>(bytes / 1'000'000));
    return text;
}

std::string fingerprint_of(store::Keyring const& keyring) {
    auto const key = keyring.derive("backup.master");
    return to_hex(sha256({reinterpret_cast<char const*>(key.data()), key.size()}).view().substr(0, 16));
}

Expected<int> make(Arguments const& arguments, Config const& config, fs::path const& folder) {
    auto const begun = std::chrono::steady_clock::now();
    auto const passphrase = secret_of(arguments, "passphrase-file", config.backup.passphrase_file, true);
    if (!passphrase) return fail(passphrase.error());
    auto const recipient = secret_of(arguments, "recipient", config.backup.recipient, false);
    if (!recipient) return fail(recipient.error());
    auto const store = open_store(config, store::Role::guest);  // keeps others from migrating meanwhile
    auto const keyring = store::Keyring::open(fs::path(config.data) / "keys");
    auto const paused = operate::pause_sweeps(config.data);
    operate::BackupOptions options{.folder = folder,
                                   .database = database_of(config),
                                   .data = config.data,
                                   .config = config_file_of(arguments).value_or(""),
                                   .fingerprints = keyring.derive("backup.fingerprints"),
                                   .master = fingerprint_of(keyring),
                                   .protection = {*passphrase, *recipient},
                                   .with_keys = !arguments.has("without-keys"),
                                   .full = arguments.has("full"),
                                   .program = RAPPORT_VERSION,
                                   .now = system_now()};
    auto const made = operate::make_backup(options);
    if (!made) return fail(made.error());
    auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    operate::BackupRecord const record{options.now, made->id, made->new_bytes, took.count()};
    store->write_now([&](store::Tx& tx) { operate::record_backup(tx, record); });
    std::printf("%s: %lld rows, %lld contents; %s new, in %lld ms%s\n", made->id.c_str(),
                static_cast<long long>(made->rows), static_cast<long long>(made->content_files),
                size_text(made->new_bytes).c_str(), static_cast<long long>(took.count()),
                made->encrypted ? "" : "; not encrypted, without keys: keep those apart");
    for (auto const& address : made->missing)
        std::fprintf(stderr, "rapport: the content %s was damaged or missing already; run rapport fsck.\n",
                     address.c_str());
    return made->missing.empty() ? 0 : 3;
}

Expected<int> list(fs::path const& folder) {
    auto const all = operate::list_backups(folder);
    if (!all) return fail(all.error());
    for (auto const& one : *all) {
        if (!one.manifest) {
            std::printf("%-28s damaged\n", one.id.c_str());
            continue;
        }
        auto const& m = *one.manifest;
        std::printf("%-28s %s  %lld rows, %lld contents, %s new%s\n", m.id.c_str(), m.engine.c_str(),
                    static_cast<long long>(m.rows), static_cast<long long>(m.content_files),
                    size_text(m.new_bytes).c_str(),
                    m.holds_keys  ? ", encrypted, with keys"
                    : m.encrypted ? ", encrypted"
                                  : "");
    }
    return 0;
}

Expected<int> verify_backups(Arguments const& arguments, Config const& config, fs::path const& folder) {
    auto const unlock = unlock_of(arguments, config);
    if (!unlock) return fail(unlock.error());
    std::vector<std::string> names;
    if (arguments.words().size() == 2) names.push_back(arguments.words()[1]);
    if (arguments.has("all")) {
        auto const all = operate::list_backups(folder);
        if (!all) return fail(all.error());
        for (auto const& one : *all) names.push_back(one.id);
    }
    if (names.empty()) names.emplace_back();
    bool whole = true;
    for (auto const& name : names) {
        auto const manifest = operate::find_backup(folder, name);
        if (!manifest && manifest.error().code != "manifest_damaged") return fail(manifest.error());
        std::vector<operate::Damage> damages;
        if (!manifest) {
            damages.push_back({name + "/manifest.json", "is damaged or missing"});
        } else {
            bool const can_open = !manifest->encrypted || unlock->passphrase || unlock->identity;
            damages = operate::verify_backup(folder, *manifest, can_open ? std::optional(*unlock) : std::nullopt);
        }
        auto const id = manifest ? manifest->id : name;
        std::printf("%s: %s\n", id.c_str(), damages.empty() ? "whole" : "DAMAGED");
        for (auto const& damage : damages) std::printf("  %s: %s\n", damage.file.c_str(), damage.what.c_str());
        whole = whole && damages.empty();
    }
    return whole ? 0 : 3;
}

Expected<int> number_of(Arguments const& arguments, char const* option, int configured) {
    auto const text = arguments.value(option);
    if (!text) return configured;
    if (text->empty() || text->size() > 6 || text->find_first_not_of("0123456789") != std::string::npos)
        return wrong(std::string("--") + option + " must be a number.");
    return std::stoi(*text);
}

Expected<int> prune(Arguments const& arguments, Config const& config, fs::path const& folder) {
    auto const keep = number_of(arguments, "keep", config.backup.keep);
    if (!keep) return fail(keep.error());
    auto const days = number_of(arguments, "keep-days", config.backup.keep_days);
    if (!days) return fail(days.error());
    auto const pruned = operate::prune_backups(folder, {static_cast<std::size_t>(*keep), *days}, system_now());
    if (!pruned) return fail(pruned.error());
    std::printf("%zu backups removed, %zu files, %s\n", pruned->backups.size(), pruned->files,
                size_text(pruned->bytes).c_str());
    return 0;
}

Expected<int> run(Arguments const& arguments, Config const& config) {
    auto const folder = arguments.value("folder").value_or(config.backup.folder);
    if (folder.empty()) return wrong("Say where to: --folder FOLDER, or [backup] folder in the configuration.");
    auto const verb = arguments.words().empty() ? std::string("make") : arguments.words()[0];
    if (verb == "make") {
        auto done = make(arguments, config, folder);
        if (!done || !arguments.has("prune")) return done;
        auto const pruned = prune(arguments, config, folder);
        return pruned ? done : pruned;
    }
    if (verb == "list") return list(folder);
    if (verb == "verify") return verify_backups(arguments, config, folder);
    if (verb == "prune") return prune(arguments, config, folder);
    return wrong(std::string(backup_usage));
}

Expected<operate::Manifest> run_restore(Arguments const& arguments, Config const& config) {
    auto const folder = arguments.value("from").value_or(config.backup.folder);
    if (folder.empty()) return wrong("Say where from: --from FOLDER.");
    auto unlock = unlock_of(arguments, config);
    if (!unlock) return fail(unlock.error());
    operate::RestoreOptions options{.folder = folder,
                                    .id = arguments.value("backup").value_or(""),
                                    .database = database_of(config),
                                    .data = config.data,
                                    .unlock = std::move(*unlock),
                                    .modules = migrations()};
    options.master_of = [](fs::path const& keys) { return fingerprint_of(store::Keyring::open(keys)); };
    return operate::restore_backup(options);
}

}  // namespace

int backup(Words const& words) {
    auto const arguments = Arguments::parse(
        words, {{"config", "data", "folder", "recipient", "passphrase-file", "identity", "keep", "keep-days"},
                {"full", "without-keys", "all", "prune"},
                0,
                2});
    if (!arguments) return refuse(arguments.error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    auto const done = run(*arguments, *config);
    return done ? *done : refuse(done.error());
}

int restore(Words const& words) {
    auto const arguments =
        Arguments::parse(words, {{"config", "data", "from", "backup", "passphrase-file", "identity"}, {}});
    if (!arguments) return refuse(arguments.error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    auto const restored = run_restore(*arguments, *config);
    if (!restored) return refuse(restored.error());
    auto const store = open_store(*config, store::Role::guest);
    store->write_now([&](store::Tx& tx) { operate::record_restore(tx, restored->id, system_now()); });
    std::printf(
        "%s restored: as of %s, journal %lld, log of %lld records.\nRun rapport fsck before you start the server, with "
        "--checkpoint FILE for the last checkpoint that anybody kept.\n",
        restored->id.c_str(), to_text(restored->made_at).c_str(), static_cast<long long>(restored->journal),
        static_cast<long long>(restored->log_size));
    return 0;
}

}  // namespace rapport::app
