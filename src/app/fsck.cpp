// `rapport fsck`: recomputes every hash, proof, state and counter from the data, module by module, and reports.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <functional>
#include <iterator>

#include "app/command.hpp"
#include "app/house.hpp"
#include "app/searching.hpp"
#include "evidence/fsck.hpp"
#include "store/fsck.hpp"

namespace rapport::app {
namespace {

struct Finding {
    std::string part, subject, text;
    bool operator==(Finding const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (part, subject, text))

struct Findings {
    bool clean = true;
    std::vector<Finding> findings;
};
BOOST_DESCRIBE_STRUCT(Findings, (), (clean, findings))

struct Part {
    std::string_view name;
    std::int64_t ms = 0;
    std::vector<Finding> findings = {};
};

using Report = std::function<void(std::string subject, std::string text)>;

class Inspection {
  public:
    template <class F>
    void part(std::string_view name, F&& look) {
        auto const start = std::chrono::steady_clock::now();
        Part& part = parts_.emplace_back(name);
        look(Report([&](std::string subject, std::string text) {
            part.findings.push_back({std::string(name), std::move(subject), std::move(text)});
        }));
        part.ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    }
    bool clean() const {
        return std::ranges::all_of(parts_, [](Part const& part) { return part.findings.empty(); });
    }
    // Drops what the other inspection did not find.
    void keep_what_is_also_in(Inspection const& other) {
        for (std::size_t i = 0; i < parts_.size(); ++i)
            std::erase_if(parts_[i].findings, [&](Finding const& finding) {
                return std::ranges::find(other.parts_[i].findings, finding) == other.parts_[i].findings.end();
            });
    }
    int print(bool is_json) const {
        if (is_json)
            print_json();
        else
            print_text();
        return clean() ? 0 : 3;
    }

  private:
    void print_json() const {
        Findings report{clean(), {}};
        for (auto const& part : parts_)
            report.findings.insert(report.findings.end(), part.findings.begin(), part.findings.end());
        std::printf("%s\n", json::encode(report).c_str());
    }
    void print_text() const {
        for (auto const& part : parts_) {
            auto const n = part.findings.size();
            std::printf("%-11s %s (%lld ms)\n", part.name.data(),
                        n == 0 ? "clean" : (std::to_string(n) + " findings").c_str(), static_cast<long long>(part.ms));
            for (auto const& finding : part.findings)
                std::printf("  %s: %s\n", finding.subject.c_str(), finding.text.c_str());
        }
    }

    std::deque<Part> parts_;
};

Expected<std::vector<Bytes>> checkpoints_of(Arguments const& arguments) {
    std::vector<Bytes> notes;
    for (auto const& path : arguments.values("checkpoint")) {
        std::ifstream in(path, std::ios::binary);
        if (!in) return fail(ErrorKind::invalid, "file_unreadable", path + " cannot be read.");
        notes.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return notes;
}

// Whose stamps and seals are to be believed: the house's own, and the authority's that the configuration names.
Expected<evidence::Trust> trust_of(House const& house) {
    auto trust = house.keys.trust();
    auto const& file = house.config.evidence.tsa_roots;
    if (file.empty()) return trust;
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(ErrorKind::invalid, "file_unreadable", file + " cannot be read.");
    if (auto const added = trust.add_root(Bytes(std::istreambuf_iterator<char>(in), {})); !added)
        return fail(added.error());
    return trust;
}

// The log must continue what somebody saw of it.
void check_kept(House& house, store::Reader& reader, Bytes const& note, Report const& report) {
    auto keys = earlier_log_keys(house);
    keys.insert(keys.begin(), house.notes.key());
    auto const kept = evidence::open_checkpoint(note, evidence::key_of(note, keys));
    if (!kept) return report("kept checkpoint", kept.error().text);
    auto const name = "kept checkpoint " + std::to_string(kept->head.size);
    if (kept->head.size > evidence::tree_head(reader).size) return report(name, "the log is shorter than that now");
    if (house.prover.root(reader, kept->head.size) != kept->head.root) report(name, "the log has been rewritten since");
}

// Everything on one snapshot, so that a server may go on working meanwhile.
Inspection inspect(House& house, evidence::Trust const& trust, std::vector<Bytes> const& notes) {
    Inspection inspection;
    house.store->read_now([&](store::Reader& reader) {
        inspection = {};
        auto const each = [](auto const& report) {
            return [&report](auto const& finding) { report(finding.subject, finding.text); };
        };
        inspection.part("store", [&](Report const& report) {
            std::ranges::for_each(store::fsck(reader, house.blobs), each(report));
        });
        inspection.part("people", [&](Report const& report) {
            for (auto const& text : people::fsck(reader)) report("people", text);
        });
        inspection.part("outbox", [&](Report const& report) {
            std::ranges::for_each(post::check_outbox(reader, system_now()), each(report));
        });
        inspection.part(
            "inbound", [&](Report const& report) { std::ranges::for_each(post::check_returns(reader), each(report)); });
        inspection.part("deliveries", [&](Report const& report) {
            delivery::check_deliveries(reader, house.deliveries.office(), each(report));
        });
        inspection.part("preferences",
                        [&](Report const& report) { preferences::check_preferences(reader, each(report)); });
        inspection.part("conversations", [&](Report const& report) {
            conversation::check_conversations(reader, house.conversations.office(), each(report));
        });
        inspection.part("knowledge", [&](Report const& report) { knowledge::check_knowledge(reader, report); });
        inspection.part("forms", [&](Report const& report) {
            forms::check_forms(reader, house.conversations.office(), each(report));
        });
        inspection.part("desk", [&](Report const& report) {
            desk::check_desk(reader, house.conversations.office(), each(report));
        });
        inspection.part("search", [&](Report const& report) { check_search(house, reader, report); });
        inspection.part("notices", [&](Report const& report) {
            notice::check_notices(reader, house.notices.desk(), each(report));
            notice::check_bulks(reader, each(report));
            notice::check_schedules(reader, each(report));
        });
        inspection.part("evidence", [&](Report const& report) {
            evidence::check_log(reader, {house.notes.key(), &trust, earlier_log_keys(house)}, each(report));
            for (auto const& note : notes) check_kept(house, reader, note, report);
        });
    });
    return inspection;
}

}  // namespace

// --checkpoint FILE (repeated): checkpoints that somebody kept; the log must continue each of them.
int fsck(Words const& words) {
    auto const arguments = Arguments::parse(words, {{"config", "data", "checkpoint"}, {"json"}});
    if (!arguments) return refuse(arguments.error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    auto const notes = checkpoints_of(*arguments);
    if (!notes) return refuse(notes.error());

    House house(*config, store::Role::guest);
    auto const trust = trust_of(house);
    if (!trust) return refuse(trust.error());
    auto inspection = inspect(house, *trust, *notes);
    // Files stand outside the snapshot: a server may have erased one since. What is damaged is so at a second look,
    // too.
    if (!inspection.clean()) inspection.keep_what_is_also_in(inspect(house, *trust, *notes));
    return inspection.print(arguments->has("json"));
}

}  // namespace rapport::app
