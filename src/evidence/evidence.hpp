// What a registered delivery leaves behind: evidence of its events (EN 319 522), sealed (XAdES), time-stamped
// (RFC 3161), and kept in an append-only log. This header: events, statements, sealing, reading, verifying one XML.
// keys.hpp: keys and certificates. tsa.hpp: time stamps. log.hpp and package.hpp: the log and the package.
//
// Everything here is pure and may be called from any thread; nothing touches the store or the network.
#pragma once

#include <boost/describe/enum.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"

namespace rapport::evidence {

struct EvidenceTag {
    static constexpr std::string_view prefix = "evd";
};
using EvidenceId = Id<EvidenceTag>;

// ---- Events (EN 319 522-1 §6.2): those that a provider issues who serves both sender and recipient -----------------

BOOST_DEFINE_FIXED_ENUM_CLASS(EventCode, std::uint8_t, A1, A2, C1, C2, C3, C4, C5, C6, D1, D2, D3, D4, D5, D6, E1, E2,
                              F1, F2)

enum class IssuerRole : std::uint8_t { sender_service, recipient_service, relaying_service };

struct EventInfo {
    EventCode code;
    std::string_view label;   // "A1"; in the standard "A.1"
    std::string_view name;    // "SubmissionAcceptance"
    std::string_view uri;     // EN 319 522-3 Table 2
    std::string_view clause;  // of EN 319 522-1: "6.2.2"
    IssuerRole issuer;
    bool negative;  // something was refused, failed or expired: the record must carry a reason
};

#define RAPPORT_EVENT(code, name, clause, role, negative) \
    {EventCode::code, #code, name, "http://uri.etsi.org/19522/Event/" name, clause, IssuerRole::role, negative}
inline constexpr std::array<EventInfo, 18> events{{
    RAPPORT_EVENT(A1, "SubmissionAcceptance", "6.2.2", sender_service, false),
    RAPPORT_EVENT(A2, "SubmissionRejection", "6.2.2", sender_service, true),
    RAPPORT_EVENT(C1, "NotificationForAcceptance", "6.2.4", recipient_service, false),
    RAPPORT_EVENT(C2, "NotificationForAcceptanceFailure", "6.2.4", recipient_service, true),
    RAPPORT_EVENT(C3, "ConsignmentAcceptance", "6.2.4", recipient_service, false),
    RAPPORT_EVENT(C4, "ConsignmentRejection", "6.2.4", recipient_service, true),
    RAPPORT_EVENT(C5, "AcceptanceRejectionExpiry", "6.2.4", recipient_service, true),
    RAPPORT_EVENT(C6, "NotificationDelivered", "6.2.4", recipient_service, false),
    RAPPORT_EVENT(D1, "ContentConsignment", "6.2.5", recipient_service, false),
    RAPPORT_EVENT(D2, "ContentConsignmentFailure", "6.2.5", recipient_service, true),
    RAPPORT_EVENT(D3, "ConsignmentNotification", "6.2.5", recipient_service, false),
    RAPPORT_EVENT(D4, "ConsignmentNotificationFailure", "6.2.5", recipient_service, true),
    RAPPORT_EVENT(D5, "NotificationAccessTracking", "6.2.5", recipient_service, false),
    RAPPORT_EVENT(D6, "ContentAccessTracking", "6.2.5", recipient_service, false),
    RAPPORT_EVENT(E1, "ContentHandover", "6.2.6", recipient_service, false),
    RAPPORT_EVENT(E2, "ContentHandoverFailure", "6.2.6", recipient_service, true),
    RAPPORT_EVENT(F1, "RelayToNonERDS", "6.2.7", relaying_service, false),
    RAPPORT_EVENT(F2, "RelayToNonERDSFailure", "6.2.7", relaying_service, true),
}};
#undef RAPPORT_EVENT

constexpr EventInfo const& info(EventCode code) { return events[static_cast<std::size_t>(code)]; }
std::optional<EventCode> event_from_label(std::string_view label);  // "A1"
std::optional<EventCode> event_from_uri(std::string_view uri);

// ---- Reasons (EN 319 522-2 §8.3.3) ---------------------------------------------------------------------------------

// Our own arc (ITU-T X.667: a UUID under 2.25). ETSI's list of reasons is not public in a form we could check, so each
// reason is a URI of ours; docs/standards.md says so. .1 policies of evidence, .2 policy of time stamps, .3 reasons.
#define RAPPORT_ARC "2.25.172457475052262837191872969250221144903"
inline constexpr std::string_view evidence_policy_oid = RAPPORT_ARC ".1";
inline constexpr std::string_view time_stamp_policy_oid = RAPPORT_ARC ".2";
inline constexpr std::string_view chain_namespace = "urn:oid:" RAPPORT_ARC ".7";  // .7: the chain (Statement::number)
inline constexpr std::string_view reason_prefix = "urn:oid:" RAPPORT_ARC ".3#";

namespace reason {
#define RAPPORT_REASON(name) "urn:oid:" RAPPORT_ARC ".3#" name
inline constexpr std::string_view not_allowed = RAPPORT_REASON("SenderNotAllowed");          // A2
inline constexpr std::string_view invalid_submission = RAPPORT_REASON("SubmissionInvalid");  // A2
inline constexpr std::string_view limit_exceeded = RAPPORT_REASON("LimitExceeded");          // A2
inline constexpr std::string_view content_refused = RAPPORT_REASON("ContentRefused");        // A2: type or malware
inline constexpr std::string_view address_unusable = RAPPORT_REASON("AddressUnusable");      // C2 D4
inline constexpr std::string_view server_refused = RAPPORT_REASON("ServerRefused");  // C2 D4 F2: permanent answer
inline constexpr std::string_view server_unreachable = RAPPORT_REASON("ServerUnreachable");  // C2 D4 F2: retries ended
inline constexpr std::string_view recipient_accepted = RAPPORT_REASON("RecipientAccepted");  // C3
inline constexpr std::string_view recipient_refused = RAPPORT_REASON("RecipientRefused");    // C4
inline constexpr std::string_view deadline_passed = RAPPORT_REASON("DeadlinePassed");        // C5
inline constexpr std::string_view recipient_unidentified = RAPPORT_REASON("RecipientNotIdentified");  // C5 E2
inline constexpr std::string_view content_erased = RAPPORT_REASON("ContentErased");                   // D2 E2
inline constexpr std::string_view content_unavailable = RAPPORT_REASON("ContentUnavailable");         // D2 E2
inline constexpr std::string_view cancelled = RAPPORT_REASON("CancelledBySender");                    // C2 D2
inline constexpr std::string_view system_failure = RAPPORT_REASON("SystemFailure");    // any failure of ours
inline constexpr std::string_view outcome_unknown = RAPPORT_REASON("OutcomeUnknown");  // C2 D4: cut after DATA
#undef RAPPORT_REASON
inline constexpr std::array all{not_allowed,         invalid_submission, limit_exceeded,         content_refused,
                                address_unusable,    server_refused,     server_unreachable,     recipient_accepted,
                                recipient_refused,   deadline_passed,    recipient_unidentified, content_erased,
                                content_unavailable, cancelled,          system_failure,         outcome_unknown};
}  // namespace reason

// ---- A statement: what a record says -------------------------------------------------------------------------------

struct Reason {
    std::string code;     // URI, one of reason::
    std::string details;  // for people; no personal data beyond need
};

// How surely somebody was identified, as URIs. What we do ourselves proves control of an address or a secret, without
// identity proofing: it has names of ours. The eIDAS levels (CIR (EU) 2015/1502) are for identity providers that reach
// them.
namespace assurance {
inline constexpr std::string_view basic = "urn:oid:" RAPPORT_ARC ".4#basic";      // link and code to one address
inline constexpr std::string_view low = "urn:oid:" RAPPORT_ARC ".4#low";          // the code to a second address
inline constexpr std::string_view account = "urn:oid:" RAPPORT_ARC ".4#account";  // a sender's password, link or key
inline constexpr std::string_view eidas_low = "http://eidas.europa.eu/LoA/low";
inline constexpr std::string_view substantial = "http://eidas.europa.eu/LoA/substantial";
inline constexpr std::string_view high = "http://eidas.europa.eu/LoA/high";
}  // namespace assurance
namespace method {
inline constexpr std::string_view api_key = "urn:oid:" RAPPORT_ARC ".5#api-key";
inline constexpr std::string_view password = "urn:oid:" RAPPORT_ARC ".5#password";
inline constexpr std::string_view password_totp = "urn:oid:" RAPPORT_ARC ".5#password-totp";
inline constexpr std::string_view one_time_link = "urn:oid:" RAPPORT_ARC ".5#one-time-link";
inline constexpr std::string_view one_time_code = "urn:oid:" RAPPORT_ARC ".5#one-time-code";
inline constexpr std::string_view openid_connect = "urn:oid:" RAPPORT_ARC ".5#openid-connect";
inline constexpr std::string_view certificate = "urn:oid:" RAPPORT_ARC ".5#client-certificate";
inline constexpr std::string_view passkey = "urn:oid:" RAPPORT_ARC ".5#passkey";
}  // namespace method

// How somebody was identified.
struct Authentication {
    std::string level;   // assurance::…
    std::string method;  // method::…
    Time time{};
    std::optional<Digest> record;  // digest of our own record of it (who, how, which address), shown in an extension
};

enum class PartyKind : std::uint8_t { person, organisation };

struct Party {
    std::string name;
    std::string identifier;         // not empty
    std::string identifier_scheme;  // not empty: "email", "rapport-customer", "rapport-agent"
    std::optional<Authentication> authentication{};
    PartyKind kind = PartyKind::person;
};

struct ContentPart {
    std::string identifier;    // file name, or "text"
    std::string content_type;  // media type
    Digest digest;             // SHA-256 of the plain content
};

// A further fact of the event, shown in an extension: {"mail-server-reply", "250 2.0.0 Ok: queued as 4F…"}.
struct Fact {
    std::string name, value;
};

struct Statement {
    EvidenceId id{};
    EventCode event = EventCode::A1;
    std::vector<Reason> reasons{};  // at least one where info(event).negative
    Time event_time{};
    Party sender{};
    Party recipient{};
    std::optional<Party> delegate{};  // who acted for the recipient
    std::optional<Time> submission_time{};
    std::string message_identifier{};  // "dlv_…"
    std::string app_identifier{};      // the sender's own reference; may be empty
    std::vector<ContentPart> parts{};
    std::string external_system{};  // F1, F2: where it was forwarded to
    std::vector<Fact> facts{};
    // The chain of one delivery's evidence, so that a record left out shows: the place from 1, and the SHA-256 of the
    // bytes of the record before it (chain_end() of log.hpp gives both). In TransactionLogInformation as
    // <c:Chain xmlns:c="(chain_namespace)" number="2" previous="lower-case hex"></c:Chain>, `previous` left out for
    // number 1.
    std::int64_t number = 1;
    std::optional<Digest> previous{};
};

// ---- Sealing -------------------------------------------------------------------------------------------------------

// The slot for algorithms: what a seal key signs with. Ed25519 and RSA get their lines when a verifier reads them.
enum class Algorithm : std::uint8_t { ecdsa_p256_sha256 };

// Signs with a key that may live elsewhere (a file now, a PKCS#11 module later). Any thread.
class Signer {
  public:
    virtual ~Signer() = default;
    virtual Algorithm algorithm() const = 0;
    // DER certificates: the signer's own first, then those above it; the root may be left out.
    virtual std::vector<Bytes> const& chain() const = 0;
    // The signature over `message` (not over its digest) as XML signatures hold it: for ECDSA r and s (RFC 4050 §3.3).
    virtual Expected<Bytes> sign(ByteView message) const = 0;
};

struct Sealed {
    EvidenceId id{};
    EventCode event = EventCode::A1;
    Time time{};              // of the event
    Bytes xml;                // XAdES-B-B; stored once, never serialised again
    Digest salt;              // key of the commitment, kept with the evidence only: destroyed with it
    Digest commitment;        // HMAC-SHA256(salt, xml): what the log holds
    std::int64_t number = 1;  // of the statement: the place in the delivery's chain
    Bytes token{};            // RFC 3161, over the record's signature: xml and token are XAdES-B-T; empty: none yet
};

// The organisation that runs this Rapport, as every record names it (EvidenceIssuerDetails).
struct Issuer {
    std::string name;
    std::vector<std::string> policies{};  // OIDs; without any, Rapport's own evidence policy
};

class TimeStampAuthority;  // tsa.hpp

// About 30 µs a record, most of it the signature (twice that with a time stamp): call it before the transaction, not in
// it.
class Sealer {
  public:
    Sealer(std::shared_ptr<Signer const> signer, Issuer issuer);
    ~Sealer();
    Sealer(Sealer&&) noexcept;
    Sealer& operator=(Sealer&&) noexcept;
    // From now on seal() asks this authority, in the process, for each record's time stamp; `clock` is its clock. A
    // record that it does not stamp has no token: want_time_stamp() of log.hpp leaves it to the queue.
    void stamp_by(std::shared_ptr<TimeStampAuthority const> authority, Clock clock);
    // Codes: "reason_missing", "text_refused" (NUL, control characters, not UTF-8), "statement_incomplete",
    // "certificate_expired".
    Expected<Sealed> seal(Statement const& statement, Time signing_time) const;
    // The same without salt, commitment and time stamp.
    Expected<Bytes> seal_xml(Statement const& statement, Time signing_time) const;
    Signer const& signer() const;

  private:
    struct Templates;
    struct Written;
    Expected<Written> write(Statement const& statement, Time signing_time) const;
    std::unique_ptr<Templates> templates_;
};

Digest commitment(Digest const& salt, ByteView xml);

// ---- Time stamps on evidence (XAdES-B-T, EN 319 132-1 §5.3) ---------------------------------------------------------

// SHA-256 of the canonical SignatureValue: what a SignatureTimeStamp is about. Code "evidence_malformed".
Expected<Digest> timestamp_imprint(ByteView xml);
// The stored B-B bytes with UnsignedProperties put in at a known place; `token` is the DER of the TimeStampToken.
// The same input gives the same bytes, for ever. Codes "evidence_malformed", "already_timestamped".
Expected<Bytes> with_timestamp(ByteView xml, ByteView token);

// ---- Reading and verifying -----------------------------------------------------------------------------------------

// What a record says, for people and for cross-checks; says nothing about whether it is true: see verify_evidence().
Expected<Statement> parse_evidence(ByteView xml);  // code "evidence_malformed"

struct Check {
    std::string name;  // stable: "digest_of_evidence", "signature", "certificate_chain", "time_stamp" …
    bool ok = false;
    std::string detail;
};
bool all_ok(std::vector<Check> const& checks);

// Certificates that a verifier believes in. Any thread; chains once checked are remembered.
class Trust {
  public:
    Trust();
    ~Trust();
    Trust(Trust&&) noexcept;
    Trust& operator=(Trust&&) noexcept;
    Expected<> add_root(ByteView pem_or_der);  // code "certificate_unreadable"; PEM may hold several
    struct State;
    State& state() const { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

struct Verified {
    std::vector<Check> checks;  // in the order they were made; a failure that makes the rest senseless ends the list
    std::optional<Time> signing_time{};  // claimed by the signer
    std::optional<Time> stamped_time{};  // of the time-stamp token, if there is one and it is good
    std::string signer_subject{};
    Digest signer_fingerprint{};  // SHA-256 of the certificate
    bool ok() const { return all_ok(checks); }
};

// Every check on one record's bytes. Never throws for what the input holds; at most 1 MiB, 64 levels deep.
Verified verify_evidence(ByteView xml, Trust const& trust);

}  // namespace rapport::evidence
