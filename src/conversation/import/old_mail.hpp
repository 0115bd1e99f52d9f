// One mail of an old mailbox. Internal to the module.
#pragma once

#include "conversation/import/import.hpp"
#include "conversation/reading.hpp"
#include "conversation/rows.hpp"
#include "post/past_mail.hpp"

namespace rapport::conversation {

struct PreparedOldMail {
    ImportFrame frame;
    Time at{};
    Reading reading;
    std::string trouble, essence, envelope_sender;
    std::optional<std::string> gmail_thread;  // as a Message-ID of its own kind
    post::PastMail raw;
    PreparedMessage message;
};

// What all mails of a batch have in common.
struct OldMails {
    Office const& office;
    Act const& act;
    ImportId import;
    MailboxRow const& mailbox;
    std::string const& source;
    bool sent = false;
    ImportLeave leave{};
    std::vector<LabelId> const& labels;
};

struct Landed {
    enum class As : std::uint8_t { received, sent, duplicate };
    As as{};
    ConversationId conversation{};
    MessageId message{};
    bool opened = false, customer_made = false;
    std::optional<ConversationId> took_in{};
};
Landed land(store::Tx& tx, OldMails const& mails, PreparedOldMail const& mail);

// The message that it is already: brought in before, or come by itself. True without one: it is in the spool, and is
// no message of a conversation.
struct KnownMail {
    bool known = false;
    std::optional<MessageId> message;
};
KnownMail is_here(store::Reader& reader, PreparedOldMail const& mail);
// Mails of ours are those of our addresses to somebody else, and what lay among them.
bool is_of_ours(store::Reader& reader, bool sent, PreparedOldMail const& mail);

}  // namespace rapport::conversation
