// Digests and the throttle while notices are planned.
#include "notice/collect.hpp"

#include "base/crypto.hpp"
#include "notice/sql.hpp"
#include "notice/zones.hpp"
#include "people/merged.hpp"
#include "store/keyring.hpp"

namespace rapport::notice {
namespace {

std::string bound_to(NoticeId id) { return "notice.digest_item " + to_text(id); }

}  // namespace

Time due_of(DigestRow const& digest, std::string const& zone, Time now) {
    if (digest.every == DigestEvery::hour) {
        // The next full hour of the zone's clock: some zones are half an hour off.
        auto local = local_of(now, zone);
        auto const into = std::chrono::minutes(local.minute) + std::chrono::seconds(local.second);
        auto const second = std::chrono::floor<std::chrono::seconds>(now);
        return second + std::chrono::hours(1) - into;
    }
    auto local = local_of(now, zone);
    auto const minute = static_cast<int>(digest.minute.value_or(8 * 60));
    local.hour = minute / 60;
    local.minute = minute % 60;
    local.second = 0;
    int const step = digest.every == DigestEvery::week ? 7 : 1;
    if (step == 7) {
        int const wanted = static_cast<int>(digest.weekday.value_or(Weekday::monday));
        local = days_later(local, (wanted - weekday_of(local) + 7) % 7);
    }
    auto at = resolve(local, zone).at;
    while (at <= now) {
        local = days_later(local, step);
        at = resolve(local, zone).at;
    }
    return at;
}

std::optional<std::string> Collector::throttled(Class class_, delivery::Addressee const& to) {
    if (class_ != Class::promotional) return std::nullopt;
    if (!throttle_) throttle_ = throttle_settings(reader_);
    if (!throttle_->promotional) return std::nullopt;
    auto const& limit = *throttle_->promotional;
    auto const [known, is_new] = had_.try_emplace(ascii_lower(to.email.value));
    if (is_new && to.customer)
        for (auto const record : people::records_of(reader_, *to.customer))
            known->second +=
                reader_
                    .one<std::int64_t>(sql::count_promotional, record, now_ - std::chrono::days(limit.days), limit.most)
                    .value_or(0);
    if (known->second >= limit.most)
        return "Throttled: this customer had " + std::to_string(known->second) + " promotional notices in the last " +
               std::to_string(limit.days) + " days, and at most " + std::to_string(limit.most) + " are sent.";
    ++known->second;
    return std::nullopt;
}

DigestRow const* Collector::digest_for(KindRow const& kind) {
    if (kind.class_ == Class::legal || kind.answers || kind.delivery != delivery::Kind::plain) return nullptr;
    if (!digests_) digests_ = reader_.all<DigestRow>(sql::active_digests);
    DigestRow const* found = nullptr;
    for (auto const& digest : *digests_) {
        if (digest.kind == kind.name) return &digest;  // what speaks of the kind comes before its category
        if (digest.category == kind.category) found = &digest;
    }
    return found;
}

Expected<DigestItem> Collector::item(DigestRow const& digest, NoticeRow const& row, delivery::Addressee const& to,
                                     delivery::Words const& words, std::string const& zone) {
    auto const& keyring = desk_.office.keyring;
    DigestContent const content{to.customer, to.email, to.name, words.locale, words.subject, words.text, now_};
    auto const key = random_key();
    auto const hash_key = keyring.derive("notice.digest_recipients");
    ByteView const hash_bytes(reinterpret_cast<char const*>(hash_key.data()), hash_key.size());
    return DigestItem{row.id,
                      digest.id,
                      hmac_sha256(hash_bytes, ascii_lower(to.email.value)),
                      due_of(digest, digest.zone.value_or(zone), now_),
                      row.class_,
                      row.category,
                      store::Blob{seal(key, json::encode(content), bound_to(row.id))},
                      store::Blob{keyring.wrap(key)}};
}

void keep_item(store::Tx& tx, DigestItem const& item) {
    tx.exec(sql::insert_digest_item, item.id, item.digest, item.recipient, item.due_at, item.class_, item.category,
            item.box, item.wrapped_key);
}

Expected<DigestContent> content_of(Desk const& desk, DigestItem const& item) {
    auto const key = desk.office.keyring.unwrap(item.wrapped_key.bytes);
    if (!key) return fail(key.error());
    auto const plain = open(*key, item.box.bytes, bound_to(item.id));
    if (!plain) return fail(plain.error());
    return json::decode<DigestContent>(*plain);
}

}  // namespace rapport::notice
