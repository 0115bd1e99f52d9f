// Reading answers: every kind by its rule.
#include "forms/answers.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/text.hpp"
#include "net/forms.hpp"

namespace rapport::forms {
namespace {

constexpr std::int64_t longest_short = 500, longest_long = 20'000;
constexpr std::size_t longest_address = 254;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }  // a part of a character of another script

std::string with_plain_breaks(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r') {
            if (i + 1 < text.size() && text[i + 1] == '\n') continue;
            out += '\n';
        } else {
            out += text[i];
        }
    }
    return out;
}

// ISO 13616: the first four to the end, letters as numbers, modulo 97.
bool is_iban(std::string_view text) {
    std::string compact;
    for (char c : text)
        if (c != ' ') compact += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    if (compact.size() < 15 || compact.size() > 34 || !is_letter(compact[0]) || !is_letter(compact[1])) return false;
    std::rotate(compact.begin(), compact.begin() + 4, compact.end());
    int rest = 0;
    for (char c : compact) {
        if (is_digit(c))
            rest = (rest * 10 + (c - '0')) % 97;
        else if (is_letter(c))
            rest = (rest * 100 + (c - 'A' + 10)) % 97;
        else
            return false;
    }
    return rest == 1;
}

bool fits(FormPattern pattern, std::string_view text) {
    switch (pattern) {
        case FormPattern::digits:
            return std::ranges::all_of(text, is_digit);
        case FormPattern::letters:
            return std::ranges::all_of(text, [](char c) {
                return is_letter(c) || is_foreign(c) || c == ' ' || c == '-' || c == '\'' || c == '.';
            });
        case FormPattern::letters_and_digits:
            return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_foreign(c) || is_digit(c); });
        case FormPattern::postcode:
            return text.size() >= 3 && text.size() <= 10 && std::ranges::all_of(text, [](char c) {
                       return is_letter(c) || is_digit(c) || c == ' ' || c == '-';
                   });
        case FormPattern::iban:
            return is_iban(text);
        case FormPattern::url:
            return (text.starts_with("https://") || text.starts_with("http://")) && text.size() > 8 &&
                   text.find_first_of(" \t\n\"<>") == text.npos;
    }
    return false;
}

// E.164: at most fifteen digits.
bool is_phone(std::string_view text) {
    auto const digits = std::ranges::count_if(text, is_digit);
    auto const plus = text.find('+');
    return digits >= 5 && digits <= 15 && (plus == text.npos || plus == 0) &&
           text.find('+', plus == text.npos ? 0 : plus + 1) == text.npos && std::ranges::all_of(text, [](char c) {
               return is_digit(c) || c == '+' || c == ' ' || c == '-' || c == '(' || c == ')' || c == '/' || c == '.';
           });
}

std::optional<double> number_in(std::string_view text) {
    std::string plain(text);
    if (std::ranges::count(plain, ',') == 1 && plain.find('.') == plain.npos) std::ranges::replace(plain, ',', '.');
    double value = 0;
    auto const* const end = plain.data() + plain.size();
    auto const [at, error] = std::from_chars(plain.data(), end, value, std::chars_format::fixed);
    if (error != std::errc() || at != end || !std::isfinite(value) || std::abs(value) > 1e15) return std::nullopt;
    return value;
}

std::string shown(double value) {
    std::string out(32, '\0');
    auto const [end, error] = std::to_chars(out.data(), out.data() + out.size(), value, std::chars_format::fixed);
    out.resize(error == std::errc() ? static_cast<std::size_t>(end - out.data()) : 0);
    return out;
}

bool is_date(std::string_view text) {
    int parts[3] = {};
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    constexpr std::size_t starts[] = {0, 5, 8}, sizes[] = {4, 2, 2};
    for (std::size_t i = 0; i < 3; ++i) {
        auto const piece = text.substr(starts[i], sizes[i]);
        auto const [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), parts[i]);
        if (error != std::errc() || end != piece.data() + piece.size()) return false;
    }
    using namespace std::chrono;
    return year_month_day(year(parts[0]), month(static_cast<unsigned>(parts[1])), day(static_cast<unsigned>(parts[2])))
        .ok();
}

bool is_of(FormFileGroup group, std::string_view type) {
    switch (group) {
        case FormFileGroup::image:
            return type.starts_with("image/") && type != "image/svg+xml";
        case FormFileGroup::pdf:
            return type == "application/pdf";
        case FormFileGroup::document:
            return type.starts_with("application/vnd.openxmlformats-officedocument.") ||
                   type.starts_with("application/vnd.oasis.opendocument.") || type == "application/msword" ||
                   type == "application/vnd.ms-excel" || type == "application/vnd.ms-powerpoint" ||
                   type == "text/rtf" || type == "application/rtf" || type == "application/CDFV2";
        case FormFileGroup::text:
            return type == "text/plain" || type == "text/csv";
        case FormFileGroup::audio:
            return type.starts_with("audio/");
        case FormFileGroup::video:
            return type.starts_with("video/");
        case FormFileGroup::archive:
            return type == "application/zip" || type == "application/x-7z-compressed" || type == "application/gzip" ||
                   type == "application/x-tar" || type == "application/x-rar";
    }
    return false;
}

// What runs when it is opened is taken by no form.
bool is_program(std::string_view type) {
    return type.starts_with("application/x-dosexec") || type.starts_with("application/x-executable") ||
           type.starts_with("application/x-pie-executable") || type.starts_with("application/x-sharedlib") ||
           type.starts_with("application/x-mach-binary") || type.starts_with("application/x-msi") ||
           type.starts_with("application/vnd.microsoft.portable-executable") || type == "text/x-shellscript" ||
           type == "text/html" || type == "image/svg+xml" || type == "application/x-java-applet";
}

class Reading {
  public:
    Reading(FormDefinition const& definition, Typed const& typed) : definition_(definition), typed_(typed) {}

    Answers all() {
        for (auto const& field : definition_.fields) read(field);
        if (auto const& consent = definition_.consent) {
            out_.consented = typed_.value("consent") == "yes";
            if (consent->required.value_or(true) && !out_.consented) out_.troubles.push_back({"consent", "consent"});
        }
        return std::move(out_);
    }

  private:
    void trouble(FormField const& field, std::string message, std::string n = {}) {
        out_.troubles.push_back({field.key.value, std::move(message), std::move(n)});
    }
    void keep(FormField const& field, std::string value) { out_.values[field.key.value].push_back(std::move(value)); }

    void read(FormField const& field) {
        auto const name = std::string(field_prefix) + field.key.value;
        if (field.kind == FormFieldKind::file) return files(field, name);
        if (field.kind == FormFieldKind::choices) return choices(field, typed_.all(name));
        auto const raw = typed_.value(name);
        auto value = std::string(trimmed(with_plain_breaks(raw)));
        if (value.empty()) {
            if (is_required(field)) trouble(field, field.kind == FormFieldKind::checkbox ? "tick" : "required");
            return;
        }
        if (!is_plain_text(value)) return trouble(field, "characters");
        one(field, std::move(value));
    }

    void one(FormField const& field, std::string value) {
        switch (field.kind) {
            case FormFieldKind::short_text:
            case FormFieldKind::long_text:
                return text(field, std::move(value));
            case FormFieldKind::email: {
                EmailAddress address;
                if (value.size() > longest_address || !from_text(value, address)) return trouble(field, "email");
                return keep(field, address.value);
            }
            case FormFieldKind::phone:
                value = plain_digits(value);
                return is_phone(value) ? keep(field, std::move(value)) : trouble(field, "phone");
            case FormFieldKind::number:
                return number(field, plain_digits(value));
            case FormFieldKind::date:
                value = plain_digits(value);
                return is_date(value) ? keep(field, std::move(value)) : trouble(field, "date");
            case FormFieldKind::choice:
                return offers(field, value) ? keep(field, std::move(value)) : trouble(field, "choice");
            case FormFieldKind::checkbox:
                return value == "yes" ? keep(field, "yes") : trouble(field, "tick");
            case FormFieldKind::choices:
            case FormFieldKind::file:
                break;
        }
    }

    void text(FormField const& field, std::string value) {
        bool const is_short = field.kind == FormFieldKind::short_text;
        if (is_short && value.find('\n') != value.npos) return trouble(field, "one_line");
        if (field.pattern && *field.pattern != FormPattern::letters && *field.pattern != FormPattern::url)
            value = plain_digits(value);
        auto const longest = is_short ? longest_short : longest_long;
        auto const size = static_cast<std::int64_t>(count_characters(value));
        auto const most = std::min(field.max_length.value_or(longest), longest);
        if (size > most) return trouble(field, "too_long", std::to_string(most));
        if (field.min_length && size < *field.min_length)
            return trouble(field, "too_short", std::to_string(*field.min_length));
        if (field.pattern && !fits(*field.pattern, value))
            return trouble(field, "pattern_" + std::string(json::enum_name(*field.pattern)));
        keep(field, std::move(value));
    }

    void number(FormField const& field, std::string const& typed) {
        auto const value = number_in(typed);
        if (!value) return trouble(field, "number");
        if (field.least && *value < *field.least) return trouble(field, "least", shown(*field.least));
        if (field.most && *value > *field.most) return trouble(field, "most", shown(*field.most));
        keep(field, shown(*value));
    }

    static bool offers(FormField const& field, std::string_view value) {
        return std::ranges::any_of(field.choices, [&](FormChoice const& one) { return one.value.value == value; });
    }

    // In the order of the form, each once.
    void choices(FormField const& field, std::vector<std::string> const& ticked) {
        for (auto const& value : ticked)
            if (!value.empty() && !offers(field, value)) return trouble(field, "choice");
        for (auto const& one : field.choices)
            if (std::ranges::find(ticked, one.value.value) != ticked.end()) keep(field, one.value.value);
        if (is_required(field) && !out_.values.contains(field.key.value)) trouble(field, "choose");
    }

    void files(FormField const& field, std::string_view name) {
        std::vector<TypedFile> mine;
        for (auto const& file : typed_.files)
            if (file.field == name) mine.push_back(file);
        if (mine.empty()) {
            if (is_required(field)) trouble(field, "file_required");
            return;
        }
        if (static_cast<std::int64_t>(mine.size()) > most_files_of(field))
            return trouble(field, "file_count", std::to_string(most_files_of(field)));
        for (auto& file : mine) {
            if (static_cast<std::int64_t>(file.bytes.size()) > most_mb_of(field) << 20)
                return trouble(field, "file_size", std::to_string(most_mb_of(field)));
            auto const type = conversation::media_type_of(file.bytes);
            bool const wanted =
                field.file_types.empty() ||
                std::ranges::any_of(field.file_types, [&](FormFileGroup group) { return is_of(group, type); });
            if (is_program(type) || !wanted) return trouble(field, "file_type", file.name);
            file.field = field.key.value;
        }
        for (auto& file : mine) {
            keep(field, file.name);
            out_.files.push_back(std::move(file));
        }
    }

    FormDefinition const& definition_;
    Typed const& typed_;
    Answers out_;
};

bool holds(FormRule const& rule, Answers const& answers) {
    auto const found = answers.values.find(rule.field.value);
    bool const filled = found != answers.values.end() && !found->second.empty();
    auto const wanted = ascii_lower(rule.value ? rule.value->value : std::string());
    auto const any = [&](auto const& test) {
        return filled &&
               std::ranges::any_of(found->second, [&](std::string const& one) { return test(ascii_lower(one)); });
    };
    bool const same = any([&](std::string const& one) { return one == wanted; });
    switch (rule.test) {
        case FormRuleTest::is:
            return same;
        case FormRuleTest::is_not:
            return !same;
        case FormRuleTest::contains:
            return any([&](std::string const& one) { return one.find(wanted) != one.npos; });
        case FormRuleTest::filled:
            return filled;
        case FormRuleTest::empty:
            return !filled;
    }
    return false;
}

}  // namespace

std::string Typed::value(std::string_view name) const {
    auto const found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

std::vector<std::string> Typed::all(std::string_view name) const {
    std::vector<std::string> out;
    auto const [from, to] = values.equal_range(name);
    for (auto it = from; it != to; ++it) out.push_back(it->second);
    return out;
}

Expected<Typed> read_typed(std::string_view media_type, std::string_view content_type, std::string_view body) {
    Typed out;
    if (media_type == "application/x-www-form-urlencoded") {
        for (auto& [name, value] : net::parse_form(body)) out.values.emplace(std::move(name), std::move(value));
        return out;
    }
    if (media_type != "multipart/form-data")
        return fail(ErrorKind::unsupported, "unsupported_media_type",
                    "Send a form as application/x-www-form-urlencoded or multipart/form-data.");
    auto const parts = net::parse_multipart(content_type, body);
    if (!parts) return fail(parts.error());
    for (auto const& part : *parts) {
        // An empty file field is sent with an empty name and a type.
        if (!part.file_name.empty())
            out.files.push_back({part.name, part.file_name, part.content});
        else if (part.content_type.empty() || !part.content.empty())
            out.values.emplace(part.name, std::string(part.content));
    }
    return out;
}

std::string Answers::value(std::string_view key) const {
    auto const found = values.find(key);
    if (found == values.end()) return {};
    std::string out;
    for (auto const& one : found->second) {
        if (!out.empty()) out += ", ";
        out += one;
    }
    return out;
}

Answers read_answers(FormDefinition const& definition, Typed const& typed) { return Reading(definition, typed).all(); }

std::string plain_digits(std::string_view text) {
    // First digits of the blocks, as UTF-8 begins them: Arabic-Indic, Persian, Thai, full-width.
    static constexpr std::pair<std::string_view, unsigned char> zeros[] = {
        {"\xD9", 0xA0}, {"\xDB", 0xB0}, {"\xE0\xB9", 0x90}, {"\xEF\xBC", 0x90}};
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        bool done = false;
        for (auto const& [lead, zero] : zeros) {
            if (text.substr(i, lead.size()) != lead || i + lead.size() >= text.size()) continue;
            auto const last = static_cast<unsigned char>(text[i + lead.size()]);
            if (last < zero || last > zero + 9) continue;
            out += static_cast<char>('0' + (last - zero));
            i += lead.size() + 1;
            done = true;
            break;
        }
        if (!done) out += text[i++];
    }
    return out;
}

std::size_t count_links(std::string_view text) {
    auto const folded = ascii_lower(text);
    std::size_t count = 0;
    for (std::string_view const mark : {"http://", "https://", "[url", "www."})
        for (auto at = folded.find(mark); at != folded.npos; at = folded.find(mark, at + mark.size())) {
            bool const counted = mark == "www." && at >= 3 && folded.compare(at - 3, 3, "://") == 0;
            count += counted ? 0 : 1;
        }
    return count;
}

Destination destination_of(FormDefinition const& definition, Answers const& answers) {
    Destination out;
    for (auto const& rule : definition.rules) {
        if (!holds(rule, answers)) continue;
        if (!out.team) out.team = rule.team;
        if (!out.priority) out.priority = rule.priority;
        if (rule.label && std::ranges::find(out.labels, *rule.label) == out.labels.end())
            out.labels.push_back(*rule.label);
    }
    if (!out.team) out.team = definition.team;
    if (!out.priority) out.priority = definition.priority;
    return out;
}

}  // namespace rapport::forms
