// package: gathers what one file with everything that proves a delivery is made of.
#include "delivery/certificates.hpp"
#include "delivery/packaging.hpp"

namespace rapport::delivery {
namespace {

// Names within the package are the evidence's part numbers with the file's own ending; they cannot leave its folder.
std::string packed_name(int part, Part const& whole) {
    if (part == 0) return "message.txt";
    auto const number = (part < 10 ? "0" : "") + std::to_string(part);
    return number + "-" + whole.name;
}

Expected<> add_content(evidence::PackageInput& input, store::Reader& reader, Office const& office,
                       DeliveryRow const& row) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key) return fail(key.error());
    if (auto const names = open_names(*key, row.id, row.names ? row.names->bytes : Bytes()))
        input.title = names->subject;
    for (int part = 0; part <= row.files; ++part) {
        auto whole = content(reader, office, row.id, part);
        if (!whole) return fail(whole.error());
        auto name = packed_name(part, *whole);
        input.content.push_back({std::move(name), std::move(whole->media_type), std::move(whole->bytes)});
    }
    return {};
}

certificate::Contents shown_of(evidence::PackageInput const& input) {
    if (input.erased_at) return certificate::Contents::erased;
    if (!input.absent) return certificate::Contents::whole;
    return *input.absent == evidence::Absent::damaged ? certificate::Contents::damaged
                                                      : certificate::Contents::withheld;
}

// Where none can be drawn (no fonts, too long) the package goes without: what proves is the evidence.
Expected<> add_certificate(evidence::PackageInput& input, Office const& office, DeliveryRow const& row) {
    auto const shown = shown_of(input);
    Names names;
    if (shown == certificate::Contents::whole || shown == certificate::Contents::damaged)
        if (auto const key = key_of(office, row.wrapped_key))
            if (auto opened = open_names(*key, row.id, row.names ? row.names->bytes : Bytes()))
                names = *std::move(opened);
    auto const facts = certificate_facts(office, row, input.log, names, shown, row.locale);
    if (!facts) return fail(facts.error());
    if (auto drawn = certificate::render(*facts)) input.certificate = *std::move(drawn);
    return {};
}

}  // namespace

Expected<Bytes> package(store::Reader& reader, Office const& office, DeliveryId id, Contents contents, Time now) {
    require(office.packaging != nullptr, "the app gives the office what packages are made with");
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto log = evidence::log_part(reader, office.packaging->prover, id.value);
    if (!log) return fail(log.error());
    auto log_keys = office.packaging->earlier_log_keys;
    log_keys.insert(log_keys.begin(), office.packaging->log_key);
    auto const& log_key = evidence::key_of(log->checkpoint.note, log_keys);
    evidence::PackageInput input{to_text(id),
                                 "",
                                 std::move(*log),
                                 log_key,
                                 {},
                                 row->erased_at,
                                 std::nullopt,
                                 office.packaging->roots_pem,
                                 office.packaging->qualified};
    if (contents == Contents::withheld) input.absent = evidence::Absent::withheld;
    if (!row->erased_at && !input.absent)
        if (auto const added = add_content(input, reader, office, *row); !added) {
            if (contents != Contents::if_sound || added.error().code != "content_damaged") return fail(added.error());
            input.absent = evidence::Absent::damaged;
        }
    if (auto const added = add_certificate(input, office, *row); !added) return fail(added.error());
    return evidence::package(input, office.sealer.signer(), now);
}

}  // namespace rapport::delivery
