// Suppressions, bounces, and mails that arrived, over HTTP. What a person changes leaves a line in the audit log.
#include "post/inbound_http.hpp"

#include "people/people.hpp"
#include "people/permissions.hpp"
#include "post/secret_links.hpp"
#include "post/sql.hpp"

namespace rapport::post {
namespace {

using net::Body;
using net::Page;
using net::Query;
using net::Request;
using people::act_of;

struct SuppressionQuery {
    std::string q{};
    std::optional<SuppressionReason> reason = {};
    std::string after{};
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(SuppressionQuery, (), (q, reason, after, limit))

struct SuppressionOrder {
    EmailAddress address;
    std::optional<Text<0, 200>> note = {};
    std::optional<Time> expires_at = {};
};
BOOST_DESCRIBE_STRUCT(SuppressionOrder, (), (address, note, expires_at))

struct BounceQuery {
    std::string letter{};   // "out_…"
    std::string address{};  // a recipient
    std::string after{};
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(BounceQuery, (), (letter, address, after, limit))

struct InboundQuery {
    std::string kind{};
    std::string after{};
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(InboundQuery, (), (kind, after, limit))

template <class AnyId>
Expected<std::optional<AnyId>> cursor(std::string const& after) {
    AnyId id;
    if (after.empty()) return std::optional<AnyId>();
    if (!from_text(after, id)) return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.");
    return std::optional<AnyId>(id);
}

std::size_t limit_of(int wanted) { return static_cast<std::size_t>(std::clamp(wanted, 1, 200)); }

template <class Item>
Page<Item> page_of(std::vector<Item> items, std::size_t limit) {
    Page<Item> page{std::move(items)};
    if (page.items.size() > limit) {
        page.items.resize(limit);
        page.next = to_text(page.items.back().id);
    }
    return page;
}

Task<Expected<Page<Suppression>>> get_suppressions(ReturnsDesk& desk, Request& request, Query<SuppressionQuery> query) {
    auto const after = cursor<SuppressionId>(query->after);
    if (!after) co_return fail(after.error());
    auto const limit = limit_of(query->limit);
    SuppressionFilter const filter{query->q, query->reason, *after, limit + 1};
    auto const now = act_of(request).now;
    auto list = [&](store::Reader& reader) { return suppressions(reader, filter, now); };
    auto found = co_await desk.store.read(list);
    co_return page_of(std::move(found), limit);
}

Task<Expected<net::Response>> get_csv(ReturnsDesk& desk, Request& request) {
    constexpr std::size_t most = 1'000'000;
    auto const now = act_of(request).now;
    auto list = [&](store::Reader& reader) { return suppressions(reader, {{}, {}, {}, most}, now); };
    auto const found = co_await desk.store.read(list);
    co_return net::attachment(to_csv(found), "text/csv; charset=utf-8", "suppressions.csv");
}

Task<Expected<net::Created<Suppression>>> post_suppression(ReturnsDesk& desk, Request& request,
                                                           Body<SuppressionOrder> body) {
    auto const act = act_of(request);
    if (body->expires_at && *body->expires_at <= act.now)
        co_return fail(ErrorKind::invalid, "invalid_fields", "The suppression would be over at once.",
                       {{"/expires_at", "must be in the future", "leave it out, or give a later time"}});
    auto add = [&](store::Tx& tx) {
        NewSuppression const wanted{body->address.value,
                                    SuppressionReason::manual,
                                    body->note.value_or(Text<0, 200>{}).value,
                                    {},
                                    body->expires_at};
        auto const added = suppress(tx, wanted, act.actor, act.now);
        people::audit(tx, act, "suppression.added", to_text(added.id));
        return added;
    };
    auto const added = co_await desk.store.write(add);
    co_return net::Created<Suppression>{added};
}

Task<Expected<Suppression>> delete_suppression(ReturnsDesk& desk, Request& request, SuppressionId id) {
    auto const act = act_of(request);
    auto remove = [&](store::Tx& tx) -> Expected<Suppression> {
        auto lifted = lift(tx, id, act.actor, act.now);
        if (lifted)
            people::audit(tx, act, "suppression.lifted", to_text(id), people::AuditOutcome::done,
                          {{"reason", json::enum_name(lifted->reason)}});
        return lifted;
    };
    co_return co_await desk.store.write(remove);
}

Task<Expected<Page<Bounce>>> get_bounces(ReturnsDesk& desk, Query<BounceQuery> query) {
    auto const after = cursor<BounceId>(query->after);
    if (!after) co_return fail(after.error());
    auto const letter = cursor<OutboxId>(query->letter);
    if (!letter) co_return fail(ErrorKind::invalid, "bad_letter", "That is no identifier of a letter.");
    auto const limit = limit_of(query->limit);
    auto list = [&](store::Reader& reader) {
        if (*letter) return bounces_of(reader, **letter);
        if (!query->address.empty()) return bounces_of(reader, query->address);
        return list_bounces(reader, *after, limit + 1);
    };
    auto found = co_await desk.store.read(list);
    bool const is_whole = *letter || !query->address.empty();
    if (is_whole) co_return Page<Bounce>{std::move(found)};
    co_return page_of(std::move(found), limit);
}

// Who writes to mailboxes is for those who may read conversations; that a mail came is for whoever looks after mail.
void hide_correspondents(std::vector<InboundItem>& items) {
    for (auto& item : items)
        if (item.kind == "conversation") {
            item.sender.clear();
            item.recipient.clear();
            item.summary.reset();
        }
}

Task<Expected<Page<InboundItem>>> get_inbound(ReturnsDesk& desk, Request& request, Query<InboundQuery> query) {
    auto const after = cursor<InboundId>(query->after);
    if (!after) co_return fail(after.error());
    constexpr std::size_t recipients = 100;  // of one mail: a page ends between two mails
    auto const limit = limit_of(query->limit);
    auto list = [&](store::Reader& reader) { return list_inbound(reader, query->kind, *after, limit + recipients); };
    auto found = co_await desk.store.read(list);
    if (!request.viewer().may(people::may_read_conversations)) hide_correspondents(found);
    auto end = std::min(limit, found.size());
    while (end > 0 && end < found.size() && found[end].id == found[end - 1].id) ++end;
    co_return page_of(std::move(found), end);
}

net::Response as_mail(Bytes raw, InboundId id) {
    return net::attachment(std::move(raw), "application/octet-stream", to_text(id) + ".eml");
}

// What customers wrote is for those who may read that.
Expected<Bytes> raw_for(store::Reader& reader, ReturnsDesk const& desk, bool reads_conversations, InboundId id) {
    if (!reads_conversations && reader.one<std::int64_t>(sql::inbound_of_conversation, id).value_or(0) > 0)
        return fail(ErrorKind::not_found, "not_found", "There is no such mail.");
    return desk.inbound.raw(reader, id);
}

// A bounce may hold the whole letter, whose links are the customer's alone.
Task<Expected<net::Response>> get_raw(ReturnsDesk& desk, Request& request, InboundId id) {
    bool const reads_conversations = request.viewer().may(people::may_read_conversations);
    auto read = [&](store::Reader& reader) -> Expected<Bytes> {
        auto raw = raw_for(reader, desk, reads_conversations, id);
        if (!raw) return raw;
        return mail_without_secret_links(std::move(*raw));
    };
    auto raw = co_await desk.store.read(read);
    if (!raw) co_return fail(raw.error());
    co_return as_mail(std::move(*raw), id);
}

// Byte for byte as it came: what the digest of a report in the evidence speaks of.
Task<Expected<net::Response>> get_original(ReturnsDesk& desk, Request& request, InboundId id) {
    bool const reads_conversations = request.viewer().may(people::may_read_conversations);
    auto read = [&](store::Reader& reader) { return raw_for(reader, desk, reads_conversations, id); };
    auto raw = co_await desk.store.read(read);
    if (!raw) co_return fail(raw.error());
    auto const act = act_of(request);
    co_await desk.store.write([&](store::Tx& tx) {
        people::audit(tx, act, "inbound.original_read", to_text(id));
        return true;
    });
    co_return as_mail(std::move(*raw), id);
}

std::string cell(std::string_view text) {
    bool const formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    std::string out = "\"";
    if (formula) out += '\'';
    for (char const c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

}  // namespace

std::string to_csv(std::vector<Suppression> const& list) {
    std::string out = "id,address,reason,detail,letter,created_at,expires_at\r\n";
    for (auto const& one : list) {
        out += to_text(one.id) + ',' + cell(one.address) + ',' + std::string(json::enum_name(one.reason)) + ',' +
               cell(one.detail) + ',' + (one.letter ? to_text(*one.letter) : std::string()) + ',' +
               to_text(one.created_at) + ',' + (one.expires_at ? to_text(*one.expires_at) : std::string()) + "\r\n";
    }
    return out;
}

net::Routes routes(ReturnsDesk& desk) {
    using namespace people;
    return {
        net::get<"/v1/suppressions">(may_read_suppressions, "Addresses that get no mail",
                                     net::with(desk, get_suppressions)),
        net::get<"/v1/suppressions.csv">(may_read_suppressions, "The same as a file", net::with(desk, get_csv)),
        net::post<"/v1/suppressions">(may_manage_suppressions, "Send no mail to an address",
                                      net::with(desk, post_suppression)),
        net::del<"/v1/suppressions/{id}">(may_manage_suppressions, "Send mail to an address again",
                                          net::with(desk, delete_suppression)),
        net::get<"/v1/bounces">(may_read_suppressions, "Letters that came back", net::with(desk, get_bounces)),
        net::get<"/v1/inbound">(may_read_suppressions, "Mails that arrived, and what they turned out to be",
                                net::with(desk, get_inbound)),
        net::get<"/v1/inbound/{id}/raw">(may_read_deliveries,
                                         "A mail that arrived; the secrets of customers' links are hidden",
                                         net::with(desk, get_raw)),
        net::get<"/v1/inbound/{id}/original">(may_read_audit, "A mail that arrived, byte for byte",
                                              net::with(desk, get_original)),
    };
}

}  // namespace rapport::post
