// Which code a rule has. Rules are written where they are checked: base/json.hpp and all modules.
#include "net/rule_codes.hpp"

#include <optional>

namespace rapport::net {
namespace {

// The first that fits counts: the narrower ones come first. Several rules may have one code.
constexpr RuleCode table[] = {
    // what is written in a field
    {"required", "is required"},
    {"required", "is required *"},
    {"not_known", "is not known here"},
    {"email", "must be an e-mail address like name@example.org"},
    {"language", "must be one of en, it, th, ja, ko, fa"},
    {"identifier", "must be an identifier like *"},
    {"instant", "must be an instant*"},
    {"date", "must be a date like 2026-12-01"},
    {"date_or_instant", "must be a date like *"},
    {"link", "must be a link *"},
    {"one_of", "must be one of *"},
    {"length", "must have * to * characters"},
    {"length_at_most", "must have at most * characters"},
    {"items", "must have * to * items"},
    {"fields", "must have * fields, as the first line; it has *"},
    {"plain_text", "must be UTF-8 text without control characters"},
    {"one_line", "must be one line without tabs"},
    {"whole_number_between", "must be a whole number from * to *"},
    {"whole_number_between", "must be from * to *"},
    {"whole_number", "must be a whole number"},
    {"number", "must be a number*"},
    {"at_least", "must be at least *"},
    {"bytes_at_most", "must be at most * bytes together"},
    {"bytes_at_most", "must be at most * bytes"},
    {"files_at_most", "must be at most * files"},
    {"at_most", "must be at most *"},
    {"at_most", "must hold at most * windows"},
    {"at_most", "at most * patterns"},
    {"at_most", "at most * in all"},
    {"bytes_at_most", "at most * octets"},
    {"bytes_at_most", "at most * bytes together"},
    {"at_most", "at most *"},
    {"true_or_false", "must be true or false*"},
    {"money", "must be money*"},
    {"text", "must be a string"},
    {"list", "must be an array"},
    {"json_line", "must be one JSON object in each line*"},
    {"object", "must be an object"},
    {"json", "must be JSON"},
    {"zone", "must be a time zone like Europe/Rome"},
    {"zone", "must be the IANA name of a time zone"},
    {"local_instant", "must be a local date and time like *"},
    {"local_time", "must be a local time like *"},
    {"future", "must be in the future"},
    {"too_far", "must lie at most * ahead"},
    {"too_far", "must lie at most a year ahead"},
    {"too_soon", "must lie at least * ahead"},
    {"past", "must not lie ahead"},
    {"future", "must lie in the future*"},
    {"future", "must lie ahead*"},
    {"never_runs", "must have a run that lies ahead"},
    {"recurrence", "must be a rule like *"},
    {"recurrence", "must be a recurrence rule of RFC 5545"},
    {"recurrence", "must consist of parts of RFC 5545; * is none that is taken here"},
    {"recurrence", "must have each part once; * stands twice"},
    {"recurrence", "must repeat hourly or less often"},
    {"recurrence", "must end by COUNT or by UNTIL, not both"},
    {"recurrence", "must say how often: FREQ"},
    {"small_letters", "must be small letters, digits and _, beginning with a letter"},
    {"colour", "must be # and six hexadecimal digits"},
    {"https", "must be an https address *"},
    {"empty", "must say something"},
    {"either", "must be given, or *, not both"},
    {"either", "must have either *"},
    {"differs", "must differ from the beginning"},
    {"free_hours", "must leave at least * hours of a week"},

    // what is there already, or is not there
    {"unique", "must be unique"},
    {"unique", "must not repeat an address"},
    {"unique", "must not be named twice"},
    {"unique", "must not name a day twice"},
    {"recipient", "must say to whom it goes"},
    {"recipient", "must name at least one recipient"},
    {"recipient", "must name somebody"},
    {"recipients_at_most", "must name at most * recipients*"},
    {"external_id", "must be the external identifier of a customer"},
    {"customer", "must be a customer that exists"},
    {"no_address", "must have a usable e-mail address"},
    {"own_address", "must be an address of the customer"},
    {"second_email", "must be another address than the link's"},
    {"category", "must be a category that exists*"},
    {"category_class", "must fit the class: *"},
    {"kind", "must be a kind of notice that exists*"},
    {"team", "must be a team"},
    {"agent", "must be agents"},
    {"agent", "must be an agent who may answer"},
    {"label", "must be labels"},
    {"mailbox", "must be a mailbox that is in use"},
    {"no_plus", "must have no +"},
    {"upload", "must be a file that you uploaded and have not sent yet"},
    {"upload", "must be an upload of yours"},
    {"another", "must be another conversation"},
    {"one_left", "must leave a message behind"},
    {"event", "must be an event that goes out"},
    {"some_event", "must name at least one kind of event"},
    {"some_permission", "must name at least one permission"},
    {"job", "must be a job that is mapped and not started"},

    // searches
    {"search_date", "must have a date after *:"},
    {"search_words", "must have at most * words"},
    {"search_letter", "must have a letter or a digit"},
    {"search_only_without", "must say what shall be there, not only what shall not"},
    {"search_no_such", "must name something that there is after *:"},
    {"search_alone", "must stand alone"},

    // sign-in
    {"totp", "must be the code that the authenticator app shows now"},
    {"present_password", "must be the present password"},
    {"password_repeats", "must have more than three different characters"},
    {"password_names", "must not be the name or the e-mail address"},

    // what a delivery or notice may be
    {"level", "must be a level that this installation can reach; * is not"},
    {"way", "must be somebody whom a configured way can recognise at level *"},
    {"file_name", "must be a file name without folders"},
    {"media_type", "must have a media type like *"},
    {"media_type", "must be what its media type says: this is not *"},
    {"program", "must not be a program or a script"},
    {"plain_answers", "must be sent plain: *"},
    {"plain_answers", "must be plain where the letter asks for an answer*"},
    {"not_collected", "must be delivered plainly, not be legal and not ask for an answer"},
    {"consent_promotional", "must be promotional: *"},
    {"no_template", "must have a published template"},
    {"template_value", "has a template that needs a value: *"},
    {"too_long", "makes a * of more than * characters"},
    {"empty_letter", "makes a letter without subject or text"},

    // files of rows
    {"unknown", "is not known to this kind of notice"},
    {"formula", "must not begin like a spreadsheet's formula*"},
    {"mapping_required", "must give data.*, which the kind requires"},
    {"mapping_unknown", "must name a variable of the kind; it has none called *"},
    {"mapping_column", "must be a column of the file"},
    {"mapping_twice", "must be given by one column"},
    {"recipient", "must say where notices go*"},
    {"csv_utf8", "must be UTF-8;*"},
    {"csv_utf8", "must be text; it holds a NUL octet"},
    {"csv_quotes", "must end each quoted field; the one that begins in line *"},
    {"csv_quotes", "must have nothing between the end of a quoted field*"},
    {"csv_quotes", "must have quotation marks at the beginning and end of a field*"},
    {"csv_quotes", "must have line breaks within quotation marks only*"},
    {"csv_names", "must name each column*"},
    {"csv_no_rows", "must have at least one row after the first*"},
    {"csv_columns", "must have at most * columns"},
    {"csv_long_row", "must have rows of at most *"},
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

CodedRule coded(std::string_view rule) {
    for (auto const& [code, pattern] : table)
        if (auto values = values_in(rule, pattern)) return {code, std::move(*values)};
    return {"other", {}};
}

std::string rule_codes_as_markdown() {
    std::string out = "| `code` | rule (`*` are its `values`) |\n| --- | --- |\n";
    for (auto const& [code, rule] : table) out.append("| `").append(code).append("` | ").append(rule).append(" |\n");
    return out + "| `other` | any other rule: `rule` and `fix` say it |\n";
}

}  // namespace rapport::net
