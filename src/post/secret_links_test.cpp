// Secrets of customers' links give way, however a mail writes them; everything else stays.
#include "post/secret_links.hpp"

#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.hpp"

namespace rapport::post {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string const secret = "AZ0-_" + std::string(38, 's');
std::string link(char what, std::string const& token = secret) {
    return std::string("https://post.example.org/") + what + "/" + token;
}

TEST(SecretLinks, words_keep_everything_but_the_secrets) {
    EXPECT_EQ(without_secret_links("Confirm: " + link('n') + "/confirm\nCancel: " + link('n') + "/cancel."),
              "Confirm: https://post.example.org/n/…/confirm\nCancel: https://post.example.org/n/…/cancel.");
    EXPECT_EQ(without_secret_links(link('p') + " " + link('u', std::string(36, 'u'))),
              "https://post.example.org/p/… https://post.example.org/u/…");
    for (std::string const& text : {"https://post.example.org/v/" + secret, std::string("/p/short and /n/"),
                                    std::string("a/b/c"), std::string(), "https://other.example/news/" + secret})
        EXPECT_EQ(without_secret_links(text), text);
}

TEST(SecretLinks, mails_lose_them_in_every_encoding_and_nothing_moves) {
    auto const text = "Hello,\r\n\r\n" + link('n') + "/confirm\r\nbye\r\n";
    std::string quoted = "Content-Transfer-Encoding: quoted-printable\r\n\r\nhttps://post.example.org/=\r\nn/" +
                         secret.substr(0, 10) + "=\r\n" + secret.substr(10) + "/confirm=20\r\n";
    auto escaped = text;
    escaped.replace(escaped.find("AZ0-_"), 5, "AZ0=2D=5F");
    auto coded = to_base64("Schöne Grüße\n" + text + std::string(200, 'x'));
    for (std::size_t at = 76; at < coded.size(); at += 78) coded.insert(at, "\r\n");
    auto const in_base64 = "Content-Transfer-Encoding: base64\r\n\r\n" + coded + "\r\n--=_b--\r\n";
    for (auto const& mail : {text, quoted, escaped, in_base64, in_base64.substr(0, in_base64.size() - 40)}) {
        auto const hidden = mail_without_secret_links(mail);
        EXPECT_EQ(hidden.size(), mail.size());
        EXPECT_NE(hidden, mail);
        auto const tail = secret.substr(secret.size() - 20);
        EXPECT_THAT(hidden, Not(HasSubstr(tail)));
        auto joined = hidden.substr(std::min(hidden.size(), hidden.find("\r\n\r\n") + 4));
        joined = joined.substr(0, joined.find("\r\n--"));
        std::erase_if(joined, [](char c) { return c == '\r' || c == '\n'; });
        joined.resize(joined.size() / 4 * 4);
        if (auto const plain = from_base64(joined); plain && mail.find("base64") != mail.npos) {
            EXPECT_THAT(*plain, HasSubstr("/n/xxxx"));
            EXPECT_THAT(*plain, HasSubstr("Schöne Grüße"));
            EXPECT_THAT(*plain, Not(HasSubstr(tail)));
        }
        EXPECT_EQ(mail_without_secret_links(hidden), hidden);
    }
    Bytes const other = "Subject: x\r\n\r\nNothing /p/ here = \r\n" + to_base64(random_bytes(600)) + "\r\n";
    EXPECT_EQ(mail_without_secret_links(other), other);
}

// As mail filters write the links that they lead through themselves; an answer quotes those.
TEST(SecretLinks, links_within_links_lose_their_secrets_too) {
    for (std::string const& slash : {std::string("%2F"), std::string("%2f"), std::string("%252F")}) {
        auto const wrapped = "https://safe.example/?url=https%3A" + slash + slash + "post.example.org" + slash + "p" +
                             slash + secret + "&data=05%7C02";
        EXPECT_EQ(without_secret_links(wrapped), "https://safe.example/?url=https%3A" + slash + slash +
                                                     "post.example.org" + slash + "p" + slash + "…&data=05%7C02");
        auto const hidden = mail_without_secret_links("Subject: x\r\n\r\n" + wrapped);
        EXPECT_THAT(hidden, HasSubstr(slash + "p" + slash + std::string(secret.size(), 'x') + "&data"));
    }
    auto const broken = "url=3Dhttps%3A%2F%2Fpost.example.org%2=\r\nFn=\r\n%2F" + secret + "&amp;";
    EXPECT_THAT(mail_without_secret_links(broken), Not(HasSubstr("ssss")));
    for (std::string const& text :
         {std::string("100 %"), std::string("%2"), std::string("%2Fp%2Fshort"), std::string("%252")})
        EXPECT_EQ(without_secret_links(text), text);
}

// Strangers send them; what grows with the square of their size takes minutes.
TEST(SecretLinks, mails_that_are_made_to_be_slow_are_read_at_once) {
    auto const times = [](std::string_view what, std::size_t n) {
        std::string text;
        for (std::size_t i = 0; i < n; ++i) text += what;
        return text;
    };
    auto const started = std::clock();
    for (auto const& mail :
         {times("=\r\n", 400'000), times("/=\n", 400'000), times("%=\n2=\n", 200'000),
          times("/p/" + std::string(31, 'a'), 30'000), "/p/" + times("a", 4'000'000), "/p/" + times("=\n=61", 200'000)})
        EXPECT_EQ(mail_without_secret_links(mail).size(), mail.size());
    EXPECT_EQ(without_secret_links("/p/" + times("a", 4'000'000)), "/p/…");
    EXPECT_LT(static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC, 5.0);
}

}  // namespace
}  // namespace rapport::post
