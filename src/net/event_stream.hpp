// Server-sent events (WHATWG HTML §9.2): the bounded writer that a stream handler gets. One coroutine at a time.
//
//   Task<Expected<>> events(Journal& journal, Request& request, EventStream& stream) {
//       …refuse with fail(…) before the first send…
//       while (co_await stream.send(event)) co_await …the next event…;
//       co_return {};
//   }
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/task.hpp"

namespace rapport::net {

struct StreamEvent {
    std::string data = {};  // may have several lines
    std::string id = {};    // what Last-Event-ID will say
    std::string name = {};  // "event:"; empty: message
};

class EventStream {
  public:
    virtual ~EventStream() = default;

    // What the client saw last: header Last-Event-ID, or query parameter `after`; empty at the first time.
    virtual std::string last_event_id() const = 0;
    // Sends the head, so that the client knows that it is connected; send() does it too. Read header fields before it.
    virtual Task<bool> open() = 0;
    // Puts the event into the bounded buffer (64 KiB), waiting while it is full. False: the client is gone, too slow or
    // the server is stopping; end the handler. A comment is sent every 15 s of silence by itself. When the client goes,
    // the coroutine is cancelled: what it awaits throws operation_aborted, which need not be caught.
    virtual Task<bool> send(StreamEvent event) = 0;
    virtual bool is_open() const = 0;
};

}  // namespace rapport::net
