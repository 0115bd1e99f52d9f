// Batches of old mails: taken apart, read and sealed before the transaction, and told to the journal conversation by
// conversation.
#include <algorithm>
#include <map>

#include "channels/email/dsn.hpp"
#include "conversation/import/import_rows.hpp"
#include "conversation/import/old_mail.hpp"
#include "conversation/intake.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

namespace email = channels::email;

constexpr std::size_t longest_frame = 1000;
constexpr auto least_time = std::chrono::sys_days(std::chrono::year(1980) / 1 / 1);

std::unexpected<Error> wrong_batch(std::string rule) {
    return fail(ErrorKind::invalid, "invalid_fields", "The batch cannot be read.",
                {{"", std::move(rule), "before each mail a line of JSON with its size, then its octets"}});
}

// The mail's own date, unless it is one that cannot be; else what the mailbox says.
Time time_of(ImportFrame const& frame, std::optional<Time> own, Time now) {
    auto const good = [&](std::optional<Time> at, Time latest) { return at && *at >= least_time && *at <= latest; };
    auto const latest = frame.at ? std::min(now, *frame.at + std::chrono::hours(24)) : now;
    if (good(own, latest)) return *own;
    return good(frame.at, now) ? *frame.at : now;
}

std::shared_ptr<PreparedOldMail const> prepare(Office const& office, OldMail const& old, Time now) {
    auto out = std::make_shared<PreparedOldMail>();
    out->frame = old.frame;
    auto const mail = email::read_mime(old.raw);
    post::Arrived arrived;
    arrived.raw = old.raw;
    arrived.mail = mail ? &*mail : nullptr;
    if (!mail) arrived.trouble = mail.error().text;
    if (mail) {
        auto path = std::string(trimmed(email::field(mail->fields, "Return-Path")));
        std::erase_if(path, [](char c) { return c == '<' || c == '>'; });
        bool const has_path = !email::field(mail->fields, "Return-Path").empty();
        arrived.sender = has_path || mail->from.empty() ? path : mail->from.front().address;
        if (auto const thread = trimmed(email::field(mail->fields, "X-GM-THRID"));
            !thread.empty() && thread.size() < 40)
            out->gmail_thread = "<" + std::string(thread) + "@x-gm-thrid>";
    }
    out->envelope_sender = email::shown(arrived.sender, 320);
    out->at = time_of(old.frame, mail ? mail->date : std::nullopt, now);
    out->essence = essence_of(office, arrived);
    auto& reading = out->reading = reading_of(arrived, out->trouble);
    auto words = words_from(reading);
    words.trouble = out->trouble;
    out->message = prepare_message(office, std::move(words), reading.text, reading.html);
    auto& row = out->message.row;
    row.direction = Direction::in;
    row.state = MessageState::received;
    row.at = out->at;
    row.automatic = reading.automatic;
    take_pieces(office, reading, out->message);
    reading.text = preview_of(std::string_view(reading.text).substr(0, reading.own));
    reading.html.clear();
    out->raw = post::prepare_past_mail(office.keyring, office.blobs, old.raw);
    return out;
}

struct Told {
    boost::json::array messages, took_in;
};

void count(ImportCounts& counts, Landed const& landed, PreparedOldMail const& mail) {
    ++counts.mails;
    if (landed.as == Landed::As::duplicate) {
        ++counts.duplicates;
        return;
    }
    ++(landed.as == Landed::As::sent ? counts.sent : counts.received);
    counts.unreadable += mail.trouble.empty() ? 0 : 1;
    counts.conversations += landed.opened ? 1 : 0;
    counts.customers += landed.customer_made ? 1 : 0;
}

}  // namespace

Expected<std::vector<OldMail>> read_batch(ByteView body) {
    std::vector<OldMail> out;
    while (!body.empty()) {
        if (out.size() == most_imported_at_once)
            return wrong_batch("at most " + std::to_string(most_imported_at_once) + " mails");
        auto const end = body.substr(0, longest_frame).find('\n');
        if (end == ByteView::npos) return wrong_batch("must have a line before each mail");
        auto frame = json::decode<ImportFrame>(body.substr(0, end));
        if (!frame) return fail(frame.error());
        body.remove_prefix(end + 1);
        if (frame->size < 0 || static_cast<std::size_t>(frame->size) > body.size())
            return wrong_batch("must have as many octets as its line says");
        out.push_back({*frame, Bytes(body.substr(0, static_cast<std::size_t>(frame->size)))});
        body.remove_prefix(static_cast<std::size_t>(frame->size));
    }
    return out;
}

PreparedOldMails prepare_old_mails(Office const& office, std::vector<OldMail> const& mails, Time now) {
    PreparedOldMails out;
    for (auto const& one : mails) out.push_back(prepare(office, one, now));
    return out;
}

Expected<ImportStep> take_old_mails(store::Tx& tx, Office const& office, Act const& act, ImportId id,
                                    std::string_view from, std::string_view to,
                                    std::span<std::shared_ptr<PreparedOldMail const> const> mails,
                                    std::vector<ImportTrouble> const& troubles) {
    lock_thing(tx, id.value);
    auto row = tx.one<ImportRow>(sql::find_import, id);
    if (!row) return fail(no_such_import());
    if (row->position == to && from != to) return ImportStep{view_of(*row), {}};  // its answer was lost
    if (row->state != ImportState::running)
        return fail(ErrorKind::conflict, "state_does_not_allow", "This import is finished: begin it again.");
    if (row->position != from)
        return fail(ErrorKind::conflict, "position_differs",
                    "The import stands elsewhere: somebody else brings the same mailbox in.");
    auto const mailbox = find_mailbox(tx, row->mailbox);
    if (!mailbox) return fail(ErrorKind::conflict, "mailbox_not_found", "The import's mailbox is not there any more.");
    auto const view = view_of(*row);
    OldMails const common{office, act, id, *mailbox, row->source, view.sent, view.leave, view.labels};
    auto counts = view.counts;
    std::map<ConversationId, Told> told;
    for (auto const& mail : mails) {
        auto const landed = land(tx, common, *mail);
        count(counts, landed, *mail);
        if (!landed.message) continue;
        auto& one = told[landed.conversation];
        one.messages.emplace_back(to_text(landed.message));
        if (landed.took_in) one.took_in.emplace_back(to_text(*landed.took_in));
    }
    counts.failed += static_cast<std::int64_t>(troubles.size());
    counts.mails += static_cast<std::int64_t>(troubles.size());
    for (auto& [conversation, what] : told)
        if (auto const at = find_row(tx, holder_of(tx, conversation))) {
            json::Object data{{"import", to_text(id)}, {"messages", std::move(what.messages)}};
            if (!what.took_in.empty()) data["took_in"] = std::move(what.took_in);
            tell(tx, *at, "conversation.imported", act.actor, act.now, std::move(data));
        }
    row->position = to;
    row->changed_at = act.now;
    put(tx, *row, counts);
    return ImportStep{view_of(*row), troubles};
}

Expected<ImportCounts> judge_old_mails(store::Reader& reader, Office const&, NewImport const& wanted,
                                       PreparedOldMails const& mails) {
    if (!find_mailbox(reader, wanted.mailbox)) return fail(no_such_mailbox());
    ImportCounts counts;
    for (auto const& mail : mails) {
        Landed landed;
        landed.as = is_here(reader, *mail).known                             ? Landed::As::duplicate
                    : is_of_ours(reader, wanted.sent.value_or(false), *mail) ? Landed::As::sent
                                                                             : Landed::As::received;
        count(counts, landed, *mail);
    }
    return counts;
}

}  // namespace rapport::conversation
