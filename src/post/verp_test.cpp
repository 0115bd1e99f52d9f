// Signed addresses: made, read back, and refused when anything about them is not ours.
#include "post/verp.hpp"

#include <gtest/gtest.h>

namespace rapport::post {
namespace {

ReturnPaths paths(char octet = 'k') {
    Key256 key;
    key.fill(static_cast<std::uint8_t>(octet));
    return {key, "Bounces.Example.org"};
}
OutboxId const letter{0x123456789abcdef};

std::string upper(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::toupper(c));
    return text;
}

TEST(ReturnPaths, an_address_names_its_letter_in_any_case) {
    auto const ours = paths();
    auto const address = ours.return_path(letter).value;
    EmailAddress checked;
    EXPECT_TRUE(from_text(address, checked));
    EXPECT_EQ(checked.value, address);
    EXPECT_LE(address.find('@'), 64u) << "RFC 5321 §4.5.3.1.1";
    EXPECT_EQ(ours.bounced(address), letter);
    EXPECT_EQ(ours.bounced(upper(address)), letter);
    EXPECT_EQ(ours.unsubscribed(ours.unsubscribe_address(letter).value), letter);
    EXPECT_EQ(ours.message_of("<" + ours.message_id_left(letter) + "@post.example.org>"), letter);
    EXPECT_EQ(ours.message_of(ours.message_id_left(letter)), letter);
}

TEST(ReturnPaths, what_an_earlier_key_signed_is_recognised_while_that_key_is_kept_and_no_longer) {
    Key256 before, now;
    before.fill('b');
    now.fill('n');
    std::string const domain = "bounces.example.org";
    ReturnPaths const old(before, domain), both(now, domain, {before}), fresh(now, domain);
    EXPECT_EQ(both.bounced(old.return_path(letter).value), letter);
    EXPECT_EQ(both.unsubscribed(old.unsubscribe_address(letter).value), letter);
    EXPECT_EQ(both.message_of(old.message_id_left(letter)), letter);
    EXPECT_EQ(both.found_in("about " + old.message_id_left(letter) + "@x"), letter);
    EXPECT_EQ(both.return_path(letter), fresh.return_path(letter)) << "nothing new is signed with it";
    EXPECT_FALSE(fresh.bounced(old.return_path(letter).value));
}

TEST(ReturnPaths, each_changed_character_and_each_other_use_is_refused) {
    auto const ours = paths();
    auto const address = ours.return_path(letter).value;
    for (std::size_t i = 0; i < address.size(); ++i) {
        auto changed = address;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_FALSE(ours.bounced(changed)) << changed;
    }
    EXPECT_FALSE(ours.bounced(paths('x').return_path(letter).value)) << "another key";
    EXPECT_FALSE(ours.bounced(ours.unsubscribe_address(letter).value)) << "another use";
    auto const mac = address.substr(21);
    EXPECT_FALSE(ours.unsubscribed("unsubscribe-" + address.substr(7, 13) + "-" + mac));
    for (auto const* text : {"", "@", "bounce-", "bounce-@bounces.example.org", "x@y", "bounce-0000000000000-"})
        EXPECT_FALSE(ours.bounced(text)) << text;
    EXPECT_FALSE(ours.bounced(address.substr(0, address.find('@')) + "@elsewhere.example")) << "another domain";
    EXPECT_FALSE(ours.message_of("<out_0123456789abc@post.example.org>")) << "a Message-ID without a MAC";
}

TEST(ReturnPaths, are_found_in_a_text_without_form) {
    auto const ours = paths();
    auto const other = paths('x').return_path(letter).value;
    EXPECT_EQ(ours.found_in("Hi, your mail <" + upper(other) + "> " + other + " and Message-ID: <" +
                            ours.message_id_left(letter) + "@x> could not be delivered"),
              letter);
    EXPECT_EQ(ours.found_in("Return-Path: <" + ours.return_path(letter).value + ">"), letter);
    EXPECT_FALSE(ours.found_in("Return-Path: <" + other + "> bounce-"));
    std::string many;
    for (int i = 0; i < 5000; ++i) many += other + ' ';
    EXPECT_FALSE(ours.found_in(many));
}

}  // namespace
}  // namespace rapport::post
