// `rapport key dkim`: makes keys, shows the records to publish, looks whether they are there, changes over, retires.
#include "app/key_dkim.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdio>

#include "app/command.hpp"
#include "app/house.hpp"
#include "app/open_store.hpp"
#include "people/people.hpp"

namespace rapport::app {
namespace {

using channels::email::DkimAlgorithm;

constexpr char usage[] = "rapport key dkim list | make [rsa|ed25519] | check | activate SELECTOR | retire SELECTOR";

std::unexpected<Error> wrong(std::string text) { return fail(ErrorKind::invalid, "bad_arguments", std::move(text)); }

void print(post::SigningKey const& key) {
    std::printf("%s  %s  %s\n", key.selector.c_str(), key.algorithm == DkimAlgorithm::rsa_sha256 ? "rsa" : "ed25519",
                std::string(json::enum_name(key.state)).c_str());
    std::printf("  publish  %s  TXT  \"%s\"\n", key.record_name().c_str(), key.record().c_str());
    if (key.problem) std::printf("  problem  %s\n", key.problem->c_str());
    if (key.seen_at) std::printf("  seen     %s\n", to_text(*key.seen_at).c_str());
    if (key.keep_until && key.state == post::SigningState::retiring)
        std::printf("  keep published until %s\n", to_text(*key.keep_until).c_str());
}

Expected<> make(store::Store& store, post::SigningKeys const& keys, Words const& words, people::Act const& act) {
    std::vector<DkimAlgorithm> wanted{DkimAlgorithm::rsa_sha256, DkimAlgorithm::ed25519_sha256};
    if (words.size() == 3 && words[2] == "rsa")
        wanted.pop_back();
    else if (words.size() == 3 && words[2] == "ed25519")
        wanted.erase(wanted.begin());
    else if (words.size() == 3)
        return wrong(usage);
    for (auto const algorithm : wanted) {
        auto const key = keys.prepare(algorithm, act.now);
        if (!key) return fail(key.error());
        store.write_now([&](store::Tx& tx) {
            post::SigningKeys::add(tx, *key, act.now);
            people::audit(tx, act, "settings.dkim_key_made", key->record_name());
        });
        print(*key);
    }
    std::puts("Publish the records; the server looks for them every ten minutes and signs once they are there.");
    return {};
}

Expected<> change(store::Store& store, post::SigningKeys const& keys, Words const& words, people::Act const& act) {
    bool const activate = words[1] == "activate";
    auto done = store.write_now([&](store::Tx& tx) -> Expected<> {
        auto result = activate ? keys.activate(tx, words[2], act.now) : keys.retire(tx, words[2], act.now);
        if (result)
            people::audit(tx, act, activate ? "settings.dkim_key_activated" : "settings.dkim_key_retired", words[2]);
        return result;
    });
    if (done) std::puts("Done; the running server takes it over within ten minutes.");
    return done;
}

Expected<> list(store::Store& store) {
    for (auto const& key : store.read_now([](store::Reader& reader) { return post::signing_keys(reader); })) print(key);
    return {};
}

Expected<> check(store::Store& store, post::SigningKeys& keys, people::Act const& act) {
    asio::io_context context{1};
    auto looked = asio::co_spawn(context, keys.look(act.now), asio::use_future);
    context.run();
    looked.get();
    return list(store);
}

}  // namespace

int dkim_key(Config const& config, Arguments const& arguments) {
    auto const store = open_store(config, store::Role::guest);
    auto options = signing_options(config);
    options.make_first = false;
    post::SigningKeys keys(*store, std::filesystem::path(config.data) / "keys" / "dkim", std::move(options));
    people::Act const act{{ActorKind::operator_, 0, "operator"}, system_now()};
    auto const& words = arguments.words();
    Expected<> done = wrong(usage);
    if (words.size() == 2 && words[1] == "list")
        done = list(*store);
    else if (words.size() == 2 && words[1] == "check")
        done = check(*store, keys, act);
    else if (words.size() >= 2 && words[1] == "make")
        done = make(*store, keys, words, act);
    else if (words.size() == 3 && (words[1] == "activate" || words[1] == "retire"))
        done = change(*store, keys, words, act);
    return done ? 0 : refuse(done.error());
}

}  // namespace rapport::app
