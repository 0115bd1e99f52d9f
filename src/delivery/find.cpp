// find: one delivery with all that is known of it: text, files, evidence, letters.
#include "delivery/sql.hpp"
#include "delivery/submit.hpp"
#include "evidence/log.hpp"
#include "post/secret_links.hpp"

namespace rapport::delivery {
namespace {

std::vector<EvidenceView> evidence_views(store::Reader& reader, DeliveryId id) {
    std::vector<EvidenceView> views;
    for (auto const& row : evidence::evidence_of(reader, id.value)) {
        auto const& about = evidence::info(row.code);
        EvidenceView view{row.id,   std::string(about.label), std::string(about.name),    std::string(about.clause),
                          row.time, row.leaf_index,           row.leaf_index.has_value(), row.token.has_value(),
                          {}};
        if (about.negative)
            if (auto const statement = evidence::parse_evidence(row.xml.bytes))
                for (auto const& reason : statement->reasons) view.reasons.push_back({reason.code, reason.details});
        views.push_back(std::move(view));
    }
    return views;
}

struct Codes {
    std::int64_t codes = 0, sessions = 0;
    std::optional<Time> last;
};
BOOST_DESCRIBE_STRUCT(Codes, (), (codes, sessions, last))
struct Trouble {
    std::string kind;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(Trouble, (), (kind, at))

IdentificationView identification_view(store::Reader& reader, DeliveryId id, Time now) {
    auto const codes = reader.one<Codes>(sql::codes_since, id, now - std::chrono::hours(24)).value_or(Codes{});
    IdentificationView view{codes.codes, codes.sessions, 0, false, std::nullopt};
    for (auto const& one : reader.all<Trouble>(sql::identification_trouble, to_text(id))) {
        if (one.kind == "delivery.identification_refused") ++view.refused;
        if (!view.trouble_at) view.trouble_at = one.at;
        view.trouble = true;
    }
    return view;
}

}  // namespace

Expected<DeliveryDetail> find(store::Reader& reader, Office const& office, DeliveryId id, Time now) {
    auto const row = find_row(reader, id);
    if (!row) return fail(no_such_delivery());
    auto const summary = summary_of(office, *row);
    DeliveryDetail detail;
    json::for_each_member<DeliverySummary>([&](std::string_view name, auto from) {
        json::for_each_member<DeliveryDetail>([&](std::string_view to_name, auto to) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(summary.*from)>,
                                         std::remove_cvref_t<decltype(detail.*to)>>)
                if (name == to_name) detail.*to = summary.*from;
        });
    });
    std::optional<Names> names;
    if (auto const key = key_of(office, row->wrapped_key); key && row->names)
        if (auto opened = open_names(*key, id, row->names->bytes)) names = std::move(*opened);
    if (auto const message = content(reader, office, id, 0))
        detail.text = post::without_secret_links(text_of(message->bytes));
    for (auto const& file : files_of(reader, id)) {
        auto const index = static_cast<std::size_t>(file.number) - 1;
        FileView view{std::nullopt, file.media_type, file.size, to_hex(file.sha256.view())};
        if (names && index < names->files.size()) view.name = names->files[index];
        detail.files.push_back(std::move(view));
    }
    detail.evidence = evidence_views(reader, id);
    if (row->kind == Kind::registered) detail.identification = identification_view(reader, id, now);
    for (auto const& letter : post::letters_of(reader, to_text(id)))
        detail.letters.push_back({to_text(letter.id), letter.purpose, letter.to.value,
                                  std::string(json::enum_name(letter.state)), letter.attempts, letter.last_reply,
                                  letter.changed_at});
    return detail;
}

}  // namespace rapport::delivery
