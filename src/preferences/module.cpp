// The module: stock categories, upkeep, fsck.
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {
namespace {

constexpr int most_attempts = 5;

struct WordingRow {
    ConsentId id;
    std::string wording;
    Digest digest;
};
BOOST_DESCRIBE_STRUCT(WordingRow, (), (id, wording, digest))

}  // namespace

void Preferences::put_stock_on_shelf() {
    for (int attempt = 0;; ++attempt) try {
            store_.write_now([now = clock_()](store::Tx& tx) {
                put_stock_categories(tx, now);
                return true;
            });
            return;
        } catch (store::UniqueViolation const&) {  // another node started at the same moment
            if (attempt == most_attempts) throw;
        }
}

std::function<void(store::Tx&)> Preferences::unsubscribe_by_mail(store::Reader& reader, std::string_view owner,
                                                                 Time at) const {
    auto const notice = desk_.find_notice.by_letter ? desk_.find_notice.by_letter(reader, owner) : std::nullopt;
    auto const about = notice ? desk_.find_notice.by_number(reader, *notice) : std::nullopt;
    if (!about || !about->customer || !rule_of(about->class_).may_be_refused) return {};
    return [settings = desk_.settings, customer = *about->customer, category = about->category, at](store::Tx& tx) {
        Act const act{{ActorKind::customer, customer.value, {}}, at, {}, {}};
        (void)refuse(tx, settings, act, customer, category, How::mail);
    };
}

Task<> Preferences::tidy_up() {
    auto const now = clock_();
    co_await store_.write([now](store::Tx& tx) {
        lapse(tx, now);
        return true;
    });
}

void check_preferences(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    for (auto const id : reader.all<CustomerId>(sql::fsck_lost))
        report({to_text(id), "has preferences or consents, and is no customer"});
    for (auto const id : reader.all<CustomerId>(sql::fsck_choices))
        report({to_text(id), "chose about a category that is not there, or refused a legal one"});
    for (auto const id : reader.all<ConsentId>(sql::fsck_states))
        report({to_text(id), "has a state that its times do not fit"});
    for (auto const id : reader.all<ConsentId>(sql::fsck_unlogged))
        report({to_text(id), "was given or withdrawn, and the log has no record of it"});
    for (auto const& row : reader.all<WordingRow>(sql::fsck_wordings))
        if (sha256(row.wording) != row.digest)
            report({to_text(row.id), "its wording was changed: the digest is another"});
    check_records(reader, report);
}

}  // namespace rapport::preferences
