// The API's adapters: decode, call the verb, reply. The rules live in the verbs.
#include "delivery/http.hpp"

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "certificate/certificate.hpp"
#include "delivery/entry.hpp"
#include "delivery/records.hpp"
#include "delivery/row.hpp"
#include "delivery/wire.hpp"
#include "evidence/package.hpp"
#include "net/net.hpp"
#include "people/permissions.hpp"
#include "people/sessions.hpp"

namespace rapport::delivery {
namespace {

using net::Request;

// 50 MB of files as base64, and room for the rest.
constexpr std::size_t submission_limit = 68U << 20;
constexpr std::size_t most_key_characters = 200;

Expected<SubmitRequest> submit_request(Request& request, json::Object body) {
    SubmitRequest wanted{request.actor(), {}, body.contains("deliveries"), std::nullopt, sha256(request.body())};
    std::string const key(request.header("Idempotency-Key"));
    if (key.size() > most_key_characters)
        return fail(
            ErrorKind::invalid, "invalid_fields", "The Idempotency-Key is too long.",
            {{"/Idempotency-Key", "must have at most 200 characters", "use a shorter key, for example a UUID"}});
    if (!key.empty()) wanted.key = key;
    json::Value const value(std::move(body));
    if (wanted.batch) {
        auto batch = json::decode_value<NewBatch>(value);
        if (!batch) return fail(batch.error());
        wanted.deliveries = std::move(batch->deliveries);
    } else {
        auto one = json::decode_value<NewDelivery>(value);
        if (!one) return fail(one.error());
        wanted.deliveries.push_back(std::move(*one));
    }
    return wanted;
}

// What is known of how the agent behind a session signed in, and when.
evidence::Authentication authentication_of(people::Session const& session) {
    using people::OpenedBy;
    if (session.opened_by == OpenedBy::provider) {
        auto const level = json::enum_from<Assurance>(session.level.value_or(""));
        auto const uri = !level                     ? evidence::assurance::account
                         : *level == Assurance::low ? evidence::assurance::eidas_low
                                                    : level_uri(*level);
        return evidence::Authentication{std::string(uri), std::string(evidence::method::openid_connect),
                                        session.created_at, sha256(session.proof.value_or(""))};
    }
    bool const by_link = session.opened_by == OpenedBy::link || session.opened_by == OpenedBy::link_totp;
    bool const with_totp = session.opened_by == OpenedBy::password_totp || session.opened_by == OpenedBy::link_totp;
    auto method = std::string(by_link ? evidence::method::one_time_link : evidence::method::password);
    if (with_totp) method += "-totp";
    return evidence::Authentication{
        std::string(evidence::assurance::account), std::move(method), session.created_at, {}};
}

}  // namespace

Task<Sender> sender_of(store::Store& store, Request& request) {
    people::SessionId session;
    if (!from_text(request.viewer().session, session)) co_return Sender{};
    auto const found =
        co_await store.read([session](store::Reader& reader) { return people::find_session(reader, session); });
    if (!found) co_return Sender{};
    co_return Sender{authentication_of(*found), json::enum_from<Assurance>(found->level.value_or("")),
                     found->proof.value_or("")};
}

namespace {

// Joins the request to the journeys that it began: what happens to them later is logged under their names.
void log_submission(Request const& request, std::vector<SubmissionView> const& views) {
    constexpr std::size_t most_named = 20;
    std::string journeys;
    std::size_t n = 0;
    for (auto const& view : views)
        for (auto const& delivery : view.deliveries)
            if (++n <= most_named) journeys += (n == 1 ? "" : " ") + to_text(delivery.id);
    log::info("submitted", {{"request", request.id()}, {"journey", journeys}, {"deliveries", n}});
}

Task<Expected<net::Response>> post_deliveries(Deliveries& deliveries, Request& request, net::Body<json::Object> body) {
    auto wanted = submit_request(request, std::move(*body));
    if (!wanted) co_return fail(wanted.error());
    wanted->sender = co_await sender_of(deliveries.store(), request);
    bool const batch = wanted->batch;
    auto views = co_await deliveries.submit(std::move(*wanted));
    if (!views) co_return fail(views.error());
    log_submission(request, *views);
    co_return net::json_response(202,
                                 batch ? json::encode(BatchView{std::move(*views)}) : json::encode(views->front()));
}

struct UploadQuery {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(UploadQuery, (), (name))

Task<Expected<net::Created<UploadView>>> post_file(Deliveries& deliveries, Request& request,
                                                   net::Query<UploadQuery> query) {
    auto media_type = request.media_type();
    auto bytes = request.take_body();
    auto view = co_await deliveries.upload(request.actor(), query->name, std::move(media_type), std::move(bytes));
    if (!view) co_return fail(view.error());
    co_return net::Created(std::move(*view));
}

struct ListQuery {
    std::size_t limit = 50;
    std::string after;
    std::optional<State> state;
    std::optional<Kind> kind;
    std::optional<CustomerId> customer;
    std::string q;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (limit, after, state, kind, customer, q))

Task<Expected<DeliveryPage>> get_deliveries(Deliveries& deliveries, net::Query<ListQuery> query) {
    ListFilter const filter{query->state, query->kind, query->customer, query->q, query->after, query->limit};
    co_return co_await deliveries.store().read(
        [&](store::Reader& reader) { return list(reader, deliveries.office(), filter); });
}

struct CountsView {
    std::vector<Count> items;
};
BOOST_DESCRIBE_STRUCT(CountsView, (), (items))

Task<Expected<CountsView>> get_counts(Deliveries& deliveries, Request&) {
    co_return co_await deliveries.store().read(
        [](store::Reader& reader) -> Expected<CountsView> { return CountsView{counts(reader)}; });
}

Task<Expected<DeliveryDetail>> get_delivery(Deliveries& deliveries, DeliveryId id) {
    co_return co_await deliveries.store().read(
        [&](store::Reader& reader) { return find(reader, deliveries.office(), id, deliveries.clock()()); });
}

Task<Expected<net::Response>> get_evidence(Deliveries& deliveries, DeliveryId id, evidence::EvidenceId evidence) {
    auto xml =
        co_await deliveries.store().read([&](store::Reader& reader) { return evidence_xml(reader, id, evidence); });
    if (!xml) co_return fail(xml.error());
    co_return net::attachment(std::move(*xml), "application/xml", to_text(evidence) + ".xml");
}

Task<Expected<net::Response>> get_identification(Deliveries& deliveries, net::Request& request, DeliveryId id,
                                                 evidence::EvidenceId evidence) {
    auto record = co_await deliveries.store().read(
        [&](store::Reader& reader) { return record_of_evidence(reader, deliveries.office(), id, evidence); });
    if (!record) co_return fail(record.error());
    auto const act = people::act_of(request);
    co_await deliveries.store().write([&](store::Tx& tx) {
        json::Object const what{{"evidence", to_text(evidence)}};
        people::audit(tx, act, "delivery.identification_read", to_text(id), people::AuditOutcome::done, what);
        return true;
    });
    co_return net::attachment(std::move(*record), "text/plain; charset=utf-8",
                              to_text(evidence) + "-identification.txt");
}

Task<Expected<net::Response>> get_package(Deliveries& deliveries, DeliveryId id) {
    auto const now = deliveries.clock()();
    auto file = co_await deliveries.store().read(
        [&](store::Reader& reader) { return package(reader, deliveries.office(), id, Contents::if_sound, now); });
    if (!file) co_return fail(file.error());
    co_return net::attachment(std::move(*file), std::string(evidence::package_media_type), to_text(id) + ".asice");
}

struct CertificateQuery {
    std::optional<Locale> locale;
};
BOOST_DESCRIBE_STRUCT(CertificateQuery, (), (locale))

Task<Expected<net::Response>> get_certificate(Deliveries& deliveries, DeliveryId id,
                                              net::Query<CertificateQuery> query) {
    auto file = co_await deliveries.store().read([&](store::Reader& reader) {
        return certificate(reader, deliveries.office(), id, Contents::if_sound, query->locale);
    });
    if (!file) co_return fail(file.error());
    co_return net::attachment(std::move(*file), std::string(certificate::media_type), to_text(id) + ".pdf");
}

struct EntryLink {
    std::string url;
};
BOOST_DESCRIBE_STRUCT(EntryLink, (), (url))

Task<Expected<EntryLink>> get_entry(Deliveries& deliveries, DeliveryId id) {
    auto const found = co_await get_delivery(deliveries, id);
    if (!found) co_return fail(found.error());
    if (found->kind == Kind::plain)
        co_return fail(ErrorKind::not_found, "no_evidence",
                       "This delivery has no evidence: it is not a registered one.");
    co_return EntryLink{entry_url(deliveries.office(), id)};
}

Task<Expected<net::Response>> get_file(Deliveries& deliveries, DeliveryId id, int number) {
    auto part = co_await deliveries.store().read(
        [&](store::Reader& reader) { return shown_content(reader, deliveries.office(), id, number); });
    if (!part) co_return fail(part.error());
    co_return net::attachment(std::move(part->bytes), part->media_type, part->name);
}

Task<Expected<DeliveryDetail>> post_erasure(Deliveries& deliveries, Request& request, DeliveryId id) {
    auto const act = people::act_of(request);
    Plan const plan = [&](store::Reader& reader) { return plan_erasure(reader, deliveries.office(), act, id); };
    auto const done = co_await deliveries.carry_out(plan);
    if (!done) co_return fail(done.error());
    co_return co_await get_delivery(deliveries, id);
}

// One route takes a single delivery or a batch; the document says so.
net::Route submission_route(Deliveries& deliveries) {
    auto route = net::post<"/v1/deliveries">(people::may_send_deliveries,
                                             "Submit a delivery, or a batch of them, all or nothing",
                                             net::with(deliveries, post_deliveries), {.body_limit = submission_limit});
    route.document = [base = route.document](json::Object& components, net::Documentation& out) {
        base(components, out);
        out.status = 202;
        out.body = {
            {"oneOf", boost::json::array{json::schema<NewDelivery>(components), json::schema<NewBatch>(components)}}};
        out.reply = {{"oneOf", boost::json::array{json::schema<SubmissionView>(components),
                                                  json::schema<BatchView>(components)}}};
    };
    return route;
}

}  // namespace

net::Routes api_routes(Deliveries& d) {
    return {
        net::post<"/v1/files">(
            people::may_send_deliveries, "Upload a file to attach", net::with(d, post_file),
            {.kind = net::Kind::upload, .body_limit = static_cast<std::size_t>(d.office().settings.most_file_bytes)}),
        submission_route(d),
        net::get<"/v1/deliveries">(people::may_read_deliveries, "Deliveries, newest first",
                                   net::with(d, get_deliveries)),
        net::get<"/v1/delivery-counts">(people::may_read_deliveries,
                                        "How many deliveries there are of each kind and state",
                                        net::with(d, get_counts)),
        net::get<"/v1/deliveries/{id}">(people::may_read_deliveries, "One delivery with its evidence and letters",
                                        net::with(d, get_delivery)),
        net::get<"/v1/deliveries/{id}/evidence/{evidence}">(people::may_read_deliveries, "One record of evidence (XML)",
                                                            net::with(d, get_evidence), {.kind = net::Kind::file}),
        net::get<"/v1/deliveries/{id}/evidence/{evidence}/identification">(
            people::may_read_audit, "The record of the identification that the evidence speaks of",
            net::with(d, get_identification), {.kind = net::Kind::file}),
        net::get<"/v1/deliveries/{id}/package">(people::may_read_deliveries, "The evidence package (ASiC-E)",
                                                net::with(d, get_package), {.kind = net::Kind::file}),
        net::get<"/v1/deliveries/{id}/certificate">(
            people::may_read_deliveries, "The certificate for people (PDF), in the recipient's language or another",
            net::with(d, get_certificate), {.kind = net::Kind::file}),
        net::get<"/v1/deliveries/{id}/verification">(
            people::may_read_deliveries, "Where the delivery's public verification entry is", net::with(d, get_entry)),
        net::get<"/v1/deliveries/{id}/files/{number}">(people::may_read_deliveries,
                                                       "A file of a delivery; 0 is the message", net::with(d, get_file),
                                                       {.kind = net::Kind::file}),
        net::post<"/v1/deliveries/{id}/erasure">(people::may_erase_deliveries, "Destroy the content's key",
                                                 net::with(d, post_erasure)),
    };
}

net::Routes routes(Deliveries& deliveries) {
    net::Routes all = api_routes(deliveries);
    all.add(pickup_routes(deliveries));
    all.add(entry_routes(deliveries));
    return all;
}

}  // namespace rapport::delivery
