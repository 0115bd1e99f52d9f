// The shapes of the API around articles: comparisons, files, readers' answers and the report of them.
#pragma once

#include "knowledge/wire.hpp"

namespace rapport::knowledge {

// ---- comparison

enum class LineKind : std::uint8_t { same, added, removed, changed };
BOOST_DESCRIBE_ENUM(LineKind, same, added, removed, changed)
enum class PieceKind : std::uint8_t { same, added, removed };
BOOST_DESCRIBE_ENUM(PieceKind, same, added, removed)

struct KnowledgePiece {
    PieceKind kind{};
    std::string text;
};
BOOST_DESCRIBE_STRUCT(KnowledgePiece, (), (kind, text))
struct KnowledgeLine {
    LineKind kind{};
    std::optional<std::int64_t> before, after;  // numbers of the line
    std::vector<KnowledgePiece> pieces;
};
BOOST_DESCRIBE_STRUCT(KnowledgeLine, (), (kind, before, after, pieces))
struct KnowledgeComparison {
    std::vector<KnowledgeLine> lines;
    std::int64_t added = 0, removed = 0;  // words
    bool truncated = false;               // too different to be compared line by line
};
BOOST_DESCRIBE_STRUCT(KnowledgeComparison, (), (lines, added, removed, truncated))

struct CompareKnowledgeTexts {
    KnowledgeBody before, after;
};
BOOST_DESCRIBE_STRUCT(CompareKnowledgeTexts, (), (before, after))
struct KnowledgeComparisonQuery {
    std::optional<std::int64_t> from, to;
};
BOOST_DESCRIBE_STRUCT(KnowledgeComparisonQuery, (), (from, to))

// ---- files

enum class FileScan : std::uint8_t { clean, infected, not_scanned };
BOOST_DESCRIBE_ENUM(FileScan, clean, infected, not_scanned)

struct KnowledgeFile {
    FileId id;
    std::string name, media_type;
    std::int64_t size = 0;
    bool image = false;
    std::string markdown, url;
    std::optional<std::string> uploaded_by;
    Time created_at{};
    FileScan scan{};
    bool used = false;
};
BOOST_DESCRIBE_STRUCT(KnowledgeFile, (),
                      (id, name, media_type, size, image, markdown, url, uploaded_by, created_at, scan, used))

struct KnowledgeFileQuery {
    std::optional<ArticleId> article;
    std::string after;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(KnowledgeFileQuery, (), (article, after, limit))
struct NewKnowledgeFileQuery {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(NewKnowledgeFileQuery, (), (name))

// ---- feedback

enum class FeedbackReason : std::uint8_t { unclear, wrong, outdated, incomplete, other };
BOOST_DESCRIBE_ENUM(FeedbackReason, unclear, wrong, outdated, incomplete, other)

struct KnowledgeFeedback {
    FeedbackId id;
    ArticleId article;
    std::string title;
    Locale locale{};
    std::int64_t number = 0;
    bool helped = false;
    std::optional<FeedbackReason> reason;
    std::optional<std::string> comment;
    std::optional<CustomerId> customer;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(KnowledgeFeedback, (),
                      (id, article, title, locale, number, helped, reason, comment, customer, at))

struct KnowledgeFeedbackQuery {
    std::optional<ArticleId> article;
    std::optional<Locale> locale;
    std::optional<bool> helped;
    std::string after;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(KnowledgeFeedbackQuery, (), (article, locale, helped, after, limit))

struct KnowledgeReportQuery {
    std::optional<Time> since, until;
    std::optional<Locale> locale;
};
BOOST_DESCRIBE_STRUCT(KnowledgeReportQuery, (), (since, until, locale))

struct KnowledgeReasons {
    std::int64_t unclear = 0, wrong = 0, outdated = 0, incomplete = 0, other = 0;
};
BOOST_DESCRIBE_STRUCT(KnowledgeReasons, (), (unclear, wrong, outdated, incomplete, other))
struct KnowledgeReportLine {
    ArticleId article;
    std::string title;
    Locale locale{};
    std::int64_t helped = 0, not_helped = 0;
    double share = 0;  // of those whom it helped
    KnowledgeReasons reasons;
    std::int64_t comments = 0;
    Time last_at{};
};
BOOST_DESCRIBE_STRUCT(KnowledgeReportLine, (),
                      (article, title, locale, helped, not_helped, share, reasons, comments, last_at))
struct KnowledgeReport {
    Time since{}, until{};
    std::int64_t helped = 0, not_helped = 0;
    std::vector<KnowledgeReportLine> articles;
};
BOOST_DESCRIBE_STRUCT(KnowledgeReport, (), (since, until, helped, not_helped, articles))

struct KnowledgeLocaleCount {
    Locale locale{};
    std::int64_t published = 0, missing = 0, outdated = 0;
};
BOOST_DESCRIBE_STRUCT(KnowledgeLocaleCount, (), (locale, published, missing, outdated))
struct KnowledgeOverview {
    std::int64_t articles = 0, published = 0, drafts = 0, in_review = 0, approved = 0, scheduled = 0, retired = 0,
                 due = 0;
    std::vector<KnowledgeLocaleCount> by_locale;
    std::int64_t helped_30d = 0, not_helped_30d = 0;
};
BOOST_DESCRIBE_STRUCT(KnowledgeOverview, (),
                      (articles, published, drafts, in_review, approved, scheduled, retired, due, by_locale, helped_30d,
                       not_helped_30d))

}  // namespace rapport::knowledge
