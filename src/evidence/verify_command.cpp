// `rapport verify`: arguments, files, and the report as text or JSON.
#include <fstream>
#include <iterator>

#include "evidence/verify.hpp"

namespace rapport::evidence {
namespace {

struct CheckView {
    std::string name;
    bool ok = false;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(CheckView, (), (name, ok, detail))
struct ReportView {
    std::string file;
    bool valid = false;
    std::string message_identifier;
    std::vector<std::string> failed;
    std::vector<CheckView> checks;
    std::vector<ReportedEvidence> evidence;
    std::string signed_by;
    bool own_trust = false;
    bool erased = false;
    std::optional<Time> logged_before;
    std::vector<std::string> notes;
};
BOOST_DESCRIBE_STRUCT(ReportView, (),
                      (file, valid, message_identifier, failed, checks, evidence, signed_by, own_trust, erased,
                       logged_before, notes))

std::optional<Bytes> read_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return std::nullopt;
    return bytes;
}

constexpr std::string_view usage =
    "usage: rapport verify FILE [--trust CA.pem] [--log-key KEY] [--checkpoint FILE] [--consistency FILE] [--json]\n";

struct Wish {
    std::string file;
    TrustOptions trust;
    bool json = false;
};

// Empty, with the complaint in `err`, where the command cannot be done.
std::optional<Wish> understood(std::vector<std::string> const& arguments, std::string& err) {
    Wish wish;
    auto const complain = [&err](std::string text) {
        err += text + '\n' + std::string(usage);
        return std::nullopt;
    };
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        auto const& word = arguments[i];
        if (word == "--json") {
            wish.json = true;
            continue;
        }
        if (!word.starts_with("--")) {
            if (!wish.file.empty()) return complain("One file at a time.");
            wish.file = word;
            continue;
        }
        if (i + 1 == arguments.size()) return complain(word + " needs a value.");
        auto const& value = arguments[++i];
        auto bytes = read_file(value);
        if (word == "--log-key") {
            auto key = NoteKey::from_text(bytes ? *bytes : value);  // the key itself, or a file that holds it
            if (!key) return complain(key.error().text);
            wish.trust.log_key = *std::move(key);
            continue;
        }
        if (word != "--trust" && word != "--checkpoint" && word != "--consistency")
            return complain("There is no option " + word + ".");
        if (!bytes) return complain("The file " + value + " cannot be read.");
        if (word == "--trust")
            wish.trust.roots_pem += *bytes;
        else if (word == "--checkpoint")
            wish.trust.checkpoint = std::move(bytes);
        else
            wish.trust.consistency = std::move(bytes);
    }
    if (wish.file.empty()) return complain("Which file?");
    return wish;
}

}  // namespace

std::string report_as_json(Report const& report, std::string_view file) {
    ReportView view{
        std::string(file), report.valid,  report.message_identifier, {},          {}, report.evidence, report.signed_by,
        report.own_trust,  report.erased, report.logged_before,      report.notes};
    for (auto const& check : report.checks) {
        if (!check.ok) view.failed.push_back(check.name);
        view.checks.push_back({check.name, check.ok, check.detail});
    }
    return json::encode(view) + '\n';
}

std::string report_as_text(Report const& report, std::string_view file) {
    std::string out = std::string(file) + ": " + (report.valid ? "VALID" : "NOT VALID") + '\n';
    if (!report.message_identifier.empty()) out += "  delivery   " + report.message_identifier + '\n';
    if (!report.signed_by.empty()) out += "  signed by  " + report.signed_by + '\n';
    for (auto const& e : report.evidence)
        out += "  evidence   " + std::to_string(e.number) + "  " + e.code + ' ' + e.name + "  " + to_text(e.time) +
               (e.stamped ? "  (time stamp " + to_text(*e.stamped) + ")" : "") + '\n';
    if (report.logged_before) out += "  logged     before " + to_text(*report.logged_before) + '\n';
    out += '\n';
    for (auto const& check : report.checks)
        out += std::string(check.ok ? "  ok      " : "  FAILED  ") + check.name +
               (check.detail.empty() ? "" : ": " + check.detail) + '\n';
    for (auto const& note : report.notes) out += "  note    " + note + '\n';
    return out;
}

int verify_command(std::vector<std::string> const& arguments, std::string& out, std::string& err) {
    auto const wish = understood(arguments, err);
    if (!wish) return 2;
    auto const container = read_file(wish->file);
    if (!container) {
        err += "The file " + wish->file + " cannot be read.\n";
        return 2;
    }
    auto const report = verify_package(*container, wish->trust);
    out += wish->json ? report_as_json(report, wish->file) : report_as_text(report, wish->file);
    return report.valid ? 0 : 1;
}

}  // namespace rapport::evidence
