// The text of a metrics page (Prometheus text format 0.0.4) and the one table of what may stand on it, from which
// docs/operators/metrics.md is printed. One thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::operate {

enum class MetricType : std::uint8_t { counter, gauge, histogram };
struct Metric {
    std::string_view name;
    MetricType type;
    std::string_view labels;  // for people: "route, method, status"
    std::string_view help;
};

// clang-format off
inline constexpr Metric metric_table[] = {
    {"rapport_build_info", MetricType::gauge, "version, engine", "Always 1; which program on which database."},
    {"rapport_http_requests_total", MetricType::counter, "method, route, status", "Requests answered."},
    {"rapport_http_request_duration_seconds", MetricType::histogram, "method, route", "From the head of a request to the last octet of its answer; event streams are left out."},
    {"rapport_http_connections", MetricType::gauge, "", "Connections open now."},
    {"rapport_http_connections_refused_total", MetricType::counter, "", "Connections beyond max_connections."},
    {"rapport_http_streams", MetricType::gauge, "", "Event streams open now."},
    {"rapport_store_writable", MetricType::gauge, "", "1 while the database takes writes."},
    {"rapport_store_commit_duration_seconds", MetricType::histogram, "", "Physical transactions of the writer, with the functions in them."},
    {"rapport_store_group_functions", MetricType::histogram, "", "Functions that shared a physical transaction."},
    {"rapport_store_writer_waiting", MetricType::gauge, "", "Functions left waiting when the writer last took a group."},
    {"rapport_journal_events_total", MetricType::counter, "kind", "Changes committed since the program started, by kind: delivery.submitted, outbox.failed and so on. With several nodes each counts all."},
    {"rapport_journal_sequence", MetricType::gauge, "", "Number of the last journal event."},
    {"rapport_journal_consumer_lag_events", MetricType::gauge, "consumer", "Events that a durable consumer has not seen."},
    {"rapport_deliveries", MetricType::gauge, "kind, state", "Deliveries by state."},
    {"rapport_outbox_letters", MetricType::gauge, "state", "Letters that are not accepted, by state."},
    {"rapport_outbox_queued_letters", MetricType::gauge, "site", "Queued letters of the 20 sites that have most; the rest as other."},
    {"rapport_outbox_oldest_queued_seconds", MetricType::gauge, "", "Since when the oldest due letter waits."},
    {"rapport_post_attempts_total", MetricType::counter, "result", "Attempts that ended: accepted, delayed, failed, unknown."},
    {"rapport_log_size", MetricType::gauge, "", "Records in the transparency log: evidence sealed."},
    {"rapport_log_checkpoint_size", MetricType::gauge, "", "Records under the last checkpoint."},
    {"rapport_log_unpublished_seconds", MetricType::gauge, "", "Since when the log has records that no checkpoint covers."},
    {"rapport_time_stamps_waiting", MetricType::gauge, "", "Time stamps wanted and not there yet."},
    {"rapport_tsa_up", MetricType::gauge, "", "0 while the time-stamping authority is silent or refuses."},
    {"rapport_certificate_expiry_timestamp_seconds", MetricType::gauge, "use", "When a certificate in use ends: seal, tsa."},
    {"rapport_backup_last_timestamp_seconds", MetricType::gauge, "", "When the last backup was made; 0: never."},
    {"rapport_backup_last_new_bytes", MetricType::gauge, "", "What it wrote."},
    {"rapport_backup_last_duration_seconds", MetricType::gauge, "", "How long it took."},
    {"rapport_retention_removed_total", MetricType::counter, "kind", "Rows removed by the retention rules."},
    {"rapport_log_lines_total", MetricType::counter, "level", "Lines written to the program's own log."},
    {"process_resident_memory_bytes", MetricType::gauge, "", "Memory in use."},
    {"process_cpu_seconds_total", MetricType::counter, "", "Processor time, user and system."},
    {"process_open_fds", MetricType::gauge, "", "Open file descriptors."},
    {"process_max_fds", MetricType::gauge, "", "How many it may open."},
    {"process_threads", MetricType::gauge, "", "Threads."},
    {"process_start_time_seconds", MetricType::gauge, "", "When the program started."},
};
// clang-format on

class Exposition {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // `name` stands in the table; lines of one name come one after another.
    void value(std::string_view name, Labels labels, double value);
    void value(std::string_view name, double value) { this->value(name, {}, value); }
    // `counts` by bound and one beyond, not cumulative.
    void histogram(std::string_view name, Labels labels, std::span<double const> bounds,
                   std::span<std::uint64_t const> counts, double sum);
    std::string take() { return std::move(text_); }

  private:
    void begin(std::string_view name);
    void line(std::string_view name, std::string_view ending, Labels labels, std::string_view bound, double value);
    std::string text_;
    std::string_view current_;
};

std::string metrics_as_markdown();

}  // namespace rapport::operate
