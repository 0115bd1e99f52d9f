// fsck: what cannot be true of sound forms.
#include "forms/sql.hpp"
#include "forms/submit.hpp"

namespace rapport::forms {
namespace {

void check_submission(store::Reader& reader, conversation::Office const& office, SubmissionRow const& row,
                      std::function<void(conversation::Finding const&)> const& report) {
    auto const at = "form submission " + to_text(row.id);
    bool const has_content = row.content && row.wrapped_key;
    if (row.state == SubmissionState::held) {
        if (!has_content) return report({at, "it is held, and what it says is not there"});
        if (auto const held = held_of(reader, office, row); !held) report({at, held.error().text});
        return;
    }
    if (row.content || row.wrapped_key) report({at, "it is not held, and its words are kept all the same"});
    if (row.state == SubmissionState::discarded) return;
    auto const message = reader.one<MessageId>(sql::arrival_of, to_text(row.form), row.key);
    if (!row.conversation || !row.message || message != row.message)
        report({at, "it should be a conversation, and is none"});
}

}  // namespace

void check_forms(store::Reader& reader, conversation::Office const& office,
                 std::function<void(conversation::Finding const&)> const& report) {
    for (auto const& row : reader.all<FormRow>(sql::list_forms)) {
        auto const at = "form " + to_text(row.id);
        if (!json::decode<FormDefinition>(json::encode(row.draft))) report({at, "its draft cannot be read"});
        if (row.state == FormState::published && row.number == 0) report({at, "it is published without a version"});
        for (auto number = row.number; number > 0; --number) {
            auto const version = reader.one<VersionRow>(sql::find_version, row.id, number);
            if (!version || !json::decode<FormDefinition>(json::encode(version->definition)))
                report({at, "version " + std::to_string(number) + " is not there, or cannot be read"});
        }
    }
    for (SubmissionId after{0};;) {
        auto const rows = reader.all<SubmissionRow>(sql::all_submissions, after);
        if (rows.empty()) return;
        after = rows.back().id;
        for (auto const& row : rows) check_submission(reader, office, row, report);
    }
}

}  // namespace rapport::forms
