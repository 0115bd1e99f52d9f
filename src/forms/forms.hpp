// Web forms: built by the organisation, filled in by whoever comes, and a conversation from then on
// (conversation/arrival.hpp). README.md is the one-page overview, wire.hpp has the API's shapes.
#pragma once

#include "conversation/visiting.hpp"
#include "forms/wire.hpp"
#include "net/reply.hpp"
#include "net/throttle.hpp"

namespace rapport::forms {

using people::CustomerId;

struct FormRow {
    FormId id;
    std::string slug, name;
    FormState state{};
    json::Object draft;
    std::int64_t draft_version = 0, number = 0, drafted_number = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(FormRow, (),
                      (id, slug, name, state, draft, draft_version, number, drafted_number, created_at, changed_at))

struct VersionRow {
    FormId form;
    std::int64_t number = 0;
    json::Object definition;
    Time published_at{};
};
BOOST_DESCRIBE_STRUCT(VersionRow, (), (form, number, definition, published_at))

struct SubmissionRow {
    SubmissionId id;
    FormId form;
    std::int64_t number = 0;
    std::string key, reference;
    SubmissionState state{};
    std::string reasons;
    Locale locale{};
    json::Object consent;
    Digest likeness;
    Time at{}, changed_at{};
    std::optional<ConversationId> conversation;
    std::optional<MessageId> message;
    std::optional<store::Blob> wrapped_key;
    std::optional<Digest> content;
};
BOOST_DESCRIBE_STRUCT(SubmissionRow, (),
                      (id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at,
                       conversation, message, wrapped_key, content))

// Of one process each.
struct Limits {
    net::Throttle by_network{8, std::chrono::seconds(15)};
    net::Throttle by_form{120, std::chrono::seconds(1)};  // beyond it, what comes is held
    net::Throttle letters_by_address{3, std::chrono::hours(2)};
};

inline constexpr auto page_life = std::chrono::hours(24);
inline constexpr auto keep_held = std::chrono::days(30);
inline constexpr auto alike_within = std::chrono::hours(24);
inline constexpr std::int64_t most_held = 1000;  // of one form: what comes then is not taken, and told so

class Forms {
  public:
    Forms(conversation::Conversations& conversations, std::string organisation, std::string public_url);

    // Before anything leaves.
    void hear_from(post::Post& post);
    // Deletes what was held for too long.
    Task<> tidy_up();

    store::Store& store() { return conversations_.store(); }
    conversation::Office const& office() const { return conversations_.office(); }
    conversation::Addresses& addresses() { return conversations_.addresses(); }
    Clock const& clock() const { return conversations_.clock(); }
    Limits& limits() { return limits_; }
    std::string const& organisation() const { return organisation_; }
    std::string const& public_url() const { return public_url_; }
    Key256 const& page_key() const { return page_key_; }
    Key256 const& writer_key() const { return writer_key_; }

  private:
    conversation::Conversations& conversations_;
    std::string organisation_, public_url_;
    Key256 page_key_, writer_key_;
    Limits limits_;
};

// ---- forms

// Publish form.created, form.changed, form.published, form.closed; audited. Codes: not_found, slug_taken,
// too_many_forms, changed_meanwhile, invalid_fields, form_incomplete, never_published.
Expected<FormView> create_form(store::Tx& tx, Forms& forms, Act const& act, NewForm const& wanted);
Expected<FormView> change_form(store::Tx& tx, Forms& forms, Act const& act, FormId id, FormChange const& change);
Expected<FormView> put_draft(store::Tx& tx, Forms& forms, Act const& act, FormId id, PutFormDraft const& wanted);
Expected<FormView> publish(store::Tx& tx, Forms& forms, Act const& act, FormId id, std::int64_t version);
Expected<FormView> find_form(store::Reader& reader, Forms& forms, FormId id);
std::vector<FormSummary> list_forms(store::Reader& reader, Forms& forms);
std::vector<FormVersion> list_versions(store::Reader& reader, FormId id);
// What visitors see; nothing where it was never published.
std::optional<FormDefinition> definition_of(store::Reader& reader, FormId id, std::int64_t number);
FormDefinition draft_of(FormRow const& row);

// ---- submissions

Expected<net::Page<SubmissionView>> list_submissions(store::Reader& reader, Forms& forms, FormId id,
                                                     SubmissionQuery const& query);
Expected<SubmissionView> find_submission(store::Reader& reader, Forms& forms, SubmissionId id);
// What was held becomes a conversation, or is deleted. Publish form.released, form.discarded; audited. Codes:
// not_found, not_held, mailbox_not_found.
struct Release;
Expected<std::shared_ptr<Release const>> prepare_release(store::Reader& reader, Forms& forms, SubmissionId id,
                                                         Time now);
Expected<SubmissionView> release(store::Tx& tx, Forms& forms, Act const& act, Release const& prepared);
Expected<> discard(store::Tx& tx, Forms& forms, Act const& act, SubmissionId id);
std::size_t discard_old(store::Tx& tx, Forms& forms, Time now);
// Of a person who is erased: what is held of their addresses is deleted, and digests of what they typed are wiped; how
// many were held. Publishes form.discarded.
std::int64_t erase_submissions(store::Tx& tx, Forms& forms, Act const& act,
                               std::vector<ConversationId> const& conversations,
                               std::vector<EmailAddress> const& addresses);

// ---- fsck

void check_forms(store::Reader& reader, conversation::Office const& office,
                 std::function<void(conversation::Finding const&)> const& report);

}  // namespace rapport::forms
