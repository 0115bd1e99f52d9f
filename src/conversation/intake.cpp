// A mail to one of our mailboxes becomes a message. What takes time (parsing, sealing, writing large parts) comes
// before the transaction; everything that decides (which conversation, is it here already) is in it.
#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "channels/email/dsn.hpp"
#include "conversation/arrival.hpp"
#include "conversation/entry.hpp"
#include "conversation/intake.hpp"
#include "conversation/match.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {
namespace {

namespace email = channels::email;

// A mail that has been read and sealed.
struct Incoming {
    post::InboundId mail;
    Time at{};
    MailboxId mailbox;
    std::string recipient;
    Reading reading;
    std::string trouble;  // why it could not be read
    std::string essence;  // empty: copies of it cannot be told
    PreparedMessage message;
};

}  // namespace

std::string essence_of(Office const& office, post::Arrived const& mail) {
    if (!mail.mail || email::field(mail.mail->fields, "message-id").empty()) return {};
    std::string text;
    for (auto const* name : {"message-id", "from", "date", "subject"})
        text.append(email::field(mail.mail->fields, name)) += '\n';
    auto const end = std::min(mail.raw.find("\r\n\r\n"), mail.raw.size());
    text += to_hex(sha256(mail.raw.substr(end)).view());
    auto const key = office.keyring.derive("conversation.copies");
    return to_hex(hmac_sha256({reinterpret_cast<char const*>(key.data()), key.size()}, text).view());
}

namespace {

// What is beyond the spool's own limits is read again: a file of ten megabytes is nothing unusual. Reading takes time
// by octets times nesting: of large mails only flat ones are read whole.
Expected<email::MimeMail> whole_mail(ByteView raw) {
    email::MimeLimits limits;
    limits.containers = 8;
    limits.octets = limits.part_octets = 64 << 20;
    return email::read_mime(raw, limits);
}

bool has_cut_part(email::MimePart const& part, std::size_t at) {
    return part.content.size() >= at ||
           std::ranges::any_of(part.parts, [at](auto const& one) { return has_cut_part(one, at); });
}

}  // namespace

Reading reading_of(post::Arrived const& mail, std::string& trouble) {
    email::MimeLimits const usual;
    if (!mail.mail) {
        trouble = mail.trouble.empty() ? "It could not be read." : mail.trouble;
        return {};
    }
    if (!mail.mail->cut && !has_cut_part(mail.mail->body, usual.part_octets)) return read_mail(*mail.mail, mail.sender);
    auto const whole = whole_mail(mail.raw);
    auto reading = read_mail(whole ? *whole : *mail.mail, mail.sender);
    if (reading.cut || !whole) trouble = "Only its beginning could be read; its raw octets are whole.";
    return reading;
}

Words words_from(Reading const& reading) {
    Words words{
        reading.subject,    reading.from, reading.to,         reading.cc, reading.reply_to,
        reading.message_id, {},           reading.references, {},         static_cast<std::int64_t>(reading.own)};
    if (!reading.in_reply_to.empty()) words.in_reply_to = reading.in_reply_to.front();
    return words;
}

void take_pieces(Office const& office, Reading& reading, PreparedMessage& message) {
    for (auto& piece : reading.pieces) {
        auto file = prepare_file(office, piece.name, piece.content_id, piece.bytes);
        file.row.message = message.row.id;
        file.row.place = static_cast<std::int64_t>(message.files.size());
        file.row.shown_inside = piece.shown_inside;
        message.files.push_back(std::move(file));
        piece.bytes.clear();
    }
    message.row.attachments = static_cast<std::int64_t>(message.files.size());
}

namespace {

std::shared_ptr<Incoming const> prepare(Office const& office, post::Arrived const& mail, MailboxId mailbox) {
    auto in = std::make_shared<Incoming>();
    in->mail = mail.id;
    in->at = mail.received_at;
    in->mailbox = mailbox;
    in->recipient = mail.recipient;
    in->reading = reading_of(mail, in->trouble);
    in->essence = essence_of(office, mail);
    auto& reading = in->reading;
    auto words = words_from(reading);
    words.trouble = in->trouble;
    in->message = prepare_message(office, std::move(words), reading.text, reading.html);
    auto& row = in->message.row;
    row.direction = Direction::in;
    row.state = MessageState::received;
    row.at = in->at;
    row.inbound = in->mail;
    row.automatic = reading.automatic;
    take_pieces(office, reading, in->message);
    reading.text = preview_of(std::string_view(reading.text).substr(0, reading.own));
    reading.html.clear();
    return in;
}

}  // namespace

std::optional<std::string> claim_of(store::Reader& reader, Reading const& mail) {
    if (!mail.sender) return std::nullopt;
    if (is_mailbox_address(reader, ascii_lower(mail.sender->value))) return "mailbox";
    if (people::agent_by_email(reader, *mail.sender)) return "agent";
    return std::nullopt;
}

bool is_ours(store::Reader& reader, EmailAddress const& address) {
    auto folded = ascii_lower(address.value);
    if (auto const plus = folded.find('+'); plus < folded.rfind('@')) folded.erase(plus, folded.rfind('@') - plus);
    return is_mailbox_address(reader, folded) || people::agent_by_email(reader, address).has_value();
}

namespace {

// The delivery whose letter was answered, if it was answered by whom it had gone to.
std::optional<std::string> about_of(store::Reader& reader, Match const& match, Reading const& mail) {
    if (!match.letter || !mail.sender) return std::nullopt;
    auto const letter = post::find_letter(reader, *match.letter);
    if (!letter || !letter->owner.starts_with("dlv_")) return std::nullopt;
    if (ascii_lower(letter->to.value) != ascii_lower(mail.sender->value)) return std::nullopt;
    return letter->owner;
}

class Receipt {
  public:
    Receipt(store::Tx& tx, Office const& office, Incoming const& in)
        : tx_(tx), office_(office), in_(in), claim_(claim_of(tx, in.reading)) {}

    void write() {
        if (is_here_already() || is_copy()) return;
        if (in_.reading.sender && !claim_) {
            // A program that nobody knows is no customer.
            customer_ = in_.reading.automatic ? people::customer_of_address(tx_, *in_.reading.sender)
                                              : people::customer_for(tx_, *in_.reading.sender, in_.reading.from.name,
                                                                     mailbox_locale(), in_.at, Actor{});
            // One after the other: two quick messages find one conversation.
            if (customer_) lock_thing(tx_, customer_->value);
        }
        match_ = match(tx_, office_, in_.reading, in_.recipient, !claim_);
        auto row = match_.conversation ? lock_row(tx_, *match_.conversation) : std::nullopt;
        if (row && belongs_to_the_past(*row)) row.reset();
        if (row)
            add_to(*row);
        else
            begin();
    }

  private:
    // The same mail to another of our mailboxes: one message, shown in both.
    bool is_here_already() {
        auto const id = tx_.one<MessageId>(sql::message_of_mail, in_.mail);
        if (!id) return false;
        show_here(*find_message_row(tx_, *id));
        return true;
    }

    // Another copy of it, from another mailbox at a provider.
    bool is_copy() {
        if (in_.essence.empty()) return false;
        if (tx_.changed(sql::insert_arrival, "mail", in_.essence, in_.message.row.id) == 1) return false;
        auto const id = message_of(tx_, "mail", in_.essence);
        auto const message = id ? find_message_row(tx_, *id) : std::nullopt;
        if (!message) return false;
        tx_.exec(sql::insert_arrival, "copy", std::to_string(in_.mail.value), message->id);
        show_here(*message);
        return true;
    }

    void show_here(MessageRow const& message) {
        if (auto const row = lock_row(tx_, message.conversation)) place(tx_, *row, in_.mailbox);
    }

    // What came long after its conversation was resolved begins one that follows it.
    bool belongs_to_the_past(ConversationRow const& row) {
        if (!is_past(office_, row, in_.reading.automatic.has_value(), in_.at)) return false;
        follows_ = row.id;
        match_.why += " That conversation was resolved long ago: it began one that follows.";
        return true;
    }

    Locale mailbox_locale() {
        auto const mailbox = find_mailbox(tx_, in_.mailbox);
        return mailbox ? mailbox->locale : Locale::en;
    }

    void begin() {
        auto const mailbox = find_mailbox(tx_, in_.mailbox);
        require(mailbox.has_value(), "a mailbox takes mail for its addresses");
        auto const customer = customer_ ? people::find_customer(tx_, *customer_) : std::nullopt;
        Opening opening{customer_, in_.mailbox, mailbox->team, {}, customer ? customer->locale : mailbox->locale};
        opening.about = about_of(tx_, match_, in_.reading);
        opening.follows = follows_;
        opening.waits = !in_.reading.automatic;
        opening.cover = {in_.reading.subject, "", shown_name()};
        auto const row = open_conversation(
            tx_, office_, Actor{ActorKind::customer, customer_.value_or(CustomerId{}).value}, opening, in_.at);
        match_.by = MatchedBy::none;
        add_to(row);
        if (match_.perhaps && *match_.perhaps != row.id)
            tx_.exec(sql::insert_suggestion, row.id, *match_.perhaps, match_.perhaps_why, in_.at);
    }

    std::string shown_name() const {
        auto const& from = in_.reading.from;
        return from.name.empty() ? from.address : from.name;
    }

    void add_to(ConversationRow const& row) {
        Entry entry{in_.message, in_.at, in_.mailbox, customer_, shown_name(), in_.reading.text};
        entry.by = match_.by;
        entry.why = match_.why;
        entry.claims = claim_;
        entry.take_part = [this](ConversationId id) { return add_participants(id); };
        add_message(tx_, office_, row, entry);
    }

    // Whom a mail names may answer it. A mail that was let in by what others may know, too, lets nobody else in.
    std::optional<ParticipantId> add_participants(ConversationId id) {
        auto const& mail = in_.reading;
        if (!mail.sender || claim_) return std::nullopt;
        auto const sender = participant_for(tx_, id, *mail.sender, Role::sender, in_.at);
        bool const proven = match_.by == MatchedBy::token || match_.by == MatchedBy::own_message_id;
        if (sender && proven) tx_.exec(sql::prove_participant, *sender, in_.at);
        if (match_.by == MatchedBy::reference) return sender;
        auto const add = [&](std::vector<MailAddress> const& list) {
            for (auto const& one : list) {
                EmailAddress address;
                if (!from_text(one.address, address) || is_ours(tx_, address)) continue;
                participant_for(tx_, id, address, Role::copied, in_.at);
            }
        };
        if (!mail.automatic) {
            add(mail.to);
            add(mail.cc);
        }
        return sender;
    }

    store::Tx& tx_;
    Office const& office_;
    Incoming const& in_;
    std::optional<std::string> claim_;
    std::optional<CustomerId> customer_;
    std::optional<ConversationId> follows_;
    Match match_;
};

}  // namespace

post::Understood Conversations::arrived(store::Reader&, post::Arrived const& mail) const {
    auto const mailbox = addresses_.mailbox_of(mail.recipient);
    if (!mailbox) return {"unread", "no mailbox takes mail for this address any more"};
    auto const incoming = prepare(office_, mail, *mailbox);
    post::Understood out{"conversation", incoming->trouble.empty() ? "a message of a conversation" : incoming->trouble};
    out.finish = [incoming, &office = office_](store::Tx& tx) { Receipt(tx, office, *incoming).write(); };
    return out;
}

}  // namespace rapport::conversation
