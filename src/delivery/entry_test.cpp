// Verification entries and certificates: what they show, to whom, and that nothing personal is among what anybody may
// see.
#include "delivery/entry.hpp"

#include <set>

#include "delivery/delivery_fixture.hpp"
#include "evidence/verify.hpp"
#include "evidence/zip.hpp"

namespace rapport::delivery {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Entry : public DeliveryTest {
  protected:
    // Accepted and handed over, with the log published.
    DeliveryId handed_over() {
        auto wanted = letter("Secret subject", "The secret plan.");
        wanted.files.push_back(file("secret-plan.pdf", "application/pdf", "%PDF-1.7 x"));
        auto const id = submitted(std::move(wanted));
        EXPECT_TRUE(notify(id) && accept(id));
        for (int part : {0, 1}) EXPECT_TRUE(fetch(id, part));
        publish_checkpoint();
        return id;
    }
    Expected<EntryView> entry(std::string const& token) {
        return store().read_now([&](store::Reader& r) { return find_entry(r, office(), token); });
    }
    Expected<Bytes> drawn(DeliveryId id, Contents contents = Contents::if_sound, std::optional<Locale> locale = {}) {
        return store().read_now([&](store::Reader& r) { return certificate(r, office(), id, contents, locale); });
    }
    Bytes packed(DeliveryId id) {
        return *store().read_now([&](store::Reader& r) { return package(r, office(), id, Contents::required, now()); });
    }
};
RAPPORT_ON_BOTH_ENGINES(Entry);

TEST_P(Entry, tokens_lead_to_their_delivery_and_cannot_be_made_up) {
    std::set<std::string> seen;
    for (std::int64_t i : {1LL, 2LL, 255LL, 256LL, 0x7FFFFFFFFFFFFFFFLL}) {
        auto const token = entry_token(keyring_, DeliveryId{i});
        EXPECT_EQ(token.size(), 32U);
        EXPECT_EQ(delivery_of_entry(keyring_, token), DeliveryId{i});
        EXPECT_EQ(token, entry_token(keyring_, DeliveryId{i}));
        EXPECT_TRUE(seen.insert(token.substr(0, 8)).second);
        for (std::size_t at = 0; at < token.size(); ++at) {
            auto other = token;
            other[at] = other[at] == 'A' ? 'B' : 'A';
            EXPECT_FALSE(delivery_of_entry(keyring_, other)) << at;
        }
    }
    for (auto const* text :
         {"", "x", "dlv_0000000000001", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "................................"})
        EXPECT_FALSE(delivery_of_entry(keyring_, text)) << text;
    auto const other = store::Keyring::open(folder() / "another");
    EXPECT_FALSE(delivery_of_entry(other, entry_token(keyring_, DeliveryId{1})));
}

TEST_P(Entry, shows_codes_times_and_places_and_nothing_of_anybody) {
    auto const id = handed_over();
    auto const view = entry(entry_token(keyring_, id));
    ASSERT_TRUE(view) << view.error().text;
    std::vector<std::string> shown;
    for (auto const& record : view->evidence) {
        shown.push_back(record.code);
        EXPECT_TRUE(record.leaf_index);
    }
    EXPECT_EQ(shown, codes(id));
    EXPECT_FALSE(view->qualified);
    ASSERT_TRUE(view->checkpoint);
    EXPECT_EQ(view->checkpoint->origin, "test.example/log");
    std::vector<std::string> all{json::encode(*view)};
    for (auto const locale : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa}) {
        all.push_back(entry_page(*view, locale));
        EXPECT_THAT(all.back(), HasSubstr("lang=\"" + to_text(locale) + "\""));
        EXPECT_THAT(all.back(), HasSubstr("C3"));
        EXPECT_THAT(all.back(), Not(HasSubstr("{{")));
        EXPECT_THAT(entry_missing_page(locale), Not(HasSubstr("C3")));
    }
    for (auto const& text : all)
        for (auto const* secret :
             {"ada", "Ada", "Lovelace", "example.org", "example.net", "ecret", "plan", "Stadtwerke"})
            EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST_P(Entry, stays_when_the_content_is_erased) {
    auto const id = handed_over();
    auto const before = entry(entry_token(keyring_, id));
    ASSERT_TRUE(erase(id));
    auto const after = entry(entry_token(keyring_, id));
    ASSERT_TRUE(before && after);
    EXPECT_EQ(after->evidence.size(), before->evidence.size());
}

TEST_P(Entry, of_what_does_not_exist_is_not_found) {
    EXPECT_EQ(entry(entry_token(keyring_, DeliveryId{12345})).error().kind, ErrorKind::not_found);
    EXPECT_EQ(entry("nothing").error().kind, ErrorKind::not_found);
    auto plain = letter();
    plain.kind = Kind::plain;
    plain.recipients.front().second_email.reset();
    EXPECT_EQ(entry(entry_token(keyring_, submitted(std::move(plain)))).error().kind, ErrorKind::not_found);
}

TEST_P(Entry, before_the_first_checkpoint_says_that_the_log_waits) {
    auto const id = submitted();
    auto const view = entry(entry_token(keyring_, id));
    ASSERT_TRUE(view);
    EXPECT_FALSE(view->checkpoint);
    EXPECT_THAT(entry_page(*view, Locale::en), HasSubstr("has not been published yet"));
}

TEST_P(Entry, certificates_are_the_same_bytes_and_wait_for_the_log) {
    auto const id = submitted();
    EXPECT_EQ(drawn(id).error().code, "not_yet_logged");
    publish_checkpoint();
    auto const first = drawn(id);
    ASSERT_TRUE(first) << first.error().text;
    EXPECT_TRUE(first->starts_with("%PDF-"));
    EXPECT_TRUE(*drawn(id) == *first);
    EXPECT_FALSE(*drawn(id, Contents::if_sound, Locale::fa) == *first);
    EXPECT_THAT(*first, HasSubstr(entry_token(keyring_, id)));
    EXPECT_EQ(drawn(DeliveryId{99}).error().kind, ErrorKind::not_found);
}

TEST_P(Entry, the_certificate_travels_in_the_package_under_its_seal) {
    auto const id = handed_over();
    auto const container = packed(id);
    auto const entries = evidence::zip::read(container);
    ASSERT_TRUE(entries);
    auto const found = std::ranges::find(*entries, "certificate.pdf", &evidence::zip::Entry::name);
    ASSERT_NE(found, entries->end());
    EXPECT_TRUE(found->content == *drawn(id));
    auto changed = *entries;
    changed[static_cast<std::size_t>(found - entries->begin())].content.back() ^= 1;
    auto const report = evidence::verify_package(evidence::zip::write(changed));
    EXPECT_FALSE(report.valid);
    EXPECT_TRUE(std::ranges::any_of(report.checks, [](auto& check) { return check.name == "manifest" && !check.ok; }));
}

TEST_P(Entry, certificates_after_erasure_and_without_the_content_still_can_be_had) {
    auto const id = handed_over();
    auto const whole = *drawn(id);
    auto const withheld = drawn(id, Contents::withheld);
    ASSERT_TRUE(withheld);
    EXPECT_LT(withheld->size(), whole.size());
    ASSERT_TRUE(erase(id));
    auto const erased = drawn(id);
    ASSERT_TRUE(erased);
    EXPECT_FALSE(*erased == whole);
}

}  // namespace
}  // namespace rapport::delivery
