// The checks on a package. Each is one function over what is known so far; each has its name in the report.
#include <algorithm>
#include <map>
#include <set>

#include "base/crypto.hpp"
#include "evidence/cades.hpp"
#include "evidence/manifest.hpp"
#include "evidence/package.hpp"
#include "evidence/proof_text.hpp"
#include "evidence/trust.hpp"
#include "evidence/tsa.hpp"
#include "evidence/verify.hpp"

namespace rapport::evidence {
namespace {

struct Record {
    std::string file;
    Unstamped unstamped;
    Statement statement;
};

class Verifier {
  public:
    explicit Verifier(TrustOptions const& options) : options_(options) {}

    Report run(ByteView container) {
        if (check_container(container)) {
            check_trust();
            check_signature();
            check_manifest();
            check_evidence();
            if (records_.size() == evidence_files_) {
                check_identifiers();
                check_sequence();
                check_content();
                check_log();
            }
        }
        report_.valid = all_ok(report_.checks);
        return std::move(report_);
    }

  private:
    void good(std::string check, std::string detail = {}) {
        report_.checks.push_back({std::move(check), true, std::move(detail)});
    }
    void bad(std::string check, std::string detail) {
        report_.checks.push_back({std::move(check), false, std::move(detail)});
    }
    void decide(std::string check, std::string const& problem, std::string detail = {}) {
        if (problem.empty())
            good(std::move(check), std::move(detail));
        else
            bad(std::move(check), problem);
    }
    Bytes const* file(std::string_view name) const {
        auto const it = files_.find(name);
        return it == files_.end() ? nullptr : it->second;
    }

    bool check_container(ByteView container) {
        auto entries = zip::read(container);
        if (!entries) {
            bad("container", entries.error().text);
            return false;
        }
        entries_ = *std::move(entries);
        for (auto const& entry : entries_) files_.emplace(entry.name, &entry.content);
        std::string problem;
        if (entries_.front().name != name::mimetype || entries_.front().content != package_media_type)
            problem = "It does not begin with the media type of an ASiC-E container.";
        for (auto needed : {name::manifest, name::signature, name::checkpoint, name::log_key, name::roots, name::index})
            if (!file(needed)) problem = std::string(needed) + " is missing.";
        for (auto const& entry : entries_) {
            if (entry.name.starts_with("META-INF/") && entry.name != name::manifest && entry.name != name::signature)
                problem = entry.name + " does not belong into a package.";
            if (entry.name.starts_with("evidence/")) ++evidence_files_;
        }
        if (!evidence_files_) problem = "There is no evidence in it.";
        decide("container", problem, std::to_string(entries_.size()) + " files");
        return problem.empty();
    }

    void check_trust() {
        report_.own_trust = !options_.roots_pem.empty();
        auto const added =
            trust_.add_root(report_.own_trust ? ByteView(options_.roots_pem) : ByteView(*file(name::roots)));
        if (!added) bad("trust", added.error().text);
        if (!report_.own_trust)
            report_.notes.push_back(
                "The roots are those that the package carries: give --trust CA.pem to check against your own.");
    }

    void check_signature() {
        auto const opened = cades_open(*file(name::signature), *file(name::manifest));
        if (!opened) return bad("container_signature", opened.error().text);
        std::vector<Bytes> chain{opened->certificate};  // and what may stand between it and the root
        if (auto const* pem = file(name::seal_certificates))
            if (auto const more = read_certificates(*pem))
                for (auto const& certificate : *more) chain.push_back(der_of(certificate.get()));
        auto const signer = checked_signer(trust_, chain);
        if (!signer) return bad("container_signature", "The signer's certificate cannot be read.");
        report_.signed_by = signer->subject;
        std::string problem = signer->chain_problem;
        if (problem.empty() && !signer->usable) problem = "The signer's certificate is not for seals.";
        if (problem.empty() && (opened->signing_time < signer->valid_from || opened->signing_time > signer->valid_to))
            problem = "It was signed when the signer's certificate was not valid.";
        decide("container_signature", problem, signer->subject + ", " + to_text(opened->signing_time));
    }

    void check_manifest() {
        Bytes const& manifest = *file(name::manifest);
        if (asic_manifest(entries_) == manifest) return good("manifest", "all digests agree");
        for (auto const& entry : entries_) {
            if (entry.name == name::mimetype || entry.name.starts_with("META-INF/")) continue;
            auto const reference = manifest.find("URI=\"" + entry.name + "\"");
            if (reference == manifest.npos) return bad("manifest", entry.name + " is not in the manifest.");
            auto const line = manifest.substr(reference, manifest.find('\n', reference) - reference);
            if (line.find(">" + to_base64(sha256(entry.content).view()) + "<") == line.npos)
                return bad("manifest", entry.name + " was changed: its digest is not the one in the manifest.");
        }
        bad("manifest", "The manifest names files that are not there, or in another form than Rapport writes.");
    }

    void check_evidence() {
        for (auto const& entry : entries_) {
            if (!entry.name.starts_with("evidence/")) continue;
            auto const verified = verify_evidence(entry.content, trust_);
            for (auto const& check : verified.checks)
                report_.checks.push_back({entry.name + '/' + check.name, check.ok, check.detail});
            auto plain = unstamped(entry.content);
            auto statement = parse_evidence(entry.content);
            if (!plain || !statement) {
                if (verified.ok()) bad(entry.name + "/form", (plain ? statement.error() : plain.error()).text);
                continue;
            }
            auto const& event = info(statement->event);
            report_.evidence.push_back({statement->number, std::string(event.label), std::string(event.name),
                                        statement->event_time, verified.stamped_time, 0});
            auto const* token = file(name::token(statement->number));
            if ((token ? std::optional<Bytes>(*token) : std::nullopt) != plain->token)
                bad(entry.name + "/time_stamp", "The time stamp beside it is not the one in it.");
            records_.push_back({entry.name, *std::move(plain), *std::move(statement)});
        }
    }

    void check_identifiers() {
        report_.message_identifier = records_.front().statement.message_identifier;
        std::string problem;
        std::set<std::int64_t> ids;
        for (auto const& record : records_) {
            if (record.statement.message_identifier != report_.message_identifier)
                problem = record.file + " is about another delivery: " + record.statement.message_identifier + ".";
            else if (!ids.insert(record.statement.id.value).second)
                problem = record.file + " stands twice.";
        }
        decide("message_identifier", problem, report_.message_identifier);
    }

    // Why this record cannot stand here, after `seen`; the order is that of EN 319 522-1 §6.2.
    static std::string implausible(std::set<EventCode> const& seen, EventCode now) {
        using enum EventCode;
        auto const had = [&](auto... codes) { return (seen.contains(codes) || ...); };
        if (seen.empty() != (now == A1 || now == A2))
            return seen.empty() ? "the first is not of the submission" : "a second submission";
        if (had(A2)) return "something follows a rejected submission";
        if ((now == C3 || now == C4 || now == C5) && had(C3, C4, C5)) return "a second decision on acceptance";
        if ((now == D1 || now == D2) && !had(C3)) return "consigned without acceptance";
        if ((now == D6 || now == E1 || now == E2) && !had(D1)) return "handed over without consignment";
        return "";
    }

    void check_sequence() {
        std::string problem;
        std::set<EventCode> seen;
        for (std::size_t i = 0; i < records_.size() && problem.empty(); ++i) {
            auto const& [file, plain, statement] = records_[i];
            auto const expected = static_cast<std::int64_t>(i + 1);
            if (statement.number != expected)
                problem = "Evidence " + std::to_string(expected) + " is left out: " + file +
                          " says that it is number " + std::to_string(statement.number) + ".";
            else if (file != name::evidence(expected, statement.event))
                problem = file + " is not named as what it is.";
            else if (i && statement.previous != sha256(records_[i - 1].unstamped.xml))
                problem = file + " does not follow on the evidence before it.";
            else if (auto const why = implausible(seen, statement.event); !why.empty())
                problem = file + ": " + why + ".";
            seen.insert(statement.event);
        }
        decide("sequence", problem, std::to_string(records_.size()) + " records without a gap");
    }

    void check_content() {
        std::vector<zip::Entry const*> content;
        for (auto const& entry : entries_)
            if (entry.name.starts_with("content/")) content.push_back(&entry);
        report_.erased = content.size() == 1 && content.front()->name == name::erased;
        if (report_.erased) {
            report_.notes.push_back("The content was erased; the evidence keeps its digests.");
            return good("content", "erased");
        }
        if (content.size() == 1 && content.front()->name == name::damaged) {
            report_.notes.push_back(
                "The content was damaged or missing when the package was made; the evidence keeps its digests.");
            return good("content", "damaged: none in the package");
        }
        if (content.size() == 1 && content.front()->name == name::withheld) {
            report_.notes.push_back("The package is one without the content; the evidence holds its digests.");
            return good("content", "withheld: none in the package");
        }
        std::string problem;
        bool named = false;
        for (auto const& record : records_) {
            auto const& parts = record.statement.parts;
            if (parts.empty()) continue;
            named = true;
            if (parts.size() != content.size())
                problem = record.file + " speaks of " + std::to_string(parts.size()) + " parts, the package holds " +
                          std::to_string(content.size()) + ".";
            for (std::size_t i = 0; i < parts.size() && i < content.size(); ++i)
                if (sha256(content[i]->content) != parts[i].digest)
                    problem = content[i]->name + " is not what " + record.file + " speaks of.";
        }
        if (!named && problem.empty()) problem = "No evidence names the content.";
        decide("content", problem, std::to_string(content.size()) + " parts");
    }

    void check_log() {
        auto key = NoteKey::from_text(*file(name::log_key));
        if (!key) return bad("checkpoint_signature", key.error().text);
        if (options_.log_key) {
            // While a log's key is being rotated, its checkpoints carry the signatures of both.
            if (*options_.log_key != *key && !open_checkpoint(*file(name::checkpoint), *options_.log_key))
                return bad("checkpoint_signature", "The package's log key is not the one you gave.");
        } else {
            report_.notes.push_back(
                "The log's key is the one that the package carries, under the seal: give --log-key to check against "
                "your own.");
        }
        if (auto const* pem = file(name::log_key_pem); !pem || *pem != key->pem())
            return bad("checkpoint_signature",
                       std::string(name::log_key_pem) + " is not the key of " + std::string(name::log_key) + ".");
        auto const checkpoint = open_checkpoint(*file(name::checkpoint), *key);
        if (!checkpoint) return bad("checkpoint_signature", checkpoint.error().text);
        good("checkpoint_signature", checkpoint->origin + ", " + std::to_string(checkpoint->head.size) + " leaves");
        check_inclusion(*checkpoint);
        check_checkpoint_time(*checkpoint);
        if (options_.checkpoint) check_consistency(*checkpoint, *key);
    }

    void check_inclusion(Checkpoint const& checkpoint) {
        std::string problem;
        std::set<std::uint64_t> indices;
        for (std::size_t i = 0; i < records_.size(); ++i) {
            auto const& record = records_[i];
            auto const* text = file(name::proof(record.statement.number));
            auto const proof = text ? parse_proof(*text) : std::nullopt;
            if (!proof)
                problem = "The proof for " + record.file + " is missing or malformed.";
            else if (proof->checkpoint != checkpoint.note)
                problem = "The proof for " + record.file + " is for another checkpoint.";
            else if (!indices.insert(proof->index).second)
                problem = record.file + " has the place of another record in the log.";
            else if (!verify_inclusion(leaf_hash(commitment(proof->salt, record.unstamped.xml).view()), proof->index,
                                       checkpoint.head.size, proof->path, checkpoint.head.root))
                problem = record.file + " is not in the log at place " + std::to_string(proof->index) + ".";
            else
                report_.evidence[i].leaf_index = static_cast<std::int64_t>(proof->index);
            if (!problem.empty()) break;
        }
        decide("inclusion", problem, "all records are in the log");
    }

    void check_checkpoint_time(Checkpoint const& checkpoint) {
        auto const* token = file(name::checkpoint_token);
        if (!token) {
            report_.notes.push_back("The checkpoint has no time stamp yet: fetch the package again later.");
            return;
        }
        auto const stamp = verify_token(*token, sha256(checkpoint.note), trust_);
        if (!stamp) return bad("checkpoint_time_stamp", stamp.error().text);
        report_.logged_before = stamp->time;
        for (auto const& record : records_)
            if (record.statement.event_time > stamp->time + std::chrono::minutes(1))
                return bad("checkpoint_time_stamp", record.file + " claims a time after the checkpoint that holds it.");
        good("checkpoint_time_stamp", to_text(stamp->time) + ", " + stamp->signer_subject);
    }

    void check_consistency(Checkpoint const& ours, NoteKey const& key) {
        auto const theirs = open_checkpoint(*options_.checkpoint, key);
        if (!theirs) return bad("consistency", "The checkpoint you gave: " + theirs.error().text);
        auto const& [smaller, larger] =
            std::minmax(ours.head, theirs->head, [](auto& a, auto& b) { return a.size < b.size; });
        Path path;
        if (smaller.size != larger.size) {
            std::string const wanted =
                "/log/consistency/" + std::to_string(smaller.size) + "/" + std::to_string(larger.size);
            auto const proof = options_.consistency ? parse_consistency(*options_.consistency) : std::nullopt;
            if (!proof || proof->from != smaller.size || proof->to != larger.size)
                return bad("consistency", "The checkpoints differ in size: fetch " + wanted +
                                              " from the log and give it as --consistency FILE.");
            path = proof->path;
        }
        bool const one_log = verify_consistency(smaller.size, smaller.root, larger.size, larger.root, path);
        decide("consistency",
               one_log ? ""
                       : "The log was rewritten: the package's checkpoint and the one you gave are not of one history.",
               std::to_string(smaller.size) + " and " + std::to_string(larger.size) + " leaves are one history");
    }

    TrustOptions const& options_;
    Report report_;
    Trust trust_;
    std::vector<zip::Entry> entries_;
    std::map<std::string_view, Bytes const*> files_;
    std::size_t evidence_files_ = 0;
    std::vector<Record> records_;
};

}  // namespace

Report verify_package(ByteView container, TrustOptions const& trust) { return Verifier(trust).run(container); }

}  // namespace rapport::evidence
