// Reads one HTTP/1.1 request from octets, whatever way they are cut. The grammar is Boost.Beast's; limits and the
// shape of the result are ours. No sockets here.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "net/request.hpp"

namespace rapport::net {

class Parser {
  public:
    struct Limits {
        std::size_t header_bytes;
        std::size_t header_fields;
        std::size_t target_bytes;
    };
    explicit Parser(Limits limits);
    ~Parser();

    void start(RequestParts& parts);  // forgets the last message; fills `parts` from now on
    void release();                   // nothing more is read, and nothing more asked
    bool started() const;             // some octets of this message were seen

    // Takes what it can from `data` and returns how many octets that was; passes over empty lines before a request. An
    // error ends the connection.
    Expected<std::size_t> take_head(std::string_view data);
    bool has_head() const;
    // What it leaves is at most the limit of the header's octets, or the message is refused.
    Expected<std::size_t> take_body(std::string_view data, std::size_t limit);
    bool is_done() const;

    // After the head:
    bool keep_alive() const;
    bool is_1_0() const;
    std::optional<std::uint64_t> content_length() const;
    bool has_body() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace rapport::net
