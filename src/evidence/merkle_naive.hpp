// RFC 6962 §2.1 word by word, slow: the tests' oracle. Shares no code with the program's tree but SHA-256.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/crypto.hpp"

namespace rapport::evidence::naive {

inline std::vector<std::string> data(std::size_t n) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back("entry " + std::to_string(i));
    return out;
}

inline std::size_t split(std::size_t n) {  // the largest power of two smaller than n
    std::size_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
}

inline Digest root(std::span<std::string const> d) {
    if (d.empty()) return sha256("");
    if (d.size() == 1) return sha256(std::string(1, '\0') + d[0]);
    auto const k = split(d.size());
    return sha256('\1' + std::string(root(d.first(k)).view()) + std::string(root(d.subspan(k)).view()));
}

inline std::vector<Digest> inclusion(std::size_t m, std::span<std::string const> d) {
    if (d.size() <= 1) return {};
    auto const k = split(d.size());
    auto path = m < k ? inclusion(m, d.first(k)) : inclusion(m - k, d.subspan(k));
    path.push_back(m < k ? root(d.subspan(k)) : root(d.first(k)));
    return path;
}

inline std::vector<Digest> subproof(std::size_t m, std::span<std::string const> d, bool whole) {
    if (m == d.size()) return whole ? std::vector<Digest>{} : std::vector<Digest>{root(d)};
    auto const k = split(d.size());
    auto path = m <= k ? subproof(m, d.first(k), whole) : subproof(m - k, d.subspan(k), false);
    path.push_back(m <= k ? root(d.subspan(k)) : root(d.first(k)));
    return path;
}
inline std::vector<Digest> consistency(std::size_t m, std::span<std::string const> d) { return subproof(m, d, true); }

}  // namespace rapport::evidence::naive
