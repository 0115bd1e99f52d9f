// What the planning of notices asks about digests and the throttle. Internal to the module.
#pragma once

#include <map>

#include "notice/row.hpp"
#include "notice/schedule_wire.hpp"

namespace rapport::notice {

struct DigestRow {
    DigestId id;
    std::string name;
    std::optional<std::string> kind, category;
    DigestEvery every{};
    std::optional<std::int64_t> minute;  // of the day
    std::optional<Weekday> weekday;
    std::optional<std::string> zone;
    bool active = true;
    std::int64_t letters = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(DigestRow, (),
                      (id, name, kind, category, every, minute, weekday, zone, active, letters, created_at, changed_at))

// When a digest that something is put into now goes out.
Time due_of(DigestRow const& digest, std::string const& zone, Time now);

// A notice that waits for its digest.
struct DigestItem {
    NoticeId id;
    DigestId digest;
    Digest recipient;
    Time due_at{};
    Class class_{};
    std::string category;
    store::Blob box, wrapped_key;
};
BOOST_DESCRIBE_STRUCT(DigestItem, (), (id, digest, recipient, due_at, class_, category, box, wrapped_key))

struct DigestContent {
    std::optional<CustomerId> customer;
    EmailAddress email;
    std::string name;
    Locale locale = Locale::en;
    std::string subject, text;
    Time at;
};
BOOST_DESCRIBE_STRUCT(DigestContent, (), (customer, email, name, locale, subject, text, at))

// Of one plan: rules are read once, customers counted once.
class Collector {
  public:
    Collector(store::Reader& reader, Desk const& desk, Time now) : reader_(reader), desk_(desk), now_(now) {}

    // Why a promotional notice to them must not be; empty when it may. One that may counts from then on.
    std::optional<std::string> throttled(Class class_, delivery::Addressee const& to);
    // The digest that takes notices of this kind. Legal notices wait for nothing.
    DigestRow const* digest_for(KindRow const& kind);
    Expected<DigestItem> item(DigestRow const& digest, NoticeRow const& row, delivery::Addressee const& to,
                              delivery::Words const& words, std::string const& zone);

  private:
    store::Reader& reader_;
    Desk const& desk_;
    Time now_;
    std::optional<ThrottleSettings> throttle_;
    std::optional<std::vector<DigestRow>> digests_;
    std::map<std::string, std::int64_t> had_;  // by address, in lower case
};

void keep_item(store::Tx& tx, DigestItem const& item);
Expected<DigestContent> content_of(Desk const& desk, DigestItem const& item);

}  // namespace rapport::notice
