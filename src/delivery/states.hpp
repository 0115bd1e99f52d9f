// The life of a delivery as one constexpr table that a lawyer could read: who may do what from which state, where it
// leads, which evidence it makes, and under which clause of EN 319 522-1. Nothing else decides; docs/delivery-states.md
// is printed from it (docs.cpp) and a test walks every pair. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "base/json.hpp"
#include "evidence/evidence.hpp"

namespace rapport::delivery {

// registered: leaves evidence of every step; the content waits for the recipient's identification and acceptance.
// plain: an ordinary notice; the mail holds the text, and nothing is proven.
enum class Kind : std::uint8_t { registered, plain };
BOOST_DESCRIBE_ENUM(Kind, registered, plain)

enum class State : std::uint8_t {
    none,                 // before the submission; never stored
    submitted,            // taken, durable, being sent
    notified,             // a mail server took the invitation
    notification_failed,  // no mail server will take it; a person may correct that until the deadline
    accepted,             // the identified recipient accepted; passes on to consigned or failed in the same transaction
    consigned,            // the content stands open to the recipient
    handed_over,          // every part of the content has been given out to the recipient's system
    refused,
    expired,
    failed,
    sent,  // plain only: a mail server took the notice
};
BOOST_DESCRIBE_ENUM(State, none, submitted, notified, notification_failed, accepted, consigned, handed_over, refused,
                    expired, failed, sent)
inline constexpr std::size_t state_count = 11;

enum class Verb : std::uint8_t {
    submit,
    notify,
    fail_notification,
    open,  // the recipient opens the link and asks to be identified
    identify,
    accept,
    consign,
    fail_consignment,
    refuse,
    expire,
    read,  // the message is given out for the first time
    hand_over,
    fail_hand_over,
    notify_consignment,  // the mail that says where the content stands
    fail_consignment_notification,
    send,  // plain
    fail_sending,
    erase,  // the content's key is destroyed
};
BOOST_DESCRIBE_ENUM(Verb, submit, notify, fail_notification, open, identify, accept, consign, fail_consignment, refuse,
                    expire, read, hand_over, fail_hand_over, notify_consignment, fail_consignment_notification, send,
                    fail_sending, erase)
inline constexpr std::size_t verb_count = 18;

// A set of states.
struct States {
    std::uint32_t bits = 0;
    constexpr States(std::initializer_list<State> states) {
        for (auto state : states) bits |= 1U << static_cast<unsigned>(state);
    }
    constexpr bool has(State state) const { return bits >> static_cast<unsigned>(state) & 1U; }
};

using enum State;

// Waiting for the recipient: the deadline runs, and the content is closed.
inline constexpr States waiting{submitted, notified, notification_failed};
// The content stands open to the identified recipient.
inline constexpr States open_to_recipient{consigned, handed_over};
// Ended without the content being open: the identified recipient may have the evidence, not the content.
inline constexpr States closed_for_good{refused, expired, failed};
// Nothing further can happen but erasure.
inline constexpr States over{consigned, handed_over, refused, expired, failed, sent};

struct Transition {
    Kind kind;
    States from;
    Verb verb;
    std::optional<State> to;  // empty: stays where it is
    std::optional<evidence::EventCode> evidence;
    std::string_view clause;  // EN 319 522-1 unless another document is named
    std::string_view words;
};

using Ev = evidence::EventCode;

// clang-format off
inline constexpr auto transitions = std::to_array<Transition>({
    {Kind::registered, {none},                           Verb::submit,            submitted,           Ev::A1, "6.2.2", "The organisation submits; sender, content and recipient pass the checks."},
    {Kind::registered, {submitted, notification_failed}, Verb::notify,            notified,            Ev::C1, "6.2.4", "The recipient's mail server takes the invitation to accept."},
    {Kind::registered, {notified, consigned, handed_over, refused, expired, failed}, Verb::notify, std::nullopt, Ev::C1, "6.2.4", "The mail server's answer becomes known after the recipient has already acted, or after a person sent the invitation again."},
    {Kind::registered, {submitted},                      Verb::fail_notification, notification_failed, Ev::C2, "6.2.4", "No mail server will take the invitation."},
    {Kind::registered, {notification_failed, notified, consigned, handed_over, refused, expired, failed}, Verb::fail_notification, std::nullopt, Ev::C2, "6.2.4", "The failure becomes known later: a mail server took the invitation and returned it (a bounce), or the recipient has acted or the deadline has passed meanwhile, or a person's second try fails too."},
    {Kind::registered, {submitted, notified, notification_failed, consigned, handed_over, refused, expired, failed}, Verb::open, std::nullopt, std::nullopt, "EN 319 521", "Whoever holds the link asks to be identified, also to get the evidence after the end. Nothing of the content is shown."},
    {Kind::registered, {submitted, notified, notification_failed, consigned, handed_over, refused, expired, failed}, Verb::identify, std::nullopt, std::nullopt, "EN 319 521", "The recipient is identified at the level that the sender requires. The proof's digest goes into the evidence that follows."},
    {Kind::registered, {submitted, notified, notification_failed}, Verb::accept,  accepted,            Ev::C3, "6.2.4", "The identified recipient accepts before the deadline."},
    {Kind::registered, {accepted},                       Verb::consign,           consigned,           Ev::D1, "6.2.5", "The content is opened to the recipient, in the same transaction."},
    {Kind::registered, {accepted},                       Verb::fail_consignment,  failed,              Ev::D2, "6.2.5", "The content cannot be opened: it is damaged or missing."},
    {Kind::registered, {submitted, notified, notification_failed}, Verb::refuse,  refused,             Ev::C4, "6.2.4", "The identified recipient refuses before the deadline."},
    {Kind::registered, {submitted, notified, notification_failed}, Verb::expire,  expired,             Ev::C5, "6.2.4", "The deadline passes without acceptance or refusal."},
    {Kind::registered, {consigned},                      Verb::read,              consigned,           Ev::D6, "6.2.5", "The message is given out to the recipient's system for the first time."},
    {Kind::registered, {consigned},                      Verb::hand_over,         handed_over,         Ev::E1, "6.2.6", "The last part of the content has left: the connection of the recipient's system has taken every octet."},
    {Kind::registered, {consigned},                      Verb::fail_hand_over,    failed,              Ev::E2, "6.2.6", "A part of the content cannot be handed over: it is damaged or missing."},
    {Kind::registered, {consigned, handed_over, failed}, Verb::notify_consignment, std::nullopt,     Ev::D3, "6.2.5", "The recipient's mail server takes the mail that says that the content stands open, and where."},
    {Kind::registered, {consigned, handed_over, failed}, Verb::fail_consignment_notification, std::nullopt, Ev::D4, "6.2.5", "No mail server will take that mail."},
    {Kind::registered, {consigned, handed_over, refused, expired, failed}, Verb::erase, std::nullopt,  std::nullopt, "GDPR Art. 17", "The content's key is destroyed; evidence and log stay whole."},
    {Kind::plain,      {none},                           Verb::submit,            submitted,           std::nullopt, "-", "The organisation submits a plain notice."},
    {Kind::plain,      {submitted, failed},              Verb::send,              sent,                std::nullopt, "-", "The recipient's mail server takes the notice."},
    {Kind::plain,      {submitted},                      Verb::fail_sending,      failed,              std::nullopt, "-", "No mail server will take it."},
    {Kind::plain,      {sent},                           Verb::fail_sending,      failed,              std::nullopt, "-", "A mail server took the notice and returned it (a bounce)."},
    {Kind::plain,      {sent, failed},                   Verb::erase,             std::nullopt,        std::nullopt, "GDPR Art. 17", "The content's key is destroyed."},
});
// clang-format on

// The row for (kind, from, verb), or nothing: then the state does not allow it.
constexpr Transition const* transition(Kind kind, State from, Verb verb) {
    for (auto const& row : transitions)
        if (row.kind == kind && row.verb == verb && row.from.has(from)) return &row;
    return nullptr;
}

// How the journal names what a verb did: "delivery.accepted".
constexpr std::string_view event_kind(Verb verb) {
    switch (verb) {
        case Verb::submit:
            return "delivery.submitted";
        case Verb::notify:
            return "delivery.notified";
        case Verb::fail_notification:
            return "delivery.notification_failed";
        case Verb::open:
            return "delivery.opened";
        case Verb::identify:
            return "delivery.identified";
        case Verb::accept:
            return "delivery.accepted";
        case Verb::consign:
            return "delivery.consigned";
        case Verb::fail_consignment:
            return "delivery.consignment_failed";
        case Verb::refuse:
            return "delivery.refused";
        case Verb::expire:
            return "delivery.expired";
        case Verb::read:
            return "delivery.read";
        case Verb::hand_over:
            return "delivery.handed_over";
        case Verb::fail_hand_over:
            return "delivery.handover_failed";
        case Verb::notify_consignment:
            return "delivery.consignment_notified";
        case Verb::fail_consignment_notification:
            return "delivery.consignment_notification_failed";
        case Verb::send:
            return "delivery.sent";
        case Verb::fail_sending:
            return "delivery.sending_failed";
        case Verb::erase:
            return "delivery.erased";
    }
    return "delivery.changed";
}

// "state_does_not_allow": what is asked, what the state is.
Error not_allowed(State state, Verb verb);

// docs/delivery-states.md, with its diagram.
std::string states_page();

}  // namespace rapport::delivery
