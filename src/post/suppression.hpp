// Addresses that get no letters for now, each with its reason, what led to it, and its end. The dispatcher asks before
// it uses the network. Verbs are plain functions over a transaction. docs/operators/bounces.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "people/people.hpp"
#include "post/post.hpp"

namespace rapport::post {

struct SuppressionTag {
    static constexpr std::string_view prefix = "sup";
};
using SuppressionId = Id<SuppressionTag>;

enum class SuppressionReason : std::uint8_t {
    hard,         // the address does not exist
    soft,         // too many temporary failures in a row
    complaint,    // the recipient calls our mail spam
    unsubscribe,  // the recipient wants no promotional mail
    manual,       // a person decided
};
BOOST_DESCRIBE_ENUM(SuppressionReason, hard, soft, complaint, unsubscribe, manual)

// What a letter is, as far as suppression asks.
enum class LetterClass : std::uint8_t {
    urgent,  // a code or a sign-in link that its reader has just asked for
    transactional,
    legal,  // an invitation to a registered delivery, a legal notice
    promotional,
};
BOOST_DESCRIBE_ENUM(LetterClass, urgent, transactional, legal, promotional)
LetterClass class_of(std::string_view purpose, std::string_view stream, Priority priority);

// Which reason holds back which letters. A legal letter is the recipient's right as much as the sender's duty: only an
// address that takes no mail, or a person's decision, stops it, and the sender is told (evidence C.2).
struct HoldsBack {
    SuppressionReason reason;
    bool urgent, transactional, legal, promotional;
    std::string_view why;
};
inline constexpr HoldsBack holds_back[] = {
    {SuppressionReason::hard, true, true, true, true, "the address takes no mail"},
    {SuppressionReason::soft, false, true, false, true, "the mailbox has failed again and again"},
    {SuppressionReason::complaint, false, true, false, true, "the recipient calls it spam"},
    {SuppressionReason::unsubscribe, false, false, false, true, "the recipient asked for no promotional mail"},
    {SuppressionReason::manual, true, true, true, true, "a person decided"},
};
bool stops(SuppressionReason reason, LetterClass letter);

// How addresses are compared: in lower case, also before the '@' (no mailbox provider tells them apart).
std::string normalised(std::string_view address);

struct Suppression {
    SuppressionId id;
    std::string address;
    SuppressionReason reason{};
    std::string detail;
    std::optional<OutboxId> letter;
    Time created_at{};
    std::optional<Time> expires_at;
};
BOOST_DESCRIBE_STRUCT(Suppression, (), (id, address, reason, detail, letter, created_at, expires_at))

struct NewSuppression {
    std::string address;
    SuppressionReason reason{};
    std::string detail = {};
    std::optional<OutboxId> letter = {};
    std::optional<Time> expires_at = {};
};
// Adds it, or renews the one with the same address and reason. Publishes suppression.added.
Suppression suppress(store::Tx& tx, NewSuppression const& wanted, Actor const& actor, Time now);
// Forgets it; publishes suppression.lifted. Code not_found.
Expected<Suppression> lift(store::Tx& tx, SuppressionId id, Actor const& actor, Time now);
// Forgets those whose time is over; returns how many.
std::size_t forget_expired(store::Tx& tx, Time now);

struct SuppressionFilter {
    std::string q;  // the beginning of an address
    std::optional<SuppressionReason> reason;
    std::optional<SuppressionId> before;
    std::size_t limit = 50;
};
// Newest first; without those whose time is over.
std::vector<Suppression> suppressions(store::Reader& reader, SuppressionFilter const& filter, Time now);
std::optional<Suppression> find_suppression(store::Reader& reader, SuppressionId id);

// For each letter: why it is not sent ("suppressed: hard bounce 5.1.1 … on 2026-11-21"), or nothing.
struct Asked {
    std::string_view address;
    LetterClass letter{};
};
std::vector<std::optional<std::string>> held_back(store::Reader& reader, std::span<Asked const> letters,
                                                  SuppressionPolicy const& policy, Time now);

// ---- Bounces that the dispatcher meets itself
// -------------------------------------------------------------------------

// A mail server's refusal while sending is a bounce, too: recorded, and counted by the same rules.
void learn_from_refusal(store::Tx& tx, Outcome const& outcome, SuppressionPolicy const& policy);

}  // namespace rapport::post
