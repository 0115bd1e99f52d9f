// Time stamps (RFC 3161, ESSCertIDv2 of RFC 5816): what a client needs of any authority, and an own authority for
// demo and tests. Pure functions: who sends the request is a job's business. Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "evidence/evidence.hpp"

namespace rapport::evidence {

inline constexpr std::string_view time_stamp_query_type = "application/timestamp-query";  // RFC 3161 §3.4
inline constexpr std::string_view time_stamp_reply_type = "application/timestamp-reply";

struct TimeStampRequest {
    Bytes der;
    Digest imprint;
    Bytes nonce;  // 8 octets, big-endian, as in the request; empty if none
};

// TimeStampReq with SHA-256 imprint, a random 64-bit nonce and certReq.
TimeStampRequest build_request(Digest const& imprint, std::string_view policy_oid = {});

struct TimeStamp {
    Bytes token;  // DER of the TimeStampToken (a CMS SignedData)
    Digest imprint;
    Time time{};                 // genTime
    Duration accuracy{};         // zero if not stated
    std::string serial;          // hex
    std::string policy;          // OID
    std::string signer_subject;  // of the authority's certificate
    Digest signer_fingerprint{};
};

// The answer to `request`: granted, the same imprint and nonce, and a token that verify_token() takes. Codes
// "time_stamp_refused", "time_stamp_malformed", "time_stamp_mismatch", "time_stamp_untrusted".
Expected<TimeStamp> verify_response(ByteView response, TimeStampRequest const& request, Trust const& trust);
// A token by itself: imprint, signature, ESSCertIDv2 (SHA-256), certificate with time stamping as sole, critical
// extended key usage, chain to `trust` at genTime.
Expected<TimeStamp> verify_token(ByteView token, Digest const& imprint, Trust const& trust);
// Reads without believing.
Expected<TimeStamp> parse_token(ByteView token);
// The token in a response, unchecked: for tools.
Expected<Bytes> token_of(ByteView response);

// The own authority: P-256, random 127-bit serial numbers, time to the microsecond.
class TimeStampAuthority {
  public:
    // Codes as load_signer(), and "key_usage" where the certificate is not for time stamping alone.
    static Expected<TimeStampAuthority> open(ByteView key_pem, ByteView chain_pem, Time now,
                                             std::string_view policy_oid = time_stamp_policy_oid);
    ~TimeStampAuthority();
    TimeStampAuthority(TimeStampAuthority&&) noexcept;
    TimeStampAuthority& operator=(TimeStampAuthority&&) noexcept;

    // TimeStampResp for a TimeStampReq: granted, or a rejection with its failure info (RFC 3161 §2.4.2). Never empty.
    Bytes respond(ByteView request, Time now) const;
    // A token directly, for evidence that is stamped in the same program. Code "time_stamp_refused".
    Expected<Bytes> stamp(Digest const& imprint, Time now) const;

    struct State;

  private:
    explicit TimeStampAuthority(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace rapport::evidence
