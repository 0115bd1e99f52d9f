// Kinds, versions and notices at rest. Internal to the module.
#pragma once

#include "notice/notice.hpp"
#include "notice/shelf.hpp"
#include "notice/wire.hpp"

namespace rapport::notice {

struct KindRow {
    KindId id;
    std::string name;
    json::Object names;
    Class class_{};
    std::string category;
    delivery::Kind delivery{};
    std::optional<delivery::Assurance> assurance;
    json::Object schema;
    json::Object sample;
    bool answers = false;
    bool urgent = false;
    bool stock = false;
    Time created_at{}, changed_at{};
    std::optional<Time> retired_at;
};
BOOST_DESCRIBE_STRUCT(KindRow, (),
                      (id, name, names, class_, category, delivery, assurance, schema, sample, answers, urgent, stock,
                       created_at, changed_at, retired_at))

struct NoticeRow {
    NoticeId id;
    std::optional<DeliveryId> delivery;
    std::string kind;
    Class class_{};
    std::string category;
    State state{};
    std::optional<std::string> reason;
    std::optional<preferences::Because> decision;
    Locale locale{};
    TemplateId template_;
    std::optional<CustomerId> customer;
    std::optional<std::string> reference;
    std::optional<std::string> origin;
    std::optional<Time> send_at;
    Time created_at{};
    std::optional<Digest> token_hash;
    std::optional<Time> answer_until;
    std::optional<Answer> answer;
    std::optional<Time> answered_at;
};
BOOST_DESCRIBE_STRUCT(NoticeRow, (),
                      (id, delivery, kind, class_, category, state, reason, decision, locale, template_, customer,
                       reference, origin, send_at, created_at, token_hash, answer_until, answer, answered_at))

std::optional<KindRow> find_kind(store::Reader& reader, std::string_view name);
KindView view_of(KindRow const& row);
Error no_such_kind();
Error no_such_template();
Error no_such_notice();

NoticeView view_of(NoticeRow const& row, std::optional<delivery::DeliverySummary> delivery);

// What a link in a letter opens with: the notice's number, so that rows are found by it, and a secret of 192 bits.
std::string new_answer_token(NoticeId id);
std::optional<NoticeRow> find_by_token(store::Reader& reader, std::string_view token);

// The shape of the values that every template has, besides the kind's data.
templates::Schema const& standard_values(bool answers);

// Compiles and checks a version's words against its kind. Codes: template_invalid, no_layout.
struct Draft {
    std::string subject, text, html, layout = "letter";
};
Expected<std::shared_ptr<Version const>> compiled(Draft const& draft, KindRow const& kind, TemplateId id,
                                                  Locale locale);

Digest digest_of(Draft const& draft);

}  // namespace rapport::notice
