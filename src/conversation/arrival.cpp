// What forms and chat hand over. E-mail has its own way to know repeats and conversations (intake.cpp); the step that
// writes is the same.
#include "conversation/arrival.hpp"

#include "base/text.hpp"
#include "conversation/entry.hpp"
#include "conversation/reading.hpp"
#include "conversation/scanning/scanner.hpp"
#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {

struct PreparedArrival {
    Arrival arrival;  // without its files: they are in the message
    PreparedMessage message;
};

namespace {

// A form without words of its own still has something to show in lists.
std::string first_words(Arrival const& arrival) {
    if (!arrival.text.empty()) return preview_of(arrival.text);
    std::string all;
    for (auto const& field : arrival.fields) {
        if (!all.empty()) all += " · ";
        all += field.label + ": " + field.value;
    }
    return preview_of(all);
}

class Arriving {
  public:
    Arriving(store::Tx& tx, Office const& office, PreparedArrival const& prepared)
        : tx_(tx), office_(office), arrival_(prepared.arrival), message_(prepared.message) {}

    Expected<Entered> write() {
        if (auto const known = remember()) return repeated(*known);
        claims_ = claim();
        customer_ = arrival_.writer.customer;
        if (!customer_ && arrival_.writer.address && !claims_)
            customer_ = people::customer_for(tx_, *arrival_.writer.address, arrival_.writer.name, language(),
                                             arrival_.at, Actor{});
        Entered out{{}, message_.row.id};
        auto row = arrival_.conversation ? lock_row(tx_, holder_of(tx_, *arrival_.conversation)) : std::nullopt;
        if (row && is_past(office_, *row, false, arrival_.at)) {
            follows_ = row->id;
            row.reset();
        }
        if (row && !row->wrapped_key) row.reset();  // erased meanwhile: they begin anew
        if (!row) {
            auto made = begin();
            if (!made) return fail(made.error());
            row = std::move(*made);
            out.opened = true;
        }
        out.conversation = row->id;
        add(*row);
        if (auto const done = take_uploads(*row); !done) return fail(done.error());
        return out;
    }

  private:
    // Whoever comes first keeps the key; a second one on another node waits for the first one's transaction.
    std::optional<MessageId> remember() {
        if (arrival_.key.empty()) return std::nullopt;
        if (tx_.changed(sql::insert_arrival, arrival_.writer.author, arrival_.key, message_.row.id) == 1)
            return std::nullopt;
        return message_of(tx_, arrival_.writer.author, arrival_.key);
    }

    Expected<Entered> repeated(MessageId id) {
        auto const row = find_message_row(tx_, id);
        if (!row) return fail(ErrorKind::gone, "content_erased", "This message has been erased for good.");
        return Entered{row->conversation, id, false, true};
    }

    // What anybody may type proves nothing about one of us.
    std::optional<std::string> claim() {
        auto const& writer = arrival_.writer;
        if (!writer.address || writer.proven) return std::nullopt;
        if (is_mailbox_address(tx_, ascii_lower(writer.address->value))) return "mailbox";
        if (people::agent_by_email(tx_, *writer.address)) return "agent";
        return std::nullopt;
    }

    Locale language() {
        if (arrival_.locale) return *arrival_.locale;
        auto const mailbox = find_mailbox(tx_, arrival_.mailbox);
        return mailbox ? mailbox->locale : Locale::en;
    }

    Expected<ConversationRow> begin() {
        auto const mailbox = find_mailbox(tx_, arrival_.mailbox);
        if (!mailbox)
            return fail(ErrorKind::invalid, "mailbox_not_found", "There is no such mailbox to begin conversations in.");
        Opening opening{customer_, mailbox->id, arrival_.team ? arrival_.team : mailbox->team, {}, language()};
        opening.follows = follows_;
        opening.channel = arrival_.channel;
        opening.cover = {arrival_.subject, "", arrival_.writer.name};
        return open_conversation(tx_, office_, Actor{ActorKind::customer, customer_.value_or(CustomerId{}).value},
                                 opening, arrival_.at);
    }

    void add(ConversationRow const& row) {
        Entry entry{message_, arrival_.at, row.mailbox, customer_, shown_name(), first_words(arrival_)};
        entry.claims = claims_;
        entry.take_part = [&](ConversationId id) -> std::optional<ParticipantId> {
            if (!arrival_.writer.address || claims_) return std::nullopt;
            auto const made = participant_for(tx_, id, *arrival_.writer.address, Role::sender, arrival_.at);
            if (made && arrival_.writer.proven) tx_.exec(sql::prove_participant, *made, arrival_.at);
            return made;
        };
        add_message(tx_, office_, row, entry);
    }

    std::string shown_name() const {
        auto const& writer = arrival_.writer;
        if (!writer.name.empty() || !writer.address) return writer.name;
        return writer.address->value;
    }

    Expected<> take_uploads(ConversationRow const& row) {
        Actor const owner{ActorKind::customer, arrival_.uploader};
        auto const rows = uploads_of(tx_, office_, owner, arrival_.uploads);
        if (!rows) return fail(rows.error());
        auto place = static_cast<std::int64_t>(message_.files.size());
        for (auto const id : arrival_.uploads) {
            tx_.exec(sql::attach, id, message_.row.id, place++);
            tell_found(tx_, row, id, arrival_.at);
        }
        return {};
    }

    store::Tx& tx_;
    Office const& office_;
    Arrival const& arrival_;
    PreparedMessage const& message_;
    std::optional<std::string> claims_;
    std::optional<CustomerId> customer_;
    std::optional<ConversationId> follows_;
};

}  // namespace

std::shared_ptr<PreparedArrival const> prepare_arrival(Office const& office, Arrival arrival) {
    auto made = std::make_shared<PreparedArrival>();
    Words words;
    words.subject = arrival.subject;
    words.from = {arrival.writer.name, arrival.writer.address ? arrival.writer.address->value : std::string()};
    words.own = static_cast<std::int64_t>(arrival.text.size());
    words.fields = arrival.fields;
    made->message = prepare_message(office, std::move(words), arrival.text, {});
    auto& row = made->message.row;
    row.direction = Direction::in;
    row.channel = arrival.channel;
    row.state = MessageState::received;
    row.at = arrival.at;
    for (auto& handed : arrival.files) {
        auto file = prepare_file(office, handed.name, "", handed.bytes);
        file.row.message = row.id;
        file.row.place = static_cast<std::int64_t>(made->message.files.size());
        made->message.files.push_back(std::move(file));
    }
    row.attachments = static_cast<std::int64_t>(made->message.files.size() + arrival.uploads.size());
    arrival.files.clear();
    made->arrival = std::move(arrival);
    return made;
}

Expected<Entered> enter(store::Tx& tx, Office const& office, PreparedArrival const& arrival) {
    return Arriving(tx, office, arrival).write();
}

std::optional<MessageId> message_of(store::Reader& reader, std::string_view author, std::string_view key) {
    return reader.one<MessageId>(sql::message_of_arrival, author, key);
}

ConversationId holder_of(store::Reader& reader, ConversationId id) {
    constexpr int most_merges = 20;  // one into another into another
    for (int i = 0; i < most_merges; ++i) {
        auto const row = find_row(reader, id);
        if (!row || !row->merged_into) break;
        id = *row->merged_into;
    }
    return id;
}

}  // namespace rapport::conversation
