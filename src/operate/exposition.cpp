// Prometheus text format 0.0.4; see exposition.hpp.
#include "operate/exposition.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"

namespace rapport::operate {
namespace {

std::string_view text_of(MetricType type) {
    return type == MetricType::counter ? "counter" : type == MetricType::gauge ? "gauge" : "histogram";
}

void append_number(std::string& out, double value) {
    char digits[32];
    auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

void append_escaped(std::string& out, std::string_view text) {
    for (char const c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
}

}  // namespace

void Exposition::begin(std::string_view name) {
    if (current_ == name) return;
    auto const found = std::ranges::find(metric_table, name, &Metric::name);
    require(found != std::end(metric_table), "a metric stands in the table");
    current_ = found->name;
    text_.append("# HELP ").append(name).append(" ").append(found->help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(text_of(found->type)).append("\n");
}

void Exposition::line(std::string_view name, std::string_view ending, Labels labels, std::string_view bound,
                      double value) {
    text_.append(name).append(ending);
    char separator = '{';
    auto const label = [&](std::string_view key, std::string_view text) {
        text_ += separator;
        text_.append(key).append("=\"");
        append_escaped(text_, text);
        text_ += '"';
        separator = ',';
    };
    for (auto const& [key, text] : labels) label(key, text);
    if (!bound.empty()) label("le", bound);
    if (separator == ',') text_ += '}';
    text_ += ' ';
    append_number(text_, value);
    text_ += '\n';
}

void Exposition::value(std::string_view name, Labels labels, double value) {
    begin(name);
    line(name, "", labels, "", value);
}

void Exposition::histogram(std::string_view name, Labels labels, std::span<double const> bounds,
                           std::span<std::uint64_t const> counts, double sum) {
    begin(name);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        below += counts[i];
        std::string bound;
        append_number(bound, bounds[i]);
        line(name, "_bucket", labels, bound, static_cast<double>(below));
    }
    below += counts[bounds.size()];
    line(name, "_bucket", labels, "+Inf", static_cast<double>(below));
    line(name, "_sum", labels, "", sum);
    line(name, "_count", labels, "", static_cast<double>(below));
}

std::string metrics_as_markdown() {
    std::string out = "| metric | type | labels | |\n| --- | --- | --- | --- |\n";
    for (auto const& metric : metric_table)
        out.append("| `")
            .append(metric.name)
            .append("` | ")
            .append(text_of(metric.type))
            .append(" | ")
            .append(metric.labels)
            .append(" | ")
            .append(metric.help)
            .append(" |\n");
    return out;
}

}  // namespace rapport::operate
