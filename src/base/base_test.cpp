// Tests of the ground floor.
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace rapport {
namespace {

enum class Colour { red, operator_ };
BOOST_DESCRIBE_ENUM(Colour, red, operator_)
struct ThingTag {
    static constexpr std::string_view prefix = "thg";
};
struct Inner {
    std::string a;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (a))
struct Outer {
    Id<ThingTag> id;
    Text<1, 5> title;
    std::optional<int> count;
    std::vector<Inner> inner;
    Colour colour;
    Time at;
    bool on = false;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (id, title, count, inner, colour, at, on))

TEST(Bytes, encodings_return_what_went_in_and_refuse_what_no_encoder_writes) {
    for (std::size_t n = 0; n < 70; ++n) {
        auto const bytes = random_bytes(n);
        EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
    EXPECT_FALSE(from_base64("AB="));
    EXPECT_FALSE(from_base64("AB=="));  // stray bits
    EXPECT_FALSE(from_hex("0G"));
    EXPECT_EQ(from_base32(to_base32(0x7FFFFFFFFFFFFFFF)), 0x7FFFFFFFFFFFFFFFULL);
    EXPECT_EQ(from_base32(to_base32(0xFFFFFFFFFFFFFFFF)), 0xFFFFFFFFFFFFFFFFULL);
}

TEST(Time, rfc3339_is_read_with_offsets_and_written_in_utc) {
    EXPECT_EQ(to_text(*time_from_text("2026-11-21T10:30:00+01:00")), "2026-11-21T09:30:00Z");
    EXPECT_EQ(to_text(*time_from_text("2026-11-21T10:30:00.25Z")), "2026-11-21T10:30:00.250000Z");
    for (auto bad : {"2026-02-30T00:00:00Z", "2026-11-21", "2026-11-21T10:30:00", "2026-11-21T24:00:00Z", ""})
        EXPECT_FALSE(time_from_text(bad)) << bad;
}

TEST(Id, rises_even_when_the_clock_stands_still_or_jumps_back) {
    Time now = system_now();
    IdSource source(3, [&] { return now; });
    std::int64_t last = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (i == 10'000) now -= std::chrono::hours(1);
        auto const next = source.next_value();
        ASSERT_GT(next, last);
        last = next;
    }
    Id<ThingTag> const id{last};
    Id<ThingTag> back;
    EXPECT_TRUE(from_text(to_text(id), back));
    EXPECT_EQ(back, id);
    EXPECT_FALSE(from_text("xyz_0000000000001", back));
}

TEST(Json, a_described_struct_survives_the_round_trip) {
    Outer in{{42}, {"abc"}, 7, {{"x"}, {"y\"\n"}}, Colour::operator_, *time_from_text("2026-01-01T00:00:00Z"), true};
    auto const text = json::encode(in);
    EXPECT_EQ(text, R"({"id":"thg_000000000001a","title":"abc","count":7,"inner":[{"a":"x"},{"a":"y\"\n"}],)"
                    R"("colour":"operator","at":"2026-01-01T00:00:00Z","on":true})");
    auto const out = json::decode<Outer>(text);
    ASSERT_TRUE(out);
    EXPECT_EQ(json::encode(*out), text);
}

TEST(Json, every_wrong_field_is_named_with_its_rule) {
    auto const out = json::decode<Outer>(
        R"({"id":"nope","title":"too long","count":"1","inner":[{"a":1},{}],"colour":"blue","at":"x","extra":1})");
    ASSERT_FALSE(out);
    std::vector<std::string> pointers;
    for (auto const& field : out.error().fields) pointers.push_back(field.pointer);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/id", "/title", "/count", "/inner/0/a", "/inner/1/a", "/colour",
                                                  "/at", "/on", "/extra"}));
}

TEST(Json, a_name_that_stands_twice_is_refused) {
    for (auto const* text : {R"({"a":1,"a":2})", R"([{"b":{"a":1,"\u0061":1}}])", R"({"a":{},"b":[{"c":1,"c":1}]})"}) {
        auto const value = json::parse(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, "json_syntax");
    }
    auto const good = R"({"a":{"a":1},"b":[{"a":1},{"a":"1\n"},[],{},-1,18446744073709551615,1.5,true,null]})";
    EXPECT_EQ(json::encode(*json::parse(good)),
              R"({"a":{"a":1},"b":[{"a":1},{"a":"1\n"},[],{},-1,18446744073709551615,1.5E0,true,null]})");
    EXPECT_FALSE(json::parse("{}{}"));
    EXPECT_FALSE(json::parse("{\"a\":"));
    EXPECT_FALSE(json::parse(""));
}
TEST(Json, a_number_beyond_all_bounds_is_refused) {
    EXPECT_FALSE(json::parse("[1e400]"));
    EXPECT_FALSE(json::parse("[-1e400]"));
    EXPECT_FALSE(json::parse("[1" + std::string(400, '0') + "]"));
    EXPECT_EQ(json::encode(*json::parse("[1e-400,1e308]")), "[0E0,1E308]");
}
TEST(Json, depth_is_limited) { EXPECT_FALSE(json::parse(std::string(100, '[') + std::string(100, ']'))); }

TEST(Crypto, a_box_opens_only_with_its_key_and_name_and_unchanged) {
    auto const key = random_key();
    auto box = seal(key, "secret", "row 1");
    EXPECT_EQ(open(key, box, "row 1"), "secret");
    EXPECT_FALSE(open(key, box, "row 2"));
    EXPECT_FALSE(open(random_key(), box, "row 1"));
    for (std::size_t i = 0; i < box.size(); ++i) {
        box[i] ^= 1;
        EXPECT_FALSE(open(key, box, "row 1")) << i;
        box[i] ^= 1;
    }
    auto const wrapped = wrap_key(key, random_key());
    EXPECT_TRUE(unwrap_key(key, wrapped));
    EXPECT_FALSE(unwrap_key(random_key(), wrapped));
}

TEST(Crypto, keys_are_wrapped_as_RFC_3394_says) {
    Key256 with, key;
    for (std::size_t i = 0; i < with.size(); ++i) with[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < 16; ++i) key[i] = static_cast<std::uint8_t>(i * 0x11);
    for (std::size_t i = 16; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i - 16);
    auto const wrapped = wrap_key(with, key);  // §4.6
    EXPECT_EQ(to_hex(wrapped), "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
    EXPECT_EQ(unwrap_key(with, wrapped), key);
}

TEST(Text, addresses_are_checked_and_their_domain_lowered) {
    EmailAddress address;
    EXPECT_TRUE(from_text(" Ada.L@EXAMPLE.org ", address));
    EXPECT_EQ(address.value, "Ada.L@example.org");
    for (auto bad : {"", "a", "@x.org", "a@", "a b@x.org", "a@x..org", "a\r\nb@x.org", ".a@x.org", "a@-x.org"})
        EXPECT_FALSE(from_text(bad, address)) << bad;
}

}  // namespace
}  // namespace rapport
