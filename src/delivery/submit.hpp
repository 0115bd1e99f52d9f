// A submission between its checks and its transaction. Internal to submit*.cpp and its tests.
#pragma once

#include "delivery/row.hpp"
#include "delivery/wire.hpp"
#include "people/customers_of.hpp"
#include "post/post.hpp"
#include "store/blobs.hpp"

namespace rapport::delivery {

// A file as the deliveries of one submission share it: stored once, its key wrapped for each delivery.
struct PlannedFile {
    std::string name, media_type;
    std::int64_t size = 0;
    Digest sha256;
    Key256 key{};
    Digest blob;
    std::optional<store::PreparedBlob> fresh;  // to be kept; an uploaded file's is there already
    std::optional<FileId> upload;
};

// One recipient with what was found out about them.
struct PlannedRecipient {
    std::optional<CustomerId> customer;  // empty: made in the transaction
    std::string name;
    EmailAddress email;
    std::optional<EmailAddress> code_email;
    Locale locale = Locale::en;
    std::vector<NewDelegation> delegates;
};

struct PlannedDelivery {
    DeliveryRow row;
    bool new_customer = false;
    std::vector<FileRow> files;
    std::string subject;
    store::PreparedBlob message;
    std::optional<evidence::Sealed> evidence;
    std::optional<store::Blob> sender_record;  // sealed: how the sender was identified
    post::Letter letter;
    std::vector<Delegation> delegations;  // the customer is filled in by the transaction
};

struct PlannedSubmission {
    Actor actor;
    Time at{};
    std::vector<SubmissionId> submissions;
    std::vector<PlannedDelivery> deliveries;
    std::vector<store::PreparedBlob> blobs;  // of files
    std::vector<FileId> uploads;
    Digest sender_record;  // digest of those of the deliveries
    std::string caller;
    std::optional<std::string> key;
    Digest hash;
    bool batch = false;
    std::optional<std::vector<SubmissionView>> answered;  // the same request came before: its answer
};

// Collects what is wrong, with pointers into the request; at most 20 findings.
class Faults {
  public:
    void add(std::string pointer, std::string rule, std::string fix);
    bool empty() const { return found_.empty(); }
    std::vector<FieldError> take() { return std::move(found_); }

  private:
    std::vector<FieldError> found_;
};

// What can be told without the database (submit_checks.cpp).
void check_wanted(NewDelivery const& wanted, std::string const& at, DeliverySettings const& settings, Time now,
                  Faults& faults);
// Who is meant, and where their code goes; empty where a fault was found.
struct LookUp {
    store::Reader& reader;
    Office const& office;
    people::FoundCustomers const& known;
    Time now;
};
std::optional<PlannedRecipient> find_recipient(LookUp const& search, NewDelivery const& wanted,
                                               NewRecipient const& recipient, std::string const& at, Faults& faults);
Assurance assurance_of(NewDelivery const& wanted);

DeliverySummary summary_of(Office const& office, DeliveryRow const& row);

}  // namespace rapport::delivery
