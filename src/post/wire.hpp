// What the API of the post room takes and shows.
#pragma once

#include "post/post.hpp"

namespace rapport::post::wire {

struct OutboxQuery {
    std::optional<State> state = {};
    std::string owner{};  // "dlv_…": the letters of one delivery
    std::string after{};
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(OutboxQuery, (), (state, owner, after, limit))

struct MailSettings {
    std::string from, route;  // route: "mx", or "host:port" of the smart host
    std::string tls, hello;
    std::int64_t connections_per_destination = 0;
    bool signs_in = false;  // with a user name, at the smart host
    std::int64_t accepted = 0, delayed = 0, failed = 0, unknown = 0, attempting = 0;  // since the program started
};
BOOST_DESCRIBE_STRUCT(MailSettings, (),
                      (from, route, tls, hello, connections_per_destination, signs_in, accepted, delayed, failed,
                       unknown, attempting))

struct TestMail {
    EmailAddress to;
};
BOOST_DESCRIBE_STRUCT(TestMail, (), (to))

struct TestMailQueued {
    OutboxId id;
};
BOOST_DESCRIBE_STRUCT(TestMailQueued, (), (id))

}  // namespace rapport::post::wire
