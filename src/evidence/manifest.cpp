// What a package's files are called, and the manifest that names their digests.
#include "evidence/manifest.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "evidence/signature_xml.hpp"

namespace rapport::evidence {
namespace {

std::string two_digits(std::size_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// ASCII letters, digits, '.', '_' and '-': whatever tool unpacks it, the name comes out the same.
std::string plain_name(std::string_view original) {
    std::string out;
    for (char c : original.substr(0, 400)) {
        bool const good =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (good)
            out += c;
        else if (!out.empty() && out.back() != '-')
            out += '-';
    }
    auto const dot = out.rfind('.');
    std::string ending = dot == out.npos || out.size() - dot > 11 ? "" : out.substr(dot);
    std::string stem = out.substr(0, out.size() - ending.size());
    stem = stem.substr(0, 80);
    while (!stem.empty() && (stem.back() == '-' || stem.back() == '.')) stem.pop_back();
    if (stem.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == stem.npos)
        stem = "file";
    if (ending == ".") ending.clear();
    return stem + ending;
}

}  // namespace

namespace name {
std::string evidence(std::int64_t number, EventCode code) {
    return "evidence/" + two_digits(static_cast<std::size_t>(number)) + '-' + std::string(info(code).label) + '-' +
           std::string(info(code).name) + ".xml";
}
std::string proof(std::int64_t number) { return "log/" + two_digits(static_cast<std::size_t>(number)) + ".tlog-proof"; }
std::string token(std::int64_t number) { return "timestamps/" + two_digits(static_cast<std::size_t>(number)) + ".tst"; }
std::string content(std::size_t number, std::string_view original) {
    return "content/" + two_digits(number) + '-' + plain_name(original);
}
}  // namespace name

std::string_view media_type_of(std::string_view file) {
    static constexpr std::pair<std::string_view, std::string_view> types[] = {{".xml", "text/xml"},
                                                                              {".txt", "text/plain"},
                                                                              {".html", "text/html"},
                                                                              {".json", "application/json"},
                                                                              {".pdf", "application/pdf"},
                                                                              {".pem", "application/x-pem-file"},
                                                                              {".tst", "application/timestamp-token"},
                                                                              {".tlog-proof", "text/plain"},
                                                                              {"/checkpoint", "text/plain"},
                                                                              {".png", "image/png"},
                                                                              {".jpg", "image/jpeg"},
                                                                              {".csv", "text/csv"}};
    for (auto const& [ending, type] : types)
        if (file.ends_with(ending)) return type;
    return "application/octet-stream";
}

Bytes asic_manifest(std::vector<zip::Entry> const& entries) {
    Bytes out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ds=\"" RAPPORT_NS_DS
        "\">\n"
        "<asic:SigReference URI=\"" +
        std::string(name::signature) + "\" MimeType=\"application/pkcs7-signature\"/>\n";
    for (auto const& entry : entries) {
        if (entry.name == name::mimetype || entry.name.starts_with("META-INF/")) continue;
        out += "<asic:DataObjectReference URI=\"" + entry.name + "\" MimeType=\"" +
               std::string(media_type_of(entry.name)) +
               "\"><ds:DigestMethod Algorithm=\"" RAPPORT_SHA256 "\"/><ds:DigestValue>" +
               to_base64(sha256(entry.content).view()) + "</ds:DigestValue></asic:DataObjectReference>\n";
    }
    return out + "</asic:ASiCManifest>\n";
}

Expected<Unstamped> unstamped(ByteView xml) {
    auto const begin = xml.rfind(part::unsigned_begin);
    if (begin == xml.npos) return Unstamped{Bytes(xml), std::nullopt};
    auto const end = xml.find(part::unsigned_end, begin);
    auto const malformed = [] {
        return fail(ErrorKind::invalid, "evidence_malformed", "The time stamp does not stand where Rapport puts it.");
    };
    if (end == xml.npos) return malformed();
    auto const first = begin + part::unsigned_begin.size();
    auto token = from_base64(xml.substr(first, end - first));
    if (!token) return malformed();
    Unstamped out{Bytes(xml.substr(0, begin)) + Bytes(xml.substr(end + part::unsigned_end.size())), std::move(token)};
    auto const again = with_timestamp(out.xml, *out.token);
    if (!again || *again != xml) return malformed();
    return out;
}

}  // namespace rapport::evidence
