// Preferences as notices ask for them; and what the links in notices' letters are about.
#include "channels/email/email.hpp"
#include "notice/row.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

class OfCustomers final : public Preferences {
  public:
    explicit OfCustomers(preferences::Preferences& preferences) : preferences_(preferences) {}

    std::shared_ptr<preferences::KnownWishes const> meet(store::Reader& reader,
                                                         std::span<CustomerId const> customers) const override {
        return std::make_shared<preferences::KnownWishes const>(reader, customers);
    }

    Decision decide(store::Reader& reader, Asked const& asked) const override {
        preferences::Wish const wish{asked.customer, asked.category, asked.class_, asked.urgent, asked.due};
        auto const& zone = preferences_.settings().zone;
        auto decided = asked.known ? asked.known->decide(wish, zone) : preferences::decide(reader, wish, zone);
        Decision made;
        made.is = decided.verdict == preferences::Verdict::later      ? Decision::Is::later
                  : decided.verdict == preferences::Verdict::suppress ? Decision::Is::suppress
                                                                      : Decision::Is::send;
        made.at = decided.at;
        made.reason = std::move(decided.words);
        made.because = decided.because;
        made.zone = std::move(decided.zone);
        if (preferences::rule_of(asked.class_).may_be_refused)
            made.unsubscribe_url =
                preferences_.desk().links.url(preferences::LinkFor::notice, asked.notice.value, asked.now);
        return made;
    }

  private:
    preferences::Preferences& preferences_;
};

std::optional<preferences::AboutNotice> about_notice(store::Reader& reader, std::int64_t notice) {
    auto const row = reader.one<NoticeRow>(sql::find_notice, NoticeId{notice});
    if (!row) return std::nullopt;
    return preferences::AboutNotice{row->customer, row->category, row->class_, row->locale};
}

// The letter that the mail to its unsubscribe address names belongs to a delivery, which a notice made.
std::optional<std::int64_t> notice_of_letter(store::Reader& reader, std::string_view owner) {
    DeliveryId delivery;
    if (!from_text(owner, delivery)) return std::nullopt;
    auto const row = reader.one<NoticeRow>(sql::notice_of_delivery, delivery);
    return row ? std::optional(row->id.value) : std::nullopt;
}

}  // namespace

std::shared_ptr<Preferences const> of_customers(preferences::Preferences& preferences) {
    preferences.know_notices({about_notice, notice_of_letter});
    return std::make_shared<OfCustomers const>(preferences);
}

}  // namespace rapport::notice
