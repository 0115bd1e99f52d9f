// fsck of the outbox, of the spool and of suppressions: what cannot be true of a sound one, asked of the rows alone.
#include "post/inbound.hpp"
#include "post/sql.hpp"
#include "post/suppression.hpp"

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

namespace {
struct SuppressionTimes {
    SuppressionId id;
    std::string address;
    Time created_at{};
    std::optional<Time> expires_at;
};
BOOST_DESCRIBE_STRUCT(SuppressionTimes, (), (id, address, created_at, expires_at))
}  // namespace

std::vector<Finding> check_returns(store::Reader& reader) {
    struct Rule {
        store::Query const& query;
        std::string_view text;
    };
    Rule const rules[] = {
        {sql::check_lost_recipients, "has a recipient and is not in the spool"},
        {sql::check_unaddressed, "is in the spool and is for nobody"},
        {sql::check_handled, "what was made of a mail stands with the time, and only once it is not waiting"},
    };
    std::vector<Finding> findings;
    for (auto const& rule : rules)
        for (auto const id : reader.all<InboundId>(rule.query))
            findings.push_back({to_text(id), std::string(rule.text)});
    // An address in another form would never be found when letters are asked about.
    for (auto const& row : reader.all<SuppressionTimes>(sql::check_suppressions))
        if (row.address != normalised(row.address) || (row.expires_at && *row.expires_at < row.created_at))
            findings.push_back({to_text(row.id), "a suppression names a normalised address and ends after it began"});
    return findings;
}

}  // namespace rapport::post
