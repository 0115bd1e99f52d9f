// How a recipient, or their delegate, proves who they are before anything of the content is shown. By a one-time code
// (Identification, one_time_code.cpp), or by somebody outside who vouches for them (Proof, prove.cpp). Everything here
// runs inside the transaction of the request.
#pragma once

#include "delivery/delegation.hpp"
#include "delivery/delivery.hpp"
#include "delivery/ways.hpp"

namespace rapport::delivery {

// Who asks: the pick-up session (hash of its cookie) at one delivery, through the recipient's link or a delegate's.
struct Caller {
    Digest session;
    std::string remote = {};  // network address of the peer
    std::optional<Delegation> delegation = {};

    Caller(Digest hash, std::string address = {}, std::optional<Delegation> acting = {})
        : session(hash), remote(std::move(address)), delegation(std::move(acting)) {}
};

struct Candidate {
    DeliveryId delivery;
    CustomerId customer;
    Digest session;
    EmailAddress code_address;
    Locale locale = Locale::en;
    Assurance level = Assurance::low;  // what the sender requires, and this way proves
    std::string remote = {};
    std::optional<Delegation> delegation = {};
};

// Limits are outcomes, not errors: what was counted must be kept.
struct Begun {
    bool sent = false;
    int retry_after_s = 0;
    bool often = false;                    // so many codes have been asked for that the sender is told
    std::int64_t codes = 0, sessions = 0;  // of the last 24 hours
};
struct Finished {
    std::optional<Assertion> assertion;  // empty: refused
    std::string record;                  // to be kept: what the assertion holds the digest of
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

// The address that a code would go to, where a code is sure enough for the delivery.
std::optional<EmailAddress> code_address(DeliveryRow const& row, std::optional<Delegation> const& delegation);

// What somebody outside has said of whoever asks.
struct Proof {
    identity::Claimed who;
    Assurance level{};
    std::string_view method;                                   // evidence::method::…
    Bytes assertion;                                           // as it came: an ID token, a certificate
    std::vector<std::pair<std::string, std::string>> details;  // further lines of the record
};
// Refusals are outcomes too: they are noted for the sender.
struct Judged {
    std::optional<Assertion> assertion;
    std::string record;
    std::string_view refusal;  // "wrong_person", "level_too_low", "delegation_over"
};
// identify: is this the person whom the delivery is for, and are they known surely enough? By a verified e-mail address
// (the one the delivery went to, or a verified one of the customer), or by a linked identifier.
Expected<Judged> judge(store::Tx& tx, Office const& office, DeliveryId id, Caller const& caller, Proof const& proof,
                       Time now);

// The same for who is known to us as a customer already: by a passkey.
Expected<Judged> judge_customer(store::Tx& tx, Office const& office, DeliveryId id, Caller const& caller,
                                CustomerId customer, Proof const& proof, Time now);

// A line of a record: no control characters, so that no value can forge another line.
std::string one_line(std::string_view text);

}  // namespace rapport::delivery
