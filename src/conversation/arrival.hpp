// What a channel hands over becomes a message in a conversation, in one transaction and exactly once: the one way in
// for e-mail, forms and chat. docs/adapters.md says what a channel must bring.
#pragma once

#include <memory>

#include "conversation/conversation.hpp"

namespace rapport::conversation {

// Who wrote, as far as the channel knows.
struct Writer {
    // Who makes the keys: "vis_…", "frm_…"; a key means nothing beyond its author.
    std::string author;
    std::optional<CustomerId> customer;   // only if it is sure: vouched for, or proven; else by the address
    std::optional<EmailAddress> address;  // that answers may go to
    bool proven = false;                  // they have shown that they read what is sent there
    std::string name;
};

// What was asked and what was answered.
struct FilledField {
    std::string name, label, value;
};
BOOST_DESCRIBE_STRUCT(FilledField, (), (name, label, value))

struct HandedFile {
    std::string name;
    Bytes bytes;
};

struct Arrival {
    Channel channel{};
    Time at{};
    MailboxId mailbox;                           // that a new conversation belongs to, and that answers leave from
    std::optional<TeamId> team;                  // of a new conversation; else the mailbox's
    std::optional<Locale> locale;                // of a new conversation; else the customer's or the mailbox's
    std::optional<ConversationId> conversation;  // that it goes on, as the channel knows; else it begins one
    Writer writer;
    std::string subject, text;
    std::vector<FilledField> fields;
    std::vector<HandedFile> files;
    std::vector<AttachmentId> uploads;  // kept before, by `uploader`
    std::int64_t uploader = 0;
    std::string key;  // made by the client; twice from one author is once
};

struct PreparedArrival;
// Seals, and writes what is large: before the transaction, on any thread that may wait. It may be entered more than
// once.
std::shared_ptr<PreparedArrival const> prepare_arrival(Office const& office, Arrival arrival);

struct Entered {
    ConversationId conversation;
    MessageId message;
    bool opened = false;    // it began the conversation
    bool repeated = false;  // this author's key was here before: that message, nothing new
};
// A conversation that was merged leads to where its messages stand; one that was resolved long ago to a new one that
// follows it. Codes: mailbox_not_found, attachment_not_found, content_erased.
Expected<Entered> enter(store::Tx& tx, Office const& office, PreparedArrival const& arrival);
// The message that this author's key has made.
std::optional<MessageId> message_of(store::Reader& reader, std::string_view author, std::string_view key);

// Where the messages of a conversation stand now: it may have been merged.
ConversationId holder_of(store::Reader& reader, ConversationId id);

}  // namespace rapport::conversation
