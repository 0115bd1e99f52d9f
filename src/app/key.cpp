// `rapport key`: the keys that seal evidence, stamp times and sign the log.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/command.hpp"
#include "app/key_dkim.hpp"
#include "base/json.hpp"
#include "evidence/keys.hpp"

namespace rapport::app {
namespace {

Grammar const grammar{{"config", "data", "key", "chain"}, {}, 1, 3};

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

Expected<evidence::KeyInfo> make_or_import(evidence::KeyStore& keys, Config const& config, Arguments const& arguments) {
    auto const purpose = purpose_of(arguments);
    if (!purpose) return fail(purpose.error());
    if (arguments.words()[0] == "make") return keys.make(*purpose, config.organisation.name, system_now());
    auto const key = file_of(arguments, "key");
    if (!key) return fail(key.error());
    auto const chain = file_of(arguments, "chain");
    if (!chain) return fail(chain.error());
    return keys.import(*purpose, *key, *chain, system_now());
}

}  // namespace

// list | show NAME | make PURPOSE | import PURPOSE --key FILE --chain FILE | dkim … (key_dkim.cpp). A new key is in
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
    return refuse(
        wrong("rapport key list | show NAME | make PURPOSE | import PURPOSE --key FILE --chain FILE").error());
}

}  // namespace rapport::app
