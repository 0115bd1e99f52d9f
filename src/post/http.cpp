// Routes of the outbox and of the mail settings. Every verb of a person leaves a line in the audit log.
#include "post/http.hpp"

#include "people/people.hpp"
#include "people/permissions.hpp"
#include "post/wire.hpp"

namespace rapport::post {
namespace {

using net::Body;
using net::Page;
using net::Query;
using net::Request;
using people::act_of;

Task<Expected<Page<OutboxItem>>> get_outbox(PostOffice& office, Query<wire::OutboxQuery> query) {
    std::size_t const limit = static_cast<std::size_t>(std::clamp(query->limit, 1, 200));
    OutboxId after;
    if (!query->after.empty() && !from_text(query->after, after))
        co_return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.");
    auto fn = [&](store::Reader& reader) {
        if (!query->owner.empty()) return letters_of(reader, query->owner);
        return list_letters(reader, query->state, after ? std::optional(after) : std::nullopt, limit + 1);
    };
    Page<OutboxItem> page{co_await office.store.read(fn)};
    if (query->owner.empty() && page.items.size() > limit) {
        page.items.resize(limit);
        page.next = to_text(page.items.back().id);
    }
    co_return page;
}

Task<Expected<Page<Attempt>>> get_attempts(PostOffice& office, OutboxId id) {
    auto fn = [id](store::Reader& reader) -> std::optional<std::vector<Attempt>> {
        if (!find_letter(reader, id)) return std::nullopt;
        return attempts_of(reader, id);
    };
    auto attempts = co_await office.store.read(fn);
    if (!attempts) co_return fail(ErrorKind::not_found, "not_found", "There is no such letter.");
    co_return Page<Attempt>{std::move(*attempts)};
}

Expected<OutboxItem> after_verb(store::Tx& tx, people::Act const& act, OutboxId id, std::string_view verb) {
    people::audit(tx, act, verb, to_text(id));
    return *find_letter(tx, id);
}

Task<Expected<OutboxItem>> post_retry(PostOffice& office, Request& request, OutboxId id) {
    auto fn = [act = act_of(request), id](store::Tx& tx) -> Expected<OutboxItem> {
        if (auto done = retry(tx, id, act.now); !done) return fail(done.error());
        return after_verb(tx, act, id, "outbox.retried");
    };
    co_return co_await office.store.write(fn);
}

Task<Expected<OutboxItem>> post_cancellation(PostOffice& office, Request& request, OutboxId id) {
    auto const act = act_of(request);
    auto const item = co_await office.store.read([id](store::Reader& reader) { return find_letter(reader, id); });
    if (!item) co_return fail(ErrorKind::not_found, "not_found", "There is no such letter.");
    auto const ended_by = item->state == State::unknown ? EndedBy::given_up : EndedBy::cancelled;
    std::vector<Outcome> outcomes{{id,
                                   item->owner,
                                   item->purpose,
                                   Result::failed,
                                   {},
                                   ended_by == EndedBy::given_up ? "given up by a person" : "cancelled by a person",
                                   "5.7.0",
                                   act.now,
                                   ended_by}};
    auto const finishes = co_await office.post.prepare(std::move(outcomes));
    auto fn = [&](store::Tx& tx) -> Expected<OutboxItem> {
        if (auto done = cancel(tx, id, act.now); !done) return fail(done.error());
        if (finishes.front()) finishes.front()(tx);
        return after_verb(tx, act, id, "outbox.cancelled");
    };
    co_return co_await office.store.write(fn);
}

Task<Expected<wire::MailSettings>> get_mail_settings(PostOffice& office) {
    auto const& options = office.post.options();
    auto const& transport = options.transport;
    auto const counters = office.post.counters();
    wire::MailSettings settings;
    settings.from = options.from.address.value;
    settings.route =
        transport.smart_host ? transport.smart_host->host + ':' + std::to_string(transport.smart_host->port) : "mx";
    constexpr char const* policies[] = {"off", "opportunistic", "required"};
    settings.tls = policies[static_cast<std::size_t>(transport.tls)];
    settings.hello = transport.helo_name;
    settings.connections_per_destination = static_cast<std::int64_t>(options.connections_per_destination);
    settings.signs_in = transport.smart_host && !transport.smart_host->user.empty();
    settings.accepted = counters.accepted;
    settings.delayed = counters.delayed;
    settings.failed = counters.failed;
    settings.unknown = counters.unknown;
    settings.attempting = counters.attempting;
    co_return settings;
}

Task<Expected<net::Accepted<wire::TestMailQueued>>> post_test_mail(PostOffice& office, Request& request,
                                                                   Body<wire::TestMail> body) {
    auto fn = [act = act_of(request), &body](store::Tx& tx) {
        Letter letter{"test", "test", body->to, Locale::en, "test", {}};
        letter.expires_at = act.now + std::chrono::hours(1);
        letter.priority = Priority::urgent;
        auto const id = enqueue(tx, letter, act.now);
        people::audit(tx, act, "settings.mail_tested", to_text(id));
        return id;
    };
    auto const id = co_await office.store.write(fn);
    co_return net::Accepted(wire::TestMailQueued{id});
}

}  // namespace

net::Routes routes(PostOffice& office) {
    using namespace people;
    return {
        net::get<"/v1/outbox">(may_read_outbox, "Letters and their states", net::with(office, get_outbox)),
        net::get<"/v1/outbox/{id}/attempts">(may_read_outbox, "How a letter was tried, and how each try was secured",
                                             net::with(office, get_attempts)),
        net::post<"/v1/outbox/{id}/retry">(may_manage_outbox,
                                           "Send a letter again that failed or whose outcome is unknown",
                                           net::with(office, post_retry)),
        net::post<"/v1/outbox/{id}/cancellation">(may_manage_outbox,
                                                  "Cancel a waiting letter, or give up one whose outcome is unknown",
                                                  net::with(office, post_cancellation)),
        net::get<"/v1/settings/mail">(may_read_settings, "How mail is sent", net::with(office, get_mail_settings)),
        net::post<"/v1/settings/mail/test">(may_manage_settings, "Send a test mail", net::with(office, post_test_mail)),
    };
}

}  // namespace rapport::post
