// The API of bulk: decode, call the verb, reply.
#include "net/net.hpp"
#include "notice/bulk_wire.hpp"
#include "notice/http.hpp"
#include "people/permissions.hpp"

namespace rapport::notice {
namespace {

using net::Body;
using net::Query;

constexpr std::size_t most_key_characters = 200;

struct UploadQuery {
    std::string kind, name;
    std::optional<std::string> separator;  // "," ";" or "tab"
};
BOOST_DESCRIBE_STRUCT(UploadQuery, (), (kind, name, separator))

Expected<NewBulk> wanted_of(net::Request const& http, UploadQuery const& query) {
    NewBulk wanted;
    wanted.act = people::act_of(http);
    wanted.kind = query.kind;
    wanted.name = query.name.empty() ? query.kind : query.name;
    wanted.format = http.media_type() == "text/csv" ? FileFormat::csv : FileFormat::json_lines;
    std::vector<FieldError> faults;
    if (count_characters(wanted.name) > 200 || !is_plain_text(wanted.name))
        faults.push_back({"/name", "must have 1 to 200 characters", "shorten it"});
    if (query.separator) {
        auto const& text = *query.separator;
        if (text == "tab" || text == "\t")
            wanted.separator = '\t';
        else if (text == "," || text == ";")
            wanted.separator = text.front();
        else
            faults.push_back({"/separator", "must be , or ; or tab", "leave it out: it is found out"});
    }
    std::string const key(http.header("Idempotency-Key"));
    if (key.size() > most_key_characters)
        faults.push_back(
            {"/Idempotency-Key", "must have at most 200 characters", "use a shorter key, for example a UUID"});
    if (!key.empty()) wanted.key = key;
    if (!faults.empty())
        return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                    std::move(faults));
    return wanted;
}

Task<Expected<>> take_all(BulkUpload& upload, net::BodyStream& body) {
    while (true) {
        auto piece = co_await body.next();
        if (!piece) co_return fail(piece.error());
        if (piece->empty()) co_return Expected<>{};
        auto const taken = co_await upload.take(std::move(*piece));
        if (!taken) co_return taken;
    }
}

Task<Expected<net::Created<BulkView>>> post_bulk(Bulks& bulks, net::Request& http, net::BodyStream& body,
                                                 Query<UploadQuery> query) {
    auto wanted = wanted_of(http, *query);
    if (!wanted) co_return fail(wanted.error());
    BulkUpload upload(bulks.store(), bulks.desk(), bulks.settings(), std::move(*wanted), bulks.clock());
    auto const begun = co_await upload.begin();
    if (!begun) co_return fail(begun.error());
    auto const taken = co_await take_all(upload, body);
    auto view = taken ? co_await upload.end() : Expected<BulkView>(fail(taken.error()));
    if (!view) {
        co_await upload.give_up();
        co_return fail(view.error());
    }
    co_return net::Created(std::move(*view));
}

struct PageQuery {
    std::size_t limit = 50;
    std::string after;
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, after))

Task<Expected<BulkPage>> get_bulks(Bulks& bulks, net::Request& http, Query<PageQuery> query) {
    auto const now = http.now();
    co_return co_await bulks.store().read(
        [&](store::Reader& reader) { return list_bulks(reader, query->after, query->limit, now); });
}

Task<Expected<BulkView>> get_bulk(Bulks& bulks, net::Request& http, BulkId id) {
    auto const now = http.now();
    co_return co_await bulks.store().read(
        [&](store::Reader& reader) { return find_bulk(reader, bulks.desk(), id, now); });
}

Task<Expected<BulkView>> put_mapping(Bulks& bulks, net::Request& http, BulkId id, Body<BulkMapping> body) {
    auto const act = people::act_of(http);
    co_return co_await bulks.store().write([&](store::Tx& tx) { return map_bulk(tx, bulks.desk(), act, id, *body); });
}

// Verbs without a body.
using Verb = Expected<BulkView> (*)(store::Tx&, people::Act const&, BulkId);
Task<Expected<BulkView>> carry_out(Bulks& bulks, net::Request& http, BulkId id, Verb verb) {
    auto const act = people::act_of(http);
    co_return co_await bulks.store().write([&](store::Tx& tx) { return verb(tx, act, id); });
}
template <Verb verb>
Task<Expected<BulkView>> post_verb(Bulks& bulks, net::Request& http, BulkId id) {
    return carry_out(bulks, http, id, verb);
}

Task<Expected<BulkView>> post_replay(Bulks& bulks, net::Request& http, BulkId id, Body<BulkReplay> body) {
    auto const act = people::act_of(http);
    co_return co_await bulks.store().write([&](store::Tx& tx) { return replay_bulk(tx, act, id, *body); });
}

Task<Expected<BulkView>> put_pace(Bulks& bulks, net::Request& http, BulkId id, Body<BulkPace> body) {
    auto const act = people::act_of(http);
    co_return co_await bulks.store().write(
        [&](store::Tx& tx) { return pace_bulk(tx, act, id, body->rows_per_second); });
}

Task<Expected<BulkView>> post_erasure(Bulks& bulks, net::Request& http, BulkId id) {
    auto const act = people::act_of(http);
    co_return co_await bulks.store().write([&](store::Tx& tx) { return erase_bulk(tx, bulks.desk(), act, id); });
}

struct RowQuery {
    std::optional<RowState> state;
    std::int64_t after = 0;
    std::size_t limit = 50;
};
BOOST_DESCRIBE_STRUCT(RowQuery, (), (state, after, limit))

Task<Expected<BulkRowPage>> get_rows(Bulks& bulks, net::Request&, BulkId id, Query<RowQuery> query) {
    co_return co_await bulks.store().read([&](store::Reader& reader) {
        return bulk_rows(reader, bulks.desk(), id, query->state, query->after, query->limit);
    });
}

struct PreviewQuery {
    std::int64_t row = 1;
};
BOOST_DESCRIBE_STRUCT(PreviewQuery, (), (row))

Task<Expected<PreviewView>> get_preview(Bulks& bulks, net::Request&, BulkId id, Query<PreviewQuery> query) {
    co_return co_await bulks.store().read(
        [&](store::Reader& reader) { return preview_row(reader, bulks.desk(), id, query->row); });
}

struct ReportQuery {
    std::optional<RowState> state;
    bool columns = false;
};
BOOST_DESCRIBE_STRUCT(ReportQuery, (), (state, columns))

Task<std::string> next_piece(Bulks& bulks, std::shared_ptr<ReportCursor> cursor) {
    auto piece = co_await bulks.store().read(
        [&](store::Reader& reader) { return next_of_report(reader, bulks.desk(), *cursor); });
    if (!piece) throw std::runtime_error(piece.error().text);  // the client sees that the answer breaks off
    co_return std::move(*piece);
}

Task<Expected<net::Response>> get_report(Bulks& bulks, net::Request& http, BulkId id, Query<ReportQuery> query) {
    auto const now = http.now();
    auto const job =
        co_await bulks.store().read([&](store::Reader& reader) { return find_bulk(reader, bulks.desk(), id, now); });
    if (!job) co_return fail(job.error());
    auto cursor = std::make_shared<ReportCursor>(ReportCursor{id, query->state, query->columns, 0, false, false});
    co_return net::attachment(net::PieceBody{[&bulks, cursor] { return next_piece(bulks, cursor); }},
                              "text/csv; charset=utf-8", to_text(id) + ".csv");
}

}  // namespace

net::Routes bulk_routes(Bulks& bulks) {
    using namespace people;
    auto const with = [&](auto handler) { return net::with(bulks, handler); };
    auto const& send = may_send_deliveries;
    auto const& read = may_read_deliveries;
    net::RouteOptions const file{.body_limit = bulks.settings().most_bytes,
                                 .deadline = std::chrono::seconds(60),
                                 .body_deadline = std::chrono::hours(6),
                                 .accepts = {"text/csv", "application/x-ndjson", "application/jsonl"}};
    return {
        net::post<"/v1/bulk">(send, "Upload a file of rows, CSV or JSON lines", with(post_bulk), file),
        net::get<"/v1/bulk">(read, "Jobs, newest first", with(get_bulks)),
        net::get<"/v1/bulk/{id}">(read, "One job: columns, first rows, counts, rate, estimated end", with(get_bulk)),
        net::put<"/v1/bulk/{id}/mapping">(send, "Say which column goes where", with(put_mapping)),
        net::post<"/v1/bulk/{id}/dry-run">(send, "Look at every row and send nothing", with(post_verb<check_bulk>)),
        net::get<"/v1/bulk/{id}/preview">(read, "The letter of one row", with(get_preview)),
        net::post<"/v1/bulk/{id}/start">(send, "Make a notice of each row", with(post_verb<start_bulk>)),
        net::post<"/v1/bulk/{id}/pause">(send, "Stop between two rows", with(post_verb<pause_bulk>)),
        net::post<"/v1/bulk/{id}/resume">(send, "Go on with the next row", with(post_verb<resume_bulk>)),
        net::post<"/v1/bulk/{id}/cancel">(send, "Stop for good", with(post_verb<cancel_bulk>)),
        net::post<"/v1/bulk/{id}/replay">(send, "Carry out again the rows that failed, alone", with(post_replay)),
        net::put<"/v1/bulk/{id}/pace">(send, "How many rows a second at most", with(put_pace)),
        net::post<"/v1/bulk/{id}/erasure">(send, "Erase the file", with(post_erasure)),
        net::get<"/v1/bulk/{id}/rows">(read, "What became of rows", with(get_rows)),
        net::get<"/v1/bulk/{id}/report">(read, "What became of each row, as CSV", with(get_report),
                                         {.kind = net::Kind::file}),
    };
}

}  // namespace rapport::notice
