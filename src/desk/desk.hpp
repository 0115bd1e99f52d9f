// The agent's day: what agents keep ready (canned replies, macros), actions described once and carried out on
// conversations in one transaction each, with a preview and an undo. Over conversation's verbs; nothing here writes a
// conversation by itself. README.md is the one-page overview, wire.hpp has the API's shapes.
#pragma once

#include "conversation/writing.hpp"

namespace rapport::desk {

using conversation::Act;
using conversation::AgentId;
using conversation::ConversationId;
using conversation::CustomerId;
using conversation::LabelId;
using conversation::MessageId;
using conversation::Office;
using conversation::TeamId;

struct CannedReplyTag {
    static constexpr std::string_view prefix = "can";
};
struct MacroTag {
    static constexpr std::string_view prefix = "mac";
};
struct RunTag {
    static constexpr std::string_view prefix = "run";
};
using CannedReplyId = Id<CannedReplyTag>;
using MacroId = Id<MacroTag>;
using RunId = Id<RunTag>;

// Who looks or changes, and what they may do with what is shared.
struct Who {
    Actor actor;
    bool manages = false;   // mailboxes.manage: what everyone uses, what teams use
    bool may_spam = false;  // conversations.manage
};

class Desk {
  public:
    Desk(store::Store& store, conversation::Conversations& conversations, Clock clock = system_now)
        : store_(store), conversations_(conversations), clock_(std::move(clock)) {}

    // Job: finds mentions in what the journal tells.
    Task<> run(net::Stop stop);

    store::Store& store() { return store_; }
    Office const& office() const { return conversations_.office(); }
    Clock const& clock() const { return clock_; }

  private:
    store::Store& store_;
    conversation::Conversations& conversations_;
    Clock clock_;
};

using conversation::Finding;
// fsck.
void check_desk(store::Reader& reader, Office const& office, std::function<void(Finding const&)> const& report);

// One step of the job: at most so many events. Whether there may be more.
bool follow(store::Tx& tx, Office const& office);

}  // namespace rapport::desk
