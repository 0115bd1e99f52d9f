// The page of metrics; see metrics.hpp.
#include "operate/metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sstream>

#include "base/crypto.hpp"
#include "base/measure.hpp"
#include "delivery/delivery.hpp"
#include "evidence/stamping.hpp"
#include "net/net.hpp"
#include "net/traffic.hpp"
#include "operate/exposition.hpp"
#include "operate/record.hpp"
#include "operate/sql.hpp"

namespace rapport::operate {
namespace {

constexpr std::chrono::seconds asked_every{10};
constexpr std::size_t sites_shown = 20;

struct NamedCount {
    std::string name;
    std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(NamedCount, (), (name, n))

struct LastCheckpoint {
    std::int64_t size = 0;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(LastCheckpoint, (), (size, at))

double seconds_of(Time time) { return static_cast<double>(micros(time)) / 1e6; }
double as_number(std::integral auto value) { return static_cast<double>(value); }

// proc(5).
void add_process(Exposition& out) {
    std::ifstream memory("/proc/self/statm");
    std::int64_t all = 0, resident = 0;
    memory >> all >> resident;
    out.value("process_resident_memory_bytes", as_number(resident * ::sysconf(_SC_PAGESIZE)));
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto const seconds = [](timeval const& t) { return as_number(t.tv_sec) + as_number(t.tv_usec) / 1e6; };
    out.value("process_cpu_seconds_total", seconds(usage.ru_utime) + seconds(usage.ru_stime));
    std::int64_t open = -3;  // ".", ".." and the one that looks
    if (auto* const folder = ::opendir("/proc/self/fd")) {
        while (::readdir(folder)) ++open;
        ::closedir(folder);
    }
    out.value("process_open_fds", as_number(open));
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    out.value("process_max_fds", as_number(limit.rlim_cur));
    std::ifstream stat("/proc/self/stat");
    std::string line;
    std::getline(stat, line);
    std::istringstream fields(line.substr(std::min(line.rfind(')') + 2, line.size())));
    std::string field;
    double threads = 0, started = 0;
    for (int i = 3; fields >> field; ++i) {
        if (i == 20) threads = std::strtod(field.c_str(), nullptr);
        if (i == 22) started = std::strtod(field.c_str(), nullptr) / as_number(::sysconf(_SC_CLK_TCK));
    }
    timespec up{};
    ::clock_gettime(CLOCK_BOOTTIME, &up);
    out.value("process_threads", threads);
    out.value("process_start_time_seconds",
              seconds_of(system_now()) - (as_number(up.tv_sec) + as_number(up.tv_nsec) / 1e9) + started);
}

void add_http(Exposition& out, net::Server const& server) {
    auto const& rows = server.routes().rows();
    auto const& traffic = server.traffic();
    auto const each = [&](auto&& take) {
        for (std::size_t i = 0; i <= rows.size(); ++i) {
            bool const none = i == rows.size();
            take(traffic.line(i), none ? std::string_view("-") : net::to_text(rows[i].method),
                 none ? std::string_view("-") : std::string_view(rows[i].path));
        }
    };
    each([&](net::Traffic::Line const& line, std::string_view method, std::string_view route) {
        for (std::size_t i = 0; i < line.statuses.size(); ++i) {
            auto const n = line.statuses[i].value();
            if (n == 0) continue;
            auto const status = i < net::Traffic::known.size() ? std::to_string(net::Traffic::known[i]) : "other";
            out.value("rapport_http_requests_total", {{"method", method}, {"route", route}, {"status", status}},
                      as_number(n));
        }
    });
    each([&](net::Traffic::Line const& line, std::string_view method, std::string_view route) {
        auto const counts = line.latency.counts();
        if (std::ranges::all_of(counts, [](auto n) { return n == 0; })) return;
        out.histogram("rapport_http_request_duration_seconds", {{"method", method}, {"route", route}},
                      line.latency.bounds(), counts, line.latency.sum());
    });
    auto const now = server.counts();
    out.value("rapport_http_connections", as_number(now.connections));
    out.value("rapport_http_connections_refused_total", as_number(now.refused));
    out.value("rapport_http_streams", as_number(now.streams));
}

void add_store(Exposition& out, store::Store const& store) {
    out.value("rapport_store_writable", store.writable() ? 1 : 0);
    auto const& commits = measure::commit_seconds;
    out.histogram("rapport_store_commit_duration_seconds", {}, commits.bounds(), commits.counts(), commits.sum());
    auto const& groups = measure::group_functions;
    out.histogram("rapport_store_group_functions", {}, groups.bounds(), groups.counts(), groups.sum());
    out.value("rapport_store_writer_waiting", as_number(measure::waiting_functions.value()));
}

void add_counters(Exposition& out) {
    static constexpr std::string_view results[] = {"accepted", "delayed", "failed", "unknown"};
    static constexpr std::string_view levels[] = {"debug", "info", "warning", "error"};
    for (std::size_t i = 0; i < 4; ++i)
        out.value("rapport_post_attempts_total", {{"result", results[i]}}, as_number(measure::attempts[i].value()));
    for (auto const& [kind, count] : measure::removed_by_retention())
        out.value("rapport_retention_removed_total", {{"kind", kind}}, as_number(count));
    for (std::size_t i = 0; i < 4; ++i)
        out.value("rapport_log_lines_total", {{"level", levels[i]}}, as_number(measure::log_lines[i].value()));
}

void add_certificates(Exposition& out, evidence::KeyStore const& keys) {
    for (auto const& key : keys.list())
        if (key.current && key.not_after)
            out.value("rapport_certificate_expiry_timestamp_seconds", {{"use", json::enum_name(key.purpose)}},
                      seconds_of(*key.not_after));
}

}  // namespace

void EventCounts::add(std::string const& kind) {
    std::lock_guard const lock(mutex_);
    ++counts_[kind];
}
std::map<std::string, std::uint64_t> EventCounts::all() const {
    std::lock_guard const lock(mutex_);
    return counts_;
}

struct Metrics::FromDatabase {
    std::chrono::steady_clock::time_point asked_at{};
    std::int64_t journal = 0;
    std::vector<NamedCount> consumers, letters, sites;
    std::vector<delivery::Count> deliveries;
    std::optional<Time> oldest_queued, unpublished_since;
    std::int64_t log_size = 0;
    std::optional<LastCheckpoint> checkpoint;
    evidence::StampQueue stamps;
    bool tsa_up = true;
    std::optional<BackupRecord> backup;

    void read(store::Reader& reader, Time now) {
        journal = store::Store::last_event(reader);
        consumers = reader.all<NamedCount>(sql::consumer_cursors);
        deliveries = delivery::counts(reader);
        letters = reader.all<NamedCount>(sql::letters_by_state);
        sites = reader.all<NamedCount>(sql::queued_by_site);
        oldest_queued = reader.one<std::optional<Time>>(sql::oldest_due, now).value_or(std::nullopt);
        log_size = static_cast<std::int64_t>(evidence::tree_head(reader).size);
        checkpoint = reader.one<LastCheckpoint>(sql::last_checkpoint);
        auto const covered = checkpoint ? checkpoint->size : 0;
        if (log_size > covered)
            unpublished_since = reader.one<std::optional<Time>>(sql::leaf_time, covered).value_or(std::nullopt);
        stamps = evidence::stamp_queue(reader);
        tsa_up = !evidence::tsa_outage(reader);
        backup = last_backup(reader);
    }

    void write(Exposition& out, Time now) const {
        out.value("rapport_journal_sequence", as_number(journal));
        for (auto const& [name, seq] : consumers)
            out.value("rapport_journal_consumer_lag_events", {{"consumer", name}}, as_number(journal - seq));
        for (auto const& [kind, state, n] : deliveries)
            out.value("rapport_deliveries", {{"kind", json::enum_name(kind)}, {"state", json::enum_name(state)}},
                      as_number(n));
        for (auto const& [state, n] : letters) out.value("rapport_outbox_letters", {{"state", state}}, as_number(n));
        std::int64_t rest = 0;
        for (std::size_t i = 0; i < sites.size(); ++i) {
            if (i < sites_shown)
                out.value("rapport_outbox_queued_letters", {{"site", sites[i].name}}, as_number(sites[i].n));
            else
                rest += sites[i].n;
        }
        out.value("rapport_outbox_queued_letters", {{"site", "other"}}, as_number(rest));
        auto const age = [&](std::optional<Time> const& since) {
            return since && *since < now ? seconds_of(now) - seconds_of(*since) : 0.0;
        };
        out.value("rapport_outbox_oldest_queued_seconds", age(oldest_queued));
        out.value("rapport_log_size", as_number(log_size));
        out.value("rapport_log_checkpoint_size", checkpoint ? as_number(checkpoint->size) : 0.0);
        out.value("rapport_log_unpublished_seconds", age(unpublished_since));
        out.value("rapport_time_stamps_waiting", as_number(stamps.waiting));
        out.value("rapport_tsa_up", tsa_up ? 1 : 0);
        out.value("rapport_backup_last_timestamp_seconds", backup ? seconds_of(backup->at) : 0.0);
        out.value("rapport_backup_last_new_bytes", backup ? as_number(backup->new_bytes) : 0.0);
        out.value("rapport_backup_last_duration_seconds", backup ? as_number(backup->took_ms) / 1e3 : 0.0);
    }
};

Metrics::Metrics(MetricSources sources, net::Server const& server) : sources_(std::move(sources)), server_(server) {}
Metrics::~Metrics() = default;

// None when the database is away: the rest of the page is still true then.
Task<std::shared_ptr<Metrics::FromDatabase const>> Metrics::ask() {
    auto const now = std::chrono::steady_clock::now();
    {
        std::lock_guard const lock(mutex_);
        if (known_ && now - known_->asked_at < asked_every) co_return known_;
    }
    auto fresh = std::make_shared<FromDatabase>();
    fresh->asked_at = now;
    auto const at = sources_.clock();
    try {
        co_await sources_.store.read([fresh, at](store::Reader& reader) {
            FromDatabase read_anew;  // a function may run twice
            read_anew.asked_at = fresh->asked_at;
            read_anew.read(reader, at);
            *fresh = std::move(read_anew);
        });
    } catch (std::exception const&) {
        co_return nullptr;
    }
    std::lock_guard const lock(mutex_);
    known_ = fresh;
    co_return known_;
}

Task<std::string> Metrics::page() {
    auto const known = co_await ask();
    Exposition out;
    out.value("rapport_build_info", {{"version", sources_.version}, {"engine", sources_.store.engine()}}, 1);
    add_http(out, server_);
    add_store(out, sources_.store);
    for (auto const& [kind, count] : sources_.events.all())
        out.value("rapport_journal_events_total", {{"kind", kind}}, as_number(count));
    if (known) known->write(out, sources_.clock());
    add_certificates(out, sources_.keys);
    add_counters(out);
    add_process(out);
    co_return out.take() + (sources_.more ? sources_.more() : "");
}

namespace {

Task<Expected<net::Response>> answer(Metrics& metrics, std::optional<Digest> const& token_digest,
                                     net::Request& request) {
    if (token_digest) {
        auto const given = request.bearer();
        if (!given || !equal_in_constant_time(sha256(*given).view(), token_digest->view()))
            co_return fail(ErrorKind::unauthenticated, "token_needed",
                           "Send the metrics' token: Authorization: Bearer ….");
    }
    auto page = co_await metrics.page();
    co_return net::bytes(std::move(page), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

net::Routes metrics_routes(Metrics& metrics, std::optional<Digest> token_digest) {
    return {net::get<"/metrics">(
        net::anyone, "Metrics for Prometheus",
        [&metrics, token_digest](net::Request& request) { return answer(metrics, token_digest, request); },
        {.kind = net::Kind::file})};
}

}  // namespace rapport::operate
