// GET /v1/settings/keys: which keys seal, stamp and sign; how the log and the time stamps stand.
#include "app/routes.hpp"
#include "people/permissions.hpp"

namespace rapport::app {
namespace {

struct SealView {
    std::string algorithm, subject, fingerprint;
    std::optional<Time> not_after;
    bool qualified = false;
};
BOOST_DESCRIBE_STRUCT(SealView, (), (algorithm, subject, fingerprint, not_after, qualified))

struct TsaView {
    std::string url;  // "built-in", or the address
    bool qualified = false;
    std::int64_t waiting = 0;
    std::optional<Time> unreachable_since;
};
BOOST_DESCRIBE_STRUCT(TsaView, (), (url, qualified, waiting, unreachable_since))

struct LogView {
    std::string origin, public_key;
    std::uint64_t size = 0;
    std::string root;
    std::optional<std::uint64_t> checkpoint_size;
};
BOOST_DESCRIBE_STRUCT(LogView, (), (origin, public_key, size, root, checkpoint_size))

struct KeysView {
    SealView seal;
    TsaView tsa;
    LogView log;
};
BOOST_DESCRIBE_STRUCT(KeysView, (), (seal, tsa, log))

SealView seal_of(House const& house) {
    for (auto const& key : house.keys.list())
        if (key.purpose == evidence::KeyPurpose::seal && key.current)
            return {key.algorithm, key.subject, key.fingerprint, key.not_after, false};
    return {};
}

Task<Expected<KeysView>> keys(House& house) {
    KeysView view;
    view.seal = seal_of(house);
    view.tsa.url = house.tsa ? "built-in" : house.config.evidence.tsa_url;
    view.log.origin = house.notes.key().name;
    view.log.public_key = house.notes.key().text();
    co_await house.store->read([&](store::Reader& reader) {
        auto const head = evidence::tree_head(reader);
        view.log.size = head.size;
        view.log.root = to_base64(head.root.view());
        if (auto const last = evidence::last_checkpoint(reader)) view.log.checkpoint_size = last->head.size;
        view.tsa.waiting = evidence::stamp_queue(reader).waiting;
        if (auto const outage = evidence::tsa_outage(reader)) view.tsa.unreachable_since = outage->since;
    });
    co_return view;
}

}  // namespace

net::Routes settings_routes(House& house) {
    return {net::get<"/v1/settings/keys">(people::may_read_settings, "Keys that seal, stamp and sign",
                                          net::with(house, keys))};
}

}  // namespace rapport::app
