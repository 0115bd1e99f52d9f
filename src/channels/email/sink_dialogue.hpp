// How the sink treats recipients on purpose: the dialogue that the listener speaks too, with a rule for some addresses.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "channels/email/dialogue.hpp"
#include "channels/email/sink.hpp"

namespace rapport::channels::email {

using Greylist = std::set<std::string, std::less<>>;

class SinkDialogue {
  public:
    SinkDialogue(SinkOptions const& options, Greylist& greylisted);

    Dialogue& dialogue() { return dialogue_; }
    // A mail that is to be kept; reject_mail ones are answered here.
    std::optional<TakenMail> take_mail(std::string& out);
    std::optional<SinkManner> manner() const { return manner_; }  // of the last mail's recipients

  private:
    std::optional<std::string> treat(std::string_view to);

    SinkOptions const& options_;
    Greylist& greylisted_;
    DialogueOptions dialogue_options_;
    Dialogue dialogue_;
    std::optional<SinkManner> manner_, next_manner_;
};

}  // namespace rapport::channels::email
