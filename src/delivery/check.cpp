// fsck of deliveries: recomputes states from the journal by the table, compares them with the evidence and the rows,
// reads every content against its digests, and counts anew.
#include <algorithm>
#include <array>
#include <map>

#include "delivery/records.hpp"
#include "delivery/sql.hpp"
#include "evidence/log.hpp"

namespace rapport::delivery {
namespace {

constexpr std::size_t rows_at_once = 200;

struct Line {
    std::string kind;
    json::Object data;
};
BOOST_DESCRIBE_STRUCT(Line, (), (kind, data))

using Report = std::function<void(Finding const&)>;

// What the journal tells of a delivery besides its verbs.
constexpr std::array<std::string_view, 4> side_notes{"delivery.identification_refused", "delivery.codes_asked_often",
                                                     "delivery.delegated", "delivery.delegation_revoked"};

struct Checker {
    store::Reader& reader;
    Office const& office;
    Report const& report;
    DeliveryRow const& row;

    void say(std::string text) const { report({to_text(row.id), std::move(text)}); }
    void states_and_evidence() const;
    void contents() const;
    void records() const;
    void all() const {
        states_and_evidence();
        contents();
        records();
    }
};

std::optional<Verb> verb_of(Line const& line) {
    auto const* name = line.data.if_contains("verb");
    return name && name->is_string() ? json::enum_from<Verb>(std::string_view(name->get_string())) : std::nullopt;
}

void Checker::states_and_evidence() const {
    State state = State::none;
    bool erased = false;
    std::vector<evidence::EventCode> due;
    for (auto const& line : reader.all<Line>(sql::journal_of, to_text(row.id))) {
        if (std::ranges::find(side_notes, line.kind) != side_notes.end()) continue;
        auto const verb = verb_of(line);
        if (!verb || line.kind != event_kind(*verb)) {
            say("the journal holds a line that no verb writes: " + line.kind);
            continue;
        }
        auto const* step = transition(row.kind, state, *verb);
        if (!step) {
            say("the journal tells of " + line.kind + " in state " + std::string(json::enum_name(state)) +
                ", which the table does not allow");
            continue;
        }
        state = step->to.value_or(state);
        erased = erased || *verb == Verb::erase;
        if (step->evidence) due.push_back(*step->evidence);
    }
    if (state != row.state)
        say("is " + std::string(json::enum_name(row.state)) + ", but its journal says " +
            std::string(json::enum_name(state)));
    if (erased != row.erased_at.has_value())
        say(erased ? "is erased in the journal but not in its row" : "is erased without a journal line");

    std::vector<evidence::EventCode> found;
    for (auto const& record : evidence::evidence_of(reader, row.id.value)) {
        found.push_back(record.code);
        auto const statement = evidence::parse_evidence(record.xml.bytes);
        if (!statement || statement->message_identifier != to_text(row.id))
            say("evidence " + to_text(record.id) + " speaks of something else");
        else if (statement->event != record.code)
            say("evidence " + to_text(record.id) + " tells of another event than its row");
        else if (statement->parts.empty() || statement->parts.front().digest != row.message_digest)
            say("evidence " + to_text(record.id) + " tells of another content");
    }
    if (found != due) say("its evidence does not follow from its journal");
    if (static_cast<std::int64_t>(found.size()) != row.evidence_count)
        say("counts " + std::to_string(row.evidence_count) + " records, has " + std::to_string(found.size()));
}

void Checker::contents() const {
    if (row.erased_at) {
        if (row.wrapped_key || row.names) say("is erased, but its key is still there");
        if (reader.one<store::Blob>(sql::find_message, row.id)) say("is erased, but its message is still there");
        return;
    }
    if (static_cast<std::int64_t>(files_of(reader, row.id).size()) != row.files)
        say("does not have as many files as it says");
    // A content whose damage has been recorded (D.2, E.2) is no news.
    if (row.state == State::failed && row.kind == Kind::registered) return;
    for (int part = 0; part <= row.files; ++part)
        if (auto const whole = content(reader, office, row.id, part); !whole)
            say("part " + std::to_string(part) + " of its content: " + whole.error().code);
}

struct Kept {
    Digest digest;
    std::optional<store::Blob> box;
};
BOOST_DESCRIBE_STRUCT(Kept, (), (digest, box))

void Checker::records() const {
    for (auto const& kept : reader.all<Kept>(sql::records_of, row.id)) {
        if (row.erased_at) {
            if (kept.box) say("is erased, but a record of an identification is still there");
        } else if (auto const record = find_record(reader, office, row.id, kept.digest); !record) {
            say("the record of an identification: " + record.error().code);
        }
    }
}

void check_plain_records(store::Reader& reader, Report const& report) {
    for (auto const id : reader.all<DeliveryId>(sql::plain_records))
        report({to_text(id), "the record of an identification stands in plain"});
}

void check_counts(store::Reader& reader, Report const& report) {
    std::map<std::pair<Kind, State>, std::int64_t> kept, real;
    for (auto const& c : counts(reader)) kept[{c.kind, c.state}] = c.n;
    for (auto const& c : reader.all<Count>(sql::recount)) real[{c.kind, c.state}] = c.n;
    for (auto const& [what, n] : real) kept.try_emplace(what, 0);
    for (auto const& [what, n] : kept)
        if (real[what] != n)
            report({"delivery_count", "says " + std::to_string(n) + " " + std::string(json::enum_name(what.first)) +
                                          " deliveries are " + std::string(json::enum_name(what.second)) +
                                          "; there are " + std::to_string(real[what])});
}

}  // namespace

void check_deliveries(store::Reader& reader, Office const& office, Report const& report) {
    check_counts(reader, report);
    check_plain_records(reader, report);
    std::int64_t last = 0;
    for (bool more = true; more;) {
        auto const rows = reader.all<DeliveryRow>(sql::each_delivery, last, rows_at_once);
        for (auto const& row : rows) {
            Checker{reader, office, report, row}.all();
            last = row.id.value;
        }
        more = rows.size() == rows_at_once;
    }
}

}  // namespace rapport::delivery
