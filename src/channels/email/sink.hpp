// The demo's catch-all mail server: takes every mail by SMTP, keeps its bytes in table sink_mail, shows them on /sink
// and under /v1/sink/mails. Some addresses are refused or delayed on purpose, so that a demo shows failures too.
// Never for real mail: it delivers nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "store/store.hpp"

namespace rapport::channels::email {

struct SinkMailTag {
    static constexpr std::string_view prefix = "snk";
};
using SinkMailId = Id<SinkMailTag>;

enum class SinkManner : unsigned char {
    refuse,        // 550 5.1.1 at RCPT
    mailbox_full,  // 452 4.2.2 at RCPT, always
    greylist,      // 451 4.7.1 at the first RCPT for the address, then taken
    reject_mail,   // 554 5.7.1 after the end of data
    slow,          // SinkOptions::slow before the reply to the end of data
    drop,          // keeps the mail, then cuts the connection instead of replying: the sender cannot know
};

struct SinkRule {
    std::string local_part;  // lower case: "bounce" matches bounce@anything and bounce+x@anything
    SinkManner manner;
};

struct SinkOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    std::size_t mail_limit = 25 * 1024 * 1024;
    std::size_t sessions = 200;
    std::int64_t keep = 20'000;  // mails; older ones are dropped
    std::chrono::milliseconds idle{300'000}, slow{5'000};
    std::vector<SinkRule> rules = {{"bounce", SinkManner::refuse},     {"full", SinkManner::mailbox_full},
                                   {"greylist", SinkManner::greylist}, {"reject", SinkManner::reject_mail},
                                   {"slow", SinkManner::slow},         {"drop", SinkManner::drop}};
};

class Sink {
  public:
    // Listens at once; throws when it cannot. Single-threaded: everything runs on `executor`.
    static std::unique_ptr<Sink> make(store::Store& store, Executor executor, SinkOptions options,
                                      Clock clock = system_now);
    virtual ~Sink() = default;
    virtual std::uint16_t port() const = 0;
    virtual Task<> run() = 0;  // serves until stop()
    virtual void stop() = 0;   // on the executor
};

// ---- What the page and the API show --------------------------------------------------------------------------------

struct SinkMailSummary {
    SinkMailId id;
    Time received_at{};
    std::string from, to, subject;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(SinkMailSummary, (), (id, received_at, from, to, subject, size))

struct SinkHeader {
    std::string name, value;
};
BOOST_DESCRIBE_STRUCT(SinkHeader, (), (name, value))

struct SinkAttachment {
    std::string name, media_type;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(SinkAttachment, (), (name, media_type, size))

struct SinkMail {
    SinkMailId id;
    Time received_at{};
    std::string from, to, subject;  // from and to: the envelope's
    std::vector<SinkHeader> headers;
    std::string text, html;
    std::vector<SinkAttachment> attachments;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(SinkMail, (), (id, received_at, from, to, subject, headers, text, html, attachments, size))

// Newest first; `to` filters by recipient address.
std::vector<SinkMailSummary> sink_mails(store::Reader& reader, std::string_view to, SinkMailId before,
                                        std::size_t limit);
std::optional<SinkMail> sink_mail(store::Reader& reader, SinkMailId id);
std::optional<Bytes> sink_mail_raw(store::Reader& reader, SinkMailId id);

// What GMime understands of a mail; never fails (what cannot be read is left empty).
SinkMail read_mail(ByteView raw);

}  // namespace rapport::channels::email
