// XAdES-B-T from the stored B-B bytes (EN 319 132-1 §5.3): the SignatureTimeStamp is put in, nothing is written anew.
#include "base/crypto.hpp"
#include "evidence/evidence.hpp"
#include "evidence/signature_xml.hpp"

namespace rapport::evidence {
namespace {

auto malformed() {
    return fail(ErrorKind::invalid, "evidence_malformed", "This is not a sealed record as Rapport writes it.");
}

}  // namespace

Expected<Digest> timestamp_imprint(ByteView xml) {
    // The signature is the last element: text before it cannot hold this markup, for '<' is escaped in text.
    auto const begin = xml.rfind(part::signature_value_begin);
    if (begin == ByteView::npos) return malformed();
    auto const end = xml.find(part::signature_value_end, begin);
    if (end == ByteView::npos) return malformed();
    return sha256(xml.substr(begin, end + part::signature_value_end.size() - begin));
}

Expected<Bytes> with_timestamp(ByteView xml, ByteView token) {
    if (!xml.ends_with(part::tail) || token.empty()) return malformed();
    auto const before = xml.substr(0, xml.size() - part::tail.size());
    if (before.ends_with(part::unsigned_end))
        return fail(ErrorKind::conflict, "already_timestamped", "This record has its time stamp already.");
    if (!before.ends_with("</xades:SignedProperties>")) return malformed();
    XmlOut out(xml.size() + token.size() * 4 / 3 + 512);
    return out.raw(before).raw(part::unsigned_begin).base64(token).raw(part::unsigned_end).raw(part::tail).take();
}

}  // namespace rapport::evidence
