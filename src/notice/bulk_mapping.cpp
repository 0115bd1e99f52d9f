// Mapping columns: by name to a place of the notice, by the kind's schema to a type.
#include "notice/bulk_mapping.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <boost/json/serialize.hpp>

#include "notice/csv.hpp"

namespace rapport::notice {
namespace {

using templates::Schema;

constexpr std::size_t most_faults_of_a_row = 5;

struct Named {
    std::string_view name;
    int to;
};

Expected<> wrong(std::vector<FieldError> faults) {
    if (faults.empty()) return {};
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                std::move(faults));
}

template <class T>
std::optional<T> number_from(std::string_view text) {
    T out{};
    if (text.starts_with('+')) text.remove_prefix(1);
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return out;
}

// "12.34 EUR" or "EUR 12.34" in minor units; currencies without or with three decimals as ISO 4217 has them.
std::optional<json::Object> money_from(std::string_view text) {
    auto const space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    auto first = trimmed(text.substr(0, space)), second = trimmed(text.substr(space));
    auto const is_currency = [](std::string_view word) {
        return word.size() == 3 && std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
    };
    auto const currency = is_currency(first) ? first : second;
    auto amount = is_currency(first) ? second : first;
    if (!is_currency(currency)) return std::nullopt;
    constexpr std::string_view none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
                               three = "BHD IQD JOD KWD LYD OMR TND";
    std::size_t const decimals = none.find(currency) != none.npos ? 0 : three.find(currency) != three.npos ? 3 : 2;
    auto const point = amount.find('.');
    std::string digits(amount.substr(0, point));
    std::string cents(point == amount.npos ? std::string_view() : amount.substr(point + 1));
    if (cents.size() > decimals || (point != amount.npos && cents.empty()) ||
        !std::ranges::all_of(cents, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    cents.resize(decimals, '0');
    auto const value = number_from<std::int64_t>(digits + cents);
    if (!value) return std::nullopt;
    return json::Object{{"amount", *value}, {"currency", currency}};
}

// A cell as the schema wants it; empty where it cannot be read so.
std::optional<json::Value> typed(std::string const& text, Schema::Node const& node) {
    auto const bare = trimmed(text);
    switch (node.type) {
        case Schema::Type::string:
            return json::Value(node.format == Schema::As::none ? std::string_view(text) : bare);
        case Schema::Type::integer:
            if (auto const number = number_from<std::int64_t>(bare)) return json::Value(*number);
            return std::nullopt;
        case Schema::Type::number:
            if (auto const whole = number_from<std::int64_t>(bare)) return json::Value(*whole);
            if (auto const number = number_from<double>(bare); number && std::isfinite(*number))
                return json::Value(*number);
            return std::nullopt;
        case Schema::Type::boolean: {
            auto const lower = ascii_lower(bare);
            if (lower == "true" || lower == "yes" || lower == "1") return json::Value(true);
            if (lower == "false" || lower == "no" || lower == "0") return json::Value(false);
            return std::nullopt;
        }
        case Schema::Type::array:
        case Schema::Type::object:
            break;
    }
    if (node.format == Schema::As::money && !bare.starts_with('{')) {
        auto money = money_from(bare);
        return money ? std::optional(json::Value(std::move(*money))) : std::nullopt;
    }
    auto parsed = json::parse(bare);
    return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

std::string_view rule_of(Schema::Node const& node) {
    switch (node.type) {
        case Schema::Type::integer:
            return "must be a whole number";
        case Schema::Type::number:
            return "must be a number with a point for decimals";
        case Schema::Type::boolean:
            return "must be true or false (or yes, no, 1, 0)";
        default:
            return node.format == Schema::As::money ? "must be money like 12.34 EUR" : "must be JSON";
    }
}

std::string folded(std::string_view name) {
    std::string out;
    for (char const c : ascii_lower(name))
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) out += c;
    return out;
}

}  // namespace

struct RowReader::Filling {
    store::Reader& reader;
    MadeRow& made;
    NewNotice notice;
    delivery::NewRecipient to;
    json::Object data;
    bool has_recipient = false;

    void add(std::string field, std::string rule, std::string fix) {
        if (made.faults.size() < most_faults_of_a_row)
            made.faults.push_back({std::move(field), std::move(rule), std::move(fix)});
    }
    template <class T>
    std::optional<T> text(std::string const& column, std::string_view value) {
        T out{};
        json::Findings findings;
        if (json::read_text(value, out, findings)) return out;
        for (auto& found : findings.take()) add(column, std::move(found.rule), std::move(found.fix));
        return std::nullopt;
    }
};

std::optional<RowReader::Target> RowReader::target_of(std::string_view to, Schema const& schema, std::string& why) {
    constexpr std::pair<std::string_view, To> plain[] = {{"email", To::email},
                                                         {"name", To::name},
                                                         {"locale", To::locale},
                                                         {"customer", To::customer},
                                                         {"external_id", To::external_id},
                                                         {"second_email", To::second_email},
                                                         {"reference", To::reference},
                                                         {"key", To::key},
                                                         {"send_at", To::send_at},
                                                         {"data", To::whole_data}};
    Target target;
    for (auto const& [name, place] : plain)
        if (to == name) {
            target.to = place;
            return target;
        }
    if (!to.starts_with("data.")) {
        why =
            "must be email, name, locale, customer, external_id, second_email, reference, key, send_at or "
            "data.<variable>";
        return std::nullopt;
    }
    target.to = To::data;
    target.node = &schema.root();
    for (std::string_view rest = to.substr(5);;) {
        auto const dot = rest.find('.');
        auto const name = rest.substr(0, dot);
        auto const* member = target.node->find(name);
        if (!member) {
            why = "must name a variable of the kind; it has none called " + std::string(name);
            return std::nullopt;
        }
        target.path.emplace_back(name);
        target.node = member->node.get();
        if (dot == rest.npos) return target;
        rest = rest.substr(dot + 1);
    }
}

Expected<RowReader> RowReader::make(BulkMapping mapping, std::vector<std::string> columns, FileFormat format,
                                    KindRow const& kind) {
    auto schema = Schema::read(kind.schema);
    if (!schema) return fail(schema.error());
    RowReader made(std::move(mapping), kind.name, std::move(*schema));
    made.columns_ = columns.size();
    std::vector<FieldError> faults;
    bool addressed = false, whole = false;
    std::vector<std::string> given, taken;
    if (made.mapping_.data)
        for (auto const& [name, value] : *made.mapping_.data) given.emplace_back(name);
    for (std::size_t i = 0; i < made.mapping_.columns.size(); ++i) {
        auto const& [column, to] = made.mapping_.columns[i];
        auto const here = "/columns/" + std::to_string(i);
        auto const at = std::ranges::find(columns, column.value);
        if (at == columns.end() && format == FileFormat::csv)
            faults.push_back({here + "/column", "must be a column of the file", "GET /v1/bulk/{id} lists them"});
        std::string why;
        auto target = target_of(to.value, made.schema_, why);
        if (!target) {
            faults.push_back({here + "/to", why, "see docs/integrators/bulk.md"});
            continue;
        }
        if (std::ranges::find(taken, to.value) != taken.end())
            faults.push_back({here + "/to", "must be given by one column", "remove one of the two"});
        taken.push_back(to.value);
        if (target->to == To::whole_data && format == FileFormat::csv)
            faults.push_back({here + "/to", "stands with JSON lines only", "map each variable: data.<variable>"});
        whole = whole || target->to == To::whole_data;
        addressed = addressed || target->to == To::email || target->to == To::customer || target->to == To::external_id;
        if (target->to == To::data) given.push_back(target->path.front());
        target->column = column.value;
        target->index = static_cast<std::size_t>(at - columns.begin());
        made.targets_.push_back(std::move(*target));
    }
    if (!addressed)
        faults.push_back({"/columns", "must say where notices go: to email, customer or external_id",
                          "map one of the columns to it"});
    for (auto const& member : made.schema_.root().members)
        if (member.required && !whole && std::ranges::find(given, member.name) == given.end())
            faults.push_back({"/columns", "must give data." + member.name + ", which the kind requires",
                              "map a column to it, or give it for all rows in `data`"});
    if (auto const good = wrong(std::move(faults)); !good) return fail(good.error());
    return made;
}

void RowReader::put_data(Filling& filling, Target const& target, json::Value value) const {
    json::Object* into = &filling.data;
    for (std::size_t i = 0; i + 1 < target.path.size(); ++i) {
        auto& next = (*into)[target.path[i]];
        if (!next.is_object()) next = json::Object();
        into = &next.get_object();
    }
    (*into)[target.path.back()] = std::move(value);
}

void RowReader::put_text(Filling& filling, Target const& target, std::string const& text) const {
    auto const bare = trimmed(text);
    if (bare.empty()) return;
    auto& [reader, made, notice, to, data, has_recipient] = filling;
    if (mapping_.formulas.value_or(FormulaRule::refuse) == FormulaRule::refuse && is_formula(text))
        return filling.add(target.column, "must not begin like a spreadsheet's formula (= + - @)",
                           "export values instead of formulas, or allow them in the mapping (formulas: keep)");
    switch (target.to) {
        case To::email:
            to.email = filling.text<EmailAddress>(target.column, bare);
            has_recipient = true;
            break;
        case To::name:
            to.name = filling.text<Text<1, 200>>(target.column, bare);
            break;
        case To::locale:
            to.locale = filling.text<Locale>(target.column, ascii_lower(bare.substr(0, bare.find_first_of("-_"))));
            break;
        case To::customer:
            to.customer = filling.text<CustomerId>(target.column, bare);
            has_recipient = true;
            break;
        case To::external_id:
            has_recipient = true;
            if (auto const customer = people::customer_by_external_id(reader, bare))
                to.customer = customer->id;
            else
                filling.add(target.column, "must be the external identifier of a customer",
                            "create the customer first");
            break;
        case To::second_email:
            to.second_email = filling.text<EmailAddress>(target.column, bare);
            break;
        case To::reference:
            notice.reference = filling.text<Text<1, 100>>(target.column, bare);
            if (notice.reference) made.reference = notice.reference->value;
            break;
        case To::key:
            made.key = bare;
            break;
        case To::send_at:
            notice.send_at = filling.text<Time>(target.column, bare);
            break;
        case To::data:
            if (auto value = typed(text, *target.node))
                put_data(filling, target, std::move(*value));
            else
                filling.add(target.column, std::string(rule_of(*target.node)), "correct the cell");
            break;
        case To::whole_data:
            filling.add(target.column, "must be an object", "send the data as a JSON object");
            break;
    }
}

void RowReader::put(Filling& filling, Target const& target, json::Value const& value) const {
    if (value.is_null()) return;
    if (value.is_string()) return put_text(filling, target, std::string(std::string_view(value.get_string())));
    if (target.to == To::data) return put_data(filling, target, value);
    if (target.to == To::whole_data && value.is_object()) {
        for (auto const& [name, item] : value.get_object()) filling.data[name] = item;
        return;
    }
    if (value.is_number()) return put_text(filling, target, boost::json::serialize(value));
    filling.add(target.column, "must be a string", "send a string");
}

MadeRow RowReader::read(store::Reader& reader, FileRow row) const {
    MadeRow made{row.number, row.line, {}, {}, {}, {}};
    Filling filling{reader, made, {}, {}, {}};
    if (mapping_.data) filling.data = *mapping_.data;
    filling.notice.send_at = mapping_.send_at;
    if (!row.wrong.empty()) filling.add("", "must be one JSON object in each line: " + row.wrong, "correct the line");
    bool const is_csv = !row.object && row.wrong.empty();
    if (is_csv && row.cells.size() != columns_)
        filling.add("",
                    "must have " + std::to_string(columns_) + " fields, as the first line; it has " +
                        std::to_string(row.cells.size()),
                    "quote fields that hold the separator");
    if (made.faults.empty())
        for (auto const& target : targets_) {
            if (is_csv)
                put_text(filling, target, row.cells[target.index]);
            else if (auto const* value = row.object->if_contains(target.column))
                put(filling, target, *value);
        }
    if (made.faults.empty() && !filling.has_recipient)
        filling.add("", "must say to whom it goes", "fill in the address");
    if (made.faults.empty())
        for (auto& fault : schema_.faults(filling.data, "/data"))
            filling.add(field_of(fault.pointer), std::move(fault.rule), std::move(fault.fix));
    if (!made.faults.empty()) return made;
    auto& notice = filling.notice;
    notice.kind = {kind_};
    if (filling.to.customer) {  // who is known gets it at their own address
        filling.to.email.reset();
        filling.to.name.reset();
    }
    if (!filling.to.locale) filling.to.locale = mapping_.locale;
    notice.recipients.push_back(std::move(filling.to));
    notice.data = std::move(filling.data);
    notice.delivery = mapping_.delivery;
    notice.assurance = mapping_.assurance;
    made.notice = std::move(notice);
    return made;
}

std::string RowReader::field_of(std::string_view pointer) const {
    std::string path(pointer.substr(pointer.starts_with('/') ? 1 : 0));
    if (path.starts_with("recipients/0")) path.erase(0, std::min<std::size_t>(path.size(), 13));
    std::ranges::replace(path, '/', '.');
    for (auto const& target : targets_) {
        std::string own = target.to == To::data ? "data" : std::string();
        for (auto const& part : target.path) own += "." + part;
        if (!own.empty() && (path == own || path.starts_with(own + "."))) return target.column;
        if ((path == "email" && target.to == To::email) || (path == "locale" && target.to == To::locale) ||
            (path == "customer" && (target.to == To::customer || target.to == To::external_id)) ||
            (path == "send_at" && target.to == To::send_at) || (path == "reference" && target.to == To::reference))
            return target.column;
    }
    return path;
}

BulkMapping suggested(std::vector<std::string> const& columns, KindRow const& kind) {
    constexpr std::pair<std::string_view, std::string_view> usual[] = {{"email", "email"},
                                                                       {"emailaddress", "email"},
                                                                       {"mail", "email"},
                                                                       {"address", "email"},
                                                                       {"name", "name"},
                                                                       {"fullname", "name"},
                                                                       {"customername", "name"},
                                                                       {"language", "locale"},
                                                                       {"locale", "locale"},
                                                                       {"lang", "locale"},
                                                                       {"customer", "customer"},
                                                                       {"customerid", "customer"},
                                                                       {"externalid", "external_id"},
                                                                       {"reference", "reference"},
                                                                       {"ref", "reference"},
                                                                       {"key", "key"},
                                                                       {"sendat", "send_at"}};
    BulkMapping mapping;
    auto const schema = Schema::read(kind.schema);
    std::vector<std::string> taken;
    auto const add = [&](std::string const& column, std::string to) {
        if (std::ranges::find(taken, to) != taken.end()) return;
        taken.push_back(to);
        mapping.columns.push_back({{column}, {std::move(to)}});
    };
    for (auto const& column : columns) {
        auto const name = folded(column);
        bool found = false;
        if (schema)
            for (auto const& member : schema->root().members)
                if (folded(member.name) == name) {
                    add(column, "data." + member.name);
                    found = true;
                }
        if (found) continue;
        for (auto const& [word, to] : usual)
            if (name == word) add(column, std::string(to));
        if (name == "reference" || name == "ref") add(column, "key");
    }
    return mapping;
}

}  // namespace rapport::notice
