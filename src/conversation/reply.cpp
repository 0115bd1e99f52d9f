// Planning and writing of answers and notes.
#include "conversation/reply.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "channels/email/dsn.hpp"
#include "conversation/field_values.hpp"
#include "conversation/html.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/reading.hpp"
#include "conversation/scanning/scanner.hpp"
#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t references_kept = 20;  // of a long thread its first and its last ones
constexpr std::int64_t parents_looked_at = 20;

std::unexpected<Error> wrong(std::string pointer, std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

struct Body {
    std::string text, html;
    std::size_t own = text.size(), own_html = html.size();  // before the signature
};

Expected<Body> body_of(std::optional<MessageText> const& text, std::optional<std::string> const& html) {
    if (html && html->size() > most_html / 4)
        return wrong("/html", "The text is too long.", "at most " + std::to_string(most_html / 4) + " octets",
                     "shorten it, or attach it as a file");
    Body body{text ? text->value : std::string(), html ? safe_html(*html) : std::string()};
    if (trimmed(body.text).empty() && !body.html.empty()) body.text = text_of_html(body.html);
    body.own = body.text.size();
    if (trimmed(body.text).empty())
        return wrong("/text", "The message is empty.", "must say something", "write it, or leave it");
    return body;
}

// RFC 3676 §4.3: a signature begins with "-- " on a line of its own.
void sign(Body& body, MailboxRow const& mailbox, Locale locale) {
    auto const* found = mailbox.signatures.if_contains(to_text(locale));
    if (!found) found = mailbox.signatures.if_contains(to_text(mailbox.locale));
    if (!found || !found->is_string()) return;
    std::string_view const signature = found->get_string();
    body.text.append("\n\n-- \n").append(signature);
    if (!body.html.empty()) body.html += "<div>-- <br></div>" + html_of_text(signature);
}

Expected<> check_recipients(std::vector<EmailAddress>& to, std::vector<EmailAddress>& cc) {
    std::vector<std::string> seen;
    for (auto* list : {&to, &cc})
        std::erase_if(*list, [&](EmailAddress const& one) {
            auto folded = ascii_lower(one.value);
            bool const again = std::ranges::find(seen, folded) != seen.end();
            if (!again) seen.push_back(std::move(folded));
            return again;
        });
    if (to.empty()) return wrong("/to", "The mail goes to nobody.", "must name somebody", "say whom it goes to");
    if (seen.size() <= most_recipients) return {};
    return wrong("/cc", "The mail goes to too many people.", "at most " + std::to_string(most_recipients) + " in all",
                 "leave some out");
}

std::vector<EmailAddress> addresses_from(std::vector<std::string> const& texts) {
    std::vector<EmailAddress> out;
    for (auto const& text : texts)
        if (EmailAddress address; from_text(text, address)) out.push_back(std::move(address));
    return out;
}

std::vector<MailAddress> shown(std::vector<EmailAddress> const& addresses) {
    std::vector<MailAddress> out;
    for (auto const& one : addresses) out.push_back({"", one.value});
    return out;
}

struct Thread {
    std::string in_reply_to;
    std::vector<std::string> references;
};

// RFC 5322 §3.6.4: the parent's References and the parent.
Thread thread_of(store::Reader& reader, Office const& office, ConversationId id) {
    Thread thread;
    for (auto const& row : reader.all<MessageRow>(sql::last_mails, id, parents_looked_at)) {
        auto const words = words_of(office, row);
        if (!words || words->message_id.empty()) continue;
        thread.in_reply_to = words->message_id;
        thread.references = words->references;
        std::erase(thread.references, words->message_id);
        thread.references.push_back(words->message_id);
        break;
    }
    auto& ids = thread.references;
    if (ids.size() > references_kept)
        ids.erase(ids.begin() + 1, ids.end() - static_cast<std::ptrdiff_t>(references_kept - 1));
    return thread;
}

// The row of an answer or a note, before it is sealed.
PlannedMessage planned(Office const& office, Act const& act, MessageKind kind, Words words, Body const& body,
                       std::optional<Text<1, 100>> const& key) {
    words.own = static_cast<std::int64_t>(body.own);
    words.own_html = static_cast<std::int64_t>(body.own_html);
    words.name = act.actor.kind == ActorKind::agent ? std::string() : act.actor.name;
    PlannedMessage out;
    out.kind = kind;
    out.message = prepare_message(office, std::move(words), body.text, body.html);
    auto& row = out.message.row;
    row.direction = kind == MessageKind::note ? Direction::note : Direction::out;
    row.state = kind == MessageKind::note ? MessageState::noted : MessageState::queued;
    row.at = act.now;
    row.author_kind = act.actor.kind;
    row.author_id = act.actor.id;
    if (key) row.client_key = key->value;
    if (kind == MessageKind::reply) row.leaves_at = act.now + office.settings.undo;
    return out;
}

Expected<> take_attachments(store::Reader& reader, Office const& office, Act const& act,
                            std::vector<AttachmentId> const& ids, PlannedMessage& out) {
    if (ids.size() > most_attachments)
        return wrong("/attachments", "There are too many attachments.", "at most " + std::to_string(most_attachments),
                     "leave some out");
    auto const rows = uploads_of(reader, office, act.actor, ids);
    if (!rows) return fail(rows.error());
    for (auto const id : ids)
        if (auto const scan = scan_of(reader, id); scan && scan->finding == ScanFinding::infected)
            return fail(infected(*scan));
    out.attachments = ids;
    out.message.row.attachments = static_cast<std::int64_t>(ids.size());
    return {};
}

Expected<MailboxRow> mailbox_for(store::Reader& reader, MailboxId id) {
    auto mailbox = find_mailbox(reader, id);
    if (mailbox && !mailbox->retired_at) return std::move(*mailbox);
    return wrong("/mailbox", "No mail leaves from this mailbox.", "must be a mailbox that is in use",
                 "choose another one");
}

// Where an answer goes.
struct Addressed {
    Words words;
    std::vector<EmailAddress> to, cc;
    std::optional<MailboxRow> signed_by;
    std::optional<Channel> channel;  // that brings it; else it leaves as letters
};

// The conversation's channel brings it, or the one that the customer wrote on last (chat that was merged into mail).
std::optional<Channel> carrier_of(store::Reader& reader, Office const& office, ConversationRow const& row,
                                  NewMessage const& wanted) {
    if (wanted.to || wanted.cc || office.carriers.empty()) return std::nullopt;
    if (office.carriers.contains(row.channel)) return row.channel;
    auto const last = reader.one<MessageRow>(sql::last_heard, row.id);
    return last && office.carriers.contains(last->channel) ? std::optional(last->channel) : std::nullopt;
}

Expected<Addressed> address(store::Reader& reader, Office const& office, ConversationRow const& row,
                            NewMessage const& wanted) {
    auto mailbox = mailbox_for(reader, row.mailbox);
    if (!mailbox) return fail(mailbox.error());
    auto const usual = reply_to(reader, office, row, cover_of(office, row));
    Addressed out;
    out.words.subject = wanted.subject ? wanted.subject->value : usual.subject;
    out.words.from = {mailbox->name, mailbox->address.value};
    out.words.locale = row.locale;
    out.channel = carrier_of(reader, office, row, wanted);
    if (out.channel) return out;
    out.to = wanted.to ? *wanted.to : addresses_from(usual.to);
    out.cc = wanted.cc ? *wanted.cc : wanted.to ? std::vector<EmailAddress>() : addresses_from(usual.cc);
    if (auto const good = check_recipients(out.to, out.cc); !good) return fail(good.error());
    auto thread = thread_of(reader, office, row.id);
    out.words.to = shown(out.to);
    out.words.cc = shown(out.cc);
    out.words.in_reply_to = std::move(thread.in_reply_to);
    out.words.references = std::move(thread.references);
    out.signed_by = std::move(*mailbox);
    return out;
}

}  // namespace

Expected<PlannedMessage> plan_message(store::Reader& reader, Office const& office, Act const& act, ConversationId id,
                                      NewMessage const& wanted) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_conversation());
    if (!row->wrapped_key) return fail(content_erased());
    bool const is_note = wanted.kind == MessageKind::note;
    if (is_note && (wanted.to || wanted.cc || wanted.subject || wanted.then))
        return wrong("/kind", "A note goes to nobody.", "has no to, cc, subject and then", "leave them out");
    if (wanted.then && *wanted.then != State::open && *wanted.then != State::pending && *wanted.then != State::resolved)
        return wrong("/then", "This cannot follow an answer.", "must be open, pending or resolved", "leave it out");
    if (!is_note && !transition(row->state, Verb::answer)) return fail(not_allowed(row->state, Verb::answer));
    if (is_note && row->state == State::merged) return fail(not_allowed(row->state, Verb::answer));
    auto body = body_of(wanted.text, wanted.html);
    if (!body) return fail(body.error());

    auto addressed = is_note ? Expected<Addressed>(Addressed{}) : address(reader, office, *row, wanted);
    if (!addressed) return fail(addressed.error());
    if (addressed->signed_by) sign(*body, *addressed->signed_by, row->locale);
    auto out = planned(office, act, wanted.kind, std::move(addressed->words), *body, wanted.key);
    if (addressed->channel) {
        out.carried = true;
        out.message.row.channel = *addressed->channel;
        out.message.row.state = MessageState::sent;
        out.message.row.leaves_at.reset();  // the customer may be reading it already: nothing to take back
    } else if (!is_note) {
        out.message.words.message_id =
            office.tokens.message_id(out.message.row.id, EmailAddress{out.message.words.from.address}.domain());
    }
    out.conversation = id;
    out.to = std::move(addressed->to);
    out.cc = std::move(addressed->cc);
    out.then = wanted.then;
    if (!is_note) out.seen = wanted.seen;
    if (auto const good = take_attachments(reader, office, act, wanted.attachments, out); !good)
        return fail(good.error());
    return out;
}

Expected<PlannedMessage> plan_conversation(store::Reader& reader, Office const& office, Act const& act,
                                           NewConversation const& wanted) {
    auto const mailbox = mailbox_for(reader, wanted.mailbox);
    if (!mailbox) return fail(mailbox.error());
    auto to = wanted.to, cc = wanted.cc;
    if (auto const good = check_recipients(to, cc); !good) return fail(good.error());
    auto body = body_of(wanted.text, wanted.html);
    if (!body) return fail(body.error());
    auto const known = people::customer_of_address(reader, to.front());
    auto const customer = known ? people::find_customer(reader, *known) : std::nullopt;
    auto const locale = wanted.locale.value_or(customer ? customer->locale : mailbox->locale);
    sign(*body, *mailbox, locale);
    Words words;
    words.subject = wanted.subject.value;
    words.from = {mailbox->name, mailbox->address.value};
    words.to = shown(to);
    words.cc = shown(cc);
    words.locale = locale;
    auto out = planned(office, act, MessageKind::reply, std::move(words), *body, wanted.key);
    out.message.words.message_id = office.tokens.message_id(out.message.row.id, mailbox->address.domain());
    out.customer_name = wanted.name ? wanted.name->value : std::string();
    auto const agent = act.actor.kind == ActorKind::agent ? std::optional(AgentId{act.actor.id}) : std::nullopt;
    Opening opening{known, mailbox->id, mailbox->team, agent, locale};
    opening.state = State::pending;
    opening.waits = false;
    auto const name = !out.customer_name.empty() ? out.customer_name : customer ? customer->name : std::string();
    opening.cover = {wanted.subject.value, "", name.empty() ? to.front().value : name};
    out.opening = std::move(opening);
    out.to = std::move(to);
    out.cc = std::move(cc);
    if (auto const good = take_attachments(reader, office, act, wanted.attachments, out); !good)
        return fail(good.error());
    return out;
}

namespace {

// Each recipient gets a copy with a reply address of their own.
void send_letters(store::Tx& tx, PlannedMessage const& planned, ConversationRow const& row, Time now) {
    auto const send = [&](EmailAddress const& to, Role role) {
        auto const participant = participant_for(tx, row.id, to, role, now);
        json::Object data;
        if (participant) data["participant"] = to_text(*participant);
        post::Letter letter{to_text(planned.message.row.id), "reply", to, row.locale, "", std::move(data)};
        letter.not_before = planned.message.row.leaves_at;
        post::enqueue(tx, letter, now);
    };
    for (auto const& to : planned.to) send(to, Role::recipient);
    for (auto const& cc : planned.cc) send(cc, Role::copied);
}

Expected<ConversationRow> conversation_for(store::Tx& tx, Office const& office, Act const& act,
                                           PlannedMessage const& planned) {
    if (!planned.opening) {
        auto row = lock_row(tx, planned.conversation);
        if (!row) return fail(no_such_conversation());
        if (!row->wrapped_key) return fail(content_erased());
        return std::move(*row);
    }
    auto opening = *planned.opening;
    opening.customer =
        people::customer_for(tx, planned.to.front(), planned.customer_name, opening.locale, act.now, act.actor);
    return open_conversation(tx, office, act.actor, opening, act.now);
}

Expected<> follow(store::Reader& reader, Office const& office, ConversationRow& after, PlannedMessage const& planned,
                  Time now) {
    if (planned.kind == MessageKind::note) return {};
    if (auto const moved = move(after, Verb::answer, now); !moved) return moved;
    if (planned.then == State::resolved) {
        if (auto const whole = check_required(reader, office, after); !whole) return whole;
        return move(after, Verb::resolve, now);
    }
    if (planned.then == State::open) return move(after, Verb::reopen, now);
    return {};
}

}  // namespace

Expected<MessageId> write_message(store::Tx& tx, Office const& office, Act const& act, PlannedMessage const& planned) {
    auto row = planned.message.row;
    if (row.client_key) {
        auto const made = tx.one<MessageRow>(sql::message_of_key, row.author_kind, row.author_id, *row.client_key);
        if (made && !planned.opening && made->conversation != planned.conversation &&
            made->origin != planned.conversation)
            return fail(ErrorKind::conflict, "key_reused", "This key was used for a message of another conversation.");
        if (made) return made->id;
    }
    auto const before = conversation_for(tx, office, act, planned);
    if (!before) return fail(before.error());
    if (planned.seen)
        if (auto const since = written_since(tx, before->id, *planned.seen, act.actor); !since.empty())
            return fail(answered_meanwhile(tx, office, since));
    auto after = *before;
    if (auto const moved = follow(tx, office, after, planned, act.now); !moved) return fail(moved.error());
    after.last_at = std::max(before->last_at, act.now);
    ++after.messages;
    bool const is_note = planned.kind == MessageKind::note;
    if (!is_note) {
        auto cover = cover_of(office, *before);
        auto const& words = planned.message.words;
        cover.preview = preview_of(std::string_view(words.text).substr(0, static_cast<std::size_t>(words.own)));
        set_cover(office, after, cover);
    }
    row.conversation = row.origin = before->id;
    keep_message(tx, office, planned.message, row, planned.message.words);
    for (std::size_t i = 0; i < planned.attachments.size(); ++i)
        if (tx.changed(sql::attach, planned.attachments[i], row.id, i) != 1)
            return fail(ErrorKind::conflict, "attachment_not_found",
                        "An attachment was sent already. Upload it again.");
    for (auto const id : planned.attachments) tell_found(tx, *before, id, act.now);
    if (planned.carried)
        office.carriers.at(row.channel)(tx, {before->id, row.id, act.now});
    else if (!is_note)
        send_letters(tx, planned, *before, act.now);
    commit(tx, *before, after, act.now, &row);
    tell(tx, after, is_note ? "message.noted" : "message.sent", act.actor, act.now,
         {{"message", to_text(row.id)}, {"channel", json::enum_name(row.channel)}});
    if (before->state != after.state && after.state == State::resolved)
        tell(tx, after, "conversation.resolved", act.actor, act.now, {{"from", json::enum_name(before->state)}});
    return row.id;
}

// Its letters are cancelled, its words are destroyed and come back as the agent's draft. A note has no letters and
// nothing follows from it.
Expected<> take_back(store::Tx& tx, Office const& office, Act const& act, MessageId id, Afterwards afterwards) {
    auto const row = find_message_row(tx, id);
    bool const own = row && row->author_kind == act.actor.kind && row->author_id == act.actor.id;
    bool const is_note = row && row->direction == Direction::note;
    if (!own || row->direction == Direction::in || row->state == MessageState::withdrawn ||
        (is_note && afterwards == Afterwards::draft))
        return fail(ErrorKind::not_found, "not_found", "There is no such message of yours.");
    if (!row->leaves_at && !is_note)
        return fail(ErrorKind::conflict, "already_left", "The customer may have read it; it cannot be taken back.");
    auto const before = lock_row(tx, row->conversation);
    for (auto const& letter : post::letters_of(tx, to_text(id)))
        if (!post::cancel(tx, letter.id, act.now))
            return fail(ErrorKind::conflict, "already_left", "The message is on its way; it cannot be taken back.");
    auto const words = words_of(office, *row);
    if (!words || !before) return fail(content_erased());
    // What was written; the signature comes again when it is sent again.
    auto const written = [](std::string text, std::int64_t octets) {
        if (octets >= 0 && static_cast<std::size_t>(octets) < text.size())
            text.resize(static_cast<std::size_t>(octets));
        return text;
    };
    auto text = row->text_blob ? text_of(tx, office, *row).value_or("") : words->text;
    DraftWords draft{{written(std::move(text), words->own)}, "", {}, {}, words->subject, {}};
    if (row->html_blob)
        if (auto html = html_of(tx, office, id)) draft.html = written(std::move(*html), words->own_html.value_or(-1));
    for (auto const& one : words->to) draft.to.push_back(one.address);
    for (auto const& one : words->cc) draft.cc.push_back(one.address);
    for (auto const& file : attachments_of(tx, id)) draft.attachments.push_back(file.id);
    tx.exec(sql::detach, id, act.actor.kind, act.actor.id, act.now + office.settings.keep_uploads);
    tx.exec(sql::withdraw_message, id);
    tx.exec(sql::delete_references, id);
    for (auto const& blob : {row->text_blob, row->html_blob})
        if (blob) office.blobs.drop(tx, *blob);
    if (act.actor.kind == ActorKind::agent && afterwards == Afterwards::draft)
        put_back(tx, office, act, row->conversation, draft);
    auto after = *before;
    --after.messages;
    if (auto const heard = tx.one<MessageRow>(sql::last_heard, row->conversation);
        heard && after.state == State::pending && !is_note) {
        if (auto const moved = move(after, Verb::reopen, act.now); moved) after.waiting_since = heard->at;
    }
    auto gone = *row;
    gone.state = MessageState::withdrawn;
    commit(tx, *before, after, act.now, &gone);
    tell(tx, after, "message.withdrawn", act.actor, act.now, {{"message", to_text(id)}});
    return {};
}

}  // namespace rapport::conversation
