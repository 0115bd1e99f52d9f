// A submission: planned from what was typed, then a conversation, or held until somebody has looked. Internal to the
// module.
#pragma once

#include "forms/guard.hpp"

namespace rapport::forms {

struct PlannedFile {
    std::string name, data;  // base64
};
BOOST_DESCRIBE_STRUCT(PlannedFile, (), (name, data))

// Everything that a conversation needs, however long it is held; sealed meanwhile.
struct Planned {
    MailboxId mailbox;
    std::optional<TeamId> team;
    std::optional<Priority> priority;
    std::vector<LabelId> labels;
    std::string subject, text, name;
    std::optional<EmailAddress> address;
    std::vector<FilledField> fields;
    std::vector<PlannedFile> files;
    FieldValues values;  // of the organisation's own fields
    Locale locale = Locale::en;
    std::string title;     // of the form, as the visitor read it
    bool confirm = false;  // send them a letter
};
BOOST_DESCRIBE_STRUCT(Planned, (),
                      (mailbox, team, priority, labels, subject, text, name, address, fields, files, values, locale,
                       title, confirm))

struct Submission {
    SubmissionId id;
    FormId form;
    std::int64_t number = 0;
    std::string key, reference;
    Locale locale{};
    std::optional<FormConsentProof> consent;
    Digest likeness;
    std::vector<std::string> reasons;  // to hold it; none: it enters
    Time at{};
    Planned planned;
    bool may_confirm = false;  // the letter is within limits
    // Made off the writer: the message, or the sealed box.
    std::shared_ptr<conversation::PreparedArrival const> arrival = {};
    std::optional<store::Blob> wrapped_key = {};
    std::optional<store::PreparedBlob> box = {};
    std::optional<Digest> writer = {};
};

Submission plan_submission(Forms& forms, FormRow const& form, FormDefinition const& definition, PageToken const& token,
                           Answers const& answers, Locale locale, Time now);
// What came before it: the same words of somebody within a day (if they tell enough) are held; so are other words from
// the same page, as a submission of their own: whoever goes back, corrects and sends again is not told that it has
// arrived for nothing.
void compare(store::Reader& reader, Submission& submission, PageToken const& token, bool tells);
// Seals it, for where it goes. On a thread that may wait.
void prepare(Forms& forms, Submission& submission);

struct Submitted {
    std::string reference;
    bool repeated = false;
};
// Publishes form.submitted or form.held. Codes: mailbox_not_found, sent_meanwhile, too_many_held.
Expected<Submitted> submit(store::Tx& tx, Forms& forms, Submission const& submission);

// What is held, opened. Code not_held.
Expected<Planned> held_of(store::Reader& reader, conversation::Office const& office, SubmissionRow const& row);

// The letter that says that it has arrived.
inline constexpr std::string_view received_purpose = "form_received";

}  // namespace rapport::forms
