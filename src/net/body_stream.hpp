// A request's body as it arrives, for uploads that must not stand in memory (Kind::receive): the handler reads piece
// by piece, and the client waits while it works.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/task.hpp"

namespace rapport::net {

class BodyStream {
  public:
    virtual ~BodyStream() = default;

    // The next octets; empty at the end of the body. Each call waits as long as the body's least rate allows; the
    // handler's deadline begins anew with each piece. Codes: body_too_large, request_timeout, bad_request, and
    // client_gone when the connection broke: then there is nobody to answer.
    virtual Task<Expected<std::string>> next() = 0;
};

}  // namespace rapport::net
