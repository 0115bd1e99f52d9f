// submit: takes one or several deliveries, all or nothing. Everything is checked, encrypted and sealed on a read
// snapshot; the transaction only appends, so that it joins the group commit (and PostgreSQL's pipeline).
#include "delivery/submit.hpp"

#include <algorithm>

#include "delivery/file_types.hpp"
#include "delivery/pages.hpp"
#include "delivery/records.hpp"
#include "delivery/sql.hpp"
#include "store/keyring.hpp"

namespace rapport::delivery {
namespace {

// A build for bench/submit.py alone measures what evidence costs. What it stores, fsck refuses.
#ifdef RAPPORT_BENCHMARK_WITHOUT_EVIDENCE
constexpr bool with_evidence = false;
#else
constexpr bool with_evidence = true;
#endif

struct UploadRow {
    FileId id;
    store::Blob name;
    std::string media_type;
    std::int64_t size = 0;
    Digest sha256;
    Digest blob;
    store::Blob wrapped_key;
};
BOOST_DESCRIBE_STRUCT(UploadRow, (), (id, name, media_type, size, sha256, blob, wrapped_key))

struct RequestRow {
    Digest hash;
    std::string submissions;
    std::int64_t batch = 0;
};
BOOST_DESCRIBE_STRUCT(RequestRow, (), (hash, submissions, batch))

std::string caller_of(Actor const& actor) {
    return std::to_string(static_cast<int>(actor.kind)) + ':' + std::to_string(actor.id);
}

std::vector<SubmissionId> ids_from(std::string_view text) {
    std::vector<SubmissionId> ids;
    while (!text.empty()) {
        auto const end = std::min(text.find(' '), text.size());
        SubmissionId id;
        if (from_text(text.substr(0, end), id)) ids.push_back(id);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return ids;
}

// The answer as it was given the first time, whatever became of the deliveries since.
std::vector<SubmissionView> answer_again(store::Reader& reader, Office const& office, RequestRow const& request) {
    std::vector<SubmissionView> views;
    for (auto const id : ids_from(request.submissions)) {
        SubmissionView view{id, {}};
        for (auto row : reader.all<DeliveryRow>(sql::of_submission, id)) {
            row.state = State::submitted;
            row.changed_at = row.submitted_at;
            row.evidence_count = row.kind == Kind::registered ? 1 : 0;
            view.deliveries.push_back(summary_of(office, row));
        }
        views.push_back(std::move(view));
    }
    return views;
}

// One request on its way to a plan.
struct Planner {
    store::Reader& reader;
    Office const& office;
    SubmitRequest const& request;
    Time now;
    Faults faults;
    PlannedSubmission planned;
    people::FoundCustomers known{};  // of every address that the request names

    std::string at(std::size_t index) const {
        return request.batch ? "/deliveries/" + std::to_string(index) : std::string();
    }
    std::optional<PlannedFile> file(NewFile const& wanted, std::string const& here);
    std::optional<PlannedFile> uploaded(FileId id, std::string const& here);
    std::optional<PlannedFile> inline_file(NewFile const& wanted, std::string const& here);
    void delivery(std::size_t index);
    void all();
    std::vector<CustomerId> known_customers() const;
    std::optional<Composed> compose(NewDelivery const& wanted, PlannedRecipient const& recipient,
                                    std::string const& here);
    Expected<PlannedDelivery> one(NewDelivery const& wanted, PlannedRecipient const& recipient,
                                  std::optional<Composed> const& composed, std::vector<PlannedFile> const& files,
                                  SubmissionId submission);
    std::optional<Error> broken;
};

std::optional<PlannedFile> Planner::uploaded(FileId id, std::string const& here) {
    auto const row =
        reader.one<UploadRow>(sql::find_upload, id, static_cast<int>(request.actor.kind), request.actor.id, now);
    if (!row) {
        faults.add(here + "/file", "must be a file that you uploaded and have not sent yet",
                   "upload it again: POST /v1/files");
        return std::nullopt;
    }
    auto const key = office.keyring.unwrap(row->wrapped_key.bytes);
    if (!key) {
        broken = key.error();
        return std::nullopt;
    }
    auto const name = open(*key, row->name.bytes, "delivery.upload");
    if (!name) {
        broken = name.error();
        return std::nullopt;
    }
    if (std::ranges::find(planned.uploads, id) == planned.uploads.end()) planned.uploads.push_back(id);
    return PlannedFile{*name, row->media_type, row->size, row->sha256, *key, row->blob, std::nullopt, id};
}

std::optional<PlannedFile> Planner::inline_file(NewFile const& wanted, std::string const& here) {
    auto const bytes = from_base64(*wanted.data);
    if (!bytes) {
        faults.add(here + "/data", "must be base64 (RFC 4648 section 4)",
                   "encode the file's bytes, with padding and without line breaks");
        return std::nullopt;
    }
    if (static_cast<std::int64_t>(bytes->size()) > office.settings.most_file_bytes) {
        faults.add(here + "/data", "must be at most " + std::to_string(office.settings.most_file_bytes) + " bytes",
                   "send a smaller file");
        return std::nullopt;
    }
    if (auto fault =
            file_fault(wanted.name->value, wanted.media_type->value, *bytes, office.settings.forbid_programs)) {
        faults.add(here, fault->rule, fault->fix);
        return std::nullopt;
    }
    PlannedFile file{wanted.name->value,
                     wanted.media_type->value,
                     static_cast<std::int64_t>(bytes->size()),
                     sha256(*bytes),
                     random_key(),
                     {},
                     std::nullopt,
                     std::nullopt};
    file.fresh = office.blobs.prepare(*bytes, file.key);
    file.blob = file.fresh->address;
    return file;
}

std::optional<PlannedFile> Planner::file(NewFile const& wanted, std::string const& here) {
    if (wanted.file) return uploaded(*wanted.file, here);
    return inline_file(wanted, here);
}

std::optional<Composed> Planner::compose(NewDelivery const& wanted, PlannedRecipient const& recipient,
                                         std::string const& here) {
    auto made = wanted.compose({recipient.customer, recipient.name, recipient.email, recipient.locale});
    if (made) return std::move(*made);
    for (auto const& field : made.error().fields) faults.add(field.pointer, field.rule, field.fix);
    if (made.error().fields.empty()) faults.add(here, made.error().text, "correct it");
    return std::nullopt;
}

Expected<PlannedDelivery> Planner::one(NewDelivery const& wanted, PlannedRecipient const& recipient,
                                       std::optional<Composed> const& composed, std::vector<PlannedFile> const& files,
                                       SubmissionId submission) {
    auto const& subject = composed ? composed->words.subject : wanted.subject.value;
    auto const& text = composed ? composed->words.text : wanted.text.value;
    PlannedDelivery made;
    auto& row = made.row;
    auto const key = random_key();
    row.id = office.ids.next<DeliveryId>();
    row.submission = submission;
    row.kind = wanted.kind;
    row.state = State::submitted;
    row.customer = recipient.customer.value_or(CustomerId{});
    made.new_customer = !recipient.customer;
    row.recipient_name = recipient.name;
    row.recipient_email = recipient.email.value;
    if (recipient.code_email) row.code_email = recipient.code_email->value;
    row.locale = recipient.locale;
    row.assurance = assurance_of(wanted);
    if (wanted.reference) row.reference = wanted.reference->value;
    row.sender_kind = static_cast<std::int64_t>(request.actor.kind);
    row.sender_id = request.actor.id;
    row.submitted_at = row.changed_at = now;
    bool const registered = wanted.kind == Kind::registered;
    if (registered)
        row.accept_until = wanted.accept_until.value_or(now + office.settings.default_deadline) +
                           (composed ? composed->postponed : Duration::zero());
    row.evidence_count = registered && with_evidence ? 1 : 0;
    row.files = static_cast<std::int64_t>(files.size());
    row.wrapped_key = store::Blob{office.keyring.wrap(key)};
    Names names{subject, {}};
    for (auto const& file : files) {
        names.files.push_back(file.name);
        made.files.push_back({row.id, static_cast<int>(made.files.size()) + 1, file.blob,
                              store::Blob{wrap_key(key, file.key)}, file.media_type, file.size, file.sha256,
                              std::nullopt});
    }
    row.names = store::Blob{seal_names(key, row.id, names)};
    auto const message = composed && !registered ? kept_recipe(composed->recipe) : message_of(subject, text);
    row.message_digest = sha256(message);
    row.message_size = static_cast<std::int64_t>(message.size());
    made.message = office.blobs.prepare(message, key);
    row.message_blob = made.message.address;
    made.subject = subject;
    made.letter = {to_text(row.id),
                   registered ? "notification" : "notice",
                   recipient.email,
                   recipient.locale,
                   registered ? "notification" : "",  // the words of a plain notice stay here (letters.cpp)
                   {},
                   row.accept_until,
                   request.batch ? post::Priority::bulk : post::Priority::normal};
    if (composed) {
        made.letter.stream = composed->stream;
        made.letter.not_before = composed->not_before;
        made.letter.unsubscribe_url = composed->unsubscribe_url;
        made.letter.list = composed->list;
    }
    if (!registered) return made;
    if (!request.sender.proof.empty()) made.sender_record = store::Blob{seal_record(key, row.id, request.sender.proof)};
    made.letter.data["organisation"] = office.settings.organisation;
    if (!recipient.name.empty()) made.letter.data["name"] = recipient.name;
    auto const token = new_link_token(row.id);
    row.token_hash = sha256(token);
    made.letter.data["link"] = office.settings.public_url + "/p/" + token;
    made.letter.data["accept_until"] = date_for_people(*row.accept_until, row.locale);
    if (!with_evidence) return made;
    auto about = statement_about(office, row, made.files);
    about.sender.authentication = request.sender.authentication;
    if (request.actor.kind == ActorKind::api_key)
        about.sender.authentication = evidence::Authentication{
            std::string(evidence::assurance::account), std::string(evidence::method::api_key), now, {}};
    for (auto const& d : recipient.delegates)
        made.delegations.push_back({office.ids.next<DelegationId>(), row.customer, row.id, d.name.value, d.email.value,
                                    d.second_email ? std::optional(d.second_email->value) : std::nullopt,
                                    d.locale.value_or(row.locale), request.actor.kind, request.actor.id, now,
                                    d.valid_until.value_or(*row.accept_until + default_delegation), std::nullopt});
    auto sealed = seal_at(office, std::move(about), evidence::EventCode::A1, now, now, Place{});
    if (!sealed) return fail(sealed.error());
    made.evidence = std::move(*sealed);
    return made;
}

void Planner::delivery(std::size_t index) {
    auto const& wanted = request.deliveries[index];
    auto const here = at(index);
    bool const sound = [&] {
        Faults own;
        check_wanted(wanted, here, office.settings, now, own);
        auto const found = own.take();
        for (auto const& f : found) faults.add(f.pointer, f.rule, f.fix);
        return found.empty();
    }();
    if (!sound) return;
    std::vector<PlannedFile> files;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < wanted.files.size(); ++i) {
        auto found = file(wanted.files[i], here + "/files/" + std::to_string(i));
        if (!found) continue;
        total += found->size;
        files.push_back(std::move(*found));
    }
    auto const most =
        wanted.kind == Kind::plain ? office.settings.most_attached_bytes : office.settings.most_delivery_bytes;
    if (total > most)
        faults.add(here + "/files", "must be at most " + std::to_string(most) + " bytes together",
                   wanted.kind == Kind::plain ? "send fewer or smaller files, or send it registered"
                                              : "send fewer or smaller files");
    auto const submission = office.ids.next<SubmissionId>();
    planned.submissions.push_back(submission);
    for (std::size_t i = 0; i < wanted.recipients.size() && !broken; ++i) {
        auto const place = here + "/recipients/" + std::to_string(i);
        auto const recipient =
            find_recipient({reader, office, known, now}, wanted, wanted.recipients[i], place, faults);
        if (!recipient || !faults.empty()) continue;
        auto const composed = wanted.compose ? compose(wanted, *recipient, place) : std::nullopt;
        if (wanted.compose && !composed) continue;  // a fault, or this recipient gets none
        auto made = one(wanted, *recipient, composed, files, submission);
        if (!made) {
            // What the sealer will not sign is the sender's text (control characters and the like).
            broken = made.error();
            return;
        }
        planned.deliveries.push_back(std::move(*made));
    }
    for (auto& file : files)
        if (file.fresh) planned.blobs.push_back(std::move(*file.fresh));
}

// The step-up rule: what demands a surely identified recipient comes from a sender who is known as surely.
Expected<> sender_is_sure_enough(Office const& office, SubmitRequest const& request) {
    if (!office.settings.sender_step_up) return {};
    for (auto const& wanted : request.deliveries) {
        auto const level = assurance_of(wanted);
        if (wanted.kind != Kind::registered || level < Assurance::substantial) continue;
        if (!request.sender.level || *request.sender.level < level)
            return fail(ErrorKind::forbidden, "sender_assurance_too_low",
                        "Deliveries at this level are sent only by an agent who has signed in through an identity "
                        "provider at this level: sign in so, and send again. API keys cannot.");
    }
    return {};
}

std::size_t recipients_of(SubmitRequest const& request) {
    std::size_t sum = 0;
    for (auto const& wanted : request.deliveries) sum += wanted.recipients.size();
    return sum;
}

std::vector<CustomerId> Planner::known_customers() const {
    std::vector<CustomerId> customers;
    for (auto const& wanted : request.deliveries)
        for (auto const& recipient : wanted.recipients) {
            auto const* found = recipient.email ? people::find_in(known, *recipient.email) : nullptr;
            if (recipient.customer)
                customers.push_back(*recipient.customer);
            else if (found)
                customers.push_back(found->id);
        }
    return customers;
}

void Planner::all() {
    std::vector<EmailAddress> addresses;
    for (auto const& wanted : request.deliveries)
        for (auto const& recipient : wanted.recipients)
            if (recipient.email) addresses.push_back(*recipient.email);
    known = people::customers_of(reader, addresses);
    if (request.meet) request.meet(known_customers());
    for (std::size_t i = 0; i < request.deliveries.size() && !broken; ++i) delivery(i);
}

Error wrong_fields(Faults& faults) {
    return {ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields. Nothing was stored.",
            faults.take(), 0};
}

void write_one(store::Tx& tx, Office const& office, PlannedDelivery const& d, CustomerId customer, Actor const& actor,
               Time at) {
    auto const& r = d.row;
    tx.exec(sql::insert_delivery, r.id, r.submission, r.kind, r.state, customer, r.recipient_name, r.recipient_email,
            r.code_email, r.locale, r.assurance, r.reference, r.sender_kind, r.sender_id, r.submitted_at,
            r.accept_until, r.changed_at, r.evidence_count, r.files, r.token_hash, r.message_blob, r.message_size,
            r.message_digest, r.wrapped_key, r.names);
    if (d.message.body)
        tx.exec(sql::insert_message, r.id, store::BlobView{*d.message.body});
    else
        office.blobs.keep(tx, d.message);
    for (auto const& f : d.files)
        tx.exec(sql::insert_file, f.delivery, f.number, f.blob, f.wrapped_key, f.media_type, f.size, f.sha256);
    if (d.evidence) keep_evidence(tx, office, *d.evidence, r.id, at);
    for (auto one : d.delegations) {
        one.customer = customer;
        keep_delegation(tx, one);
    }
    post::enqueue(tx, d.letter, at);
    count(tx, r.kind, r.state, 1);
    store::Event event;
    event.at = at;
    event.kind = event_kind(Verb::submit);
    event.subject = to_text(r.id);
    event.customer = customer.value;
    event.actor_kind = actor.kind;
    event.actor_id = actor.id;
    event.data["verb"] = "submit";
    event.data["state"] = "submitted";
    if (d.evidence) event.data["evidence"] = "A1";
    tx.publish(std::move(event));
}

// The customers whom the plan did not find, in the order of their deliveries.
std::vector<CustomerId> make_customers(store::Tx& tx, PlannedSubmission const& planned) {
    std::vector<people::WantedCustomer> wanted;
    for (auto const& d : planned.deliveries)
        if (d.new_customer) wanted.push_back({EmailAddress{d.row.recipient_email}, d.row.recipient_name, d.row.locale});
    return people::customers_for(tx, wanted, planned.at, planned.actor);
}

std::string joined(std::vector<SubmissionId> const& ids) {
    std::string text;
    for (auto const id : ids) text += (text.empty() ? "" : " ") + to_text(id);
    return text;
}

}  // namespace

Expected<std::shared_ptr<PlannedSubmission const>> plan_submission(store::Reader& reader, Office const& office,
                                                                   SubmitRequest const& request, Time now) {
    Planner planner{reader, office, request, now, {}, {}, {}, {}};
    auto& planned = planner.planned;
    planned.actor = request.actor;
    planned.at = now;
    planned.sender_record = sha256(request.sender.proof);
    planned.caller = caller_of(request.actor);
    planned.key = request.key;
    planned.hash = request.hash;
    planned.batch = request.batch;
    if (request.key) {
        if (auto const known = reader.one<RequestRow>(sql::find_request, planned.caller, *request.key)) {
            if (known->hash != request.hash)
                return fail(
                    ErrorKind::conflict, "idempotency_key_reused",
                    "This Idempotency-Key came before with another content. Use a new key for a new submission.");
            planned.answered = answer_again(reader, office, *known);
            return std::make_shared<PlannedSubmission const>(std::move(planned));
        }
    }
    if (auto const allowed = sender_is_sure_enough(office, request); !allowed) return fail(allowed.error());
    if (request.deliveries.empty())
        planner.faults.add("/deliveries", "must hold at least one delivery", "add a delivery");
    if (request.deliveries.size() > office.settings.most_batch)
        planner.faults.add("/deliveries",
                           "must hold at most " + std::to_string(office.settings.most_batch) + " deliveries",
                           "divide the batch");
    else if (recipients_of(request) > office.settings.most_batch)  // one delivery each, all in one transaction
        planner.faults.add("/deliveries",
                           "must name at most " + std::to_string(office.settings.most_batch) + " recipients together",
                           "divide the batch");
    else
        planner.all();
    if (planner.broken) return fail(*planner.broken);
    if (!planner.faults.empty()) return fail(wrong_fields(planner.faults));
    return std::make_shared<PlannedSubmission const>(std::move(planned));
}

Expected<std::vector<SubmissionView>> commit(store::Tx& tx, Office const& office, PlannedSubmission const& planned) {
    if (planned.answered) return *planned.answered;
    // First: of two requests with one key at once, the later one is answered as the earlier one was.
    if (planned.key)
        tx.exec(sql::insert_request, planned.caller, *planned.key, planned.hash, joined(planned.submissions),
                planned.batch, planned.at);
    for (auto const upload : planned.uploads)
        if (tx.changed(sql::take_upload, upload) == 0)
            return fail(ErrorKind::conflict, "file_taken",
                        "A file of this submission was sent with another one in the meantime; upload it again.");
    for (auto const& blob : planned.blobs) office.blobs.keep(tx, blob);
    std::vector<SubmissionView> views;
    for (auto const id : planned.submissions) views.push_back({id, {}});
    auto const made = make_customers(tx, planned);
    auto next_made = made.begin();
    std::size_t view = 0;
    for (auto const& d : planned.deliveries) {
        auto row = d.row;
        if (d.new_customer) row.customer = *next_made++;
        write_one(tx, office, d, row.customer, planned.actor, planned.at);
        if (d.sender_record) tx.exec(sql::keep_record, row.id, planned.sender_record, d.sender_record, planned.at);
        while (views[view].submission != row.submission) ++view;
        views[view].deliveries.push_back({row.id,
                                          row.submission,
                                          row.kind,
                                          row.state,
                                          d.subject,
                                          {row.customer, row.recipient_name, row.recipient_email},
                                          row.locale,
                                          row.assurance,
                                          row.submitted_at,
                                          row.accept_until,
                                          row.changed_at,
                                          row.reference,
                                          row.evidence_count,
                                          false});
    }
    return views;
}

}  // namespace rapport::delivery
