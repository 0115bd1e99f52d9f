// Canonical bytes for verification: by comparison with our own writer, or by libxml2.
#include "evidence/canonical.hpp"

#include <libxml/c14n.h>

#include <algorithm>
#include <array>

#include "base/crypto.hpp"
#include "evidence/signature_xml.hpp"
#include "evidence/statement_xml.hpp"

namespace rapport::evidence {
namespace {

bool eat(ByteView& rest, std::string_view expected) {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(expected.size());
    return true;
}

// base64 as we write it: its 64 characters and the padding. Their order and stray bits are the decoder's business.
bool eat_base64(ByteView& rest, std::string_view text) {
    static constexpr auto digits = [] {
        std::array<bool, 256> table{};
        for (unsigned char const c :
             std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
            table[c] = true;
        return table;
    }();
    return std::ranges::all_of(text, [](char c) { return digits[static_cast<unsigned char>(c)]; }) && eat(rest, text);
}

bool eat_certificates(ByteView& rest, std::vector<std::string_view> const& certificates) {
    if (!eat(rest, "<ds:KeyInfo><ds:X509Data>")) return false;
    for (auto const text : certificates)
        if (!eat(rest, "<ds:X509Certificate>") || !eat_base64(rest, text) || !eat(rest, "</ds:X509Certificate>"))
            return false;
    return eat(rest, "</ds:X509Data></ds:KeyInfo>");
}

bool eat_time_stamp(ByteView& rest, std::string_view token) {
    return token.empty() ||
           (eat(rest, part::unsigned_begin) && eat_base64(rest, token) && eat(rest, part::unsigned_end));
}

// Which nodes belong to the run: everything below `top` (or all), but nothing below `left_out`.
struct Selection {
    xmlNode const* top;
    xmlNode const* left_out;
};

int selects(void* user, xmlNode* node, xmlNode* parent) {
    auto const& selection = *static_cast<Selection const*>(user);
    if (node->type == XML_COMMENT_NODE) return 0;
    xmlNode const* at = node->type == XML_NAMESPACE_DECL ? parent : node;
    for (; at && at->type != XML_DOCUMENT_NODE; at = at->parent) {
        if (at == selection.left_out) return 0;
        if (at == selection.top) return 1;
    }
    return selection.top == nullptr ? 1 : 0;
}

std::optional<Bytes> canonical(xmlDoc* doc, Selection selection) {
    auto* const buffer = xmlAllocOutputBuffer(nullptr);
    if (!buffer) throw std::bad_alloc();
    int const result = xmlC14NExecute(doc, selects, &selection, XML_C14N_EXCLUSIVE_1_0, nullptr, 0, buffer);
    std::optional<Bytes> out;
    if (result >= 0)
        out.emplace(reinterpret_cast<char const*>(xmlOutputBufferGetContent(buffer)), xmlOutputBufferGetSize(buffer));
    xmlOutputBufferClose(buffer);
    return out;
}

}  // namespace

std::optional<CanonicalRuns> runs_as_written(ByteView xml, ReadRecord const& record, SignatureView const& signature) {
    XmlOut statement(xml.size());
    auto const issuer = issuer_block(record.issuer, record.issuer_certificate);
    write_statement(statement, record.statement, issuer);
    ByteView rest = xml;
    if (issuer.empty() || !statement.good() || !eat(rest, statement.view()) || !eat(rest, part::signature_begin))
        return {};

    auto const signed_info = rest;
    if (!eat(rest, part::signed_info_begin) || !eat_base64(rest, signature.evidence_digest) ||
        !eat(rest, part::signed_info_middle) || !eat_base64(rest, signature.properties_digest) ||
        !eat(rest, part::signed_info_end))
        return {};
    auto const value = rest;
    if (!eat(rest, part::signature_value_begin) || !eat_base64(rest, signature.value) ||
        !eat(rest, part::signature_value_end))
        return {};
    auto const after_value = rest;
    if (!eat_certificates(rest, signature.certificates) || !eat(rest, part::object_begin)) return {};
    auto const properties = rest;
    if (!eat(rest, part::properties_begin) || !eat(rest, signature.signing_time) ||
        !eat(rest, part::properties_middle) || !eat_base64(rest, signature.certificate_digest) ||
        !eat(rest, part::properties_end))
        return {};
    auto const after_properties = rest;
    if (!eat_time_stamp(rest, signature.token) || rest != part::tail) return {};

    return CanonicalRuns{Sha256().add(statement.view()).add(evidence_end).finish(),
                         sha256(properties.substr(0, properties.size() - after_properties.size())),
                         sha256(value.substr(0, value.size() - after_value.size())),
                         Bytes(signed_info.substr(0, signed_info.size() - value.size()))};
}

std::optional<CanonicalRuns> runs_by_libxml2(Document const& document, SignatureView const& signature) {
    auto* const doc = document.libxml2();
    auto const evidence = canonical(doc, {nullptr, signature.signature->source});
    auto const properties = canonical(doc, {signature.signed_properties->source, nullptr});
    auto const value = canonical(doc, {signature.signature_value->source, nullptr});
    auto signed_info = canonical(doc, {signature.signed_info->source, nullptr});
    if (!evidence || !properties || !value || !signed_info) return {};
    return CanonicalRuns{sha256(*evidence), sha256(*properties), sha256(*value), std::move(*signed_info)};
}

}  // namespace rapport::evidence
