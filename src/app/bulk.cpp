// `rapport bulk`: files whose rows become notices, through a server's API. Results stand on standard output, progress
// on standard error. Exit codes: 0 done, 1 refused or failed, 2 called wrongly, 3 some rows are wrong, or the job
// stands.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/command.hpp"
#include "app/remote.hpp"
#include "base/crypto.hpp"
#include "notice/bulk_wire.hpp"

namespace rapport::app {
namespace {

using notice::BulkState;
using notice::BulkView;
using namespace std::chrono_literals;

constexpr std::size_t most_file_bytes = 2UL << 30, most_mapping_bytes = 1 << 20, shown_faults = 10;
constexpr auto look_every = 1s, tell_every = 10s, patience = 60s;
constexpr int found_something = 3;

Expected<BulkView> view_in(Expected<std::string> const& reply) {
    if (!reply) return fail(reply.error());
    return json::decode<BulkView>(*reply);
}

std::string path_of(std::string const& id, std::string_view what = {}) {
    return "/v1/bulk/" + in_query(id) + (what.empty() ? "" : "/" + std::string(what));
}

Expected<BulkView> look(Remote& remote, std::string const& id) { return view_in(remote.call({.path = path_of(id)})); }
Expected<BulkView> verb(Remote& remote, std::string const& id, std::string_view what, std::string body = {}) {
    bool const maps = what == "mapping", paces = what == "pace";
    return view_in(
        remote.call({.method = maps || paces ? "PUT" : "POST", .path = path_of(id, what), .body = std::move(body)}));
}

// ---- what a job looks like

std::string counted(notice::BulkCounts const& counts, bool check) {
    std::string line = std::to_string(counts.submitted) + (check ? " good" : " submitted");
    auto const add = [&](std::int64_t n, std::string_view what) {
        if (n > 0) line += ", " + std::to_string(n) + " " + std::string(what);
    };
    add(counts.collected, "collected");
    add(counts.suppressed, "suppressed");
    add(counts.throttled, "throttled");
    add(counts.duplicate, "duplicate");
    add(counts.failed, "failed");
    return line;
}

bool in_check(BulkView const& job) { return job.check && !job.progress.started_at; }
notice::BulkProgress const& pass_of(BulkView const& job) { return in_check(job) ? job.check->progress : job.progress; }

std::string progress_line(BulkView const& job) {
    auto const& pass = pass_of(job);
    auto line = to_text(job.id) + " " + std::string(json::enum_name(job.state)) + " " + std::to_string(pass.processed) +
                "/" + std::to_string(pass.rows);
    if (pass.per_second) line += " " + std::to_string(static_cast<std::int64_t>(*pass.per_second)) + "/s";
    if (pass.ends_at) line += ", done at " + to_text(*pass.ends_at);
    return line;
}

void print_trouble(std::FILE* to, BulkView const& job) {
    if (!job.trouble) return;
    std::fprintf(to, "  %s: %s\n", job.trouble->stopped ? "stopped" : "waits", job.trouble->reason.c_str());
    for (auto const& fault : job.trouble->faults)
        std::fprintf(to, "    %s: %s\n", fault.rule.c_str(), fault.fix.c_str());
    if (job.trouble->next_at)
        std::fprintf(to, "    tried again at %s (%lld so far)\n", to_text(*job.trouble->next_at).c_str(),
                     static_cast<long long>(job.trouble->attempts));
}

void print_job(BulkView const& job) {
    std::printf("%s\n  name: %s\n  kind: %s\n", progress_line(job).c_str(), job.name.c_str(), job.kind.c_str());
    if (job.check) std::printf("  dry run: %s\n", counted(job.check->counts, true).c_str());
    if (job.progress.started_at) std::printf("  rows: %s\n", counted(job.counts, false).c_str());
    if (job.rows_per_second) std::printf("  pace: %lld rows a second\n", static_cast<long long>(*job.rows_per_second));
    if (job.start_at) std::printf("  starts at %s\n", to_text(*job.start_at).c_str());
    print_trouble(stdout, job);
}

int print(Arguments const& arguments, BulkView const& job) {
    if (arguments.has("json"))
        std::printf("%s\n", json::encode(job).c_str());
    else
        print_job(job);
    auto const& counts = in_check(job) ? job.check->counts : job.counts;
    bool const stands = job.trouble && job.trouble->stopped;
    return stands || counts.failed > 0 ? found_something : 0;
}

// ---- following

class Follower {
  public:
    void tell(BulkView const& job) {
        auto const line = progress_line(job);
        auto const now = std::chrono::steady_clock::now();
        if (terminal_)
            std::fprintf(stderr, "\r\033[K%s", line.c_str());
        else if (line != last_ && now >= next_) {
            std::fprintf(stderr, "%s\n", line.c_str());
            next_ = now + tell_every;
        }
        last_ = line;
        if (job.trouble && job.trouble->attempts != troubles_) {
            std::fprintf(stderr, terminal_ ? "\n" : "");
            print_trouble(stderr, job);
        }
        troubles_ = job.trouble ? job.trouble->attempts : 0;
    }
    void end() const {
        if (terminal_ && !last_.empty()) std::fprintf(stderr, "\r\033[K");
    }

  private:
    bool terminal_ = isatty(STDERR_FILENO) == 1;
    std::string last_;
    std::int64_t troubles_ = 0;
    std::chrono::steady_clock::time_point next_{};
};

// Until it neither runs nor is checked. A server that is away for a moment (a restart) is waited for.
Expected<BulkView> follow(Remote& remote, std::string const& id) {
    Follower follower;
    auto answered = std::chrono::steady_clock::now();
    while (true) {
        auto job = look(remote, id);
        auto const now = std::chrono::steady_clock::now();
        bool const away = !job && job.error().kind == ErrorKind::unavailable;
        if (job) {
            answered = now;
            follower.tell(*job);
        }
        bool const goes_on = away ? now - answered < patience
                                  : job && (job->state == BulkState::running || job->state == BulkState::checking);
        if (!goes_on) {
            follower.end();
            return job;
        }
        std::this_thread::sleep_for(look_every);
    }
}

// ---- send

Expected<std::string> mapping_of(Arguments const& arguments, BulkView const& job) {
    if (auto const file = arguments.value("mapping")) return read_file(*file, most_mapping_bytes);
    notice::BulkMapping mapping;
    for (auto const& word : arguments.values("map")) {
        auto const at = word.rfind('=');
        if (at == std::string::npos || at == 0 || at + 1 == word.size())
            return wrong_words(
                "--map takes COLUMN=PLACE, for example --map 'E-mail=email' --map 'Amount=data.amount'.");
        mapping.columns.push_back({{word.substr(0, at)}, {word.substr(at + 1)}});
    }
    if (mapping.columns.empty() && job.suggested) mapping = *job.suggested;
    return json::encode(mapping);
}

Expected<BulkView> upload(Remote& remote, Arguments const& arguments, std::string const& file) {
    auto bytes = read_file(file, most_file_bytes);
    if (!bytes) return fail(bytes.error());
    auto const name = arguments.value("name").value_or(std::filesystem::path(file).filename().string());
    auto path = "/v1/bulk?kind=" + in_query(*arguments.value("kind")) + "&name=" + in_query(name);
    if (auto const separator = arguments.value("separator")) path += "&separator=" + in_query(*separator);
    bool const lines = file.ends_with(".jsonl") || file.ends_with(".ndjson");
    return view_in(remote.call({.method = "POST",
                                .path = path,
                                .body = std::move(*bytes),
                                .content_type = lines ? "application/x-ndjson" : "text/csv",
                                .idempotency_key = arguments.value("idempotency-key").value_or(random_token()),
                                .timeout = std::chrono::hours(6)}));
}

// The first rows that a dry run or a job found wrong.
void print_faults(Remote& remote, BulkView const& job) {
    auto const reply =
        remote.call({.path = path_of(to_text(job.id), "rows") + "?state=failed&limit=" + std::to_string(shown_faults)});
    auto const page = reply ? json::decode<notice::BulkRowPage>(*reply) : Expected<notice::BulkRowPage>(fail(Error{}));
    if (!page) return;
    for (auto const& row : page->items)
        for (auto const& fault : row.faults)
            std::fprintf(stderr, "  line %lld, %s: %s: %s\n", static_cast<long long>(row.line),
                         fault.field.empty() ? "the row" : fault.field.c_str(), fault.rule.c_str(), fault.fix.c_str());
    if (page->next) std::fprintf(stderr, "  … rapport bulk report %s --state failed\n", to_text(job.id).c_str());
}

int followed(Remote& remote, Arguments const& arguments, Expected<BulkView> job) {
    if (job && arguments.has("follow")) job = follow(remote, to_text(job->id));
    if (!job) return refuse(job.error());
    int const code = print(arguments, *job);
    if (code == found_something) print_faults(remote, *job);
    return code;
}

int send_file(Remote& remote, Arguments const& arguments, std::string const& file) {
    if (!arguments.value("kind")) return refuse(wrong_words("--kind NAME is needed.").error());
    if (arguments.value("mapping") && arguments.value("map"))
        return refuse(wrong_words("--mapping and --map do not go together.").error());
    auto job = upload(remote, arguments, file);
    if (!job) return refuse(job.error());
    auto const id = to_text(job->id);
    std::fprintf(stderr, "%s uploaded: %lld rows\n", id.c_str(), static_cast<long long>(job->rows));
    // The same upload sent again: the job may have gone on already.
    bool const fresh = job->state == BulkState::uploaded || job->state == BulkState::checked;
    if (fresh) {
        auto mapping = mapping_of(arguments, *job);
        if (!mapping) return refuse(mapping.error());
        job = verb(remote, id, "mapping", std::move(*mapping));
        if (job && arguments.value("pace"))
            job = verb(remote, id, "pace", "{\"rows_per_second\":" + *arguments.value("pace") + "}");
        if (job) job = verb(remote, id, arguments.has("dry-run") ? "dry-run" : "start");
    }
    if (job && arguments.has("dry-run")) job = follow(remote, id);
    int const code = followed(remote, arguments, std::move(job));
    if (arguments.has("dry-run") && code != 1)
        std::fprintf(stderr, "Nothing was sent. To send it: rapport bulk start %s\n", id.c_str());
    return code;
}

// ---- the others

int list(Remote& remote, Arguments const& arguments) {
    auto const limit = arguments.value("limit").value_or("20");
    auto const reply = remote.call({.path = "/v1/bulk?limit=" + in_query(limit)});
    if (!reply) return refuse(reply.error());
    if (arguments.has("json")) {
        std::printf("%s\n", reply->c_str());
        return 0;
    }
    auto const page = json::decode<notice::BulkPage>(*reply);
    if (!page) return refuse(page.error());
    for (auto const& job : page->items) {
        std::printf("%s  %s\n", progress_line(job).c_str(), job.name.c_str());
        print_trouble(stdout, job);
    }
    return 0;
}

int replay(Remote& remote, Arguments const& arguments, std::string const& id) {
    boost::json::array rows;
    std::string const wanted = arguments.value("rows").value_or("failed");
    for (std::size_t at = 0; at <= wanted.size();) {
        auto const end = std::min(wanted.find(',', at), wanted.size());
        rows.emplace_back(std::string_view(wanted).substr(at, end - at));
        at = end + 1;
    }
    return followed(remote, arguments, verb(remote, id, "replay", json::encode(json::Object{{"rows", rows}})));
}

int report(Remote& remote, Arguments const& arguments, std::string const& id) {
    auto path = path_of(id, "report") + "?columns=" + (arguments.has("columns") ? "true" : "false");
    if (auto const state = arguments.value("state")) path += "&state=" + in_query(*state);
    auto const text =
        remote.call({.path = path, .timeout = std::chrono::hours(1), .response_limit = 2 * most_file_bytes});
    if (!text) return refuse(text.error());
    if (auto const file = arguments.value("out")) {
        std::ofstream out(*file, std::ios::binary);
        out << *text;
        out.close();
        if (!out) return refuse(Error{ErrorKind::invalid, "file_unwritable", *file + " cannot be written.", {}, 0});
        return 0;
    }
    bool const whole = std::fwrite(text->data(), 1, text->size(), stdout) == text->size() && std::fflush(stdout) == 0;
    if (!whole) return refuse(Error{ErrorKind::invalid, "file_unwritable", "The report could not be written.", {}, 0});
    return 0;
}

int one_verb(Remote& remote, Arguments const& arguments, std::string const& id, std::string_view what) {
    return followed(remote, arguments, verb(remote, id, what));
}

struct Part {
    std::string_view name;
    std::vector<std::string> valued, switches;
    bool named;  // takes a file or a job
    int (*run)(Remote& remote, Arguments const& arguments, std::string const& id);
};

std::vector<Part> const& parts() {
    static std::vector<Part> const all = {
        {"send",
         {"kind", "name", "mapping", "map", "separator", "pace", "idempotency-key"},
         {"dry-run", "follow", "json"},
         true,
         send_file},
        {"list", {"limit"}, {"json"}, false, [](auto& r, auto& a, auto&) { return list(r, a); }},
        {"show", {}, {"follow", "json"}, true, [](auto& r, auto& a, auto& id) { return followed(r, a, look(r, id)); }},
        {"start", {}, {"follow", "json"}, true, [](auto& r, auto& a, auto& id) { return one_verb(r, a, id, "start"); }},
        {"pause", {}, {"json"}, true, [](auto& r, auto& a, auto& id) { return one_verb(r, a, id, "pause"); }},
        {"resume",
         {},
         {"follow", "json"},
         true,
         [](auto& r, auto& a, auto& id) { return one_verb(r, a, id, "resume"); }},
        {"cancel", {}, {"json"}, true, [](auto& r, auto& a, auto& id) { return one_verb(r, a, id, "cancel"); }},
        {"report", {"state", "out"}, {"columns"}, true, report},
        {"replay", {"rows"}, {"follow", "json"}, true, replay},
    };
    return all;
}

}  // namespace

int bulk(Words const& words) {
    auto const part =
        std::ranges::find_if(parts(), [&](Part const& one) { return !words.empty() && one.name == words.front(); });
    if (part == parts().end()) {
        std::string known;
        for (auto const& one : parts()) known += (known.empty() ? "" : ", ") + std::string(one.name);
        return refuse(wrong_words("Say what to do: " + known + ".").error());
    }
    std::size_t const named = part->named ? 1 : 0;
    auto const arguments = Arguments::parse(Words(words.begin() + 1, words.end()),
                                            Remote::with_server({part->valued, part->switches, named, named}));
    if (!arguments) return refuse(arguments.error());
    auto remote = Remote::of(*arguments);
    if (!remote) return refuse(remote.error());
    return part->run(*remote, *arguments, part->named ? arguments->words().front() : std::string());
}

}  // namespace rapport::app
