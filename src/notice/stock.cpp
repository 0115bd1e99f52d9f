// The kinds and templates that come with the program: assets/stock/kinds.json, and assets/stock/<kind>.<locale>.txt,
// which holds subject, text and HTML. They become rows, so that a notice's version never changes when the program does.
#include "notice/assets.hpp"
#include "notice/kinds.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

struct KindCategory {
    std::string category;
    Class class_{};
};
BOOST_DESCRIBE_STRUCT(KindCategory, (), (category, class_))

struct StockKind {
    std::string name;
    json::Object names;
    Class class_{};
    std::string category;
    delivery::Kind delivery{};
    std::string layout;
    bool answers = false;
    json::Object schema;
};
BOOST_DESCRIBE_STRUCT(StockKind, (), (name, names, class_, category, delivery, layout, answers, schema))
struct StockKinds {
    std::vector<StockKind> kinds;
};
BOOST_DESCRIBE_STRUCT(StockKinds, (), (kinds))

Draft draft_from(std::string_view file, std::string const& layout) {
    auto source = templates::source_from(file);
    return {std::move(source.subject), std::move(source.text), std::move(source.html), layout};
}

void put_template(store::Tx& tx, KindRow const& kind, Locale locale, Draft const& words, Time now) {
    auto const digest = digest_of(words);
    if (tx.one<Digest>(sql::newest_stock, kind.name, locale) == digest) return;
    auto const good = compiled(words, kind, {}, locale);
    require(good.has_value(),
            "a stock template fits its kind: " + kind.name + "." + to_text(locale) + ": " +
                (good ? "" : good.error().fields.front().pointer + " " + good.error().fields.front().rule));
    auto const number = tx.one<std::int64_t>(sql::last_number, kind.name, locale).value_or(0) + 1;
    tx.exec(sql::insert_template, tx.new_id<TemplateId>(), kind.name, locale, number, TemplateState::published, true,
            words.subject, words.text, words.html, words.layout, digest, nullptr, nullptr, now, now);
}

}  // namespace

void put_stock(store::Tx& tx, Time now) {
    auto const list = find_asset(assets(), "stock/kinds.json");
    auto const stock = json::decode<StockKinds>(list.value_or(""));
    require(stock.has_value(), "the stock kinds can be read");
    for (auto const& wanted : stock->kinds) {
        auto const schema = templates::Schema::read(wanted.schema);
        require(schema.has_value(), "a stock kind has a sound schema");
        auto row = find_kind(tx, wanted.name);
        if (!row) {
            row = KindRow{tx.new_id<KindId>(),
                          wanted.name,
                          wanted.names,
                          wanted.class_,
                          wanted.category,
                          wanted.delivery,
                          {},
                          wanted.schema,
                          schema->sample(),
                          wanted.answers,
                          false,
                          true,
                          now,
                          now,
                          {}};
            tx.exec(sql::insert_kind, row->id, row->name, row->names, row->class_, row->category, row->delivery,
                    row->assurance, row->schema, row->sample, row->answers, row->urgent, row->stock, now);
        } else if (row->stock && (row->schema != wanted.schema || row->names != wanted.names ||
                                  row->class_ != wanted.class_ || row->category != wanted.category)) {
            tx.exec(sql::change_stock_kind, wanted.name, wanted.names, wanted.class_, wanted.category, wanted.schema,
                    schema->sample(), wanted.answers, now);
            row->schema = wanted.schema;
            row->answers = wanted.answers;
        }
        if (!row->stock) continue;  // the organisation had a kind of that name first
        for (auto const locale : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa}) {
            auto const file = find_asset(assets(), "stock/" + wanted.name + "." + to_text(locale) + ".txt");
            if (file) put_template(tx, *row, locale, draft_from(*file, wanted.layout), now);
        }
    }
    // Kinds from before categories were rows: theirs are made, and may mix classes as they did.
    for (auto const& kind : tx.all<KindCategory>(sql::kind_categories))
        (void)preferences::category_for_kind(tx, kind.category, kind.class_, now);
}

}  // namespace rapport::notice
