// One old mail becomes a message: in the conversation that its references name if it comes from, or went to, whoever
// takes part there, in whatever order mails are brought in; else it begins one.
#include <algorithm>

#include "base/text.hpp"
#include "conversation/import/old_mail.hpp"
#include "conversation/intake.hpp"
#include "conversation/match.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"
#include "people/imported.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t references_learnt = 10;

std::vector<MailAddress> strangers_of(store::Reader& reader, Reading const& mail) {
    std::vector<MailAddress> out;
    for (auto const* list : {&mail.to, &mail.cc})
        for (auto const& one : *list)
            if (EmailAddress address; from_text(one.address, address) && !is_ours(reader, address)) out.push_back(one);
    return out;
}

bool all_is_past(store::Reader& reader, ConversationId id) { return !reader.one<MessageId>(sql::lives, id); }

class Landing {
  public:
    Landing(store::Tx& tx, OldMails const& mails, PreparedOldMail const& mail)
        : tx_(tx), office_(mails.office), mails_(mails), mail_(mail), message_(mail.message) {}

    Landed write() {
        if (auto const here = is_here(tx_, mail_); here.known) return show_here(here.message);
        is_sent_ = is_of_ours(tx_, mails_.sent, mail_);
        claim_ = claim_of(tx_, mail_.reading);
        take_number();
        if (!mail_.essence.empty()) tx_.exec(sql::insert_arrival, "mail", mail_.essence, message_.row.id);
        find_customer();
        find_conversation();
        auto row = out_.conversation ? lock_row(tx_, out_.conversation) : std::nullopt;
        if (!row || !row->wrapped_key) row = begin();
        add_to(*row);
        out_.as = is_sent_ ? Landed::As::sent : Landed::As::received;
        return out_;
    }

  private:
    Landed show_here(std::optional<MessageId> id) {
        auto const message = id ? find_message_row(tx_, *id) : std::nullopt;
        auto const row = message ? lock_row(tx_, message->conversation) : std::nullopt;
        if (row && row->wrapped_key) place(tx_, *row, mails_.mailbox.id);
        return {Landed::As::duplicate};
    }

    // Messages stand in the order of their numbers: these are of the mail's own time, before all that is written here.
    void take_number() {
        auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(mail_.at.time_since_epoch()).count();
        constexpr int beside = 24;
        auto id = std::max<std::int64_t>(seconds, 1) << beside |
                  (message_.row.id.value ^ message_.row.id.value >> 22) % (std::int64_t{1} << beside);
        while (find_message_row(tx_, MessageId{id})) ++id;
        message_.row.id = MessageId{id};
        for (auto& file : message_.files) file.row.message = message_.row.id;
    }

    // Invariant 2, and: a program that nobody knows is no customer.
    void find_customer() {
        auto const& reading = mail_.reading;
        EmailAddress address;
        std::string name;
        if (is_sent_) {
            strangers_ = strangers_of(tx_, reading);
            from_text(strangers_.front().address, address);
            name = strangers_.front().name;
        } else if (reading.sender && !claim_) {
            address = *reading.sender;
            name = reading.from.name;
        } else {
            return;
        }
        if (reading.automatic && !is_sent_) {
            customer_ = people::customer_of_address(tx_, address);
        } else {
            auto const made = people::imported_customer_for(tx_, address, name, mails_.mailbox.locale, mails_.act.now,
                                                            mails_.act.actor);
            customer_ = made.id;
            out_.customer_made = made.made;
        }
        if (customer_) lock_thing(tx_, customer_->value);
    }

    // What it names, and what names it: replies may have been brought in before what they answer.
    void find_conversation() {
        auto named = mail_.reading;
        if (mail_.gmail_thread) named.references.push_back(*mail_.gmail_thread);
        Reading naming;
        naming.sender = mail_.reading.sender;
        if (!mail_.reading.message_id.empty()) naming.in_reply_to = {mail_.reading.message_id};
        if (is_sent_) {
            out_.conversation = with_strangers(named).value_or(ConversationId{});
            join(with_strangers(naming));
            return;
        }
        match_ = match(tx_, office_, named, "", !claim_);
        out_.conversation = match_.conversation.value_or(ConversationId{});
        if (naming.in_reply_to.empty()) return;
        auto const other = match(tx_, office_, naming, "", !claim_);
        if (!match_.conversation && other.conversation) match_ = other;
        join(other.conversation);
    }

    std::optional<ConversationId> with_strangers(Reading const& reading) {
        auto ids = reading.in_reply_to;
        ids.insert(ids.end(), reading.references.rbegin(), reading.references.rend());
        for (auto const& id : ids)
            for (auto const& one : strangers_) {
                auto const found =
                    tx_.all<ConversationId>(sql::past_referred, reference_digest(id), ascii_lower(one.address));
                if (!found.empty()) return holder_of(tx_, found.front());
            }
        return std::nullopt;
    }

    // Two beginnings of one thread, both brought in, become one.
    void join(std::optional<ConversationId> other) {
        if (!other || *other == out_.conversation) return;
        if (!out_.conversation) {
            out_.conversation = *other;
            return;
        }
        if (!all_is_past(tx_, *other) || !all_is_past(tx_, out_.conversation)) return;
        if (merge_rows(tx_, *other, out_.conversation, mails_.act.now)) out_.took_in = *other;
    }

    ConversationRow begin() {
        auto const customer = customer_ ? people::find_customer(tx_, *customer_) : std::nullopt;
        Opening opening{
            customer_, mails_.mailbox.id, mails_.mailbox.team, {}, customer ? customer->locale : mails_.mailbox.locale};
        opening.state = State::resolved;
        opening.waits = false;
        opening.told = false;
        opening.cover = {mail_.reading.subject, "", shown_name()};
        auto row = open_conversation(tx_, office_, mails_.act.actor, opening, mail_.at);
        match_ = {};
        match_.why = "It was brought in from an old mailbox, and names no conversation here: it began one.";
        out_.conversation = row.id;
        out_.opened = true;
        return row;
    }

    std::string shown_name() const {
        auto const& who = is_sent_ ? strangers_.front() : mail_.reading.from;
        return who.name.empty() ? who.address : who.name;
    }

    void add_to(ConversationRow const& before) {
        auto after = before;
        bool const past = out_.opened || all_is_past(tx_, before.id);
        ++after.messages;
        after.last_at = out_.opened ? mail_.at : std::max(before.last_at, mail_.at);
        after.opened_at = std::min(before.opened_at, mail_.at);
        set_words(before, after);
        write_message(before);
        place(tx_, before, mails_.mailbox.id);
        if (past) set_state(before, after);
        commit_past(tx_, before, after, mails_.act.now);
        for (auto const id : mails_.labels) label(tx_, after, id);
    }

    void set_words(ConversationRow const& before, ConversationRow& after) {
        auto cover = cover_of(office_, before);
        if (mail_.at >= before.last_at || out_.opened) cover.preview = mail_.reading.text;
        if (mail_.at < before.opened_at && !mail_.reading.subject.empty()) cover.subject = mail_.reading.subject;
        if (!is_sent_ && !claim_ && (mail_.at >= before.last_at || cover.name.empty())) cover.name = shown_name();
        set_cover(office_, after, cover);
    }

    // By the table, as if it had happened then.
    void set_state(ConversationRow const& before, ConversationRow& after) {
        bool const heard = !is_sent_ && !mail_.reading.automatic;
        bool const last = out_.opened || mail_.at >= before.last_at;
        if (mail_.frame.flagged.value_or(false)) after.priority = std::max(after.priority, Priority::high);
        if (mails_.leave == ImportLeave::open && last) {
            auto const verb = is_sent_ || !heard ? Verb::wait : Verb::hear;
            if (auto const moved = move(after, verb, mail_.at); !moved) return;
        }
        if (mails_.leave == ImportLeave::unread && heard && mail_.frame.unread.value_or(false))
            if (auto const moved = move(after, Verb::reopen, mail_.at); !moved) return;
        after.waiting_since.reset();
        if (after.state == State::resolved) after.resolved_at = after.last_at;
    }

    void write_message(ConversationRow const& conversation) {
        auto& row = message_.row;
        row.conversation = row.origin = conversation.id;
        row.inbound =
            post::keep_past_mail(tx_, office_.blobs, mail_.raw,
                                 {"import " + channels_text(), mail_.envelope_sender, mails_.mailbox.address.value,
                                  mail_.trouble.empty() ? "a message of a conversation" : mail_.trouble, mail_.at},
                                 mails_.act.now);
        row.matched_by = match_.by;
        row.claims = is_sent_ ? std::nullopt : claim_;
        if (is_sent_) {
            row.direction = Direction::out;
            row.state = MessageState::sent;
            auto const agent = mail_.reading.sender ? people::agent_by_email(tx_, *mail_.reading.sender) : std::nullopt;
            row.author_kind = agent ? ActorKind::agent : ActorKind::system;
            row.author_id = agent ? agent->id.value : 0;
            row.matched_by.reset();
        } else {
            row.author_kind = ActorKind::customer;
            row.author_id = customer_.value_or(CustomerId{}).value;
        }
        row.participant = take_part(conversation.id);
        auto words = message_.words;
        words.matched = is_sent_ ? "It was brought in from an old mailbox." : match_.why;
        keep_message(tx_, office_, message_, row, words);
        learn(words);
        tx_.exec(sql::insert_imported, row.id, mails_.import);
        out_.message = row.id;
    }

    std::string channels_text() const { return mails_.source.substr(0, 200); }

    // Who may answer from now on.
    std::optional<ParticipantId> take_part(ConversationId id) {
        auto const& reading = mail_.reading;
        auto const add = [&](std::vector<MailAddress> const& list, Role role) {
            for (auto const& one : list)
                if (EmailAddress address; from_text(one.address, address) && !is_ours(tx_, address))
                    participant_for(tx_, id, address, role, mail_.at);
        };
        if (is_sent_) {
            add(reading.to, Role::recipient);
            add(reading.cc, Role::copied);
            return std::nullopt;
        }
        if (!reading.sender || claim_) return std::nullopt;
        auto const sender = participant_for(tx_, id, *reading.sender, Role::sender, mail_.at);
        if (match_.by != MatchedBy::reference && !reading.automatic) {
            add(reading.to, Role::copied);
            add(reading.cc, Role::copied);
        }
        return sender;
    }

    void learn(Words const& words) {
        auto const refer = [&](std::string_view id) {
            tx_.exec(sql::insert_reference, reference_digest(id), message_.row.id, false);
        };
        // Only what lay among our own mails did surely leave from here.
        if (is_sent_ && !mails_.sent && !mail_.frame.sent.value_or(false))
            tx_.exec(sql::not_ours_after_all, message_.row.id);
        if (mail_.gmail_thread) refer(*mail_.gmail_thread);
        if (!words.in_reply_to.empty() && words.in_reply_to != words.message_id) refer(words.in_reply_to);
        if (!is_sent_) return;
        auto const& ids = words.references;
        for (std::size_t i = ids.size() - std::min(ids.size(), references_learnt); i < ids.size(); ++i)
            if (ids[i] != words.message_id) refer(ids[i]);
    }

    store::Tx& tx_;
    Office const& office_;
    OldMails const& mails_;
    PreparedOldMail const& mail_;
    PreparedMessage message_;
    Landed out_;
    bool is_sent_ = false;
    std::optional<std::string> claim_;
    std::optional<CustomerId> customer_;
    std::vector<MailAddress> strangers_;
    Match match_;
};

}  // namespace

KnownMail is_here(store::Reader& reader, PreparedOldMail const& mail) {
    if (!mail.essence.empty())
        if (auto const known = message_of(reader, "mail", mail.essence)) return {true, known};
    auto const spooled = post::find_mail(reader, mail.raw.digest);
    if (!spooled) return {};
    return {true, reader.one<MessageId>(sql::message_of_mail, *spooled)};
}

bool is_of_ours(store::Reader& reader, bool sent, PreparedOldMail const& mail) {
    bool const says_so = sent || mail.frame.sent.value_or(false) || claim_of(reader, mail.reading);
    return says_so && !strangers_of(reader, mail.reading).empty();
}

Landed land(store::Tx& tx, OldMails const& mails, PreparedOldMail const& mail) {
    return Landing(tx, mails, mail).write();
}

}  // namespace rapport::conversation
