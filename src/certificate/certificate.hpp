// The certificate for people: what the evidence of one delivery says, as a PDF in the recipient's language. A view, not
// a proof: the sealed package is (docs/decisions/2026-11-22-certificate.md). Pure: the same input and fonts give the
// same bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace rapport::certificate {

// One record of evidence.
struct Line {
    std::int64_t number = 0;
    std::string code;    // "C3"
    std::string name;    // "ConsignmentAcceptance"
    std::string clause;  // of EN 319 522-1
    Time time{};
    std::optional<Time> stamped = {};
    std::optional<std::int64_t> place = {};  // in the log
    std::vector<std::string> reasons = {};   // "RecipientRefused"; others are shown as they are
};

struct Part {
    std::string name;  // empty: "part 2"
    std::string content_type;
    Digest digest;
};

// What is known of the content.
enum class Contents : std::uint8_t { whole, erased, withheld, damaged };

struct Identified {
    std::string level;  // the last word of its URI
    Time time{};
};

struct Log {
    std::string origin;
    std::uint64_t size = 0;
    std::string root;  // base64
    std::optional<Time> stamped = {};
};

struct Certificate {
    Locale locale = Locale::en;
    bool qualified = false;  // else it says that it is not
    std::string delivery;    // "dlv_…"
    std::string sender, recipient, recipient_address, delegate = {}, subject = {};
    std::optional<Identified> identified = {};
    Contents contents = Contents::whole;
    std::vector<Part> parts = {};
    std::vector<Line> evidence = {};
    Log log = {};
    std::string seal_subject, seal_fingerprint;  // hex
    std::string entry_url;                       // the public verification entry: in the code
    std::string verify_url;                      // the page that checks packages
};

inline constexpr std::string_view media_type = "application/pdf";

// At most 64 pages. Any thread; one at a time is drawn, the others wait. Codes: "certificate_fonts_missing"
// (unavailable: no font is installed at all), "certificate_too_long".
Expected<Bytes> render(Certificate const& certificate);

// Whether every character of the language's own words can be drawn; where not, the certificate is in English.
bool can_be_drawn(Locale locale);

// "C3" in a language: "Recipient accepted"; empty for what is no event.
std::string event_name(Locale locale, std::string_view code);

}  // namespace rapport::certificate
