// Requests that are cut, empty, smuggled or endless.
#include "net/parser.hpp"

#include <gtest/gtest.h>

namespace rapport::net {
namespace {

struct Reading {
    Parser parser{{512, 16, 256}};
    RequestParts parts;
    std::string in, refused;

    Reading() { parser.start(parts); }
    // Feeds octets as a session does; false when the request was refused.
    bool feed(std::string_view octets) {
        in += octets;
        while (!in.empty() && !(parser.has_head() && parser.is_done())) {
            bool const had_head = parser.has_head();
            auto const used = had_head ? parser.take_body(in, 1'000) : parser.take_head(in);
            if (!used) {
                refused = used.error().code;
                return false;
            }
            in.erase(0, *used);
            if (*used == 0 || (!had_head && !parser.has_head())) break;
        }
        return true;
    }
};

TEST(Parser, passes_over_empty_lines_before_a_request_however_they_are_cut) {
    Reading reading;
    for (char const c : std::string_view("\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"))
        ASSERT_TRUE(reading.feed({&c, 1})) << reading.refused;
    EXPECT_TRUE(reading.parser.is_done());
    EXPECT_EQ(reading.parts.target, "/a");
}

TEST(Parser, a_chunked_body_may_come_octet_by_octet) {
    for (std::string const body :
         {"0\r\n\r\n", "000\r\n\r\n", "0;x\r\nA: b\r\n\r\n", "1\r\na\r\n0\r\n\r\n", "1\r\na\r\n0\r\nA: b\r\n\r\n"})
        for (std::size_t const size : {1, 2, 3, 4, 5, 7}) {
            Reading reading;
            ASSERT_TRUE(reading.feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
            for (std::size_t at = 0; at < body.size(); at += size)
                ASSERT_TRUE(reading.feed(std::string_view(body).substr(at, size))) << body << reading.refused;
            EXPECT_TRUE(reading.parser.is_done()) << body << size;
        }
}

TEST(Parser, a_request_has_one_length_that_everybody_reads_alike) {
    auto const refused = [](std::string const& fields, std::string const& version = "1.1") {
        Reading reading;
        reading.feed("POST / HTTP/" + version + "\r\nHost: h\r\n" + fields + "\r\n0\r\n\r\n");
        return reading.refused;
    };
    EXPECT_EQ(refused("Transfer-Encoding: chunked\r\n"), "");
    EXPECT_EQ(refused("Transfer-Encoding: chunked\r\n", "1.0"), "bad_request");
    EXPECT_EQ(refused("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "bad_request");
    EXPECT_EQ(refused("Content-Length: 5\r\nTransfer-Encoding:\r\n"), "bad_request");
    EXPECT_EQ(refused("Content-Length: 5\r\nContent-Length: 6\r\n"), "bad_request");
    EXPECT_EQ(refused("Content-Length: 5, 5\r\n"), "bad_request");
    EXPECT_EQ(refused("Content-Length: 5\r\nContent-Length: 5\r\n"), "bad_request");
    EXPECT_EQ(refused("Content-Length: +5\r\n"), "bad_request");
    EXPECT_EQ(refused("Content-Length : 5\r\n"), "bad_request");
    EXPECT_EQ(refused("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), "not_implemented");
    EXPECT_EQ(refused("Transfer-Encoding: gzip, chunked\r\n"), "not_implemented");
    EXPECT_EQ(refused("Transfer-Encoding:\r\n"), "not_implemented");
    EXPECT_EQ(refused("Transfer-Encoding: xchunked\r\n"), "not_implemented");
}

// RFC 9110 §6.5.1: what comes after the body was not there when permission and origin were judged.
TEST(Parser, a_trailer_is_no_header) {
    Reading reading;
    ASSERT_TRUE(
        reading.feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n"
                     "Authorization: Bearer x\r\nIdempotency-Key: y\r\n\r\n"));
    EXPECT_TRUE(reading.parser.is_done());
    EXPECT_EQ(reading.parts.body, "abc");
    EXPECT_EQ(reading.parts.headers.size(), 2u);
}

TEST(Parser, endless_extensions_and_trailers_are_refused_before_they_fill_memory) {
    std::string const head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::string const begin : {"3;x=", "0\r\nX: "}) {
        Reading reading;
        ASSERT_TRUE(reading.feed(head + begin));
        std::size_t fed = 0;
        while (fed < 100'000 && reading.feed("yyyyyyyyyyyyyyyy")) fed += 16;
        EXPECT_LT(fed, 2'000u) << begin;
        EXPECT_NE(reading.refused, "");
    }
}

}  // namespace
}  // namespace rapport::net
