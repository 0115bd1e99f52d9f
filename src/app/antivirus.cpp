// clamd behind the question that conversations ask.
#include "app/antivirus.hpp"

#include "channels/antivirus/clamd.hpp"

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

}  // namespace

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
