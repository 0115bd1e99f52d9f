// package: gathers what one file with everything that proves a delivery is made of.
#include "delivery/packaging.hpp"
#include "delivery/row.hpp"

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

}  // namespace

Expected<Bytes> package(store::Reader& reader, Office const& office, DeliveryId id, Contents contents, Time now) {
    require(office.packaging != nullptr, "the app gives the office what packages are made with");
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto log = evidence::log_part(reader, office.packaging->prover, id.value);
    if (!log) return fail(log.error());
    evidence::PackageInput input{to_text(id),
                                 "",
                                 std::move(*log),
                                 office.packaging->log_key,
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
    return evidence::package(input, office.sealer.signer(), now);
}

}  // namespace rapport::delivery
