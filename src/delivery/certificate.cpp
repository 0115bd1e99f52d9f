// certificate: the evidence of a delivery as a page for people, in the recipient's language or another.
#include "certificate/certificate.hpp"

#include "base/crypto.hpp"
#include "delivery/certificates.hpp"
#include "delivery/entry.hpp"
#include "delivery/packaging.hpp"
#include "evidence/keys.hpp"
#include "evidence/tsa.hpp"

namespace rapport::delivery {
namespace {

// "http://eidas.europa.eu/LoA/high" and "urn:oid:…#low" end with the word that people know.
std::string last_word(std::string_view uri) {
    auto const at = uri.find_last_of("/#");
    return std::string(at == uri.npos ? uri : uri.substr(at + 1));
}

std::string reason_name(std::string_view code) {
    return std::string(code.starts_with(evidence::reason_prefix) ? code.substr(evidence::reason_prefix.size()) : code);
}

certificate::Line line_of(evidence::EvidenceRow const& row, evidence::Statement const& statement) {
    auto const& event = evidence::info(row.code);
    certificate::Line line{.number = row.number,
                           .code = std::string(event.label),
                           .name = std::string(event.name),
                           .clause = std::string(event.clause),
                           .time = statement.event_time,
                           .stamped = {},
                           .place = row.leaf_index,
                           .reasons = {}};
    if (row.token)
        if (auto const stamp = evidence::parse_token(row.token->bytes)) line.stamped = stamp->time;
    for (auto const& reason : statement.reasons) line.reasons.push_back(reason_name(reason.code));
    return line;
}

// Who took part, as the newest record that says it says it.
void add_parties(certificate::Certificate& out, evidence::Statement const& statement) {
    out.sender = statement.sender.name;
    out.recipient = statement.recipient.name;
    out.recipient_address = statement.recipient.identifier;
    if (statement.delegate)
        out.delegate = statement.delegate->name.empty() ? statement.delegate->identifier : statement.delegate->name;
    if (auto const& how = statement.recipient.authentication)
        out.identified = certificate::Identified{last_word(how->level), how->time};
}

void add_parts(certificate::Certificate& out, evidence::Statement const& statement, Names const& names) {
    if (!out.parts.empty()) return;
    for (std::size_t i = 0; i < statement.parts.size(); ++i) {
        auto const& part = statement.parts[i];
        auto const name = i > 0 && i <= names.files.size() ? names.files[i - 1] : std::string();
        out.parts.push_back({name, part.content_type, part.digest});
    }
}

certificate::Contents contents_of(DeliveryRow const& row, Contents wanted) {
    if (row.erased_at) return certificate::Contents::erased;
    return wanted == Contents::withheld ? certificate::Contents::withheld : certificate::Contents::whole;
}

}  // namespace

Expected<certificate::Certificate> certificate_facts(Office const& office, DeliveryRow const& row,
                                                     evidence::LogPart const& log, Names const& names,
                                                     certificate::Contents contents, Locale locale) {
    certificate::Certificate out;
    out.locale = locale;
    out.qualified = office.packaging->qualified;
    out.delivery = to_text(row.id);
    out.contents = contents;
    out.subject = names.subject;
    for (auto const& [record, path] : log.evidence) {
        auto const statement = evidence::parse_evidence(record.xml.bytes);
        if (!statement) return fail(statement.error());
        out.evidence.push_back(line_of(record, *statement));
        add_parties(out, *statement);
        add_parts(out, *statement, names);
    }
    auto const& checkpoint = log.checkpoint;
    out.log = {checkpoint.origin, checkpoint.head.size, to_base64(checkpoint.head.root.view()), {}};
    if (log.checkpoint_token)
        if (auto const stamp = evidence::parse_token(*log.checkpoint_token)) out.log.stamped = stamp->time;
    auto const& own = office.sealer.signer().chain().front();
    out.seal_subject = evidence::subject_of(own);
    out.seal_fingerprint = to_hex(sha256(own).view());
    out.entry_url = entry_url(office, row.id);
    out.verify_url = verify_page_url(office);
    return out;
}

Expected<Bytes> certificate(store::Reader& reader, Office const& office, DeliveryId id, Contents contents,
                            std::optional<Locale> locale) {
    require(office.packaging != nullptr, "the app gives the office what certificates tell of the log");
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto const log = evidence::log_part(reader, office.packaging->prover, id.value);
    if (!log) return fail(log.error());
    Names names;
    auto shown = contents_of(*row, contents);
    if (shown == certificate::Contents::whole) {
        auto const key = key_of(office, row->wrapped_key);
        auto opened = key ? open_names(*key, row->id, row->names ? row->names->bytes : Bytes()) : fail(key.error());
        if (opened)
            names = *std::move(opened);
        else
            shown = certificate::Contents::damaged;
    }
    auto const facts = certificate_facts(office, *row, *log, names, shown, locale.value_or(row->locale));
    if (!facts) return fail(facts.error());
    return certificate::render(*facts);
}

}  // namespace rapport::delivery
