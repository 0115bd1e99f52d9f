// What a refusal means: two constexpr tables, of words and of enhanced status codes (RFC 3463 and the IANA registry).
// Used for bounces that arrive and for replies while sending. docs/operators/bounce-tables.md is printed from them.
#pragma once

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::post {

enum class BounceClass : std::uint8_t {
    hard,        // the address does not exist: nothing will ever arrive there
    soft,        // it exists, and cannot take the mail for now
    block,       // the receiver refuses us or this mail (reputation, policy, content): says nothing about the address
    complaint,   // the recipient calls it spam (RFC 5965)
    challenge,   // somebody's filter wants a person to confirm
    auto_reply,  // an absence note or the like (RFC 3834): never a bounce
    delayed,     // the other server still tries
    delivered,   // a report of success
    unknown,     // a failure that none of the tables knows
};
BOOST_DESCRIBE_ENUM(BounceClass, hard, soft, block, complaint, challenge, auto_reply, delayed, delivered, unknown)

struct WordsRow {
    std::string_view words;  // lower case; found anywhere in the reply
    BounceClass what;
    std::string_view seen_at;
};
// Asked in this order; the first that is found decides. What may speak of us stands before what speaks of the address,
// so that a recipient is never suppressed for a doubt about the sender.
inline constexpr WordsRow words_table[] = {
    {"sender address rejected", BounceClass::block, "Postfix: the envelope sender"},
    {"sender rejected", BounceClass::block, "several: the envelope sender"},
    {"sender verify failed", BounceClass::block, "Exim: sender callout"},
    {"domain of sender", BounceClass::block, "sendmail: the sender's domain"},
    {"spamhaus", BounceClass::block, "block lists"},
    {"blocklist", BounceClass::block, "block lists"},
    {"block list", BounceClass::block, "Exchange Online, block lists"},
    {"blacklist", BounceClass::block, "block lists"},
    {"denylist", BounceClass::block, "block lists"},
    {"dnsbl", BounceClass::block, "block lists"},
    {"client host rejected", BounceClass::block, "Postfix: our address"},
    {"banned sending ip", BounceClass::block, "Exchange Online"},
    {"reputation", BounceClass::block, "Gmail, Outlook, Cisco, Comcast"},
    {"[tss0", BounceClass::block, "Yahoo: deferred for complaints"},
    {"[ts0", BounceClass::block, "Yahoo: deferred"},
    {"unsolicited", BounceClass::block, "Gmail, GMX, several"},
    {"spam", BounceClass::block, "content or sender called spam"},
    {"phishing", BounceClass::block, "content"},
    {"virus", BounceClass::block, "content"},
    {"malware", BounceClass::block, "content"},
    {"blocked", BounceClass::block, "several"},
    {"dmarc", BounceClass::block, "DMARC policy"},
    {"spf ", BounceClass::block, "SPF"},
    {"dkim", BounceClass::block, "DKIM"},
    {"unauthenticated", BounceClass::block, "Gmail 5.7.26"},
    {"not authenticated", BounceClass::block, "Gmail, Outlook"},
    {"reverse dns", BounceClass::block, "no PTR record"},
    {"ptr record", BounceClass::block, "no PTR record"},
    {"rate limit", BounceClass::block, "too fast for them"},
    {"too many connections", BounceClass::block, "too fast for them"},
    {"too many messages", BounceClass::block, "too fast for them"},
    {"relay access denied", BounceClass::block, "Postfix: their MX is set up wrong"},
    {"relaying denied", BounceClass::block, "sendmail, Exchange: their MX is set up wrong"},
    {"relay not permitted", BounceClass::block, "Exim: their MX is set up wrong"},
    {"mailbox full", BounceClass::soft, "several"},
    {"mailbox is full", BounceClass::soft, "several"},
    {"over quota", BounceClass::soft, "Gmail, Postfix, Dovecot"},
    {"overquota", BounceClass::soft, "Gmail"},
    {"quota exceeded", BounceClass::soft, "Dovecot, cPanel"},
    {"quotaexceeded", BounceClass::soft, "Exchange"},
    {"exceeded storage", BounceClass::soft, "Exchange, Yahoo"},
    {"out of storage", BounceClass::soft, "Gmail"},
    {"inbox is full", BounceClass::soft, "Gmail"},
    {"insufficient system storage", BounceClass::soft, "RFC 5321 452"},
    {"message size exceeds", BounceClass::soft, "Postfix: this mail is too large"},
    {"greylist", BounceClass::soft, "greylisting"},
    {"try again later", BounceClass::soft, "several"},
    {"timed out", BounceClass::soft, "Postfix: no connection"},
    {"connection refused", BounceClass::soft, "Postfix: no connection"},
    {"too many hops", BounceClass::soft, "a loop"},
    {"mail loop", BounceClass::soft, "a loop"},
    {"user unknown", BounceClass::hard, "Postfix, sendmail"},
    {"unknown user", BounceClass::hard, "Exim, several"},
    {"user not found", BounceClass::hard, "several"},
    {"no such user", BounceClass::hard, "Gmail, several"},
    {"no such recipient", BounceClass::hard, "several"},
    {"no such mailbox", BounceClass::hard, "several"},
    {"does not exist", BounceClass::hard, "Gmail, several"},
    {"doesn't exist", BounceClass::hard, "Dovecot, several"},
    {"doesn't have a", BounceClass::hard, "Yahoo: no account of that name"},
    {"unknown recipient", BounceClass::hard, "several"},
    {"recipient unknown", BounceClass::hard, "several"},
    {"recipient not found", BounceClass::hard, "Exchange"},
    {"recipientnotfound", BounceClass::hard, "Exchange: RESOLVER.ADR.RecipientNotFound"},
    {"recipnotfound", BounceClass::hard, "Exchange: RESOLVER.ADR.RecipNotFound"},
    {"recipient address rejected: access denied", BounceClass::hard,
     "Exchange Online: directory-based blocking, 5.4.1"},
    {"no mailbox here by that name", BounceClass::hard, "qmail"},
    {"no mailbox by that name", BounceClass::hard, "several"},
    {"mailbox not found", BounceClass::hard, "several"},
    {"invalid mailbox", BounceClass::hard, "several"},
    {"invalid recipient", BounceClass::hard, "several"},
    {"addressee unknown", BounceClass::hard, "several"},
    {"account is disabled", BounceClass::hard, "Gmail 5.2.1"},
    {"account has been disabled", BounceClass::hard, "Yahoo"},
    {"mailbox disabled", BounceClass::hard, "Exchange"},
    {"mailbox is inactive", BounceClass::hard, "Gmail 5.2.1"},
    {"unrouteable address", BounceClass::hard, "Exim"},
    {"host not found", BounceClass::hard, "sendmail, Postfix: no such domain"},
    {"host or domain name not found", BounceClass::hard, "Postfix: no such domain"},
    {"does not accept mail", BounceClass::hard, "null MX (RFC 7505)"},
};

struct StatusRow {
    std::string_view status;  // "5.1.1"; "5.7." stands for all of them
    BounceClass what;
    std::string_view means;
};
inline constexpr StatusRow status_table[] = {
    {"5.1.1", BounceClass::hard, "no such mailbox (RFC 3463 §3.2)"},
    {"5.1.2", BounceClass::hard, "no such domain"},
    {"5.1.3", BounceClass::hard, "the address is malformed"},
    {"5.1.6", BounceClass::hard, "moved, no forwarding address"},
    {"5.1.7", BounceClass::block, "the sender's address is malformed"},
    {"5.1.8", BounceClass::block, "the sender's domain is refused"},
    {"5.1.10", BounceClass::hard, "null MX (RFC 7505); Exchange: recipient not found"},
    {"5.2.1", BounceClass::hard, "the mailbox is disabled"},
    {"5.2.", BounceClass::soft, "the mailbox cannot take it: full, mail too long"},
    {"5.3.", BounceClass::soft, "the other system cannot take it"},
    {"5.4.4", BounceClass::hard, "no route to the domain"},
    {"5.4.", BounceClass::soft, "network, loop, expired"},
    {"5.6.", BounceClass::block, "the content is refused"},
    {"5.7.", BounceClass::block, "policy, authentication, reputation"},
    {"4.7.", BounceClass::block, "policy, for now"},
    {"4.", BounceClass::soft, "a temporary failure that lasted too long"},
};

// Of a failure that is final: by the words first, then by the status. A status of class 4 is never hard.
BounceClass classify(std::string_view status, std::string_view reply);

// docs/operators/bounce-tables.md
std::string bounce_tables_page();

}  // namespace rapport::post
