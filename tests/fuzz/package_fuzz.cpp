// Packages. The first octet chooses what is tried: a container of any octets; a good package, changed by the edits that
// the other octets describe; or the texts that packages hold. No name leads out, nothing swells, and no package
// verifies whose files are not those that were sealed.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>

#include "evidence/proof_text.hpp"
#include "evidence/tsa.hpp"
#include "evidence/verify.hpp"
#include "evidence/zip.hpp"
#include "golden.hpp"

namespace rapport::evidence {
namespace {

using fuzz::holds;

void look_at(std::vector<zip::Entry> const& entries, ByteView container) {
    std::size_t octets = 0;
    for (auto const& entry : entries) {
        holds(!entry.name.starts_with('/') && entry.name.find("..") == std::string::npos &&
                  entry.name.find_first_of(std::string_view("\\:\0", 3)) == std::string::npos,
              "no name leads out");
        octets += entry.content.size();
    }
    holds(octets <= container.size(), "nothing swells");
    holds(zip::write(entries) == container, "every octet follows from the entries");
}

void try_container(ByteView container) {
    auto const entries = zip::read(container);
    if (entries)
        look_at(*entries, container);
    else
        holds(entries.error().code == "container_malformed", "what is wrong is said");
    holds(!verify_package(container).valid, "no package of chance octets is valid");
}

struct Golden {
    Bytes packed;
    std::vector<zip::Entry> entries;
};
Golden const& golden_package(std::size_t which) {
    static std::vector<Golden> const all = [] {
        std::vector<Golden> made;
        for (auto const* name : {"packages/good.asice", "packages/erased.asice", "packages/withheld.asice"}) {
            auto packed = fuzz::golden(name);
            auto entries = *zip::read(packed);
            made.push_back({std::move(packed), std::move(entries)});
        }
        return made;
    }();
    return all[which % all.size()];
}
TrustOptions const& trust() {
    static TrustOptions const options = [] {
        TrustOptions made;
        made.roots_pem = fuzz::golden("packages/roots.pem");
        made.log_key = *NoteKey::from_text(fuzz::golden("packages/log-key.txt"));
        return made;
    }();
    return options;
}

enum class Edit : std::uint8_t { flip, insert, erase, swap, drop, copy, rename, replace, kMaxValue = replace };

void edit(std::vector<zip::Entry>& entries, FuzzedDataProvider& from) {
    auto const kind = from.ConsumeEnum<Edit>();
    auto const at = from.ConsumeIntegralInRange<std::size_t>(0, entries.size() - 1);
    auto& content = entries[at].content;
    auto const offset = from.ConsumeIntegralInRange<std::size_t>(0, content.empty() ? 0 : content.size() - 1);
    auto const other = from.ConsumeIntegralInRange<std::size_t>(0, entries.size() - 1);
    auto const is_new = [&](std::string const& name) {
        return zip::good_name(name) && std::ranges::none_of(entries, [&](auto& e) { return e.name == name; });
    };
    switch (kind) {
        case Edit::flip:
            if (!content.empty()) content[offset] = static_cast<char>(content[offset] ^ from.ConsumeIntegral<char>());
            break;
        case Edit::insert:
            content.insert(offset, from.ConsumeRandomLengthString(40));
            break;
        case Edit::erase:
            content.erase(offset, from.ConsumeIntegralInRange<std::size_t>(1, 40));
            break;
        case Edit::swap:
            std::swap(content, entries[other].content);
            break;
        case Edit::drop:
            if (entries.size() > 1) entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        case Edit::copy:
            if (auto const name = entries[at].name + "." + std::to_string(offset % 10); is_new(name))
                entries.push_back({name, content});
            break;
        case Edit::rename:
            if (auto const name = from.ConsumeRandomLengthString(40); is_new(name)) entries[at].name = name;
            break;
        case Edit::replace: {
            auto const with = from.ConsumeRandomLengthString(40);
            content.replace(offset, with.size(), with);
            break;
        }
    }
}

bool differ_in_more_than_signature(std::vector<zip::Entry> const& a, std::vector<zip::Entry> const& b) {
    return !std::ranges::equal(a, b, [](auto& x, auto& y) {
        return x.name == y.name && (x.content == y.content || x.name == "META-INF/signature001.p7s");
    });
}

void try_edits(FuzzedDataProvider& from) {
    auto const& golden = golden_package(from.ConsumeIntegral<std::uint8_t>());
    auto entries = golden.entries;
    for (int n = 0; n < 4 && from.remaining_bytes() > 0; ++n) edit(entries, from);
    auto const packed = zip::write(entries);
    auto const report = verify_package(packed, trust());
    if (report.valid)
        holds(!differ_in_more_than_signature(entries, golden.entries), "no changed file verifies");
    else
        holds(packed != golden.packed, "an unchanged package verifies");
}

void try_texts(std::string_view text) {
    if (auto const proof = parse_proof(text)) holds(proof_text(*proof) == text, "a proof is what we write");
    if (auto const proof = parse_consistency(text))
        holds(consistency_text(proof->from, proof->to, proof->path) == text, "a proof of consistency is what we write");
    if (auto const key = NoteKey::from_text(text)) {
        auto const again = NoteKey::from_text(key->text());
        holds(again && *again == *key, "a key's text is read the same");
    }
    if (auto const checkpoint = parse_checkpoint(text))
        holds(text.starts_with(checkpoint_text(checkpoint->origin, checkpoint->head)), "a checkpoint is what we write");
    (void)parse_token(text);
    (void)verify_token(text, Digest{}, {});
}

}  // namespace
}  // namespace rapport::evidence

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace rapport::evidence;
    if (size == 0) return 0;
    auto const rest = rapport::fuzz::text_of(data + 1, size - 1);
    FuzzedDataProvider from(data + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            try_container(rest);
            break;
        case 1:
            try_texts(rest);
            break;
        default:
            try_edits(from);
    }
    return 0;
}
