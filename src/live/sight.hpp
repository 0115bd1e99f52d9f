// What a visitor sees of the messages that stand where their thread stands: what they wrote, and what was answered to
// them. Notes, mails to and from others, and what belongs to a conversation that theirs was merged with are not
// theirs. Internal to the module.
#pragma once

#include <map>

#include "conversation/wire.hpp"
#include "live/live.hpp"

namespace rapport::live {

class Sight {
  public:
    Sight(store::Reader& reader, ThreadRow const& thread);

    ConversationId holder() const { return holder_; }
    bool sees(conversation::MessageView const& message);
    // Answers in the chat after this one.
    struct Unread {
        std::int64_t count = 0;
        MessageId newest;
    };
    Unread unread(MessageId after) const;

  private:
    bool is_theirs(std::string_view address);

    store::Reader& reader_;
    ThreadRow thread_;
    ConversationId holder_;
    // Where the messages have been: whose answers are theirs, and since when.
    std::map<ConversationId, Time> since_;
    std::optional<std::vector<std::string>> addresses_;  // that they have proven, in lower case; once asked for
};

// Those that this thread's visitor has proven, or the organisation vouches for, the best one first; nothing goes to
// one that was merely typed.
std::vector<EmailAddress> addresses_of(store::Reader& reader, ThreadRow const& thread);

}  // namespace rapport::live
