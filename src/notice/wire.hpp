// The API's shapes (described structs).
#pragma once

#include "delivery/wire.hpp"
#include "notice/notice.hpp"

namespace rapport::notice {

struct NewNotice {
    Text<1, 64> kind;
    std::vector<delivery::NewRecipient> recipients;
    std::optional<json::Object> data;
    std::optional<Locale> locale;  // else the customer's, else the organisation's
    std::vector<delivery::NewFile> files;
    std::optional<Text<1, 100>> reference;
    std::optional<Time> send_at;
    std::optional<delivery::Kind> delivery;        // else the kind's
    std::optional<delivery::Assurance> assurance;  // registered only; else the kind's
    std::optional<Time> accept_until;              // registered only
};
BOOST_DESCRIBE_STRUCT(NewNotice, (),
                      (kind, recipients, data, locale, files, reference, send_at, delivery, assurance, accept_until))

struct NewNotices {
    std::vector<NewNotice> notices;
};
BOOST_DESCRIBE_STRUCT(NewNotices, (), (notices))

struct AnswerView {
    std::optional<Answer> answer;
    std::optional<Time> answered_at;
    Time until;
};
BOOST_DESCRIBE_STRUCT(AnswerView, (), (answer, answered_at, until))

struct NoticeView {
    NoticeId id;
    std::string kind;
    Class class_ = Class::transactional;
    std::string category;
    State state = State::submitted;
    std::optional<preferences::Because> decision;  // why it waits, is suppressed, or is exempt from preferences
    std::optional<std::string> reason;             // the same for people
    Locale locale = Locale::en;
    TemplateId template_;
    std::optional<std::string> reference;
    std::optional<std::string> origin;
    std::optional<Time> send_at;
    Time created_at;
    std::optional<CustomerId> customer;
    std::optional<AnswerView> answer;
    std::optional<delivery::DeliverySummary> delivery;  // absent when suppressed
};
BOOST_DESCRIBE_STRUCT(NoticeView, (),
                      (id, kind, class_, category, state, decision, reason, locale, template_, reference, origin,
                       send_at, created_at, customer, answer, delivery))

struct SubmittedView {
    std::vector<NoticeView> notices;
};
BOOST_DESCRIBE_STRUCT(SubmittedView, (), (notices))

struct NoticePage {
    std::vector<NoticeView> items;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(NoticePage, (), (items, next))

// ---- kinds

using KindName = Text<2, 64>;  // small letters, digits and _

struct NewKind {
    KindName name;
    std::map<std::string, Text<1, 100>> names;  // by language; "en" at least
    Class class_ = Class::transactional;
    Text<1, 64> category;
    delivery::Kind delivery = delivery::Kind::plain;
    std::optional<delivery::Assurance> assurance;
    json::Object schema;
    std::optional<json::Object> sample;
    std::optional<bool> answers;  // the letter asks to confirm or cancel
    std::optional<bool> urgent;   // does not wait for the end of quiet hours
};
BOOST_DESCRIBE_STRUCT(NewKind, (),
                      (name, names, class_, category, delivery, assurance, schema, sample, answers, urgent))

struct KindChange {
    std::optional<std::map<std::string, Text<1, 100>>> names;
    std::optional<Class> class_;
    std::optional<Text<1, 64>> category;
    std::optional<delivery::Kind> delivery;
    std::optional<delivery::Assurance> assurance;
    std::optional<json::Object> schema;
    std::optional<json::Object> sample;
    std::optional<bool> urgent;
    std::optional<bool> retired;  // takes no new notices
};
BOOST_DESCRIBE_STRUCT(KindChange, (), (names, class_, category, delivery, assurance, schema, sample, urgent, retired))

struct KindView {
    KindId id;
    std::string name;
    std::map<std::string, std::string> names;
    Class class_ = Class::transactional;
    std::string category;
    delivery::Kind delivery = delivery::Kind::plain;
    std::optional<delivery::Assurance> assurance;
    json::Object schema;
    json::Object sample;
    bool answers = false;
    bool urgent = false;
    bool stock = false;
    bool retired = false;
    Time changed_at;
};
BOOST_DESCRIBE_STRUCT(KindView, (),
                      (id, name, names, class_, category, delivery, assurance, schema, sample, answers, urgent, stock,
                       retired, changed_at))

struct KindList {
    std::vector<KindView> items;
};
BOOST_DESCRIBE_STRUCT(KindList, (), (items))

// ---- templates

enum class TemplateState : std::uint8_t { draft, published };
BOOST_DESCRIBE_ENUM(TemplateState, draft, published)

struct NewTemplate {
    Text<1, 64> kind;
    Locale locale;
    Text<1, 500> subject;
    Text<1, 65'536> text;
    std::optional<Text<0, 65'536>> html;  // none: the mail is plain text
    std::optional<Text<1, 40>> layout;    // else "letter"
    std::optional<Text<0, 500>> note;     // what changed, for colleagues
    std::optional<TemplateId> copied_from;
};
BOOST_DESCRIBE_STRUCT(NewTemplate, (), (kind, locale, subject, text, html, layout, note, copied_from))

struct TemplateChange {
    std::optional<Text<1, 500>> subject;
    std::optional<Text<1, 65'536>> text;
    std::optional<Text<0, 65'536>> html;
    std::optional<Text<1, 40>> layout;
    std::optional<Text<0, 500>> note;
};
BOOST_DESCRIBE_STRUCT(TemplateChange, (), (subject, text, html, layout, note))

struct TemplateSummary {
    TemplateId id;
    std::string kind;
    Locale locale = Locale::en;
    std::int64_t number = 0;
    TemplateState state = TemplateState::draft;
    bool current = false;  // new notices are made from it
    bool stock = false;    // came with the program
    std::optional<std::string> note;
    std::optional<TemplateId> copied_from;
    Time created_at;
    Time changed_at;
    std::optional<Time> published_at;
};
BOOST_DESCRIBE_STRUCT(TemplateSummary, (),
                      (id, kind, locale, number, state, current, stock, note, copied_from, created_at, changed_at,
                       published_at))

struct TemplateView {
    TemplateSummary version;
    std::string subject, text, html, layout;
};
BOOST_DESCRIBE_STRUCT(TemplateView, (), (version, subject, text, html, layout))

struct TemplateList {
    std::vector<TemplateSummary> items;
};
BOOST_DESCRIBE_STRUCT(TemplateList, (), (items))

// One line of a comparison: in both, only in the older, only in the newer.
struct DiffLine {
    std::string change;  // "same", "removed", "added"
    std::string line;
};
BOOST_DESCRIBE_STRUCT(DiffLine, (), (change, line))
struct TemplateDiff {
    TemplateId from, to;
    std::vector<DiffLine> subject, text, html;
};
BOOST_DESCRIBE_STRUCT(TemplateDiff, (), (from, to, subject, text, html))

// Either a version that is kept, or words that are being written.
struct PreviewRequest {
    std::optional<TemplateId> template_;
    std::optional<Text<1, 64>> kind;
    std::optional<Locale> locale;
    std::optional<std::string> subject, text, html, layout;
    std::optional<CustomerId> customer;  // whose name and language
    std::optional<json::Object> data;    // else the kind's sample
};
BOOST_DESCRIBE_STRUCT(PreviewRequest, (), (template_, kind, locale, subject, text, html, layout, customer, data))

struct PreviewView {
    Locale locale = Locale::en;
    std::string subject, text, html;
};
BOOST_DESCRIBE_STRUCT(PreviewView, (), (locale, subject, text, html))

struct TestLetter {
    std::optional<json::Object> data;
};
BOOST_DESCRIBE_STRUCT(TestLetter, (), (data))
struct TestLetterQueued {
    std::string letter;  // out_…
    std::string to;
};
BOOST_DESCRIBE_STRUCT(TestLetterQueued, (), (letter, to))

struct LayoutList {
    std::vector<std::string> items;
};
BOOST_DESCRIBE_STRUCT(LayoutList, (), (items))

}  // namespace rapport::notice
