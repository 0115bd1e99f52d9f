// The verbs on endpoints.
#include <algorithm>

#include "store/keyring.hpp"
#include "webhooks/sql.hpp"
#include "webhooks/webhooks.hpp"

namespace rapport::webhooks {
namespace {

Error no_such_endpoint() { return {ErrorKind::not_found, "not_found", "There is no such webhook."}; }

// Host and port as the URL writes them, where it is one that we would call.
std::optional<std::string> authority_of(std::string_view url, std::string_view scheme) {
    if (!url.starts_with(scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    auto const authority = url.substr(0, url.find_first_of("/?"));
    static constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
    if (authority.empty() || authority.find_first_not_of(allowed) != std::string_view::npos) return std::nullopt;
    auto const is_visible_ascii = [](char c) { return c > ' ' && c < 0x7f; };
    if (!std::ranges::all_of(url, is_visible_ascii) || url.find('#') != std::string_view::npos) return std::nullopt;
    return std::string(authority);
}

bool is_private_host(Settings const& settings, std::string_view authority) {
    auto const colon = authority.rfind(':');
    bool const has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
    auto const host = has_port ? authority.substr(0, colon) : authority;
    return std::ranges::any_of(settings.private_hosts,
                               [&](auto const& one) { return one == authority || one == host; });
}

void check_url(Settings const& settings, std::string_view url, std::vector<FieldError>& wrong) {
    if (authority_of(url, "https://")) return;
    auto const plain = authority_of(url, "http://");
    if (plain && is_private_host(settings, *plain)) return;
    wrong.push_back({"/url", "must be an https address without user name and fragment",
                     plain ? "use https, or name the host in webhooks.private_hosts of the configuration"
                           : "write it like https://shop.example.org/rapport"});
}

std::string joined_patterns(std::vector<Text<1, 100>> const& patterns, std::vector<FieldError>& wrong) {
    std::string joined;
    if (patterns.empty())
        wrong.push_back({"/events", "must name at least one kind of event", "\"*\" means all of them"});
    if (patterns.size() > 50)
        wrong.push_back({"/events", "at most 50 patterns", "use \"delivery.*\" for a whole noun"});
    for (std::size_t i = 0; i < patterns.size() && i < 50; ++i) {
        auto const& pattern = patterns[i].value;
        auto const noun = pattern.substr(0, pattern.find('.') + 1);
        static constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz_.*";
        bool const well_formed = pattern.find_first_not_of(allowed) == std::string::npos &&
                                 (pattern.find('*') == std::string::npos || pattern == noun + "*");
        if (pattern != "*" && (!well_formed || noun.empty() || !may_go_out(noun)))
            wrong.push_back({"/events/" + std::to_string(i), "must be an event that goes out",
                             "use one of those that GET /v1/webhooks/events lists, \"delivery.*\", or \"*\""});
        joined += (joined.empty() ? "" : " ") + pattern;
    }
    return joined;
}

std::unexpected<Error> wrong_fields(std::vector<FieldError> wrong) {
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                std::move(wrong));
}

void tell(store::Tx& tx, people::Act const& act, EndpointId id, std::string_view verb) {
    store::Event event;
    event.at = act.now;
    event.kind = "webhook." + std::string(verb);
    event.subject = to_text(id);
    event.actor_kind = act.actor.kind;
    event.actor_id = act.actor.id;
    tx.publish(std::move(event));
    people::audit(tx, act, "webhook." + std::string(verb), to_text(id));
}

}  // namespace

std::vector<Endpoint> endpoints(store::Reader& reader) { return reader.all<Endpoint>(sql::endpoints); }

Expected<Endpoint> find_endpoint(store::Reader& reader, EndpointId id) {
    auto found = reader.one<Endpoint>(sql::find_endpoint, id);
    if (!found) return fail(no_such_endpoint());
    return std::move(*found);
}

Expected<Made> create_endpoint(store::Tx& tx, people::Act const& act, store::Keyring const& keyring,
                               Settings const& settings, NewEndpoint const& wanted) {
    std::vector<FieldError> wrong;
    check_url(settings, wanted.url.value, wrong);
    auto const patterns = joined_patterns(wanted.events, wrong);
    if (!wrong.empty()) return wrong_fields(std::move(wrong));
    if (endpoints(tx).size() >= settings.most_endpoints)
        return fail(ErrorKind::conflict, "too_many_webhooks",
                    "There are " + std::to_string(settings.most_endpoints) + " webhooks already; delete one first.");
    auto const secret = random_key();
    auto const id = tx.new_id<EndpointId>();
    // It hears of what happens from now on.
    tx.exec(sql::insert_endpoint, id, wanted.url, wanted.description ? wanted.description->value : std::string(),
            patterns, store::Blob{keyring.wrap(secret)}, EndpointState::active, store::Store::last_event(tx), act.now);
    tell(tx, act, id, "created");
    return Made{*tx.one<Endpoint>(sql::find_endpoint, id), secret_text(secret)};
}

Expected<Endpoint> change_endpoint(store::Tx& tx, people::Act const& act, Settings const& settings, EndpointId id,
                                   EndpointChange const& change) {
    auto endpoint = find_endpoint(tx, id);
    if (!endpoint) return endpoint;
    std::vector<FieldError> wrong;
    if (change.url) check_url(settings, change.url->value, wrong);
    auto const patterns = change.events ? joined_patterns(*change.events, wrong) : endpoint->events;
    if (change.state == EndpointState::disabled)
        wrong.push_back({"/state", "must be active or paused", "pause it, or delete it"});
    if (!wrong.empty()) return wrong_fields(std::move(wrong));
    auto const position = change.skip_missed ? store::Store::last_event(tx) : endpoint->position;
    tx.exec(sql::change_endpoint, id, change.url ? change.url->value : endpoint->url,
            change.description ? change.description->value : endpoint->description, patterns,
            change.state.value_or(endpoint->state), position, act.now);
    tell(tx, act, id, "changed");
    return find_endpoint(tx, id);
}

Expected<Made> rotate_secret(store::Tx& tx, people::Act const& act, store::Keyring const& keyring,
                             Settings const& settings, EndpointId id) {
    auto const endpoint = find_endpoint(tx, id);
    if (!endpoint) return fail(endpoint.error());
    auto const secret = random_key();
    tx.exec(sql::change_secret, id, store::Blob{keyring.wrap(secret)}, act.now + settings.old_secret_life, act.now);
    tell(tx, act, id, "secret_rotated");
    return Made{*tx.one<Endpoint>(sql::find_endpoint, id), secret_text(secret)};
}

Expected<> delete_endpoint(store::Tx& tx, people::Act const& act, EndpointId id) {
    if (auto const endpoint = find_endpoint(tx, id); !endpoint) return fail(endpoint.error());
    tx.exec(sql::delete_attempts_of, id);
    tx.exec(sql::delete_messages, id);
    tx.exec(sql::delete_endpoint, id);
    tell(tx, act, id, "deleted");
    return {};
}

}  // namespace rapport::webhooks
