// Adapters between HTTP and the verbs on keys, rules, warm-up and dead letters. Every change is in the audit log.
#include "post/mail_desk.hpp"

#include <boost/asio/this_coro.hpp>

#include "people/people.hpp"
#include "people/permissions.hpp"
#include "post/dead_letters.hpp"
#include "post/rules.hpp"
#include "post/sources.hpp"

namespace rapport::post {
namespace wire {

struct DomainView {
    std::string domain, bounce_domain;
    std::vector<DomainLine> lines;
};
BOOST_DESCRIBE_STRUCT(DomainView, (), (domain, bounce_domain, lines))

struct KeyView {
    std::string selector, algorithm;
    SigningState state{};
    std::string record_name, record;  // TXT
    Time created_at{};
    std::optional<Time> seen_at, active_at, keep_until, retired_at;
    std::optional<std::string> problem;
};
BOOST_DESCRIBE_STRUCT(KeyView, (),
                      (selector, algorithm, state, record_name, record, created_at, seen_at, active_at, keep_until,
                       retired_at, problem))

struct DkimView {
    std::string domain;
    bool signs = false;
    std::vector<KeyView> keys;
};
BOOST_DESCRIBE_STRUCT(DkimView, (), (domain, signs, keys))

struct NewKey {
    std::string algorithm = "rsa";  // or "ed25519"
};
BOOST_DESCRIBE_STRUCT(NewKey, (), (algorithm))

struct SitesView {
    std::vector<SiteView> sites;  // as they are at the moment
    std::vector<SiteRule> rules;  // set by people
    std::vector<SiteRule> stock;  // built in; a rule of the same `match` replaces one
};
BOOST_DESCRIBE_STRUCT(SitesView, (), (sites, rules, stock))

struct SourcesView {
    std::vector<SourceState> sources;  // in the order of preference
    std::vector<WarmUp> warm_ups;
};
BOOST_DESCRIBE_STRUCT(SourcesView, (), (sources, warm_ups))

struct NewWarmUp {
    std::string source = "mx";
    std::optional<Time> started_on = {};  // now
    std::vector<std::int64_t> caps{};     // letters on the first day, the second, …
};
BOOST_DESCRIBE_STRUCT(NewWarmUp, (), (source, started_on, caps))

struct DeadQuery {
    std::string purpose{}, stream{}, domain{};
    std::optional<DeadReason> reason = {};
    std::optional<Time> since = {}, until = {};
    std::string after{};
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(DeadQuery, (), (purpose, stream, domain, reason, since, until, after, limit))

struct Replay {
    std::vector<OutboxId> ids{};            // these, or
    std::optional<DeadFilter> filter = {};  // all that match, newest first,
    std::optional<OutboxId> before = {};    // going on from the answer's `next`;
    std::optional<int> limit = {};          // at most so many, up to 10,000; 1,000
};
BOOST_DESCRIBE_STRUCT(Replay, (), (ids, filter, before, limit))

}  // namespace wire

namespace {

using net::Body;
using net::NoContent;
using net::Query;
using net::Request;
using people::act_of;

std::string algorithm_name(channels::email::DkimAlgorithm algorithm) {
    return algorithm == channels::email::DkimAlgorithm::rsa_sha256 ? "rsa" : "ed25519";
}

wire::KeyView view_of(SigningKey const& key) {
    return {key.selector,   algorithm_name(key.algorithm),
            key.state,      key.record_name(),
            key.record(),   key.created_at,
            key.seen_at,    key.active_at,
            key.keep_until, key.retired_at,
            key.problem};
}

Task<wire::DkimView> keys_view(MailDesk& desk) {
    auto const keys = co_await desk.store.read([](store::Reader& reader) { return signing_keys(reader); });
    wire::DkimView view;
    view.domain = desk.keys.options().domain;
    auto const signer = desk.keys.signer();
    view.signs = signer && !signer->empty();
    for (auto const& key : keys)
        if (key.domain == view.domain) view.keys.push_back(view_of(key));
    co_return view;
}

Task<Expected<wire::DomainView>> get_domain(MailDesk& desk) {
    auto const executor = co_await asio::this_coro::executor;
    auto what = desk.domain;
    what.keys = co_await desk.store.read([](store::Reader& reader) { return signing_keys(reader); });
    std::erase_if(what.keys, [&](auto const& key) { return key.domain != what.domain; });
    auto dns = desk.keys.options().dns;
    dns.deadlines.resolve = std::chrono::milliseconds(3000);
    channels::email::Resolver resolver(executor, dns);
    wire::DomainView view{what.domain, what.bounce_domain, {}};
    view.lines = co_await check_domain(resolver, std::move(what));
    co_return view;
}

Task<Expected<wire::DkimView>> get_keys(MailDesk& desk) { co_return co_await keys_view(desk); }

Task<Expected<net::Created<wire::KeyView>>> post_key(MailDesk& desk, Request& request, Body<wire::NewKey> body) {
    if (body->algorithm != "rsa" && body->algorithm != "ed25519")
        co_return fail(ErrorKind::invalid, "bad_algorithm", "The key cannot be made.",
                       {{"/algorithm", "must be rsa or ed25519", "make one of each"}});
    auto const algorithm = body->algorithm == "rsa" ? channels::email::DkimAlgorithm::rsa_sha256
                                                    : channels::email::DkimAlgorithm::ed25519_sha256;
    auto const act = act_of(request);
    auto key = desk.keys.prepare(algorithm, act.now);
    if (!key) co_return fail(key.error());
    co_await desk.store.write([&](store::Tx& tx) {
        SigningKeys::add(tx, *key, act.now);
        people::audit(tx, act, "settings.dkim_key_made", key->record_name());
    });
    co_return net::Created(view_of(*key));
}

Task<Expected<wire::DkimView>> post_activation(MailDesk& desk, Request& request, std::string selector) {
    auto const act = act_of(request);
    auto const done = co_await desk.store.write([&](store::Tx& tx) -> Expected<> {
        if (auto activated = desk.keys.activate(tx, selector, act.now); !activated) return activated;
        people::audit(tx, act, "settings.dkim_key_activated", selector);
        return {};
    });
    if (!done) co_return fail(done.error());
    co_await desk.keys.reload();
    co_return co_await keys_view(desk);
}

Task<Expected<wire::DkimView>> post_retirement(MailDesk& desk, Request& request, std::string selector) {
    auto const act = act_of(request);
    auto const done = co_await desk.store.write([&](store::Tx& tx) -> Expected<> {
        if (auto retired = desk.keys.retire(tx, selector, act.now); !retired) return retired;
        people::audit(tx, act, "settings.dkim_key_retired", selector);
        return {};
    });
    if (!done) co_return fail(done.error());
    co_await desk.keys.reload();
    co_return co_await keys_view(desk);
}

Task<Expected<wire::DkimView>> post_check(MailDesk& desk, Request& request) {
    co_await desk.keys.look(act_of(request).now);
    co_return co_await keys_view(desk);
}

Task<Expected<wire::SitesView>> get_sites(MailDesk& desk) {
    wire::SitesView view;
    view.sites = desk.post.sites();
    view.rules = co_await desk.store.read([](store::Reader& reader) { return site_rules(reader); });
    auto const stock = stock_rules();
    view.stock.assign(stock.begin(), stock.end());
    co_return view;
}

Task<Expected<SiteRule>> put_rule(MailDesk& desk, Request& request, Body<SiteRule> body) {
    auto const act = act_of(request);
    auto const done = co_await desk.store.write([&](store::Tx& tx) -> Expected<> {
        if (auto set = set_site_rule(tx, *body); !set) return set;
        people::audit(tx, act, "settings.mail_rule_set", body->match);
        return {};
    });
    if (!done) co_return fail(done.error());
    desk.post.refresh();
    co_return *body;
}

Task<Expected<NoContent>> delete_rule(MailDesk& desk, Request& request, std::string match) {
    auto const act = act_of(request);
    auto const done = co_await desk.store.write([&](store::Tx& tx) -> Expected<> {
        if (auto dropped = drop_site_rule(tx, match); !dropped) return dropped;
        people::audit(tx, act, "settings.mail_rule_dropped", match);
        return {};
    });
    if (!done) co_return fail(done.error());
    desk.post.refresh();
    co_return NoContent{};
}

Task<Expected<wire::SourcesView>> get_sources(MailDesk& desk) {
    wire::SourcesView view;
    view.sources = desk.post.sources();
    view.warm_ups = co_await desk.store.read([](store::Reader& reader) { return warm_ups(reader); });
    co_return view;
}

Task<Expected<WarmUp>> put_warm_up(MailDesk& desk, Request& request, Body<wire::NewWarmUp> body) {
    auto const act = act_of(request);
    WarmUp const plan{body->source, desk.keys.options().domain, body->started_on.value_or(act.now), body->caps};
    auto const done = co_await desk.store.write([&](store::Tx& tx) -> Expected<> {
        if (auto set = set_warm_up(tx, plan); !set) return set;
        people::audit(tx, act, "settings.mail_warm_up_set", plan.source);
        return {};
    });
    if (!done) co_return fail(done.error());
    desk.post.refresh();
    co_return plan;
}

Task<Expected<NoContent>> delete_warm_up(MailDesk& desk, Request& request, std::string source) {
    auto const act = act_of(request);
    auto const done = co_await desk.store.write([&](store::Tx& tx) -> Expected<> {
        if (auto dropped = drop_warm_up(tx, source, desk.keys.options().domain); !dropped) return dropped;
        people::audit(tx, act, "settings.mail_warm_up_dropped", source);
        return {};
    });
    if (!done) co_return fail(done.error());
    desk.post.refresh();
    co_return NoContent{};
}

Task<Expected<net::Page<DeadLetter>>> get_dead(MailDesk& desk, Query<wire::DeadQuery> query) {
    std::size_t const limit = static_cast<std::size_t>(std::clamp(query->limit, 1, 200));
    OutboxId after;
    if (!query->after.empty() && !from_text(query->after, after))
        co_return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.");
    DeadFilter const filter{query->purpose, query->stream, query->domain, query->reason, query->since, query->until};
    auto fn = [&](store::Reader& reader) {
        return dead_letters(reader, filter, after ? std::optional(after) : std::nullopt, limit + 1);
    };
    net::Page<DeadLetter> page{co_await desk.store.read(fn)};
    if (page.items.size() > limit) {
        page.items.resize(limit);
        page.next = to_text(page.items.back().id);
    }
    co_return page;
}

Task<Expected<Replayed>> post_replay(MailDesk& desk, Request& request, Body<wire::Replay> body) {
    auto const limit = body->limit.value_or(1000);
    if (body->ids.empty() == !body->filter.has_value())
        co_return fail(ErrorKind::invalid, "bad_replay", "Name the letters or a filter.",
                       {{"/ids", "must be there, or filter, and not both", "{\"filter\": {}} means all"}});
    if (body->ids.size() > 1000 || limit < 1 || limit > 10'000)
        co_return fail(ErrorKind::invalid, "bad_replay", "That is too much at once.",
                       {{"/limit", "must be 1 to 10000, and at most 1000 ids", "go on from the answer's next"}});
    auto const act = act_of(request);
    auto fn = [&](store::Tx& tx) {
        auto const done = body->filter
                              ? replay(tx, *body->filter, body->before, static_cast<std::size_t>(limit), act.now)
                              : replay(tx, body->ids, act.now);
        people::audit(tx, act, "outbox.replayed", std::to_string(done.queued) + " letters");
        return done;
    };
    co_return co_await desk.store.write(fn);
}

}  // namespace

net::Routes routes(MailDesk& desk) {
    using namespace people;
    using net::with;
    return {
        net::get<"/v1/settings/mail/domain">(may_read_settings,
                                             "What the DNS says about the sending domain, and what it should",
                                             with(desk, get_domain), {.deadline = std::chrono::seconds(60)}),
        net::get<"/v1/settings/mail/dkim">(may_read_settings, "Keys that sign mails, and their records",
                                           with(desk, get_keys)),
        net::post<"/v1/settings/mail/dkim">(may_manage_settings, "Make a key; it signs once its record is published",
                                            with(desk, post_key)),
        net::post<"/v1/settings/mail/dkim/check">(may_manage_settings, "Look for the records of new keys now",
                                                  with(desk, post_check), {.deadline = std::chrono::seconds(60)}),
        net::post<"/v1/settings/mail/dkim/{selector}/activation">(
            may_manage_settings, "Sign with this key without having seen its record", with(desk, post_activation)),
        net::post<"/v1/settings/mail/dkim/{selector}/retirement">(
            may_manage_settings, "Give up a new key, or retire one that was replaced", with(desk, post_retirement)),
        net::get<"/v1/settings/mail/sites">(may_read_settings, "Sites that get mail, their state and their rules",
                                            with(desk, get_sites)),
        net::put<"/v1/settings/mail/sites/rules">(may_manage_settings, "Set the rule of a site", with(desk, put_rule)),
        net::del<"/v1/settings/mail/sites/rules/{match}">(may_manage_settings, "Drop the rule of a site",
                                                          with(desk, delete_rule)),
        net::get<"/v1/settings/mail/sources">(may_read_settings, "Where mail leaves from, and warm-up plans",
                                              with(desk, get_sources)),
        net::put<"/v1/settings/mail/warm-ups">(may_manage_settings, "Set how many letters a day a new source may take",
                                               with(desk, put_warm_up)),
        net::del<"/v1/settings/mail/warm-ups/{source}">(may_manage_settings, "End a warm-up",
                                                        with(desk, delete_warm_up)),
        net::get<"/v1/dead-letters">(may_read_outbox, "Letters that failed or expired, and why", with(desk, get_dead)),
        net::post<"/v1/dead-letters/replay">(may_manage_outbox, "Send letters again that failed or expired",
                                             with(desk, post_replay)),
    };
}

}  // namespace rapport::post
