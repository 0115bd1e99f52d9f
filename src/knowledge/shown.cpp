// Drawing texts.
#include "knowledge/shown.hpp"

#include <algorithm>
#include <set>

#include "knowledge/sql.hpp"
#include "net/request.hpp"
#include "search/text.hpp"

namespace rapport::knowledge {
namespace {

constexpr std::string_view file_scheme = "file:", article_scheme = "article:";

// An article's page in the reader's language, or in its own where there is none.
std::optional<std::string> page_of(store::Reader& reader, std::string_view address, Locale locale) {
    auto const hash = std::min(address.find('#'), address.size());
    ArticleId id;
    if (!from_text(address.substr(0, hash), id)) return std::nullopt;
    auto const article = article_row(reader, id);
    if (!article) return std::nullopt;
    auto at = locale;
    auto slug = current_address(reader, "article", to_text(at), id.value);
    if (auto const text = translation_row(reader, id, at); !text || !text->visible) slug.reset();
    if (!slug) slug = current_address(reader, "article", to_text(at = article->source), id.value);
    if (!slug) return std::nullopt;
    return article_path(at, *slug) + std::string(address.substr(hash));
}

std::string address_of(FileRow const& file, Shown where) {
    return where == Shown::page ? file_path(file) : "/v1/knowledge/files/" + to_text(file.id) + "/content";
}

}  // namespace

bool is_image(std::string_view media_type) {
    constexpr std::string_view types[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};
    return std::ranges::find(types, media_type) != std::end(types);
}

std::string file_path(FileRow const& file) {
    return "/help/files/" + to_text(file.id) + '/' + net::percent_encoded(file.name);
}

std::string callout_name(Locale locale, markdown::Callout callout) {
    using enum markdown::Callout;
    struct Row {
        markdown::Callout callout;
        std::string_view words[6];
    };
    // clang-format off
    static constexpr Row rows[] = {
        {note, {"Note", "Nota", "หมายเหตุ", "メモ", "참고", "یادداشت"}},
        {tip, {"Tip", "Consiglio", "เคล็ดลับ", "ヒント", "도움말", "نکته"}},
        {important, {"Important", "Importante", "สำคัญ", "重要", "중요", "مهم"}},
        {warning, {"Warning", "Attenzione", "คำเตือน", "警告", "경고", "هشدار"}},
        {caution, {"Caution", "Pericolo", "ข้อควรระวัง", "注意", "주의", "احتیاط"}},
    };
    // clang-format on
    for (auto const& row : rows)
        if (row.callout == callout) return std::string(row.words[static_cast<std::size_t>(locale)]);
    return {};
}

Expected<markdown::Rendered> show(store::Reader& reader, std::string_view body, ShowOptions const& options) {
    markdown::Options how;
    auto const file_of = [&](std::string_view address) -> std::optional<FileRow> {
        FileId id;
        if (!address.starts_with(file_scheme) || !from_text(address.substr(file_scheme.size()), id))
            return std::nullopt;
        return reader.one<FileRow>(sql::find_file, id);
    };
    how.link = [&](std::string_view address) -> std::optional<std::string> {
        if (address.starts_with(article_scheme))
            return page_of(reader, address.substr(article_scheme.size()), options.locale);
        if (auto const file = file_of(address)) return address_of(*file, options.where);
        return std::nullopt;
    };
    how.image = [&](std::string_view address) -> std::optional<markdown::Image> {
        auto const file = file_of(address);
        if (!file || !is_image(file->media_type) || file->scan == FileScan::infected) return std::nullopt;
        return markdown::Image{address_of(*file, options.where), file->width, file->height};
    };
    using enum markdown::Callout;
    for (auto const one : {note, tip, important, warning, caution})
        how.callouts[one] = callout_name(options.locale, one);
    return markdown::render(body, how);
}

std::vector<KnowledgeFinding> findings_of(markdown::Rendered const& rendered) {
    std::vector<KnowledgeFinding> out;
    for (auto const& finding : rendered.findings) {
        auto& made = out.emplace_back(KnowledgeFinding{finding.rule, finding.text, {}});
        if (finding.line > 0) made.line = finding.line;
    }
    return out;
}

std::vector<FileId> files_in(std::string_view body) {
    markdown::Options how;
    how.anchors = false;
    auto const rendered = markdown::render(body, how);
    std::set<FileId> found;
    if (!rendered) return {};
    for (auto const* list : {&rendered->images, &rendered->links})
        for (std::string_view const address : *list) {
            FileId id;
            if (address.starts_with(file_scheme) && from_text(address.substr(file_scheme.size()), id)) found.insert(id);
        }
    return {found.begin(), found.end()};
}

std::int64_t words_in(std::string_view plain) {
    std::int64_t words = 0;
    search::analyse(plain, [&](search::Token const& token) {
        words += token.kind == search::TokenKind::word || token.kind == search::TokenKind::gram;
    });
    return words;
}

Expected<KnowledgePreview> preview(store::Reader& reader, PreviewKnowledge const& wanted) {
    auto rendered = show(reader, wanted.body.value, {.locale = wanted.locale, .where = Shown::preview});
    if (!rendered) {
        auto error = rendered.error();
        error.fields = {{"/body", "text that can be shown", "simplify it"}};
        return fail(std::move(error));
    }
    KnowledgePreview out;
    out.findings = findings_of(*rendered);
    for (auto const& heading : rendered->outline) out.outline.push_back({heading.level, heading.text, heading.anchor});
    out.words = words_in(markdown::plain_text(wanted.body.value).value_or(""));
    out.html = std::move(rendered->html);
    return out;
}

}  // namespace rapport::knowledge
