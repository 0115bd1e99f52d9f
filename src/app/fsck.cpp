// `rapport fsck`: recomputes every hash, proof, state and counter from the data, module by module, and reports.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/command.hpp"
#include "app/house.hpp"
#include "evidence/fsck.hpp"
#include "store/fsck.hpp"

namespace rapport::app {
namespace {

struct Finding {
    std::string part, subject, text;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (part, subject, text))

struct Findings {
    bool clean = true;
    std::vector<Finding> findings;
};
BOOST_DESCRIBE_STRUCT(Findings, (), (clean, findings))

class Inspection {
  public:
    explicit Inspection(bool is_json) : is_json_(is_json) {}

    template <class F>
    void part(char const* name, F&& look) {
        auto const before = report_.findings.size();
        auto const start = std::chrono::steady_clock::now();
        look([&](std::string subject, std::string text) {
            report_.findings.push_back({name, std::move(subject), std::move(text)});
        });
        if (is_json_) return;
        auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
        auto const n = report_.findings.size() - before;
        std::printf("%-11s %s (%lld ms)\n", name, n == 0 ? "clean" : (std::to_string(n) + " findings").c_str(),
                    static_cast<long long>(ms.count()));
        for (auto i = before; i < report_.findings.size(); ++i)
            std::printf("  %s: %s\n", report_.findings[i].subject.c_str(), report_.findings[i].text.c_str());
    }

    int end() {
        report_.clean = report_.findings.empty();
        if (is_json_) std::printf("%s\n", json::encode(report_).c_str());
        return report_.clean ? 0 : 3;
    }

  private:
    bool is_json_;
    Findings report_;
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

// The log must continue what somebody saw of it.
template <class Report>
void check_kept(House& house, store::Reader& reader, Bytes const& note, Report const& report) {
    auto const kept = evidence::open_checkpoint(note, house.notes.key());
    if (!kept) return report("kept checkpoint", kept.error().text);
    auto const name = "kept checkpoint " + std::to_string(kept->head.size);
    if (kept->head.size > evidence::tree_head(reader).size) return report(name, "the log is shorter than that now");
    if (house.prover.root(reader, kept->head.size) != kept->head.root) report(name, "the log has been rewritten since");
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

    House house(*config);
    auto& store = *house.store;
    Inspection inspection(arguments->has("json"));
    inspection.part("store", [&](auto report) {
        store.read_now([&](store::Reader& reader) {
            for (auto const& finding : store::fsck(reader, house.blobs)) report(finding.subject, finding.text);
        });
    });
    inspection.part("people", [&](auto report) {
        store.read_now([&](store::Reader& reader) {
            for (auto const& text : people::fsck(reader)) report("people", text);
        });
    });
    inspection.part("outbox", [&](auto report) {
        store.read_now([&](store::Reader& reader) {
            for (auto const& finding : post::check_outbox(reader, system_now())) report(finding.subject, finding.text);
        });
    });
    inspection.part("deliveries", [&](auto report) {
        delivery::check_deliveries(store, house.deliveries.office(), [&](delivery::Finding const& finding) {
            report(finding.subject, finding.text);
        });
    });
    inspection.part("evidence", [&](auto report) {
        auto const trust = house.keys.trust();
        store.read_now([&](store::Reader& reader) {
            evidence::check_log(reader, {house.notes.key(), &trust}, [&](evidence::LogFinding const& finding) {
                report(finding.subject, finding.text);
            });
            for (auto const& note : *notes) check_kept(house, reader, note, report);
        });
    });
    return inspection.end();
}

}  // namespace rapport::app
