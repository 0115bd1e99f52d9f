// MTA-STS records and policies as RFC 8461 wants them read; TLSA records; what a site is. The whole of it against
// unbound, Postfix and an https server: tests/scenario/mail_out_test.py.
#include "channels/email/mta_sts.hpp"

#include <gtest/gtest.h>

#include "channels/email/resolver.hpp"

namespace rapport::channels::email {
namespace {

Time const now = *time_from_text("2026-11-22T00:00:00Z");

TEST(MtaSts, exactly_one_record_with_an_identifier_counts) {
    EXPECT_EQ(sts_id({"v=STSv1; id=20160831085700Z;"}), "20160831085700Z");
    EXPECT_EQ(sts_id({"something else", "v=STSv1;id=a"}), "a");
    EXPECT_FALSE(sts_id({"v=STSv1; id=a", "v=STSv1; id=b"}));
    for (std::string const bad : {"v=STSv1", "v=STSv1;", "v=STSv2; id=a", "v=STSv1; id=a b", "v=STSv10; id=a",
                                  "v=STSv1; id=123456789012345678901234567890123", ""})
        EXPECT_FALSE(sts_id({bad})) << bad;
    EXPECT_FALSE(sts_id({}));
}

TEST(MtaSts, a_policy_is_read_with_any_line_ends_and_unknown_keys) {
    auto const policy = parse_sts_policy(
        "version: STSv1\r\nmode: enforce\r\nmx: MX1.example.com\nmx: *.example.net\nfuture: x\nmax_age: 86400\n",
        "example.com", "1", now);
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->mode, StsMode::enforce);
    EXPECT_EQ(policy->mx, (std::vector<std::string>{"mx1.example.com", "*.example.net"}));
    EXPECT_EQ(policy->expires, now + std::chrono::hours(24));
    for (std::string const bad :
         {"", "version: STSv1\nmode: enforce\nmax_age: 1\n", "version: STSv2\nmode: none\nmax_age: 1\n",
          "version: STSv1\nmode: all\nmx: a\nmax_age: 1\n", "version: STSv1\nmode: testing\nmx: a\nmax_age: -1\n",
          "version: STSv1\nmode: testing\nmx: a\n", "mode: testing\nmx: a\nmax_age: 1\n"})
        EXPECT_FALSE(parse_sts_policy(bad, "d", "1", now)) << bad;
    auto const endless = parse_sts_policy("version: STSv1\nmode: none\nmax_age: 99999999999\n", "d", "1", now);
    ASSERT_TRUE(endless);
    EXPECT_EQ(endless->expires, now + std::chrono::seconds(31'557'600));
}

TEST(MtaSts, a_wildcard_stands_for_one_label) {
    StsPolicy const policy{"example.com", "1", StsMode::enforce, {"mx.example.com", "*.example.net"}, now};
    EXPECT_TRUE(allows(policy, "MX.example.com"));
    EXPECT_TRUE(allows(policy, "a.example.net"));
    for (std::string const other : {"example.net", "a.b.example.net", "mx2.example.com", ".example.net", ""})
        EXPECT_FALSE(allows(policy, other)) << other;
}

TEST(Tlsa, only_what_an_smtp_client_may_use_is_usable) {
    auto const records = tlsa_from({std::string("\x03\x01\x01", 3) + std::string(32, 'x'), std::string("\x03\x01", 2),
                                    std::string("\x01\x00\x00", 3) + "cert", std::string("\x02\x00\x02", 3) + "short"});
    ASSERT_EQ(records.size(), 3u);
    EXPECT_TRUE(is_usable(records[0]));
    EXPECT_FALSE(is_usable(records[1])) << "PKIX usages say nothing to an SMTP client (RFC 7672 §3.1.3)";
    EXPECT_FALSE(is_usable(records[2])) << "a SHA-512 of the wrong size";
}

TEST(Site, is_the_set_of_mail_hosts) {
    EXPECT_EQ(site_of({{"b.example", 10}, {"a.example", 20}, {"b.example", 30}}), "a.example,b.example");
    EXPECT_EQ(route_from({{"a.example", 1}, {"b.example", 2}}, "us").site,
              route_from({{"b.example", 5}, {"a.example", 5}}, "us").site);
    std::vector<MxHost> many;
    for (int i = 0; i < 50; ++i) many.push_back({"mail-host-number-" + std::to_string(i) + ".example", i});
    EXPECT_LE(site_of(many).size(), 220u);
}

TEST(ReverseName, of_both_kinds_of_address) {
    EXPECT_EQ(reverse_name(asio::ip::make_address("192.0.2.1")), "1.2.0.192.in-addr.arpa");
    EXPECT_TRUE(reverse_name(asio::ip::make_address("2001:db8::1")).starts_with("1.0.0.0."));
    EXPECT_TRUE(reverse_name(asio::ip::make_address("2001:db8::1")).ends_with("8.b.d.0.1.0.0.2.ip6.arpa"));
}

}  // namespace
}  // namespace rapport::channels::email
