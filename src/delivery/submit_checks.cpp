// The rules of a submission: what each wrong field is told. Nothing is stored by a submission that breaks one.
#include <set>

#include "delivery/submit.hpp"
#include "delivery/ways.hpp"
#include "people/merged.hpp"

namespace rapport::delivery {
namespace {

std::string days_or_minutes(Duration d) {
    auto const minutes = std::chrono::duration_cast<std::chrono::minutes>(d).count();
    if (minutes >= 2 * 24 * 60) return std::to_string(minutes / 60 / 24) + " days";
    return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
}

// What stands in a line of its own: in mails' headers, lists, evidence; and the subject ends where the text begins.
void check_one_line(std::optional<std::string_view> text, std::string pointer, Faults& faults) {
    if (text && text->find_first_of("\n\r\t") != std::string_view::npos)
        faults.add(std::move(pointer), "must be one line without tabs", "replace line breaks and tabs by spaces");
}

void check_recipients(NewDelivery const& wanted, std::string const& at, DeliverySettings const& settings,
                      Faults& faults) {
    auto const& recipients = wanted.recipients;
    if (recipients.empty()) faults.add(at + "/recipients", "must name at least one recipient", "add a recipient");
    if (recipients.size() > settings.most_recipients)
        faults.add(at + "/recipients", "must name at most " + std::to_string(settings.most_recipients) + " recipients",
                   "divide them into several submissions");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < recipients.size() && i < settings.most_recipients; ++i) {
        auto const& r = recipients[i];
        auto const here = at + "/recipients/" + std::to_string(i);
        if (r.customer.has_value() == r.email.has_value())
            faults.add(here, "must have either a customer or an email", "name one of the two");
        if (r.customer && r.name)
            faults.add(here + "/name", "stands with an email only", "remove it; the customer's name is used");
        if (r.name) check_one_line(r.name->value, here + "/name", faults);
        auto const who = r.customer ? to_text(*r.customer) : r.email ? ascii_lower(r.email->value) : std::string();
        if (!who.empty() && !seen.insert(who).second)
            faults.add(here, "must not be named twice", "remove this recipient");
    }
}

void check_deadline(NewDelivery const& wanted, std::string const& at, DeliverySettings const& settings, Time now,
                    Faults& faults) {
    if (!wanted.accept_until) return;
    auto const here = at + "/accept_until";
    if (wanted.kind == Kind::plain) {
        faults.add(here, "stands with a registered delivery only", "remove it, or send it registered");
    } else if (*wanted.accept_until <= now) {
        faults.add(here, "must lie in the future", "choose a later deadline, or leave it out");
    } else if (*wanted.accept_until < now + settings.least_deadline) {
        faults.add(here, "must lie at least " + days_or_minutes(settings.least_deadline) + " ahead",
                   "choose a later deadline");
    } else if (*wanted.accept_until > now + settings.most_deadline) {
        faults.add(here, "must lie at most " + days_or_minutes(settings.most_deadline) + " ahead",
                   "choose an earlier deadline");
    }
}

void check_files(NewDelivery const& wanted, std::string const& at, DeliverySettings const& settings, Faults& faults) {
    auto const& files = wanted.files;
    if (files.size() > settings.most_files)
        faults.add(at + "/files", "must be at most " + std::to_string(settings.most_files) + " files",
                   "put several into one ZIP file");
    for (std::size_t i = 0; i < files.size() && i < settings.most_files; ++i) {
        auto const& f = files[i];
        auto const here = at + "/files/" + std::to_string(i);
        if (f.file.has_value() == f.data.has_value())
            faults.add(here, "must have either file (an upload) or data (base64)", "name one of the two");
        if (f.data && !f.name) faults.add(here + "/name", "is required with data", "add the file's name");
        if (f.data && !f.media_type)
            faults.add(here + "/media_type", "is required with data", "add the file's media type");
        if (f.file && (f.name || f.media_type))
            faults.add(here, "takes name and media type from the upload", "remove name and media_type");
    }
}

std::optional<EmailAddress> other_address(std::vector<people::Address> const& addresses, EmailAddress const& link) {
    auto const differs = [&](people::Address const& a) { return ascii_lower(a.value) != ascii_lower(link.value); };
    for (auto const& a : addresses)
        if (a.verified_at && differs(a)) return a.email();
    for (auto const& a : addresses)
        if (differs(a)) return a.email();
    return std::nullopt;
}

void check_delegates(NewDelivery const& wanted, NewRecipient const& recipient, std::string const& at, Time now,
                     Faults& faults) {
    auto const& all = recipient.delegates;
    if (all.empty()) return;
    if (wanted.kind == Kind::plain)
        faults.add(at + "/delegates", "stand with a registered delivery only", "remove them, or send it registered");
    if (all.size() > most_delegations)
        faults.add(at + "/delegates", "must be at most " + std::to_string(most_delegations), "name fewer");
    for (std::size_t i = 0; i < all.size() && i < most_delegations; ++i) {
        auto const here = at + "/delegates/" + std::to_string(i);
        check_one_line(all[i].name.value, here + "/name", faults);
        if (auto wrong = wrong_end(all[i].valid_until, here + "/valid_until", now))
            faults.add(wrong->pointer, wrong->rule, wrong->fix);
    }
}

// Is there a way that reaches the level, and one that could recognise this recipient?
void check_reach(LookUp const& search, PlannedRecipient const& found, Assurance level, std::string const& at,
                 Faults& faults) {
    auto const* const ways = search.office.ways.get();
    std::string const name(json::enum_name(level));
    auto const highest = ways ? ways->highest() : std::nullopt;
    if (!highest || *highest < level) {
        // The recipients share the delivery's level: the fault is there.
        auto const delivery = at.substr(0, at.rfind("/recipients"));
        faults.add(delivery + "/assurance", "must be a level that this installation can reach; " + name + " is not",
                   "configure an identity provider or a certificate authority for it ([[identity_provider]], "
                   "[[certificate_authority]]), or choose low");
        return;
    }
    std::vector<std::string> linked;
    if (found.customer)
        for (auto const& one : people::identities_of(search.reader, *found.customer)) linked.push_back(one.source);
    if (!ways->reaches(level, linked))
        faults.add(at, "must be somebody whom a configured way can recognise at level " + name,
                   "link the customer's identifier first: POST /v1/customers/{id}/identities");
}

}  // namespace

void Faults::add(std::string pointer, std::string rule, std::string fix) {
    if (found_.size() < 20) found_.push_back({std::move(pointer), std::move(rule), std::move(fix)});
}

Assurance assurance_of(NewDelivery const& wanted) {
    return wanted.assurance.value_or(wanted.kind == Kind::registered ? Assurance::low : Assurance::basic);
}

void check_wanted(NewDelivery const& wanted, std::string const& at, DeliverySettings const& settings, Time now,
                  Faults& faults) {
    check_one_line(wanted.subject.value, at + "/subject", faults);
    if (wanted.reference) check_one_line(wanted.reference->value, at + "/reference", faults);
    check_recipients(wanted, at, settings, faults);
    check_deadline(wanted, at, settings, now, faults);
    check_files(wanted, at, settings, faults);
    if (wanted.kind == Kind::plain && wanted.assurance)
        faults.add(at + "/assurance", "stands with a registered delivery only", "remove it, or send it registered");
}

std::optional<PlannedRecipient> find_recipient(LookUp const& search, NewDelivery const& wanted,
                                               NewRecipient const& recipient, std::string const& at, Faults& faults) {
    auto& reader = search.reader;
    auto const& known = search.known;
    auto const& settings = search.office.settings;
    PlannedRecipient found;
    bool const needs_second = wanted.kind == Kind::registered && assurance_of(wanted) == Assurance::low;
    std::vector<people::Address> addresses;
    std::optional<Locale> customer_locale;
    if (recipient.customer) {
        found.customer = people::reached_record(reader, *recipient.customer);
        auto const customer = people::find_customer(reader, *found.customer);
        if (!customer) {
            faults.add(at + "/customer", "must be a customer that exists",
                       "create the customer first, or send to an email");
            return std::nullopt;
        }
        found.name = customer->name;
        customer_locale = customer->locale;
    } else if (auto const* customer = people::find_in(known, *recipient.email)) {
        found.customer = customer->id;
        found.name = customer->name;
        customer_locale = customer->locale;
    }
    if (recipient.name) found.name = recipient.name->value;
    found.locale = settings.locale;
    if (found.customer && (recipient.customer || (needs_second && !recipient.second_email)))
        addresses = people::addresses_of(reader, *found.customer);
    if (recipient.email) {
        found.email = *recipient.email;
    } else if (addresses.empty()) {
        faults.add(at + "/customer", "must have a usable e-mail address", "add an address to the customer");
        return std::nullopt;
    } else {
        found.email = addresses.front().email();
    }
    if (recipient.locale)
        found.locale = *recipient.locale;
    else if (wanted.locale)
        found.locale = *wanted.locale;
    else if (customer_locale)
        found.locale = *customer_locale;

    check_delegates(wanted, recipient, at, search.now, faults);
    found.delegates = recipient.delegates;
    if (wanted.kind == Kind::registered && assurance_of(wanted) > Assurance::low)
        check_reach(search, found, assurance_of(wanted), at, faults);

    if (needs_second) {
        found.code_email = recipient.second_email ? recipient.second_email : other_address(addresses, found.email);
        if (!found.code_email)
            faults.add(at + "/second_email",
                       "is required for assurance low: the code goes to another address than the link",
                       "name a second address of the recipient, or choose assurance basic");
        else if (ascii_lower(found.code_email->value) == ascii_lower(found.email.value))
            faults.add(at + "/second_email", "must be another address than the link's",
                       "name another address of the recipient");
    } else if (wanted.kind == Kind::registered) {
        found.code_email = recipient.second_email ? recipient.second_email : found.email;
    } else if (recipient.second_email) {
        faults.add(at + "/second_email", "stands with a registered delivery only", "remove it, or send it registered");
    }
    return found;
}

}  // namespace rapport::delivery
