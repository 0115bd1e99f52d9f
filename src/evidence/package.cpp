// Puts a package together: entries, manifest, signature over the manifest.
#include "evidence/package.hpp"

#include "base/crypto.hpp"
#include "evidence/cades.hpp"
#include "evidence/manifest.hpp"
#include "evidence/openssl.hpp"
#include "evidence/package_index.hpp"
#include "evidence/proof_text.hpp"

namespace rapport::evidence {
namespace {

constexpr std::string_view erased_text =
    "The content of this delivery was erased: its key was destroyed. The evidence keeps the digests of what it was.\n"
    "محتوای این ارسال پاک شده و کلید آن از میان رفته است. چکیدهٔ محتوا در مدارک باقی است.\n";

constexpr std::string_view damaged_text =
    "The content is not in this package: it was damaged or missing when the package was made. The evidence keeps the "
    "digests of what it was.\n"
    "محتوا در این بسته نیست: هنگام ساخت بسته آسیب دیده یا گم شده بود. چکیدهٔ محتوا در مدارک باقی است.\n";
constexpr std::string_view withheld_text =
    "The content is not in this package: it was not opened to whom the package is for. The evidence holds its "
    "digests.\n"
    "محتوا در این بسته نیست: برای گیرندهٔ این بسته گشوده نشده است. چکیدهٔ محتوا در مدارک هست.\n";

// What stands in the content's place.
std::optional<zip::Entry> absence(PackageInput const& input) {
    if (input.erased_at) return zip::Entry{std::string(name::erased), Bytes(erased_text)};
    if (!input.absent) return std::nullopt;
    return *input.absent == Absent::damaged ? zip::Entry{std::string(name::damaged), Bytes(damaged_text)}
                                            : zip::Entry{std::string(name::withheld), Bytes(withheld_text)};
}

Index index_of(PackageInput const& input, Time now) {
    Index index;
    index.message_identifier = input.message_identifier;
    index.title = input.erased_at || input.absent == Absent::withheld ? "" : input.title;
    index.made_at = now;
    index.qualified = input.qualified;
    index.erased_at = input.erased_at;
    if (!input.erased_at) index.absent = input.absent;
    if (input.certificate) index.certificate = std::string(name::certificate);
    for (std::size_t i = 0; i < input.content.size() && !absence(input); ++i) {
        auto const& file = input.content[i];
        index.content.push_back({name::content(i + 1, file.name), file.name, file.content_type,
                                 static_cast<std::int64_t>(file.content.size()), to_hex(sha256(file.content).view())});
    }
    for (auto const& [row, path] : input.log.evidence)
        index.evidence.push_back({row.number, to_text(row.id), std::string(info(row.code).label),
                                  std::string(info(row.code).name), std::string(info(row.code).clause), row.time,
                                  name::evidence(row.number, row.code), name::proof(row.number),
                                  row.token ? std::optional(name::token(row.number)) : std::nullopt,
                                  row.leaf_index.value_or(-1)});
    auto const& head = input.log.checkpoint.head;
    index.log = {input.log_key.name, input.log_key.text(), static_cast<std::int64_t>(head.size),
                 to_base64(head.root.view()), input.log.checkpoint_token.has_value()};
    return index;
}

// Every record that names parts names these, in this order.
Expected<> check_content(PackageInput const& input) {
    for (auto const& logged : input.log.evidence) {
        auto const statement = parse_evidence(logged.row.xml.bytes);
        if (!statement) return fail(statement.error());
        if (statement->parts.empty() || absence(input)) continue;
        bool same = statement->parts.size() == input.content.size();
        for (std::size_t i = 0; same && i < input.content.size(); ++i)
            same = statement->parts[i].digest == sha256(input.content[i].content);
        if (!same)
            return fail(ErrorKind::conflict, "content_mismatch",
                        "The content is not what evidence " + std::to_string(logged.row.number) +
                            " speaks of: run rapport fsck.");
    }
    return {};
}

Expected<> add_evidence(std::vector<zip::Entry>& entries, PackageInput const& input) {
    for (auto const& [row, path] : input.log.evidence) {
        Bytes xml = row.xml.bytes;
        if (row.token) {
            auto stamped = with_timestamp(xml, row.token->bytes);
            if (!stamped) return fail(stamped.error());
            xml = *std::move(stamped);
        }
        entries.push_back({name::evidence(row.number, row.code), std::move(xml)});
    }
    for (auto const& [row, path] : input.log.evidence) {
        require(row.leaf_index.has_value(), "packaged evidence is in the log");
        entries.push_back({name::proof(row.number), proof_text({row.salt, static_cast<std::uint64_t>(*row.leaf_index),
                                                                path, input.log.checkpoint.note})});
    }
    entries.push_back({std::string(name::checkpoint), input.log.checkpoint.note});
    entries.push_back({std::string(name::log_key), input.log_key.text() + '\n'});
    entries.push_back({std::string(name::log_key_pem), input.log_key.pem()});
    for (auto const& [row, path] : input.log.evidence)
        if (row.token) entries.push_back({name::token(row.number), row.token->bytes});
    if (input.log.checkpoint_token)
        entries.push_back({std::string(name::checkpoint_token), *input.log.checkpoint_token});
    return {};
}

}  // namespace

Expected<LogPart> log_part(store::Reader& reader, Prover& prover, std::int64_t delivery) {
    auto rows = evidence_of(reader, delivery);
    if (rows.empty())
        return fail(ErrorKind::not_found, "no_evidence", "This delivery has no evidence: it is not a registered one.");
    auto checkpoint = last_checkpoint(reader);
    auto const covered = [&](EvidenceRow const& row) {
        return row.leaf_index && checkpoint && static_cast<std::uint64_t>(*row.leaf_index) < checkpoint->head.size;
    };
    for (auto const& row : rows)
        if (!covered(row))
            return fail({ErrorKind::unavailable,
                         "not_yet_logged",
                         "The newest evidence waits for the log's next checkpoint: ask again in two seconds.",
                         {},
                         2});
    LogPart part;
    part.checkpoint = *std::move(checkpoint);
    part.checkpoint_token = checkpoint_token(reader, part.checkpoint.head.size);
    for (auto& row : rows) {
        auto path = prover.inclusion(reader, static_cast<std::uint64_t>(*row.leaf_index), part.checkpoint.head.size);
        part.evidence.push_back({std::move(row), std::move(path)});
    }
    return part;
}

Expected<Bytes> package(PackageInput const& input, Signer const& signer, Time now) {
    if (auto const checked = check_content(input); !checked) return fail(checked.error());
    Index const index = index_of(input, now);
    std::vector<zip::Entry> entries{{std::string(name::mimetype), Bytes(package_media_type)},
                                    {std::string(name::index_page), index_page(index)},
                                    {std::string(name::index), json::encode(index) + '\n'}};
    if (input.certificate) entries.push_back({std::string(name::certificate), *input.certificate});
    auto stand_in = absence(input);
    for (std::size_t i = 0; i < input.content.size() && !stand_in; ++i)
        entries.push_back({name::content(i + 1, input.content[i].name), input.content[i].content});
    if (stand_in) entries.push_back(*std::move(stand_in));
    if (auto const added = add_evidence(entries, input); !added) return fail(added.error());
    Bytes seal_pem;
    for (auto const& der : signer.chain()) {
        auto const certificates = read_certificates(der);
        if (!certificates) return fail(certificates.error());
        seal_pem += pem_of(certificates->front().get());
    }
    entries.push_back({std::string(name::seal_certificates), std::move(seal_pem)});
    entries.push_back({std::string(name::roots), input.roots_pem});
    Bytes manifest = asic_manifest(entries);
    auto signature = cades_sign(manifest, signer, now);
    if (!signature) return fail(signature.error());
    entries.push_back({std::string(name::manifest), std::move(manifest)});
    entries.push_back({std::string(name::signature), *std::move(signature)});
    return zip::write(entries);
}

}  // namespace rapport::evidence
