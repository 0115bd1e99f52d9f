// Records of evidence that others may have written or changed: nothing verifies but what was sealed; both ways to find
// the canonical bytes come to the same verdict; a record's own parts can be taken apart and put together.
#include <map>

#include "evidence/manifest.hpp"
#include "evidence/xades_verify.hpp"
#include "golden.hpp"

namespace rapport::evidence {
namespace {

using fuzz::holds;

Trust const& trust() {
    static Trust const made = [] {
        Trust t;
        holds(t.add_root(fuzz::golden("evidence/root.pem")).has_value(), "the root of the golden records can be read");
        holds(t.add_root(fuzz::golden("packages/roots.pem")).has_value(), "the roots of the golden packages, too");
        return t;
    }();
    return made;
}

void tell(std::string& story, Party const& party) {
    story += party.name + '|' + party.identifier + '|' + party.identifier_scheme + '|';
    if (auto const& proof = party.authentication)
        story += proof->level + '|' + proof->method + '|' + to_text(proof->time) + '|';
}

// All that a record says to people, in one text.
std::string told(Statement const& s) {
    std::string story = to_text(s.id) + '|' + std::string(info(s.event).name) + '|' + to_text(s.event_time) + '|' +
                        s.message_identifier + '|' + s.app_identifier + '|' + s.external_system + '|' +
                        std::to_string(s.number) + '|' + (s.previous ? to_hex(s.previous->view()) : "") + '|' +
                        (s.submission_time ? to_text(*s.submission_time) : "") + '|';
    tell(story, s.sender);
    tell(story, s.recipient);
    if (s.delegate) tell(story, *s.delegate);
    for (auto const& reason : s.reasons) story += reason.code + '|' + reason.details + '|';
    for (auto const& part : s.parts)
        story += part.identifier + '|' + part.content_type + '|' + to_hex(part.digest.view()) + '|';
    for (auto const& fact : s.facts) story += fact.name + '|' + fact.value + '|';
    return story;
}

// What the golden records say, by the identifier that each has: nothing else was ever sealed.
std::map<std::string, std::string> const& sealed() {
    static std::map<std::string, std::string> const all = [] {
        std::map<std::string, std::string> made;
        auto const add = [&](Bytes const& xml) {
            holds(verify_evidence(xml, trust()).ok(), "a golden record verifies");
            auto const statement = *parse_evidence(xml);
            made[to_text(statement.id) + std::string(info(statement.event).name)] = told(statement);
        };
        for (auto const& file : std::filesystem::directory_iterator(std::filesystem::path(RAPPORT_GOLDEN) / "evidence"))
            if (file.path().extension() == ".xml") add(fuzz::golden("evidence/" + file.path().filename().string()));
        for (auto const& entry : *zip::read(fuzz::golden("packages/good.asice")))
            if (entry.name.starts_with("evidence/")) add(entry.content);
        return made;
    }();
    return all;
}

void run(ByteView xml) {
    auto const verified = verify_evidence(xml, trust());
    auto const again = verify_evidence(xml, trust(), CanonicalBy::libxml2_only);
    holds(verified.ok() == again.ok(), "both ways to find the canonical bytes come to the same verdict");
    holds(!verified.checks.empty() && verified.checks.size() < 30, "there are checks, and not too many");
    auto const statement = parse_evidence(xml);
    if (verified.ok()) {
        holds(statement.has_value(), "what verifies can be read");
        auto const known = sealed().find(to_text(statement->id) + std::string(info(statement->event).name));
        holds(known != sealed().end() && known->second == told(*statement), "nothing verifies but what was sealed");
    }
    auto const apart = unstamped(xml);
    if (!apart || !apart->token) return;
    auto const together = with_timestamp(apart->xml, *apart->token);
    holds(!together || *together == xml, "a time stamp taken out and put in gives the same bytes");
    (void)timestamp_imprint(xml);
}

}  // namespace
}  // namespace rapport::evidence

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    (void)rapport::evidence::sealed();
    return 0;
}
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    rapport::evidence::run(rapport::fuzz::text_of(data, size));
    return 0;
}
