// From what was typed to a conversation, or aside.
#include "forms/submit.hpp"

#include <algorithm>
#include <charconv>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "forms/sql.hpp"
#include "people/agents.hpp"
#include "people/people.hpp"

namespace rapport::forms {
namespace {

std::unexpected<Error> no_such_submission() {
    return fail(ErrorKind::not_found, "not_found", "There is no such submission.");
}

Actor form_actor() { return {ActorKind::system, 0, "form"}; }

std::string label_of(FormField const& field, std::string const& value, FormDefinition const& definition) {
    for (auto const& one : field.choices)
        if (one.value.value == value) {
            auto label = words_in(one.label, main_locale(definition), definition);
            return label.empty() ? value : label;
        }
    return value;
}

// As agents read them: labels in the form's own language.
std::vector<FilledField> filled_in(FormDefinition const& definition, Answers const& answers) {
    std::vector<FilledField> out;
    for (auto const& field : definition.fields) {
        auto const found = answers.values.find(field.key.value);
        if (found == answers.values.end() || field.use == FormFieldUse::message) continue;
        std::string value;
        for (auto const& one : found->second) {
            if (!value.empty()) value += ", ";
            value += field.kind == FormFieldKind::checkbox ? "✓" : label_of(field, one, definition);
        }
        auto label = words_in(field.label, main_locale(definition), definition);
        if (label.empty()) label = field.key.value;
        out.push_back({field.key.value, std::move(label), std::move(value)});
    }
    return out;
}

// As whole as it was typed.
json::Value number_of(std::string const& text) {
    std::int64_t whole = 0;
    auto const* const end = text.data() + text.size();
    auto const [at, error] = std::from_chars(text.data(), end, whole);
    if (error == std::errc() && at == end) return whole;
    return std::strtod(text.c_str(), nullptr);
}

FieldValues values_for(FormDefinition const& definition, Answers const& answers) {
    FieldValues out;
    for (auto const& field : definition.fields) {
        if (!field.fills || !answers.values.contains(field.key.value)) continue;
        auto const value = answers.value(field.key.value);
        if (field.kind == FormFieldKind::checkbox)
            out[field.fills->value] = true;
        else if (field.kind == FormFieldKind::number)
            out[field.fills->value] = number_of(value);
        else
            out[field.fills->value] = json::Value(value);
    }
    return out;
}

conversation::Arrival arrival_of(Submission const& submission, Time at) {
    auto const& planned = submission.planned;
    conversation::Arrival out;
    out.channel = conversation::Channel::form;
    out.at = at;
    out.mailbox = planned.mailbox;
    out.team = planned.team;
    out.locale = planned.locale;
    out.writer.author = to_text(submission.form);
    out.writer.address = planned.address;
    out.writer.name = planned.name;
    out.subject = planned.subject;
    out.text = planned.text;
    out.fields = planned.fields;
    for (auto const& file : planned.files) out.files.push_back({file.name, from_base64(file.data).value_or(Bytes())});
    out.key = submission.key;
    return out;
}

void tell(store::Tx& tx, Actor const& actor, Submission const& submission, std::string_view kind, Time at,
          json::Object data = {}) {
    data["submission"] = to_text(submission.id);
    data["reference"] = submission.reference;
    data["number"] = submission.number;
    tx.publish({.at = at,
                .kind = std::string(kind),
                .subject = to_text(submission.form),
                .actor_kind = actor.kind,
                .actor_id = actor.id,
                .data = std::move(data)});
}

// What the form sets about the conversation. Labels, fields and choices may have gone since it was published: what is
// left of them holds, and nothing that was sent is lost over it.
void furnish(store::Tx& tx, Forms& forms, ConversationId id, Planned const& planned, Time now) {
    Act const act{form_actor(), now, "", ""};
    auto const apply = [&](conversation::ConversationChange const& change) {
        auto const done = conversation::change_conversation(tx, forms.office(), act, id, {}, change);
        if (!done) log::warning("form_setting_refused", {{"conversation", to_text(id)}, {"why", done.error().text}});
    };
    conversation::ConversationChange change;
    change.priority = planned.priority;
    if (planned.priority) apply(change);
    change = {};
    if (!planned.labels.empty()) {
        auto const known = conversation::list_labels(tx);
        std::vector<LabelId> labels;
        for (auto const label : planned.labels)
            if (std::ranges::find(known, label, &conversation::LabelView::id) != known.end()) labels.push_back(label);
        change.labels = std::move(labels);
        if (!change.labels->empty()) apply(change);
        change = {};
    }
    for (auto const& [key, value] : planned.values) {
        change.fields = FieldValues{{key, value}};
        apply(change);
    }
}

// A letter to an address that was merely typed says nothing that a stranger has written.
void confirm(store::Tx& tx, Forms& forms, Submission const& submission, conversation::Entered const& entered,
             Time now) {
    auto const& planned = submission.planned;
    if (!planned.confirm || !planned.address || !submission.may_confirm) return;
    if (forms.addresses().mailbox_of(ascii_lower(planned.address->value)) ||
        people::agent_by_email(tx, *planned.address))
        return;
    auto const back =
        conversation::correspond(tx, forms.office(), entered.conversation, *planned.address, entered.message, now);
    if (!back) return;
    post::Letter letter{
        to_text(entered.message), std::string(received_purpose), *planned.address, planned.locale, "", {}};
    letter.data = {
        {"to", planned.address->value},     {"from", back->from.value},         {"name", back->name},
        {"reply_to", back->reply_to.value}, {"message_id", back->message_id},   {"locale", to_text(planned.locale)},
        {"title", planned.title},           {"reference", submission.reference}};
    post::enqueue(tx, letter, now);
}

Expected<> enter(store::Tx& tx, Forms& forms, Actor const& actor, Submission const& submission, SubmissionState state,
                 Time now) {
    auto const entered = conversation::enter(tx, forms.office(), *submission.arrival);
    if (!entered) return fail(entered.error());
    if (!entered->repeated) {
        furnish(tx, forms, entered->conversation, submission.planned, now);
        confirm(tx, forms, submission, *entered, now);
    }
    tx.exec(sql::enter_submission, submission.id, state, entered->conversation, entered->message, now);
    tell(tx, actor, submission, state == SubmissionState::entered ? "form.submitted" : "form.released", now,
         {{"conversation", to_text(entered->conversation)}});
    return {};
}

json::Object proof_of(std::optional<FormConsentProof> const& consent) {
    return consent ? json::parse(json::encode(*consent))->get_object() : json::Object();
}

std::string joined(std::vector<std::string> const& words) {
    std::string out;
    for (auto const& one : words) out += (out.empty() ? "" : " ") + one;
    return out;
}

std::vector<std::string> split(std::string_view words) {
    std::vector<std::string> out;
    while (!words.empty()) {
        auto const end = std::min(words.find(' '), words.size());
        if (end > 0) out.emplace_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return out;
}

SubmissionView view_of(store::Reader& reader, Forms& forms, SubmissionRow const& row) {
    SubmissionView out;
    out.id = row.id;
    out.form = row.form;
    out.reference = row.reference;
    out.state = row.state;
    out.reasons = split(row.reasons);
    out.locale = row.locale;
    out.number = row.number;
    if (!row.consent.empty())
        if (auto proof = json::decode<FormConsentProof>(json::encode(row.consent))) out.consent = std::move(*proof);
    out.conversation = row.conversation;
    out.at = row.at;
    out.changed_at = row.changed_at;
    if (row.state != SubmissionState::held) return out;
    out.expires_at = row.at + keep_held;
    auto held = held_of(reader, forms.office(), row);
    if (!held) return out;
    auto& words = out.words.emplace();
    words.subject = std::move(held->subject);
    words.text = std::move(held->text);
    words.name = std::move(held->name);
    if (held->address) words.address = held->address->value;
    words.fields = std::move(held->fields);
    for (auto const& file : held->files) {
        auto const bytes = from_base64(file.data).value_or(Bytes());
        words.files.push_back({file.name, conversation::media_type_of(bytes), static_cast<std::int64_t>(bytes.size())});
    }
    return out;
}

void discard_row(store::Tx& tx, Forms& forms, SubmissionRow const& row, Time now) {
    if (row.content) forms.office().blobs.drop(tx, *row.content);
    tx.exec(sql::discard_submission, row.id, now);
}

void tell_discarded(store::Tx& tx, Actor const& actor, SubmissionRow const& row, Time now) {
    Submission told;
    told.id = row.id;
    told.form = row.form;
    told.number = row.number;
    told.reference = row.reference;
    tell(tx, actor, told, "form.discarded", now);
}

}  // namespace

Expected<Planned> held_of(store::Reader& reader, conversation::Office const& office, SubmissionRow const& row) {
    if (!row.wrapped_key || !row.content)
        return fail(ErrorKind::conflict, "not_held", "This submission is not held any more.");
    auto const key = office.keyring.unwrap(row.wrapped_key->bytes);
    if (!key) return fail(key.error());
    auto const box = office.blobs.read(reader, *row.content, *key);
    if (!box) return fail(box.error());
    return json::decode<Planned>(*box);
}

struct Release {
    Submission submission;
};

namespace {

// Whose words are held: an address as people compare it; without one, nobody's.
Digest writer_digest(Forms const& forms, std::string_view address) {
    auto const& key = forms.writer_key();
    return hmac_sha256({reinterpret_cast<char const*>(key.data()), key.size()}, ascii_lower(address));
}

}  // namespace

Submission plan_submission(Forms& forms, FormRow const& form, FormDefinition const& definition, PageToken const& token,
                           Answers const& answers, Locale locale, Time now) {
    Submission out;
    out.id = forms.office().ids.next<SubmissionId>();
    out.form = form.id;
    out.number = token.number;
    out.key = token.key;
    out.reference = new_reference();
    out.locale = locale;
    out.likeness = likeness_of(form.id, definition, answers, forms.page_key());
    out.at = now;
    auto& planned = out.planned;
    auto destination = destination_of(definition, answers);
    planned.mailbox = definition.mailbox;
    planned.team = destination.team;
    planned.priority = destination.priority;
    planned.labels = std::move(destination.labels);
    planned.locale = locale;
    planned.title = words_in(definition.title, locale, definition);
    planned.subject = words_in(definition.title, main_locale(definition), definition);
    auto const used = [&](FormFieldUse use) {
        auto const* field = field_used_as(definition, use);
        return field ? answers.value(field->key.value) : std::string();
    };
    if (auto subject = used(FormFieldUse::subject); !subject.empty()) planned.subject = std::move(subject);
    planned.text = used(FormFieldUse::message);
    planned.name = used(FormFieldUse::sender_name);
    if (EmailAddress address; from_text(used(FormFieldUse::sender_email), address))
        planned.address = std::move(address);
    planned.fields = filled_in(definition, answers);
    planned.fields.push_back({"reference", form.name, out.reference});
    if (definition.consent) {
        FormConsentProof proof{words_in(definition.consent->text, locale, definition), locale, token.number,
                               answers.consented, now};
        planned.fields.push_back({"consent", proof.words, (proof.given ? "✓ " : "✗ ") + to_text(now)});
        out.consent = std::move(proof);
    }
    for (auto const& file : answers.files) planned.files.push_back({file.name, to_base64(file.bytes)});
    planned.values = values_for(definition, answers);
    planned.confirm = definition.confirm.value_or(false);
    return out;
}

void compare(store::Reader& reader, Submission& submission, PageToken const& token, bool tells) {
    submission.key = token.key;
    auto const sent = reader.one<SubmissionRow>(sql::submission_of_key, submission.form, submission.key);
    if (sent && sent->likeness != submission.likeness) {
        constexpr std::size_t enough = 24;
        submission.key += '-' + to_hex(submission.likeness.view()).substr(0, enough);
        submission.reasons.emplace_back("changed");
    }
    auto const since = submission.at - alike_within;
    if (!sent && tells && reader.one<SubmissionId>(sql::like_it, submission.form, submission.likeness, since))
        submission.reasons.emplace_back("repeated");
}

void prepare(Forms& forms, Submission& submission) {
    auto const& office = forms.office();
    if (submission.reasons.empty()) {
        submission.arrival = conversation::prepare_arrival(office, arrival_of(submission, submission.at));
        return;
    }
    auto const key = random_key();
    submission.wrapped_key = store::Blob{office.keyring.wrap(key)};
    submission.box = office.blobs.prepare(json::encode(submission.planned), key);
    auto const& address = submission.planned.address;
    submission.writer = writer_digest(forms, address ? address->value : std::string());
}

Expected<Submitted> submit(store::Tx& tx, Forms& forms, Submission const& submission) {
    bool const held = !submission.reasons.empty();
    auto const content = submission.box ? std::optional(submission.box->address) : std::nullopt;
    auto const state = held ? SubmissionState::held : SubmissionState::entered;
    auto const known = tx.one<SubmissionRow>(sql::submission_of_key, submission.form, submission.key);
    if (held && !known && tx.one<std::int64_t>(sql::count_submissions, submission.form, state).value_or(0) >= most_held)
        return fail(ErrorKind::limited, "too_many_held", "Too many submissions of this form wait to be looked at.");
    bool const first = tx.changed(sql::insert_submission, submission.id, submission.form, submission.number,
                                  submission.key, submission.reference, state, joined(submission.reasons),
                                  submission.locale, proof_of(submission.consent), submission.likeness, submission.at,
                                  submission.wrapped_key, content, submission.writer) == 1;
    if (!first) {
        auto const there = tx.one<SubmissionRow>(sql::submission_of_key, submission.form, submission.key);
        if (!there) return no_such_submission();
        if (there->likeness != submission.likeness)
            return fail(ErrorKind::conflict, "sent_meanwhile", "The same page was sent with other words just now.");
        return Submitted{there->reference, true};
    }
    if (!held) {
        auto const done = enter(tx, forms, form_actor(), submission, state, submission.at);
        if (!done) return fail(done.error());
        return Submitted{submission.reference};
    }
    forms.office().blobs.keep(tx, *submission.box);
    tell(tx, form_actor(), submission, "form.held", submission.at, {{"reasons", joined(submission.reasons)}});
    return Submitted{submission.reference};
}

// ---- what is held

Expected<std::shared_ptr<Release const>> prepare_release(store::Reader& reader, Forms& forms, SubmissionId id,
                                                         Time now) {
    auto const row = reader.one<SubmissionRow>(sql::find_submission, id);
    if (!row) return no_such_submission();
    auto planned = held_of(reader, forms.office(), *row);
    if (!planned) return fail(planned.error());
    auto made = std::make_shared<Release>();
    auto& submission = made->submission;
    submission.id = id;
    submission.form = row->form;
    submission.number = row->number;
    submission.key = row->key;
    submission.reference = row->reference;
    submission.locale = row->locale;
    submission.at = row->at;
    submission.planned = std::move(*planned);
    submission.may_confirm = true;
    submission.arrival = conversation::prepare_arrival(forms.office(), arrival_of(submission, now));
    return made;
}

Expected<SubmissionView> release(store::Tx& tx, Forms& forms, Act const& act, Release const& prepared) {
    auto const& submission = prepared.submission;
    auto const row = tx.one<SubmissionRow>(sql::lock_submission, submission.id);
    if (!row) return no_such_submission();
    if (row->state != SubmissionState::held)
        return fail(ErrorKind::conflict, "not_held", "This submission is not held any more.");
    if (row->content) forms.office().blobs.drop(tx, *row->content);
    if (auto const done = enter(tx, forms, act.actor, submission, SubmissionState::released, act.now); !done)
        return fail(done.error());
    people::audit(tx, act, "form.released", to_text(submission.id));
    return find_submission(tx, forms, submission.id);
}

Expected<> discard(store::Tx& tx, Forms& forms, Act const& act, SubmissionId id) {
    auto const row = tx.one<SubmissionRow>(sql::lock_submission, id);
    if (!row) return no_such_submission();
    if (row->state != SubmissionState::held)
        return fail(ErrorKind::conflict, "not_held", "This submission is not held any more.");
    discard_row(tx, forms, *row, act.now);
    tell_discarded(tx, act.actor, *row, act.now);
    people::audit(tx, act, "form.discarded", to_text(id));
    return {};
}

std::size_t discard_old(store::Tx& tx, Forms& forms, Time now) {
    auto const old = tx.all<SubmissionRow>(sql::old_held, now - keep_held);
    for (auto const& row : old) {
        discard_row(tx, forms, row, now);
        tell_discarded(tx, form_actor(), row, now);
    }
    return old.size();
}

std::int64_t erase_submissions(store::Tx& tx, Forms& forms, Act const& act,
                               std::vector<ConversationId> const& conversations,
                               std::vector<EmailAddress> const& addresses) {
    Digest const nothing{};
    for (auto const id : conversations) tx.exec(sql::erase_likeness_of, id, nothing);
    if (addresses.empty()) return 0;
    std::vector<SubmissionRow> rows;
    std::vector<std::string> folded;
    for (auto const& one : addresses) {
        folded.push_back(ascii_lower(one.value));
        for (auto& row : tx.all<SubmissionRow>(sql::held_of_writer, writer_digest(forms, one.value)))
            rows.push_back(std::move(row));
    }
    for (auto& row : tx.all<SubmissionRow>(sql::held_of_anybody)) {
        auto const held = held_of(tx, forms.office(), row);
        if (held && held->address && std::ranges::find(folded, ascii_lower(held->address->value)) != folded.end())
            rows.push_back(std::move(row));
    }
    for (auto const& row : rows) {
        discard_row(tx, forms, row, act.now);
        tx.exec(sql::erase_likeness, row.id, nothing);
        tell_discarded(tx, act.actor, row, act.now);
    }
    return static_cast<std::int64_t>(rows.size());
}

Expected<net::Page<SubmissionView>> list_submissions(store::Reader& reader, Forms& forms, FormId id,
                                                     SubmissionQuery const& query) {
    if (query.limit < 1 || query.limit > 100)
        return fail(ErrorKind::invalid, "invalid_fields", "This page would be too large.",
                    {{"/limit", "from 1 to 100", "choose a smaller number"}});
    SubmissionId before{std::numeric_limits<std::int64_t>::max()};
    if (!query.after.empty() && !from_text(query.after, before))
        return fail(ErrorKind::invalid, "bad_cursor", "This list does not go on there.");
    if (!reader.one<FormRow>(sql::find_form, id))
        return fail(ErrorKind::not_found, "not_found", "There is no such form.");
    auto const state = query.state.value_or(SubmissionState::held);
    auto rows = reader.all<SubmissionRow>(sql::list_submissions, id, state, before, std::int64_t{query.limit} + 1);
    net::Page<SubmissionView> page;
    bool const more = rows.size() > static_cast<std::size_t>(query.limit);
    if (more) rows.pop_back();
    for (auto const& row : rows) page.items.push_back(view_of(reader, forms, row));
    if (more) page.next = to_text(rows.back().id);
    return page;
}

Expected<SubmissionView> find_submission(store::Reader& reader, Forms& forms, SubmissionId id) {
    auto const row = reader.one<SubmissionRow>(sql::find_submission, id);
    if (!row) return no_such_submission();
    return view_of(reader, forms, *row);
}

}  // namespace rapport::forms
