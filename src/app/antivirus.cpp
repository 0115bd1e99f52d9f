// clamd behind the question that conversations ask.
#include "app/antivirus.hpp"

#include "channels/antivirus/clamd.hpp"
#include "desk/attributes.hpp"
#include "people/permissions.hpp"

namespace rapport::app {
namespace {

namespace antivirus = channels::antivirus;
using conversation::AttachmentScan;
using conversation::ScanFinding;

ScanFinding finding_of(antivirus::Finding finding) {
    switch (finding) {
        case antivirus::Finding::clean:
            return ScanFinding::clean;
        case antivirus::Finding::infected:
            return ScanFinding::infected;
        case antivirus::Finding::not_scanned:
            break;
    }
    return ScanFinding::not_scanned;
}

knowledge::FileScan scan_of(antivirus::Finding finding) {
    switch (finding) {
        case antivirus::Finding::clean:
            return knowledge::FileScan::clean;
        case antivirus::Finding::infected:
            return knowledge::FileScan::infected;
        case antivirus::Finding::not_scanned:
            break;
    }
    return knowledge::FileScan::not_scanned;
}

}  // namespace

knowledge::Surroundings surroundings_of(House& house) {
    knowledge::Surroundings out;
    auto const segment_of = [](store::Reader& reader, std::string_view text) -> std::optional<desk::SegmentView> {
        desk::SegmentId id;
        if (!from_text(text, id)) return std::nullopt;
        return desk::find_segment(reader, id);
    };
    out.knows_segment = [segment_of](store::Reader& reader, std::string_view segment) {
        return segment_of(reader, segment).has_value();
    };
    out.is_in_segment = [segment_of, &house](store::Reader& reader, people::CustomerId customer,
                                             std::string_view segment) {
        auto const found = segment_of(reader, segment);
        return found && desk::meets(found->all, desk::attributes_of(reader, house.conversations.office(), customer));
    };
    if (house.config.antivirus.address.empty()) return out;
    antivirus::ClamdOptions const options{.address = house.config.antivirus.address};
    out.scan = [options](ByteView bytes) -> Expected<knowledge::FileScan> {
        auto const verdict = antivirus::scan(options, bytes);
        if (!verdict) return fail(verdict.error());
        return scan_of(verdict->finding);
    };
    return out;
}

knowledge::Reading::WhoReads readers_of(House& house) {
    return [&house](net::Request& request) -> Task<knowledge::Visitor> {
        auto const viewer = co_await house.access.authenticate(request, net::signed_in);
        knowledge::Visitor visitor;
        visitor.is_agent = viewer && viewer->may(people::may_read_knowledge);
        co_return visitor;
    };
}

std::unique_ptr<conversation::Scanner> make_scanner(House& house) {
    if (house.config.antivirus.address.empty()) return nullptr;
    antivirus::ClamdOptions const options{.address = house.config.antivirus.address};
    auto const ask = [options](ByteView bytes) -> Expected<AttachmentScan> {
        auto const verdict = antivirus::scan(options, bytes);
        if (!verdict) return fail(verdict.error());
        return AttachmentScan{finding_of(verdict->finding), verdict->words, {}};
    };
    return std::make_unique<conversation::Scanner>(*house.store, house.conversations.office(), ask);
}

}  // namespace rapport::app
