// Rows, keys, names, and the parts of evidence that all verbs share.
#include "delivery/row.hpp"

#include "base/crypto.hpp"
#include "delivery/sql.hpp"
#include "evidence/log.hpp"
#include "store/keyring.hpp"

namespace rapport::delivery {
namespace {
// Binds a box to its row, so that boxes cannot be swapped.
std::string names_bound(DeliveryId id) { return "delivery.names:" + std::to_string(id.value); }

constexpr std::size_t id_octets = 8, secret_octets = 24;
}  // namespace

std::optional<DeliveryRow> find_row(store::Reader& reader, DeliveryId id) {
    return reader.one<DeliveryRow>(sql::find_delivery, id);
}

std::vector<FileRow> files_of(store::Reader& reader, DeliveryId id) { return reader.all<FileRow>(sql::files_of, id); }

Error no_such_delivery() { return {ErrorKind::not_found, "not_found", "There is no such delivery.", {}, 0}; }
Error content_erased() {
    return {ErrorKind::gone, "content_erased", "The content of this delivery was erased; its evidence remains.", {}, 0};
}

Bytes seal_names(Key256 const& key, DeliveryId id, Names const& names) {
    std::string plain = names.subject;  // NUL divides: texts are checked to hold none
    for (auto const& file : names.files) plain += '\0' + file;
    return seal(key, plain, names_bound(id));
}

Expected<Names> open_names(Key256 const& key, DeliveryId id, ByteView box) {
    auto const plain = open(key, box, names_bound(id));
    if (!plain) return fail(plain.error());
    Names names;
    std::string_view rest = *plain;
    for (bool first = true;; first = false) {
        auto const end = rest.find('\0');
        (first ? names.subject : names.files.emplace_back()) = rest.substr(0, end);
        if (end == std::string_view::npos) return names;
        rest.remove_prefix(end + 1);
    }
}

Expected<Key256> key_of(Office const& office, std::optional<store::Blob> const& wrapped) {
    if (!wrapped) return fail(content_erased());
    auto key = office.keyring.unwrap(wrapped->bytes);
    if (!key)
        return fail(ErrorKind::unavailable, "key_damaged",
                    "The content's key does not open with this installation's master key: an operator must look.");
    return key;
}

std::string message_of(std::string_view subject, std::string_view text) {
    std::string message;
    message.reserve(subject.size() + text.size() + 2);
    message.append(subject).append("\n\n").append(text);
    return message;
}

std::string text_of(std::string_view message) {
    auto const end = message.find("\n\n");
    return std::string(end == std::string_view::npos ? message : message.substr(end + 2));
}

namespace {
constexpr std::string_view recipe_mark = "\x01recipe\n";  // no text holds this control character
}

std::string kept_recipe(json::Object const& recipe) { return std::string(recipe_mark) + json::encode(recipe); }

std::optional<json::Object> recipe_in(std::string_view message) {
    if (!message.starts_with(recipe_mark)) return std::nullopt;
    auto const value = json::parse(message.substr(recipe_mark.size()));
    if (!value || !value->is_object()) return std::nullopt;
    return value->get_object();
}

std::string new_link_token(DeliveryId id) {
    auto number = static_cast<std::uint64_t>(id.value);
    Bytes token = random_bytes(id_octets + secret_octets);
    for (std::size_t i = id_octets; i-- > 0; number >>= 8) token[i] = static_cast<char>(number & 0xff);
    return to_base64url(token);
}

std::optional<DeliveryId> delivery_in_link(std::string_view token) {
    auto const bytes = from_base64url(token);
    if (!bytes || bytes->size() != id_octets + secret_octets) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < id_octets; ++i) number = number << 8 | static_cast<unsigned char>((*bytes)[i]);
    return DeliveryId{static_cast<std::int64_t>(number)};
}

Place next_place(store::Reader& reader, DeliveryId id) {
    auto const end = evidence::chain_end(reader, id.value);
    return {end.next_number, end.previous};
}

std::string_view level_uri(Assurance level) {
    switch (level) {
        case Assurance::basic:
            return evidence::assurance::basic;
        case Assurance::low:
            return evidence::assurance::low;
        case Assurance::substantial:
            return evidence::assurance::substantial;
        case Assurance::high:
            return evidence::assurance::high;
    }
    return evidence::assurance::basic;
}

evidence::Authentication authentication_of(Assertion const& who) {
    // What others vouch for is eIDAS low; what a code to an address proves has a name of ours.
    bool const by_others =
        who.method == evidence::method::openid_connect || who.method == evidence::method::certificate;
    auto const level = by_others && who.level == Assurance::low ? evidence::assurance::eidas_low : level_uri(who.level);
    return {std::string(level), who.method, who.time, who.record};
}

void name_identified(evidence::Statement& about, Assertion const& who) {
    if (!who.proof.empty()) about.facts.push_back({"identity-assertion-sha256", who.proof});
    if (!who.delegate) {
        about.recipient.authentication = authentication_of(who);
        return;
    }
    about.delegate = evidence::Party{who.delegate->name, who.delegate->email, "email", authentication_of(who),
                                     evidence::PartyKind::person};
    about.facts.push_back({"delegation", who.delegate->delegation});
}

evidence::Statement statement_about(Office const& office, DeliveryRow const& row, std::vector<FileRow> const& files) {
    evidence::Statement about;
    auto const& settings = office.settings;
    about.sender = {settings.organisation, settings.organisation_identifier, settings.organisation_identifier_scheme,
                    std::nullopt, evidence::PartyKind::organisation};
    about.recipient = {row.recipient_name.empty() ? row.recipient_email : row.recipient_name, row.recipient_email,
                       "email", std::nullopt, evidence::PartyKind::person};
    about.submission_time = row.submitted_at;
    about.message_identifier = to_text(row.id);
    about.app_identifier = row.reference.value_or("");
    // File names are content: they are erased with it, so evidence numbers the parts instead.
    about.parts.push_back({"message", std::string(message_type), row.message_digest});
    for (auto const& file : files)
        about.parts.push_back({"file-" + std::to_string(file.number), file.media_type, file.sha256});
    return about;
}

Expected<evidence::Sealed> seal_at(Office const& office, evidence::Statement statement, evidence::EventCode event,
                                   Time event_time, Time now, Place const& place) {
    statement.id = office.ids.next<evidence::EvidenceId>();
    statement.event = event;
    statement.event_time = event_time;
    statement.number = place.number;
    statement.previous = place.previous;
    return office.sealer.seal(statement, now);
}

Expected<evidence::Sealed> seal_next(Office const& office, evidence::Statement statement, evidence::EventCode event,
                                     Time event_time, Time now, Place& place) {
    auto sealed = seal_at(office, std::move(statement), event, event_time, now, place);
    if (!sealed) return sealed;
    place.number += 1;
    place.previous = sha256(sealed->xml);
    return sealed;
}

Error refused_by_deadline() {
    return {ErrorKind::conflict, "deadline_passed", "The deadline for acceptance or refusal has passed.", {}, 0};
}

Expected<> may_decide(DeliveryRow const& row, Assertion const& who, Time now) {
    if (row.accept_until && now >= *row.accept_until) return fail(refused_by_deadline());
    if (who.level < row.assurance)
        return fail(ErrorKind::forbidden, "assurance_too_low", "The sender requires a surer identification.");
    return {};
}

json::Object assertion_json(Assertion const& who) {
    json::Object object;
    object["level"] = json::enum_name(who.level);
    object["method"] = who.method;
    object["time"] = to_text(who.time);
    object["record_sha256"] = to_hex(who.record.view());
    if (!who.proof.empty()) object["proof"] = who.proof;
    if (who.delegate)
        object["delegate"] = {
            {"delegation", who.delegate->delegation}, {"name", who.delegate->name}, {"email", who.delegate->email}};
    return object;
}

std::optional<Assertion> assertion_from(json::Object const& object) {
    auto const text = [&](std::string_view name) -> std::string {
        auto const* value = object.if_contains(name);
        return value && value->is_string() ? std::string(std::string_view(value->get_string())) : std::string();
    };
    auto const level = json::enum_from<Assurance>(text("level"));
    auto const time = time_from_text(text("time"));
    if (!level || !time) return std::nullopt;
    // Versions before 0007 kept the record itself here.
    auto const hex = from_hex(text("record_sha256"));
    auto const record = hex ? Digest::from(*hex) : std::nullopt;
    Assertion who{*level, text("method"), *time, record.value_or(sha256(text("record"))), text("proof")};
    if (auto const* found = object.if_contains("delegate"); found && found->is_object()) {
        auto const& delegate = found->get_object();
        auto const part = [&](std::string_view name) {
            return std::string(std::string_view(delegate.at(name).as_string()));
        };
        who.delegate = DelegateParty{part("delegation"), part("name"), part("email")};
    }
    return who;
}

Expected<Move> begin_move(DeliveryRow const& row, Verb verb, Actor actor, Time now) {
    auto const* step = transition(row.kind, row.state, verb);
    if (!step) return fail(not_allowed(row.state, verb));
    Move move;
    move.delivery = row.id;
    move.kind = row.kind;
    move.from = row.state;
    move.to = step->to.value_or(row.state);
    move.seen_evidence = row.evidence_count;
    move.seen_changed_at = row.changed_at;
    move.at = now;
    move.actor = std::move(actor);
    move.customer = row.customer.value;
    move.steps.push_back(step);
    return move;
}

Expected<> add_step(Move& move, Verb verb) {
    auto const* step = transition(move.kind, move.to, verb);
    if (!step) return fail(not_allowed(move.to, verb));
    move.to = step->to.value_or(move.to);
    move.steps.push_back(step);
    return {};
}

}  // namespace rapport::delivery
