// The routes that erase. A person's deliveries are erased first, each by the delivery's own table and with its
// evidence; then everything else in one transaction, so that a crash in between leaves a person who can be erased once
// more.
#include "app/erasure.hpp"

#include "conversation/erasure/erase.hpp"
#include "delivery/wire.hpp"
#include "desk/erase.hpp"
#include "forms/forms.hpp"
#include "knowledge/knowledge.hpp"
#include "live/erase.hpp"
#include "people/erase.hpp"
#include "people/merged.hpp"
#include "people/permissions.hpp"

namespace rapport::app {
namespace {

using conversation::ConversationId;
using net::Body;
using net::Request;
using people::CustomerId;

struct NewErasure {
    conversation::ErasureReason reason;  // for the audit log: no names, no content
};
BOOST_DESCRIBE_STRUCT(NewErasure, (), (reason))

struct ErasureReport {
    std::vector<ConversationId> conversations;
    std::int64_t messages = 0, files = 0;
    std::int64_t deliveries = 0;   // whose contents were erased; evidence stays
    std::int64_t submissions = 0;  // of forms, that were held
    bool attributes = false;       // there were some, and they are gone
};
BOOST_DESCRIBE_STRUCT(ErasureReport, (), (conversations, messages, files, deliveries, submissions, attributes))

// Returns how many submissions of forms were held that came from these addresses.
std::int64_t erase_beside(store::Tx& tx, House& house, people::Act const& act,
                          std::vector<ConversationId> const& conversations,
                          std::vector<EmailAddress> const& addresses = {}) {
    live::erase_visitors(tx, house.conversations.office().blobs, conversations, act.now);
    desk::erase_runs(tx, conversations);
    return forms::erase_submissions(tx, house.forms, act, conversations, addresses);
}

// Whoever manages conversations, and may erase.
Expected<> may_erase(Request const& http) {
    if (http.viewer().may(people::may_erase_deliveries)) return {};
    return fail(ErrorKind::forbidden, "forbidden",
                "You may not erase: that takes the permission deliveries.erase, too.");
}

Task<Expected<ErasureReport>> post_conversation(House& house, Request& http, ConversationId id, Body<NewErasure> body) {
    if (auto const good = may_erase(http); !good) co_return fail(good.error());
    auto const act = people::act_of(http);
    co_return co_await house.store->write([&](store::Tx& tx) -> Expected<ErasureReport> {
        auto done = conversation::erase_conversation(tx, house.conversations.office(), act, id, body->reason.value);
        if (!done) return fail(done.error());
        erase_beside(tx, house, act, done->conversations);
        return ErasureReport{std::move(done->conversations), done->messages, done->files};
    });
}

// What can be erased of the person's deliveries, by all records of theirs; Error deliveries_under_way where one is not
// over.
Expected<std::vector<delivery::DeliveryId>> deliveries_of(store::Reader& reader, House& house, CustomerId customer) {
    std::vector<delivery::DeliveryId> out;
    delivery::ListFilter filter;
    filter.customer = customer;
    filter.limit = 100;
    while (true) {
        auto const page = delivery::list(reader, house.deliveries.office(), filter);
        if (!page) return fail(page.error());
        for (auto const& one : page->items) {
            if (one.erased) continue;
            if (!delivery::transition(one.kind, one.state, delivery::Verb::erase))
                return fail(ErrorKind::conflict, "deliveries_under_way",
                            "A delivery to this person is under way (" + to_text(one.id) +
                                "): wait for its end, or erase their conversations alone.");
            out.push_back(one.id);
        }
        if (!page->next) return out;
        filter.after = *page->next;
    }
}

Expected<> erase_record(store::Tx& tx, House& house, people::Act const& act, CustomerId customer,
                        std::string const& reason, ErasureReport& out) {
    auto const& office = house.conversations.office();
    std::vector<EmailAddress> addresses;
    for (auto const& one : people::addresses_of(tx, customer)) addresses.push_back(one.email());
    auto const before = out.conversations.size();
    for (auto const id : conversation::conversations_of(tx, customer)) {
        auto const done = conversation::erase_conversation(tx, office, act, id, reason);
        if (!done && done.error().code == "content_erased") continue;  // with the one that it was merged into
        if (!done) return fail(done.error());
        out.conversations.insert(out.conversations.end(), done->conversations.begin(), done->conversations.end());
        out.messages += done->messages;
        out.files += done->files;
    }
    out.messages += conversation::erase_messages_of(tx, office, act, customer, addresses);
    std::vector const theirs(out.conversations.begin() + static_cast<std::ptrdiff_t>(before), out.conversations.end());
    out.submissions += erase_beside(tx, house, act, theirs, addresses);
    live::erase_visitors_of(tx, office.blobs, customer, act.now);
    if (desk::erase_attributes(tx, customer)) out.attributes = true;
    knowledge::erase_feedback_of(tx, customer);
    return people::erase_customer(tx, act, customer, reason);
}

// All records, and for good: nothing of a merge can be undone afterwards.
Expected<ErasureReport> erase_person(store::Tx& tx, House& house, people::Act const& act,
                                     std::vector<CustomerId> const& records, std::string const& reason) {
    people::lock_persons(tx);
    if (people::records_of(tx, records.front()) != records)
        return fail(ErrorKind::conflict, "person_changed",
                    "The person was merged or split at this moment. Look at them again before you erase.");
    ErasureReport out;
    for (auto const record : records)
        if (auto const done = erase_record(tx, house, act, record, reason, out); !done) return fail(done.error());
    return out;
}

Task<Expected<ErasureReport>> post_customer(House& house, Request& http, CustomerId id, Body<NewErasure> body) {
    if (auto const good = may_erase(http); !good) co_return fail(good.error());
    auto const act = people::act_of(http);
    std::vector<CustomerId> records;
    auto const deliveries = co_await house.store->read([&](store::Reader& reader) {
        if (!people::find_customer(reader, id))
            return Expected<std::vector<delivery::DeliveryId>>(
                fail(ErrorKind::not_found, "customer_not_found", "There is no such customer."));
        records = people::records_of(reader, id);
        return deliveries_of(reader, house, id);
    });
    if (!deliveries) co_return fail(deliveries.error());
    for (auto const one : *deliveries) {
        delivery::Plan const plan = [&](store::Reader& reader) {
            return delivery::plan_erasure(reader, house.deliveries.office(), act, one);
        };
        auto const done = co_await house.deliveries.carry_out(plan);
        if (!done && done.error().code != "content_erased") co_return fail(done.error());
    }
    auto report = co_await house.store->write(
        [&](store::Tx& tx) { return erase_person(tx, house, act, records, body->reason.value); });
    if (!report) co_return fail(report.error());
    report->deliveries = static_cast<std::int64_t>(deliveries->size());
    co_return std::move(*report);
}

}  // namespace

net::Routes erasure_routes(House& house) {
    using namespace people;
    return {
        net::post<"/v1/conversations/{id}/erasure">(may_manage_conversations, "Erase a conversation for good",
                                                    net::with(house, post_conversation)),
        net::post<"/v1/customers/{id}/erasure">(
            may_manage_conversations, "Erase a person: conversations, attributes, addresses, contents of deliveries",
            net::with(house, post_customer)),
    };
}

}  // namespace rapport::app
