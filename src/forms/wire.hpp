// The shapes of the API of forms: what is asked (a definition), the form around it, and what was sent.
#pragma once

#include "conversation/wire.hpp"

namespace rapport::forms {

using conversation::Act;
using conversation::ConversationId;
using conversation::FieldValues;
using conversation::FilledField;
using conversation::LabelId;
using conversation::MailboxId;
using conversation::MessageId;
using conversation::Priority;
using conversation::TeamId;

struct FormTag {
    static constexpr std::string_view prefix = "frm";
};
struct SubmissionTag {
    static constexpr std::string_view prefix = "fsu";
};
using FormId = Id<FormTag>;
using SubmissionId = Id<SubmissionTag>;

inline constexpr std::size_t most_forms = 500;
inline constexpr std::size_t most_fields = 50;
inline constexpr std::size_t most_choices = 50;  // of one field
inline constexpr std::size_t most_parts = 90;    // of one submission: every field, every box, every file
inline constexpr std::size_t most_rules = 50;
inline constexpr std::size_t most_origins = 50;
inline constexpr std::int64_t most_files = 10;                // of one field
inline constexpr std::int64_t most_file_mb = 10;              // and of all of a submission
inline constexpr std::size_t most_body = (10 << 20) + 65536;  // octets of a submission

enum class FormState : std::uint8_t {
    draft,  // nobody but agents sees it
    published,
    closed,  // its address says so
};
BOOST_DESCRIBE_ENUM(FormState, draft, published, closed)

enum class FormFieldKind : std::uint8_t {
    short_text,
    long_text,
    email,
    phone,
    number,
    date,
    choice,
    choices,
    checkbox,
    file,
};
BOOST_DESCRIBE_ENUM(FormFieldKind, short_text, long_text, email, phone, number, date, choice, choices, checkbox, file)

// What an answer is for the conversation, beside standing in its message.
enum class FormFieldUse : std::uint8_t { sender_name, sender_email, subject, message };
BOOST_DESCRIBE_ENUM(FormFieldUse, sender_name, sender_email, subject, message)

// Named, not free: every one is checked in linear time.
enum class FormPattern : std::uint8_t { digits, letters, letters_and_digits, postcode, iban, url };
BOOST_DESCRIBE_ENUM(FormPattern, digits, letters, letters_and_digits, postcode, iban, url)

enum class FormFileGroup : std::uint8_t { image, pdf, document, text, audio, video, archive };
BOOST_DESCRIBE_ENUM(FormFileGroup, image, pdf, document, text, audio, video, archive)

using FormWords = std::map<std::string, Text<0, 2000>>;  // by language

struct FormChoice {
    Text<1, 60> value;
    FormWords label;
};
BOOST_DESCRIBE_STRUCT(FormChoice, (), (value, label))

struct FormField {
    Text<1, 40> key;  // small letters, digits and _
    FormFieldKind kind{};
    FormWords label, help, placeholder;
    std::optional<bool> required;
    std::optional<std::int64_t> min_length, max_length;  // characters
    std::optional<double> least, most;                   // of a number
    std::optional<FormPattern> pattern;
    std::vector<FormChoice> choices;
    std::optional<std::int64_t> max_files, max_mb;  // 1 and 5 unless told
    std::vector<FormFileGroup> file_types;          // by content; empty: any but programs
    std::optional<FormFieldUse> use;
    std::optional<Text<1, 40>> fills;  // key of a field of conversations
};
BOOST_DESCRIBE_STRUCT(FormField, (),
                      (key, kind, label, help, placeholder, required, min_length, max_length, least, most, pattern,
                       choices, max_files, max_mb, file_types, use, fills))

enum class FormRuleTest : std::uint8_t { is, is_not, contains, filled, empty };
BOOST_DESCRIBE_ENUM(FormRuleTest, is, is_not, contains, filled, empty)

// Rules are looked at in order: the first that fits and names a team decides on the team, so for the priority; labels
// add up.
struct FormRule {
    Text<1, 40> field;
    FormRuleTest test{};
    std::optional<Text<0, 200>> value;
    std::optional<TeamId> team;
    std::optional<Priority> priority;
    std::optional<LabelId> label;
};
BOOST_DESCRIBE_STRUCT(FormRule, (), (field, test, value, team, priority, label))

struct FormConsent {
    FormWords text;
    std::optional<bool> required;  // true unless told
};
BOOST_DESCRIBE_STRUCT(FormConsent, (), (text, required))

struct FormGuard {
    std::optional<std::int64_t> least_seconds;  // 3 unless told: whoever is faster is held
    std::optional<std::int64_t> most_links;     // 3 unless told: more are held
    std::optional<bool> work;                   // true unless told: proof of work, or a question without script
};
BOOST_DESCRIBE_STRUCT(FormGuard, (), (least_seconds, most_links, work))

struct FormDefinition {
    std::vector<Locale> locales;  // the first one stands where a translation is missing
    FormWords title, intro, button, thanks;
    MailboxId mailbox;
    std::optional<TeamId> team;  // else the mailbox's
    std::optional<Priority> priority;
    std::vector<FormField> fields;
    std::optional<FormConsent> consent;
    std::vector<FormRule> rules;
    std::optional<FormGuard> guard;
    std::optional<Text<0, 500>> redirect;  // where a visitor goes afterwards: https; empty: thanks are shown
    std::vector<std::string> origins;      // whose pages may carry it
    std::optional<bool> confirm;           // a letter with the reference to the sender
};
BOOST_DESCRIBE_STRUCT(FormDefinition, (),
                      (locales, title, intro, button, thanks, mailbox, team, priority, fields, consent, rules, guard,
                       redirect, origins, confirm))

using FormSlug = Text<1, 60>;

struct NewForm {
    Text<1, 100> name;
    FormSlug slug;
    MailboxId mailbox;
    std::optional<Locale> locale;              // of its first words; en unless told
    std::optional<FormDefinition> definition;  // else: name, e-mail address, message
};
BOOST_DESCRIBE_STRUCT(NewForm, (), (name, slug, mailbox, locale, definition))

struct FormChange {
    std::optional<Text<1, 100>> name;
    std::optional<FormSlug> slug;
    std::optional<bool> closed;  // false: open again as it was published
};
BOOST_DESCRIBE_STRUCT(FormChange, (), (name, slug, closed))

struct PutFormDraft {
    std::int64_t version = 0;  // that it was read with
    FormDefinition definition;
};
BOOST_DESCRIBE_STRUCT(PutFormDraft, (), (version, definition))

struct FormFinding {
    std::string pointer, rule, fix;
};
BOOST_DESCRIBE_STRUCT(FormFinding, (), (pointer, rule, fix))

struct FormSummary {
    FormId id;
    std::string name, slug, url;
    FormState state{};
    std::vector<Locale> locales;
    std::int64_t fields = 0, submissions = 0, held = 0;
    std::int64_t number = 0;  // of the published version; 0: none
    bool unpublished_changes = false;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(FormSummary, (),
                      (id, name, slug, url, state, locales, fields, submissions, held, number, unpublished_changes,
                       created_at, changed_at))

struct FormView : FormSummary {
    std::int64_t version = 0;  // of the draft
    FormDefinition definition;
    std::vector<FormFinding> findings;      // what stands against its publication
    std::string embed_script, embed_frame;  // lines for pages of other sites
};
BOOST_DESCRIBE_STRUCT(FormView, (FormSummary), (version, definition, findings, embed_script, embed_frame))

struct FormVersion {
    std::int64_t number = 0;
    Time published_at{};
    FormDefinition definition;
};
BOOST_DESCRIBE_STRUCT(FormVersion, (), (number, published_at, definition))

enum class SubmissionState : std::uint8_t {
    entered,    // it is a conversation
    held,       // kept aside: somebody must look
    released,   // it was held, and is a conversation now
    discarded,  // it was held, and has been deleted
};
BOOST_DESCRIBE_ENUM(SubmissionState, entered, held, released, discarded)

// The words as they were shown and agreed to.
struct FormConsentProof {
    std::string words;
    Locale locale{};
    std::int64_t number = 0;  // of the form's version
    bool given = false;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(FormConsentProof, (), (words, locale, number, given, at))

struct SubmittedFile {
    std::string name, media_type;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(SubmittedFile, (), (name, media_type, size))

// What a held submission says.
struct HeldWords {
    std::string subject, text, name, address;
    std::vector<FilledField> fields;
    std::vector<SubmittedFile> files;
};
BOOST_DESCRIBE_STRUCT(HeldWords, (), (subject, text, name, address, fields, files))

struct SubmissionView {
    SubmissionId id;
    FormId form;
    std::string reference;
    SubmissionState state{};
    std::vector<std::string> reasons;  // honeypot, too_fast, links, repeated, changed, flood
    Locale locale{};
    std::int64_t number = 0;  // of the form's version
    std::optional<FormConsentProof> consent;
    std::optional<ConversationId> conversation;
    std::optional<HeldWords> words;  // while it is held
    std::optional<Time> expires_at;  // when what is held is deleted
    Time at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(SubmissionView, (),
                      (id, form, reference, state, reasons, locale, number, consent, conversation, words, expires_at,
                       at, changed_at))

struct SubmissionQuery {
    std::optional<SubmissionState> state;  // held unless told
    std::string after;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(SubmissionQuery, (), (state, after, limit))

}  // namespace rapport::forms

// deliveries have submissions, too.
template <>
struct rapport::json::SchemaName<rapport::forms::SubmissionView> {
    static std::string name() { return "FormSubmission"; }
};
