// Categories: the stock ones (assets/categories.json), and the organisation's own.
#include <algorithm>
#include <limits>

#include "preferences/assets.hpp"
#include "preferences/rows.hpp"
#include "preferences/sql.hpp"

namespace rapport::preferences {
namespace {

struct StockCategory {
    std::string name;
    Class class_{};
    json::Object names, descriptions;
};
BOOST_DESCRIBE_STRUCT(StockCategory, (), (name, class_, names, descriptions))
struct StockCategories {
    std::vector<StockCategory> categories;
};
BOOST_DESCRIBE_STRUCT(StockCategories, (), (categories))

constexpr std::int64_t between = 10;  // positions: room for own ones

bool is_name(std::string_view name) {
    return name.front() >= 'a' && name.front() <= 'z' && std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

template <class Texts>
void check_languages(Texts const& texts, std::string const& pointer, std::vector<FieldError>& faults) {
    for (auto const& [language, ignored] : texts) {
        Locale locale{};
        if (!from_text(language, locale))
            faults.push_back({pointer + '/' + language, "must be one of en, it, th, ja, ko, fa", "remove it"});
    }
}

template <class Texts>
json::Object object_from(Texts const& texts) {
    json::Object object;
    for (auto const& [language, text] : texts) object[language] = text.value;
    return object;
}

std::map<std::string, std::string> texts_of(json::Object const& object) {
    std::map<std::string, std::string> texts;
    for (auto const& [language, text] : object)
        if (text.is_string()) texts[std::string(std::string_view(language))] = std::string_view(text.get_string());
    return texts;
}

std::string text_in(json::Object const& texts, Locale locale) {
    for (auto const& language : {to_text(locale), std::string("en")})
        if (auto const* text = texts.if_contains(language); text && text->is_string())
            return std::string(std::string_view(text->get_string()));
    return {};
}

// "spare_parts" → "Spare parts".
std::string readable(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '_', ' ');
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

// What a category is called that was made with its first kind, until somebody names it.
json::Object first_names(std::string_view name) { return {{"en", readable(name)}}; }

void insert(store::Tx& tx, Category const& row) {
    tx.exec(sql::insert_category, row.name, row.class_, row.names, row.descriptions, row.position, row.stock,
            row.created_at);
}

std::int64_t next_position(store::Tx& tx) { return tx.one<std::int64_t>(sql::last_position).value_or(0) + between; }

}  // namespace

std::string category_name(Category const& category, Locale locale) {
    auto const name = text_in(category.names, locale);
    return name.empty() ? readable(category.name) : name;
}
std::string category_description(Category const& category, Locale locale) {
    return text_in(category.descriptions, locale);
}

std::vector<Category> list_categories(store::Reader& reader) { return reader.all<Category>(sql::list_categories); }

std::optional<Category> find_category(store::Reader& reader, std::string_view name) {
    return reader.one<Category>(sql::find_category, name);
}

Expected<> category_for_kind(store::Tx& tx, std::string_view name, Class class_, Time now) {
    auto const known = find_category(tx, name);
    if (!known) {
        insert(tx, {std::string(name), class_, first_names(name), {}, next_position(tx), false, now, now, {}});
        return {};
    }
    bool const fits = (known->class_ == Class::promotional) == (class_ == Class::promotional);
    if (fits) return {};
    auto const is = std::string(json::enum_name(known->class_));
    return wrong({{"/category", "must fit the class: " + std::string(name) + " is a category of class " + is,
                   "choose another category: GET /v1/categories lists them"}});
}

void put_stock_categories(store::Tx& tx, Time now) {
    auto const list = json::decode<StockCategories>(find_asset(assets(), "categories.json").value_or(""));
    require(list.has_value(), "the stock categories can be read");
    std::int64_t position = 0;
    for (auto const& wanted : list->categories) {
        position += between;
        auto const known = find_category(tx, wanted.name);
        if (!known)
            insert(tx, {wanted.name, wanted.class_, wanted.names, wanted.descriptions, position, true, now, now, {}});
        else if (!known->stock && known->class_ == wanted.class_ && known->names == first_names(known->name))
            tx.exec(sql::adopt_category, known->name, wanted.names, wanted.descriptions, now);
    }
}

CategoryView view_of(Category const& category) {
    auto const& rule = rule_of(category.class_);
    return {category.name,
            category.class_,
            texts_of(category.names),
            texts_of(category.descriptions),
            category.position,
            rule.may_be_refused,
            rule.needs_consent,
            category.stock,
            category.retired_at.has_value(),
            category.changed_at};
}

Expected<CategoryView> create_category(store::Tx& tx, Act const& act, NewCategory const& wanted) {
    std::vector<FieldError> faults;
    if (!is_name(wanted.name.value))
        faults.push_back(
            {"/name", "must be small letters, digits and _, beginning with a letter", "choose such a name"});
    if (!wanted.names.contains("en")) faults.push_back({"/names/en", "is required", "name it in English"});
    check_languages(wanted.names, "/names", faults);
    if (wanted.descriptions) check_languages(*wanted.descriptions, "/descriptions", faults);
    if (!faults.empty()) return wrong(std::move(faults));
    if (find_category(tx, wanted.name.value))
        return fail(ErrorKind::conflict, "category_exists", "There is a category of that name already.");
    Category const row{wanted.name.value,
                       wanted.class_,
                       object_from(wanted.names),
                       wanted.descriptions ? object_from(*wanted.descriptions) : json::Object(),
                       wanted.position ? std::int64_t{*wanted.position} : next_position(tx),
                       false,
                       act.now,
                       act.now,
                       {}};
    insert(tx, row);
    people::audit(tx, act, "category.created", row.name);
    return view_of(row);
}

Expected<CategoryView> change_category(store::Tx& tx, Act const& act, std::string_view name,
                                       CategoryChange const& change) {
    auto row = find_category(tx, name);
    if (!row) return fail(ErrorKind::not_found, "not_found", "There is no such category.");
    std::vector<FieldError> faults;
    if (change.names) {
        if (!change.names->contains("en")) faults.push_back({"/names/en", "is required", "name it in English"});
        check_languages(*change.names, "/names", faults);
        row->names = object_from(*change.names);
    }
    if (change.descriptions) {
        check_languages(*change.descriptions, "/descriptions", faults);
        row->descriptions = object_from(*change.descriptions);
    }
    if (!faults.empty()) return wrong(std::move(faults));
    if (change.position) row->position = *change.position;
    if (change.retired && *change.retired != row->retired_at.has_value())
        row->retired_at = *change.retired ? std::optional(act.now) : std::nullopt;
    row->changed_at = act.now;
    tx.exec(sql::change_category, row->name, row->names, row->descriptions, row->position, act.now, row->retired_at);
    people::audit(tx, act, "category.changed", row->name);
    return view_of(*row);
}

}  // namespace rapport::preferences
