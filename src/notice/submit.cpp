// plan and commit of notices: data against the schema, language, preferences, words; then one delivery for each
// recipient.
#include <algorithm>
#include <map>

#include "base/crypto.hpp"
#include "notice/collect.hpp"
#include "notice/sql.hpp"
#include "post/post.hpp"

namespace rapport::notice {

// Notices between their checks and their transaction.
struct Plan {
    struct One {
        NoticeRow row;
        std::size_t request = 0;              // which of the request's notices
        std::optional<DigestItem> item = {};  // of a collected one
    };
    Actor actor;
    Time at{};
    std::vector<One> notices;
    std::shared_ptr<delivery::PlannedSubmission const> submission;
    std::string caller;
    std::optional<std::string> key;
    Digest hash;
    std::optional<std::vector<NoticeView>> answered;  // the same request came before
};

namespace {

constexpr std::size_t most_faults = 20;
constexpr std::size_t most_subject = 200, most_sealed_text = 100'000;  // characters, as deliveries have it

struct RequestRow {
    Digest hash;
    std::string notices;
};
BOOST_DESCRIBE_STRUCT(RequestRow, (), (hash, notices))

struct KnownKind {
    KindRow row;
    templates::Schema schema;
    std::map<Locale, std::shared_ptr<Version const>> versions;
};

std::string caller_of(Actor const& actor) {
    return std::to_string(static_cast<int>(actor.kind)) + ':' + std::to_string(actor.id);
}

struct Planner {
    store::Reader& reader;
    Desk const& desk;
    Request const& request;
    Time now;
    Plan plan;
    Collector collector;
    std::vector<FieldError> faults;
    std::map<std::string, std::optional<KnownKind>, std::less<>> kinds;
    std::shared_ptr<preferences::KnownWishes const> wishes = {};

    std::string at(std::size_t index) const { return request.batch ? "/notices/" + std::to_string(index) : ""; }
    void add(std::string pointer, std::string rule, std::string fix) {
        if (faults.size() < most_faults) faults.push_back({std::move(pointer), std::move(rule), std::move(fix)});
    }
    KnownKind* kind(std::string const& name);
    std::shared_ptr<Version const> version(KnownKind& kind, Locale locale);
    std::optional<delivery::NewDelivery> wanted(std::size_t index);
    Expected<std::optional<delivery::Composed>> compose(std::size_t index, KnownKind& kind,
                                                        delivery::Addressee const& to);
    Inputs inputs_for(NewNotice const& notice, KnownKind const& kind, delivery::Addressee const& to, NoticeRow& row);
    Expected<delivery::Words> words(NewNotice const& notice, Version const& version, Inputs const& inputs,
                                    std::string const& here, bool sealed) const;
};

KnownKind* Planner::kind(std::string const& name) {
    auto found = kinds.find(name);
    if (found == kinds.end()) {
        std::optional<KnownKind> known;
        if (auto row = find_kind(reader, name); row && !row->retired_at)
            if (auto schema = templates::Schema::read(row->schema))
                known = KnownKind{std::move(*row), std::move(*schema), {}};
        found = kinds.emplace(name, std::move(known)).first;
    }
    return found->second ? &*found->second : nullptr;
}

std::shared_ptr<Version const> Planner::version(KnownKind& kind, Locale locale) {
    auto& kept = kind.versions[locale];
    if (!kept) kept = desk.shelf.current(reader, kind.row.name, locale);
    return kept;
}

std::optional<delivery::NewDelivery> Planner::wanted(std::size_t index) {
    auto const& notice = request.notices[index];
    auto const here = at(index);
    auto* known = kind(notice.kind.value);
    if (!known) {
        add(here + "/kind", "must be a kind of notice that exists and is not retired", "GET /v1/kinds lists them");
        return std::nullopt;
    }
    static json::Object const none;
    for (auto& fault : known->schema.faults(notice.data ? *notice.data : none, here + "/data"))
        add(std::move(fault.pointer), std::move(fault.rule), std::move(fault.fix));
    if (notice.send_at && *notice.send_at > now + desk.settings.most_ahead)
        add(here + "/send_at", "must lie at most 90 days ahead", "choose an earlier time");
    delivery::NewDelivery made;
    made.kind = notice.delivery.value_or(known->row.delivery);
    made.recipients = notice.recipients;
    made.files = notice.files;
    made.locale = notice.locale;
    made.reference = notice.reference;
    made.accept_until = notice.accept_until;
    bool const registered = made.kind == delivery::Kind::registered;
    // What is sealed is kept with the evidence and given to the sender, links and all.
    if (registered && known->row.answers)
        add(here + (notice.delivery ? "/delivery" : "/kind"),
            "must be sent plain: it asks for an answer, and the links that only the customer may have would be sealed "
            "into the registered text",
            "send it plain, or announce the answer in a registered letter of another kind");
    made.assurance = notice.assurance ? notice.assurance : registered ? known->row.assurance : std::nullopt;
    // The days to accept begin when the invitation leaves.
    if (registered && notice.send_at && *notice.send_at > now && !made.accept_until)
        made.accept_until = *notice.send_at + desk.office.settings.default_deadline;
    made.compose = [this, index, known](delivery::Addressee const& to) { return compose(index, *known, to); };
    return made;
}

Inputs Planner::inputs_for(NewNotice const& notice, KnownKind const& kind, delivery::Addressee const& to,
                           NoticeRow& row) {
    Inputs inputs{desk.settings.zone, notice.data.value_or(json::Object()), {}};
    inputs.values["organisation"] = desk.office.settings.organisation;
    if (!to.name.empty()) inputs.values["name"] = to.name;
    if (notice.reference) inputs.values["reference"] = notice.reference->value;
    if (!kind.row.answers) return inputs;
    auto const token = new_answer_token(row.id);
    row.token_hash = sha256(token);
    // Waiting for the end of quiet hours takes nothing from the time to answer.
    row.answer_until = std::max(row.send_at.value_or(now), now) + desk.settings.answer_life;
    if (auto const* until = inputs.data.if_contains("answer_until"); until && until->is_string())
        if (auto const time = time_from_text(std::string_view(until->get_string()))) row.answer_until = *time;
    auto const link = desk.office.settings.public_url + "/n/" + token;
    inputs.values["answer_url"] = link;
    inputs.values["confirm_url"] = link + "/confirm";
    inputs.values["cancel_url"] = link + "/cancel";
    return inputs;
}

Expected<delivery::Words> Planner::words(NewNotice const& notice, Version const& version, Inputs const& inputs,
                                         std::string const& here, bool sealed) const {
    auto words = draw(version, inputs);
    if (!words) {
        auto error = words.error();
        for (auto& field : error.fields) {
            auto const name = field.pointer.substr(std::min(field.pointer.size(), std::string_view("/data/").size()));
            bool const is_own = notice.data && notice.data->contains(name.substr(0, name.find('.')));
            field.pointer = is_own ? here + field.pointer : here + "/kind";
            if (!is_own) field.rule = "has a template that needs a value: " + name + " " + field.rule;
        }
        if (error.fields.empty()) error.fields.push_back({here + "/data", error.text, "correct the data"});
        return fail(std::move(error));
    }
    auto const too_long = [&](std::string_view text, std::size_t most, std::string_view what) {
        return count_characters(text) > most
                   ? std::optional(FieldError{
                         here + "/data",
                         "makes a " + std::string(what) + " of more than " + std::to_string(most) + " characters",
                         "shorten the values"})
                   : std::nullopt;
    };
    auto fault = too_long(words->subject, most_subject, "subject");
    if (!fault && sealed) fault = too_long(words->text, most_sealed_text, "text");
    if (!fault && (words->subject.empty() || (sealed && words->text.empty())))
        fault = FieldError{here + "/data", "makes a letter without subject or text", "fill in the values"};
    if (fault) return fail(ErrorKind::invalid, "invalid_fields", "The notice cannot be written.", {*fault});
    return words;
}

Expected<std::optional<delivery::Composed>> Planner::compose(std::size_t index, KnownKind& kind,
                                                             delivery::Addressee const& to) {
    auto const& notice = request.notices[index];
    auto const here = at(index);
    auto const version = this->version(kind, to.locale);
    if (!version)
        return fail(ErrorKind::invalid, "no_template", "This kind has no published template.",
                    {{here + "/kind", "must have a published template", "publish one: POST /v1/templates"}});
    auto about = kind.row;
    if (request.as) {
        about.class_ = request.as->class_;
        about.category = request.as->category;
    }
    Plan::One one{{}, index};
    auto& row = one.row;
    row.id = desk.office.ids.next<NoticeId>();
    auto const due = std::max(notice.send_at.value_or(now), now);
    auto const decision = desk.preferences->decide(
        reader, {to.customer, to.email, about.category, about.class_, about.urgent, row.id, due, now, wishes.get()});
    row.kind = about.name;
    row.class_ = about.class_;
    row.category = about.category;
    row.locale = version->locale;
    row.template_ = version->id;
    row.customer = to.customer;
    if (notice.reference) row.reference = notice.reference->value;
    row.origin = request.origin;
    row.created_at = now;
    if (notice.send_at && *notice.send_at > now) row.send_at = notice.send_at;
    if (!decision.reason.empty()) row.reason = decision.reason;
    row.decision = decision.because;
    bool const is_legal = about.class_ == Class::legal;
    if (!is_legal && decision.is == Decision::Is::suppress) {
        row.state = State::suppressed;
        plan.notices.push_back(std::move(one));
        return std::nullopt;
    }
    if (auto reason = collector.throttled(about.class_, to)) {
        row.state = State::throttled;
        row.reason = std::move(*reason);
        plan.notices.push_back(std::move(one));
        return std::nullopt;
    }
    if (!is_legal && decision.is == Decision::Is::later && decision.at)
        row.send_at = std::max(row.send_at.value_or(*decision.at), *decision.at);
    auto const postponed = std::max(row.send_at.value_or(due), due) - due;
    auto inputs = inputs_for(notice, kind, to, row);
    if (decision.zone) inputs.zone = *decision.zone;
    delivery::Composed made;
    if (is_legal) inputs.values["legal"] = true;
    bool const may_wait = !request.as && !notice.delivery && notice.files.empty() && !row.send_at;
    if (auto const* digest = may_wait ? collector.digest_for(about) : nullptr) {
        auto const words = this->words(notice, *version, inputs, here, false);
        if (!words) return fail(words.error());
        auto item = collector.item(*digest, row, to, *words, inputs.zone);
        if (!item) return fail(item.error());
        row.state = State::collected;
        row.reason = "Collected for the digest \"" + digest->name + "\".";
        one.item = std::move(*item);
        plan.notices.push_back(std::move(one));
        return std::nullopt;
    }
    if (!is_legal && decision.unsubscribe_url) {
        inputs.values["unsubscribe_url"] = *decision.unsubscribe_url;
        if (channels::email::is_unsubscribe_url(*decision.unsubscribe_url))
            made.unsubscribe_url = decision.unsubscribe_url;
    }
    // What one can unsubscribe from is a list, and so is whatever is promotional.
    if (made.unsubscribe_url || about.class_ == Class::promotional) made.list = about.category;
    bool const sealed = notice.delivery.value_or(about.delivery) == delivery::Kind::registered;
    auto words = this->words(notice, *version, inputs, here, sealed);
    if (!words) return fail(words.error());
    made.words = std::move(*words);
    made.recipe = recipe_of(version->id, inputs);
    made.stream = json::enum_name(about.class_);
    made.not_before = row.send_at;
    made.postponed = postponed;
    plan.notices.push_back(std::move(one));
    return made;
}

std::string joined(std::vector<Plan::One> const& notices) {
    std::string text;
    for (auto const& one : notices) text += (text.empty() ? "" : " ") + to_text(one.row.id);
    return text;
}

std::vector<NoticeView> answer_again(store::Reader& reader, Desk const& desk, std::string_view ids) {
    std::vector<NoticeView> views;
    while (!ids.empty()) {
        auto const end = std::min(ids.find(' '), ids.size());
        NoticeId id;
        auto const row = from_text(ids.substr(0, end), id) ? reader.one<NoticeRow>(sql::find_notice, id) : std::nullopt;
        if (row) {
            std::optional<delivery::DeliverySummary> summary;
            if (row->delivery) {
                DeliveryId const one[] = {*row->delivery};
                auto found = delivery::summaries(reader, desk.office, one);
                if (!found.empty()) summary = std::move(found.front());
            }
            views.push_back(view_of(*row, std::move(summary)));
        }
        ids.remove_prefix(std::min(end + 1, ids.size()));
    }
    return views;
}

// Faults of a delivery point into the notice that it is made for.
void point_into_notices(Error& error) {
    static constexpr std::string_view from = "/deliveries";
    for (auto& field : error.fields)
        if (field.pointer.starts_with(from)) field.pointer = "/notices" + field.pointer.substr(from.size());
}

Error wrong_fields(std::vector<FieldError> faults) {
    return {ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields. Nothing was stored.",
            std::move(faults), 0};
}

void publish(store::Tx& tx, Plan const& plan, NoticeRow const& row) {
    store::Event event;
    event.at = plan.at;
    event.kind = "notice.submitted";
    event.subject = to_text(row.id);
    if (row.customer) event.customer = row.customer->value;
    event.actor_kind = plan.actor.kind;
    event.actor_id = plan.actor.id;
    event.data["kind"] = row.kind;
    event.data["state"] = json::enum_name(row.state);
    if (row.delivery) event.data["delivery"] = to_text(*row.delivery);
    if (row.decision) event.data["decision"] = json::enum_name(*row.decision);
    if (row.reason) event.data["reason"] = *row.reason;
    if (row.decision && row.send_at) event.data["send_at"] = to_text(*row.send_at);
    if (row.reference) event.data["reference"] = *row.reference;
    if (row.origin) event.data["origin"] = *row.origin;
    tx.publish(std::move(event));
}

}  // namespace

Expected<std::shared_ptr<Plan const>> plan(store::Reader& reader, Desk const& desk, Request const& request, Time now) {
    Planner planner{reader, desk, request, now, {}, {reader, desk, now}, {}, {}};
    auto& made = planner.plan;
    made.actor = request.actor;
    made.at = now;
    made.caller = caller_of(request.actor);
    made.key = request.key;
    made.hash = request.hash;
    if (request.key)
        if (auto const known = reader.one<RequestRow>(sql::find_request, made.caller, *request.key)) {
            if (known->hash != request.hash)
                return fail(ErrorKind::conflict, "idempotency_key_reused",
                            "This Idempotency-Key came before with another content. Use a new key for new notices.");
            made.answered = answer_again(reader, desk, known->notices);
            return std::make_shared<Plan const>(std::move(made));
        }
    delivery::SubmitRequest submission;
    submission.actor = request.actor;
    submission.batch = request.batch || request.bulk;
    submission.sender = request.sender;
    submission.meet = [&](std::span<CustomerId const> customers) {
        planner.wishes = desk.preferences->meet(reader, customers);
    };
    std::size_t recipients = 0;
    for (auto const& notice : request.notices) recipients += notice.recipients.size();
    auto const most = desk.settings.most_notices;
    if (request.notices.empty())
        planner.add("/notices", "must hold at least one notice", "add a notice");
    else if (request.notices.size() > most || recipients > most)
        planner.add("/notices", "must name at most " + std::to_string(most) + " recipients together",
                    "divide the batch");
    else
        for (std::size_t i = 0; i < request.notices.size(); ++i)
            if (auto wanted = planner.wanted(i)) submission.deliveries.push_back(std::move(*wanted));
    if (!planner.faults.empty()) return fail(wrong_fields(std::move(planner.faults)));
    auto planned = delivery::plan_submission(reader, desk.office, submission, now);
    if (!planned) {
        auto error = planned.error();
        point_into_notices(error);
        return fail(std::move(error));
    }
    made.submission = std::move(*planned);
    return std::make_shared<Plan const>(std::move(made));
}

Expected<std::vector<NoticeView>> commit(store::Tx& tx, Desk const& desk, Plan const& plan) {
    if (plan.answered) return *plan.answered;
    if (plan.key) tx.exec(sql::insert_request, plan.caller, *plan.key, plan.hash, joined(plan.notices), plan.at);
    auto submitted = delivery::commit(tx, desk.office, *plan.submission);
    if (!submitted) return fail(submitted.error());
    std::vector<NoticeView> views;
    views.reserve(plan.notices.size());
    std::vector<std::size_t> next(submitted->size(), 0);  // deliveries stand in the order of those who get one
    for (auto const& one : plan.notices) {
        auto row = one.row;
        std::optional<delivery::DeliverySummary> summary;
        if (row.state == State::submitted) {
            summary = std::move((*submitted)[one.request].deliveries.at(next[one.request]++));
            row.delivery = summary->id;
            row.customer = summary->recipient.customer;
        }
        tx.exec(sql::insert_notice, row.id, row.delivery, row.kind, row.class_, row.category, row.state, row.reason,
                row.decision, row.locale, row.template_, row.customer, row.reference, row.origin, row.send_at,
                row.created_at, row.token_hash, row.answer_until);
        if (one.item) keep_item(tx, *one.item);
        publish(tx, plan, row);
        views.push_back(view_of(row, std::move(summary)));
    }
    return views;
}

std::vector<PlannedNotice> outcomes(Plan const& plan) {
    std::vector<PlannedNotice> all;
    for (auto const& one : plan.notices) all.push_back({one.row.state, one.row.reason, one.row.decision});
    return all;
}

}  // namespace rapport::notice
