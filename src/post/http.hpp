// The post room's routes: /v1/outbox and /v1/settings/mail.
#pragma once

#include "net/net.hpp"
#include "post/post.hpp"

namespace rapport::post {

struct PostOffice {
    Post& post;
    store::Store& store;
};
// `office` outlives the server.
net::Routes routes(PostOffice& office);

}  // namespace rapport::post
