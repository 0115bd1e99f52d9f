// Routes for whoever runs the sending of mail: the domain's DNS, signing keys, sites and their rules, sources and their
// warm-up, dead letters. docs/operators/mail.md.
#pragma once

#include "net/net.hpp"
#include "post/domain_check.hpp"
#include "post/post.hpp"
#include "post/signing.hpp"

namespace rapport::post {

struct MailDesk {
    Post& post;
    store::Store& store;
    SigningKeys& keys;
    DomainToCheck domain;  // without its keys
};
// `desk` outlives the server.
net::Routes routes(MailDesk& desk);

}  // namespace rapport::post
