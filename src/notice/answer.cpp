// Answers: the links of a letter that asks to confirm or to cancel. The last answer before the deadline counts.
#include "base/crypto.hpp"
#include "notice/row.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

constexpr std::size_t id_octets = 8, secret_octets = 24;

Error no_such_link() { return {ErrorKind::not_found, "not_found", "There is nothing at this address.", {}, 0}; }

AnswerSheet sheet_of(store::Reader& reader, Desk const& desk, NoticeRow const& row) {
    AnswerSheet sheet{row.id,        row.kind,   row.locale,      {},
                      row.reference, row.answer, row.answered_at, row.answer_until.value_or(row.created_at)};
    if (row.delivery) {
        DeliveryId const one[] = {*row.delivery};
        auto const found = delivery::summaries(reader, desk.office, one);
        if (!found.empty()) sheet.subject = found.front().subject.value_or("");
    }
    return sheet;
}

}  // namespace

std::string new_answer_token(NoticeId id) {
    auto number = static_cast<std::uint64_t>(id.value);
    Bytes token = random_bytes(id_octets + secret_octets);
    for (std::size_t i = id_octets; i-- > 0; number >>= 8) token[i] = static_cast<char>(number & 0xff);
    return to_base64url(token);
}

std::optional<NoticeRow> find_by_token(store::Reader& reader, std::string_view token) {
    auto const bytes = from_base64url(token);
    if (!bytes || bytes->size() != id_octets + secret_octets) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < id_octets; ++i) number = number << 8 | static_cast<unsigned char>((*bytes)[i]);
    auto row = reader.one<NoticeRow>(sql::find_notice, NoticeId{static_cast<std::int64_t>(number)});
    if (!row || !row->token_hash || !equal_in_constant_time(row->token_hash->view(), sha256(token).view()))
        return std::nullopt;
    return row;
}

Expected<AnswerSheet> look_at_answer(store::Reader& reader, Desk const& desk, std::string_view token, Time) {
    auto const row = find_by_token(reader, token);
    if (!row) return fail(no_such_link());
    return sheet_of(reader, desk, *row);
}

Expected<AnswerSheet> answer(store::Tx& tx, Desk const& desk, std::string_view token, Answer wanted, Time now) {
    auto row = find_by_token(tx, token);
    if (!row) return fail(no_such_link());
    if (row->answer == wanted) return sheet_of(tx, desk, *row);
    if (now >= row->answer_until.value_or(now))
        return fail(ErrorKind::gone, "answer_late", "The time to answer is over.");
    if (tx.changed(sql::set_answer, row->id, wanted, now) == 0) {  // the same answer at the same moment
        row = find_by_token(tx, token);
        return sheet_of(tx, desk, *row);
    }
    store::Event event;
    event.at = now;
    event.kind = "notice.answered";
    event.subject = to_text(row->id);
    if (row->customer) event.customer = row->customer->value;
    event.actor_kind = ActorKind::recipient;
    event.actor_id = row->customer ? row->customer->value : 0;
    event.data["answer"] = json::enum_name(wanted);
    if (row->answer) event.data["instead_of"] = json::enum_name(*row->answer);
    event.data["kind"] = row->kind;
    if (row->reference) event.data["reference"] = *row->reference;
    if (row->delivery) event.data["delivery"] = to_text(*row->delivery);
    tx.publish(std::move(event));
    row->answer = wanted;
    row->answered_at = now;
    return sheet_of(tx, desk, *row);
}

}  // namespace rapport::notice
