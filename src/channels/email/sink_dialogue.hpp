// The server side of SMTP as the sink speaks it, without sockets: octets in, replies out. RFC 5321 §4.1, with
// PIPELINING, SIZE, 8BITMIME and ENHANCEDSTATUSCODES. Bounded in line length, recipients and mail size.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "channels/email/sink.hpp"

namespace rapport::channels::email {

using Greylist = std::set<std::string, std::less<>>;

struct SinkTaken {
    std::string from, to;
    Bytes raw;
};

class SinkDialogue {
  public:
    SinkDialogue(SinkOptions const& options, Greylist& greylisted) : options_(options), greylisted_(greylisted) {}

    std::string greeting() const { return "220 rapport-demo-sink ESMTP\r\n"; }
    void feed(std::string_view octets) { in_ += octets; }
    // Takes one line, or one whole mail, from what was fed and appends the reply; false when more octets are needed.
    // After a mail the caller keeps it (take_mail) and replies itself.
    bool advance(std::string& out);
    std::optional<SinkTaken> take_mail() { return std::exchange(taken_, std::nullopt); }
    std::optional<SinkManner> manner() const { return manner_; }
    bool ended() const { return ended_; }

  private:
    void command(std::string_view line, std::string& out);
    void mail(std::string_view argument, std::string& out);
    void recipient(std::string_view argument, std::string& out);
    bool take_data(std::string& out);
    void reset();

    SinkOptions const& options_;
    Greylist& greylisted_;
    std::string in_, from_, to_;
    std::size_t recipients_ = 0, scanned_ = 0;
    bool has_from_ = false, in_data_ = false, ended_ = false;
    std::optional<SinkManner> manner_;  // of the last mail's recipients
    std::optional<SinkTaken> taken_;
};

}  // namespace rapport::channels::email
