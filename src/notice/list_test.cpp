// Lists of notices on both engines: every combination of filters, page by page, along an index.
#include <set>

#include "notice/notice_fixture.hpp"
#include "testing/query_plan.hpp"

namespace rapport::notice {
namespace {

class NoticeListTest : public NoticeTest {
  protected:
    NoticePage page(NoticeFilter const& filter) {
        return *read([&](store::Reader& reader) { return list_notices(reader, desk(), filter); });
    }
    // All of them, three at a time.
    std::vector<std::string> walk(NoticeFilter filter) {
        std::vector<std::string> found;
        filter.limit = 3;
        for (int pages = 0; pages < 100; ++pages) {
            auto const one = page(filter);
            for (auto const& item : one.items) found.push_back(to_text(item.id));
            if (!one.next) return found;
            EXPECT_EQ(one.items.size(), 3U);  // filters do not thin pages out
            filter.after = *one.next;
        }
        return found;
    }
    void add(NewNotice notice, std::optional<std::string> origin, std::optional<std::string> reference) {
        if (reference) notice.reference = Text<1, 100>{*reference};
        auto wanted = request(std::move(notice));
        wanted.origin = std::move(origin);
        ASSERT_TRUE(notices().submit_now(wanted));
        advance(std::chrono::milliseconds(1));
    }
    void add_some() {
        for (int i = 0; i < 30; ++i) {
            std::string const who = i % 3 == 0 ? "never" : "ada",
                              address = who + std::to_string(i % 2) + "@example.org";
            auto const reference = i % 4 == 0 ? std::optional<std::string>("r") : std::nullopt;
            if (i % 5 == 0)
                add(renewal(address), "sch_1", reference);
            else
                add(announcement(address), i % 2 ? std::optional<std::string>("blk_1") : std::nullopt, reference);
        }
    }
};
RAPPORT_ON_BOTH_ENGINES(NoticeListTest);

TEST_P(NoticeListTest, GivesWhatEveryCombinationOfFiltersAsksForNewestFirst) {
    add_some();
    NoticeFilter whole;
    whole.limit = 200;
    auto const all = page(whole).items;
    ASSERT_EQ(all.size(), 30U);
    std::optional<CustomerId> known;
    for (auto const& item : all)
        if (item.customer) known = item.customer;
    std::set<std::size_t> sizes;
    using Words = std::vector<std::optional<std::string>>;
    for (auto const state : {std::optional<State>(), std::optional(State::submitted), std::optional(State::suppressed),
                             std::optional(State::throttled)})
        for (auto const& kind : Words{{}, "announcement", "auto_renewal", "none"})
            for (auto const& origin : Words{{}, "blk_1", "sch_1", "none"})
                for (auto const& reference : Words{{}, "r"})
                    for (auto const customer : {std::optional<CustomerId>(), known}) {
                        NoticeFilter const filter{state, kind, reference, origin, customer, {}, 0};
                        std::vector<std::string> expected;
                        for (auto const& item : all)
                            if ((!state || item.state == *state) && (!kind || item.kind == *kind) &&
                                (!origin || item.origin == origin) && (!reference || item.reference == reference) &&
                                (!customer || item.customer == customer))
                                expected.push_back(to_text(item.id));
                        EXPECT_EQ(walk(filter), expected)
                            << (state ? json::enum_name(*state) : "") << ' ' << kind.value_or("") << ' '
                            << origin.value_or("") << ' ' << reference.value_or("") << ' ' << customer.has_value();
                        sizes.insert(expected.size());
                    }
    EXPECT_GT(sizes.size(), 8U);  // the filters tell something apart
}

// Among many of another state, kind or origin a page must not walk over them.
TEST_P(NoticeListTest, WalksAnIndexThatHoldsWhatIsAskedFor) {
    add_some();
    constexpr std::string_view more =
        "INSERT INTO notice (id, kind, class, category, state, locale, template, origin, created_at) "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        "SELECT 1000000000 + i, 'bulk' || (i % 3), 'legal', 'c', CASE WHEN i % 100 = 0 THEN 'throttled' ELSE "
        "'suppressed' END, "
        "'en', 1, 'blk_' || (i % 7), i FROM n";
    static constexpr store::Query fill{"test.fill", more, more}, analyse{"test.analyse", "ANALYZE", "ANALYZE"};
    write([](store::Tx& tx) { return tx.exec(fill), tx.exec(analyse), true; });
    test::QueryPlans plans(store(), GetParam());
    for (auto const& [query, index] :
         {std::pair(&sql::list_state, "notice_state"), std::pair(&sql::list_kind, "notice_kind_state"),
          std::pair(&sql::list_origin, "notice_origin_state")}) {
        auto const plan = plans.of(*query, {"9000000000", "51", "'throttled'", "'blk_1'"});
        EXPECT_THAT(plan, testing::HasSubstr(index)) << query->name;
        EXPECT_THAT(plan, testing::Not(testing::HasSubstr("Filter"))) << query->name;
        EXPECT_THAT(plan, testing::Not(testing::HasSubstr("SCAN"))) << query->name;
    }
}

}  // namespace
}  // namespace rapport::notice
