// `rapport key`: the keys that seal evidence, stamp times and sign the log.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/command.hpp"
#include "app/key_dkim.hpp"
#include "app/open_store.hpp"
#include "base/json.hpp"
#include "delivery/entry.hpp"
#include "evidence/keys.hpp"
#include "operate/rotate_master.hpp"
#include "post/verp.hpp"
#include "store/kept_keys.hpp"

namespace rapport::app {
namespace {

Grammar const grammar{{"config", "data", "key", "chain"}, {}, 1, 3};

constexpr char const* usage =
    "rapport key list | show NAME | make PURPOSE | import PURPOSE --key FILE --chain FILE | rotate "
    "seal|tsa|log|master|sessions | retire NAME";

std::unexpected<Error> wrong(std::string text) { return fail(ErrorKind::invalid, "bad_arguments", std::move(text)); }

void print(evidence::KeyInfo const& key) {
    std::printf("%s%s  %s\n", key.name.c_str(), key.current ? "  (current)" : "", key.algorithm.c_str());
    if (!key.subject.empty())
        std::printf("  subject      %s\n  issuer       %s\n", key.subject.c_str(), key.issuer.c_str());
    std::printf("  fingerprint  %s\n", key.fingerprint.c_str());
    if (key.not_after) std::printf("  valid until  %s\n", to_text(*key.not_after).c_str());
    if (!key.has_private_key) std::puts("  the private key is gone: kept for verification only");
    if (key.demo && key.purpose != evidence::KeyPurpose::log)
        std::puts("  NOT QUALIFIED: made by the built-in authority");
}

Expected<evidence::KeyPurpose> purpose_of(Arguments const& arguments) {
    if (arguments.words().size() == 2)
        if (auto const purpose = json::enum_from<evidence::KeyPurpose>(arguments.words()[1])) return *purpose;
    return wrong("Say what for: seal, tsa or log.");
}

Expected<Bytes> file_of(Arguments const& arguments, char const* option) {
    auto const path = arguments.value(option);
    if (!path) return wrong(std::string("--") + option + " FILE is needed.");
    std::ifstream in(*path, std::ios::binary);
    if (!in) return fail(ErrorKind::invalid, "file_unreadable", *path + " cannot be read.");
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

Expected<evidence::KeyInfo> import_key(evidence::KeyStore& keys, evidence::KeyPurpose purpose,
                                       Arguments const& arguments) {
    auto const key = file_of(arguments, "key");
    if (!key) return fail(key.error());
    auto const chain = file_of(arguments, "chain");
    if (!chain) return fail(chain.error());
    return keys.import(purpose, *key, *chain, system_now());
}

Expected<evidence::KeyInfo> make_or_import(evidence::KeyStore& keys, Config const& config, Arguments const& arguments) {
    auto const purpose = purpose_of(arguments);
    if (!purpose) return fail(purpose.error());
    if (arguments.words()[0] == "make") return keys.make(*purpose, config.organisation.name, system_now());
    return import_key(keys, *purpose, arguments);
}

void note(Config const& config, std::string_view what) {
    auto const store = open_store(config, store::Role::guest);
    store->write_now([&](store::Tx& tx) { operate::record_rotation(tx, what, system_now()); });
}

// No server runs meanwhile: what one writes would be wrapped with the old key.
Expected<> rotate_master(Config const& config) {
    auto const folder = std::filesystem::path(config.data) / "keys";
    auto const store = open_store(config, store::Role::server);  // of a SQLite file there is one
    auto const others = store->read_now([](store::Reader& reader) { return operate::other_servers(reader); });
    if (others > 0)
        return fail(ErrorKind::conflict, "server_runs",
                    "A server runs on the database. Stop every server first: what it writes would be wrapped with the "
                    "old key.");
    auto const keyring = store::Keyring::rotate(folder);
    static constexpr store::KeptPurpose kept[] = {{post::return_path_purpose, post::return_path_memory},
                                                  {delivery::entry_purpose, std::nullopt}};
    store->write_now([&](store::Tx& tx) { store::keep_previous_keys(tx, keyring, kept, system_now()); });
    auto const done = operate::rewrap(*store, keyring, operate::wrapped_columns(database_of(config)));
    if (!done) return fail(done.error());
    store->write_now([](store::Tx& tx) { operate::record_rotation(tx, "master", system_now()); });
    store::Keyring::forget_previous(folder);
    for (auto const& [what, rows] : *done)
        std::printf("%lld of %s wrapped anew\n", static_cast<long long>(rows), what.c_str());
    std::puts(
        "The old master key is gone. Keep a copy of the new one apart from the data; backups made before need the old "
        "one, which stands in their own copy of the keys.");
    return {};
}

// Whoever is signed in must sign in again; API keys stay.
Expected<> end_sessions(Config const& config) {
    auto const store = open_store(config, store::Role::guest);
    auto const ended = store->write_now([](store::Tx& tx) {
        auto const n = operate::end_sessions(tx, system_now());
        operate::record_rotation(tx, "sessions", system_now());
        return n;
    });
    std::printf("%lld sessions ended.\n", static_cast<long long>(ended));
    return {};
}

// A rotation is a new key; what the old one made still verifies by what stays of it.
Expected<> rotate(evidence::KeyStore& keys, Config const& config, Arguments const& arguments) {
    auto const& what = arguments.words()[1];
    if (what == "master") return rotate_master(config);
    if (what == "sessions") return end_sessions(config);
    auto const purpose = json::enum_from<evidence::KeyPurpose>(what);
    if (!purpose) return wrong(usage);
    auto const made = arguments.value("key") ? import_key(keys, *purpose, arguments)
                                             : keys.make(*purpose, config.organisation.name, system_now());
    if (!made) return fail(made.error());
    note(config, what);
    print(*made);
    std::puts("It is in force after the next start of the server.");
    if (*purpose == evidence::KeyPurpose::log)
        std::puts(
            "Checkpoints carry the signatures of the old key and the new one until the old one is retired (rapport key "
            "retire NAME): give the new key to those who follow the log before that.");
    return {};
}

Expected<> retire(evidence::KeyStore& keys, Config const& config, Arguments const& arguments) {
    auto const& name = arguments.words()[1];
    if (auto const done = keys.retire(name); !done) return fail(done.error());
    note(config, name + " retired");
    std::printf("The private half of %s is destroyed. What it made still verifies.\n", name.c_str());
    return {};
}

}  // namespace

// list | show NAME | make PURPOSE | import PURPOSE --key FILE --chain FILE | rotate WHAT | retire NAME | dkim …
// (key_dkim.cpp). A new key is in
// force after a restart.
int key(Words const& words) {
    auto const arguments = Arguments::parse(words, grammar);
    if (!arguments) return refuse(arguments.error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    if (arguments->words()[0] == "dkim") return dkim_key(*config, *arguments);
    auto keys = evidence::KeyStore::open(std::filesystem::path(config->data) / "keys");
    if (!keys) return refuse(keys.error());

    auto const& verb = arguments->words()[0];
    if (verb == "list") {
        for (auto const& one : keys->list()) print(one);
        return 0;
    }
    if (verb == "show" && arguments->words().size() == 2) {
        auto const found = keys->show(arguments->words()[1]);
        if (!found) return refuse(found.error());
        print(*found);
        if (auto const pem = keys->certificate_pem(found->name)) std::fputs(pem->c_str(), stdout);
        return 0;
    }
    if (verb == "make" || verb == "import") {
        auto const made = make_or_import(*keys, *config, *arguments);
        if (!made) return refuse(made.error());
        print(*made);
        std::puts("It is in force after the next start of the server.");
        return 0;
    }
    if (arguments->words().size() == 2 && (verb == "rotate" || verb == "retire")) {
        auto const done = verb == "rotate" ? rotate(*keys, *config, *arguments) : retire(*keys, *config, *arguments);
        return done ? 0 : refuse(done.error());
    }
    return refuse(wrong(usage).error());
}

}  // namespace rapport::app
