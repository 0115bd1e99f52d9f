// The API's shapes (described structs): what a sender sends and what is shown of a delivery. Values are checked when
// they are decoded; rules that need settings or the database are checked by submit.
#pragma once

#include <vector>

#include "delivery/delegation.hpp"
#include "delivery/delivery.hpp"

namespace rapport::delivery {

// Either a known customer, or an address (then the customer is found or made).
struct NewRecipient {
    std::optional<CustomerId> customer;
    std::optional<EmailAddress> email;
    std::optional<Text<1, 200>> name;
    std::optional<EmailAddress> second_email;  // where the code goes
    std::optional<Locale> locale;
    std::vector<NewDelegation> delegates;  // who may pick up in their place
};
BOOST_DESCRIBE_STRUCT(NewRecipient, (), (customer, email, name, second_email, locale, delegates))

// Either an uploaded file, or the bytes themselves.
struct NewFile {
    std::optional<FileId> file;
    std::optional<Text<1, 200>> name;
    std::optional<Text<3, 100>> media_type;
    std::optional<std::string> data;  // base64 (RFC 4648 §4)
};
BOOST_DESCRIBE_STRUCT(NewFile, (), (file, name, media_type, data))

struct NewDelivery {
    Kind kind = Kind::registered;
    std::vector<NewRecipient> recipients;
    Text<1, 200> subject;
    Text<1, 100'000> text;
    std::vector<NewFile> files;
    std::optional<Locale> locale;
    std::optional<Assurance> assurance;
    std::optional<Time> accept_until;
    std::optional<Text<1, 100>> reference;

    // Not of the API: a module above makes the words (subject and text stay empty).
    Compose compose = {};
};
BOOST_DESCRIBE_STRUCT(NewDelivery, (),
                      (kind, recipients, subject, text, files, locale, assurance, accept_until, reference))

struct NewBatch {
    std::vector<NewDelivery> deliveries;
};
BOOST_DESCRIBE_STRUCT(NewBatch, (), (deliveries))

struct RecipientView {
    CustomerId customer;
    std::string name;
    std::string email;
};
BOOST_DESCRIBE_STRUCT(RecipientView, (), (customer, name, email))

struct DeliverySummary {
    DeliveryId id;
    SubmissionId submission;
    Kind kind;
    State state;
    std::optional<std::string> subject;  // absent once erased
    RecipientView recipient;
    Locale locale;
    Assurance assurance;
    Time submitted_at;
    std::optional<Time> accept_until;
    Time changed_at;
    std::optional<std::string> reference;
    std::int64_t evidence_count = 0;
    bool erased = false;
};
BOOST_DESCRIBE_STRUCT(DeliverySummary, (),
                      (id, submission, kind, state, subject, recipient, locale, assurance, submitted_at, accept_until,
                       changed_at, reference, evidence_count, erased))

struct FileView {
    std::optional<std::string> name;  // absent once erased
    std::string media_type;
    std::int64_t size = 0;
    std::string sha256;
};
BOOST_DESCRIBE_STRUCT(FileView, (), (name, media_type, size, sha256))

struct ReasonView {
    std::string code;
    std::string details;
};
BOOST_DESCRIBE_STRUCT(ReasonView, (), (code, details))

struct EvidenceView {
    evidence::EvidenceId id;
    std::string code;    // "A1"
    std::string name;    // "SubmissionAcceptance"
    std::string clause;  // of EN 319 522-1
    Time time;
    std::optional<std::int64_t> leaf_index;
    bool logged = false;
    bool timestamped = false;
    std::vector<ReasonView> reasons;
};
BOOST_DESCRIBE_STRUCT(EvidenceView, (), (id, code, name, clause, time, leaf_index, logged, timestamped, reasons))

struct LetterView {
    std::string id;
    std::string purpose;
    std::string to;
    std::string state;
    std::int64_t attempts = 0;
    std::optional<std::string> last_reply;
    Time at;
};
BOOST_DESCRIBE_STRUCT(LetterView, (), (id, purpose, to, state, attempts, last_reply, at))

// How the identification of the recipient goes. Trouble: somebody else signed in, or codes are asked for again and
// again, as one would who wants to keep the recipient from theirs; ask the recipient by another way then.
struct IdentificationView {
    std::int64_t codes = 0;     // sent in the last 24 hours,
    std::int64_t sessions = 0;  // to so many browsers
    std::int64_t refused = 0;   // sign-ins that were refused
    bool trouble = false;
    std::optional<Time> trouble_at;
};
BOOST_DESCRIBE_STRUCT(IdentificationView, (), (codes, sessions, refused, trouble, trouble_at))

struct DeliveryDetail {
    DeliveryId id;
    SubmissionId submission;
    Kind kind;
    State state;
    std::optional<std::string> subject;
    RecipientView recipient;
    Locale locale;
    Assurance assurance;
    Time submitted_at;
    std::optional<Time> accept_until;
    Time changed_at;
    std::optional<std::string> reference;
    std::int64_t evidence_count = 0;
    bool erased = false;
    std::optional<std::string> text;
    std::vector<FileView> files;
    std::vector<EvidenceView> evidence;
    std::vector<LetterView> letters;
    IdentificationView identification;
    bool qualified = false;
};
BOOST_DESCRIBE_STRUCT(DeliveryDetail, (),
                      (id, submission, kind, state, subject, recipient, locale, assurance, submitted_at, accept_until,
                       changed_at, reference, evidence_count, erased, text, files, evidence, letters, identification,
                       qualified))

struct SubmissionView {
    SubmissionId submission;
    std::vector<DeliverySummary> deliveries;
};
BOOST_DESCRIBE_STRUCT(SubmissionView, (), (submission, deliveries))

struct BatchView {
    std::vector<SubmissionView> submissions;
};
BOOST_DESCRIBE_STRUCT(BatchView, (), (submissions))

struct UploadView {
    FileId id;
    std::string name;
    std::string media_type;
    std::int64_t size = 0;
    std::string sha256;
};
BOOST_DESCRIBE_STRUCT(UploadView, (), (id, name, media_type, size, sha256))

struct DeliveryPage {
    std::vector<DeliverySummary> items;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(DeliveryPage, (), (items, next))

}  // namespace rapport::delivery
