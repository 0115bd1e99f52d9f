// Networks that an outgoing request must not reach unless its host is named (RFC 6890 registries).
#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "net/client.hpp"

namespace rapport::net {

namespace {

struct Network4 {
    std::uint32_t base;
    int bits;
};
constexpr std::uint32_t ip(unsigned a, unsigned b, unsigned c, unsigned d) { return a << 24 | b << 16 | c << 8 | d; }
constexpr Network4 closed4[] = {
    {ip(0, 0, 0, 0), 8},                                                         // this network
    {ip(10, 0, 0, 0), 8},                                                        // private, RFC 1918
    {ip(100, 64, 0, 0), 10},                                                     // carrier-grade NAT, RFC 6598
    {ip(127, 0, 0, 0), 8},                                                       // loopback
    {ip(169, 254, 0, 0), 16},                                                    // link-local; cloud metadata
    {ip(172, 16, 0, 0), 12},                                                     // private
    {ip(192, 0, 0, 0), 24},                                                      // protocol assignments
    {ip(192, 0, 2, 0), 24},                                                      // documentation
    {ip(192, 88, 99, 0), 24},                                                    // 6to4 relays
    {ip(192, 168, 0, 0), 16},                                                    // private
    {ip(198, 18, 0, 0), 15},                                                     // benchmarking
    {ip(198, 51, 100, 0), 24}, {ip(203, 0, 113, 0), 24}, {ip(224, 0, 0, 0), 4},  // multicast
    {ip(240, 0, 0, 0), 4},                                                       // reserved, broadcast
};

bool is_closed(std::uint32_t address) {
    for (auto const& network : closed4)
        if ((address ^ network.base) >> (32 - network.bits) == 0) return true;
    return false;
}

bool is_closed(std::array<std::uint8_t, 16> const& a) {
    auto const v4_at = [&](int i) { return ip(a[i], a[i + 1], a[i + 2], a[i + 3]); };
    auto const zeros = [&](int from, int to) {
        for (int i = from; i < to; ++i)
            if (a[i] != 0) return false;
        return true;
    };
    if (zeros(0, 10) && a[10] == 0xff && a[11] == 0xff) return is_closed(v4_at(12));  // ::ffff:0:0/96
    if (zeros(0, 12)) return true;                                                    // ::, ::1, ::a.b.c.d
    if (a[0] == 0x00 && a[1] == 0x64 && a[2] == 0xff && a[3] == 0x9b)                 // NAT64: RFC 6052, RFC 8215
        return !zeros(4, 12) || is_closed(v4_at(12));
    if (a[0] == 0x20 && a[1] == 0x02) return is_closed(v4_at(2));                   // 6to4
    if (a[0] == 0x20 && a[1] == 0x01 && a[2] <= 0x01) return true;                  // 2001::/23: Teredo and others
    if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) return true;  // documentation
    if (a[0] == 0x01 && zeros(1, 8)) return true;                                   // discard only
    return (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0x80) == 0x80) ||
           a[0] == 0xff;  // ULA, link- and site-local, multicast
}

}  // namespace

bool is_private_address(std::string_view text) {
    std::string const address(text.substr(0, text.find('%')));
    in_addr v4{};
    if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return is_closed(ntohl(v4.s_addr));
    in6_addr v6{};
    if (inet_pton(AF_INET6, address.c_str(), &v6) != 1) return true;  // what is not understood is not reached
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &v6, 16);
    return is_closed(octets);
}

}  // namespace rapport::net
