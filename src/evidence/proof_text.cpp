// Reading is strict: a text is a proof if writing it again gives the same bytes.
#include "evidence/proof_text.hpp"

#include <charconv>

namespace rapport::evidence {
namespace {

// Takes the next line, without its line feed.
std::optional<std::string_view> line(std::string_view& rest) {
    auto const end = rest.find('\n');
    if (end == rest.npos) return std::nullopt;
    auto const found = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return found;
}

std::optional<std::uint64_t> number(std::optional<std::string_view> found, std::string_view label) {
    if (!found || !found->starts_with(label)) return std::nullopt;
    found->remove_prefix(label.size());
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(found->data(), found->data() + found->size(), value);
    if (error != std::errc{} || end != found->data() + found->size()) return std::nullopt;
    return value;
}

std::optional<Digest> digest(std::string_view text) {
    auto const bytes = from_base64(text);
    return bytes ? Digest::from(*bytes) : std::nullopt;
}

}  // namespace

std::string proof_text(ProofText const& proof) {
    std::string out = "c2sp.org/tlog-proof@v1\nextra " + to_base64(proof.salt.view()) + "\nindex " +
                      std::to_string(proof.index) + '\n';
    for (auto const& hash : proof.path) out += to_base64(hash.view()) + '\n';
    return out + '\n' + proof.checkpoint;
}

std::optional<ProofText> parse_proof(std::string_view text) {
    std::string_view rest = text;
    if (line(rest) != "c2sp.org/tlog-proof@v1") return std::nullopt;
    auto const extra = line(rest);
    if (!extra || !extra->starts_with("extra ")) return std::nullopt;
    auto const salt = digest(extra->substr(6));
    auto const index = number(line(rest), "index ");
    if (!salt || !index) return std::nullopt;
    ProofText proof{*salt, *index, {}, {}};
    for (auto next = line(rest);; next = line(rest)) {
        if (!next || proof.path.size() > 64) return std::nullopt;
        if (next->empty()) break;
        auto const hash = digest(*next);
        if (!hash) return std::nullopt;
        proof.path.push_back(*hash);
    }
    proof.checkpoint = rest;
    if (proof_text(proof) != text) return std::nullopt;
    return proof;
}

std::string consistency_text(std::uint64_t from, std::uint64_t to, Path const& path) {
    std::string out = "rapport-consistency@v1\nfrom " + std::to_string(from) + "\nto " + std::to_string(to) + '\n';
    for (auto const& hash : path) out += to_base64(hash.view()) + '\n';
    return out;
}

std::optional<ConsistencyText> parse_consistency(std::string_view text) {
    std::string_view rest = text;
    if (line(rest) != "rapport-consistency@v1") return std::nullopt;
    auto const from = number(line(rest), "from ");
    auto const to = number(line(rest), "to ");
    if (!from || !to) return std::nullopt;
    ConsistencyText proof{*from, *to, {}};
    while (!rest.empty()) {
        auto const next = line(rest);
        auto const hash = next ? digest(*next) : std::nullopt;
        if (!hash || proof.path.size() > 128) return std::nullopt;
        proof.path.push_back(*hash);
    }
    if (consistency_text(*from, *to, proof.path) != text) return std::nullopt;
    return proof;
}

}  // namespace rapport::evidence
