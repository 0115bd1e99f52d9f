// Which code a rule has. Rules are written where they are checked (base/json.hpp, templates, delivery, this module);
// row_codes_test.cpp breaks each of them and sees that it is known here.
#include "notice/row_codes.hpp"

#include <algorithm>

namespace rapport::notice {
namespace {

// The first that fits counts: the narrower ones come first.
constexpr RuleCode table[] = {
    {"email", "must be an e-mail address like name@example.org"},
    {"language", "must be one of en, it, th, ja, ko, fa"},
    {"identifier", "must be an identifier like *"},
    {"instant", "must be an instant*"},
    {"date", "must be a date like 2026-12-01"},
    {"date_or_instant", "must be a date like *"},
    {"link", "must be a link *"},
    {"one_of", "must be one of *"},
    {"length", "must have * to * characters"},
    {"items", "must have * to * items"},
    {"fields", "must have * fields, as the first line; it has *"},
    {"plain_text", "must be UTF-8 text without control characters"},
    {"one_line", "must be one line without tabs"},
    {"whole_number_between", "must be a whole number from * to *"},
    {"whole_number", "must be a whole number"},
    {"number", "must be a number*"},
    {"at_least", "must be at least *"},
    {"at_most", "must be at most *"},
    {"true_or_false", "must be true or false*"},
    {"money", "must be money*"},
    {"text", "must be a string"},
    {"list", "must be an array"},
    {"json_line", "must be one JSON object in each line*"},
    {"object", "must be an object"},
    {"json", "must be JSON"},
    {"required", "is required"},
    {"unknown", "is not known to this kind of notice"},
    {"formula", "must not begin like a spreadsheet's formula*"},
    {"recipient", "must say to whom it goes"},
    {"external_id", "must be the external identifier of a customer"},
    {"customer", "must be a customer that exists"},
    {"no_address", "must have a usable e-mail address"},
    {"second_email", "must be another address than the link's"},
    {"too_far", "must lie at most * ahead"},
    {"level", "must be a level that this installation can reach; * is not"},
    {"way", "must be somebody whom a configured way can recognise at level *"},
    {"mapping_required", "must give data.*, which the kind requires"},
    {"mapping_unknown", "must name a variable of the kind; it has none called *"},
    {"kind", "must be a kind of notice that exists and is not retired"},
    {"no_template", "must have a published template"},
    {"template_value", "has a template that needs a value: *"},
    {"too_long", "makes a * of more than * characters"},
    {"empty_letter", "makes a letter without subject or text"},
};

// What stands for each *; empty: the rule is another one.
std::optional<std::vector<std::string>> values_in(std::string_view text, std::string_view pattern) {
    std::vector<std::string> values;
    while (true) {
        auto const star = pattern.find('*');
        auto const plain = pattern.substr(0, star);
        if (!text.starts_with(plain)) return std::nullopt;
        text.remove_prefix(plain.size());
        if (star == pattern.npos) return text.empty() ? std::optional(std::move(values)) : std::nullopt;
        pattern.remove_prefix(star + 1);
        auto const after = pattern.substr(0, pattern.find('*'));
        auto const end = after.empty() ? text.size() : text.find(after);
        if (end == text.npos) return std::nullopt;
        values.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

}  // namespace

std::span<RuleCode const> rule_codes() { return table; }

void add_codes(std::vector<RowFault>& faults) {
    for (auto& fault : faults) {
        fault.code = "other";
        for (auto const& [code, rule] : table)
            if (auto values = values_in(fault.rule, rule)) {
                fault.code = code;
                fault.values = std::move(*values);
                break;
            }
    }
}

}  // namespace rapport::notice
