// Every file of every channel is shown to the antivirus: after it was kept, never before, so that nothing waits for it
// and nothing is lost while it is away. What it finds is written beside the file; an infected file stays, and is given
// to nobody but who may change settings.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "conversation/conversation.hpp"
#include "conversation/scanning/scan.hpp"

namespace rapport::conversation {

std::optional<AttachmentScan> scan_of(store::Reader& reader, AttachmentId id);
// Of the files of a message, if something was found in one: then its raw mail is not given out, either.
std::optional<AttachmentScan> infected_in(store::Reader& reader, MessageId id);
// Why a file is not given out. Code file_infected.
Error infected(AttachmentScan const& scan);
// Of a file that was scanned before its message was there: publishes message.infected, if something was found.
struct ConversationRow;
void tell_found(store::Tx& tx, ConversationRow const& row, AttachmentId id, Time now);

// Asks about one file; may block. An error of the kind unavailable: asked again later.
using AskAntivirus = std::function<Expected<AttachmentScan>(ByteView bytes)>;

class Scanner {
  public:
    // `store`, `office` outlive it.
    Scanner(store::Store& store, Office const& office, AskAntivirus ask, Clock clock = system_now);
    ~Scanner();  // stops
    void start();
    // False: the antivirus holds it up; it goes on in the background, and the destructor waits for it.
    bool stop(std::chrono::milliseconds at_most = std::chrono::hours(1));
    // One look at what waits; how many were scanned. For tests; start() does it on a thread of its own.
    std::size_t step();

  private:
    void run();
    bool scan(AttachmentId id);  // false: the antivirus is away

    store::Store& store_;
    Office const& office_;
    AskAntivirus ask_;
    Clock clock_;
    AttachmentId seen_{};  // up to there all are scanned, but for what was written late
    Time begun_{};
    bool away_ = false;
    std::mutex mutex_;
    std::condition_variable wake_, end_;
    bool stopping_ = false, hinted_ = true, ended_ = false;
    std::thread thread_;
    std::shared_ptr<void> subscription_;
};

}  // namespace rapport::conversation
