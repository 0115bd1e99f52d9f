// How a recipient proves who they are before anything of the content is shown. An interface: the one-time code is the
// first way; OpenID Connect becomes another. Each runs inside the transaction of the request.
#pragma once

#include "delivery/delivery.hpp"

namespace rapport::delivery {

// Who asks: the pick-up session (hash of its cookie) at one delivery.
struct Candidate {
    DeliveryId delivery;
    CustomerId customer;
    Digest session;
    EmailAddress code_address;
    Locale locale = Locale::en;
    Assurance level = Assurance::low;  // what the sender requires, and this way proves
};

// Limits are outcomes, not errors: what was counted must be kept.
struct Begun {
    bool sent = false;
    int retry_after_s = 0;
};
struct Finished {
    std::optional<Assertion> assertion;  // empty: refused
    int tries_left = 0;                  // 0: begin again
};

class Identification {
  public:
    virtual ~Identification() = default;
    virtual Begun begin(store::Tx& tx, Candidate const& candidate, Time now) = 0;
    virtual Finished finish(store::Tx& tx, Candidate const& candidate, std::string_view proof, Time now) = 0;
};

// A code of 6 to 8 digits to an address of the recipient; stored hashed; short-lived; few tries; bound to the session.
std::unique_ptr<Identification> one_time_code(store::Keyring const& keyring, DeliverySettings const& settings);

}  // namespace rapport::delivery
