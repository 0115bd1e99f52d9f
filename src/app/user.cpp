// `rapport user`: who may sign in, and API keys, for whoever has a shell on the machine.
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "app/command.hpp"
#include "app/open_store.hpp"
#include "base/crypto.hpp"
#include "people/api_keys.hpp"
#include "people/cli.hpp"

namespace rapport::app {
namespace {

Grammar const grammar{{"config", "data", "name", "role", "locale", "scope", "expires"}, {}, 1, 3};

constexpr std::string_view usage =
    "rapport user list | add EMAIL --name NAME [--role ROLE] [--locale LOCALE] | password EMAIL | link EMAIL | "
    "disable EMAIL | enable EMAIL | role EMAIL ROLE | totp EMAIL | api-key NAME --scope PERMISSION … [--expires TIME]";

std::unexpected<Error> wrong(std::string text) { return fail(ErrorKind::invalid, "bad_arguments", std::move(text)); }

Expected<EmailAddress> address_of(Arguments const& arguments) {
    EmailAddress address;
    if (arguments.words().size() >= 2 && from_text(arguments.words()[1], address)) return address;
    return wrong("An e-mail address is needed: " + std::string(usage));
}

// From a pipe as it comes; from a terminal without an echo.
std::string read_password() {
    if (isatty(STDIN_FILENO)) {
        char const* typed = ::getpass("New password: ");
        return typed ? typed : "";
    }
    std::string line;
    std::getline(std::cin, line);
    return line;
}

Expected<std::string> add(store::Store& store, Arguments const& arguments, EmailAddress const& address, Time now) {
    people::NewAgent wanted;
    wanted.email = address;
    json::Findings findings;
    auto const name = arguments.value("name");
    if (!name) return wrong("--name NAME is needed.");
    if (!json::read_text(*name, wanted.name, findings)) return wrong("--name " + findings.take().front().rule + ".");
    if (auto const role = arguments.value("role")) {
        auto const found = people::cli::role_from(*role);
        if (!found) return fail(found.error());
        wanted.role = *found;
    }
    if (auto const locale = arguments.value("locale"))
        if (!from_text(*locale, wanted.locale.emplace())) return wrong("--locale must be en, it, th, ja, ko or fa.");
    return people::cli::user_add(store, wanted, now);
}

Expected<std::string> api_key(store::Store& store, Arguments const& arguments, Time now) {
    people::NewApiKey wanted;
    json::Findings findings;
    if (arguments.words().size() != 2 || !json::read_text(arguments.words()[1], wanted.name, findings))
        return wrong("A name of up to 100 characters is needed: " + std::string(usage));
    wanted.scopes = arguments.values("scope");
    if (auto const expires = arguments.value("expires")) {
        wanted.expires_at = time_from_text(*expires);
        if (!wanted.expires_at) return wrong("--expires must be a time like 2027-01-31T09:30:00Z.");
    }
    auto const secret = random_token();
    people::Act const act{{ActorKind::operator_, 0, "operator"}, now};
    auto const made = store.write_now(
        [&](store::Tx& tx) { return people::create_api_key(tx, act, people::Permissions::all(), wanted, secret); });
    if (!made) return fail(made.error());
    return made->key + "\nIt is shown this once. Use it as: Authorization: Bearer …\n";
}

Expected<std::string> run(store::Store& store, Config const& config, Arguments const& arguments) {
    auto const& words = arguments.words();
    auto const now = system_now();
    if (words[0] == "list") return people::cli::user_list(store);
    if (words[0] == "api-key") return api_key(store, arguments, now);
    auto const address = address_of(arguments);
    if (!address) return fail(address.error());
    if (words[0] == "add") return add(store, arguments, *address, now);
    if (words[0] == "password") return people::cli::user_password(store, *address, read_password(), now);
    if (words[0] == "link") return people::cli::user_link(store, *address, config.public_url, now);
    if (words[0] == "disable") return people::cli::user_disable(store, *address, true, now);
    if (words[0] == "enable") return people::cli::user_disable(store, *address, false, now);
    if (words[0] == "totp") return people::cli::user_totp(store, *address, now);
    if (words[0] == "role" && words.size() == 3) {
        auto const role = people::cli::role_from(words[2]);
        if (!role) return fail(role.error());
        return people::cli::user_role(store, *address, *role, now);
    }
    return wrong(std::string(usage));
}

}  // namespace

int user(Words const& words) {
    auto const arguments = Arguments::parse(words, grammar);
    if (!arguments) return refuse(arguments.error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    auto const store = open_store(*config, store::Role::guest);
    auto const said = run(*store, *config, *arguments);
    if (!said) return refuse(said.error());
    std::fputs(said->c_str(), stdout);
    if (!said->ends_with('\n')) std::puts("");
    return 0;
}

}  // namespace rapport::app
