// fsck of the outbox: what cannot be true of a sound one, asked of the rows alone.
#include "post/post.hpp"
#include "post/sql.hpp"

namespace rapport::post {

std::vector<Finding> check_outbox(store::Reader& reader, Time) {
    struct Rule {
        store::Query const& query;
        std::string_view text;
    };
    Rule const rules[] = {
        {sql::check_due, "only a queued letter has a time to be tried, and it has its data"},
        {sql::check_data, "an accepted or cancelled letter keeps no data"},
        {sql::check_attempts, "a letter has as many recorded attempts as it counts"},
        {sql::check_open_attempts, "only the last attempt of a letter being attempted is open"},
        {sql::check_attempting, "a letter being attempted has an open attempt"},
        {sql::check_results, "the last attempt of an accepted or unknown letter says so"},
        {sql::check_twice, "a letter is accepted once"},
        {sql::check_orphans, "an attempt belongs to a letter"},
    };
    std::vector<Finding> findings;
    for (auto const& rule : rules)
        for (auto const id : reader.all<OutboxId>(rule.query))
            findings.push_back({to_text(id), std::string(rule.text)});
    return findings;
}

}  // namespace rapport::post
