// What must hold among the rows, for fsck.
#include <algorithm>

#include "base/text.hpp"
#include "knowledge/rows.hpp"
#include "knowledge/sql.hpp"

namespace rapport::knowledge {
namespace {

struct OfText {
    ArticleId article;
    Locale locale{};
};
BOOST_DESCRIBE_STRUCT(OfText, (), (article, locale))

struct Numbers {
    ArticleId article;
    Locale locale{};
    std::int64_t last = 0, count = 0;
    std::optional<std::int64_t> published;
};
BOOST_DESCRIBE_STRUCT(Numbers, (), (article, locale, last, count, published))

struct Stray {
    std::string slug;
    std::int64_t target = 0;
};
BOOST_DESCRIBE_STRUCT(Stray, (), (slug, target))

struct Use {
    FileId file;
    ArticleId article;
};
BOOST_DESCRIBE_STRUCT(Use, (), (file, article))

std::string name_of(ArticleId article, Locale locale) { return to_text(article) + ' ' + to_text(locale); }

void check_tree(store::Reader& reader, std::function<void(std::string, std::string)> const& report) {
    auto const all = list_categories(reader);
    for (auto const& one : all) {
        auto at = one.parent;
        int depth = 1;
        for (; at && depth <= deepest_category; ++depth) {
            auto const found = std::ranges::find(all, *at, &KnowledgeCategory::id);
            if (found == all.end()) {
                report(to_text(one.id), "stands in a category that is not there");
                break;
            }
            at = found->parent;
        }
        if (at && depth > deepest_category) report(to_text(one.id), "stands too deep, or within itself");
    }
}

}  // namespace

void check_knowledge(store::Reader& reader, std::function<void(std::string, std::string)> const& report) {
    for (auto const& row : reader.all<Numbers>(sql::versions_out_of_order))
        report(name_of(row.article, row.locale), "its versions are not numbered one after the other up to its own");
    for (auto const& row : reader.all<OfText>(sql::translations_without_version))
        report(name_of(row.article, row.locale), "the version that readers see is not there");
    for (auto const& row : reader.all<OfText>(sql::shown_without_address))
        report(name_of(row.article, row.locale), "it was published, and has no address");
    for (auto const& row : reader.all<Stray>(sql::addresses_of_nothing))
        report("address " + row.slug, "leads to nothing that is there");
    for (auto const& row : reader.all<Use>(sql::uses_of_nothing))
        report(to_text(row.article), "shows a file that is not there: " + to_text(row.file));
    for (auto const& row : reader.all<OfText>(sql::scheduled_without_date))
        report(name_of(row.article, row.locale), "it is scheduled without a date, or has one without being scheduled");
    check_tree(reader, report);
}

}  // namespace rapport::knowledge
