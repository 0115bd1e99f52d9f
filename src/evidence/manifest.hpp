// Names and manifest of a package (EN 319 162-1 §4.4, Annex A.4). Not part of the module's interface.
#pragma once

#include "evidence/evidence.hpp"
#include "evidence/zip.hpp"

namespace rapport::evidence {

namespace name {
inline constexpr std::string_view mimetype = "mimetype";
inline constexpr std::string_view index_page = "index.html";
inline constexpr std::string_view index = "index.json";
inline constexpr std::string_view certificate = "certificate.pdf";
inline constexpr std::string_view erased = "content/ERASED.txt";
inline constexpr std::string_view damaged = "content/DAMAGED.txt";
inline constexpr std::string_view withheld = "content/WITHHELD.txt";
inline constexpr std::string_view checkpoint = "log/checkpoint";
inline constexpr std::string_view log_key = "log/key.txt";
inline constexpr std::string_view log_key_pem = "log/key.pem";
inline constexpr std::string_view checkpoint_token = "timestamps/checkpoint.tst";
inline constexpr std::string_view seal_certificates = "certificates/seal.pem";
inline constexpr std::string_view roots = "certificates/roots.pem";
inline constexpr std::string_view manifest = "META-INF/ASiCManifest.xml";
inline constexpr std::string_view signature = "META-INF/signature001.p7s";
std::string evidence(std::int64_t number, EventCode code);           // "evidence/01-A1-SubmissionAcceptance.xml"
std::string proof(std::int64_t number);                              // "log/01.tlog-proof"
std::string token(std::int64_t number);                              // "timestamps/01.tst"
std::string content(std::size_t number, std::string_view original);  // "content/02-contract.pdf"
}  // namespace name

std::string_view media_type_of(std::string_view name);  // by its ending

// The ASiCManifest over every entry but `mimetype` and those in META-INF.
Bytes asic_manifest(std::vector<zip::Entry> const& entries);

// The B-B bytes within a B-T record (or the record itself), and the token that was put in.
struct Unstamped {
    Bytes xml;
    std::optional<Bytes> token;
};
Expected<Unstamped> unstamped(ByteView xml);  // code "evidence_malformed"

}  // namespace rapport::evidence
